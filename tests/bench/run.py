"""One run of the benchmark: how much is measured, and on what."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.bench import desk_of_200
from tests.bench.contenders import Running, contender
from tests.bench.figures import Column
from tests.bench.load import in_turn
from tests.bench.postgres import Postgres
from tests.bench.stage import Stage, Tally, set_up

_SETTLE = 2.0
_LONGEST_WARM_UP = 60.0
# As many talks as leave the channel room for all cards in about four minutes, at its one post a second.
_RUSH = desk_of_200.Extent(talks=20, thinking=10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much is measured. Times in seconds, rates per second."""

    warm_up: int = 200
    rate: float = 200.0
    rate_seconds: float = 10.0
    answer_takes: float = 5.0
    timeouts: float = 30.0
    accept_seconds: float = 5.0
    accept_most: int = 14_000
    accept_at_once: int = 50
    in_flight: int = 5_000
    in_flight_patience: float = 120.0
    idle_seconds: float = 10.0
    idle_turns: int = 20
    added_rate: float = 20.0
    added_seconds: float = 10.0
    turns: int = 1_000
    turns_at_once: int = 40
    history: int = 1_000_000
    history_block: int = 50
    history_blocks: int = 16
    unfinished: int = 2_000
    rush: desk_of_200.Extent = _RUSH


QUICK = Extent(
    warm_up=50,
    rate_seconds=2.0,
    answer_takes=1.0,
    timeouts=8.0,
    accept_seconds=1.0,
    accept_most=3_000,
    in_flight=300,
    idle_seconds=2.0,
    added_seconds=2.0,
    turns=200,
    history=20_000,
    history_block=20,
    history_blocks=4,
    unfinished=100,
    rush=desk_of_200.Extent(handoffs=20, seconds=6.0, talks=5, thinking=3.0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where a run works, how much it measures, and the PostgreSQL server that all its measurements share."""

    folder: Path
    extent: Extent
    postgres: Postgres
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @contextlib.asynccontextmanager
    async def stage(self, questions: int) -> AsyncIterator[Stage]:
        """Fresh stand-ins, so that nothing of an earlier measurement is left in them."""
        folder = self.folder / f"stage-{next(self._numbers)}"
        folder.mkdir()
        async with set_up(folder, questions) as stage:
            yield stage

    @contextlib.asynccontextmanager
    async def warm(
        self, column: Column, questions: int, turns: int | None = None
    ) -> AsyncIterator[tuple[Stage, Running, Tally]]:
        """A contender that has had some turns, on a stage of its own with so many questions still to be asked."""
        turns = self.extent.warm_up if turns is None else turns
        async with (
            self.stage(turns + questions) as stage,
            contender(column, stage, self.postgres) as running,
            stage.tally() as tally,
        ):
            answers = None if column is Column.BARE else tally
            async with asyncio.timeout(_LONGEST_WARM_UP):
                await in_turn(running.sender, stage.questions[:turns], at_once=4, answers=answers)
            await asyncio.sleep(_SETTLE)  # What follows an answer is done, too.
            yield replace(stage, questions=stage.questions[turns:]), running, tally

    def say(self, text: str) -> None:
        """Show that it goes on."""
        sys.stderr.write(f"{time.strftime('%H:%M:%S')}  {text}\n")
        sys.stderr.flush()
