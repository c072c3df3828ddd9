"""The escalation policy: rules, their conditions and their consequences, and the settings of handoffs and tickets."""

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
    """Urgency of a handoff, from lowest to highest."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"

    @property
    def rank(self) -> int:
        """0 for the lowest. Compare ranks: the words sort by the alphabet."""
        return list(Priority).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """The assistant answered with one of these levels of confidence or, with `absent`, without a level.

    Uppzy documents `low` alone and may leave the level out, so a level is any word, in lower case.
    """

    kind: ClassVar[str] = "confidence"
    levels: frozenset[str] = frozenset()
    absent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """The employee asks for a person: in one of these phrases, as a built-in recogniser knows it, or by button."""

    kind: ClassVar[str] = "phrase"
    built_in: tuple[Recogniser, ...] = ()
    phrases: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    matcher: PhraseMatcher = field(init=False, repr=False, compare=False)
    ignored: tuple[Pattern, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        matcher = PhraseMatcher(phrases=self.phrases, whole=self.whole, unless=self.unless)
        object.__setattr__(self, "matcher", matcher)
        object.__setattr__(self, "ignored", phrases(all_readings(self.unless)))

    def found_in(self, message: Utterance) -> str | None:
        """Returns the words in which the employee asks for a person; None where they do not."""
        own = self.matcher.find(message.words)
        return own or _first(recogniser.find(message, self.ignored) for recogniser in self.built_in)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictIs:
    """The employee's verdict on the answer is `rating`."""

    kind: ClassVar[str] = "verdict"
    rating: Rating = Rating.BAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A subject that people handle, recognised by the lead's phrases and by a built-in recogniser."""

    name: str
    phrases: tuple[str, ...] = ()
    built_in: Recogniser | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitive:
    """The employee's message touches one of these topics."""

    kind: ClassVar[str] = "sensitive"
    topics: tuple[Topic, ...]
    unless: tuple[str, ...] = ()
    matchers: tuple[PhraseMatcher, ...] = field(init=False, repr=False, compare=False)
    ignored: tuple[Pattern, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        matchers = tuple(PhraseMatcher(phrases=topic.phrases, unless=self.unless) for topic in self.topics)
        object.__setattr__(self, "matchers", matchers)
        object.__setattr__(self, "ignored", phrases(all_readings(self.unless)))

    def touched_by(self, message: Utterance) -> tuple[tuple[str, str], ...]:
        """Returns the names of the topics touched, each with the words that touch it."""
        found = (
            (topic.name, matcher.find(message.words) or self._built_in(topic, message))
            for topic, matcher in zip(self.topics, self.matchers, strict=True)
        )
        return tuple((name, words) for name, words in found if words)

    def _built_in(self, topic: Topic, message: Utterance) -> str | None:
        return topic.built_in.find(message, self.ignored) if topic.built_in else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unresolved:
    """At least `count` questions of one conversation stayed unresolved within `within_seconds`."""

    kind: ClassVar[str] = "unresolved"
    count: int
    within_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    """The assistant could not answer for `minutes`, or refused for good. 0 minutes: at the first failure."""

    kind: ClassVar[str] = "unavailable"
    minutes: float


Condition = Confidence | Phrase | VerdictIs | Sensitive | Unresolved | Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One condition and its consequences.

    `channel` None is the handoff channel; `tell` None is the default sentence to the employee.
    """

    name: str
    condition: Condition
    priority: Priority = Priority.NORMAL
    channel: str | None = None
    ticket: bool = True
    show_answer: bool = True
    tell: str | None = None


class Speakers(enum.StrEnum):
    """The agents whose messages in a handoff's thread are relayed to the employee."""

    OWNER = "owner"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffRules:
    """Settings of how people work a handoff. Times are in seconds.

    `relay`: only agents who have claimed or joined the handoff speak to the employee, or everybody in the channel.
    `relay_delay`: how long a reply can be changed or deleted before it is sent. `reopen_within`: an employee who writes
    within this time after the resolution reopens the handoff. `idle`: a conversation without messages for this long is
    closed.

    `reply_within`: the target for claiming a handoff of each priority, counted in `hours`; a priority that is missing
    has none. Agents are reminded `remind_before` the target (0: not at all), and `on_call`, the surface's id of a group
    of people, is called `on_call_after` it.
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
    """Settings of the synchronisation between a handoff and its ticket.

    `follow`: a ticket that is solved or closed in the ticket system resolves its handoff. `copy_notes`: agents' notes
    are copied to the ticket as private comments.
    """

    follow: bool = False
    copy_notes: bool = False


class NoteWhen(enum.StrEnum):
    """The conversations after which a note is written on the employee's contact."""

    NEVER = "never"
    WITHOUT_HANDOFF = "without_handoff"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRules:
    """Settings of the note on the employee's contact after a conversation, with or without its `transcript`."""

    when: NoteWhen = NoteWhen.NEVER
    transcript: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """An ordered list of rules, and the settings of handoffs, tickets and notes.

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
        """Returns the policy of these rules, with their fingerprint."""
        return cls(
            rules=tuple(rules),
            fingerprint=_fingerprint(rules),
            handoffs=handoffs or HandoffRules(),
            tickets=tickets or TicketRules(),
            notes=notes or NoteRules(),
        )

    @property
    def channels(self) -> frozenset[str]:
        """The channels named by rules."""
        return frozenset(rule.channel for rule in self.rules if rule.channel)


def duration_text(seconds: float) -> str:
    """Returns a time span in words: "60 minutes", "1 minute", "90 seconds"."""
    amount, unit = (seconds / 60, "minute") if seconds >= 60 and seconds % 60 == 0 else (seconds, "second")
    return f"{amount:g} {unit}" if amount == 1 else f"{amount:g} {unit}s"


def _fingerprint(rules: Sequence[Rule]) -> str:
    canonical = json.dumps([_canonical(rule) for rule in rules], sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def _first(found: Iterable[str | None]) -> str | None:
    return next((words for words in found if words), None)


def _canonical(value: Any) -> Any:
    """Returns the meaning of `value` as JSON values: defaults included, sets sorted, computed fields left out.

    An empty `built_in` is left out, so that rules without one keep the fingerprint they had before it existed.
    """
    if isinstance(value, Recogniser):
        return {"name": value.name, "digest": value.digest}
    if dataclasses.is_dataclass(value):
        given = {part.name: getattr(value, part.name) for part in dataclasses.fields(value) if part.init}
        parts = {name: _canonical(part) for name, part in given.items() if name != "built_in" or part}
        return {"kind": getattr(value, "kind", type(value).__name__), **parts}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_canonical(item) for item in value]
    return value
