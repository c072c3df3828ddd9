"""Clicks of people without permission: they change nothing and get a private explanation."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from bot.helpdesk.model.chat import PersonKind
from bot.slack.ids import ACTIONS, ANSWER_FEEDBACK, edition_value
from sandbox.slack import Message
from sandbox.world import ADA, BEN, MIA, TOM
from tests.addresses import thread_at
from tests.english import messages
from tests.whole.scene import CONFIDENT, NOT_AN_AGENT, PERSON, UNKNOWN, Scene, thumb
from tests.whole.shared import SharedScene, has_failed, in_module_loop

ELSEWHERE = "T0ELSEWHERE"
EVERYTHING = "handoffs", "verdicts", "effects", "timeline", "decisions", "conversations"
BUTTONS = sorted(ACTIONS)
IN_THE_DM = [
    "ask_a_colleague",
    "handoff_all_good",
    "handoff_not_solved",
    "handoff_reopen_mine",
    *(f"handoff_score_{score}" for score in range(1, 6)),
    "handoff_solved",
    "handoff_withdraw",
    "home_ask_again",
    "home_close",
    "open_another",
    "talk_to_person",
    "why_not_helpful",
]
ON_THE_CARD = [action for action in BUTTONS if action not in IN_THE_DM]


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A scene with a handoff: the root of Mia's thread, and the ids of the handoff and of the answer before it."""

    scene: Scene
    root: str
    handoff: str
    answer: str

    async def state(self) -> tuple[dict[str, int], str, int]:
        """Returns the number of rows by table, without private notes, and what the handoff channel shows."""
        counts = {table: await self.scene.count(table) for table in EVERYTHING}
        counts["effects"] = await self.scene.count("effects", "kind != 'PrivateNote'")
        return counts, str(self.scene.card.blocks), len(self.scene.handoff_thread)

    async def refused(self, message: Message, action: str, value: str, who: str, **more: str) -> str:
        """Presses, asserts that nothing changed, and returns the private note to the person who pressed."""
        before, known = await self.state(), Counter(self.scene.private_notes(who))
        # The buttons of articles and of gaps carry the edition or the position that was shown.
        shown = edition_value(value, 1) if action.startswith(("article_", "gap_")) else value
        await self.scene.forge(message, action, shown, who=who, **more)
        assert await self.state() == before
        (note,) = (Counter(self.scene.private_notes(who)) - known).elements()
        return note


async def hand_over(scene: Scene) -> HandedOver:
    """Opens a handoff of Mia's."""
    root = await scene.ask(UNKNOWN)
    answer_id = thumb(scene.answer(root), "good").partition(":")[2]
    handoff = await scene.look(lambda tx: tx.handoffs.of_thread(thread_at(scene.card.channel, scene.card.ts)))
    assert handoff is not None
    return HandedOver(scene, root, handoff.id, answer_id)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def handoffs(shared_by_module: SharedScene) -> list[HandedOver]:
    """The handoff that the cases press for in vain, made by the first one. Empty if a case has changed it."""
    return []


@pytest_asyncio.fixture(loop_scope="module")
async def handed_over(
    shared_by_module: SharedScene, handoffs: list[HandedOver], request: pytest.FixtureRequest
) -> AsyncIterator[HandedOver]:
    if not handoffs:
        handoffs.append(await hand_over(await shared_by_module.scene()))
    yield handoffs[0]
    if has_failed(request.node):
        handoffs.clear()
        await shared_by_module.close()


@in_module_loop
@pytest.mark.parametrize("action", BUTTONS)
async def test_a_stranger_presses_in_the_handoff_channel(handed_over: HandedOver, action: str) -> None:
    for value in (handed_over.handoff, handed_over.answer):
        told = await handed_over.refused(handed_over.scene.card, action, value, TOM)

        assert told == (messages.employee.NOT_YOURS if action in IN_THE_DM else NOT_AN_AGENT)


@in_module_loop
@pytest.mark.parametrize("action", [*BUTTONS, ANSWER_FEEDBACK])
async def test_a_stranger_presses_in_somebody_elses_dm(handed_over: HandedOver, action: str) -> None:
    value = f"bad:{handed_over.answer}" if action == ANSWER_FEEDBACK else handed_over.answer

    told = await handed_over.refused(handed_over.scene.answer(handed_over.root), action, value, TOM)

    assert told in (messages.employee.NOT_YOURS, messages.anyone.GONE)


@in_module_loop
@pytest.mark.parametrize("action", BUTTONS)
async def test_somebody_of_another_company_presses(handed_over: HandedOver, action: str) -> None:
    # Each is told once a day.
    who = f"U0EVE{BUTTONS.index(action):04}"
    handed_over.scene.world.slack.add_user(who, "Eve", team_id=ELSEWHERE)

    told = await handed_over.refused(handed_over.scene.card, action, handed_over.handoff, who, team=ELSEWHERE)

    assert told == messages.anyone.refused(PersonKind.OTHER_COMPANY)


@in_module_loop
async def test_the_id_of_an_agent_is_no_claim_for_somebody_of_another_workspace(handed_over: HandedOver) -> None:
    card = handed_over.scene.card

    told = await handed_over.refused(card, "handoff_claim", handed_over.handoff, ADA, team=ELSEWHERE)

    assert told == messages.anyone.refused(PersonKind.OTHER_COMPANY)


@in_module_loop
@pytest.mark.parametrize("action", ON_THE_CARD)
async def test_an_employee_cannot_do_from_the_dm_what_agents_do(handed_over: HandedOver, action: str) -> None:
    answer = handed_over.scene.answer(handed_over.root)

    assert await handed_over.refused(answer, action, handed_over.handoff, MIA) == messages.anyone.GONE


@in_module_loop
@pytest.mark.parametrize("action", ON_THE_CARD)
async def test_an_agent_of_another_channel_has_no_say_in_this_one(handed_over: HandedOver, action: str) -> None:
    slack = handed_over.scene.world.slack
    slack.add_channel("C0OTHER", "other-desk", members=[TOM, slack.bot_user_id])
    elsewhere = await slack.say(TOM, "C0OTHER", "Hello")
    message = slack.message("C0OTHER", elsewhere.ts)
    assert message is not None

    assert await handed_over.refused(message, action, handed_over.handoff, TOM) == messages.anyone.GONE


@in_module_loop
@pytest.mark.parametrize("action", BUTTONS)
async def test_a_button_of_something_forgotten_explains_itself(handed_over: HandedOver, action: str) -> None:
    card = handed_over.scene.card

    assert await handed_over.refused(card, action, "hof_forgotten", ADA) == messages.anyone.GONE


async def test_what_a_bot_presses_is_not_even_kept(scene: Scene) -> None:
    handoff_id = (await hand_over(scene)).handoff
    before = await scene.count("events")

    for bot in (scene.world.slack.bot_user_id, "USLACKBOT"):
        await scene.forge(scene.card, "handoff_claim", handoff_id, who=bot)

    assert await scene.count("events") == before


@pytest.mark.parametrize("text", ["ask: How do I reset my password?", "Hello Mia"])
async def test_somebody_of_another_company_writes_below_a_card(scene: Scene, text: str) -> None:
    root = (await hand_over(scene)).root
    await scene.press_card("claim")
    slack, before = scene.world.slack, scene.texts(root)
    slack.add_user("U0EVE0000", "Eve", team_id=ELSEWHERE)
    channel = slack.workspace.channels[scene.card.channel]
    channel.members.append("U0EVE0000")
    channel.is_ext_shared = True

    await scene.write_in_thread(text, who="U0EVE0000")

    assert scene.texts(root) == before
    assert len(scene.world.uppzy.asked) == 1


async def test_somebody_of_another_company_marks_a_message_below_a_card(scene: Scene) -> None:
    await hand_over(scene)
    slack = scene.world.slack
    slack.add_user("U0EVE0000", "Eve", team_id=ELSEWHERE)
    channel = slack.workspace.channels[scene.card.channel]
    channel.members.append("U0EVE0000")
    channel.is_ext_shared = True

    await slack.react("U0EVE0000", channel.id, scene.card.ts, "brain")
    await scene.settled()

    assert await scene.count("articles") == 0
    assert scene.private_notes("U0EVE0000") == []


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
    assert (on_card.text, on_card.thread_ts) == (
        f"Too late: <@{ADA}> has already claimed this. Press *Join* to reply too.",
        None,
    )
    assert ("has already sent this" in below.text, below.thread_ts) == (True, scene.card.ts)


async def test_what_comes_of_a_form_is_told_in_the_channel(scene: Scene) -> None:
    await scene.ask(UNKNOWN)
    first, second = [await scene.open_form("resolve", who=who) for who in (ADA, BEN)]
    await scene.send_form(first)
    scene.world.slack.faults.refused("views.open", error="expired_trigger_id")

    await scene.send_form(second)
    await scene.press_card("reveal", who=BEN)

    told = [(one.text, one.thread_ts) for one in scene.world.slack.ephemerals if one.user == BEN]
    linked = f"<{scene.link(scene.card.channel, scene.card.ts)}|*HD-1*>"
    assert told == [
        (f"<@{ADA}> has already resolved {linked}. Press *Reopen* if there's more to do.", None),
        (messages.anyone.FORM_TOO_LATE, None),
    ]


def carried(message: Message, action: str) -> str:
    """Returns the value of a button of the message."""
    elements = [element for block in message.blocks for element in block.get("elements", ())]
    return next(str(element["value"]) for element in elements if element.get("action_id") == action)
