"""The queue of gaps: it follows the digest, shows one gap at a time, and keeps what people decide about it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.helpdesk.model.chat import ChannelAddress
from bot.helpdesk.model.conversation import Rating
from bot.helpdesk.model.review import DigestRecord
from sandbox.slack import Message
from sandbox.world import ADA, BEN, MIA, LocalWorld
from storage.retention import delete_old_text
from tests.addresses import SURFACE
from tests.policies import policy_at_once
from tests.review.year import DAY, Asked, HandedOver, write_in
from tests.storage.conftest import store_at
from tests.whole.scene import Clock, Scene

REVIEW = "C0REVIEW0"
WEEK = 7 * DAY
# Wednesday; the last full week begins on November 16.
NOW = datetime(2026, 11, 25, 10, tzinfo=UTC).timestamp()
LAST_WEEK = datetime(2026, 11, 16, 12, tzinfo=UTC).timestamp()
SECRET = "Tulip-Garden-42"


@pytest.fixture
def clock(world: LocalWorld) -> Clock:
    clock = Clock(NOW)
    world.outside = replace(world.outside, clock=clock)
    return clock


@pytest.fixture(autouse=True)
def _channel(world: LocalWorld) -> None:
    world.slack.add_channel(REVIEW, "review", members=[ADA, BEN, world.slack.bot_user_id])
    world.settings = world.settings.model_copy(update={"review_channel": REVIEW})


async def fill(database_url: str) -> None:
    """Stores a week with three gaps: VPN, toner and vacation days."""
    at = LAST_WEEK
    handoff = HandedOver(rules=("unsure answer",), opened_at=at, claimed_at=at + 300, first_word_at=at + 480)
    lives = [
        Asked(at=at + 1, text="vpn does not connect", level="low", handoff=handoff),
        Asked(at=at + 2, text="cannot connect to VPN since yesterday", level="low"),
        Asked(at=at + 3, text="my vpn conection fails", level=None),
        Asked(at=at + 4, text="printer has no toner", level="low"),
        Asked(at=at + 5, text="toner is empty on our printer", level="high", employee_says=Rating.BAD),
        Asked(at=at + 6, text=f"how many vacation days do I have left, my password is {SECRET}", level="low"),
        Asked(at=at + 7, text="where is the canteen", level="high"),
    ]
    async with store_at(database_url) as store:
        await store.run(write_in, lives)


def queues(scene: Scene) -> list[Message]:
    return [message for message in scene.world.slack.messages(REVIEW) if "gap_" in str(message.blocks)]


def queue(scene: Scene) -> Message:
    """Returns the latest queue as it is shown now."""
    return queues(scene)[-1]


def shown(scene: Scene) -> str:
    return str(queue(scene).blocks)


async def press(scene: Scene, button: str, *, who: str = ADA) -> None:
    await scene.press(queue(scene), f"gap_{button}", who=who)


def value_of(message: Message, action: str) -> str:
    """Returns the value that a button carries."""
    elements = [element for block in message.blocks for element in block.get("elements", ())]
    return next(str(element["value"]) for element in elements if element.get("action_id") == action)


@pytest.mark.both_engines
async def test_the_queue_follows_the_digest_and_shows_the_gaps_one_by_one(
    world: LocalWorld, clock: Clock, database_url: str
) -> None:
    await fill(database_url)

    for _ in range(2):
        async with world.bot() as bot:
            scene = Scene(world, bot)
            await scene.settled()
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.settled()
        posted = [message.text for message in world.slack.messages(REVIEW)]
        assert "Weekly review" in posted[0]
        (only,) = queues(scene)
        assert only.ts > world.slack.messages(REVIEW)[0].ts

        assert "Gap 1 of 3" in shown(scene)
        assert "3 questions, 42.9 % of all" in shown(scene)
        assert "low confidence 2 · no confidence given 1 · handed over 1" in shown(scene)
        assert "my vpn conection fails" in shown(scene)
        assert "previous_gap" not in shown(scene)

        await press(scene, "next_gap")
        assert "Gap 2 of 3" in shown(scene)
        assert "rated not helpful 1" in shown(scene)
        await press(scene, "next_gap")
        assert "vacation days" in shown(scene)
        assert SECRET not in shown(scene)
        assert "next_gap" not in shown(scene)
        await press(scene, "previous_gap")
        assert "toner" in shown(scene)


async def test_the_queue_follows_a_digest_that_a_command_has_posted(
    world: LocalWorld, clock: Clock, database_url: str
) -> None:
    await fill(database_url)
    place = ChannelAddress(surface=SURFACE, channel=REVIEW)
    record = DigestRecord(id="dig_1", week="2026-11-16", place=place, message="1.1", decided_at=NOW - 60)
    async with store_at(database_url) as store:
        await store.run(lambda tx: tx.digests.add(record))

    for _ in range(2):
        async with world.bot() as bot:
            scene = Scene(world, bot)
            await scene.settled()
            assert len(queues(scene)) == 1


async def test_a_decision_lasts_from_week_to_week_and_can_be_taken_back(
    world: LocalWorld, clock: Clock, database_url: str
) -> None:
    await fill(database_url)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.settled()
        await press(scene, "not_a_gap")
        assert f"<@{ADA}> says that this is not a gap." in shown(scene)
        await press(scene, "next_gap")
        await press(scene, "snooze_gap")
        assert f"<@{ADA}> has put this off until" in shown(scene)

        await scene.pass_time(clock, 5 * DAY)
        assert "Gap 1 of 1" in shown(scene)
        assert "vacation days" in shown(scene)

        first = queues(scene)[0]
        await scene.press(first, "gap_take_back_gap", who=BEN)
        await scene.press(queues(scene)[0], "gap_previous_gap", who=BEN)
        await scene.press(queues(scene)[0], "gap_take_back_gap", who=BEN)
        assert "gap_not_a_gap" in str(queues(scene)[0].blocks)

        await scene.pass_time(clock, WEEK)
        assert "Gap 1 of 3" in shown(scene)


async def test_a_gap_that_was_snoozed_is_open_again_in_a_later_queue(
    world: LocalWorld, clock: Clock, database_url: str
) -> None:
    await fill(database_url)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.settled()
        await press(scene, "snooze_gap")
        await scene.pass_time(clock, 5 * DAY)
        assert "Gap 1 of 2" in shown(scene)

        await scene.pass_time(clock, WEEK)
        assert "Gap 1 of 3" in shown(scene)
        assert "has put this off" not in shown(scene)
        await press(scene, "not_a_gap", who=BEN)
        assert f"<@{BEN}> says that this is not a gap." in shown(scene)


async def test_of_two_people_who_decide_at_once_the_second_is_told(
    world: LocalWorld, clock: Clock, database_url: str
) -> None:
    await fill(database_url)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.settled()
        message = queue(scene)
        await asyncio.gather(
            world.slack.press(ADA, REVIEW, message.ts, "gap_not_a_gap"),
            world.slack.press(BEN, REVIEW, message.ts, "gap_snooze_gap"),
        )
        await scene.settled()

        told = [*scene.private_notes(ADA), *scene.private_notes(BEN)]
        assert len(told) == 1
        assert "already" in told[0]
        assert "gap_take_back_gap" in shown(scene)


async def test_a_press_that_slack_sends_twice_counts_once(world: LocalWorld, clock: Clock, database_url: str) -> None:
    await fill(database_url)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.settled()
        stale = queue(scene)
        value = value_of(stale, "gap_next_gap")
        for _ in range(2):
            await scene.forge(stale, "gap_next_gap", value, who=ADA)

        assert "Gap 2 of 3" in shown(scene)
        assert scene.private_notes(ADA) == []


async def test_only_members_of_the_channel_decide(world: LocalWorld, clock: Clock, database_url: str) -> None:
    await fill(database_url)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.settled()
        before = shown(scene)
        message = queue(scene)
        value = value_of(message, "gap_not_a_gap")
        await scene.forge(message, "gap_not_a_gap", value, who=MIA)

        assert shown(scene) == before
        assert scene.private_notes(MIA)


async def test_an_article_is_written_for_a_gap_which_then_leaves_the_queue(
    world: LocalWorld, clock: Clock, database_url: str
) -> None:
    await fill(database_url)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.settled()
        await press(scene, "write_article")
        form = next(view for view in reversed(world.slack.views.values()) if view.user == ADA and view.is_open)
        assert "vpn" in str(form).casefold()
        assert "An article has been started" in shown(scene)

        await scene.pass_time(clock, WEEK)
        assert "Gap 1 of 2" in shown(scene)
        assert "vpn" not in shown(scene)


async def test_a_desk_without_gaps_posts_none(world: LocalWorld, clock: Clock) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.settled()
        await scene.pass_time(clock, WEEK)

        assert len(world.slack.messages(REVIEW)) >= 1
        assert queues(scene) == []


async def test_the_queue_speaks_the_language_of_the_agents(
    world: LocalWorld, clock: Clock, database_url: str, tmp_path: Path
) -> None:
    policy = tmp_path / "german.toml"
    policy.write_text(f'{policy_at_once()}\n[handoff]\nlanguage = "de"\n', encoding="utf-8")
    world.settings = world.settings.model_copy(update={"policy_file": policy})
    await fill(database_url)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.settled()

        assert "Lücke 1 von 3" in shown(scene)
        assert "42,9 % aller Fragen" in shown(scene)


async def test_a_queue_whose_words_are_deleted_says_that_it_is_gone(
    world: LocalWorld, clock: Clock, database_url: str
) -> None:
    await fill(database_url)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.settled()
        await delete_old_text(bot.store, NOW + 1)
        await press(scene, "next_gap")

        assert scene.private_notes(ADA)
        assert "Gap 1 of 3" in shown(scene)
