"""Relay between agents and employees: messages sent, notes kept internal, edits and deletions."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from bot.helpdesk.model.conversation import Owner
from bot.helpdesk.model.handoff import HandoffState
from sandbox.slack import Fault, FaultKind, File, LocalSlack
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL, MIA, TOM, LocalWorld
from tests.addresses import message_at
from tests.bot_process import bring_jobs_forward
from tests.whole.scene import CONFIDENT, NOT_AN_AGENT, PERSON, UNKNOWN, Scene
from tests.whole.shared import in_module_loop, in_own_loop

PICTURE = File(name="screen.png", content=b"\x89PNG", mimetype="image/png")

# Too long for a reply to be sent within a test, except by a transition that sends pending replies first.
LONG_DELAY = pytest.mark.parametrize("handoff_rules", ["relay_delay_seconds = 60"])
WHOLE_CHANNEL = pytest.mark.parametrize("handoff_rules", ['relay = "channel"\nrelay_delay_seconds = 0'])

pytestmark = in_module_loop


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    """The scene of a bot that the tests of this module share, but for those with `own_scene` or `world`."""
    return shared_scene


def sign(scene: Scene, ts: str) -> list[str]:
    """Returns the reactions on a message of the handoff's thread."""
    message = scene.world.slack.message(HANDOFF_CHANNEL, ts)
    assert message is not None
    return list(message.reactions)


def said(scene: Scene, root: str) -> list[str]:
    """Returns the agents' replies in Mia's thread, oldest first."""
    return [reply.text for reply in scene.replies(root) if "from the support team" in str(reply.blocks)]


async def change(scene: Scene, ts: str, text: str, *, who: str = ADA) -> None:
    await scene.world.slack.edit(who, HANDOFF_CHANNEL, ts, text)
    await scene.settled()


async def take_back(scene: Scene, ts: str, *, who: str = ADA) -> None:
    await scene.world.slack.delete(who, HANDOFF_CHANNEL, ts)
    await scene.settled()


# Relayed and internal messages.


async def test_who_is_mentioned_is_named_to_either_side(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    slack = scene.world.slack

    reply = await slack.say(ADA, HANDOFF_CHANNEL, f"<@{BEN}> knows more", scene.card.ts, formatted=True)
    await scene.settled()
    assert said(scene, root) == [f"<@{ADA}>: @Ben knows more"]
    await slack.edit(ADA, HANDOFF_CHANNEL, reply.ts, f"<@{BEN}> knows it all", formatted=True)
    await slack.say(MIA, slack.dm_of(MIA), f"Then I ask <@{BEN}>", root, formatted=True)
    await scene.settled()

    assert said(scene, root) == [f"<@{ADA}>: @Ben knows it all"]
    assert any("Then I ask @Ben" in str(message.blocks) for message in scene.handoff_thread)


async def test_the_owners_words_reach_the_employee_under_their_name_and_are_signed(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed

    ts = await scene.write_in_thread("Which printer is it?", who=ADA)

    assert said(scene, root) == [f"<@{ADA}>: Which printer is it?"]
    assert sign(scene, ts) == ["incoming_envelope"]


async def test_the_words_of_others_stay_inside_and_they_are_told_why_once(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed

    first = await scene.write_in_thread("She should restart it", who=BEN)
    second = await scene.write_in_thread("Or buy a new one", who=BEN)

    assert said(scene, root) == []
    assert sign(scene, first) == sign(scene, second) == ["lock"]
    (told,) = scene.world.slack.ephemerals
    assert told.user == BEN
    assert told.text.startswith(f"Not sent: <@{ADA}> has claimed this.")


@in_own_loop
@WHOLE_CHANNEL
async def test_the_policy_can_let_everybody_in_the_channel_speak(own_claimed: tuple[Scene, str]) -> None:
    scene, root = own_claimed

    await scene.write_in_thread("Have you tried turning it off?", who=BEN)
    await scene.write_in_thread("// and on again", who=BEN)

    assert said(scene, root) == [f"<@{BEN}>: Have you tried turning it off?"]


@pytest.mark.parametrize("note", ["note: she is new", "NOTE: she is new", "// she is new", "  //she is new"])
async def test_a_note_of_the_owner_stays_inside(claimed: tuple[Scene, str], note: str) -> None:
    scene, root = claimed

    ts = await scene.write_in_thread(note, who=ADA)

    assert said(scene, root) == []
    assert sign(scene, ts) == ["lock"]


async def test_who_has_joined_speaks_as_well(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed

    await scene.press_card("join", who=BEN)
    await scene.write_in_thread("I know this printer", who=BEN)

    assert f"<@{BEN}> has joined to help with *HD-1*" in scene.texts(root)
    assert said(scene, root) == [f"<@{BEN}>: I know this printer"]
    assert f"Claimed by <@{ADA}>, with <@{BEN}>" in str(scene.card.blocks)
    assert "joined" in await scene.events()


async def test_joining_twice_changes_nothing(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    await scene.press_card("join", who=BEN)

    await scene.press_card("join", who=BEN)
    await scene.press_card("join", who=ADA)

    assert [claim.joined for claim in [(await scene.handoff()).claim] if claim] == [(BEN,)]
    assert scene.texts(root).count("has joined") == 1
    assert scene.world.slack.ephemerals[-1].text == "You've already joined; your replies go to the employee."


@in_own_loop
async def test_without_the_scope_for_reactions_replies_are_sent_all_the_same(
    database_url: str, world: LocalWorld
) -> None:
    world.slack.faults.add(Fault(kind=FaultKind.REFUSED, method="reactions.add", error="missing_scope", times=None))
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(UNKNOWN)
        await scene.press_card("claim", who=ADA)
        await scene.write_in_thread("One", who=ADA)
        await scene.write_in_thread("Two", who=ADA)

        assert [text[-3:] for text in said(scene, root)] == ["One", "Two"]
        assert len(world.slack.calls_of("reactions.add")) == 1
        assert await scene.count("effects", "state not in ('done', 'dropped')") == 0


async def test_a_reply_that_cannot_be_delivered_is_signed_so(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    dm = scene.world.slack.dm_of(MIA)
    scene.world.slack.faults.add(
        Fault(
            kind=FaultKind.REFUSED,
            method="chat.postMessage",
            error="cannot_dm_bot",
            when=lambda args: args.get("channel") == dm,
        )
    )

    ts = await scene.write_in_thread("Are you there?", who=ADA)

    assert said(scene, root) == []
    assert sign(scene, ts) == ["warning"]


# Deleting and editing before the message is sent.


@in_own_loop
@LONG_DELAY
async def test_a_reply_that_is_deleted_in_time_never_leaves(own_claimed: tuple[Scene, str]) -> None:
    scene, root = own_claimed
    ts = await scene.write_in_thread("Mia is a pain", who=ADA)

    assert sign(scene, ts) == ["hourglass_flowing_sand"]
    await take_back(scene, ts)
    await scene.resolve(who=ADA)

    assert said(scene, root) == []
    assert not [call for call in scene.world.slack.calls if "a pain" in str(call.args)]


@in_own_loop
@LONG_DELAY
async def test_a_reply_that_is_changed_in_time_leaves_once_in_its_new_words(own_claimed: tuple[Scene, str]) -> None:
    scene, root = own_claimed
    first = await scene.write_in_thread("Which pinter?", who=ADA)
    await scene.write_in_thread("And which floor?", who=ADA)

    await change(scene, first, "Which printer?")
    assert said(scene, root) == []
    assert sign(scene, first) == ["hourglass_flowing_sand"]
    await scene.resolve(who=ADA)

    assert said(scene, root) == [f"<@{ADA}>: Which printer?", f"<@{ADA}>: And which floor?"]
    assert sign(scene, first) == ["incoming_envelope"]
    assert scene.replies(root)[-1].text.startswith(f"<@{ADA}> has marked *HD-1* as resolved")


@in_own_loop
@LONG_DELAY
async def test_a_reply_that_is_made_a_note_in_time_never_leaves(own_claimed: tuple[Scene, str]) -> None:
    scene, root = own_claimed
    ts = await scene.write_in_thread("She asks every week", who=ADA)

    await change(scene, ts, "note: She asks every week")
    await scene.press_card("hand_back", who=ADA)

    assert said(scene, root) == []
    assert sign(scene, ts) == ["lock"]


@in_own_loop
@LONG_DELAY
async def test_a_reply_answers_nothing_that_was_written_during_its_delay(own_claimed: tuple[Scene, str]) -> None:
    scene, root = own_claimed
    await scene.ask("Is the printer on floor two working?", thread=root)
    await scene.write_in_thread("Yes, it is.", who=ADA)
    await scene.ask(CONFIDENT, thread=root)

    await scene.press_card("hand_back", who=ADA)

    assert said(scene, root) == [f"<@{ADA}>: Yes, it is."]
    assert [asked.message for asked in scene.world.uppzy.asked] == [UNKNOWN, CONFIDENT]


@in_own_loop
@LONG_DELAY
@pytest.mark.parametrize("earlier", [[], ["wait"]])
async def test_a_reply_answers_what_was_written_just_before_it(
    own_claimed: tuple[Scene, str], earlier: list[str]
) -> None:
    scene, root = own_claimed
    await scene.ask(CONFIDENT, thread=root)
    await scene.write_in_thread("I have reset it for you.", who=ADA)

    for action in (*earlier, "hand_back"):
        await scene.press_card(action, who=ADA)

    assert [asked.message for asked in scene.world.uppzy.asked] == [UNKNOWN]


@in_own_loop
@pytest.mark.both_engines
@LONG_DELAY
async def test_a_reply_leaves_when_its_time_is_over_also_after_a_restart(world: LocalWorld) -> None:
    async with _at_work(world) as scene:
        root = await scene.ask(UNKNOWN)
        await scene.press_card("claim", who=ADA)
        written = [await scene.write_in_thread(words, who=ADA) for words in ("First", "Second")]
    async with _at_work(world) as scene:
        await scene.settled()
        assert said(scene, root) == []
        assert [sign(scene, ts) for ts in written] == [["hourglass_flowing_sand"]] * 2
    async with _at_work(world, after=60.0) as scene:
        await scene.settled()

    assert [sign(scene, ts) for ts in written] == [["incoming_envelope"]] * 2
    assert [text.split(": ")[1] for text in said(scene, root)] == ["First", "Second"]


@in_own_loop
@LONG_DELAY
async def test_a_reply_that_was_deleted_in_time_does_not_leave_after_a_restart(world: LocalWorld) -> None:
    async with _at_work(world) as scene:
        root = await scene.ask(UNKNOWN)
        await scene.press_card("claim", who=ADA)
        gone = await scene.write_in_thread("Gone", who=ADA)
        await take_back(scene, gone)
    async with _at_work(world) as scene:
        await scene.write_in_thread("Stays", who=ADA)
    async with _at_work(world, after=60.0) as scene:
        await scene.settled()

    assert said(scene, root) == [f"<@{ADA}>: Stays"]


@contextlib.asynccontextmanager
async def _at_work(world: LocalWorld, after: float = 0.0) -> AsyncIterator[Scene]:
    """Starts the bot so many seconds after it was stopped."""
    clock = world.outside.clock
    world.outside = replace(world.outside, clock=lambda: clock() + after)
    if not world.settings.database_url.startswith("sqlite"):
        bring_jobs_forward(world.settings.database_url, after)
    async with world.bot() as bot:
        yield Scene(world, bot)


# Deleting and editing after the message is sent.


async def test_deleting_a_reply_takes_the_copy_back(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    ts = await scene.write_in_thread("Wrong thread, sorry", who=ADA)

    await take_back(scene, ts)

    assert said(scene, root) == []
    assert "took a message to the employee back" in await scene.events()


async def test_changing_a_reply_changes_the_copy(engine_claimed: tuple[Scene, str]) -> None:
    scene, root = engine_claimed
    ts = await scene.write_in_thread("Printer 7", who=ADA)

    await change(scene, ts, "Printer 8")
    await change(scene, ts, "Printer 9")

    assert said(scene, root) == [f"<@{ADA}>: Printer 9"]


@in_own_loop
async def test_a_copy_is_still_changed_and_taken_back_after_a_restart(world: LocalWorld) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(UNKNOWN)
        await scene.press_card("claim", who=ADA)
        kept = await scene.write_in_thread("Printer 7", who=ADA)
        gone = await scene.write_in_thread("Nonsense", who=ADA)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await change(scene, kept, "Printer 8")
        await take_back(scene, gone)

    assert said(scene, root) == [f"<@{ADA}>: Printer 8"]


async def test_what_is_made_a_note_after_it_left_is_taken_back_and_sent_again_when_it_is_none(
    claimed: tuple[Scene, str],
) -> None:
    scene, root = claimed
    ts = await scene.write_in_thread("Try the other printer", who=ADA)

    await change(scene, ts, "// Try the other printer")
    assert said(scene, root) == []
    assert sign(scene, ts) == ["lock"]
    await change(scene, ts, "Try the other printer, please")

    assert said(scene, root) == [f"<@{ADA}>: Try the other printer, please"]
    assert sign(scene, ts) == ["incoming_envelope"]


async def test_a_correction_does_not_send_what_was_to_stay_inside(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    ts = await scene.write_in_thread("She is allways like that", who=BEN)
    await scene.press_card("join", who=BEN)

    await change(scene, ts, "She is always like that", who=BEN)

    assert said(scene, root) == []


async def test_a_deletion_finds_the_copy_whose_outcome_was_lost(claimed: tuple[Scene, str]) -> None:
    """Marks a posted reply as dropped without an outcome, as after a lost response, and then deletes it."""
    scene, root = claimed
    ts = await scene.write_in_thread("Mia is a pain", who=ADA)
    lost = "UPDATE effects SET state = 'dropped', outcome = NULL WHERE kind = 'PostMessage:AgentMessage'"
    await scene.bot.store.run(lambda tx: tx.connection.exec_driver_sql(lost))

    await take_back(scene, ts)

    assert said(scene, root) == []


async def test_a_change_that_arrives_while_the_reply_is_under_way_is_made_afterwards(
    claimed: tuple[Scene, str],
) -> None:
    scene, root = claimed
    slack = scene.world.slack
    slack.faults.add(Fault(kind=FaultKind.DELAYED, method="chat.postMessage", seconds=0.3))

    delivery = await slack.say(ADA, HANDOFF_CHANNEL, "Printer 7", scene.card.ts)
    await slack.edit(ADA, HANDOFF_CHANNEL, delivery.ts, "Printer 8")
    await scene.settled()

    assert said(scene, root) == [f"<@{ADA}>: Printer 8"]


async def test_a_change_heard_before_its_message_counts_instead_of_it(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    slack = scene.world.slack
    early = Early(slack, scene.card.ts)

    await early.change("Mia, please restart it")
    await early.write("Mia, plase restart it")
    await scene.settled()

    assert said(scene, root) == [f"<@{ADA}>: Mia, please restart it"]


async def test_a_message_that_was_deleted_before_it_was_heard_is_never_sent(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    early = Early(scene.world.slack, scene.card.ts)

    await early.delete()
    await early.write("Mia is a pain")
    await scene.settled()

    assert said(scene, root) == []


@dataclass
class Early:
    """Events about one message of Ada's, to be delivered in any order."""

    slack: LocalSlack
    root: str
    ts: str = "1900000000.000100"

    async def write(self, text: str) -> None:
        await self._deliver({**self._message(text), "event_ts": self.ts})

    async def change(self, text: str) -> None:
        edited = {"user": ADA, "ts": "1900000001.000100"}
        message = {**self._message(text), "edited": edited}
        await self._deliver({**self._hidden("message_changed"), "message": message})

    async def delete(self) -> None:
        gone = {"previous_message": self._message("gone"), "deleted_ts": self.ts}
        await self._deliver({**self._hidden("message_deleted"), **gone})

    def _message(self, text: str) -> dict[str, object]:
        place = {"channel": HANDOFF_CHANNEL, "channel_type": "channel", "thread_ts": self.root}
        return {"type": "message", "user": ADA, "text": text, "ts": self.ts, "team": self.slack.team_id, **place}

    def _hidden(self, subtype: str) -> dict[str, object]:
        ts = "1900000002.000100"
        place = {"channel": HANDOFF_CHANNEL, "channel_type": "channel"}
        return {"type": "message", "subtype": subtype, "hidden": True, "ts": ts, "event_ts": ts, **place}

    async def _deliver(self, event: dict[str, object]) -> None:
        assert (await self.slack.deliver(event)).ok


@in_own_loop
async def test_the_employees_change_and_deletion_show_in_the_thread_after_a_restart(world: LocalWorld) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(UNKNOWN)
        more = await scene.ask("It is printer 7", thread=root)
        rest = await scene.ask("My badge is 1234", thread=root)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        dm = world.slack.dm_of(MIA)
        await world.slack.edit(MIA, dm, more, "It is printer 8")
        await world.slack.delete(MIA, dm, rest)
        await scene.settled()
        changed, deleted = scene.handoff_thread[-2:]

    assert changed.text == f"<@{MIA}>: It is printer 8"
    assert "(edited)" in str(changed.blocks)
    assert deleted.text == f"<@{MIA}> has deleted this message"
    assert "1234" not in str(deleted)


async def test_a_secret_that_an_employee_adds_to_a_message_is_redacted(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    ts = await scene.ask("I cannot log in", thread=root)

    await scene.world.slack.edit(MIA, scene.world.slack.dm_of(MIA), ts, "I cannot log in, my password is hunter2")
    await scene.settled()

    assert "I cannot log in" in scene.handoff_thread[-1].text
    assert "hunter2" not in str(scene.handoff_thread)


# Before the claim.


async def offered(scene: Scene, text: str, *, who: str = ADA) -> tuple[str, str]:
    """Writes before the claim; returns the ts of the message and of the private question about it."""
    ts = await scene.write_in_thread(text, who=who)
    question = scene.world.slack.ephemerals[-1]
    assert question.user == who
    assert "not sent" in question.text.lower()
    return ts, question.ts


async def choose(scene: Scene, question: str, action: str, *, who: str = ADA) -> None:
    delivery = await scene.world.slack.press(who, HANDOFF_CHANNEL, question, action)
    assert delivery.ok
    await scene.settled()


def _keep_questions(scene: Scene) -> None:
    """Makes Slack refuse to delete private questions, as it does half an hour after the press."""
    scene.world.slack.faults.refused("response_url", error="expired_url", times=None)


@pytest.mark.parametrize("action", ["relay_claim_and_send", "relay_keep_internal"])
async def test_the_private_question_goes_away_with_its_answer(handed_off: tuple[Scene, str], action: str) -> None:
    scene, _ = handed_off
    _, question = await offered(scene, "Which printer is it?")

    await choose(scene, question, action)

    assert question not in [one.ts for one in scene.world.slack.ephemerals]


async def test_a_private_question_that_cannot_be_taken_away_stays_and_does_no_harm(
    handed_off: tuple[Scene, str],
) -> None:
    scene, root = handed_off
    _, question = await offered(scene, "Which printer is it?")
    scene.world.slack.faults.dropped_before("response_url", times=None)

    await choose(scene, question, "relay_claim_and_send")

    assert question in [one.ts for one in scene.world.slack.ephemerals]
    assert said(scene, root) == [f"<@{ADA}>: Which printer is it?"]


async def test_claim_and_send_claims_and_sends_that_very_message(handed_off: tuple[Scene, str]) -> None:
    scene, root = handed_off
    ts, question = await offered(scene, "Which printer is it?")
    assert said(scene, root) == []
    assert sign(scene, ts) == ["lock"]

    await choose(scene, question, "relay_claim_and_send")

    assert said(scene, root) == [f"<@{ADA}>: Which printer is it?"]
    assert sign(scene, ts) == ["incoming_envelope"]
    assert f"Claimed by <@{ADA}>" in str(scene.card.blocks)
    assert scene.texts(root).index("is helping you with") < scene.texts(root).index("Which printer")


@in_own_loop
@pytest.mark.both_engines
async def test_claim_and_send_works_after_a_restart_and_in_the_words_it_has_by_then(world: LocalWorld) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(UNKNOWN)
        ts, question = await offered(scene, "Which pinter is it?")
        await change(scene, ts, "Which printer is it?")
    async with world.bot() as bot:
        scene = Scene(world, bot)
        _keep_questions(scene)
        await choose(scene, question, "relay_claim_and_send")
        await choose(scene, question, "relay_claim_and_send")

        assert said(scene, root) == [f"<@{ADA}>: Which printer is it?"]
        assert (
            world.slack.ephemerals[-1].text
            == "That message is already on its way to the employee. Edit or delete it there to change it."
        )


async def test_who_writes_after_the_resolution_is_told_that_it_was_not_sent_and_may_reopen_and_send_it(
    engine_claimed: tuple[Scene, str],
) -> None:
    scene, root = engine_claimed
    await scene.resolve("Done", who=ADA)

    ts, question = await offered(scene, "One more thing: restart it", who=BEN)

    told = scene.world.slack.ephemerals[-1]
    assert told.text == "*HD-1* is resolved, so this was not sent. Reopen it and send this to the employee?"
    assert "Reopen and send" in str(told.blocks)
    assert (said(scene, root), sign(scene, ts)) == ([], ["lock"])

    await choose(scene, question, "relay_reopen_and_send", who=BEN)

    assert said(scene, root) == [f"<@{BEN}>: One more thing: restart it"]
    assert sign(scene, ts) == ["incoming_envelope"]
    assert f"Claimed by <@{BEN}>" in str(scene.card.blocks)


async def test_nothing_is_reopened_for_a_message_that_is_kept_or_while_the_conversation_has_another_handoff(
    claimed: tuple[Scene, str],
) -> None:
    scene, root = claimed
    first = scene.card
    await scene.press_card("hand_back", who=ADA)
    _, kept = await offered(scene, "She asks every week", who=ADA)
    _, late = await offered(scene, "Restart it", who=ADA)
    await scene.ask(PERSON, thread=root)

    await choose(scene, kept, "relay_keep_internal")
    await choose(scene, late, "relay_reopen_and_send")

    assert said(scene, root) == []
    assert "This conversation is open again as <" in scene.world.slack.ephemerals[-1].text
    assert "Handed back" in str(first.blocks)


async def test_what_was_asked_about_before_the_resolution_takes_a_reopening_after_it(
    handed_off: tuple[Scene, str],
) -> None:
    scene, root = handed_off
    _, question = await offered(scene, "Which printer is it?")
    await scene.resolve("Done", who=BEN)

    await choose(scene, question, "relay_claim_and_send")

    assert said(scene, root) == []
    assert "is resolved, so this was not sent" in scene.world.slack.ephemerals[-1].text


async def test_kept_internal_it_stays_inside_for_good(handed_off: tuple[Scene, str]) -> None:
    scene, root = handed_off
    ts, question = await offered(scene, "She asks every week")
    _keep_questions(scene)

    await choose(scene, question, "relay_keep_internal")
    await choose(scene, question, "relay_claim_and_send")
    await change(scene, ts, "She asks every day")

    assert said(scene, root) == []
    assert sign(scene, ts) == ["lock"]
    assert (await scene.handoff()).state is HandoffState.OPEN


async def test_who_is_too_late_to_claim_and_send_is_told_who_was_first(handed_off: tuple[Scene, str]) -> None:
    scene, root = handed_off
    ts, question = await offered(scene, "Which printer is it?", who=BEN)
    await scene.press_card("claim", who=ADA)

    await choose(scene, question, "relay_claim_and_send", who=BEN)

    assert said(scene, root) == []
    assert sign(scene, ts) == ["lock"]
    assert scene.world.slack.ephemerals[-1].text.startswith(f"Too late: <@{ADA}> has already claimed this")


async def test_a_message_deleted_before_the_choice_is_not_sent(handed_off: tuple[Scene, str]) -> None:
    scene, root = handed_off
    ts, question = await offered(scene, "Which printer is it?")

    await take_back(scene, ts)
    await choose(scene, question, "relay_claim_and_send")

    assert said(scene, root) == []
    assert (await scene.handoff()).state is HandoffState.OPEN
    assert scene.world.slack.ephemerals[-1].text == "That message is deleted. Write it once more to send it."


async def test_nobody_sends_the_message_of_somebody_else(handed_off: tuple[Scene, str]) -> None:
    scene, root = handed_off
    await scene.write_in_thread("She asks every week", who=ADA)
    relay = await scene.look(lambda tx: tx.relays.of_message(message_at(HANDOFF_CHANNEL, scene.handoff_thread[-1].ts)))
    assert relay is not None
    slack = scene.world.slack

    for person in (BEN, TOM):
        press = {"type": "button", "action_id": "relay_claim_and_send", "value": relay.id, "action_ts": "9.9"}
        await slack.interact(
            {
                "type": "block_actions",
                "team": {"id": slack.team_id},
                "user": {"id": person, "team_id": slack.team_id},
                "container": {"type": "message", "message_ts": "1.1", "channel_id": HANDOFF_CHANNEL},
                "trigger_id": "1.2.3",
                "actions": [press],
            }
        )
    await scene.settled()

    assert said(scene, root) == []
    assert (await scene.handoff()).state is HandoffState.OPEN


# Ownership.


async def assign(scene: Scene, to: str, *, by: str = ADA) -> None:
    form = await scene.open_form("assign", who=by)
    # A mapping is sent as it is: also somebody whom the form does not offer.
    await scene.send_form(form, assignee_choice={"selected_option": {"value": to}})


async def test_assigning_sets_the_owner_and_tells_everybody(handed_off: tuple[Scene, str]) -> None:
    scene, root = handed_off

    await assign(scene, BEN)
    await scene.write_in_thread("Hello from Ben", who=BEN)
    await scene.write_in_thread("Hello from Ada", who=ADA)

    assert f"Claimed by <@{BEN}>" in str(scene.card.blocks)
    assert f"<@{BEN}> is helping you with *HD-1*" in scene.texts(root)
    assert f"Ada assigned this to <@{BEN}>." in [message.text for message in scene.handoff_thread]
    assert said(scene, root) == [f"<@{BEN}>: Hello from Ben"]
    assert "assigned" in await scene.events()


async def test_the_choice_of_an_assignee_has_the_members_of_the_channel_only(handed_off: tuple[Scene, str]) -> None:
    scene, _ = handed_off

    form = await scene.open_form("assign")

    (menu,) = [block["element"] for block in form.blocks if block["type"] == "input"]
    slack = scene.world.slack
    agents = set(slack.workspace.channels[HANDOFF_CHANNEL].members) - {slack.bot_user_id}
    assert {option["value"] for option in menu["options"]} == agents
    assert TOM not in agents


async def test_who_had_it_before_an_assignment_can_join_again(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed

    await assign(scene, BEN)
    await scene.press_card("join", who=ADA)
    await scene.write_in_thread("Still here", who=ADA)

    assert said(scene, root) == [f"<@{ADA}>: Still here"]


async def test_nothing_is_assigned_to_somebody_who_is_no_agent_or_by_somebody_who_is_none(
    handed_off: tuple[Scene, str],
) -> None:
    scene, _ = handed_off

    await assign(scene, TOM)
    await scene.press_card("assign", who=TOM)
    await scene.forge(scene.card, "handoff_assign", (await scene.handoff()).id, who=TOM)

    assert (await scene.handoff()).state is HandoffState.OPEN
    assert scene.world.slack.ephemerals[0].text == "You can only assign members of <#C0HANDOFF>. Add them to it first."
    dm = scene.world.slack.messages(scene.world.slack.dm_of(TOM))
    assert [message.text for message in dm] == [NOT_AN_AGENT] * 2


async def test_handed_back_the_assistant_goes_on_in_its_session_without_what_people_said(
    claimed: tuple[Scene, str],
) -> None:
    scene, root = claimed
    await scene.write_in_thread("Our little secret is frobnication", who=ADA)
    await scene.ask("Thank you, I see", thread=root)

    await scene.press_card("hand_back", who=ADA)
    await scene.ask(CONFIDENT, thread=root)

    before, after = scene.world.uppzy.asked
    assert after.session_id == before.session_id
    assert "secret" not in str(scene.world.uppzy.asked)
    assert "Thank you" not in str(scene.world.uppzy.asked)
    assert "handed the conversation back to me, the assistant" in scene.texts(root)
    assert "password.example.com" in str(scene.replies(root)[-1].blocks)


async def test_what_people_looked_after_does_not_bring_them_in_again(claimed: tuple[Scene, str]) -> None:
    scene, _ = claimed
    await scene.press_card("hand_back", who=ADA)

    counted = await scene.count("questions", "unresolved")

    assert counted == 0


# After the resolution.


@dataclass
class Watch:
    """A clock that can be moved ahead."""

    ahead: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
async def watched(world: LocalWorld) -> AsyncIterator[tuple[Scene, Watch]]:
    watch = Watch()
    world.outside = replace(world.outside, clock=watch)
    async with world.bot() as bot:
        yield Scene(world, bot), watch


@in_own_loop
async def test_an_employee_who_writes_again_within_the_time_reopens_it(watched: tuple[Scene, Watch]) -> None:
    scene, watch = watched
    root = await scene.ask(UNKNOWN)
    await scene.press_card("claim", who=ADA)
    await scene.resolve(who=ADA)
    watch.ahead = 23 * 3600.0

    await scene.ask("It happened again", thread=root)

    assert len(scene.world.uppzy.asked) == 1
    assert "I've reopened *HD-1*" in scene.texts(root)
    assert any(f"<@{ADA}>, the employee replied" in message.text for message in scene.handoff_thread)
    assert "It happened again" in str(scene.handoff_thread)
    assert f"Unclaimed – the employee replied after <@{ADA}> had closed it" in str(scene.card.blocks)
    found = await scene.handoff()
    assert (found.state, found.claimed_by) == (HandoffState.OPEN, None)
    owner = await scene.look(lambda tx: tx.conversations.get(found.conversation_id))
    assert owner is not None
    assert owner.owner is Owner.WAITING
    assert "reopened by the employee" in await scene.events()


@in_own_loop
async def test_an_employee_who_writes_again_later_starts_afresh(watched: tuple[Scene, Watch]) -> None:
    scene, watch = watched
    root = await scene.ask(UNKNOWN)
    await scene.resolve(who=ADA)
    watch.ahead = 25 * 3600.0

    await scene.ask(CONFIDENT, thread=root)

    before, after = scene.world.uppzy.asked
    assert after.session_id != before.session_id
    assert "password.example.com" in str(scene.replies(root)[-1].blocks)
    assert (await scene.handoff()).state is HandoffState.RESOLVED


async def test_a_thumb_after_the_resolution_reopens_nothing(handed_off: tuple[Scene, str]) -> None:
    scene, root = handed_off
    await scene.resolve(who=ADA)

    await scene.ask(":+1:", thread=root)

    assert (await scene.handoff()).state is HandoffState.RESOLVED


@in_own_loop
async def test_what_was_reopened_is_claimed_and_talked_through_after_a_restart(world: LocalWorld) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(UNKNOWN)
        await scene.press_card("claim", who=ADA)
        await scene.resolve(who=ADA)
        await scene.ask("It happened again", thread=root)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.press_card("claim", who=BEN)
        await scene.write_in_thread("I will look", who=BEN)

        assert said(scene, root) == [f"<@{BEN}>: I will look"]
        assert "open again" not in str(scene.card.blocks)
        assert await scene.count("handoffs") == 1


# Late cards, and messages that wait for them.


async def test_what_the_employee_wrote_while_the_card_could_not_be_posted_stands_below_it_in_order_once_each(
    engine_scene: Scene,
) -> None:
    slack = engine_scene.world.slack
    closed = slack.faults.refused(
        "chat.postMessage", error="is_archived", times=None, when=lambda args: args.get("channel") == HANDOFF_CHANNEL
    )
    root = await engine_scene.ask(UNKNOWN)
    await engine_scene.ask("It is the one in the hall", thread=root)
    mistaken = await engine_scene.ask("It smels", thread=root)
    await slack.edit(MIA, slack.dm_of(MIA), mistaken, "It smells")
    gone = await engine_scene.ask("Never mind", thread=root)
    await slack.delete(MIA, slack.dm_of(MIA), gone)
    await slack.dm(MIA, "This one", root, files=[PICTURE])
    await engine_scene.settled()
    assert engine_scene.world.cards == []

    slack.faults.clear(closed)
    await engine_scene.ask(UNKNOWN, who=TOM)
    await engine_scene.ask("Thank you", thread=root)

    (late,) = [card for card in engine_scene.world.cards if f"<@{MIA}>" in str(card.blocks)]
    below = engine_scene.world.thread(HANDOFF_CHANNEL, late.ts)
    words = [message.text.partition(": ")[2] for message in below if message.text.startswith(f"<@{MIA}>: ")]
    assert words == ["It is the one in the hall", "It smells", "This one", "Thank you"]
    assert [file.name for message in below for file in message.files] == [PICTURE.name]
    await slack.edit(MIA, slack.dm_of(MIA), mistaken, "It smells of smoke")
    await engine_scene.settled()
    below = engine_scene.world.thread(HANDOFF_CHANNEL, late.ts)
    assert [message.text for message in below if "smell" in message.text] == [f"<@{MIA}>: It smells of smoke"]


async def test_what_the_employee_writes_goes_before_a_draft_that_waits_for_the_card(scene: Scene) -> None:
    slack = scene.world.slack
    card = slack.faults.held("chat.postMessage", when=lambda args: args.get("channel") == HANDOFF_CHANNEL)

    root = (await slack.dm(MIA, PERSON)).ts
    await scene.until_stored("answers")
    await slack.dm(MIA, "It is urgent", root)
    await scene.until_stored("relays")
    card.release()
    await scene.settled()

    assert [message.text[:8] for message in scene.handoff_thread] == ["<@U0MIA0", "AI draft"]
