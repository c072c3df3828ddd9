"""`uppzy-desk rules replay`: what a changed policy would have done with the questions that were asked."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

import pytest

from bot.cli.replay_report import replayed_as_json
from bot.cli.replaying import replaying
from bot.helpdesk.escalation import ReplayResult
from storage.engines import location_of
from storage.queries.decided import parts_of_decided, read_decided
from storage.retention import delete_old_text
from tests.whole.commands import Command, as_json, command
from tests.whole.scene import CONFIDENT, PERSON, UNKNOWN, Scene


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return command(database_url, monkeypatch, capsys)


@pytest.mark.both_engines
async def test_it_tells_what_would_be_handed_over_in_addition_no_longer_and_differently(
    own_scene: Scene, run: Command, policy: Path
) -> None:
    questions = [await own_scene.ask(text) for text in (CONFIDENT, PERSON, UNKNOWN)]
    explained = [await as_json(run, "rules", "explain", asked) for asked in questions]
    confident, person, unknown = (one["question"] for one in explained)
    same = await _replay(run, policy)

    assert (same["questions"], same["judged"]) == (3, 3)
    assert same["before"] == same["after"]
    assert same["before"]["handoffs"] == 2
    assert [same[kind] for kind in ("added", "removed", "changed")] == [[], [], []]

    priority, phrases = ('"phrase"\npriority = "high"', '"phrase"'), ("phrases = []", 'phrases = ["reset"]')
    changed = _changed(policy, priority, phrases, ('levels = ["low"]', 'levels = ["medium"]'))
    found = await _replay(run, changed)

    assert [(one["question"], one["text"]) for one in found["added"]] == [(confident, CONFIDENT)]
    assert [(one["question"], one["text"]) for one in found["removed"]] == [(unknown, UNKNOWN)]
    (other,) = found["changed"]
    assert (other["question"], other["before"]["priority"], other["after"]["priority"]) == (person, "high", "normal")
    assert found["by_rule"]["unsure answer"] == {"before": 1, "after": 0}
    status, out, _ = await run("rules", "replay", str(changed), "--format", "csv")
    assert [row["change"] for row in csv.DictReader(out.splitlines())] == ["added", "changed", "removed"]
    assert status == 0


async def test_without_their_words_questions_are_counted_and_not_judged(
    own_scene: Scene, run: Command, policy: Path
) -> None:
    await own_scene.ask(CONFIDENT)
    while await delete_old_text(own_scene.bot.store, math.inf):
        pass
    found = await _replay(run, policy)
    _, out, _ = await run("rules", "replay", str(policy), "--since", "30d")

    assert (found["questions"], found["judged"]) == (1, 0)
    assert "1 could not be judged" in out
    assert (await run("rules", "replay", "nothing.toml"))[0] == 1
    broken = _changed(policy, ("version = 1", "version = 1\nnonsense = 1"))
    assert (await run("rules", "replay", str(broken)))[0] == 2


@pytest.mark.both_engines
async def test_parts_make_up_the_whole(own_scene: Scene, database_url: str) -> None:
    for text in (CONFIDENT, PERSON, UNKNOWN):
        await own_scene.ask(text)
    location = location_of(database_url)
    everything = list(read_decided(location, 0.0))
    for size in (1, 2, 3, 4):
        parts = [list(read_decided(location, 0.0, part)) for part in parts_of_decided(location, 0.0, size)]

        assert [question for part in parts for question in part] == everything
        assert all(len(part) <= size for part in parts)


async def test_several_processes_tell_the_same_as_one(own_scene: Scene, database_url: str, policy: Path) -> None:
    for text in (CONFIDENT, PERSON, UNKNOWN):
        await own_scene.ask(text)
    changed = _changed(policy, ("phrases = []", 'phrases = ["reset"]'), ('levels = ["low"]', 'levels = ["medium"]'))
    results = []
    for processes, size in ((1, 100), (2, 1)):
        result = ReplayResult()
        text, location = changed.read_text(encoding="utf-8"), location_of(database_url)
        with replaying(text, location, 0.0, size=size, processes=processes) as parts:
            for part in parts:
                result.add(part)
        results.append(replayed_as_json(result))

    assert results[0] == results[1]
    assert json.loads(results[0])["judged"] == 3
    assert [len(json.loads(results[0])[kind]) for kind in ("added", "removed")] == [1, 1]


def _changed(policy: Path, *changes: tuple[str, str]) -> Path:
    text = policy.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    changed = policy.with_name("changed.toml")
    changed.write_text(text, encoding="utf-8")
    return changed


async def _replay(run: Command, file: Path) -> Any:
    status, out, err = await run("rules", "replay", str(file), "--format", "json")
    assert status == 0, err
    return json.loads(out)
