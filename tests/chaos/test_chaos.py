"""The bad days in their short form: nothing is lost, nothing is doubled, nothing is left undone."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.days import DAYS, POSTGRES, Day
from tests.chaos.run import spend

SEED = 7


@pytest.fixture
def folder() -> Iterator[Path]:
    """Provides an empty folder whose path is short enough for a server's socket."""
    with tempfile.TemporaryDirectory(prefix="chaos-") as name:
        yield Path(name)


@pytest.mark.parametrize("day", [day for day in DAYS if not day.only_long], ids=lambda day: day.name)
async def test_on_a_bad_day_every_input_ends_well_and_nothing_is_doubled(
    day: Day, folder: Path, request: pytest.FixtureRequest
) -> None:
    database = day.databases[0]
    postgres = request.getfixturevalue("postgres") if database == POSTGRES else None

    account = await spend(day, database, extent=day.short, seed=SEED, folder=folder, postgres=postgres)

    if account.skipped is not None:
        pytest.skip(account.skipped)
    assert account.balance.breaches == []
    assert account.balance.lost == 0
    assert account.balance.actions >= day.short.conversations
    assert sum(account.faults.values()) > 0
