"""Deactivated accounts: an employee who can no longer be reached, and an agent who has claimed."""

from __future__ import annotations

import pytest

from sandbox.slack import File, Message
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL, MIA
from tests.whole.scene import CONFIDENT, UNKNOWN, Scene
from tests.whole.shared import in_module_loop

pytestmark = in_module_loop


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    """The scene of a bot that the tests of this module share, but for those with `own_scene` or `world`."""
    return shared_scene


def said(scene: Scene) -> list[Message]:
    """Returns the messages in the handoff's thread about deactivated accounts."""
    return [one for one in scene.handoff_thread if "deactivated" in one.text]


def deactivate(scene: Scene, person: str) -> None:
    scene.world.slack.workspace.set_active(person, active=False)


@pytest.mark.parametrize(
    "code",
    [
        "user_disabled",
        "is_archived",
        "channel_not_found",
        "restricted_action",
        "account_inactive",
        "cannot_dm_bot",
        "cannot_dm",
    ],
)
async def test_an_agent_who_writes_to_a_deactivated_employee_is_told_once_and_nobody_is_alarmed(
    claimed: tuple[Scene, str], code: str
) -> None:
    scene, _ = claimed
    dm = scene.world.slack.dm_of(MIA)
    scene.world.slack.faults.refused(
        "chat.postMessage", error=code, times=None, when=lambda args: args.get("channel") == dm
    )
    deactivate(scene, MIA)

    first = await scene.write_in_thread("Have you tried the other one?", who=ADA)
    await scene.write_in_thread("Hello?", who=ADA)

    (line,) = said(scene)
    assert line.text.startswith(f"<@{MIA}>'s Slack account is deactivated")
    assert await scene.count("alarms") == 0
    message = scene.world.slack.message(HANDOFF_CHANNEL, first)
    assert message is not None
    assert list(message.reactions) == ["warning"]


async def test_who_resolves_for_a_deactivated_employee_is_told_as_well(claimed: tuple[Scene, str]) -> None:
    scene, _ = claimed
    deactivate(scene, MIA)

    await scene.resolve("Replaced it", who=ADA)

    assert len(said(scene)) == 1
    assert await scene.count("alarms") == 0
    assert "Resolved by" in str(scene.card.blocks)


async def test_an_answer_to_a_deactivated_employee_is_dropped_without_an_alarm(scene: Scene) -> None:
    deactivate(scene, MIA)

    await scene.ask(CONFIDENT)

    assert await scene.count("alarms") == 0
    assert await scene.count("effects", "kind = 'PostMessage:AnswerPart' AND state = 'failed'") == 1


async def test_a_file_for_a_deactivated_employee_is_said_by_name(claimed: tuple[Scene, str]) -> None:
    scene, _ = claimed
    deactivate(scene, MIA)

    files = [File(name="form.pdf", content=b"%PDF")]
    await scene.world.slack.say(ADA, HANDOFF_CHANNEL, "The form", scene.card.ts, files=files)
    await scene.settled()

    assert len(said(scene)) == 1
    assert [one for one in scene.handoff_thread if "form.pdf" in one.text and one.bot_id] != []
    assert await scene.count("alarms") == 0


async def test_what_is_changed_or_taken_back_after_somebody_has_left_alarms_nobody(claimed: tuple[Scene, str]) -> None:
    scene, _ = claimed
    ts = await scene.write_in_thread("Room 12", who=ADA)
    other = await scene.write_in_thread("Room 13", who=ADA)
    deactivate(scene, MIA)

    await scene.world.slack.edit(ADA, HANDOFF_CHANNEL, ts, "Room 21")
    await scene.world.slack.delete(ADA, HANDOFF_CHANNEL, other)
    await scene.settled()

    assert await scene.count("alarms") == 0


async def test_who_comes_back_is_reached_again_and_missed_again_when_they_leave_again(
    claimed: tuple[Scene, str],
) -> None:
    scene, root = claimed
    deactivate(scene, MIA)
    await scene.write_in_thread("Are you there?", who=ADA)
    scene.world.slack.workspace.set_active(MIA, active=True)

    await scene.ask("Here I am again", thread=root)
    await scene.write_in_thread("Welcome back", who=ADA)
    assert "Welcome back" in scene.texts(root)
    assert len(said(scene)) == 1
    deactivate(scene, MIA)
    await scene.write_in_thread("Gone?", who=ADA)

    assert len(said(scene)) == 2


async def test_a_dm_that_refuses_somebody_who_is_there_still_alarms(claimed: tuple[Scene, str]) -> None:
    scene, _ = claimed
    dm = scene.world.slack.dm_of(MIA)
    scene.world.slack.faults.refused(
        "chat.postMessage", error="is_archived", times=None, when=lambda args: args.get("channel") == dm
    )

    await scene.write_in_thread("Have you tried the other one?", who=ADA)

    (alarm,) = [one for one in scene.world.slack.messages(HANDOFF_CHANNEL) if one.text.startswith("🚨")]
    assert "contact them another way" in alarm.text
    assert "ids in the settings" not in alarm.text


async def test_a_guest_is_helped_as_everybody_is(scene: Scene) -> None:
    scene.world.slack.add_user("U0GUEST00", "Gus", email="gus@example.com", is_restricted=True)

    root = await scene.ask(UNKNOWN, who="U0GUEST00")
    await scene.press_card("claim", who=ADA)
    await scene.write_in_thread("Have you tried the other one?", who=ADA)

    assert "the other one" in scene.texts(root, who="U0GUEST00")


async def test_who_writes_to_an_agent_whose_account_is_deactivated_is_not_left_alone(
    claimed: tuple[Scene, str],
) -> None:
    scene, root = claimed
    deactivate(scene, ADA)

    await scene.ask("Hello?", thread=root)
    await scene.ask("Anybody?", thread=root)

    (line,) = said(scene)
    assert line.text.startswith(f"<@{ADA}> has claimed this, but their account is deactivated")
    await scene.press_card("join", who=BEN)
    await scene.write_in_thread("I am here now", who=BEN)
    assert "I am here now" in scene.texts(root)
