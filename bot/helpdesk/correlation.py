"""Which input everything that is done now follows from. Its id is the trace: one for all jobs and log lines."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_trace: ContextVar[str | None] = ContextVar("trace", default=None)


def current() -> str | None:
    """The trace that is followed here, or None where nothing that came in is the cause."""
    return _trace.get()


@contextlib.contextmanager
def following(trace: str | None) -> Iterator[None]:
    """Follow `trace` inside the block, and in tasks that are started there."""
    before = _trace.set(trace)
    try:
        yield
    finally:
        _trace.reset(before)


def carried(work: Callable[P, T]) -> Callable[P, T]:
    """`work` under the trace that is followed now: a store may run it in another thread, where none is."""
    trace = current()

    @functools.wraps(work)
    def follow(*args: P.args, **kwargs: P.kwargs) -> T:
        with following(trace):
            return work(*args, **kwargs)

    return follow
