"""Reply targets: the time within which a handoff is to be claimed, and the reminders about it.

Claiming, resolving or handing back meets the target: from then on the employee knows who takes care of it. No handoff
that waits for an agent is closed by a job.
"""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.alarms import raise_alarm, resolve_alarm
from bot.helpdesk.escalation import Decision, Priority
from bot.helpdesk.handoffs.card import refresh_card
from bot.helpdesk.handoffs.notify import log_event, post_to_thread
from bot.helpdesk.handoffs.wait_notices import schedule_at_work, tell_overdue
from bot.helpdesk.model.alarm import AlarmCause
from bot.helpdesk.model.handoff import Handoff, HandoffState
from bot.helpdesk.model.history import TimelineEvent
from bot.helpdesk.model.job import JobKind, ScheduledJob
from bot.helpdesk.unit_of_work import UnitOfWork

_NAMED = 10


def set_reply_target(uow: UnitOfWork, handoff: Handoff) -> Handoff:
    """Sets the target of a handoff that is opened, its reminders and the employee's. The handoff is not saved yet.

    Without a target in the policy for its priority it has none. Reminders of an earlier target still come due, and are
    ignored.
    """
    schedule_at_work(uow, handoff)
    rules = uow.config.policy.handoffs
    within = rules.reply_within.get(Priority(handoff.priority))
    if within is None:
        return replace(handoff, answer_by=None)
    answer_by = rules.hours.after(uow.now, within)
    handoff = replace(handoff, answer_by=answer_by)
    if 0 < rules.remind_before < within:
        soon = rules.hours.after(uow.now, within - rules.remind_before)
        uow.schedule(JobKind.REMIND_BEFORE_TARGET, handoff.id, at=soon, version=_version(handoff))
    uow.schedule(JobKind.REMIND_AFTER_TARGET, handoff.id, at=answer_by, version=_version(handoff))
    if rules.on_call is not None:
        late = rules.hours.after(uow.now, within + rules.on_call_after)
        uow.schedule(JobKind.CALL_ON_CALL, handoff.id, at=late, version=_version(handoff))
    return handoff


def raise_priority(uow: UnitOfWork, handoff: Handoff, decision: Decision) -> Handoff:
    """Returns a handoff, not saved yet, with the decision's priority if that is higher, and with its earlier target."""
    if decision.priority.rank <= Priority(handoff.priority).rank:
        return handoff
    raised = replace(handoff, priority=decision.priority.value)
    if handoff.state is not HandoffState.OPEN:
        return raised
    targeted = set_reply_target(uow, raised)
    is_earlier = targeted.answer_by is not None and (
        handoff.answer_by is None or targeted.answer_by < handoff.answer_by
    )
    return targeted if is_earlier else raised


def _version(handoff: Handoff) -> str:
    """Returns the version for which reminders are scheduled: the target. A reopened handoff gets another one."""
    return "" if handoff.answer_by is None else repr(float(handoff.answer_by))


def remind(uow: UnitOfWork, job: ScheduledJob) -> None:
    """Reminds people of a handoff that nobody has claimed."""
    handoff = uow.tx.handoffs.get(job.subject)
    if handoff is None or job.version != _version(handoff) or not _is_due(handoff, job.kind, uow.now):
        return
    if uow.tx.effects.of_key(job.key) is not None:
        # The job ran before the clock was set back: people have read the reminder.
        update_overdue_alarm(uow)
    elif job.kind is JobKind.REMIND_BEFORE_TARGET:
        _remind_before(uow, handoff, job.key)
    elif job.kind is JobKind.REMIND_AFTER_TARGET:
        _remind_after(uow, handoff, job.key)
    else:
        _call(uow, handoff, job.key)


def _is_due(handoff: Handoff, kind: JobKind, now: float) -> bool:
    """Returns whether a reminder is still due: unclaimed, and before the target for the first one, else after it."""
    return handoff.state is HandoffState.OPEN and handoff.is_late(now) is (kind is not JobKind.REMIND_BEFORE_TARGET)


def _remind_before(uow: UnitOfWork, handoff: Handoff, key: str) -> None:
    if handoff.answer_by is None:
        return
    when = messages.anyone.moment(uow.config.policy.handoffs.hours.local(handoff.answer_by))
    text = messages.agents.claim_soon(handoff.name, when)
    post_to_thread(uow, handoff, text, key=key)
    log_event(uow, handoff, TimelineEvent.REMINDED, person=None)


def _remind_after(uow: UnitOfWork, handoff: Handoff, key: str) -> None:
    text = messages.agents.past_target(handoff.name)
    post_to_thread(uow, handoff, text, key=key)
    log_event(uow, handoff, TimelineEvent.OVERDUE, person=None)
    tell_overdue(uow, handoff)
    refresh_card(uow, handoff)
    update_overdue_alarm(uow)


def _call(uow: UnitOfWork, handoff: Handoff, key: str) -> None:
    group = uow.config.policy.handoffs.on_call
    if group is None:
        return
    text = messages.agents.on_call(handoff.name)
    post_to_thread(uow, handoff, text, key=key, on_call=group)
    log_event(uow, handoff, TimelineEvent.ON_CALL, person=None, detail=group)


def update_overdue_alarm(uow: UnitOfWork) -> None:
    """Updates the alarm about handoffs past their target."""
    late = uow.tx.handoffs.past_target(uow.now)
    if not late:
        resolve_alarm(uow, AlarmCause.OVERDUE)
        return
    text = messages.alarms.overdue([handoff.name for handoff in late[:_NAMED]], more=max(0, len(late) - _NAMED))
    raise_alarm(uow, AlarmCause.OVERDUE, text, count=len(late))
