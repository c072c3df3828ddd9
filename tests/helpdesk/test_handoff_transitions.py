"""The states of a handoff and the transitions between them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.helpdesk.handoffs.transition_table import (
    TRANSITIONS,
    after,
    ticket_status_after,
    transitions_from,
    with_question,
)
from bot.helpdesk.model.conversation import Owner
from bot.helpdesk.model.handoff import (
    OWNER_IN,
    STATUS_AFTER,
    Grounds,
    Handoff,
    HandoffState,
    Outcome,
    Resolution,
    Score,
    SolvedQuestion,
    Transition,
)
from tests.addresses import channel_at


@pytest.mark.parametrize(
    ("state", "move", "expected"),
    [
        (HandoffState.OPEN, Transition.CLAIM, HandoffState.CLAIMED),
        (HandoffState.OPEN, Transition.RESOLVE, HandoffState.RESOLVED),
        (HandoffState.OPEN, Transition.HAND_BACK, HandoffState.RESOLVED),
        (HandoffState.OPEN, Transition.REOPEN, None),
        (HandoffState.OPEN, Transition.JOIN, None),
        (HandoffState.OPEN, Transition.ASSIGN, HandoffState.CLAIMED),
        (HandoffState.OPEN, Transition.WRITE_AGAIN, None),
        (HandoffState.OPEN, Transition.WITHDRAW, HandoffState.RESOLVED),
        (HandoffState.CLAIMED, Transition.CLAIM, None),
        (HandoffState.CLAIMED, Transition.RESOLVE, HandoffState.RESOLVED),
        (HandoffState.CLAIMED, Transition.HAND_BACK, HandoffState.RESOLVED),
        (HandoffState.CLAIMED, Transition.REOPEN, None),
        (HandoffState.CLAIMED, Transition.JOIN, HandoffState.CLAIMED),
        (HandoffState.CLAIMED, Transition.ASSIGN, HandoffState.CLAIMED),
        (HandoffState.CLAIMED, Transition.WRITE_AGAIN, None),
        (HandoffState.CLAIMED, Transition.WITHDRAW, HandoffState.RESOLVED),
        (HandoffState.RESOLVED, Transition.CLAIM, None),
        (HandoffState.RESOLVED, Transition.RESOLVE, None),
        (HandoffState.RESOLVED, Transition.HAND_BACK, None),
        (HandoffState.RESOLVED, Transition.REOPEN, HandoffState.CLAIMED),
        (HandoffState.OPEN, Transition.COME_BACK, None),
        (HandoffState.CLAIMED, Transition.COME_BACK, None),
        (HandoffState.RESOLVED, Transition.COME_BACK, HandoffState.OPEN),
        (HandoffState.RESOLVED, Transition.JOIN, None),
        (HandoffState.RESOLVED, Transition.ASSIGN, None),
        (HandoffState.RESOLVED, Transition.WRITE_AGAIN, HandoffState.OPEN),
        (HandoffState.RESOLVED, Transition.WITHDRAW, None),
        (HandoffState.OPEN, Transition.RELEASE, None),
        (HandoffState.CLAIMED, Transition.RELEASE, HandoffState.OPEN),
        (HandoffState.RESOLVED, Transition.RELEASE, None),
        (HandoffState.OPEN, Transition.CLOSE_REQUEST, HandoffState.RESOLVED),
        (HandoffState.CLAIMED, Transition.CLOSE_REQUEST, HandoffState.RESOLVED),
        (HandoffState.RESOLVED, Transition.CLOSE_REQUEST, None),
        (HandoffState.PENDING, Transition.CLOSE_REQUEST, HandoffState.RESOLVED),
        (HandoffState.OPEN, Transition.WAIT, None),
        (HandoffState.CLAIMED, Transition.WAIT, HandoffState.PENDING),
        (HandoffState.RESOLVED, Transition.WAIT, None),
        (HandoffState.OPEN, Transition.RESUME, None),
        (HandoffState.CLAIMED, Transition.RESUME, None),
        (HandoffState.RESOLVED, Transition.RESUME, None),
        (HandoffState.OPEN, Transition.REPLY, None),
        (HandoffState.CLAIMED, Transition.REPLY, None),
        (HandoffState.RESOLVED, Transition.REPLY, None),
        (HandoffState.OPEN, Transition.TIME_OUT, None),
        (HandoffState.CLAIMED, Transition.TIME_OUT, None),
        (HandoffState.RESOLVED, Transition.TIME_OUT, None),
        (HandoffState.PENDING, Transition.CLAIM, None),
        (HandoffState.PENDING, Transition.JOIN, HandoffState.PENDING),
        (HandoffState.PENDING, Transition.RESOLVE, HandoffState.RESOLVED),
        (HandoffState.PENDING, Transition.HAND_BACK, HandoffState.RESOLVED),
        (HandoffState.PENDING, Transition.REOPEN, None),
        (HandoffState.PENDING, Transition.ASSIGN, HandoffState.CLAIMED),
        (HandoffState.PENDING, Transition.RELEASE, HandoffState.OPEN),
        (HandoffState.PENDING, Transition.WAIT, None),
        (HandoffState.PENDING, Transition.RESUME, HandoffState.CLAIMED),
        (HandoffState.PENDING, Transition.REPLY, HandoffState.CLAIMED),
        (HandoffState.PENDING, Transition.TIME_OUT, HandoffState.RESOLVED),
        (HandoffState.PENDING, Transition.WITHDRAW, HandoffState.RESOLVED),
        (HandoffState.PENDING, Transition.COME_BACK, None),
        (HandoffState.PENDING, Transition.WRITE_AGAIN, None),
    ],
)
def test_every_move_leads_where_the_table_says(
    state: HandoffState, move: Transition, expected: HandoffState | None
) -> None:
    assert after(state, move) is expected


def test_the_table_of_transitions_is_covered_above() -> None:
    assert len(HandoffState) * len(Transition) == 60
    assert set(TRANSITIONS) == set(Transition)
    assert sum(len(row.sources) for row in TRANSITIONS.values()) == 27


@pytest.mark.parametrize("transition", Transition)
def test_every_row_of_the_table_is_consistent(transition: Transition) -> None:
    row = TRANSITIONS[transition]

    assert row.sources
    assert len(set(row.sources)) == len(row.sources)
    assert (row.ticket_status is None) is (row.ticket_note is None)
    if not row.label:
        assert not row.primary
        assert row.form is None
        assert not row.chooses_person


@given(st.sampled_from(Transition), st.sampled_from(Outcome))
def test_an_outcome_says_how_the_ticket_ends_whatever_the_transition(transition: Transition, outcome: Outcome) -> None:
    assert ticket_status_after(_handoff(), transition) is TRANSITIONS[transition].ticket_status
    ended = replace(_handoff(), resolution=Resolution(outcome=outcome))
    assert ticket_status_after(ended, transition) is STATUS_AFTER[outcome]


@given(st.lists(st.sampled_from(Transition), max_size=30))
def test_what_is_said_of_a_resolution_ends_with_it(transitions: list[Transition]) -> None:
    handoff = _handoff()
    for number, transition in enumerate(transitions):
        row = TRANSITIONS[transition]
        if handoff.state not in row.sources:
            continue
        if transition is Transition.RESOLVE:
            ending = replace(handoff.resolution, outcome=Outcome.SOLVED, text="Turned it off and on again.")
            handoff = replace(handoff, resolution=ending)
        handoff = replace(row.change(handoff, f"U_{number}", float(number)), state=row.target or handoff.state)
        resolved = handoff.state is HandoffState.RESOLVED

        assert (handoff.resolution.outcome is not None) is (transition is Transition.RESOLVE)
        assert (handoff.resolution.text is not None) is (transition is Transition.RESOLVE)
        assert (handoff.resolution.at is not None) is resolved
        ending = handoff.resolution
        assert resolved or not (ending.handed_back or ending.withdrawn or ending.timed_out)
        assert (handoff.claimed_by is not None) or not handoff.has_agent


@pytest.mark.parametrize("asked", SolvedQuestion)
@pytest.mark.parametrize("outcome", [None, *Outcome])
def test_only_a_solution_is_asked_about_and_never_if_the_policy_says_so(
    outcome: Outcome | None, asked: SolvedQuestion
) -> None:
    ended = with_question(replace(_handoff(), resolution=Resolution(outcome=outcome)), asked)

    asks = outcome is Outcome.SOLVED and asked is not SolvedQuestion.NEVER
    assert ended.resolution.question is (asked if asks else None)


@pytest.mark.parametrize(
    "answer", [Resolution(solved=True), Resolution(solved=False), *(Resolution(score=score) for score in Score)]
)
@pytest.mark.parametrize("asked", SolvedQuestion)
def test_who_has_answered_is_not_asked_again(asked: SolvedQuestion, answer: Resolution) -> None:
    ended = replace(_handoff(), resolution=replace(answer, outcome=Outcome.SOLVED))

    assert with_question(ended, asked).resolution.question is None


@given(st.sampled_from(Transition), st.sampled_from(Score), st.sampled_from(SolvedQuestion))
def test_an_answer_outlasts_a_reopening_and_the_question_does_not(
    transition: Transition, score: Score, asked: SolvedQuestion
) -> None:
    row = TRANSITIONS[transition]
    if HandoffState.RESOLVED not in row.sources:
        return
    ending = Resolution(question=asked, solved=score.solved, score=score, scored_at=1.0, outcome=Outcome.SOLVED)
    reopened = row.change(replace(_handoff(), state=HandoffState.RESOLVED, resolution=ending), "U_1", 2.0).resolution

    assert (reopened.solved, reopened.score, reopened.scored_at) == (score.solved, score, 1.0)
    assert reopened.question is None


def test_a_score_amounts_to_yes_to_no_or_to_neither() -> None:
    assert [score.solved for score in Score] == [False, False, None, True, True]


def _handoff() -> Handoff:
    return Handoff(
        id="hof_1",
        number=1,
        conversation_id="con_1",
        question_id=None,
        answer_id=None,
        priority="normal",
        grounds=Grounds(rules=(), reasons=(), fingerprint="f"),
        place=channel_at("C1"),
        opened_at=0.0,
    )


def test_somebody_speaks_to_the_employee_in_every_stage() -> None:
    assert {OWNER_IN[state] for state in HandoffState} == set(Owner)


@given(st.lists(st.sampled_from(Transition), max_size=30))
def test_from_everywhere_a_handoff_can_still_be_resolved(moves: list[Transition]) -> None:
    state = HandoffState.OPEN
    for move in moves:
        state = after(state, move) or state

    assert state is HandoffState.RESOLVED or after(state, Transition.RESOLVE) is HandoffState.RESOLVED


@given(st.sampled_from(HandoffState))
def test_what_is_listed_is_exactly_what_is_allowed(state: HandoffState) -> None:
    assert set(transitions_from(state)) == {move for move in Transition if after(state, move) is not None}
