"""What holds for every test: nothing of the machine's environment reaches it."""

from __future__ import annotations

import os

import pytest

from bot.settings import VARIABLES


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own settings and proxies change no result."""
    for name in list(os.environ):
        if name in VARIABLES or name.startswith(("SLACK_", "UPPZY_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
