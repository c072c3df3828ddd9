"""The output of `uppzy-desk rules explain`: what the policy saw of a question, each rule, and what was then done."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.cli.terminal import iso_time
from bot.helpdesk.escalation import Facts, PolicyOf, RuleOutcome, Stage, Words, explain, merged, read_stages
from bot.helpdesk.messages import english
from bot.helpdesk.model.chat import Identifier
from bot.helpdesk.model.conversation import Question, QuestionState
from bot.helpdesk.model.handoff import Handoff
from bot.helpdesk.model.history import DecisionRecord
from bot.helpdesk.model.search_result import Found, FoundConversation, FoundQuestion
from bot.helpdesk.redaction import redact


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A question with the decisions on it and what followed. `note` says what is not known, and why."""

    question: Question
    stages: tuple[Stage, ...]
    rules: tuple[tuple[str, bool, str], ...]
    fingerprint: str | None
    decided_at: float | None
    handoff: Handoff | None
    answer_shown: bool
    note: str | None


def question_about(found: Found, id: Identifier) -> tuple[FoundConversation, FoundQuestion] | None:
    """Returns the question that the id stands for: its own, that of its answer or handoff, or else the latest one."""
    for conversation in found.conversations:
        for question in conversation.questions:
            if not _ids_of(conversation, question).isdisjoint({id.id, id.message} - {None}):
                return conversation, question
    for conversation in found.conversations:
        of_employee = [one for one in conversation.questions if one.question.handoff_id is None]
        if of_employee:
            return conversation, of_employee[-1]
    return None


def _ids_of(conversation: FoundConversation, found: FoundQuestion) -> set[str | None]:
    it = found.question
    ids: set[str | None] = {it.id, it.message, *(verdict.id for verdict in found.verdicts)}
    if found.answer is not None:
        ids |= {found.answer.id, found.answer.request_id, found.answer.posted}
    for one in conversation.handoffs:
        if one.handoff.question_id == it.id:
            ids |= _ids_of_handoff(one.handoff)
    ids |= {decision.id for decision in conversation.decisions if decision.question_id == it.id}
    return ids | {key for one in conversation.effects if one.subject in ids for key in (one.id, one.key, one.outcome)}


def _ids_of_handoff(it: Handoff) -> set[str | None]:
    ref = it.ticket.ref
    return {it.id, it.name, f"HD-{it.number}", it.thread, *((ref.id, ref.number, ref.url) if ref else ())}


def explanation_of(conversation: FoundConversation, found: FoundQuestion, policy_of: PolicyOf) -> Explained:
    """Returns the explanation of the last decision on a question."""
    question, stages = found.question, read_stages(found.question.decisions)
    records = [one for one in conversation.decisions if one.question_id == question.id]
    known = _from_stages(question, stages, policy_of) if stages else _from_records(question, records)
    return Explained(
        question=question,
        stages=stages,
        **known,
        handoff=_handoff_of(conversation, question),
        answer_shown=_is_shown(found),
    )


def _from_stages(question: Question, stages: tuple[Stage, ...], policy_of: PolicyOf) -> dict[str, Any]:
    fingerprint, decided_at = stages[-1].fingerprint, stages[-1].facts.now
    if (policy := policy_of(fingerprint)) is None:
        note: str | None = f"The text of the policy {fingerprint} cannot be read: only the rules that fired are known."
        fired = dict.fromkeys(name for stage in stages for name in stage.fired)
        rules = tuple((name, True, "The rule fired.") for name in fired)
    else:
        note = None
        words = Words(text=question.text, quoted=not question.hidden)
        rules = tuple(map(_spoken, explain(policy, stages, words)))
    return {"rules": rules, "fingerprint": fingerprint, "decided_at": decided_at, "note": note}


def _from_records(question: Question, records: Sequence[DecisionRecord]) -> dict[str, Any]:
    """Returns what is known of a question without stored facts: the rules that opened a handoff, or offered one."""
    fired = dict(pair for one in records for pair in zip(one.rules, one.reasons, strict=False))
    return {
        "rules": tuple((name, True, str(redact(reason))) for name, reason in fired.items()),
        "fingerprint": records[-1].fingerprint if records else None,
        "decided_at": records[-1].decided_at if records else None,
        "note": _why_unknown(question),
    }


def _spoken(outcome: RuleOutcome) -> tuple[str, bool, str]:
    return outcome.name, outcome.fired, str(redact(english()(outcome.reason)))


def _why_unknown(question: Question) -> str:
    if question.handoff_id is not None:
        return "An agent asked this: the policy decides on questions of employees alone."
    if question.state is QuestionState.NOT_ASKED:
        return "The desk answered this by itself: the policy was not asked."
    return "This was decided before facts were stored: only the rules that led to a handoff or an offer are known."


def _handoff_of(conversation: FoundConversation, question: Question) -> Handoff | None:
    led_to = {one.handoff_id for one in conversation.decisions if one.question_id == question.id}
    ids = led_to | {one.handoff.id for one in conversation.handoffs if one.handoff.question_id == question.id}
    return next((one.handoff for one in reversed(conversation.handoffs) if one.handoff.id in ids), None)


def _is_shown(found: FoundQuestion) -> bool:
    answer = found.answer
    return answer is not None and (not found.question.withheld or answer.sent_by is not None)


def explained_as_json(it: Explained) -> str:
    """Returns the explanation for programs. Times are ISO 8601."""
    value = {
        "question": it.question.id,
        "decided_at": _iso(it.decided_at),
        "fingerprint": it.fingerprint,
        "facts": _facts(it),
        "rules": [{"name": name, "fired": fired, "reason": reason} for name, fired, reason in it.rules],
        "outcome": _outcome(it),
    }
    return json.dumps(value, indent=2, ensure_ascii=False)


def _facts(it: Explained) -> dict[str, Any]:
    if not it.stages:
        return {}
    seen = merged(it.stages)
    names = (part.name for part in dataclasses.fields(Facts) if part.name not in ("now", "text"))
    facts = {"words": "there" if it.question.text else "deleted", **{name: getattr(seen, name) for name in names}}
    return {**facts, "unresolved_at": [_iso(time) for time in seen.unresolved_at]}


def _outcome(it: Explained) -> dict[str, Any]:
    handoff = it.handoff
    ref = handoff.ticket.ref if handoff else None
    return {
        "handoff": handoff.number if handoff else None,
        "priority": handoff.priority if handoff else None,
        "channel": handoff.channel if handoff else None,
        "ticket": ref.number if ref else None,
        "answer_shown": it.answer_shown,
    }


def explained_as_lines(it: Explained) -> Iterator[str]:
    """Yields the explanation for people."""
    decided = f", decided {_iso(it.decided_at)} under the policy {it.fingerprint}" if it.fingerprint else ""
    yield f"Question {it.question.id}{decided}"
    if it.note is not None:
        yield it.note
    for name, fired, reason in it.rules:
        yield f"  {'fired' if fired else '-':5} {name}: {reason}"
    yield _what_was_done(it)


def _what_was_done(it: Explained) -> str:
    handoff = it.handoff
    answer = f"The employee has {'the' if it.answer_shown else 'no'} answer of the assistant."
    if handoff is None:
        return f"Nothing was handed over. {answer}"
    ref = handoff.ticket.ref
    ticket = f"ticket {ref.number}" if ref else "no ticket"
    place = f"in {handoff.channel}, {handoff.priority} priority, {ticket}"
    return f"Handed over as handoff {handoff.number} {place}. {answer}"


def _iso(time: float | None) -> str | None:
    return None if time is None else iso_time(time)
