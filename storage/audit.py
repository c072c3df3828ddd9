"""The audit trail in the database: appending to its chain, reading, verifying and pruning it.

The row of `audit_head` brings writers into an order: of two at once, the second finds the head changed. On PostgreSQL
its transaction then runs again, as after any conflict; a command tries again by itself. Triggers of the migration
refuse every change of a row, and every deletion but that of rows that the head names as pruned.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import ClassVar

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Connection

from bot.helpdesk.model.audit import (
    AuditBreak,
    AuditedPerson,
    AuditEntry,
    AuditHead,
    AuditRow,
    find_break,
    new_key,
    pseudonym,
)
from storage import models
from storage.compiled import CompiledConnection
from storage.inspection import DatabaseLocation, reading, refuse_unreadable

_HEAD = 1
_rows, _heads, _keys = models.audit.c, models.audit_head.c, models.audit_keys.c
_columns = [_rows[name] for name in AuditRow.__dataclass_fields__]
_head_columns = [_heads[name] for name in AuditHead.__dataclass_fields__]
_read_head = select(*_head_columns).where(_heads.id == _HEAD)
_begin = insert(models.audit_head).values(id=_HEAD, **asdict(AuditHead()))
_add = insert(models.audit)
# A comparison, because at READ COMMITTED another transaction may have moved the head since it was read.
_advance = (
    update(models.audit_head)
    .where(_heads.id == _HEAD, _heads.number == bindparam("before"))
    .values(number=bindparam("next"), hash=bindparam("new_hash"))
)
_read_key = select(_keys.key).where(_keys.surface == bindparam("of_surface"), _keys.person == bindparam("of_person"))
_drop_key = delete(models.audit_keys).where(
    _keys.surface == bindparam("of_surface"), _keys.person == bindparam("of_person")
)
_every_key = select(_keys.surface, _keys.person, _keys.key)
_since = select(*_columns, _rows.hash).where(_rows.at >= bindparam("since")).order_by(_rows.number)
_first_kept = select(func.min(_rows.number)).where(_rows.at >= bindparam("cutoff"))
_hash_of = select(_rows.hash).where(_rows.number == bindparam("of_number"))
_note_pruned = (
    update(models.audit_head)
    .where(_heads.id == _HEAD)
    .values(pruned_number=bindparam("last"), pruned_hash=bindparam("last_hash"))
)
_prune = delete(models.audit).where(_rows.number <= bindparam("last"))
_PRUNED_AT_ONCE = 500


class AuditTrail:
    """The chain, inside a transaction."""

    _add_key: ClassVar = {
        "sqlite": sqlite_insert(models.audit_keys).on_conflict_do_nothing(),
        "postgresql": postgresql_insert(models.audit_keys).on_conflict_do_nothing(),
    }

    def __init__(self, connection: CompiledConnection) -> None:
        self._connection = connection

    def append(self, entry: AuditEntry, now: float) -> None:
        """Adds a row behind the last one."""
        by, person = self._named(entry.by), self._named(entry.person)
        while True:
            head = self._head()
            row = AuditRow(
                number=head.number + 1,
                at=now,
                act=entry.act.value,
                by=by,
                operator=entry.operator,
                person=person,
                subject=entry.subject,
                detail=entry.detail,
            )
            hash = row.hash_after(head.hash)
            values = {"before": head.number, "next": row.number, "new_hash": hash}
            if self._connection.execute(_advance, values).rowcount == 1:
                self._connection.execute(_add, {**asdict(row), "hash": hash})
                return

    def destroy_key(self, person: AuditedPerson) -> None:
        """Destroys the key of a person: nothing in the trail leads to them any more."""
        self._connection.execute(_drop_key, {"of_surface": person.surface, "of_person": person.id})

    def _head(self) -> AuditHead:
        found = self._connection.execute(_read_head, {}).first()
        if found is not None:
            return AuditHead(**dict(zip(AuditHead.__dataclass_fields__, found, strict=True)))
        self._connection.execute(_begin, {})
        return AuditHead()

    def _named(self, person: AuditedPerson | None) -> str | None:
        """Returns the pseudonym of a person, with a new key for one who is not in the trail."""
        if person is None:
            return None
        of_person = {"of_surface": person.surface, "of_person": person.id}
        key = self._connection.execute(_read_key, of_person).scalar()
        if key is None:
            new = {"surface": person.surface, "person": person.id, "key": new_key()}
            self._connection.execute(self._add_key[self._connection.dialect.name], new)
            key = self._connection.execute(_read_key, of_person).scalar() or new["key"]
        return pseudonym(key, person)


def prune_audit(connection: Connection, before: float) -> int:
    """Deletes the oldest rows from before that time, a few hundred at most; returns how many.

    The head keeps the hash of the last one, from which the chain goes on.
    """
    found = connection.execute(_read_head).mappings().first()
    if found is None:
        return 0
    head = AuditHead(**found)
    kept = connection.execute(_first_kept, {"cutoff": before}).scalar() or head.number + 1
    last = min(kept - 1, head.pruned_number + _PRUNED_AT_ONCE)
    last_hash = connection.execute(_hash_of, {"of_number": last}).scalar()
    if last <= head.pruned_number or last_hash is None:
        return 0
    connection.execute(_note_pruned, {"last": last, "last_hash": last_hash})
    return connection.execute(_prune, {"last": last}).rowcount


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditVerdict:
    """The result of verifying the chain. `problem` None: it is whole."""

    head: AuditHead
    problem: AuditBreak | None


def verify_audit(location: DatabaseLocation) -> AuditVerdict:
    """Verifies the whole chain. Raises StorageError where there is no such database."""
    refuse_unreadable(location)
    with reading(location) as connection:
        return verify_chain(connection)


def verify_chain(connection: Connection) -> AuditVerdict:
    """Verifies the whole chain on an open connection."""
    found = connection.execute(_read_head).mappings().first()
    head = AuditHead(**found) if found else AuditHead()
    return AuditVerdict(head=head, problem=find_break(_read(connection, 0.0), head))


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditList:
    """Rows of the trail. `known` are the people behind the pseudonyms whose keys are still there."""

    rows: list[AuditRow]
    known: dict[str, AuditedPerson]

    def of(self, person: str) -> AuditList:
        """Returns what a person did, or what was done to them, by their id or pseudonym."""
        names = {name for name, one in self.known.items() if one.id == person} | {person}
        rows = [row for row in self.rows if not names.isdisjoint({row.by, row.person})]
        return AuditList(rows=rows, known=self.known)

    def knows(self, person: str) -> bool:
        """Returns whether a person is known by their id, or has a row."""
        return bool(self.rows) or any(one.id == person for one in self.known.values())


def read_audit(location: DatabaseLocation, since: float, person: str | None) -> AuditList:
    """Returns the rows since that time, oldest first, those of `person` if that is given."""
    refuse_unreadable(location)
    with reading(location) as connection:
        known = dict(_behind(*row) for row in connection.execute(_every_key))
        found = AuditList(rows=[row for row, _ in _read(connection, since)], known=known)
    return found if person is None else found.of(person)


def _behind(surface: str, id: str, key: str) -> tuple[str, AuditedPerson]:
    person = AuditedPerson(surface=surface, id=id)
    return pseudonym(key, person), person


def _read(connection: Connection, since: float) -> Iterator[tuple[AuditRow, str]]:
    for *values, hash in connection.execute(_since, {"since": since}):
        yield AuditRow(**dict(zip(AuditRow.__dataclass_fields__, values, strict=True))), hash
