"""Views in Block Kit, which Slack must accept whatever the data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.helpdesk.handoffs.transition_table import TRANSITIONS, after
from bot.helpdesk.model.chat import Person
from bot.helpdesk.model.content import (
    AgentMessage,
    AgentNotice,
    AlarmMessage,
    AnswerPart,
    DraftPart,
    EmployeeMessage,
    EmployeeNotice,
    FullAnswer,
)
from bot.helpdesk.model.conversation import Answer, Conversation, Question, QuestionState, Rating, Role
from bot.helpdesk.model.events import Button
from bot.helpdesk.model.handoff import (
    Card,
    CardAnswer,
    CardTicket,
    Claim,
    Grounds,
    Handoff,
    HandoffState,
    HandoffTicket,
    Resolution,
    Score,
    TicketRef,
    Transition,
)
from bot.helpdesk.model.history import TimelineEntry, TimelineEvent
from bot.helpdesk.model.home import EmployeeRequest, Figures, Filter, Home, LatestQuestion, Queue, Queued, arrange
from bot.helpdesk.model.search_result import Found, FoundConversation, FoundHandoff, FoundQuestion, SearchReport
from bot.helpdesk.redaction import SafeText, redact
from bot.helpdesk.review.article_transitions import ARTICLE_TRANSITIONS
from bot.slack import ids
from bot.slack.markdown import neutralise, split
from bot.slack.views.blocks import MessagePayload
from bot.slack.views.forms import assignee_form, reason_form, resolution_form, whole_card_view
from bot.slack.views.handoff import (
    agent_notice_message,
    alarm_message,
    card_message,
    draft_message,
    employee_message,
    full_answer_message,
)
from bot.slack.views.home import home_view
from bot.slack.views.message import answer_message, notice_message, relay_message
from bot.slack.views.renderings import simple_parts
from bot.slack.views.search_report import search_report_message
from sandbox.slack.block_validation import message_problems, rendered_length, view_problems
from sandbox.slack.elements import elements_in
from sandbox.slack.mentions import mentions_in_blocks, mentions_in_text
from tests.addresses import SURFACE, channel_at
from tests.english import ENGLISH

LARGEST_MESSAGE = 13_200

words = st.text(max_size=300) | st.text(alphabet="ab `*_<>&|[]()#\n-!@:/", max_size=4000)
safe = words.map(redact)


def _grounds(*reasons: str) -> Grounds:
    return Grounds(rules=("unsure answer",), reasons=reasons, fingerprint="f00")


def _answer(text: SafeText) -> CardAnswer:
    return CardAnswer(id="ans_1", text=text, shown_to_employee=True, confidence="low (0.1)", request_id="req_1")


def _card(**changed: Any) -> Card:
    card: dict[str, Any] = {
        "handoff_id": "hof_1", "name": "HD-1", "state": HandoffState.OPEN, "priority": "normal", "employee": "U1",
        "question": redact("How?"), "answer": _answer(redact("So.")), "session_id": "s", "revision": 1,
        "grounds": _grounds("It was low."), "claim": Claim(by="U2", at=1.0), "resolution": Resolution(by="U3", at=2.0),
        "ticket": CardTicket(wanted=True, ref=TicketRef(system="local", id="tic_1", number="HD-1")),
    }  # fmt: skip
    return Card(**{**card, **changed})


def _is_sound(message: MessagePayload) -> None:
    assert message.text.strip()
    assert message_problems(message.blocks) == []
    assert rendered_length(message.blocks) <= LARGEST_MESSAGE


@given(words.filter(str.strip))
def test_an_answer_of_any_words_is_taken_by_slack(answer: str) -> None:
    for part in split(neutralise(answer)):
        shown = AnswerPart(answer_id="ans_1", text=part, part=1, parts=1, line="You rated it.", ask_why=True)
        assert message_problems(answer_message(ENGLISH, shown).blocks) == []
        for simple in simple_parts(answer_message(ENGLISH, shown)):
            assert message_problems(simple.blocks) == []


@given(question=safe, answer=safe, state=st.sampled_from(HandoffState), reasons=st.lists(words, max_size=8).map(tuple))
def test_a_card_of_any_words_is_taken_by_slack(
    question: Any, answer: Any, state: HandoffState, reasons: tuple[str, ...]
) -> None:
    _is_sound(
        card_message(ENGLISH, _card(question=question, answer=_answer(answer), state=state, grounds=_grounds(*reasons)))
    )


@given(st.text(min_size=1, max_size=12_000).filter(str.strip))
def test_relayed_words_of_any_kind_are_taken_by_slack(text: str) -> None:
    _is_sound(relay_message(ENGLISH, AgentMessage(author="U1", text=text)))
    _is_sound(employee_message(ENGLISH, EmployeeMessage(relay_id="rel_1", revision=1, author="U1", text=redact(text))))


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(notice_message(ENGLISH, EmployeeNotice(text="Hello", offer="con_1")), id="notice"),
        pytest.param(
            notice_message(ENGLISH, EmployeeNotice(text="How well?", scores="hof_1", score=Score.FOUR)), id="score"
        ),
        pytest.param(
            alarm_message(
                ENGLISH,
                AlarmMessage(
                    alarm_id="alm_1", revision=1, text=redact("Mend it"), count=3, since=1795400000.0, over_at=None
                ),
            ),
            id="alarm",
        ),
        pytest.param(
            alarm_message(
                ENGLISH,
                AlarmMessage(
                    alarm_id="alm_1",
                    revision=1,
                    text=redact("Mend it"),
                    count=1,
                    since=1795400000.0,
                    over_at=1795400060.0,
                ),
            ),
            id="alarm over",
        ),
        pytest.param(draft_message(ENGLISH, DraftPart(text=redact("**Draft**"))), id="draft"),
        pytest.param(full_answer_message(ENGLISH, FullAnswer(text=redact("**Answer**"))), id="full answer"),
        pytest.param(
            agent_notice_message(ENGLISH, AgentNotice(handoff_id="h", text=redact("It happened"))), id="event"
        ),
    ],
)
def test_every_other_message_is_taken_by_slack(message: MessagePayload) -> None:
    _is_sound(message)


@pytest.mark.parametrize("words_required", [True, False])
def test_the_resolution_form_is_taken_by_slack(words_required: bool) -> None:
    assert view_problems(resolution_form(ENGLISH, "hof_1", words_required=words_required)) == []


def test_the_reason_form_is_taken_by_slack() -> None:
    assert view_problems(reason_form(ENGLISH, "ans_1")) == []


def test_every_button_has_an_action_and_every_action_a_button() -> None:
    pressable = {transition for transition, row in TRANSITIONS.items() if row.label}
    of_articles = {transition for transition, row in ARTICLE_TRANSITIONS.items() if row.label}

    assert set(ids.ACTION_OF) == {*Button, *Rating, *Score, *pressable, *of_articles}
    assert len(ids.ACTIONS) == len(ids.ACTION_OF) == len({*Button, *Rating, *Score, *pressable, *of_articles})


def _entries(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Returns the entries of the overflow menus."""
    menus = [element.body for element in elements_in(blocks) if element.body["type"] == "overflow"]
    return [entry for menu in menus for entry in menu["options"]]


@pytest.mark.parametrize("state", HandoffState)
def test_a_card_offers_a_transition_exactly_where_it_would_not_be_refused(state: HandoffState) -> None:
    blocks = card_message(ENGLISH, _card(state=state)).blocks
    shown = [element.action_id for element in elements_in(blocks)]
    shown += [ids.read_menu_value(entry["value"])[0] for entry in _entries(blocks)]
    offered = {control for control in map(ids.ACTIONS.get, shown) if isinstance(control, Transition)}

    assert offered == {
        transition
        for transition, row in TRANSITIONS.items()
        if row.label and row.by is Role.AGENT and after(state, transition) is not None
    }


@pytest.mark.parametrize(
    ("state", "buttons", "rest"),
    [
        (HandoffState.OPEN, ["Claim", "Resolve"], ["Hand back to the assistant", "Assign to…"]),
        (
            HandoffState.CLAIMED,
            ["Join", "Resolve"],
            ["Hand back to the assistant", "Assign to…", "Release", "Waiting for the employee"],
        ),
        (
            HandoffState.PENDING,
            ["Join", "Resolve"],
            ["Hand back to the assistant", "Assign to…", "Release", "Resume"],
        ),
        (HandoffState.RESOLVED, ["Reopen"], []),
    ],
)
def test_a_card_has_one_row_of_buttons_and_everything_else_in_menus(
    state: HandoffState, buttons: list[str], rest: list[str]
) -> None:
    ticket = CardTicket(wanted=True, trouble="It is down", given_up=True)
    blocks = card_message(ENGLISH, _card(state=state, revealable=True, ticket=ticket)).blocks
    (row,) = (block["elements"] for block in blocks if block["type"] == "actions")

    assert [one["text"]["text"] for one in row if one["type"] == "button"] == buttons
    entries = [entry["text"]["text"] for entry in _entries(blocks)]
    assert entries == ["Helpful", "Not helpful", *rest, "Reveal", "Try the ticket again", "Why?", "Show ids"]
    assert "f00" not in str(blocks)


def test_a_card_shows_the_beginning_of_long_texts_and_opens_the_rest() -> None:
    long = _card(question=redact("why " * 200), answer=_answer(redact("sooo\n" * 200)), revealable=True)
    short = card_message(ENGLISH, _card(revealable=True)).blocks

    blocks = card_message(ENGLISH, long).blocks

    assert str(blocks).count("why ") < 80
    assert str(blocks).count("sooo") < 10
    assert "Show all" in str(blocks)
    assert "Show all" not in str(short)
    view = whole_card_view(ENGLISH, long)
    assert view_problems(view) == []
    assert str(view).count("why") == 200
    assert str(view).count("sooo") == 200


def test_a_draft_stands_in_the_thread_and_not_on_the_card() -> None:
    answer = replace(_answer(redact("So.")), shown_to_employee=False, drafted=True)

    blocks = card_message(ENGLISH, _card(answer=answer)).blocks

    assert "So." not in str(blocks)
    assert "the draft is in the thread" in str(blocks)
    assert "Helpful" not in str(blocks)


@given(people=st.lists(st.text(max_size=90), max_size=120))
def test_the_choice_of_an_assignee_is_taken_by_slack(people: list[str]) -> None:
    known = [Person(id=f"U{number}", name=name) for number, name in enumerate(people)]

    assert view_problems(assignee_form(ENGLISH, ids.assignment("hof_1", "C1", "1.1"), known)) == []


def test_code_in_an_answer_is_not_quoted_into_its_fence() -> None:
    blocks = card_message(ENGLISH, _card(answer=_answer(redact("Run this:\n\n```\nconnect vpn\n```\n")))).blocks

    assert "\nconnect vpn\n" in str([block.get("text", {}).get("text", "") for block in blocks]).replace("\\n", "\n")


def test_words_of_others_cannot_mention_anybody_on_a_card() -> None:
    card = _card(
        question=redact("<!channel> <@U9>"), answer=_answer(redact("<!here>")), grounds=_grounds("“<!channel>”")
    )

    message = card_message(ENGLISH, card)

    assert {*mentions_in_text(message.text), *mentions_in_blocks(message.blocks)} <= {"<@U1>", "<@U2>", "<@U3>"}


# Lookups.


def _found_question(words: str) -> FoundQuestion:
    common: dict[str, Any] = {"conversation_id": "con_1"}
    place: dict[str, Any] = {"surface": SURFACE, "channel": "D1", "thread": "1.1", "message": "1.1", "employee": "U1"}
    question = Question(id="que_1", text="my very own words", sent_at=1.0, asked_at=1.0, **place, **common)
    confidence: dict[str, Any] = {"confidence_level": words, "confidence_score": 0.5}
    ids: dict[str, Any] = {"session_id": words, "request_id": words, "posted": "1.2"}
    answer = Answer(
        id="ans_1", question_id="que_1", text="an answer in words", answered_at=2.0, **common, **confidence, **ids
    )
    return FoundQuestion(question=question, answer=answer, verdicts=())


def _found_handoff(words: str) -> FoundHandoff:
    ticket = HandoffTicket(ref=TicketRef(system="local", id=words, number=words, url=words))
    grounds = Grounds(rules=(words,), reasons=(words,), fingerprint="f")
    subject: dict[str, Any] = {"conversation_id": "con_1", "question_id": "que_1", "answer_id": "ans_1"}
    place: dict[str, Any] = {
        "priority": "normal",
        "place": channel_at("C1"),
        "thread": "1.3",
        "opened_at": 1.0,
    }
    handoff = Handoff(id="hof_1", number=1, grounds=grounds, ticket=ticket, **subject, **place)
    entry = TimelineEntry(
        id="tml_1",
        conversation_id="con_1",
        handoff_id="hof_1",
        event=TimelineEvent.OPENED,
        person="U2",
        detail=words,
        at=1.0,
    )
    return FoundHandoff(handoff=handoff, timeline=(entry,) * 30, local_ticket=None)


def _found(words: str, handoffs: int, questions: int) -> Found:
    place: dict[str, Any] = {"workspace": "T1", "surface": SURFACE, "channel": "D1", "thread": "1.1", "employee": "U1"}
    one = FoundConversation(
        conversation=Conversation(id="con_1", session_id=words, opened_at=1.0, last_at=2.0, **place),
        questions=(_found_question(words),) * questions,
        decisions=(),
        handoffs=(_found_handoff(words),) * handoffs,
        effects=(),
    )
    return Found(understood_as=("conversation",), conversations=(one,), effects=())


def _link(channel: str, ts: str) -> str:
    return f"https://example.slack.com/archives/{channel}/p{ts.replace('.', '')}"


@given(words, st.integers(0, 3), st.integers(0, 40), st.text(min_size=1, max_size=400))
def test_a_trail_of_any_length_is_taken_by_slack_and_repeats_nobodys_words(
    words: str, handoffs: int, questions: int, id: str
) -> None:
    trail = SearchReport(looked_up=((id, _found(words, handoffs, questions)), (id, None)))

    message = search_report_message(ENGLISH, trail, _link)

    _is_sound(message)
    assert "my very own words" not in str(message)
    assert "an answer in words" not in str(message)


def test_a_trail_without_an_id_is_a_short_help() -> None:
    message = search_report_message(ENGLISH, SearchReport(looked_up=()), _link)

    _is_sound(message)
    assert "Mention me with an id" in message.text


def test_a_secret_that_was_asked_about_is_not_repeated() -> None:
    secret = "xoxb-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx"

    message = search_report_message(ENGLISH, SearchReport(looked_up=((secret, None),)), _link)

    assert secret not in str(message)


@given(words, st.integers(0, 30), st.integers(0, 90), words, st.lists(words, max_size=130))
def test_a_home_of_any_length_is_taken_by_slack(
    words: str, requests: int, queued: int, rule: str, rules: list[str]
) -> None:
    found = _found(words, 1, 0).conversations[0]
    handoff = found.handoffs[0].handoff
    latest = LatestQuestion(state=QuestionState.WAITING, asked_at=1.0) if queued % 2 else None
    request = EmployeeRequest(
        conversation=found.conversation, thread="1.1", question_id="que_1", words=words, latest=latest, handoff=handoff
    )
    groups, left_out = arrange([Queued(handoff=handoff, employee="U1")] * queued, "U2", Filter(), 1.0)
    queue = Queue(
        groups=groups,
        left_out=left_out,
        figures=Figures(opened=1, resolved=2, waiting=3, answered=4),
        rules=tuple(rules),
        chosen=Filter(rule=rule, priority="urgent"),
    )

    view = home_view(ENGLISH, Home(now=100.0, requests=(request,) * requests, queue=queue), _link)

    assert view_problems(view) == []
    assert ids.read_filter(view["private_metadata"]) == Filter(rule=rule, priority="urgent")
