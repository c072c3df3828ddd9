"""Unit of work: the open transaction, the current time, and the static configuration.

The trace is the id of the event that is being handled, which all its jobs and log lines carry.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from bot.helpdesk.config import DeskConfig
from bot.helpdesk.escalation import Facts
from bot.helpdesk.lanes import Lane
from bot.helpdesk.messages import Translator
from bot.helpdesk.model.conversation import Conversation, new_id
from bot.helpdesk.model.effects import Body, Effect
from bot.helpdesk.model.job import SHARED, Job, JobKind, ScheduledJob
from bot.helpdesk.ports import Transaction
from bot.helpdesk.redaction import SecretFinding, findings

P = ParamSpec("P")
T = TypeVar("T")

_trace: ContextVar[str | None] = ContextVar("trace", default=None)


def current_trace() -> str | None:
    """Returns the current trace, or None outside of an event's handling."""
    return _trace.get()


@contextlib.contextmanager
def following_trace(trace: str | None) -> Iterator[None]:
    """Sets the trace inside the block, and in tasks started there."""
    before = _trace.set(trace)
    try:
        yield
    finally:
        _trace.reset(before)


def carried(work: Callable[P, T]) -> Callable[P, T]:
    """Binds `work` to the current trace: a store may run it in another thread, which has none."""
    trace = current_trace()

    @functools.wraps(work)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        with following_trace(trace):
            return work(*args, **kwargs)

    return run


NEW_THREAD_FIRST = 2
"""The urgency of a message that begins a thread: nothing can be posted in the thread before its root.

Messages moved from a lost thread get the same urgency, so they come right after the new root."""


@dataclass(frozen=True, slots=True)
class UnitOfWork:
    """The open transaction and what is decided in it.

    `trace` is the id of the event from which all of it follows. Sentences are rendered while they are decided, in the
    language that their reader has then.
    """

    tx: Transaction
    now: float
    config: DeskConfig
    trace: str | None = field(default_factory=current_trace)
    _secrets: dict[str, tuple[SecretFinding, ...]] = field(default_factory=dict, init=False, repr=False)

    @property
    def agents(self) -> Translator:
        """The translator for agents."""
        return self.config.agents

    def translator_for(self, surface: str, person: str) -> Translator:
        """Returns the translator for a person."""
        return self.config.translator_for(surface, person)

    def translator_of(self, conversation: Conversation) -> Translator:
        """Returns the translator for the employee of a conversation."""
        return self.translator_for(conversation.surface, conversation.employee)

    def facts_on(self, surface: str, person: str, text: str = "") -> Facts:
        """Returns the facts about what a person says."""
        kinds = self.config.known_kinds(surface, person) or ()
        language = self.config.language_of(surface, person)
        return Facts(now=self.now, text=text, kinds=tuple(sorted(kinds)), language=language)

    def secrets_in(self, text: str) -> tuple[SecretFinding, ...]:
        """Returns the secrets in a text. It is searched once in a transaction, whoever asks."""
        if text not in self._secrets:
            self._secrets[text] = findings(text)
        return self._secrets[text]

    def effect(self, body: Body, *, key: str, lane: str, subject: str, urgency: int = 0) -> Effect:
        """Emits an effect: it is committed with everything else, or not at all.

        Where nothing waits in its lane it is claimed at once, and performed right after the commit. `subject` is the id
        of the row it belongs to.
        """
        effect = Effect(
            id=new_id("eff"),
            key=key,
            lane=lane,
            urgency=urgency,
            subject=subject,
            body=body,
            decided_at=self.now,
            trace=self.trace,
        )
        job = Job(kind=JobKind.EFFECT, ref=effect.id, lane=lane, urgency=urgency)
        claimed = effect.claimed(self.now)
        if self.tx.effects.begin(job, claimed):
            return claimed
        self.tx.jobs.enqueue(job)
        self.tx.effects.add(effect)
        return effect

    def effect_once(self, body: Body, *, key: str, lane: str, subject: str) -> None:
        """Emits an effect unless one with this key exists."""
        if self.tx.effects.of_key(key) is None:
            self.effect(body, key=key, lane=lane, subject=subject)

    def repeat_effect(self, body: Body, *, key: str, lane: str, subject: str) -> None:
        """Emits a periodic read in the row of the one before it. Nothing happens while that is not settled."""
        before = self.tx.effects.of_key(key)
        if before is None:
            self.effect(body, key=key, lane=lane, subject=subject)
        elif self.tx.effects.renew(before.id, self.now, self.trace):
            self.tx.jobs.enqueue(Job(kind=JobKind.EFFECT, ref=before.id, lane=lane))

    def schedule(
        self,
        kind: JobKind,
        subject: str,
        *,
        at: float | None = None,
        after: float = 0.0,
        version: str = "",
        lane: str | None = None,
    ) -> None:
        """Schedules a job about `subject` for later: `at` a time in Unix seconds, or `after` a delay in seconds.

        Only a delay is independent of the wall clock. A job that comes due while the desk is stopped runs at the next
        start. Scheduling the same job twice schedules it once: jobs are the same if their kind, their subject and their
        time are, or their `version` if they have a delay. One that has run is scheduled again if it is due in the
        future, as after the clock was set back. Without a `lane` nothing waits behind it.
        """
        key = f"{kind}:{subject}:{version if at is None else repr(at)}"
        run_at = self.now + after if at is None else at
        if at is not None and at > self.now and self.tx.scheduled_jobs.is_known_to_wait(key):
            return
        job = ScheduledJob(
            id=new_id("job"),
            key=key,
            kind=kind,
            subject=subject,
            version=version,
            lane=lane or Lane.SCHEDULED.of(key),
            due_at=at,
            trace=None if subject == SHARED else self.trace,
            scheduled_at=self.now,
        )
        id = self.tx.scheduled_jobs.add(job, repeat=run_at > self.now)
        if id is not None:
            self.tx.jobs.enqueue(Job(kind=kind, ref=id, lane=job.lane, run_at=run_at, after=after))
