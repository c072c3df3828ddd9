"""Outbox: effects as rows, their dispatcher and the handlers that perform them."""
