"""Telling the page what has changed, as it happens. The page then fetches what it shows of it."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass

from bot.app import RunningBot
from sandbox.slack import Change, ChangeKind, LocalSlack
from sandbox.uppzy import LocalUppzy


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What to fetch anew: a "thread", a whole "channel", a person's "view" or "home", the "desk", the "troubles" with
    the people whom one can be, or the "clock".
    """

    what: str
    channel: str = ""
    root: str = ""
    person: str = ""


DESK = Update(what="desk")
TROUBLES = Update(what="troubles")
CLOCK = Update(what="clock")


class Mailbox:
    """What one open page has not been told yet. Told once is enough, however often it changed meanwhile."""

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
        """All that waits, as soon as there is any; None once closed."""
        await self._filled.wait()
        self._filled.clear()
        updates = list(self._waiting)
        self._waiting.clear()
        return None if self._closed else updates


class Updates:
    """Carries updates from the stand-ins and the bot to every open page."""

    def __init__(self) -> None:
        self._mailboxes: set[Mailbox] = set()
        self._stirred = asyncio.Event()

    @contextlib.contextmanager
    def mailbox(self) -> Iterator[Mailbox]:
        """A mailbox that is filled until the block is left."""
        mailbox = Mailbox()
        self._mailboxes.add(mailbox)
        try:
            yield mailbox
        finally:
            self._mailboxes.discard(mailbox)

    def publish(self, update: Update) -> None:
        for mailbox in self._mailboxes:
            mailbox.put(update)

    def close(self) -> None:
        """Send every open page away."""
        for mailbox in self._mailboxes:
            mailbox.close()

    async def follow_slack(self, slack: LocalSlack) -> None:
        """Tell of every change in the local Slack; never returns."""
        async for change in slack.changes():
            update = update_of(change, slack)
            if update is not None:
                self.publish(update)
            self._stir()

    async def follow_uppzy(self, uppzy: LocalUppzy) -> None:
        """Tell of everything that the local Uppzy receives; never returns."""
        while True:
            seen = _received(uppzy)
            await uppzy.wait_for(lambda before=seen: _received(uppzy) != before, timeout=math.inf)  # type: ignore[misc]
            self._stir()

    async def follow_bot(self, bot: RunningBot) -> None:
        """Tell of the desk once more when the bot has nothing left to do: it writes last of all."""
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            await bot.runner.idle()
            self.publish(DESK)

    def _stir(self) -> None:
        self._stirred.set()
        self.publish(DESK)


def _received(uppzy: LocalUppzy) -> int:
    return uppzy.calls.total() + len(uppzy.asked) + len(uppzy.feedback) + len(uppzy.closed)


_OF_MESSAGES = frozenset(
    {ChangeKind.MESSAGE_POSTED, ChangeKind.MESSAGE_CHANGED, ChangeKind.REACTION_ADDED, ChangeKind.REACTION_REMOVED}
)
_OF_VIEWS = frozenset({ChangeKind.VIEW_OPENED, ChangeKind.VIEW_CHANGED, ChangeKind.VIEW_CLOSED})


def update_of(change: Change, slack: LocalSlack) -> Update | None:
    """What a page that shows it has to fetch; None for what no page shows."""
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
