"""The stages of a handoff and the moves between them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.helpdesk.model.conversation import Owner
from bot.helpdesk.model.handoff import OWNER_IN, TRANSITIONS, HandoffState, Transition, after, transitions_from


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
    ],
)
def test_every_move_leads_where_the_table_says(
    state: HandoffState, move: Transition, expected: HandoffState | None
) -> None:
    assert after(state, move) is expected


def test_the_table_of_moves_is_covered_above() -> None:
    assert len(HandoffState) * len(Transition) == 27
    assert len(TRANSITIONS) == 13


def test_somebody_speaks_to_the_employee_in_every_stage() -> None:
    assert {OWNER_IN[state] for state in HandoffState} == set(Owner)


@given(st.lists(st.sampled_from(Transition), max_size=30))
def test_from_everywhere_a_handoff_can_still_be_resolved(moves: list[Transition]) -> None:
    state = HandoffState.OPEN
    for move in moves:
        state = after(state, move) or state

    assert state is HandoffState.RESOLVED or after(state, Transition.RESOLVE) is HandoffState.RESOLVED


@given(st.sampled_from(HandoffState))
def test_buttons_are_offered_for_exactly_the_moves_that_are_allowed(state: HandoffState) -> None:
    assert set(transitions_from(state)) == {move for move in Transition if after(state, move) is not None}
