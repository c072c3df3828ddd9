"""`make bench`: this bot and a bare Bolt app measured side by side, in one run on one machine.

Driver, local Slack, local Uppzy and the measured bot are processes of their own and share nothing but the cores; all
speak over loopback. The bare app has the same HTTP front and signature check, keeps each event in memory, and asks
nobody: it is the limit, not a rival. Needs Linux, whose /proc tells memory and processor time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

from tests.bench import machine
from tests.bench.figures import Figure, table
from tests.bench.measurements import QUICK, Extent, acknowledgement, in_flight, speed
from tests.bench.processes import DidNotStartError, allow_many_connections
from tests.bench.stage import set_up

_LONGEST = 300.0


def main() -> None:
    """Measure, and say what came out."""
    options = _options()
    if not Path("/proc/self/stat").exists():
        sys.exit("The benchmark needs Linux: it reads memory and processor time from /proc.")
    allow_many_connections()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="uppzy-desk-bench-") as name:
        conditions = machine.described(Path(name))
        other_work = machine.OtherWork()
        try:
            figures = asyncio.run(_measured(Path(name), QUICK if options.quick else Extent()))
        except DidNotStartError as error:
            sys.exit(f"{error}\nThis process did not start, so nothing was measured.")
    conditions["other work"] = f"{other_work.percent:.0f} % of the machine; with more than a few, figures are too bad"
    conditions["length"] = f"{'quick run, ' if options.quick else ''}{time.monotonic() - started:.0f} s"
    _say(conditions, figures)
    if options.json is not None:
        report = {"conditions": conditions, "figures": [figure.as_json() for figure in figures]}
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


async def _measured(folder: Path, extent: Extent) -> list[Figure]:
    async with asyncio.timeout(_LONGEST), set_up(folder, extent.questions) as stage:
        return [
            *await acknowledgement(stage, extent),
            *await in_flight(stage, extent),
            *await speed(stage, extent),
        ]


def _say(conditions: dict[str, str], figures: list[Figure]) -> None:
    for name, value in conditions.items():
        sys.stdout.write(f"{name + ':':14}{value}\n")
    sys.stdout.write(f"\n{table(figures)}\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure the bot on this machine.")
    parser.add_argument("--quick", action="store_true", help="a short form, for use while developing")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
