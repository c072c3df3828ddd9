"""Reasons why each rule fired on a question, or did not: a sentence with the fact and what the rule asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from bot.helpdesk.escalation.decide import Facts, finite_score, recently_unresolved, rules_on, why_met
from bot.helpdesk.escalation.policy import (
    Confidence,
    Phrase,
    Policy,
    Rule,
    Sensitive,
    Unavailable,
    Unresolved,
    VerdictIs,
)
from bot.helpdesk.escalation.stages import Stage, facts_given
from bot.helpdesk.language import parse_utterance
from bot.helpdesk.messages import Message, OwnWords, reasons
from bot.helpdesk.messages.anyone import duration


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOutcome:
    """The outcome of a rule on a question: fired at any of its decisions or not, and the reason."""

    name: str
    fired: bool
    reason: Message | OwnWords


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of a question as far as an explanation may use them. `quoted`: reasons may quote them."""

    text: str = ""
    quoted: bool = True


def explain(policy: Policy, stages: Sequence[Stage], words: Words) -> tuple[RuleOutcome, ...]:
    """Returns the outcome of each rule, in the policy's order. `policy` is that of the last decision.

    Rules that fired under another policy and are not in this one come last.
    """
    fired = dict.fromkeys(name for stage in stages for name in stage.fired)
    seen = merged(stages)
    known = {rule.name: rule for rule in rules_on(policy, seen)}
    outcomes = [_outcome(policy, rule, stages, words) for rule in known.values()]
    gone = [RuleOutcome(name=name, fired=True, reason=reasons.RULE_IS_GONE) for name in fired if name not in known]
    return (*outcomes, *gone)


def merged(stages: Sequence[Stage]) -> Facts:
    """Returns the facts of all decisions on a question, without its words. Later ones replace earlier ones."""
    seen = stages[0].facts if stages else Facts(now=0.0, text="")
    for stage in stages[1:]:
        seen = replace(seen, **facts_given(stage.facts), now=stage.facts.now)
    return seen


def _outcome(policy: Policy, rule: Rule, stages: Sequence[Stage], words: Words) -> RuleOutcome:
    at = next((stage for stage in stages if rule.name in stage.fired), None)
    reason = _why(policy, rule, at, words) if at is not None else _why_not(rule, stages)
    return RuleOutcome(name=rule.name, fired=at is not None, reason=reason)


def _why(policy: Policy, rule: Rule, at: Stage, words: Words) -> Message | OwnWords:
    text = words.text if at.read_words else ""
    found = why_met(policy, rule, replace(at.facts, text=text), parse_utterance(text))
    if found:
        return found[0] if words.quoted else found[-1]
    # Its words are deleted by now, or its condition has changed.
    return reasons.WORDS_ARE_GONE if at.read_words and not text else reasons.CONDITION_HAS_CHANGED


def _why_not(rule: Rule, stages: Sequence[Stage]) -> Message:
    facts, condition = merged(stages), rule.condition
    if not rule.applies_to(facts.kinds, facts.language):
        return reasons.FOR_OTHERS
    match condition:
        case Phrase():
            return reasons.NO_WISH
        case Sensitive():
            return reasons.no_topic([topic.name for topic in condition.topics])
        case Confidence():
            return _not_this_confidence(condition, facts)
        case VerdictIs():
            return reasons.not_this_verdict(facts.rating, condition.rating)
        case Unresolved():
            recent = recently_unresolved(condition, facts)
            return reasons.not_so_often(recent, duration(condition.within_seconds), condition.count)
        case Unavailable():
            return _not_so_unavailable(condition, facts)
        case _:
            assert_never(condition)


def _not_this_confidence(condition: Confidence, facts: Facts) -> Message:
    wanted = (*sorted(condition.levels), *([reasons.NOT_STATED] if condition.absent else ()))
    level = (facts.confidence_level or "").strip().casefold()
    if not facts.answered:
        return reasons.no_answer(wanted)
    return reasons.other_confidence(level, finite_score(facts), wanted)


def _not_so_unavailable(condition: Unavailable, facts: Facts) -> Message:
    if facts.unavailable_for <= 0:
        return reasons.AVAILABLE
    return reasons.not_so_long(duration(round(facts.unavailable_for)), duration(condition.minutes * 60))
