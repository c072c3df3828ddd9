"""A pytest plugin, not loaded by itself: everything that takes its time takes a random time more.

A test that looks before what it looks for must have happened passes on a quiet machine and fails, some day, on a busy
one. Under this it fails at the desk of who wrote it: `python -m pytest -p tests.jitter`, see CONTRIBUTING.md. Processes
of their own (`tests/bot_process.py`) are not slowed; what they talk to is.
"""

from __future__ import annotations

import asyncio
import functools
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sandbox.slack import LocalSlack
from sandbox.uppzy import LocalUppzy
from storage.postgres.store import PostgresStore
from storage.sqlite.store import SqliteStore
from tests.tickets.standins.base import StandIn

# Seconds, at most. A disk and a network that have bad moments, but stay below every limit of the desk.
_OF_A_TRANSACTION = 0.05
_OF_A_CALL = 0.2

_SLOWED = (
    (SqliteStore, "run", _OF_A_TRANSACTION),
    (PostgresStore, "run", _OF_A_TRANSACTION),
    (LocalSlack, "_handle_call", _OF_A_CALL),
    (LocalUppzy, "_respond", _OF_A_CALL),
    (StandIn, "_serve", _OF_A_CALL),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds how much of it there is."""
    group = parser.getgroup("jitter")
    group.addoption("--jitter", type=float, default=0.25, help="how many of the calls are slowed, from 0 to 1")
    group.addoption("--jitter-seed", type=int, help="what is drawn; the order of tasks stays the machine's business")


def pytest_configure(config: pytest.Config) -> None:
    """Slow transactions of the desk and answers of the stand-ins, before and after they have their effect."""
    chance, randomness = config.getoption("--jitter"), random.Random(config.getoption("--jitter-seed"))
    for owner, name, longest in _SLOWED:
        _slow(owner, name, functools.partial(_drawn, randomness, chance, longest))


def _drawn(randomness: random.Random, chance: float, longest: float) -> float:
    return randomness.uniform(0, longest) if randomness.random() < chance else 0.0


def _slow(owner: type, name: str, seconds: Callable[[], float]) -> None:
    work: Callable[..., Awaitable[Any]] = getattr(owner, name)

    @functools.wraps(work)
    async def slowed(*args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(seconds())
        result = await work(*args, **kwargs)
        await asyncio.sleep(seconds())
        return result

    setattr(owner, name, slowed)
