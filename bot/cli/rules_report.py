"""Report of `uppzy-desk rules try`: the rules that fire on sentences, by the words alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from bot.helpdesk.escalation import Decision, Facts, Policy, decide
from bot.helpdesk.messages import english


def sentences_in(text: str) -> Iterator[str]:
    """Yields the lines that are not blank. Only a line feed, with or without a carriage return, ends a line."""
    for line in text.removeprefix("\ufeff").split("\n"):
        if line.strip():
            yield line.removesuffix("\r")


def rule_lines(policy: Policy, sentences: Iterable[str], *, as_json: bool) -> Iterator[str]:
    """Yields the output for each sentence."""
    for sentence in sentences:
        decision = decide(policy, Facts(now=0.0, text=sentence))
        yield _as_json(sentence, decision) if as_json else _as_lines(sentence, decision)


def _as_json(sentence: str, decision: Decision) -> str:
    fired = [fired.rule for fired in decision.fired]
    return json.dumps({"text": sentence, "fired": fired}, ensure_ascii=False) + "\n"


def _as_lines(sentence: str, decision: Decision) -> str:
    reasons = [f"{fired.rule}: {english()(fired.reason)}" for fired in decision.fired] or ["No rule fires."]
    return "".join(f"{line}\n" for line in (sentence, *(f"  {reason}" for reason in reasons)))
