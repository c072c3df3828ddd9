"""The periods that people give to commands."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.errors import SettingsError
from bot.helpdesk.review.period import DAY, Period, read_period

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 30, 13, 0, tzinfo=UTC).timestamp()


def at(*moment: int) -> float:
    return datetime(*moment, tzinfo=UTC).timestamp()  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("7d", None, Period(since=NOW - 7 * DAY, until=NOW)),
        ("14d", "7d", Period(since=NOW - 14 * DAY, until=NOW - 7 * DAY)),
        ("2026-11-01", None, Period(since=at(2026, 10, 31, 23), until=NOW)),
        ("0001-01-01", "1970-01-01", Period(since=-62135600008, until=-3600)),
        # Midnight in the zone, before and after the clocks change.
        ("2026-10-25", "2026-10-26", Period(since=at(2026, 10, 24, 22), until=at(2026, 10, 25, 23))),
        ("2026-11-30", "2026-12-01", Period(since=at(2026, 11, 29, 23), until=at(2026, 11, 30, 23))),
    ],
)
def test_a_period_is_read_in_its_zone(since: str, until: str | None, expected: Period) -> None:
    assert read_period(since, until, zone=BERLIN, now=NOW) == expected


@pytest.mark.parametrize(
    ("since", "until", "says"),
    [
        (
            "yesterday",
            None,
            "--since must be a number of days such as 7d, or a date such as 2026-11-01, not 'yesterday'",
        ),
        ("0d", None, "--since must be"),
        ("", None, "--since must be"),
        ("7 d", None, "--since must be"),
        ("٧d", None, "--since must be"),
        ("20261101", None, "--since must be"),
        ("2026-W48-1", None, "--since must be"),
        ("2026-13-01", None, "--since must be"),
        ("999999d", None, "--since must be"),
        ("7d", "tomorrow", "--until must be"),
        ("2026-12-01", None, "--since 2026-12-01 is in the future"),
        ("7d", "14d", "--until 14d is not after --since 7d"),
        ("2026-11-01", "2026-11-01", "is not after"),
    ],
)
def test_what_is_no_period_is_refused_with_the_fix(since: str, until: str | None, says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_period(since, until, zone=BERLIN, now=NOW)

    assert says in str(caught.value)
