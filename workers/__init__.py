"""When things happen without a click: thin jobs, one runner, one timetable."""
