"""Watermarks: which threads of a surface are read back, and from when on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.helpdesk.config import CatchUpLimits
from bot.helpdesk.model.conversation import Conversation, Question
from storage.queries.watermarks import read_watermarks
from storage.repositories import Transaction
from storage.sqlite.store import SqliteStore
from tests.addresses import SURFACE

NOW = 1_800_000_000.0
ELSEWHERE = "another"
CONVERSATION = Conversation(
    id="con_1",
    workspace="T",
    surface=SURFACE,
    channel="D1",
    thread="root",
    employee="U1",
    session_id="s",
    root_sent_at=NOW - 900.0,
    opened_at=NOW - 890.0,
    last_at=NOW - 600.0,
)
QUESTION = Question(
    id="que_1",
    conversation_id="con_1",
    surface=SURFACE,
    channel="D1",
    thread="root",
    message="z-early",
    employee="U1",
    text="Why?",
    sent_at=NOW - 800.0,
    asked_at=NOW - 790.0,
)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with SqliteStore(tmp_path / "desk.db") as store:
        yield store


def fill(tx: Transaction) -> None:
    tx.conversations.add(CONVERSATION)
    tx.conversations.add(replace(CONVERSATION, id="con_2", surface=ELSEWHERE, session_id="t", root_sent_at=NOW - 400.0))
    tx.questions.add(QUESTION)
    tx.questions.add(replace(QUESTION, id="que_2", message="a-late", sent_at=NOW - 700.0, asked_at=NOW - 690.0))
    tx.questions.add(replace(QUESTION, id="que_3", surface=ELSEWHERE, conversation_id="con_2", sent_at=NOW - 300.0))


async def test_a_thread_is_read_from_the_time_of_its_last_message_whatever_the_ids_look_like(
    store: SqliteStore,
) -> None:
    await store.run(fill)

    marks = await store.run(read_watermarks, NOW, CatchUpLimits(), SURFACE, frozenset())

    assert {place.thread: place.after for place in marks.places} == {None: NOW - 900.0, "root": NOW - 700.0}
    assert (marks.last_sent_at, marks.last_received_at) == (NOW - 700.0, NOW - 690.0)


async def test_the_same_ids_on_another_surface_are_other_threads(store: SqliteStore) -> None:
    await store.run(fill)

    marks = await store.run(read_watermarks, NOW, CatchUpLimits(), ELSEWHERE, frozenset())

    assert {place.thread: place.after for place in marks.places} == {None: NOW - 400.0, "root": NOW - 300.0}
