"""What the figures were measured on, so that they can be judged."""

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


def described(folder: Path) -> dict[str, str]:
    """Processor, software, commit, and how long the disk under `folder` takes to keep a page for good."""
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores shared by all processes of this run",
        "load before": f"{os.getloadavg()[0]:.1f} of {os.cpu_count()}; above 0.3, something else was at work",
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
