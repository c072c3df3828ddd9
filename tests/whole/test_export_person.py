"""Exporting a person: everything they wrote and were told, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox.world import ADA, MIA, TOM
from storage.audit import read_audit
from storage.engines import location_of
from tests.whole.scene import CONFIDENT, UNKNOWN, Scene
from tests.whole.test_forget import run_program


async def _talk(scene: Scene) -> None:
    root = await scene.ask(f"{UNKNOWN} <b>Marmalade</b>")
    await scene.press_card("claim", who=ADA)
    await scene.write_in_thread("Hello Mia, try the otter")
    await scene.write_in_thread("note: she always asks about turbines")
    await scene.ask("The otter is asleep", thread=root)
    await scene.resolve("Woke the otter", who=ADA)
    await scene.ask(f"{CONFIDENT} says <@{MIA}> of the zebra", who=TOM)
    await scene.settled()


@pytest.mark.both_engines
async def test_what_a_person_wrote_and_was_told_is_exported_and_nothing_else(scene: Scene, tmp_path: Path) -> None:
    await _talk(scene)
    out = tmp_path / "mia.json"

    status, said = await run_program(scene, "export-person", MIA, "--out", str(out))

    assert status == 0, said
    found = json.loads(out.read_text(encoding="utf-8"))
    (conversation,) = found["conversations"]
    assert found["person"]["id"] == MIA
    assert [one["text"] for one in conversation["questions"]] == [f"{UNKNOWN} <b>Marmalade</b>"]
    assert [(one["by"], one["text"]) for one in conversation["messages"]] == [
        ("agent", "Hello Mia, try the otter"),
        ("person", "The otter is asleep"),
    ]
    (handoff,) = conversation["handoffs"]
    assert (handoff["resolution"], handoff["ticket"]["number"]) == ("Woke the otter", "HD-1")
    page = out.with_suffix(".html").read_text(encoding="utf-8")
    assert "&lt;b&gt;Marmalade&lt;/b&gt;" in page
    assert "The otter is asleep" in page
    for words in (page, out.read_text(encoding="utf-8")):
        assert "turbines" not in words
        assert "zebra" not in words
    assert [path.stat().st_mode & 0o077 for path in (out, out.with_suffix(".html"))] == [0, 0]
    location = location_of(scene.world.settings.database_url)
    assert read_audit(location, 0.0, MIA).rows[-1].act == "exported a person"


async def test_an_agent_gets_what_they_wrote_to_others(scene: Scene) -> None:
    await _talk(scene)

    status, said = await run_program(scene, "export-person", ADA)

    assert status == 0
    found = json.loads(said)
    assert found["conversations"] == []
    assert "Hello Mia, try the otter" in [one["text"] for one in found["as_agent"]["messages"]]
    assert [one["text"] for one in found["as_agent"]["resolutions"]] == ["Woke the otter"]
    assert "Marmalade" not in said
    assert (await run_program(scene, "export-person", "U0NOBODY"))[0] == 1
