"""The tables as the desk's ports want them. All SQL of the product's own tables stands here."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import ScalarSelect, and_, bindparam, case, exists, func, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Connection

from bot.helpdesk.model.alarm import AlarmRecord
from bot.helpdesk.model.conversation import Answer, Conversation, Question, QuestionState, Verdict, new_id
from bot.helpdesk.model.decision_record import DecisionRecord
from bot.helpdesk.model.effects import BODIES, Body, Effect, EffectState, OpenThread
from bot.helpdesk.model.events import KINDS, InboxEntry, Input
from bot.helpdesk.model.handoff import Handoff, HandoffState
from bot.helpdesk.model.job import Job
from bot.helpdesk.model.local_ticket import LocalTicket
from bot.helpdesk.model.reference import ReferenceDraft
from bot.helpdesk.model.relay import Relay, RelayState
from bot.helpdesk.model.timeline import TimelineEntry
from bot.helpdesk.moved_threads import MovedThread
from bot.helpdesk.ports import Jobs as JobsPort
from storage import models
from storage.json_codec import from_json, to_json
from storage.row_mapper import Mapper, Rows


class Inputs:
    """What came in, kept until it is taken in."""

    _open = select(models.inputs.c.kind, models.inputs.c.payload).where(
        models.inputs.c.id == bindparam("id"), models.inputs.c.taken_in_at.is_(None)
    )
    _add: ClassVar = {
        "sqlite": sqlite_insert(models.inputs).on_conflict_do_nothing().returning(models.inputs.c.id),
        "postgresql": postgresql_insert(models.inputs).on_conflict_do_nothing().returning(models.inputs.c.id),
    }
    _add_again = (
        update(models.inputs)
        .where(models.inputs.c.key == bindparam("old_key"), models.inputs.c.taken_in_at.is_not(None))
        .values(payload=bindparam("payload"), received_at=bindparam("now"), taken_in_at=None)
        .returning(models.inputs.c.id)
    )
    _close = (
        update(models.inputs)
        .where(models.inputs.c.id == bindparam("old_id"))
        .values(payload=None, taken_in_at=bindparam("now"))
    )

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, accepted: InboxEntry, now: float) -> str | None:
        id = new_id("inp")
        row = {
            "id": id,
            "key": accepted.key,
            "gesture": accepted.gesture,
            "kind": type(accepted.given).__name__,
            "payload": to_json(accepted.given),
            "received_at": now,
            "taken_in_at": None,
        }
        statement = self._add[self._connection.dialect.name]
        return self._connection.execute(statement, row).scalar()

    def add_again(self, accepted: InboxEntry, now: float) -> str | None:
        row = {"old_key": accepted.key, "payload": to_json(accepted.given), "now": now}
        return self._connection.execute(self._add_again, row).scalar()

    def open(self, id: str) -> Input | None:
        row = self._connection.execute(self._open, {"id": id}).first()
        return None if row is None else from_json(KINDS[row.kind], row.payload)

    def close(self, id: str, now: float) -> None:
        self._connection.execute(self._close, {"old_id": id, "now": now})


class MovedThreads(Rows[MovedThread]):
    """Threads that are gone, found by themselves or by what went on elsewhere."""

    mapper = Mapper(models.moved_threads, MovedThread)
    _of_thread = mapper.where(
        models.moved_threads.c.channel == bindparam("channel"), models.moved_threads.c.thread == bindparam("thread")
    )
    _of_owner = mapper.where(models.moved_threads.c.owner == bindparam("owner")).order_by(
        models.moved_threads.c.moved_at, models.moved_threads.c.id
    )

    def of_thread(self, channel: str, thread: str) -> MovedThread | None:
        return self._one(self._of_thread, channel=channel, thread=thread)

    def of_owner(self, owner: str) -> list[MovedThread]:
        return self._all(self._of_owner, owner=owner)


def _owner_of_moved(*, arrived: bool) -> ScalarSelect[str]:
    """Whose thread this was or, of one that has `arrived`, whose it is now as well."""
    moved = models.moved_threads.c
    there = or_(moved.thread == bindparam("thread"), moved.moved_to == bindparam("thread"))
    thread = there if arrived else moved.thread == bindparam("thread")
    return select(moved.owner).where(moved.channel == bindparam("channel"), thread).limit(1).scalar_subquery()


class Conversations(Rows[Conversation]):
    """Conversations, found by thread or by recency."""

    mapper = Mapper(models.conversations, Conversation)
    _begun_there = and_(
        models.conversations.c.channel == bindparam("channel"), models.conversations.c.thread == bindparam("thread")
    )
    # Without agent view one conversation spans several threads; each of its questions knows its own.
    _asked_there = (
        select(models.questions.c.conversation_id)
        .where(models.questions.c.channel == bindparam("channel"), models.questions.c.thread == bindparam("thread"))
        .limit(1)
        .scalar_subquery()
    )
    _of_thread = (
        mapper.where(or_(_begun_there, models.conversations.c.id == _asked_there))
        .order_by(case((_begun_there, 0), else_=1))
        .limit(1)
    )
    _moved = mapper.where(models.conversations.c.id == _owner_of_moved(arrived=True))
    _latest = (
        mapper.where(models.conversations.c.channel == bindparam("channel"))
        .order_by(models.conversations.c.last_at.desc())
        .limit(1)
    )

    _idle = (
        mapper.where(models.conversations.c.idle_at <= bindparam("now"))
        .order_by(models.conversations.c.idle_at)
        .limit(bindparam("most"))
    )

    def of_thread(self, channel: str, thread: str) -> Conversation | None:
        found = self._one(self._of_thread, channel=channel, thread=thread)
        return found or self._one(self._moved, channel=channel, thread=thread)

    def latest_in(self, channel: str) -> Conversation | None:
        return self._one(self._latest, channel=channel)

    def idle(self, now: float, most: int) -> list[Conversation]:
        return self._all(self._idle, now=now, most=most)


class Questions(Rows[Question]):
    """Questions, found by message or by conversation."""

    mapper = Mapper(models.questions, Question)
    _of_message = mapper.where(
        models.questions.c.channel == bindparam("channel"), models.questions.c.message == bindparam("message")
    )
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
    # Written out because a partial index is not used for a bound parameter.
    _waiting_since = (
        select(models.questions.c.asked_at)
        .where(text("state = 'waiting'"), models.questions.c.asked_at <= bindparam("before"))
        .order_by(models.questions.c.asked_at)
    )

    def of_message(self, channel: str, message: str) -> Question | None:
        return self._one(self._of_message, channel=channel, message=message)

    def waiting_in(self, conversation_id: str) -> list[Question]:
        return self._all(self._waiting, conversation_id=conversation_id)

    def recent_in(self, conversation_id: str, since: float) -> list[Question]:
        return self._all(self._recent, conversation_id=conversation_id, since=since)

    def waiting_since(self, before: float) -> list[float]:
        return list(self._connection.execute(self._waiting_since, {"before": before}).scalars())


class Answers(Rows[Answer]):
    """Answers, found by question."""

    mapper = Mapper(models.answers, Answer)
    _of_question = mapper.where(models.answers.c.question_id == bindparam("question_id"))
    _mark_posted = (
        update(models.answers).where(models.answers.c.id == bindparam("old_id")).values(posted=bindparam("message"))
    )

    def of_question(self, question_id: str) -> Answer | None:
        return self._one(self._of_question, question_id=question_id)

    def mark_posted(self, id: str, message: str) -> None:
        self._connection.execute(self._mark_posted, {"old_id": id, "message": message})


class Verdicts(Rows[Verdict]):
    """Verdicts, found by answer and person."""

    mapper = Mapper(models.verdicts, Verdict)
    _of = mapper.where(
        models.verdicts.c.answer_id == bindparam("answer_id"), models.verdicts.c.person == bindparam("person")
    )
    _on = mapper.where(models.verdicts.c.answer_id == bindparam("answer_id")).order_by(models.verdicts.c.given_at)

    def of(self, answer_id: str, person: str) -> Verdict | None:
        return self._one(self._of, answer_id=answer_id, person=person)

    def on(self, answer_id: str) -> list[Verdict]:
        return self._all(self._on, answer_id=answer_id)


class Handoffs(Rows[Handoff]):
    """Handoffs, found by conversation or by thread."""

    mapper = Mapper(models.handoffs, Handoff)
    _highest = select(func.max(models.handoffs.c.number))
    _in = mapper.where(models.handoffs.c.conversation_id == bindparam("conversation_id")).order_by(
        models.handoffs.c.number.desc()
    )
    _open = _in.where(models.handoffs.c.state != HandoffState.RESOLVED.value)
    _latest = _in.limit(1)
    _current = (
        mapper.where(models.handoffs.c.conversation_id == bindparam("conversation_id"))
        .order_by(models.handoffs.c.state == HandoffState.RESOLVED.value, models.handoffs.c.number.desc())
        .limit(1)
    )
    # Spelled as in the index of open handoffs, or it would not be used.
    _unposted = (
        mapper.where(models.handoffs.c.channel == bindparam("channel"), models.handoffs.c.thread.is_(None))
        .where(
            text("handoffs.state != 'resolved'"),
            ~exists().where(
                models.effects.c.subject == models.handoffs.c.id,
                models.effects.c.kind == OpenThread.__name__,
                models.effects.c.settled_at.is_(None),
            ),
        )
        .order_by(models.handoffs.c.number)
    )
    _late = (
        mapper.where(models.handoffs.c.answer_by <= bindparam("now"))
        .where(text("state != 'resolved'"), text("state = 'open'"))
        .order_by(models.handoffs.c.answer_by)
    )
    _of_thread = mapper.where(
        models.handoffs.c.channel == bindparam("channel"), models.handoffs.c.thread == bindparam("thread")
    )
    _moved = mapper.where(models.handoffs.c.id == _owner_of_moved(arrived=False))

    _of_ticket = mapper.where(
        models.handoffs.c.ticket_id == bindparam("ticket_id"), models.handoffs.c.ticket_system == bindparam("system")
    )

    def next_number(self) -> int:
        return (self._connection.execute(self._highest).scalar() or 0) + 1

    def open_in(self, conversation_id: str) -> Handoff | None:
        return self._one(self._open, conversation_id=conversation_id)

    def latest_in(self, conversation_id: str) -> Handoff | None:
        return self._one(self._latest, conversation_id=conversation_id)

    def current_in(self, conversation_id: str) -> Handoff | None:
        return self._one(self._current, conversation_id=conversation_id)

    def all_in(self, conversation_id: str) -> list[Handoff]:
        return self._all(self._in, conversation_id=conversation_id)

    def of_thread(self, channel: str, thread: str) -> Handoff | None:
        found = self._one(self._of_thread, channel=channel, thread=thread)
        return found or self._one(self._moved, channel=channel, thread=thread)

    def of_ticket(self, system: str, id: str) -> Handoff | None:
        return self._one(self._of_ticket, system=system, ticket_id=id)

    def unposted(self, channel: str) -> list[Handoff]:
        return self._all(self._unposted, channel=channel)

    def past_target(self, now: float) -> list[Handoff]:
        return self._all(self._late, now=now)


class Alarms(Rows[AlarmRecord]):
    """Alarms, found by cause while they stand."""

    mapper = Mapper(models.alarms, AlarmRecord)
    # Spelled as in the partial index of those that stand.
    _standing = mapper.where().where(text("over_at IS NULL"))
    _of_cause = _standing.where(models.alarms.c.cause == bindparam("cause"))
    _unsaid = _standing.where(models.alarms.c.unsaid.is_(True)).order_by(models.alarms.c.since)

    def standing(self, cause: str) -> AlarmRecord | None:
        return self._one(self._of_cause, cause=cause)

    def unsaid(self) -> list[AlarmRecord]:
        return self._all(self._unsaid)


class Relays(Rows[Relay]):
    """What was written while people had a conversation, found by message."""

    mapper = Mapper(models.relays, Relay)
    _of_message = mapper.where(
        models.relays.c.channel == bindparam("channel"), models.relays.c.message == bindparam("message")
    )
    _leaving = mapper.where(
        models.relays.c.handoff_id == bindparam("handoff_id"), models.relays.c.state == RelayState.LEAVING.value
    ).order_by(models.relays.c.written_at, models.relays.c.id)

    _of_employee = mapper.where(
        models.relays.c.handoff_id == bindparam("handoff_id"),
        models.relays.c.to_employee.is_(False),
        models.relays.c.state == RelayState.SENT.value,
    ).order_by(models.relays.c.written_at, models.relays.c.id)

    _asked_of_employee = mapper.where(
        models.relays.c.handoff_id == bindparam("handoff_id"),
        models.relays.c.to_employee.is_(False),
        models.relays.c.state == RelayState.ASKED.value,
    ).order_by(models.relays.c.written_at, models.relays.c.id)

    _kept = mapper.where(
        models.relays.c.conversation_id == bindparam("conversation_id"),
        models.relays.c.state == RelayState.KEPT.value,
    ).order_by(models.relays.c.written_at, models.relays.c.id)

    # Which message lists a file stands in a table of its own, where it can be found by the file.
    _listing = select(models.relay_files.c.relay_id).where(models.relay_files.c.file == bindparam("file"))
    _of_file = mapper.where(models.relays.c.id.in_(_listing)).order_by(models.relays.c.written_at, models.relays.c.id)
    _list: ClassVar = {
        "sqlite": sqlite_insert(models.relay_files).on_conflict_do_nothing(),
        "postgresql": postgresql_insert(models.relay_files).on_conflict_do_nothing(),
    }

    def add(self, row: Relay) -> None:
        super().add(row)
        self._list_files(row)

    def save(self, row: Relay) -> None:
        super().save(row)
        self._list_files(row)

    def _list_files(self, row: Relay) -> None:
        statement = self._list[self._connection.dialect.name]
        for number, file in enumerate(row.files, start=1):
            listed = {"id": f"{row.id}:{number}", "file": file.id, "relay_id": row.id, "written_at": row.written_at}
            self._connection.execute(statement, listed)

    def of_message(self, channel: str, message: str) -> Relay | None:
        return self._one(self._of_message, channel=channel, message=message)

    def of_file(self, file: str) -> list[Relay]:
        return self._all(self._of_file, file=file)

    def leaving_in(self, handoff_id: str) -> list[Relay]:
        return self._all(self._leaving, handoff_id=handoff_id)

    def of_employee_in(self, handoff_id: str) -> list[Relay]:
        return self._all(self._of_employee, handoff_id=handoff_id)

    def asked_of_employee_in(self, handoff_id: str) -> list[Relay]:
        return self._all(self._asked_of_employee, handoff_id=handoff_id)

    def kept_in(self, conversation_id: str) -> list[Relay]:
        return self._all(self._kept, conversation_id=conversation_id)


class Decisions(Rows[DecisionRecord]):
    """Decisions that fired."""

    mapper = Mapper(models.decisions, DecisionRecord)


class Timeline(Rows[TimelineEntry]):
    """What happened to handoffs."""

    mapper = Mapper(models.timeline, TimelineEntry)
    _of_handoff = mapper.where(models.timeline.c.handoff_id == bindparam("handoff_id")).order_by(
        models.timeline.c.at, models.timeline.c.id
    )

    def of_handoff(self, handoff_id: str) -> list[TimelineEntry]:
        return self._all(self._of_handoff, handoff_id=handoff_id)


class ReferenceDrafts(Rows[ReferenceDraft]):
    """What agents want to become reference articles."""

    mapper = Mapper(models.reference_drafts, ReferenceDraft)


class LocalTickets(Rows[LocalTicket]):
    """Tickets of the `local` ticket system."""

    mapper = Mapper(models.local_tickets, LocalTicket)
    _of_key = mapper.where(models.local_tickets.c.key == bindparam("key"))

    def of_key(self, key: str) -> LocalTicket | None:
        return self._one(self._of_key, key=key)


class EffectMapper(Mapper[Effect]):
    """Effects keep their body as JSON and its class in a column of its own."""

    def __init__(self) -> None:
        super().__init__(models.effects, Effect)
        self.columns = [*self.columns, models.effects.c.kind]
        self.by_id = self.where(models.effects.c.id == bindparam("id"))

    def encode(self, row: Effect) -> dict[str, Any]:
        values = {name: getattr(row, name) for name in Effect.__dataclass_fields__}
        return {**values, "state": row.state.value, "kind": type(row.body).__name__, "body": to_json(row.body)}

    def decode(self, row: Any) -> Effect:
        values = dict(row._mapping)
        body = from_json(BODIES[values.pop("kind")], values.pop("body"))
        return Effect(**{**values, "state": EffectState(values["state"]), "body": body})


class Effects(Rows[Effect]):
    """Effects, found by key. Saving one writes what changes; its body was frozen when it was decided or completed."""

    mapper: EffectMapper = EffectMapper()
    _of_key = mapper.where(models.effects.c.key == bindparam("key"))
    _of_kind = (models.effects.c.subject == bindparam("subject"), models.effects.c.kind == bindparam("kind"))
    _latest = mapper.where(*_of_kind).order_by(models.effects.c.id.desc()).limit(1)
    # Kept from being claimed: on PostgreSQL a claim begun meanwhile waits, and one that was quicker is not overlooked.
    _waiting = _latest.where(models.effects.c.state == EffectState.PENDING.value).with_for_update()
    _unsettled = select(models.effects.c.id).where(*_of_kind, models.effects.c.settled_at.is_(None)).limit(1)
    _save = (
        update(models.effects)
        .where(models.effects.c.id == bindparam("old_id"))
        .values(
            {
                name: bindparam(name)
                for name in ("state", "attempts", "outcome", "error", "first_tried_at", "settled_at")
            }
        )
    )

    def save(self, row: Effect) -> None:
        self._connection.execute(self._save, self._changing(row))

    @staticmethod
    def _changing(row: Effect) -> dict[str, Any]:
        return {
            "old_id": row.id,
            "state": row.state.value,
            "attempts": row.attempts,
            "outcome": row.outcome,
            "error": row.error,
            "first_tried_at": row.first_tried_at,
            "settled_at": row.settled_at,
        }

    _still_open = models.effects.c.state.in_([EffectState.PENDING.value, EffectState.SENDING.value])
    _end = _save.where(_still_open)
    _end_claimed = _end.where(models.effects.c.attempts == bindparam("claim"))

    def end(self, effect: Effect, *, claim: int | None) -> bool:
        values = self._changing(effect)
        if claim is None:
            return self._connection.execute(self._end, values).rowcount == 1
        return self._connection.execute(self._end_claimed, {**values, "claim": claim}).rowcount == 1

    _errors = select(models.effects.c.error).where(
        models.effects.c.settled_at.is_(None),
        models.effects.c.kind == bindparam("kind"),
        models.effects.c.decided_at < bindparam("decided_at"),
        models.effects.c.error.is_not(None),
    )
    _complete = update(models.effects).where(models.effects.c.id == bindparam("old_id")).values(body=bindparam("body"))

    def of_key(self, key: str) -> Effect | None:
        return self._one(self._of_key, key=key)

    def errors_before(self, effect: Effect) -> list[str]:
        asked = {"kind": type(effect.body).__name__, "decided_at": effect.decided_at}
        return list(self._connection.execute(self._errors, asked).scalars())

    def complete(self, effect: Effect) -> None:
        self._connection.execute(self._complete, {"old_id": effect.id, "body": to_json(effect.body)})

    def waiting(self, kind: type[Body], subject: str) -> Effect | None:
        return self._one(self._waiting, kind=kind.__name__, subject=subject)

    def latest(self, kind: type[Body], subject: str) -> Effect | None:
        return self._one(self._latest, kind=kind.__name__, subject=subject)

    def is_unsettled(self, kind: type[Body], subject: str) -> bool:
        found = self._connection.execute(self._unsettled, {"kind": kind.__name__, "subject": subject})
        return found.first() is not None


class StoredJobs:
    """The queue of the embedded runner. `added` is what it learns of once the transaction is committed."""

    _add = insert(models.jobs)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.added: list[tuple[int, Job]] = []

    def enqueue(self, job: Job) -> None:
        values = {
            "kind": job.kind.value,
            "ref": job.ref,
            "lane": job.lane,
            "urgency": job.urgency,
            "run_at": job.run_at,
            "attempts": 0,
        }
        result = self._connection.execute(self._add, values)
        assert result.inserted_primary_key is not None
        self.added.append((result.inserted_primary_key[0], job))


class GatheredJobs:
    """Jobs that are handed to another queue before the transaction is committed."""

    def __init__(self) -> None:
        self.gathered: list[Job] = []

    def enqueue(self, job: Job) -> None:
        self.gathered.append(job)


class Transaction:
    """Everything the desk keeps, on one connection inside one transaction."""

    def __init__(self, connection: Connection, jobs: JobsPort) -> None:
        self.connection = connection
        self.jobs = jobs
        self.inputs = Inputs(connection)
        self.conversations = Conversations(connection)
        self.questions = Questions(connection)
        self.answers = Answers(connection)
        self.verdicts = Verdicts(connection)
        self.handoffs = Handoffs(connection)
        self.moved_threads = MovedThreads(connection)
        self.relays = Relays(connection)
        self.alarms = Alarms(connection)
        self.effects = Effects(connection)
        self.decisions = Decisions(connection)
        self.timeline = Timeline(connection)
        self.reference_drafts = ReferenceDrafts(connection)
        self.local_tickets = LocalTickets(connection)
