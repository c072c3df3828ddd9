"""Jobs: the entries of the queue, and the jobs that are scheduled for later."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class JobKind(enum.StrEnum):
    """The kinds of jobs: handle an event, perform an effect, and what the desk does later.

    The functions of the scheduled kinds are in `bot.helpdesk.scheduled_jobs`.
    """

    EVENT = "event"
    EFFECT = "effect"
    CLOSE_IDLE = "close_idle"
    REMIND_BEFORE_TARGET = "remind_before_target"
    REMIND_AFTER_TARGET = "remind_after_target"
    CALL_ON_CALL = "call_on_call"
    TELL_AT_WORK = "tell_at_work"
    CHECK_QUESTIONS = "check_questions"
    EXPIRE_ALARM = "expire_alarm"
    RELEASE_RELAY = "release_relay"
    POLL_TICKET = "poll_ticket"
    END_WAITING = "end_waiting"
    POST_ARTICLES = "post_articles"
    MEASURE_ARTICLE = "measure_article"
    POST_DIGEST = "post_digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job of the queue. Jobs of one lane run one at a time, the more urgent first, then the older.

    `ref` is the id of the event, the effect or the scheduled job. `run_at` is in Unix seconds; 0 means at once, even if
    the clocks of several machines differ. `after`, if not 0, wins over it: a delay in seconds that does not depend on
    the wall clock.
    """

    kind: JobKind
    ref: str
    lane: str
    urgency: int = 0
    run_at: float = 0.0
    after: float = 0.0


SHARED = "all"
"""The subject of a job that concerns no single row: one job serves all that scheduled it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledJob:
    """A job that was scheduled for later. Its row stays when it has run, so that its key is known.

    `subject` is the id of the row it is about. `version` is the state of the subject for which it was scheduled; the
    job does nothing once the subject has another. `due_at` is the Unix time before which it must not run; None: it was
    scheduled with a delay, which the queue observes. `trace` is the event from which it follows, if it is one.
    """

    id: str
    key: str
    kind: JobKind
    subject: str
    version: str = ""
    lane: str
    due_at: float | None = None
    trace: str | None = None
    scheduled_at: float
    done_at: float | None = None
