"""`uppzy-desk rules explain`: why a question was handed over, or why not."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox.world import BEN, HANDOFF_CHANNEL, LocalWorld
from storage.retention import delete_old_text
from tests.whole.commands import Command, as_json, command
from tests.whole.scene import CONFIDENT, PERSON, UNKNOWN, Scene

RULES = [
    "asks for a person",
    "unsure answer",
    "not helpful",
    "matter of trust",
    "pay and personal matters",
    "security incident",
    "going in circles",
    "assistant unavailable",
]


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return command(database_url, monkeypatch, capsys)


def _rule(explained: Any, name: str) -> tuple[bool, str]:
    (rule,) = [rule for rule in explained["rules"] if rule["name"] == name]
    return rule["fired"], rule["reason"]


@pytest.mark.both_engines
async def test_it_says_of_a_question_that_nobody_was_asked_about_why_not(own_scene: Scene, run: Command) -> None:
    asked = await own_scene.ask(CONFIDENT)
    explained = await as_json(run, "rules", "explain", asked)

    assert list(explained) == ["question", "decided_at", "fingerprint", "facts", "rules", "outcome"]
    assert [rule["name"] for rule in explained["rules"]] == RULES
    assert not any(rule["fired"] for rule in explained["rules"])
    _, reason = _rule(explained, "unsure answer")
    score = explained["facts"]["confidence_score"]
    assert reason == f"The assistant's confidence was high ({score:.2f}); the rule asks for low, not stated."
    assert explained["facts"]["answered"] is True
    assert datetime.fromisoformat(explained["decided_at"]).tzinfo is UTC
    nothing = {"handoff": None, "priority": None, "channel": None, "ticket": None, "answer_shown": True}
    assert explained["outcome"] == nothing
    _, out, _ = await run("rules", "explain", explained["question"])
    assert "-     asks for a person: Nothing in the message asks for a person.\n" in out
    assert out.endswith("Nothing was handed over. The employee has the answer of the assistant.\n")


async def test_it_says_of_a_handoff_which_rules_fired_and_what_was_done(own_scene: Scene, run: Command) -> None:
    await own_scene.ask(PERSON)
    explained = await as_json(run, "rules", "explain", "HD-1")

    assert _rule(explained, "asks for a person") == (
        True,
        "The employee asked for a person: “I want to talk to a person”.",
    )
    assert explained["outcome"] == {
        "handoff": 1,
        "priority": "high",
        "channel": HANDOFF_CHANNEL,
        "ticket": "HD-1",
        "answer_shown": False,
    }


async def test_a_verdict_and_the_confidence_are_explained_together(own_scene: Scene, run: Command) -> None:
    asked = await own_scene.ask(CONFIDENT)
    before = await as_json(run, "rules", "explain", asked)
    await own_scene.rate(asked, "bad")
    after = await as_json(run, "rules", "explain", asked)

    assert _rule(before, "not helpful")[1] == (
        "The employee has not rated the answer; the rule asks for “not helpful”."
    )
    assert _rule(after, "not helpful") == (True, "The employee rated the answer as not helpful.")
    assert _rule(after, "unsure answer") == _rule(before, "unsure answer")


async def test_after_retention_no_words_are_left_and_it_says_so(own_scene: Scene, run: Command) -> None:
    await own_scene.ask(PERSON)
    while await delete_old_text(own_scene.bot.store, math.inf):
        pass
    explained = await as_json(run, "rules", "explain", "HD-1")

    assert explained["facts"]["words"] == "deleted"
    assert _rule(explained, "asks for a person") == (True, "The rule fired on words that have been deleted since.")


async def test_a_question_of_before_is_explained_as_far_as_it_is_known(own_scene: Scene, run: Command) -> None:
    asked = await own_scene.ask(UNKNOWN)
    await own_scene.bot.store.run(lambda tx: tx.connection.exec_driver_sql("UPDATE questions SET decisions = ''"))
    status, out, err = await run("rules", "explain", asked)

    assert (status, err) == (0, "")
    assert "before facts were stored" in out
    assert "fired unsure answer" in out
    assert await run("rules", "explain", "que_nothing") == (1, "", "Nothing is known of 'que_nothing'.\n")


def _replace(policy: Path) -> None:
    policy.write_text("version = 1\n[[rule]]\nname = 'unhappy'\ncondition = 'verdict'\n", encoding="utf-8")


async def _why(scene: Scene) -> str:
    await scene.press_card("explain", who=BEN)
    return scene.private_notes(BEN)[-1]


@pytest.mark.both_engines
@pytest.mark.parametrize("restarts", [False, True])
async def test_an_older_decision_is_explained_by_the_policy_of_then(
    world: LocalWorld, run: Command, policy: Path, restarts: bool
) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.ask(PERSON)
        before = await as_json(run, "rules", "explain", "HD-1")
        _replace(policy)
        if not restarts:
            await bot.policy.reload()
            await _why(scene)
    if restarts:
        async with world.bot() as bot:
            await _why(Scene(world, bot))
    note = scene.private_notes(BEN)[-1]

    assert f"Decided under the policy `{before['fingerprint']}`, which isn't in force now:" in note
    assert "*asks for a person*: The employee asked for a person: “I want to talk to a person”." in note
    assert [name for name in RULES if f"*{name}*" in note] == RULES
    assert await as_json(run, "rules", "explain", "HD-1") == before


async def test_a_policy_that_this_version_cannot_read_is_said_to_be_one(
    world: LocalWorld, run: Command, policy: Path
) -> None:
    async with world.bot() as bot:
        await Scene(world, bot).ask(PERSON)
    _replace(policy)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await bot.store.run(lambda tx: tx.connection.exec_driver_sql("UPDATE policies SET text = 'x' || text"))
        note = await _why(scene)
        _, out, _ = await run("rules", "explain", "HD-1")

    assert "Its text or the facts of then can't be read any more, so only the rules that fired are known:" in note
    assert "✅ *asks for a person*" in note
    assert "*not helpful*" not in note
    assert "cannot be read: only the rules that fired are known." in out


async def test_why_in_the_menu_of_a_card_shows_the_agent_each_rule(own_scene: Scene) -> None:
    await own_scene.ask(PERSON)
    await own_scene.press_card("explain", who=BEN)

    (note,) = own_scene.private_notes(BEN)
    assert "*asks for a person*: The employee asked for a person: “I want to talk to a person”." in note
    assert "*not helpful*: The employee has not rated the answer; the rule asks for “not helpful”." in note
