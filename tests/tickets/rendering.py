"""Models how ticket systems render what they are sent, to catch text that would be interpreted.

`seen` returns the text that a reader sees, and raises AssertionError for anything that would have an effect. The rules
are the vendors', stricter where that costs nothing, and use none of the desk's own code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from typing import Any

from markdown_it import MarkdownIt

from tests.tickets.standins.base import Call

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

Seen = Callable[[str], str]


def leaves(body: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yields every text in a body with its path."""
    if isinstance(body, dict):
        for name, value in body.items():
            yield from leaves(value, f"{path}.{name}")
    elif isinstance(body, list):
        for value in body:
            yield from leaves(value, path)
    elif isinstance(body, str):
        yield path, body


def as_text(value: str) -> str:
    """Renders a field whose text is shown as it is."""
    return value


class _OnlyBreaks(HTMLParser):
    """HTML that contains only text and line breaks."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert (tag, attrs) == ("br", [])
        self.words += "\n"

    def handle_data(self, data: str) -> None:
        self.words += data

    def handle_endtag(self, tag: str) -> None:
        raise AssertionError(tag)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)


def as_html(value: str) -> str:
    parser = _OnlyBreaks()
    parser.feed(value)
    parser.close()
    return parser.words


def as_liquid(value: str) -> str:
    """Renders text in which placeholders are filled."""
    assert not re.search(r"\{[{%]", value)
    return value


def as_journal(value: str) -> str:
    """Refuses mentions, and code tags in any spelling, even one that appears once other characters are removed."""
    letters = re.sub(r"[^a-z\[]", "", value.lower())
    assert "[code" not in letters
    assert "@[" not in value
    return value


def as_wiki(value: str) -> str:
    """Renders one block, and refuses anything in it that could end it."""
    block = re.fullmatch(r"\{noformat\}\n(.*)\n\{noformat\}", value, re.DOTALL)
    assert block is not None
    assert not re.search(r"\{/?noformat", block[1], re.IGNORECASE)
    return block[1]


def as_document(node: Mapping[str, Any]) -> str:
    """Renders Jira's document format: text, line breaks, paragraphs, and links that show their address."""
    kind = node["type"]
    if kind == "hardBreak":
        return "\n"
    if kind == "text":
        assert node["text"]
        for mark in node.get("marks", ()):
            assert mark == {"type": "link", "attrs": {"href": node["text"]}}
            assert re.match("https?://", node["text"])
        return str(node["text"])
    assert kind in ("doc", "paragraph")
    return ("\n\n" if kind == "doc" else "").join(map(as_document, node["content"]))


def as_markdown(value: str) -> str:
    """Renders code spans, and refuses all else but the desk's own comments: GitHub looks for references there."""
    words: list[str] = []
    for token in MARKDOWN.parse(value):
        if token.type == "html_block":
            assert re.fullmatch(r"<!-- (\[uppzy-desk eff_\w+\]|uppzy-desk: identifiers) -->\s*", token.content)
        elif token.type == "inline":
            for child in token.children or ():
                assert child.type in ("code_inline", "softbreak"), child
                words.append("\n" if child.type == "softbreak" else child.content)
            words.append("\n")
        else:
            assert token.type in ("paragraph_open", "paragraph_close"), token
            words.append("\n")
    return "".join(words)


def _both(*rules: Seen) -> Seen:
    def seen(value: str) -> str:
        for rule in rules:
            value = rule(value)
        return value

    return seen


# Placeholders may be filled before the HTML is read, or after.
LIQUID_HTML = _both(as_liquid, as_html, as_liquid)

RULES: Mapping[str, Mapping[str, Seen]] = {
    "rt": {},
    "zendesk": {".html_body": LIQUID_HTML, "": as_liquid},
    "freshdesk": {".description": LIQUID_HTML, ".body": LIQUID_HTML, "": as_liquid},
    "freshservice": {".description": LIQUID_HTML, ".body": LIQUID_HTML, "": as_liquid},
    "github": {".body": as_markdown},
    "jsm": {".description": as_wiki, ".body": as_wiki},
    "servicenow": {"": as_journal},
    "hubspot": {".hs_note_body": as_html},
    "webhook": {},
}
"""The rule for a field by the end of its path; other fields are plain text."""

TITLES = ("subject", "Subject", "summary", "title", "short_description", "requester.name", "Requestor")
LONGEST_TITLE: Mapping[str, int] = {
    "rt": 200,
    "zendesk": 150,
    "github": 256,
    "jsm": 255,
    "servicenow": 160,
}


def seen(system: str, call: Call) -> str:
    """Returns the text of one request that people can read."""
    words = []
    body = call.body
    document = body.get("fields", {}).get("description") if isinstance(body, dict) and system == "jsm" else None
    if isinstance(document, dict):
        return as_document(document)
    for path, value in leaves(body):
        rule = next((rule for end, rule in RULES[system].items() if path.endswith(end)), as_text)
        words.append(rule(value))
        if path.endswith(TITLES):
            check_title(system, value)
    return "\n".join(words)


def check_title(system: str, title: str) -> None:
    """Asserts one line within the limit, without control characters and without a formula for a spreadsheet."""
    assert title.splitlines() in ([title], [])
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", title)
    assert len(title.encode("utf-16-le")) // 2 <= LONGEST_TITLE.get(system, 255)
    assert not title.startswith("=")
    assert not re.match(r"[+@\-].*[|(!]", title)
