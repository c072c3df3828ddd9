"""Alarms: what people must mend. One for each cause, kept up to date, and taken back when it is over.

An alarm is raised by whoever notices a trouble and taken back by whoever notices that it is gone. What no success can
end fades when it has not happened again for an hour. Where the handoff channel itself is the trouble an alarm is kept
unsaid, for the log and the metrics, and said once that channel takes posts again.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from bot.helpdesk.lanes import alarm_lane
from bot.helpdesk.model.alarm import CHANNEL_SHARED, AlarmCause, AlarmRecord, channel_cause
from bot.helpdesk.model.conversation import new_id
from bot.helpdesk.model.effects import Alarm, AlarmView, RefreshAlarm
from bot.helpdesk.model.events import Timer, TimerFired
from bot.helpdesk.redaction import SafeText, compose, redact
from bot.helpdesk.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

FADES_AFTER = 3600.0
"""Seconds without another occurrence after which an alarm that nothing else ends is over."""

_PATIENCE = 120.0
_LOOK_EVERY = 60.0


def raise_alarm(uow: UnitOfWork, cause: str, text: SafeText, *, count: int | None = None, fades: bool = False) -> None:
    """Tell people of a trouble, or bring up to date what they were told. Without `count`, occurrences are counted."""
    alarm = uow.tx.alarms.standing(cause)
    if alarm is not None:
        _occurred_again(uow, alarm, text, count)
        return
    alarm = AlarmRecord(
        id=new_id("alm"),
        cause=cause,
        text=text,
        count=count or 1,
        since=uow.now,
        last_at=uow.now,
        channel=uow.config.handoff_channel,
        fades=fades,
    )
    if cause == channel_cause(alarm.channel):
        alarm = replace(alarm, unsaid=True)
    uow.tx.alarms.add(alarm)
    if fades:
        uow.set_timer(Timer.ALARM_FADES, alarm.id, at=uow.now + FADES_AFTER)
    if not alarm.unsaid:
        _say(uow, alarm)


def _occurred_again(uow: UnitOfWork, alarm: AlarmRecord, text: SafeText, count: int | None) -> None:
    changed = replace(alarm, text=text, count=alarm.count + 1 if count is None else count, last_at=uow.now)
    if (changed.text, changed.count) == (alarm.text, alarm.count):
        uow.tx.alarms.save(changed)
    else:
        _show(uow, changed)


def take_back(uow: UnitOfWork, cause: str) -> None:
    """The trouble is gone: say so where it was told, if it was."""
    alarm = uow.tx.alarms.standing(cause)
    if alarm is not None:
        _show(uow, replace(alarm, over_at=uow.now))


def _show(uow: UnitOfWork, alarm: AlarmRecord) -> None:
    alarm = replace(alarm, revision=alarm.revision + 1)
    uow.tx.alarms.save(alarm)
    if not alarm.unsaid:
        uow.effect(
            RefreshAlarm(alarm_id=alarm.id, view=_view(alarm), revision=alarm.revision),
            key=f"alarm:{alarm.id}:{alarm.revision}",
            lane=alarm_lane(alarm.id),
            subject=alarm.id,
        )


def _say(uow: UnitOfWork, alarm: AlarmRecord) -> None:
    uow.effect(
        Alarm(alarm_id=alarm.id, channel=alarm.channel, view=_view(alarm)),
        key=f"alarm:{alarm.id}:{alarm.revision}",
        lane=alarm_lane(alarm.id),
        subject=alarm.id,
    )


def _view(alarm: AlarmRecord) -> AlarmView:
    return AlarmView(text=alarm.text, count=alarm.count, since=alarm.since, over_at=alarm.over_at)


def record_said(uow: UnitOfWork, said: Alarm, message: str) -> None:
    """The alarm is in the channel."""
    alarm = uow.tx.alarms.get(said.alarm_id)
    if alarm is not None:
        uow.tx.alarms.save(replace(alarm, message=message, unsaid=False))


def record_lost(uow: UnitOfWork, refresh: RefreshAlarm) -> None:
    """The alarm's message cannot be changed any more, perhaps since somebody deleted it: say it anew if it stands."""
    alarm = uow.tx.alarms.get(refresh.alarm_id)
    if alarm is not None and alarm.over_at is None:
        alarm = replace(alarm, message=None, revision=alarm.revision + 1)
        uow.tx.alarms.save(alarm)
        _say(uow, alarm)


def record_unsaid(uow: UnitOfWork, said: Alarm, code: str) -> None:
    """The alarm could not be posted: the channel is a trouble itself."""
    alarm = uow.tx.alarms.get(said.alarm_id)
    if alarm is not None:
        uow.tx.alarms.save(replace(alarm, unsaid=True))
    channel_fails(uow, said.channel, code)


def channel_fails(uow: UnitOfWork, channel: str, code: str) -> None:
    """Something could not be posted in a channel where people work."""
    log.critical("handoff_channel_unusable", extra={"channel": channel, "code": code})
    mend = "End the sharing" if code == CHANNEL_SHARED else "Invite me"
    text = compose(
        "I cannot post in the channel {channel} ({code}): people may be waiting there unseen. {mend}, or name another"
        " channel in the settings or the policy, then run `uppzy-desk check`.",
        channel=redact(channel),
        code=redact(code),
        mend=redact(mend),
    )
    raise_alarm(uow, channel_cause(channel), text)


def channel_works(uow: UnitOfWork, channel: str) -> bool:
    """Something was posted there. If that had failed before, it is said, and what could not be said meanwhile.

    Returns whether it had.
    """
    alarm = uow.tx.alarms.standing(channel_cause(channel))
    if alarm is None:
        return False
    over = replace(alarm, over_at=uow.now)
    if over.unsaid:
        _say_late(uow, over)
    else:
        _show(uow, over)
    if channel == uow.config.handoff_channel:
        for unsaid in uow.tx.alarms.unsaid():
            _say_late(uow, unsaid)
    return True


def _say_late(uow: UnitOfWork, alarm: AlarmRecord) -> None:
    alarm = replace(alarm, unsaid=False, revision=alarm.revision + 1)
    uow.tx.alarms.save(alarm)
    _say(uow, alarm)


def look_at_alarm(uow: UnitOfWork, came: TimerFired) -> None:
    """Take an alarm back that has not occurred for long enough."""
    alarm = uow.tx.alarms.get(came.subject)
    if alarm is None or alarm.over_at is not None:
        return
    quiet_at = alarm.last_at + FADES_AFTER
    if quiet_at <= uow.now:
        take_back(uow, alarm.cause)
    else:
        uow.set_timer(Timer.ALARM_FADES, alarm.id, at=quiet_at)


def watch_questions(uow: UnitOfWork) -> None:
    """A question was put: have a look at those that wait, when this one should have its answer."""
    uow.set_timer(Timer.QUESTIONS, "all", at=_next_look(uow.now + _PATIENCE))


def look_at_questions(uow: UnitOfWork, came: TimerFired) -> None:
    """Raise an alarm while questions wait for more than two minutes."""
    waiting = uow.tx.questions.waiting_since(uow.now - _PATIENCE)
    if not waiting:
        take_back(uow, AlarmCause.QUESTIONS)
        return
    minutes = int((uow.now - waiting[0]) // 60)
    text = compose(
        "Questions wait for the assistant's answer, the oldest for {minutes} minutes. The log line `effect_delayed`"
        " says what is in the way; `uppzy-desk check` asks everybody.",
        minutes=redact(str(minutes)),
    )
    raise_alarm(uow, AlarmCause.QUESTIONS, text, count=len(waiting))
    uow.set_timer(Timer.QUESTIONS, "all", at=_next_look(uow.now))


def _next_look(at: float) -> float:
    """The next whole minute, so that however many questions there are, one timer is set for it."""
    return (at // _LOOK_EVERY + 1) * _LOOK_EVERY
