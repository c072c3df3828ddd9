"""Notices to an employee who waits for an answer, and plain DMs without the agent view."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import Outside
from sandbox.slack import DEFAULT_SCOPES, InstalledApp, LocalSlack
from sandbox.uppzy import Endpoint, LocalUppzy, replying
from sandbox.world import MIA, LocalWorld, local_settings, populate
from tests.whole.conftest import QUICK
from tests.whole.scene import CONFIDENT, UNKNOWN, Scene


async def test_a_slow_answer_is_announced_once_and_comes(world: LocalWorld) -> None:
    impatient = dataclasses.replace(QUICK, slow_notice_after=0.05)
    world.outside = dataclasses.replace(world.outside, timeouts=impatient)
    world.uppzy.hold()
    async with world.bot() as bot:
        scene = Scene(world, bot)
        delivery = await world.slack.dm(MIA, CONFIDENT)
        await world.slack.wait_for(lambda: "taking longer than usual" in scene.texts(delivery.ts))
        world.uppzy.release()
        await scene.settled()

        texts = [reply.text for reply in scene.replies(delivery.ts)]
        assert len([text for text in texts if "taking longer than usual" in text]) == 1
        assert "password.example.com" in str(scene.answer(delivery.ts).blocks)


async def test_an_outage_is_announced_once_however_often_it_is_tried(world: LocalWorld) -> None:
    impatient = dataclasses.replace(QUICK, slow_notice_after=0.0)
    world.outside = dataclasses.replace(world.outside, timeouts=impatient)
    world.uppzy.fail(Endpoint.CHAT, replying(503, times=4))
    async with world.bot() as bot:
        scene = Scene(world, bot)
        delivery = await world.slack.dm(MIA, CONFIDENT)
        await world.slack.wait_for(lambda: "feedback_buttons" in str([r.blocks for r in scene.replies(delivery.ts)]))
        await scene.settled()

        texts = [reply.text for reply in scene.replies(delivery.ts)]
        assert len([text for text in texts if "taking longer than usual" in text]) == 1


@pytest.mark.both_engines
async def test_that_an_answer_takes_longer_is_not_said_after_the_answer(world: LocalWorld) -> None:
    impatient = dataclasses.replace(QUICK, slow_notice_after=0.0)
    world.outside = dataclasses.replace(world.outside, timeouts=impatient)
    world.uppzy.hold()
    world.slack.faults.rate_limited("chat.postMessage", retry_after=1, times=1)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        delivery = await world.slack.dm(MIA, CONFIDENT)
        await world.slack.wait_for(lambda: world.slack.calls_of("chat.postMessage"))
        world.uppzy.release()
        await world.slack.wait_for(lambda: scene.replies(delivery.ts))
        await scene.until_stored("effects", "kind = 'PostMessage:EmployeeNotice' AND state = 'dropped'")

        assert scene.replies(delivery.ts) == [scene.answer(delivery.ts)]


@pytest.fixture
async def classic(tmp_path: Path, policy: Path) -> AsyncIterator[Scene]:
    """A running bot in a workspace whose app has no agent view."""
    app = InstalledApp(scopes=DEFAULT_SCOPES - {"assistant:write"}, agent_view=False)
    async with LocalSlack(app=app) as slack, LocalUppzy() as uppzy:
        populate(slack)
        settings = local_settings(slack, uppzy, tmp_path / "desk.db", {"POLICY_FILE": str(policy)})
        world = LocalWorld(
            slack=slack, uppzy=uppzy, settings=settings, outside=Outside(timeouts=QUICK, stop_timeout=0.2)
        )
        async with world.bot() as bot:
            yield Scene(world, bot)


async def test_without_agent_view_top_level_messages_continue_the_conversation(classic: Scene) -> None:
    first = await classic.ask(CONFIDENT)
    second = await classic.ask("How do I connect to the VPN?")

    assert len({asked.session_id for asked in classic.world.uppzy.asked}) == 1
    assert classic.answer(first).thread_ts == first
    assert classic.answer(second).thread_ts == second


async def test_without_agent_view_people_answer_where_the_employee_wrote_last(classic: Scene) -> None:
    await classic.ask(CONFIDENT)
    second = await classic.ask(UNKNOWN)
    await classic.press_card("claim")
    await classic.write_in_thread("I am on it")

    assert "I am on it" in classic.texts(second)


async def test_a_conversation_that_was_idle_for_hours_is_over(classic: Scene) -> None:
    await classic.ask(CONFIDENT)
    await classic.bot.store.run(
        lambda tx: tx.connection.exec_driver_sql("UPDATE conversations SET last_at = last_at - 18000")
    )

    await classic.ask("How do I connect to the VPN?")

    assert len({asked.session_id for asked in classic.world.uppzy.asked}) == 2
