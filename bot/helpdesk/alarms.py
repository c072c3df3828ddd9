"""Alarms: problems that people must fix. There is one active alarm for a cause, updated while the cause lasts.

An alarm is raised by the code that sees a failure and resolved by the code that sees it gone. An alarm that no success
can resolve expires an hour after the last occurrence. While the handoff channel itself takes no posts, alarms are in
the log and the metrics only; they are posted once it takes posts again.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

from bot.errors import CredentialError, NoSurfaceError, NotFoundError, OutsideError, PlanError, PolicyMistake
from bot.helpdesk import messages
from bot.helpdesk.lanes import Lane
from bot.helpdesk.messages import Message
from bot.helpdesk.model.alarm import CHANNEL_SHARED, AlarmCause, AlarmRecord
from bot.helpdesk.model.content import AlarmMessage, ForEmployee
from bot.helpdesk.model.conversation import new_id
from bot.helpdesk.model.effects import Body, PostMessage, UpdateMessage, kind_of
from bot.helpdesk.model.job import SHARED, JobKind, ScheduledJob
from bot.helpdesk.model.target import AlarmPost, FixedTarget
from bot.helpdesk.redaction import SafeText
from bot.helpdesk.text import truncated
from bot.helpdesk.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

EXPIRES_AFTER = 3600.0
"""Seconds without another occurrence after which an alarm that nothing else resolves is over."""

_WORD = re.compile("[A-Z][a-z]+")
_FOR_EMPLOYEE = frozenset(content.__name__ for content in get_args(ForEmployee))

# Seconds: a question may wait so long without an alarm, and checks are so far apart.
_LONGEST_WAIT = 120.0
_CHECK_INTERVAL = 60.0

# Characters of a mistake that are shown: it may quote a phrase of any length.
_LONGEST_MISTAKE = 500


def raise_alarm(
    uow: UnitOfWork, cause: str, problem: Message, *, count: int | None = None, expires: bool = False
) -> None:
    """Raises the alarm for a cause, or updates it. Without `count`, occurrences are counted.

    `expires`: no success can resolve it, so it expires.
    """
    text, alarm = uow.agents.safe_sentence(problem), uow.tx.alarms.standing(cause)
    if alarm is not None:
        _record_occurrence(uow, alarm, text, count)
        return
    alarm = AlarmRecord(
        id=new_id("alm"),
        cause=cause,
        text=text,
        count=count or 1,
        since=uow.now,
        last_at=uow.now,
        surface=uow.config.main_place.surface,
        channel=uow.config.main_place.channel,
        expires=expires,
    )
    if cause == _channel_cause(alarm.channel):
        alarm = replace(alarm, unposted=True)
    uow.tx.alarms.add(alarm)
    if expires:
        uow.schedule(JobKind.EXPIRE_ALARM, alarm.id, at=uow.now + EXPIRES_AFTER)
    if not alarm.unposted:
        _post(uow, alarm)


def _record_occurrence(uow: UnitOfWork, alarm: AlarmRecord, text: SafeText, count: int | None) -> None:
    changed = replace(alarm, text=text, count=alarm.count + 1 if count is None else count, last_at=uow.now)
    if (changed.text, changed.count) == (alarm.text, alarm.count):
        uow.tx.alarms.save(changed)
    else:
        _update(uow, changed)


def resolve_alarm(uow: UnitOfWork, cause: str) -> None:
    """Marks the alarm for a cause as over, if there is one, and updates its message."""
    if not uow.tx.alarms.may_stand(cause):
        return
    alarm = uow.tx.alarms.standing(cause)
    if alarm is not None:
        _update(uow, replace(alarm, over_at=uow.now))


def _update(uow: UnitOfWork, alarm: AlarmRecord) -> None:
    alarm = replace(alarm, revision=alarm.revision + 1)
    uow.tx.alarms.save(alarm)
    if not alarm.unposted:
        uow.effect(
            UpdateMessage(content=_message(alarm), to=AlarmPost(alarm.id)),
            key=f"alarm:{alarm.id}:{alarm.revision}",
            lane=Lane.ALARM.of(alarm.id),
            subject=alarm.id,
        )


def _post(uow: UnitOfWork, alarm: AlarmRecord) -> None:
    uow.effect(
        PostMessage(content=_message(alarm), to=FixedTarget(alarm.surface, alarm.channel)),
        key=f"alarm:{alarm.id}:{alarm.revision}",
        lane=Lane.ALARM.of(alarm.id),
        subject=alarm.id,
    )


def _message(alarm: AlarmRecord) -> AlarmMessage:
    return AlarmMessage(
        alarm_id=alarm.id,
        revision=alarm.revision,
        text=alarm.text,
        count=alarm.count,
        since=alarm.since,
        over_at=alarm.over_at,
    )


def record_alarm_posted(uow: UnitOfWork, alarm: AlarmRecord, message: str) -> None:
    """Records the message of a posted alarm."""
    uow.tx.alarms.save(replace(alarm, message=message, unposted=False))


def repost_alarm(uow: UnitOfWork, alarm_id: str) -> None:
    """Posts an active alarm anew if its message cannot be updated, for example because somebody deleted it."""
    alarm = uow.tx.alarms.get(alarm_id)
    if alarm is not None and alarm.over_at is None:
        alarm = replace(alarm, message=None, revision=alarm.revision + 1)
        uow.tx.alarms.save(alarm)
        _post(uow, alarm)


def record_alarm_not_posted(uow: UnitOfWork, alarm: AlarmRecord, code: str) -> None:
    """Records that an alarm was not posted, and raises the alarm about its channel."""
    uow.tx.alarms.save(replace(alarm, unposted=True))
    record_channel_failure(uow, alarm.channel, code)


def record_channel_failure(uow: UnitOfWork, channel: str, code: str) -> None:
    """Logs that a handoff channel takes no posts, and raises the alarm about it."""
    log.critical("handoff_channel_unusable", extra={"channel": channel, "code": code})
    text = (messages.alarms.channel_shared if code == CHANNEL_SHARED else messages.alarms.channel_unusable)(
        channel, code
    )
    raise_alarm(uow, _channel_cause(channel), text)


def record_channel_success(uow: UnitOfWork, channel: str) -> bool:
    """Resolves the alarm about a channel that takes posts again, and posts the alarms that could not be posted.

    Returns whether there was such an alarm.
    """
    alarm = uow.tx.alarms.standing(_channel_cause(channel))
    if alarm is None:
        return False
    over = replace(alarm, over_at=uow.now)
    if over.unposted:
        _post_late(uow, over)
    else:
        _update(uow, over)
    if channel == uow.config.main_place.channel:
        for unposted in uow.tx.alarms.unposted():
            _post_late(uow, unposted)
    return True


def _post_late(uow: UnitOfWork, alarm: AlarmRecord) -> None:
    alarm = replace(alarm, unposted=False, revision=alarm.revision + 1)
    uow.tx.alarms.save(alarm)
    _post(uow, alarm)


def expire_alarm(uow: UnitOfWork, job: ScheduledJob) -> None:
    """Resolves an alarm whose cause has not occurred for an hour."""
    alarm = uow.tx.alarms.get(job.subject)
    if alarm is None or alarm.over_at is not None:
        return
    expires_at = alarm.last_at + EXPIRES_AFTER
    if expires_at <= uow.now:
        resolve_alarm(uow, alarm.cause)
    else:
        uow.schedule(JobKind.EXPIRE_ALARM, alarm.id, at=expires_at)


# Effects that were given up, and their success.


def raise_failure_alarm(uow: UnitOfWork, body: Body, error: OutsideError) -> None:
    """Raises an alarm about an effect that was given up, for a reason that may concern it alone."""
    cause = f"{AlarmCause.REFUSED}:{error.system}:{error.code}:{kind_of(body)}"
    raise_alarm(uow, cause, _given_up(body, error), expires=True)


def raise_assistant_alarm(uow: UnitOfWork, body: Body, error: OutsideError) -> None:
    """Raises an alarm about a refusal of the assistant: of every request, or of this question."""
    if isinstance(error, CredentialError | PlanError):
        raise_alarm(uow, AlarmCause.CREDENTIALS, _given_up(body, error))
    else:
        raise_failure_alarm(uow, body, error)


def raise_credential_alarm(uow: UnitOfWork, body: Body, error: OutsideError) -> None:
    """Raises an alarm if the assistant's key is to blame. Other failures of this effect concern no one."""
    if isinstance(error, CredentialError):
        raise_assistant_alarm(uow, body, error)


def end_credential_alarm(uow: UnitOfWork) -> None:
    """Resolves the alarm about the assistant's key, which was accepted."""
    resolve_alarm(uow, AlarmCause.CREDENTIALS)


def raise_ticket_alarm(uow: UnitOfWork, body: Body, error: OutsideError) -> None:
    """Raises an alarm about a ticket that could not be created, read or changed."""
    raise_alarm(uow, AlarmCause.TICKET, _given_up(body, error))


def end_ticket_alarm(uow: UnitOfWork) -> None:
    """Resolves the alarm about tickets, after a request to the ticket system has succeeded."""
    resolve_alarm(uow, AlarmCause.TICKET)


def _given_up(body: Body, error: OutsideError) -> Message:
    code = error.code_or_kind
    return messages.alarms.given_up(error.system, code, work_of(kind_of(body)), _fix(body, error))


def work_of(kind: str) -> str:
    """Returns the key under which the language files say what an effect of this kind would have done."""
    name, _, content = kind.partition(":")
    if content:
        return "for-employee" if content in _FOR_EMPLOYEE else "for-agents"
    return "-".join(_WORD.findall(name)).lower()


def _fix(body: Body, error: OutsideError) -> Message:
    if isinstance(error, CredentialError):
        return messages.alarms.FIX_CREDENTIALS
    if isinstance(error, PlanError):
        return messages.alarms.FIX_PLAN
    if isinstance(error, NoSurfaceError):
        return messages.alarms.FIX_SURFACE
    if isinstance(error, NotFoundError):
        for_employee = isinstance(body, PostMessage) and isinstance(body.content, ForEmployee)
        return messages.alarms.FIX_EMPLOYEE_UNREACHABLE if for_employee else messages.alarms.FIX_IDS
    return messages.alarms.FIX_UNKNOWN


# A changed policy that cannot be used.


def raise_policy_alarm(uow: UnitOfWork, mistakes: Sequence[PolicyMistake]) -> None:
    """Raises the alarm about a policy with mistakes. Where several processes find them, it is one alarm."""
    first = truncated(mistakes[0].sentence, _LONGEST_MISTAKE)
    problem = messages.alarms.policy_refused(first, more=len(mistakes) - 1)
    standing = uow.tx.alarms.standing(AlarmCause.POLICY)
    if standing is None or standing.text != uow.agents.safe_sentence(problem):
        raise_alarm(uow, AlarmCause.POLICY, problem, count=1)


def end_policy_alarm(uow: UnitOfWork) -> None:
    """Resolves the alarm about the policy: the one in force is that of the file."""
    resolve_alarm(uow, AlarmCause.POLICY)


# Questions that wait too long.


def schedule_wait_check(uow: UnitOfWork) -> None:
    """Schedules a check of waiting questions for the time by which a question asked now should be answered."""
    uow.schedule(JobKind.CHECK_QUESTIONS, SHARED, at=_next_minute(uow.now + _LONGEST_WAIT))


def check_waiting_questions(uow: UnitOfWork, job: ScheduledJob) -> None:
    """Raises an alarm while questions wait for more than two minutes."""
    waiting = uow.tx.questions.waiting_since(uow.now - _LONGEST_WAIT)
    if not waiting:
        resolve_alarm(uow, AlarmCause.QUESTIONS)
        return
    minutes = int((uow.now - waiting[0]) // 60)
    raise_alarm(uow, AlarmCause.QUESTIONS, messages.alarms.questions_wait(minutes), count=len(waiting))
    uow.schedule(JobKind.CHECK_QUESTIONS, SHARED, at=_next_minute(uow.now))


def _next_minute(at: float) -> float:
    """Returns the next whole minute, so that questions of the same minute share a job."""
    return (at // _CHECK_INTERVAL + 1) * _CHECK_INTERVAL


def _channel_cause(channel: str) -> str:
    """Returns the cause of the alarm about a channel that takes no posts."""
    return f"{AlarmCause.CHANNEL}:{channel}"
