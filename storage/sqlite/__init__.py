"""SQLite: one file, one process, an embedded job runner."""
