"""Marks at the start of agents' messages: notes, doubtful cases, and messages to the employee."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.helpdesk.handoffs.note_prefixes import is_doubtful, is_note, is_question, read_mark, stays, unmarked

SURE = [
    "note: x",
    "NOTE: she is new",
    "Note: she is new",  # phones begin every message with a capital
    "*note:* x",
    "_note:_ x",
    "~note~: x",
    "`note:` x",
    "```note: x```",
    "note : x",
    "note：x",
    "note - x",
    "note – x",
    "note—x",
    "> note: x",
    ">>> note: x",
    "• note: x",
    "◦ note: x",
    "- note: x",
    "1. note: x",
    "2) note: x",
    "a) note: x",
    "1️⃣ note: x",
    "[ ] note: x",
    "[note] x",
    "(note) x",
    "{note} x",
    "<note> x",
    "【note】 x",
    "note | x",
    "note\nx",
    "\n\n  note: x",
    ":memo: note: x",
    ":raised_hand::skin-tone-3: note: x",
    "📝 note: x",
    "@U0BEN1 note: x",
    "@ben, note: x",
    "#general note: x",
    "// x",
    "  //x",
    "／／ x",
    "> // x",
    "*//* x",
    "@U0BEN1 // x",
    "internal: x",
    "private: x",
    "internal note: x",
    "private - x",
    "note to self: x",
    "for internal use only: x",
    "interne Notiz: x",
    "Notiz: x",
    "nur intern: x",
    "privat: x",
    "note interne : x",
    "privé : x",
    "nota: x",
    "interno: x",
    "not: x",
    "dahili: x",
    "ÖZEL: x",
    "İç not: x",
    "n\u043ete: x",  # a Cyrillic letter
    "\u0440rivate: x",
    "ｎｏｔｅ: x",
    "𝗻𝗼𝘁𝗲: x",
    "ⓝⓞⓣⓔ: x",
    "🅽🅾🆃🅴: x",
    "no\u200bte: x",
    "\ufeffnote: x",
    "\u202enote: x",
    "n\u00adote: x",
    "\u3164note: x",
    "n\u0336o\u0336t\u0336e\u0336: x",
    "n o t e: x",
    "*n*ote: x",
    "ʼnote: x",
    "staff only: x",
    "内部：x",
    "【内部】x",
    "备注: x",
    "社内メモ：x",
    "내부: x",
    "داخلي: x",
    "внутреннее: x",
    "интерн: x",
]
DOUBTFUL = [
    "Note: your laptop arrives on Monday",
    "*Note:* your laptop arrives on Monday",
    "⚠️ Note: your laptop arrives on Monday",
    "NOTE: please bring your badge",
    "Hinweis ist keiner, aber\nNotiz: x",
    "Note that the office is closed",
    "NOTE x",
    "#note x",
    "*note* x",
    "note, x",
    "Note",  # no text follows: it may be the answer to a question
    "Private browsing works",
    "Internal error 500 means that the server is down",
    "Internal-only pages open in the office",
    "Ask Ben",
    "Privat ist das nicht",
    "Hi Mia, note: x",
    "Hi Ben\nnote: x",
    "Hello Mia!\nPrivate x",
    "It works now.\ninternal: she asks every week",
    "The note: x",
    "N.B.: x",
    "NB: x",
    "side note: x",
    "between us: x",
    "off the record: x",
    "do not send: x",
    "confidential: x",
    "vertraulich: x",
    "fyi internal: x",
    "noet: x",
    "interal: x",
    "privte: x",
]
PLAIN = [
    "",
    "!!! 42",
    "Not sure yet",
    "Notes are saved in OneNote",
    "Notebook is ready",
    "Noted, thanks",
    "Please note: x",
    "I asked Ben",
    "Asking Ben",
    "Hi Mia, your note is here",
    "Internet is back",
    "Interns get a badge",
    "Your internal number is 5",
    "Comments are welcome",
    "Do not send it again",
    "For us it works",
    "Between us and the server is a firewall",
    "For private browsing press this",
    "Try https://example.com//x",
    "Run this:\n// a comment of the program",
]


@pytest.mark.parametrize("text", SURE)
def test_in_whatever_dress_a_mark_that_is_set_apart_makes_a_note(text: str) -> None:
    assert is_note(text)


@pytest.mark.parametrize("text", DOUBTFUL)
def test_what_may_be_a_note_is_in_doubt(text: str) -> None:
    assert is_doubtful(text)


@pytest.mark.parametrize("text", PLAIN)
def test_other_words_are_for_the_employee(text: str) -> None:
    assert read_mark(text) is None


@pytest.mark.parametrize("text", ["ask: how?", "*ask:* how?", "`ask:` how?", "ASK : how?", "ask： how?", "[ask] how?"])
def test_a_question_to_the_assistant_may_be_dressed_as_well(text: str) -> None:
    assert is_question(text)
    assert unmarked(text) == "how?"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("note: she *is* new", "she *is* new"),
        ("*note:* she is new", "she is new"),
        ("*note: she is new*", "she is new"),
        ("```note: ls -l```", "ls -l"),
        ("[note: she is new]", "she is new"),
        ("// she is new", "she is new"),
        ("n\u043ete\u200b: “new”", "“new”"),
        ("note:\n\n1. one\n2. two", "1. one\n2. two"),
    ],
)
def test_the_words_of_a_note_are_kept_without_its_mark(text: str, words: str) -> None:
    assert unmarked(text) == words


_MARKS = [
    "note",
    "internal",
    "private",
    "ask",
    "Note",
    "INTERNAL",
    "notiz",
    "intern",
    "privat",
    "nota",
    "dahili",
    "özel",
]
_BEFORE = [
    "",
    " ",
    "\n",
    "*",
    "_",
    "`",
    "```",
    "> ",
    "• ",
    "- ",
    "3. ",
    "[",
    "(",
    "<",
    ":memo: ",
    "📝",
    "@U0BEN1 ",
    "#",
    "“",
]
_HIDDEN = ["", "\u200b", "\ufeff", "\u00ad", "\u202e", "\u2060"]
_AFTER = ["", "*", "_", "`", " ", "\u200b", "”"]
_SEPARATORS = [":", " :", "：", " - ", " – ", "]", ")", ">", "\n", " ", "!", ",", "…"]


@given(
    st.lists(st.sampled_from(_BEFORE), max_size=4),
    st.sampled_from(_MARKS),
    st.sampled_from(_HIDDEN),
    st.integers(min_value=0, max_value=8),
    st.sampled_from(_AFTER),
    st.sampled_from(_SEPARATORS),
    st.sampled_from(["she is new", "your laptop arrives", "x", "", "500 means"]),
)
def test_no_dress_gets_a_mark_past_the_question(
    before: list[str], mark: str, hidden: str, place: int, after: str, separator: str, words: str
) -> None:
    text = "".join(before) + mark[:place] + hidden + mark[place:] + after + separator + words

    assert stays(text) or is_doubtful(text)


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    unmarked(text)
