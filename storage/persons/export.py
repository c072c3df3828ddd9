"""Reads what a person wrote and was told, for an export: no private notes, and no words of others but those to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Table, bindparam, or_, select
from sqlalchemy.engine import Connection

from bot.helpdesk.model.audit import AuditAct, AuditEntry
from bot.helpdesk.model.conversation import Answer, Conversation, Question, Verdict
from bot.helpdesk.model.handoff import Handoff
from bot.helpdesk.model.relay import Relay, RelayState
from bot.helpdesk.ports import Clock
from storage import models
from storage.audit import AuditTrail
from storage.compiled import CompiledConnection
from storage.inspection import DatabaseLocation, reading
from storage.persons.found import CONVERSATIONS, IS_OWN, FoundPerson
from storage.repositories import Answers, Conversations, Handoffs, Questions, Relays, Verdicts
from storage.writing import writing

Json = dict[str, Any]

_con, _que, _rel = models.conversations.c, models.questions.c, models.relays.c
_person = select(models.people).where(
    models.people.c.surface == bindparam("of_surface"), models.people.c.id == bindparam("of_person")
)
_contacts = models.teams_people.c
_contact = select(_contacts.name, _contacts.locale, _contacts.utc_offset, _contacts.told_at.label("read_at")).where(
    _contacts.id == bindparam("of_person")
)
_verdicts = Verdicts.mapper.where(models.verdicts.c.person == bindparam("of_person"))
_acts = (
    select(models.timeline.c.at, models.timeline.c.event, models.timeline.c.handoff_id)
    .where(models.timeline.c.person == bindparam("of_person"))
    .order_by(models.timeline.c.at)
)
_resolutions = Handoffs.mapper.where(
    models.handoffs.c.resolution_by == bindparam("of_person"), models.handoffs.c.resolution_text.is_not(None)
)
# Those that reached the person, or that the person wrote.
_passed_on = or_(_rel.to_employee.is_(False), _rel.state == RelayState.SENT.value)


def read_export(location: DatabaseLocation, person: FoundPerson) -> Json:
    """Returns everything that a person wrote and was told. Times are Unix seconds."""
    of_person = {"of_surface": person.who.surface, "of_person": person.who.id}
    with reading(location) as connection:
        return {
            "person": _about(connection, person, of_person),
            "conversations": _conversations(connection, person, of_person),
            "as_agent": _as_agent(connection, of_person),
            "acts": [dict(row) for row in connection.execute(_acts, of_person).mappings()],
        }


def account_for_export(location: DatabaseLocation, person: FoundPerson, operator: str, clock: Clock) -> None:
    """Adds the export to the audit trail."""
    with writing(location) as connection:
        entry = AuditEntry(act=AuditAct.EXPORTED, operator=operator, person=person.who)
        AuditTrail(CompiledConnection(connection)).append(entry, clock())


def _about(connection: Connection, person: FoundPerson, of_person: dict[str, str]) -> Json:
    row = connection.execute(_person, of_person).mappings().first()
    told = connection.execute(_contact, of_person).mappings().first()
    known: Json = {**(told or {}), **(row or {})}
    names = ("name", "email", "locale", "external", "utc_offset", "read_at")
    return {"id": person.who.id, "surface": person.who.surface} | {name: known.get(name) for name in names}


def _conversations(connection: Connection, person: FoundPerson, of_person: dict[str, str]) -> list[Json]:
    found = connection.execute(Conversations.mapper.where(*IS_OWN).order_by(_con.id), of_person)
    parts = _Parts(connection, person, of_person)
    return [parts.of(Conversations.mapper.decode(row)) for row in found.all()]


class _Parts:
    """The rows of all conversations of a person, by conversation, read once."""

    def __init__(self, connection: Connection, person: FoundPerson, of_person: dict[str, str]) -> None:
        self._person = person.who.id

        def read(repository: Any, table: Table, *more: Any) -> list[Any]:
            statement = repository.mapper.where(table.c.conversation_id.in_(CONVERSATIONS), *more).order_by(table.c.id)
            return [repository.mapper.decode(row) for row in connection.execute(statement, of_person)]

        own_questions = or_(_que.handoff_id.is_(None), _que.employee == bindparam("of_person"))
        self._questions = _by_conversation(read(Questions, models.questions, own_questions))
        self._answers: dict[str, Answer] = {one.question_id: one for one in read(Answers, models.answers)}
        self._handoffs = _by_conversation(read(Handoffs, models.handoffs))
        self._relays = _by_conversation(read(Relays, models.relays, _passed_on))
        rows = connection.execute(_verdicts, of_person)
        self._verdicts: dict[str, Verdict] = {one.answer_id: one for one in map(Verdicts.mapper.decode, rows)}

    def of(self, conversation: Conversation) -> Json:
        return {
            "id": conversation.id,
            "channel": conversation.channel,
            "thread": conversation.thread,
            "opened_at": conversation.opened_at,
            "uppzy_session_id": conversation.session_id,
            "questions": [self._question(one) for one in self._questions[conversation.id]],
            "messages": [_message(one, self._person) for one in self._relays[conversation.id]],
            "handoffs": [_handoff(one) for one in self._handoffs[conversation.id]],
        }

    def _question(self, question: Question) -> Json:
        answer = self._answers.get(question.id)
        return {
            "id": question.id,
            "message": question.message,
            "asked_at": question.asked_at,
            "text": question.text,
            "state": question.state.value,
            "answer": None if answer is None or not _was_told(question, answer) else self._answer(answer),
        }

    def _answer(self, answer: Answer) -> Json:
        verdict = self._verdicts.get(answer.id)
        return {
            "answered_at": answer.answered_at,
            "text": answer.text,
            "sources": [{"title": one.title, "url": one.url} for one in answer.sources],
            "uppzy_session_id": answer.session_id,
            "uppzy_request_id": answer.request_id,
            "verdict": None if verdict is None else {"rating": verdict.rating.value, "reason": verdict.reason},
        }


def _by_conversation(rows: Iterable[Any]) -> defaultdict[str, list[Any]]:
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.conversation_id].append(row)
    return found


def _was_told(question: Question, answer: Answer) -> bool:
    """Returns False for an answer that only agents have seen, or that an agent sent in other words."""
    return not question.withheld or (answer.sent_by is not None and not answer.sent_edited)


def _message(relay: Relay, person: str) -> Json:
    return {
        "at": relay.written_at,
        "by": "person" if relay.author == person else "agent",
        "text": relay.text,
        "files": [file.name for file in relay.files],
    }


def _handoff(handoff: Handoff) -> Json:
    ending, ref = handoff.resolution, handoff.ticket.ref
    return {
        "id": handoff.id,
        "name": handoff.name,
        "state": handoff.state.value,
        "opened_at": handoff.opened_at,
        "resolved_at": ending.at,
        "resolution": ending.text,
        "solved": ending.solved,
        "score": ending.score,
        "ticket": None if ref is None else {"system": ref.system, "number": ref.number, "url": ref.url},
    }


def _as_agent(connection: Connection, of_person: dict[str, str]) -> Json:
    """Returns what the person wrote in conversations of others."""
    elsewhere = _rel.author == bindparam("of_person"), _rel.conversation_id.not_in(CONVERSATIONS)
    relays = connection.execute(Relays.mapper.where(*elsewhere).order_by(_rel.id), of_person)
    asked = _que.employee == bindparam("of_person"), _que.conversation_id.not_in(CONVERSATIONS)
    questions = connection.execute(Questions.mapper.where(*asked).order_by(_que.id), of_person)
    resolved = connection.execute(_resolutions, of_person)
    return {
        "messages": [_message(Relays.mapper.decode(row), of_person["of_person"]) for row in relays],
        "questions": [
            {"at": one.asked_at, "text": one.text} for one in (Questions.mapper.decode(row) for row in questions)
        ],
        "resolutions": [
            {"at": one.resolution.at, "handoff": one.name, "text": one.resolution.text}
            for one in (Handoffs.mapper.decode(row) for row in resolved)
        ],
    }
