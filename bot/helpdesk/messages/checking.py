"""The check of a file of messages: its syntax, its ids, and its placeholders beside those of the shipped English."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from functools import cache

from fluent.syntax import FluentParser, ast

from bot.helpdesk.messages.catalog import references_in, shipped_text
from bot.helpdesk.model.chat import ENGLISH


@cache
def english_placeholders() -> Mapping[str, frozenset[str]]:
    """Returns the placeholders of every message that ships, by its id."""
    return {message.id.name: placeholders_of(message) for message in messages_in(shipped_text(ENGLISH))}


def messages_in(text: str) -> list[ast.Message]:
    """Returns the messages of a file."""
    return [entry for entry in FluentParser().parse(text).body if isinstance(entry, ast.Message)]


def placeholders_of(message: ast.Message) -> frozenset[str]:
    """Returns the placeholders of a message."""
    return frozenset(references_in(message).placeholders)


def problems_in(text: str) -> Iterator[tuple[int, str]]:
    """Yields what is wrong with a file: the number of the line, and a sentence with the fix."""
    seen: set[str] = set()
    for entry in FluentParser().parse(text).body:
        match entry:
            case ast.Junk():
                yield from _syntax_errors(entry, text)
            case ast.Message():
                line, id = _line(entry, text), entry.id.name
                if id in seen:
                    yield line, f"“{id}” is there twice. Remove one of the two."
                seen.add(id)
                yield from ((line, problem) for problem in _problems_of(entry))


def _syntax_errors(junk: ast.Junk, text: str) -> Iterator[tuple[int, str]]:
    for annotation in junk.annotations or ():
        at = annotation.span.start if annotation.span else 0
        yield text.count("\n", 0, at) + 1, f"this cannot be read: {annotation.message}. Write id = sentence."


def _line(entry: ast.Message, text: str) -> int:
    return text.count("\n", 0, entry.span.start if entry.span else 0) + 1


def _problems_of(message: ast.Message) -> Iterator[str]:
    id, known = message.id.name, english_placeholders()
    if id not in known:
        near = difflib.get_close_matches(id, known, n=1)
        yield f"there is no message “{id}”." + (f" Did you mean “{near[0]}”?" if near else " Remove it.")
        return
    if message.value is None:
        yield f"“{id}” has no words. Write some behind the equals sign."
        return
    for name in sorted(known[id] - placeholders_of(message)):
        yield f"“{id}” lacks {{ ${name} }}. Put it where the value is to stand."
    for name in sorted(placeholders_of(message) - known[id]):
        yield f"“{id}” has no value for {{ ${name} }}. Remove it."
    for name in sorted(references_in(message).messages - known.keys()):
        yield f"“{id}” refers to “{name}”, and there is no such message."
