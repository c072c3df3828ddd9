"""The bot's texts in another language, found by their English words, so that one scene plays in every language."""

from __future__ import annotations

from collections.abc import Iterator

from fluent.syntax import FluentParser, ast

from bot.helpdesk.messages.catalog import shipped_text
from bot.helpdesk.model.chat import ENGLISH

_Path = tuple[str, ...]
"""A message's id, and the variants that lead to a piece of its text."""


class Phrasebook:
    """Translates pieces of the bot's texts as the page shows them: between placeholders, without formatting."""

    def __init__(self, language: str) -> None:
        self._translations: dict[str, str] = {}
        if language == ENGLISH:
            return
        translated = _pieces(language)
        # A text that is both a label and a sentence is one that is pressed.
        for path, pieces in sorted(_pieces(ENGLISH).items(), key=lambda found: not found[0][0].startswith("label-")):
            known = translated.get(path) or translated.get((path[0],)) or pieces
            for number, piece in enumerate(pieces):
                same = len(known) == len(pieces)
                self._translations.setdefault(piece, known[number] if same else max(known, key=len))

    def __call__(self, words: str) -> str:
        """Returns a piece with these English words in the language; the words themselves if no text has them.

        A single word has to be the whole piece.
        """
        if words in self._translations:
            return self._translations[words]
        several = " " in words
        return next((there for here, there in self._translations.items() if several and words in here), words)


def _pieces(language: str) -> dict[_Path, list[str]]:
    """Returns the pieces of every text of a language."""
    found: dict[_Path, list[str]] = {}
    for entry in FluentParser(with_spans=False).parse(shipped_text(language)).body:
        if isinstance(entry, ast.Message) and entry.value:
            for path, text in _texts(entry.value, (entry.id.name,)):
                pieces = (piece.strip() for line in text.splitlines() for piece in line.split("**"))
                found.setdefault(path, []).extend(piece for piece in pieces if piece)
    return found


def _texts(pattern: ast.Pattern, path: _Path) -> Iterator[tuple[_Path, str]]:
    for element in pattern.elements:
        if isinstance(element, ast.TextElement):
            yield path, element.value
        elif isinstance(element.expression, ast.SelectExpression):
            for variant in element.expression.variants:
                key = variant.key.name if isinstance(variant.key, ast.Identifier) else variant.key.value
                yield from _texts(variant.value, (*path, key))
