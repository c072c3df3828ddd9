"""Figures of how well words are understood, which must not fall: `tests/words.py` measures them."""

from __future__ import annotations

from itertools import product

import pytest

from bot.helpdesk.escalation import asks_again
from tests.source import ROOT
from tests.words import HALVES, KINDS, LANGUAGES, PAGE, measured, report, sentences

LEAST = {"wish": 30, "trust": 30, "small talk": 30, "complaint": 15}
"""Sentences of each kind in each half of each language."""

PAIRS = ROOT / "tests" / "data" / "repeats"


@pytest.mark.parametrize(("language", "half", "kind"), [*product(LANGUAGES, HALVES, KINDS)])
def test_the_tables_have_enough_different_sentences(language: str, half: str, kind: str) -> None:
    table = sentences(language, half, kind)

    assert min(len(set(table.meant)), len(set(table.others))) >= LEAST[kind]


def test_no_sentence_is_in_both_halves() -> None:
    for language, kind in product(LANGUAGES, KINDS):
        tuned, held_out = (sentences(language, half, kind) for half in HALVES)
        assert {*tuned.meant, *tuned.others}.isdisjoint({*held_out.meant, *held_out.others})


HEARD = {"wish": 0.85, "trust": 0.81, "small talk": 0.92, "complaint": 0.83}
FALSE = {"wish": 0.05, "trust": 0.14, "small talk": 0.0, "complaint": 0.0}
"""Shares of the held-out sentences of all languages together."""

IN_ANY_LANGUAGE = {"wish": 0.70, "trust": 0.70, "small talk": 0.85, "complaint": 0.70}


@pytest.mark.parametrize("kind", KINDS)
def test_unseen_sentences_are_understood_as_well_as_before(kind: str) -> None:
    rates = [measured(language, "held-out", kind) for language in LANGUAGES]

    assert sum(rate.heard for rate in rates) / len(rates) >= HEARD[kind]
    assert sum(rate.false for rate in rates) / len(rates) <= FALSE[kind]
    assert min(rate.heard for rate in rates) >= IN_ANY_LANGUAGE[kind]


@pytest.mark.parametrize(("language", "kind"), [*product(LANGUAGES, KINDS)])
def test_sentences_that_were_looked_at_are_understood(language: str, kind: str) -> None:
    rate = measured(language, "tuned", kind)

    assert rate.heard >= 0.9
    assert rate.false <= 0.05


def test_the_page_shows_what_is_measured() -> None:
    assert report() in PAGE.read_text(encoding="utf-8")


def precision_and_recall(half: str) -> tuple[float, float]:
    right = wrong = missed = 0
    for line in (PAIRS / f"{half}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        _, same, questions = line.split(" ", 2)
        found = asks_again(*questions.split(" | "))
        right += found and same == "="
        wrong += found and same != "="
        missed += not found and same == "="
    return right / (right + wrong), right / (right + missed)


@pytest.mark.parametrize("half", HALVES)
def test_a_question_that_is_asked_again_is_told_from_another_one(half: str) -> None:
    precision, recall = precision_and_recall(half)

    assert precision >= 0.96
    assert recall >= 0.85
