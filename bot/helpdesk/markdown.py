"""Markdown of the desk's sentences, and the values inside them.

A sentence has markup of its own, and placeholders for mentions and quotations. Whatever people or other systems wrote
stands in it as literal text.
"""

from __future__ import annotations

import re

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
