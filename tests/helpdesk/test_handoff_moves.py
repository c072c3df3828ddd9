"""The stages of a handoff and the moves between them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.helpdesk.model.conversation import Owner
from bot.helpdesk.model.handoff import MOVES, OWNER_IN, HandoffState, Move, after, moves_from


@pytest.mark.parametrize(
    ("state", "move", "expected"),
    [
        (HandoffState.OPEN, Move.CLAIM, HandoffState.CLAIMED),
        (HandoffState.OPEN, Move.RESOLVE, HandoffState.RESOLVED),
        (HandoffState.OPEN, Move.HAND_BACK, HandoffState.RESOLVED),
        (HandoffState.OPEN, Move.REOPEN, None),
        (HandoffState.OPEN, Move.JOIN, None),
        (HandoffState.OPEN, Move.ASSIGN, HandoffState.CLAIMED),
        (HandoffState.OPEN, Move.WRITE_AGAIN, None),
        (HandoffState.OPEN, Move.WITHDRAW, HandoffState.RESOLVED),
        (HandoffState.CLAIMED, Move.CLAIM, None),
        (HandoffState.CLAIMED, Move.RESOLVE, HandoffState.RESOLVED),
        (HandoffState.CLAIMED, Move.HAND_BACK, HandoffState.RESOLVED),
        (HandoffState.CLAIMED, Move.REOPEN, None),
        (HandoffState.CLAIMED, Move.JOIN, HandoffState.CLAIMED),
        (HandoffState.CLAIMED, Move.ASSIGN, HandoffState.CLAIMED),
        (HandoffState.CLAIMED, Move.WRITE_AGAIN, None),
        (HandoffState.CLAIMED, Move.WITHDRAW, HandoffState.RESOLVED),
        (HandoffState.RESOLVED, Move.CLAIM, None),
        (HandoffState.RESOLVED, Move.RESOLVE, None),
        (HandoffState.RESOLVED, Move.HAND_BACK, None),
        (HandoffState.RESOLVED, Move.REOPEN, HandoffState.CLAIMED),
        (HandoffState.OPEN, Move.COME_BACK, None),
        (HandoffState.CLAIMED, Move.COME_BACK, None),
        (HandoffState.RESOLVED, Move.COME_BACK, HandoffState.OPEN),
        (HandoffState.RESOLVED, Move.JOIN, None),
        (HandoffState.RESOLVED, Move.ASSIGN, None),
        (HandoffState.RESOLVED, Move.WRITE_AGAIN, HandoffState.OPEN),
        (HandoffState.RESOLVED, Move.WITHDRAW, None),
    ],
)
def test_every_move_leads_where_the_table_says(state: HandoffState, move: Move, expected: HandoffState | None) -> None:
    assert after(state, move) is expected


def test_the_table_of_moves_is_covered_above() -> None:
    assert len(HandoffState) * len(Move) == 27
    assert len(MOVES) == 13


def test_somebody_speaks_to_the_employee_in_every_stage() -> None:
    assert {OWNER_IN[state] for state in HandoffState} == set(Owner)


@given(st.lists(st.sampled_from(Move), max_size=30))
def test_from_everywhere_a_handoff_can_still_be_resolved(moves: list[Move]) -> None:
    state = HandoffState.OPEN
    for move in moves:
        state = after(state, move) or state

    assert state is HandoffState.RESOLVED or after(state, Move.RESOLVE) is HandoffState.RESOLVED


@given(st.sampled_from(HandoffState))
def test_buttons_are_offered_for_exactly_the_moves_that_are_allowed(state: HandoffState) -> None:
    assert set(moves_from(state)) == {move for move in Move if after(state, move) is not None}
