"""A changed policy in a running desk: decisions before and after, the alarm about mistakes, and the history."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.commands import application
from sandbox.world import BEN, HANDOFF_CHANNEL, MIA, TOM, LocalWorld
from storage import models
from storage.repositories import Transaction
from tests.whole.scene import CONFIDENT, Scene

MATTER = "The blue lamp is broken, how do I reset my password?"
LAMPS = """
[[rule]]
name = "lamps"
condition = "phrase"
phrases = ["blue lamp"]
channel = "C0LAMPS00"
"""


def alarms(scene: Scene) -> list[str]:
    return [one.text for one in scene.world.slack.messages(HANDOFF_CHANNEL) if one.text.startswith(("🚨", "✅"))]


def _text(policy: Path) -> str:
    return policy.read_text(encoding="utf-8")


def _write(policy: Path, text: str) -> None:
    policy.write_text(text, encoding="utf-8")


def _changed(policy: Path, old: str, new: str) -> None:
    text = policy.read_text(encoding="utf-8")
    assert old in text
    policy.write_text(text.replace(old, new), encoding="utf-8")


async def _reloaded(scene: Scene) -> None:
    await scene.bot.policy.reload()
    await scene.settled()


async def test_what_is_asked_after_a_reload_is_decided_by_the_new_policy_alone(own_scene: Scene, policy: Path) -> None:
    scene, slack = own_scene, own_scene.world.slack
    slack.add_channel("C0LAMPS00", "lamps", members=[BEN, slack.bot_user_id])
    await scene.ask(MATTER)
    assert slack.messages("C0LAMPS00") == []
    _changed(policy, "\n[handoff]", f'\n{LAMPS}\n[handoff]\nlanguage = "de"')
    await _reloaded(scene)
    root = await scene.ask(MATTER, who=TOM)

    (card,) = [message for message in slack.messages("C0LAMPS00") if "handoff_" in str(message.blocks)]
    assert "Übernehmen" in str(card.blocks)
    await scene.press(card, "handoff_claim", who=BEN)
    await slack.say(BEN, "C0LAMPS00", "I bring a new one.", card.ts)
    await scene.settled()
    assert "I bring a new one." in scene.texts(root, who=TOM)


async def test_a_changed_file_is_noticed_without_a_signal(world: LocalWorld, policy: Path) -> None:
    world.outside = replace(world.outside, policy_interval=0.01)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        _changed(policy, "\n[handoff]", "\n[handoff]\nunknown = 1")
        await world.slack.wait_for(lambda: bool(alarms(scene)))


async def test_mistakes_keep_the_old_policy_and_are_one_alarm_until_they_are_mended(
    own_scene: Scene, policy: Path
) -> None:
    scene, before = own_scene, _text(policy)
    _changed(policy, "most_open_per_day", "most_opened_per_day")
    line = _text(policy).splitlines().index("most_opened_per_day = 0") + 1
    for _ in range(3):
        await _reloaded(scene)

    (alarm,) = alarms(scene)
    assert alarm.startswith("🚨")
    assert f"policy.toml:{line}: " in alarm
    assert "Did you mean “most_open_per_day”?" in alarm
    root = await scene.ask("I want to talk to a person")
    assert len(scene.world.cards) == 1, scene.texts(root)
    _write(policy, before)
    await _reloaded(scene)

    (over,) = alarms(scene)
    assert over.startswith("✅")
    assert await scene.count("policy_changes") == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_two_processes_raise_one_alarm_and_record_one_change(world: LocalWorld, policy: Path) -> None:
    async with world.bot() as first, world.bot() as second:
        scene = Scene(world, second)
        good = _text(policy)
        _write(policy, good + "wrong = 1\n")
        await asyncio.gather(first.policy.reload(), second.policy.reload())
        await world.slack.wait_for(lambda: bool(alarms(scene)))
        await first.policy.look()
        await second.policy.look()
        assert ["in all" in str(one.blocks) for one in world.slack.messages(HANDOFF_CHANNEL)] == [False]
        _write(policy, good + "# mended\n")
        await asyncio.gather(first.policy.reload(), second.policy.reload())
        await world.slack.wait_for(lambda: alarms(scene)[0].startswith("✅"))

        assert len(alarms(scene)) == 1
        assert await scene.count("policy_changes") == 2


async def test_an_alarm_is_over_when_the_desk_starts_with_a_mended_file(world: LocalWorld, policy: Path) -> None:
    good = _text(policy)
    async with world.bot() as bot:
        _write(policy, good + "wrong = 1\n")
        await bot.policy.reload()
        scene = Scene(world, bot)
        await scene.settled()
        assert len(alarms(scene)) == 1
    _write(policy, good)
    async with world.bot() as bot:
        await Scene(world, bot).settled()

        assert [alarm[0] for alarm in alarms(scene)] == ["✅"]


async def test_a_policy_with_a_channel_of_another_company_is_refused(own_scene: Scene, policy: Path) -> None:
    scene, slack = own_scene, own_scene.world.slack
    slack.add_channel("C0LAMPS00", "lamps", members=[BEN, slack.bot_user_id])
    slack.workspace.channels["C0LAMPS00"].is_ext_shared = True
    _changed(policy, "\n[handoff]", f"\n{LAMPS}\n[handoff]")
    await _reloaded(scene)

    (alarm,) = alarms(scene)
    assert "C0LAMPS00 is shared with another company" in alarm
    assert await scene.count("policy_changes") == 1


async def test_the_time_of_the_review_follows_the_policy(own_scene: Scene, policy: Path) -> None:
    def due(tx: Transaction) -> set[float]:
        jobs = models.scheduled_jobs
        return set(
            tx.connection.execute(
                jobs.select().with_only_columns(jobs.c.due_at).where(jobs.c.kind == "post_digest")
            ).scalars()
        )

    before = await own_scene.bot.store.run(due)
    _write(policy, _text(policy) + '[review]\nday = "wednesday"\n')
    await _reloaded(own_scene)

    (new,) = await own_scene.bot.store.run(due) - before
    assert (new - next(iter(before))) % (7 * 86_400) == 2 * 86_400


async def test_the_history_shows_each_change_with_a_diff(own_scene: Scene, policy: Path) -> None:
    path = own_scene.world.settings.database_url.removeprefix("sqlite:///")

    def history(*options: str) -> Result:
        return CliRunner().invoke(application, ["rules", "history", "--database", path, *options])

    _write(policy, _text(policy) + "# mind the gap\n")
    await _reloaded(own_scene)
    first, second = json.loads(history("--format", "json").output)

    assert first["diff"] == ""
    assert (first["number"], second["number"]) == (1, 2)
    assert first["fingerprint"] == second["fingerprint"]
    assert first["digest"] != second["digest"]
    assert "+# mind the gap" in second["diff"].splitlines()
    table, listed = history().output, history("--format", "csv").output
    assert f"2. {second['at']}  fingerprint {second['fingerprint']}\n--- policy 1" in table
    assert listed.startswith("number,at,fingerprint,digest,diff\n1,")
    # No spreadsheet takes the diff, which begins with "---", for a formula.
    assert "\"'--- policy 1" in listed


async def test_a_question_is_answered_while_the_policy_is_reloaded_again_and_again(
    own_scene: Scene, policy: Path
) -> None:
    text = _text(policy)
    for number in range(5):
        _write(policy, f"{text}# {number}\n")
        await asyncio.gather(own_scene.bot.policy.reload(), own_scene.world.slack.dm(MIA, CONFIDENT))
    await own_scene.settled()

    assert await own_scene.count("policy_changes") == 6
    assert await own_scene.count("answers") == 5
