"""Delays that servers request in headers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.http_client import retry_after

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("1.5", 1.5),
        ("Mon, 02 Mar 2026 12:01:00 GMT", 60.0),
        ("Mon, 02 Mar 2026 12:01:00 -0000", 60.0),
        ("Monday, 02-Mar-26 12:01:00 GMT", 60.0),
        ("Mon, 02 Mar 2026 11:00:00 GMT", 0.0),
        ("+5", 5.0),
        ("3e1", 30.0),
        ("301", 300.0),
        ("99999999999999999999", 300.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 300.0),
        ("-5", None),
        ("-0", None),
        ("inf", None),
        ("-inf", None),
        ("Infinity", None),
        ("nan", None),
        ("1e309", None),
        ("9" * 400, None),
        ("1_0", None),
        ("٣٠", None),
        ("0x10", None),
        ("5, 10", None),
        ("", None),
        (" ", None),
        ("soon", None),
        ("Mon, 99 Mar 2026 12:00:00 GMT", None),
    ],
)
def test_retry_after_is_a_number_of_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after(value, now=NOW, most=300.0) == seconds


@example("0\x1f")
@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, [0-9]{1,3} [A-Z][a-z]{2} [0-9]{1,6} [0-9:]{1,9} [-+A-Z0-9]{1,9}"))
def test_retry_after_never_fails_and_never_goes_back_in_time(value: str) -> None:
    seconds = retry_after(value, now=NOW, most=300.0)

    assert seconds is None or 0 <= seconds <= 300.0
