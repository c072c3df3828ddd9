"""Handoffs: opened, shown on their card, worked by agents, and talked through."""
