"""What must hold on the live database, proved by statements that name the rows that break it."""
