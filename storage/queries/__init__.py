"""Read-only queries for search, Home, metrics and reconciliation."""
