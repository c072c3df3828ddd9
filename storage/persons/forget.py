"""Forgets a person: deletes their words, and everything that leads to them, in short transactions beside a desk.

What has begun is noted in `forgettings`. Every step may be done again, so an interrupted run is begun anew, by the next
call or by the next start of a desk, and finds less to do. The conversations, which tell what belongs to the person, go
after everything else; the note goes last, with the key of the person's pseudonym in the audit trail.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock
from sqlalchemy import Select, Table, bindparam, case, delete, insert, or_, select, text, update
from sqlalchemy.engine import Connection

from bot.errors import StorageError
from bot.helpdesk.language.main_words import read_main_words
from bot.helpdesk.model.audit import AuditAct, AuditedPerson, AuditEntry
from bot.helpdesk.model.conversation import QuestionState
from bot.helpdesk.model.handoff import HandoffState
from bot.helpdesk.ports import Clock
from storage import models
from storage.audit import AuditTrail
from storage.compiled import CompiledConnection
from storage.inspection import DatabaseLocation, explained_errors, reading, refuse_unreadable, server_engine
from storage.persons.found import (
    CONVERSATIONS,
    FoundPerson,
    Key,
    complete,
    find_person,
    is_waiting,
    keys_of_mentions,
    swept_tables,
    text_columns,
)
from storage.persons.scrub import scrub
from storage.writing import writing

# Rows in one transaction, which a desk waits for: some 50 ms.
_BATCH = 2000
_FORGOTTEN = "forgotten"
# Key of the advisory lock under which persons are forgotten one after the other.
_FORGET_LOCK = 0x7570707B

Advance = Callable[[int, int], None]
"""Called with the number of rows that are done, and that of all."""

_con, _hof, _que, _ans = models.conversations.c, models.handoffs.c, models.questions.c, models.answers.c
_notes = models.forgettings.c
_is_noted = (_notes.surface == bindparam("of_surface"), _notes.person == bindparam("of_person"))
_noted = select(_notes.token, _notes.operator).where(*_is_noted)
_all_noted = select(_notes.surface, _notes.person).order_by(_notes.begun_at)
_OF_CONVERSATIONS = (
    models.questions,
    models.answers,
    models.decisions,
    models.handoffs,
    models.timeline,
    models.relays,
)


_IS_DRAFT = models.articles.c.approved_at.is_(None), models.articles.c.document_edition.is_(None)
# The columns that hold a person, each changed by one statement, because a person may have very many rows.
_NAMING = (
    _que.employee,
    _ans.sent_by,
    models.verdicts.c.person,
    models.timeline.c.person,
    _hof.claim_by,
    _hof.resolution_by,
    _hof.reveal_by,
    models.local_tickets.c.requester,
)
# From these a run that was interrupted finds again what leads to the person.
_LAST = (models.conversations, models.people, models.teams_people)


class InterruptedForgettingError(StorageError):
    """The run was told to end. What it has begun is finished by the next one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """A run. `token` stands in place of the person's ids; `stop` ends the run between two transactions."""

    location: DatabaseLocation
    person: FoundPerson
    token: str
    operator: str
    advance: Advance
    stop: threading.Event | None

    def in_batches(self, ids: Sequence[str], *steps: Callable[[Connection, list[str]], None]) -> None:
        """Does the steps with some rows after the other, each time in a transaction."""
        for start in range(0, len(ids), _BATCH):
            self.refuse_if_stopped()
            some = list(ids[start : start + _BATCH])
            with writing(self.location) as connection:
                for step in steps:
                    step(connection, some)

    def refuse_if_stopped(self) -> None:
        if self.stop is not None and self.stop.is_set():
            raise InterruptedForgettingError


@contextlib.contextmanager
def forgetting_one_by_one(location: DatabaseLocation) -> Iterator[None]:
    """Waits until nobody else forgets a person in this database, in whatever process."""
    if isinstance(location, Path):
        with FileLock(f"{location}.forget.lock", mode=0o600):
            yield
        return
    with explained_errors(location), server_engine(location).connect() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({_FORGET_LOCK})")
        yield


def _begin(location: DatabaseLocation, who: AuditedPerson, operator: str, clock: Clock) -> None:
    """Notes that a person is to be forgotten, unless an interrupted run has."""
    with writing(location) as connection:
        if not is_waiting(connection, who):
            token = f"{_FORGOTTEN}_{secrets.token_hex(6)}"
            new = {"token": token, "operator": operator, "begun_at": clock()}
            connection.execute(insert(models.forgettings), {"surface": who.surface, "person": who.id, **new})


def finish_forgettings(
    location: DatabaseLocation, clock: Clock, stop: threading.Event | None = None
) -> list[AuditedPerson]:
    """Forgets everybody whose forgetting has begun and not ended. Returns them."""
    refuse_unreadable(location)
    if not _read_all_noted(location):
        return []
    with forgetting_one_by_one(location):
        noted = _read_all_noted(location)
        for who in noted:
            _forget(location, who, clock, lambda done, total: None, stop)
    return noted


def forget_person(
    location: DatabaseLocation, who: AuditedPerson, operator: str, clock: Clock, advance: Advance
) -> None:
    """Forgets a person. From its beginning on it will be finished, whatever becomes of this process.

    Raises StorageError.
    """
    with forgetting_one_by_one(location):
        with reading(location) as connection:
            known = find_person(connection, who.id) is not None
        # Another call may have forgotten them meanwhile.
        if known:
            _begin(location, who, operator, clock)
            _forget(location, who, clock, advance, None)


def _read_all_noted(location: DatabaseLocation) -> list[AuditedPerson]:
    with reading(location) as connection:
        return [AuditedPerson(surface=surface, id=id) for surface, id in connection.execute(_all_noted)]


def _forget(
    location: DatabaseLocation, who: AuditedPerson, clock: Clock, advance: Advance, stop: threading.Event | None
) -> None:
    """Forgets a person who is noted."""
    of_person = {"of_surface": who.surface, "of_person": who.id}
    with reading(location) as connection:
        token, operator = connection.execute(_noted, of_person).one()
        run = _Run(
            location=location,
            person=complete(connection, who),
            token=token,
            operator=operator,
            advance=advance,
            stop=stop,
        )
        ids = {
            table.name: _ids(connection, table.c.conversation_id.in_(CONVERSATIONS), table, of_person)
            for table in _OF_CONVERSATIONS
        }
        ids["conversations"] = list(connection.execute(CONVERSATIONS, of_person).scalars())
    _forget_conversations(run, ids, clock)
    _forget_elsewhere(run)
    run.in_batches(ids["conversations"], _delete_moved_threads, _delete_conversations)
    scrub(location)
    _close(run, clock)
    scrub(location, rebuild=False)


def _ids(connection: Connection, condition: Any, table: Table, values: dict[str, str]) -> list[str]:
    return list(connection.execute(select(table.c.id).where(condition).order_by(table.c.id), values).scalars())


def _forget_conversations(run: _Run, ids: dict[str, list[str]], clock: Clock) -> None:
    """Deletes the words in the conversations of the person, and the effects that repeat them."""
    steps: list[tuple[str, Callable[[Connection, list[str]], None]]] = [
        ("questions", lambda connection, some: _empty_questions(connection, some, run.token)),
        ("answers", _empty_answers),
        ("decisions", _empty_decisions),
        ("handoffs", lambda connection, some: _empty_handoffs(connection, some, clock())),
        ("relays", _delete_relays),
        ("conversations", lambda connection, some: None),
    ]
    total, done = sum(len(ids[name]) for name, _ in steps), 0
    with writing(run.location) as connection:
        _delete_gaps(connection, ids["questions"])
    for name, step in steps:
        for start in range(0, len(ids[name]), _BATCH):
            some = ids[name][start : start + _BATCH]
            run.in_batches(some, step, _delete_effects)
            done += len(some)
            run.advance(done, total)
    _delete_scheduled_jobs(run, {one for some in ids.values() for one in some})


def _empty_questions(connection: Connection, ids: list[str], token: str) -> None:
    waits = _que.state == QuestionState.WAITING.value
    changed: dict[Any, Any] = {
        "text": "",
        "surface": "",
        "channel": token,
        "thread": _que.conversation_id,
        "message": _que.id,
        "state": case((waits, QuestionState.STOPPED.value), else_=_que.state),
        "revision": _que.revision + 1,
    }
    connection.execute(update(models.questions).where(_que.id.in_(ids)).values(changed))
    connection.execute(delete(models.probes).where(models.probes.c.question_id.in_(ids)))


def _empty_answers(connection: Connection, ids: list[str]) -> None:
    verdicts = models.verdicts.c
    emptied = {"text": "", "sources": "[]", "posted": None}
    connection.execute(update(models.answers).where(_ans.id.in_(ids)).values(emptied))
    of_answers = list(connection.execute(select(verdicts.id).where(verdicts.answer_id.in_(ids))).scalars())
    connection.execute(update(models.verdicts).where(verdicts.id.in_(of_answers)).values(reason=None))
    _delete_effects(connection, of_answers)


def _empty_decisions(connection: Connection, ids: list[str]) -> None:
    connection.execute(update(models.decisions).where(models.decisions.c.id.in_(ids)).values(reasons="[]"))


def _empty_handoffs(connection: Connection, ids: list[str], now: float) -> None:
    """Deletes the words of handoffs, and withdraws those that are open."""
    of_some = update(models.handoffs).where(_hof.id.in_(ids))
    connection.execute(
        of_some.values(grounds_reasons="[]", notices_text=None, notices_current=None, resolution_text=None, thread=None)
    )
    connection.execute(
        of_some.where(_hof.state != HandoffState.RESOLVED.value).values(
            state=HandoffState.RESOLVED.value, resolution_at=now, resolution_withdrawn=True, answer_by=None
        )
    )
    _empty_local_tickets(connection, ids)
    articles = models.articles.c
    connection.execute(delete(models.articles).where(articles.source_handoff_id.in_(ids), *_IS_DRAFT))


def _empty_local_tickets(connection: Connection, handoff_ids: list[str]) -> None:
    of_handoffs = select(_hof.ticket_ref_id).where(_hof.id.in_(handoff_ids), _hof.ticket_ref_system == "local")
    emptied = {"subject": "", "body": "", "notes": "[]", "requester": _FORGOTTEN}
    tickets = models.local_tickets
    connection.execute(update(tickets).where(tickets.c.id.in_(of_handoffs)).values(emptied))


def _delete_relays(connection: Connection, ids: list[str]) -> None:
    connection.execute(delete(models.relay_files).where(models.relay_files.c.relay_id.in_(ids)))
    connection.execute(delete(models.relays).where(models.relays.c.id.in_(ids)))


def _delete_effects(connection: Connection, subjects: list[str]) -> None:
    connection.execute(delete(models.effects).where(models.effects.c.subject.in_(subjects)))


def _delete_moved_threads(connection: Connection, owners: list[str]) -> None:
    connection.execute(delete(models.moved_threads).where(models.moved_threads.c.owner.in_(owners)))


def _delete_conversations(connection: Connection, ids: list[str]) -> None:
    connection.execute(delete(models.conversations).where(_con.id.in_(ids)))


def _delete_gaps(connection: Connection, question_ids: Sequence[str]) -> None:
    """Deletes gaps that are known by words of these questions, and the queues, which quote questions."""
    if not question_ids:
        return
    gaps = [(id, set(words.split())) for id, words in connection.execute(select(models.gaps.c.id, models.gaps.c.words))]
    connection.execute(delete(models.gap_queues))
    if not gaps:
        return
    own: list[frozenset[str]] = []
    for start in range(0, len(question_ids), _BATCH):
        some = select(_que.text).where(_que.id.in_(question_ids[start : start + _BATCH])).distinct()
        own += [read_main_words((words,))[0] for words in connection.execute(some).scalars() if words]
    gone = [id for id, words in gaps if any(words <= theirs for theirs in own)]
    connection.execute(delete(models.gaps).where(models.gaps.c.id.in_(gone)))


def _delete_scheduled_jobs(run: _Run, subjects: set[str]) -> None:
    """Deletes jobs about the person's rows. Their subject has no index, so all are read once."""
    jobs = models.scheduled_jobs
    with reading(run.location) as connection:
        found = [id for id, subject in connection.execute(select(jobs.c.id, jobs.c.subject)) if subject in subjects]
    run.in_batches(found, _delete_jobs)


def _delete_jobs(connection: Connection, ids: list[str]) -> None:
    connection.execute(delete(models.scheduled_jobs).where(models.scheduled_jobs.c.id.in_(ids)))


# What the person did elsewhere, and where others name them.


def _forget_elsewhere(run: _Run) -> None:
    """Deletes the person's words in conversations of others, and replaces what names them everywhere else."""
    who = run.person.who
    with writing(run.location) as connection:
        _forget_as_agent(connection, who)
        connection.execute(delete(models.events).where(models.events.c.channel.in_(run.person.channels)))
        _delete_queued(connection, run.person)
    for column in _NAMING:
        run.refuse_if_stopped()
        with writing(run.location) as connection:
            connection.execute(update(column.table).where(column == who.id).values({column: run.token}))
    for table in swept_tables():
        if table not in _LAST:
            _sweep(run, table)
    with writing(run.location) as connection:
        _sweep_conversations_of_others(connection, run)
        # Not before the sweep, which looks for the mail address that stands here.
        of_person = models.people.c.surface == who.surface, models.people.c.id == who.id
        connection.execute(delete(models.people).where(*of_person))
        connection.execute(delete(models.teams_people).where(models.teams_people.c.id == who.id))


def _forget_as_agent(connection: Connection, who: AuditedPerson) -> None:
    relays, verdicts = models.relays.c, models.verdicts.c
    written = select(relays.id).where(relays.author == who.id, relays.surface == who.surface)
    _delete_effects_of(connection, written)
    connection.execute(delete(models.relay_files).where(models.relay_files.c.relay_id.in_(written)))
    connection.execute(delete(models.relays).where(relays.author == who.id, relays.surface == who.surface))
    connection.execute(update(models.verdicts).where(verdicts.person == who.id).values(reason=None))
    articles = models.articles.c
    connection.execute(delete(models.articles).where(articles.written_by == who.id, *_IS_DRAFT))
    connection.execute(update(models.handoffs).where(_hof.resolution_by == who.id).values(resolution_text=None))
    asked = select(_que.id).where(_que.employee == who.id, _que.surface == who.surface)
    _delete_effects_of(connection, asked)
    connection.execute(update(models.answers).where(_ans.question_id.in_(asked)).values(text="", sources="[]"))
    connection.execute(update(models.questions).where(_que.id.in_(asked)).values(text=""))


def _delete_effects_of(connection: Connection, subjects: Select[Any]) -> None:
    connection.execute(delete(models.effects).where(models.effects.c.subject.in_(subjects)))


def _delete_queued(connection: Connection, person: FoundPerson) -> None:
    """Deletes jobs and effects whose lane or key names the person."""
    effects, jobs = models.effects.c, models.jobs.c
    for name in person.identifiers:
        named = or_(effects.lane.contains(name, autoescape=True), effects.key.contains(name, autoescape=True))
        connection.execute(delete(models.effects).where(named))
        connection.execute(delete(models.jobs).where(jobs.lane.contains(name, autoescape=True)))
        if connection.dialect.name == "postgresql":
            waiting = text("DELETE FROM procrastinate_jobs WHERE status <> 'doing' AND strpos(lock, :name) > 0")
            connection.execute(waiting, {"name": name})


def _sweep(run: _Run, table: Table) -> None:
    """Replaces what names the person in every row of a table."""
    with reading(run.location) as connection:
        found = keys_of_mentions(connection, run.person, table)
    for start in range(0, len(found), _BATCH):
        run.refuse_if_stopped()
        with writing(run.location) as connection:
            for key in found[start : start + _BATCH]:
                _replace(connection, table, key, run)


def _sweep_conversations_of_others(connection: Connection, run: _Run) -> None:
    for key in keys_of_mentions(connection, run.person, models.conversations):
        if connection.scalar(select(_con.employee).where(_con.id == key["id"])) != run.person.who.id:
            _replace(connection, models.conversations, key, run)


def _replace(connection: Connection, table: Table, key: Key, run: _Run) -> None:
    """Replaces what names the person in a row, as it is now."""
    is_it = [table.c[name] == value for name, value in key.items()]
    found = connection.execute(select(*text_columns(table)).where(*is_it)).mappings().first()
    row: dict[str, str | None] = dict(found or {})
    pattern = run.person.pattern
    changed = {
        name: run.token if pattern.fullmatch(value) else pattern.sub(_FORGOTTEN, value)
        for name, value in row.items()
        if value is not None and pattern.search(value)
    }
    if changed:
        connection.execute(update(table).where(*is_it).values(changed))


def _close(run: _Run, clock: Clock) -> None:
    """Accounts for it, and destroys the last that leads to the person."""
    who = run.person.who
    with writing(run.location) as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA secure_delete = ON")
        trail = AuditTrail(CompiledConnection(connection))
        trail.append(AuditEntry(act=AuditAct.FORGOTTEN, operator=run.operator, person=who), clock())
        trail.destroy_key(who)
        connection.execute(
            delete(models.forgettings).where(*_is_noted), {"of_surface": who.surface, "of_person": who.id}
        )
