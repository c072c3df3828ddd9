"""Text in the markup of ticket systems: written so that it stays text, and read as plain text.

docs/tickets.md says how each system renders which field. Nothing is removed and nothing invisible is added, so that a
path or a command can still be copied.
"""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

from bot.helpdesk.text import legible, truncated

_NO_FORMAT = "{noformat}"
# Bounded, so that a text of nothing but brackets takes no quadratic time.
_GAP = r"[\W_]{0,200}"
_CODE_TAG = re.compile(rf"\[(?={_GAP}c{_GAP}o{_GAP}d{_GAP}e)|(?<=@)\[", re.IGNORECASE)
_ENDS_BLOCK = re.compile(rf"\{{(?={_GAP}noformat)", re.IGNORECASE)

_WIDE = 120
"""Characters. Jira does not wrap the lines of such a block, so longer ones are wrapped between words."""

# Exported lists of tickets are opened in spreadsheets, which take these beginnings for formulas.
_FORMULA = re.compile(r"=|[+\-@](?=.*[(|!])")


def one_line(text: str, most: int) -> str:
    """Returns a title or a name as one line without control characters, and as no formula for a spreadsheet."""
    line = " ".join(legible(text).split())
    return truncated(f"'{line}" if _FORMULA.match(line) else line, most)


def as_html(text: str) -> str:
    """Returns the text as HTML."""
    return html.escape(text).replace("\r\n", "\n").replace("\n", "<br>")


def without_placeholders(text: str) -> str:
    """Breaks up `{{...}}` and `{%...%}`, which Liquid replaces, with a space between the two characters."""
    return re.sub(r"\{(?=[{%])", "{ ", text)


def without_code_tags(text: str) -> str:
    """Breaks up ServiceNow's `[code]`, whose content is HTML, and `@[...]`, which mentions somebody.

    The bracket becomes a wide one in every spelling that could be taken for a tag, whether or not the tag ends: its end
    may be in another entry.
    """
    return _CODE_TAG.sub("［", text)


def in_code_spans(text: str) -> str:
    """Returns GitHub Markdown with each line a code span: lines wrap, and nothing in a span is markup."""
    return "\n".join(map(_code_span, re.split(r"\r\n|\r|\n", text)))


def _code_span(line: str) -> str:
    """Fences the line with a run of backticks that it does not contain; Markdown hides one space at either end."""
    if not line.strip():
        return ""
    runs = {len(run) for run in re.findall("`+", line)}
    fence = "`" * next(length for length in range(1, len(runs) + 2) if length not in runs)
    padded = line[0] in "` " or line[-1] in "` "
    return f"{fence} {line} {fence}" if padded else f"{fence}{line}{fence}"


def unformatted(text: str) -> str:
    """Returns text for `preformatted`, with a space in whatever would end the block."""
    wrapped = "\n".join(map(_wrapped, re.split(r"\r\n|\r|\n", text)))
    return _ENDS_BLOCK.sub("{ ", wrapped)


def _wrapped(line: str) -> str:
    if len(line) <= _WIDE:
        return line
    parts = textwrap.wrap(
        line, _WIDE, expand_tabs=False, replace_whitespace=False, break_long_words=False, break_on_hyphens=False
    )
    return "\n".join(parts)


def preformatted(text: str, end: str, most: int) -> str:
    """Returns text and end as a block of Jira's wiki markup without markup in it, of at most `most` characters."""
    start, stop = f"{_NO_FORMAT}\n", f"\n{_NO_FORMAT}"
    room = most - len(start) - len(end) - len(stop)
    return f"{start}{truncated(unformatted(text), room)}{end}{stop}"


def fitting(text: str, most: int, write: Callable[[str], str]) -> str:
    """Returns `write` of the text, truncated as far as needed for a result of at most `most` characters."""
    written, room = write(text), 2 * len(text)
    while len(written) > most and room > 1:
        room = min(room - 1, room * most // len(written))
        written = write(truncated(text, room))
    return written


# Atlassian documents (ADF), in which text has no markup: Jira shows it as it is.
# https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/

Node = dict[str, Any]

_LINK = re.compile(r"https?://[^\s<>\"'`|\\^{}\[\]]*[^\s<>\"'`|\\^{}\[\].,;:!?()]")
_BREAK: Node = {"type": "hardBreak"}


def atlassian_document(text: str) -> Node:
    """Returns a paragraph for each block of lines. Only addresses that are spelt out become links."""
    blocks = re.split(r"\n{2,}", text.replace("\r\n", "\n").replace("\r", "\n").strip("\n"))
    return {"type": "doc", "version": 1, "content": [_paragraph(block) for block in blocks]}


def _paragraph(block: str) -> Node:
    nodes: list[Node] = []
    for line in block.split("\n"):
        nodes += [_BREAK, *_texts(line)]
    return {"type": "paragraph", "content": nodes[1:]}


def _texts(line: str) -> Iterator[Node]:
    done = 0
    for link in _LINK.finditer(line):
        yield from _plain(line[done : link.start()])
        mark = {"type": "link", "attrs": {"href": link[0]}}
        yield {"type": "text", "text": link[0], "marks": [mark]}
        done = link.end()
    yield from _plain(line[done:])


def _plain(text: str) -> Iterator[Node]:
    """Yields no node for an empty text, which Jira refuses."""
    if text:
        yield {"type": "text", "text": text}


# HTML that people write in ticket systems.

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
