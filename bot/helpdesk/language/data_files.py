"""Reader of the language data that ships with the desk: one TOML file for each language, and one for all of them.

A file has these tables, all of them optional:

- `[classes]`: names for lists of patterns, to be used in patterns of the same file. The classes of `all.toml` can be
  used in every file. The class `courtesy` lists what may surround a whole message.
- `[recognisers."…"]`: `patterns`, found anywhere; `whole`, found where the rest of the message is courtesy;
  `unless`, removed first; `quotations = "overlooked"` ignores quotations (one file is enough).
- `[spelling]`: `classes` whose words are recognised with typing mistakes; `no_mistakes`, words that look like mistakes.

`pattern` describes the syntax of patterns.
"""

from __future__ import annotations

import contextlib
import gc
import itertools
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from bot.helpdesk.language.nodes import Node
from bot.helpdesk.language.pattern import Pattern, PatternReader, Recogniser, UnreadablePatternError, spellings_of
from bot.helpdesk.language.utterance import Spelling, plain_words

COMMON = "all.toml"
COURTESY = "courtesy"

_STEM = re.compile(r"[\w'-]+(?=\*)")


@dataclass(frozen=True, slots=True)
class Language:
    """The recognisers of the language data, by name."""

    recognisers: Mapping[str, Recogniser]


@cache
def shipped_language() -> Language:
    """Returns the language data of this version, read once."""
    folder = files(__package__) / "data"
    texts = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir() if file.name.endswith(".toml")}
    with _no_garbage_collection():
        return read_language(texts)


@contextlib.contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Stops the garbage collector: all of the many objects stay, and looking through them takes 40 % of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def read_language(texts: Mapping[str, str]) -> Language:
    """Returns the language that the files describe, given by name. Raises UnreadablePatternError."""
    documents = {name: _parsed(name, text) for name, text in sorted(texts.items())}
    common = documents.get(COMMON, {}).get("classes", {})
    read = [_File(name, document, common) for name, document in documents.items()]
    courtesy = PatternReader({COURTESY: _courtesy(documents.values())}).of_class(COURTESY)
    spelling = Spelling(
        itertools.chain.from_iterable(file.correctable() for file in read),
        known=itertools.chain.from_iterable(file.known() for file in read),
        stems=itertools.chain.from_iterable(file.stems() for file in read),
    )
    names = dict.fromkeys(name for file in read for name in file.recognisers)
    return Language(recognisers={name: _recogniser(name, read, spelling, courtesy) for name in names})


def _parsed(name: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except ValueError as error:
        raise UnreadablePatternError(f"{name}: {error}") from error


def _courtesy(documents: Iterable[Mapping[str, Any]]) -> Sequence[str]:
    return [member for document in documents for member in document.get("classes", {}).get(COURTESY, ())]


def _recogniser(name: str, files_: Sequence[_File], spelling: Spelling, courtesy: Node) -> Recogniser:
    return Recogniser(
        name=name,
        patterns=tuple(itertools.chain.from_iterable(file.patterns(name) for file in files_)),
        unless=tuple(itertools.chain.from_iterable(file.unless(name) for file in files_)),
        courtesy=courtesy,
        spelling=spelling,
        ignores_quotations=any(file.ignores_quotations(name) for file in files_),
    )


class _File:
    """One file of language data."""

    def __init__(self, name: str, document: Mapping[str, Any], common: Mapping[str, Sequence[str]]) -> None:
        self._name = name
        self._own_classes = document.get("classes", {})
        self._reader = PatternReader({**common, **self._own_classes})
        self._spelling = document.get("spelling", {})
        self.recognisers: Mapping[str, Mapping[str, Any]] = document.get("recognisers", {})

    def patterns(self, name: str) -> Iterator[Pattern]:
        table = self.recognisers.get(name, {})
        yield from self._read(table.get("patterns", ()))
        yield from self._read(table.get("whole", ()), whole_message=True)

    def unless(self, name: str) -> Iterator[Pattern]:
        yield from self._read(self.recognisers.get(name, {}).get("unless", ()))

    def ignores_quotations(self, name: str) -> bool:
        return bool(self.recognisers.get(name, {}).get("quotations") == "overlooked")

    def correctable(self) -> Iterator[str]:
        """Yields the words that are recognised with typing mistakes."""
        return self._reader.words(self._spelling.get("classes", ()))

    def known(self) -> Iterator[str]:
        """Yields the words that are no mistakes: every word of the file, and those listed in `no_mistakes`."""
        texts = "\n".join((*self._texts(), *self._spelling.get("no_mistakes", ())))
        for spelling in spellings_of(texts):
            yield from plain_words(_STEM.sub(" ", spelling))

    def stems(self) -> Iterator[str]:
        """Yields the beginnings of words in patterns."""
        for spelling in spellings_of("\n".join(self._texts())):
            yield from plain_words("\n".join(_STEM.findall(spelling)))

    def _texts(self) -> Iterator[str]:
        yield from itertools.chain.from_iterable(self._own_classes.values())
        for table in self.recognisers.values():
            for key in ("patterns", "whole", "unless"):
                yield from table.get(key, ())

    def _read(self, sources: Iterable[str], *, whole_message: bool = False) -> Iterator[Pattern]:
        for source in sources:
            try:
                yield from self._reader.patterns(source, whole_message=whole_message)
            except UnreadablePatternError as error:
                raise UnreadablePatternError(f"{self._name}: {source!r}: {error}") from error
