"""Desk data as Block Kit: everything Slack takes, nothing it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.helpdesk.effects import AlarmView, AnswerView, Card, PostToThread, RelayToEmployee, Tell, ThreadPost
from bot.helpdesk.handoff import HandoffState
from bot.helpdesk.inputs import Button
from bot.helpdesk.redaction import redact
from bot.sandbox.slack.blockcheck import message_problems, rendered_length, view_problems
from bot.slack import ids
from bot.slack.text import neutralise, split
from bot.slack.views.answer import answer_message, notice_message, relay_message, simple_answer_message
from bot.slack.views.blocks import Message
from bot.slack.views.forms import reason_form, resolution_form
from bot.slack.views.handoff import alarm_message, card_message, thread_message

LARGEST_MESSAGE = 13_200

words = st.text(max_size=300) | st.text(alphabet="ab `*_<>&|[]()#\n-!@:/", max_size=4000)
safe = words.map(redact)


def _card(**changed: Any) -> Card:
    card: dict[str, Any] = {
        "handoff_id": "hof_1", "name": "HD-1", "state": HandoffState.OPEN, "priority": "normal", "employee": "U1",
        "question": redact("How?"), "answer": redact("So."), "answer_id": "ans_1", "shown_to_employee": True,
        "confidence": "low (0.1)", "reasons": ("It was low.",), "fingerprint": "f00", "session_id": "s",
        "request_id": "req_1", "ticket_number": "HD-1", "ticket_url": None, "ticket_trouble": None,
        "ticket_expected": True, "claimed_by": "U2", "resolved_by": "U3", "handed_back": False, "verdicts": (),
        "revision": 1,
    }  # fmt: skip
    return Card(**{**card, **changed})


def _is_sound(message: Message) -> None:
    assert message.text.strip()
    assert message_problems(message.blocks) == []
    assert rendered_length(message.blocks) <= LARGEST_MESSAGE


@given(words.filter(str.strip))
def test_an_answer_of_any_words_is_taken_by_slack(answer: str) -> None:
    for part in split(neutralise(answer)):
        view = AnswerView(answer_id="ans_1", text=part, part=1, parts=1, line="You rated it.", ask_why=True)
        assert message_problems(answer_message(view, "r").blocks) == []
        assert message_problems(simple_answer_message(view, "r").blocks) == []


@given(question=safe, answer=safe, state=st.sampled_from(HandoffState), reasons=st.lists(words, max_size=8).map(tuple))
def test_a_card_of_any_words_is_taken_by_slack(
    question: Any, answer: Any, state: HandoffState, reasons: tuple[str, ...]
) -> None:
    _is_sound(card_message(_card(question=question, answer=answer, state=state, reasons=reasons)))


@given(st.text(min_size=1, max_size=12_000).filter(str.strip))
def test_relayed_words_of_any_kind_are_taken_by_slack(text: str) -> None:
    _is_sound(relay_message(RelayToEmployee(channel="D1", thread="1.1", author="U1", text=text)))
    _is_sound(thread_message(PostToThread(handoff_id="h", kind=ThreadPost.RELAY, text=redact(text), author="U1")))


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(notice_message(Tell(channel="D1", thread="1.1", text="Hello", offer="con_1")), id="notice"),
        pytest.param(
            alarm_message(AlarmView(text=redact("Mend it"), count=3, since=1795400000.0, over_at=None)), id="alarm"
        ),
        pytest.param(
            alarm_message(AlarmView(text=redact("Mend it"), count=1, since=1795400000.0, over_at=1795400060.0)),
            id="alarm over",
        ),
        pytest.param(
            thread_message(PostToThread(handoff_id="h", kind=ThreadPost.DRAFT, text=redact("**Draft**"))), id="draft"
        ),
        pytest.param(
            thread_message(PostToThread(handoff_id="h", kind=ThreadPost.EVENT, text=redact("It happened"))), id="event"
        ),
    ],
)
def test_every_other_message_is_taken_by_slack(message: Message) -> None:
    _is_sound(message)


@pytest.mark.parametrize("words_required", [True, False])
def test_the_resolution_form_is_taken_by_slack(words_required: bool) -> None:
    assert view_problems(resolution_form("hof_1", words_required=words_required)) == []


def test_the_reason_form_is_taken_by_slack() -> None:
    assert view_problems(reason_form("ans_1")) == []


def test_every_button_has_an_action_and_every_action_a_button() -> None:
    assert set(ids.ACTION_OF) == set(Button)
    assert len(ids.ACTIONS) == len(ids.ACTION_OF)


@pytest.mark.parametrize(
    ("state", "buttons"),
    [
        (HandoffState.OPEN, ["Claim", "Resolve", "Hand back to the assistant"]),
        (HandoffState.CLAIMED, ["Join", "Resolve", "Hand back to the assistant"]),
        (HandoffState.RESOLVED, ["Reopen"]),
    ],
)
def test_a_card_offers_what_can_be_done_in_its_state(state: HandoffState, buttons: list[str]) -> None:
    blocks = card_message(_card(state=state)).blocks
    row, *below = (block["elements"] for block in blocks if block["type"] == "actions")

    assert [button["text"]["text"] for button in row] == [*buttons, "Helpful", "Not helpful"]
    menus = [menu["placeholder"]["text"] for elements in below for menu in elements]
    assert menus == ([] if state is HandoffState.RESOLVED else ["Assign to…"])


def test_code_in_an_answer_is_not_quoted_into_its_fence() -> None:
    blocks = card_message(_card(answer=redact("Run this:\n\n```\nconnect vpn\n```\n"))).blocks

    assert "\nconnect vpn\n" in str([block.get("text", {}).get("text", "") for block in blocks]).replace("\\n", "\n")


def test_words_of_others_cannot_mention_anybody_on_a_card() -> None:
    card = _card(question=redact("<!channel> <@U9>"), answer=redact("<!here>"), reasons=("“<!channel>”",))

    shown = str(card_message(card).blocks)

    assert "<!" not in shown
    assert "<@U9>" not in shown
