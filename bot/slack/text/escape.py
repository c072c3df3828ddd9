"""Escaping for Slack's own markup."""

from __future__ import annotations


def escape_mrkdwn(text: str) -> str:
    """Make words inert in `text` and mrkdwn: no mention, link or channel is read from them.

    Source: https://docs.slack.dev/messaging/formatting-message-text (escaping text).
    """
    return escape_tokens(text.replace("&", "&amp;"))


def escape_tokens(text: str) -> str:
    """Make words inert in a `markdown` block. `&` stays as it is there: link targets are taken without decoding."""
    return text.replace("<", "&lt;").replace(">", "&gt;")


def whole_entities(text: str, end: int) -> int:
    """The greatest place up to `end` at which a text can be cut without cutting an entity."""
    start = text.rfind("&", max(0, end - 5), end)
    return start if start >= 0 and ";" in text[end : start + 6] and ";" not in text[start:end] else end
