"""What tests that send anything at all to one bot have in common."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisDeprecationWarning

from tests.deadlines import HUNG
from tests.whole.scene import CONFIDENT, Scene

T = TypeVar("T")

BOUNDED = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


async def for_each(
    examples: st.SearchStrategy[T],
    check: Callable[[T], Awaitable[None]],
    bounds: settings = BOUNDED,
) -> None:
    """Check many examples against one bot: Hypothesis in a thread of its own, the requests in the bot's event loop."""
    loop = asyncio.get_running_loop()

    async def checked(example: T) -> None:
        await check(example)

    @bounds
    @given(examples)
    def every(example: T) -> None:
        asyncio.run_coroutine_threadsafe(checked(example), loop).result(timeout=HUNG)

    with warnings.catch_warnings():
        # The bot beside it spreads its repetitions at random, which Hypothesis takes for a strategy's doing.
        warnings.filterwarnings("ignore", "Do not use the `random` module", HypothesisDeprecationWarning)
        await asyncio.to_thread(every)


async def is_well(scene: Scene, *, inputs: int | None = None) -> None:
    """Nothing is stored beyond what is said, nothing hangs, and the next question is answered."""
    async with asyncio.timeout(HUNG):
        await scene.settled()
        if inputs is not None:
            assert await scene.count("inputs") == inputs
        root = await scene.ask(CONFIDENT)
    assert "password.example.com" in str(scene.answer(root).blocks)


def no_faults(caplog: pytest.LogCaptureFixture) -> None:
    """No job ended in a fault of the desk itself, and nothing was logged with a traceback."""
    assert [record for record in caplog.records if record.exc_info or record.msg == "job_fault"] == []
