"""Queries and changes of the people that the directory of a surface keeps."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from bot.helpdesk.model.chat import KnownPerson, Person
from storage import models
from storage.interfaces import Database
from storage.repositories import Transaction

_people = models.people.c
_columns = [column for column in models.people.columns if column.name not in ("surface", "read_at")]
_since = (
    select(*_columns, _people.read_at)
    .where(_people.surface == bindparam("of_surface"), _people.read_at > bindparam("since"))
    .order_by(_people.read_at.desc())
    .limit(bindparam("most"))
)
_forget = delete(models.people).where(_people.surface == bindparam("of_surface"), _people.id == bindparam("of_person"))
_key = ["surface", "id"]
_kept = [column.name for column in models.people.columns if column.name not in _key]


def _upsert(new: Any) -> Any:
    return new.on_conflict_do_update(index_elements=_key, set_={name: new.excluded[name] for name in _kept})


_keep = {
    "sqlite": _upsert(sqlite_insert(models.people)),
    "postgresql": _upsert(postgresql_insert(models.people)),
}
# Changes in one transaction, which others wait for.
_BATCH = 50


class StoredPeople:
    """Implements the port `KeptPeople` on a store."""

    def __init__(self, store: Database) -> None:
        self._store = store

    async def people_since(self, surface: str, since: float, most: int) -> Sequence[KnownPerson]:
        return await self._store.read(read_people, surface, since, most)

    async def keep_people(self, surface: str, people: Sequence[KnownPerson], gone: Collection[str]) -> None:
        for start in range(0, len(people), _BATCH):
            await self._store.run(keep_people, surface, people[start : start + _BATCH])
        if gone:
            await self._store.run(forget_people, surface, gone)


def read_people(tx: Transaction, surface: str, since: float, most: int) -> tuple[KnownPerson, ...]:
    """Implements `KeptPeople.people_since`."""
    rows = tx.connection.execute(_since, {"of_surface": surface, "since": since, "most": most})
    names = [column.name for column in _columns]
    return tuple(KnownPerson(person=Person(**dict(zip(names, row[:-1], strict=True))), read_at=row[-1]) for row in rows)


def keep_people(tx: Transaction, surface: str, people: Sequence[KnownPerson]) -> None:
    """Stores people, each in place of what was stored of them. Nobody whose account is deactivated is stored."""
    for known in people:
        person = asdict(known.person)
        values = {column.name: person[column.name] for column in _columns}
        values |= {"surface": surface, "read_at": known.read_at}
        tx.connection.execute(_keep[tx.connection.dialect.name], values)


def forget_people(tx: Transaction, surface: str, gone: Collection[str]) -> None:
    """Deletes what is stored of people."""
    for id in gone:
        tx.connection.execute(_forget, {"of_surface": surface, "of_person": id})
