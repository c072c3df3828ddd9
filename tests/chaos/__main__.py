"""`make chaos`: runs every bad day in its long form, four at a time, and reports the results in `docs/chaos.md`.

Stand-ins and people run in this process, every bot in its own; all talk over loopback.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.bench import machine
from tests.chaos.days import DAYS, Day
from tests.chaos.ledger import Balance
from tests.chaos.report import Account, document
from tests.chaos.run import spend
from tests.postgres import Postgres, is_to_be_had

REPORT = Path(__file__).resolve().parents[2] / "docs" / "chaos.md"
SEED = 20261124

# A long day mostly waits, so four of them fit on two cores.
_AT_ONCE = 4
_LONGEST = 1800.0


def main() -> None:
    """Runs the days, writes the report, and exits with 1 if a promise was broken."""
    options = _options()
    days = [day for day in DAYS if not options.only or day.name in options.only]
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="chaos-") as name:
        conditions = machine.described(Path(name))
        accounts = asyncio.run(_all(days, Path(name), options.seed, quick=options.quick))
    conditions["length"] = f"{'short form, ' if options.quick else ''}{time.monotonic() - begun:.0f} s"
    text = document(accounts, conditions, options.seed)
    if not options.only and not options.quick:
        REPORT.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(f"\n{text}")
    sys.exit(any(account.balance.breaches for account in accounts))


async def _all(days: Sequence[Day], folder: Path, seed: int, *, quick: bool) -> list[Account]:
    at_once = asyncio.Semaphore(_AT_ONCE)
    begun = time.monotonic()

    async def one(day: Day, database: str, postgres: Postgres | None) -> Account:
        place = folder / f"{day.name}-{database[0]}"
        place.mkdir()
        async with at_once:
            extent = day.short if quick else day.long
            try:
                account = await spend(day, database, extent=extent, seed=seed, folder=place, postgres=postgres)
            except Exception as error:  # noqa: BLE001 - the other days go on whatever ended this one
                broken = Balance(breaches=[f"ended early with {type(error).__name__}: {error}"])
                account = Account(day=day, database=database, balance=broken)
        _say(account, time.monotonic() - begun)
        return account

    with Postgres(folder / "pg") if is_to_be_had() else contextlib.nullcontext() as postgres:
        async with asyncio.timeout(_LONGEST):
            return await asyncio.gather(*(one(day, database, postgres) for day in days for database in day.databases))


def _say(account: Account, elapsed: float) -> None:
    ended = "skipped" if account.skipped is not None else f"{account.balance.lost} lost, {account.injected}"
    sys.stdout.write(f"{elapsed:6.0f} s  {account.name}: {ended}\n")
    for breach in account.balance.breaches:
        sys.stdout.write(f"          {breach}\n")
    sys.stdout.flush()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="Have bad days with the bot.")
    parser.add_argument(
        "--seed", type=int, default=SEED, help="who does what and what goes wrong (default: %(default)s)"
    )
    parser.add_argument("--quick", action="store_true", help="the short form, as in the tests")
    names = [day.name for day in DAYS]
    parser.add_argument("--only", action="append", choices=names, help="only this, may be repeated; nothing is written")
    return parser.parse_args()


if __name__ == "__main__":
    main()
