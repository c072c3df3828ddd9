"""The escalation policy: rules, their conditions, and what follows when one is met."""

from __future__ import annotations

import dataclasses
import enum
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from bot.helpdesk.escalation.hours import Hours
from bot.helpdesk.escalation.phrases import PhraseMatcher, all_readings
from bot.helpdesk.language import Pattern, Recogniser, Utterance, phrases
from bot.helpdesk.model.conversation import Rating


class Priority(enum.StrEnum):
    """How soon a person should look, from least to most."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"

    @property
    def rank(self) -> int:
        """0 for the lowest; compare ranks, not the words."""
        return list(Priority).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """The assistant answered with one of these levels of confidence, or (`absent`) without saying how confident it was.

    Uppzy documents `low` alone and may leave the level out, so a level is any word, in lower case.
    """

    kind: ClassVar[str] = "confidence"
    levels: frozenset[str] = frozenset()
    absent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """The employee asks for a person, in these words, as a built-in recogniser understands it, or with the button."""

    kind: ClassVar[str] = "phrase"
    built_in: tuple[Recogniser, ...] = ()
    phrases: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    matcher: PhraseMatcher = field(init=False, repr=False, compare=False)
    taken_out: tuple[Pattern, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        matcher = PhraseMatcher(phrases=self.phrases, whole=self.whole, unless=self.unless)
        object.__setattr__(self, "matcher", matcher)
        object.__setattr__(self, "taken_out", phrases(all_readings(self.unless)))

    def found_in(self, said: Utterance) -> str | None:
        """The words by which the employee asks; None where they do not."""
        own = self.matcher.find(said.words)
        return own or _first(recogniser.find(said, self.taken_out) for recogniser in self.built_in)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictIs:
    """The employee's verdict on the answer is this one."""

    kind: ClassVar[str] = "verdict"
    rating: Rating = Rating.BAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A business flow that people look after, and what gives it away: the lead's words, and a built-in recogniser."""

    name: str
    phrases: tuple[str, ...] = ()
    built_in: Recogniser | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitive:
    """The employee's words touch one of these topics."""

    kind: ClassVar[str] = "sensitive"
    topics: tuple[Topic, ...]
    unless: tuple[str, ...] = ()
    matchers: tuple[PhraseMatcher, ...] = field(init=False, repr=False, compare=False)
    taken_out: tuple[Pattern, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        matchers = tuple(PhraseMatcher(phrases=topic.phrases, unless=self.unless) for topic in self.topics)
        object.__setattr__(self, "matchers", matchers)
        object.__setattr__(self, "taken_out", phrases(all_readings(self.unless)))

    def touched_by(self, said: Utterance) -> tuple[tuple[str, str], ...]:
        """The names of the topics touched, each with the words that gave it away."""
        found = (
            (topic.name, matcher.find(said.words) or self._built_in(topic, said))
            for topic, matcher in zip(self.topics, self.matchers, strict=True)
        )
        return tuple((name, words) for name, words in found if words)

    def _built_in(self, topic: Topic, said: Utterance) -> str | None:
        return topic.built_in.find(said, self.taken_out) if topic.built_in else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unresolved:
    """So many questions of one conversation stayed unresolved within the time."""

    kind: ClassVar[str] = "unresolved"
    count: int
    within_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    """The assistant could not answer for so many minutes, or refused for good. 0 minutes: at the first failure."""

    kind: ClassVar[str] = "unavailable"
    minutes: float


Condition = Confidence | Phrase | VerdictIs | Sensitive | Unresolved | Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One condition, and what happens when it is met.

    `channel` None is the handoff channel; `tell` None is the desk's default sentence to the employee.
    """

    name: str
    condition: Condition
    priority: Priority = Priority.NORMAL
    channel: str | None = None
    ticket: bool = True
    show_answer: bool = True
    tell: str | None = None


class Speakers(enum.StrEnum):
    """Whose plain words in a handoff's thread go to the employee."""

    OWNER = "owner"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffRules:
    """How people work a handoff, as the lead wants it. Times in seconds.

    `relay`: only those who have claimed or joined it speak to the employee, or everybody in the channel. `relay_delay`
    is how long a reply can still be taken back. An employee who writes again after the resolution reopens it
    `reopen_within`; later it is a fresh matter. A conversation in which nothing was said for `idle` is completed.

    `reply_within` is how soon somebody is to take up a handoff of that priority, in time of `hours`; one that is not
    named has no target. Agents are reminded `remind_before` the target (0: not), and `on_call`, the surface's id of a
    group of people, is called `on_call_after` it.
    """

    relay: Speakers = Speakers.OWNER
    relay_delay: float = 5.0
    reopen_within: float = 24 * 3600.0
    resolution_required: bool = False
    idle: float = 24 * 3600.0
    reply_within: Mapping[Priority, float] = field(default_factory=dict)
    hours: Hours = field(default_factory=Hours)
    remind_before: float = 10 * 60.0
    on_call: str | None = None
    on_call_after: float = 15 * 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRules:
    """What the ticket system and the handoff thread have to do with each other.

    `follow`: a ticket that is solved or closed in the ticket system resolves its handoff. `copy_notes`: agents' notes
    go onto the ticket, as private comments.
    """

    follow: bool = False
    copy_notes: bool = False


class NoteWhen(enum.StrEnum):
    """After which conversations a note on the employee's contact is written."""

    NEVER = "never"
    WITHOUT_HANDOFF = "without_handoff"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRules:
    """What is noted on an employee's contact when a conversation is completed; with `transcript` also what was said."""

    when: NoteWhen = NoteWhen.NEVER
    transcript: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """An ordered list of rules, and how people work what they bring about.

    The fingerprint changes whenever the meaning of the rules does, and only then.
    """

    rules: tuple[Rule, ...]
    fingerprint: str
    handoffs: HandoffRules = HandoffRules()
    tickets: TicketRules = TicketRules()
    notes: NoteRules = NoteRules()

    @classmethod
    def of(
        cls,
        rules: Sequence[Rule],
        handoffs: HandoffRules | None = None,
        tickets: TicketRules | None = None,
        notes: NoteRules | None = None,
    ) -> Policy:
        """These rules, with the fingerprint they have."""
        return cls(
            rules=tuple(rules),
            fingerprint=_fingerprint(rules),
            handoffs=handoffs or HandoffRules(),
            tickets=tickets or TicketRules(),
            notes=notes or NoteRules(),
        )

    @property
    def channels(self) -> frozenset[str]:
        """The channels that rules name."""
        return frozenset(rule.channel for rule in self.rules if rule.channel)


def spoken_duration(seconds: float) -> str:
    """A time span as a lead says it: "60 minutes", "1 minute", "90 seconds"."""
    amount, unit = (seconds / 60, "minute") if seconds >= 60 and seconds % 60 == 0 else (seconds, "second")
    return f"{amount:g} {unit}" if amount == 1 else f"{amount:g} {unit}s"


def _fingerprint(rules: Sequence[Rule]) -> str:
    canonical = json.dumps([_canonical(rule) for rule in rules], sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def _first(found: Iterable[str | None]) -> str | None:
    return next((words for words in found if words), None)


def _canonical(value: Any) -> Any:
    """What `value` says, as JSON values: defaults written out, sets in order, nothing that was computed.

    A rule without anything built in is written as it was before there was such a thing.
    """
    if isinstance(value, Recogniser):
        return {"name": value.name, "digest": value.digest}
    if dataclasses.is_dataclass(value):
        said = {part.name: getattr(value, part.name) for part in dataclasses.fields(value) if part.init}
        parts = {name: _canonical(part) for name, part in said.items() if name != "built_in" or part}
        return {"kind": getattr(value, "kind", type(value).__name__), **parts}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_canonical(item) for item in value]
    return value
