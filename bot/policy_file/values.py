"""Checks of single values of the policy file, made for pydantic fields.

Each raises a MistakeError, or a ValueError whose message completes "“key” ...", without the full stop.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Callable, Collection
from datetime import date
from typing import Any, Protocol
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, ValidationError, ValidationInfo
from pydantic_core import InitErrorDetails

from bot.helpdesk.escalation.hours import MINUTES_OF_A_DAY, Span
from bot.helpdesk.escalation.policy import PhraseMatcher, readings_of
from bot.helpdesk.model.chat import ENGLISH

LONGEST_NAME = 80
"""Characters of a name, an id or a word."""

TEXT = 'a text in quotes, as in "low"'
LIST = 'a list of texts, as in ["one", "another"]'

_LANGUAGE = re.compile(r"[a-z]{2,3}")
_SPAN = re.compile(r"(\d\d):([0-5]\d)-(\d\d):([0-5]\d)")
_CLOCK_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


class ChatIds(Protocol):
    """The forms of a chat surface's ids, which differ from surface to surface.

    A check returns what is wrong with an id and how to fix it, to complete "“key” ...", without the full stop; None if
    nothing is.
    """

    def channel_problem(self, id: str) -> str | None: ...

    def group_problem(self, id: str) -> str | None: ...


class MistakeError(ValueError):
    """A whole sentence about what is wrong and how to fix it.

    It is about the value that was checked; with `key`, about that key of the same table; with an empty `key`, about the
    table as a whole.
    """

    def __init__(self, sentence: str, *, key: str | None = None) -> None:
        self.key = key
        super().__init__(sentence)


def did_you_mean(word: str, known: Collection[str]) -> str:
    """Asks for the known word that `word` was perhaps meant to be; empty where none is near."""
    near = difflib.get_close_matches(word.casefold(), sorted(known), n=1)
    return f" Did you mean “{near[0]}”?" if near else ""


def text(*, most: int = LONGEST_NAME, required: bool = False) -> AfterValidator:
    """A text of one to `most` characters, with its runs of spaces and line ends made single spaces."""

    return AfterValidator(functools.partial(_one_line, most=most, required=required))


def _one_line(written: str, *, most: int, required: bool = False) -> str:
    value = " ".join(written.split())
    if not value:
        raise ValueError("is empty. Write a text" + ("" if required else ", or remove the line"))
    if len(value) > most:
        raise ValueError(f"is {len(value)} characters long. Shorten it to {most}")
    return value


def told(*, most: int) -> AfterValidator:
    """A text, or one for each language by its code: `{ en = "…", de = "…" }`. Returns the second form."""
    asked = f'must be {TEXT}, or one for each language, as in {{ en = "low", de = "niedrig" }}'

    def by_language(written: Any) -> dict[str, str]:
        if isinstance(written, str):
            return {ENGLISH: _one_line(written, most=most)}
        if not isinstance(written, dict) or not written or not all(isinstance(one, str) for one in written.values()):
            raise ValueError(asked)
        return {check_language(language): _one_line(one, most=most) for language, one in written.items()}

    return AfterValidator(by_language)


def one_of(known: Collection[str]) -> AfterValidator:
    """A text that is one of the known words."""

    def check(written: str, info: ValidationInfo) -> str:
        if written not in known:
            fix = f"Write one of: {', '.join(known)}.{did_you_mean(written, known)}"
            raise MistakeError(f"the {info.field_name} “{written}” is not known. {fix}")
        return written

    return AfterValidator(check)


def number(*, most: int, least: int | None = None) -> AfterValidator:
    """A number from `least` to `most`; without `least`, one above 0."""

    def check(value: float) -> float:
        high_enough = value > 0 if least is None else value >= least
        if not (high_enough and value <= most):
            raise ValueError(f"must be {'more than 0 and up' if least is None else f'from {least}'} to {most}")
        return value

    return AfterValidator(check)


def must(hold: Callable[[Any], object], otherwise: str) -> AfterValidator:
    """A value for which `hold` is true. `otherwise` is the sentence about one for which it is not."""

    def check(value: Any) -> Any:
        if not hold(value):
            raise MistakeError(otherwise)
        return value

    return AfterValidator(check)


def built_in_name(known: Collection[str]) -> AfterValidator:
    """The name of a built-in recogniser."""

    def check(name: str) -> str:
        if name not in known:
            fix = f"Write one of: {', '.join(known)}.{did_you_mean(name, known)}"
            raise MistakeError(f"there is nothing built in that is called “{name}”. {fix}")
        return name

    return AfterValidator(check)


def check_readable(phrase: str) -> str:
    """Raises UnreadablePhraseError."""
    readings_of(phrase)
    return phrase


def check_findable(phrase: str, info: ValidationInfo) -> str:
    """Refuses a phrase that contains one of `unless`, a field that the table must declare above this one."""
    if not PhraseMatcher(phrases=(phrase,), unless=info.data.get("unless", ())).can_find(phrase):
        raise MistakeError(f"the phrase “{phrase}” can never be found: “unless” takes it out. Remove one of them.")
    return phrase


def check_more_than_courtesy(phrase: str) -> str:
    if not PhraseMatcher(phrases=(), whole=(phrase,)).can_find(phrase):
        raise MistakeError(f"“{phrase}” in “whole” is courtesy alone, which is overlooked. Remove it.")
    return phrase


def check_topic_phrases(phrases: list[str]) -> list[str]:
    if not phrases:
        raise ValueError("has no phrases. Write some, or remove the topic")
    return phrases


def check_language(code: str) -> str:
    if not _LANGUAGE.fullmatch(code):
        raise MistakeError(f"“{code}” is no code of a language. Write one as in en or de.")
    return code


def check_time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        known = available_timezones()
        fix = 'Write one as in "Europe/Berlin".' if known else "This system knows none: install the package tzdata."
        raise MistakeError(f"the time zone “{name}” is not known. {fix}{did_you_mean(name, known)}") from None
    return name


def check_date(written: str) -> str:
    try:
        date.fromisoformat(written.strip())
    except ValueError:
        raise MistakeError(f"“{written}” is no date. Write it as in 2026-12-25.") from None
    return written


def check_spans(day: list[Any]) -> list[Any]:
    """Refuses everything that is no time of a day, and every time that begins before the one in front of it ends."""
    mistakes: list[InitErrorDetails] = []
    end = 0
    for position, written in enumerate(day):
        span = span_of(written) if isinstance(written, str) else None
        if span is not None and span.start >= end:
            end = span.end
        elif isinstance(written, str):
            error = _mistake_of_time(written, readable=span is not None)
            mistakes.append({"type": "value_error", "loc": (position,), "input": written, "ctx": {"error": error}})
        else:
            mistakes.append({"type": "string_type", "loc": (position,), "input": written})
    if mistakes:
        raise ValidationError.from_exception_data("times of a day", mistakes)
    return day


def _mistake_of_time(written: str, *, readable: bool) -> MistakeError:
    if readable:
        return MistakeError(f"“{written}” begins before the one in front of it ends. Put them in order.")
    return MistakeError(f"“{written}” is no time of a day. Write it as in 09:00-17:00.")


def minutes_of(written: str) -> int:
    """Returns the minutes from midnight of a time such as 09:00. Raises MistakeError."""
    found = _CLOCK_TIME.fullmatch(written.strip())
    if found is None:
        raise MistakeError(f"“{written}” is no time of day. Write it as in 09:00.")
    hour, minute = map(int, found.groups())
    return hour * 60 + minute


def check_clock_time(written: str) -> str:
    minutes_of(written)
    return written


def span_of(written: str) -> Span | None:
    """Reads a part of a day, such as 09:00-17:00; None where it is none."""
    found = _SPAN.fullmatch(written.strip())
    if found is None:
        return None
    from_hour, from_minute, to_hour, to_minute = map(int, found.groups())
    start, end = from_hour * 60 + from_minute, to_hour * 60 + to_minute
    return Span(start=start, end=end) if start < end <= MINUTES_OF_A_DAY else None
