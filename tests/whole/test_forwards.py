"""Forwarded and pasted content is part of the message wherever it goes; a preview of a link is not."""

from __future__ import annotations

from typing import Any

import pytest

from bot.helpdesk.messages.anyone import LONGEST_QUESTION
from sandbox.slack import File, Message
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL, MIA, TOM, LocalWorld
from storage.repositories import Transaction as Stored
from tests.addresses import message_at
from tests.whole.scene import CONFIDENT, PERSON, UNKNOWN, Scene
from tests.whole.shared import in_module_loop, in_own_loop

TALK = "C0TALK000"
PAPER = File(name="invoice.pdf", content=b"%PDF-1.7 ...", mimetype="application/pdf")
ROWS = [["Name", "Amount"], ["Item A|B", "1,200"], ["", "two\nlines"]]
AS_MARKDOWN = "| Name | Amount |\n| --- | --- |\n| Item A\\|B | 1,200 |\n|  | two lines |"
HEAD = "Forwarded message from Tom:\n"

pytestmark = in_module_loop


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    """The scene of a bot that the tests of this module share, but for those with `own_scene` or `world`."""
    return shared_scene


async def written(world: LocalWorld, text: str, *files: File) -> Message:
    """Writes as Tom in a channel without the bot, and returns the message."""
    if TALK not in world.slack.workspace.channels:
        world.slack.add_channel(TALK, "talk", members=[TOM, MIA, ADA], with_bot=False)
    told = await world.slack.say(TOM, TALK, text, files=files)
    message = world.slack.message(TALK, told.ts)
    assert message is not None
    return message


async def forward(scene: Scene, source: Message, text: str = "", *, root: str | None = None, who: str = MIA) -> str:
    """Forwards a message to the bot or into the handoff's thread."""
    slack = scene.world.slack
    place = (slack.dm_of(who), root) if who == MIA else (HANDOFF_CHANNEL, scene.card.ts)
    told = await slack.forward(who, place[0], source, text, place[1])
    assert told.ok
    await scene.settled()
    return told.ts


def asked(scene: Scene) -> list[str]:
    return [question.message for question in scene.world.uppzy.asked]


def thread(scene: Scene) -> str:
    """Returns all messages of the handoff's thread as text."""
    return "\n".join(f"{message.text}\n{message.blocks}" for message in scene.handoff_thread)


async def local_ticket(scene: Scene) -> str:
    """Returns the contents of the only ticket as text."""

    def read(tx: Stored) -> str:
        (ticket,) = tx.connection.exec_driver_sql("SELECT * FROM local_tickets").all()
        return str(ticket)

    return await scene.bot.store.run(read)


# To the assistant.


@pytest.mark.parametrize("comment", ["can you help with this?", ""])
async def test_what_is_forwarded_is_asked_shown_and_kept(scene: Scene, comment: str) -> None:
    source = await written(scene.world, "frobnicate the blorp & quux: error 809")

    ts = await forward(scene, source, comment)

    (question,) = asked(scene)
    assert question == "\n\n".join(filter(None, [comment, f"{HEAD}frobnicate the blorp & quux: error 809"]))
    assert "error 809" in str(scene.card.blocks)
    assert "Tom" in str(scene.card.blocks)
    kept = await scene.look(lambda tx: tx.questions.of_message(message_at(scene.world.slack.dm_of(MIA), ts)))
    assert kept is not None
    assert kept.text == question
    assert "error 809" in await local_ticket(scene)
    assert "Forwarded message from Tom" in await local_ticket(scene)


async def test_card_and_ticket_name_an_author_and_people_of_whom_only_the_id_is_told(scene: Scene) -> None:
    slack = scene.world.slack
    shared = {"id": 1, "is_share": True, "author_id": TOM, "text": f"error 809, says <@{BEN}>"}

    await slack.say(MIA, slack.dm_of(MIA), UNKNOWN, attachments=[shared])
    await scene.settled()
    await scene.press_card("claim", who=ADA)

    for place in (str(scene.card.blocks), await local_ticket(scene)):
        assert "Forwarded message from @Tom" in place
        assert "says @Ben" in place
        assert f"@{TOM}" not in place


async def test_the_ticket_names_who_wrote_what_was_forwarded_and_no_secret(scene: Scene) -> None:
    source = await written(scene.world, "my password is hunter22secret and error 809")

    await forward(scene, source, PERSON)

    body = await local_ticket(scene)
    assert "Forwarded message from Tom" in body
    assert "error 809" in body
    assert "hunter22secret" not in body
    assert "hunter22secret" not in str(scene.card.blocks)


async def test_a_forwarded_message_that_is_too_long_is_said_to_be(scene: Scene) -> None:
    source = await written(scene.world, "word " * LONGEST_QUESTION)

    ts = await forward(scene, source, "help")

    assert "I can read up to" in scene.texts(ts)
    assert asked(scene) == []


async def test_a_forwarded_file_without_words_is_answered_as_a_file(scene: Scene) -> None:
    source = await written(scene.world, "", PAPER)

    ts = await forward(scene, source)

    assert "I can't read attachments" in scene.texts(ts)
    await scene.ask(PERSON, thread=ts)
    assert [file.name for message in scene.handoff_thread for file in message.files] == [PAPER.name]


async def test_what_is_forwarded_within_something_forwarded_is_asked(scene: Scene) -> None:
    first = await written(scene.world, "the innermost")
    told = await scene.world.slack.forward(TOM, TALK, first, "see below")
    second = scene.world.slack.message(TALK, told.ts)
    assert second is not None

    await forward(scene, second, "and this?")

    assert asked(scene) == [f"and this?\n\n{HEAD}see below\n\n{HEAD}the innermost"]


async def test_a_pasted_table_is_asked_and_shown_as_one(scene: Scene) -> None:
    slack = scene.world.slack
    told = await slack.paste_table(MIA, slack.dm_of(MIA), ROWS, "frobnicate the blorp quux")
    await scene.settled()

    assert asked(scene) == [f"frobnicate the blorp quux\n\n{AS_MARKDOWN}"]
    assert "1,200" in str(scene.card.blocks)
    await scene.press_card("claim", who=ADA)
    await slack.paste_table(MIA, slack.dm_of(MIA), ROWS, "", told.ts)
    await scene.settled()
    assert any(AS_MARKDOWN in message.text or "1,200" in message.text for message in scene.handoff_thread)


# Between people.


@pytest.mark.parametrize("comment", ["have a look", ""])
async def test_what_an_employee_forwards_reaches_the_agents(claimed: tuple[Scene, str], comment: str) -> None:
    scene, root = claimed
    source = await written(scene.world, "error 809", PAPER)

    await forward(scene, source, comment, root=root)

    assert "Forwarded message from Tom" in thread(scene)
    assert "error 809" in thread(scene)
    assert comment in thread(scene)
    assert [file.name for message in scene.handoff_thread for file in message.files] == [PAPER.name]
    assert len(asked(scene)) == 1


@pytest.mark.parametrize("comment", ["have a look", ""])
async def test_what_an_agent_forwards_reaches_the_employee(claimed: tuple[Scene, str], comment: str) -> None:
    scene, root = claimed
    source = await written(scene.world, "restart the adapter", PAPER)

    await forward(scene, source, comment, who=ADA)

    assert "restart the adapter" in scene.texts(root)
    assert comment in scene.texts(root)
    assert [file.name for message in scene.replies(root) for file in message.files] == [PAPER.name]


async def test_a_forwarded_file_that_the_bot_cannot_see_is_said_by_name(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    scene.world.slack.forwarded_files_are_visible = False
    source = await written(scene.world, "error 809", PAPER)

    await forward(scene, source, "have a look", root=root)

    assert f"“{PAPER.name}”, which I could not pass on: it is in a conversation that this app cannot see" in thread(
        scene
    )
    assert not [one for one in scene.world.slack.messages(HANDOFF_CHANNEL) if one.text.startswith("🚨")]


async def test_what_is_forwarded_with_a_note_stays_inside(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    source = await written(scene.world, "she is a VIP", PAPER)

    await forward(scene, source, "note: from the sales team", who=ADA)

    assert "VIP" not in scene.texts(root)
    assert not [file for message in scene.replies(root) for file in message.files]


async def test_an_agent_can_ask_the_assistant_about_what_they_forward(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    source = await written(scene.world, "error 809")

    await forward(scene, source, "ask: what is this?", who=ADA)

    assert asked(scene)[-1] == f"what is this?\n\n{HEAD}error 809"
    assert "error 809" not in scene.texts(root)


async def test_taking_a_file_out_of_a_question_to_the_assistant_asks_nothing(claimed: tuple[Scene, str]) -> None:
    scene, _ = claimed
    slack = scene.world.slack
    told = await slack.say(ADA, HANDOFF_CHANNEL, "ask: what is this?", scene.card.ts, files=[PAPER])
    await scene.settled()
    before = len(asked(scene)), len(scene.handoff_thread)
    message = slack.message(HANDOFF_CHANNEL, told.ts)
    assert message is not None

    await slack.take_file_out(ADA, HANDOFF_CHANNEL, told.ts, message.files[0].id)
    await scene.settled()

    assert (len(asked(scene)), len(scene.handoff_thread)) == before


async def test_changing_the_comment_keeps_what_is_forwarded(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    source = await written(scene.world, "error 809")
    ts = await forward(scene, source, "have a look", who=ADA)

    await scene.world.slack.edit(ADA, HANDOFF_CHANNEL, ts, "please read")
    await scene.settled()

    (copy,) = [one for one in scene.replies(root) if "error 809" in one.text]
    assert "please read" in copy.text
    await scene.world.slack.delete(ADA, HANDOFF_CHANNEL, ts)
    await scene.settled()
    assert "error 809" not in scene.texts(root)


# Previews.

PAGE = {"from_url": "https://news.test", "service_name": "News", "title": "Outage", "text": "All is down"}


def linked(source: Message) -> dict[str, Any]:
    """Returns the preview that Slack attaches for a link to a message."""
    address = "https://x.slack.com/archives/C1/p1"
    return {"is_msg_unfurl": True, "from_url": address, "text": source.text, "author_name": "Tom", "files": []}


@pytest.mark.parametrize("kind", ["page", "message"])
async def test_a_preview_that_comes_later_neither_asks_again_nor_opens_again(scene: Scene, kind: str) -> None:
    slack = scene.world.slack
    attachment = PAGE if kind == "page" else linked(await written(scene.world, "error 809"))
    root = await scene.ask(f"{PERSON} https://news.test")
    await scene.press_card("claim")
    later = await scene.ask("and https://news.test", thread=root)
    reply = await scene.write_in_thread("read https://news.test")
    await scene.resolve()
    before = scene.texts(root), thread(scene), len(asked(scene))

    for channel, ts in ((slack.dm_of(MIA), root), (slack.dm_of(MIA), later), (HANDOFF_CHANNEL, reply)):
        assert (await slack.preview(channel, ts, attachment)).ok
    await scene.settled()

    assert (scene.texts(root), thread(scene), len(asked(scene))) == before


async def test_what_is_added_while_nobody_edits_changes_nothing_whatever_it_is(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    slack = scene.world.slack
    before = scene.texts(root), thread(scene)

    await slack.preview(slack.dm_of(MIA), root, {"id": 1, "image_url": "https://x.test/i.png", "title": "A picture"})
    await scene.settled()

    assert (scene.texts(root), thread(scene)) == before


async def test_an_edit_after_a_preview_is_an_edit(scene: Scene) -> None:
    slack = scene.world.slack
    root = await scene.ask(CONFIDENT)

    await slack.preview(slack.dm_of(MIA), root, PAGE)
    await scene.settled()
    assert "You edited your message" not in scene.texts(root)
    await slack.edit(MIA, slack.dm_of(MIA), root, "Something else")
    await scene.settled()

    assert scene.texts(root).count("You edited your message") == 1


# After an outage.


@in_own_loop
@pytest.mark.both_engines
async def test_what_was_forwarded_while_nothing_arrived_is_read_back_the_same(world: LocalWorld) -> None:
    slack = world.slack
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(CONFIDENT)
    slack.events_url = None
    # An answer of high confidence: a handoff could open before the next message is handled, which would go there.
    source = await written(world, CONFIDENT)
    told = await slack.forward(MIA, slack.dm_of(MIA), source, "and this?", root)
    await slack.paste_table(MIA, slack.dm_of(MIA), ROWS, "and that?", root)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await slack.wait_for(lambda: len(asked(scene)) == 3)
        await scene.settled()
        assert asked(scene)[1:] == [f"and this?\n\n{HEAD}{CONFIDENT}", f"and that?\n\n{AS_MARKDOWN}"]
        event = slack.renderer.message(slack.messages(told.channel, root)[-2]) | {"channel_type": "im"}
        await slack.deliver({**event, "channel": told.channel, "event_ts": told.ts})
        await scene.settled()
        assert len(asked(scene)) == 3


# Text added later.


async def test_a_message_without_words_that_is_changed_into_words_is_asked(scene: Scene) -> None:
    slack = scene.world.slack
    root = await scene.ask("👍")
    assert asked(scene) == []

    await slack.edit(MIA, slack.dm_of(MIA), root, CONFIDENT)
    await scene.settled()
    assert asked(scene) == [CONFIDENT]
    await slack.edit(MIA, slack.dm_of(MIA), root, UNKNOWN)
    await scene.settled()

    assert asked(scene) == [CONFIDENT]
    assert "You edited your message" in scene.texts(root)


@pytest.mark.parametrize("with_people", [False, True])
async def test_a_voice_message_is_asked_or_carried_once_it_is_written_down(scene: Scene, with_people: bool) -> None:
    slack = scene.world.slack
    root = await scene.ask(UNKNOWN)
    if not with_people:
        await scene.press_card("hand_back")
    before = len(asked(scene))
    clip: dict[str, Any] = {"id": "F0CLIP", "name": "audio_message.m4a", "subtype": "slack_audio", "size": 3}
    clip["permalink"] = "https://x.test/clip"
    said = {"type": "message", "subtype": "file_share", "user": MIA, "ts": "1900000000.000100", "thread_ts": root}
    place = {"channel": slack.dm_of(MIA), "channel_type": "im"}
    await slack.deliver({**said, **place, "text": "", "files": [clip]})
    await scene.settled()

    spoken = {**clip, "transcription": {"status": "complete", "preview": {"content": "My screen is black"}}}
    change = {"type": "message", "subtype": "message_changed", "ts": "1900000001.000100"}
    now, then = {**said, "text": "", "files": [spoken]}, {**said, "text": "", "files": [clip]}
    await slack.deliver({**change, **place, "message": now, "previous_message": then})
    await scene.settled()

    assert ("My screen is black" in thread(scene)) is with_people
    assert (asked(scene)[before:] == ["My screen is black"]) is not with_people


async def test_agents_who_are_not_in_the_conversation_stay_inside_with_what_they_forward(
    claimed: tuple[Scene, str],
) -> None:
    scene, root = claimed
    source = await written(scene.world, "restart the adapter")

    told = await scene.world.slack.forward(BEN, HANDOFF_CHANNEL, source, "", scene.card.ts)
    assert told.ok
    await scene.settled()

    assert "restart the adapter" not in scene.texts(root)
