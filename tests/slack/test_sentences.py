"""Sentences of the desk in Slack: its own Markdown is rendered, and values in it stay what they are."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.helpdesk.messages import Catalog, Message, Translator
from bot.helpdesk.messages.catalog import entries_in, shipped_languages, shipped_text
from bot.helpdesk.model.chat import FileObstacle
from bot.helpdesk.model.content import AgentNotice, EmployeeNotice
from bot.helpdesk.model.conversation import NoAnswer
from bot.helpdesk.redaction import redact
from bot.helpdesk.text import legible
from bot.slack.markdown import from_slack, render_sentence
from bot.slack.views.handoff import agent_notice_message
from bot.slack.views.message import notice_message
from bot.slack.views.rich_text import as_plain_text, as_unformatted, sentence_blocks, sentence_text
from sandbox.slack.block_validation import message_problems
from sandbox.slack.mentions import mentions_in_blocks
from tests.english import ENGLISH, messages

HOSTILE = [
    "*bold* _italic_ ~struck~ `code`",
    "__init__ and a_b_c and 2*3*4",
    "<!channel> <@U0EVIL> <https://evil.example|bank.example>",
    "[bank.example](https://evil.example) and ![x](https://evil.example)",
    "{person} {words} {on_call} {0}",
    "&amp; &lt; &#42;",
    "first\n> second\n- third\n# fourth\n\n    fifth",
    "\\* \\_ \\\\ $x_1$ \\[a_b\\] \\(c\\)",
    "<b>bold</b><br>| a | b |",
    "1. [x] [1]: https://evil.example",
]


def written(sentence: str) -> Translator:
    """Returns a translator that knows this sentence as the message `m`."""
    return Translator("en", {"m": f"m = {sentence}\n"})


def visible(blocks: list[dict[str, Any]]) -> str:
    """Returns what a reader sees, and fails on mrkdwn that holds a formatted value."""
    return "\n".join(map(_visible, blocks))


def _visible(block: dict[str, Any]) -> str:
    if block["type"] == "rich_text":
        return "".join(as_plain_text(part["elements"]) for part in block["elements"])
    return from_slack(block["text"]["text"], {}).replace("*", "", 2)


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_in_a_sentence_is_shown_as_it_is(value: str) -> None:
    said = written("{ $person } says **{ $value }**, { $value }.").sentence(Message("m", {"value": value}))

    blocks = sentence_blocks(said, person="U1")

    assert visible(blocks) == f"@U1 says {value}, {value}." or visible(blocks) == f"<@U1> says {value}, {value}."
    assert mentions_in_blocks(blocks) == ("<@U1>",)


def test_an_unknown_person_is_somebody_in_the_readers_language() -> None:
    german = Catalog().in_language("de")
    notice = EmployeeNotice(text="{person} ist da.", language="de")
    formatted = EmployeeNotice(text=r"{person} ist da, \*.", language="de")

    assert notice_message(german, notice).text == "jemand ist da."
    assert visible(notice_message(german, notice).blocks) == "jemand ist da."
    assert visible(notice_message(german, formatted).blocks) == "jemand ist da, *."


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp"]), max_size=60))
def test_any_value_is_shown_as_it_is(value: str) -> None:
    value = legible(value)

    shown = visible(sentence_blocks(written("**Before** “{ $value }” after.").sentence(Message("m", {"value": value}))))

    assert shown == f"Before “{value}” after."


@pytest.mark.parametrize("value", [*HOSTILE, "*" * 5_000, "_a " * 2_000])
def test_a_sentence_with_any_value_is_taken_by_slack(value: str) -> None:
    notice = AgentNotice(
        handoff_id="hof_1",
        text=written("**{ $value }**:\n    { $words }\n    { $value }").safe_sentence(Message("m", {"value": value})),
    )

    for group in (None, "S1"):
        message = agent_notice_message(ENGLISH, replace(notice, words=redact("*Why?*"), on_call=group))
        assert message_problems(message.blocks) == []


def test_a_value_formats_nothing_where_slack_reads_mrkdwn() -> None:
    for value in HOSTILE:
        for block in sentence_blocks(written("Before { $value } after.").sentence(Message("m", {"value": value}))):
            if block["type"] == "section":
                assert not re.search(r"(?<!\w)[*_~`](?=\S)", block["text"]["text"])


def test_marks_of_redaction_stay_in_a_sentence() -> None:
    said = written("Asked: { $asked }").safe_sentence(Message("m", {"asked": "my password is hunter2!x"}))

    assert render_sentence(said) == "Asked: my password is [redacted: password]"
    assert redact(said) == said


def test_mentions_formatting_code_and_links_of_the_desk_are_rendered() -> None:
    assert render_sentence(messages.employee.claimed("HD-1"), person="U1").startswith(
        "<@U1> is helping you with *HD-1*"
    )
    assert render_sentence(messages.alarms.FIX_IDS) == messages.alarms.FIX_IDS
    left_out = messages.anyone.file_left_out("a.mov", FileObstacle.REFUSED, "https://acme.example/a_b.mov", "Chat")
    assert render_sentence(left_out).endswith("Chat did not take it. It is here: https://acme.example/a_b.mov")
    assert mentions_in_blocks(sentence_blocks("{on_call} *look*", on_call="S1")) == ("<!subteam^S1>",)


def test_somebodys_words_stand_where_the_sentence_says_or_at_its_end() -> None:
    words = as_unformatted("*as typed*", quoted=True)

    between = sentence_blocks("Before:\n{words}\nAfter.", words=words)
    at_the_end = sentence_blocks("Before.", words=words)

    assert [block["type"] for block in between] == ["section", "rich_text", "section"]
    assert [block["type"] for block in at_the_end] == ["section", "rich_text"]
    assert sentence_text("Before:\n{words}\nAfter.", words="<b>") == "Before:\n&lt;b&gt;\nAfter."


def test_every_reason_for_no_answer_has_a_sentence() -> None:
    for reason in NoAnswer:
        assert messages.employee.no_answer(reason)
        assert messages.agents.no_answer(reason, redact("*Why?*")).endswith("(asked: \\*Why?\\*)")


def test_the_desks_sentences_are_markdown_and_not_slacks_markup() -> None:
    for language in shipped_languages():
        for id, text in entries_in(shipped_text(language)).items():
            assert not re.search(r"(?<!\*)\*(?![*\[])|<[@#!]", text.replace("**", "")), (language, id)
