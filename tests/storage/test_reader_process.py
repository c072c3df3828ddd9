"""Reads in a process of their own."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from bot.errors import StorageError
from bot.helpdesk.redaction import SafeText, redact
from storage.inspection import inspect, refuse_unreadable
from storage.reader_process import read_apart
from tests.deadlines import HUNG


async def test_it_reads_in_another_process(tmp_path: Path) -> None:
    assert await read_apart(os.getpid) != os.getpid()
    assert (await read_apart(inspect, tmp_path / "none.db")).version is None


async def test_safe_texts_arrive_as_such() -> None:
    shown = await read_apart(redact, "my password is Tulip-Garden-42")

    assert isinstance(shown, SafeText)
    assert shown == "my password is [redacted: password]"


async def test_errors_of_the_database_are_raised_here(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="There is no database"):
        await read_apart(refuse_unreadable, tmp_path / "none.db")


async def test_a_process_that_ends_before_it_answers_is_an_error_of_the_database() -> None:
    with pytest.raises(StorageError, match="ended with status 3"):
        await read_apart(os._exit, 3)


async def test_the_process_ends_with_a_caller_that_is_cancelled() -> None:
    begin = time.monotonic()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await read_apart(time.sleep, 10 * HUNG)

    assert time.monotonic() - begin < HUNG
