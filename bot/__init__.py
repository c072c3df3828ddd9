"""Uppzy Desk: a help desk inside Slack."""
