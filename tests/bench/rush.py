"""Measurement of a rush of handoffs in one channel, on both engines: relay times, losses and duplicates."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping

from tests.bench.desk_of_200 import Extent, Measured, as_arguments
from tests.bench.figures import OURS, PEERS, Aim, Column, Row, both
from tests.bench.processes import outcome
from tests.bench.run import Bench

_HEARD_WITHIN = 3.0
_NO_HANDOFFS = dict.fromkeys(PEERS, "The peers have no handoffs.")

_Found = Mapping[Column, Measured]


async def desk(bench: Bench) -> list[Row]:
    """Measures two hundred handoffs and the relayed messages in them, at Slack's own pace.

    Runs both engines at once, because Slack's rate limits determine the times, not the processor.
    """
    rush = bench.extent.rush
    bench.say(f"a rush of {rush.handoffs} handoffs: both engines, some minutes")
    measured = await asyncio.gather(*(_rushed(bench, column) for column in OURS))
    found = dict(zip(OURS, measured, strict=True))
    return [*_heard(rush, found), _settled(found), *_faults(rush, found)]


async def _rushed(bench: Bench, column: Column) -> Measured:
    database = () if column is Column.SQLITE else ("--database", bench.postgres.new_database())
    log = bench.folder / f"rush-{column.name.lower()}.log"
    return Measured(**json.loads(await outcome(log, Measured.__module__, *as_arguments(bench.extent.rush), *database)))


def _heard(rush: Extent, found: _Found) -> Iterator[Row]:
    note = (
        f"Slack takes one post a second in a channel. In {rush.talked} of the handoffs an agent and the employee talk, "
        f"{rush.relays} messages in all, with no time to take them back. The bot shares its process with driver and "
        "stand-ins."
    )
    what = f"{rush.handoffs} handoffs opened within {rush.seconds:g} s in one channel, words"
    for name, way in (("to the employee", "to_employee"), ("into the thread", "to_thread")):
        for nth, hundredths in enumerate((50, 95)):
            yield Row(
                what=f"{what} {name}, p{hundredths}",
                unit="s",
                values={column: getattr(one, way)[nth] for column, one in found.items()},
                aims=both(Aim(below=_HEARD_WITHIN)) if hundredths == 50 else {},
                remarks=_NO_HANDOFFS,
                note=note,
            )


def _settled(found: _Found) -> Row:
    return Row(
        what="until all of it is done",
        unit="s",
        values={column: one.settled for column, one in found.items()},
        remarks=_NO_HANDOFFS,
    )


def _faults(rush: Extent, found: _Found) -> Iterator[Row]:
    of_these = f"of these {rush.handoffs} cards and {rush.relays} messages"
    for name, fault in (
        ("lost", "lost"),
        ("posted twice", "doubled"),
        ("cards not as stored in the end", "wrong_cards"),
    ):
        yield Row(
            what=f"{of_these}, {name}",
            values={column: getattr(one, fault) for column, one in found.items()},
            aims=both(Aim(at_most=0)),
            compared=False,
            remarks=_NO_HANDOFFS,
        )
