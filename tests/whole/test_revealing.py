"""Reveal: shows the unredacted question to the person who presses alone, and records and shows who has seen it."""

from __future__ import annotations

import pytest

from bot.helpdesk.model.history import TimelineEntry, TimelineEvent
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL, MIA, TOM, LocalWorld
from storage.retention import delete_old_text
from tests.english import messages
from tests.whole.scene import NOT_AN_AGENT, PERSON, UNKNOWN, Scene
from tests.whole.shared import in_module_loop, in_own_loop

SECRET = f"{UNKNOWN} My password is tulip-42"

pytestmark = in_module_loop


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    """The scene of a bot that the tests of this module share, but for those with `own_scene` or `world`."""
    return shared_scene


async def _timeline(scene: Scene) -> list[TimelineEntry]:
    handoff = await scene.handoff()
    return await scene.look(lambda tx: tx.timeline.of_handoff(handoff.id))


async def _revealed_to(scene: Scene) -> list[str | None]:
    return [entry.person for entry in await _timeline(scene) if entry.event is TimelineEvent.REVEALED]


async def test_the_original_is_shown_to_the_one_who_presses_alone(scene: Scene) -> None:
    await scene.ask(SECRET)
    assert "tulip-42" not in str(scene.card.blocks)

    form = await scene.open_form("reveal", who=BEN)

    assert SECRET in str(form.blocks)
    assert {view.user for view in scene.world.slack.views.values()} == {BEN}
    channel = scene.world.slack.messages(HANDOFF_CHANNEL) + scene.handoff_thread
    assert "tulip-42" not in str([message.text + str(message.blocks) for message in channel])
    assert "tulip-42" not in str(scene.world.slack.ephemerals)


async def test_who_had_it_revealed_is_kept_and_shown_on_the_card(scene: Scene) -> None:
    await scene.ask(SECRET)

    await scene.open_form("reveal", who=ADA)
    await scene.open_form("reveal", who=BEN)

    assert await _revealed_to(scene) == [ADA, BEN]
    assert f"Last revealed to <@{BEN}>, <!date^" in str(scene.card.blocks)


async def test_the_words_are_kept_nowhere_but_with_the_question(scene: Scene) -> None:
    await scene.ask(SECRET)
    before = await scene.count("effects", "body LIKE '%tulip-42%'")

    await scene.open_form("reveal")

    assert await scene.count("effects", "body LIKE '%tulip-42%'") == before


async def test_who_is_no_member_sees_nothing_and_is_told_so(scene: Scene) -> None:
    await scene.ask(SECRET)
    handoff_id = (await _timeline(scene))[0].handoff_id

    await scene.forge(scene.card, "handoff_reveal", handoff_id, who=TOM)

    assert scene.private_notes(TOM) == [NOT_AN_AGENT]
    assert not scene.world.slack.views
    assert await _revealed_to(scene) == []


async def test_a_press_that_comes_too_late_shows_nothing_and_is_noted_all_the_same(scene: Scene) -> None:
    await scene.ask(SECRET)
    handoff_id = (await _timeline(scene))[0].handoff_id

    await scene.forge(scene.card, "handoff_reveal", handoff_id, who=ADA)

    assert scene.private_notes(ADA) == [messages.anyone.FORM_TOO_LATE]
    assert await _revealed_to(scene) == [ADA]


async def test_after_the_retention_time_there_is_nothing_to_reveal(scene: Scene) -> None:
    await scene.ask(SECRET)
    await delete_old_text(scene.bot.store, before=1e12)

    await scene.press_card("reveal")

    assert scene.private_notes(ADA) == [messages.agents.NOTHING_TO_REVEAL]
    assert not scene.world.slack.views
    assert await _revealed_to(scene) == []


async def test_where_nothing_was_written_there_is_no_button(scene: Scene) -> None:
    await scene.ask(PERSON)
    await scene.resolve()
    shown = str(scene.card.blocks)
    assert "handoff_reveal" in shown

    root = await scene.ask("👎", who=MIA)
    offer = next(reply for reply in scene.replies(root) if "talk_to_person" in str(reply.blocks))
    await scene.press(offer, "talk_to_person")

    assert len(scene.world.cards) == 2


async def test_a_long_question_is_revealed_to_its_end(scene: Scene) -> None:
    await scene.ask(f"{UNKNOWN} {'and so on ' * 1100}the end")

    form = await scene.open_form("reveal")

    assert "the end" in str(form.blocks)


@in_own_loop
async def test_a_stop_after_the_press_does_not_lose_that_it_was_revealed(world: LocalWorld) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.ask(SECRET)
        world.slack.faults.http_error("chat.update", times=None)
        world.slack.faults.http_error("views.open", times=None, after_effect=True)
        await world.slack.press(ADA, HANDOFF_CHANNEL, scene.card.ts, "handoff_reveal")
        await world.slack.wait_for(lambda: bool(world.slack.views))
    world.slack.faults.clear()
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.settled()

        assert await _revealed_to(scene) == [ADA]
        assert f"Last revealed to <@{ADA}>" in str(scene.card.blocks)
