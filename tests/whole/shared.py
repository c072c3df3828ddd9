"""One running bot for the cases of a module: a case gets it with an empty database and an empty Slack.

For tests whose bot has the usual settings and is not stopped. What it learned of rate limits and of methods that Slack
does not have stays in its memory: a test of these needs a bot of its own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace

import pytest

from bot.app import RunningBot
from bot.slack.directory import SlackDirectory
from bot.slack.rate_limiter import Rate, SlackLimits
from sandbox.slack import Channel, LocalSlack, User
from sandbox.uppzy import LocalUppzy
from sandbox.world import LocalWorld
from storage import models
from storage.repositories import Transaction
from tests.addresses import SURFACE
from tests.whole.scene import Scene

# The bot and the tests that share it live in one event loop; others of the module may have loops of their own.
in_module_loop = pytest.mark.asyncio(loop_scope="module")
in_own_loop = pytest.mark.asyncio(loop_scope="function")
_FAILED = pytest.StashKey[bool]()
# The cases of a module together post more than one workspace may.
_UNLIMITED = SlackLimits(channel=Rate(burst=10_000, per_second=10_000.0), methods={})
# Timers of earlier cases stay in the memory of the job runner, and with their ids also in the table.
_KEPT = {models.jobs.name}


def note_failure(item: pytest.Item) -> None:
    """Notes on the test that one of its phases failed, for `has_failed`."""
    item.stash[_FAILED] = True


def has_failed(item: pytest.Item) -> bool:
    """True if the test failed, so that what it shared is not fit for the next one."""
    return item.stash.get(_FAILED, False)


@dataclass(slots=True)
class SharedScene:
    """A scene that is opened for the first case that needs it, and stays open until `close`."""

    new_world: Callable[[], AbstractAsyncContextManager[LocalWorld]]
    _opened: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)
    _scene: Scene | None = None
    _people: dict[str, User] = field(default_factory=dict)
    _channels: list[Channel] = field(default_factory=list)

    async def scene(self) -> Scene:
        """Returns the scene as the case before left it."""
        if self._scene is None:
            world = await self._opened.enter_async_context(self.new_world())
            world.outside = replace(world.outside, slack_limits=_UNLIMITED)
            self._scene = Scene(world, await self._opened.enter_async_context(world.bot()))
            self._people = dict(world.slack.workspace.users)
            self._channels = [_copy(channel) for channel in world.slack.workspace.channels.values()]
        return self._scene

    async def empty(self) -> None:
        """Ends the faults and the work of a case, and removes everything that it left."""
        scene = await self.scene()
        scene.world.slack.faults.clear()
        scene.world.uppzy.heal()
        scene.world.uppzy.release()
        await scene.settled()
        await scene.no_work_left()
        await scene.bot.store.run(_delete_rows)
        _forget_people(scene.bot)
        _empty_slack(scene.world.slack)
        scene.world.slack.workspace.users = dict(self._people)
        scene.world.slack.workspace.channels.update((channel.id, _copy(channel)) for channel in self._channels)
        _empty_uppzy(scene.world.uppzy)

    async def close(self) -> None:
        """Stops the bot and the stand-ins; the next case opens others."""
        self._scene = None
        await self._opened.aclose()


def _copy(channel: Channel) -> Channel:
    return replace(channel, members=list(channel.members))


def _forget_people(bot: RunningBot) -> None:
    """Lets the bot ask Slack again who people are, who is in a channel and who reads it."""
    directory = bot.desk._deps.directory(SURFACE)
    assert isinstance(directory, SlackDirectory)
    for known in (directory._people, directory._active, directory._members, directory._shared):
        known.clear()


def _delete_rows(tx: Transaction) -> None:
    for table in reversed(models.metadata.sorted_tables):
        if table.name not in _KEPT:
            tx.connection.execute(table.delete())


def _empty_slack(slack: LocalSlack) -> None:
    """Removes what was said and shown."""
    workspace = slack.workspace
    for log in workspace._logs.values():
        log.by_ts.clear()
        log.shown.clear()
        log.replies.clear()
    for records in (
        workspace.ephemerals, workspace.views, workspace.homes, workspace.sessions, workspace.statuses,
        workspace.prompts, workspace.files, workspace.uploads, workspace.response_urls, slack.calls, slack.deliveries,
    ):  # fmt: skip
        records.clear()


def _empty_uppzy(uppzy: LocalUppzy) -> None:
    site = uppzy._site
    for records in (site.asked, site.feedback, site.closed, site.sessions, site.requests, uppzy.calls):
        records.clear()
