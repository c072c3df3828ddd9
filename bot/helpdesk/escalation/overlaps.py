"""Rules that change nothing: those that can never fire, and those that another rule always covers.

What is found here is certain, as far as it goes: a rule that is not named may still be of no use.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from bot.helpdesk.escalation.policy import (
    Condition,
    Confidence,
    HandoffMode,
    Phrase,
    PhraseMatcher,
    Policy,
    Rule,
    Sensitive,
    Unavailable,
    Unresolved,
    all_readings,
)
from bot.helpdesk.language import Recogniser
from bot.helpdesk.language.utterance import words_of
from bot.helpdesk.messages.anyone import LONGEST_QUESTION

_SECONDS_BETWEEN = 0.5
"""Nobody asks twice within less time."""


MOST_COMPARED = 300
"""Rules of a policy that are compared with each other: of more, none is named as covered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FiredRules:
    """The questions of a period, and for how many of them each rule fired, by its name."""

    questions: int
    by_rule: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """A rule that makes no difference, because `by` fires whenever it does, with consequences that go as far."""

    rule: Rule
    by: Rule


def rules_that_never_fire(policy: Policy) -> Iterator[Rule]:
    """Yields the rules whose condition no conversation can meet."""
    return (rule for rule in policy.rules if _is_impossible(rule.condition))


def _is_impossible(condition: Condition) -> bool:
    match condition:
        case Unresolved():
            return condition.within_seconds < (condition.count - 1) * _SECONDS_BETWEEN
        case Phrase() | Sensitive():
            said = _Said.of(condition)
            return not said.built_in and all(len(each) > LONGEST_QUESTION for each in (*said.phrases, *said.whole))
        case _:
            return False


def covered_rules(policy: Policy) -> Iterator[Covered]:
    """Yields the rules without which every decision would be the same, each with the first rule that covers it.

    Of two rules that cover each other, the later one is named.
    """
    if len(policy.rules) > MOST_COMPARED:
        return
    rules = [_Placed.at(place, rule) for place, rule in enumerate(policy.rules)]
    # The button "Talk to a person" fires the first phrase rule, whatever the employee said.
    buttons = list(_rules_of_button(rules))
    covered: list[_Placed] = []
    for each in reversed(rules):
        by = next((other for other in rules if other not in covered and other.covers(each)), None)
        if by is not None and each not in buttons:
            covered.append(each)
            yield Covered(rule=each.rule, by=by.rule)


def _rules_of_button(rules: Iterable[_Placed]) -> Iterator[_Placed]:
    """Yields the phrase rules of which one is the first for an employee."""
    for each in rules:
        if isinstance(each.rule.condition, Phrase):
            yield each
            if not each.rule.is_narrowed:
                return


@dataclass(frozen=True, kw_only=True, eq=False)
class _Placed:
    """A rule with its place in the policy, and the words that its condition is about, if it is about words."""

    place: int
    rule: Rule
    said: _Said | None

    @classmethod
    def at(cls, place: int, rule: Rule) -> _Placed:
        condition = rule.condition
        said = _Said.of(condition) if isinstance(condition, Phrase | Sensitive) else None
        return cls(place=place, rule=rule, said=said)

    def covers(self, other: _Placed) -> bool:
        is_for_them = _includes(self.rule.when_from, other.rule.when_from) and _includes(
            self.rule.languages, other.rule.languages
        )
        return self is not other and is_for_them and self._goes_as_far_as(other) and self._fires_with(other)

    def _goes_as_far_as(self, other: _Placed) -> bool:
        """Returns whether the other rule adds no consequence."""
        ours, theirs, is_first = self.rule, other.rule, self.place < other.place
        return (
            ours.priority.rank >= theirs.priority.rank
            and ours.ticket >= theirs.ticket
            and ours.show_answer <= theirs.show_answer
            and ours.hide_question >= theirs.hide_question
            and ours.ask <= theirs.ask
            and (ours.handoff is HandoffMode.AT_ONCE or theirs.handoff is HandoffMode.OFFER)
            and _counts(ours.channel, theirs.channel, is_first)
            and _counts(ours.tell, theirs.tell, is_first)
        )

    def _fires_with(self, other: _Placed) -> bool:
        """Returns whether this rule fires whenever the other does."""
        if self.said and other.said:
            return self.said.includes(other.said)
        return _is_met_with(self.rule.condition, other.rule.condition)


def _includes(ours: frozenset[str], theirs: frozenset[str]) -> bool:
    """Returns whether a narrowing to `ours` leaves everybody of `theirs`. An empty one leaves all."""
    return not ours or (bool(theirs) and theirs <= ours)


def _counts(value: object, other: object, is_first: bool) -> bool:
    """Returns whether `other` makes no difference. Of two channels or sentences the first in the file counts."""
    return other is None or value == other or (is_first and value is not None)


def _is_met_with(condition: Condition, other: Condition) -> bool:
    match condition, other:
        case Confidence(), Confidence():
            return condition.levels >= other.levels and condition.absent >= other.absent
        case Unresolved(), Unresolved():
            return condition.count <= other.count and condition.within_seconds >= other.within_seconds
        case Unavailable(), Unavailable():
            return condition.minutes <= other.minutes
        case _:
            return condition == other


@dataclass(frozen=True, kw_only=True)
class _Said:
    """The words that meet a condition: of a wish for a person, or of all topics together."""

    built_in: frozenset[Recogniser]
    phrases: tuple[str, ...]
    whole: tuple[str, ...]
    unless: frozenset[str]

    @classmethod
    def of(cls, condition: Phrase | Sensitive) -> _Said:
        unless = frozenset(condition.unless)
        if isinstance(condition, Phrase):
            built_in = frozenset(condition.built_in)
            return cls(built_in=built_in, phrases=condition.phrases, whole=condition.whole, unless=unless)
        built_in = frozenset(topic.built_in for topic in condition.topics if topic.built_in)
        phrases = tuple(phrase for topic in condition.topics for phrase in topic.phrases)
        return cls(built_in=built_in, phrases=phrases, whole=(), unless=unless)

    @cached_property
    def _anywhere(self) -> PhraseMatcher:
        return PhraseMatcher(phrases=self.phrases)

    @cached_property
    def _alone(self) -> PhraseMatcher:
        return PhraseMatcher(phrases=self.phrases, whole=self.whole)

    def includes(self, other: _Said) -> bool:
        """Returns whether every message with the other words has these, too."""
        # What the others are found in is still there if the same words are taken out or, for plain phrases, fewer.
        alike = self.unless == other.unless
        if not (alike or (self.unless < other.unless and not (other.built_in or other.whole))):
            return False
        return (
            self.built_in >= other.built_in
            and all(self._anywhere.find(words_of(reading)) for reading in all_readings(other.phrases))
            and all(self._alone.find(words_of(reading)) for reading in all_readings(other.whole))
        )
