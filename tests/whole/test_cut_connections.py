"""Connections to PostgreSQL cut at a commit: nothing is lost, and nothing is shown twice."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import pytest

from sandbox.world import HANDOFF_CHANNEL, MIA, LocalWorld
from tests.cutting import CuttableWire, Moment
from tests.whole.scene import CONFIDENT, UNKNOWN, Scene

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
# The bound value 'done' in PostgreSQL's protocol: its length, then the bytes.
_DONE = b"\x00\x00\x00\x04done"
each_moment = pytest.mark.parametrize("moment", list(Moment))


@contextlib.asynccontextmanager
async def _at_work(world: LocalWorld) -> AsyncIterator[tuple[Scene, CuttableWire]]:
    """Runs the bot with its database behind a wire that can be cut."""
    async with CuttableWire(world.settings.database_url) as wire:
        world.settings = world.settings.model_copy(update={"database_url": wire.url})
        async with world.bot() as bot:
            yield Scene(world, bot), wire


@each_moment
async def test_a_question_whose_acceptance_was_cut_is_delivered_again_and_answered_once(
    world: LocalWorld, moment: Moment
) -> None:
    async with _at_work(world) as (scene, wire):
        cut = wire.plan(moment, b"INSERT INTO events")

        root = (await world.slack.dm(MIA, CONFIDENT)).ts
        await world.slack.wait_for(lambda: scene.answers(root))
        await cut.wait()
        await scene.settled()

        assert len(scene.answers(root)) == 1
        assert await scene.came_in() == 1


@each_moment
async def test_an_answer_whose_record_was_cut_is_looked_for_and_not_posted_again(
    world: LocalWorld, moment: Moment
) -> None:
    async with _at_work(world) as (scene, wire):
        post = world.slack.faults.held("chat.postMessage")
        root = (await world.slack.dm(MIA, CONFIDENT)).ts
        await scene.until_stored("effects", "kind = 'PostMessage:AnswerPart' AND state = 'sending'")
        cut = wire.plan(moment, _DONE)
        post.release()

        await scene.until_stored("effects", "kind = 'PostMessage:AnswerPart' AND state = 'done'")
        await cut.wait()
        await scene.settled()

        assert len(scene.answers(root)) == 1


@each_moment
async def test_a_card_whose_record_was_cut_is_looked_for_and_stands_once_with_one_ticket(
    world: LocalWorld, moment: Moment
) -> None:
    async with _at_work(world) as (scene, wire):
        card = world.slack.faults.held("chat.postMessage", when=lambda args: args.get("channel") == HANDOFF_CHANNEL)
        await world.slack.dm(MIA, UNKNOWN)
        await scene.until_stored("effects", "kind = 'CreateTicket' AND state = 'done'")
        cut = wire.plan(moment, _DONE)
        card.release()

        await scene.until_stored("effects", "kind = 'PostMessage:Card' AND state = 'done'")
        await cut.wait()
        await scene.settled()

        assert len(world.cards) == 1
        assert await scene.count("local_tickets") == 1


@each_moment
async def test_an_answer_of_the_assistant_whose_record_was_cut_is_posted_once(
    world: LocalWorld, moment: Moment
) -> None:
    async with _at_work(world) as (scene, wire):
        world.uppzy.hold()
        root = (await world.slack.dm(MIA, CONFIDENT)).ts
        await scene.until_stored("effects", "kind = 'Ask' AND state = 'sending'")
        cut = wire.plan(moment, _DONE)
        world.uppzy.release()

        await world.slack.wait_for(lambda: scene.answers(root))
        await cut.wait()
        await scene.settled()

        assert len(scene.answers(root)) == 1
        assert await scene.count("answers") == 1
