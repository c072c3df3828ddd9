"""The search for phrases: whole words, not letters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.helpdesk.escalation.policy import MOST_READINGS, PhraseMatcher, UnreadablePhraseError, readings_of
from bot.helpdesk.language.utterance import words_of
from tests.growth import grows_with_the_length_only

LONGEST_MESSAGE = 40_000
"""The most characters that Slack takes in a message."""

MATCHER = PhraseMatcher(
    phrases=["talk/speak to a person", "real person", "can't cope", "görüşmek istiyorum", "人工", "ヒト", "R&D desk"],
    whole=["agent", "human being"],
    unless=["human resources", "user agent", "talk to a person from sales", "not a real person"],
)


def found_in(text: str) -> str | None:
    return MATCHER.find(words_of(text))


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("May I speak to a person?", "speak to a person"),
        ("TALK TO A PERSON", "talk to a person"),
        ("talk,\n to… a — person!", "talk to a person"),
        ("*talk* _to_ a ~person~", "talk to a person"),
        ("“Talk to a ‘person’”", "talk to a person"),
        ("ｔａｌｋ to a person", "talk to a person"),
        ("talk to a per\u00adson", "talk to a person"),
        ("talk :smile: to a person", "talk to a person"),
        ("I can’t cope", "can't cope"),
        ("I can`t cope", "can't cope"),
        ("GORUSMEK ISTIYORUM", "görüşmek istiyorum"),
        ("GÖRÜŞMEK İSTİYORUM", "görüşmek istiyorum"),
        ("gorusmek ıstıyorum", "görüşmek istiyorum"),
        ("请转人工客服", "人工"),
        ("ﾋﾄと話したい", "ヒト"),
        ("the r & d desk", "R&D desk"),
        ("Agent", "agent"),
        ("an agent, please! :pray:", "agent"),
        ("Hello, human being please, thank you", "human being"),
        ("talk to a person from sales, no: talk to a person", "talk to a person"),
    ],
)
def test_a_phrase_is_found_however_it_is_written(text: str, phrase: str) -> None:
    assert found_in(text) == phrase


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?!",
        ":agent:",
        "talk to a personal trainer",
        "stalk to a person",
        "talk to the person",
        "surreal person",
        "Which user agent is this?",
        "agent smith",
        "agents",
        "Where is the HR agent portal?",
        "human resources",
        "talk to a person from sales",
        "I am not a real person",
        "please",
    ],
)
def test_parts_of_words_and_other_contexts_are_not_found(text: str) -> None:
    assert found_in(text) is None


def test_a_slash_stands_for_either_word() -> None:
    assert readings_of("talk/speak  to a/an agent") == (
        "talk to a agent",
        "talk to an agent",
        "speak to a agent",
        "speak to an agent",
    )


@pytest.mark.parametrize("phrase", ["", "  ", "…", "talk/ to us", "/talk", "talk / speak", ":wave:"])
def test_a_phrase_without_words_where_words_belong_is_refused(phrase: str) -> None:
    with pytest.raises(UnreadablePhraseError):
        readings_of(phrase)


def test_a_phrase_with_too_many_wordings_is_refused() -> None:
    assert len(readings_of(" ".join(["a/b/c/d/e"] * 3))) <= MOST_READINGS

    with pytest.raises(UnreadablePhraseError, match="Split it"):
        readings_of(" ".join(["a/b"] * 100))


@given(st.text(max_size=80))
def test_folding_settles_at_once(text: str) -> None:
    words = words_of(text)

    assert words_of(" ".join(words)) == words
    assert all(word and " " not in word for word in words)


@given(before=st.text(max_size=20), after=st.text(max_size=20))
def test_a_phrase_is_found_between_any_other_text(before: str, after: str) -> None:
    matcher = PhraseMatcher(phrases=["real person"])

    assert matcher.find(words_of(f"{before} real person {after}")) == "real person"


@given(st.text(max_size=30))
def test_a_phrase_that_can_be_read_finds_itself(phrase: str) -> None:
    try:
        readings = readings_of(phrase)
    except UnreadablePhraseError:
        return

    assert all(PhraseMatcher(phrases=[phrase]).find(words_of(reading)) for reading in readings)


@pytest.mark.parametrize("piece", ["talk to a ", "a", ":a", "'", ":", "人", "\u0300\u0316", "a'", "user agent "])
def test_the_work_grows_with_the_length_of_a_message_only(piece: str) -> None:
    assert grows_with_the_length_only(found_in, lambda size: (piece * size)[:size], LONGEST_MESSAGE)
