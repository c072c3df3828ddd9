"""HTML that is escaped by construction: only this module turns plain text into HTML."""

from __future__ import annotations

import html
from collections.abc import Iterable

_VOID = frozenset({"br", "hr", "img", "input"})


class Html(str):
    """Text that is already HTML. Any other string is escaped."""

    __slots__ = ()


def escaped(text: str) -> Html:
    """Returns `text` as HTML."""
    return text if isinstance(text, Html) else Html(html.escape(text))


def join(parts: Iterable[str]) -> Html:
    """Returns the concatenated parts."""
    return Html("".join(escaped(part) for part in parts))


def element(name: str, /, *children: str, **attributes: str | bool) -> Html:
    """Returns an element. `class_` and `data_key` become `class` and `data-key`; an attribute of False is left out."""
    start = Html(f"<{name}{''.join(_attribute(key, value) for key, value in attributes.items())}>")
    return start if name in _VOID else Html(f"{start}{join(children)}</{name}>")


def _attribute(key: str, value: str | bool) -> str:
    name = key.rstrip("_").replace("_", "-")
    if isinstance(value, bool):
        return f" {name}" if value else ""
    return f' {name}="{html.escape(value)}"'


LINE_BREAK = element("br")
RULE = element("hr")
NOTHING = Html("")
