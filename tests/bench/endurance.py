"""Measurements of this bot alone: with a large database, in several processes, and after a SIGKILL."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import shutil
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp

from tests.bench.contenders import Running, address, bot, bots, hearing, one_bot
from tests.bench.figures import OURS, PEERS, Aim, Column, Row, both
from tests.bench.history import multiply
from tests.bench.load import HttpSender, in_turn
from tests.bench.measurements import Turns, take_turns
from tests.bench.processes import free_port
from tests.bench.run import Bench
from tests.bench.stage import Question, Stage, Tally
from tests.bot_process import jobs_left

_HISTORY_AT_ONCE = 10
_PROCESSES = 4
_RESTART_SECONDS = 90.0
_POLL_SECONDS = 0.02

_STORES_NOTHING = dict.fromkeys(PEERS, "The peers keep nothing.")


# A million conversations.


async def history(bench: Bench) -> list[Row]:
    """Compares the time per question on a large and an empty database: two bots, asked in alternating blocks."""
    extent = bench.extent
    bench.say(f"{extent.history.conversations:,} conversations: making them")
    blocks = extent.history.block * extent.history.blocks
    async with bench.stage(extent.warm_up * 3 + blocks * 2) as stage:
        first, rest = _cut(stage.questions, extent.warm_up)
        empty, full = await _two_databases(stage, first, extent.history.conversations)
        bench.say(f"{extent.history.conversations:,} conversations: {full.stat().st_size / 1e9:.1f} GB; asking")
        async with _bot_on(stage, empty) as one, _bot_on(stage, full) as other, stage.tally() as tally:
            warming, measured = _cut(rest, extent.warm_up * 2)
            # The digest of last week is due there at the start, and reviews twelve weeks.
            await _until_idle(full)
            await _asked(stage, one, warming[::2], tally)
            await _asked(stage, other, warming[1::2], tally)
            without, with_history = await _in_blocks(
                stage, (one, other), (empty, full), measured, extent.history.block, tally
            )
    what = f"time per question with {extent.history.conversations:,} conversations stored / empty"
    note = (
        f"Blocks of {extent.history.block} whole turns, {_HISTORY_AT_ONCE} at once, in turn at two processes in the "
        "order ABBA; in each conversation one question, its answer and its effects, spread over ten weeks."
    )
    return [
        Row(
            what=f"{what}, by the clock",
            values={Column.SQLITE: with_history.seconds / without.seconds},
            aims={Column.SQLITE: Aim(below=1.15)},
            remarks={**_STORES_NOTHING, Column.POSTGRES: "Measured on SQLite."},
            note=note,
        ),
        Row(
            what=f"{what}, processor time of the process",
            values={Column.SQLITE: with_history.cpu / without.cpu},
            aims={Column.SQLITE: Aim(below=1.15)},
            remarks={**_STORES_NOTHING, Column.POSTGRES: "Measured on SQLite."},
            note=note,
        ),
    ]


@dataclass(slots=True)
class _Spent:
    """Total wall clock and processor time of one bot's blocks, in seconds."""

    seconds: float = 0.0
    cpu: float = 0.0


async def _two_databases(stage: Stage, questions: Sequence[Question], conversations: int) -> tuple[Path, Path]:
    """Makes a database with a few answered questions, and a copy of it with that many older conversations added."""
    empty, full = stage.folder / "empty.db", stage.folder / "full.db"
    async with _bot_on(stage, empty) as running, stage.tally() as tally:
        await _asked(stage, running, questions, tally)
    shutil.copyfile(empty, full)
    await asyncio.to_thread(multiply, full, conversations)
    return empty, full


@contextlib.asynccontextmanager
async def _bot_on(stage: Stage, path: Path) -> AsyncIterator[Running]:
    port = free_port()
    async with bot(stage, port, f"sqlite:///{path}") as child:
        yield Running(child, HttpSender([address(port)]))


async def _asked(stage: Stage, running: Running, questions: Sequence[Question], tally: Tally) -> None:
    assert isinstance(running.sender, HttpSender)
    async with hearing(stage, running.sender.urls[0]):
        await in_turn(running.sender, questions, at_once=_HISTORY_AT_ONCE, answers=tally)


async def _in_blocks(
    stage: Stage,
    two: tuple[Running, Running],
    databases: tuple[Path, Path],
    questions: Sequence[Question],
    size: int,
    tally: Tally,
) -> tuple[_Spent, _Spent]:
    spent = _Spent(), _Spent()
    # In the order ABBA, so that other load on the machine affects both alike.
    for which, block in zip(itertools.cycle((0, 1, 1, 0)), _blocks(questions, size), strict=False):
        child = two[which].child
        began, cpu = time.perf_counter(), child.cpu_seconds
        await _asked(stage, two[which], block, tally)
        spent[which].seconds += time.perf_counter() - began
        await _until_idle(databases[which])  # The work that follows an answer counts as well.
        spent[which].cpu += child.cpu_seconds - cpu
    return spent


async def _until_idle(database: Path) -> None:
    while await asyncio.to_thread(jobs_left, f"sqlite:///{database}"):  # noqa: ASYNC110 - another process ends the jobs
        await asyncio.sleep(0.01)


def _blocks(questions: Sequence[Question], size: int) -> Iterator[Sequence[Question]]:
    return (questions[first : first + size] for first in range(0, len(questions), size))


def _cut(questions: Sequence[Question], first: int) -> tuple[Sequence[Question], Sequence[Question]]:
    return questions[:first], questions[first:]


# Several processes.


async def processes(bench: Bench) -> list[Row]:
    """Compares the throughput of several processes on one database with that of one."""
    alone, together = [await _turned(bench, count) for count in (1, _PROCESSES)]
    return [
        Row(
            what=f"{_PROCESSES} processes on PostgreSQL against one, full turns/s: {together.per_second:,.0f} / "
            f"{alone.per_second:,.0f}",
            values={Column.POSTGRES: together.per_second / alone.per_second},
            aims={Column.POSTGRES: Aim(at_least=1.6)},
            remarks={
                **dict.fromkeys(PEERS, "The peers have no common store."),
                Column.SQLITE: "One process by design.",
            },
            note="On the cores named above, which the driver, the stand-ins and PostgreSQL share.",
        ),
        Row(
            what=f"{_PROCESSES} processes on PostgreSQL against one, processor time for each turn, with PostgreSQL's: "
            f"{_cost(together):.1f} / {_cost(alone):.1f} ms",
            values={Column.POSTGRES: _cost(together) / _cost(alone)},
            aims={Column.POSTGRES: Aim(at_most=1.25)},
            remarks={
                **dict.fromkeys(PEERS, "The peers have no common store."),
                Column.SQLITE: "One process by design.",
            },
        ),
    ]


def _cost(turns: Turns) -> float:
    return turns.cpu_ms + turns.server_ms


async def _turned(bench: Bench, count: int) -> Turns:
    bench.say(f"processes on PostgreSQL: {count}")
    warm_up = bench.extent.warm_up
    async with (
        bench.stage(warm_up + bench.extent.turns) as stage,
        bots(stage, bench.postgres.new_database(), count) as running,
        stage.tally() as tally,
    ):
        warming, questions = _cut(stage.questions, warm_up)
        await in_turn(running.sender, warming, at_once=bench.extent.turns_at_once, answers=tally)
        return await take_turns(bench, replace(stage, questions=questions), running, tally)


# Killed, and started again.


@dataclass(frozen=True, slots=True)
class _Restarted:
    ready: float
    all_asked: float
    failed: int


async def restart(bench: Bench) -> list[Row]:
    """Measures the time to recover from a SIGKILL while many questions are awaiting an answer from Uppzy."""
    unfinished = bench.extent.unfinished
    found = {}
    for column in OURS:
        bench.say(f"restart: {column.value}")
        url = None if column is Column.SQLITE else bench.postgres.new_database()
        found[column] = await _restarted(bench, url)
    what = f"running again after SIGKILL with {unfinished:,} unfinished"
    remarks = dict.fromkeys(PEERS, "The peers keep nothing: what was unfinished is lost.")
    return [
        Row(
            what=f"{what}, from exec until /readyz says ready",
            unit="s",
            values={column: one.ready for column, one in found.items()},
            aims=both(Aim(below=5)),
            remarks=remarks,
        ),
        Row(
            what=f"{what}, from exec until Uppzy was asked all {unfinished:,} again",
            unit="s",
            values={column: one.all_asked for column, one in found.items()},
            aims={Column.SQLITE: Aim(below=4), Column.POSTGRES: Aim(below=9)},
            remarks=remarks,
        ),
        Row(
            what=f"of these {unfinished:,}, not answered exactly once in the end",
            values={column: one.failed for column, one in found.items()},
            aims=both(Aim(at_most=0)),
            compared=False,
            remarks=remarks,
        ),
    ]


async def _restarted(bench: Bench, database_url: str | None) -> _Restarted:
    unfinished = bench.extent.unfinished
    async with bench.stage(unfinished) as stage, stage.tally() as tally:
        database_url = database_url or f"sqlite:///{stage.folder / 'desk.db'}"
        await stage.hold_answers()
        async with one_bot(stage, database_url) as running:
            await in_turn(running.sender, stage.questions, at_once=bench.extent.accept_at_once)
            await _all_asked(stage, unfinished)
            running.child.kill()
        before, port = await stage.asked(), free_port()
        began = time.perf_counter()
        counting = asyncio.create_task(_all_asked(stage, before + unfinished))
        async with bot(stage, port, database_url, lambda: _ready(stage.http, port)) as _, hearing(stage, address(port)):
            ready = time.perf_counter() - began
            all_asked = await counting - began
            await stage.release_answers()
            await tally.answers_to(stage.questions, bench.extent.in_flight_timeout)
        return _Restarted(ready, all_asked, tally.failed(stage.questions))


async def _all_asked(stage: Stage, count: int) -> float:
    """Returns the time (`time.perf_counter`) at which Uppzy has been asked `count` times; NaN after a timeout."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_RESTART_SECONDS):
            while True:
                if await stage.asked() >= count:
                    return time.perf_counter()
                await asyncio.sleep(_POLL_SECONDS)
    return float("nan")


async def _ready(http: aiohttp.ClientSession, port: int) -> bool:
    try:
        async with http.get(f"http://127.0.0.1:{port}/readyz") as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False
