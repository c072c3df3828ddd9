"""The whole desk on Teams with a client that Microsoft wrote: their Playground, driven in a real browser."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from bot.app import Outside, RunningBot
from sandbox.recording.browser import CHROMIUM, chromium
from sandbox.slack import LocalSlack
from sandbox.teams import LocalTeams
from sandbox.uppzy import LocalUppzy
from sandbox.world import NO_SLACK, LocalWorld, local_settings, teams_environment
from tests.bench.processes import free_port
from tests.conftest import NewDatabase
from tests.deadlines import HUNG
from tests.playground.client import NODE, NPM, NotToBeHadError, installed, playground
from tests.playground.people import configuration
from tests.playground.signing_proxy import SigningProxy
from tests.policies import with_handoff_rules
from tests.whole.conftest import NOBODY_LISTED, QUICK
from tests.whole.scene import CONFIDENT

pytestmark = [
    pytest.mark.playground,
    pytest.mark.skipif(NODE is None or NPM is None, reason="NO NPM FOUND, so no client of Microsoft's was used"),
    pytest.mark.skipif(CHROMIUM is None, reason="NO CHROMIUM FOUND, so no client of Microsoft's was used"),
]

expect.set_options(timeout=HUNG * 1000)

ANSWER = "You can reset your password yourself"


@dataclass(slots=True)
class AtPlayground:
    """The Playground's page, on which Mia asks and, as a member of the team, takes over. `errors` are the browser's."""

    page: Page
    proxy: SigningProxy
    bot: RunningBot
    errors: list[str]

    async def open(self, place: str) -> None:
        await self.page.get_by_role("treeitem", name=place).click()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def box(self, name: str) -> Locator:
        return self.page.get_by_role("textbox", name=name)

    async def say(self, text: str) -> None:
        """Sends a message in the personal chat, or below the latest card."""
        await self.page.keyboard.type(text)
        await self.button("Send Message").last.click()

    async def ask(self, text: str) -> None:
        await self.page.get_by_role("textbox").last.click()
        await self.say(text)

    async def reply(self, text: str) -> None:
        """Writes below the card. Whoever writes in a channel has to mention the bot: the Playground keeps the rest."""
        await self.page.get_by_role("textbox").last.click()
        await self.page.keyboard.type("@Help")
        await self.page.get_by_role("menuitem", name="Help Desk").click()
        await self.say(f" {text}")

    async def sees(self, *texts: str | re.Pattern[str]) -> None:
        """Waits until these texts stand on the page."""
        for text in texts:
            await expect(self.page.get_by_text(text).last).to_be_visible()

    async def dislike(self, reason: str) -> None:
        await self.button("Dislike").last.click()
        await self.page.get_by_role("dialog").get_by_role("textbox").fill(reason)
        await self.button("Submit").click()
        await self.button("Close").last.click()

    async def rows(self, table: str, where: str) -> int:
        statement = f"SELECT count(*) FROM {table} WHERE {where}"
        return await self.bot.store.read(lambda tx: int(tx.connection.exec_driver_sql(statement).scalar() or 0))

    def pressed(self) -> list[Any]:
        """Returns the actions on cards that arrived, as verbs."""
        arrived = (body for body, _ in self.proxy.activities if body.get("name") == "adaptiveCard/action")
        return [body["value"]["action"]["verb"] for body in arrived]

    def refused(self) -> list[Any]:
        """Returns the activities that the bot did not take."""
        return [body for body, status in self.proxy.activities if status != 200]


@pytest.fixture
async def mia(new_sqlite: NewDatabase, tmp_path: Path) -> AsyncIterator[AtPlayground]:
    try:
        await installed()
    except NotToBeHadError as error:
        pytest.skip(f"NO REGISTRY OF PACKAGES, so no client of Microsoft's was used: {error}")
    port = free_port()
    policy = tmp_path / "policy.toml"
    policy.write_text(with_handoff_rules("relay_delay_seconds = 0"), encoding="utf-8")
    folder = tmp_path / "playground"
    folder.mkdir()
    async with (
        LocalTeams() as teams,
        LocalUppzy() as uppzy,
        _bot(teams, uppzy, new_sqlite(), port, policy) as bot,
        SigningProxy(f"{bot.url}/teams/messages", teams.authorization) as proxy,
        playground(proxy.address, configuration(teams.bot), folder, port) as address,
        _page(address) as (page, errors),
    ):
        yield AtPlayground(page, proxy, bot, errors)


@contextlib.asynccontextmanager
async def _bot(
    teams: LocalTeams, uppzy: LocalUppzy, database: str, port: int, policy: Path
) -> AsyncIterator[RunningBot]:
    """Runs the bot with the login and the keys of the local Teams, and with the Playground as its connector."""
    more = {
        **teams_environment(teams),
        **NO_SLACK,
        "TEAMS_SERVICE_HOSTS": "localhost",
        "TEAMS_SERVICE_URL": f"http://localhost:{port}/_connector/",
        "POLICY_FILE": str(policy),
    }
    slack = LocalSlack()
    settings = local_settings(slack, uppzy, database, more)
    outside = Outside(timeouts=QUICK, people=NOBODY_LISTED, stop_timeout=0.2)
    async with LocalWorld(slack=slack, uppzy=uppzy, settings=settings, outside=outside, teams=teams).bot() as bot:
        yield bot


@contextlib.asynccontextmanager
async def _page(address: str) -> AsyncIterator[tuple[Page, list[str]]]:
    errors: list[str] = []
    async with chromium() as browser, await browser.new_page(viewport={"width": 1400, "height": 950}) as page:
        page.set_default_timeout(HUNG * 1000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        # The page asks the Internet for fonts, and works without.
        await page.route(lambda url: not url.startswith(address), lambda route: route.abort())
        await page.goto(address)
        yield page, errors


async def test_microsofts_client_goes_with_a_request_from_the_dislike_to_its_resolution(mia: AtPlayground) -> None:
    # The client tells of the installation, which is greeted.
    await mia.sees("I'm the help desk's assistant.")
    await mia.ask(CONFIDENT)
    await mia.sees(ANSWER, "AI generated")
    await expect(mia.button("Like")).to_be_visible()

    await mia.dislike("Too long for me")
    await mia.sees("asked a colleague to take over")
    await mia.open("Support - Handoffs")
    await mia.sees("Unclaimed", "The employee rated the answer as not helpful.", "Too long for me")
    await mia.button("Claim").click()
    await mia.sees("Claimed by Mia", "Mia claimed this.")
    await mia.reply("Have you tried the other device?")
    await mia.open("Personal Chat")
    await mia.sees("is helping you with", "from the support team", "Have you tried the other device?")

    await mia.open("Support - Handoffs")
    await mia.button("Resolve").click()
    await mia.box("The resolution in your words").fill("Bring your phone to the desk.")
    await mia.page.get_by_role("checkbox", name="Save as a draft help article").check()
    await mia.button("Send").click()
    await mia.sees("Resolved by Mia", "Mia resolved this.")
    await mia.open("Personal Chat")
    await mia.sees("Bring your phone to the desk.")
    await mia.button("Yes, solved").click()
    await mia.sees("You said: yes, solved.")

    assert await mia.rows("verdicts", "rating = 'bad' AND reason = 'Too long for me'") == 1
    assert await mia.rows("handoffs", "state = 'resolved' AND surface = 'teams'") == 1
    assert await mia.rows("local_tickets", "status = 'solved'") == 1
    assert mia.pressed() == ["claim", "resolve", "solved"]
    assert mia.refused() == []
    assert mia.errors == []


async def test_microsofts_client_asks_for_a_person_by_the_suggested_action(mia: AtPlayground) -> None:
    await mia.sees("I'm the help desk's assistant.")
    await mia.ask(CONFIDENT)

    await mia.button("Talk to a person").click()

    await mia.sees("asked the support team")
    await mia.open("Support - Handoffs")
    # The card has the question and the answer that the suggestion stood below.
    await mia.sees("The employee pressed “Talk to a person”.", CONFIDENT, ANSWER)
    await mia.open("Personal Chat")
    await mia.button("I don't need a person").click()
    await mia.open("Support - Handoffs")
    await mia.sees(re.compile("Withdrawn|no longer need"))
    assert mia.pressed() == ["withdraw"]
    assert mia.refused() == []
    assert mia.errors == []
