"""Blocks refused by Slack are posted once in a simpler form, with all text and buttons."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.slack.errors import FORM_REFUSED, METADATA_REFUSED
from sandbox.slack import Fault, FaultKind, Message
from sandbox.uppzy import Endpoint, replying
from sandbox.world import ADA, HANDOFF_CHANNEL, MIA, LocalWorld
from tests.whole.scene import CONFIDENT, UNKNOWN, Scene
from tests.whole.shared import in_module_loop, in_own_loop

FORM = sorted(FORM_REFUSED - METADATA_REFUSED - {"view_too_large"})
NEWER = ("markdown", "rich_text", "table")
STEPS = [f"Step {number}: turn the valve to {number} and wait." for number in range(1, 121)]
ANSWER = "## How to\n\n" + "\n".join(f"- {step}" for step in STEPS)
LINES = [f"line {number} of the log says that all is well" for number in range(1, 201)]

Arguments = dict[str, Any]

pytestmark = in_module_loop


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    """The scene of a bot that the tests of this module share."""
    return shared_scene


def _said(messages: list[Message]) -> str:
    """Returns the visible text as one line: that of the blocks, or the message's text if there are none."""
    words = (" ".join(_texts(one.blocks)) if one.blocks else one.text for one in messages)
    return " ".join(" ".join(words).split())


def _texts(node: Any) -> Iterator[str]:
    for name, inner in node.items() if isinstance(node, dict) else enumerate(node):
        if name == "text" and isinstance(inner, str):
            yield inner
        elif isinstance(inner, dict | list):
            yield from _texts(inner)


def _each_once(things: list[str], messages: list[Message]) -> None:
    read = _said(messages)
    assert {thing: read.count(thing) for thing in things} == dict.fromkeys(things, 1)


def _kinds(messages: list[Message]) -> set[str]:
    return {block["type"] for one in messages for block in one.blocks}


def _blocks(args: Arguments) -> str:
    return str(args.get("blocks") or "")


def _has_newer_blocks(args: Arguments) -> bool:
    return any(kind in _blocks(args) for kind in NEWER)


def _has_blocks(args: Arguments) -> bool:
    return _blocks(args) not in ("", "[]")


def _to_mia(scene: Scene) -> Callable[[Arguments], bool]:
    return lambda args: args.get("channel") == scene.world.slack.dm_of(MIA)


async def _long_answer(scene: Scene) -> str:
    reply = {"request_id": "req_long", "answer": ANSWER, "confidence_level": "high"}
    scene.world.uppzy.fail(Endpoint.CHAT, replying(200, reply))
    root = (await scene.world.slack.dm(MIA, CONFIDENT)).ts
    await scene.until_stored("effects", "kind = 'PostMessage:AnswerPart' AND state = 'done'")
    await scene.settled()
    return root


async def _claimed(scene: Scene) -> str:
    root = await scene.ask(UNKNOWN)
    await scene.press_card("claim")
    await scene.until_stored("handoffs", "state = 'claimed'")
    await scene.settled()
    return root


def _relayed(scene: Scene, root: str) -> list[Message]:
    return [one for one in scene.replies(root) if "line " in _said([one])]


@pytest.mark.parametrize("code", FORM)
async def test_an_answer_that_is_refused_for_its_form_is_said_more_simply_and_whole(scene: Scene, code: str) -> None:
    scene.world.slack.faults.refused("chat.postMessage", error=code)

    root = await _long_answer(scene)

    _each_once(STEPS, scene.replies(root))
    assert not _kinds(scene.replies(root)) & set(NEWER)
    await scene.rate(root, "good")
    assert await scene.count("verdicts") == 1


async def test_an_answer_is_in_words_alone_where_no_blocks_are_taken(scene: Scene) -> None:
    scene.world.slack.faults.refused("chat.postMessage", error="invalid_blocks", times=None, when=_has_blocks)

    root = await _long_answer(scene)

    _each_once(STEPS, scene.replies(root))
    assert _kinds(scene.replies(root)) == set()
    assert await scene.count("effects", "state = 'failed'") == 0


async def test_a_verdict_changes_only_the_last_part_of_an_answer(scene: Scene) -> None:
    scene.world.slack.faults.refused("chat.postMessage", error="msg_too_long")
    root = await _long_answer(scene)
    assert len(scene.replies(root)) > 1

    await scene.rate(root, "bad")
    await scene.until_stored("effects", "kind = 'UpdateMessage:AnswerPart' AND state = 'done'")

    parts = [one for one in scene.replies(root) if "Step " in _said([one])]
    assert "Tell us why" in _said(parts[-1:])
    _each_once(STEPS, parts)


@in_own_loop
@pytest.mark.parametrize("metadata_too_large", [False, True], ids=["as usual", "metadata refused"])
async def test_a_verdict_changes_only_the_last_part_of_what_was_posted_before_a_restart(
    world: LocalWorld, metadata_too_large: bool
) -> None:
    slack = world.slack
    if metadata_too_large:
        slack.faults.refused("chat.postMessage", error="metadata_too_large", times=1)
    async with world.bot() as bot:
        slack.faults.refused("chat.postMessage", error="msg_too_long")
        root = await _long_answer(Scene(world, bot))
    async with world.bot() as bot:
        scene = Scene(world, bot)
        before = [_said([one]) for one in scene.replies(root)]
        assert len(before) > 1

        for rating in ("bad", "good"):
            await scene.rate(root, rating)
            await scene.until_stored("effects", "kind = 'UpdateMessage:AnswerPart' AND state = 'done'")
            await scene.settled()

            _each_once(STEPS, scene.replies(root))
        assert [_said([one]) for one in scene.replies(root)][: len(before) - 1] == before[:-1]


@pytest.mark.parametrize("number", [1, 2, 3])
async def test_a_part_whose_post_lost_its_outcome_is_found_and_none_is_posted_twice(scene: Scene, number: int) -> None:
    scene.world.slack.faults.refused("chat.postMessage", error="msg_too_long")
    for _ in range(number - 1):
        scene.world.slack.faults.delayed("chat.postMessage", seconds=0.0)
    scene.world.slack.faults.dropped_after("chat.postMessage")

    root = await _long_answer(scene)

    _each_once(STEPS, scene.replies(root))
    assert scene.answer(root) == scene.replies(root)[-1]


async def test_a_pause_between_two_parts_posts_none_twice(scene: Scene) -> None:
    scene.world.slack.faults.refused("chat.postMessage", error="msg_too_long")
    scene.world.slack.faults.delayed("chat.postMessage", seconds=0.0)
    scene.world.slack.faults.rate_limited("chat.postMessage", retry_after=0)

    root = await _long_answer(scene)

    _each_once(STEPS, scene.replies(root))


async def test_what_an_agent_writes_reaches_the_employee_whole_though_its_form_is_refused(
    claimed: tuple[Scene, str],
) -> None:
    scene, root = claimed
    scene.world.slack.faults.refused(
        "chat.postMessage", error="invalid_blocks", times=None, when=lambda args: _has_newer_blocks(args)
    )

    await scene.write_in_thread("\n".join(LINES), who=ADA)
    await scene.until_stored("effects", "kind = 'PostMessage:AgentMessage' AND state = 'done'")

    _each_once(LINES[9:], _relayed(scene, root))


async def test_all_parts_of_what_an_agent_takes_back_go(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    scene.world.slack.faults.refused("chat.postMessage", error="msg_too_long", when=_to_mia(scene))
    ts = await scene.write_in_thread("\n".join(LINES), who=ADA)
    await scene.until_stored("effects", "kind = 'PostMessage:AgentMessage' AND state = 'done'")
    assert len(_relayed(scene, root)) > 1

    await scene.world.slack.delete(ADA, HANDOFF_CHANNEL, ts)
    await scene.until_stored("effects", "kind = 'RetractMessage' AND state = 'done'")

    assert _relayed(scene, root) == []


async def test_the_old_words_go_in_all_parts_where_an_agent_changes_them(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    scene.world.slack.faults.refused("chat.postMessage", error="msg_too_long", when=_to_mia(scene))
    ts = await scene.write_in_thread("\n".join(LINES), who=ADA)
    await scene.until_stored("effects", "kind = 'PostMessage:AgentMessage' AND state = 'done'")

    await scene.world.slack.edit(ADA, HANDOFF_CHANNEL, ts, "line 1 is enough")
    await scene.until_stored("effects", "kind = 'UpdateMessage:AgentMessage' AND state = 'done'")

    assert [one.text.count("line 1 is enough") for one in _relayed(scene, root)] == [1]


async def test_what_an_employee_writes_stands_whole_in_the_thread_though_its_form_is_refused(
    claimed: tuple[Scene, str],
) -> None:
    scene, root = claimed
    scene.world.slack.faults.refused("chat.postMessage", error="invalid_arguments", times=None, when=_has_blocks)

    await scene.world.slack.dm(MIA, "\n".join(LINES), root)
    await scene.until_stored(
        "effects", "kind = 'PostMessage:EmployeeMessage' AND state = 'done' AND body LIKE '%line 200%'"
    )

    _each_once(LINES[9:], [one for one in scene.handoff_thread if "line " in _said([one])])


@pytest.mark.parametrize("code", ["invalid_blocks", "msg_too_long", "invalid_attachments"])
async def test_a_card_that_is_refused_for_its_form_stands_once_and_can_be_claimed(scene: Scene, code: str) -> None:
    scene.world.slack.faults.refused(
        "chat.postMessage", error=code, when=lambda args: args.get("channel") == HANDOFF_CHANNEL
    )

    await scene.ask(UNKNOWN)
    await scene.until_stored("effects", "kind = 'PostMessage:Card' AND state = 'done'")
    await scene.settled()
    await scene.press_card("claim")

    assert await scene.count("handoffs", "state = 'claimed'") == 1
    assert len(scene.world.cards) == 1


async def test_a_card_is_in_words_alone_where_no_blocks_are_taken(scene: Scene) -> None:
    scene.world.slack.faults.refused(
        "chat.postMessage",
        error="invalid_blocks",
        times=None,
        when=lambda args: args.get("channel") == HANDOFF_CHANNEL and _has_blocks(args),
    )
    scene.world.slack.faults.refused("chat.update", error="invalid_blocks", times=None, when=_has_blocks)

    await scene.ask(UNKNOWN)
    await scene.until_stored("effects", "kind = 'PostMessage:Card' AND state = 'done'")
    await scene.until_stored("effects", "kind = 'RefreshCard' AND state = 'done'")

    (card,) = scene.world.slack.messages(HANDOFF_CHANNEL)
    assert UNKNOWN in card.text
    assert "HD-1" in card.text


@pytest.mark.parametrize("code", ["invalid_blocks", "msg_too_long", "msg_blocks_too_long"])
async def test_a_change_that_is_refused_for_its_form_is_shown_more_simply(scene: Scene, code: str) -> None:
    root = await _long_answer(scene)
    scene.world.slack.faults.refused("chat.update", error=code)

    await scene.rate(root, "bad")
    await scene.until_stored("effects", "kind = 'UpdateMessage:AnswerPart' AND state = 'done'")

    assert STEPS[-1] in _said(scene.replies(root))
    assert "Tell us why" in _said(scene.replies(root))
    assert await scene.count("effects", "kind = 'UpdateMessage:AnswerPart' AND state = 'failed'") == 0


@pytest.mark.parametrize("smallest", [True, False], ids=["the smallest is taken", "none is taken"])
@pytest.mark.parametrize("code", sorted(METADATA_REFUSED))
async def test_a_post_whose_metadata_is_refused_is_still_found_after_an_unclear_outcome(
    scene: Scene, code: str, *, smallest: bool
) -> None:
    def is_refused(args: Arguments) -> bool:
        return "delivery_id" in str(args.get("metadata")) if smallest else bool(args.get("metadata"))

    scene.world.slack.faults.refused("chat.postMessage", error=code, times=None, when=is_refused)
    scene.world.slack.faults.add(
        Fault(kind=FaultKind.DROPPED, method="chat.postMessage", after_effect=True, when=lambda a: not is_refused(a))
    )

    root = (await scene.world.slack.dm(MIA, CONFIDENT)).ts
    await scene.until_stored("effects", "kind = 'PostMessage:AnswerPart' AND state = 'done'")
    await scene.settled()

    assert len(scene.replies(root)) == 1
    assert scene.replies(root)[0].blocks


@pytest.mark.parametrize("code", ["invalid_blocks", "msg_too_long", "invalid_arguments"])
async def test_a_private_note_that_is_refused_for_its_form_is_said_more_simply(
    handed_off: tuple[Scene, str], code: str
) -> None:
    scene, _ = handed_off
    scene.world.slack.faults.refused("chat.postEphemeral", error=code, times=None, when=_has_blocks)

    await scene.write_in_thread("Have you tried the other blorp?", who=ADA)
    await scene.until_stored("effects", "kind = 'PrivateNote' AND state = 'done'")

    (note, *_) = scene.world.slack.ephemerals
    assert note.text
    assert note.blocks == []


@pytest.mark.parametrize("code", ["invalid_arguments", "view_too_large", "invalid_blocks"])
async def test_a_form_and_a_home_tab_that_are_refused_are_shown_more_simply(
    claimed: tuple[Scene, str], code: str
) -> None:
    scene, _ = claimed
    for method in ("views.open", "views.publish"):
        scene.world.slack.faults.refused(method, error=code)

    await scene.resolve("It was the cable.")
    await scene.world.slack.open_home(MIA, "home")
    await scene.settled()

    assert await scene.count("handoffs", "state = 'resolved'") == 1
    home = scene.world.slack.home(MIA)
    assert home is not None
    assert "Your" in json.dumps(home.body["blocks"])
