"""Doubts about a policy without mistakes: what in it may not be meant so, with its line."""

from __future__ import annotations

from collections.abc import Iterator

from bot.errors import PolicyMistake
from bot.helpdesk.escalation import FiredRules, Policy, covered_rules, rules_that_never_fire
from bot.policy_file.problems import mistake_at
from bot.policy_file.toml_lines import LineNumbers

DAYS = 30
"""The days before now whose questions are counted."""

_MOST_OF_ALL = 1 / 3


def doubts_about(policy: Policy, source: str, fired: FiredRules | None) -> Iterator[PolicyMistake]:
    """Yields what may not be meant so, from the top of the file to its end.

    `source` is the file's name; `fired` counts the last DAYS, and is None where that is not known.
    """
    lines = LineNumbers(policy.text)
    places = {rule.name: place for place, rule in enumerate(policy.rules)}
    for name, sentence in sorted(_doubts(policy, fired), key=lambda doubt: places[doubt[0]]):
        line = lines.of(("rule", places[name]))
        yield mistake_at(source, line, sentence, f"warning: rule “{name}”", name)


def _doubts(policy: Policy, fired: FiredRules | None) -> Iterator[tuple[str, str]]:
    for rule in rules_that_never_fire(policy):
        yield rule.name, "It can never fire: no conversation meets its condition. Change the condition, or remove it."
    for covered in covered_rules(policy):
        yield (
            covered.rule.name,
            f"It makes no difference: whenever it fires, “{covered.by.name}” does, with consequences that go as far. "
            "Remove one of the two.",
        )
    if fired is not None:
        for rule in policy.rules:
            number = fired.by_rule.get(rule.name, 0)
            if number > fired.questions * _MOST_OF_ALL:
                often = f"It fired for {number:,} of the {fired.questions:,} questions of the last {DAYS} days."
                yield rule.name, f"{often} Make its condition narrower, or let it offer a person."
