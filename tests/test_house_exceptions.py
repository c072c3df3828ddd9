"""The list of exceptions from the house rules only shrinks."""

from __future__ import annotations

import pytest

from tests.house_rules import RULES, tolerated, violations


@pytest.mark.parametrize("rule", RULES)
def test_no_exception_is_listed_that_is_no_longer_needed(rule: str) -> None:
    """Fails for entries that `python -m tests.house_rules` would delete."""
    assert sorted(tolerated(rule) - violations(rule)) == []
