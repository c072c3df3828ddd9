"""Commands and the reports they print."""
