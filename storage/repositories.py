"""Repositories: the tables behind the ports of the desk, with all SQL that its transactions run.

Read-only queries over several tables are in `storage.queries`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

from sqlalchemy import (
    Boolean,
    ColumnElement,
    ScalarSelect,
    Table,
    Text,
    and_,
    bindparam,
    case,
    column,
    exists,
    func,
    literal_column,
    or_,
    select,
    table,
    text,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Connection

from bot.helpdesk.model.alarm import AlarmRecord
from bot.helpdesk.model.article import Article
from bot.helpdesk.model.chat import Address, ThreadAddress
from bot.helpdesk.model.content import Content
from bot.helpdesk.model.conversation import Answer, Conversation, MovedThread, Question, QuestionState, Verdict, new_id
from bot.helpdesk.model.effects import BODIES, Body, Effect, EffectState, PostMessage, kind_name
from bot.helpdesk.model.events import KINDS, Event, InboxEntry, address_of
from bot.helpdesk.model.gap import GapQueue, GapRecord
from bot.helpdesk.model.handoff import Card, Handoff, HandoffState
from bot.helpdesk.model.history import DecisionRecord, TimelineEntry
from bot.helpdesk.model.job import Job, JobKind, ScheduledJob
from bot.helpdesk.model.relay import Relay, RelayState
from bot.helpdesk.model.review import DigestRecord
from bot.helpdesk.model.ticket_system import LocalTicket
from bot.helpdesk.ports import Jobs as JobsPort
from storage import models
from storage.audit import AuditTrail
from storage.compiled import CompiledConnection, Statement
from storage.known import Known
from storage.row_mapper import Repository, RowMapper, decode_json, encode_json

# The jobs of the engine on PostgreSQL.
_queue = table("procrastinate_jobs", column("lock", Text))


class TransactionJobs(JobsPort, Protocol):
    """The queue, as the repositories of a transaction see it.

    `owner` is the id of this process as the owner of what it begins; None where only one process uses the database.
    """

    @property
    def owner(self) -> int | None: ...

    def may_be_free(self, lane: str, *, alone: bool = False) -> bool:
        """Returns False if it is known that something waits or runs in a lane.

        On PostgreSQL a statement finds out whether True is right. `alone`: this transaction must be the only one that
        uses the lane, also among those of other processes.
        """

    def note_begun(self, job: Job, effect: Effect) -> None:
        """Notes an effect that begins with this transaction."""

    def note_accepted(self, job: Job) -> None:
        """Notes an event that is handled right after this transaction, by `job`, which is not stored."""


def _add_if_free(target: Table, add: PostgresInsert) -> Statement:
    """Returns a statement of PostgreSQL that adds a row if nothing waits or runs in the lane `free_lane`.

    That is a job, or a row of this table that has begun without one. It returns the id of the row, or nothing.
    """
    values = [bindparam(column.name, type_=column.type) for column in target.c]
    lane = bindparam("free_lane", type_=Text())
    begun = target.alias("begun")
    free = ~or_(
        exists().where(_queue.c.lock == lane, text("status IN ('todo', 'doing')")),
        exists().where(begun.c.lane == lane, begun.c.owner.is_not(None)),
    )
    added = add.from_select(target.c.keys(), select(*values).where(free)).returning(target.c.id).cte("added")
    return select(added.c.id)


def _is_next(rows: str) -> ColumnElement[bool]:
    """Returns whether it is the turn of a row of this table on PostgreSQL: an event or an effect whose job runs.

    It is if no other row of its lane has begun, and no job of the lane was put before its own after that was fetched.
    """
    return literal_column(
        f"NOT EXISTS (SELECT 1 FROM {rows} AS other"  # noqa: S608 - the names of tables are constants
        f" WHERE other.lane = {rows}.lane AND other.owner IS NOT NULL AND other.id != {rows}.id)"
        " AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs AS waiting"
        " JOIN procrastinate_jobs AS running ON running.lock = waiting.lock"
        f" WHERE waiting.lock = {rows}.lane AND waiting.status = 'todo' AND running.status = 'doing'"
        " AND waiting.priority > running.priority)",
        Boolean,
    )


class Inbox:
    """Inbox events, with their payload until they are processed."""

    _open = select(models.events.c.kind, models.events.c.payload).where(
        models.events.c.id == bindparam("id"), models.events.c.handled_at.is_(None)
    )
    _to_handle = _open.add_columns(_is_next("events"))
    _add: ClassVar = {
        "sqlite": sqlite_insert(models.events).on_conflict_do_nothing().returning(models.events.c.id),
        "postgresql": postgresql_insert(models.events).on_conflict_do_nothing().returning(models.events.c.id),
    }
    _add_if_free = _add_if_free(models.events, postgresql_insert(models.events).on_conflict_do_nothing())
    _close = (
        update(models.events)
        .where(models.events.c.id == bindparam("old_id"))
        .values(payload=None, owner=None, handled_at=bindparam("now"))
    )

    def __init__(self, connection: CompiledConnection, jobs: TransactionJobs) -> None:
        self._connection = connection
        self._jobs = jobs

    def add(self, entry: InboxEntry, now: float) -> str | None:
        row = _new_event(entry, now) | _content(entry.event)
        added: str | None = self._connection.execute(self._add[self._connection.dialect.name], row).scalar()
        return added

    def begin(self, entry: InboxEntry, now: float, *, alone: bool) -> str | None:
        if not self._jobs.may_be_free(entry.lane, alone=alone):
            return None
        added = self._add_where_free(
            entry, _new_event(entry, now) | _content(entry.event) | {"owner": self._jobs.owner}
        )
        if added is not None:
            self._jobs.note_accepted(Job(kind=JobKind.EVENT, ref=added, lane=entry.lane))
        return added

    def add_handled(self, entry: InboxEntry, now: float, *, alone: bool) -> str | None:
        if not self._jobs.may_be_free(entry.lane, alone=alone):
            return None
        return self._add_where_free(entry, _new_event(entry, now) | {"payload": None, "handled_at": now})

    def _add_where_free(self, entry: InboxEntry, row: dict[str, Any]) -> str | None:
        if self._connection.dialect.name == "sqlite":
            result = self._connection.execute(self._add["sqlite"], row)
        else:
            result = self._connection.execute(self._add_if_free, {**row, "free_lane": entry.lane})
        added: str | None = result.scalar()
        return added

    def to_handle(self, id: str) -> tuple[Event | None, bool]:
        if self._connection.dialect.name == "sqlite":
            return self.open(id), True
        row = self._connection.execute(self._to_handle, {"id": id}).first()
        return (None, True) if row is None else (_event_of(row), bool(row[2]))

    def open(self, id: str) -> Event | None:
        row = self._connection.execute(self._open, {"id": id}).first()
        return None if row is None else _event_of(row)

    def close(self, id: str, now: float) -> None:
        self._connection.execute(self._close, {"old_id": id, "now": now})


def _new_event(entry: InboxEntry, now: float) -> dict[str, Any]:
    address = address_of(entry.event)
    return {
        "id": new_id("evt"),
        "key": entry.key,
        "dedup_key": entry.dedup_key,
        "kind": type(entry.event).__name__,
        "channel": address.channel if address else None,
        "message": address.message if address else None,
        "lane": entry.lane,
        "owner": None,
        "received_at": now,
    }


def _content(event: Event) -> dict[str, Any]:
    return {"payload": encode_json(type(event), event), "handled_at": None}


def _event_of(row: Sequence[Any]) -> Event:
    kind, payload = row[:2]
    return decode_json(KINDS[kind], payload)


def _add_or_repeat_on_sqlite() -> Statement:
    """Returns the statement that adds a job, or replaces one with its key that has run.

    The row gets a new id, so that a repeated run of the old job finds nothing.
    """
    jobs = models.scheduled_jobs
    add = sqlite_insert(jobs)
    replaced = {column.name: column for column in add.excluded if column.name != "key"}
    return add.on_conflict_do_update(
        index_elements=[jobs.c.key], set_=replaced, where=jobs.c.done_at.is_not(None)
    ).returning(jobs.c.id)


def _add_or_repeat_on_postgresql() -> Statement:
    """Returns the same for PostgreSQL, where `ON CONFLICT DO UPDATE` would lock the row of a job that still waits."""
    jobs = models.scheduled_jobs
    values = {column.name: bindparam(column.name, type_=column.type) for column in jobs.c}
    added = postgresql_insert(jobs).values(values).on_conflict_do_nothing().returning(jobs.c.id).cte("added")
    repeated = (
        update(jobs)
        .where(jobs.c.key == values.pop("key"), jobs.c.done_at.is_not(None))
        .values(values)
        .returning(jobs.c.id)
        .cte("repeated")
    )
    return union_all(select(added.c.id), select(repeated.c.id))


class ScheduledJobs:
    """The jobs scheduled for later, and the keys of those that have run."""

    mapper = RowMapper(models.scheduled_jobs, ScheduledJob)
    _add: ClassVar[dict[str, Statement]] = {
        "sqlite": sqlite_insert(models.scheduled_jobs).on_conflict_do_nothing().returning(models.scheduled_jobs.c.id),
        "postgresql": postgresql_insert(models.scheduled_jobs)
        .on_conflict_do_nothing()
        .returning(models.scheduled_jobs.c.id),
    }
    _add_or_repeat: ClassVar[dict[str, Statement]] = {
        "sqlite": _add_or_repeat_on_sqlite(),
        "postgresql": _add_or_repeat_on_postgresql(),
    }
    _get = mapper.where(models.scheduled_jobs.c.id == bindparam("id"))
    _close = (
        update(models.scheduled_jobs)
        .where(models.scheduled_jobs.c.id == bindparam("old_id"))
        .values(done_at=bindparam("now"))
    )

    def __init__(self, connection: CompiledConnection, known: Known) -> None:
        self._connection = connection
        self._facts = known

    def add(self, job: ScheduledJob, *, repeat: bool = False) -> str | None:
        statement = (self._add_or_repeat if repeat else self._add)[self._connection.dialect.name]
        added: str | None = self._connection.execute(statement, self.mapper.encode(job)).scalar()
        if added is None and repeat:
            self._facts.note_waiting_job(job.key)
        return added

    def is_known_to_wait(self, key: str) -> bool:
        return self._facts.is_waiting(key)

    def get(self, id: str) -> ScheduledJob | None:
        """Returns the job, also if it has run."""
        row = self._connection.execute(self._get, {"id": id}).first()
        return None if row is None else self.mapper.decode(row)

    def waiting(self, id: str) -> ScheduledJob | None:
        job = self.get(id)
        return job if job is not None and job.done_at is None else None

    def close(self, id: str, now: float) -> None:
        self._facts.forget_jobs()
        self._connection.execute(self._close, {"old_id": id, "now": now})


def _is_channel(table: Table) -> ColumnElement[bool]:
    return and_(table.c.surface == bindparam("surface"), table.c.channel == bindparam("channel"))


def _is_thread(table: Table) -> ColumnElement[bool]:
    return and_(_is_channel(table), table.c.thread == bindparam("thread"))


def _is_message(table: Table) -> ColumnElement[bool]:
    return and_(_is_channel(table), table.c.message == bindparam("message"))


def _thread_values(address: ThreadAddress) -> dict[str, str]:
    return {"surface": address.surface, "channel": address.channel, "thread": address.thread}


class MovedThreads(Repository[MovedThread]):
    """Threads that no longer exist, found by the thread or by its owner (a conversation or a handoff)."""

    mapper = RowMapper(models.moved_threads, MovedThread)
    _of_thread = mapper.where(_is_thread(models.moved_threads))
    _of_owner = mapper.where(models.moved_threads.c.owner == bindparam("owner")).order_by(
        models.moved_threads.c.moved_at, models.moved_threads.c.id
    )

    def of_thread(self, address: ThreadAddress) -> MovedThread | None:
        return self._one(self._of_thread, **_thread_values(address))

    def of_owner(self, owner: str) -> list[MovedThread]:
        return self._all(self._of_owner, owner=owner)


def _owner_of_moved(*, by_new_thread: bool) -> ScalarSelect[str]:
    """Selects the owner of a thread that moved, found by the old thread and, if wanted, by the new one as well."""
    moved = models.moved_threads.c
    matches = moved.thread == bindparam("thread")
    if by_new_thread:
        matches = or_(matches, moved.moved_to == bindparam("thread"))
    return select(moved.owner).where(_is_channel(models.moved_threads), matches).limit(1).scalar_subquery()


class Conversations(Repository[Conversation]):
    """Conversations, found by thread or by recency."""

    mapper = RowMapper(models.conversations, Conversation)
    _is_own_thread = _is_thread(models.conversations)
    # Without agent view one conversation spans several threads; each of its questions has its own.
    _with_question_in_thread = (
        select(models.questions.c.conversation_id).where(_is_thread(models.questions)).limit(1).scalar_subquery()
    )
    _owner_of_moved = _owner_of_moved(by_new_thread=True)
    _of_thread = (
        mapper.where(
            or_(
                _is_own_thread,
                models.conversations.c.id == _with_question_in_thread,
                models.conversations.c.id == _owner_of_moved,
            )
        )
        .order_by(case((_is_own_thread, 0), (models.conversations.c.id == _with_question_in_thread, 1), else_=2))
        .limit(1)
    )
    _latest = mapper.where(_is_channel(models.conversations)).order_by(models.conversations.c.last_at.desc()).limit(1)

    _before = select(exists().where(models.conversations.c.opened_at < bindparam("at")))
    _idle = (
        mapper.where(models.conversations.c.idle_at <= bindparam("now"))
        .order_by(models.conversations.c.idle_at)
        .limit(bindparam("most"))
    )

    def of_thread(self, address: ThreadAddress) -> Conversation | None:
        return self._one(self._of_thread, **_thread_values(address))

    def latest_in(self, surface: str, channel: str) -> Conversation | None:
        return self._one(self._latest, surface=surface, channel=channel)

    def has_any_before(self, at: float) -> bool:
        return bool(self._connection.execute(self._before, {"at": at}).scalar())

    def idle(self, now: float, most: int) -> list[Conversation]:
        return self._all(self._idle, now=now, most=most)


class Questions(Repository[Question]):
    """Questions, found by message or by conversation."""

    mapper = RowMapper(models.questions, Question)
    _of_message = mapper.where(_is_message(models.questions))
    _waiting = mapper.where(
        models.questions.c.conversation_id == bindparam("conversation_id"),
        models.questions.c.state == QuestionState.WAITING.value,
        models.questions.c.handoff_id.is_(None),
    ).order_by(models.questions.c.asked_at)
    _recent = mapper.where(
        models.questions.c.conversation_id == bindparam("conversation_id"),
        models.questions.c.asked_at >= bindparam("since"),
        models.questions.c.handoff_id.is_(None),
    ).order_by(models.questions.c.asked_at)
    # The state is a literal because SQLite does not use a partial index for a bound parameter.
    _waiting_since = (
        select(models.questions.c.asked_at)
        .where(text("state = 'waiting'"), models.questions.c.asked_at <= bindparam("before"))
        .order_by(models.questions.c.asked_at)
    )

    def of_message(self, address: Address) -> Question | None:
        return self._one(self._of_message, surface=address.surface, channel=address.channel, message=address.message)

    def waiting_in(self, conversation_id: str) -> list[Question]:
        return self._all(self._waiting, conversation_id=conversation_id)

    def recent_in(self, conversation_id: str, since: float) -> list[Question]:
        return self._all(self._recent, conversation_id=conversation_id, since=since)

    def waiting_since(self, before: float) -> list[float]:
        return self._connection.execute(self._waiting_since, {"before": before}).scalars()


class Answers(Repository[Answer]):
    """Answers, found by question or by the message that shows them."""

    mapper = RowMapper(models.answers, Answer)
    _of_question = mapper.where(models.answers.c.question_id == bindparam("question_id"))
    _of_post = mapper.where(
        models.answers.c.posted == bindparam("message"),
        models.answers.c.conversation_id == models.conversations.c.id,
        models.conversations.c.surface == bindparam("surface"),
        models.conversations.c.channel == bindparam("channel"),
    )
    _mark_posted = (
        update(models.answers).where(models.answers.c.id == bindparam("old_id")).values(posted=bindparam("message"))
    )

    def of_question(self, question_id: str) -> Answer | None:
        return self._one(self._of_question, question_id=question_id)

    def of_post(self, address: Address) -> Answer | None:
        return self._one(self._of_post, message=address.message, surface=address.surface, channel=address.channel)

    def mark_posted(self, id: str, message: str) -> None:
        self._connection.execute(self._mark_posted, {"old_id": id, "message": message})
        self._forget(id)


class Verdicts(Repository[Verdict]):
    """Verdicts, found by answer and person."""

    mapper = RowMapper(models.verdicts, Verdict)
    _of = mapper.where(
        models.verdicts.c.answer_id == bindparam("answer_id"), models.verdicts.c.person == bindparam("person")
    )
    _on = mapper.where(models.verdicts.c.answer_id == bindparam("answer_id")).order_by(models.verdicts.c.given_at)

    def __init__(self, connection: CompiledConnection, answers: Answers) -> None:
        super().__init__(connection)
        self._answers = answers

    def of(self, answer_id: str, person: str) -> Verdict | None:
        return self._one(self._of, answer_id=answer_id, person=person)

    def on(self, answer_id: str) -> list[Verdict]:
        if self._answers.has_added(answer_id):
            return [verdict for verdict in self._known.values() if verdict.answer_id == answer_id]
        return self._all(self._on, answer_id=answer_id)


class Handoffs(Repository[Handoff]):
    """Handoffs, found by conversation or by thread.

    A conversation has few, which are asked for in several ways in one transaction: they are read all, and once.
    """

    mapper = RowMapper(models.handoffs, Handoff)
    _highest = select(func.max(models.handoffs.c.number))
    _in = mapper.where(models.handoffs.c.conversation_id == bindparam("conversation_id"))
    # Spelled exactly as in the partial index, which would not be used otherwise.
    _open_of = (
        mapper.where(models.handoffs.c.conversation_id == models.conversations.c.id)
        .where(
            models.conversations.c.employee == bindparam("employee"),
            models.conversations.c.surface == bindparam("surface"),
            models.handoffs.c.opened_at >= bindparam("since"),
            text("handoffs.state != 'resolved'"),
        )
        .order_by(models.handoffs.c.number)
    )
    _unposted = (
        mapper.where(models.handoffs.c.channel == bindparam("channel"), models.handoffs.c.thread.is_(None))
        .where(
            text("handoffs.state != 'resolved'"),
            ~exists().where(
                models.effects.c.subject == models.handoffs.c.id,
                models.effects.c.kind == kind_name(PostMessage, Card),
                models.effects.c.settled_at.is_(None),
            ),
        )
        .order_by(models.handoffs.c.number)
    )
    _past_target = (
        mapper.where(models.handoffs.c.answer_by <= bindparam("now"))
        .where(text("state != 'resolved'"), text("state = 'open'"))
        .order_by(models.handoffs.c.answer_by)
    )
    _is_own_thread = _is_thread(models.handoffs)
    _of_thread = (
        mapper.where(or_(_is_own_thread, models.handoffs.c.id == _owner_of_moved(by_new_thread=False)))
        .order_by(case((_is_own_thread, 0), else_=1))
        .limit(1)
    )
    _of_ticket = mapper.where(
        models.handoffs.c.ticket_ref_id == bindparam("ticket_id"),
        models.handoffs.c.ticket_ref_system == bindparam("system"),
    )

    def __init__(self, connection: CompiledConnection, conversations: Conversations) -> None:
        super().__init__(connection)
        self._conversations = conversations
        self._ids_in: dict[str, list[str]] = {}

    def add(self, row: Handoff) -> None:
        super().add(row)
        ids = self._known_ids_in(row.conversation_id)
        if ids is not None:
            ids.append(row.id)

    def next_number(self) -> int:
        return (self._connection.execute(self._highest).scalar() or 0) + 1

    def open_in(self, conversation_id: str) -> Handoff | None:
        return next((one for one in self.all_in(conversation_id) if one.state is not HandoffState.RESOLVED), None)

    def latest_in(self, conversation_id: str) -> Handoff | None:
        return next(iter(self.all_in(conversation_id)), None)

    def current_in(self, conversation_id: str) -> Handoff | None:
        return self.open_in(conversation_id) or self.latest_in(conversation_id)

    def all_in(self, conversation_id: str) -> list[Handoff]:
        ids = self._known_ids_in(conversation_id)
        if ids is None:
            handoffs = self._all(self._in, conversation_id=conversation_id)
            self._ids_in[conversation_id] = [handoff.id for handoff in handoffs]
        else:
            handoffs = [handoff for id in ids if (handoff := self.get(id)) is not None]
        return sorted(handoffs, key=lambda handoff: handoff.number, reverse=True)

    def _known_ids_in(self, conversation_id: str) -> list[str] | None:
        """Returns the ids of all handoffs of a conversation, or None if they were not read."""
        if self._conversations.has_added(conversation_id):
            return self._ids_in.setdefault(conversation_id, [])
        return self._ids_in.get(conversation_id)

    def of_thread(self, address: ThreadAddress) -> Handoff | None:
        return self._one(self._of_thread, **_thread_values(address))

    def of_ticket(self, system: str, id: str) -> Handoff | None:
        return self._one(self._of_ticket, system=system, ticket_id=id)

    def open_of(self, surface: str, employee: str, since: float) -> list[Handoff]:
        return self._all(self._open_of, surface=surface, employee=employee, since=since)

    def unposted(self, channel: str) -> list[Handoff]:
        return self._all(self._unposted, channel=channel)

    def past_target(self, now: float) -> list[Handoff]:
        return self._all(self._past_target, now=now)


class Alarms(Repository[AlarmRecord]):
    """Alarms, found by cause while they stand."""

    mapper = RowMapper(models.alarms, AlarmRecord)
    # Spelled exactly as in the partial index, which would not be used otherwise.
    _standing = mapper.where().where(text("over_at IS NULL"))
    _of_cause = _standing.where(models.alarms.c.cause == bindparam("cause"))
    _unposted = _standing.where(models.alarms.c.unposted.is_(True)).order_by(models.alarms.c.since)

    def __init__(self, connection: CompiledConnection, known: Known) -> None:
        super().__init__(connection)
        self._facts = known

    def add(self, row: AlarmRecord) -> None:
        self._facts.forget_alarm(row.cause)
        super().add(row)

    def save(self, row: AlarmRecord) -> None:
        self._facts.forget_alarm(row.cause)
        super().save(row)

    def standing(self, cause: str) -> AlarmRecord | None:
        found = self._one(self._of_cause, cause=cause)
        if found is None:
            self._facts.note_quiet(cause)
        return found

    def may_stand(self, cause: str) -> bool:
        return not self._facts.is_quiet(cause)

    def unposted(self) -> list[AlarmRecord]:
        return self._all(self._unposted)


class Relays(Repository[Relay]):
    """Messages of a conversation that people own, found by message, file or handoff."""

    mapper = RowMapper(models.relays, Relay)
    _of_message = mapper.where(_is_message(models.relays))
    _in_handoff = models.relays.c.handoff_id == bindparam("handoff_id")
    _from_employee = models.relays.c.to_employee.is_(False)
    _order = (models.relays.c.written_at, models.relays.c.id)
    _delayed = mapper.where(_in_handoff, models.relays.c.state == RelayState.DELAYED.value).order_by(*_order)
    _of_employee = mapper.where(_in_handoff, _from_employee, models.relays.c.state == RelayState.SENT.value).order_by(
        *_order
    )
    _asked_of_employee = mapper.where(
        _in_handoff, _from_employee, models.relays.c.state == RelayState.ASKED.value
    ).order_by(*_order)
    _kept = mapper.where(
        models.relays.c.conversation_id == bindparam("conversation_id"),
        models.relays.c.state == RelayState.KEPT.value,
    ).order_by(*_order)
    # A table of its own, because a file cannot be looked up in the JSON of `relays.files`.
    _with_file = select(models.relay_files.c.relay_id).where(models.relay_files.c.file == bindparam("file"))
    _of_file = mapper.where(
        models.relays.c.id.in_(_with_file), models.relays.c.surface == bindparam("surface")
    ).order_by(*_order)
    _insert_file: ClassVar = {
        "sqlite": sqlite_insert(models.relay_files).on_conflict_do_nothing(),
        "postgresql": postgresql_insert(models.relay_files).on_conflict_do_nothing(),
    }

    def add(self, row: Relay) -> None:
        super().add(row)
        self._add_files(row)

    def save(self, row: Relay) -> None:
        known = self._known.get(row.id)
        super().save(row)
        if known is None or known.files != row.files:
            self._add_files(row)

    def _add_files(self, row: Relay) -> None:
        statement = self._insert_file[self._connection.dialect.name]
        for number, file in enumerate(row.files, start=1):
            values = {"id": f"{row.id}:{number}", "file": file.id, "relay_id": row.id, "written_at": row.written_at}
            self._connection.execute(statement, values)

    def of_message(self, address: Address) -> Relay | None:
        return self._one(self._of_message, surface=address.surface, channel=address.channel, message=address.message)

    def of_file(self, surface: str, file: str) -> list[Relay]:
        return self._all(self._of_file, surface=surface, file=file)

    def delayed_in(self, handoff_id: str) -> list[Relay]:
        return self._all(self._delayed, handoff_id=handoff_id)

    def of_employee_in(self, handoff_id: str) -> list[Relay]:
        return self._all(self._of_employee, handoff_id=handoff_id)

    def asked_of_employee_in(self, handoff_id: str) -> list[Relay]:
        return self._all(self._asked_of_employee, handoff_id=handoff_id)

    def kept_in(self, conversation_id: str) -> list[Relay]:
        return self._all(self._kept, conversation_id=conversation_id)


class Decisions(Repository[DecisionRecord]):
    """Decisions in which a rule fired."""

    mapper = RowMapper(models.decisions, DecisionRecord)
    _without_handoff = mapper.where(
        models.decisions.c.conversation_id == bindparam("conversation_id"), models.decisions.c.handoff_id.is_(None)
    ).order_by(models.decisions.c.decided_at, models.decisions.c.id)

    def __init__(self, connection: CompiledConnection, conversations: Conversations) -> None:
        super().__init__(connection)
        self._conversations = conversations

    def without_handoff_in(self, conversation_id: str) -> list[DecisionRecord]:
        if self._conversations.has_added(conversation_id):
            return [
                one for one in self._known.values() if one.conversation_id == conversation_id and not one.handoff_id
            ]
        return self._all(self._without_handoff, conversation_id=conversation_id)


class Timeline(Repository[TimelineEntry]):
    """Events of handoffs."""

    mapper = RowMapper(models.timeline, TimelineEntry)
    _of_handoff = mapper.where(models.timeline.c.handoff_id == bindparam("handoff_id")).order_by(
        models.timeline.c.at, models.timeline.c.id
    )

    def of_handoff(self, handoff_id: str) -> list[TimelineEntry]:
        return self._all(self._of_handoff, handoff_id=handoff_id)


class Articles(Repository[Article]):
    """Articles, found by their gap or by their channel while they have no card there."""

    mapper = RowMapper(models.articles, Article)
    _of_gap = mapper.where(models.articles.c.source_gap_id == bindparam("gap_id"))
    # Spelled exactly as in the partial index, which would not be used otherwise.
    _without_card = (
        mapper.where(models.articles.c.channel == bindparam("channel"))
        .where(text("card IS NULL"))
        .order_by(models.articles.c.id)
    )

    def of_gap(self, gap_id: str) -> Article | None:
        return self._one(self._of_gap, gap_id=gap_id)

    def without_card(self, channel: str) -> list[Article]:
        return self._all(self._without_card, channel=channel)


class Digests(Repository[DigestRecord]):
    """The digests of the review."""

    mapper = RowMapper(models.digests, DigestRecord)
    _of_week = mapper.where(models.digests.c.week == bindparam("week"))

    def of_week(self, week: str) -> DigestRecord | None:
        return self._one(self._of_week, week=week)


class Gaps(Repository[GapRecord]):
    """Gaps that are known from one week to the next."""

    mapper = RowMapper(models.gaps, GapRecord)


class GapQueues(Repository[GapQueue]):
    """The messages that show gaps one by one."""

    mapper = RowMapper(models.gap_queues, GapQueue)


class LocalTickets(Repository[LocalTicket]):
    """Tickets of the `local` ticket system."""

    mapper = RowMapper(models.local_tickets, LocalTicket)
    _of_key = mapper.where(models.local_tickets.c.key == bindparam("key"))

    def of_key(self, key: str) -> LocalTicket | None:
        return self._one(self._of_key, key=key)


class EffectMapper(RowMapper[Effect]):
    """Stores the body of an effect as JSON and its kind, which names the class, in a column of its own."""

    def __init__(self) -> None:
        super().__init__(models.effects, Effect)
        self._fields = [column.name for column in self.columns]
        self.columns = [*self.columns, models.effects.c.kind]
        self.by_id = self.where(models.effects.c.id == bindparam("id"))

    def encode(self, row: Effect) -> dict[str, Any]:
        values = {name: getattr(row, name) for name in Effect.__dataclass_fields__}
        return {
            **values,
            "state": row.state.value,
            "kind": row.kind,
            "body": encode_json(type(row.body), row.body),
        }

    def decode(self, row: Sequence[Any]) -> Effect:
        *values, kind = row
        fields = dict(zip(self._fields, values, strict=True))
        return Effect(
            **{**fields, "state": EffectState(fields["state"]), "body": decode_json(BODIES[kind], fields["body"])}
        )


class Effects(Repository[Effect]):
    """Effects, found by key or by subject. `save` never writes the body, which is frozen."""

    mapper: EffectMapper = EffectMapper()
    _begin = _add_if_free(
        models.effects,
        postgresql_insert(models.effects).on_conflict_do_nothing(
            index_elements=["lane"], index_where=text("owner IS NOT NULL")
        ),
    )
    _to_claim = mapper.by_id.add_columns(_is_next("effects"))
    _of_key = mapper.where(models.effects.c.key == bindparam("key"))
    _of_kind = (models.effects.c.subject == bindparam("subject"), models.effects.c.kind == bindparam("kind"))
    _latest = mapper.where(*_of_kind).order_by(models.effects.c.id.desc()).limit(1)
    # Locked against a claim: on PostgreSQL a concurrent claim waits, and one that committed first is seen.
    _waiting = _latest.where(models.effects.c.state == EffectState.PENDING.value).with_for_update()
    _unsettled = select(models.effects.c.id).where(*_of_kind, models.effects.c.settled_at.is_(None)).limit(1)
    _errors = select(models.effects.c.error).where(
        models.effects.c.settled_at.is_(None),
        models.effects.c.kind == bindparam("kind"),
        models.effects.c.decided_at < bindparam("decided_at"),
        models.effects.c.error.is_not(None),
    )
    _saved = ("state", "attempts", "outcome", "error", "first_tried_at", "settled_at")
    _end = mapper.update.where(
        or_(*(models.effects.c.state == state.value for state in (EffectState.PENDING, EffectState.SENDING)))
    )
    _end_claimed = _end.where(models.effects.c.attempts == bindparam("claim"))
    _renew = mapper.update.where(models.effects.c.settled_at.is_not(None))
    _complete = update(models.effects).where(models.effects.c.id == bindparam("old_id")).values(body=bindparam("body"))

    def __init__(self, connection: CompiledConnection, jobs: TransactionJobs) -> None:
        super().__init__(connection)
        self._jobs = jobs

    def begin(self, job: Job, effect: Effect) -> bool:
        if not self._jobs.may_be_free(effect.lane):
            return False
        if self._connection.dialect.name == "sqlite":
            self.add(effect)
        else:
            values = {**self.mapper.encode(effect), "owner": self._jobs.owner, "free_lane": effect.lane}
            if self._connection.execute(self._begin, values).first() is None:
                return False
            self._known[effect.id] = effect
        self._jobs.note_begun(job, effect)
        return True

    def to_claim(self, id: str) -> tuple[Effect | None, bool]:
        if self._connection.dialect.name == "sqlite":
            return self.get(id), True
        row = self._connection.execute(self._to_claim, {"id": id}).first()
        return (None, True) if row is None else (self._remember(self.mapper.decode(row[:-1])), bool(row[-1]))

    def claim(self, effect: Effect) -> None:
        self._save(effect, self._owner(self._jobs.owner))

    def release(self, effect: Effect) -> None:
        self._save(effect, self._owner(None))

    def of_key(self, key: str) -> Effect | None:
        return self._one(self._of_key, key=key)

    def waiting(self, body: type[Body], subject: str) -> Effect | None:
        return self._one(self._waiting, kind=kind_name(body), subject=subject)

    def latest(self, body: type[Body], subject: str) -> Effect | None:
        return self._one(self._latest, kind=kind_name(body), subject=subject)

    def is_unsettled(self, body: type[Body], subject: str, content: type[Content] | None = None) -> bool:
        found = self._connection.execute(self._unsettled, {"kind": kind_name(body, content), "subject": subject})
        return found.first() is not None

    def errors_before(self, effect: Effect) -> list[str]:
        values = {"kind": effect.kind, "decided_at": effect.decided_at}
        return self._connection.execute(self._errors, values).scalars()

    def save(self, row: Effect) -> None:
        self._save(row, {} if row.settled_at is None else self._owner(None))

    def _save(self, row: Effect, owner: dict[str, int | None]) -> None:
        changes = self._values(row)
        known = self._known.get(row.id)
        if known is not None:
            before = self._values(known)
            changes = {name: value for name, value in changes.items() if value != before[name]}
        self._update(row.id, changes | owner)
        self._forget(row.id)

    def end(self, effect: Effect, *, claim: int | None) -> bool:
        self._forget(effect.id)
        values = {**self._values(effect), **self._owner(None), "old_id": effect.id}
        if claim is None:
            return self._connection.execute(self._end, values).rowcount == 1
        return self._connection.execute(self._end_claimed, {**values, "claim": claim}).rowcount == 1

    def renew(self, id: str, now: float, trace: str | None) -> bool:
        fresh = dict.fromkeys(self._saved, None)
        values = {**fresh, "state": EffectState.PENDING.value, "attempts": 0, "decided_at": now, "trace": trace}
        self._forget(id)
        return self._connection.execute(self._renew, {"old_id": id, **values}).rowcount == 1

    def complete(self, effect: Effect) -> None:
        self._connection.execute(
            self._complete, {"old_id": effect.id, "body": encode_json(type(effect.body), effect.body)}
        )
        self._forget(effect.id)

    def _owner(self, id: int | None) -> dict[str, int | None]:
        """Returns the owner as the value of a column, which a database for one process does not need."""
        return {} if self._connection.dialect.name == "sqlite" else {"owner": id}

    def _values(self, effect: Effect) -> dict[str, Any]:
        return {
            "state": effect.state.value,
            "attempts": effect.attempts,
            "outcome": effect.outcome,
            "error": effect.error,
            "first_tried_at": effect.first_tried_at,
            "settled_at": effect.settled_at,
        }


class Transaction:
    """All repositories of the desk on one connection, inside one transaction.

    One for each run of a piece of work, because the repositories keep the rows that they have read.
    """

    def __init__(self, connection: Connection, jobs: TransactionJobs, known: Known | None = None) -> None:
        known = known or Known()
        self.connection = connection
        self.jobs = jobs
        self.known = known
        compiled = CompiledConnection(connection)
        self.inbox = Inbox(compiled, jobs)
        self.scheduled_jobs = ScheduledJobs(compiled, known)
        self.conversations = Conversations(compiled)
        self.questions = Questions(compiled)
        self.answers = Answers(compiled)
        self.verdicts = Verdicts(compiled, self.answers)
        self.handoffs = Handoffs(compiled, self.conversations)
        self.moved_threads = MovedThreads(compiled)
        self.relays = Relays(compiled)
        self.alarms = Alarms(compiled, known)
        self.effects = Effects(compiled, jobs)
        self.decisions = Decisions(compiled, self.conversations)
        self.timeline = Timeline(compiled)
        self.articles = Articles(compiled)
        self.digests = Digests(compiled)
        self.gaps = Gaps(compiled)
        self.gap_queues = GapQueues(compiled)
        self.local_tickets = LocalTickets(compiled)
        self.audit = AuditTrail(compiled)
