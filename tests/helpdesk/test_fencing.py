"""Fencing: a process that was suspended must not send what it had claimed before."""

from __future__ import annotations

import pytest

from bot.errors import AmbiguousError
from bot.helpdesk.outbox.fencing import PauseDetector, assert_claim_is_current


class Clocks:
    """A monotonic clock, which stands still while the machine sleeps, and a wall clock."""

    def __init__(self) -> None:
        self.awake = 100.0
        self.wall = 1_795_400_000.0

    def pauses(self) -> PauseDetector:
        return PauseDetector((lambda: self.awake, lambda: self.wall), longest=10.0)

    def pass_time(self, seconds: float) -> None:
        self.awake += seconds
        self.wall += seconds


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


def test_what_was_claimed_by_a_process_that_was_there_all_the_time_is_sent(clocks: Clocks) -> None:
    pauses = clocks.pauses()
    clocks.pass_time(9.0)

    with pauses.guard(clocks.awake - 9.0):
        assert_claim_is_current()


@pytest.mark.parametrize("awake", [11.0, 0.0], ids=["frozen", "asleep"])
def test_what_was_claimed_before_the_process_was_frozen_or_the_machine_slept_is_not_sent(
    clocks: Clocks, awake: float
) -> None:
    pauses = clocks.pauses()
    claimed_at = clocks.awake - 0.1
    clocks.awake += awake
    clocks.wall += 11.0

    with pauses.guard(claimed_at), pytest.raises(AmbiguousError):
        assert_claim_is_current()


def test_what_is_claimed_after_it_woke_is_sent_though_what_was_claimed_before_still_is_not(clocks: Clocks) -> None:
    pauses = clocks.pauses()
    before = clocks.awake
    clocks.pass_time(11.0)
    with pauses.guard(before), pytest.raises(AmbiguousError):
        assert_claim_is_current()
    clocks.pass_time(0.1)

    with pauses.guard(clocks.awake):
        assert_claim_is_current()
    with pauses.guard(before), pytest.raises(AmbiguousError):
        assert_claim_is_current()


def test_what_follows_from_no_claim_is_sent_at_any_time(clocks: Clocks) -> None:
    pauses = clocks.pauses()
    clocks.pass_time(3600.0)
    with pauses.guard(0.0):
        pass

    assert_claim_is_current()
