"""What is typed on the page, in the form in which Slack's composer sends it."""

from __future__ import annotations

import html
import re

from sandbox.demo.mrkdwn_html import Names, plain

_NAMED = re.compile(r"(?<![\w@])@(\w+)")
_MENTIONED = re.compile(r"<@([A-Z0-9]+)>")


def composed(typed: str, names: Names) -> str:
    """Typed words as a message's text: escaped, and `@Ada` a mention. An unknown name stays what it is."""
    ids = {name.lower(): id for id, name in names.people.items()}

    def mention(match: re.Match[str]) -> str:
        id = ids.get(match[1].lower())
        return match[0] if id is None else f"<@{id}>"

    return _NAMED.sub(mention, html.escape(typed, quote=False))


def typed(text: str, names: Names) -> str:
    """The other way round: what somebody would have to type for this text."""
    return plain(_MENTIONED.sub(lambda match: f"@{names.person(match[1])}", text))
