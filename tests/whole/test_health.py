"""What the listener says of the bot's health, and what happens where it cannot listen."""

from __future__ import annotations

import aiohttp
import pytest

from bot.errors import SettingsError
from bot.sandbox.house import House
from tests.whole.scene import Scene


async def _status(url: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status


async def test_a_bot_at_work_is_alive_and_ready(scene: Scene) -> None:
    assert await _status(f"{scene.bot.url}/healthz") == 200
    assert await _status(f"{scene.bot.url}/readyz") == 200


async def test_a_bot_without_its_socket_is_alive_but_not_ready(house: House) -> None:
    token = type(house.settings.slack_bot_token)(house.slack.app_token)
    house.settings = house.settings.model_copy(update={"slack_app_token": token})
    async with house.bot() as bot:
        assert await _status(f"{bot.url}/readyz") == 200

        house.slack.faults.http_error("apps.connections.open", status=500, times=None)
        await house.slack.disconnect_sockets(close=True)
        await house.slack.wait_for(lambda: house.slack.sockets.count == 0)

        assert await _status(f"{bot.url}/healthz") == 200
        assert await _status(f"{bot.url}/readyz") == 503


async def test_a_port_that_is_taken_is_named_with_the_mend(house: House) -> None:
    async with house.bot() as bot:
        port = int(bot.url.rpartition(":")[2])
        other = house.settings.model_copy(
            update={"port": port, "database_url": house.settings.database_url.replace("desk.db", "other.db")}
        )
        with pytest.raises(SettingsError, match="HOST and PORT"):
            async with House(slack=house.slack, uppzy=house.uppzy, settings=other).bot():
                pass
