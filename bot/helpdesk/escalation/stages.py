"""Decisions on a question as they are kept with it: the facts that the policy saw, and the rules that fired. No words.

The policy decides on a question several times, each time on what is new. A later decision on the same replaces the
earlier one, and new words begin anew.
"""

from __future__ import annotations

import dataclasses
import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.helpdesk.escalation.decide import Decision, Facts
from bot.helpdesk.model.conversation import Rating


class Moment(enum.StrEnum):
    """The moments at which the policy decides on a question."""

    ASKED = "asked"
    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    RATED = "rated"
    PRESSED = "pressed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One decision on a question. `facts` has no text; `read_words`: the policy read the question's."""

    moment: Moment
    facts: Facts
    read_words: bool
    fired: tuple[str, ...]
    fingerprint: str


def noted(earlier: str, moment: Moment, facts: Facts, decision: Decision) -> str:
    """Returns the stored decisions on a question with this one after them."""
    kept = [] if moment is Moment.ASKED or not earlier else json.loads(earlier)
    stages = [one for one in kept if one["of"] != moment]
    stages.append({"of": moment, "by": decision.fingerprint, "saw": _seen(facts), "fired": decision.rules})
    return json.dumps(stages, separators=(",", ":"), ensure_ascii=False)


def read_stages(stored: str) -> tuple[Stage, ...]:
    """Returns the stored decisions on a question, the first one first; none if it is of an earlier version."""
    return tuple(_read(one) for one in json.loads(stored)) if stored else ()


_DEFAULTS = {part.name: part.default for part in dataclasses.fields(Facts) if part.default is not dataclasses.MISSING}
_WORDS = "text"


def facts_given(facts: Facts) -> dict[str, Any]:
    """Returns those facts by name that are not as they are when nothing is known."""
    return {name: value for name, default in _DEFAULTS.items() if (value := getattr(facts, name)) != default}


def _seen(facts: Facts) -> dict[str, Any]:
    """Returns what the facts say, but for the words: that there were any is all that is kept of them."""
    return {"now": facts.now, **facts_given(facts), **({_WORDS: True} if facts.text else {})}


def _read(stored: Mapping[str, Any]) -> Stage:
    seen = dict(stored["saw"])
    read_words = bool(seen.pop(_WORDS, False))
    known = {name: _value(name, value) for name, value in seen.items() if name in _DEFAULTS}
    return Stage(
        moment=Moment(stored["of"]),
        facts=Facts(now=seen["now"], text="", **known),
        read_words=read_words,
        fired=tuple(stored["fired"]),
        fingerprint=stored["by"],
    )


def _value(name: str, value: Any) -> Any:
    if name == "rating":
        return Rating(value)
    return tuple(value) if isinstance(value, list) else value
