"""Django's PostgreSQL, emptied between tests by deleting rows: truncating fifty tables waits for the disk each time."""
