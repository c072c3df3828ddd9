"""Language data: its syntax, and what is recognised with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.helpdesk.language import Utterance, phrases, read_language, shipped_language
from bot.helpdesk.language.pattern import UnreadablePatternError
from bot.helpdesk.language.utterance import plain_words

DATA = """
[classes]
courtesy = ["please/hello, good morning"]
being = ["cat/dog/fish, guinea pig, {colour} fish"]
colour = ["red/blue"]

[spelling]
classes = ["being"]
no_mistakes = ["dot"]

[recognisers.feeding]
quotations = "overlooked"
patterns = [
    "feed/fed (a, the)? {being}", "hungry .. {being}", "starv* {being}", "^ more for {being}* $",
    "dog !(food, house) now",
    "füttern, l'animal, 喂猫",
]
whole = ["food"]
unless = ["don't feed {being}"]
"""


def found(text: str, data: str = DATA) -> str | None:
    return read_language({"xx.toml": data}).recognisers["feeding"].find(Utterance(text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Please feed the cat now", "feed the cat"),
        ("FEED CAT!", "FEED CAT"),
        ("fed a guinea pig", "fed a guinea pig"),
        ("feed the red fish", "feed the red fish"),
        ("a hungry and angry dog", "hungry … dog"),
        ("starving dog", "starving dog"),
        ("More for dog cat dog.", "More for dog cat dog"),
        ("dog now", "dog now"),
        ("bitte fuettern", "fuettern"),
        ("bitte Füttern", "Füttern"),
        ("donne à l’animal", "l animal"),
        ("请喂猫吧", "喂猫"),
        ("food", "food"),
        ("Good morning! Food, please.", "Food"),
        ("feed the guniea pig", None),
        ("feed the dgo", None),
        ("feed the fsih", "feed the fish"),
        ('"feed the cat"', "feed the cat"),
    ],
)
def test_a_pattern_is_found_and_quoted_in_the_words_of_the_message(text: str, words: str | None) -> None:
    assert found(text) == words


@pytest.mark.parametrize(
    "text",
    [
        "",
        "feed. The cat is here",
        "hungry as never before since then, dog",
        "I have more for dog",
        "dog food now",
        "food for thought",
        "please don't feed cat",
        "please dont feed cat",
        'What does "feed the cat" mean?',
        "feed the dot",
    ],
)
def test_a_text_that_does_not_match_is_not_found(text: str) -> None:
    assert found(text) is None


@given(st.text(st.characters(max_codepoint=0x17F)))
def test_words_of_letters_and_digits_are_folded_as_in_a_sentence(word: str) -> None:
    assert plain_words(word) == plain_words(f"{word} ")


def test_exceptions_of_the_caller_are_removed_first() -> None:
    feeding = read_language({"xx.toml": DATA}).recognisers["feeding"]

    assert feeding.find(Utterance("feed the cat"), phrases(["the cat"])) is None
    assert feeding.find(Utterance("feed the cat, then feed the dog"), phrases(["the cat"])) == "feed the dog"


def test_words_that_the_data_does_not_have_are_never_quoted() -> None:
    assert found("hungry hunter2 S3CRET dog") == "hungry … dog"


def test_several_files_make_one_recogniser_and_share_the_classes_for_all() -> None:
    texts = {
        "all.toml": '[classes]\npet = ["cat"]\n',
        "xx.toml": '[recognisers.feeding]\npatterns = ["feed {pet}"]\n',
        "yy.toml": '[recognisers.feeding]\npatterns = ["nourris {pet}"]\n',
    }

    feeding = read_language(texts).recognisers["feeding"]

    assert [feeding.find(Utterance(text)) for text in ("feed cat", "nourris cat", "cat")] == [
        "feed cat",
        "nourris cat",
        None,
    ]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ('[recognisers.x]\npatterns = ["feed {pet}"]\n', "there is no class 'pet'"),
        ('[classes]\na = ["{a}"]\n[recognisers.x]\npatterns = ["{a}"]\n', "the class 'a' contains itself"),
        ('[recognisers.x]\npatterns = ["feed (a, b"]\n', "a parenthesis is not closed"),
        ('[recognisers.x]\npatterns = ["feed …"]\n', "'…' stands where a word belongs"),
        ("[recognisers.x\n", "xx.toml"),
    ],
)
def test_data_that_cannot_be_read_is_named_with_its_file(data: str, problem: str) -> None:
    with pytest.raises(UnreadablePatternError, match=r"xx\.toml") as refused:
        read_language({"xx.toml": data})

    assert problem in str(refused.value)


def test_the_digest_is_of_the_meaning() -> None:
    digest = read_language({"xx.toml": DATA}).recognisers["feeding"].digest

    def of(data: str) -> str:
        return read_language({"xx.toml": data}).recognisers["feeding"].digest

    assert of(f"# comment\n{DATA}") == digest
    for before, after in [("cat/", ""), ("food", "fodder"), ("don't", "do not"), ('"dot"', '"fix"'), ("please/", "")]:
        assert before in DATA
        assert of(DATA.replace(before, after)) != digest


@given(st.text(max_size=120))
def test_any_text_is_read(text: str) -> None:
    for recogniser in shipped_language().recognisers.values():
        recogniser.find(Utterance(text))
