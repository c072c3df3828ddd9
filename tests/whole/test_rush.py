"""A rush of handoffs in one channel: relays go first, refreshes of a card are coalesced, all cards end up right."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import AsyncIterator

import pytest

from bot.call_rates import Rate
from bot.slack.rate_limiter import SlackLimits
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL, LocalWorld
from tests.bench.desk_of_200 import Extent, measure
from tests.whole.scene import PERSON, UNKNOWN, Scene


async def test_in_a_rush_words_go_first_one_refresh_waits_for_a_card_and_all_cards_are_right_in_the_end() -> None:
    rush = Extent(handoffs=20, seconds=4.0, talks=4, lines=2, thinking=4.0, faster=8.0)

    measured = await measure(rush)

    assert (measured.lost, measured.doubled, measured.wrong_cards) == (0, 0, 0)
    assert measured.relays == 2 * 2 * 4
    # Compared with the cards of the same rush, because a busy machine slows both.
    assert measured.to_thread[0] < measured.last_card
    assert measured.to_employee[0] < measured.last_card
    assert measured.most_refreshes_waiting <= 1


# No change of a card is shown in the time of a test.
NO_UPDATES = SlackLimits(
    channel=Rate(burst=50, per_second=50.0), methods={"chat.update": Rate(burst=1, per_second=0.001)}, timeout=0.05
)


@pytest.fixture
async def slow_cards(world: LocalWorld) -> AsyncIterator[Scene]:
    """A running bot with a tight rate limit for card updates and a generous one for posts."""
    async with _limited(world, NO_UPDATES) as scene:
        yield scene


@contextlib.asynccontextmanager
async def _limited(world: LocalWorld, limits: SlackLimits) -> AsyncIterator[Scene]:
    usual = world.outside
    world.outside = dataclasses.replace(usual, slack_limits=limits)
    async with world.bot() as bot:
        yield Scene(world, bot)
    world.outside = usual


async def test_what_the_employee_writes_does_not_wait_behind_a_change_of_the_card(slow_cards: Scene) -> None:
    root = await slow_cards.ask(UNKNOWN)
    await slow_cards.press_card("claim", who=ADA)
    assert "Claimed by" not in str(slow_cards.card.blocks)

    await slow_cards.ask("It is printer 7", thread=root)

    assert "It is printer 7" in slow_cards.handoff_thread[-1].text


async def test_many_changes_of_a_card_are_shown_by_one_also_after_a_restart(world: LocalWorld) -> None:
    async with _limited(world, NO_UPDATES) as scene:
        await scene.ask(UNKNOWN)
        for move in ("claim", "hand_back", "reopen", "hand_back", "reopen"):
            await _press(scene, move)
        assert await scene.count("effects", "kind = 'RefreshCard' AND settled_at IS NULL") == 1
        assert "Claimed by" not in str(scene.card.blocks)

    async with world.bot() as bot:
        scene = Scene(world, bot)
        await world.slack.wait_for(lambda: f"Claimed by <@{BEN}>" in str(scene.card.blocks))
        await scene.settled()
    assert len(world.slack.calls_of("chat.update")) <= 3


async def _press(scene: Scene, move: str) -> None:
    """Presses a button whether or not the card shows it yet, as an agent's client may."""
    handoff_id = next(e["value"] for b in scene.card.blocks for e in b.get("elements", ()) if "value" in e)
    slack = scene.world.slack
    payload = {
        "type": "block_actions",
        "team": {"id": slack.team_id},
        "user": {"id": BEN, "team_id": slack.team_id},
        "container": {"type": "message", "message_ts": scene.card.ts, "channel_id": HANDOFF_CHANNEL},
        "trigger_id": "1.2.3",
        "actions": [{"action_id": f"handoff_{move}", "value": handoff_id, "action_ts": slack.workspace.next_ts()}],
    }
    assert (await slack.interact(payload)).ok
    await scene.settled()


async def test_what_changed_before_the_card_was_posted_is_shown_soon_after(world: LocalWorld) -> None:
    world.slack.faults.rate_limited("chat.postMessage", retry_after=1, when=_to_the_channel)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await world.slack.dm(ADA, UNKNOWN)
        await world.slack.wait_for(lambda: world.slack.calls_of("chat.postMessage"))
        await scene.settled()

        assert await scene.count("local_tickets") == 1
        assert await scene.count("effects", "kind = 'RefreshCard'") == 0
        await world.slack.wait_for(lambda: world.cards and "HD-1" in str(scene.card.blocks[1]))
    assert len(world.slack.calls_of("chat.update")) == 1


def _to_the_channel(args: dict[str, object]) -> bool:
    return args.get("channel") == HANDOFF_CHANNEL


async def test_a_draft_for_which_there_is_no_room_does_not_hold_up_the_employees_words(world: LocalWorld) -> None:
    world.uppzy.hold()
    async with _limited(world, SlackLimits(channel=Rate(burst=1, per_second=4.0), timeout=0.05)) as scene:
        root = (await world.slack.dm(ADA, PERSON)).ts
        await world.slack.wait_for(lambda: world.cards)
        await world.slack.dm(ADA, "It is printer 7", root)
        world.uppzy.release()

        await world.slack.wait_for(lambda: len(scene.handoff_thread) == 2)

        assert "It is printer 7" in scene.handoff_thread[0].text
        assert "AI draft" in scene.handoff_thread[1].text
