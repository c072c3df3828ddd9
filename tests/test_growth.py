"""The check of growth tells the square of a length from the length."""

from __future__ import annotations

import functools
import re

import pytest

from tests.growth import grows_with_the_length_only

SIZE = 4000
LOOKS_TO_THE_END = re.compile("a(?=[^b]*b)")


@pytest.mark.parametrize("most_times_slower", [16.0, 32.0])
def test_a_look_to_the_end_from_each_character_is_noticed(most_times_slower: float) -> None:
    assert not grows_with_the_length_only(
        LOOKS_TO_THE_END.findall, lambda size: "a" * size, SIZE, most_times_slower=most_times_slower
    )


def test_one_look_at_each_character_is_in_proportion() -> None:
    assert grows_with_the_length_only(re.compile("a(?=[^b])").findall, lambda size: "a" * size, SIZE)


def test_a_result_that_is_kept_in_memory_does_not_hide_growth() -> None:
    kept = functools.cache(LOOKS_TO_THE_END.findall)

    assert not grows_with_the_length_only(kept, lambda size: "a" * size, SIZE)
