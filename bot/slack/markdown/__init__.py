"""Text between people, Markdown and Slack's markup. Pure functions."""

from __future__ import annotations

from bot.chat_markdown.links import honest_label, safe_target
from bot.chat_markdown.splitting import chunks, pieces, shortened, split
from bot.slack.markdown.renderers import SOMEONE, excerpt, mrkdwn_parts, neutralise, plain_excerpt, render_sentence
from bot.slack.markdown.slack_markup import escape_mrkdwn, from_slack, mentioned, with_names, wordless
from bot.slack.markdown.splitting import escaped_size, mrkdwn_pieces

__all__ = [
    "SOMEONE",
    "chunks",
    "escape_mrkdwn",
    "escaped_size",
    "excerpt",
    "from_slack",
    "honest_label",
    "mentioned",
    "mrkdwn_parts",
    "mrkdwn_pieces",
    "neutralise",
    "pieces",
    "plain_excerpt",
    "render_sentence",
    "safe_target",
    "shortened",
    "split",
    "with_names",
    "wordless",
]
