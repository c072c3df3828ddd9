"""Everybody reads the desk in their own language: employees that of their profile, agents that of the policy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox.world import ADA, MIA, LocalWorld
from tests.policies import policy_at_once
from tests.whole.scene import CONFIDENT, PERSON, Scene
from tests.whole.shared import in_own_loop

pytestmark = in_own_loop
DORA = "U0DORA000"


async def _scene_of(world: LocalWorld, policy: str, tmp_path: Path) -> LocalWorld:
    world.slack.add_user(DORA, "Dora", email="dora@example.com", locale="de-AT")
    file = tmp_path / "in_words.toml"
    file.write_text(policy_at_once() + policy, encoding="utf-8")
    world.settings = world.settings.model_copy(update={"policy_file": file})
    return world


async def test_an_employee_reads_their_language_and_agents_english(world: LocalWorld, tmp_path: Path) -> None:
    await _scene_of(world, "\n[handoff]\nrelay_delay_seconds = 0\n", tmp_path)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(CONFIDENT, who=DORA)
        answer = str(scene.answer(root, who=DORA).blocks)
        await scene.ask(PERSON, who=DORA, thread=root)
        await scene.press_card("claim")

        told = scene.texts(root, who=DORA)
        assert "KI-generiert. Bitte prüfen Sie wichtige Angaben." in answer
        assert "'Nicht hilfreich'" in answer
        assert "Selbstverständlich." in told
        assert f"<@{ADA}> hilft Ihnen jetzt bei *HD-1*" in told
        assert "Ich brauche keine Person" in str([one.blocks for one in scene.replies(root, who=DORA)])
        assert "Why a person is needed" in str(scene.card.blocks)
        assert "Hand back to the assistant" in str(scene.card.blocks)

        await scene.write_in_thread("Guten Tag")
        assert f"<@{ADA}> vom Support" in str(scene.replies(root, who=DORA)[-1].blocks)


async def test_agents_read_the_language_of_the_policy(world: LocalWorld, tmp_path: Path) -> None:
    await _scene_of(world, '\n[handoff]\nlanguage = "fr"\n', tmp_path)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(CONFIDENT)
        await scene.ask(PERSON, thread=root)
        form = await scene.open_form("resolve")

        assert "Pourquoi une personne est nécessaire" in str(scene.card.blocks)
        assert "Confiance\N{NO-BREAK SPACE}: *élevée (0" in json.dumps(scene.card.blocks, ensure_ascii=False)
        assert "Rendre à l'assistant" in str(scene.card.blocks)
        assert "Comment est-ce résolu ?" in str(form)
        assert "Of course." in scene.texts(root, who=MIA)


async def test_the_home_tab_is_in_the_language_of_who_opens_it(world: LocalWorld, tmp_path: Path) -> None:
    await _scene_of(world, "", tmp_path)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.ask(CONFIDENT, who=DORA)
        assert (await world.slack.open_home(DORA, "home")).ok
        await scene.settled()

        assert "Ihre früheren Anfragen" in str(world.slack.home(DORA))


@pytest.mark.parametrize("text", ["employee-disclaimer = Von der KI der Firma.\n"])
async def test_an_operators_own_sentence_replaces_the_one_that_ships(
    world: LocalWorld, tmp_path: Path, text: str
) -> None:
    await _scene_of(world, "", tmp_path)
    (tmp_path / "de.ftl").write_text(text, encoding="utf-8")
    world.settings = world.settings.model_copy(update={"messages_dir": tmp_path})
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(CONFIDENT, who=DORA)

        assert "Von der KI der Firma." in str(scene.answer(root, who=DORA).blocks)
