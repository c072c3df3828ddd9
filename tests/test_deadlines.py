"""Deadlines of tests count the time in which the process runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextvars import Context
from typing import TypeVarTuple, Unpack

import pytest

from tests.deadlines import SteadyLoop

Ts = TypeVarTuple("Ts")


class Stopped(SteadyLoop):
    """An event loop that does not run. What it would do within a second is kept in `steps`."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[tuple[float, asyncio.TimerHandle]] = []

    def call_later(
        self, delay: float, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        if delay > 1.0:
            return super().call_later(delay, callback, *args, context=context)
        handle = asyncio.TimerHandle(0.0, callback, args, self, context)
        self.steps.append((delay, handle))
        return handle

    def step(self) -> float:
        """Does what comes next, as if its time had come, however long ago. Returns how long it waited for it."""
        delay, handle = self.steps.pop()
        handle._run()
        return delay


@pytest.fixture
def loop() -> Iterator[Stopped]:
    loop = Stopped()
    yield loop
    loop.close()


def test_a_pause_counts_as_one_second_of_a_deadline(loop: Stopped) -> None:
    passed: list[str] = []
    loop.call_later(2.5, passed.append, "deadline")

    assert [loop.step(), loop.step()] == [1.0, 1.0]
    assert passed == []
    assert loop.step() == 0.5
    assert passed == ["deadline"]
    assert loop.steps == []


def test_a_deadline_at_a_time_is_counted_in_the_same_way(loop: Stopped) -> None:
    passed: list[str] = []
    loop.call_at(loop.time() + 1.5, passed.append, "deadline")

    loop.step()
    assert passed == []
    loop.step()
    assert passed == ["deadline"]


def test_a_deadline_that_was_kept_never_passes(loop: Stopped) -> None:
    timer = loop.call_later(2.5, lambda: None)
    loop.step()

    timer.cancel()

    ((_, next_step),) = loop.steps
    assert (timer.cancelled(), next_step.cancelled()) == (True, True)
