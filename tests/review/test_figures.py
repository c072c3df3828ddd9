"""Every figure of the review, compared with an independent computation from the truth of a generated year."""

from __future__ import annotations

import csv
import json
import math
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cli.review_report import as_csv, as_table, as_values
from bot.helpdesk.escalation import HandoffRules, Priority
from bot.helpdesk.escalation.hours import Hours, Span
from bot.helpdesk.model.conversation import Rating
from bot.helpdesk.review.changes import THRESHOLD
from bot.helpdesk.review.exact_tests import binomial_test, fisher_exact
from bot.helpdesk.review.figures import quantile
from bot.helpdesk.review.gaps import MOST_GAPS
from bot.helpdesk.review.period import Period
from bot.helpdesk.review.report import Review
from bot.helpdesk.review.weeks import period_before
from storage.engines import location_of
from storage.queries.review import read_review_of
from storage.retention import delete_old_text
from tests.review.year import DAY, Asked, HandedOver, Year, write_in
from tests.source import ROOT
from tests.storage.conftest import store_at

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Hours(zone=BERLIN, week=((Span(start=540, end=1020),),) * 5 + ((), ()))
RULES = HandoffRules(
    reply_within={Priority.URGENT: 900.0, Priority.HIGH: 3600.0, Priority.NORMAL: 14_400.0}, hours=OFFICE
)
YEAR = Year(seed=7, questions=3000)


def midnight(*day: int) -> float:
    return datetime(*day, tzinfo=BERLIN).timestamp()  # type: ignore[arg-type, misc]


WEEK = Period(since=midnight(2026, 3, 23), until=midnight(2026, 3, 30))
"""The clocks change in it."""
MONTHS = Period(since=midnight(2026, 5, 1), until=midnight(2026, 9, 1))


@pytest.fixture
async def location(database_url: str) -> str:
    async with store_at(database_url) as store:
        await store.run(write_in, YEAR.asked)
    return database_url


def reviewed(url: str, period: Period) -> Review:
    return read_review_of(location_of(url), period, RULES, BERLIN)


# The independent computation.


def asked_in(period: Period) -> list[Asked]:
    return [one for one in YEAR.asked if period.since <= one.at < period.until]


def questions_in(period: Period) -> list[Asked]:
    return [one for one in asked_in(period) if not one.small_talk and not one.by_agent]


def handoffs_in(period: Period) -> list[HandedOver]:
    found = [one.handoff for one in YEAR.asked if one.handoff is not None]
    return [one for one in found if period.since <= one.opened_at < period.until]


def nearest_rank(values: list[float], percent: int) -> float | None:
    if not values:
        return None
    return sorted(values)[math.ceil(percent / 100 * len(values)) - 1]


@cache
def minutes_of_work(since: float, until: float) -> float:
    """Counts the minutes of work between two moments, one by one."""
    at, minutes = datetime.fromtimestamp(since, BERLIN), 0
    while at.timestamp() + 60 <= until:
        minutes += at.weekday() < 5 and 9 <= at.hour < 17
        at = (at.astimezone(UTC) + timedelta(minutes=1)).astimezone(BERLIN)
    return minutes


def in_time(handoff: HandedOver) -> bool:
    target = {"urgent": 15, "high": 60, "normal": 240}.get(handoff.priority)
    if target is None or handoff.claimed_at is None:
        return False
    return minutes_of_work(handoff.opened_at, handoff.claimed_at) < target


def expected_times(period: Period, moment: str) -> dict[str, Any]:
    with_it = [one for one in handoffs_in(period) if getattr(one, moment) is not None]
    if moment == "resolved_at":
        with_it = [one for one in with_it if not one.handed_back]
    seconds = [getattr(one, moment) - one.opened_at for one in with_it]
    return {
        "p50": pytest.approx(nearest_rank(seconds, 50), abs=1e-3),
        "p90": pytest.approx(nearest_rank(seconds, 90), abs=1e-3),
        "within_target": sum(map(in_time, with_it)),
        "of": len(with_it),
    }


def expected(period: Period) -> dict[str, Any]:
    questions, handoffs = questions_in(period), handoffs_in(period)
    answered = [one for one in questions if one.answered]

    def rated(lives: list[Asked], who: str) -> dict[str, int]:
        ratings = Counter(getattr(one, who) for one in lives)
        return {"good": ratings[Rating.GOOD], "bad": ratings[Rating.BAD]}

    return {
        "questions": len(questions),
        "answered_without_person": sum(not one.withheld and one.handoff is None for one in answered),
        "handoffs": {"total": len(handoffs), "by_rule": dict(Counter(rule for one in handoffs for rule in one.rules))},
        "verdicts": {
            "employee": rated(asked_in(period), "employee_says"),
            "agent": rated(asked_in(period), "agent_says"),
        },
        "confidence": {
            level or "absent": {
                "answers": len(of_level),
                **rated(of_level, "employee_says"),
                "escalated": sum(one.handoff is not None for one in of_level),
            }
            for level in ("high", "medium", "low", None)
            for of_level in [[one for one in answered if one.level == level]]
        },
        "times": {
            "first_word": expected_times(period, "first_word_at"),
            "claim": expected_times(period, "claimed_at"),
            "resolution": expected_times(period, "resolved_at"),
        },
        "reopened": sum(one.reopened_at is not None for one in handoffs),
        "came_back": sum(one.reopened_at is not None and one.said_solved_at is not None for one in handoffs),
    }


@pytest.mark.parametrize("period", [WEEK, MONTHS], ids=["week", "months"])
async def test_every_number_is_what_an_independent_computation_says(location: str, period: Period) -> None:
    values = as_values(reviewed(location, period))

    wanted = expected(period)
    assert {key: values[key] for key in wanted} == wanted


async def test_weeks_are_counted_in_the_time_zone_of_the_review(location: str) -> None:
    weeks = as_values(reviewed(location, WEEK))["weeks"]

    begins = [datetime(2026, 3, 23, tzinfo=BERLIN) - timedelta(weeks=back) for back in range(11, -1, -1)]
    ends = [*begins[1:], datetime(2026, 3, 30, tzinfo=BERLIN)]
    spans = [
        Period(since=since.timestamp(), until=until.timestamp()) for since, until in zip(begins, ends, strict=True)
    ]
    assert weeks == [
        {"from": f"{begin:%Y-%m-%d}", "questions": len(questions_in(week)), "handoffs": len(handoffs_in(week))}
        for begin, week in zip(begins, spans, strict=True)
    ]


async def test_numbers_stay_right_once_retention_has_removed_the_words(location: str) -> None:
    before = as_values(reviewed(location, WEEK))
    gaps = before.pop("gaps")

    async with store_at(location) as store:
        await delete_old_text(store, midnight(2026, 12, 1))

    after = as_values(reviewed(location, WEEK))
    (gone,) = after.pop("gaps")
    assert after == before
    assert gone["questions"] == sum(gap["questions"] for gap in gaps)


async def test_a_week_without_a_question_and_one_with_a_single_one(new_sqlite: Callable[[], str]) -> None:
    url = new_sqlite()
    async with store_at(url) as store:
        await store.run(write_in, [Asked(at=WEEK.since, text="vpn?", level="High")])

    empty = as_values(reviewed(url, period_before(WEEK, BERLIN)))
    single = as_values(reviewed(url, WEEK))

    assert empty["questions"] == empty["handoffs"]["total"] == 0
    assert empty["times"]["claim"] == {"p50": None, "p90": None, "within_target": None, "of": 0}
    assert empty["changes"] == single["changes"] == []
    assert (single["questions"], single["answered_without_person"]) == (1, 1)
    assert single["confidence"]["high"] == {"answers": 1, "good": 0, "bad": 0, "escalated": 0}
    assert "Questions\n  1\n" in as_table(reviewed(url, WEEK), is_terminal=False)


async def test_a_level_that_is_not_documented_is_named(new_sqlite: Callable[[], str]) -> None:
    url = new_sqlite()
    async with store_at(url) as store:
        await store.run(write_in, [Asked(at=WEEK.since, text="vpn?", level="Certain")])

    found = reviewed(url, WEEK)

    assert as_values(found)["confidence"]["certain"]["answers"] == 1
    assert "certain: 1 answer," in as_table(found, is_terminal=False)


async def test_only_a_change_beyond_noise_is_reported(new_sqlite: Callable[[], str]) -> None:
    calm = [Asked(at=WEEK.since - DAY * 6 + number, text="vpn?", level="high") for number in range(100)]
    busy = [Asked(at=WEEK.since + number, text="vpn?", level="low" if number % 2 else "high") for number in range(104)]
    url = new_sqlite()
    async with store_at(url) as store:
        await store.run(write_in, calm + busy)

    changes = as_values(reviewed(url, WEEK))["changes"]

    assert [(one["figure"], one["unit"], one["before"], one["after"]) for one in changes] == [
        ("unsure", "share", 0.0, 0.5)
    ]
    assert changes[0]["p"] < THRESHOLD
    assert "↑ Answers with low confidence or none: 0 % → 50 %" in as_table(reviewed(url, WEEK), is_terminal=False)


def test_quantiles_are_nearest_ranks() -> None:
    assert quantile([], 0.5) is None
    assert quantile([4.0], 0.9) == 4.0
    assert [quantile([1.0, 2.0, 3.0, 4.0], part) for part in (0.25, 0.5, 0.51, 0.9)] == [1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize(
    ("table", "p"),
    [
        # Fisher's own example of the lady tasting tea, and three from textbooks, checked by enumeration.
        ((3, 4, 1, 4), 0.4857142857),
        ((8, 10, 1, 6), 0.0349650350),
        ((0, 5, 5, 5), 0.0079365079),
        ((0, 0, 0, 3), 1.0),
    ],
)
def test_fishers_exact_test(table: tuple[int, int, int, int], p: float) -> None:
    assert fisher_exact(*table) == pytest.approx(p)


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12), st.integers(0, 12))
def test_fishers_exact_test_is_the_sum_over_all_tables(hits: int, misses: int, others: int, other_misses: int) -> None:
    total, other_total, all_hits = hits + misses, others + other_misses, hits + others
    ways = [math.comb(total, k) * math.comb(other_total, all_hits - k) for k in range(all_hits + 1)]

    p = sum(way for way in ways if way <= ways[hits]) / math.comb(total + other_total, all_hits)

    assert fisher_exact(hits, total, others, other_total) == pytest.approx(p)


def test_the_exact_binomial_test() -> None:
    assert binomial_test(0, 0) == 1.0
    assert binomial_test(5, 10) == pytest.approx(1.0)
    assert binomial_test(0, 10) == pytest.approx(2 / 1024)
    assert binomial_test(9, 10) == pytest.approx(22 / 1024)
    assert binomial_test(0, 4, 1 / 4) == pytest.approx(1 - 4 * 0.25 * 0.75**3)


async def test_csv_has_a_line_for_each_value_and_no_formulas(new_sqlite: Callable[[], str]) -> None:
    handoff = HandedOver(rules=("=HYPERLINK(1)", "@sum"), opened_at=WEEK.since)
    url = new_sqlite()
    async with store_at(url) as store:
        await store.run(write_in, [Asked(at=WEEK.since, text="vpn?", level="low", handoff=handoff)])

    rows = dict(csv.reader(as_csv(reviewed(url, WEEK)).splitlines()))

    assert rows["questions"] == rows["confidence.low.escalated"] == "1"
    assert rows["handoffs.by_rule.@sum"] == rows["handoffs.by_rule.=HYPERLINK(1)"] == "1"
    assert rows["period.from"].startswith("2026-03-23")


async def test_a_week_of_many_questions_is_reviewed_in_time_and_in_little_memory(
    new_sqlite: Callable[[], str], tmp_path: Path
) -> None:
    # 100,000 in a long run (`make test DEEP=1`). With fewer the same bounds hold on a busy machine too.
    count = 100_000 if settings.get_current_profile_name() == "deep" else 20_000
    url, chance = new_sqlite(), random.Random(1)
    lives = Year(seed=3, questions=count, days=7, begin=WEEK.since).asked
    words = ["".join(chance.choices("abdeghiklmnoprstu", k=7)) for _ in range(3000)]
    for one in lives:
        one.text = " ".join((one.text, *chance.choices(words, k=chance.randrange(6))))
    async with store_at(url) as store:
        await store.run(write_in, lives)

    seconds, kilobytes = _run_review(url.removeprefix("sqlite:///"), tmp_path / "review.json")

    found = json.loads((tmp_path / "review.json").read_text(encoding="utf-8"))
    assert found["questions"] > 0.8 * count
    assert len(found["gaps"]) == MOST_GAPS
    # The processor's seconds. In kilobytes, with the program itself.
    assert seconds < 30
    assert kilobytes < 300_000


# A small process between: the memory of a child counts from what its parent had when it was started.
_MEASURE = (
    "import resource, subprocess, sys\n"
    "subprocess.run(sys.argv[1:], check=True)\n"
    "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
    "print(used.ru_utime + used.ru_stime, used.ru_maxrss)"
)


def _run_review(database: str, out: Path) -> tuple[float, int]:
    """Writes the review of the week as JSON in a process of its own; returns the seconds and kilobytes that took."""
    command = (sys.executable, "-m", "bot", "review", "--database", database, "--format", "json", "--out", str(out))
    week = ("--since", "2026-03-23", "--until", "2026-03-30")
    measured = subprocess.run(
        (sys.executable, "-c", _MEASURE, *command, *week), cwd=ROOT, check=True, capture_output=True, text=True
    )
    seconds, kilobytes = measured.stdout.split()[-2:]
    return float(seconds), int(kilobytes)
