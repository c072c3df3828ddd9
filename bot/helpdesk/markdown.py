"""Markdown of the desk's sentences, and the values inside them.

A sentence has markup of its own, and placeholders for mentions and quotations. Whatever people or other systems wrote
stands in it as literal text.
"""

from __future__ import annotations

import re
from typing import LiteralString

from bot.helpdesk.redaction import SafeText, redact

_MARKUP = re.compile(r"[\\`*_~<>&$|{}]|\](?=[(\[:])|\n")
_ENTITIES = {"\n": "&#10;", "]": "&#93;"}
_ENDS_LINK = re.compile(r"[\s<>|]")


class Markdown(str):
    """A part of a sentence that is Markdown already."""

    __slots__ = ()


def literal(text: str) -> Markdown:
    """Shows a text character by character: nothing in it formats, links, mentions or quotes.

    Marks of redaction stay as they are. Not for code, in which Markdown has no escapes: see `code`.

    >>> print(literal("my_file *new*"))
    my\\_file \\*new\\*
    """
    return Markdown(_MARKUP.sub(lambda match: _ENTITIES.get(match[0], f"\\{match[0]}"), text))


def autolink(address: str) -> Markdown:
    """Shows an address as a link without a label."""
    encoded = _ENDS_LINK.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), address)
    return Markdown(f"<{encoded}>")


def code(text: str) -> Markdown:
    """Shows a text as code on one line. A backtick in it becomes an apostrophe."""
    return Markdown(f"`{' '.join(text.replace('`', chr(39)).split())}`")


_KEPT = {"person": "{person}", "words": "{words}"}


def fill(template: LiteralString, **values: str) -> str:
    """Fills a sentence. Values are literal text unless they are `Markdown`; the surface's placeholders stay."""
    written = {name: value if isinstance(value, Markdown) else literal(value) for name, value in values.items()}
    return template.format_map({**_KEPT, **written})


def fill_safely(template: LiteralString, **values: str) -> SafeText:
    """Fills a sentence and removes secrets: from each value, and again from the whole, which may make up another."""
    safe = {name: value if isinstance(value, Markdown) else redact(value) for name, value in values.items()}
    return redact(fill(template, **safe))


def plural(count: int, one: LiteralString, other: LiteralString) -> LiteralString:
    """Returns the form of a sentence for a number."""
    return one if count == 1 else other
