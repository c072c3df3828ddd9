"""Use cases from a question to its answer and verdict."""
