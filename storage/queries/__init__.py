"""Read-only queries for search, Home, metrics, statistics, catch-up and the demo's inspector."""
