"""Ticket systems behind one protocol, one file each."""
