"""Search by identifier: finds everything that belongs to an id of Slack, Uppzy, the ticket system or the desk.

`find` reads the database without a lock, so it works beside a running desk; `find_in` is for the desk itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Text, bindparam, literal, or_, select
from sqlalchemy.engine import Connection

from bot.helpdesk.model.conversation import Answer, Question, Verdict
from bot.helpdesk.model.effects import EffectState
from bot.helpdesk.model.handoff import Handoff
from bot.helpdesk.model.local_ticket import LocalTicket
from bot.helpdesk.model.search_result import Found, FoundConversation, FoundEffect, FoundHandoff, FoundQuestion
from storage import models
from storage.inspection import DatabaseLocation, reading, refuse_unreadable
from storage.repositories import (
    Answers,
    Conversations,
    Decisions,
    Handoffs,
    LocalTickets,
    Questions,
    Timeline,
    Verdicts,
)
from storage.row_mapper import R, Repository

MOST_CONVERSATIONS = 20
"""Limit for identifiers that belong to many conversations, such as a person's; the latest ones are shown."""


def find(location: DatabaseLocation, id: str) -> Found | None:
    """Returns everything that belongs to `id` in the database at `location`, or None where nothing does.

    Raises StorageError where there is no such database, or its version is not the one this code works with.
    """
    refuse_unreadable(location)
    with reading(location) as connection:
        return find_in(connection, id)


def find_in(connection: Connection, id: str) -> Found | None:
    """Does the same in the transaction of `connection`. Every statement is answered from an index."""
    return _find(connection, _Identifier.parse(id))


# Parsing of the identifier.

_LINK = re.compile(r"/archives/(?P<channel>[A-Z0-9]+)/p(?P<seconds>\d{10})(?P<micros>\d{6})")
_PLACE = re.compile(r"(?:(?P<channel>[CDG][A-Z0-9]{2,})[:/ ,]\s*)?(?P<ts>\d{9,11}\.\d{6})")
_TS = re.compile(r"\d{9,11}\.\d{6}")
_MENTION = re.compile(r"<[@#](?P<id>[A-Z0-9]+)(?:\|[^>]*)?>")
_NUMBER = re.compile(r"hd-(?P<number>\d{1,9})", re.IGNORECASE)
_SESSION = re.compile(r"desk-(?P<conversation>[0-9a-z]+)-\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Identifier:
    """An identifier, and the message it names where it is a link or a message id."""

    id: str
    channel: str | None = None
    ts: str | None = None

    @classmethod
    def parse(cls, text: str) -> _Identifier:
        id = text.strip().strip("`\"'").removeprefix("#")
        if not id.isprintable():
            # No identifier has such characters, and PostgreSQL refuses NUL.
            return cls(id="")
        if mention := _MENTION.fullmatch(id):
            return cls(id=mention["id"])
        if link := _LINK.search(id):
            return cls(id=id, channel=link["channel"], ts=f"{link['seconds']}.{link['micros']}")
        if place := _PLACE.fullmatch(id):
            return cls(id=id, channel=place["channel"], ts=place["ts"])
        return cls(id=id)


# From an identifier to conversations: each statement selects conversation ids by `id` or by `ts`.

_con, _que, _ans, _ver = models.conversations.c, models.questions.c, models.answers.c, models.verdicts.c
_hof, _dec, _eff, _tic = models.handoffs.c, models.decisions.c, models.effects.c, models.local_tickets.c
_rel, _ref = models.relays.c, models.reference_drafts.c
_id, _ts = bindparam("id", type_=Text), bindparam("ts", type_=Text)
# Every ticket system whose numbers have letters writes them in upper case; people may not.
_upper = bindparam("upper", type_=Text)
_mov = models.moved_threads.c
_con_of_owner = select(_con.id).join(models.moved_threads, _mov.owner == _con.id)
_hof_of_owner = select(_hof.conversation_id).join(models.moved_threads, _mov.owner == _hof.id)
_of_ticket = select(_hof.conversation_id).join(models.local_tickets, _tic.id == _hof.ticket_id)

_BY_ID: tuple[tuple[str, Select[Any]], ...] = (
    ("conversation", select(_con.id).where(_con.id == _id)),
    ("Uppzy session", select(_con.id).where(_con.session_id == _id)),
    ("Uppzy session", select(_ans.conversation_id).where(_ans.session_id == _id)),
    ("Uppzy request", select(_ans.conversation_id).where(_ans.request_id == _id)),
    ("question", select(_que.conversation_id).where(_que.id == _id)),
    ("answer", select(_ans.conversation_id).where(_ans.id == _id)),
    ("verdict", select(_ans.conversation_id).join(models.verdicts, _ver.answer_id == _ans.id).where(_ver.id == _id)),
    ("decision", select(_dec.conversation_id).where(_dec.id == _id)),
    ("handoff", select(_hof.conversation_id).where(_hof.id == _id)),
    ("relayed message", select(_rel.conversation_id).where(_rel.id == _id)),
    ("draft of a reference article", select(_ref.conversation_id).where(_ref.id == _id)),
    ("ticket", select(_hof.conversation_id).where(_hof.ticket_id == _id)),
    ("ticket", select(_hof.conversation_id).where(or_(_hof.ticket_number == _id, _hof.ticket_number == _upper))),
    ("ticket", select(_hof.conversation_id).where(_hof.ticket_url == _id)),
    ("ticket", _of_ticket.where(_tic.key == _id)),
    ("employee", select(_con.id).where(_con.employee == _id).order_by(_con.last_at.desc())),
    ("DM channel", select(_con.id).where(_con.channel == _id).order_by(_con.last_at.desc())),
)

_BY_MESSAGE: tuple[tuple[str, Select[Any]], ...] = (
    ("message of a question", select(_que.conversation_id).where(_que.message == _ts)),
    ("thread of a conversation", select(_con.id).where(_con.thread == _ts)),
    ("thread of a conversation", select(_que.conversation_id).where(_que.thread == _ts)),
    ("thread of a conversation", _con_of_owner.where(_mov.thread == _ts)),
    ("thread of a conversation", _con_of_owner.where(_mov.moved_to == _ts)),
    ("message of an answer", select(_ans.conversation_id).where(_ans.posted == _ts)),
    ("thread of a handoff", select(_hof.conversation_id).where(_hof.thread == _ts)),
    ("thread of a handoff", _hof_of_owner.where(_mov.thread == _ts)),
)

_effect_columns = [_eff[name] for name in FoundEffect.__dataclass_fields__]
_effect_by_id = select(*_effect_columns).where((_eff.id == _id) | (_eff.key == _id))
_effect_by_outcome = select(*_effect_columns).where(_eff.outcome == _ts)
_relay_of_message = (
    ("relayed message", select(_rel.conversation_id).where(_rel.channel == bindparam("channel"), _rel.message == _ts)),
)
# Where only the ts is known, it is searched in the keys of the effects that relay messages.
_relay_effects = select(*_effect_columns).where(_eff.key.like(literal("relay:%:") + _ts))
_effect_by_relay_anywhere = {
    # SQLite uses the index for a range but not for LIKE; on PostgreSQL a range depends on the collation.
    "sqlite": _relay_effects.where(_eff.key.between("relay:", "relay;")),
    "postgresql": _relay_effects,
}
_effects_of = (
    select(*_effect_columns).where(_eff.subject.in_(bindparam("subjects", expanding=True))).order_by(_eff.decided_at)
)
_handoff_by_number = select(_hof.conversation_id).where(_hof.number == bindparam("number"))
_input_key = select(models.inputs.c.key).where(models.inputs.c.id == _id)

Hits = list[tuple[str, str]]
"""Pairs of the kind of identifier and the id of a conversation it belongs to."""


def _find(connection: Connection, identifier: _Identifier) -> Found | None:
    hits, effects = _look_up(connection, identifier)
    if not hits and not effects:
        return None
    ids = list(dict.fromkeys(id for _, id in hits))[:MOST_CONVERSATIONS]
    conversations = [_read_conversation(connection, id) for id in ids]
    found = [one for one in conversations if one is not None and _is_in(one, identifier.channel)]
    if hits and not found:
        return None
    return Found(
        understood_as=tuple(dict.fromkeys([kind for kind, _ in hits] or ["effect"])),
        conversations=tuple(sorted(found, key=lambda one: one.conversation.last_at, reverse=True)),
        effects=() if found else tuple(effects),
    )


def _is_in(found: FoundConversation, channel: str | None) -> bool:
    """Returns whether the conversation or a handoff of it is in `channel`: a ts is unique only within its channel."""
    return channel is None or channel in {found.conversation.channel, *(one.handoff.channel for one in found.handoffs)}


def _look_up(connection: Connection, identifier: _Identifier) -> tuple[Hits, list[FoundEffect]]:
    if identifier.ts is not None:
        return _find_by_message(connection, identifier.ts, identifier.channel)
    hits = _hits(connection, _BY_ID, {"id": identifier.id, "upper": identifier.id.upper()})
    effects = _effects(connection, _effect_by_id, id=identifier.id)
    hits += _hits_of_subjects(connection, "effect", effects)
    if number := _NUMBER.fullmatch(identifier.id):
        hits += _hits(connection, (("handoff", _handoff_by_number),), {"number": int(number["number"])})
    if session := _SESSION.fullmatch(identifier.id):
        # A session of an earlier generation without an answered question is in no row.
        hits += _hits(connection, (("Uppzy session", _BY_ID[0][1]),), {"id": f"con_{session['conversation']}"})
    if key := connection.execute(_input_key, {"id": identifier.id}).scalar():
        hits += [("input", id) for ts in _TS.findall(key) for _, id in _find_by_message(connection, ts)[0]]
    return hits, effects


def _find_by_message(connection: Connection, ts: str, channel: str | None = None) -> tuple[Hits, list[FoundEffect]]:
    hits = _hits(connection, _BY_MESSAGE, {"ts": ts})
    posted = _effects(connection, _effect_by_outcome, ts=ts)
    relayed: list[FoundEffect] = []
    if channel is not None:
        hits += _hits(connection, _relay_of_message, {"ts": ts, "channel": channel})
    elif not hits and not posted:
        relayed = _effects(connection, _effect_by_relay_anywhere[connection.dialect.name], ts=ts)
    hits += _hits_of_subjects(connection, "message of the desk", posted if not hits else ())
    return hits + _hits_of_subjects(connection, "relayed message", relayed), posted + relayed


def _hits_of_subjects(connection: Connection, kind: str, effects: Iterable[FoundEffect]) -> Hits:
    """Returns the conversations of the subjects of these effects."""
    values = [{"id": effect.subject, "upper": effect.subject.upper()} for effect in effects]
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
    conversation = Conversations(connection).get(id)
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
                timeline=tuple(Timeline(connection).of_handoff(handoff.id)),
                local_ticket=_local_ticket(connection, handoff),
            )
            for handoff in handoffs
        ),
        effects=tuple(_effects(connection, _effects_of, subjects=subjects)),
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
    return None if handoff.ticket_id is None else LocalTickets(connection).get(handoff.ticket_id)
