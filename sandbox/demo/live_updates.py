"""Live updates: notify open pages of changes; a page then fetches the parts that it shows."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass

from bot.app import RunningBot
from sandbox.slack import Change, ChangeKind, LocalSlack
from sandbox.teams import LocalTeams
from sandbox.uppzy import LocalUppzy


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """A part of the page to fetch again: a "thread", a "channel", a person's "view" or "home", the "desk", the
    "faults" (with the people to choose from), the "clock", the "rules", or everything in "teams".
    """

    what: str
    channel: str = ""
    root: str = ""
    person: str = ""


DESK = Update(what="desk")
FAULTS = Update(what="faults")
CLOCK = Update(what="clock")
TEAMS = Update(what="teams")
RULES = Update(what="rules")


class UpdateQueue:
    """Updates that one open page has not received yet, each once, however often it occurred."""

    def __init__(self) -> None:
        self._waiting: dict[Update, None] = {}
        self._filled = asyncio.Event()
        self._closed = False

    def put(self, update: Update) -> None:
        self._waiting[update] = None
        self._filled.set()

    def close(self) -> None:
        self._closed = True
        self._filled.set()

    async def take(self) -> list[Update] | None:
        """Waits for updates and returns all of them; None once closed."""
        await self._filled.wait()
        self._filled.clear()
        updates = list(self._waiting)
        self._waiting.clear()
        return None if self._closed else updates


class Updates:
    """Sends updates of the stand-ins and the bot to every open page."""

    def __init__(self) -> None:
        self._queues: set[UpdateQueue] = set()
        self._desk_changed = asyncio.Event()

    @contextlib.contextmanager
    def queue(self) -> Iterator[UpdateQueue]:
        """Opens a queue that receives updates until the block is left."""
        queue = UpdateQueue()
        self._queues.add(queue)
        try:
            yield queue
        finally:
            self._queues.discard(queue)

    def publish(self, update: Update) -> None:
        for queue in self._queues:
            queue.put(update)

    def close(self) -> None:
        """Disconnects every open page."""
        for queue in self._queues:
            queue.close()

    async def follow_slack(self, slack: LocalSlack) -> None:
        """Publishes every change in the local Slack; never returns."""
        async for change in slack.changes():
            update = update_for(change, slack)
            if update is not None:
                self.publish(update)
            self._notify_desk()

    async def follow_teams(self, teams: LocalTeams) -> None:
        """Publishes every change in the local Teams; never returns."""
        async for _ in teams.changes():
            self.publish(TEAMS)
            self._notify_desk()

    async def follow_uppzy(self, uppzy: LocalUppzy) -> None:
        """Publishes every request to the local Uppzy; never returns."""
        while True:
            seen = _received(uppzy)
            await uppzy.wait_for(lambda before=seen: _received(uppzy) != before, timeout=math.inf)  # type: ignore[misc]
            self._notify_desk()

    async def follow_bot(self, bot: RunningBot) -> None:
        """Publishes the desk again whenever the bot becomes idle, since its last writes come after all changes."""
        while True:
            await self._desk_changed.wait()
            self._desk_changed.clear()
            await bot.runner.idle()
            self.publish(DESK)

    def _notify_desk(self) -> None:
        self._desk_changed.set()
        self.publish(DESK)


def _received(uppzy: LocalUppzy) -> int:
    return uppzy.calls.total() + len(uppzy.asked) + len(uppzy.feedback) + len(uppzy.closed)


_OF_MESSAGES = frozenset(
    {ChangeKind.MESSAGE_POSTED, ChangeKind.MESSAGE_CHANGED, ChangeKind.REACTION_ADDED, ChangeKind.REACTION_REMOVED}
)
_OF_VIEWS = frozenset({ChangeKind.VIEW_OPENED, ChangeKind.VIEW_CHANGED, ChangeKind.VIEW_CLOSED})


def update_for(change: Change, slack: LocalSlack) -> Update | None:
    """Returns the update for a change; None for a change that no page shows."""
    if change.kind in _OF_MESSAGES:
        message = slack.message(change.channel, change.ts)
        return Update(what="thread", channel=change.channel, root=message.root_ts if message else change.ts)
    if change.kind is ChangeKind.STATUS_SET:
        return Update(what="thread", channel=change.channel, root=change.ts)
    if change.kind in (ChangeKind.MESSAGE_DELETED, ChangeKind.EPHEMERAL_POSTED, ChangeKind.EPHEMERAL_DELETED):
        return Update(what="channel", channel=change.channel)
    if change.kind in _OF_VIEWS:
        return Update(what="view", person=change.user)
    if change.kind is ChangeKind.HOME_PUBLISHED:
        return Update(what="home", person=change.user)
    return None
