"""The real bot as a child process, and queries of its database."""

from __future__ import annotations

import asyncio
import ctypes
import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from sandbox.slack import LocalSlack
from sandbox.uppzy import LocalUppzy
from sandbox.world import HANDOFF_CHANNEL
from tests.bench.processes import free_port
from tests.deadlines import HUNG
from tests.policies import with_handoff_rules

RUN = ("bot", "run")
"""The arguments of `python -m` in production."""


_fork_server = multiprocessing.get_context("forkserver")
_fork_server.set_forkserver_preload(["tests.preloaded"])


class BotProcess:
    """The real bot as a child process, which can be killed and started again on the same database.

    It runs and writes its log in `folder`. `policy` is the path of the policy file, by default one with
    which handoffs open at once. `more` holds further
    environment variables, `command` the arguments of `python -m`.
    """

    def __init__(
        self,
        slack: LocalSlack,
        uppzy: LocalUppzy,
        folder: Path,
        database_url: str,
        *,
        sockets: bool = False,
        policy: Path | None = None,
        more: Mapping[str, str] | None = None,
        command: tuple[str, ...] = RUN,
    ) -> None:
        self.port = free_port()
        self._process: BaseProcess | None = None
        self._slack = slack if sockets else None
        self._folder = folder
        self._log = folder / "bot.log"
        self._command = command
        self._environment = {
            "PATH": os.environ.get("PATH", ""),
            "PYTHONPATH": os.pathsep.join(sys.path),
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_API_URL": slack.api_url,
            "HANDOFF_CHANNEL": HANDOFF_CHANNEL,
            "UPPZY_BASE_URL": uppzy.base_url,
            "UPPZY_API_KEY": uppzy.api_key,
            "UPPZY_TENANT_ID": uppzy.tenant_id,
            "UPPZY_SITE_ID": uppzy.site_id,
            "DATABASE_URL": database_url,
            "PORT": str(self.port),
            **(more or {}),
        }
        if sockets:
            self._environment["SLACK_APP_TOKEN"] = slack.app_token
        if policy is None:
            policy = folder / "policy_at_once.toml"
            policy.write_text(with_handoff_rules(""), encoding="utf-8")
        self._environment["POLICY_FILE"] = str(policy)

    @property
    def events_url(self) -> str:
        """The URL at which it takes Slack's requests."""
        return f"http://127.0.0.1:{self.port}/slack/events"

    @property
    def activities_url(self) -> str:
        """The URL at which it takes the activities of Teams."""
        return f"http://127.0.0.1:{self.port}/teams/messages"

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.exitcode is None

    @property
    def id(self) -> int:
        """The id of the running process."""
        assert self._process is not None
        assert self._process.pid is not None
        return self._process.pid

    async def start(self) -> None:
        """Starts it and waits until events reach it. Fails with the log if it ends instead."""
        opened = self._slack.sockets.opened if self._slack else 0
        self._process = fork(self._command, self._folder, self._environment, self._log)
        async with asyncio.timeout(HUNG):
            while not await self._listens():
                assert self.alive, self._log.read_text()
                await asyncio.sleep(0.02)
        if slack := self._slack:
            await slack.wait_for(lambda: slack.sockets.opened > opened)

    async def _listens(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True

    async def kill(self) -> None:
        """Kills it (SIGKILL) and waits for its end."""
        await self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Suspends it (SIGSTOP)."""
        self.send(signal.SIGSTOP)

    def wake(self) -> None:
        """Resumes it (SIGCONT)."""
        self.send(signal.SIGCONT)

    async def stop(self) -> int:
        """Stops it (SIGTERM); returns its exit status."""
        return await self._end(signal.SIGTERM)

    def send(self, number: signal.Signals) -> None:
        """Sends it a signal."""
        os.kill(self.id, number)

    async def _end(self, how: signal.Signals) -> int:
        assert self._process is not None
        self.send(how)
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(self._process.sentinel, ended.set)
        try:
            async with asyncio.timeout(HUNG):
                await ended.wait()
        finally:
            loop.remove_reader(self._process.sentinel)
        self._process.join()
        assert self._process.exitcode is not None
        return self._process.exitcode


def fork(
    command: tuple[str, ...],
    folder: Path,
    environment: Mapping[str, str],
    output: Path,
    *,
    as_ordinary_user: bool = False,
) -> BaseProcess:
    """Starts `python -m` with these arguments in a process that has the modules of the bot loaded.

    It runs in `folder` and writes to `output`, a file or a named pipe. `as_ordinary_user`: the modes of files hold for
    it even if it is root.
    """
    process = _fork_server.Process(
        target=_run, args=(command, folder, environment, output, as_ordinary_user), daemon=True
    )
    process.start()
    return process


def _run(
    command: tuple[str, ...], folder: Path, environment: Mapping[str, str], log: Path, as_ordinary_user: bool
) -> None:
    """Runs `python -m` with these arguments in this process, which was forked for it."""
    if as_ordinary_user and os.geteuid() == 0:
        _respect_file_modes()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number in (1, 2):
        os.dup2(output, number)
    os.close(output)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", buffering=1, encoding="utf-8", closefd=False) for number in (1, 2))
    sys.argv = list(command)
    runpy.run_module(command[0], run_name="__main__", alter_sys=True)


def _respect_file_modes() -> None:
    """Gives up root's rights to read and write all files (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH)."""
    libc = ctypes.CDLL(None)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    rights = (ctypes.c_uint32 * 6)()  # effective, permitted and inheritable: their lower halves, then the upper ones
    assert libc.capget(header, rights) == 0
    rights[0], rights[1] = (held & ~0b110 for held in rights[:2])
    assert libc.capset(header, rights) == 0


def rows(database_url: str, statement: str) -> list[tuple[Any, ...]]:
    """Runs and commits a statement on a database of either engine, which may be in use; returns its rows."""
    address = make_url(database_url)
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    with create_engine(address, poolclass=NullPool).begin() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def engine_tables(database_url: str) -> list[str]:
    """Returns the tables of the job engine on PostgreSQL, beside those of the desk."""
    return [name for (name,) in rows(database_url, _ENGINE_TABLES)]


_ENGINE_TABLES = "SELECT tablename FROM pg_tables WHERE tablename LIKE 'procrastinate%' ORDER BY tablename"


def lock_tables(connection: Connection, tables: Sequence[str]) -> None:
    """Locks tables on PostgreSQL until the transaction of the connection ends.

    Somebody who works with one of them may wait for another. The server resolves that by refusing one of the two, and
    the tables are asked for again.
    """
    while True:
        try:
            connection.execute(text(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE"))
        except OperationalError as error:
            connection.rollback()
            if not isinstance(error.orig, psycopg.errors.DeadlockDetected):
                raise
        else:
            return


def jobs_left(database_url: str) -> int:
    """Returns the number of unfinished jobs, and of effects and events that have begun without one.

    Scheduled lanes do not count.
    """
    jobs, lane, ref = (
        ("jobs", "lane", "ref")
        if database_url.startswith("sqlite")
        else ("procrastinate_jobs", "lock", "args ->> 'ref'")
    )
    waiting = f"SELECT count(*) FROM {jobs} WHERE {lane} NOT LIKE 'scheduled:%'"
    begun = (
        "SELECT count(*) FROM effects WHERE settled_at IS NULL AND lane NOT LIKE 'scheduled:%'"
        f" AND NOT EXISTS (SELECT 1 FROM {jobs} WHERE {ref} = effects.id)"
    )
    accepted = (
        "SELECT count(*) FROM events WHERE handled_at IS NULL"
        f" AND NOT EXISTS (SELECT 1 FROM {jobs} WHERE {ref} = events.id)"
    )
    return int(rows(database_url, f"SELECT ({waiting}) + ({begun}) + ({accepted})")[0][0])


def bring_jobs_forward(database_url: str, seconds: float) -> None:
    """Makes the waiting jobs of a PostgreSQL database due earlier: its own clock decides, and cannot be moved."""
    rows(
        database_url,
        f"UPDATE procrastinate_jobs SET scheduled_at = scheduled_at - make_interval(secs => {seconds}) RETURNING id",
    )
