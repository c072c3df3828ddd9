"""Handoff channels shared with another company: refused at the start, and abandoned once they are shared."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.preflight import check
from bot.slack.markdown import render_sentence
from sandbox.slack import Fault, FaultKind, LocalSlack, Message
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL, MIA, TOM, LocalWorld
from tests.english import messages
from tests.policies import with_own_channels
from tests.whole.scene import CONFIDENT, PERSON, UNKNOWN, Scene

SPECIAL = "C0SPECIAL"
SECOND_LOOK = 61.0


@dataclass(slots=True)
class Ahead:
    """A clock that can be moved ahead."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.seconds


@pytest.fixture
def clock(world: LocalWorld) -> Ahead:
    clock = Ahead()
    world.outside = replace(world.outside, clock=clock)
    return clock


@pytest.fixture
def special(world: LocalWorld, tmp_path: Path) -> str:
    """Routes requests for a person to a separate channel; returns its id."""
    world.slack.add_channel(SPECIAL, "special-desk", members=[ADA, BEN, world.slack.bot_user_id])
    policy = tmp_path / "escalation.toml"
    shipped = with_own_channels(SPECIAL)
    there = f'condition = "phrase"\nchannel = "{SPECIAL}"'
    policy.write_text(shipped.replace('condition = "phrase"', there), encoding="utf-8")
    world.settings = world.settings.model_copy(update={"policy_file": policy})
    return SPECIAL


@pytest.fixture
async def special_scene(world: LocalWorld, clock: Ahead, special: str) -> AsyncIterator[Scene]:
    async with world.bot() as bot:
        yield Scene(world, bot)


def share(slack: LocalSlack, channel: str) -> None:
    slack.workspace.channels[channel].is_ext_shared = True


def _cards(scene: Scene, channel: str) -> list[Message]:
    return [message for message in scene.world.slack.messages(channel) if message.metadata]


# Start and check.


@pytest.mark.parametrize("flag", ["is_ext_shared", "is_pending_ext_shared"])
@pytest.mark.parametrize("channel", [HANDOFF_CHANNEL, SPECIAL])
async def test_the_desk_does_not_start_with_a_shared_channel(
    world: LocalWorld, special: str, channel: str, flag: str
) -> None:
    setattr(world.slack.workspace.channels[channel], flag, True)

    with pytest.raises(SettingsError, match=f"{channel} is shared with another company"):
        async with world.bot():
            pass


@pytest.mark.parametrize("channel", [HANDOFF_CHANNEL, SPECIAL])
async def test_the_check_names_a_shared_channel(world: LocalWorld, special: str, channel: str) -> None:
    share(world.slack, channel)

    findings = [finding async for finding in check(world.settings)]

    (flaw,) = [finding for finding in findings if not finding.ok]
    assert channel in flaw.name
    assert "shared with another company" in flaw.message


async def test_a_channel_that_cannot_be_looked_at_does_not_keep_the_desk_from_starting(world: LocalWorld) -> None:
    world.slack.faults.refused("conversations.info", error="fatal_error", times=None)

    async with world.bot() as bot:
        root = await Scene(world, bot).ask(CONFIDENT)

        assert "password.example.com" in str(Scene(world, bot).answer(root).blocks)


# A channel shared while the bot runs.


async def test_what_a_rule_would_bring_into_a_shared_channel_comes_into_the_houses_own(
    special_scene: Scene, clock: Ahead, caplog: pytest.LogCaptureFixture
) -> None:
    scene = special_scene
    share(scene.world.slack, SPECIAL)
    clock.seconds += SECOND_LOOK

    root = await scene.ask(PERSON)

    assert _cards(scene, SPECIAL) == []
    assert PERSON in str(scene.card.blocks)
    assert "can't reach" not in scene.texts(root)
    assert "handoff_channel_shared" in caplog.messages
    await scene.press_card("claim", who=ADA)
    assert f"Claimed by <@{ADA}>" in str(scene.card.blocks)


@pytest.mark.both_engines
async def test_a_handoff_leaves_a_channel_that_becomes_shared_and_takes_its_words_along(
    special_scene: Scene, clock: Ahead
) -> None:
    scene = special_scene
    root = await scene.ask(PERSON)
    (old,) = _cards(scene, SPECIAL)
    before = len(scene.world.thread(SPECIAL, old.ts))
    share(scene.world.slack, SPECIAL)
    clock.seconds += SECOND_LOOK

    for words in ("one more thing", "and another", "and a third"):
        await scene.ask(words, thread=root)

    assert len(scene.world.thread(SPECIAL, old.ts)) == before
    said = [message.text.partition(": ")[2] for message in scene.handoff_thread]
    assert said == ["one more thing", "and another", "and a third"]
    assert "moved out of a shared channel" in await scene.events()


@pytest.mark.both_engines
async def test_words_and_the_card_that_find_the_channel_shared_at_once_both_leave_it(
    special_scene: Scene, clock: Ahead
) -> None:
    scene = special_scene
    slack = scene.world.slack
    root = await scene.ask(PERSON)
    await scene.ask("one thing", thread=root)
    share(slack, SPECIAL)
    clock.seconds += SECOND_LOOK
    slack.faults.add(Fault(kind=FaultKind.HELD, method="conversations.info", times=None))
    await slack.dm(MIA, "one more thing", root)
    for kind in ("PostMessage:EmployeeMessage", "RefreshCard"):
        await scene.until_stored("effects", f"kind = '{kind}' AND state = 'sending'")

    slack.faults.clear()
    await scene.settled()

    assert "one more thing" in str([message.text for message in scene.handoff_thread])
    assert "can't reach" not in scene.texts(root)
    assert await scene.count("alarms") == 0


async def test_where_the_houses_own_channel_is_shared_the_employee_is_told_once(
    world: LocalWorld, clock: Ahead, caplog: pytest.LogCaptureFixture
) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        share(world.slack, HANDOFF_CHANNEL)
        clock.seconds += SECOND_LOOK

        root = await scene.ask(UNKNOWN)
        await scene.ask("Hello?", thread=root)

        assert world.cards == []
        assert scene.texts(root).count("can't reach the support team in Slack") == 1
        assert "handoff_channel_shared" in caplog.messages


async def test_what_was_not_posted_in_the_houses_own_channel_while_it_was_shared_is_posted_afterwards(
    world: LocalWorld, clock: Ahead
) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        share(world.slack, HANDOFF_CHANNEL)
        clock.seconds += SECOND_LOOK
        await scene.ask(UNKNOWN)
        world.uppzy.api_key = "rotated"
        await scene.ask(CONFIDENT, who=TOM)
        await world.slack.say(ADA, HANDOFF_CHANNEL, f"<@{world.slack.bot_user_id}> HD-1", formatted=True)
        await scene.settled()
        assert [message.user for message in world.slack.messages(HANDOFF_CHANNEL)] == [ADA]
        assert render_sentence(messages.agents.NOT_ANSWERED_ALOUD) in scene.private_notes(ADA)

        world.slack.workspace.channels[HANDOFF_CHANNEL].is_ext_shared = False
        clock.seconds += SECOND_LOOK
        await scene.ask(UNKNOWN, who=ADA)

        names = [card.text for card in world.cards]
        assert [sum(f"HD-{number}" in name for name in names) for number in (1, 2, 3)] == [1, 1, 1]
        said = [message.text for message in world.slack.messages(HANDOFF_CHANNEL) if message.text[:1] in "🚨✅"]
        (alarm,) = (text for text in said if "I cannot post in the channel" in text)
        assert "End the sharing, or name another channel" in alarm
        assert sum("rejected its API key or token (401)" in text for text in said) == 1
