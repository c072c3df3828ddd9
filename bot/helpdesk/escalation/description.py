"""The policy in sentences, for a lead to read before it is switched on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from bot.helpdesk.escalation.phrases import readings_of
from bot.helpdesk.escalation.policy import (
    Condition,
    Confidence,
    Phrase,
    Policy,
    Rule,
    Sensitive,
    Unavailable,
    Unresolved,
    VerdictIs,
    spoken_duration,
)

_EXAMPLES_SHOWN = 3


def describe(policy: Policy) -> tuple[str, ...]:
    """One sentence for each rule, in the policy's order."""
    return tuple(_sentence(rule) for rule in policy.rules)


def _sentence(rule: Rule) -> str:
    return f"{rule.name}: when {_when(rule.condition)}, {_what_happens(rule)}."


def _what_happens(rule: Rule) -> str:
    where = f"channel {rule.channel}" if rule.channel else "the handoff channel"
    ticket = "with a ticket" if rule.ticket else "without a ticket"
    answer = "sees" if rule.show_answer else "does not see"
    told = f"is told “{rule.tell}” and " if rule.tell else ""
    return (
        f"a person is asked in {where} with {rule.priority} priority, {ticket}; "
        f"the employee {told}{answer} the assistant's answer"
    )


def _when(condition: Condition) -> str:
    match condition:
        case Confidence():
            return _confidence(condition)
        case Phrase():
            return f"the employee presses “Talk to a person”{_wishes(condition)}"
        case VerdictIs():
            return f"the employee's verdict on the answer is {condition.rating}"
        case Sensitive():
            return f"the message is about {_either([topic.name for topic in condition.topics])}"
        case Unresolved():
            questions = "1 question" if condition.count == 1 else f"{condition.count} questions"
            return f"{questions} within {spoken_duration(condition.within_seconds)} stayed unresolved"
        case Unavailable():
            return _unavailable(condition)
        case _:
            assert_never(condition)


def _confidence(condition: Confidence) -> str:
    levels = sorted(condition.levels) + ["not stated"] * condition.absent
    return f"the assistant's confidence is {_either(levels)}"


def _wishes(condition: Phrase) -> str:
    built_in = " or asks for a person in words of their own" if condition.built_in else ""
    anywhere = f" or writes {_examples(condition.phrases)}" if condition.phrases else ""
    whole = f" or writes nothing but {_examples(condition.whole)}" if condition.whole else ""
    return built_in + anywhere + whole


def _examples(phrases: Sequence[str]) -> str:
    shown = [f"“{readings_of(phrase)[0]}”" for phrase in phrases[:_EXAMPLES_SHOWN]]
    more = sum(len(readings_of(phrase)) for phrase in phrases) - len(shown)
    others = [f"{more} other wording{'s' * (more > 1)}"] if more else []
    return _either([*shown, *others])


def _unavailable(condition: Unavailable) -> str:
    refused = "the assistant refuses to answer"
    if condition.minutes == 0:
        return f"{refused} or cannot answer"
    return f"{refused} or cannot answer for {spoken_duration(condition.minutes * 60)}"


def _either(choices: Sequence[str]) -> str:
    return " or ".join([", ".join(choices[:-1]), choices[-1]] if len(choices) > 1 else choices)
