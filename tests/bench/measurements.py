"""Measurements of all contenders, run one after the other."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any, TypeVar

from tests.bench.contenders import Running
from tests.bench.figures import OURS, PEERS, Aim, Column, Row, both, percentile
from tests.bench.load import at_rate, in_turn
from tests.bench.run import Bench
from tests.bench.stage import Stage, Tally

T = TypeVar("T")

_NO_LONGER_GROWS = 5.0
# Events a second to the bare app, for the cost of a turn.
_COST_RATE = 100.0
_ANSWERING = tuple(column for column in Column if column is not Column.BARE)

_ASKS_NOBODY = {Column.BARE: "The bare app asks nobody and answers nothing."}
_IN_A_QUEUE = {
    Column.SYNC_BOLT: "Bolt acknowledges before the listener is done and runs five listeners at once; the rest wait in "
    "the process's memory."
}
_OVER_SOCKETS = (
    "slack-machine knows Socket Mode alone. The local Slack sends its events through the socket and measures there, so "
    "that its way from the driver does not count."
)


async def _each(
    bench: Bench, what: str, measure: Callable[[Bench, Column], Coroutine[Any, Any, T]], columns: Iterable[Column]
) -> dict[Column, T]:
    found = {}
    for column in columns:
        bench.say(f"{what}: {column.value}")
        found[column] = await measure(bench, column)
    return found


def _times(sqlite: float, postgres: float, *, below: float = math.inf) -> dict[Column, Aim]:
    return {
        Column.SQLITE: Aim(below=below, below_times=sqlite),
        Column.POSTGRES: Aim(below=below, below_times=postgres),
    }


def _values(found: dict[Column, T], value: Callable[[T], float | None]) -> dict[Column, float]:
    return {column: figure for column, one in found.items() if (figure := value(one)) is not None}


# Time to acknowledge an event.


@dataclass(frozen=True, slots=True)
class _Acknowledged:
    took: list[float]
    failed: int | None


async def acknowledgement(bench: Bench) -> list[Row]:
    """Measures the time to acknowledge an event at a steady rate while the assistant is slow."""
    extent = bench.extent
    found = await _each(bench, "acknowledgement", _acknowledged, Column)
    count = int(extent.rate * extent.rate_seconds)
    what = f"acknowledgement at {extent.rate:g} events/s, Uppzy {extent.answer_takes:g} s"
    within = f"{extent.answer_takes + extent.answer_timeout:g} s"
    return [
        Row(
            what=f"{what}, p50",
            unit="ms",
            values=_values(found, lambda one: percentile(one.took, 50)),
            aims=_times(4, 8),
        ),
        Row(
            what=f"{what}, p99",
            unit="ms",
            values=_values(found, lambda one: percentile(one.took, 99)),
            aims=_times(4, 8, below=60),
            note=_OVER_SOCKETS,
        ),
        Row(what=f"{what}, longest", unit="ms", values=_values(found, lambda one: max(one.took))),
        Row(
            what=f"of these {count:,}, refused or not answered exactly once within {within}",
            values=_values(found, lambda one: one.failed),
            aims=both(Aim(at_most=0)),
            compared=False,
            remarks=_ASKS_NOBODY,
            note=_IN_A_QUEUE[Column.SYNC_BOLT],
        ),
    ]


async def _acknowledged(bench: Bench, column: Column) -> _Acknowledged:
    extent = bench.extent
    async with bench.warm(column, int(extent.rate * extent.rate_seconds)) as (stage, running, tally):
        await stage.set_latency(extent.answer_takes)
        took = [seconds * 1000 for seconds in await at_rate(running.sender, stage.questions, extent.rate)]
        if column is Column.BARE:
            return _Acknowledged(took, None)
        await tally.answers_to(stage.questions, extent.answer_takes + extent.answer_timeout)
        failed = len(running.sender.refused) + tally.failed(stage.questions)
        if failed and column not in OURS:
            running.child.kill()  # Otherwise its remaining work would slow down the next contender.
        return _Acknowledged(took, failed)


# Accepted events per second.


@dataclass(frozen=True, slots=True)
class _Accepted:
    per_second: float
    cpu_ms: float


async def accepting(bench: Bench) -> list[Row]:
    """Measures accepted events per second: the next is sent on each acknowledgement, and no answer arrives."""
    found = await _each(bench, "accepted events", _accepted, Column)
    return [
        Row(
            what=f"accepted events/s sustained, one process, {bench.extent.accept_at_once} at once",
            values=_values(found, lambda one: one.per_second),
            aims={Column.SQLITE: Aim(at_least_times=0.5), Column.POSTGRES: Aim(at_least_times=0.4)},
            higher_is_better=True,
            remarks={Column.SLACK_MACHINE: "Here the local Slack, which sends, is the limit as much as slack-machine."},
        ),
        Row(
            what="processor time of the process for each",
            unit="ms",
            values=_values(found, lambda one: one.cpu_ms),
            note="Without PostgreSQL's own processes. This bot asks Uppzy meanwhile, the bare app nobody.",
        ),
    ]


async def _accepted(bench: Bench, column: Column) -> _Accepted:
    extent = bench.extent
    async with bench.warm(column, extent.accept_most) as (stage, running, _):
        await stage.hold_answers()
        began, cpu = time.perf_counter(), running.child.cpu_seconds
        sent = await in_turn(running.sender, stage.questions, extent.accept_at_once, seconds=extent.accept_seconds)
        took, used = time.perf_counter() - began, running.child.cpu_seconds - cpu
        running.child.kill()  # Handling the answers is measured elsewhere.
    accepted = sent - len(running.sender.refused)
    return _Accepted(accepted / took, used / max(1, accepted) * 1000)


# Memory of unanswered questions.


@dataclass(frozen=True, slots=True)
class _Held:
    most: int
    kb_each: float
    failed: int


async def in_flight(bench: Bench) -> list[Row]:
    """Measures the memory of each unanswered question, and counts those not answered exactly once in the end."""
    extent = bench.extent
    found = await _each(bench, "questions in flight", _held, _ANSWERING)
    within = f"{extent.in_flight_timeout:g} s"
    return [
        Row(
            what=f"questions in flight at once, one process, of {extent.in_flight:,}",
            values=_values(found, lambda one: one.most),
            aims=both(Aim(at_least=extent.in_flight)),
            higher_is_better=True,
            remarks=_ASKS_NOBODY,
            note=_IN_A_QUEUE[Column.SYNC_BOLT],
        ),
        Row(
            what="memory for each question taken and not answered",
            unit="KB",
            values=_values(found, lambda one: one.kb_each),
            aims=both(Aim(below=30)),
            remarks=_ASKS_NOBODY,
        ),
        Row(
            what=f"of these {extent.in_flight:,}, not answered exactly once within {within} once answers may leave",
            values=_values(found, lambda one: one.failed),
            aims=both(Aim(at_most=0)),
            compared=False,
            remarks=_ASKS_NOBODY,
        ),
    ]


async def _held(bench: Bench, column: Column) -> _Held:
    extent = bench.extent
    async with bench.warm(column, extent.in_flight) as (stage, running, tally):
        before = running.child.rss_kb
        await stage.hold_answers()
        await in_turn(running.sender, stage.questions, at_once=extent.accept_at_once)
        most = await stage.most_waiting(extent.in_flight, _NO_LONGER_GROWS)
        each = (running.child.rss_kb - before) / extent.in_flight
        await stage.release_answers()
        await tally.answers_to(stage.questions, extent.in_flight_timeout)
        failed = len(running.sender.refused) + tally.failed(stage.questions)
        return _Held(most, each, failed)


# Whole turns.


@dataclass(frozen=True, slots=True)
class Turns:
    """Throughput of whole turns per second, and processor time for each, of the bot and of PostgreSQL, in ms."""

    per_second: float
    cpu_ms: float
    server_ms: float


async def turns(bench: Bench) -> list[Row]:
    """Measures whole turns per second when the assistant answers immediately."""
    found = await _each(bench, "whole turns", _turned, _ANSWERING)
    at_once = bench.extent.turns_at_once
    return [
        Row(
            what=f"full turns/s (accept, ask, decide, post, record), Uppzy instant, {at_once} at once",
            values=_values(found, lambda one: one.per_second),
            aims={Column.SQLITE: Aim(at_least=225), Column.POSTGRES: Aim(at_least=120)},
            higher_is_better=True,
            remarks=_ASKS_NOBODY,
            note="The peers' turns are shorter: they decide nothing and record nothing.",
        ),
        Row(
            what="processor time of the process for each",
            unit="ms",
            values=_values(found, lambda one: one.cpu_ms),
            aims={Column.SQLITE: Aim(at_most=3.5), Column.POSTGRES: Aim(at_most=6.5)},
            remarks=_ASKS_NOBODY,
            note="Without PostgreSQL's own processes.",
        ),
        Row(
            what="processor time of PostgreSQL's processes for each",
            unit="ms",
            values={Column.POSTGRES: found[Column.POSTGRES].server_ms},
            aims={Column.POSTGRES: Aim(at_most=2.2)},
            remarks=dict.fromkeys((Column.SQLITE, *PEERS), "Works without PostgreSQL."),
        ),
    ]


async def _turned(bench: Bench, column: Column) -> Turns:
    async with bench.warm(column, bench.extent.turns) as (stage, running, tally):
        return await take_turns(bench, stage, running, tally)


async def take_turns(bench: Bench, stage: Stage, running: Running, tally: Tally) -> Turns:
    """Asks all questions of the stage, several at once, and returns the throughput."""
    server = bench.postgres.server
    began, cpu, of_server = time.perf_counter(), running.cpu_seconds, server.cpu_seconds
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(bench.extent.in_flight_timeout):
            await in_turn(running.sender, stage.questions, at_once=bench.extent.turns_at_once, answers=tally)
    took, used, by_server = time.perf_counter() - began, running.cpu_seconds - cpu, server.cpu_seconds - of_server
    answered = max(1, len(stage.questions) - tally.failed(stage.questions))
    return Turns(answered / took, used / answered * 1000, by_server / answered * 1000)


# The cost of a turn, as a multiple of the least that a bot can spend.


async def turn_cost(bench: Bench) -> list[Row]:
    """Compares the processor time of a whole turn with what the bare app spends on one event, in alternating blocks."""
    spent: dict[Column, list[float]] = {Column.BARE: [], Column.SQLITE: [], Column.POSTGRES: []}
    with_server: list[float] = []
    for number in range(bench.extent.cost_blocks):
        for column, costs in spent.items():
            bench.say(f"cost of a turn, block {number + 1}: {column.value}")
            cost = await _event_cost(bench) if column is Column.BARE else await _turned(bench, column)
            costs.append(cost.cpu_ms)
            if column is Column.POSTGRES:
                with_server.append(cost.cpu_ms + cost.server_ms)
    bare = median(spent[Column.BARE])
    what = "processor time of a whole turn, times what the bare app spends on an event"
    return [
        Row(
            what=what,
            values={column: median(spent[column]) / bare for column in OURS},
            aims={Column.SQLITE: Aim(at_most=3.7), Column.POSTGRES: Aim(at_most=7)},
            note=f"Medians of {bench.extent.cost_blocks} alternating blocks; the bare app takes "
            f"{_COST_RATE:g} events/s.",
        ),
        Row(
            what=f"{what}, with PostgreSQL's processes",
            values={Column.POSTGRES: median(with_server) / bare},
            aims={Column.POSTGRES: Aim(at_most=9.5)},
        ),
    ]


async def _event_cost(bench: Bench) -> Turns:
    """Measures what the bare app spends on an event at a steady rate, near that of whole turns.

    Without a pause between events it spends a third of that, because one round of its loop serves many of them.
    """
    async with bench.warm(Column.BARE, bench.extent.turns) as (stage, running, _):
        began, cpu = time.perf_counter(), running.cpu_seconds
        await at_rate(running.sender, stage.questions, _COST_RATE)
        took, used = time.perf_counter() - began, running.cpu_seconds - cpu
        return Turns(len(stage.questions) / took, used / len(stage.questions) * 1000, 0.0)


# Latency that the bot adds to the assistant's own.


async def added_latency(bench: Bench) -> list[Row]:
    """Measures the time from when an answer leaves Uppzy until it is posted in Slack."""
    found = await _each(bench, "added latency", _added, _ANSWERING)
    what = f"added latency, Uppzy's answer to Slack's post, at {bench.extent.added_rate:g}/s"
    return [
        Row(
            what=f"{what}, p{hundredths}",
            unit="ms",
            values={column: percentile(took, hundredths) for column, took in found.items()},
            aims=both(Aim(at_most=bound)),
            remarks=_ASKS_NOBODY,
        )
        for hundredths, bound in ((50, 15), (99, 60))
    ]


async def _added(bench: Bench, column: Column) -> list[float]:
    extent = bench.extent
    async with bench.warm(column, int(extent.added_rate * extent.added_seconds)) as (stage, running, tally):
        await stage.set_latency(1.0)
        await at_rate(running.sender, stage.questions, extent.added_rate)
        await tally.answers_to(stage.questions, extent.answer_timeout)
        left = await stage.answered_at()
        arrived = ((one, tally.times[one.thread][0]) for one in stage.questions if one.thread in tally.times)
        return [(posted - left[question.text]) * 1000 for question, posted in arrived]


# Idle processes.


@dataclass(frozen=True, slots=True)
class _Idle:
    cpu_percent: float
    mb: float


async def idle(bench: Bench) -> list[Row]:
    """Measures processor time and memory of a process that is idle after a few turns; all contenders at once."""
    bench.say("idle: all")
    measured = await asyncio.gather(*(_idle(bench, column) for column in Column))
    found = dict(zip(Column, measured, strict=True))
    return [
        Row(
            what="idle, of one core",
            unit="%",
            values=_values(found, lambda one: one.cpu_percent),
            aims=both(Aim(below=1)),
        ),
        Row(
            what=f"idle after {bench.extent.idle_turns} turns, resident memory",
            unit="MB",
            values=_values(found, lambda one: one.mb),
            aims={Column.SQLITE: Aim(below=98), Column.POSTGRES: Aim(below=106)},
            note="sync Bolt: gunicorn and its worker, which share a part of it.",
        ),
    ]


async def _idle(bench: Bench, column: Column) -> _Idle:
    async with bench.warm(column, 0, turns=bench.extent.idle_turns) as (_, running, _tally):
        await asyncio.sleep(_NO_LONGER_GROWS)
        before = running.child.cpu_seconds
        await asyncio.sleep(bench.extent.idle_seconds)
        used = running.child.cpu_seconds - before
        return _Idle(used / bench.extent.idle_seconds * 100, running.child.rss_kb / 1024)
