"""Figures of how well words are understood, which must not fall: `tests/words.py` measures them."""

from __future__ import annotations

from itertools import product

import pytest

from bot.helpdesk.escalation import asks_again
from tests.source import ROOT
from tests.words import HALVES, KINDS, LANGUAGES, sentences

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
