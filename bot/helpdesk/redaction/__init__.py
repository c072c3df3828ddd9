"""Redaction of secrets. Tickets, notes, cards and alarms take `SafeText` only, which `redact` makes."""

from __future__ import annotations

from bot.helpdesk.redaction.finding import Kind, SecretFinding
from bot.helpdesk.redaction.safe_text import SafeText, compose, findings, redact, safe_join, shorten

__all__ = ["Kind", "SafeText", "SecretFinding", "compose", "findings", "redact", "safe_join", "shorten"]
