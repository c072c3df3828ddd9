"""HTML that people wrote in a ticket system, as plain text; and plain text that is too long for one."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BREAKS = frozenset({"br", "p", "div", "li", "tr", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6"})
_SILENT = frozenset({"script", "style", "head", "title"})


class _Words(HTMLParser):
    """Collects what a reader sees."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.heard: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in _SILENT
        if tag in _BREAKS:
            self.heard.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in _SILENT))
        if tag in _BREAKS and tag != "br":
            self.heard.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.heard.append(re.sub(r"\s+", " ", data))


def plain(html: str) -> str:
    """The text that a reader of the HTML sees. Never raises for a string."""
    words = _Words()
    words.feed(html)
    words.close()
    lines = [line.strip() for line in "".join(words.heard).splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def cut(text: str, most: int) -> str:
    """The text, or as much of it as `most` characters hold, with a sign that there was more."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
