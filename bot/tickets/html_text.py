"""Plain text of the HTML that people write in ticket systems."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BREAKS = frozenset({"br", "p", "div", "li", "tr", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6"})
_INVISIBLE = frozenset({"script", "style", "head", "title"})


class _VisibleText(HTMLParser):
    """Collects the text that a reader sees."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._invisible_depth = 0
        self._pre_depth = 0
        self._link: tuple[str, int] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._invisible_depth += tag in _INVISIBLE
        self._pre_depth += tag == "pre"
        if tag == "a":
            self._link = (dict(attrs).get("href") or "", len(self.pieces))
        if tag in _BREAKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._invisible_depth = max(0, self._invisible_depth - (tag in _INVISIBLE))
        self._pre_depth = max(0, self._pre_depth - (tag == "pre"))
        if tag == "a":
            self._append_address()
        if tag in _BREAKS and tag != "br":
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._invisible_depth:
            self.pieces.append(data if self._pre_depth else re.sub(r"\s+", " ", data))

    def _append_address(self) -> None:
        """Appends the address of a link whose text does not show it."""
        address, start = self._link or ("", 0)
        self._link = None
        words = "".join(self.pieces[start:])
        if address.startswith(("https://", "http://")) and words.strip() and address.rstrip("/") not in words:
            self.pieces.append(f" ({address})")


def html_to_text(html: str) -> str:
    """Returns the text that a reader of the HTML sees. Never raises."""
    parser = _VisibleText()
    parser.feed(html)
    parser.close()
    lines = [line.strip() for line in "".join(parser.pieces).splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
