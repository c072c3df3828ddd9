"""Redaction: what leaves for a ticket, a note or a log is `SafeText`, and `redact` is the way to make it."""

from __future__ import annotations

from bot.helpdesk.redaction.finding import Finding, Kind
from bot.helpdesk.redaction.safe import SafeText, compose, findings, redact, safe_join, shorten

__all__ = ["Finding", "Kind", "SafeText", "compose", "findings", "redact", "safe_join", "shorten"]
