"""The weekly digest: posted once for each week, whatever happens in between, with a picture of its charts."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from bot import charts
from bot.cli.review_post import post_digest_of
from bot.errors import SettingsError
from bot.helpdesk.escalation.hours import WEEKDAYS
from bot.helpdesk.model.chat import ChannelAddress
from bot.helpdesk.model.review import DigestRecord
from bot.helpdesk.review.gap_queue import MOST_QUEUED, queue_period
from bot.helpdesk.review.weeks import last_full_week
from bot.policy_file import read_policy
from bot.slack.errors import SYSTEM
from bot.slack.ids import SlackIds
from sandbox.slack import DEFAULT_SCOPES, LocalSlack, Message
from sandbox.teams import LocalTeams
from sandbox.uppzy import LocalUppzy
from sandbox.world import (
    ADA,
    HANDOFF_CHANNEL,
    TEAMS_CHANNEL,
    LocalWorld,
    local_settings,
    populate,
    populate_teams,
    teams_environment,
)
from storage.digests import StoredDigests
from storage.engines import location_of
from storage.queries.gaps import read_queued_gaps_of
from storage.queries.review import read_review_of
from storage.repositories import Transaction
from tests.bot_process import BotProcess, rows
from tests.chaos.bot import COMMAND, constants
from tests.deadlines import HUNG
from tests.policies import policy_at_once
from tests.review.year import DAY, HOUR, Asked, HandedOver, write_in
from tests.storage.conftest import store_at
from tests.whole.scene import Clock, Scene

REVIEW = "C0REVIEW0"
WEEK = 7 * DAY
# Wednesday; the last full week begins on November 16.
NOW = datetime(2026, 11, 25, 10, tzinfo=UTC).timestamp()
LAST_WEEK = datetime(2026, 11, 16, 12, tzinfo=UTC).timestamp()

# Processes notice soon that another one is gone.
_VIGILANT = (
    *COMMAND,
    *constants(
        {
            "storage.postgres.jobs._HEARTBEAT_SECONDS": 0.3,
            "storage.postgres.jobs._GONE_AFTER_SECONDS": 1.0,
            "storage.postgres.jobs._RECOVER_EVERY_SECONDS": 0.3,
        }
    ),
)

_ENDED = (
    "SELECT id FROM digests WHERE picture IS NOT NULL",
    "SELECT id FROM gap_queues WHERE message IS NOT NULL",
)

needs_charts = pytest.mark.skipif(
    not charts.can_draw(), reason="NO MATPLOTLIB FOUND, so nothing was drawn: see `charts`"
)


@pytest.fixture
def clock(world: LocalWorld) -> Clock:
    clock = Clock(NOW)
    world.outside = replace(world.outside, clock=clock)
    return clock


@pytest.fixture(autouse=True)
def _channel(world: LocalWorld) -> None:
    world.slack.add_channel(REVIEW, "review", members=[ADA, world.slack.bot_user_id])
    world.settings = world.settings.model_copy(update={"review_channel": REVIEW})


def texts(slack: LocalSlack, channel: str = REVIEW) -> list[str]:
    return [message.text for message in slack.messages(channel)]


def digests(slack: LocalSlack, channel: str = REVIEW) -> list[Message]:
    return [message for message in slack.messages(channel) if message.metadata and "Weekly review" in message.text]


def queues(slack: LocalSlack, channel: str = REVIEW) -> list[Message]:
    return [message for message in slack.messages(channel) if "Gap 1 of" in message.text]


def pictures(slack: LocalSlack, channel: str = REVIEW) -> list[Message]:
    return [message for message in slack.messages(channel) if message.files]


async def fill(database_url: str) -> None:
    """Stores what happened in the last full week."""
    handoff = HandedOver(
        rules=("unsure answer",), opened_at=LAST_WEEK, claimed_at=LAST_WEEK + 300, first_word_at=LAST_WEEK + 480
    )
    lives = [Asked(at=LAST_WEEK + number, text="vpn?", level="high") for number in range(3)]
    async with store_at(database_url) as store:
        await store.run(write_in, [*lives, Asked(at=LAST_WEEK, text="toner?", level="low", handoff=handoff)])


@pytest.mark.both_engines
async def test_a_digest_that_came_due_while_the_desk_was_off_is_posted_at_its_start(
    world: LocalWorld, clock: Clock, database_url: str
) -> None:
    await fill(database_url)

    for _ in range(3):
        async with world.bot() as bot:
            await Scene(world, bot).settled()

    (digest,) = digests(world.slack)
    shown = str(digest.blocks)
    assert digest.text == "Weekly review: 2026-11-16 to 2026-11-22"
    assert "*Questions*: 4" in shown
    assert "*Answered without a person*: 3 (75 %)" in shown
    assert "• unsure answer: 1" in shown
    assert "*First word of a person*: half within 8 min, nine of ten within 8 min (1 handoff)" in shown
    assert "Questions that employees asked in the period, without greetings and thanks." in shown
    assert "*Gaps*: 1. toner?: 1 question (25 %); low confidence 1, handed over 1" in shown
    assert len(digest.blocks) <= 50


@pytest.mark.both_engines
async def test_a_week_of_many_questions_is_read_in_a_process_of_its_own(
    world: LocalWorld, clock: Clock, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.queries.review._LARGE", 4)
    await fill(database_url)

    async with world.bot() as bot:
        await Scene(world, bot).settled()

    (digest,) = digests(world.slack)
    assert "*Questions*: 4" in str(digest.blocks)
    assert "Gap 1 of 1: toner?" in texts(world.slack)


async def test_every_monday_the_last_week_is_posted_an_empty_one_too(world: LocalWorld, clock: Clock) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.settled()
        assert digests(world.slack) == []

        for _ in range(2):
            await scene.pass_time(clock, WEEK)

    assert [digest.text for digest in digests(world.slack)] == [
        "Weekly review: 2026-11-23 to 2026-11-29",
        "Weekly review: 2026-11-30 to 2026-12-06",
    ]
    assert "*Questions*: 0" in str(digests(world.slack)[0].blocks)


async def test_weeks_in_which_the_desk_was_off_are_made_up_for_once(world: LocalWorld, clock: Clock) -> None:
    async with world.bot() as bot:
        await Scene(world, bot).settled()
    clock.advance(5 * WEEK)

    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.settled()
        assert [digest.text for digest in digests(world.slack)] == ["Weekly review: 2026-12-21 to 2026-12-27"]

        await scene.pass_time(clock, WEEK)

    assert len(digests(world.slack)) == 2


async def test_day_time_and_zone_are_those_of_the_policy(world: LocalWorld, clock: Clock, tmp_path: Path) -> None:
    policy = tmp_path / "friday.toml"
    review = '[review]\nday = "friday"\ntime = "16:30"\ntime_zone = "Asia/Tokyo"\n'
    policy.write_text(f"{policy_at_once()}\n{review}", encoding="utf-8")
    world.settings = world.settings.model_copy(update={"policy_file": policy})
    friday = datetime(2026, 11, 27, 7, 30, tzinfo=UTC).timestamp()

    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.pass_time(clock, friday - NOW - HOUR)
        assert digests(world.slack) == []
        await scene.pass_time(clock, HOUR + 60)

    assert [digest.text for digest in digests(world.slack)] == ["Weekly review: 2026-11-16 to 2026-11-22"]


async def test_without_a_channel_of_its_own_it_is_posted_in_the_handoff_channel_in_the_language_of_agents(
    world: LocalWorld, clock: Clock, database_url: str, tmp_path: Path
) -> None:
    await fill(database_url)
    policy = tmp_path / "german.toml"
    policy.write_text(f'{policy_at_once()}\n[handoff]\nlanguage = "de"\n', encoding="utf-8")
    world.settings = world.settings.model_copy(update={"policy_file": policy, "review_channel": None})

    async with world.bot() as bot:
        await Scene(world, bot).settled()

    assert "Wochenrückblick: 2026-11-16 bis 2026-11-22" in texts(world.slack, HANDOFF_CHANNEL)


@needs_charts
async def test_a_picture_of_the_charts_follows_with_a_description(
    world: LocalWorld, clock: Clock, database_url: str
) -> None:
    await fill(database_url)

    async with world.bot() as bot:
        await Scene(world, bot).settled()

    (picture,) = pictures(world.slack)
    (file,) = picture.files
    assert file.content.startswith(b"\x89PNG")
    assert picture.text == "Weekly review: 2026-11-16 to 2026-11-22"
    assert digests(world.slack)[0].ts < picture.ts


async def test_without_the_extra_the_digest_goes_without(
    world: LocalWorld, clock: Clock, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.app.can_draw", lambda: False)
    await fill(database_url)

    async with world.bot() as bot:
        await Scene(world, bot).settled()

    assert len(digests(world.slack)) == 1
    assert pictures(world.slack) == []


@needs_charts
@pytest.mark.parametrize("scopes", [DEFAULT_SCOPES - {"files:write"}])
async def test_without_the_scope_for_files_the_digest_is_posted_and_an_alarm_says_what_is_missing(
    world: LocalWorld, clock: Clock, database_url: str
) -> None:
    await fill(database_url)

    async with world.bot() as bot:
        await Scene(world, bot).settled()

    assert len(digests(world.slack)) == 1
    assert "the charts of the weekly review weren't drawn" in str(texts(world.slack, HANDOFF_CHANNEL))


@pytest.mark.parametrize("state", ["is_archived", "is_ext_shared", "gone"])
async def test_a_channel_that_cannot_be_used_raises_an_alarm_and_nothing_is_lost(
    world: LocalWorld, clock: Clock, database_url: str, state: str
) -> None:
    await fill(database_url)
    channel = world.slack.workspace.channels[REVIEW]
    if state == "gone":
        del world.slack.workspace.channels[REVIEW]
    else:
        setattr(channel, state, True)

    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.settled()
        (alarm,) = world.slack.messages(HANDOFF_CHANNEL)
        assert f"I cannot post the weekly review in the channel {REVIEW}" in alarm.text

        world.slack.workspace.channels[REVIEW] = channel
        channel.is_archived = channel.is_ext_shared = False
        await scene.pass_time(clock, 2 * HOUR)

        (alarm,) = world.slack.messages(HANDOFF_CHANNEL)
        assert "Over:" in alarm.text
    assert len(digests(world.slack)) == 1


@pytest.mark.parametrize("after_effect", [False, True])
async def test_a_post_whose_outcome_is_lost_is_looked_up(
    world: LocalWorld, clock: Clock, database_url: str, after_effect: bool
) -> None:
    await fill(database_url)
    for method in ("chat.postMessage", "files.completeUploadExternal"):
        world.slack.faults.http_error(method, times=1, after_effect=after_effect)

    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.until_stored("digests", "message IS NOT NULL")
        if charts.can_draw():
            await scene.until_stored("digests", "picture IS NOT NULL")

    assert len(digests(world.slack)) == 1
    assert len(pictures(world.slack)) == int(charts.can_draw())


async def test_a_digest_is_not_posted_by_hand_into_a_chat_that_is_not_set_up(
    world: LocalWorld, clock: Clock, database_url: str
) -> None:
    await fill(database_url)
    world.settings = world.settings.model_copy(update={"review_channel": TEAMS_CHANNEL})

    with pytest.raises(SettingsError, match="in a chat whose other variables are not set"):
        await post_by_hand(world)


async def test_a_digest_is_posted_by_hand_in_teams(world: LocalWorld, clock: Clock, database_url: str) -> None:
    await fill(database_url)
    async with LocalTeams() as teams:
        populate_teams(teams)
        more = {**teams_environment(teams), "REVIEW_CHANNEL": TEAMS_CHANNEL}
        world.settings = local_settings(world.slack, world.uppzy, database_url, more)

        said = await post_by_hand(world)
        again = await post_by_hand(world)

        digest, queue = teams.messages(TEAMS_CHANNEL)
    assert said.startswith(
        f"Posted: https://teams.microsoft.com/l/message/{quote(TEAMS_CHANNEL, safe='')}/{digest.id}?"
    )
    assert again == said.replace("Posted", "It was posted before")
    assert "Weekly review" in str(digest.card)
    assert "Gap 1 of" in str(queue.card)


async def post_by_hand(world: LocalWorld, now: float = NOW) -> str:
    """Does what `uppzy-desk review --post` does, at that time."""
    policy = read_policy(world.settings.policy_file, SlackIds())
    location = location_of(world.settings.database_url)
    week = last_full_week(now, policy.review.zone)
    found = read_review_of(location, week, policy.handoffs, policy.review.zone)
    gaps = read_queued_gaps_of(location, queue_period(now), MOST_QUEUED)
    return await post_digest_of(found, gaps, StoredDigests(location), world.settings, policy, None)


@pytest.mark.both_engines
async def test_a_digest_posted_by_hand_is_not_posted_again(world: LocalWorld, clock: Clock, database_url: str) -> None:
    await fill(database_url)

    said = await post_by_hand(world)
    again = await post_by_hand(world)
    async with world.bot() as bot:
        await Scene(world, bot).settled()

    (digest,) = digests(world.slack)
    assert said == f"Posted: {world.slack.base_url}/archives/{REVIEW}/p{digest.ts.replace('.', '')}"
    assert again == said.replace("Posted", "It was posted before")
    assert len(pictures(world.slack)) == int(charts.can_draw())


@pytest.mark.both_engines
@pytest.mark.parametrize("killed", [False, True])
async def test_the_queue_of_gaps_follows_a_digest_posted_by_hand_at_once(
    world: LocalWorld, clock: Clock, database_url: str, killed: bool
) -> None:
    await fill(database_url)

    await post_by_hand(world)

    (queue,) = queues(world.slack)
    if killed:
        async with store_at(database_url) as store:
            await store.run(_forget_the_queue)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.settled()
        assert await scene.count("gap_queues", f"message = '{queue.ts}'") == 1
        await scene.press(queues(world.slack)[0], "gap_not_a_gap", who=ADA)
    (queue,) = queues(world.slack)
    assert "says that this is not a gap" in str(queue.blocks)


def _forget_the_queue(tx: Transaction) -> None:
    tx.connection.exec_driver_sql("UPDATE gap_queues SET message = NULL")


async def test_a_command_that_was_killed_leaves_the_digest_to_the_desk(
    world: LocalWorld, clock: Clock, database_url: str
) -> None:
    await fill(database_url)
    # Killed after the post, or before it: in both cases the row says nothing of a message.
    await post_by_hand(world)
    async with store_at(database_url) as store:
        await store.run(_forget_the_message)

    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.settled()
        assert await scene.count("digests", "message IS NOT NULL") == 1

    assert len(digests(world.slack)) == 1


async def test_a_digest_that_a_command_is_about_to_post_is_left_to_it_for_some_minutes(
    world: LocalWorld, clock: Clock, database_url: str
) -> None:
    await fill(database_url)
    begun = DigestRecord(
        id="dig_1",
        week="2026-11-16",
        place=ChannelAddress(surface=SYSTEM, channel=REVIEW),
        decided_at=clock(),
    )
    async with store_at(database_url) as store:
        await store.run(lambda tx: tx.digests.add(begun))

    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.settled()
        assert digests(world.slack) == []
        await scene.pass_time(clock, 301.0)

    assert len(digests(world.slack)) == 1


def _forget_the_message(tx: Transaction) -> None:
    tx.connection.exec_driver_sql("UPDATE digests SET message = NULL, picture = 'F0'")


@needs_charts
@pytest.mark.parametrize("scopes", [DEFAULT_SCOPES - {"files:write"}])
async def test_by_hand_a_digest_without_its_picture_says_why(
    world: LocalWorld, clock: Clock, database_url: str
) -> None:
    await fill(database_url)

    said = await post_by_hand(world)

    assert said.startswith("Posted: ")
    assert "The picture of the charts could not be posted: " in said
    assert len(digests(world.slack)) == 1


async def test_by_hand_nothing_is_posted_in_a_channel_of_another_company(
    world: LocalWorld, clock: Clock, database_url: str
) -> None:
    await fill(database_url)
    world.slack.workspace.channels[REVIEW].is_ext_shared = True

    with pytest.raises(SettingsError, match=f"The channel {REVIEW} is shared with another company"):
        await post_by_hand(world)

    assert world.slack.messages(REVIEW) == []


@needs_charts
@pytest.mark.both_engines
async def test_killed_in_the_middle_of_the_digest_it_and_its_queue_are_posted_once(
    tmp_path: Path, database_url: str
) -> None:
    await fill_for_today(database_url)
    due = datetime.now(UTC) - timedelta(minutes=10)
    policy = tmp_path / "policy.toml"
    review = f'[review]\nday = "{WEEKDAYS[due.weekday()]}"\ntime = "{due:%H:%M}"\n'
    policy.write_text(f"{policy_at_once()}\n{review}", encoding="utf-8")
    chance = random.Random(5)
    async with LocalSlack() as slack, LocalUppzy() as uppzy:
        populate(slack)
        slack.add_channel(REVIEW, "review", members=[ADA, slack.bot_user_id])
        process = BotProcess(
            slack, uppzy, tmp_path, database_url, policy=policy, more={"REVIEW_CHANNEL": REVIEW}, command=_VIGILANT
        )
        try:
            await process.start()
            for _ in range(6):
                await asyncio.sleep(chance.uniform(0.0, 0.8))
                await process.kill()
                await process.start()
            async with asyncio.timeout(HUNG):
                while not all(rows(database_url, ended) for ended in _ENDED):  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
        finally:
            if process.alive:
                await process.kill()

        assert len(digests(slack)) == 1
        assert len(pictures(slack)) == 1
        assert len(queues(slack)) == 1


async def fill_for_today(database_url: str) -> None:
    """Stores a gap of some weeks ago, so that the desk existed when the last digest came due."""
    async with store_at(database_url) as store:
        await store.run(write_in, [Asked(at=time.time() - 3 * WEEK, text="vpn?", level="low")])
