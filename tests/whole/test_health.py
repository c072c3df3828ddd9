"""Health endpoints, and the error when the port is taken."""

from __future__ import annotations

import aiohttp
import pytest

from bot.errors import SettingsError
from sandbox.world import LocalWorld
from tests.whole.scene import Scene


async def _status(url: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status


async def test_a_bot_at_work_is_alive_and_ready(scene: Scene) -> None:
    assert await _status(f"{scene.bot.url}/healthz") == 200
    assert await _status(f"{scene.bot.url}/readyz") == 200


async def test_a_port_that_is_taken_is_named_with_the_mend(world: LocalWorld) -> None:
    async with world.bot() as bot:
        port = int(bot.url.rpartition(":")[2])
        other = world.settings.model_copy(
            update={"port": port, "database_url": world.settings.database_url.replace("desk.db", "other.db")}
        )
        with pytest.raises(SettingsError, match="HOST and PORT"):
            async with LocalWorld(slack=world.slack, uppzy=world.uppzy, settings=other).bot():
                pass
