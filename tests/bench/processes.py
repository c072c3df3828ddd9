"""Child processes of the benchmark: start, measure and stop them by id. Needs Linux's /proc."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import resource
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_SECONDS_TO_START = 20
_SECONDS_TO_STOP = 30
_ROOT = Path(__file__).resolve().parents[2]
_TICKS = os.sysconf("SC_CLK_TCK")


Ready = Callable[[], Awaitable[bool]]
"""Returns true once a started process is ready."""


class DidNotStartError(Exception):
    """A process ended before it was ready; the message is its output."""


class EndedBadlyError(Exception):
    """A process ended with an error; the message is its output."""


@dataclass(frozen=True, slots=True)
class Child:
    """A running child process, together with its own children."""

    pid: int

    @property
    def rss_kb(self) -> float:
        """Resident memory in KB, as in proc(5)."""
        return sum(_rss_kb(pid) for pid in _family(self.pid))

    @property
    def cpu_seconds(self) -> float:
        """Processor time so far, user and system, including ended children that were waited for."""
        return sum(_ticks(pid) for pid in _family(self.pid)) / _TICKS

    def kill(self) -> None:
        """Kills the process immediately (SIGKILL)."""
        for pid in list(_family(self.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _family(pid: int) -> Iterator[int]:
    yield pid
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text(encoding="ascii").split():
                yield from _family(int(child))


def _rss_kb(pid: int) -> float:
    # A child that has ended meanwhile uses no memory.
    with contextlib.suppress(FileNotFoundError, ProcessLookupError, StopIteration):
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        return float(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
    return 0.0


def _ticks(pid: int) -> int:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        after_name = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return sum(int(field) for field in after_name[11:15])
    return 0


def free_port() -> int:
    """Returns a free port of the loopback interface."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def allow_many_connections() -> None:
    """Raises the limit of open files, because every unanswered question is a connection. Children inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextlib.asynccontextmanager
async def started(
    log: Path,
    ready: int | Ready,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    python: str = sys.executable,
) -> AsyncIterator[Child]:
    """Runs `python -m ARGUMENTS` until the block is left; entered once it is `ready`, or listens on that port.

    Its output goes to `log`. Raises DidNotStartError with the output if it ends before that.
    It gets neither this process's environment nor a `.env` file here, as either could change what is measured.
    """
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            python, "-m", *arguments, cwd=log.parent, env=_clean(environment), stdout=output, stderr=output
        )
    try:
        await _until(functools.partial(_accepts, ready) if isinstance(ready, int) else ready, process, log)
        yield Child(process.pid)
    finally:
        await _ended(process)


async def outcome(log: Path, *arguments: str) -> str:
    """Runs `python -m ARGUMENTS` to its end and returns its standard output; standard error goes to `log`.

    Raises EndedBadlyError with the contents of `log`. As for `started`, it does not get this process's environment.
    """
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *arguments,
            cwd=log.parent,
            env=_clean(),
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )
    try:
        written, _ = await process.communicate()
    finally:
        await _ended(process)
    if process.returncode != 0:
        raise EndedBadlyError(_said(log))
    return written.decode("utf-8")


def _clean(more: Mapping[str, str] | None = None) -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(_ROOT), **(more or {})}


async def _until(ready: Ready, process: asyncio.subprocess.Process, log: Path) -> None:
    async with asyncio.timeout(_SECONDS_TO_START):
        while not await ready():
            if process.returncode is not None:
                raise DidNotStartError(_said(log))
            await asyncio.sleep(0.05)


def _said(log: Path) -> str:
    return log.read_text(encoding="utf-8")


async def _accepts(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def _ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), _SECONDS_TO_STOP)
        except TimeoutError:
            process.kill()
            await process.wait()
