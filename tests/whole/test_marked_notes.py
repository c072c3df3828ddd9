"""Marked notes of agents are not relayed; for doubtful marks the author is asked first."""

from __future__ import annotations

import pytest

from bot.helpdesk.model.handoff import HandoffState
from sandbox.slack import Ephemeral, Fault, FaultKind, File
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL, LocalWorld
from tests.addresses import message_at
from tests.english import messages
from tests.whole.scene import UNKNOWN, Scene
from tests.whole.shared import in_module_loop, in_own_loop
from tests.whole.test_relay import change, said, sign, take_back

DOUBTFUL = "Note: your laptop arrives on Monday"

pytestmark = in_module_loop


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    """The scene of a bot that the tests of this module share, but for those with `own_scene` or `world`."""
    return shared_scene


def questions(scene: Scene, who: str = ADA) -> list[Ephemeral]:
    """Returns the private questions that a person has not answered."""
    return [one for one in scene.world.slack.ephemerals if one.user == who and "Keep inside" in str(one.blocks)]


async def choose(scene: Scene, question: Ephemeral, action: str, *, who: str = ADA) -> None:
    assert (await scene.world.slack.press(who, question.channel, question.ts, action)).ok
    await scene.settled()


async def test_dressed_notes_stay_inside_and_nobody_is_asked(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    dressed = ["*note:* x", "note : x", "note：x", "> note: x", "• note: x", "[note] x", "internal: x", "`private:` x"]

    stamps = [await scene.write_in_thread(text) for text in [*dressed, ":memo: note: x", "\u200bnote: x", "*ask:* x"]]

    assert said(scene, root) == []
    assert [sign(scene, ts) for ts in stamps[:-1]] == [["lock"]] * (len(stamps) - 1)
    assert questions(scene) == []
    assert [asked.message for asked in scene.world.uppzy.asked] == [UNKNOWN, "x"]


async def test_an_escaped_and_mentioning_note_in_a_broadcast_stays_inside(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    slack, thread = scene.world.slack, scene.card.ts

    await slack.say(ADA, HANDOFF_CHANNEL, f"<@{BEN}> note: she is new", thread, formatted=True)
    await slack.say(ADA, HANDOFF_CHANNEL, "&lt;note&gt; she is new", thread, formatted=True)
    await slack.say(ADA, HANDOFF_CHANNEL, "&gt; internal: she is new", thread, formatted=True, broadcast=True)
    await scene.settled()

    assert said(scene, root) == []


@in_own_loop
async def test_what_may_be_a_note_leaves_when_its_author_says_so_also_after_a_restart(world: LocalWorld) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(UNKNOWN)
        await scene.press_card("claim", who=ADA)
        ts = await scene.write_in_thread(DOUBTFUL)
        (question,) = questions(scene)
        assert (question.text, question.user) == (messages.agents.MAY_BE_A_NOTE, ADA)
        assert (said(scene, root), sign(scene, ts)) == ([], ["lock"])
    async with world.bot() as bot:
        scene = Scene(world, bot)

        await choose(scene, question, "relay_send")

        assert said(scene, root) == [f"<@{ADA}>: {DOUBTFUL}"]
        assert sign(scene, ts) == ["incoming_envelope"]
        assert questions(scene) == []


async def test_kept_inside_it_never_leaves_and_its_file_neither(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    picture = File(name="screen.png", content=b"\x89PNG", mimetype="image/png")
    await scene.world.slack.say(ADA, HANDOFF_CHANNEL, "Private browsing works", scene.card.ts, files=[picture])
    await scene.settled()
    (question,) = questions(scene)

    await choose(scene, question, "relay_keep_internal")

    assert said(scene, root) == []
    assert not any(reply.files for reply in scene.replies(root))
    assert questions(scene) == []


async def test_a_file_goes_with_the_message_that_is_sent(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    picture = File(name="screen.png", content=b"\x89PNG", mimetype="image/png")
    await scene.world.slack.say(ADA, HANDOFF_CHANNEL, "Private browsing works", scene.card.ts, files=[picture])
    await scene.settled()

    await choose(scene, questions(scene)[0], "relay_send")

    assert said(scene, root) == [f"<@{ADA}>: Private browsing works"]
    assert [file.name for reply in scene.replies(root) for file in reply.files] == ["screen.png"]


async def test_a_sent_reply_that_is_changed_into_what_may_be_a_note_is_taken_back_until_it_is_decided(
    claimed: tuple[Scene, str],
) -> None:
    scene, root = claimed
    ts = await scene.write_in_thread("Your laptop arrives on Monday")

    await change(scene, ts, DOUBTFUL)
    assert said(scene, root) == []
    await choose(scene, questions(scene)[0], "relay_send")
    await change(scene, ts, DOUBTFUL.replace("Monday", "Tuesday"))

    assert said(scene, root) == [f"<@{ADA}>: Note: your laptop arrives on Tuesday"]
    assert questions(scene) == []


async def test_without_the_mark_it_is_sent_and_the_old_question_has_nothing_to_decide(
    claimed: tuple[Scene, str],
) -> None:
    scene, root = claimed
    ts = await scene.write_in_thread(DOUBTFUL)
    (question,) = questions(scene)

    await change(scene, ts, "Your laptop arrives on Monday")
    await choose(scene, question, "relay_keep_internal")

    assert said(scene, root) == [f"<@{ADA}>: Your laptop arrives on Monday"]
    assert scene.private_notes(ADA)[-1] == messages.agents.SENT_ALREADY


async def test_a_note_that_becomes_what_may_be_one_is_asked_about(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    ts = await scene.write_in_thread("note: your laptop arrives on Monday")

    await change(scene, ts, DOUBTFUL)

    assert said(scene, root) == []
    assert len(questions(scene)) == 1


async def test_what_is_deleted_before_it_is_decided_is_not_sent(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    ts = await scene.write_in_thread(DOUBTFUL)
    (question,) = questions(scene)

    await take_back(scene, ts)
    await choose(scene, question, "relay_send")

    assert said(scene, root) == []
    assert scene.private_notes(ADA)[-1] == messages.agents.DELETED_ALREADY


async def test_only_its_author_decides(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    ts = await scene.write_in_thread(DOUBTFUL)
    relay = await scene.look(lambda tx: tx.relays.of_message(message_at(HANDOFF_CHANNEL, ts)))
    assert relay is not None

    await scene.forge(scene.card, "relay_send", relay.id, who=BEN)

    assert said(scene, root) == []
    assert scene.private_notes(BEN)[-1] == messages.anyone.GONE


async def test_once_the_handoff_is_resolved_it_is_not_sent(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    await scene.write_in_thread(DOUBTFUL)
    (question,) = questions(scene)
    await scene.resolve("Done")

    await choose(scene, question, "relay_send")

    assert said(scene, root) == []
    assert "is resolved, so this was not sent" in scene.private_notes(ADA)[-1]


async def test_where_nobody_has_it_any_more_sending_takes_a_claim(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    await scene.write_in_thread(DOUBTFUL)
    (question,) = questions(scene)
    await scene.resolve("Done")
    await scene.ask("The printer smokes again", thread=root)

    await choose(scene, question, "relay_send")
    assert said(scene, root) == []
    await choose(scene, questions(scene)[-1], "relay_claim_and_send")

    assert said(scene, root) == [f"<@{ADA}>: {DOUBTFUL}"]
    assert (await scene.handoff()).claimed_by == ADA


async def test_who_lost_the_handoff_meanwhile_sends_nothing(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    await scene.write_in_thread(DOUBTFUL)
    (question,) = questions(scene)
    await scene.resolve("Done")
    await scene.press_card("reopen", who=BEN)

    await choose(scene, question, "relay_send")

    assert said(scene, root) == []
    assert scene.private_notes(ADA)[-1].startswith(f"Too late: <@{BEN}>")


async def test_before_a_claim_one_question_decides_both(handed_off: tuple[Scene, str]) -> None:
    scene, root = handed_off
    await scene.write_in_thread(DOUBTFUL)
    (question,) = questions(scene)

    await choose(scene, question, "relay_claim_and_send")

    assert said(scene, root) == [f"<@{ADA}>: {DOUBTFUL}"]
    assert questions(scene) == []


async def test_where_slack_shows_nobody_anything_privately_the_thread_says_that_it_was_not_sent(
    claimed: tuple[Scene, str],
) -> None:
    scene, root = claimed
    scene.world.slack.faults.refused("chat.postEphemeral", error="restricted_action", times=None)

    await scene.write_in_thread(DOUBTFUL)

    assert said(scene, root) == []
    assert f"<@{ADA}>, your message above was not sent" in scene.handoff_thread[-1].text


async def test_a_question_that_had_to_go_to_the_authors_own_dm_is_answered_there(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    slack = scene.world.slack
    slack.faults.add(Fault(kind=FaultKind.REFUSED, method="chat.postEphemeral", error="user_not_in_channel"))
    await scene.write_in_thread(DOUBTFUL)
    question = slack.messages(slack.dm_of(ADA))[-1]

    await scene.press(question, "relay_send", who=ADA)

    assert said(scene, root) == [f"<@{ADA}>: {DOUBTFUL}"]


@in_own_loop
async def test_what_was_written_while_the_desk_was_off_is_asked_about_as_well(world: LocalWorld) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(UNKNOWN)
        await scene.press_card("claim", who=ADA)
        thread = scene.card.ts
    world.slack.events_url = None
    await world.slack.say(ADA, HANDOFF_CHANNEL, DOUBTFUL, thread)
    await world.slack.say(ADA, HANDOFF_CHANNEL, "*internal:* she is new", thread)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await bot.catch_up()
        await scene.settled()

        assert said(scene, root) == []
        assert len(questions(scene)) == 1
        assert (await scene.handoff()).state is HandoffState.CLAIMED


@in_own_loop
async def test_a_note_in_a_dress_is_copied_onto_the_ticket_without_it(world: LocalWorld) -> None:
    text = world.settings.policy_file.read_text(encoding="utf-8") + "\n[tickets]\ncopy_notes = true\n"
    world.settings.policy_file.write_text(text, encoding="utf-8")
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.ask(UNKNOWN)
        await scene.press_card("claim", who=ADA)

        await scene.write_in_thread("• *internal note:* she is new")

        ref = (await scene.handoff()).ticket.ref
        ticket = await scene.look(lambda tx: tx.local_tickets.get(ref.id if ref else ""))
        assert ticket is not None
        assert "she is new" in ticket.notes[-1]
        assert "internal note" not in ticket.notes[-1]
