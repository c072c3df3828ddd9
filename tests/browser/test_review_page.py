"""The review's page in a real browser: legible in light and dark, on paper, and for those who do not see it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest

from bot import charts
from bot.cli.review_page import page_of
from bot.helpdesk.escalation import HandoffRules
from sandbox.recording.browser import CHROMIUM, chromium
from storage.engines import location_of
from storage.queries.review import read_review_of
from tests.browser.axe import findings
from tests.review.test_figures import BERLIN, MONTHS
from tests.review.year import Year, write_in
from tests.storage.conftest import store_at

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="NO CHROMIUM FOUND, so nobody looked at the page: install chromium"),
    pytest.mark.skipif(not charts.can_draw(), reason="NO MATPLOTLIB FOUND, so the page has no charts: see `charts`"),
]


@pytest.fixture
async def page_file(new_sqlite: Callable[[], str], tmp_path: Path) -> Path:
    url = new_sqlite()
    async with store_at(url) as store:
        await store.run(write_in, Year(seed=5).asked)
    path = tmp_path / "review.html"
    path.write_text(page_of(read_review_of(location_of(url), MONTHS, HandoffRules(), BERLIN)), encoding="utf-8")
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_page_is_self_contained_and_has_no_serious_flaw_for_anybody(
    page_file: Path, scheme: Literal["light", "dark"]
) -> None:
    requests: list[str] = []
    async with chromium() as browser:
        page = await browser.new_page(color_scheme=scheme)
        page.on("request", lambda request: requests.append(request.url))
        await page.goto(page_file.as_uri())

        drawn = await page.locator("figure svg path").count()
        colour = await page.locator("figure svg text").first.evaluate("text => getComputedStyle(text).fill")
        described = await page.locator("[role=img]").first.get_attribute("aria-label")
        serious = [id for id, impact in await findings(page) if impact in {"serious", "critical"}]

    assert requests == [page_file.as_uri()]
    assert drawn > 20
    assert colour == {"light": "rgb(27, 28, 31)", "dark": "rgb(236, 236, 238)"}[scheme]
    assert described is not None
    assert described.startswith("Questions and handoffs of each week: from 2026-")
    assert serious == []


async def test_the_page_prints_dark_on_light_without_parting_a_figure(page_file: Path) -> None:
    async with chromium() as browser:
        page = await browser.new_page(color_scheme="dark")
        await page.goto(page_file.as_uri())
        await page.emulate_media(media="print")

        background = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        parted = await page.locator("figure").first.evaluate("figure => getComputedStyle(figure).breakInside")
        pages = await page.pdf(format="A4")

    assert (background, parted) == ("rgb(255, 255, 255)", "avoid")
    assert pages.startswith(b"%PDF")
