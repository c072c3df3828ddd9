"""A process that was away does not go on as if nothing had happened."""

from __future__ import annotations

import pytest

from bot.errors import AmbiguousError
from bot.helpdesk.outbox.fencing import Vigil, before_sending


class Clocks:
    """A clock that stands still while the machine sleeps, and the one on the wall."""

    def __init__(self) -> None:
        self.awake = 100.0
        self.wall = 1_795_400_000.0

    def vigil(self) -> Vigil:
        return Vigil((lambda: self.awake, lambda: self.wall), longest=10.0)

    def pass_time(self, seconds: float) -> None:
        self.awake += seconds
        self.wall += seconds


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


def test_what_was_claimed_by_a_process_that_was_there_all_the_time_is_sent(clocks: Clocks) -> None:
    vigil = clocks.vigil()
    clocks.pass_time(9.0)

    with vigil.over(clocks.awake - 9.0):
        before_sending()


@pytest.mark.parametrize("awake", [11.0, 0.0], ids=["frozen", "asleep"])
def test_what_was_claimed_before_the_process_was_frozen_or_the_machine_slept_is_not_sent(
    clocks: Clocks, awake: float
) -> None:
    vigil = clocks.vigil()
    claimed_at = clocks.awake - 0.1
    clocks.awake += awake
    clocks.wall += 11.0

    with vigil.over(claimed_at), pytest.raises(AmbiguousError):
        before_sending()


def test_what_is_claimed_after_it_woke_is_sent_though_what_was_claimed_before_still_is_not(clocks: Clocks) -> None:
    vigil = clocks.vigil()
    before = clocks.awake
    clocks.pass_time(11.0)
    with vigil.over(before), pytest.raises(AmbiguousError):
        before_sending()
    clocks.pass_time(0.1)

    with vigil.over(clocks.awake):
        before_sending()
    with vigil.over(before), pytest.raises(AmbiguousError):
        before_sending()


def test_what_follows_from_no_claim_is_sent_at_any_time(clocks: Clocks) -> None:
    vigil = clocks.vigil()
    clocks.pass_time(3600.0)
    with vigil.over(0.0):
        pass

    before_sending()
