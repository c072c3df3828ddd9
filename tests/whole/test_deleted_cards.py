"""Deleted cards: a new card replaces the old one, and messages in the thread of either are relayed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import product

import pytest

from bot.slack.ids import identifier_of
from sandbox.slack import DeletedParent, Fault, FaultKind, File, Message
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL, MIA, LocalWorld
from storage.queries.home import StoredRecords
from tests.deadlines import HUNG
from tests.whole.engines import on_engines
from tests.whole.scene import UNKNOWN, Scene
from tests.whole.shared import in_module_loop, in_own_loop

WAYS = pytest.mark.parametrize("treated", list(DeletedParent))
HEARD = pytest.mark.parametrize("told", [True, False], ids=["heard of", "not heard of"])
PAPER = File(name="invoice.pdf", content=b"%PDF-1.7", mimetype="application/pdf")

pytestmark = in_module_loop


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    """The scene of a bot that the tests of this module share, but for those with `own_scene` or `world`."""
    return shared_scene


def everywhere(scene: Scene) -> list[Message]:
    """Returns all messages of the handoff channel, inside and outside of threads."""
    slack = scene.world.slack
    roots = slack.messages(HANDOFF_CHANNEL)
    return [*roots, *(reply for root in roots for reply in scene.world.thread(HANDOFF_CHANNEL, root.ts))]


def places_of(scene: Scene, words: str) -> list[str]:
    """Returns the thread of each message with these words, or "outside"."""
    return [one.root_ts if one.is_reply else "outside" for one in everywhere(scene) if words in one.text]


def value_on(card: Message) -> str:
    """Returns the id of the handoff that the card's buttons carry."""
    return next(
        str(element["value"])
        for block in card.blocks
        for element in block.get("elements", ())
        if element.get("action_id") == "handoff_claim"
    )


def copy_of(card: Message) -> Message:
    """Returns a copy of a card, because a deleted message loses its blocks."""
    return replace(card, blocks=list(card.blocks))


async def delete_card(
    scene: Scene, treated: DeletedParent = DeletedParent.KEPT, *, told: bool = True, replies: bool = False
) -> Message:
    """Deletes the only card, as an admin or Slack's retention does; returns a copy of it."""
    card = copy_of(scene.card)
    await scene.world.slack.delete_for_all(HANDOFF_CHANNEL, card.ts, told=told, replies=replies)
    scene.world.slack.faults.deleted_parent = treated
    await scene.settled()
    return card


async def until_held(fault: Fault) -> None:
    """Waits until a call is held up by the fault."""
    async with asyncio.timeout(HUNG):
        while fault.times:  # noqa: ASYNC110 - a fault raises no event
            await asyncio.sleep(0.01)


async def written_below(scene: Scene, card: Message, text: str, who: str = ADA) -> None:
    await scene.world.slack.say(who, HANDOFF_CHANNEL, text, card.ts)
    await scene.settled()


# What happens depends on all three; each way of Slack's leads to other effects, so PostgreSQL runs one case of each.
@on_engines(
    "treated, told, replies",
    product(DeletedParent, [True, False], [True, False]),
    on_postgresql=[
        (DeletedParent.KEPT, False, False),
        (DeletedParent.REFUSED, True, True),
        (DeletedParent.AT_ROOT, False, True),
    ],
    scene="engine_scene",
)
async def test_a_deleted_card_is_replaced_and_the_handoff_goes_on_below_the_new_one(
    engine_handed_off: tuple[Scene, str], treated: DeletedParent, told: bool, replies: bool
) -> None:
    scene, root = engine_handed_off
    await scene.ask("It is the blue one", thread=root)

    old = await delete_card(scene, treated, told=told, replies=replies)
    await scene.ask("I am still waiting", thread=root)
    # If no event reported the deletion, Slack may accept this message in the thread of the deleted card.
    unheard = not told and treated is DeletedParent.KEPT and not replies
    assert places_of(scene, "I am still waiting") == [old.ts if unheard else scene.card.ts]
    await scene.ask("And waiting", thread=root)
    assert "The card before this one was deleted" in str(scene.card.blocks)
    assert places_of(scene, "And waiting") == [scene.card.ts]
    await scene.press_card("claim", who=ADA)
    await scene.write_in_thread("On my way", who=ADA)
    await scene.ask("Thank you so far", thread=root)
    await scene.resolve("Replaced it", who=ADA)

    assert scene.texts(root).count("On my way") == 1
    assert places_of(scene, "Thank you so far") == [scene.card.ts]
    assert "Replaced it" in scene.texts(root)
    handoff = await scene.handoff()
    await scene.check_card(handoff, 0.0)
    assert await scene.count("alarms") == 0
    assert await scene.count("effects", "state = 'failed'") == 0


async def test_what_agents_write_below_either_card_reaches_the_employee_once(handed_off: tuple[Scene, str]) -> None:
    scene, root = handed_off
    await scene.ask("It is the blue one", thread=root)
    await scene.press_card("claim", who=ADA)

    old = await delete_card(scene)
    await written_below(scene, old, "I am looking", who=ADA)
    await scene.write_in_thread("Found it", who=ADA)
    late = await scene.world.slack.say(ADA, HANDOFF_CHANNEL, "note: not for Mia", old.ts)
    await scene.settled()

    told = scene.texts(root)
    assert (told.count("I am looking"), told.count("Found it"), told.count("not for Mia")) == (1, 1, 0)
    await scene.world.slack.edit(ADA, HANDOFF_CHANNEL, late.ts, "For Mia after all")
    await scene.settled()
    assert scene.texts(root).count("For Mia after all") == 1


@HEARD
@WAYS
async def test_a_card_deleted_while_its_handoff_is_resolved_comes_again_when_the_employee_does(
    handed_off: tuple[Scene, str], treated: DeletedParent, told: bool
) -> None:
    scene, root = handed_off
    await scene.resolve("Done", who=ADA)
    await delete_card(scene, treated, told=told)
    assert scene.world.cards == []

    await scene.ask("But it is broken again", thread=root)
    await scene.ask("Very much so", thread=root)

    assert len(scene.world.cards) == 1
    assert places_of(scene, "Very much so") == [scene.card.ts]
    assert len(places_of(scene, "broken again")) == 1


@WAYS
async def test_a_card_may_be_deleted_twice(handed_off: tuple[Scene, str], treated: DeletedParent) -> None:
    scene, root = handed_off
    first = await delete_card(scene, treated, told=False, replies=True)
    await scene.ask("One", thread=root)
    second = await delete_card(scene, treated)

    await scene.ask("Two", thread=root)

    assert len({first.ts, second.ts, scene.card.ts}) == 3
    assert places_of(scene, "Two") == [scene.card.ts]
    await scene.press_card("claim", who=ADA)
    await written_below(scene, second, "Heard", who=ADA)
    assert scene.texts(root).count("Heard") == 1


async def test_a_card_that_is_deleted_again_and_again_is_not_replaced_for_ever(handed_off: tuple[Scene, str]) -> None:
    scene, root = handed_off
    for _ in range(3):
        await delete_card(scene)
    assert len(scene.world.cards) == 1

    await delete_card(scene, DeletedParent.REFUSED)
    await scene.ask("Anybody?", thread=root)

    assert scene.world.cards == []
    (alarm,) = [one for one in scene.world.slack.messages(HANDOFF_CHANNEL) if one.text.startswith("🚨")]
    assert "thread_not_found" in alarm.text


@on_engines(
    "treated",
    [(DeletedParent.REFUSED,), (DeletedParent.AT_ROOT,)],
    on_postgresql=[(DeletedParent.AT_ROOT,)],
    scene="engine_scene",
)
async def test_what_is_on_its_way_when_the_card_is_deleted_stands_below_the_new_one_once(
    engine_handed_off: tuple[Scene, str], treated: DeletedParent
) -> None:
    scene, root = engine_handed_off
    slack = scene.world.slack
    held = slack.faults.add(
        Fault(kind=FaultKind.HELD, method="chat.postMessage", when=lambda args: "blue one" in str(args))
    )
    for text in ("It is the blue one", "Not the red one", "And hurry"):
        await slack.dm(MIA, text, root)
    await until_held(held)
    await slack.delete_for_all(HANDOFF_CHANNEL, scene.card.ts)

    held.release()
    slack.faults.deleted_parent = treated
    await scene.settled()

    words = ("blue one", "red one", "hurry")
    assert [places_of(scene, one) for one in words] == [[scene.card.ts]] * 3
    order = [one.text for one in scene.handoff_thread if any(word in one.text for word in words)]
    assert [next(word for word in words if word in text) for text in order] == list(words)


# Slack posts at the root only what is written after the deletion, and then without telling of it.
@on_engines(
    "treated, told",
    [
        *product([DeletedParent.KEPT, DeletedParent.REFUSED], [True, False]),
        (DeletedParent.AT_ROOT, False),
    ],
    on_postgresql=[(DeletedParent.AT_ROOT, False)],
    scene="engine_scene",
)
async def test_words_whose_outcome_is_unclear_are_looked_for_in_both_threads_and_outside(
    engine_handed_off: tuple[Scene, str], treated: DeletedParent, told: bool
) -> None:
    scene, root = engine_handed_off
    slack = scene.world.slack
    slack.faults.deleted_parent = treated
    slack.faults.dropped_after("chat.postMessage", when=lambda args: "blue one" in str(args))
    if treated is DeletedParent.AT_ROOT:
        await slack.delete_for_all(HANDOFF_CHANNEL, scene.card.ts, told=False)
        await scene.ask("It is the blue one", thread=root)
    else:
        await slack.dm(MIA, "It is the blue one", root)
        await slack.wait_for(lambda: len(places_of(scene, "blue one")) == 1)
        await slack.delete_for_all(HANDOFF_CHANNEL, scene.card.ts, told=told)
        await scene.settled()

    await scene.until_stored("effects", "kind = 'PostMessage:EmployeeMessage' AND state = 'done'")
    await scene.settled()

    assert len(places_of(scene, "blue one")) == 1
    assert "outside" not in places_of(scene, "blue one")


async def test_a_stray_that_cannot_be_taken_away_at_once_is_taken_away_later(handed_off: tuple[Scene, str]) -> None:
    scene, root = handed_off
    slack = scene.world.slack
    await delete_card(scene, DeletedParent.AT_ROOT, told=False)
    slack.faults.rate_limited("chat.delete", retry_after=1, times=2)

    await slack.dm(MIA, "It is the blue one", root)
    await slack.wait_for(lambda: len(scene.world.cards) == 1)
    await slack.wait_for(lambda: places_of(scene, "blue one") == [scene.card.ts])
    await scene.no_work_left()

    assert places_of(scene, "blue one") == [scene.card.ts]


async def test_a_card_that_is_deleted_before_its_post_was_recorded_is_replaced(scene: Scene) -> None:
    slack = scene.world.slack
    slack.faults.delayed("chat.postMessage", seconds=0.3, after_effect=True, when=lambda args: "handoff_" in str(args))
    await slack.dm(MIA, UNKNOWN)
    await slack.wait_for(lambda: scene.world.cards)
    first = scene.card.ts
    await slack.delete_for_all(HANDOFF_CHANNEL, first)

    await slack.wait_for(lambda: scene.world.cards)
    await scene.settled()

    assert scene.card.ts != first
    await scene.press_card("claim", who=ADA)
    assert "Claimed by" in str(scene.card.blocks)


@in_own_loop
@pytest.mark.both_engines
@pytest.mark.parametrize("when", ["before the effect", "after the effect"])
async def test_a_bot_that_ends_while_it_posts_the_new_card_leaves_one_card(world: LocalWorld, when: str) -> None:
    """Ends the bot as a kill would: the outcome of the post is not recorded."""
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(UNKNOWN)
        kind = FaultKind.HELD if when == "before the effect" else FaultKind.DELAYED
        fault = world.slack.faults.add(
            Fault(
                kind=kind,
                method="chat.postMessage",
                seconds=60.0,
                after_effect=when == "after the effect",
                when=lambda args: "handoff_" in str(args),
            )
        )
        await world.slack.delete_for_all(HANDOFF_CHANNEL, scene.card.ts)
        await world.slack.dm(MIA, "It is the blue one", root)
        await until_held(fault)
        if when == "after the effect":
            await world.slack.wait_for(lambda: world.cards)
    world.slack.faults.clear()

    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.settled()
        await scene.until_stored("effects", "kind = 'PostMessage:EmployeeMessage' AND state = 'done'")
        assert len(world.cards) == 1
        assert places_of(scene, "blue one") == [scene.card.ts]
        await scene.press_card("claim", who=ADA)
        assert "Claimed by" in str(scene.card.blocks)


async def test_the_ticket_names_the_new_card(handed_off: tuple[Scene, str]) -> None:
    scene, _ = handed_off
    await delete_card(scene)

    ticket = await scene.ticket()
    assert f"p{scene.card.ts.replace('.', '')}" in ticket.notes[-1]
    assert f"p{scene.card.ts.replace('.', '')}" in str(ticket.metadata.chat_url)


async def test_home_leads_to_the_new_card_and_both_threads_are_found(handed_off: tuple[Scene, str]) -> None:
    scene, _ = handed_off
    old = await delete_card(scene)

    await scene.world.slack.open_home(ADA, "home")
    await scene.settled()

    home = scene.world.slack.home(ADA)
    assert home is not None
    assert f"p{scene.card.ts.replace('.', '')}" in str(home.blocks)
    assert f"p{old.ts.replace('.', '')}" not in str(home.blocks)
    for ts in (old.ts, scene.card.ts):
        found = await StoredRecords(scene.bot.store).find(identifier_of(HANDOFF_CHANNEL, ts))
        assert found is not None
        assert "thread of a handoff" in found.understood_as


@WAYS
async def test_an_employees_file_is_shown_below_the_new_card(
    handed_off: tuple[Scene, str], treated: DeletedParent
) -> None:
    scene, root = handed_off
    await scene.ask("It is the blue one", thread=root)
    await delete_card(scene, treated, told=False)

    delivery = await scene.world.slack.dm(MIA, "", root, files=[PAPER])
    assert delivery.ok
    await scene.settled()

    shown = [(one.root_ts, file.name) for one in everywhere(scene) if one.bot_id for file in one.files]
    assert shown == [(scene.card.ts, PAPER.name)]
    assert "could not pass on" not in scene.texts(root)


async def test_what_the_employee_changes_is_said_anew_where_its_copy_is_gone(handed_off: tuple[Scene, str]) -> None:
    scene, root = handed_off
    said = await scene.ask("It is the blue one", thread=root)
    await delete_card(scene, replies=True)

    await scene.world.slack.edit(MIA, scene.world.slack.dm_of(MIA), said, "It is the green one")
    await scene.settled()

    assert places_of(scene, "green one") == [scene.card.ts]
    assert await scene.count("alarms") == 0
    await scene.world.slack.delete(MIA, scene.world.slack.dm_of(MIA), said)
    await scene.settled()
    assert places_of(scene, "green one") == []


async def test_a_late_press_on_the_deleted_card_counts_and_leaves_the_new_one_in_place(
    handed_off: tuple[Scene, str],
) -> None:
    scene, root = handed_off
    slack = scene.world.slack
    held = slack.faults.held("chat.postMessage", when=lambda args: "handoff_" in str(args))
    old = await delete_card_without_waiting(scene)
    await until_held(held)
    await scene.slip_in(old, "handoff_claim", value_on(old), who=BEN)
    held.release()
    await scene.settled()

    await scene.ask("Hello?", thread=root)

    assert "Claimed by" in str(scene.card.blocks)
    assert places_of(scene, "Hello?") == [scene.card.ts]


async def delete_card_without_waiting(scene: Scene) -> Message:
    card = copy_of(scene.card)
    await scene.world.slack.delete_for_all(HANDOFF_CHANNEL, card.ts)
    return card


async def test_an_agent_of_a_deleted_thread_is_still_asked_in_private(handed_off: tuple[Scene, str]) -> None:
    scene, root = handed_off
    await scene.ask("It is the blue one", thread=root)
    old = await delete_card(scene)

    await written_below(scene, old, "On my way", who=ADA)

    assert len([one for one in scene.world.slack.ephemerals if one.user == ADA]) == 1


async def test_a_message_of_ours_that_is_no_card_may_be_deleted(scene: Scene) -> None:
    slack = scene.world.slack
    slack.faults.refused(
        "chat.postMessage", error="user_not_found", when=lambda args: args["channel"] != HANDOFF_CHANNEL
    )
    await scene.ask(UNKNOWN)
    (alarm,) = [one for one in slack.messages(HANDOFF_CHANNEL) if one.text.startswith("🚨")]

    await slack.delete_for_all(HANDOFF_CHANNEL, alarm.ts)
    await scene.settled()

    assert len(scene.world.cards) == 1
