"""The report names broken promises, and skipped days with the reason."""

from __future__ import annotations

from tests.chaos.days import DAYS, SQLITE
from tests.chaos.ledger import Balance
from tests.chaos.report import Account, document


def _report(*accounts: Account) -> str:
    return document(accounts, {"processor": "some"}, seed=5)


def _day(balance: Balance, skipped: str | None = None) -> Account:
    return Account(day=DAYS[0], database=SQLITE, balance=balance, faults={"killed": 3}, seconds=12.4, skipped=skipped)


def test_a_day_without_a_breach_is_a_line_of_figures_and_nothing_more() -> None:
    text = _report(_day(Balance(actions=9, refused=2, answered=4, handed_over=3, done=2)))

    assert "| killed | SQLite | 9 | 2 | 3 killed | 4 | 3 | 0 | 2 | 0 | 0 / 0 / 0 / 0 | 12 s |" in text
    assert "## Broken promises\n\nNothing.\n" in text
    assert "--seed 5 --only killed" in text


def test_every_breach_is_named_with_its_day() -> None:
    text = _report(_day(Balance(lost=1, breaches=["lost: a verdict"])))

    assert "- killed, SQLite: lost: a verdict" in text
    assert "Nothing." not in text


def test_a_day_that_was_skipped_says_why() -> None:
    text = _report(_day(Balance(), skipped="no room"))

    assert "| killed | SQLite | – |" in text
    assert "- killed, SQLite was skipped: no room" in text
