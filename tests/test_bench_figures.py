"""The benchmark report marks each target as met or missed."""

from __future__ import annotations

import math

import pytest

from tests.bench.figures import OURS, Aim, Column, Row, both, percentile
from tests.bench.report import BEGIN, END, by_hand, document, number, table

CONDITIONS = {"processor": "a fast one", "date": "2026-01-01"}


@pytest.mark.parametrize(
    ("aim", "value", "met"),
    [
        (Aim(below=100), 99.9, True),
        (Aim(below=100), 100.0, False),
        (Aim(at_most=0), 0, True),
        (Aim(at_most=0), 1, False),
        (Aim(at_least=2_000), 2_000, True),
        (Aim(at_least=2_000), 1_999, False),
        (Aim(below_times=3), 29.9, True),
        (Aim(below_times=3), 30.0, False),
        (Aim(at_least_times=0.5), 5.0, True),
        (Aim(at_least_times=0.5), 4.9, False),
        (Aim(below=100, below_times=3), 99.0, False),
        (Aim(below=20, below_times=3), 25.0, False),
        (Aim(below=100), math.nan, False),
        (Aim(at_least_times=0.5), math.nan, False),
    ],
)
def test_an_aim_is_met_or_missed(aim: Aim, value: float, met: bool) -> None:
    assert (aim.missed_by(value, bare=10.0) is None) is met


def test_without_the_bare_app_no_aim_that_needs_it_is_met() -> None:
    assert Aim(below_times=3).missed_by(1.0, bare=None) is not None


def test_a_miss_says_by_how_much_of_the_bound_and_the_worst_counts() -> None:
    assert Aim(below=100).missed_by(150.0, bare=None) == pytest.approx(0.5)
    assert Aim(at_least=200).missed_by(150.0, bare=None) == pytest.approx(0.25)
    assert Aim(below=100, below_times=3).missed_by(150.0, bare=10.0) == pytest.approx(4.0)


def test_ours_are_compared_with_the_bare_app_or_else_with_the_best_of_the_others() -> None:
    others = {Column.SQLITE: 20.0, Column.SYNC_BOLT: 5.0, Column.SLACK_MACHINE: 10.0}

    assert Row(what="speed", values={**others, Column.BARE: 40.0}).ratio(Column.SQLITE) == 0.5
    assert Row(what="time", values=others).ratio(Column.SQLITE) == 4.0
    assert Row(what="speed", values=others, higher_is_better=True).ratio(Column.SQLITE) == 2.0
    assert Row(what="alone", values={Column.SQLITE: 20.0}).ratio(Column.SQLITE) is None
    assert Row(what="lost", values=others, compared=False).ratio(Column.SQLITE) is None


def test_a_line_shows_everybody_the_ratios_the_aim_and_both_verdicts() -> None:
    values = {Column.SQLITE: 25.0, Column.POSTGRES: 60.0, Column.BARE: 10.0}
    row = Row(what="acknowledgement", unit="ms", values=values, aims=both(Aim(below=100, below_times=3)))

    assert cells(table([row]).splitlines()[2]) == [
        "acknowledgement, ms",
        "25.0",
        "60.0",
        "10.0",
        "-",
        "-",
        "2.50 / 6.00 × bare",
        "< 100, < 3 × bare",
        "met / MISSED by 100 %",
    ]


def test_each_engine_may_have_its_own_aim() -> None:
    aims = {Column.SQLITE: Aim(at_least=150), Column.POSTGRES: Aim(at_least=250)}
    row = Row(what="turns", values=dict.fromkeys(OURS, 200.0), aims=aims, higher_is_better=True)

    assert cells(table([row]).splitlines()[2])[-2:] == ["≥ 150 / ≥ 250", "met / MISSED by 20 %"]


def test_who_takes_no_part_has_a_dash_and_a_footnote_that_is_shared() -> None:
    remarks = {Column.BARE: "It answers nothing."}
    rows = [Row(what=what, values={Column.SQLITE: 1.0}, remarks=remarks) for what in ("turns", "latency")]

    lines = table(rows).splitlines()

    assert [cells(line)[3] for line in lines[2:4]] == ["- (1)", "- (1)"]
    assert lines[-1] == "1. It answers nothing."


def test_a_new_run_keeps_what_was_written_by_hand() -> None:
    row = Row(what="turns", values={Column.SQLITE: 1.0})
    first = document(CONDITIONS, [row], by_hand(""))
    edited = first.replace(f"{BEGIN}\n{END}", f"{BEGIN}\nThe disk is slow.\n{END}")

    second = document(CONDITIONS | {"date": "2026-02-02"}, [row], by_hand(edited))

    assert second == edited.replace("2026-01-01", "2026-02-02")
    assert "The disk is slow." in second


@pytest.mark.parametrize("text", ["", "no markers", f"{BEGIN} without an end"])
def test_without_anything_by_hand_there_is_a_place_for_it(text: str) -> None:
    assert by_hand(text) == f"{BEGIN}\n{END}"


def test_what_is_shown_can_be_read_from_the_json_too() -> None:
    values = {Column.SQLITE: 25.0, Column.BARE: 10.0}
    told = Row(what="time", values=values, aims=both(Aim(below_times=2))).as_json()

    assert (told["ratio"], told["met"], told["peer"]) == (
        {Column.SQLITE.value: 2.5},
        {Column.SQLITE.value: False},
        Column.BARE.value,
    )


@pytest.mark.parametrize(
    ("value", "shown"), [(1_234.5, "1,234"), (12.34, "12.3"), (1.234, "1.23"), (3, "3"), (math.nan, "none")]
)
def test_a_number_shows_no_more_digits_than_matter(value: float, shown: str) -> None:
    assert number(value) == shown


def test_a_percentile_lies_where_so_many_hundredths_end() -> None:
    assert percentile(range(101), 99) == pytest.approx(99)
    assert math.isnan(percentile([], 99))


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]
