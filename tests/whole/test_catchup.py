"""Catch-up: messages written while no event reached the bot are read back once and handled like any other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

import pytest

from bot.errors import CredentialError, OutsideError, RateLimitedError, StorageError, TemporaryError
from bot.helpdesk.config import CatchUpLimits
from bot.helpdesk.inbox.reconciliation import (
    CatchUp,
    DirectMessage,
    History,
    HistoryPage,
    MissedMessage,
    Pace,
    ReadWatermarks,
    ThreadCursor,
    Watermarks,
)
from bot.helpdesk.model.events import InboxEntry, MessageReceived
from bot.helpdesk.model.relay import RelayState
from bot.helpdesk.outbox.fencing import PauseDetector
from bot.slack.history import SlackHistory
from bot.slack.inbound import Inbound
from bot.slack.workspace import open_clients
from sandbox.slack import DEFAULT_SCOPES, Message
from sandbox.slack.events import Payloads
from sandbox.uppzy import Endpoint, replying
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL, MIA, TOM, LocalWorld
from storage.queries.watermarks import read_watermarks
from tests.addresses import SURFACE, message_at
from tests.whole.engines import on_engines
from tests.whole.scene import CONFIDENT, PERSON, Scene

ANOTHER = "How do I connect to the VPN?"
HOUR = 3600.0


@pytest.fixture(autouse=True)
def _hear_everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "bot.helpdesk.inbox.reconciliation")


def later(world: LocalWorld, seconds: float) -> None:
    """Sets the clock of bots started from now on ahead by so many seconds, so that stored watermarks are old."""
    world.outside = replace(world.outside, clock=lambda: time.time() + seconds)


def silence(world: LocalWorld) -> None:
    """Stops the delivery of events to the bot."""
    world.slack.events_url = None


async def answered(scene: Scene, root: str, *, who: str = MIA, times: int = 1) -> None:
    """Waits until there are so many answers in a thread."""
    await scene.world.slack.wait_for(
        lambda: sum("feedback_buttons" in str(reply.blocks) for reply in scene.replies(root, who=who)) >= times
    )
    await scene.settled()


async def caught_up(scene: Scene) -> None:
    """Waits until the catch-up round at the start and one more have ended."""
    await scene.bot.catch_up()
    await scene.settled()


def reads(world: LocalWorld) -> list[str]:
    """Returns the histories that the bot requested."""
    methods = ("conversations.history", "conversations.replies")
    return [f"{call.args['channel']}:{call.args.get('ts')}" for call in world.slack.calls if call.method in methods]


async def mention(world: LocalWorld, words: str, thread: str | None = None, *, who: str = ADA) -> str:
    """Mentions the bot in the handoff channel; returns the message's ts."""
    text = f"<@{world.slack.bot_user_id}> {words}"
    return (await world.slack.say(who, HANDOFF_CHANNEL, text, thread, formatted=True)).ts


def trails(world: LocalWorld, root: str) -> list[str]:
    """Returns the bot's replies to lookups of an id in a thread of the handoff channel."""
    said = [str(message.blocks) for message in world.thread(HANDOFF_CHANNEL, root) if message.bot_id]
    return [one for one in said if "Handled by" in one or "I know nothing" in one]


async def redeliver(world: LocalWorld, channel: str, *stamps: str) -> None:
    """Delivers the events of these messages late."""
    for ts in stamps:
        message = world.slack.message(channel, ts)
        assert message is not None
        delivery = await world.slack.deliver(Payloads(world.slack.workspace, world.slack.renderer).message(message))
        assert delivery.ok


@pytest.mark.both_engines
async def test_what_an_employee_wrote_while_the_bot_was_down_is_answered_once(world: LocalWorld) -> None:
    async with world.bot() as bot:
        root = await Scene(world, bot).ask(CONFIDENT)
    silence(world)
    follow_up = (await world.slack.dm(MIA, ANOTHER, root)).ts
    other_root = (await world.slack.dm(MIA, ANOTHER)).ts

    async with world.bot() as bot:
        scene = Scene(world, bot)
        await answered(scene, root, times=2)
        await answered(scene, other_root)
        await redeliver(world, world.slack.dm_of(MIA), root, follow_up, other_root)
        await caught_up(scene)

        assert len(scene.replies(root)) == 2
        assert len(scene.replies(other_root)) == 1
        assert [asked.message for asked in world.uppzy.asked].count(ANOTHER) == 2
        assert len(world.uppzy.asked) == 3


async def test_a_thread_that_began_while_the_bot_was_down_is_read_to_its_end(world: LocalWorld) -> None:
    async with world.bot() as bot:
        await Scene(world, bot).ask(CONFIDENT)
    silence(world)
    root = (await world.slack.dm(MIA, ANOTHER)).ts
    await world.slack.dm(MIA, "Is there a guide for the printer?", root)

    async with world.bot() as bot:
        scene = Scene(world, bot)
        await world.uppzy.wait_for(lambda: len(world.uppzy.asked) == 3)
        await caught_up(scene)

    assert [asked.message for asked in world.uppzy.asked] == [
        CONFIDENT,
        ANOTHER,
        "Is there a guide for the printer?",
    ]


@pytest.mark.both_engines
async def test_what_was_written_in_a_handoff_while_the_bot_was_down_is_carried_over_once(world: LocalWorld) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(PERSON)
        await scene.press_card("claim")
    silence(world)
    words = ["Which printer is it?", "I mean its number.", "It is number seven."]
    said = [(await world.slack.say(ADA, HANDOFF_CHANNEL, text, scene.card.ts)).ts for text in words[:2]]
    replied = (await world.slack.dm(MIA, words[2], root)).ts
    await world.slack.say(ADA, HANDOFF_CHANNEL, "note: call her tomorrow", scene.card.ts)

    async with world.bot() as bot:
        scene = Scene(world, bot)
        await world.slack.wait_for(lambda: words[1] in scene.texts(root))
        await world.slack.wait_for(lambda: words[2] in str([m.text for m in scene.handoff_thread if m.bot_id]))
        await redeliver(world, HANDOFF_CHANNEL, *said)
        await redeliver(world, world.slack.dm_of(MIA), replied)
        await caught_up(scene)

        told = scene.texts(root)
        assert [told.count(text) for text in words] == [1, 1, 0]
        assert told.index(words[0]) < told.index(words[1])
        assert "tomorrow" not in told
        assert str([m.text for m in scene.handoff_thread if m.bot_id]).count(words[2]) == 1


async def test_a_mention_in_the_thread_of_a_handoff_is_answered_once_after_an_outage(world: LocalWorld) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.ask(PERSON)
    silence(world)
    mention = f"<@{world.slack.bot_user_id}> HD-1?"
    said = await world.slack.say(ADA, HANDOFF_CHANNEL, mention, scene.card.ts, formatted=True)

    async with world.bot() as bot:
        scene = Scene(world, bot)
        await world.slack.wait_for(lambda: "Handled by" in str(scene.handoff_thread[-1].blocks))
        await redeliver(world, HANDOFF_CHANNEL, said.ts)
        await caught_up(scene)

        assert sum("Handled by" in str(message.blocks) for message in scene.handoff_thread) == 1
        assert await scene.count("relays") == 0


@pytest.mark.parametrize("private", [False, True], ids=["public", "private"])
async def test_mentions_in_a_handoff_channel_are_answered_once_after_an_outage_and_talk_is_left_alone(
    world: LocalWorld, private: bool
) -> None:
    slack = world.slack
    slack.add_channel(HANDOFF_CHANNEL, "support-handoff", members=[ADA, BEN, slack.bot_user_id], is_private=private)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.ask(PERSON)
        heard = await scene.came_in()
    silence(world)
    asked = await mention(world, "HD-1?")
    below = await mention(world, "And HD-7?", asked, who=BEN)
    await slack.say(BEN, HANDOFF_CHANNEL, "Thank you.", asked)
    await slack.say(BEN, HANDOFF_CHANNEL, "Lunch at twelve?")

    async with world.bot() as bot:
        scene = Scene(world, bot)
        await slack.wait_for(lambda: len(trails(world, asked)) == 2)
        await redeliver(world, HANDOFF_CHANNEL, asked, below)
        await caught_up(scene)

        assert sorted("Handled by" in trail for trail in trails(world, asked)) == [False, True]
        assert await scene.came_in() == heard + 2


async def test_a_channel_is_read_from_what_was_last_heard_and_not_from_its_beginning(world: LocalWorld) -> None:
    world.slack.workspace.now = lambda: time.time() - 2 * HOUR
    old = await mention(world, "HD-1?")
    for number in range(3000):
        world.slack.workspace.post(Message(channel=HANDOFF_CHANNEL, user=ADA, text=f"old {number}"))
    world.slack.workspace.now = time.time
    async with world.bot() as bot:
        await Scene(world, bot).ask(CONFIDENT)
    silence(world)
    asked = await mention(world, "HD-1?")

    later(world, HOUR)
    async with world.bot() as bot:
        await world.slack.wait_for(lambda: trails(world, asked))
        await bot.catch_up()

    assert reads(world).count(f"{HANDOFF_CHANNEL}:None") == 2
    assert trails(world, old) == []


async def test_a_mention_from_before_everything_that_is_read_back_is_left_alone(world: LocalWorld) -> None:
    world.slack.workspace.now = lambda: time.time() - 8 * 24 * HOUR
    old = await mention(world, "HD-1?")
    world.slack.workspace.now = time.time
    async with world.bot() as bot:
        await Scene(world, bot).ask(CONFIDENT)

    async with world.bot() as bot:
        await caught_up(Scene(world, bot))

    assert f"{HANDOFF_CHANNEL}:None" in reads(world)
    assert trails(world, old) == []


@pytest.mark.parametrize("end", ["resolve", "hand_back"])
async def test_what_was_written_below_a_handoff_that_is_over_is_heard_after_an_outage_as_it_would_have_been(
    world: LocalWorld, end: str
) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(PERSON)
        await scene.press_card("claim")
        await (scene.resolve() if end == "resolve" else scene.press_card("hand_back"))
        told = scene.texts(root)
        card = scene.card.ts
    silence(world)
    asked = await mention(world, "HD-1?", card)
    talk = (await world.slack.say(ADA, HANDOFF_CHANNEL, "She has a new laptop now.", card)).ts

    async with world.bot() as bot:
        scene = Scene(world, bot)
        await world.slack.wait_for(lambda: trails(world, card))
        await redeliver(world, HANDOFF_CHANNEL, asked, talk)
        await caught_up(scene)

        assert len(trails(world, card)) == 1
        assert scene.texts(root) == told
        assert await scene.count("relays", "state = 'internal'") == 1


async def test_what_agents_wrote_below_a_handoff_that_was_over_stays_inside_though_it_was_reopened_since(
    scene: Scene,
) -> None:
    url = scene.world.slack.events_url
    root = await scene.ask(PERSON)
    await scene.resolve()
    silence(scene.world)
    card = scene.card.ts
    words = ("Such a fuss.", "note: buy toner")
    said = [(await scene.world.slack.say(ADA, HANDOFF_CHANNEL, text, card)).ts for text in words]
    scene.world.slack.events_url = url

    async def reopen(place: ThreadCursor) -> None:
        if place.thread == card:
            await scene.press_card("reopen")

    await Stopwatch(channels=frozenset({HANDOFF_CHANNEL}), meanwhile=reopen).round(scene, CatchUpLimits())
    await scene.settled()

    assert "fuss" not in scene.texts(root)
    assert scene.private_notes(ADA) == []
    relays = await scene.look(lambda tx: [tx.relays.of_message(message_at(HANDOFF_CHANNEL, ts)) for ts in said])
    assert [relay and relay.state for relay in relays] == [RelayState.INTERNAL, RelayState.NOTE]
    await scene.write_in_thread("Is it better now?")
    assert "Is it better now?" in scene.texts(root)


async def test_who_wrote_again_during_an_outage_a_day_after_asking_is_before_people_again(world: LocalWorld) -> None:
    async with world.bot() as bot:
        root = await Scene(world, bot).ask(PERSON)
    later(world, 30 * HOUR)
    async with world.bot() as bot:
        await Scene(world, bot).resolve("Switch it off and on.")
    silence(world)
    await world.slack.dm(MIA, "It is broken again.", root)

    later(world, 31 * HOUR)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await caught_up(scene)

        texts = [message.text for message in scene.handoff_thread]
        assert "It is broken again." in str(texts)
        assert "the employee replied. It's open again and unclaimed." in texts[-1]


async def test_what_is_over_is_read_after_all_that_is_open_and_channels_before_it(scene: Scene) -> None:
    await scene.ask(PERSON)
    await scene.resolve()
    await scene.ask(CONFIDENT, who=TOM)
    over = f"{HANDOFF_CHANNEL}:{scene.card.ts}"

    await Stopwatch(channels=frozenset({HANDOFF_CHANNEL})).round(scene, CatchUpLimits())

    read = reads(scene.world)
    assert (read[0], read[-1], len(read)) == (f"{HANDOFF_CHANNEL}:None", over, 6)
    scene.world.slack.calls.clear()
    await Stopwatch(channels=frozenset({HANDOFF_CHANNEL})).round(scene, CatchUpLimits(places=5))
    assert reads(scene.world) == read[:-1]


@pytest.mark.both_engines
async def test_after_a_gap_what_came_in_again_first_does_not_hide_what_was_lost(scene: Scene) -> None:
    url = scene.world.slack.events_url
    root = await scene.ask(CONFIDENT)
    silence(scene.world)
    lost = (await scene.world.slack.dm(MIA, ANOTHER)).ts
    await scene.world.slack.dm(MIA, "And from home?", root)
    scene.world.slack.events_url = url
    await scene.ask("Is there a guide for the printer?")
    await scene.ask("Does it print in colour?", thread=root)

    await asyncio.gather(*(scene.bot.catch_up() for _ in range(5)))
    await scene.settled()

    assert len(scene.replies(lost)) == 1
    assert [asked.message for asked in scene.world.uppzy.asked].count("And from home?") == 1
    assert len(scene.world.uppzy.asked) == 5


async def test_of_thousands_of_old_messages_only_the_new_are_read(world: LocalWorld) -> None:
    dm = world.slack.dm_of(MIA)
    world.slack.workspace.now = lambda: time.time() - 2 * HOUR
    for number in range(3000):
        world.slack.workspace.post(Message(channel=dm, user=MIA, text=f"old {number}"))
    world.slack.workspace.now = time.time
    async with world.bot() as bot:
        await Scene(world, bot).ask(CONFIDENT)
    silence(world)
    root = (await world.slack.dm(MIA, ANOTHER)).ts

    later(world, HOUR)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await answered(scene, root)

        assert reads(world).count(f"{dm}:None") == 1
        assert await scene.came_in() == 2


async def test_nothing_is_read_at_the_first_start_and_nothing_that_is_older_than_a_week(world: LocalWorld) -> None:
    # The digest that has come due is looked for in a channel of its own.
    world.slack.add_channel("C0REVIEW", "review", members=[ADA, world.slack.bot_user_id])
    world.settings = world.settings.model_copy(update={"review_channel": "C0REVIEW"})
    async with world.bot() as bot:
        await caught_up(Scene(world, bot))
        await Scene(world, bot).ask(CONFIDENT)
        assert reads(world) == []
        assert world.slack.calls_of("conversations.list") == []
    silence(world)
    await world.slack.dm(MIA, ANOTHER)

    later(world, 8 * 24 * HOUR)
    async with world.bot() as bot:
        await caught_up(Scene(world, bot))

        assert await Scene(world, bot).came_in() == 1
    people = {world.slack.dm_of(person) for person in world.slack.workspace.users}
    assert {read.removesuffix(":None") for read in reads(world)} - {"C0REVIEW"} <= people


@pytest.mark.both_engines
async def test_who_wrote_for_the_first_time_while_the_bot_was_down_is_answered_once(world: LocalWorld) -> None:
    async with world.bot() as bot:
        await Scene(world, bot).ask(CONFIDENT)
    silence(world)
    root = (await world.slack.dm(TOM, ANOTHER)).ts
    follow_up = (await world.slack.dm(TOM, "Is there a guide for the printer?", root)).ts

    later(world, HOUR)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await answered(scene, root, who=TOM, times=2)
        await redeliver(world, world.slack.dm_of(TOM), root, follow_up)
        await caught_up(scene)

        assert [asked.message for asked in world.uppzy.asked][1:] == [ANOTHER, "Is there a guide for the printer?"]
        assert len(scene.replies(root, who=TOM)) == 2


async def test_who_wrote_again_after_more_than_a_week_while_the_bot_was_down_is_answered(world: LocalWorld) -> None:
    for person, ago in ((MIA, 9 * 24 * HOUR), (TOM, HOUR)):
        later(world, -ago)
        world.slack.workspace.now = world.outside.clock
        async with world.bot() as bot:
            await Scene(world, bot).ask(CONFIDENT, who=person)
    silence(world)
    world.slack.workspace.now = time.time
    root = (await world.slack.dm(MIA, ANOTHER)).ts

    later(world, 0.0)
    async with world.bot() as bot:
        await answered(Scene(world, bot), root)


async def test_what_is_written_beside_a_handoff_that_is_open_for_weeks_is_read_back_too(world: LocalWorld) -> None:
    for person, words, ago in ((MIA, PERSON, 9 * 24 * HOUR), (TOM, CONFIDENT, HOUR)):
        later(world, -ago)
        world.slack.workspace.now = world.outside.clock
        async with world.bot() as bot:
            await Scene(world, bot).ask(words, who=person)
    silence(world)
    world.slack.workspace.now = time.time
    root = (await world.slack.dm(MIA, ANOTHER)).ts

    later(world, 0.0)
    async with world.bot() as bot:
        await answered(Scene(world, bot), root)


async def test_what_slack_brings_by_itself_is_not_looked_for(scene: Scene) -> None:
    await scene.ask(CONFIDENT)
    scene.world.slack.dm_of(TOM)

    for redelivered, looked_for in ((60.0, 0), (0.0, 1)):
        await Stopwatch().round(scene, CatchUpLimits(settled=0.0, redelivered=redelivered))
        assert len(scene.world.slack.calls_of("conversations.list")) == looked_for


async def test_of_people_who_did_not_write_lately_the_newest_are_read_and_nobody_who_left(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    slack = scene.world.slack
    await scene.ask(CONFIDENT)
    people = [f"U0NEW{number}" for number in range(4)]
    for number, person in enumerate(people):
        slack.add_user(person, f"new{number}", deleted=number == 3)
        slack.workspace.channels[slack.dm_of(person)].created = 1e9 + number
    for person in (TOM, ADA, BEN):
        slack.workspace.channels[slack.dm_of(person)].created = 1e8

    await Stopwatch().round(scene, CatchUpLimits(others=2, settled=0.0, redelivered=0.0))

    read = [one for one in reads(scene.world) if one.split(":")[0] != slack.dm_of(MIA)]
    assert read == [f"{slack.dm_of(people[number])}:None" for number in (2, 1)]
    assert _done(caplog) == {"read": 4, "accepted": 0, "left_out": 4}


async def test_where_another_round_waits_it_goes_on_from_where_the_interrupted_one_began(scene: Scene) -> None:
    heard = iter([1795400000.0, 1795400900.0])
    rounds: list[asyncio.Task[None]] = []

    async def marks(now: float, reach: CatchUpLimits) -> Watermarks:
        return Watermarks(places=[], last_sent_at=next(heard), last_received_at=now - HOUR)

    async def interrupt(place: ThreadCursor) -> None:
        if not rounds:
            rounds.append(asyncio.create_task(reader.catch_up()))
            await asyncio.sleep(0)

    history = Quiet([DirectMessage(channel=f"D{number}", since=float(number)) for number in range(3)], interrupt)
    reader = Stopwatch().reader(scene, CatchUpLimits(), history, marks)
    await reader.catch_up()
    await rounds[0]

    first = 1795400000.0
    assert history.read_from == [("D2", first), ("D2", first), ("D1", first), ("D0", first)]


async def test_what_could_not_be_read_is_read_again_from_where_it_stood(scene: Scene) -> None:
    moments, read = iter([100.0, 200.0, 300.0]), asyncio.Event()
    refusals = iter([TemporaryError(system="slack", code="internal_error")] * 2)

    async def marks(now: float, reach: CatchUpLimits) -> Watermarks:
        # Newer messages arrive meanwhile: the place looks read up to a later time in each round.
        place = ThreadCursor(channel="D1", thread=None, direct=True, after=next(moments), active_at=now)
        return Watermarks(places=[place])

    async def refuse_twice(place: ThreadCursor) -> None:
        if (refusal := next(refusals, None)) is not None:
            raise refusal
        read.set()

    history, watch = Quiet([DirectMessage(channel="D2", since=0.0)], refuse_twice), Stopwatch()
    reader = watch.reader(scene, CatchUpLimits(), history, marks)
    repeating = asyncio.create_task(reader.repeat())
    await reader.catch_up()
    await read.wait()
    repeating.cancel()

    assert history.read_from == [("D1", 100.0)] * 3
    assert watch.slept == [60.0, 300.0]


async def test_what_could_not_be_stored_is_read_again_from_where_it_stood(scene: Scene) -> None:
    moments = iter([100.0, 200.0])

    async def marks(now: float, reach: CatchUpLimits) -> Watermarks:
        after = next(moments)
        places = [ThreadCursor(channel=id, thread=None, direct=True, after=after, active_at=now) for id in ("D1", "D2")]
        return Watermarks(places=places)

    async def break_once(place: ThreadCursor) -> None:
        if len(history.read_from) == 1:
            raise StorageError("The database cannot be written.")

    history = Quiet([DirectMessage(channel="D3", since=0.0)], break_once)
    reader = Stopwatch().reader(scene, CatchUpLimits(), history, marks)
    await reader.catch_up()
    await reader.catch_up()

    assert history.read_from == [("D1", 100.0), ("D1", 100.0), ("D2", 100.0)]


async def test_a_list_of_direct_messages_that_could_not_be_had_is_asked_for_again(scene: Scene) -> None:
    refusals = iter([TemporaryError(system="slack", code="internal_error")])
    read = asyncio.Event()

    async def marks(now: float, reach: CatchUpLimits) -> Watermarks:
        return Watermarks(places=[], last_sent_at=100.0, last_received_at=now - HOUR)

    async def note(place: ThreadCursor) -> None:
        read.set()

    history, watch = Quiet([DirectMessage(channel="D2", since=0.0)], note, refusals), Stopwatch()
    reader = watch.reader(scene, CatchUpLimits(), history, marks)
    repeating = asyncio.create_task(reader.repeat())
    await reader.catch_up()
    await read.wait()
    repeating.cancel()

    assert history.read_from == [("D2", 100.0)]


async def test_after_a_suspension_what_was_written_meanwhile_is_answered(
    world: LocalWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    asleep = [0.0]
    clocks = (time.monotonic, lambda: time.time() + asleep[0])
    monkeypatch.setattr("bot.helpdesk.outbox.dispatcher.PauseDetector", partial(PauseDetector, clocks))
    monkeypatch.setattr("bot.helpdesk.outbox.fencing._INTERVAL", 0.01)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(CONFIDENT)
        await caught_up(scene)
        silence(world)
        await world.slack.dm(MIA, ANOTHER, root)

        asleep[0] = 61.0

        await answered(scene, root, times=2)


@pytest.mark.parametrize("scopes", [DEFAULT_SCOPES - {"im:read"}], ids=["without im:read"])
async def test_without_the_right_to_list_direct_messages_the_open_ones_are_read(
    world: LocalWorld, caplog: pytest.LogCaptureFixture
) -> None:
    async with world.bot() as bot:
        root = await Scene(world, bot).ask(CONFIDENT)
    silence(world)
    await world.slack.dm(MIA, ANOTHER, root)

    later(world, HOUR)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await answered(scene, root, times=2)
        await caught_up(scene)

    (refused, *_) = [record for record in caplog.records if record.msg == "contacts_not_listed"]
    assert (refused.__dict__["system"], refused.__dict__["code"]) == ("slack", "missing_scope")


@on_engines(
    "handoff_rules", [("",), ("reopen_within_minutes = 4320",)], on_postgresql=[("reopen_within_minutes = 4320",)]
)
async def test_a_handoff_that_was_resolved_is_read_for_as_long_as_it_can_be_opened_again(
    world: LocalWorld, handoff_rules: str
) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.ask(PERSON)
        await scene.resolve()
        place = f"{HANDOFF_CHANNEL}:{scene.card.ts}"
    days = 3 if handoff_rules else 1

    for hours, read in ((days * 24 - 1, True), (days * 24 + 1, False)):
        world.slack.calls.clear()
        later(world, hours * HOUR)
        async with world.bot() as bot:
            await caught_up(Scene(world, bot))
        assert (place in reads(world)) is read


@pytest.mark.parametrize("error", ["channel_not_found", "missing_scope", "ratelimited", "not_in_channel"])
async def test_trouble_with_one_place_does_not_stop_the_others(
    scene: Scene, caplog: pytest.LogCaptureFixture, error: str
) -> None:
    url = scene.world.slack.events_url
    await scene.ask(CONFIDENT, who=TOM)
    await scene.ask(CONFIDENT)
    silence(scene.world)
    root = (await scene.world.slack.dm(MIA, ANOTHER)).ts
    toms = scene.world.slack.dm_of(TOM)
    scene.world.slack.faults.refused(
        "conversations.history", error=error, times=None, when=lambda args: args["channel"] == toms
    )
    scene.world.slack.events_url = url

    await Stopwatch().round(scene, CatchUpLimits())
    await scene.settled()

    assert len(scene.replies(root)) == 1
    assert "place_not_read" in caplog.text
    assert _done(caplog) == {"read": 3, "accepted": 1, "left_out": 1}


@pytest.mark.parametrize("scopes", [DEFAULT_SCOPES - {"groups:history"}], ids=["without groups:history"])
async def test_a_private_channel_that_may_not_be_read_stops_nothing_else(
    world: LocalWorld, caplog: pytest.LogCaptureFixture
) -> None:
    world.slack.add_channel(HANDOFF_CHANNEL, "support-handoff", members=[ADA], is_private=True)
    async with world.bot() as bot:
        root = await Scene(world, bot).ask(CONFIDENT)
    silence(world)
    await world.slack.dm(MIA, ANOTHER, root)

    async with world.bot() as bot:
        await answered(Scene(world, bot), root, times=2)

    (refused,) = [record for record in caplog.records if record.msg == "place_not_read"]
    assert (refused.__dict__["place"], refused.__dict__["code"]) == (HANDOFF_CHANNEL, "missing_scope")


async def test_a_change_that_was_missed_counts_while_the_question_waits(world: LocalWorld) -> None:
    async with world.bot() as bot:
        answer = await Scene(world, bot).ask(CONFIDENT)
        world.uppzy.fail(Endpoint.CHAT, replying(503, times=None))
        waiting = (await world.slack.dm(MIA, "How do I connect?")).ts
        await world.uppzy.wait_for(lambda: world.uppzy.calls[Endpoint.CHAT] > 1)
    silence(world)
    await world.slack.edit(MIA, world.slack.dm_of(MIA), answer, "How do I reset my badge?")
    await world.slack.edit(MIA, world.slack.dm_of(MIA), waiting, ANOTHER)

    async with world.bot() as bot:
        scene = Scene(world, bot)
        await bot.catch_up()
        await bot.runner.idle()
        world.uppzy.heal()
        await answered(scene, waiting)

        assert [asked.message for asked in world.uppzy.asked] == [CONFIDENT, ANOTHER]
        assert len(scene.replies(answer)) == 1


async def test_a_round_reads_no_more_places_than_it_may_the_newest_first(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    await scene.ask(CONFIDENT, who=TOM)
    await scene.ask(CONFIDENT)
    dm = scene.world.slack.dm_of(MIA)

    await Stopwatch().round(scene, CatchUpLimits(places=2))

    assert {read.split(":")[0] for read in reads(scene.world)} == {dm}
    assert _done(caplog) == {"read": 2, "accepted": 0, "left_out": 2}


async def test_a_long_absence_is_read_page_by_page_up_to_a_limit(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    history = Shelf([HistoryPage(found=(), next=str(number)) for number in range(50)])

    await history.round(scene, CatchUpLimits(pages=4, calls=2, per=60.0))

    assert history.asked == 4
    assert history.watch.slept == [60.0]
    assert _done(caplog) == {"read": 1, "accepted": 0, "left_out": 1}


async def test_reading_waits_as_long_as_it_is_told(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    history = Shelf([RateLimitedError(retry_after=7.0), RateLimitedError(retry_after=11.0), HistoryPage(found=())])

    await history.round(scene, CatchUpLimits())

    assert history.watch.slept == [7.0, 11.0]
    assert _done(caplog) == {"read": 1, "accepted": 0, "left_out": 0}


async def test_without_a_valid_token_the_rest_is_not_even_asked_for(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    history = Shelf([CredentialError(system="slack", code="invalid_auth")])

    await history.round(scene, CatchUpLimits(), places=3)

    assert history.asked == 1
    assert _done(caplog) == {"read": 0, "accepted": 0, "left_out": 3}


async def test_a_question_that_a_lost_database_had_answered_is_not_answered_again(scene: Scene) -> None:
    history = Shelf([HistoryPage(found=(_past("1795400000.000100", replied=True), _past("1795400000.000200")))])

    await history.round(scene, CatchUpLimits())
    await scene.settled()

    assert [asked.message for asked in scene.world.uppzy.asked] == ["1795400000.000200 how?"]


async def test_a_fault_of_its_own_ends_the_round_and_nothing_else(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    history = Shelf([])

    await history.round(scene, CatchUpLimits())

    assert "catch_up_broken" in caplog.text
    await scene.ask(CONFIDENT)


async def test_the_pace_never_exceeds_its_limit_in_any_stretch_of_time() -> None:
    now = 0.0
    made: list[float] = []

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    pace = Pace(5, 60.0, clock=lambda: now, sleep=sleep)
    for pause in [0.0, 1.0, 30.0, 0.0, 0.0, 0.0, 61.0] * 6:
        now += pause
        await pace.wait()
        made.append(now)

    assert all(sum(start <= at < start + 60.0 for at in made) <= 5 for start in made)


def test_a_round_leaves_more_than_half_of_what_slack_allows_to_others() -> None:
    assert CatchUpLimits().calls / CatchUpLimits().per < 0.5 * 50 / 60


@dataclass(slots=True)
class Stopwatch:
    """A clock that only `sleep` moves, for a catch-up round separate from the bot's own."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)
    channels: frozenset[str] = frozenset()
    meanwhile: Callable[[ThreadCursor], Awaitable[None]] | None = None

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    async def round(self, scene: Scene, reach: CatchUpLimits) -> None:
        """Runs one catch-up round over the stored watermarks."""
        async with open_clients(scene.world.slack.bot_token, scene.world.slack.api_url) as clients:
            inbound = Inbound(bot_user=scene.world.slack.bot_user_id, channels=frozenset({HANDOFF_CHANNEL}))
            history = SlackHistory(
                reader=clients.reader,
                inbound=inbound,
                workspace=scene.world.slack.team_id,
                bot_user=scene.world.slack.bot_user_id,
            )
            run = scene.bot.store.run
            read = Interrupted(history, self.meanwhile) if self.meanwhile else history
            await self.read(
                scene, reach, read, lambda now, most: run(read_watermarks, now, most, SURFACE, self.channels)
            )

    async def read(self, scene: Scene, reach: CatchUpLimits, history: History, marks: ReadWatermarks) -> None:
        await self.reader(scene, reach, history, marks).catch_up()

    def reader(self, scene: Scene, reach: CatchUpLimits, history: History, marks: ReadWatermarks) -> CatchUp:
        pace = Pace(reach.calls, reach.per, clock=lambda: self.now, sleep=self.sleep)
        return CatchUp(
            store=scene.bot.store,
            watermarks=marks,
            history=history,
            accept=scene.bot.desk.accept,
            clock=time.time,
            limits=reach,
            pace=pace,
        )


@dataclass(slots=True)
class Interrupted:
    """A history that calls `happens` before each read."""

    history: History
    happens: Callable[[ThreadCursor], Awaitable[None]]

    async def read(self, place: ThreadCursor, since: float, page: str | None) -> HistoryPage[MissedMessage]:
        await self.happens(place)
        return await self.history.read(place, since, page)

    async def contacts(self, page: str | None) -> HistoryPage[DirectMessage]:
        return await self.history.contacts(page)


@dataclass(slots=True)
class Shelf:
    """A history with canned pages and no contacts."""

    answers: list[HistoryPage[MissedMessage] | Exception]
    asked: int = 0
    watch: Stopwatch = field(default_factory=Stopwatch)

    async def read(self, place: ThreadCursor, since: float, page: str | None) -> HistoryPage[MissedMessage]:
        answer = self.answers[self.asked]
        self.asked += 1
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def contacts(self, page: str | None) -> HistoryPage[DirectMessage]:
        return HistoryPage(found=())

    async def round(self, scene: Scene, reach: CatchUpLimits, places: int = 1) -> None:
        """Runs one catch-up round over so many direct messages."""

        async def direct_messages(now: float, reach: CatchUpLimits) -> Watermarks:
            return Watermarks(
                places=[
                    ThreadCursor(channel=f"D{number}", thread=None, direct=True, after=None, active_at=now)
                    for number in range(places)
                ]
            )

        await self.watch.read(scene, reach, self, direct_messages)


@dataclass(slots=True)
class Quiet:
    """A history of empty direct messages that calls `happens` on each read. Its list is refused `not_listed` times."""

    known: list[DirectMessage]
    happens: Callable[[ThreadCursor], Awaitable[None]]
    not_listed: Iterator[OutsideError] = field(default_factory=lambda: iter(()))
    read_from: list[tuple[str, float | None]] = field(default_factory=list)

    async def contacts(self, page: str | None) -> HistoryPage[DirectMessage]:
        if (refusal := next(self.not_listed, None)) is not None:
            raise refusal
        number = int(page or 0)
        return HistoryPage(found=(self.known[number],), next=str(number + 1) if self.known[number + 1 :] else None)

    async def read(self, place: ThreadCursor, since: float, page: str | None) -> HistoryPage[MissedMessage]:
        self.read_from.append((place.channel, place.after))
        await self.happens(place)
        return HistoryPage(found=())


def _past(ts: str, *, replied: bool = False) -> MissedMessage:
    message = MessageReceived(
        workspace="T1",
        address=message_at("D1", ts),
        author=MIA,
        text=f"{ts} how?",
        sent_at=float(ts),
        direct=True,
    )
    return MissedMessage(accepted=InboxEntry(key=ts, lane="in:D1", event=message), message=message, replied=replied)


def _done(caplog: pytest.LogCaptureFixture) -> dict[str, int]:
    """Returns the counts that the last round logged."""
    record = [record for record in caplog.records if record.msg == "caught_up"][-1]
    return {name: getattr(record, name) for name in ("read", "accepted", "left_out")}
