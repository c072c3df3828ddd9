"""Questions to the employee before a handoff opens: do they want a colleague, and do they want another one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.helpdesk.escalation import HandoffMode
from sandbox.slack import Message
from sandbox.world import MIA, TOM, LocalWorld
from tests.english import messages
from tests.policies import shipped_policy, with_handoff_rules
from tests.whole.scene import CONFIDENT, PERSON, UNKNOWN, Clock, Scene

_DAY = 24 * 3600.0
_HARASSED = "My boss touches me and I don't know what to do"


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text(shipped_policy(), encoding="utf-8")
    return path


@pytest.fixture
async def limited(world: LocalWorld, clock: Clock, tmp_path: Path) -> AsyncIterator[tuple[Scene, Clock]]:
    """A bot whose handoffs open at once, two in a day, and its clock."""
    path = tmp_path / "limited.toml"
    text = with_handoff_rules("").replace("most_open_per_day = 0", "most_open_per_day = 2")
    path.write_text(text, encoding="utf-8")
    world.settings = world.settings.model_copy(update={"policy_file": path})
    world.outside = replace(world.outside, clock=clock)
    async with world.bot() as bot:
        yield Scene(world, bot), clock


def offers(scene: Scene, root: str) -> list[Message]:
    return [reply for reply in scene.replies(root) if "ask_a_colleague" in str(reply.blocks)]


def asked_about_another(scene: Scene, root: str) -> list[Message]:
    return [reply for reply in scene.replies(root) if "open_another" in str(reply.blocks)]


async def test_an_unsure_answer_is_followed_by_an_offer(scene: Scene) -> None:
    root = await scene.ask(UNKNOWN)

    answer, offer = scene.replies(root)
    assert answer == scene.answer(root)
    assert offers(scene, root) == [offer]
    assert offer.text == messages.employee.OFFER_AFTER_UNSURE_ANSWER
    assert not scene.world.cards
    assert await scene.count("handoffs") == await scene.count("local_tickets") == 0


async def test_the_accepted_offer_opens_the_handoff_with_its_reason_and_ticket(scene: Scene) -> None:
    root = await scene.ask(UNKNOWN)
    await scene.press(offers(scene, root)[0], "ask_a_colleague")

    assert not offers(scene, root)
    assert "You said: *ask a colleague*." in scene.texts(root)
    assert "confidence was low" in str(scene.card.blocks)
    assert UNKNOWN in str(scene.card.blocks)
    assert "HD-1" in scene.texts(root)


async def test_an_offer_accepted_twice_opens_one_handoff(scene: Scene) -> None:
    root = await scene.ask(UNKNOWN)
    (offer,) = offers(scene, root)
    stale = replace(offer)
    await scene.press(offer, "ask_a_colleague")
    await scene.forge(stale, "ask_a_colleague", _value(stale, "ask_a_colleague"), who=MIA)

    assert len(scene.world.cards) == 1


@pytest.mark.both_engines
@pytest.mark.parametrize("wish", ["words", "button", "verdict"])
async def test_an_offer_cannot_be_pressed_once_a_handoff_has_opened_another_way(scene: Scene, wish: str) -> None:
    root = await scene.ask(UNKNOWN)
    (offer,) = offers(scene, root)

    if wish == "words":
        await scene.ask(PERSON, thread=root)
    elif wish == "button":
        await scene.press(scene.answer(root), "talk_to_person")
    else:
        await scene.rate(root, "bad")

    assert len(scene.world.cards) == 1
    assert offers(scene, root) == []
    assert offer.text == messages.employee.OFFER_AFTER_UNSURE_ANSWER


async def test_an_accepted_offer_says_so_after_a_later_handoff_as_well(scene: Scene) -> None:
    root = await scene.ask(UNKNOWN)
    await scene.press(offers(scene, root)[0], "ask_a_colleague")
    await scene.press_card("hand_back")
    await scene.ask(PERSON, thread=root)

    assert len(scene.world.cards) == 2
    assert "You said: *ask a colleague*." in scene.texts(root)


async def test_the_question_about_another_cannot_be_pressed_once_it_has_opened_in_another_way(
    limited: tuple[Scene, Clock],
) -> None:
    scene, _ = limited
    await scene.ask(PERSON)
    await scene.ask(PERSON)
    root = await scene.ask(PERSON)
    assert len(asked_about_another(scene, root)) == 1

    await scene.ask(_HARASSED, thread=root)

    assert len(scene.world.cards) == 3
    assert asked_about_another(scene, root) == []


async def test_somebody_else_cannot_accept_the_offer(scene: Scene) -> None:
    root = await scene.ask(UNKNOWN)
    (offer,) = offers(scene, root)
    await scene.forge(offer, "ask_a_colleague", _value(offer, "ask_a_colleague"), who=TOM)

    assert not scene.world.cards


async def test_a_wish_for_a_person_is_not_answered_with_an_offer(scene: Scene) -> None:
    root = await scene.ask(PERSON)

    assert len(scene.world.cards) == 1
    assert not offers(scene, root)


async def test_a_handoff_that_is_open_takes_the_reason_without_an_offer(scene: Scene) -> None:
    scene.world.uppzy.hold()
    root = (await scene.world.slack.dm(MIA, f"{PERSON}. {UNKNOWN}")).ts
    await scene.world.slack.wait_for(lambda: scene.world.cards)
    scene.world.uppzy.release()
    await scene.settled()

    assert not offers(scene, root)
    assert len(scene.world.cards) == 1


async def test_the_person_button_needs_no_offer_even_where_its_rule_offers(world: LocalWorld, tmp_path: Path) -> None:
    path = tmp_path / "offers.toml"
    condition = 'condition = "phrase"'
    text = shipped_policy().replace(condition, f'{condition}\nhandoff = "offer"')
    path.write_text(text.replace("show_answer = false\n", "", 1), encoding="utf-8")
    world.settings = world.settings.model_copy(update={"policy_file": path})
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(PERSON)
        assert len(offers(scene, root)) == 1
        assert not world.cards

        root = await scene.ask(CONFIDENT)
        await scene.press(scene.answer(root), "talk_to_person")
        assert len(world.cards) == 1


async def test_one_more_open_handoff_than_the_limit_is_asked_about(limited: tuple[Scene, Clock]) -> None:
    scene, _ = limited
    await scene.ask(PERSON)
    await scene.ask(PERSON)
    root = await scene.ask(PERSON)

    (asked,) = asked_about_another(scene, root)
    assert "*HD-1, HD-2*" in asked.text
    assert len(scene.world.cards) == 2

    await scene.press(asked, "open_another")
    assert not asked_about_another(scene, root)
    assert "*HD-1, HD-2*. Open another?\nYou said: *open another*." in scene.texts(root)
    assert len(scene.world.cards) == 3
    assert "HD-3" in scene.texts(root)


async def test_what_the_assistant_answered_meanwhile_is_a_draft_in_the_other_handoff(
    limited: tuple[Scene, Clock],
) -> None:
    scene, _ = limited
    await scene.ask(PERSON)
    await scene.ask(PERSON)
    root = await scene.ask(f"{PERSON}. {CONFIDENT}")
    await scene.press(asked_about_another(scene, root)[0], "open_another")

    newest = max(scene.world.cards, key=lambda card: float(card.ts))
    (draft,) = scene.world.thread(newest.channel, newest.ts)
    assert "handoff_send_draft" in str(draft.blocks)


async def test_the_button_asks_about_another_once_more(limited: tuple[Scene, Clock]) -> None:
    scene, _ = limited
    await scene.ask(PERSON)
    await scene.ask(PERSON)
    root = await scene.ask(UNKNOWN)
    assert len(asked_about_another(scene, root)) == 1
    await scene.press(scene.answer(root), "talk_to_person")

    assert len(asked_about_another(scene, root)) == 2
    assert len(scene.world.cards) == 2


async def test_somebody_who_is_asked_about_another_gets_no_offer_as_well(world: LocalWorld, tmp_path: Path) -> None:
    path = tmp_path / "one.toml"
    path.write_text(f"{shipped_policy()}\n[handoff]\nmost_open_per_day = 1\n", encoding="utf-8")
    world.settings = world.settings.model_copy(update={"policy_file": path})
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.ask(PERSON)
        root = await scene.ask(f"{PERSON}. {UNKNOWN}")

        assert len(asked_about_another(scene, root)) == 1
        assert not offers(scene, root)


async def test_an_offer_names_the_open_requests_and_is_asked_about_once(world: LocalWorld, tmp_path: Path) -> None:
    path = tmp_path / "one.toml"
    path.write_text(f"{shipped_policy()}\n[handoff]\nmost_open_per_day = 1\n", encoding="utf-8")
    world.settings = world.settings.model_copy(update={"policy_file": path})
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.ask(PERSON)
        root = await scene.ask(UNKNOWN)
        (offer,) = offers(scene, root)
        assert offer.text.startswith("You already have an open request from today: *HD-1*. I'm not sure")

        await scene.press(offer, "ask_a_colleague")

        assert asked_about_another(scene, root) == []
        assert offer.text.endswith("You said: *ask a colleague*.")
        assert len(world.cards) == 2


async def test_handoffs_of_others_and_of_yesterday_do_not_count(limited: tuple[Scene, Clock]) -> None:
    scene, clock = limited
    await scene.ask(PERSON, who=TOM)
    await scene.ask(PERSON)
    await scene.pass_time(clock, _DAY + 1)
    await scene.ask(PERSON)
    root = await scene.ask(PERSON)

    assert not asked_about_another(scene, root)
    assert len(scene.world.cards) == 4


async def test_an_urgent_matter_is_not_asked_about(limited: tuple[Scene, Clock]) -> None:
    scene, _ = limited
    await scene.ask(PERSON)
    await scene.ask(PERSON)
    root = await scene.ask(_HARASSED)

    assert not asked_about_another(scene, root)
    assert len(scene.world.cards) == 3


def test_the_modes_are_the_words_of_the_policy_file() -> None:
    assert {mode.value for mode in HandoffMode} == {"offer", "at once"}


def _value(message: Message, action: str) -> str:
    elements = (element for block in message.blocks for element in block.get("elements", ()))
    return str(next(element["value"] for element in elements if element.get("action_id") == action))
