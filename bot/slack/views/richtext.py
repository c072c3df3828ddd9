"""Rich text: what is said of its leaves where it cannot be shown as such."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.slack.markdown import escape_mrkdwn

Leaf = Mapping[str, Any]

# What mrkdwn reads as markup, somewhere in a word or around it.
_MARK = re.compile(r"[*_~`]|^(?:>|&gt;)|:[\w+'-]+:", re.MULTILINE)
_MARKS = {"bold": "*", "italic": "_", "strike": "~", "code": "`"}


def is_literal(leaves: Iterable[Leaf], *, code: bool = False) -> bool:
    """Whether mrkdwn would read something into these words, which have no formatting of their own."""
    read = [leaf for leaf in leaves if leaf["type"] == "text"]
    if code:
        return any("```" in leaf["text"] for leaf in read)
    styled = any(leaf.get("style") or (leaf["type"] == "link" and leaf.get("text")) for leaf in leaves)
    return not styled and any(_MARK.search(leaf["text"]) for leaf in read)


def literal(leaves: Iterable[Leaf]) -> str:
    """The words as plain text."""
    return "".join(map(_literal, leaves))


def as_mrkdwn(leaves: Sequence[Leaf]) -> str:
    """The words as escaped mrkdwn."""
    return "".join(map(_written, leaves))


def _literal(leaf: Leaf) -> str:
    match leaf["type"]:
        case "link":
            label, address = leaf.get("text"), str(leaf["url"]).removeprefix("mailto:")
            return address if label in (None, leaf["url"], address) else f"{label} ({address})"
        case "emoji":
            tone = f":skin-tone-{leaf['skin_tone']}:" if "skin_tone" in leaf else ""
            return f":{leaf['name']}:{tone}"
        case "user":
            return f"<@{leaf['user_id']}>"
    return str(leaf.get("text", ""))


def _written(leaf: Leaf) -> str:
    match leaf["type"]:
        case "link":
            address = escape_mrkdwn(str(leaf["url"]))
            label = " ".join(escape_mrkdwn(str(leaf.get("text") or "")).split())
            return f"<{address}|{label}>" if label else f"<{address}>"
        case "text":
            return _marked(escape_mrkdwn(str(leaf["text"])), leaf.get("style") or {})
    return _literal(leaf)


def _marked(words: str, style: Mapping[str, bool]) -> str:
    inner = words.strip()
    marks = "".join(mark for name, mark in _MARKS.items() if style.get(name))
    if not inner or not marks or "\n" in inner:
        return words
    start = words.index(inner)
    return f"{words[:start]}{marks}{inner}{marks[::-1]}{words[start + len(inner) :]}"
