"""Clicks of people without permission: they change nothing and get a private explanation."""

from __future__ import annotations

import pytest

from bot.helpdesk import messages
from bot.slack.ids import ACTIONS, ANSWER_FEEDBACK
from sandbox.slack import Message
from sandbox.world import ADA, BEN, MIA, TOM
from tests.addresses import thread_at
from tests.whole.scene import CONFIDENT, PERSON, UNKNOWN, Scene, thumb

ELSEWHERE = "T0ELSEWHERE"
EVERYTHING = "handoffs", "verdicts", "effects", "timeline", "decisions", "conversations"
BUTTONS = sorted(ACTIONS)
IN_THE_DM = [
    "handoff_all_good",
    "handoff_not_solved",
    "handoff_reopen_mine",
    "handoff_solved",
    "handoff_withdraw",
    "talk_to_person",
    "why_not_helpful",
]
ON_THE_CARD = [action for action in BUTTONS if action not in IN_THE_DM]


async def _state(scene: Scene) -> dict[str, int]:
    """Returns the number of rows by table, without private notes."""
    counts = {table: await scene.count(table) for table in EVERYTHING}
    counts["effects"] = await scene.count("effects", "kind != 'PrivateNote'")
    return counts


async def _handed_over(scene: Scene) -> tuple[str, str, str]:
    """Opens a handoff; returns the root of the DM thread, the handoff's id and the answer's id."""
    root = await scene.ask(UNKNOWN)
    answer_id = thumb(scene.answer(root), "good").partition(":")[2]
    handoff = await scene.look(lambda tx: tx.handoffs.of_thread(thread_at(scene.card.channel, scene.card.ts)))
    assert handoff is not None
    return root, handoff.id, answer_id


async def _refused(scene: Scene, message: Message, action: str, value: str, who: str, **more: str) -> str:
    """Presses, asserts that nothing changed, and returns the private note to the person who pressed."""
    before, seen = await _state(scene), (str(scene.card.blocks), len(scene.handoff_thread))
    await scene.forge(message, action, value, who=who, **more)
    assert await _state(scene) == before
    assert (str(scene.card.blocks), len(scene.handoff_thread)) == seen
    return scene.private_notes(who)[-1]


@pytest.mark.parametrize("action", BUTTONS)
async def test_a_stranger_presses_in_the_handoff_channel(scene: Scene, action: str) -> None:
    _, handoff_id, answer_id = await _handed_over(scene)

    for value in (handoff_id, answer_id):
        told = await _refused(scene, scene.card, action, value, TOM)

        assert told == (messages.employee.NOT_YOURS if action in IN_THE_DM else messages.agents.NOT_AN_AGENT)


@pytest.mark.parametrize("action", [*BUTTONS, ANSWER_FEEDBACK])
async def test_a_stranger_presses_in_somebody_elses_dm(scene: Scene, action: str) -> None:
    root, _, answer_id = await _handed_over(scene)
    value = f"bad:{answer_id}" if action == ANSWER_FEEDBACK else answer_id

    told = await _refused(scene, scene.answer(root), action, value, TOM)

    assert told in (messages.employee.NOT_YOURS, messages.anyone.GONE)


@pytest.mark.parametrize("action", BUTTONS)
async def test_somebody_of_another_company_presses(scene: Scene, action: str) -> None:
    _, handoff_id, _ = await _handed_over(scene)

    assert await _refused(scene, scene.card, action, handoff_id, ADA, team=ELSEWHERE) == messages.anyone.EXTERNAL


@pytest.mark.parametrize("action", ON_THE_CARD)
async def test_an_employee_cannot_do_from_the_dm_what_agents_do(scene: Scene, action: str) -> None:
    root, handoff_id, _ = await _handed_over(scene)

    told = await _refused(scene, scene.answer(root), action, handoff_id, MIA)

    assert told == messages.anyone.GONE


@pytest.mark.parametrize("action", ON_THE_CARD)
async def test_an_agent_of_another_channel_has_no_say_in_this_one(scene: Scene, action: str) -> None:
    _, handoff_id, _ = await _handed_over(scene)
    scene.world.slack.add_channel("C0OTHER", "other-desk", members=[TOM, scene.world.slack.bot_user_id])
    elsewhere = await scene.world.slack.say(TOM, "C0OTHER", "Hello")
    message = scene.world.slack.messages("C0OTHER")[0]
    assert elsewhere.ts == message.ts

    assert await _refused(scene, message, action, handoff_id, TOM) == messages.anyone.GONE


@pytest.mark.parametrize("action", BUTTONS)
async def test_a_button_of_something_forgotten_explains_itself(scene: Scene, action: str) -> None:
    await _handed_over(scene)

    assert await _refused(scene, scene.card, action, "hof_forgotten", ADA) == messages.anyone.GONE


async def test_what_a_bot_presses_is_not_even_kept(scene: Scene) -> None:
    _, handoff_id, _ = await _handed_over(scene)
    before = await scene.count("events")

    for bot in (scene.world.slack.bot_user_id, "USLACKBOT"):
        await scene.forge(scene.card, "handoff_claim", handoff_id, who=bot)

    assert await scene.count("events") == before


@pytest.mark.parametrize("text", ["ask: How do I reset my password?", "Hello Mia"])
async def test_somebody_of_another_company_writes_below_a_card(scene: Scene, text: str) -> None:
    root, _, _ = await _handed_over(scene)
    await scene.press_card("claim")
    slack, before = scene.world.slack, scene.texts(root)
    slack.add_user("U0EVE0000", "Eve", team_id=ELSEWHERE)
    channel = slack.workspace.channels[scene.card.channel]
    channel.members.append("U0EVE0000")
    channel.is_ext_shared = True

    await scene.write_in_thread(text, who="U0EVE0000")

    assert scene.texts(root) == before
    assert len(scene.world.uppzy.asked) == 1


async def test_a_form_sent_by_somebody_else_changes_nothing(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)
    await scene.rate(root, "bad")
    await scene.press(scene.answer(root), "why_not_helpful")
    (view,) = scene.world.slack.views.values()
    view.user = TOM

    await scene.world.slack.submit_view(TOM, view.id, {"reason_text": "Mia writes the strangest things"})
    await scene.settled()

    assert await scene.count("verdicts", "reason IS NOT NULL") == 0
    assert scene.private_notes(TOM)[-1] == messages.employee.NOT_YOURS


# Place of the private note. Slack shows one in a thread only to a person who has that thread open.


async def test_who_presses_on_the_card_is_told_in_the_channel_and_who_presses_below_it_in_the_thread(
    scene: Scene,
) -> None:
    await scene.ask(PERSON)
    await scene.press_card("claim", who=ADA)
    slack, (draft,) = scene.world.slack, scene.handoff_thread[:1]
    await scene.press(draft, "handoff_send_draft", who=ADA)

    await scene.forge(scene.card, "handoff_claim", carried(scene.card, "handoff_join"), who=BEN)
    await scene.forge(draft, "handoff_send_draft", carried(draft, "handoff_helpful"), who=BEN)

    on_card, below = [one for one in slack.ephemerals if one.user == BEN]
    assert (on_card.text, on_card.thread_ts) == (f"Too late: <@{ADA}> has claimed this already.", None)
    assert (below.text[:9], below.thread_ts) == ("Too late:", scene.card.ts)


async def test_what_comes_of_a_form_is_told_in_the_channel(scene: Scene) -> None:
    await scene.ask(UNKNOWN)
    first, second = [await scene.open_form("resolve", who=who) for who in (ADA, BEN)]
    await scene.send_form(first)
    scene.world.slack.faults.refused("views.open", error="expired_trigger_id")

    await scene.send_form(second)
    await scene.press_card("reveal", who=BEN)

    told = [(one.text, one.thread_ts) for one in scene.world.slack.ephemerals if one.user == BEN]
    assert told == [
        ("Too late: <@U0ADA0000> has resolved *HD-1* already.", None),
        (messages.anyone.FORM_TOO_LATE, None),
    ]


def carried(message: Message, action: str) -> str:
    """Returns the value of a button of the message."""
    elements = [element for block in message.blocks for element in block.get("elements", ())]
    return next(str(element["value"]) for element in elements if element.get("action_id") == action)
