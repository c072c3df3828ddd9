"""A pytest plugin, not loaded by default, that adds random delays to transactions and to responses of stand-ins.

A test that checks a result without waiting for it passes on an idle machine and fails at random on a busy one. With
this plugin it fails for its author: `python -m pytest -p tests.jitter`, see CONTRIBUTING.md. Child processes
(`tests/bot_process.py`) are not slowed down, but the stand-ins that they call are.
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

# Longest delay in seconds: like a slow disk or network, but below every timeout of the bot.
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
    """Adds the options for the share of delayed calls and the seed."""
    group = parser.getgroup("jitter")
    group.addoption("--jitter", type=float, default=0.25, help="how many of the calls are slowed, from 0 to 1")
    group.addoption("--jitter-seed", type=int, help="what is drawn; the order of tasks stays the machine's business")


def pytest_configure(config: pytest.Config) -> None:
    """Delays transactions and responses of the stand-ins, before and after they take effect."""
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
