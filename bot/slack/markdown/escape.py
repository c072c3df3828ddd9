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


def unescape_tokens(text: str) -> str:
    """Take back what `escape_tokens` did, where Markdown decodes nothing: in code."""
    return text.replace("&lt;", "<").replace("&gt;", ">")
