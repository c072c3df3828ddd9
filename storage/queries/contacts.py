"""Queries and changes of the contacts of people and channels on Teams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import Select, Table, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from bot.helpdesk.model.contact import PersonContact, PlaceContact
from bot.helpdesk.ports import WorkPriority
from storage import models
from storage.interfaces import Database
from storage.repositories import Transaction

_people, _places = models.teams_people, models.teams_places


_PERSON = [field.name for field in fields(PersonContact)]
_PLACE = [field.name for field in fields(PlaceContact)]
_of_people: Select[Any] = select(*(_people.c[name] for name in _PERSON))
_latest = _of_people.order_by(_people.c.told_at.desc()).limit(bindparam("most"))
_person = _of_people.where(_people.c.id == bindparam("of_id"))
_of_chat = _of_people.where(_people.c.chat == bindparam("of_chat")).order_by(_people.c.told_at.desc()).limit(1)
_of_places: Select[Any] = select(*(_places.c[name] for name in _PLACE))
_place = _of_places.where(_places.c.channel == bindparam("of_channel"))


def _upsert(new: Any, table: Table) -> Any:
    """Returns the statement that stores a row in place of an earlier one, whose values stay where the new are NULL."""
    key = [column.name for column in table.primary_key.columns]
    kept = {
        column.name: func.coalesce(new.excluded[column.name], column) if column.nullable else new.excluded[column.name]
        for column in table.columns
        if column.name not in key
    }
    return new.on_conflict_do_update(index_elements=key, set_=kept)


_keep = {
    (name, table.name): _upsert(insert(table), table)
    for name, insert in (("sqlite", sqlite_insert), ("postgresql", postgresql_insert))
    for table in (_people, _places)
}


class StoredContacts:
    """Implements the port `KeptContacts` on a store. Contacts are kept before the event that brought them."""

    def __init__(self, store: Database) -> None:
        self._store = store
        self._accepting = store.with_priority(WorkPriority.ACCEPTING)

    async def people(self, most: int) -> Sequence[PersonContact]:
        return await self._store.read(_read_people, _latest, {"most": most})

    async def places(self) -> Sequence[PlaceContact]:
        return await self._store.read(_read_places, _of_places, {})

    async def person(self, id: str) -> PersonContact | None:
        return next(iter(await self._store.read(_read_people, _person, {"of_id": id})), None)

    async def person_of_chat(self, chat: str) -> PersonContact | None:
        return next(iter(await self._store.read(_read_people, _of_chat, {"of_chat": chat})), None)

    async def place(self, channel: str) -> PlaceContact | None:
        return next(iter(await self._store.read(_read_places, _place, {"of_channel": channel})), None)

    async def keep(self, person: PersonContact | None, place: PlaceContact | None) -> None:
        await self._accepting.run(_store, person, place)


def _read_people(tx: Transaction, statement: Select[Any], values: dict[str, Any]) -> list[PersonContact]:
    rows = tx.connection.execute(statement, values)
    return [PersonContact(**dict(zip(_PERSON, row, strict=True))) for row in rows]


def _read_places(tx: Transaction, statement: Select[Any], values: dict[str, Any]) -> list[PlaceContact]:
    rows = tx.connection.execute(statement, values)
    return [PlaceContact(**dict(zip(_PLACE, row, strict=True))) for row in rows]


def _store(tx: Transaction, person: PersonContact | None, place: PlaceContact | None) -> None:
    dialect = tx.connection.dialect.name
    for table, contact in ((_people, person), (_places, place)):
        if contact is not None:
            tx.connection.execute(_keep[dialect, table.name], asdict(contact))
