"""The members of a channel are cached for a while, and no longer."""

from __future__ import annotations

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.directory import SlackDirectory
from sandbox.slack import LocalSlack
from sandbox.world import ADA, HANDOFF_CHANNEL, MIA, populate


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1_795_400_000.0

    def __call__(self) -> float:
        return self.now


async def test_a_clock_set_back_an_hour_makes_nothing_be_remembered_for_longer() -> None:
    clock = Clock()
    async with LocalSlack() as slack:
        populate(slack)
        directory = SlackDirectory(AsyncWebClient(token=slack.bot_token, base_url=slack.api_url), clock, frozenset())
        assert not await directory.is_member(MIA, HANDOFF_CHANNEL)
        assert await directory.is_member(ADA, HANDOFF_CHANNEL)
        slack.workspace.channels[HANDOFF_CHANNEL].members.remove(ADA)
        slack.workspace.channels[HANDOFF_CHANNEL].members.append(MIA)

        clock.now -= 3600.0

        assert await directory.is_member(MIA, HANDOFF_CHANNEL)
        assert not await directory.is_member(ADA, HANDOFF_CHANNEL)
