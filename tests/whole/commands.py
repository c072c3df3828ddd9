"""Commands of the command line, run beside a bot that works on the same database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.cli.commands import main

Command = Callable[..., Awaitable[tuple[int, str, str]]]
"""Runs a command with these arguments. Returns its exit status, its output and its errors."""


def command(database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Returns the command line, on this database."""
    monkeypatch.setenv("DATABASE_URL", database_url)

    def run(*arguments: str) -> int:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        return int(ended.value.code or 0)

    async def run_beside(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = await asyncio.to_thread(run, *arguments)
        said = capsys.readouterr()
        return status, said.out, said.err

    return run_beside


async def as_json(run: Command, *arguments: str) -> Any:
    """Returns what a command that succeeds writes with --json."""
    status, out, err = await run(*arguments, "--json")
    assert status == 0, err
    return json.loads(out)
