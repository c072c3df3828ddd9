"""Markdown in a chat: read once, and written by each surface in its own markup. Pure functions."""
