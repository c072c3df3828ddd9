"""Functions of the scheduled jobs, by kind: everything that the desk does later.

A job is never cancelled: its function decides from the current state whether anything is left to do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from bot.helpdesk.alarms import check_waiting_questions, expire_alarm
from bot.helpdesk.handoffs.pending import end_waiting
from bot.helpdesk.handoffs.relay_copies import release
from bot.helpdesk.handoffs.sla import remind
from bot.helpdesk.handoffs.tickets import poll_ticket
from bot.helpdesk.handoffs.wait_notices import tell_at_work
from bot.helpdesk.model.job import JobKind, ScheduledJob
from bot.helpdesk.review.articles import measure_article, post_articles
from bot.helpdesk.review.digest import post_digest
from bot.helpdesk.sessions import close_idle
from bot.helpdesk.unit_of_work import UnitOfWork

SCHEDULED_JOBS: Mapping[JobKind, Callable[[UnitOfWork, ScheduledJob], None]] = MappingProxyType(
    {
        JobKind.CLOSE_IDLE: close_idle,
        JobKind.REMIND_BEFORE_TARGET: remind,
        JobKind.REMIND_AFTER_TARGET: remind,
        JobKind.CALL_ON_CALL: remind,
        JobKind.TELL_AT_WORK: tell_at_work,
        JobKind.CHECK_QUESTIONS: check_waiting_questions,
        JobKind.EXPIRE_ALARM: expire_alarm,
        JobKind.RELEASE_RELAY: release,
        JobKind.POLL_TICKET: poll_ticket,
        JobKind.END_WAITING: end_waiting,
        JobKind.POST_ARTICLES: post_articles,
        JobKind.MEASURE_ARTICLE: measure_article,
        JobKind.POST_DIGEST: post_digest,
    }
)
