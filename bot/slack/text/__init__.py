"""Text between people, Markdown and Slack's markup. Pure functions."""

from __future__ import annotations

from bot.slack.text.card import mrkdwn
from bot.slack.text.escape import escape_mrkdwn
from bot.slack.text.inbound import from_slack, mentioned, with_names, wordless
from bot.slack.text.neutral import neutralise
from bot.slack.text.parts import split
from bot.slack.text.preview import plain

__all__ = [
    "escape_mrkdwn",
    "from_slack",
    "mentioned",
    "mrkdwn",
    "neutralise",
    "plain",
    "split",
    "with_names",
    "wordless",
]
