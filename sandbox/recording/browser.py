"""Chromium with the demo's page, for pictures and for the tests of the page."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, async_playwright

from bot.helpdesk.model.chat import ENGLISH
from sandbox.demo import demo
from sandbox.demo.simulated_clock import from_then_on
from sandbox.recording.phrasebook import Phrasebook

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
"""The browser's program, or None where there is none."""

_ARGUMENTS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


@dataclass(slots=True)
class DemoInBrowser:
    """The demo's page in a browser. `errors` are those the browser reported.

    Labels are given in English; `words` has those of the language in which the bot speaks.
    """

    page: Page
    errors: list[str] = field(default_factory=list)
    words: Phrasebook = field(default_factory=lambda: Phrasebook(ENGLISH))

    @property
    def mia(self) -> Locator:
        return self.page.locator("#employee")

    @property
    def support(self) -> Locator:
        return self.page.locator("#agents")

    @property
    def panel(self) -> Locator:
        return self.page.locator("#inspector").get_by_role("tabpanel")

    @property
    def card(self) -> Locator:
        """The oldest card in the handoff channel."""
        return self.support.locator(".message").first

    def form(self, title: str) -> Locator:
        return self.page.get_by_role("dialog", name=self.words(title))

    def field(self, form: Locator, label: str) -> Locator:
        """Returns a field of a form."""
        return form.get_by_label(self.words(label))

    async def hide_toast(self) -> None:
        """Hides the note at the bottom of the page, which disappears after some seconds anyway."""
        await self.page.locator("#toast").evaluate("toast => toast.classList.remove('shown')")

    async def ask(self, text: str) -> None:
        """Asks a new question as Mia."""
        await self.mia.get_by_label("New question").fill(text)
        await self.mia.get_by_label("New question").press("Enter")

    async def write(self, where: Locator, text: str) -> None:
        """Replies in the latest thread of a pane."""
        await where.get_by_label("Reply in this thread").last.fill(text)
        await self.press(where, "Reply")

    async def press(self, where: Locator, label: str) -> None:
        """Presses a button, or an entry of a menu behind three dots."""
        menu = self.menu(where, label)
        if await menu.count():
            await menu.last.click()
        await where.get_by_role("button", name=self.words(label), exact=True).last.click()

    def menu(self, where: Locator, label: str) -> Locator:
        """Returns the three dots of the closed menus with this entry."""
        entry = self.page.get_by_role("button", name=self.words(label), exact=True, include_hidden=True)
        return where.locator("details.overflow:not([open])", has=entry).locator("summary")


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Starts Chromium."""
    async with (
        async_playwright() as playwright,
        await playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS.split()) as browser,
    ):
        yield browser


@contextlib.asynccontextmanager
async def browsing(
    browser: Browser,
    *,
    start: str,
    latency: float = 0.05,
    size: tuple[int, int] = (1280, 800),
    deadline: float = 60.0,
    policy: Path | None = None,
    language: str = ENGLISH,
    with_teams: bool = False,
) -> AsyncIterator[DemoInBrowser]:
    """Runs the demo from `start` on and opens it in the browser, without anything of an earlier visit.

    `start` is a time in the demo's zone; `latency` is that of the local Uppzy, and `deadline` that of each act, in
    seconds. Without `policy`, the operator's own is used, or the one that came with the program. `language` is that of
    the bot's texts. `with_teams` opens the page for Teams.
    """
    stop = asyncio.Event()
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    now = from_then_on(start)
    serving = asyncio.create_task(
        demo(
            port=0,
            ready=address.set_result,
            stop=stop,
            latency=latency,
            now=now,
            policy=policy,
            language=language,
            with_teams=with_teams,
        )
    )
    serving.add_done_callback(lambda ended: address.cancel())
    url = await address
    width, height = size
    try:
        async with await browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce") as page:
            page.set_default_timeout(deadline * 1000)
            opened = DemoInBrowser(page, words=Phrasebook(language))
            page.on("pageerror", lambda error: opened.errors.append(str(error)))
            page.on("console", lambda line: opened.errors.append(line.text) if line.type == "error" else None)
            await page.goto(f"{url}teams" if with_teams else url)
            await page.locator("body:not([aria-busy])").wait_for()
            yield opened
    finally:
        stop.set()
        await serving
