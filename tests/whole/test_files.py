"""Files between an employee and the agents: relayed both ways, or named where that is not possible."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from itertools import product

import pytest

from bot.helpdesk.model.chat import LARGEST_FILE
from sandbox.slack import DEFAULT_SCOPES, Delivery, Fault, FaultKind, File, Message, OddBody
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL, MIA, LocalWorld
from storage.repositories import Transaction as Stored
from tests.whole.engines import on_engines
from tests.whole.scene import PERSON, UNKNOWN, Scene
from tests.whole.shared import in_module_loop, in_own_loop

PICTURE = File(name="screen.png", content=b"\x89PNG" + bytes(range(256)) * 1000, mimetype="image/png")
REMOVED = re.compile(r"<@(\w+)> has removed the file “(.+)”\.")
PAPER = File(name="invoice.pdf", content=b"%PDF-1.7 ...", mimetype="application/pdf")

pytestmark = in_module_loop


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    """The scene of a bot that the tests of this module share, but for those with `own_scene` or `world`."""
    return shared_scene


async def send(scene: Scene, text: str, *files: File, who: str = ADA) -> str:
    """Writes in the handoff's thread, with files; returns the ts once everything that follows is done."""
    delivery = await scene.world.slack.say(who, HANDOFF_CHANNEL, text, scene.card.ts, files=files)
    assert delivery.ok
    await scene.settled()
    return delivery.ts


async def ask(scene: Scene, text: str, root: str, *files: File) -> str:
    """Writes to the bot as Mia, with files; returns the ts once everything that follows is done."""
    delivery = await scene.world.slack.dm(MIA, text, root, files=files)
    assert delivery.ok
    await scene.settled()
    return delivery.ts


def shown(messages: list[Message]) -> list[tuple[str, bytes]]:
    """Returns name and content of each file that the bot posted."""
    return [(file.name, file.content) for message in messages if message.bot_id for file in message.files]


def removals(scene: Scene) -> list[tuple[str, str]]:
    """Returns person and file of each removal that the handoff's thread reports."""
    return [(match[1], match[2]) for one in scene.handoff_thread if (match := REMOVED.match(one.text))]


def listed(scene: Scene, channel: str, ts: str, name: str) -> str:
    """Returns the id of a file in a message."""
    message = scene.world.slack.message(channel, ts)
    assert message is not None
    return next(file.id for file in message.files if file.name == name)


Remove = Callable[[Scene, str, str, str, str], Awaitable[Delivery]]


async def by_edit(scene: Scene, who: str, channel: str, ts: str, file: str) -> Delivery:
    return await scene.world.slack.take_file_out(who, channel, ts, file)


async def by_edit_of_words(scene: Scene, who: str, channel: str, ts: str, file: str) -> Delivery:
    return await scene.world.slack.take_file_out(who, channel, ts, file, "Other words")


async def by_deletion(scene: Scene, who: str, channel: str, ts: str, file: str) -> Delivery:
    return await scene.world.slack.delete_file(file)


async def by_quiet_deletion(scene: Scene, who: str, channel: str, ts: str, file: str) -> Delivery:
    return await scene.world.slack.delete_file(file, tells_of_messages=False)


REMOVALS = [by_edit, by_edit_of_words, by_deletion, by_quiet_deletion]
every_removal = pytest.mark.parametrize("remove", REMOVALS)


async def test_an_agents_files_reach_the_employee_with_the_words(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed

    ts = await send(scene, "This is how it should look", PICTURE, PAPER)

    assert shown(scene.replies(root)) == [(PICTURE.name, PICTURE.content), (PAPER.name, PAPER.content)]
    assert "This is how it should look" in scene.texts(root)
    message = scene.world.slack.message(HANDOFF_CHANNEL, ts)
    assert message is not None
    assert list(message.reactions) == ["incoming_envelope"]


async def test_an_employees_files_reach_the_agents(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed

    await ask(scene, "It looks like this", root, PICTURE)

    assert shown(scene.handoff_thread) == [(PICTURE.name, PICTURE.content)]
    assert any("It looks like this" in message.text for message in scene.handoff_thread)
    assert f"<@{MIA}> sent this file" in [message.text for message in scene.handoff_thread]


async def test_a_file_without_words_is_carried_both_ways(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed

    await send(scene, "", PAPER)
    await ask(scene, "", root, PICTURE)

    assert shown(scene.replies(root)) == [(PAPER.name, PAPER.content)]
    assert f"<@{ADA}> sent this file" in scene.texts(root)
    assert shown(scene.handoff_thread) == [(PICTURE.name, PICTURE.content)]
    assert len(scene.world.uppzy.asked) == 1


async def test_the_files_of_a_note_and_of_others_stay_inside(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed

    await send(scene, "note: her badge photo", PICTURE)
    await send(scene, "Her contract", PAPER, who=BEN)

    assert shown(scene.replies(root)) == []
    assert not scene.world.slack.calls_of("files.getUploadURLExternal")


async def test_a_file_that_is_too_large_is_said_by_name_with_its_link(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed

    await ask(scene, "The recording", root, File(name="screen.mov", size=LARGEST_FILE + 1))

    said = "which I could not pass on: it is larger than 100 MB. It is here: http"
    assert any(f"<@{MIA}> sent the file “screen.mov”, {said}" in message.text for message in scene.handoff_thread)
    assert "I couldn't forward “screen.mov” (over 100 MB). Support got a link instead." in scene.texts(root)
    assert f"<@{MIA}>" not in scene.texts(root)
    assert not scene.world.slack.calls_of("files.getUploadURLExternal")


async def test_a_message_of_which_a_part_did_not_arrive_is_signed_so(claimed: tuple[Scene, str]) -> None:
    scene, _ = claimed

    for files in (
        [File(name="screen.mov", size=LARGEST_FILE + 1)],
        [File(name="Plan", external="https://x.test"), PAPER],
    ):
        ts = await send(scene, "Have a look", *files)
        message = scene.world.slack.message(HANDOFF_CHANNEL, ts)
        assert message is not None
        assert list(message.reactions) == ["warning"]


async def test_a_file_of_another_service_is_said_by_name_with_its_link(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    link = "https://drive.example.com/plan"

    await send(scene, "The plan", File(name="Plan", external=link))

    assert f"“Plan”, which I could not pass on: it is kept outside of this Slack. It is here: {link}" in scene.texts(
        root
    )


@in_own_loop
@pytest.mark.parametrize(
    "scopes", [DEFAULT_SCOPES - {"files:read"}, DEFAULT_SCOPES - {"files:write"}], ids=["without read", "without write"]
)
async def test_without_the_scopes_for_files_they_are_said_by_name(own_scene: Scene) -> None:
    root = await own_scene.ask(UNKNOWN)
    card = own_scene.card
    await ask(own_scene, "It looks like this", root, PICTURE)

    thread = own_scene.world.thread(HANDOFF_CHANNEL, card.ts)
    left_out = f"sent the file “{PICTURE.name}”, which I could not pass on: this app may not carry files."
    assert shown(thread) == []
    assert any(left_out in message.text for message in thread)
    assert any("It looks like this" in message.text for message in thread)
    alarms = [one.text for one in own_scene.world.slack.messages(HANDOFF_CHANNEL) if one.text.startswith("🚨")]
    assert ["missing_scope" in text for text in alarms] == [True]


async def test_the_token_is_shown_to_slack_alone(claimed: tuple[Scene, str]) -> None:
    """Sends no token to a file URL outside of Slack, which a payload may contain."""
    scene, root = claimed
    slack = scene.world.slack
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1000))
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    file = {"id": "F1", "name": "bait.txt", "size": 3, "url_private_download": f"http://127.0.0.1:{port}/bait.txt"}
    place = {"channel": HANDOFF_CHANNEL, "channel_type": "channel", "thread_ts": scene.card.ts, "team": slack.team_id}
    event = {"type": "message", "subtype": "file_share", "user": ADA, "text": "", "ts": "1900000000.1", **place}
    await slack.deliver({**event, "event_ts": "1900000000.1", "files": [file]})
    await scene.settled()
    server.close()

    assert heard == []
    assert "“bait.txt”, which I could not pass on" in scene.texts(root)


@pytest.mark.parametrize("method", ["files.download", "files.getUploadURLExternal"])
async def test_a_file_is_carried_once_after_trouble(claimed: tuple[Scene, str], method: str) -> None:
    scene, root = claimed
    scene.world.slack.faults.add(Fault(kind=FaultKind.HTTP_ERROR, method=method))

    await send(scene, "", PAPER)
    await scene.world.slack.wait_for(lambda: shown(scene.replies(root)))
    await scene.settled()

    assert shown(scene.replies(root)) == [(PAPER.name, PAPER.content)]


@pytest.mark.parametrize("body", [OddBody.HTML, OddBody.NO_CONTENT, OddBody.NOT_MODIFIED])
async def test_what_comes_in_the_place_of_a_file_is_not_carried_for_it(
    claimed: tuple[Scene, str], body: OddBody
) -> None:
    scene, root = claimed
    scene.world.slack.faults.odd_body("files.download", body=body)

    await send(scene, "", PAPER)
    await scene.world.slack.wait_for(lambda: shown(scene.replies(root)))
    await scene.settled()

    assert shown(scene.replies(root)) == [(PAPER.name, PAPER.content)]


@pytest.mark.parametrize("status", [407, 408, 425])
async def test_a_status_that_says_nothing_of_the_file_is_no_refusal(claimed: tuple[Scene, str], status: int) -> None:
    scene, root = claimed
    scene.world.slack.faults.http_error("files.download", status=status)

    await send(scene, "", PAPER)
    await scene.world.slack.wait_for(lambda: shown(scene.replies(root)))
    await scene.settled()

    assert shown(scene.replies(root)) == [(PAPER.name, PAPER.content)]


async def test_a_page_that_somebody_sent_is_carried(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    page = File(name="page.html", content=b"<html>Hello</html>", mimetype="text/html")

    await send(scene, "", page)

    assert shown(scene.replies(root)) == [(page.name, page.content)]


@pytest.mark.parametrize("lost", [FaultKind.DROPPED, FaultKind.HTTP_ERROR])
async def test_a_file_is_shown_once_when_the_outcome_is_lost(claimed: tuple[Scene, str], lost: FaultKind) -> None:
    scene, root = claimed
    scene.world.slack.faults.add(Fault(kind=lost, method="files.completeUploadExternal", after_effect=True))

    await send(scene, "", PAPER)
    await scene.world.slack.wait_for(lambda: scene.world.slack.calls_of("files.info"))
    await scene.settled()

    assert shown(scene.replies(root)) == [(PAPER.name, PAPER.content)]
    assert len(scene.world.slack.calls_of("files.completeUploadExternal")) == 1


@in_own_loop
@pytest.mark.both_engines
async def test_a_file_is_carried_once_when_the_desk_stops_in_the_middle(world: LocalWorld) -> None:
    slack = world.slack
    slack.faults.add(
        Fault(kind=FaultKind.DELAYED, method="files.completeUploadExternal", seconds=1.0, after_effect=True)
    )
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(UNKNOWN)
        await scene.press_card("claim", who=ADA)
        await slack.say(ADA, HANDOFF_CHANNEL, "The form", scene.card.ts, files=[PAPER])
        await slack.wait_for(lambda: slack.calls_of("files.completeUploadExternal"))
    async with world.bot() as bot:
        await Scene(world, bot).settled()

    assert shown(scene.replies(root)) == [(PAPER.name, PAPER.content)]
    assert scene.texts(root).count("The form") == 1


async def test_deleting_a_message_takes_its_files_back(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    ts = await send(scene, "The wrong form", PAPER)
    mine = await ask(scene, "My screen", root, PICTURE)

    await scene.world.slack.delete(ADA, HANDOFF_CHANNEL, ts)
    await scene.world.slack.delete(MIA, scene.world.slack.dm_of(MIA), mine)
    await scene.settled()

    assert shown(scene.replies(root)) == shown(scene.handoff_thread) == []
    assert "sent this file" not in scene.texts(root)
    assert f"<@{MIA}> has deleted this message" in [message.text for message in scene.handoff_thread]
    assert removals(scene) == [(ADA, PAPER.name), (MIA, PICTURE.name)]


@in_own_loop
@pytest.mark.parametrize("handoff_rules", ["relay_delay_seconds = 60"])
async def test_a_file_that_is_taken_back_in_time_is_never_copied(own_claimed: tuple[Scene, str]) -> None:
    scene, root = own_claimed
    ts = await send(scene, "", PAPER)

    await scene.world.slack.delete(ADA, HANDOFF_CHANNEL, ts)
    await scene.settled()
    await scene.resolve(who=ADA)

    assert shown(scene.replies(root)) == []
    assert not scene.world.slack.calls_of("files.getUploadURLExternal")


async def test_claim_and_send_sends_the_files_as_well(handed_off: tuple[Scene, str]) -> None:
    scene, root = handed_off
    await send(scene, "Please fill this in", PAPER)

    question = scene.world.slack.ephemerals[-1]
    await scene.world.slack.press(ADA, HANDOFF_CHANNEL, question.ts, "relay_claim_and_send")
    await scene.settled()

    assert shown(scene.replies(root)) == [(PAPER.name, PAPER.content)]


# Before the handoff.


async def test_the_files_of_a_question_are_there_when_people_come_in(scene: Scene) -> None:
    root = (await scene.world.slack.dm(MIA, "How do I reset my password?", files=[PICTURE])).ts
    await scene.settled()
    alone = await ask(scene, "", root, PAPER)
    assert not scene.world.slack.calls_of("files.getUploadURLExternal")

    await ask(scene, PERSON, root)

    assert "this answer is based on your message only" in scene.texts(root)
    assert shown(scene.handoff_thread) == [(PICTURE.name, PICTURE.content), (PAPER.name, PAPER.content)]
    await scene.world.slack.delete(MIA, scene.world.slack.dm_of(MIA), alone)
    await scene.settled()
    assert shown(scene.handoff_thread) == [(PICTURE.name, PICTURE.content)]


@in_own_loop
async def test_a_file_that_was_deleted_before_people_came_in_is_not_shown(world: LocalWorld) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask("How do I reset my password?")
        gone = await ask(scene, "", root, PICTURE)
        await ask(scene, "", root, PAPER)
        await world.slack.delete(MIA, world.slack.dm_of(MIA), gone)
        await scene.settled()
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await ask(scene, PERSON, root)

    assert shown(scene.handoff_thread) == [(PAPER.name, PAPER.content)]


async def test_words_that_are_added_to_a_file_are_carried(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    slack = scene.world.slack
    ts = await send(scene, "", PAPER)
    mine = await ask(scene, "", root, PICTURE)

    await slack.edit(ADA, HANDOFF_CHANNEL, ts, "Fill in page 2")
    await slack.edit(MIA, slack.dm_of(MIA), mine, "It is the red button")
    await scene.settled()

    assert scene.texts(root).count("Fill in page 2") == 1
    assert any("It is the red button" in message.text for message in scene.handoff_thread)


async def test_words_that_are_taken_from_a_file_are_taken_from_the_copy(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    ts = await send(scene, "She is slow", PAPER)

    await scene.world.slack.edit(ADA, HANDOFF_CHANNEL, ts, "")
    await scene.settled()

    assert "slow" not in str(scene.replies(root))
    assert shown(scene.replies(root)) == [(PAPER.name, PAPER.content)]


# Files removed from a message, or added to it.


@on_engines(
    "remove, by_agent",
    product(REMOVALS, [True, False]),
    on_postgresql=[(by_edit, True), (by_deletion, False)],
    scene="engine_scene",
)
async def test_the_copy_of_a_file_that_is_taken_out_goes(
    engine_claimed: tuple[Scene, str], remove: Remove, by_agent: bool
) -> None:
    scene, root = engine_claimed
    who, channel = (ADA, HANDOFF_CHANNEL) if by_agent else (MIA, scene.world.slack.dm_of(MIA))
    ts = await (send(scene, "Two files", PICTURE, PAPER) if by_agent else ask(scene, "Two files", root, PICTURE, PAPER))

    assert (await remove(scene, who, channel, ts, listed(scene, channel, ts, PICTURE.name))).ok
    await scene.settled()

    others = scene.replies(root) if by_agent else scene.handoff_thread
    assert shown(others) == [(PAPER.name, PAPER.content)]
    assert removals(scene) == [(who, PICTURE.name)]
    words = "Other words" if remove is by_edit_of_words else "Two files"
    assert any(words in message.text for message in others)


@every_removal
async def test_a_file_that_is_taken_out_while_it_is_copied_is_not_shown(
    claimed: tuple[Scene, str], remove: Remove
) -> None:
    scene, root = claimed
    slack = scene.world.slack
    held = slack.faults.held("files.download")
    told = await slack.say(ADA, HANDOFF_CHANNEL, "The form", scene.card.ts, files=[PAPER])
    await scene.until_stored("effects", "kind = 'UploadFile' AND attempts > 0")

    await remove(scene, ADA, HANDOFF_CHANNEL, told.ts, listed(scene, HANDOFF_CHANNEL, told.ts, PAPER.name))
    await scene.until_stored("events", "kind IN ('MessageEdited', 'FileDeleted') AND handled_at IS NOT NULL")
    held.release()
    await scene.settled()

    assert shown(scene.replies(root)) == []
    assert not slack.calls_of("files.completeUploadExternal")
    assert removals(scene) == [(ADA, PAPER.name)]


@in_own_loop
@pytest.mark.parametrize("handoff_rules", ["relay_delay_seconds = 60"])
@every_removal
async def test_a_file_that_is_taken_out_before_it_leaves_is_never_copied(
    own_claimed: tuple[Scene, str], remove: Remove
) -> None:
    scene, root = own_claimed
    ts = await send(scene, "Two files", PICTURE, PAPER)

    await remove(scene, ADA, HANDOFF_CHANNEL, ts, listed(scene, HANDOFF_CHANNEL, ts, PAPER.name))
    await scene.settled()
    await scene.resolve(who=ADA)

    assert shown(scene.replies(root)) == [(PICTURE.name, PICTURE.content)]
    assert removals(scene) == []


# Two events can tell of a removal; in each of these cases one of them comes alone.
@in_own_loop
@on_engines("remove", [(by_edit,), (by_quiet_deletion,)], on_postgresql=[(by_quiet_deletion,)])
async def test_the_copy_goes_after_a_restart(world: LocalWorld, remove: Remove) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(UNKNOWN)
        await scene.press_card("claim", who=ADA)
        ts = await send(scene, "The form", PAPER)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await remove(scene, ADA, HANDOFF_CHANNEL, ts, listed(scene, HANDOFF_CHANNEL, ts, PAPER.name))
        await scene.settled()

        assert shown(scene.replies(root)) == []
        assert removals(scene) == [(ADA, PAPER.name)]


@in_own_loop
@pytest.mark.both_engines
async def test_a_file_that_was_taken_out_while_nothing_arrived_goes(world: LocalWorld) -> None:
    slack = world.slack
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(UNKNOWN)
        await scene.press_card("claim", who=ADA)
        ts = await send(scene, "Two files", PICTURE, PAPER)
    slack.events_url = None
    await slack.delete_file(listed(scene, HANDOFF_CHANNEL, ts, PAPER.name))
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await slack.wait_for(lambda: shown(scene.replies(root)) == [(PICTURE.name, PICTURE.content)])
        await scene.settled()

        assert removals(scene) == [(ADA, PAPER.name)]


@every_removal
async def test_a_file_that_is_taken_out_of_a_question_is_not_shown_to_people(scene: Scene, remove: Remove) -> None:
    dm = scene.world.slack.dm_of(MIA)
    root = (await scene.world.slack.dm(MIA, "How do I reset my password?", files=[PICTURE, PAPER])).ts
    await scene.settled()

    await remove(scene, MIA, dm, root, listed(scene, dm, root, PICTURE.name))
    await scene.settled()
    await ask(scene, PERSON, root)

    assert shown(scene.handoff_thread) == [(PAPER.name, PAPER.content)]
    assert removals(scene) == []


async def ticket_of(scene: Scene) -> str:
    def read(tx: Stored) -> str:
        (ticket,) = tx.connection.exec_driver_sql("SELECT * FROM local_tickets").all()
        return str(ticket)

    return await scene.bot.store.run(read)


@every_removal
async def test_the_ticket_says_that_a_file_it_counts_is_gone(scene: Scene, remove: Remove) -> None:
    dm = scene.world.slack.dm_of(MIA)
    root = (await scene.world.slack.dm(MIA, PERSON, files=[PICTURE, PAPER])).ts
    await scene.settled()
    later = await ask(scene, "One more", root, File(name="later.txt", content=b"later"))
    assert "Files in the Slack thread: 2" in await ticket_of(scene)

    await remove(scene, MIA, dm, root, listed(scene, dm, root, PICTURE.name))
    await remove(scene, MIA, dm, later, listed(scene, dm, later, "later.txt"))
    await scene.settled()

    ticket = await ticket_of(scene)
    assert ticket.count("The employee has removed a file from Slack.") == 1
    assert "later.txt" not in ticket
    assert removals(scene) == [(MIA, PICTURE.name), (MIA, "later.txt")]


@pytest.mark.parametrize("by_agent", [True, False], ids=["agent", "employee"])
async def test_a_file_that_is_added_to_a_message_is_carried(claimed: tuple[Scene, str], by_agent: bool) -> None:
    scene, root = claimed
    slack = scene.world.slack
    who, channel = (ADA, HANDOFF_CHANNEL) if by_agent else (MIA, slack.dm_of(MIA))
    ts = await (send(scene, "One file", PICTURE) if by_agent else ask(scene, "One file", root, PICTURE))

    await slack.add_file(who, channel, ts, PAPER)
    await scene.settled()

    others = scene.replies(root) if by_agent else scene.handoff_thread
    assert shown(others) == [(PICTURE.name, PICTURE.content), (PAPER.name, PAPER.content)]
    await slack.delete(who, channel, ts)
    await scene.settled()
    assert shown(scene.replies(root) if by_agent else scene.handoff_thread) == []


@pytest.mark.parametrize("is_open", [True, False])
async def test_a_file_that_is_added_to_a_question_is_there_for_people(scene: Scene, is_open: bool) -> None:
    slack = scene.world.slack
    root = await scene.ask(PERSON if is_open else "How do I reset my password?")

    await slack.add_file(MIA, slack.dm_of(MIA), root, PAPER)
    await scene.settled()
    if not is_open:
        await ask(scene, PERSON, root)

    assert shown(scene.handoff_thread) == [(PAPER.name, PAPER.content)]
    assert "You edited your message" not in scene.texts(root)


async def test_an_older_change_that_arrives_late_brings_no_file_back(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    slack = scene.world.slack
    ts = await send(scene, "Two files", PICTURE, PAPER)
    message = slack.message(HANDOFF_CHANNEL, ts)
    assert message is not None
    older = {**slack.renderer.message(message), "text": "Both files", "edited": {"user": ADA, "ts": f"{ts}1"}}
    await slack.take_file_out(ADA, HANDOFF_CHANNEL, ts, listed(scene, HANDOFF_CHANNEL, ts, PAPER.name))
    await scene.settled()

    change = {"type": "message", "subtype": "message_changed", "channel": HANDOFF_CHANNEL, "channel_type": "channel"}
    await slack.deliver({**change, "ts": f"{ts}2", "message": older, "previous_message": {**older, "text": "x"}})
    await scene.settled()

    assert shown(scene.replies(root)) == [(PICTURE.name, PICTURE.content)]


async def test_a_message_made_a_note_says_nothing_of_its_files(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    ts = await send(scene, "The form", PAPER)

    await scene.world.slack.edit(ADA, HANDOFF_CHANNEL, ts, "note: the form")
    await scene.settled()
    assert shown(scene.replies(root)) == []
    assert removals(scene) == []
    await scene.world.slack.edit(ADA, HANDOFF_CHANNEL, ts, "The form")
    await scene.settled()

    assert shown(scene.replies(root)) == [(PAPER.name, PAPER.content)]


async def test_a_file_of_somebody_else_that_is_deleted_changes_nothing(claimed: tuple[Scene, str]) -> None:
    scene, _ = claimed

    assert (await scene.world.slack.deliver({"type": "file_deleted", "file_id": "F0OTHER", "event_ts": "1.1"})).ok
    assert (await scene.world.slack.deliver({"type": "file_deleted", "file_id": ["F"], "event_ts": "1.1"})).ok
    await scene.settled()

    assert removals(scene) == []
