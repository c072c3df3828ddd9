"""A truncated text fits the limit, and no character is cut in half."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.helpdesk.text import truncated


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@pytest.mark.parametrize(
    ("text", "most", "seen"),
    [
        ("short", 5, "short"),
        ("longer", 5, "long…"),
        ("two words", 5, "two…"),
        ("ab\U0001f642\U0001f642", 5, "ab\U0001f642…"),
        ("ab\U0001f642c\U0001f642", 6, "ab\U0001f642c…"),
        ("abe\u0301e", 4, "ab…"),
        ("a\U0001f468\u200d\U0001f469\u200d\U0001f467bcd", 6, "a…"),
        ("\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7x", 8, "\U0001f1e9\U0001f1ea…"),
        ("a\U0001f44d\U0001f3fdbcd", 4, "a…"),
        ("1\ufe0f\u20e32\ufe0f\u20e3x", 6, "1\ufe0f\u20e3…"),
    ],
)
def test_a_text_ends_between_two_characters(text: str, most: int, seen: str) -> None:
    assert truncated(text, most) == seen


def test_one_character_that_is_longer_than_that_is_cut_all_the_same() -> None:
    assert units(truncated("e" + "\u0301" * 100, 10)) <= 10


@given(st.text(), st.integers(min_value=1, max_value=30))
def test_whatever_is_cut_fits_and_is_the_beginning(text: str, most: int) -> None:
    seen = truncated(text, most)

    assert units(seen) <= most
    assert seen == text or text.startswith(seen.removesuffix("…"))
