"""Splitting of messages that are too long, with full blocks, with simpler blocks, and as plain text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.helpdesk.model.content import AnswerPart, EmployeeMessage
from bot.helpdesk.redaction import redact
from bot.helpdesk.text import legible
from bot.slack.markdown import escape_mrkdwn, mrkdwn_pieces, pieces, split
from bot.slack.views.blocks import MessagePayload
from bot.slack.views.handoff import employee_message
from bot.slack.views.message import answer_message
from bot.slack.views.renderings import bare_parts, parts, simple_parts
from sandbox.slack.block_validation import message_problems, rendered_length
from tests.english import ENGLISH

SOME = [
    "\n",
    "\n\n",
    "word",
    "<",
    "&",
    "&nbsp;",
    "__init__",
    "👩‍👩‍👧",
    "🇩🇪🇫🇷",
    "e\u0301",
    ":tada:",
    "https://a.example/b?c=1&d=2",
]
WORDS = st.lists(st.sampled_from(SOME) | st.text(max_size=8), max_size=400).map(" ".join)
# Longer than Hypothesis would draw character by character.
LONG = st.builds(
    lambda text, size: (text * (size // len(text) + 1))[:size],
    st.text(min_size=200, max_size=600).filter(str.strip),
    st.integers(4_000, 9_000),
)
NEWER = {"markdown", "rich_text", "table"}


def shown(message: MessagePayload) -> str:
    """Returns the visible text of a message, without spaces and Slack's escapes."""
    return squeezed(f"{message.text if not message.blocks else ''}{said(message.blocks)}")


def relayed(text: str) -> MessagePayload:
    """Returns the relayed message of an employee in a handoff's thread."""
    return employee_message(ENGLISH, EmployeeMessage(relay_id="rel_1", revision=1, author="U1", text=redact(text)))


def said(node: object) -> str:
    if isinstance(node, list):
        return "".join(map(said, node))
    if not isinstance(node, dict):
        return ""
    text = node.get("text")
    emoji = f":{node['name']}:" if node.get("type") == "emoji" else ""
    own = text if isinstance(text, str) else str(node.get("url", "")) if node.get("type") == "link" else emoji
    return own + "".join(said(value) for value in node.values())


def squeezed(text: str) -> str:
    decoded = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return "".join(decoded.split())


def bare(text: str) -> str:
    """Returns a text without spaces and the delimiters of links and code."""
    return re.sub(r"[<>]|```", "", squeezed(text))


@given(WORDS, st.integers(20, 200))
def test_pieces_fit_and_lose_nothing(text: str, limit: int) -> None:
    found = pieces(text, limit)

    assert all(len(piece) <= limit for piece in found)
    assert squeezed("".join(found)) == squeezed(text)


@given(WORDS, st.integers(60, 300))
def test_no_character_entity_or_address_is_cut(text: str, limit: int) -> None:
    found = pieces(text, limit)

    for whole in ("👩‍👩‍👧", "e\u0301", "&nbsp;", ":tada:", "https://a.example/b?c=1&d=2"):
        assert sum(piece.count(whole) for piece in found) == text.count(whole)


@given(WORDS, st.integers(60, 300))
def test_pieces_of_mrkdwn_fit_and_cut_no_token(text: str, limit: int) -> None:
    written = f"<@U1> {escape_mrkdwn(text)} <https://a.example|two words>"

    found = mrkdwn_pieces(written, limit)

    assert all(len(piece) <= limit for piece in found)
    assert all(piece.count("<") == piece.count(">") for piece in found)
    assert all(piece.count("```") % 2 == 0 for piece in found)


@given(WORDS)
def test_every_form_of_somebodys_words_holds_all_of_its_words(text: str) -> None:
    message = relayed(text)

    for form in (parts(message), simple_parts(message), bare_parts(message)):
        assert bare(legible(text)) in bare("".join(map(shown, form)))


@given(LONG)
def test_every_form_of_an_answer_is_taken_by_slack(text: str) -> None:
    for part in split(text):
        shown_part = AnswerPart(answer_id="ans_1", text=part, part=1, parts=1)
        message = answer_message(ENGLISH, shown_part)
        for one in (*parts(message), *simple_parts(message), *bare_parts(message)):
            assert one.text.strip()
            assert message_problems(one.blocks) == []
            assert rendered_length(one.blocks) <= 13_200


def test_a_simple_answer_of_many_steps_holds_every_step_and_the_buttons_once() -> None:
    steps = [f"{number}. Step {number} of <many> & more words than that, `code` included" for number in range(1, 121)]
    shown_part = AnswerPart(answer_id="ans_1", text="\n".join(steps), part=1, parts=1)

    form = simple_parts(answer_message(ENGLISH, shown_part))

    assert len(form) > 1
    assert all(squeezed(f"Step {number} of <many>") in "".join(map(shown, form)) for number in range(1, 121))
    assert [len([block for block in one.blocks if block["type"] == "context_actions"]) for one in form] == [
        *[0] * (len(form) - 1),
        1,
    ]
    assert not NEWER & {block["type"] for one in form for block in one.blocks}


@pytest.mark.parametrize("text", [r"\\srv01\public\_Documentation", "__init__ 2*3*4 `x`", "&nbsp; <b> ~/.ssh"])
def test_a_simple_reply_says_marks_as_they_are(text: str) -> None:
    (form,) = simple_parts(relayed(text))

    shown_text = form.blocks[-1]["text"]
    assert shown_text["text"] == text
    assert shown_text["type"] == "plain_text"
