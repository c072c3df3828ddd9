"""Description of the machine that the figures were measured on, and of its other load."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

_FLUSHES = 50
_TICKS = os.sysconf("SC_CLK_TCK")


class OtherWork:
    """Processor time used by other programs since this object was made, which distorts the figures."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._before = _busy() - _own()
        self._ours = 0.0

    def leave_out(self, seconds: float) -> None:
        """Counts so many processor seconds as ours: those of a process we started but cannot wait for."""
        self._ours += seconds

    @property
    def percent(self) -> float:
        """Percent of the processor time of all cores. Valid only once all processes of this run have ended."""
        others = _busy() - _own() - self._before - self._ours
        return max(0.0, others / ((time.monotonic() - self._began) * (os.cpu_count() or 1)) * 100)


def _busy() -> float:
    """Returns the busy processor seconds of all cores: all but idle and iowait (proc(5), /proc/stat)."""
    times = [int(field) for field in Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]]
    return (sum(times) - times[3] - times[4]) / _TICKS


def _own() -> float:
    return sum(os.times()[:4])


def described(folder: Path) -> dict[str, str]:
    """Returns processor, software, commit, and the time of an fsync of one page on the disk of `folder`."""
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores shared by all processes of this run",
        "software": f"Python {platform.python_version()}, {platform.system()} {platform.release()}",
        "disk": f"{_flush_ms(folder):.2f} ms to flush a page, where the database is",
        "commit": _commit(),
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def _flush_ms(folder: Path) -> float:
    took = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(_FLUSHES):
            file.write(bytes(4096))
            file.flush()
            started = time.perf_counter()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - started)
    return statistics.median(took) * 1000


def _commit() -> str:
    commit = _git("rev-parse", "--short", "HEAD")
    return f"{commit} with changes" if commit and _git("status", "--porcelain") else commit or "unknown"


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=Path(__file__).parent, capture_output=True, text=True, timeout=10, check=False
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
