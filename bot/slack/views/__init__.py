"""Pure functions from desk data to Block Kit."""
