"""Known people cost no call of Slack for a question, and a change of their profile counts at once."""

from __future__ import annotations

from dataclasses import replace

from bot.slack.people import PeopleLimits
from sandbox.world import MIA, LocalWorld
from tests.whole.scene import CONFIDENT, Scene


async def test_who_is_listed_asks_without_being_looked_up_and_with_the_newest_address(world: LocalWorld) -> None:
    slack = world.slack
    world.outside = replace(world.outside, people=PeopleLimits())
    world.settings = world.settings.model_copy(update={"uppzy_send_email": True})
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.until_stored("people", f"id = '{MIA}'")

        await scene.ask(CONFIDENT)
        delivery = await slack.change_profile(MIA, name="Mia Berg", email="berg@example.com")
        await scene.ask(CONFIDENT)

    assert delivery.status == 200
    assert [asked.email for asked in world.uppzy.asked] == ["mia@example.com", "berg@example.com"]
    assert slack.calls_of("users.info") == []
