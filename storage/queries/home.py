"""Queries for the Home tab: requests of an employee, the queue of agents, and figures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import BindParameter, Row, Select, bindparam, func, or_, select, text, union_all

from bot.helpdesk.model.article import ArticleFigures
from bot.helpdesk.model.chat import Identifier, ThreadAddress
from bot.helpdesk.model.conversation import Answer, Conversation, Question, QuestionState
from bot.helpdesk.model.handoff import Handoff, HandoffState
from bot.helpdesk.model.home import EmployeeRequest, Figures, LatestQuestion, Queued
from bot.helpdesk.model.search_result import Found
from bot.helpdesk.redaction import SafeText, redact
from bot.helpdesk.redaction.safe_text import shorten
from storage import models
from storage.interfaces import Database
from storage.queries.articles import count_questions_about
from storage.queries.search import find_in
from storage.repositories import Answers, Conversations, Handoffs, MovedThreads, Questions, Transaction
from storage.row_mapper import R, Repository

# Characters; more than are shown, because names may be shorter than the ids of those whom a question mentions.
_BEGINNING = 200

_con, _que, _ans, _hof = models.conversations.c, models.questions.c, models.answers.c, models.handoffs.c

# Conditions on states and texts are literals because SQLite does not use a partial index for a bound parameter.
_UNRESOLVED = text("handoffs.state != 'resolved'")
_most: BindParameter[int] = bindparam("most")
_channels: BindParameter[str] = bindparam("channels", expanding=True)

_is_of_employee = (_con.surface == bindparam("surface"), _con.employee == bindparam("employee"))
_latest_of = Conversations.mapper.where(*_is_of_employee).order_by(_con.last_at.desc()).limit(_most)
_open_of = (
    Conversations.mapper.where(*_is_of_employee)
    .where(select(_hof.id).where(_hof.conversation_id == _con.id, _UNRESOLVED).exists())
    .order_by(_con.last_at.desc())
    .limit(_most)
)
_ids: BindParameter[str] = bindparam("ids", expanding=True)
_handoffs_in = Handoffs.mapper.where(_hof.conversation_id.in_(_ids)).order_by(_hof.number)
_of_same = _que.conversation_id == _con.id
_put = (_of_same, _que.handoff_id.is_(None), _que.state != QuestionState.NOT_ASKED.value)
_first = select(_que.id).where(_of_same).order_by(_que.asked_at).limit(1).correlate(models.conversations)
_last_put = select(_que.id).where(*_put).order_by(_que.asked_at.desc()).limit(1).correlate(models.conversations)
_each = select(_con.id).where(_con.id.in_(_ids))
# Of each conversation the first question, the latest one that was put to the assistant, and those of its handoffs.
_questions_in = Questions.mapper.where(
    _que.id.in_(
        union_all(
            _each.with_only_columns(_first.scalar_subquery()),
            _each.with_only_columns(_last_put.scalar_subquery()),
            select(_hof.question_id).where(_hof.conversation_id.in_(_ids)),
        )
    )
).order_by(_que.asked_at, _que.id)
_answers_to = Answers.mapper.where(_ans.question_id.in_(_ids))
_moved_in = MovedThreads.mapper.where(models.moved_threads.c.owner.in_(_ids))
_queue: Select[Any] = (
    select(*Handoffs.mapper.columns, _con.employee)
    .join(models.conversations, _con.id == _hof.conversation_id)
    .where(_UNRESOLVED, _hof.channel.in_(_channels))
    .order_by(_hof.opened_at)
    .limit(_most)
)
_with_question = (
    select(*Handoffs.mapper.columns, _con.employee, _que.text)
    .join(models.conversations, _con.id == _hof.conversation_id)
    .outerjoin(models.questions, _que.id == _hof.question_id)
    .where(_hof.channel.in_(_channels))
)
_latest_handoffs: Select[Any] = _with_question.order_by(_hof.opened_at.desc()).limit(_most)
_latest_of_employee = _latest_handoffs.where(*_is_of_employee)
_number: BindParameter[int] = bindparam("number")
_written: BindParameter[str] = bindparam("numbers", expanding=True)
_numbered: Select[Any] = _with_question.where(or_(_hof.number == _number, _hof.ticket_ref_number.in_(_written)))
_NUMBER = re.compile(r"(?:hd-|#)?(?P<number>\d{1,9})", re.IGNORECASE)
_words_of = select(_que.id, _que.text).where(_que.id.in_(_ids))
_handoffs = select(func.count()).select_from(models.handoffs).where(_hof.channel.in_(_channels))
_opened = _handoffs.where(_hof.opened_at >= bindparam("since"))
_resolved = _handoffs.where(_hof.resolution_at >= bindparam("since"), _hof.state == HandoffState.RESOLVED.value)
_waiting = _handoffs.where(_UNRESOLVED, _hof.state == HandoffState.OPEN.value)
_answered = select(func.count()).where(_ans.answered_at >= bindparam("since"), text("answers.text != ''"))


class StoredRecords:
    """Implements the port `Records` on a store."""

    def __init__(self, store: Database) -> None:
        self._store = store

    async def find(self, identifier: Identifier) -> Found | None:
        return await self._store.read(lambda tx: find_in(tx.connection, identifier))

    async def requests_of(self, surface: str, employee: str, most: int) -> tuple[EmployeeRequest, ...]:
        return await self._store.read(read_requests, surface, employee, most)

    async def queue(self, channels: Set[str], most: int) -> tuple[Queued, ...]:
        return await self._store.read(read_queue, channels, most)

    async def search(
        self, channels: Set[str], surface: str, words: str, employee: str, *, among: int, most: int
    ) -> tuple[Queued, ...]:
        return await self._store.read(read_search, channels, surface, words, employee, among=among, most=most)

    async def beginnings_of(self, questions: Sequence[str]) -> Mapping[str, SafeText]:
        return await self._store.read(read_beginnings, questions)

    async def questions_about(self, question: str, since: float, until: float) -> ArticleFigures:
        return await self._store.read(count_questions_about, question, since, until)

    async def figures(self, channels: Set[str], since: float) -> Figures:
        return await self._store.read(read_figures, channels, since)


def read_requests(tx: Transaction, surface: str, employee: str, most: int) -> tuple[EmployeeRequest, ...]:
    """Implements `Records.requests_of`, with the same few statements for any number of requests."""
    values = {"surface": surface, "employee": employee, "most": most}
    rows = [row for statement in (_open_of, _latest_of) for row in tx.connection.execute(statement, values)]
    conversations = {row.id: Conversations.mapper.decode(row) for row in rows}
    if not conversations:
        return ()
    found = _read_related(tx, list(conversations))
    requests = [_request(found, conversation) for conversation in conversations.values()]
    return tuple(sorted(requests, key=lambda request: request.conversation.last_at, reverse=True))


@dataclass(frozen=True, slots=True)
class _Related:
    """Records of an employee's conversations: their current handoffs, and questions, answers and moved threads."""

    handoffs: Mapping[str, Handoff]
    questions: Mapping[str, list[Question]]
    answers: Mapping[str, Answer]
    moved: Mapping[ThreadAddress, str]


def _read_related(tx: Transaction, ids: list[str]) -> _Related:
    def read(rows: type[Repository[R]], statement: Select[Any], **values: Any) -> list[R]:
        return [rows.mapper.decode(row) for row in tx.connection.execute(statement, values)]

    # The one that is open, else the latest.
    ordered = sorted(read(Handoffs, _handoffs_in, ids=ids), key=lambda one: one.state is not HandoffState.RESOLVED)
    handoffs = {one.conversation_id: one for one in ordered}
    questions: dict[str, list[Question]] = {}
    for question in read(Questions, _questions_in, ids=ids):
        questions.setdefault(question.conversation_id, []).append(question)
    withheld = [one.id for asked in questions.values() for one in asked if one.withheld]
    return _Related(
        handoffs=handoffs,
        questions=questions,
        answers={one.question_id: one for one in read(Answers, _answers_to, ids=withheld)} if withheld else {},
        moved={
            ThreadAddress(surface=one.surface, channel=one.channel, thread=one.thread): one.moved_to
            for one in read(MovedThreads, _moved_in, ids=ids)
            if one.moved_to is not None
        },
    )


def _request(found: _Related, conversation: Conversation) -> EmployeeRequest:
    handoff, questions = found.handoffs.get(conversation.id), found.questions.get(conversation.id, [])
    of_handoff = (one for one in questions if handoff is not None and one.id == handoff.question_id)
    question = next(of_handoff, questions[0] if questions else None)
    address = question.address.in_thread if question else conversation.address
    while (moved_to := found.moved.get(address)) is not None:
        address = replace(address, thread=moved_to)
    return EmployeeRequest(
        conversation=conversation,
        thread=address.thread,
        question_id=question.id if question else None,
        words=question.text if question else None,
        latest=_latest(found, questions),
        handoff=handoff,
    )


def _latest(found: _Related, questions: list[Question]) -> LatestQuestion | None:
    put = [one for one in questions if one.handoff_id is None and one.state is not QuestionState.NOT_ASKED]
    if not put:
        return None
    answer = found.answers.get(put[-1].id)
    seen = not put[-1].withheld or (answer is not None and answer.sent_by is not None)
    return LatestQuestion(state=put[-1].state, asked_at=put[-1].asked_at, seen=seen)


def read_queue(tx: Transaction, channels: Set[str], most: int) -> tuple[Queued, ...]:
    """Implements `Records.queue`."""
    rows = tx.connection.execute(_queue, {"channels": sorted(channels), "most": most})
    return tuple(Queued(handoff=Handoffs.mapper.decode(row[:-1]), employee=row[-1]) for row in rows)


def read_search(
    tx: Transaction, channels: Set[str], surface: str, words: str, employee: str, *, among: int, most: int
) -> tuple[Queued, ...]:
    """Implements `Records.search`, with one statement for numbers and one for words."""
    values = {"channels": sorted(channels), "surface": surface, "employee": employee, "most": among}
    found: dict[str, Queued] = {}
    if words:
        number = _NUMBER.fullmatch(words)
        numbers = {"number": int(number["number"]) if number else -1, "numbers": [words, words.upper()]}
        for row in tx.connection.execute(_numbered, {"channels": values["channels"], **numbers}):
            if employee in ("", row.employee):
                found[row.id] = _found(row)
    terms = words.casefold().split()
    for row in tx.connection.execute(_latest_of_employee if employee else _latest_handoffs, values):
        if len(found) >= most:
            break
        if not terms or (row.text and not row.grounds_hidden and _has_all(row.text, terms)):
            found.setdefault(row.id, _found(row))
    return tuple(found.values())[:most]


def _found(row: Row[Any]) -> Queued:
    return Queued(handoff=Handoffs.mapper.decode(row[:-2]), employee=row.employee)


def _has_all(question: str, terms: Sequence[str]) -> bool:
    """Returns whether all terms are in a question, also once its secrets are removed: no search confirms a secret."""
    return _are_in(question.casefold(), terms) and _are_in(redact(question).casefold(), terms)


def _are_in(text: str, terms: Sequence[str]) -> bool:
    return all(term in text for term in terms)


def read_beginnings(tx: Transaction, questions: Sequence[str]) -> dict[str, SafeText]:
    """Implements `Records.beginnings_of`."""
    rows = tx.connection.execute(_words_of, {"ids": list(questions)})
    return {row.id: shorten(redact(" ".join(row.text.split())), _BEGINNING) for row in rows}


def read_figures(tx: Transaction, channels: Set[str], since: float) -> Figures:
    """Implements `Records.figures`."""
    values = {"channels": sorted(channels), "since": since}
    opened, resolved, waiting = (
        int(tx.connection.execute(statement, values).scalar() or 0) for statement in (_opened, _resolved, _waiting)
    )
    answered = int(tx.connection.execute(_answered, {"since": since}).scalar() or 0)
    return Figures(opened=opened, resolved=resolved, waiting=waiting, answered=answered)
