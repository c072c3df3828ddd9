"""Accepting: the events of one payload in one transaction, and what is answered at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.helpdesk.config import DeskConfig
from bot.helpdesk.escalation.policy import HandoffRules, Policy
from bot.helpdesk.inbox.router import accept
from bot.helpdesk.model.conversation import Rating
from bot.helpdesk.model.events import Acceptance, Event, FormRefused, InboxEntry, Pressed, ReasonGiven, ResolutionGiven
from bot.helpdesk.model.handoff import Outcome
from bot.helpdesk.ports import Transaction
from bot.helpdesk.unit_of_work import UnitOfWork
from storage.sqlite.store import SqliteStore
from tests.addresses import SURFACE, SURFACES, message_at
from tests.english import messages

CONFIG = DeskConfig(
    policy=Policy.of(()),
    handoff_channels={SURFACE: "C1"},
    surfaces=SURFACES,
)
STRICT = replace(CONFIG, policy=Policy.of((), HandoffRules(resolution_required=True)))

REASON = ReasonGiven(workspace="T", surface=SURFACE, person="U1", subject="ans_1", text="It is out of date.")
RESOLUTION = ResolutionGiven(
    workspace="T", surface=SURFACE, person="U2", subject="hof_1", text="", outcome=Outcome.SOLVED, as_reference=False
)
VERDICT = Pressed(
    workspace="T",
    address=message_at("D1", "2", "1"),
    person="U1",
    button=Rating.BAD,
    subject="ans_1",
    trigger="",
    at=1.0,
    pressed_at=1.0,
    direct=True,
)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with SqliteStore(tmp_path / "desk.db") as store:
        yield store


def entry(event: Event, key: str = "1") -> InboxEntry:
    return InboxEntry(key=key, lane="in:D1", event=event)


async def accepted(
    store: SqliteStore, *entries: InboxEntry, config: DeskConfig = CONFIG
) -> tuple[Acceptance, list[Event | None]]:
    def work(tx: Transaction) -> tuple[Acceptance, list[Event | None]]:
        acceptance, ids = accept(UnitOfWork(tx, 1.0, config), entries)
        return acceptance, [None if id is None else tx.inbox.open(id) for id in ids]

    return await store.run(work)


async def test_one_payload_may_hold_a_verdict_and_its_reason(store: SqliteStore) -> None:
    both = entry(VERDICT, "press"), entry(REASON, "press:reason")

    assert await accepted(store, *both) == (Acceptance(is_new=True), [VERDICT, REASON])
    assert await accepted(store, *both) == (Acceptance(is_new=False), [None, None])


async def test_what_is_new_of_a_payload_is_stored_though_the_rest_is_known(store: SqliteStore) -> None:
    await accepted(store, entry(VERDICT, "press"))

    assert await accepted(store, entry(VERDICT, "press"), entry(REASON, "press:reason")) == (
        Acceptance(is_new=True),
        [None, REASON],
    )


@pytest.mark.parametrize(
    ("form", "config", "text"),
    [
        (replace(REASON, text=" \n"), CONFIG, messages.anyone.NO_WORDS_IN_FORM),
        (RESOLUTION, STRICT, messages.anyone.NO_WORDS_IN_FORM),
        (replace(RESOLUTION, as_reference=True), STRICT, messages.anyone.NO_WORDS_IN_FORM),
        (replace(RESOLUTION, text=" ", as_reference=True), CONFIG, messages.agents.REFERENCE_NEEDS_WORDS),
    ],
)
async def test_a_form_without_the_words_it_needs_is_refused_at_once_and_nothing_is_stored(
    store: SqliteStore, form: Event, config: DeskConfig, text: str
) -> None:
    refused = await accepted(store, entry(VERDICT, "press"), entry(form, "form"), config=config)
    again = await accepted(store, entry(VERDICT, "press"), config=config)

    assert refused == (Acceptance(response=FormRefused(text)), [])
    assert again == (Acceptance(is_new=True), [VERDICT])


@pytest.mark.parametrize("form", [RESOLUTION, replace(RESOLUTION, text="A new cable", as_reference=True)])
async def test_a_form_with_the_words_it_needs_is_accepted(store: SqliteStore, form: Event) -> None:
    assert await accepted(store, entry(form)) == (Acceptance(is_new=True), [form])
