"""Cases of tests that run on both engines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest


def on_engines(
    names: str,
    cases: Iterable[tuple[Any, ...]],
    *,
    on_postgresql: Iterable[tuple[Any, ...]],
    scene: str = "database_url",
) -> pytest.MarkDecorator:
    """Parametrizes a test with `names`: all cases on SQLite, and the cases of `on_postgresql` there as well.

    `scene`: the fixture that takes the engine.

    The tests of `tests/storage` compare the engines. Of a matrix of what Slack and people do, PostgreSQL runs one case
    for each way in which the bot uses the database.
    """
    split = [name.strip() for name in names.split(",")]
    engines = [("sqlite", case) for case in cases] + [("postgresql", case) for case in on_postgresql]
    return pytest.mark.parametrize(
        (scene, *split),
        [pytest.param(engine, *case, id="-".join([engine, *_words(split, case)])) for engine, case in engines],
        indirect=[scene],
    )


def _words(names: list[str], case: tuple[Any, ...]) -> Iterator[str]:
    """Yields a word for each value: a name, or whether the parameter holds."""
    for name, value in zip(names, case, strict=True):
        if isinstance(value, bool):
            yield name if value else f"not {name}"
        else:
            yield getattr(value, "__name__", str(value))
