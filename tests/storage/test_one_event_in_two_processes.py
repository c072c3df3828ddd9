"""One event that two processes on PostgreSQL handle, since one was taken for gone: it takes effect once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import func, select

from bot.helpdesk.config import DeskConfig
from bot.helpdesk.desk import Adapters, Desk
from bot.helpdesk.model.chat import Address, PersonKind
from bot.helpdesk.model.events import InboxEntry, MessageReceived
from bot.metrics import Metrics
from bot.policy_file import read_policy
from bot.resources import shipped_file
from bot.slack.ids import SlackIds
from bot.tickets.local import DatabaseTickets
from storage import models
from storage.postgres.store import PostgresStore
from storage.queries.home import StoredRecords
from storage.queries.review import StoredReviews
from tests.addresses import SURFACE, SURFACES
from tests.deadlines import HUNG
from tests.helpdesk.recording_surface import RecordingSurface

MIA = "U_MIA"
# Perhaps a bot's, so the directory is asked between the transaction that reads it and the one that handles it.
QUESTION = MessageReceived(
    workspace="T",
    address=Address(surface=SURFACE, channel="D1", thread="1.0", message="1.0"),
    author=MIA,
    text="How do I set up the VPN?",
    sent_at=1.0,
    direct=True,
    unverified=True,
)


class HeldDirectory(RecordingSurface):
    """A directory that is `asked` and answers once it is `released`."""

    def __init__(self) -> None:
        super().__init__(SURFACE)
        self.asked, self.released = asyncio.Event(), asyncio.Event()
        self.is_bot = False

    async def learn(self, id: str, groups: Collection[str]) -> None:
        self.asked.set()
        await self.released.wait()

    def known_kinds(self, id: str, groups: Collection[str]) -> frozenset[str] | None:
        if not self.released.is_set():
            return None
        return frozenset({PersonKind.APP} if self.is_bot else ())


@dataclass(frozen=True, slots=True)
class Process:
    """A desk with its own store, and without a runner."""

    store: PostgresStore
    directory: HeldDirectory = field(default_factory=HeldDirectory)

    def desk(self, folder: Path) -> Desk:
        policy = read_policy(Path(str(shipped_file("config/escalation.toml"))), SlackIds())
        adapters = Adapters(
            store=self.store,
            surfaces={SURFACE: self.directory.ports},
            assistant=cast("Any", None),
            tickets=DatabaseTickets(self.store, lambda: 1.0),
            records=StoredRecords(self.store),
            reviews=StoredReviews(folder / "desk.db", policy.handoffs, UTC),
            observer=Metrics(),
            clock=lambda: 1.0,
        )
        config = DeskConfig(policy=policy, handoff_channels={SURFACE: "C1"}, surfaces=SURFACES)
        return Desk(adapters, config)


@pytest.fixture
async def processes(new_postgres: Callable[[], str]) -> AsyncIterator[tuple[Process, Process]]:
    url = new_postgres()
    async with PostgresStore(url) as one, PostgresStore(url) as other:
        yield Process(one), Process(other)


async def _stored(store: PostgresStore) -> str:
    id = await store.run(lambda tx: tx.inbox.add(InboxEntry(key="k", lane="in:D1", event=QUESTION), 1.0))
    assert id is not None
    return id


async def _counts(store: PostgresStore) -> list[int]:
    tables = (models.conversations, models.questions)
    return await store.run(
        lambda tx: [tx.connection.execute(select(func.count()).select_from(one)).scalar_one() for one in tables]
    )


@pytest.mark.parametrize("takes_it_for_a_bot", [False, True])
async def test_what_another_process_has_handled_meanwhile_has_no_effect_again(
    processes: tuple[Process, Process], tmp_path: Path, takes_it_for_a_bot: bool
) -> None:
    frozen, other = processes
    frozen.directory.is_bot = takes_it_for_a_bot
    other.directory.released.set()
    event = await _stored(frozen.store)
    handling = asyncio.create_task(frozen.desk(tmp_path).handle(event))
    async with asyncio.timeout(HUNG):
        await frozen.directory.asked.wait()
        assert await other.desk(tmp_path).handle(event) is None
        frozen.directory.released.set()
        assert await handling is None

    assert await _counts(other.store) == [1, 1]


async def test_of_two_processes_that_handle_an_event_at_the_same_moment_one_has_an_effect(
    processes: tuple[Process, Process], tmp_path: Path
) -> None:
    event = await _stored(processes[0].store)
    handling = asyncio.gather(*(one.desk(tmp_path).handle(event) for one in processes))
    async with asyncio.timeout(HUNG):
        for one in processes:
            await one.directory.asked.wait()
        for one in processes:
            one.directory.released.set()
        assert await handling == [None, None]

    assert await _counts(processes[0].store) == [1, 1]
