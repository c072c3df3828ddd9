"""Rules that keep a message from the assistant, and rules for some employees only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.helpdesk.model.conversation import QuestionState
from bot.slack.people import PeopleLimits
from sandbox.world import ADA, MIA, LocalWorld
from tests.english import messages
from tests.policies import policy_at_once
from tests.whole.scene import CONFIDENT, PERSON, UNKNOWN, Scene
from tests.whole.shared import in_own_loop

pytestmark = in_own_loop

BOARD = "What is the plan of the board about Zurich?"
LATER = "And what about Geneva?"
GROUP = "S0123ABCD"
KEPT = """
[[rule]]
name = "board"
condition = "sensitive"
ask = false
{more}
tell = "Only people read this."
[rule.topics]
board = ["board"]

[handoff]
reopen_within_minutes = 0
"""
DRAFT = "AI draft"


def _use(world: LocalWorld, folder: Path, more: str = "") -> None:
    path = folder / "policy.toml"
    path.write_text(policy_at_once() + KEPT.format(more=more), encoding="utf-8")
    world.settings = world.settings.model_copy(update={"policy_file": path})


@pytest.fixture
async def scene(world: LocalWorld, tmp_path: Path) -> AsyncIterator[Scene]:
    _use(world, tmp_path)
    async with world.bot() as bot:
        yield Scene(world, bot)


def _asked(scene: Scene) -> list[str]:
    return [asked.message for asked in scene.world.uppzy.asked]


async def test_a_message_that_a_rule_keeps_goes_to_people_alone(scene: Scene) -> None:
    root = await scene.ask(BOARD)

    assert _asked(scene) == []
    assert await scene.count("effects", "kind IN ('Ask', 'Submit')") == 0
    assert BOARD in str(scene.card.blocks)
    assert DRAFT not in str(scene.handoff_thread)
    assert "still answering" not in str(scene.card.blocks)
    assert "Only people read this." in scene.texts(root)
    assert await scene.count("questions", f"state = '{QuestionState.KEPT}'") == 1


async def test_what_follows_in_the_conversation_is_kept_as_well(scene: Scene) -> None:
    root = await scene.ask(BOARD)
    await scene.press_card("claim")
    await scene.resolve("In Bern")

    await scene.ask(LATER, thread=root)

    assert _asked(scene) == []
    assert await scene.count("handoffs", "grounds_rules LIKE '%board%'") == 2
    assert LATER in str(scene.world.cards[-1].blocks)


async def test_another_conversation_of_the_employee_is_not_kept(scene: Scene) -> None:
    await scene.ask(BOARD)

    await scene.ask(CONFIDENT)

    assert _asked(scene) == [CONFIDENT]


async def test_an_edit_into_a_kept_matter_takes_the_question_back(scene: Scene) -> None:
    scene.world.uppzy.hold()
    root = (await scene.world.slack.dm(MIA, CONFIDENT)).ts
    await scene.world.uppzy.wait_for(lambda: _asked(scene) == [CONFIDENT])
    await scene.world.slack.edit(MIA, scene.world.slack.dm_of(MIA), root, BOARD)
    scene.world.uppzy.release()
    await scene.settled()

    assert _asked(scene) == [CONFIDENT]
    assert BOARD in str(scene.card.blocks)
    assert DRAFT not in str(scene.handoff_thread)


async def test_an_edit_of_a_kept_question_reaches_people_and_never_the_assistant(scene: Scene) -> None:
    root = await scene.ask(BOARD)

    await scene.world.slack.edit(MIA, scene.world.slack.dm_of(MIA), root, CONFIDENT)
    await scene.settled()

    assert _asked(scene) == []
    assert CONFIDENT in str(scene.card.blocks)
    assert messages.employee.EDITED_TOO_LATE not in scene.texts(root)


async def test_a_matter_that_comes_up_with_people_cannot_be_handed_back_or_asked_about(scene: Scene) -> None:
    root = await scene.ask(UNKNOWN)
    await scene.ask(PERSON, thread=root)
    before = _asked(scene)
    await scene.press_card("claim")
    await scene.ask(BOARD, thread=root)

    await scene.press_card("hand_back")
    await scene.write_in_thread("ask: what does the board plan?")

    refused = "from the assistant, so only people can answer it"
    assert _asked(scene) == before
    assert [refused in note for note in scene.private_notes(ADA)] == [True, True]


async def test_a_kept_question_stays_kept_when_the_rule_is_gone(world: LocalWorld, tmp_path: Path) -> None:
    _use(world, tmp_path)
    async with world.bot() as bot:
        first = Scene(world, bot)
        root = await first.ask(BOARD)
        await first.press_card("claim")
        await first.resolve("In Bern")
    (tmp_path / "policy.toml").write_text(policy_at_once(), encoding="utf-8")

    async with world.bot() as bot:
        await Scene(world, bot).ask(LATER, thread=root)

    assert [asked.message for asked in world.uppzy.asked] == []


@pytest.mark.parametrize(
    ("more", "fits"),
    [
        ('when_from = ["guest"]', False),
        ('when_from = ["member"]', True),
        (f'when_from = ["guest", "group:{GROUP}"]', True),
        ('when_from = ["group:S0NOBODY0"]', False),
        ('language = ["de"]', True),
        ('language = ["fr", "en"]', False),
    ],
)
async def test_a_rule_counts_for_the_employees_that_it_names(
    world: LocalWorld, tmp_path: Path, more: str, fits: bool
) -> None:
    world.slack.workspace.user_groups[GROUP] = (ADA, MIA)
    await world.slack.change_profile(MIA, locale="de-DE")
    _use(world, tmp_path, more)

    async with world.bot() as bot:
        await Scene(world, bot).ask(BOARD)

    assert [asked.message for asked in world.uppzy.asked] == ([] if fits else [BOARD])


async def test_groups_and_people_are_not_asked_for_while_somebody_waits(world: LocalWorld, tmp_path: Path) -> None:
    world.slack.workspace.user_groups[GROUP] = (MIA,)
    world.outside = replace(world.outside, people=PeopleLimits())
    _use(world, tmp_path, f'when_from = ["group:{GROUP}"]')
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.until_stored("people", f"id = '{MIA}'")
        await world.slack.wait_for(lambda: world.slack.calls_of("usergroups.users.list"))
        before = len(world.slack.calls_of("usergroups.users.list"))
        await asyncio.gather(*(scene.ask(BOARD) for _ in range(2)))

        assert len(world.slack.calls_of("usergroups.users.list")) == before
    assert world.slack.calls_of("users.info") == []
    assert world.uppzy.asked == []
