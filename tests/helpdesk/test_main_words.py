"""Questions about one matter are near each other, in other words, with mistakes and in four languages; others are not.

`tests/data/matters` has labelled questions in two halves. Those of `held-out.txt` were written before the grouping and
not looked at while it was made. All languages of a half are grouped together. Counted are pairs of questions; a pair in
two languages about the same matter counts neither way.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, product
from pathlib import Path

import pytest

from bot.helpdesk.language.main_words import group, near, nearness, read_main_words
from tests.growth import grows_with_the_length_only

LABELLED = Path(__file__).resolve().parents[1] / "data" / "matters"


@dataclass(frozen=True, slots=True)
class Labelled:
    text: str
    language: str
    matter: str


def labelled(half: str) -> Iterator[Labelled]:
    language = matter = ""
    for line in (LABELLED / f"{half}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            language, matter = line.removeprefix("[").split("] ")
        elif line and not line.startswith("#"):
            yield Labelled(line, language, matter)


def precision_and_recall(half: str) -> tuple[float, float]:
    questions = list(labelled(half))
    numbers = group(read_main_words(question.text for question in questions))
    right = wrong = missed = 0
    for (one, number), (other, other_number) in combinations(zip(questions, numbers, strict=True), 2):
        if one.matter != other.matter:
            wrong += number == other_number
        elif one.language == other.language:
            right += number == other_number
            missed += number != other_number
    return right / (right + wrong), right / (right + missed)


def numbers_of(*texts: str) -> list[int]:
    return group(read_main_words(texts))


def test_the_labelled_questions_are_enough_in_each_language() -> None:
    for half, language in product(("tuned", "held-out"), ("en", "de", "fr", "es")):
        assert len([question for question in labelled(half) if question.language == language]) >= 30


@pytest.mark.parametrize(("half", "least_precision", "least_recall"), [("tuned", 0.99, 0.91), ("held-out", 0.95, 0.86)])
def test_the_groups_are_as_good_as_the_documents_say(half: str, least_precision: float, least_recall: float) -> None:
    precision, recall = precision_and_recall(half)

    assert precision >= least_precision
    assert recall >= least_recall


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("vpn does not connect", "cannot connect to VPN since yesterday"),
        ("How do I reset my VPN password?", "forgot my vpn pasword"),
        ("Reisekostenabrechnung einreichen", "wie reiche ich die Abrechnung meiner Reisekosten ein"),
        ("j'ai oublié mon mot de passe SAP", "mot de passe sap oublie svp"),
        ("perdí la tarjeta de acceso", "he perdido mi tarjeta de acceso, ¿qué hago?"),
        ("my e-mail does not work", "email is broken again"),
        ("help", "Help!!"),
    ],
)
def test_questions_about_one_matter_are_near(first: str, second: str) -> None:
    assert near(first, second)
    assert near(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("vpn does not work", "printer does not work"),
        ("reset my VPN password", "reset my e-mail password"),
        ("error 403 in Salesforce", "error 500 in Salesforce"),
        ("invoice 48213 is not paid", "invoice 48377 is not paid"),
        ("vpn does not work", "how do I change the vpn certificate"),
        ("", ""),
        ("???", "!!!"),
    ],
)
def test_questions_about_different_matters_are_not_near(first: str, second: str) -> None:
    assert not near(first, second)
    assert not near(second, first)


def test_groups_do_not_depend_on_the_order_of_questions() -> None:
    texts = [question.text for question in labelled("tuned")]
    shuffled = random.Random(4).sample(texts, len(texts))

    assert dict(zip(texts, numbers_of(*texts), strict=True)) == dict(zip(shuffled, numbers_of(*shuffled), strict=True))


def test_a_group_keeps_its_number_while_its_questions_are_near_its_anchor() -> None:
    anchors = read_main_words(["the printer has no toner", "vpn does not connect"])
    texts = ["cannot connect to the vpn", "VPN conection fails", "my badge is lost", "toner is empty on our printer"]

    assert group(read_main_words(texts, known=anchors), anchors) == [1, 1, 2, 0]


def test_questions_without_words_are_in_no_group() -> None:
    assert numbers_of("", "???", "vpn", ":smile:") == [-1, -1, 0, -1]


def test_other_scripts_are_grouped_by_their_words() -> None:
    first, second, third, fourth = numbers_of(
        "принтер не печатает", "принтер не печатает!", "забыл пароль", "パスワード"
    )

    assert first == second
    assert len({first, third, fourth}) == 3


def test_texts_of_any_kind_are_read() -> None:
    texts = ["a" * 40_000, "1 2 3 " * 5_000, "\x00", "-", "٣٤", "👩‍💻", "<@U1> `code` | table |"]

    assert len(numbers_of(*texts)) == len(texts)


def test_nearness_is_a_share() -> None:
    for one, other in combinations(read_main_words(question.text for question in labelled("tuned")), 2):
        assert 0.0 <= nearness(one, other) <= 1.0
        assert nearness(one, other) == nearness(other, one)


def test_many_different_questions_are_grouped_in_proportion_to_their_number() -> None:
    draw = random.Random(7)
    things = ["".join(draw.choices("abcdefghiklmnoprstu", k=6)) for _ in range(400)]

    def questions(length: int) -> str:
        lines = [f"{' '.join(draw.choices(things, k=3))} does not work, please help" for _ in range(length // 45)]
        return "\n".join(lines)

    def grouped(text: str) -> list[int]:
        return group(read_main_words(text.splitlines()))

    assert grows_with_the_length_only(grouped, questions, 60_000, most_times_slower=32.0)
