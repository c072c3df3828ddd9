"""Reads all stored rows of the latest conversations at once, for the inspector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.sql import Select

from bot.helpdesk.model.conversation import Answer, Conversation, Question, Verdict
from bot.helpdesk.model.effects import Effect
from bot.helpdesk.model.handoff import Handoff
from bot.helpdesk.model.history import DecisionRecord
from bot.helpdesk.model.job import ScheduledJob
from bot.helpdesk.model.ticket_system import LocalTicket
from storage.repositories import (
    Answers,
    Conversations,
    Decisions,
    Effects,
    Handoffs,
    LocalTickets,
    Questions,
    ScheduledJobs,
    Transaction,
)
from storage.row_mapper import R, RowMapper


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeConversation:
    """A conversation with all its rows, each kind oldest first."""

    conversation: Conversation
    questions: tuple[Question, ...]
    answers: tuple[Answer, ...]
    verdicts: tuple[Verdict, ...]
    decisions: tuple[DecisionRecord, ...]
    handoffs: tuple[Handoff, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The latest conversations, `local` tickets and effects, newest first; and the next scheduled jobs."""

    conversations: tuple[WholeConversation, ...]
    tickets: tuple[LocalTicket, ...]
    effects: tuple[Effect, ...]
    scheduled: tuple[ScheduledJob, ...]


def read_overview(tx: Transaction, most: int = 40) -> Overview:
    """Reads at most `most` of each kind."""
    conversations = _read(tx, Conversations.mapper, _latest(Conversations.mapper, "last_at"), most=most)
    return Overview(
        conversations=tuple(_whole(tx, conversation) for conversation in conversations),
        tickets=_read(tx, LocalTickets.mapper, _latest(LocalTickets.mapper, "opened_at"), most=most),
        effects=_read(tx, Effects.mapper, _latest(Effects.mapper, "decided_at"), most=most),
        scheduled=_read(tx, ScheduledJobs.mapper, _scheduled, most=most),
    )


def _latest(mapper: RowMapper[Any], time: str) -> Select[Any]:
    columns = mapper.table.c
    return mapper.where().order_by(columns[time].desc(), columns.id.desc()).limit(bindparam("most"))


_job = ScheduledJobs.mapper.table.c
_scheduled = (
    ScheduledJobs.mapper.where(_job.done_at.is_(None)).order_by(_job.due_at, _job.scheduled_at).limit(bindparam("most"))
)


def _of_conversation(mapper: RowMapper[Any]) -> Select[Any]:
    columns = mapper.table.c
    return mapper.where(columns.conversation_id == bindparam("conversation_id")).order_by(columns.id)


def _read(tx: Transaction, mapper: RowMapper[R], statement: Select[Any], **values: Any) -> tuple[R, ...]:
    return tuple(mapper.decode(row) for row in tx.connection.execute(statement, values))


def _whole(tx: Transaction, conversation: Conversation) -> WholeConversation:
    def of(mapper: RowMapper[R]) -> tuple[R, ...]:
        return _read(tx, mapper, _of_conversation(mapper), conversation_id=conversation.id)

    answers = of(Answers.mapper)
    return WholeConversation(
        conversation=conversation,
        questions=of(Questions.mapper),
        answers=answers,
        verdicts=tuple(verdict for answer in answers for verdict in tx.verdicts.on(answer.id)),
        decisions=of(Decisions.mapper),
        handoffs=of(Handoffs.mapper),
    )
