"""HTTP as the clients of outside systems share it."""
