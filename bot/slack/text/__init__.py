"""Text between people, Markdown and Slack's markup. Pure functions."""

from __future__ import annotations

from bot.slack.text.card import mrkdwn_parts
from bot.slack.text.cutting import chunks, escaped_size, mrkdwn_pieces, pieces, shortened
from bot.slack.text.escape import escape_mrkdwn
from bot.slack.text.inbound import from_slack, mentioned, with_names, wordless
from bot.slack.text.links import safe_target
from bot.slack.text.neutral import neutralise
from bot.slack.text.parts import split
from bot.slack.text.preview import excerpt, plain

__all__ = [
    "chunks",
    "escape_mrkdwn",
    "escaped_size",
    "excerpt",
    "from_slack",
    "mentioned",
    "mrkdwn_parts",
    "mrkdwn_pieces",
    "neutralise",
    "pieces",
    "plain",
    "safe_target",
    "shortened",
    "split",
    "with_names",
    "wordless",
]
