"""Views: contents of the desk as activities of Teams. Pure functions."""
