"""One run of the benchmark: its extent and its stages."""

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
# With this many talks all cards fit into the channel within about four minutes, at one post a second.
_RUSH = desk_of_200.Extent(talks=20, thinking=10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryExtent:
    """The size of the measurement with a long history: stored conversations, and blocks of turns of a size."""

    conversations: int = 1_000_000
    block: int = 50
    blocks: int = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """The size of each measurement. Times in seconds, rates per second."""

    warm_up: int = 200
    rate: float = 200.0
    rate_seconds: float = 10.0
    answer_takes: float = 5.0
    answer_timeout: float = 30.0
    accept_seconds: float = 5.0
    accept_most: int = 14_000
    accept_at_once: int = 50
    in_flight: int = 5_000
    in_flight_timeout: float = 120.0
    idle_seconds: float = 10.0
    idle_turns: int = 20
    added_rate: float = 20.0
    added_seconds: float = 10.0
    turns: int = 1_000
    turns_at_once: int = 40
    cost_blocks: int = 3
    history: HistoryExtent = HistoryExtent()
    unfinished: int = 2_000
    rush: desk_of_200.Extent = _RUSH


QUICK = Extent(
    warm_up=50,
    rate_seconds=2.0,
    answer_takes=1.0,
    answer_timeout=8.0,
    accept_seconds=1.0,
    accept_most=3_000,
    in_flight=300,
    idle_seconds=2.0,
    added_seconds=2.0,
    turns=200,
    cost_blocks=1,
    history=HistoryExtent(conversations=20_000, block=20, blocks=4),
    unfinished=100,
    rush=desk_of_200.Extent(handoffs=20, seconds=6.0, talks=5, thinking=3.0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The folder and extent of a run, and the PostgreSQL server that all its measurements share."""

    folder: Path
    extent: Extent
    postgres: Postgres
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @contextlib.asynccontextmanager
    async def stage(self, questions: int) -> AsyncIterator[Stage]:
        """Starts fresh stand-ins, so that no earlier measurement affects this one."""
        folder = self.folder / f"stage-{next(self._numbers)}"
        folder.mkdir()
        async with set_up(folder, questions) as stage:
            yield stage

    @contextlib.asynccontextmanager
    async def warm(
        self, column: Column, questions: int, turns: int | None = None
    ) -> AsyncIterator[tuple[Stage, Running, Tally]]:
        """Runs a contender on its own stage and warms it up; so many questions are left to be asked."""
        turns = self.extent.warm_up if turns is None else turns
        async with (
            self.stage(turns + questions) as stage,
            contender(column, stage, self.postgres) as running,
            stage.tally() as tally,
        ):
            answers = None if column is Column.BARE else tally
            async with asyncio.timeout(_LONGEST_WARM_UP):
                await in_turn(running.sender, stage.questions[:turns], at_once=4, answers=answers)
            await asyncio.sleep(_SETTLE)  # Leaves time for the work that follows an answer.
            yield replace(stage, questions=stage.questions[turns:]), running, tally

    def say(self, text: str) -> None:
        """Prints a line of progress to standard error."""
        sys.stderr.write(f"{time.strftime('%H:%M:%S')}  {text}\n")
        sys.stderr.flush()
