"""Reads in a process of their own: what computes for seconds holds up the event loop even from a thread."""

from __future__ import annotations

import asyncio
import pickle
import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from bot.errors import StorageError

P = ParamSpec("P")
R = TypeVar("R")

_PROGRAM = "import sys; sys.path[:] = {path!r}; from storage.reader_process import main; main()"


async def read_apart(read: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Calls a function of a module in a new process. Raises its StorageError, and one where the process fails.

    The process ends with the read, and does not outlive a caller that was cancelled or killed.
    """
    # In a session of its own, so that Ctrl-C reaches the desk alone, which lets it end.
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _PROGRAM.format(path=sys.path)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        written, _ = await process.communicate(pickle.dumps((read, args, kwargs)))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise StorageError(f"The process that reads the database ended with status {process.returncode}.")
    # In a thread: safe texts are redacted again.
    result: R | StorageError = await asyncio.to_thread(pickle.loads, written)
    if isinstance(result, StorageError):
        raise result
    return result


def main() -> None:
    """Reads the call from standard input, and writes what it returns to standard output."""
    read, args, kwargs = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by the process that started this one
    try:
        result = read(*args, **kwargs)
    except StorageError as error:
        result = error
    pickle.dump(result, sys.stdout.buffer)
