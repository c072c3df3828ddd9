"""Hidden questions: what agents, the ticket and lookups show of a sensitive matter that has no channel of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cli.find_report import found_as_json, found_as_tree
from bot.helpdesk.model.chat import Identifier
from bot.helpdesk.model.history import TimelineEvent
from sandbox.slack import File
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL, MIA, LocalWorld
from storage.queries.home import StoredRecords
from storage.repositories import Transaction
from tests.english import messages
from tests.policies import policy_at_once, with_own_channels
from tests.whole.scene import CONFIDENT, PERSON, UNKNOWN, Scene
from tests.whole.shared import in_module_loop, in_own_loop
from tests.whole.test_shared_channels import SECOND_LOOK, Ahead

TRUST = "I want to report harassment by my manager Rudolf"
PAY = "There is a mistake of Rudolf in my payslip"
LATER = "It was Rudolf again, in the lift"
OWN = "C0TRUST"
# A word of the employee in all of them.
WORD = "Rudolf"

pytestmark = in_module_loop


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    """The scene of a bot that the tests of this module share, but for those with a world of their own."""
    return shared_scene


def _in_channel(scene: Scene, channel: str = HANDOFF_CHANNEL) -> str:
    """Returns everything that stands in a handoff channel and in its threads, with the names of files."""
    slack = scene.world.slack
    roots = slack.messages(channel)
    shown = [*roots, *(reply for root in roots for reply in scene.world.thread(channel, root.ts))]
    return "\n".join(f"{one.text} {one.blocks} {[file.name for file in one.files]}" for one in shown)


async def _at_ticket_system(scene: Scene) -> str:
    """Returns everything that was sent to the ticket system, and everything that is decided to be."""

    def read(tx: Transaction) -> str:
        tickets = tx.connection.exec_driver_sql("SELECT subject, body, notes FROM local_tickets")
        kinds = "'CreateTicket', 'AmendTicket', 'SetTicketStatus', 'CopyNote', 'WriteContactNote'"
        effects = tx.connection.exec_driver_sql(f"SELECT body FROM effects WHERE kind IN ({kinds})")
        return "\n".join(str(tuple(row)) for row in (*tickets, *effects))

    return await scene.bot.store.read(read)


async def _revealed(scene: Scene, *, who: str = ADA) -> str:
    return str((await scene.open_form("reveal", who=who)).blocks)


@pytest.mark.parametrize("text", [TRUST, PAY])
async def test_the_question_stands_neither_in_the_channel_nor_on_the_ticket(scene: Scene, text: str) -> None:
    await scene.ask(text)

    shown = _in_channel(scene)
    assert messages.agents.HIDDEN_QUESTION in str(scene.card.blocks)
    assert messages.agents.HIDDEN_QUESTION in scene.card.text
    assert WORD not in shown
    assert "AI draft" not in shown
    assert "handoff_send_draft" not in shown
    assert "assistant's answer" not in shown
    ticket = await _at_ticket_system(scene)
    assert WORD not in ticket
    assert "assistant's answer" not in ticket
    assert "Confidential request" in ticket


async def test_card_and_ticket_name_the_topic_without_the_words_that_touch_it(scene: Scene) -> None:
    await scene.ask(f"Let me talk to a human. {PAY}")

    reasons = "The employee asked for a person.", "The message touches a sensitive topic: payroll."
    assert (await scene.handoff()).grounds.reasons[:2] == reasons
    assert all(reason in str(scene.card.blocks) for reason in reasons)
    ticket = await _at_ticket_system(scene)
    assert all(reason in ticket for reason in reasons)
    assert "payslip" not in _in_channel(scene) + ticket
    assert await scene.count("decisions", "reasons LIKE '%payslip%'") == 0


async def test_reveal_opens_it_for_the_one_who_presses_and_records_who(scene: Scene) -> None:
    await scene.ask(TRUST)

    assert TRUST in await _revealed(scene, who=BEN)

    assert {view.user for view in scene.world.slack.views.values()} == {BEN}
    assert WORD not in _in_channel(scene) + str(scene.world.slack.ephemerals)
    assert f"Last revealed to <@{BEN}>" in str(scene.card.blocks)
    handoff = await scene.handoff()
    timeline = await scene.look(lambda tx: tx.timeline.of_handoff(handoff.id))
    assert [entry.person for entry in timeline if entry.event is TimelineEvent.REVEALED] == [BEN]


async def test_messages_of_the_employee_are_revealed_with_it(scene: Scene) -> None:
    root = await scene.ask(TRUST)
    await scene.press_card("claim")

    later = await scene.ask(LATER, thread=root)
    await scene.world.slack.edit(MIA, scene.world.slack.dm_of(MIA), later, f"{LATER}, twice")
    await scene.settled()

    (copy,) = [one for one in scene.handoff_thread if MIA in one.text]
    assert messages.agents.HIDDEN_MESSAGE in copy.text
    assert "(edited)" in str(copy.blocks)
    assert WORD not in _in_channel(scene)
    revealed = await _revealed(scene)
    assert TRUST in revealed
    assert f"{LATER}, twice" in revealed


async def test_what_agents_write_reaches_the_employee_as_ever(scene: Scene) -> None:
    root = await scene.ask(TRUST)
    await scene.press_card("claim")

    await scene.write_in_thread("Shall we talk today?")

    assert "Shall we talk today?" in scene.texts(root)


async def test_a_changed_question_is_only_announced(scene: Scene) -> None:
    root = await scene.ask(TRUST)

    await scene.world.slack.edit(MIA, scene.world.slack.dm_of(MIA), root, f"{TRUST}, since May")
    await scene.settled()

    assert "The employee has changed the question." in _in_channel(scene)
    assert WORD not in _in_channel(scene) + await _at_ticket_system(scene)
    assert "since May" in await _revealed(scene)


async def test_files_are_named_by_reveal_alone(scene: Scene) -> None:
    root = await scene.ask(TRUST)

    await scene.world.slack.dm(MIA, "", root, files=(File(name="rudolf-at-the-lift.png", content=b"x"),))
    await scene.settled()

    assert "sent a file. It stays out of this thread because the question is hidden" in _in_channel(scene)
    assert "rudolf-at" not in _in_channel(scene) + await _at_ticket_system(scene)
    assert messages.employee.FILES_KEPT_OUT in scene.texts(root)
    assert "rudolf-at-the-lift.png" in await _revealed(scene)


async def test_files_of_the_question_stay_out_of_channel_and_ticket(scene: Scene) -> None:
    await scene.world.slack.dm(MIA, TRUST, files=(File(name="rudolf.png", content=b"x"),))
    await scene.settled()

    assert "rudolf" not in (_in_channel(scene) + await _at_ticket_system(scene)).lower()


async def test_a_matter_that_comes_up_later_hides_the_handoff_from_then_on(scene: Scene) -> None:
    root = await scene.ask(PERSON)
    assert PERSON in str(scene.card.blocks)

    await scene.ask(TRUST, thread=root)
    await scene.ask(LATER, thread=root)

    assert WORD not in _in_channel(scene) + await _at_ticket_system(scene)
    assert messages.agents.HIDDEN_QUESTION in str(scene.card.blocks)
    assert "harassment" in str(scene.card.blocks)
    assert "harassment" in await _at_ticket_system(scene)
    assert scene.texts(root).count("call your local emergency number") == 1
    revealed = await _revealed(scene)
    assert all(text in revealed for text in (PERSON, TRUST, LATER))


@in_own_loop
async def test_a_matter_that_comes_up_later_is_as_urgent_as_its_rule_says(world: LocalWorld, tmp_path: Path) -> None:
    targets = "[handoff.minutes_to_reply]\nurgent = 15\nhigh = 60\n"
    _policy(tmp_path / "policy.toml", world, f"{policy_at_once()}\n{targets}")
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(PERSON)
        assert "*Priority*: High" in str(scene.card.blocks)
        due = (await scene.handoff()).answer_by

        await scene.ask(TRUST, thread=root)

        handoff = await scene.handoff()
        assert "*Priority*: Urgent" in str(scene.card.blocks)
        assert due is not None
        assert handoff.answer_by is not None
        assert handoff.answer_by < due


async def test_a_message_that_becomes_sensitive_is_hidden_with_the_edit(scene: Scene) -> None:
    root = await scene.ask(UNKNOWN)
    later = await scene.ask("One more thing", thread=root)

    await scene.world.slack.edit(MIA, scene.world.slack.dm_of(MIA), later, TRUST)
    await scene.settled()

    assert WORD not in _in_channel(scene)
    assert TRUST in await _revealed(scene)


async def test_an_answered_question_that_becomes_sensitive_is_hidden_with_the_edit(scene: Scene) -> None:
    root = await scene.ask(UNKNOWN)

    await scene.world.slack.edit(MIA, scene.world.slack.dm_of(MIA), root, TRUST)
    await scene.settled()

    assert WORD not in _in_channel(scene)
    assert UNKNOWN not in str(scene.card.blocks)
    assert TRUST in await _revealed(scene)


async def test_a_reason_for_a_verdict_that_is_sensitive_is_revealed_alone(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)
    await scene.rate(root, "bad")
    await scene.press(scene.answer(root), "why_not_helpful")
    form = next(view for view in scene.world.slack.views.values() if view.is_open)

    await scene.send_form(form, reason_text=TRUST)

    assert "gave a reason for “not helpful”" in _in_channel(scene)
    assert WORD not in _in_channel(scene)
    assert TRUST in await _revealed(scene)


async def test_the_resolution_is_for_the_employee_alone(scene: Scene) -> None:
    root = await scene.ask(TRUST)
    await scene.press_card("claim")

    await scene.resolve("Rudolf has been spoken to", reference_tick=["reference_tick"])

    assert "Rudolf has been spoken to" in scene.texts(root)
    assert WORD not in _in_channel(scene) + await _at_ticket_system(scene)
    assert "Resolved in Slack: solved." in await _at_ticket_system(scene)
    assert await scene.count("articles", "question = '' AND answer = ''") == 1


async def test_a_question_that_comes_back_stays_hidden(scene: Scene) -> None:
    root = await scene.ask(TRUST)
    await scene.resolve()

    await scene.ask(f"But {LATER}", thread=root)

    assert "Unclaimed" in str(scene.card.blocks)
    assert WORD not in _in_channel(scene) + await _at_ticket_system(scene)
    assert LATER in await _revealed(scene)


@in_own_loop
async def test_what_was_written_in_it_stays_hidden_after_a_hand_back(world: LocalWorld, tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(policy_at_once().replace("show_answer = false", "show_answer = true"), encoding="utf-8")
    world.settings = world.settings.model_copy(update={"policy_file": path})
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(TRUST)
        await scene.press_card("claim")
        await scene.write_in_thread("I am reading it.")
        await scene.ask(f"{UNKNOWN}. {LATER}", thread=root)

        await scene.press_card("hand_back")

        assert len(world.cards) == 2
        assert WORD not in _in_channel(scene) + await _at_ticket_system(scene)


async def test_a_deleted_card_is_posted_anew_without_it(scene: Scene) -> None:
    root = await scene.ask(f"{TRUST} {'and so on ' * 300}")
    await scene.ask(LATER, thread=root)

    await scene.world.slack.delete_for_all(HANDOFF_CHANNEL, scene.card.ts)
    await scene.settled()

    assert WORD not in _in_channel(scene)


async def test_show_all_and_show_ids_and_the_queue_do_not_show_it(scene: Scene) -> None:
    slack = scene.world.slack
    await scene.ask(TRUST)
    await scene.resolve("It is settled")

    shown = [str((await scene.open_form("show_all")).blocks)] if "show_all" in str(scene.card.blocks) else []
    await slack.use_shortcut(ADA, HANDOFF_CHANNEL, scene.card.ts, "show_ids")
    await slack.open_home(ADA, "home")
    await scene.settled()

    shown += [str(slack.ephemerals), str(slack.workspace.homes[ADA].blocks), _in_channel(scene)]
    assert "Handoff HD-1" in "".join(shown)
    assert WORD not in "".join(shown)


async def test_the_employee_sees_their_own_words_on_their_home(scene: Scene) -> None:
    await scene.ask(TRUST)

    await scene.world.slack.open_home(MIA, "home")
    await scene.settled()

    assert TRUST in str(scene.world.slack.workspace.homes[MIA].blocks)


async def test_find_never_shows_it(scene: Scene) -> None:
    await scene.ask(TRUST)
    await scene.resolve("Rudolf has been spoken to")
    found = await StoredRecords(scene.bot.store).find(Identifier(text="HD-1", id="HD-1"))
    assert found is not None

    shown = found_as_json(found, with_text=True) + str(list(_lines(found_as_tree(found, with_text=True))))

    assert "hidden" in shown
    assert WORD not in shown


def _lines(branch: object) -> list[str]:
    return [
        str(getattr(branch, "label", "")),
        *(line for child in getattr(branch, "children", ()) for line in _lines(child)),
    ]


async def test_the_assistant_can_be_asked_by_an_agent_all_the_same(scene: Scene) -> None:
    await scene.ask(TRUST)

    await scene.write_in_thread(f"ask: {CONFIDENT}")

    assert "AI draft" in _in_channel(scene)


async def test_the_logs_say_nothing_of_it(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    await scene.ask(TRUST)
    await _revealed(scene)

    assert WORD not in caplog.text + str([record.__dict__ for record in caplog.records])


async def test_an_ordinary_question_is_shown_as_ever(scene: Scene) -> None:
    await scene.ask(UNKNOWN)

    assert UNKNOWN in str(scene.card.blocks)
    assert UNKNOWN in await _at_ticket_system(scene)


# Policies of their own.


def _policy(path: Path, world: LocalWorld, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    world.settings = world.settings.model_copy(update={"policy_file": path})


@pytest.fixture
def clock(world: LocalWorld) -> Ahead:
    clock = Ahead()
    world.outside = replace(world.outside, clock=clock)
    return clock


@pytest.fixture
async def own_channel(world: LocalWorld, clock: Ahead, tmp_path: Path) -> AsyncIterator[Scene]:
    """A scene whose sensitive matters have a channel of their own."""
    world.slack.add_channel(OWN, "trust", members=[ADA, BEN, world.slack.bot_user_id])
    _policy(tmp_path / "policy.toml", world, with_own_channels(OWN))
    async with world.bot() as bot:
        yield Scene(world, bot)


@in_own_loop
async def test_in_a_channel_of_its_own_the_question_is_shown(own_channel: Scene) -> None:
    root = await own_channel.ask(TRUST)
    await own_channel.ask(LATER, thread=root)

    shown = _in_channel(own_channel, OWN)
    assert TRUST in shown
    assert LATER in shown
    assert "harassment (“" in shown
    assert "AI draft" in shown
    assert TRUST in await _at_ticket_system(own_channel)


@in_own_loop
async def test_a_matter_that_comes_up_in_the_common_channel_is_hidden_although_it_has_its_own(
    own_channel: Scene,
) -> None:
    root = await own_channel.ask(PERSON)

    await own_channel.ask(TRUST, thread=root)

    assert WORD not in _in_channel(own_channel)


@in_own_loop
async def test_in_the_channel_of_another_matter_it_is_hidden(world: LocalWorld, tmp_path: Path) -> None:
    world.slack.add_channel(OWN, "security", members=[ADA, BEN, world.slack.bot_user_id])
    text = policy_at_once()
    security = 'name = "security incident"'
    assert security in text
    _policy(tmp_path / "policy.toml", world, text.replace(security, f'{security}\nchannel = "{OWN}"'))
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.ask(f"I clicked a phishing link. {TRUST}")

        assert messages.agents.HIDDEN_QUESTION in _in_channel(scene, OWN)
        assert WORD not in _in_channel(scene, OWN)


@in_own_loop
async def test_a_handoff_that_leaves_its_own_channel_is_hidden(own_channel: Scene, clock: Ahead) -> None:
    scene = own_channel
    root = await scene.ask(TRUST)
    scene.world.slack.workspace.channels[OWN].is_ext_shared = True
    clock.seconds += SECOND_LOOK

    await scene.ask(LATER, thread=root)
    await scene.ask("I have more", thread=root)

    assert messages.agents.HIDDEN_QUESTION in str(scene.card.blocks)
    assert len(scene.handoff_thread) == 2
    assert WORD not in _in_channel(scene)
    assert "harassment." in str(scene.card.blocks)


@in_own_loop
async def test_the_handoff_channel_is_no_rules_own(world: LocalWorld, tmp_path: Path) -> None:
    _policy(tmp_path / "policy.toml", world, with_own_channels(HANDOFF_CHANNEL))
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.ask(TRUST)

        assert WORD not in _in_channel(scene)


@in_own_loop
async def test_a_policy_that_does_not_ask_for_it_hides_nothing(world: LocalWorld, tmp_path: Path) -> None:
    _policy(tmp_path / "policy.toml", world, policy_at_once().replace("hide_question = true\n", ""))
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.ask(TRUST)

        assert TRUST in str(scene.card.blocks)
        assert "AI draft" in _in_channel(scene)


@in_own_loop
async def test_it_stays_hidden_when_the_policy_no_longer_asks_for_it(world: LocalWorld, tmp_path: Path) -> None:
    async with world.bot() as bot:
        root = await Scene(world, bot).ask(TRUST)
    _policy(tmp_path / "policy.toml", world, policy_at_once().replace("hide_question = true\n", ""))
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.ask(LATER, thread=root)

        assert WORD not in _in_channel(scene)


@in_own_loop
async def test_notes_of_agents_are_not_copied_to_the_ticket(world: LocalWorld, tmp_path: Path) -> None:
    _policy(tmp_path / "policy.toml", world, policy_at_once() + "\n[tickets]\ncopy_notes = true\n")
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.ask(TRUST)
        await scene.write_in_thread("note: Rudolf is away")

        assert WORD not in await _at_ticket_system(scene)
