"""Unit of work: the open transaction, the current time, and the static configuration."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.helpdesk import correlation
from bot.helpdesk.config import DeskConfig
from bot.helpdesk.lanes import timer_lane
from bot.helpdesk.model.conversation import new_id
from bot.helpdesk.model.effects import Body, Effect
from bot.helpdesk.model.events import InboxEntry, Timer, TimerFired
from bot.helpdesk.model.job import Job, JobKind
from bot.helpdesk.ports import Transaction

NEW_THREAD_FIRST = 2
"""The urgency of a message that begins a thread: nothing can be posted in the thread before its root.

Messages moved from a lost thread get the same urgency, so they come right after the new root."""


@dataclass(frozen=True, slots=True)
class UnitOfWork:
    """The open transaction and what is decided in it.

    `trace` is the id of the event from which all of it follows.
    """

    tx: Transaction
    now: float
    config: DeskConfig
    trace: str | None = field(default_factory=correlation.current)

    def effect(self, body: Body, *, key: str, lane: str, subject: str, urgency: int = 0, after: float = 0.0) -> Effect:
        """Emits an effect: its row and its job are committed with everything else, or not at all.

        `subject` is the id of the row it belongs to. It is not performed before `after` seconds have passed; later
        jobs of its lane wait for it.
        """
        effect = Effect(
            id=new_id("eff"), key=key, lane=lane, subject=subject, body=body, decided_at=self.now, trace=self.trace
        )
        self.tx.effects.add(effect)
        run_at = self.now + after if after else 0.0
        self.tx.jobs.enqueue(
            Job(kind=JobKind.EFFECT, ref=effect.id, lane=lane, urgency=urgency, run_at=run_at, after=after)
        )
        return effect

    def effect_once(self, body: Body, *, key: str, lane: str, subject: str) -> None:
        """Emits an effect unless one with this key exists."""
        if self.tx.effects.of_key(key) is None:
            self.effect(body, key=key, lane=lane, subject=subject)

    def set_timer(self, timer: Timer, subject: str, *, at: float, target: float | None = None) -> None:
        """Schedules a `TimerFired` event for `subject` at a time in Unix seconds; setting it twice sets it once.

        A timer that comes due while the desk is stopped fires at the next start. One that has fired is set again if
        its time is in the future once more, which happens when the clock was set back.
        """
        fired = TimerFired(timer=timer, subject=subject, at=at, target=target)
        lane = timer_lane(timer, subject, at)
        entry = InboxEntry(key=lane, lane=lane, event=fired)
        id = self.tx.inbox.add(entry, self.now)
        if id is None and at > self.now:
            id = self.tx.inbox.add_again(entry, self.now)
        if id is not None:
            self.tx.jobs.enqueue(Job(kind=JobKind.EVENT, ref=id, lane=lane, run_at=at))
