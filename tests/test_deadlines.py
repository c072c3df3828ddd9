"""Deadlines of tests count the time in which the process runs."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests import deadlines


async def test_a_deadline_outlasts_a_pause_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "_STEP", 0.01)
    async with asyncio.timeout(0.05):
        time.sleep(0.2)  # noqa: ASYNC251 - the pause
        await asyncio.sleep(0.02)


async def test_a_deadline_passes_while_the_process_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "_STEP", 0.01)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.03):
            await asyncio.Event().wait()


async def test_a_deadline_that_is_kept_raises_nothing_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "_STEP", 0.01)
    async with asyncio.timeout(0.03):
        await asyncio.sleep(0)
    await asyncio.sleep(0.06)
