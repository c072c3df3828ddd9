"""Reply targets: the time within which a handoff is to be claimed, and the reminders about it.

Claiming, resolving or handing back meets the target: from then on the employee knows who takes care of it. No handoff
is closed by a timer.
"""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk.alarms import raise_alarm, resolve_alarm
from bot.helpdesk.escalation import Priority
from bot.helpdesk.handoffs.card import refresh_card
from bot.helpdesk.handoffs.notify import log_event, post_to_thread
from bot.helpdesk.model.alarm import AlarmCause
from bot.helpdesk.model.events import Timer, TimerFired
from bot.helpdesk.model.handoff import Handoff, HandoffState
from bot.helpdesk.model.timeline import TimelineEvent
from bot.helpdesk.redaction import compose, redact
from bot.helpdesk.unit_of_work import UnitOfWork

_NAMED = 10


def set_reply_target(uow: UnitOfWork, handoff: Handoff) -> Handoff:
    """Sets the target of an unclaimed handoff and its reminders. The handoff is not saved yet.

    Without a target in the policy for its priority it has none. Timers of an earlier target still fire, and are
    ignored.
    """
    rules = uow.config.policy.handoffs
    within = rules.reply_within.get(Priority(handoff.priority))
    if within is None:
        return replace(handoff, answer_by=None)
    answer_by = rules.hours.after(uow.now, within)
    if 0 < rules.remind_before < within:
        soon = rules.hours.after(uow.now, within - rules.remind_before)
        uow.set_timer(Timer.REPLY_SOON, handoff.id, at=soon, target=answer_by)
    uow.set_timer(Timer.REPLY_DUE, handoff.id, at=answer_by, target=answer_by)
    if rules.on_call is not None:
        late = rules.hours.after(uow.now, within + rules.on_call_after)
        uow.set_timer(Timer.ON_CALL, handoff.id, at=late, target=answer_by)
    return replace(handoff, answer_by=answer_by)


def remind(uow: UnitOfWork, came: TimerFired) -> None:
    """Reminds people of a handoff that nobody has claimed."""
    handoff = uow.tx.handoffs.get(came.subject)
    if handoff is None or not _is_in_force(handoff, came) or not _is_due(handoff, came.timer, uow.now):
        return
    key = f"{came.timer}:{handoff.id}:{came.at!r}"
    if uow.tx.effects.of_key(key) is not None:
        # The timer fired before the clock was set back: people have read the reminder.
        update_overdue_alarm(uow)
    elif came.timer is Timer.REPLY_SOON:
        _remind_before(uow, handoff, key)
    elif came.timer is Timer.REPLY_DUE:
        _remind_after(uow, handoff, key)
    else:
        _call(uow, handoff, key)


def _is_in_force(handoff: Handoff, came: TimerFired) -> bool:
    """Returns whether the timer belongs to the current target; a reopened handoff gets another one."""
    return came.target is None or came.target == handoff.answer_by


def _is_due(handoff: Handoff, timer: Timer, now: float) -> bool:
    """Returns whether a reminder is still due: unclaimed, and before the target for the first one, else after it."""
    return handoff.state is HandoffState.OPEN and handoff.is_late(now) is (timer is not Timer.REPLY_SOON)


def _remind_before(uow: UnitOfWork, handoff: Handoff, key: str) -> None:
    if handoff.answer_by is None:
        return
    when = uow.config.policy.handoffs.hours.spoken(handoff.answer_by)
    text = compose(
        "Nobody has claimed *{name}* yet. Somebody should by {when}.", name=redact(handoff.name), when=redact(when)
    )
    post_to_thread(uow, handoff, text, key=key)
    log_event(uow, handoff, TimelineEvent.REMINDED, person=None)


def _remind_after(uow: UnitOfWork, handoff: Handoff, key: str) -> None:
    text = compose(
        "*{name}* is past its target: nobody has claimed it. It stays open until somebody does.",
        name=redact(handoff.name),
    )
    post_to_thread(uow, handoff, text, key=key)
    log_event(uow, handoff, TimelineEvent.OVERDUE, person=None)
    refresh_card(uow, handoff)
    update_overdue_alarm(uow)


def _call(uow: UnitOfWork, handoff: Handoff, key: str) -> None:
    group = uow.config.policy.handoffs.on_call
    if group is None:
        return
    text = compose("*{name}* is past its target and nobody has claimed it. Please look.", name=redact(handoff.name))
    post_to_thread(uow, handoff, text, key=key, on_call=group)
    log_event(uow, handoff, TimelineEvent.ON_CALL, person=None, detail=group)


def update_overdue_alarm(uow: UnitOfWork) -> None:
    """Updates the alarm about handoffs past their target."""
    late = uow.tx.handoffs.past_target(uow.now)
    if not late:
        resolve_alarm(uow, AlarmCause.OVERDUE)
        return
    names = ", ".join(handoff.name for handoff in late[:_NAMED])
    more = f" and {len(late) - _NAMED} more" if len(late) > _NAMED else ""
    text = compose("Past the target, and claimed by nobody: {names}{more}.", names=redact(names), more=redact(more))
    raise_alarm(uow, AlarmCause.OVERDUE, text, count=len(late))
