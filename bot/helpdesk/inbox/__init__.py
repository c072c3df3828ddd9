"""Inbox: routes stored events to the use cases, and reads back what was missed."""
