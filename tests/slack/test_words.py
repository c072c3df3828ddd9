"""Texts of people as rich text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.helpdesk.text import legible
from bot.slack.views.rich_text import as_formatted, as_plain_text, as_unformatted, verbatim
from sandbox.slack.block_validation import message_problems
from sandbox.slack.mentions import mentions_in_blocks

MARKS = st.sampled_from(
    [
        *"* _ ~ ` : tada 8080 \\ / <!channel> <@U1> &nbsp; [a]( ) mia@a.example word • 1. # | {words}".split(),
        "https://a.example/x_y",
        "> ",
        "\n",
        " ",
    ]
)
WORDS = st.lists(MARKS | st.text(max_size=4), max_size=60).map("".join)


def leaves(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [leaf for block in blocks for part in block["elements"] for leaf in part["elements"]]


@given(WORDS.filter(lambda text: "```" not in text and legible(text).strip() != ""))
@example(r"\\srv01\public\_Documentation C:\Users\mia\.config __init__ 2*3*4 ~/.ssh :8080: :tada:")
@example("a" * 5999 + "👩‍👩‍👧" * 20)
@example("mia@a.examplemia@a.example mia.muster@acme.example")
def test_what_is_typed_comes_out_character_by_character(text: str) -> None:
    for blocks in (as_unformatted(text), verbatim(text)):
        shown = "".join(as_plain_text([leaf]) for leaf in leaves(blocks))

        assert shown.replace("\n", "") == legible(text).replace("\n", "")


@given(WORDS)
def test_words_of_any_kind_are_taken_by_slack_and_mention_nobody(text: str) -> None:
    for blocks in (
        as_unformatted(text),
        as_unformatted(text, quoted=True),
        as_formatted(text),
        as_formatted(text, quoted=True),
    ):
        assert message_problems(blocks) == []
        assert mentions_in_blocks(blocks) == ()


@given(WORDS)
def test_formatting_takes_away_nothing_but_its_marks(text: str) -> None:
    shown = "".join(as_plain_text([leaf]) for leaf in leaves(as_formatted(text)))
    rest = iter(shown)

    assert all(character in rest for character in squeezed(text))


def squeezed(text: str) -> str:
    return "".join(character for character in legible(text) if character.isalnum())


@pytest.mark.parametrize(
    ("text", "is_shown"),
    [(":tada:", True), (":+1::skin-tone-3:", True), (":8080:", False), ("10:30:45", False), ("a::b::c", False)],
)
def test_only_an_emojis_name_is_an_emoji(text: str, is_shown: bool) -> None:
    assert any(leaf["type"] == "emoji" for leaf in leaves(as_unformatted(text))) is is_shown


@pytest.mark.parametrize(
    "text", ["2*3*4*5", "__init__", r"\\srv\_a_\b", "a_b_c", "~/x ~/y", "*not bold *", "* a * b *"]
)
def test_marks_within_words_and_paths_format_nothing(text: str) -> None:
    assert [leaf for leaf in leaves(as_formatted(text)) if leaf.get("style")] == []


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("(https://x.test)@Tom", ["https://x.test"]),
        ("see https://x.test/a_(b), https://x.test/(c); and more", ["https://x.test/a_(b)", "https://x.test/(c)"]),
        ("https://x.test/a_(b_(c))", ["https://x.test/a_(b_(c))"]),
        ("(see https://x.test/a).", ["https://x.test/a"]),
        ("https://x.test/a(b", ["https://x.test/a(b"]),
        ("https://.", []),
    ],
)
def test_brackets_belong_to_an_address_where_they_are_closed_in_it(text: str, addresses: list[str]) -> None:
    for blocks in (as_unformatted(text), as_formatted(text)):
        assert [leaf["url"] for leaf in leaves(blocks) if leaf["type"] == "link"] == addresses


def test_all_that_follows_three_brackets_is_quoted() -> None:
    (block,) = as_formatted("before\n>>> one\n\ntwo")

    assert [element["type"] for element in block["elements"]] == ["rich_text_section", "rich_text_quote"]
    assert as_plain_text(block["elements"][1]["elements"]) == "one\n\ntwo"


def test_emoji_without_letters_in_their_names_are_emoji() -> None:
    shown = leaves(as_formatted(":+1::skin-tone-3: :100: :8080:"))

    assert [leaf.get("name") for leaf in shown if leaf["type"] == "emoji"] == ["+1", "100"]
