"""HTML that people wrote in a ticket system, as plain text."""

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
        self._kept = 0
        self._link: tuple[str, int] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in _SILENT
        self._kept += tag == "pre"
        if tag == "a":
            self._link = (dict(attrs).get("href") or "", len(self.heard))
        if tag in _BREAKS:
            self.heard.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in _SILENT))
        self._kept = max(0, self._kept - (tag == "pre"))
        if tag == "a":
            self._say_where()
        if tag in _BREAKS and tag != "br":
            self.heard.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.heard.append(data if self._kept else re.sub(r"\s+", " ", data))

    def _say_where(self) -> None:
        """A reader would press the link; whoever reads the text alone needs its address, where that is another one."""
        address, start = self._link or ("", 0)
        self._link = None
        words = "".join(self.heard[start:])
        if address.startswith(("https://", "http://")) and words.strip() and address.rstrip("/") not in words:
            self.heard.append(f" ({address})")


def plain(html: str) -> str:
    """The text that a reader of the HTML sees. Never raises for a string."""
    words = _Words()
    words.feed(html)
    words.close()
    lines = [line.strip() for line in "".join(words.heard).splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
