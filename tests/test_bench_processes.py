"""Benchmark processes that run to their end return their output, or an error with it."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from tests.bench.processes import EndedBadlyError, outcome


async def test_what_a_process_wrote_is_its_outcome(tmp_path: Path) -> None:
    assert await outcome(tmp_path / "log", "platform") == f"{platform.platform(True, False)}\n"


async def test_a_process_that_ends_badly_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(EndedBadlyError, match="No module named no_such_module"):
        await outcome(tmp_path / "log", "no_such_module")
