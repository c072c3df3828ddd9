"""Report of `uppzy-desk rules try`: the rules that fire on sentences, by the words alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from bot.helpdesk.escalation import Decision, Facts, Fired, Policy, decide, describe_narrowing
from bot.helpdesk.messages import english


def sentences_in(text: str) -> Iterator[str]:
    """Yields the lines that are not blank. Only a line feed, with or without a carriage return, ends a line."""
    for line in text.removeprefix("\ufeff").split("\n"):
        if line.strip():
            yield line.removesuffix("\r")


def rule_lines(policy: Policy, sentences: Iterable[str], *, as_json: bool) -> Iterator[str]:
    """Yields the output for each sentence. It is about the words alone, whoever writes them."""
    narrowed = {rule.name: describe_narrowing(rule) for rule in policy.rules if rule.is_narrowed}
    for_all = (replace(rule, when_from=frozenset(), languages=frozenset()) for rule in policy.rules)
    policy = replace(policy, rules=tuple(for_all))
    for sentence in sentences:
        decision = decide(policy, Facts(now=0.0, text=sentence))
        yield _as_json(sentence, decision) if as_json else _as_lines(sentence, decision, narrowed)


def _as_json(sentence: str, decision: Decision) -> str:
    fired = [fired.rule for fired in decision.fired]
    return json.dumps({"text": sentence, "fired": fired}, ensure_ascii=False) + "\n"


def _as_lines(sentence: str, decision: Decision, narrowed: Mapping[str, str]) -> str:
    reasons = [_reason(fired, narrowed.get(fired.rule)) for fired in decision.fired] or ["No rule fires."]
    return "".join(f"{line}\n" for line in (sentence, *(f"  {reason}" for reason in reasons)))


def _reason(fired: Fired, narrowed: str | None) -> str:
    return f"{fired.rule}: {english()(fired.reason)}" + (f" (only for {narrowed})" if narrowed else "")
