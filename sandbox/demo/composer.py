"""Converts between text as people type it on the page and message text as Slack's composer sends it."""

from __future__ import annotations

import html
import re

from sandbox.demo.mrkdwn_html import Names, plain

_NAMED = re.compile(r"(?<![\w@])@(\w+)")
_MENTIONED = re.compile(r"<@([A-Z0-9]+)>")


def as_sent(as_typed: str, names: Names) -> str:
    """Returns typed text as message text: escaped, with `@Ada` as a mention. An unknown name stays text."""
    ids = {name.lower(): id for id, name in names.people.items()}

    def mention(match: re.Match[str]) -> str:
        id = ids.get(match[1].lower())
        return match[0] if id is None else f"<@{id}>"

    return _NAMED.sub(mention, html.escape(as_typed, quote=False))


def as_typed(text: str, names: Names) -> str:
    """Returns message text as a person would type it."""
    return plain(_MENTIONED.sub(lambda match: f"@{names.person(match[1])}", text))
