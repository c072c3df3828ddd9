"""Deleted root messages of employees' threads: the conversation goes on in a new thread of the same DM."""

from __future__ import annotations

from itertools import product

import pytest

from bot.slack.ids import identifier_of
from sandbox.slack import DeletedParent, Fault, FaultKind, File, Message
from sandbox.world import ADA, HANDOFF_CHANNEL, MIA, LocalWorld
from storage.queries.home import StoredRecords
from tests.english import messages
from tests.whole.engines import on_engines
from tests.whole.scene import CONFIDENT, UNKNOWN, Scene
from tests.whole.shared import in_module_loop, in_own_loop
from tests.whole.test_deleted_cards import until_held

LOST = pytest.mark.parametrize("treated", [DeletedParent.REFUSED, DeletedParent.AT_ROOT])
PAPER = File(name="invoice.pdf", content=b"%PDF-1.7", mimetype="application/pdf")

pytestmark = in_module_loop


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    """The scene of a bot that the tests of this module share, but for those with `own_scene` or `world`."""
    return shared_scene


def everywhere(scene: Scene) -> list[Message]:
    """Returns all messages of Mia's DM, inside and outside of threads."""
    slack = scene.world.slack
    roots = slack.messages(slack.dm_of(MIA))
    return [*roots, *(reply for root in roots for reply in scene.world.thread(root.channel, root.ts))]


def places_of(scene: Scene, words: str) -> list[str]:
    """Returns the thread of each message with these words, or "outside"."""
    return [one.root_ts if one.is_reply else "outside" for one in everywhere(scene) if words in one.text]


def new_thread(scene: Scene) -> str:
    """Returns the root of the thread in which the conversation goes on."""
    (begun,) = [one for one in everywhere(scene) if one.text == messages.employee.CONTINUED_HERE]
    assert not begun.is_reply
    return begun.ts


async def lose(scene: Scene, root: str, treated: DeletedParent, *, told: bool = False, replies: bool = True) -> None:
    """Deletes the root message of Mia's thread. `told`: with an event; `replies`: with its replies."""
    slack = scene.world.slack
    await slack.delete_for_all(slack.dm_of(MIA), root, told=told, replies=replies)
    slack.faults.deleted_parent = treated
    await scene.settled()


@on_engines(
    "treated, replies, told",
    product([DeletedParent.REFUSED, DeletedParent.AT_ROOT], [True, False], [True, False]),
    on_postgresql=[(DeletedParent.AT_ROOT, False, False)],
    scene="engine_scene",
)
async def test_a_conversation_with_an_agent_goes_on_in_a_new_thread(
    engine_claimed: tuple[Scene, str], treated: DeletedParent, replies: bool, told: bool
) -> None:
    scene, root = engine_claimed
    await lose(scene, root, treated, told=told, replies=replies)

    await scene.write_in_thread("Have you tried the other one?", who=ADA)
    await scene.write_in_thread("It is behind you", who=ADA)

    begun = new_thread(scene)
    assert places_of(scene, "the other one") == [begun]
    assert places_of(scene, "behind you") == [begun]
    await scene.ask("I have found it", thread=begun)
    assert [one.text.count("I have found it") for one in scene.handoff_thread][-1] == 1
    await scene.resolve("It was behind them", who=ADA)
    assert places_of(scene, "It was behind them") == [begun]
    assert await scene.count("conversations") == 1
    assert await scene.count("handoffs") == 1
    assert await scene.count("alarms") == 0
    assert await scene.count("effects", "state = 'failed'") == 0


@LOST
async def test_an_answer_goes_to_the_new_thread_and_what_follows_belongs_to_the_same_conversation(
    scene: Scene, treated: DeletedParent
) -> None:
    root = await scene.ask(CONFIDENT)
    await lose(scene, root, treated)

    await scene.world.slack.deliver(_message(scene, CONFIDENT, root))
    await scene.settled()
    begun = new_thread(scene)
    answer = scene.answer(begun)
    await scene.ask("And where is the cloud?", thread=begun)

    assert answer.root_ts == begun
    assert await scene.count("conversations") == 1
    assert len({asked.session_id for asked in scene.world.uppzy.asked}) == 1
    await scene.rate(begun, "bad")
    assert len(scene.world.cards) == 1


def _message(scene: Scene, text: str, thread: str) -> dict[str, object]:
    """Returns the event of a reply that was written before its thread was deleted, and deleted with it."""
    dm = scene.world.slack.dm_of(MIA)
    ts = scene.world.slack.workspace.next_ts()
    return {
        "type": "message",
        "channel": dm,
        "channel_type": "im",
        "user": MIA,
        "text": text,
        "ts": ts,
        "event_ts": ts,
        "thread_ts": thread,
    }


@on_engines(
    "treated",
    [(DeletedParent.REFUSED,), (DeletedParent.AT_ROOT,)],
    on_postgresql=[(DeletedParent.AT_ROOT,)],
    scene="engine_scene",
)
async def test_a_reply_whose_outcome_is_unclear_is_not_doubled(
    engine_claimed: tuple[Scene, str], treated: DeletedParent
) -> None:
    scene, root = engine_claimed
    scene.world.slack.faults.dropped_after("chat.postMessage", when=lambda args: "other one" in str(args))
    await lose(scene, root, treated)

    await scene.write_in_thread("Have you tried the other one?", who=ADA)
    await scene.until_stored("effects", "kind = 'PostMessage:AgentMessage' AND state = 'done'")

    assert places_of(scene, "the other one") == [new_thread(scene)]


@in_own_loop
@pytest.mark.both_engines
async def test_a_bot_that_ends_while_it_begins_the_new_thread_begins_one(world: LocalWorld) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(UNKNOWN)
        await scene.press_card("claim", who=ADA)
        await lose(scene, root, DeletedParent.AT_ROOT)
        fault = world.slack.faults.add(
            Fault(
                kind=FaultKind.DELAYED,
                method="chat.postMessage",
                seconds=60.0,
                after_effect=True,
                when=lambda args: messages.employee.CONTINUED_HERE in str(args),
            )
        )
        await world.slack.say(ADA, HANDOFF_CHANNEL, "Have you tried the other one?", scene.card.ts)
        await until_held(fault)
        await world.slack.wait_for(lambda: places_of(scene, messages.employee.CONTINUED_HERE))
    world.slack.faults.clear()
    world.slack.faults.deleted_parent = DeletedParent.AT_ROOT

    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.settled()
        await scene.until_stored("effects", "kind = 'PostMessage:AgentMessage' AND state = 'done'")
        assert places_of(scene, "the other one") == [new_thread(scene)]


async def test_what_is_left_of_a_thread_takes_replies_and_is_heard(claimed: tuple[Scene, str]) -> None:
    """Keeps the thread if Slack accepts further replies below the deleted message."""
    scene, root = claimed
    await lose(scene, root, DeletedParent.KEPT, told=True, replies=False)

    await scene.write_in_thread("Have you tried the other one?", who=ADA)
    await scene.ask("I have", thread=root)

    assert places_of(scene, "the other one") == [root]
    assert "I have" in scene.handoff_thread[-1].text


@LOST
async def test_who_writes_in_the_old_thread_is_heard_as_well(
    claimed: tuple[Scene, str], treated: DeletedParent
) -> None:
    scene, root = claimed
    await lose(scene, root, treated, replies=False)
    await scene.write_in_thread("Have you tried the other one?", who=ADA)

    await scene.ask("Here I am", thread=root)

    assert "Here I am" in scene.handoff_thread[-1].text
    assert await scene.count("conversations") == 1


@LOST
async def test_an_agents_file_is_shown_in_the_new_thread(claimed: tuple[Scene, str], treated: DeletedParent) -> None:
    scene, root = claimed
    await lose(scene, root, treated, replies=False)

    await scene.world.slack.say(ADA, HANDOFF_CHANNEL, "", scene.card.ts, files=[PAPER])
    await scene.settled()

    shown = [(one.root_ts, file.name) for one in everywhere(scene) if one.bot_id for file in one.files]
    assert shown == [(new_thread(scene), PAPER.name)]


async def test_an_agent_who_changes_what_the_employee_does_not_have_any_more_has_it_said_anew(
    claimed: tuple[Scene, str],
) -> None:
    scene, root = claimed
    said = await scene.write_in_thread("Room 12", who=ADA)
    (copy,) = [one for one in scene.replies(root) if "Room 12" in one.text]
    await scene.world.slack.delete_for_all(copy.channel, copy.ts)

    await scene.world.slack.edit(ADA, HANDOFF_CHANNEL, said, "Room 21")
    await scene.settled()

    assert places_of(scene, "Room 21") == [root]
    assert await scene.count("alarms") == 0


@pytest.mark.parametrize("gone", ["answer", "notice"])
async def test_an_answer_or_a_notice_that_was_deleted_troubles_nobody(scene: Scene, gone: str) -> None:
    root = await scene.ask(CONFIDENT if gone == "answer" else UNKNOWN)
    messages = scene.replies(root)
    if gone == "answer":
        await scene.rate(root, "bad")
    for message in messages:
        await scene.world.slack.delete_for_all(message.channel, message.ts)
    await scene.resolve("Done", who=ADA)
    await scene.ask("Not yet", thread=root)

    assert await scene.count("alarms") == 0
    assert [one for one in scene.handoff_thread if "Not yet" in one.text] != []


async def test_both_threads_of_a_conversation_are_found_and_home_leads_to_the_new_one(
    claimed: tuple[Scene, str],
) -> None:
    scene, root = claimed
    await lose(scene, root, DeletedParent.REFUSED)
    await scene.write_in_thread("Have you tried the other one?", who=ADA)
    begun = new_thread(scene)

    await scene.world.slack.open_home(MIA, "home")
    await scene.settled()

    home = scene.world.slack.home(MIA)
    assert home is not None
    assert f"p{begun.replace('.', '')}" in str(home.blocks)
    for ts in (root, begun):
        found = await StoredRecords(scene.bot.store).find(identifier_of(scene.world.slack.dm_of(MIA), ts))
        assert found is not None
        assert "thread of a conversation" in found.understood_as
