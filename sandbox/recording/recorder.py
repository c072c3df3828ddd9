"""Records the scenes: one picture for each state, in the order of the scenes."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from playwright.async_api import Browser, Error

from bot.errors import SettingsError
from bot.helpdesk.model.chat import ENGLISH
from bot.resources import shipped_file
from sandbox.recording.browser import CHROMIUM, browsing, chromium
from sandbox.recording.scenes import DEADLINE, HANDOFF_RULES, SCENES, Scene
from sandbox.story.narrator import Say

_START = "2026-11-24T10:00"
_SIZE = (1440, 900)


async def record(folder: Path, say: Say, scenes: Sequence[Scene] = SCENES, language: str = ENGLISH) -> int:
    """Plays the scenes in a browser, and writes a picture of each state into the folder.

    `language` is that of the bot's texts. Returns 0 where every scene was played to its end without an error of the
    page, else 1. Raises SettingsError where there is no browser.
    """
    if CHROMIUM is None:
        raise SettingsError(["--record needs a browser: install chromium, or Google Chrome."])
    recording = _Recording(folder, say, language)
    async with chromium() as browser:
        for scene in scenes:
            await recording.play(browser, scene)
    say(f"{recording.taken} pictures in {folder}.")
    for problem in recording.problems:
        say(f"Problem: {problem}")
    return 1 if recording.problems else 0


class _Recording:
    def __init__(self, folder: Path, say: Say, language: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._language = language
        self._folder = folder
        self._say = say
        self.taken = 0
        self.problems: list[str] = []

    async def play(self, browser: Browser, scene: Scene) -> None:
        """Plays a scene on a desk of its own; one that gets stuck is a problem, and leaves a picture."""
        with _policy_of(scene, self._language) as policy:
            await self._play(browser, scene, policy)

    async def _play(self, browser: Browser, scene: Scene, policy: Path) -> None:
        async with browsing(
            browser, start=_START, size=_SIZE, deadline=DEADLINE, policy=policy, language=self._language
        ) as demo:

            async def picture(name: str) -> None:
                self.taken += 1
                file = self._folder / f"{self.taken:02d}-{name}.png"
                await demo.hide_toast()
                await demo.page.screenshot(path=file)
                self._say(file.name)

            try:
                await scene(demo, picture)
            except (Error, AssertionError) as error:
                await picture("stuck")
                self.problems.append(f"{scene.__name__.strip('_')} is stuck: {str(error).splitlines()[0]}")
            self.problems += demo.errors


@contextlib.contextmanager
def _policy_of(scene: Scene, language: str) -> Iterator[Path]:
    """Provides the policy that came with the program, not the operator's own; as a copy where the scene has rules."""
    shipped, rules = shipped_file("config/escalation.toml"), HANDOFF_RULES.get(scene)
    if rules is None:
        yield shipped
        return
    with tempfile.TemporaryDirectory(prefix="uppzy-desk-scene-") as folder:
        copy = Path(folder) / shipped.name
        text = f'{shipped.read_text(encoding="utf-8")}\n[handoff]\nlanguage = "{language}"\n{rules}\n'
        copy.write_text(text, encoding="utf-8")
        yield copy
