"""Text between people, Markdown and Slack's markup. Pure functions."""

from __future__ import annotations

from bot.slack.markdown.card import mrkdwn_parts
from bot.slack.markdown.cutting import chunks, escaped_size, mrkdwn_pieces, pieces, shortened
from bot.slack.markdown.escape import escape_mrkdwn
from bot.slack.markdown.from_slack import from_slack, mentioned, with_names, wordless
from bot.slack.markdown.links import safe_target
from bot.slack.markdown.neutral import neutralise
from bot.slack.markdown.parts import split
from bot.slack.markdown.preview import excerpt, plain

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
