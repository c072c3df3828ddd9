"""One running bot for the cases of a module: a case gets it with an empty database and an empty Slack.

For tests whose bot has the usual settings and is not stopped. What it learned of rate limits and of methods that Slack
does not have stays in its memory: a test of these needs a bot of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import pickle
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Any, Self

import pytest

from bot.app import RunningBot
from bot.slack.directory import SlackDirectory
from sandbox.slack import Channel, User
from sandbox.world import LocalWorld
from storage import models
from storage.repositories import Transaction
from tests.addresses import SURFACE
from tests.whole.scene import Scene

# The bot and the tests that share it live in one event loop; others of the module may have loops of their own.
in_module_loop = pytest.mark.asyncio(loop_scope="module")
in_own_loop = pytest.mark.asyncio(loop_scope="function")
_FAILED = pytest.StashKey[bool]()
_OF_SLACK = ("events_url", "forwarded_files_are_visible", "latency")
_OF_UPPZY = ("api_key", "latency")
_SECONDS_TO_END = 0.5
# Scheduled jobs of earlier cases stay in the memory of the job runner, and with their ids also in the table.
_KEPT = {models.jobs.name, models.audit.name, models.audit_head.name, models.audit_keys.name}


def note_failure(item: pytest.Item) -> None:
    """Notes on the test that one of its phases failed, for `has_failed`."""
    item.stash[_FAILED] = True


def has_failed(item: pytest.Item) -> bool:
    """True if the test failed, so that what it shared is not fit for the next one."""
    return item.stash.get(_FAILED, False)


@dataclass(frozen=True, slots=True)
class StandInState:
    """Settings, people and channels of the stand-ins, which tests change."""

    slack: dict[str, Any]
    uppzy: dict[str, Any]
    now: Callable[[], float]
    people: dict[str, User]
    channels: list[Channel]

    @classmethod
    def of(cls, world: LocalWorld) -> Self:
        workspace = world.slack.workspace
        return cls(
            slack={name: getattr(world.slack, name) for name in _OF_SLACK},
            uppzy={name: getattr(world.uppzy, name) for name in _OF_UPPZY},
            now=workspace.now,
            people=dict(workspace.users),
            channels=[_copy(channel) for channel in workspace.channels.values()],
        )

    def restore(self, world: LocalWorld) -> None:
        """Sets everything back. Direct messages that were opened since then stay."""
        for stand_in, settings in ((world.slack, self.slack), (world.uppzy, self.uppzy)):
            for name, value in settings.items():
                setattr(stand_in, name, value)
        workspace = world.slack.workspace
        workspace.now = self.now
        workspace.users = dict(self.people)
        dms = [channel for channel in workspace.channels.values() if channel.person]
        workspace.channels = {channel.id: channel for channel in [*dms, *map(_copy, self.channels)]}


def _copy(channel: Channel) -> Channel:
    return replace(channel, members=list(channel.members))


Begin = Callable[[Scene], Awaitable[str]]
"""The way from an empty scene to the beginning that several cases have in common. Returns what they have to know."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """The result of a `Begin`, and everything that it left in the database and in the stand-ins."""

    known: str
    rows: dict[str, list[dict[str, Any]]]
    records: bytes

    @classmethod
    async def of(cls, scene: Scene, known: str) -> Self:
        await scene.settled()
        await scene.no_work_left()
        rows = await scene.bot.store.run(_read_rows)
        return cls(known=known, rows=rows, records=pickle.dumps(_records(scene.world)))

    async def restore(self, scene: Scene) -> str:
        """Puts everything back into an empty scene. Jobs whose time lies far ahead are still with the bot."""
        await scene.bot.store.run(_insert_rows, self.rows)
        for records, kept in zip(_records(scene.world), pickle.loads(self.records), strict=True):
            if isinstance(records, dict):
                records.update(kept)
            else:
                records.extend(kept)
        return self.known


def _records(world: LocalWorld) -> list[Any]:
    """Returns the lists and dicts in which the stand-ins keep what happened."""
    slack, uppzy, site = world.slack.workspace, world.uppzy, world.uppzy._site
    return [
        *(slack._logs, slack.ephemerals, slack.views, slack.homes, slack.sessions, slack.statuses, slack.prompts),
        *(slack.files, slack.uploads, slack.response_urls, world.slack.calls, world.slack.deliveries),
        *(uppzy.calls, site.asked, site.feedback, site.closed, site.sessions, site.requests, site.documents),
    ]


@dataclass(slots=True)
class SharedScene:
    """A scene that is opened for the first case that needs it, and stays open until `close`."""

    new_world: Callable[[], AbstractAsyncContextManager[LocalWorld]]
    _opened: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)
    _scene: Scene | None = None
    _initial: StandInState | None = None
    _beginnings: dict[Begin, Beginning] = field(default_factory=dict)

    async def scene(self) -> Scene:
        """Returns the scene as the case before left it."""
        if self._scene is None:
            world = await self._opened.enter_async_context(self.new_world())
            self._scene = Scene(world, await self._opened.enter_async_context(world.bot()))
            self._initial = StandInState.of(world)
        return self._scene

    @contextlib.asynccontextmanager
    async def lent(self, case: pytest.Item) -> AsyncIterator[Scene]:
        """Lends the scene to a case and empties it afterwards. After a failed case the next one gets another."""
        yield await self.scene()
        if has_failed(case):
            await self.close()
        else:
            await self.empty()

    async def begun(self, begin: Begin, scene: Scene) -> str:
        """Brings an empty scene to a beginning: the shared one by what `begin` left there the first time."""
        if scene is not self._scene:
            return await begin(scene)
        if (known := self._beginnings.get(begin)) is not None:
            return await known.restore(scene)
        self._beginnings[begin] = beginning = await Beginning.of(scene, await begin(scene))
        return beginning.known

    async def empty(self) -> None:
        """Ends the faults and the work of a case, and removes everything that it left.

        Closes the scene if work goes on, because an answer or a call was made to take long.
        """
        scene = await self.scene()
        scene.world.slack.faults.clear()
        scene.world.uppzy.heal()
        scene.world.uppzy.release()
        try:
            async with asyncio.timeout(_SECONDS_TO_END):
                await scene.settled()
                await scene.no_work_left()
        except TimeoutError:
            await self.close()
            return
        await scene.bot.store.run(_delete_rows)
        _forget_people(scene.bot)
        scene.world.slack.clear()
        scene.world.uppzy.clear()
        assert self._initial is not None
        self._initial.restore(scene.world)

    async def close(self) -> None:
        """Stops the bot and the stand-ins; the next case opens others."""
        self._scene = None
        self._beginnings.clear()
        await self._opened.aclose()


def _forget_people(bot: RunningBot) -> None:
    """Lets the bot ask Slack again who people are, who is in a channel and who reads it."""
    directory = bot.desk._deps.directory(SURFACE)
    assert isinstance(directory, SlackDirectory)
    directory._people.forget()
    for known in (directory._active, directory._members, directory._shared):
        known.clear()


_EMPTIED = [table for table in models.metadata.sorted_tables if table.name not in _KEPT]


def _delete_rows(tx: Transaction) -> None:
    tx.known.clear()
    for table in reversed(_EMPTIED):
        tx.connection.execute(table.delete())


def _read_rows(tx: Transaction) -> dict[str, list[dict[str, Any]]]:
    return {table.name: [dict(row._mapping) for row in tx.connection.execute(table.select())] for table in _EMPTIED}


def _insert_rows(tx: Transaction, rows: dict[str, list[dict[str, Any]]]) -> None:
    for table in _EMPTIED:
        if rows[table.name]:
            tx.connection.execute(table.insert(), rows[table.name])
