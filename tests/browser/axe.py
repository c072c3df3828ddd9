"""Findings of axe-core: what keeps people from using a page."""

from __future__ import annotations

import importlib.util

import pytest
from playwright.async_api import Page


async def findings(page: Page, within: str | None = None) -> list[tuple[str, str]]:
    """Returns the ids of what is found in the page, or `within` a part of it, each with its impact."""
    if importlib.util.find_spec("axe_playwright_python") is None:
        pytest.skip("NO AXE-CORE FOUND: install the extra `check`")
    from axe_playwright_python.async_playwright import Axe

    found = await Axe().run(page, context=within)
    return [(one["id"], one["impact"]) for one in found.response["violations"]]
