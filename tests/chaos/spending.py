"""Runs of a bad day: people act while the trouble happens; once everything has settled, the ledger is checked."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Iterator
from pathlib import Path

from tests.chaos.days import POSTGRES, Day
from tests.chaos.house import Extent, TroubledHouse, troubled_house
from tests.chaos.ledger import Balance, Books, balance
from tests.chaos.people import live
from tests.chaos.report import Account
from tests.postgres import Postgres, is_to_be_had


async def spend(
    day: Day, database: str, *, extent: Extent, seed: int, folder: Path, postgres: Postgres | None
) -> Account:
    """Runs a day on one database, in an empty folder with a short path, and returns its account.

    `postgres` provides the database, except for a day that restarts the server, which starts its own.
    """
    no_server = database == POSTGRES and not is_to_be_had()
    if (reason := "there is no PostgreSQL for this platform in a wheel" if no_server else day.why_not()) is not None:
        return Account(day=day, database=database, skipped=reason)
    begun = time.monotonic()
    chance = random.Random(f"{seed} {day.name} {database}")
    with day.room(folder) as room, _server(day, database, folder, postgres) as server:
        async with troubled_house(day.setting, extent, folder, room, server, chance) as house:
            ended = await _endured(day, house)
    took = time.monotonic() - begun
    return Account(day=day, database=database, balance=ended, troubles=house.troubles, seconds=took)


@contextlib.contextmanager
def _server(day: Day, database: str, folder: Path, shared: Postgres | None) -> Iterator[Postgres | None]:
    if database == POSTGRES and day.restarts_postgres:
        with Postgres(folder / "pg", crashes=True) as own:
            yield own
    else:
        yield shared if database == POSTGRES else None


async def _endured(day: Day, house: TroubledHouse) -> Balance:
    """Runs the day, waits until everything has settled, stops the processes, and returns the balance."""
    extent = house.extent
    people = live(house.people, random.Random(house.chance.random()), extent.conversations, extent.seconds)
    await asyncio.gather(_trouble(day, house), people)
    await house.settled()
    await house.stop()
    result = balance(house.people.acts, Books(house.slack, house.uppzy, house.database_url, house.people.deleted_cards))
    result.breaches += house.remarks + [f"waited in vain: {one}" for one in house.people.disappointed]
    if day.refuses and not result.refused:
        result.breaches.append("nothing was refused, so there was no trouble: this day proves nothing")
    return result


async def _trouble(day: Day, house: TroubledHouse) -> None:
    house.people.over.clear()
    try:
        await day.trouble(house)
    finally:
        house.people.over.set()
