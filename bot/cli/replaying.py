"""Replay over the questions of a database: many of them in several processes, each of which takes part after part."""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.context import BaseContext

from bot.chat_ids import AnyIds
from bot.helpdesk.escalation import Replay, ReplayResult, replayed
from bot.policy_file import load_policy, stored_policies
from storage.inspection import DatabaseLocation
from storage.policies import policy_texts
from storage.queries.decided import Part, parts_of_decided, read_decided

PART = 2_500
"""Questions of a part: about a tenth of a second."""

_MOST_PROCESSES = 4
_TOO_FEW = 8
"""Parts for which one process is quicker: another one takes a second to start where it cannot be forked."""


@contextlib.contextmanager
def replaying(
    policy: str, location: DatabaseLocation, since: float, *, size: int = PART, processes: int = 0
) -> Iterator[Iterator[ReplayResult]]:
    """Yields the results, part by part, of what this policy would have done with the questions asked since then.

    `policy` is a text without mistakes, `size` that of a part; `processes` 0: as many as suit the machine and the
    number of questions. They are started before the block and end with it.
    """
    parts = parts_of_decided(location, since, size)
    _replay_of(policy, location)  # Forked processes have it, too.
    work = functools.partial(_replayed_part, policy, location, since)
    processes = processes or (1 if len(parts) < _TOO_FEW else min(os.cpu_count() or 1, _MOST_PROCESSES))
    if processes == 1:
        yield map(work, parts)
        return
    pool = ProcessPoolExecutor(processes, mp_context=_context(), initializer=_ignore_interrupts)
    try:
        yield pool.map(work, parts)
    finally:
        pool.shutdown(cancel_futures=True)


def _context() -> BaseContext:
    """Forks, which is quick, where nothing else runs in this process; otherwise starts processes from scratch."""
    forks = sys.platform == "linux" and threading.active_count() == 1
    return multiprocessing.get_context("fork" if forks else "spawn")


def _ignore_interrupts() -> None:
    """Leaves Ctrl-C to the process that waits for the results."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _replayed_part(policy: str, location: DatabaseLocation, since: float, part: Part) -> ReplayResult:
    return replayed(_replay_of(policy, location), read_decided(location, since, part))


@functools.lru_cache(maxsize=1)
def _replay_of(policy: str, location: DatabaseLocation) -> Replay:
    """Returns the replay, which each process makes once."""
    ids = AnyIds()
    return Replay(load_policy(policy, ids=ids), stored_policies(policy_texts(location), ids))
