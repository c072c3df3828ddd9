"""Text between people, Markdown and Slack's markup. Pure functions."""

from __future__ import annotations

from bot.slack.markdown.links import honest_label, safe_target
from bot.slack.markdown.renderers import excerpt, mrkdwn_parts, neutralise, plain_excerpt, sentence_mrkdwn
from bot.slack.markdown.slack_markup import escape_mrkdwn, from_slack, mentioned, with_names, wordless
from bot.slack.markdown.splitting import chunks, escaped_size, mrkdwn_pieces, pieces, shortened, split

__all__ = [
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
    "safe_target",
    "sentence_mrkdwn",
    "shortened",
    "split",
    "with_names",
    "wordless",
]
