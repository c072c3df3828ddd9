"""Rate limits of Slack and Uppzy are kept without loss, and messages to people take priority over updates."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.call_rates import Rate
from bot.slack.rate_limiter import SlackLimits
from sandbox.uppzy import Endpoint, rate_limited
from sandbox.world import HANDOFF_CHANNEL, MIA, TOM, LocalWorld
from tests.whole.conftest import QUICK, UNLIMITED
from tests.whole.scene import CONFIDENT, UNKNOWN, Scene

PEOPLE = [f"U0EMP{number:04}" for number in range(8)]


@pytest.fixture
def database_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A SQLite database: the limits do not depend on the engine."""
    return f"sqlite:///{tmp_path_factory.mktemp('desk') / 'desk.db'}"


@asynccontextmanager
async def at_work(world: LocalWorld, limits: SlackLimits | None = None, most_at_once: int = 0) -> AsyncIterator[Scene]:
    """Runs a bot with other limits, and adds more employees."""
    for number, person in enumerate(PEOPLE):
        world.slack.add_user(person, f"employee{number}")
    world.settings = world.settings.model_copy(update={"uppzy_max_concurrent": most_at_once})
    timeouts = dataclasses.replace(QUICK, queue_notice_after=0.05)
    world.outside = dataclasses.replace(world.outside, slack_limits=limits or SlackLimits(), timeouts=timeouts)
    async with world.bot() as bot:
        yield Scene(world, bot)


# Slack.


async def test_more_handoffs_than_a_channel_takes_at_once_are_all_posted_once_and_count_as_no_failure(
    world: LocalWorld, caplog: pytest.LogCaptureFixture
) -> None:
    world.slack.faults.limit("chat.postMessage", calls=10, seconds=0.5, by="channel")
    limits = SlackLimits(channel=Rate(burst=2, per_second=15.0), timeout=0.05)
    async with at_work(world, limits) as scene:
        await asyncio.gather(*(world.slack.dm(person, UNKNOWN) for person in PEOPLE))
        await world.slack.wait_for(lambda: len(world.cards) == len(PEOPLE))
        await scene.settled()

        assert len(world.cards) == len(PEOPLE)
        assert await scene.count("effects", "kind = 'PostMessage:Card' AND state = 'done' AND attempts = 1") == len(
            PEOPLE
        )
    assert "effect_delayed" not in caplog.text


async def test_one_refusal_by_slack_is_heeded_by_all_posts_to_that_channel_and_by_no_other(world: LocalWorld) -> None:
    world.slack.faults.rate_limited(
        "chat.postMessage", retry_after=300, when=lambda args: args.get("channel") == HANDOFF_CHANNEL
    )
    async with at_work(world) as scene:
        first = await world.slack.dm(MIA, UNKNOWN)
        await world.slack.wait_for(lambda: _posts(world, HANDOFF_CHANNEL) == 1)
        second = await world.slack.dm(TOM, UNKNOWN)
        await world.slack.wait_for(lambda: "HD-2" in scene.texts(second.ts, who=TOM))
        await world.slack.wait_for(lambda: "HD-1" in scene.texts(first.ts))

        assert _posts(world, HANDOFF_CHANNEL) == 1


async def test_what_slack_refused_for_a_time_is_posted_when_the_time_is_over(world: LocalWorld) -> None:
    world.slack.faults.rate_limited(
        "chat.postMessage", retry_after=1, when=lambda args: args.get("channel") == HANDOFF_CHANNEL
    )
    async with at_work(world, UNLIMITED):
        await asyncio.gather(world.slack.dm(MIA, UNKNOWN), world.slack.dm(TOM, UNKNOWN))

        await world.slack.wait_for(lambda: len(world.cards) == 2)


async def test_a_working_sign_that_finds_no_room_is_left_out_and_the_answer_comes(world: LocalWorld) -> None:
    limits = SlackLimits(methods={"agents.sessions.setStatus": Rate(burst=1, per_second=0.001)}, timeout=0.05)
    world.uppzy.latency = 0.3
    async with at_work(world, limits) as scene:
        first = await scene.ask(CONFIDENT)
        second = await scene.ask(CONFIDENT, who=TOM)

        assert len(scene.replies(first)) == 1
        assert len(scene.replies(second, who=TOM)) == 1
    assert len(world.slack.calls_of("agents.sessions.setStatus")) == 1


# Uppzy.


async def test_no_more_questions_than_the_cap_are_with_uppzy_and_who_waits_is_told_their_place_once(
    world: LocalWorld,
) -> None:
    world.uppzy.latency = 30.0
    async with at_work(world, most_at_once=2) as scene:
        await asyncio.gather(*(world.slack.dm(person, CONFIDENT) for person in PEOPLE[:2]))
        await world.uppzy.wait_for(lambda: len(world.uppzy.asked) == 2)
        waiting = {person: (await world.slack.dm(person, CONFIDENT)).ts for person in PEOPLE[2:4]}
        await world.slack.wait_for(lambda: any(_told(scene, waiting)))

        first, second = sorted(_told(scene, waiting))
        assert first == ""
        assert "You're number 2 in line" in second
        assert len(world.uppzy.asked) == 2


async def test_a_question_that_is_stopped_in_the_line_is_never_asked_and_the_next_one_moves_up(
    world: LocalWorld,
) -> None:
    world.uppzy.latency = 30.0
    async with at_work(world, most_at_once=1) as scene:
        deliveries = [await world.slack.dm(PEOPLE[0], CONFIDENT)]
        await world.uppzy.wait_for(lambda: len(world.uppzy.asked) == 1)
        deliveries += [await world.slack.dm(person, f"{CONFIDENT} {person}") for person in PEOPLE[1:3]]
        await world.slack.stop_session(PEOPLE[1], deliveries[1].channel, deliveries[1].ts)
        await world.slack.wait_for(lambda: "Stopped" in scene.texts(deliveries[1].ts, who=PEOPLE[1]))
        world.uppzy.latency = 0.0
        await world.slack.stop_session(PEOPLE[0], deliveries[0].channel, deliveries[0].ts)
        await world.slack.wait_for(lambda: scene.replies(deliveries[2].ts, who=PEOPLE[2]))
        await scene.settled()

    assert [asked.message for asked in world.uppzy.asked] == [CONFIDENT, f"{CONFIDENT} {PEOPLE[2]}"]


async def test_one_person_cannot_fill_the_line(world: LocalWorld) -> None:
    world.uppzy.latency = 30.0
    async with at_work(world, most_at_once=4) as scene:
        await asyncio.gather(*(world.slack.dm(MIA, f"{CONFIDENT} {number}") for number in range(6)))
        await world.uppzy.wait_for(lambda: len(world.uppzy.asked) == 3)
        world.uppzy.latency = 0.0
        quick = await world.slack.dm(TOM, CONFIDENT)

        await world.slack.wait_for(lambda: scene.replies(quick.ts, who=TOM))
        assert len(world.uppzy.asked) == 4


async def test_one_refusal_by_uppzy_is_heeded_by_all_questions(world: LocalWorld) -> None:
    world.uppzy.fail(Endpoint.CHAT, rate_limited(3600.0))
    async with at_work(world) as scene:
        first = await world.slack.dm(MIA, CONFIDENT)
        await world.uppzy.wait_for(lambda: world.uppzy.calls[Endpoint.CHAT] == 1)
        second = await world.slack.dm(TOM, CONFIDENT)
        await scene.settled()
        assert world.uppzy.calls[Endpoint.CHAT] == 1

    # The next start knows nothing of the pause, which ends it.
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await world.slack.wait_for(lambda: scene.replies(first.ts) and scene.replies(second.ts, who=TOM))


def _told(scene: Scene, waiting: dict[str, str]) -> list[str]:
    """Returns the replies to each of these people's questions, as text."""
    return [scene.texts(root, who=person) for person, root in waiting.items()]


def _posts(world: LocalWorld, channel: str) -> int:
    """Returns the number of attempts to post in a channel, refused ones included."""
    return len([call for call in world.slack.calls_of("chat.postMessage") if call.args.get("channel") == channel])
