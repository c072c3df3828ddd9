"""Reads the HTML that Teams makes of what people write: as text, with marks for lists, quotes, code, tables and links.

Nothing here raises for HTML of any shape: an unknown element is its words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from bot.chat_markdown.links import written_link

Mention = Callable[[str], str]
"""Returns what is written for a mention of this name."""

_DEEPEST = 60
_INDENT = "    "
_BLOCKS = frozenset({"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article"})
_CODE_BLOCKS = frozenset({"pre", "codeblock"})
_SILENT = frozenset({"script", "style", "title", "attachment"})
_VOID = frozenset({"br", "hr", "img", "emoji", "input", "meta", "link"})
# Elements that end where one of their kind begins.
_CLOSES = {"li": {"li"}, "tr": {"tr", "td", "th"}, "td": {"td", "th"}, "th": {"td", "th"}}
_MENTION_TYPE = "http://schema.skype.com/Mention"
_SPACES = re.compile(r"[ \t\r\n\f]+")
_FENCED = re.compile(r"(```\n.*?\n```)", re.DOTALL)
_GAPS = re.compile(r"\n{3,}")


@dataclass(slots=True)
class _Element:
    """An open element, and what was read in it. `items` are those of a list, `rows` those of a table."""

    tag: str
    attributes: dict[str, str]
    parts: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        return "".join(self.parts)


class _Reader(HTMLParser):
    """Reads one text."""

    def __init__(self, mention: Mention, *, linked: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._mention = mention
        self._linked = linked
        self._open = [_Element("", {})]

    def read(self, html: str) -> str:
        self.feed(html)
        self.close()
        self._end_down_to(1)
        return _tidied(self._open[0].words)

    # What HTMLParser calls.

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag in _VOID:
            self._open[-1].parts.append(_void(tag, attributes))
            return
        while self._open[-1].tag in _CLOSES.get(tag, ()):
            self._end()
        if len(self._open) <= _DEEPEST:
            self._open.append(_Element(tag, attributes))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        depth = next((at for at in range(len(self._open) - 1, 0, -1) if self._open[at].tag == tag), None)
        if depth is not None:
            self._end_down_to(depth)

    def handle_data(self, data: str) -> None:
        in_code = any(one.tag in _CODE_BLOCKS for one in self._open)
        words = data.replace("\xa0", " ")
        self._open[-1].parts.append(words if in_code else _SPACES.sub(" ", words))

    # Ends of elements.

    def _end_down_to(self, depth: int) -> None:
        while len(self._open) > depth:
            self._end()

    def _end(self) -> None:
        element, parent = self._open.pop(), self._open[-1]
        match element.tag:
            case "li" if parent.tag in ("ul", "ol"):
                parent.items.append(element.words.strip())
            case "td" | "th":
                parent.cells.append(_SPACES.sub(" ", element.words).strip())
            case "tr":
                self._table_of().rows.append(element.cells)
            case _:
                parent.parts.append(self._written(element))

    def _table_of(self) -> _Element:
        """Returns the table that a row belongs to; the innermost element outside of tables."""
        return next((one for one in reversed(self._open) if one.tag == "table"), self._open[-1])

    def _written(self, element: _Element) -> str:
        tag, words = element.tag, element.words
        if tag in _SILENT:
            return ""
        if tag in _BLOCKS:
            return f"\n{words.strip()}\n"
        if tag in _CODE_BLOCKS:
            code = words.strip("\n")
            return f"\n```\n{code}\n```\n" if code.strip() else ""
        if self._is_mention(element):
            return self._mention(words.strip())
        return self._written_inside(element)

    def _is_mention(self, element: _Element) -> bool:
        return element.tag == "at" or element.attributes.get("itemtype") == _MENTION_TYPE

    def _written_inside(self, element: _Element) -> str:
        words = element.words
        match element.tag:
            case "ul" | "ol":
                return f"\n{_list(element.items, element)}\n{words.strip()}"
            case "blockquote":
                return "\n" + "\n".join(f"> {line}".rstrip() for line in _tidied(words).split("\n")) + "\n"
            case "code":
                in_block = any(one.tag in _CODE_BLOCKS for one in self._open)
                return words if in_block or not words.strip() else f"`{_SPACES.sub(' ', words).strip()}`"
            case "a":
                return self._link(element.attributes.get("href", ""), words)
            case "table":
                return f"\n\n{_table(element.rows)}\n\n"
        return words

    def _link(self, address: str, words: str) -> str:
        label = _SPACES.sub(" ", words).strip()
        return written_link(address.strip(), label, linked=self._linked) if address.strip() else words


def _void(tag: str, attributes: dict[str, str]) -> str:
    match tag:
        case "br":
            return "\n"
        case "img" | "emoji":
            return attributes.get("alt", "")
    return "\n" if tag == "hr" else ""


def _list(items: Sequence[str], element: _Element) -> str:
    start = element.attributes.get("start", "")
    first = int(start) if start.isascii() and start.isdigit() and len(start) < 6 else 1
    lines = []
    for number, item in enumerate(items, start=first):
        mark = f"{number}." if element.tag == "ol" else "•"
        lines.append(f"{mark} {_tidied(item)}".replace("\n", f"\n{_INDENT}"))
    return "\n".join(lines)


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Writes a table as Markdown; its first row is the head."""
    filled = [row for row in rows if any(row)]
    if not filled:
        return ""
    width = max(map(len, filled))
    head, *body = [
        "".join(f"| {cell.replace('|', chr(92) + '|')} " for cell in _full(row, width)) + "|" for row in filled
    ]
    return "\n".join([head, "|" + " --- |" * width, *body])


def _full(row: Sequence[str], width: int) -> list[str]:
    return [*row, *[""] * (width - len(row))]


def _tidied(words: str) -> str:
    """Removes blanks at the ends of lines and superfluous empty lines, except in code."""
    parts = _FENCED.split(words)
    tidy = [part if number % 2 else _tidied_prose(part) for number, part in enumerate(parts)]
    return _GAPS.sub("\n\n", "".join(tidy)).strip("\n") if len(parts) == 1 else "".join(tidy).strip("\n")


def _tidied_prose(words: str) -> str:
    return _GAPS.sub("\n\n", "\n".join(line.rstrip() if line.strip() else "" for line in words.split("\n")))


def words_of_html(html: str, mention: Mention, *, linked: bool = False) -> str:
    """Returns the words of HTML. Labelled links are `[label](address)` if they are to be `linked` again."""
    return _Reader(mention, linked=linked).read(html)
