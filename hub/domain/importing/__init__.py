"""From the cells of a spreadsheet to the fields of a request: found, proposed, read."""
