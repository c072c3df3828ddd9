"""Every effect takes place and none is seen twice, whatever faults Slack and Uppzy have."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.errors import AmbiguousError
from bot.helpdesk.model.content import EmployeeNotice
from bot.helpdesk.model.handoff import TicketDraft, TicketRef
from bot.helpdesk.model.target import Destination
from bot.helpdesk.outbox.fencing import PauseDetector
from bot.helpdesk.ports import Clock, Store
from bot.slack.outbound import SlackSurface
from bot.slack.rate_limiter import RateLimiter
from bot.slack.workspace import open_clients
from bot.tickets.local import DatabaseTickets
from sandbox.uppzy import Endpoint, replying
from sandbox.world import ADA, HANDOFF_CHANNEL, MIA, TOM, LocalWorld
from tests.addresses import SURFACE
from tests.whole.conftest import QUICK
from tests.whole.engines import on_engines
from tests.whole.scene import CONFIDENT, PERSON, UNKNOWN, Scene


async def _answered(scene: Scene, text: str = CONFIDENT) -> str:
    delivery = await scene.world.slack.dm(MIA, text)
    await scene.world.slack.wait_for(lambda: scene.replies(delivery.ts))
    await scene.settled()
    return delivery.ts


async def _answered_at_leisure(scene: Scene, seen: Callable[[], object]) -> None:
    """Holds the answer until `seen`, because a progress indicator due after the answer would be skipped."""
    scene.world.uppzy.hold()
    delivery = await scene.world.slack.dm(MIA, CONFIDENT)
    await scene.world.slack.wait_for(lambda: bool(seen()))
    scene.world.uppzy.release()
    await scene.world.slack.wait_for(lambda: scene.replies(delivery.ts))
    await scene.settled()


@on_engines("times", [(1,), (2,), (3,)], on_postgresql=[(2,)])
async def test_an_answer_whose_post_lost_its_outcome_is_found_and_not_posted_again(scene: Scene, times: int) -> None:
    scene.world.slack.faults.dropped_after("chat.postMessage", times=times)

    root = await _answered(scene)
    await scene.until_stored("effects", "state = 'done' AND kind = 'PostMessage:AnswerPart'")

    assert scene.world.slack.calls_of("conversations.replies")
    assert len(scene.replies(root)) == 1
    assert await scene.count("effects", "kind = 'PostMessage:AnswerPart'") == 1


@pytest.mark.parametrize("wrong_by", [3600.0, -3600.0])
async def test_what_was_posted_is_found_by_a_bot_whose_clock_is_an_hour_wrong(
    world: LocalWorld, wrong_by: float
) -> None:
    world.outside = replace(world.outside, clock=lambda: time.time() + wrong_by)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        world.slack.faults.dropped_after("chat.postMessage", times=1)
        root = await _answered(scene)
        world.slack.faults.dropped_after(
            "chat.postMessage", times=1, when=lambda args: args.get("channel") == HANDOFF_CHANNEL
        )
        await scene.ask(UNKNOWN)
        await world.slack.wait_for(lambda: world.slack.calls_of("chat.update"))
        await scene.settled()

    assert len(scene.replies(root)) == 1
    assert len(world.cards) == 1


async def test_a_process_that_was_away_since_its_claim_posts_nothing(world: LocalWorld) -> None:
    wall = [0.0]
    pauses = PauseDetector((time.monotonic, lambda: wall[0]))
    async with open_clients(world.slack.bot_token, world.slack.api_url) as clients:
        surface = SlackSurface(
            writer=clients.writer, reader=clients.reader, rate_limiter=RateLimiter(), workspace_url=""
        )
        words, to = (
            EmployeeNotice(text="x"),
            Destination(surface=SURFACE, channel=HANDOFF_CHANNEL, thread=None),
        )
        with pauses.guard(time.monotonic()):
            wall[0] += 3600.0
            with pytest.raises(AmbiguousError) as caught:
                await surface.post(words, to, "eff_1")

        assert caught.value.code == "was_away"
        assert world.slack.calls_of("chat.postMessage") == []
        assert await surface.post(words, to, "eff_1")


async def test_what_cannot_be_looked_up_yet_is_not_posted_again(scene: Scene) -> None:
    scene.world.slack.faults.dropped_after("chat.postMessage", times=1)
    # The number of lookups within one attempt.
    scene.world.slack.faults.rate_limited("conversations.replies", retry_after=0, times=3)

    root = await _answered(scene)
    await scene.until_stored("effects", "state = 'done' AND kind = 'PostMessage:AnswerPart'")

    assert len(scene.world.slack.calls_of("conversations.replies")) > 3
    assert len(scene.replies(root)) == 1
    assert await scene.count("effects", "kind = 'PostMessage:AnswerPart'") == 1


async def test_an_agents_words_below_a_card_whose_post_lost_its_outcome_reach_the_employee(scene: Scene) -> None:
    slack = scene.world.slack
    slack.faults.dropped_after("chat.postMessage", when=lambda args: args.get("channel") == HANDOFF_CHANNEL)
    slack.faults.delayed("conversations.history", seconds=2.0)
    root = (await slack.dm(MIA, UNKNOWN)).ts
    await slack.wait_for(lambda: scene.world.cards)

    await slack.press(ADA, HANDOFF_CHANNEL, scene.card.ts, "handoff_claim")
    await slack.wait_for(lambda: "is helping you with" in scene.texts(root))
    await slack.say(ADA, HANDOFF_CHANNEL, "Have you tried the other blorp?", scene.card.ts)

    await slack.wait_for(lambda: "the other blorp" in scene.texts(root))


@pytest.mark.both_engines
async def test_a_card_that_was_pressed_before_its_post_was_found_holds_up_nothing(scene: Scene) -> None:
    slack = scene.world.slack
    slack.faults.dropped_after("chat.postMessage", when=lambda args: args.get("channel") == HANDOFF_CHANNEL)
    looked_up = slack.faults.held("conversations.history")
    root = (await slack.dm(MIA, UNKNOWN)).ts
    await slack.wait_for(lambda: scene.world.cards)
    await slack.press(ADA, HANDOFF_CHANNEL, scene.card.ts, "handoff_claim")
    await slack.wait_for(lambda: "Claimed by" in str(scene.card.blocks))

    looked_up.release()
    await slack.dm(MIA, "It is the one in the hall", root)

    await slack.wait_for(lambda: "in the hall" in str([message.text for message in scene.handoff_thread]))
    await scene.settled()
    assert await scene.count("effects", "settled_at IS NULL") == 0


async def test_a_post_that_never_arrived_is_made_again(scene: Scene) -> None:
    scene.world.slack.faults.dropped_before("chat.postMessage", times=1)

    root = await _answered(scene)

    assert len(scene.replies(root)) == 1


async def test_slack_asking_us_to_wait_delays_and_loses_nothing(scene: Scene) -> None:
    scene.world.slack.faults.rate_limited("chat.postMessage", retry_after=0, times=3)

    root = await _answered(scene)

    assert len(scene.replies(root)) == 1


@pytest.mark.both_engines
async def test_slack_faults_do_not_double_a_handoff_or_its_ticket(scene: Scene) -> None:
    scene.world.slack.faults.dropped_after(
        "chat.postMessage", times=1, when=lambda args: args.get("channel") == HANDOFF_CHANNEL
    )

    await scene.world.slack.dm(MIA, UNKNOWN)
    await scene.world.slack.wait_for(lambda: "handoff" in str([c.blocks for c in scene.world.cards]))
    await scene.world.slack.wait_for(lambda: scene.world.slack.calls_of("chat.update"))
    await scene.settled()

    assert len(scene.world.cards) == 1
    assert await scene.count("local_tickets") == 1


async def test_an_outage_of_uppzy_does_not_hold_up_people(scene: Scene) -> None:
    scene.world.uppzy.fail(Endpoint.CHAT, replying(503, times=None))

    delivery = await scene.world.slack.dm(MIA, PERSON)
    await scene.world.slack.wait_for(lambda: "HD-1" in scene.texts(delivery.ts) and scene.world.cards)

    assert len(scene.world.cards) == 1


async def test_hours_of_outage_end_in_a_stated_reason(world: LocalWorld) -> None:
    world.outside = replace(world.outside, timeouts=replace(QUICK, retry=replace(QUICK.retry, give_up=1.0)))
    world.uppzy.fail(Endpoint.CHAT, replying(503, times=None))
    async with world.bot() as bot:
        scene = Scene(world, bot)
        delivery = await world.slack.dm(MIA, CONFIDENT)
        await world.slack.wait_for(lambda: "HD-1" in scene.texts(delivery.ts))
        await scene.settled()

        assert "I can't answer at the moment" in scene.texts(delivery.ts)


async def test_a_workspace_without_agent_sessions_gets_the_older_working_sign(scene: Scene) -> None:
    scene.world.slack.faults.refused("agents.sessions.setStatus", error="unknown_method", times=None)

    await _answered_at_leisure(scene, lambda: scene.world.slack.statuses)

    assert [change.source for change in scene.world.slack.statuses][:1] == ["assistant"]


async def test_a_workspace_without_any_status_gets_a_reaction(scene: Scene) -> None:
    scene.world.slack.faults.refused("agents.sessions.setStatus", error="unknown_method", times=None)
    scene.world.slack.faults.refused("assistant.threads.setStatus", error="not_authorized", times=None)
    await _answered_at_leisure(scene, lambda: scene.world.slack.calls_of("reactions.add"))

    await _answered(scene)

    assert len(scene.world.slack.calls_of("agents.sessions.setStatus")) == 1


async def test_a_broken_working_sign_never_delays_an_answer(scene: Scene) -> None:
    scene.world.slack.faults.delayed("agents.sessions.setStatus", seconds=20.0, times=None)

    root = await _answered(scene)

    assert scene.replies(root)


async def test_an_unknown_employee_is_answered_without_a_language(scene: Scene) -> None:
    scene.world.slack.faults.refused("users.info", error="user_not_found", times=None)

    root = await _answered(scene)

    assert scene.replies(root)
    assert scene.world.uppzy.asked[0].language is None


async def test_a_dm_that_cannot_be_posted_to_alarms_the_people(scene: Scene) -> None:
    scene.world.slack.faults.refused(
        "chat.postMessage",
        error="user_disabled",
        times=None,
        when=lambda args: str(args.get("channel")).startswith("D"),
    )

    await scene.world.slack.dm(MIA, CONFIDENT)
    await scene.world.slack.dm(TOM, CONFIDENT)
    await scene.settled()

    alarms = [m for m in scene.world.slack.messages(HANDOFF_CHANNEL) if "user_disabled" in m.text]
    assert len(alarms) == 1


async def test_a_handoff_channel_that_cannot_be_used_is_not_hidden_from_the_employee(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.world.slack.faults.refused(
        "chat.postMessage",
        error="is_archived",
        times=None,
        when=lambda args: args.get("channel") == HANDOFF_CHANNEL,
    )

    root = await scene.ask(UNKNOWN)

    assert "can't reach the support team in Slack" in scene.texts(root)
    assert "handoff_channel_unusable" in caplog.text


class HeldTickets(DatabaseTickets):
    """Creates no ticket before `go` is set."""

    def __init__(self, go: asyncio.Event, store: Store, clock: Clock) -> None:
        super().__init__(store, clock)
        self._go = go

    async def create(self, draft: TicketDraft, key: str) -> TicketRef:
        await self._go.wait()
        return await super().create(draft, key)


async def test_who_was_told_that_nobody_can_be_reached_is_promised_no_person_later(
    world: LocalWorld,
) -> None:
    go = asyncio.Event()
    world.outside = replace(world.outside, tickets=functools.partial(HeldTickets, go))
    slack = world.slack
    slack.faults.refused(
        "chat.postMessage", error="is_archived", times=None, when=lambda args: args.get("channel") == HANDOFF_CHANNEL
    )
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = (await slack.dm(MIA, UNKNOWN)).ts
        await slack.wait_for(lambda: "can't reach the support team in Slack" in scene.texts(root))
        go.set()
        await scene.settled()

        assert await scene.count("local_tickets") == 1
        assert "They'll reply here" not in scene.texts(root)
