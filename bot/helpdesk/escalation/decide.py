"""The decision whether people are needed. Pure: facts in, decision with its reasons out; nothing else decides."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from bot.helpdesk.escalation.policy import (
    Condition,
    Confidence,
    HandoffMode,
    Phrase,
    Policy,
    Priority,
    Rule,
    Sensitive,
    Unavailable,
    Unresolved,
    VerdictIs,
)
from bot.helpdesk.language import Utterance, parse_utterance
from bot.helpdesk.messages import Message, OwnWords, reasons
from bot.helpdesk.messages.anyone import duration
from bot.helpdesk.model.chat import ENGLISH
from bot.helpdesk.model.conversation import Rating

_BUTTON_RULE = Rule(name="talk to a person", condition=Phrase(), priority=Priority.HIGH)
"""Used where the policy has no phrase rule: the button always leads to a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything a decision may depend on. Times are Unix seconds.

    `text` is the current question. `answered`: the assistant answered it; `refused`: it refused for good, as
    it does every question if `refuses_all`.
    `confidence_level` is None where the assistant gave none. `rating` is the employee's current verdict.
    `unresolved_at` has the times of this conversation's unresolved questions, the current one included where it
    repeats an earlier one. `unavailable_for` is in seconds; 0 means the assistant is available. `kinds` are the kinds
    of employees that the one who asks belongs to; `language` is the code of theirs, empty where it is not known.
    `kept_by` are the rules that keep the conversation from the assistant already: they fire again.
    """

    now: float
    text: str
    answered: bool = False
    confidence_level: str | None = None
    confidence_score: float | None = None
    rating: Rating | None = None
    asked_for_person: bool = False
    unresolved_at: tuple[float, ...] = ()
    unavailable_for: float = 0.0
    refused: bool = False
    refuses_all: bool = False
    kinds: tuple[str, ...] = ()
    language: str = ""
    kept_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """A rule whose condition was met: the reason, in a sentence for agents, and the consequences the rule asks for.

    `wordless_reason` is the reason without any of the employee's words.
    """

    rule: str
    condition: str
    reason: Message | OwnWords
    wordless_reason: Message | OwnWords
    priority: Priority
    channel: str | None
    ticket: bool
    show_answer: bool
    tell: OwnWords | None
    handoff: HandoffMode
    hide_question: bool
    ask: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The rules that fired, in the policy's order, and the fingerprint of the policy."""

    fired: tuple[Fired, ...]
    fingerprint: str

    @property
    def escalate(self) -> bool:
        """True where at least one rule fired."""
        return bool(self.fired)

    @property
    def only_offers(self) -> bool:
        """True where rules fired and all of them leave it to the employee whether a person is asked."""
        return self.escalate and all(fired.handoff is HandoffMode.OFFER for fired in self.fired)

    @property
    def rules(self) -> tuple[str, ...]:
        """The names of the rules that fired."""
        return tuple(fired.rule for fired in self.fired)

    @property
    def reasons(self) -> tuple[Message | OwnWords, ...]:
        """One sentence for each rule that fired."""
        return tuple(fired.reason for fired in self.fired)

    @property
    def wordless_reasons(self) -> tuple[Message | OwnWords, ...]:
        """One sentence for each rule that fired, without any of the employee's words."""
        return tuple(fired.wordless_reason for fired in self.fired)

    def hides_question_in(self, channel: str, common: Collection[str]) -> bool:
        """Returns whether agents in `channel` may read the question only through *Reveal*.

        They may read it as it is if every rule that hides it has a channel of its own, and `channel` is one of these.
        `common` are the handoff channels of everybody, which are no rule's own even where one names them.
        """
        own = {None if fired.channel in common else fired.channel for fired in self.fired if fired.hide_question}
        return bool(own) and (None in own or channel not in own)

    @property
    def kept_by(self) -> tuple[str, ...]:
        """The rules that fired and keep the message from the assistant."""
        return tuple(fired.rule for fired in self.fired if not fired.ask)

    @property
    def priority(self) -> Priority:
        """The highest priority among the rules that fired; normal where none did."""
        return max((fired.priority for fired in self.fired), key=lambda each: each.rank, default=Priority.NORMAL)

    @property
    def show_answer(self) -> bool:
        """False where at least one rule keeps the assistant's answer from the employee."""
        return all(fired.show_answer for fired in self.fired)

    @property
    def ticket(self) -> bool:
        """True where at least one rule asks for a ticket."""
        return any(fired.ticket for fired in self.fired)

    @property
    def channel(self) -> str | None:
        """The channel of the first rule that names one; None is the handoff channel."""
        return next((fired.channel for fired in self.fired if fired.channel), None)

    @property
    def tell(self) -> OwnWords | None:
        """The sentence to the employee of the first rule that has one; None is the default sentence."""
        return next((fired.tell for fired in self.fired if fired.tell), None)


def decide(policy: Policy, facts: Facts) -> Decision:
    """Checks the facts against every rule. The same policy and facts always give the same decision."""
    return Decision(fired=tuple(_fired(policy, facts)), fingerprint=policy.fingerprint)


def decide_on_matter(policy: Policy, facts: Facts) -> Decision:
    """Returns the rules that a later message meets and that hide it, or keep it from the assistant."""
    lasting = tuple(rule for rule in policy.rules if rule.hide_question or not rule.ask)
    return decide(replace(policy, rules=lasting), facts if lasting else replace(facts, text=""))


def says_no_matter(policy: Policy, text: str) -> bool:
    """Returns True where a message that asks for a person says nothing else."""
    message = parse_utterance(text)
    conditions = (rule.condition for rule in policy.rules)
    return any(isinstance(condition, Phrase) and condition.is_all_of(message) for condition in conditions)


def decide_again(policy: Policy, rules: Sequence[str], reasons: Sequence[str]) -> Decision:
    """Returns an earlier decision, which the employee has confirmed, with the consequences that the policy has now.

    A rule that is gone counts as the button "Talk to a person".
    """
    known = {rule.name: rule for rule in policy.rules}
    confirmed = (
        replace(known.get(name, replace(_BUTTON_RULE, name=name)), handoff=HandoffMode.AT_ONCE) for name in rules
    )
    fired = (_as_fired(rule, OwnWords({ENGLISH: reason})) for rule, reason in zip(confirmed, reasons, strict=True))
    return Decision(fired=tuple(fired), fingerprint=policy.fingerprint)


def decide_as_stored(policy: Policy, facts: Facts, fired: Collection[str]) -> Decision:
    """Returns the decision in which the rules of these names fired, with what the policy asks for then."""
    rules = [rule for rule in rules_on(policy, facts) if rule.name in fired]
    return Decision(fired=tuple(_as_fired(rule, reasons.PRESSED) for rule in rules), fingerprint=policy.fingerprint)


def _fired(policy: Policy, facts: Facts) -> Iterator[Fired]:
    message = parse_utterance(facts.text)
    for rule in rules_on(policy, facts):
        if found := why_met(policy, rule, facts, message):
            yield _as_fired(rule, *found)


def why_met(policy: Policy, rule: Rule, facts: Facts, message: Utterance) -> tuple[Message, ...]:
    """Returns why a rule fires and, where that quotes the employee, the same without their words. Nothing if not."""
    if facts.asked_for_person and rule.name == _button_rule(policy, facts).name:
        return (reasons.PRESSED,)
    found = _reasons(rule.condition, facts, message) if rule.applies_to(facts.kinds, facts.language) else ()
    return found or ((reasons.FOLLOWS_KEPT,) if rule.name in facts.kept_by else ())


def rules_on(policy: Policy, facts: Facts) -> Sequence[Rule]:
    """Returns the rules as they are for these facts: who has pressed the button is not asked once more.

    Rules that keep the conversation from the assistant go on doing so. One that is gone has the consequences of the
    button "Talk to a person".
    """
    button = _button_rule(policy, facts) if facts.asked_for_person else None
    rules = policy.rules if button is None or button in policy.rules else (*policy.rules, button)
    if facts.kept_by:
        names = {rule.name for rule in rules}
        gone = (replace(_BUTTON_RULE, name=name) for name in facts.kept_by if name not in names)
        rules = tuple(_keeping(rule) if rule.name in facts.kept_by else rule for rule in (*rules, *gone))
    return [replace(rule, handoff=HandoffMode.AT_ONCE) if rule is button else rule for rule in rules]


def _keeping(rule: Rule) -> Rule:
    return replace(rule, ask=False, handoff=HandoffMode.AT_ONCE)


def _button_rule(policy: Policy, facts: Facts) -> Rule:
    """Returns the first phrase rule for the employee: the button means the same as asking in words."""
    own = (rule for rule in policy.rules if rule.applies_to(facts.kinds, facts.language))
    return next((rule for rule in own if isinstance(rule.condition, Phrase)), _BUTTON_RULE)


def _as_fired(rule: Rule, reason: Message | OwnWords, wordless_reason: Message | None = None) -> Fired:
    return Fired(
        rule=rule.name,
        condition=rule.condition.kind,
        reason=reason,
        wordless_reason=wordless_reason or reason,
        priority=rule.priority,
        channel=rule.channel,
        ticket=rule.ticket,
        show_answer=rule.show_answer,
        tell=rule.tell,
        handoff=rule.handoff,
        hide_question=rule.hide_question,
        ask=rule.ask,
    )


def _reasons(condition: Condition, facts: Facts, message: Utterance) -> tuple[Message, ...]:
    """Returns the reason why the condition is met and, where that quotes the employee, one that does not."""
    match condition:
        case Phrase():
            words = condition.found_in(message)
            return (reasons.asked_for_person(words), reasons.ASKED_FOR_PERSON) if words else ()
        case Sensitive():
            touched = condition.touched_by(message)
            names = [name for name, _ in touched]
            return (reasons.sensitive(touched), reasons.sensitive_topics(names)) if touched else ()
        case _:
            reason = _reason(condition, facts)
            return (reason,) if reason else ()


def _reason(condition: Confidence | VerdictIs | Unresolved | Unavailable, facts: Facts) -> Message | None:
    """Returns the reason why a condition that is not about words is met; None where it is not."""
    match condition:
        case Confidence():
            return _confidence(condition, facts)
        case VerdictIs():
            return _verdict(condition, facts)
        case Unresolved():
            return _unresolved(condition, facts)
        case Unavailable():
            return _unavailable(condition, facts)
        case _:
            assert_never(condition)


def _confidence(condition: Confidence, facts: Facts) -> Message | None:
    if not facts.answered:
        return None
    level = (facts.confidence_level or "").strip().casefold()
    if not level:
        return reasons.NO_CONFIDENCE if condition.absent else None
    return reasons.confidence(level, finite_score(facts)) if level in condition.levels else None


def finite_score(facts: Facts) -> float | None:
    """Returns the assistant's score, where it is a number that can be shown."""
    score = facts.confidence_score
    return score if score is not None and math.isfinite(score) else None


def _verdict(condition: VerdictIs, facts: Facts) -> Message | None:
    if facts.rating != condition.rating:
        return None
    return reasons.RATED_NOT_HELPFUL if facts.rating == Rating.BAD else reasons.RATED_HELPFUL


def _unresolved(condition: Unresolved, facts: Facts) -> Message | None:
    recent = recently_unresolved(condition, facts)
    if recent < condition.count:
        return None
    return reasons.unresolved(recent, duration(condition.within_seconds))


def recently_unresolved(condition: Unresolved, facts: Facts) -> int:
    """Returns how many questions stayed unresolved within the time that the rule looks back."""
    return sum(facts.now - time <= condition.within_seconds for time in facts.unresolved_at)


def _unavailable(condition: Unavailable, facts: Facts) -> Message | None:
    if facts.refused:
        return reasons.NOT_SET_UP if facts.refuses_all else reasons.REFUSED
    if facts.unavailable_for <= 0 or facts.unavailable_for < condition.minutes * 60:
        return None
    if condition.minutes == 0:
        return reasons.UNAVAILABLE
    return reasons.unavailable_for(duration(condition.minutes * 60))
