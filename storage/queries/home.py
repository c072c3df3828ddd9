"""Queries for the Home tab: requests of an employee, the queue of agents, and figures."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, func, select, text

from bot.helpdesk.handoffs.replacement import current_thread
from bot.helpdesk.model.chat import Identifier
from bot.helpdesk.model.conversation import Conversation, QuestionState
from bot.helpdesk.model.handoff import HandoffState
from bot.helpdesk.model.home import EmployeeRequest, Figures, LatestQuestion, Queued
from bot.helpdesk.model.search_result import Found
from storage import models
from storage.interfaces import Database
from storage.queries.search import find_in
from storage.repositories import Conversations, Handoffs, Questions, Transaction

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
_first_question = Questions.mapper.where(_que.conversation_id == bindparam("id")).order_by(_que.asked_at).limit(1)
_latest_question = (
    Questions.mapper.where(_que.conversation_id == bindparam("id"))
    .where(_que.handoff_id.is_(None), _que.state != QuestionState.NOT_ASKED.value)
    .order_by(_que.asked_at.desc())
    .limit(1)
)
_queue: Select[Any] = (
    select(*Handoffs.mapper.columns, _con.employee)
    .join(models.conversations, _con.id == _hof.conversation_id)
    .where(_UNRESOLVED, _hof.channel.in_(_channels))
    .order_by(_hof.opened_at)
    .limit(_most)
)
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

    async def figures(self, channels: Set[str], since: float) -> Figures:
        return await self._store.read(read_figures, channels, since)


def read_requests(tx: Transaction, surface: str, employee: str, most: int) -> tuple[EmployeeRequest, ...]:
    """Implements `Records.requests_of`."""
    values = {"surface": surface, "employee": employee, "most": most}
    rows = [row for statement in (_open_of, _latest_of) for row in tx.connection.execute(statement, values)]
    conversations = {row.id: Conversations.mapper.decode(row) for row in rows}
    requests = [_request(tx, conversation) for conversation in conversations.values()]
    return tuple(sorted(requests, key=lambda request: request.conversation.last_at, reverse=True))


def _request(tx: Transaction, conversation: Conversation) -> EmployeeRequest:
    handoff = tx.handoffs.latest_in(conversation.id)
    question = tx.questions.get(handoff.question_id) if handoff and handoff.question_id else None
    if question is None and (first := tx.connection.execute(_first_question, {"id": conversation.id}).first()):
        question = Questions.mapper.decode(first)
    return EmployeeRequest(
        conversation=conversation,
        thread=current_thread(tx, question.address.in_thread if question else conversation.address)[0].thread,
        words=question.text if question else None,
        latest=_latest(tx, conversation),
        handoff=handoff,
    )


def _latest(tx: Transaction, conversation: Conversation) -> LatestQuestion | None:
    row = tx.connection.execute(_latest_question, {"id": conversation.id}).first()
    if row is None:
        return None
    question = Questions.mapper.decode(row)
    answer = tx.answers.of_question(question.id) if question.withheld else None
    seen = not question.withheld or (answer is not None and answer.sent_by is not None)
    return LatestQuestion(state=question.state, asked_at=question.asked_at, seen=seen)


def read_queue(tx: Transaction, channels: Set[str], most: int) -> tuple[Queued, ...]:
    """Implements `Records.queue`."""
    rows = tx.connection.execute(_queue, {"channels": sorted(channels), "most": most})
    return tuple(Queued(handoff=Handoffs.mapper.decode(row[:-1]), employee=row[-1]) for row in rows)


def read_figures(tx: Transaction, channels: Set[str], since: float) -> Figures:
    """Implements `Records.figures`."""
    values = {"channels": sorted(channels), "since": since}
    opened, resolved, waiting = (
        int(tx.connection.execute(statement, values).scalar() or 0) for statement in (_opened, _resolved, _waiting)
    )
    answered = int(tx.connection.execute(_answered, {"since": since}).scalar() or 0)
    return Figures(opened=opened, resolved=resolved, waiting=waiting, answered=answered)
