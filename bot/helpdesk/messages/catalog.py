"""The language files, and the rendering of messages in a language.

A file has the messages of one language in Fluent's syntax (projectfluent.org/fluent/guide). Sentences of an operator's
own file replace those of the file that ships. What a language lacks is said in English.

A file is read when its language is first used, and a message is parsed when it is first said: most never are, and a
parsed message takes twenty times the memory of its text.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from fluent.runtime import FluentBundle
from fluent.syntax import FluentParser, ast
from fluent.syntax.visitor import Visitor

from bot.helpdesk.markdown import Markdown, literal
from bot.helpdesk.messages.text import Message, OwnWords, Sentences, Text, Value
from bot.helpdesk.model.chat import ENGLISH
from bot.helpdesk.redaction import SafeText, redact

log = logging.getLogger(__name__)

_ENTRY = re.compile(r"^(-?[A-Za-z][\w-]*) *=", re.MULTILINE)
_COMMENT = re.compile(r"^#.*\n?", re.MULTILINE)
# Filled by the surface, which knows how to mention, link and quote, and by the outbox, which asks for the name.
_FILLED_LATER: Mapping[str, str] = {"person": "{person}", "words": "{words}", "place": "{place}", "by": "{by}"}
# Fluent refuses longer values. They are replaced in the rendered text, by a mark that no text of people has.
_LONGEST_VALUE = 2_500
# The library writes no larger numbers.
_TOO_LARGE = 1e15
_MARK = "\ue000{name}\ue000"


class Catalog:
    """The messages of all languages. `own` has the operator's files: the text of each by its language.

    Safe to use from several threads: what one of them parses twice is the same.
    """

    def __init__(self, own: Mapping[str, str] = MappingProxyType({})) -> None:
        self._own = own
        self._translators: dict[str, Translator] = {}

    @property
    def loaded(self) -> frozenset[str]:
        """The languages whose messages have been read."""
        return frozenset(translator.language for translator in self._translators.values())

    def in_language(self, language: str) -> Translator:
        """Returns the translator into a language; into English if there are no messages in it."""
        translator = self._translators.get(language)
        if translator is None:
            is_known = language in self._own or language in shipped_languages()
            translator = self._load(language) if is_known else self.in_language(ENGLISH)
            self._translators[language] = translator
        return translator

    def for_locale(self, locale: str | None, default: str) -> Translator:
        """Returns the translator for a person's locale, such as "de-AT"; into `default` if that is not known."""
        if locale is None:
            return self.in_language(default)
        return self.in_language(locale.replace("_", "-").split("-")[0].lower())

    def is_said(self, text: str, said: Message) -> bool:
        """Returns whether a text is this message in one of the languages."""
        languages = {*shipped_languages(), *self._own}
        return any(text == self.in_language(language)(said) for language in languages)

    def _load(self, language: str) -> Translator:
        fallback = None if language == ENGLISH else self.in_language(ENGLISH)
        return Translator(
            language, {**entries_in(shipped_text(language)), **entries_in(self._own.get(language, ""))}, fallback
        )


class Translator:
    """The rendering of messages in one language. Messages that it lacks are rendered by `fallback`."""

    def __init__(self, language: str, entries: Mapping[str, str], fallback: Translator | None = None) -> None:
        self.language = language
        self._entries = entries
        self._fallback = fallback
        self._bundle = FluentBundle([language], use_isolating=False)
        self._formatted: dict[str, str] = {}

    def __call__(self, text: Text) -> str:
        """Renders plain text: labels, and texts for places without formatting. Values stay as they are."""
        return self._render(text, str)

    def safe(self, text: Text) -> SafeText:
        """Renders plain text without secrets: from each value, and again from the whole, which may make up another."""
        return redact(self._render(text, redact))

    def sentence(self, text: Text) -> str:
        """Renders Markdown: values are literal text unless they are `Markdown`; the surface's placeholders stay."""
        return self._render(text, _as_literal)

    def safe_sentence(self, text: Text) -> SafeText:
        """Renders Markdown without secrets: from each value, and again from the whole."""
        return redact(self._render(text, lambda value: _as_literal(_as_safe(value))))

    def _render(self, text: Text, as_written: Callable[[str], str]) -> str:
        match text:
            case Message() if not text.values:
                return self._fixed(text.id)
            case Message():
                values = {name: self._value(value, as_written) for name, value in text.values.items()}
                return self.format(text.id, {**_FILLED_LATER, **values})
            case Sentences():
                return text.separator.join(self._render(part, as_written) for part in text.parts)
            case OwnWords():
                return self._choose(text.by_language)

    def _fixed(self, id: str) -> str:
        """Formats a message without values, once: every answer has the same labels."""
        known = self._formatted.get(id)
        if known is None:
            known = self._formatted[id] = self.format(id, _FILLED_LATER)
        return known

    def _value(self, value: Value, as_written: Callable[[str], str]) -> str | int | float:
        if isinstance(value, Message | Sentences | OwnWords):
            return self._render(value, as_written)
        if isinstance(value, str):
            return as_written(value)
        return value if abs(value) < _TOO_LARGE else f"{value:g}"

    def _choose(self, texts: Mapping[str, str]) -> str:
        return texts.get(self.language) or texts.get(ENGLISH) or next(iter(texts.values()))

    def format(self, id: str, values: Mapping[str, str | int | float]) -> str:
        """Formats one message. Says it by `fallback` if it is missing here or wrong; raises KeyError without one."""
        long = {name: value for name, value in values.items() if isinstance(value, str) and len(value) > _LONGEST_VALUE}
        marks = {name: _MARK.format(name=name) for name in long}
        text = self._format(id, {**values, **marks})
        if text is None:
            if self._fallback is None:
                raise KeyError(id)
            return self._fallback.format(id, values)
        for name, value in long.items():
            text = text.replace(marks[name], value)
        return text

    def _format(self, id: str, values: Mapping[str, str | int | float]) -> str | None:
        pattern = self._bundle.get_message(id).value if self._knows(id) else None
        if pattern is None:
            return None
        text, errors = self._bundle.format_pattern(pattern, dict(values))
        if errors:
            log.error(
                "message_not_formatted", extra={"id": id, "language": self.language, "error": type(errors[0]).__name__}
            )
            return None
        return str(text)

    def _knows(self, id: str) -> bool:
        """Returns whether there is such a message, which is parsed by now with those that it refers to."""
        if self._bundle.has_message(id):
            return True
        entry = self._entries.get(id)
        if entry is None:
            return False
        resource = FluentParser(with_spans=False).parse(entry)
        self._bundle.add_resource(resource)
        for referred in references_in(resource).messages:
            self._knows(referred)
        return self._bundle.has_message(id)


def _as_literal(value: str) -> str:
    return value if isinstance(value, Markdown) else literal(value)


def _as_safe(value: str) -> str:
    return value if isinstance(value, Markdown) else redact(value)


class References(Visitor):
    """The placeholders and messages that a part of a file refers to."""

    def __init__(self) -> None:
        self.placeholders: set[str] = set()
        self.messages: set[str] = set()

    def visit_VariableReference(self, node: ast.VariableReference) -> None:  # noqa: N802 - the library's naming
        """Notes a placeholder."""
        self.placeholders.add(node.id.name)

    def visit_MessageReference(self, node: ast.MessageReference) -> None:  # noqa: N802 - the library's naming
        """Notes a message."""
        self.messages.add(node.id.name)


def references_in(node: ast.BaseNode) -> References:
    """Returns what a part of a file refers to."""
    references = References()
    references.visit(node)
    return references


def entries_in(text: str) -> dict[str, str]:
    """Returns the text of each message of a file by its id, without comments."""
    text = _COMMENT.sub("", text)
    found = list(_ENTRY.finditer(text))
    begins = [match.start() for match in found]
    ends = [*begins[1:], len(text)]
    return {match[1]: text[begin:end] for match, begin, end in zip(found, begins, ends, strict=False)}


@cache
def english() -> Translator:
    """Returns the translator into the English that ships, for those who work at a command line."""
    return Catalog().in_language(ENGLISH)


@cache
def shipped_languages() -> frozenset[str]:
    """Returns the languages that ship with the desk."""
    names = (file.name for file in files(__package__).iterdir())
    return frozenset(name.removesuffix(".ftl") for name in names if name.endswith(".ftl"))


def shipped_text(language: str) -> str:
    """Returns the text of the file that ships for a language; empty if there is none."""
    if language not in shipped_languages():
        return ""
    return (files(__package__) / f"{language}.ftl").read_text(encoding="utf-8")
