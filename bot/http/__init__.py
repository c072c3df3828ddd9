"""HTTP as all clients of the desk share it."""
