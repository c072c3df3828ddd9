"""The benchmark says honestly what was met and what was missed."""

from __future__ import annotations

import math

import pytest

from tests.bench.figures import Aim, Figure, percentile, table


@pytest.mark.parametrize(
    ("aim", "value", "verdict"),
    [
        (Aim(below=100), 99.9, "met"),
        (Aim(below=100), 100.0, "MISSED"),
        (Aim(at_most=0), 0, "met"),
        (Aim(at_most=0), 1, "MISSED"),
        (Aim(at_least=2_000), 2_000, "met"),
        (Aim(at_least=2_000), 1_999, "MISSED"),
        (Aim(at_least=150, later=True), 10.0, ""),
        (Aim(below=100), math.nan, "MISSED"),
    ],
)
def test_an_aim_is_met_or_missed(aim: Aim, value: float, verdict: str) -> None:
    assert Figure(name="speed", value=value, aim=aim).verdict == verdict


def test_the_table_shows_the_bot_beside_the_bare_app() -> None:
    figure = Figure(name="acknowledgement", unit="ms", value=6.0, bare=2.0, aim=Aim(below=100))

    assert table([figure]).splitlines()[1].split() == [
        "acknowledgement,",
        "ms",
        "6.0",
        "2.0",
        "3.0x",
        "<",
        "100",
        "met",
    ]


def test_a_percentile_lies_where_so_many_hundredths_end() -> None:
    assert percentile(range(101), 99) == pytest.approx(99)
    assert math.isnan(percentile([], 99))
