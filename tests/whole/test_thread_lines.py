"""Lines in a handoff's thread that say who did what: one for each transition, whatever happens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

import pytest

from bot.helpdesk.handoffs.transition_table import TRANSITIONS
from bot.helpdesk.messages import Catalog
from bot.helpdesk.messages.catalog import shipped_languages
from bot.helpdesk.model.chat import ChannelAddress
from bot.helpdesk.model.handoff import Grounds, Handoff, Outcome, Resolution, Score, Transition
from sandbox.slack import Message
from sandbox.slack.mentions import mentions_in_blocks
from sandbox.world import ADA, BEN
from tests.whole.scene import UNKNOWN, Scene
from tests.whole.shared import in_module_loop, in_own_loop

pytestmark = in_module_loop

MOST_CHARACTERS = 160
Act = Callable[[Scene, str], Awaitable[object]]


def lines(scene: Scene) -> list[str]:
    """Returns the desk's own lines in the thread of the only card, without drafts and relayed messages."""
    return [post.text for post in scene.handoff_thread if post.bot_id and _is_line(post)]


def _is_line(post: Message) -> bool:
    return [block["type"] for block in post.blocks or ()] in (["section"], ["rich_text"])


async def claim(scene: Scene, root: str) -> None:
    await scene.press_card("claim")


async def join(scene: Scene, root: str) -> None:
    await scene.press_card("join", who=BEN)


async def assign_to_ben(scene: Scene, root: str) -> None:
    await scene.send_form(await scene.open_form("assign"), assignee_choice=BEN)


async def assign_to_herself(scene: Scene, root: str) -> None:
    await scene.send_form(await scene.open_form("assign"), assignee_choice=ADA)


async def release(scene: Scene, root: str) -> None:
    await scene.press_card("release")


async def wait(scene: Scene, root: str) -> None:
    await scene.press_card("wait")


async def resume(scene: Scene, root: str) -> None:
    await scene.press_card("resume", who=BEN)


async def reply(scene: Scene, root: str) -> None:
    await scene.ask("It is the blue one", thread=root)


async def resolve(scene: Scene, root: str) -> None:
    await scene.resolve("A new cable")


async def close(scene: Scene, root: str) -> None:
    await scene.resolve(outcome_choice=Outcome.NOT_SOLVABLE.value)


async def reopen(scene: Scene, root: str) -> None:
    await scene.press_card("reopen", who=BEN)


async def hand_back(scene: Scene, root: str) -> None:
    await scene.press_card("hand_back")


async def not_solved(scene: Scene, root: str) -> None:
    asked = next(reply for reply in reversed(scene.replies(root)) if "handoff_not_solved" in str(reply.blocks))
    await scene.press(asked, "handoff_not_solved")


async def write_again(scene: Scene, root: str) -> None:
    await scene.ask("It happened again", thread=root)


async def withdraw(scene: Scene, root: str) -> None:
    notice = next(reply for reply in scene.replies(root) if "handoff_withdraw" in str(reply.blocks))
    await scene.press(notice, "handoff_withdraw")


CLAIMED = "Ada claimed this."
WAITS = "Ada is waiting for the employee. The targets are paused."
RESOLVED = "Ada resolved this."
ACTS: Mapping[str, tuple[list[Act], list[str]]] = {
    "claim": ([claim], [CLAIMED]),
    "join": ([claim, join], [CLAIMED, "Ben joined."]),
    "assign": ([assign_to_ben], [f"Ada assigned this to <@{BEN}>."]),
    "assign to herself": ([assign_to_herself], [CLAIMED]),
    "release": ([claim, release], [CLAIMED, "Ada released this. It's unclaimed."]),
    "resume": ([claim, wait, resume], [CLAIMED, WAITS, "Ben is not waiting for the employee any more."]),
    "reply": ([claim, wait, reply], [CLAIMED, WAITS, f"<@{ADA}>, the employee replied."]),
    "resolve": ([claim, resolve], [CLAIMED, RESOLVED]),
    "resolve unclaimed": ([close], ["Ada closed this without a solution."]),
    "reopen": ([resolve, reopen], [RESOLVED, "Ben reopened and claimed this."]),
    "hand back": ([claim, hand_back], [CLAIMED, "Ada handed this back to the assistant."]),
    "come back": (
        [claim, resolve, not_solved],
        [CLAIMED, RESOLVED, f"<@{ADA}>: The employee says it's *not solved*. It's open again and unclaimed."],
    ),
    "write again": (
        [resolve, write_again],
        [RESOLVED, f"<@{ADA}>, the employee replied. It's open again and unclaimed."],
    ),
    "withdraw": (
        [withdraw],
        ["The employee doesn't need a person any more. Withdrawn: the assistant answers again."],
    ),
    "withdraw from somebody": (
        [claim, withdraw],
        [CLAIMED, f"<@{ADA}>: The employee doesn't need a person any more. *Withdrawn*: the assistant answers again."],
    ),
}


@pytest.mark.parametrize(("acts", "expected"), ACTS.values(), ids=ACTS.keys())
async def test_who_did_what_is_one_line_in_the_thread(
    handed_off: tuple[Scene, str], acts: list[Act], expected: list[str]
) -> None:
    scene, root = handed_off

    for act in acts:
        await act(scene, root)

    assert lines(scene) == expected


async def test_a_line_of_which_slack_lost_the_response_is_posted_once(handed_off: tuple[Scene, str]) -> None:
    scene, root = handed_off
    scene.world.slack.faults.http_error(
        "chat.postMessage", after_effect=True, when=lambda args: "claimed this" in str(args)
    )

    await claim(scene, root)

    assert lines(scene) == [CLAIMED]


@in_own_loop
async def test_a_name_formats_nothing_mentions_nobody_and_is_cut_short(own_scene: Scene) -> None:
    scene = own_scene
    await scene.world.slack.change_profile(ADA, name="*Ada* <!channel> {person} " + "da " * 30)
    root = await scene.ask(UNKNOWN)

    await claim(scene, root)

    (post,) = [post for post in scene.handoff_thread if "claimed this" in post.text]
    assert post.text.startswith("*Ada* &lt;!channel&gt; {person} da")
    assert len(post.text) < MOST_CHARACTERS
    assert mentions_in_blocks(post.blocks or []) == ()


def _handoff() -> Handoff:
    return Handoff(
        id="hof_1",
        number=1,
        conversation_id="con_1",
        question_id=None,
        answer_id=None,
        priority="normal",
        grounds=Grounds(rules=(), reasons=(), fingerprint=""),
        place=ChannelAddress(surface="slack", channel="C1"),
        opened_at=0.0,
    )


@pytest.mark.parametrize("language", sorted(shipped_languages()))
@pytest.mark.parametrize("transition", Transition)
async def test_a_line_is_short_in_every_language(transition: Transition, language: str) -> None:
    t, name = Catalog().in_language(language), "N" * 40

    for ending in (Resolution(), Resolution(score=Score.TWO), *(Resolution(outcome=outcome) for outcome in Outcome)):
        handoff = replace(_handoff(), resolution=ending)
        for mentioned in (None, ADA):
            line = t.sentence(TRANSITIONS[transition].line(handoff, mentioned))
            assert len(line.replace("{by}", name).replace("{person}", name).replace("**", "")) <= MOST_CHARACTERS
