"""Trace: the id of the event that is being handled, which all its jobs and log lines carry."""

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
    """Returns the current trace, or None outside of an event's handling."""
    return _trace.get()


@contextlib.contextmanager
def following(trace: str | None) -> Iterator[None]:
    """Sets the trace inside the block, and in tasks started there."""
    before = _trace.set(trace)
    try:
        yield
    finally:
        _trace.reset(before)


def carried(work: Callable[P, T]) -> Callable[P, T]:
    """Binds `work` to the current trace: a store may run it in another thread, which has none."""
    trace = current()

    @functools.wraps(work)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        with following(trace):
            return work(*args, **kwargs)

    return run
