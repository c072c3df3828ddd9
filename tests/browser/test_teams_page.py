"""The demo's page for Teams in a real browser."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from sandbox.recording.browser import CHROMIUM, browsing, chromium
from tests.browser.axe import findings
from tests.deadlines import HUNG_OFF_LOOP
from tests.whole.day import TUESDAY_MORNING, hurry_handoffs_of_demo

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),  # the event loop of the browser
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="NO CHROMIUM FOUND, so nobody looked at the demo: install chromium"),
]

expect.set_options(timeout=HUNG_OFF_LOOP * 1000)

opening = functools.partial(browsing, start=TUESDAY_MORNING, deadline=HUNG_OFF_LOOP, with_teams=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest.fixture(autouse=True)
def _hurry_handoffs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hurry_handoffs_of_demo(monkeypatch, tmp_path / "demo")


async def test_a_conversation_in_teams_goes_from_the_assistant_to_a_person_and_ends(browser: Browser) -> None:
    async with opening(browser) as demo:
        await demo.mia.get_by_role("button", name="How do I connect to the VPN?").click()
        await demo.mia.get_by_label("Like", exact=True).click()
        await demo.mia.get_by_label("Reason").first.fill("Short")
        await demo.mia.locator("[data-thumb=like]").click()
        await demo.press(demo.mia, "Talk to a person")
        await demo.press(demo.support, "Claim")
        await expect(demo.support).to_contain_text("Claimed by Ada")
        await expect(demo.support).not_to_contain_text("none was given")
        await expect(demo.mia).to_contain_text("Ada is helping you")
        await demo.support.get_by_label("Reply in this thread").fill("Restart the client.")
        await demo.press(demo.support, "Reply")
        await expect(demo.mia).to_contain_text("Restart the client.")
        assert await findings(demo.page) == []

        await demo.support.locator("summary", has_text="Resolve").click()
        await demo.support.get_by_label("The resolution in your words").fill("Restarted.")
        await demo.support.locator("details[open]").get_by_role("button", name="Send").click()

        await expect(demo.mia).to_contain_text("Restarted.")
        await expect(demo.support).to_contain_text("Resolved")
        assert demo.errors == []


async def test_what_people_write_in_teams_can_be_changed_and_deleted(browser: Browser) -> None:
    async with opening(browser) as demo:
        post = demo.support.get_by_label("New message to the channel")
        await post.fill("Among us")
        await post.press("Enter")
        await demo.press(demo.support, "Edit")
        await demo.support.get_by_label("Changed message").fill("Between us")
        await demo.press(demo.support, "Save")
        await expect(demo.support).to_contain_text("Between us")
        await expect(demo.support).to_contain_text("edited")

        await demo.press(demo.support, "Delete")

        await expect(demo.support).to_contain_text("This message has been deleted.")
        assert demo.errors == []
