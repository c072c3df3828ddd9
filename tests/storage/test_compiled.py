"""Statements run by the driver: the same rows and errors as those that SQLAlchemy runs."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Enum,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    Text,
    bindparam,
    create_engine,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError, IntegrityError

from storage.compiled import CompiledConnection
from storage.interfaces import Database
from storage.repositories import Transaction


class Size(enum.Enum):
    """Stored by name."""

    SMALL = 1
    LARGE = 2


THINGS = Table(
    "things",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("name", Text, unique=True),
    Column("size", Enum(Size, native_enum=False)),
    Column("whole", Boolean),
    Column("parts", JSON),
    Column("picture", LargeBinary),
    Column("weight", Float(53)),
    Column("price", Numeric(10, 2)),
)
THING: dict[str, Any] = {
    "id": 1, "name": "50 % off", "size": Size.LARGE, "whole": True, "parts": {"a": [1, None]}, "picture": b"\x00\xff",
    "weight": 0.1, "price": None,
}  # fmt: skip
ADD = insert(THINGS)
ADD_RETURNING = insert(THINGS).returning(THINGS.c.id, THINGS.c.size)
ADD_ONCE = {
    "sqlite": sqlite_insert(THINGS).on_conflict_do_nothing().returning(THINGS.c.id),
    "postgresql": postgresql_insert(THINGS).on_conflict_do_nothing().returning(THINGS.c.id),
}
ALL = select(THINGS).order_by(THINGS.c.id)
SMALL_OR_LARGE = select(THINGS.c.name).where(
    or_(THINGS.c.size == Size.SMALL, THINGS.c.size == Size.LARGE), THINGS.c.name.contains("%", autoescape=True)
)
CHANGE = update(THINGS).where(THINGS.c.id == bindparam("old_id"))
PRICE = select(func.sum(THINGS.c.price), func.count(), THINGS.c.weight * 2).group_by(THINGS.c.weight)


async def _on(store: Database, work: Callable[[Transaction, CompiledConnection], Any]) -> Any:
    def run(tx: Transaction) -> Any:
        THINGS.create(tx.connection)
        try:
            return work(tx, CompiledConnection(tx.connection))
        finally:
            if not tx.connection.invalidated:
                tx.connection.exec_driver_sql("DROP TABLE things")

    return await store.run(run)


async def test_values_of_every_type_are_written_and_read_as_sqlalchemy_does(store: Database) -> None:
    def work(tx: Transaction, compiled: CompiledConnection) -> list[tuple[Any, Any]]:
        compiled.execute(ADD, THING)
        tx.connection.execute(ADD, {**THING, "id": 2, "name": "b", "size": None, "parts": None, "price": 3})
        compiled.execute(CHANGE, {"old_id": 1, "whole": False, "price": 2, "size": Size.SMALL})
        return [
            ([tuple(row) for row in compiled.execute(each)], [tuple(row) for row in tx.connection.execute(each)])
            for each in (ALL, SMALL_OR_LARGE, PRICE)
        ]

    read = await _on(store, work)

    assert [ours for ours, _ in read] == [theirs for _, theirs in read]
    assert read[0][0][0] == (*(THING | {"whole": False, "price": 2, "size": Size.SMALL}).values(),)
    assert read[1][0] == [("50 % off",)]


async def test_a_conflict_adds_nothing_and_returns_nothing(store: Database) -> None:
    def work(_tx: Transaction, compiled: CompiledConnection) -> list[Any]:
        once = ADD_ONCE[compiled.dialect.name]
        added = [compiled.execute(once, {"id": id, "name": "a"}).scalar() for id in (1, 1, 2)]
        row = compiled.execute(ADD_RETURNING, {"id": 3, "size": Size.LARGE}).first()
        changed = [compiled.execute(CHANGE, {"old_id": id, "weight": 2.0}).rowcount for id in (1, 9)]
        return [added, tuple(row or ()), changed]

    assert await _on(store, work) == [[1, None, None], (3, Size.LARGE), [1, 0]]


async def test_an_error_of_the_driver_is_that_of_sqlalchemy(store: Database) -> None:
    def work(tx: Transaction, run: Callable[[Transaction], Any]) -> BaseException:
        THINGS.create(tx.connection)
        CompiledConnection(tx.connection).execute(ADD, {"id": 1, "name": "a"})
        with pytest.raises(DBAPIError) as caught:
            run(tx)
        raise ZeroDivisionError from caught.value

    errors = []
    for run in (
        lambda tx: CompiledConnection(tx.connection).execute(ADD, {"id": 1, "name": "b"}),
        lambda tx: tx.connection.execute(ADD, {"id": 1, "name": "b"}),
    ):
        with pytest.raises(ZeroDivisionError) as caught:
            await store.run(work, run)
        errors.append(caught.value.__cause__)

    ours, theirs = errors
    assert isinstance(ours, IntegrityError)
    assert isinstance(theirs, IntegrityError)
    assert (type(ours), type(ours.orig), str(ours)) == (type(theirs), type(theirs.orig), str(theirs))


@pytest.mark.parametrize("names", [["a"], bindparam("names", expanding=True)])
async def test_a_list_is_refused(names: Any) -> None:
    connection = create_engine("sqlite://").connect()
    with connection, pytest.raises(ValueError, match="lists of this statement"):
        CompiledConnection(connection).execute(select(THINGS).where(THINGS.c.name.in_(names)), {"names": ["a"]})
