"""Runs of a bad day: people act while faults are injected; once everything has settled, the ledger is checked."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Iterator
from pathlib import Path

from tests.chaos.days import POSTGRES, Day
from tests.chaos.ledger import Balance, Books, balance, seen_in_slack
from tests.chaos.people import live
from tests.chaos.report import Account
from tests.chaos.system import Extent, FaultySystem, faulty_system
from tests.chaos.teams_ledger import seen_on_teams
from tests.chaos.teams_people import live_on_teams
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
        async with faulty_system(day.setting, extent, folder, room, server, chance) as system:
            ended = await _endured(day, system)
    took = time.monotonic() - begun
    return Account(day=day, database=database, balance=ended, faults=system.faults, seconds=took)


@contextlib.contextmanager
def _server(day: Day, database: str, folder: Path, shared: Postgres | None) -> Iterator[Postgres | None]:
    if database == POSTGRES and day.restarts_postgres:
        with Postgres(folder / "pg", crashes=True) as own:
            yield own
    else:
        yield shared if database == POSTGRES else None


async def _endured(day: Day, system: FaultySystem) -> Balance:
    """Runs the day, waits until everything has settled, stops the processes, and returns the balance."""
    extent = system.extent
    chance = random.Random(system.chance.random())
    if system.on_teams is None:
        people = live(system.people, chance, extent.conversations, extent.seconds)
    else:
        people = live_on_teams(system.on_teams, chance, extent.conversations, extent.seconds)
    await asyncio.gather(_inject(day, system), people)
    await asyncio.gather(*system.crowds)
    await system.settled()
    if system.on_teams is not None:
        await system.on_teams.press_second_cards()
        await system.settled()
    await system.stop()
    result = _balance(system)
    if day.setting.one_at_a_time:
        twice = {session: count for session, count in system.uppzy.overlaps.items() if count}
        result.breaches += [f"asked at the same time as another question: {one}" for one in twice]
    if day.refuses and not result.refused:
        result.breaches.append("nothing was refused, so the faults had no effect: this day proves nothing")
    return result


def _balance(system: FaultySystem) -> Balance:
    url, crowd = system.database_url, system.on_teams or system.people
    if system.on_teams is None:
        books = Books(seen_in_slack(system.slack), system.uppzy, url, system.people.deleted_cards)
    else:
        books = Books(seen_on_teams(system.teams, url), system.uppzy, url)
    result = balance(crowd.acts, books)
    result.breaches += system.remarks + [f"waited in vain: {one}" for one in crowd.disappointed]
    return result


async def _inject(day: Day, system: FaultySystem) -> None:
    over = (system.on_teams or system.people).over
    over.clear()
    try:
        await day.inject(system)
    finally:
        over.set()
