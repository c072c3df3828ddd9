"""Authors of messages: people are answered however they write; bots, Slack and the bot itself never are."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio

from bot.slack.received.content import NOTICES
from sandbox.slack import Fault, FaultKind
from sandbox.world import ADA, HANDOFF_CHANNEL, MIA, LocalWorld
from tests.whole.scene import CONFIDENT, UNKNOWN, Scene
from tests.whole.shared import in_module_loop, in_own_loop

ROBOT = "U0ROBOT00"
OTHER_APP = "B0OTHER00"

pytestmark = in_module_loop


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    """The scene of a bot that the tests of this module share."""
    return shared_scene


def asked(scene: Scene) -> list[str]:
    return [question.message for question in scene.world.uppzy.asked]


async def deliver(scene: Scene, **more: Any) -> None:
    """Delivers an event of a message in Mia's DM; `more` changes its fields."""
    place = {"channel": scene.world.slack.dm_of(MIA), "channel_type": "im"}
    said = {"type": "message", "user": MIA, "text": CONFIDENT, "ts": "1900000000.000100", "team": "T0LOCAL00"}
    assert (await scene.world.slack.deliver({**said, **place, "event_ts": "1900000000.000100", **more})).ok
    await scene.settled()


@pytest_asyncio.fixture(loop_scope="module")
async def claimed(scene: Scene) -> tuple[Scene, str]:
    """A scene with a robot in the channel and a handoff of Mia's claimed by Ada; and the root of Mia's thread."""
    scene.world.slack.add_user(ROBOT, "Robot", is_bot=True)
    scene.world.slack.workspace.channels[HANDOFF_CHANNEL].members.append(ROBOT)
    root = await scene.ask(UNKNOWN)
    await scene.press_card("claim", who=ADA)
    return scene, root


# Messages posted by apps.


async def test_what_an_app_posts_for_a_person_is_answered(scene: Scene) -> None:
    slack = scene.world.slack

    told = await slack.say(MIA, slack.dm_of(MIA), CONFIDENT, through=OTHER_APP)
    await scene.settled()

    assert asked(scene) == [CONFIDENT]
    await slack.edit(MIA, slack.dm_of(MIA), told.ts, "Something else")
    await scene.settled()
    assert "You edited your message" in scene.texts(told.ts)


async def test_what_an_app_posts_for_an_agent_reaches_the_employee_and_follows_it(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    slack = scene.world.slack

    told = await slack.say(ADA, HANDOFF_CHANNEL, "restart it", scene.card.ts, through=OTHER_APP)
    await scene.settled()
    assert "restart it" in scene.texts(root)
    await slack.edit(ADA, HANDOFF_CHANNEL, told.ts, "restart the adapter")
    await scene.settled()
    assert "restart the adapter" in scene.texts(root)
    await slack.delete(ADA, HANDOFF_CHANNEL, told.ts)
    await scene.settled()

    assert "restart" not in scene.texts(root)


async def test_what_another_bot_posts_is_never_heard(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    slack = scene.world.slack
    before = scene.texts(root), len(scene.handoff_thread), len(scene.private_notes(ROBOT))

    told = await slack.say(ROBOT, HANDOFF_CHANNEL, "Deployed", scene.card.ts, through=OTHER_APP)
    await slack.edit(ROBOT, HANDOFF_CHANNEL, told.ts, "Deployed again")
    await slack.say(ROBOT, HANDOFF_CHANNEL, f"<@{slack.bot_user_id}> que_1", formatted=True, through=OTHER_APP)
    await scene.settled()

    assert (scene.texts(root), len(scene.handoff_thread) - 1, len(scene.private_notes(ROBOT))) == before
    assert await scene.count("events", "handled_at IS NULL") == 0


async def test_whom_slack_does_not_know_is_no_person(scene: Scene) -> None:
    await deliver(scene, user="U0NOBODY0", bot_id=OTHER_APP)

    assert asked(scene) == []


async def test_who_wrote_is_asked_again_after_trouble(scene: Scene) -> None:
    slack = scene.world.slack
    slack.faults.add(Fault(kind=FaultKind.HTTP_ERROR, method="users.info", times=2))

    await slack.say(MIA, slack.dm_of(MIA), CONFIDENT, through=OTHER_APP)

    await slack.wait_for(lambda: asked(scene) == [CONFIDENT])


@in_own_loop
async def test_what_an_app_posted_while_nothing_arrived_is_read_back(world: LocalWorld) -> None:
    slack = world.slack
    async with world.bot() as bot:
        root = await Scene(world, bot).ask(CONFIDENT)
    slack.events_url = None
    await slack.say(MIA, slack.dm_of(MIA), "How do I connect to the VPN?", root, through=OTHER_APP)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await slack.wait_for(lambda: len(asked(scene)) == 2)
        await scene.settled()


# Subtypes.


@pytest.mark.parametrize("subtype", ["me_message", "file_share", "thread_broadcast", "a_subtype_of_tomorrow"])
async def test_words_of_a_person_are_answered_whatever_their_subtype(scene: Scene, subtype: str) -> None:
    await deliver(scene, subtype=subtype)

    assert asked(scene) == [CONFIDENT]


async def test_a_bot_message_with_a_person_behind_it_is_answered(scene: Scene) -> None:
    await deliver(scene, subtype="bot_message", bot_id=OTHER_APP, username="Mia through a form")

    assert asked(scene) == [CONFIDENT]


@pytest.mark.parametrize(
    "more",
    [
        {"subtype": "bot_message", "user": None, "bot_id": OTHER_APP, "username": "A workflow"},
        {"subtype": "a_subtype_of_tomorrow", "text": ""},
        {"subtype": "reminder_add"},
        {"user": "USLACKBOT", "text": "Reminder: ask about the laptop."},
        *({"subtype": subtype} for subtype in sorted(NOTICES - {"message_changed", "message_deleted"})),
    ],
    ids=lambda more: str(more.get("subtype", "slackbot")),
)
async def test_notices_are_left_alone(scene: Scene, more: dict[str, Any]) -> None:
    await deliver(scene, **more)

    assert asked(scene) == []
    assert [one for one in scene.world.slack.messages(scene.world.slack.dm_of(MIA)) if one.bot_id] == []


async def test_a_mention_in_a_canvas_is_left_alone(scene: Scene) -> None:
    slack = scene.world.slack
    event = {"type": "app_mention", "subtype": "document_mention", "user": ADA, "channel": HANDOFF_CHANNEL}
    await slack.deliver({**event, "text": f"<@{slack.bot_user_id}> was mentioned in a canvas", "ts": "1900000000.1"})
    await scene.settled()

    assert slack.messages(HANDOFF_CHANNEL) == []


# Odd shapes.


@pytest.mark.parametrize(
    "odd",
    [
        {"files": "none"},
        {"files": [None, {"id": 7, "size": "large", "name": ["x"]}]},
        {"blocks": {"type": "rich_text"}, "attachments": [None, 3, {"blocks": "x", "is_share": "yes"}]},
        {"thread_ts": 17, "client_msg_id": {"x": 1}},
        {"edited": "yes", "bot_id": ["x"]},
        {"subtype": {"x": 1}},
    ],
    ids=lambda odd: "+".join(odd),
)
async def test_words_are_answered_though_the_rest_is_odd(scene: Scene, odd: dict[str, Any]) -> None:
    await deliver(scene, **odd)

    assert len(asked(scene)) == 1
    assert CONFIDENT in asked(scene)[0]


async def test_what_cannot_be_placed_is_in_the_log(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    await deliver(scene, ts=None)

    assert asked(scene) == []
    assert "payload_not_understood" in caplog.text
