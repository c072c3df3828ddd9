"""The matter of a handoff, where the employee has asked for a person and said nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.helpdesk.model.effects import AmendTicket, CreateTicket
from bot.helpdesk.ports import Transaction
from sandbox.slack import Message
from sandbox.world import HANDOFF_CHANNEL, MIA, LocalWorld
from tests.addresses import thread_at
from tests.policies import policy_at_once
from tests.whole.scene import CONFIDENT, PERSON, UNKNOWN, Scene
from tests.whole.shared import in_module_loop, in_own_loop
from tests.whole.test_ticketing import Counter

ASKS = "Meanwhile, what is it about?"
MATTER = "My monitor flickers"

pytestmark = in_module_loop


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    """The scene of a bot that the tests of this module share, but for those with a world of their own."""
    return shared_scene


async def _ticket_notes(scene: Scene) -> str:
    """Returns everything that was decided to be written to the ticket."""

    def read(tx: Transaction) -> str:
        handoff = tx.handoffs.of_thread(thread_at(HANDOFF_CHANNEL, scene.card.ts))
        assert handoff is not None
        created, amended = (tx.effects.latest(kind, handoff.id) for kind in (CreateTicket, AmendTicket))
        return f"{created and created.body} {amended and amended.body}"

    return await scene.look(read)


def _card(scene: Scene) -> str:
    return str(scene.card.blocks)


async def test_who_only_asks_for_a_person_is_asked_what_it_is_about(scene: Scene) -> None:
    root = await scene.ask(PERSON)

    (notice,) = [reply for reply in scene.replies(root) if ASKS in reply.text]
    assert notice.text.startswith("Of course. I've asked the support team")
    assert len(scene.world.cards) == 1


async def test_what_they_say_joins_the_card_the_thread_and_the_ticket(scene: Scene) -> None:
    root = await scene.ask(PERSON)

    await scene.ask(MATTER, thread=root)

    assert PERSON in _card(scene)
    assert MATTER in _card(scene)
    assert f"<@{MIA}>: {MATTER}" in [message.text for message in scene.handoff_thread]
    assert f"The employee says what it is about:\\n{MATTER}" in await _ticket_notes(scene)
    assert scene.texts(root).count(ASKS) == 1


async def test_only_the_first_words_about_it_do(scene: Scene) -> None:
    root = await scene.ask(PERSON)

    for text in ("ok", "Hello? I want to talk to a person!", MATTER, "Since Monday"):
        await scene.ask(text, thread=root)

    assert MATTER in _card(scene)
    assert "Hello?" not in _card(scene)
    assert "Since Monday" not in _card(scene)


async def test_a_change_of_these_words_shows_on_the_card(scene: Scene) -> None:
    slack = scene.world.slack
    root = await scene.ask(PERSON)
    said = await scene.ask(MATTER, thread=root)

    await slack.edit(MIA, slack.dm_of(MIA), said, "My keyboard sticks")
    await scene.settled()

    assert "My keyboard sticks" in _card(scene)
    assert MATTER not in _card(scene)
    await slack.delete(MIA, slack.dm_of(MIA), said)
    await scene.settled()
    assert "My keyboard sticks" not in _card(scene)


@pytest.mark.parametrize(
    "text",
    [
        "I want to talk to a person about my monitor",
        "Can somebody from IT call me? The VPN drops all the time",
        "Ich möchte mit einem Menschen über meinen Monitor sprechen",
        "Puis-je parler à quelqu'un de mon écran ?",
        "Quiero hablar con una persona sobre mi monitor",
    ],
)
async def test_who_says_what_it_is_about_is_not_asked(scene: Scene, text: str) -> None:
    root = await scene.ask(text)

    assert len(scene.world.cards) == 1
    assert "what is it about" not in scene.texts(root)


async def test_who_has_asked_the_assistant_before_is_not_asked_and_agents_read_that_question(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)

    await scene.ask(PERSON, thread=root)

    assert ASKS not in scene.texts(root)
    assert CONFIDENT in _card(scene)
    assert PERSON in _card(scene)
    assert CONFIDENT in await _ticket_notes(scene)
    assert CONFIDENT in str((await scene.open_form("reveal")).blocks)


async def test_a_question_that_people_have_had_is_not_what_it_is_about(scene: Scene) -> None:
    root = await scene.ask(UNKNOWN)
    await scene.press_card("hand_back")

    await scene.ask(PERSON, thread=root)

    assert ASKS in scene.texts(root)
    assert UNKNOWN not in str(scene.world.cards[-1].blocks)


async def test_who_presses_the_button_below_small_talk_is_asked(scene: Scene) -> None:
    root = await scene.ask("Hello")
    await scene.press(_with_button(scene, root), "talk_to_person")
    assert ASKS in scene.texts(root)

    await scene.ask(MATTER, thread=root)

    assert MATTER in _card(scene)
    assert MATTER in str((await scene.open_form("reveal")).blocks)
    assert MATTER in await _ticket_notes(scene)


async def test_who_presses_the_button_below_an_answer_is_not_asked(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)

    await scene.press(_with_button(scene, root), "talk_to_person")

    assert ASKS not in scene.texts(root)
    assert CONFIDENT in _card(scene)


def _with_button(scene: Scene, root: str) -> Message:
    return next(reply for reply in scene.replies(root) if "talk_to_person" in str(reply.blocks))


async def test_nobody_waits_for_it(scene: Scene) -> None:
    root = await scene.ask(PERSON)
    await scene.press_card("claim")
    await scene.write_in_thread("Hi, Ada here. Which floor are you on?")

    await scene.ask("The fourth", thread=root)

    assert "Hi, Ada here." in scene.texts(root)
    assert "The fourth" not in _card(scene)


async def test_a_confidential_matter_stays_hidden(scene: Scene) -> None:
    root = await scene.ask(PERSON)

    await scene.ask("My manager Rudolf harasses me", thread=root)

    thread = "".join(f"{message.text} {message.blocks}" for message in scene.handoff_thread)
    notes = await _ticket_notes(scene)
    assert "Rudolf" not in _card(scene) + thread + notes
    assert "The message touches a sensitive topic: harassment." in notes
    assert "Rudolf" in str((await scene.open_form("reveal")).blocks)


@in_own_loop
async def test_a_ticket_that_is_created_later_has_it_from_the_start(world: LocalWorld) -> None:
    counter = Counter()
    world.outside = replace(world.outside, tickets=counter.tickets)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(PERSON)
        assert ASKS in scene.texts(root)
        await scene.ask(MATTER, thread=root)

        counter.closed = False
        await scene.press_card("retry_ticket")

        assert await scene.count("local_tickets", f"body LIKE '%{PERSON}%{MATTER}%'") == 1
        assert await scene.count("local_tickets", f"subject LIKE '%{MATTER}%'") == 1


@in_own_loop
async def test_who_says_it_before_the_ticket_exists_is_not_asked_afterwards(world: LocalWorld) -> None:
    counter = Counter()
    counter.closed = False
    counter.free.clear()
    world.outside = replace(world.outside, tickets=counter.tickets)
    async with world.bot() as bot:
        scene, slack = Scene(world, bot), world.slack
        root = (await slack.dm(MIA, PERSON)).ts
        await slack.wait_for(lambda: scene.world.cards)
        await slack.dm(MIA, MATTER, root)
        await slack.wait_for(lambda: MATTER in _card(scene))

        counter.free.set()
        await scene.settled()

        assert ASKS not in scene.texts(root)
        assert await scene.count("local_tickets", f"notes LIKE '%{MATTER}%'") == 1


@in_own_loop
async def test_a_policy_that_asks_already_is_not_followed_by_the_question(world: LocalWorld, tmp_path: Path) -> None:
    sentence = "someone will reply here."
    policy = tmp_path / "policy.toml"
    text = policy_at_once()
    assert sentence in text
    policy.write_text(text.replace(sentence, f"{sentence} What's up?"), encoding="utf-8")
    world.settings = world.settings.model_copy(update={"policy_file": policy})
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(PERSON)
        await scene.ask(MATTER, thread=root)

        assert "What's up?" in scene.texts(root)
        assert ASKS not in scene.texts(root)
        assert MATTER in _card(scene)
