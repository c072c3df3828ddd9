"""The whole bot over Socket Mode, while connections are cut, refreshed and unavailable."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import aiohttp
import pytest
from pydantic import SecretStr

from bot.app import RunningBot
from bot.errors import CredentialError
from bot.helpdesk.retry import Schedule
from bot.slack.socket_mode import SocketTimings
from sandbox.world import MIA, LocalWorld
from tests.deadlines import HUNG
from tests.whole.scene import CONFIDENT, Scene

OPEN = "apps.connections.open"

RHYTHM = SocketTimings(linger=0.05, closed_within=0.1, retry=Schedule(first=0.01, longest=0.05))


@pytest.fixture
def world(world: LocalWorld) -> LocalWorld:
    """The local world with a bot that uses Socket Mode."""
    token = SecretStr(world.slack.app_token)
    world.settings = world.settings.model_copy(update={"slack_app_token": token})
    world.outside = replace(world.outside, sockets=RHYTHM)
    return world


async def status(bot: RunningBot, path: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(f"{bot.url}{path}") as response:
        return response.status


async def until_ready(bot: RunningBot, wanted: int) -> None:
    """Waits until /readyz returns the wanted status."""
    async with asyncio.timeout(HUNG):
        while await status(bot, "/readyz") != wanted:  # noqa: ASYNC110 - readiness raises no event
            await asyncio.sleep(0.005)


async def test_a_question_is_answered_over_a_socket(world: LocalWorld) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)

        root = await scene.ask(CONFIDENT)

        assert "password" in scene.texts(root).lower()


async def test_questions_asked_while_all_connections_are_cut_are_answered_once(world: LocalWorld) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await world.slack.wait_for(lambda: world.slack.sockets.count == 2)
        outage = world.slack.faults.http_error(OPEN, status=503, times=None)
        await world.slack.sockets.drop()
        asking = [asyncio.create_task(world.slack.dm(MIA, CONFIDENT)) for _ in range(5)]
        await until_ready(bot, 503)

        world.slack.faults.clear(outage)
        told = await asyncio.gather(*asking)
        await until_ready(bot, 200)
        await scene.settled()

        assert all(one.ok and one.attempts > 1 for one in told)
        assert [len([m for m in scene.replies(one.ts) if m.blocks]) for one in told] == [1] * 5


async def test_questions_asked_while_connections_are_refreshed_are_answered_once(world: LocalWorld) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await world.slack.wait_for(lambda: world.slack.sockets.count == 2)
        asking = []
        for _ in range(4):
            asking.append(asyncio.create_task(world.slack.dm(MIA, CONFIDENT)))
            await world.slack.sockets.disconnect("refresh_requested", at_most=1)
            await world.slack.wait_for(lambda: world.slack.sockets.count == 2)
        told = await asyncio.gather(*asking)
        await scene.settled()

        assert all(one.ok for one in told)
        assert [len([m for m in scene.replies(one.ts) if m.blocks]) for one in told] == [1] * 4


async def test_a_bot_without_a_connection_is_alive_but_not_ready(world: LocalWorld) -> None:
    async with world.bot() as bot:
        await world.slack.wait_for(lambda: world.slack.sockets.count == 2)
        assert await status(bot, "/readyz") == 200

        world.slack.faults.http_error(OPEN, status=500, times=None)
        await world.slack.disconnect_sockets(close=True)

        await until_ready(bot, 503)
        assert await status(bot, "/healthz") == 200


async def test_a_bot_that_starts_while_slack_gives_no_connection_waits_for_one(
    world: LocalWorld, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="bot.slack.socket_mode")
    outage = world.slack.faults.dropped_before(OPEN, times=None)
    async with world.bot() as bot:
        assert await status(bot, "/readyz") == 503
        world.slack.faults.clear(outage)

        await until_ready(bot, 200)

    assert [record.getMessage() for record in caplog.records if record.name == "bot.slack.socket_mode"] == [
        "slack_not_reached",
        "slack_connected",
    ]


async def test_an_app_level_token_that_is_not_accepted_ends_the_start(world: LocalWorld) -> None:
    world.slack.faults.refused(OPEN, error="invalid_auth")

    with pytest.raises(CredentialError, match="SLACK_APP_TOKEN"):
        async with world.bot():
            pass
