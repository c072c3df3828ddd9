"""Reads activities: who acts and where, the words of people, and how to reach them again."""
