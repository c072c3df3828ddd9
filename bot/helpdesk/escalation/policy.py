"""The escalation policy: rules, their conditions and their consequences, and the settings of handoffs and tickets.

Phrases of a lead are searched for as whole words in a row, never as parts of words.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import hashlib
import itertools
import json
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any, ClassVar

from bot.helpdesk.escalation.hours import Hours
from bot.helpdesk.language import Pattern, Recogniser, Utterance, phrases, shipped_language
from bot.helpdesk.language.utterance import Words, without_courtesy, words_of
from bot.helpdesk.messages.text import OwnWords
from bot.helpdesk.model.chat import ENGLISH, PersonKind
from bot.helpdesk.model.conversation import Rating
from bot.helpdesk.model.handoff import SolvedQuestion


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


GUEST = PersonKind.GUEST
MEMBER = PersonKind.MEMBER
GROUP = "group:"
"""The kinds of employees that a rule can be narrowed to; the id of a group of people follows the last one."""


class HandoffMode(enum.StrEnum):
    """The ways in which a rule brings in a person: at once, or once the employee has accepted the offer."""

    AT_ONCE = "at once"
    OFFER = "offer"


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
        recognised = (recogniser.find(message, self.ignored) for recogniser in self.built_in)
        return self.matcher.find(message.words) or next(filter(None, recognised), None)

    def is_all_of(self, message: Utterance) -> bool:
        """Returns True where a message that asks for a person says nothing else, apart from courtesy."""
        return self.matcher.is_all_of(message.words) or any(one.is_all_of(message) for one in self.built_in)


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

    `channel` None is the handoff channel; `tell` None is the default sentence to the employee. `hide_question`: in a
    channel that is not the rule's own, agents read the question only through *Reveal*. `ask` False: nothing of the
    message, or of what follows in its conversation, leaves for the assistant. `when_from` and `languages` narrow the
    rule to employees of one of these kinds, and with one of these languages; empty: to nobody.
    """

    name: str
    condition: Condition
    priority: Priority = Priority.NORMAL
    channel: str | None = None
    ticket: bool = True
    show_answer: bool = True
    tell: OwnWords | None = None
    handoff: HandoffMode = HandoffMode.AT_ONCE
    hide_question: bool = False
    ask: bool = True
    when_from: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()

    @property
    def is_narrowed(self) -> bool:
        """True where the rule applies to some employees only."""
        return bool(self.when_from or self.languages)

    @property
    def groups(self) -> frozenset[str]:
        """The ids of the groups of people that the rule names."""
        return frozenset(kind.removeprefix(GROUP) for kind in self.when_from if kind.startswith(GROUP))

    def applies_to(self, kinds: Collection[str], language: str) -> bool:
        """Returns whether the rule is for an employee of these kinds, who has this language."""
        is_of_kind = not self.when_from or not self.when_from.isdisjoint(kinds)
        return is_of_kind and (not self.languages or language in self.languages)

    def lacks_channel(self, common: str | None) -> bool:
        """Returns whether the rule is about a matter for few people, and has no channel besides the `common` one."""
        withholds = self.hide_question or not self.show_answer or not self.ask
        for_few = self.hide_question or (isinstance(self.condition, Sensitive) and withholds)
        return for_few and self.channel in {None, common}


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

    `waiting_remind`: an employee for whom an agent waits is reminded after this time, and after `waiting_close` the
    handoff is closed (0: not at all). Neither happens outside of `hours`.

    `ask_solved`: what the employee is asked after a resolution.

    `most_open`: an employee with so many open handoffs of one day is asked before another opens; 0: never.

    An employee who waits is told when somebody is expected, with the handover (`tell_expected`), once when the target
    has passed (`tell_overdue`), and once when people are back at work (`tell_at_work`). `fallback_contact` is where
    they reach people if the handoff channel cannot be used.

    `language` is that of everything agents read, and of employees whose own is not known.
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
    waiting_remind: float = 24 * 3600.0
    waiting_close: float = 7 * 24 * 3600.0
    ask_solved: SolvedQuestion = SolvedQuestion.YES_OR_NO
    most_open: int = 3
    tell_expected: bool = True
    tell_overdue: bool = True
    tell_at_work: bool = True
    fallback_contact: str | None = None
    language: str = ENGLISH


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRules:
    """Settings of the synchronisation between a handoff and its ticket.

    `follow`: a ticket that is solved or closed in the ticket system resolves its handoff. `copy_notes`: agents' notes
    are copied to the ticket as private comments.
    """

    follow: bool = False
    copy_notes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallTalkRules:
    """Settings of small talk, which the desk answers itself. `tell` None is the default sentence."""

    tell: OwnWords | None = None


class NoteWhen(enum.StrEnum):
    """The conversations after which a note is written in the ticket system."""

    NEVER = "never"
    WITHOUT_HANDOFF = "without_handoff"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRules:
    """Settings of the note in the ticket system after a conversation, with or without its `transcript`."""

    when: NoteWhen = NoteWhen.NEVER
    transcript: bool = False


class Approval(enum.StrEnum):
    """The people who may approve an article: its author as well, or only somebody else."""

    SECOND_PERSON = "second person"
    AUTHOR = "author"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRules:
    """Settings of the weekly review. `day` is a weekday, 0 for Monday, and `time` the minutes from its midnight."""

    day: int = 0
    time: int = 9 * 60
    zone: tzinfo = UTC
    approval: Approval = Approval.SECOND_PERSON


class SecretsToAssistant(enum.StrEnum):
    """The form in which the assistant gets a question that contains a secret: without it, with it, or not at all."""

    REDACTED = "redacted"
    AS_WRITTEN = "as written"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyRules:
    """Settings of what leaves for the assistant."""

    secrets_to_assistant: SecretsToAssistant = SecretsToAssistant.REDACTED


APPS_PER_HOUR = 20
"""Messages of one app in an hour that are answered, where apps are: two bots could answer each other forever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleRules:
    """Settings of who may use the bot: the kinds of people of `PersonKind`. Nobody with a deactivated account does.

    `apps`: what an app or a workflow writes to the bot directly is a question.
    """

    guests: bool = True
    other_companies: bool = False
    other_workspaces: bool = False
    apps: bool = False

    def refused(self, kinds: Collection[str]) -> PersonKind | None:
        """Returns the kind because of which somebody may not use the bot; None if they may."""
        admitted = {
            PersonKind.DEACTIVATED: False,
            PersonKind.APP: self.apps,
            PersonKind.OTHER_COMPANY: self.other_companies,
            PersonKind.OTHER_WORKSPACE: self.other_workspaces,
            PersonKind.GUEST: self.guests,
        }
        return next((kind for kind, may in admitted.items() if kind in kinds and not may), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """An ordered list of rules, and the settings of handoffs, tickets, notes, small talk, the review, privacy, people.

    The fingerprint changes whenever the meaning of the rules does, and only then. `text` is the file it was read from.
    """

    rules: tuple[Rule, ...]
    fingerprint: str
    handoffs: HandoffRules = HandoffRules()
    tickets: TicketRules = TicketRules()
    notes: NoteRules = NoteRules()
    small_talk: SmallTalkRules = SmallTalkRules()
    review: ReviewRules = ReviewRules()
    privacy: PrivacyRules = PrivacyRules()
    people: PeopleRules = PeopleRules()
    text: str = field(default="", repr=False, compare=False)

    @classmethod
    def of(
        cls,
        rules: Sequence[Rule],
        handoffs: HandoffRules | None = None,
        tickets: TicketRules | None = None,
        notes: NoteRules | None = None,
        small_talk: SmallTalkRules | None = None,
        review: ReviewRules | None = None,
        privacy: PrivacyRules | None = None,
        people: PeopleRules | None = None,
    ) -> Policy:
        """Returns the policy of these rules, with their fingerprint."""
        return cls(
            rules=tuple(rules),
            fingerprint=_fingerprint(rules),
            handoffs=handoffs or HandoffRules(),
            tickets=tickets or TicketRules(),
            notes=notes or NoteRules(),
            small_talk=small_talk or SmallTalkRules(),
            review=review or ReviewRules(),
            privacy=privacy or PrivacyRules(),
            people=people or PeopleRules(),
        )

    @property
    def channels(self) -> frozenset[str]:
        """The channels named by rules."""
        return frozenset(rule.channel for rule in self.rules if rule.channel)

    @property
    def groups(self) -> frozenset[str]:
        """The groups of people named by rules in `when_from`."""
        return frozenset().union(*(rule.groups for rule in self.rules))

    @property
    def is_narrowed(self) -> bool:
        """True where a rule applies to some employees only, so that a decision depends on who asks."""
        return any(rule.is_narrowed for rule in self.rules)


def duration_text(seconds: float) -> str:
    """Returns a time span in words: "60 minutes", "1 minute", "90 seconds"."""
    amount, unit = (seconds / 60, "minute") if seconds >= 60 and seconds % 60 == 0 else (seconds, "second")
    return f"{amount:g} {unit}" if amount == 1 else f"{amount:g} {unit}s"


def _fingerprint(rules: Sequence[Rule]) -> str:
    canonical = json.dumps([_canonical(rule) for rule in rules], sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


_ADDED_LATER: Mapping[str, Any] = {
    "built_in": (),
    "handoff": HandoffMode.AT_ONCE,
    "hide_question": False,
    "ask": True,
    "when_from": frozenset(),
    "languages": frozenset(),
}
"""The values of fields that mean what a rule meant before it had the field."""


def _canonical(value: Any) -> Any:
    """Returns the meaning of `value` as JSON values: defaults included, sets sorted, computed fields left out.

    What says nothing new is left out: rules without a `built_in`, a `handoff`, a `when_from` and the like keep the
    fingerprint they had before these existed.
    """
    if isinstance(value, OwnWords):
        # A text for every language keeps the fingerprint that it had before there could be one for each.
        return value.by_language.get(ENGLISH) if set(value.by_language) == {ENGLISH} else dict(value.by_language)
    if isinstance(value, Recogniser):
        return {"name": value.name, "digest": value.digest}
    if dataclasses.is_dataclass(value):
        given = {part.name: getattr(value, part.name) for part in dataclasses.fields(value) if part.init}
        parts = {name: _canonical(part) for name, part in given.items() if _ADDED_LATER.get(name, given) != part}
        return {"kind": getattr(value, "kind", type(value).__name__), **parts}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_canonical(item) for item in value]
    return value


WISH = "wish for a person"

TOPICS = (
    "harassment",
    "discrimination",
    "danger to somebody",
    "whistleblowing",
    "payroll",
    "dismissal",
    "legal matters",
    "personal data",
    "a security incident",
)


def built_in(name: str) -> Recogniser:
    """Returns the recogniser of this name: WISH, or one of TOPICS."""
    return shipped_language().recognisers[name]


MOST_READINGS = 500


class UnreadablePhraseError(ValueError):
    """The phrase cannot be read; the message says why and how to fix it."""


def readings_of(phrase: str) -> tuple[str, ...]:
    """Returns the wordings of a phrase: a slash means either word, so "talk/speak to us" has two.

    Raises UnreadablePhraseError for a phrase without a word, a slash without a word on both sides, and more than
    MOST_READINGS readings.
    """
    choices = [token.split("/") for token in phrase.split()]
    if not words_of(phrase):
        raise UnreadablePhraseError("has no word in it. Write the words to look for, or remove it")
    if any(len(choice) > 1 and not all(map(words_of, choice)) for choice in choices):
        raise UnreadablePhraseError("has a slash without a word on both sides. Write it as in “talk/speak to”")
    if number_of_readings(phrase) > MOST_READINGS:
        raise UnreadablePhraseError(f"stands for more than {MOST_READINGS} wordings. Split it into several phrases")
    return tuple(" ".join(reading) for reading in itertools.product(*choices))


def number_of_readings(phrase: str) -> int:
    """Returns how many wordings a phrase has."""
    return math.prod(token.count("/") + 1 for token in phrase.split())


class PhraseMatcher:
    """A set of phrases, indexed once to be searched for in many messages.

    `phrases` are found anywhere in a message, `whole` only where they are the whole message apart from courtesy words.
    The phrases of `unless` are removed from the message before the search.
    Raises UnreadablePhraseError where a phrase cannot be read.
    """

    __slots__ = ("_finds_nothing", "_phrases", "_unless", "_whole")

    def __init__(self, *, phrases: Iterable[str], whole: Iterable[str] = (), unless: Iterable[str] = ()) -> None:
        self._phrases = _Index(phrases)
        self._whole = {without_courtesy(words_of(reading)): reading for reading in all_readings(whole)}
        self._whole.pop((), None)
        self._unless = _index_of(tuple(unless))
        self._finds_nothing = not (self._phrases or self._whole)

    def find(self, words: Words) -> str | None:
        """Returns the first phrase found, as the policy spells it; None where there is none."""
        if self._finds_nothing:
            return None
        remaining = self._unless.remove_from(words)
        found = self._phrases.first_in(remaining)
        return self._whole.get(without_courtesy(remaining)) if found is None and self._whole else found

    def is_all_of(self, words: Words) -> bool:
        """Returns True where the message consists of these phrases and courtesy words."""
        if self.find(words) is None:
            return False
        rest = without_courtesy(self._phrases.remove_from(words))
        return not any(rest) or rest in self._whole

    def can_find(self, phrase: str) -> bool:
        """Returns True where a message of this phrase alone is recognised, in one of its readings at least."""
        return any(self.find(words_of(reading)) for reading in readings_of(phrase))


class _Index:
    """Phrases by their first word: most words of a message cost one look-up."""

    __slots__ = ("_first_words", "_lengths", "_spelling")

    def __init__(self, phrases: Iterable[str]) -> None:
        self._spelling = {words_of(reading): reading for reading in all_readings(phrases)}
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for words in self._spelling:
            lengths[words[0]].add(len(words))
        self._first_words = frozenset(lengths)
        self._lengths = {first: tuple(sorted(known, reverse=True)) for first, known in lengths.items()}

    def __bool__(self) -> bool:
        return bool(self._spelling)

    def first_in(self, words: Words) -> str | None:
        return next((self._spelling[words[start:end]] for start, end in self._spans(words)), None)

    def remove_from(self, words: Words) -> Words:
        """Replaces every word of a phrase found by an empty word, which no phrase contains."""
        spans = list(self._spans(words))
        if not spans:
            return words
        removed = {position for start, end in spans for position in range(start, end)}
        return tuple("" if position in removed else word for position, word in enumerate(words))

    def _spans(self, words: Words) -> Iterator[tuple[int, int]]:
        if self._first_words.isdisjoint(words):
            return
        for start, word in enumerate(words):
            for length in self._lengths.get(word, ()):
                if words[start : start + length] in self._spelling:
                    yield start, start + length


@functools.lru_cache(maxsize=4)
def _index_of(phrases: tuple[str, ...]) -> _Index:
    """Returns the index of phrases that many matchers share while a policy is read."""
    return _Index(phrases)


def all_readings(phrases: Iterable[str]) -> Iterator[str]:
    """Returns the readings of all phrases."""
    return itertools.chain.from_iterable(map(readings_of, phrases))
