"""Measures how fast and how frugal the bot is: `make bench`. Not a test, never collected by pytest."""
