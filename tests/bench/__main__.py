"""`make bench`: this bot on either engine and its peers, measured in one run on one machine, by one load.

Driver, local Slack, local Uppzy and the measured app are separate processes that share nothing but the cores and talk
over loopback. The result is docs/benchmarks.md. Needs Linux, whose /proc provides memory and processor time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from tests.bench import endurance, machine, measurements, rush
from tests.bench.contenders import PEERS_PYTHON
from tests.bench.figures import Row
from tests.bench.postgres import postgres
from tests.bench.processes import DidNotStartError, EndedBadlyError, allow_many_connections
from tests.bench.report import by_hand, document, table
from tests.bench.run import QUICK, Bench, Extent

REPORT = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"

# Seconds for the whole run. Measurements not done by then are left out, and the report says so.
_LONGEST = 1800.0

GROUPS: dict[str, Callable[[Bench], Awaitable[list[Row]]]] = {
    "acknowledgement": measurements.acknowledgement,
    "accepting": measurements.accepting,
    "in-flight": measurements.in_flight,
    "turns": measurements.turns,
    "cost": measurements.turn_cost,
    "latency": measurements.added_latency,
    "history": endurance.history,
    "processes": endurance.processes,
    "restart": endurance.restart,
    "idle": measurements.idle,
    "desk": rush.desk,
}


def main() -> None:
    """Runs the measurements and prints or writes the report."""
    options = _options()
    if not Path("/proc/self/stat").exists():
        sys.exit("The benchmark needs Linux: it reads memory and processor time from /proc.")
    if not PEERS_PYTHON.exists():
        sys.exit("The other bots are not installed: run `make bench`, which installs them into build/bench.")
    allow_many_connections()
    # Short, because PostgreSQL's socket is created below it and a socket path is limited to about 100 characters.
    with tempfile.TemporaryDirectory(prefix="desk-") as name:
        try:
            conditions, rows = _measured(Path(name), options)
        except DidNotStartError as error:
            sys.exit(f"{error}\nThis process did not start, so nothing was measured.")
    _say(conditions, rows)
    if options.json is not None:
        report = {"conditions": conditions, "rows": [row.as_json() for row in rows]}
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    if options.write or not (options.quick or options.only):
        kept = by_hand(REPORT.read_text(encoding="utf-8") if REPORT.exists() else "")
        REPORT.write_text(document(conditions, rows, kept), encoding="utf-8")


def _measured(folder: Path, options: argparse.Namespace) -> tuple[dict[str, str], list[Row]]:
    conditions = machine.described(folder)
    other_work, started = machine.OtherWork(), time.monotonic()
    with postgres(folder / "pg") as server:
        conditions["PostgreSQL"] = f"{server.version} with its own settings, fsync on; its processor time is its own"
        bench = Bench(folder=folder, extent=QUICK if options.quick else Extent(), postgres=server)
        rows = asyncio.run(_all(bench, options.only or GROUPS))
        other_work.leave_out(server.server.cpu_seconds)
    conditions["event loop"] = "uvloop, as the bot chooses it; of the peers, asyncio's own, as they are started"
    conditions["other work"] = f"{other_work.percent:.0f} % of the machine; with more than a few, figures are too bad"
    conditions["length"] = f"{'quick run, ' if options.quick else ''}{time.monotonic() - started:.0f} s"
    return conditions, rows


async def _all(bench: Bench, names: Iterable[str]) -> list[Row]:
    rows: list[Row] = []
    try:
        async with asyncio.timeout(_LONGEST):
            for name in names:
                rows += await GROUPS[name](bench)
    except TimeoutError:
        sys.stderr.write(f"After {_LONGEST:.0f} seconds the rest was left out.\n")
    except EndedBadlyError as error:
        sys.stderr.write(f"{error}\nThis process ended badly; it and the rest are left out.\n")
    return rows


def _say(conditions: dict[str, str], rows: list[Row]) -> None:
    for name, value in conditions.items():
        sys.stdout.write(f"{name + ':':14}{value}\n")
    sys.stdout.write(f"\n{table(rows)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure the bot on this machine.")
    parser.add_argument("--quick", action="store_true", help="a short form, for use while developing; writes no report")
    parser.add_argument("--only", action="append", choices=list(GROUPS), help="measure only this; may be repeated")
    parser.add_argument("--write", action="store_true", help=f"write docs/{REPORT.name} all the same")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
