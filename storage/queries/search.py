"""Search by identifier: finds everything that belongs to a message, or to an id of any of the systems.

`find` reads the database without a lock, so it works beside a running desk; `find_in` is for the desk itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Select, Text, bindparam, or_, select
from sqlalchemy.engine import Connection

from bot.helpdesk.model.chat import Identifier
from bot.helpdesk.model.conversation import Answer, Question, Verdict
from bot.helpdesk.model.effects import EffectState
from bot.helpdesk.model.handoff import Handoff
from bot.helpdesk.model.search_result import Found, FoundConversation, FoundEffect, FoundHandoff, FoundQuestion
from bot.helpdesk.model.ticket_system import LocalTicket
from storage import models
from storage.compiled import CompiledConnection
from storage.inspection import DatabaseLocation, reading, refuse_unreadable
from storage.known import Known
from storage.repositories import (
    Answers,
    Conversations,
    Decisions,
    Handoffs,
    LocalTickets,
    Questions,
    ScheduledJobs,
    Timeline,
    Verdicts,
)
from storage.row_mapper import R, Repository

MOST_CONVERSATIONS = 20
"""Limit for identifiers that belong to many conversations, such as a person's; the latest ones are shown."""


def find(location: DatabaseLocation, identifier: Identifier) -> Found | None:
    """Returns everything that belongs to `identifier` in the database at `location`, or None where nothing does.

    Raises StorageError where there is no such database, or its version is not the one this code works with.
    """
    refuse_unreadable(location)
    with reading(location) as connection:
        return find_in(connection, identifier)


def find_in(connection: Connection, identifier: Identifier) -> Found | None:
    """Does the same in the transaction of `connection`. Every statement is answered from an index."""
    if not identifier.is_printable:
        return None
    hits, effects = _look_up(connection, identifier)
    job = ScheduledJobs(CompiledConnection(connection), Known()).get(identifier.id)
    if job is not None:
        hits += _hits_of_subjects(connection, _JOB, [job.subject])
    kind = "effect" if effects else _JOB if job is not None else "alarm"
    if not hits and not effects:
        # An alarm, and a job about one, belong to no conversation; its posts and updates are its effects.
        effects = _effects(connection, _effects_of, subjects=[identifier.id if job is None else job.subject])
        if not effects and job is None:
            return None
    ids = list(dict.fromkeys(id for _, id in hits))[:MOST_CONVERSATIONS]
    conversations = [_read_conversation(connection, id) for id in ids]
    found = [one for one in conversations if one is not None and _is_in(one, identifier.channel)]
    if hits and not found:
        return None
    return Found(
        understood_as=tuple(dict.fromkeys([kind for kind, _ in hits])) or (kind,),
        conversations=tuple(sorted(found, key=lambda one: one.conversation.last_at, reverse=True)),
        effects=() if found else tuple(effects),
        scheduled=() if found or job is None else (job,),
    )


# Ids of the desk that are in no column.

_NUMBER = re.compile(r"hd-(?P<number>\d{1,9})", re.IGNORECASE)
_SESSION = re.compile(r"desk-(?P<conversation>[0-9a-z]+)-\d+")


# From an identifier to conversations: each statement selects conversation ids by `id` or by `message`.

_con, _que, _ans, _ver = models.conversations.c, models.questions.c, models.answers.c, models.verdicts.c
_hof, _dec, _eff, _tic = models.handoffs.c, models.decisions.c, models.effects.c, models.local_tickets.c
_rel, _art = models.relays.c, models.articles.c
_id, _message = bindparam("id", type_=Text), bindparam("message", type_=Text)
# Every ticket system whose numbers have letters writes them in upper case; people may not.
_upper = bindparam("upper", type_=Text)
_mov, _job = models.moved_threads.c, models.scheduled_jobs.c
_con_of_owner = select(_con.id).join(models.moved_threads, _mov.owner == _con.id)
_of_handoff = select(_hof.conversation_id)
_hof_of_owner = _of_handoff.join(models.moved_threads, _mov.owner == _hof.id)
_of_ticket = _of_handoff.join(models.local_tickets, _tic.id == _hof.ticket_ref_id)

_BY_ID: tuple[tuple[str, Select[Any]], ...] = (
    ("conversation", select(_con.id).where(_con.id == _id)),
    ("Uppzy session", select(_con.id).where(_con.session_id == _id)),
    ("Uppzy session", select(_ans.conversation_id).where(_ans.session_id == _id)),
    ("Uppzy request", select(_ans.conversation_id).where(_ans.request_id == _id)),
    ("question", select(_que.conversation_id).where(_que.id == _id)),
    ("answer", select(_ans.conversation_id).where(_ans.id == _id)),
    ("verdict", select(_ans.conversation_id).join(models.verdicts, _ver.answer_id == _ans.id).where(_ver.id == _id)),
    ("decision", select(_dec.conversation_id).where(_dec.id == _id)),
    ("handoff", _of_handoff.where(_hof.id == _id)),
    ("relayed message", select(_rel.conversation_id).where(_rel.id == _id)),
    ("article", select(_art.source_conversation_id).where(_art.id == _id, _art.source_conversation_id.is_not(None))),
    ("ticket", _of_handoff.where(_hof.ticket_ref_id == _id)),
    ("ticket", _of_handoff.where(or_(_hof.ticket_ref_number == _id, _hof.ticket_ref_number == _upper))),
    ("ticket", _of_handoff.where(_hof.ticket_ref_url == _id)),
    ("ticket", _of_ticket.where(_tic.key == _id)),
    ("employee", select(_con.id).where(_con.employee == _id).order_by(_con.last_at.desc())),
    ("DM channel", select(_con.id).where(_con.channel == _id).order_by(_con.last_at.desc())),
)

_BY_MESSAGE: tuple[tuple[str, Select[Any]], ...] = (
    ("message of a question", select(_que.conversation_id).where(_que.message == _message)),
    ("thread of a conversation", select(_con.id).where(_con.thread == _message)),
    ("thread of a conversation", select(_que.conversation_id).where(_que.thread == _message)),
    ("thread of a conversation", _con_of_owner.where(_mov.thread == _message)),
    ("thread of a conversation", _con_of_owner.where(_mov.moved_to == _message)),
    ("message of an answer", select(_ans.conversation_id).where(_ans.posted == _message)),
    ("thread of a handoff", _of_handoff.where(_hof.thread == _message)),
    ("thread of a handoff", _hof_of_owner.where(_mov.thread == _message)),
)
_relayed = select(_rel.conversation_id).where(_rel.message == _message)
_BY_RELAY = (("relayed message", _relayed),)
_BY_RELAY_IN_CHANNEL = (("relayed message", _relayed.where(_rel.channel == bindparam("channel"))),)

_effect_columns = [_eff[name] for name in FoundEffect.__dataclass_fields__]
_effect_by_id = select(*_effect_columns).where((_eff.id == _id) | (_eff.key == _id))
_effect_by_outcome = select(*_effect_columns).where(_eff.outcome == _message)
_effects_of = (
    select(*_effect_columns).where(_eff.subject.in_(bindparam("subjects", expanding=True))).order_by(_eff.decided_at)
)
_scheduled_for = ScheduledJobs.mapper.where(
    _job.subject.in_(bindparam("subjects", expanding=True)), _job.done_at.is_(None)
).order_by(_job.scheduled_at, _job.id)
_handoff_by_number = _of_handoff.where(_hof.number == bindparam("number"))
_message_of_input = select(models.events.c.channel, models.events.c.message).where(models.events.c.id == _id)

_JOB = "scheduled job"

Hits = list[tuple[str, str]]
"""Pairs of the kind of identifier and the id of a conversation it belongs to."""


def _is_in(found: FoundConversation, channel: str | None) -> bool:
    """Returns whether the conversation or a handoff of it is in `channel`: messages of two channels may have one id."""
    return channel is None or channel in {found.conversation.channel, *(one.handoff.channel for one in found.handoffs)}


def _look_up(connection: Connection, identifier: Identifier) -> tuple[Hits, list[FoundEffect]]:
    if identifier.message is not None:
        return _find_by_message(connection, identifier.message, identifier.channel)
    id = identifier.id
    hits = _hits(connection, _BY_ID, {"id": id, "upper": id.upper()})
    effects = _effects(connection, _effect_by_id, id=id)
    hits += _hits_of_subjects(connection, "effect", [effect.subject for effect in effects])
    if number := _NUMBER.fullmatch(id):
        hits += _hits(connection, (("handoff", _handoff_by_number),), {"number": int(number["number"])})
    if session := _SESSION.fullmatch(id):
        # A session of an earlier generation without an answered question is in no row.
        hits += _hits(connection, (("Uppzy session", _BY_ID[0][1]),), {"id": f"con_{session['conversation']}"})
    if (about := connection.execute(_message_of_input, {"id": id}).first()) and about.message is not None:
        hits += [("event", id) for _, id in _find_by_message(connection, about.message, about.channel)[0]]
    return hits, effects


def _find_by_message(connection: Connection, message: str, channel: str | None) -> tuple[Hits, list[FoundEffect]]:
    values = {"message": message}
    hits = _hits(connection, _BY_MESSAGE, values)
    if channel is None:
        hits += _hits(connection, _BY_RELAY, values)
    else:
        hits += _hits(connection, _BY_RELAY_IN_CHANNEL, {**values, "channel": channel})
    posted = _effects(connection, _effect_by_outcome, message=message)
    hits += _hits_of_subjects(connection, "message of the desk", [effect.subject for effect in posted if not hits])
    return hits, posted


def _hits_of_subjects(connection: Connection, kind: str, subjects: Iterable[str]) -> Hits:
    """Returns the conversations to which the rows with these ids belong."""
    values = [{"id": subject, "upper": subject.upper()} for subject in subjects]
    return [(kind, id) for ids in values for _, id in _hits(connection, _BY_ID, ids)]


def _hits(connection: Connection, lookups: Iterable[tuple[str, Select[Any]]], values: dict[str, Any]) -> Hits:
    return [
        (kind, id)
        for kind, statement in lookups
        for id in connection.execute(statement.limit(MOST_CONVERSATIONS), values).scalars()
    ]


def _effects(connection: Connection, statement: Select[Any], **values: Any) -> list[FoundEffect]:
    rows = connection.execute(statement, values).mappings()
    return [FoundEffect(**{**row, "state": EffectState(row["state"])}) for row in rows]


# From a conversation to all its rows.

_questions_of = Questions.mapper.where(_que.conversation_id == _id).order_by(_que.asked_at, _que.id)
_answers_of = Answers.mapper.where(_ans.conversation_id == _id).order_by(_ans.answered_at)
_verdicts_of = Verdicts.mapper.where(_ver.answer_id.in_(select(_ans.id).where(_ans.conversation_id == _id))).order_by(
    _ver.given_at
)
_decisions_of = Decisions.mapper.where(_dec.conversation_id == _id).order_by(_dec.decided_at, _dec.id)
_handoffs_of = Handoffs.mapper.where(_hof.conversation_id == _id).order_by(_hof.number)


def _read_all(connection: Connection, rows: type[Repository[R]], statement: Select[Any], id: str) -> list[R]:
    return [rows.mapper.decode(row) for row in connection.execute(statement, {"id": id})]


def _read_conversation(connection: Connection, id: str) -> FoundConversation | None:
    conversation = Conversations(CompiledConnection(connection)).get(id)
    if conversation is None:
        return None
    questions = _read_all(connection, Questions, _questions_of, id)
    answers = _read_all(connection, Answers, _answers_of, id)
    verdicts = _read_all(connection, Verdicts, _verdicts_of, id)
    handoffs = _read_all(connection, Handoffs, _handoffs_of, id)
    subjects = [id, *(row.id for kind in (questions, answers, handoffs) for row in kind)]
    return FoundConversation(
        conversation=conversation,
        questions=tuple(_with_answers(questions, answers, verdicts)),
        decisions=tuple(_read_all(connection, Decisions, _decisions_of, id)),
        handoffs=tuple(
            FoundHandoff(
                handoff=handoff,
                timeline=tuple(Timeline(CompiledConnection(connection)).of_handoff(handoff.id)),
                local_ticket=_local_ticket(connection, handoff),
            )
            for handoff in handoffs
        ),
        effects=tuple(_effects(connection, _effects_of, subjects=subjects)),
        scheduled=tuple(
            ScheduledJobs.mapper.decode(row) for row in connection.execute(_scheduled_for, {"subjects": subjects})
        ),
    )


def _with_answers(
    questions: Iterable[Question], answers: Iterable[Answer], verdicts: Iterable[Verdict]
) -> Iterator[FoundQuestion]:
    answer_to = {answer.question_id: answer for answer in answers}
    for question in questions:
        answer = answer_to.get(question.id)
        on_it = tuple(verdict for verdict in verdicts if answer is not None and verdict.answer_id == answer.id)
        yield FoundQuestion(question=question, answer=answer, verdicts=on_it)


def _local_ticket(connection: Connection, handoff: Handoff) -> LocalTicket | None:
    ref = handoff.ticket.ref
    return None if ref is None else LocalTickets(CompiledConnection(connection)).get(ref.id)
