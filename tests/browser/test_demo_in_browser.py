"""The demo in a real browser: what people see, press and read there."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from playwright.async_api import FilePayload, Locator, Page, async_playwright, expect

from bot.sandbox.demo import demo

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
# A picture of one pixel.
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="NO CHROMIUM FOUND, so nobody looked at the demo: install chromium"),
]


@dataclass(slots=True)
class Opened:
    """The demo's page in a browser. `troubles` are errors the browser reported."""

    page: Page
    troubles: list[str] = field(default_factory=list)

    @property
    def mia(self) -> Locator:
        return self.page.locator("#employee")

    @property
    def support(self) -> Locator:
        return self.page.locator("#agents")

    @property
    def panel(self) -> Locator:
        return self.page.locator("#behind").get_by_role("tabpanel")

    async def ask(self, text: str) -> None:
        await self.mia.get_by_label("New question").fill(text)
        await self.mia.get_by_label("New question").press("Enter")

    async def press(self, where: Locator, label: str) -> None:
        await where.get_by_role("button", name=label, exact=True).last.click()


@contextlib.asynccontextmanager
async def browsing(latency: float = 0.05, width: int = 1280) -> AsyncIterator[Opened]:
    """The demo at work, opened in Chromium."""
    stop = asyncio.Event()
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(demo(port=0, ready=address.set_result, stop=stop, latency=latency))
    serving.add_done_callback(lambda ended: address.cancel())
    url = await address
    try:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS.split())
            page = await browser.new_page(viewport={"width": width, "height": 800})
            page.set_default_timeout(5000)
            opened = Opened(page)
            page.on("pageerror", lambda error: opened.troubles.append(str(error)))
            page.on("console", lambda said: opened.troubles.append(said.text) if said.type == "error" else None)
            await page.goto(url)
            yield opened
    finally:
        stop.set()
        await serving


async def test_a_conversation_goes_from_the_assistant_to_a_person_and_ends() -> None:
    async with browsing() as demo:
        await demo.mia.get_by_role("button", name="How do I connect to the VPN?").click()
        await demo.press(demo.mia, "Mark this answer as helpful")
        await expect(demo.mia).to_contain_text("You rated this answer as helpful")

        await demo.mia.get_by_role("button", name="Who waters the plants?").click()
        await demo.press(demo.support, "Claim")
        await expect(demo.support).to_contain_text("claimed by @Ada")
        await demo.support.get_by_label("Reply in this thread").fill("The facilities team, on Tuesdays.")
        await demo.press(demo.support, "Reply")
        # It leaves after five seconds, in which it can be taken back.
        await expect(demo.mia).to_contain_text("The facilities team, on Tuesdays.", timeout=15_000)
        await demo.press(demo.support, "Helpful")
        await expect(demo.support).to_contain_text("helpful, says @Ada (agent)")
        await demo.press(demo.support, "Resolve")
        dialog = demo.page.get_by_role("dialog", name="How was it resolved?")
        await dialog.get_by_label("The resolution in your words").fill("Facilities, on Tuesdays.")
        await dialog.get_by_label("Make this a reference article").check()
        await demo.press(dialog, "Send")

        await expect(demo.mia).to_contain_text("has marked HD-1 as resolved")
        await expect(demo.panel).to_contain_text("solved")
        await expect(demo.panel).to_contain_text("uppzy_session_id")
        assert demo.troubles == []


async def test_the_reason_form_is_a_dialog_for_the_keyboard_too() -> None:
    async with browsing() as demo:
        await demo.ask("How do I connect to the VPN?")
        await demo.press(demo.mia, "Mark this answer as not helpful")
        await demo.press(demo.mia, "Tell us why")
        dialog = demo.page.get_by_role("dialog", name="What was wrong?")
        field = dialog.get_by_label("Tell us what was wrong with the answer")
        await expect(field).to_be_focused()

        await demo.page.keyboard.press("Escape")
        await expect(dialog).to_be_hidden()
        await demo.press(demo.mia, "Tell us why")
        await field.fill("Nothing about Linux")
        await demo.press(dialog, "Send")
        await expect(dialog).to_be_hidden()

        await demo.page.get_by_role("tab", name="Identifiers").click()
        await expect(demo.panel).to_contain_text("Nothing about Linux")
        assert demo.troubles == []


async def test_work_can_be_stopped_and_own_words_changed() -> None:
    async with browsing(latency=60.0) as demo:
        await demo.ask("How do I conect to the VPN?")
        await demo.press(demo.mia, "Edit")
        await demo.mia.get_by_label("Your message").fill("How do I connect to the VPN?")
        await demo.press(demo.mia, "Save")
        await expect(demo.mia).to_contain_text("edited")

        await demo.press(demo.mia, "Stop")

        await expect(demo.mia).to_contain_text("Stopped")
        await expect(demo.mia.get_by_text("Working")).to_be_hidden()
        assert demo.troubles == []


async def test_an_agent_assigns_looks_up_and_finds_the_way_from_home_to_the_thread() -> None:
    async with browsing() as demo:
        await demo.ask("Who waters the plants?")
        await demo.support.get_by_role("combobox", name="Assign to").select_option(label="Ben")
        await expect(demo.support).to_contain_text("claimed by @Ben")
        await expect(demo.support.get_by_role("combobox", name="Assign to")).to_have_value("")
        await demo.press(demo.page.get_by_role("group", name="Let time pass"), "1 hour")
        await expect(demo.page.get_by_role("alert")).to_contain_text("1 hour later")

        card = demo.support.locator(".message").first
        await card.get_by_role("button", name="Show ids").click()
        whisper = demo.support.locator(".whisper", has_text="is known as thread")
        await demo.press(whisper, "Dismiss")
        await expect(whisper).to_be_hidden()
        await demo.support.get_by_label("New message to the handoff channel").fill("@helpdesk HD-1")
        await demo.press(demo.support, "Send")
        await expect(demo.support.locator(".thread").last).to_contain_text("is known as")

        await demo.support.get_by_role("tab", name="Home").click()
        await demo.support.get_by_role("combobox", name="Every priority").select_option("high")
        await expect(demo.support).to_contain_text("Nobody waits here")
        await demo.support.get_by_role("combobox", name="Every priority").select_option("Every priority")
        await expect(demo.support).to_contain_text("opened 1 h ago")
        await demo.support.get_by_role("link", name="HD-1").click()
        await expect(card).to_be_focused()
        await demo.mia.get_by_role("tab", name="Home").click()
        await demo.mia.get_by_role("link", name="open the thread").click()
        await expect(demo.mia.locator(".message").first).to_be_focused()
        assert demo.troubles == []


async def test_a_file_is_attached_taken_out_sent_and_seen_on_the_other_side() -> None:
    async with browsing() as demo:
        await demo.ask("I want to talk to a person")
        await expect(demo.support).to_contain_text("HD-1")
        reply = demo.mia.locator("form.reply")
        picker = reply.locator("input[type=file]")
        await picker.set_input_files([_file("dot.png", "image/png", DOT), _file("wrong.txt", "text/plain", b"wrong")])
        await demo.press(reply, "Remove wrong.txt")
        await demo.press(reply, "Reply")

        copy = demo.support.get_by_role("link", name="dot.png")
        await expect(copy.locator("img")).to_have_js_property("naturalWidth", 1)
        async with demo.page.expect_download() as download:
            await copy.click()
        assert (await (await download.value).path()).read_bytes() == DOT
        await expect(demo.page.get_by_text("wrong.txt")).to_be_hidden()

        await picker.set_input_files([_file("big.bin", "application/octet-stream", bytes(5_000_001))])
        await expect(demo.page.get_by_role("alert")).to_contain_text("up to 5 MB together")
        assert demo.troubles == []


def _file(name: str, kind: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": content}


async def test_on_a_narrow_screen_one_part_is_shown_and_nothing_sticks_out() -> None:
    async with browsing(width=390) as demo:
        await demo.ask("<img src=x onerror='window.alive = true'> My password is hunter2, let me talk to a person")
        places = demo.page.get_by_role("navigation")
        await expect(places.get_by_role("button", name="Support")).to_have_class("news")
        await places.get_by_role("button", name="Support").click()

        await expect(demo.support).to_contain_text("[redacted: password]")
        await expect(demo.mia).to_be_hidden()
        await demo.support.get_by_role("tab", name="Home").click()
        await expect(demo.support).to_contain_text("Unclaimed")
        assert await demo.page.evaluate("document.documentElement.scrollWidth") <= 390
        assert await demo.page.evaluate("window.alive") is None
        assert demo.troubles == []
