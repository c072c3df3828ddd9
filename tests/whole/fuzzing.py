"""Helpers for property tests that send many examples to one bot."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, core, given, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisDeprecationWarning

from tests.deadlines import HUNG, HUNG_OFF_LOOP
from tests.whole.scene import CONFIDENT, Scene

T = TypeVar("T")


def bounded(examples: int, *, deep: int) -> settings:
    """Returns settings for so many examples; for `deep` ones in the deep profile.

    They are the same in each run, and others with each `--hypothesis-seed`.
    """
    return settings(
        max_examples=deep if settings.get_current_profile_name() == "deep" else examples,
        deadline=None,
        derandomize=core.global_force_seed is None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


USUAL = bounded(40, deep=400)

# Hypothesis collects all garbage in each thread that is new to it, and each event loop has threads of its own.
_THREAD = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hypothesis")


async def for_each(
    examples: st.SearchStrategy[T],
    check: Callable[[T], Awaitable[None]],
    bounds: settings = USUAL,
) -> None:
    """Checks many examples against one bot: Hypothesis runs in a thread, `check` in the bot's event loop."""
    loop = asyncio.get_running_loop()

    async def checked(example: T) -> None:
        await check(example)

    @bounds
    @given(examples)
    def every(example: T) -> None:
        asyncio.run_coroutine_threadsafe(checked(example), loop).result(timeout=HUNG_OFF_LOOP)

    with warnings.catch_warnings():
        # The bot uses `random` for its retry delays, which Hypothesis attributes to a strategy.
        warnings.filterwarnings("ignore", "Do not use the `random` module", HypothesisDeprecationWarning)
        await drawn(every)


async def drawn(draw: Callable[[], T]) -> T:
    """Returns what `draw` returns in the thread in which Hypothesis runs."""
    return await asyncio.get_running_loop().run_in_executor(_THREAD, draw)


async def is_well(scene: Scene, *, events: int | None = None) -> None:
    """Asserts that exactly `events` events are stored, if given, and that the bot answers the next question."""
    async with asyncio.timeout(HUNG):
        await scene.settled()
        if events is not None:
            assert await scene.count("events") == events
        root = await scene.ask(CONFIDENT)
    assert "password.example.com" in str(scene.answer(root).blocks)


def no_faults(caplog: pytest.LogCaptureFixture) -> None:
    """Asserts that no job ended in an internal error, and that nothing was logged with a traceback."""
    assert [record for record in caplog.records if record.exc_info or record.msg == "job_fault"] == []
