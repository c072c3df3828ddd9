"""Reasoning of an assistant is removed from its answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.helpdesk.text import without_reasoning


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("<think>They want a reset.</think>\n\nOpen the portal.", "Open the portal."),
        ("<thinking>a</thinking>Yes.<reasoning>b</reasoning> Really.", "Yes. Really."),
        ("<THINK >a\n\nb</Think>\nYes.", "Yes."),
        ("<think>a <think>b</think> c</think>Yes.", "Yes."),
        ("Yes.\n<think>never closed, and more", "Yes."),
        ("the beginning was in the prompt</think>\nYes.", "Yes."),
        ("<think/>Yes.", "Yes."),
        ("<think></think>", ""),
        ("[THINK]a[/THINK]Yes.", "Yes."),
        ("◁think▷a◁/think▷Yes.", "Yes."),
        ("<|begin_of_thought|>a<|end_of_thought|>Yes.", "Yes."),
        ("<chain_of_thought>a</chain_of_thought><internal_monologue>b</internal_monologue>Yes.", "Yes."),
        ("&lt;think&gt;a&lt;/think&gt;Yes.", "Yes."),
        ("<think>\n```py\nprint('</think>')\n```\nso</think>Yes.", "Yes."),
        ("<think>a ``` that is never closed</think>Yes.", "Yes."),
    ],
)
def test_reasoning_is_taken_out(answer: str, shown: str) -> None:
    assert without_reasoning(answer) == shown


@pytest.mark.parametrize(
    "answer",
    [
        "Write `<think>` before it.",
        "```xml\n<think>a</think>\n```",
        "~~~\n<reasoning>\n~~~\nand more",
        "I think <b>so</b>.",
        "x < think > y",
        "",
    ],
)
def test_an_answer_without_reasoning_stays_as_it_is(answer: str) -> None:
    assert without_reasoning(answer) == answer


TAGS = st.sampled_from(["<think>", "</think>", "\n", "<thinking>", "</thinking>", "word", "<think/>", " "])


@given(st.lists(TAGS, max_size=30).map("".join))
def test_no_tag_is_left_and_taking_it_out_twice_changes_nothing(answer: str) -> None:
    once = without_reasoning(answer)

    assert "think" not in once
    assert without_reasoning(once) == once
    assert without_reasoning(f"word {once}").endswith(once)
