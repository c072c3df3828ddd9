"""Guests, where the policy refuses them: told once a day on every path, and nothing that they write is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.world import HANDOFF_CHANNEL, LocalWorld
from storage.repositories import Transaction
from tests.english import messages
from tests.policies import policy_at_once
from tests.whole.scene import CONFIDENT, Scene
from tests.whole.shared import in_own_loop

pytestmark = in_own_loop

GUS = "U0GUEST00"
WORD = "Xanadu"


@pytest.fixture
async def scene(world: LocalWorld, tmp_path: Path) -> AsyncIterator[Scene]:
    policy = tmp_path / "policy.toml"
    policy.write_text(f"{policy_at_once()}\n[people]\nguests = false\n", encoding="utf-8")
    world.settings = world.settings.model_copy(update={"policy_file": policy})
    world.slack.add_user(GUS, "Gus", email="gus@example.com", is_restricted=True)
    async with world.bot() as bot:
        yield Scene(world, bot)


async def _stored(scene: Scene) -> str:
    """Returns everything in the tables that people's words reach."""

    def read(tx: Transaction) -> str:
        tables = ("events", "questions", "conversations", "relays", "effects", "local_tickets")
        return str([tuple(row) for name in tables for row in tx.connection.exec_driver_sql(f"SELECT * FROM {name}")])

    return await scene.bot.store.read(read)


async def test_a_guest_is_told_once_a_day_and_none_of_their_words_are_kept(scene: Scene) -> None:
    root = await scene.ask(f"What about {WORD}?", who=GUS)
    await scene.world.slack.edit(GUS, scene.world.slack.dm_of(GUS), root, f"And {WORD} again?")
    await scene.settled()
    await scene.ask(WORD, who=GUS, thread=root)

    assert scene.world.uppzy.asked == []
    assert scene.private_notes(GUS) == [messages.anyone.EXTERNAL]
    assert await scene.count("conversations") == 0
    assert WORD not in await _stored(scene)


async def test_buttons_and_forms_of_a_guest_do_nothing(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)

    await scene.forge(scene.answer(root), "talk_to_person", await _first_answer(scene), who=GUS)
    await scene.settled()

    assert await scene.count("handoffs") == 0
    assert scene.private_notes(GUS) == [messages.anyone.EXTERNAL]


async def test_a_mention_by_a_guest_shows_nothing(scene: Scene) -> None:
    slack = scene.world.slack
    slack.workspace.channels[HANDOFF_CHANNEL].members.append(GUS)

    await slack.say(GUS, HANDOFF_CHANNEL, f"<@{slack.bot_user_id}> {WORD}1", formatted=True)
    await scene.settled()

    assert scene.private_notes(GUS) == [messages.anyone.EXTERNAL]
    assert WORD not in await _stored(scene)


async def test_the_home_of_a_guest_says_only_that_they_are_not_helped(scene: Scene) -> None:
    await scene.world.slack.open_home(GUS, "home")
    await scene.settled()

    assert messages.anyone.EXTERNAL in str(scene.world.slack.workspace.homes[GUS].blocks)


async def test_everybody_else_is_answered(scene: Scene) -> None:
    await scene.ask(CONFIDENT)

    assert len(scene.world.uppzy.asked) == 1


async def _first_answer(scene: Scene) -> str:
    def read(tx: Transaction) -> str:
        return str(tx.connection.exec_driver_sql("SELECT id FROM answers").scalar_one())

    return await scene.bot.store.read(read)
