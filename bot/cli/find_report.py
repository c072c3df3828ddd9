"""The output of `uppzy-desk find`: a tree for people, JSON for programs. Texts of people are shown only on request.

Those of a hidden question are never shown.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from rich.text import Text
from rich.tree import Tree

from bot.helpdesk.model.conversation import Answer, Question, Verdict
from bot.helpdesk.model.effects import EffectState
from bot.helpdesk.model.handoff import Handoff
from bot.helpdesk.model.history import DecisionRecord, TimelineEntry
from bot.helpdesk.model.job import ScheduledJob
from bot.helpdesk.model.search_result import Found, FoundConversation, FoundEffect, FoundHandoff, FoundQuestion
from bot.helpdesk.model.ticket_system import LocalTicket
from bot.helpdesk.redaction import redact

# Fields that hold texts of people.
_WRITTEN: dict[type[Any], frozenset[str]] = {
    Question: frozenset({"text"}),
    Answer: frozenset({"text"}),
    Verdict: frozenset({"reason"}),
    Handoff: frozenset({"resolution"}),
    LocalTicket: frozenset({"subject", "body", "notes"}),
}
_SYMBOLS = {
    EffectState.PENDING: "…",
    EffectState.SENDING: "…",
    EffectState.DONE: "✓",
    EffectState.FAILED: "✗",
    EffectState.DROPPED: "-",
}


# JSON.


def found_as_json(found: Found, *, with_text: bool) -> str:
    """Returns all fields as they are stored; `with_text` adds texts of people, redacted."""
    return json.dumps(_plain(found, with_text), indent=2, ensure_ascii=False)


def _plain(value: Any, with_text: bool) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        written = _WRITTEN.get(type(value), frozenset())
        with_text = with_text and not _is_hidden(value)
        return {
            field.name: _written(getattr(value, field.name))
            if field.name in written
            else _plain(getattr(value, field.name), with_text)
            for field in dataclasses.fields(value)
            if with_text or field.name not in written
        }
    if isinstance(value, tuple):
        return [_plain(item, with_text) for item in value]
    return value


def _is_hidden(value: Any) -> bool:
    """Returns whether the texts in a record, and in those below it, are about a hidden question."""
    match value:
        case FoundQuestion(question=Question(hidden=hidden)) | FoundHandoff(handoff=Handoff(hidden=hidden)):
            return hidden
    return False


def _written(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_written(item) for item in value]
    return None if value is None else str(redact(value))


# The tree.


def found_as_tree(found: Found, *, with_text: bool) -> Tree:
    """Returns a branch for each conversation, with everything that belongs to it below."""
    tree = Tree(_line(("bold", "Found as " + ", ".join(found.understood_as))))
    for one in found.conversations:
        _add_conversation(tree, one, with_text)
    for effect in found.effects:
        tree.add(_effect(effect))
    for job in found.scheduled:
        tree.add(_scheduled_job(job))
    return tree


def _add_conversation(tree: Tree, found: FoundConversation, with_text: bool) -> None:
    it = found.conversation
    branch = tree.add(
        _line(
            ("bold", f"conversation {it.id}"),
            f"of {it.employee} in {it.channel}, thread {it.thread}; opened {_time(it.opened_at)}, "
            f"last {_time(it.last_at)}",
        )
    )
    branch.add(_line(f"owner {it.owner}, Uppzy session {it.session_id} (number {it.generation})"))
    for question in found.questions:
        _add_question(branch, question, with_text)
    for decision in found.decisions:
        _add_decision(branch, decision)
    for handoff in found.handoffs:
        _add_handoff(branch, handoff, with_text)
    if found.effects:
        effects = branch.add(_line(("bold", f"effects ({len(found.effects)})")))
        for effect in found.effects:
            effects.add(_effect(effect))
    if found.scheduled:
        jobs = branch.add(_line(("bold", f"scheduled jobs ({len(found.scheduled)})")))
        for job in found.scheduled:
            jobs.add(_scheduled_job(job))


def _add_question(branch: Tree, found: FoundQuestion, with_text: bool) -> None:
    it = found.question
    marks = [
        mark
        for mark, is_set in (
            ("withheld", it.withheld),
            ("hidden", it.hidden),
            ("unresolved", it.unresolved),
            ("asked by an agent", it.handoff_id),
        )
        if is_set
    ]
    state = ", ".join([it.state.value, *marks])
    twig = branch.add(
        _line(("bold", f"question {it.id}"), f"{state}; message {it.message}, asked {_time(it.asked_at)}")
    )
    shows_text = with_text and not _is_hidden(found)
    _add_text(twig, it.text, shows_text)
    if found.answer is not None:
        _add_answer(twig, found.answer, found.verdicts, shows_text)


def _add_answer(branch: Tree, it: Answer, verdicts: Iterable[Verdict], with_text: bool) -> None:
    confidence = it.confidence_level or "not given"
    score = "" if it.confidence_score is None else f" ({it.confidence_score:g})"
    posted = f"posted as {it.posted}" if it.posted else "not posted"
    twig = branch.add(
        _line(
            ("bold", f"answer {it.id}"),
            f"confidence {confidence}{score}; Uppzy request {it.request_id}, session {it.session_id}; "
            f"{posted}, answered {_time(it.answered_at)}",
        )
    )
    _add_text(twig, it.text, with_text)
    for verdict in verdicts:
        line = twig.add(
            _line(
                ("bold", f"verdict {verdict.id}"),
                f"{verdict.rating} by {verdict.person} ({verdict.role}), {_time(verdict.given_at)}; "
                f"Uppzy's receipt: {verdict.receipt or 'none yet'}",
            )
        )
        _add_text(line, verdict.reason, with_text)


def _add_decision(branch: Tree, it: DecisionRecord) -> None:
    twig = branch.add(
        _line(
            ("bold", f"decision {it.id}"),
            f"rules: {', '.join(it.rules)}; policy {it.fingerprint}, {_time(it.decided_at)}",
        )
    )
    for reason in it.reasons:
        twig.add(_line(f"because: {reason}"))


def _add_handoff(branch: Tree, found: FoundHandoff, with_text: bool) -> None:
    it = found.handoff
    twig = branch.add(
        _line(
            ("bold", f"handoff {it.id}"),
            f"{it.name}, {it.state_name}, priority {it.priority}; "
            f"in {it.channel}, thread {it.thread or 'not posted yet'}",
        )
    )
    with_text = with_text and not _is_hidden(found)
    _add_text(twig, it.resolution.text, with_text)
    for entry in found.timeline:
        twig.add(_line(_timeline_line(entry)))
    _add_ticket(twig, found, with_text)


def _timeline_line(entry: TimelineEntry) -> str:
    by = f" by {entry.person}" if entry.person else ""
    detail = f" ({entry.detail})" if entry.detail else ""
    return f"{entry.event} {_time(entry.at)}{by}{detail}"


def _add_ticket(branch: Tree, found: FoundHandoff, with_text: bool) -> None:
    it, local = found.handoff.ticket, found.local_ticket
    if it.trouble is not None:
        branch.add(_line(("bold red", "ticket trouble"), it.trouble))
    if it.ref is None:
        branch.add(_line("ticket: " + ("not there yet" if it.wanted else "none, the rule asks for none")))
        return
    where = f"in {it.ref.system}, id {it.ref.id}" + (f", {it.ref.url}" if it.ref.url else "")
    status = f"; {local.status}" if local is not None else ""
    twig = branch.add(_line(("bold", f"ticket {it.ref.number}"), where + status))
    for text in (local.subject, local.body, *local.notes) if local is not None else ():
        _add_text(twig, text, with_text)


def _effect(it: FoundEffect) -> Text:
    parts = [f"{it.kind} {it.state}", f"{it.attempts} attempts" if it.attempts != 1 else "1 attempt"]
    parts += [f"outcome {it.outcome}"] if it.outcome else []
    parts += [f"error {it.error}"] if it.error else []
    of = f", of {it.trace}" if it.trace else ""
    style = "red" if it.state is EffectState.FAILED else ""
    return _line((style, f"{_SYMBOLS[it.state]} {it.id}"), f"{', '.join(parts)}; {it.key}, {_time(it.decided_at)}{of}")


def _scheduled_job(it: ScheduledJob) -> Text:
    due = "after a delay" if it.due_at is None else f"due {_time(it.due_at)}"
    symbol, done = ("…", "") if it.done_at is None else ("✓", f", done {_time(it.done_at)}")
    of = f", of {it.trace}" if it.trace else ""
    return _line(f"{symbol} {it.id}", f"{it.kind} {due}{done}; {it.key}, {_time(it.scheduled_at)}{of}")


def _add_text(branch: Tree, text: str | None, with_text: bool) -> None:
    if with_text and text:
        branch.add(_line(("italic", f"“{redact(text)}”")))


def _line(*parts: str | tuple[str, str]) -> Text:
    """Joins styled and plain parts with spaces."""
    words = [(part, "") if isinstance(part, str) else (part[1], part[0]) for part in parts]
    return Text(" ").join(Text(_printable(word), style=style) for word, style in words)


def _printable(text: str) -> str:
    # Texts of people must not control the terminal.
    return "".join(letter if letter.isprintable() or letter == "\n" else "�" for letter in text)


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
