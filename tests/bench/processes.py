"""Processes that the benchmark starts, measures and ends, each by its id. Reads Linux's /proc."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_SECONDS_TO_START = 20
_SECONDS_TO_STOP = 30
_ROOT = Path(__file__).resolve().parents[2]
_TICKS = os.sysconf("SC_CLK_TCK")


class DidNotStartError(Exception):
    """A process ended before it listened; the message is what it said."""


@dataclass(frozen=True, slots=True)
class Child:
    """A running process of ours."""

    pid: int

    @property
    def rss_kb(self) -> float:
        """Resident memory in KB, as in proc(5)."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return float(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])

    @property
    def cpu_seconds(self) -> float:
        """Processor time so far, user and system."""
        after_name = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / _TICKS


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def allow_many_connections() -> None:
    """Every waiting question is an open connection; children inherit the limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextlib.asynccontextmanager
async def started(
    log: Path, port: int, *arguments: str, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Child]:
    """Run `python -m ARGUMENTS` until the block is left; entered once it listens on `port`.

    What it says goes into `log`. Raises DidNotStartError with that.
    It sees nothing of this process's environment and of a `.env` file here: neither may change what is measured.
    """
    clean = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(_ROOT), **(environment or {})}
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *arguments, cwd=log.parent, env=clean, stdout=output, stderr=output
        )
    try:
        await _listening(process, port, log)
        yield Child(process.pid)
    finally:
        await _ended(process)


async def _listening(process: asyncio.subprocess.Process, port: int, log: Path) -> None:
    async with asyncio.timeout(_SECONDS_TO_START):
        while not await _accepts(port):
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
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), _SECONDS_TO_STOP)
        except TimeoutError:
            process.kill()
            await process.wait()
