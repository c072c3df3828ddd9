"""Alarms: what people must mend. One for each cause, kept up to date, and taken back when it is over.

An alarm is raised by whoever notices a trouble and taken back by whoever notices that it is gone. What no success can
end fades when it has not happened again for an hour. Where the handoff channel itself is the trouble an alarm is kept
unsaid, for the log and the metrics, and said once that channel takes posts again.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from bot.helpdesk.model.alarm import CHANNEL_SHARED, AlarmRecord, Trouble, channel_cause
from bot.helpdesk.model.conversation import new_id
from bot.helpdesk.model.effects import Alarm, AlarmView, RefreshAlarm
from bot.helpdesk.model.events import TimeCame, Timer
from bot.helpdesk.redaction import SafeText, compose, redact
from bot.helpdesk.unit_of_work import Turn, alarm_lane

log = logging.getLogger(__name__)

FADES_AFTER = 3600.0
"""Seconds without another occurrence after which an alarm that nothing else ends is over."""

_PATIENCE = 120.0
_LOOK_EVERY = 60.0


def raise_alarm(turn: Turn, cause: str, text: SafeText, *, count: int | None = None, fades: bool = False) -> None:
    """Tell people of a trouble, or bring up to date what they were told. Without `count`, occurrences are counted."""
    alarm = turn.tx.alarms.standing(cause)
    if alarm is not None:
        _occurred_again(turn, alarm, text, count)
        return
    alarm = AlarmRecord(
        id=new_id("alm"),
        cause=cause,
        text=text,
        count=count or 1,
        since=turn.now,
        last_at=turn.now,
        channel=turn.house.handoff_channel,
        fades=fades,
    )
    if cause == channel_cause(alarm.channel):
        alarm = replace(alarm, unsaid=True)
    turn.tx.alarms.add(alarm)
    if fades:
        turn.set_timer(Timer.ALARM_FADES, alarm.id, at=turn.now + FADES_AFTER)
    if not alarm.unsaid:
        _say(turn, alarm)


def _occurred_again(turn: Turn, alarm: AlarmRecord, text: SafeText, count: int | None) -> None:
    changed = replace(alarm, text=text, count=alarm.count + 1 if count is None else count, last_at=turn.now)
    if (changed.text, changed.count) == (alarm.text, alarm.count):
        turn.tx.alarms.save(changed)
    else:
        _show(turn, changed)


def take_back(turn: Turn, cause: str) -> None:
    """The trouble is gone: say so where it was told, if it was."""
    alarm = turn.tx.alarms.standing(cause)
    if alarm is not None:
        _show(turn, replace(alarm, over_at=turn.now))


def _show(turn: Turn, alarm: AlarmRecord) -> None:
    alarm = replace(alarm, revision=alarm.revision + 1)
    turn.tx.alarms.save(alarm)
    if not alarm.unsaid:
        turn.effect(
            RefreshAlarm(alarm_id=alarm.id, view=_view(alarm), revision=alarm.revision),
            key=f"alarm:{alarm.id}:{alarm.revision}",
            lane=alarm_lane(alarm.id),
            subject=alarm.id,
        )


def _say(turn: Turn, alarm: AlarmRecord) -> None:
    turn.effect(
        Alarm(alarm_id=alarm.id, channel=alarm.channel, view=_view(alarm)),
        key=f"alarm:{alarm.id}:{alarm.revision}",
        lane=alarm_lane(alarm.id),
        subject=alarm.id,
    )


def _view(alarm: AlarmRecord) -> AlarmView:
    return AlarmView(text=alarm.text, count=alarm.count, since=alarm.since, over_at=alarm.over_at)


def record_said(turn: Turn, said: Alarm, message: str) -> None:
    """The alarm is in the channel."""
    alarm = turn.tx.alarms.get(said.alarm_id)
    if alarm is not None:
        turn.tx.alarms.save(replace(alarm, message=message, unsaid=False))


def record_lost(turn: Turn, refresh: RefreshAlarm) -> None:
    """The alarm's message cannot be changed any more, perhaps since somebody deleted it: say it anew if it stands."""
    alarm = turn.tx.alarms.get(refresh.alarm_id)
    if alarm is not None and alarm.over_at is None:
        alarm = replace(alarm, message=None, revision=alarm.revision + 1)
        turn.tx.alarms.save(alarm)
        _say(turn, alarm)


def record_unsaid(turn: Turn, said: Alarm, code: str) -> None:
    """The alarm could not be posted: the channel is a trouble itself."""
    alarm = turn.tx.alarms.get(said.alarm_id)
    if alarm is not None:
        turn.tx.alarms.save(replace(alarm, unsaid=True))
    channel_fails(turn, said.channel, code)


def channel_fails(turn: Turn, channel: str, code: str) -> None:
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
    raise_alarm(turn, channel_cause(channel), text)


def channel_works(turn: Turn, channel: str) -> bool:
    """Something was posted there. If that had failed before, it is said, and what could not be said meanwhile.

    Returns whether it had.
    """
    alarm = turn.tx.alarms.standing(channel_cause(channel))
    if alarm is None:
        return False
    over = replace(alarm, over_at=turn.now)
    if over.unsaid:
        _say_late(turn, over)
    else:
        _show(turn, over)
    if channel == turn.house.handoff_channel:
        for unsaid in turn.tx.alarms.unsaid():
            _say_late(turn, unsaid)
    return True


def _say_late(turn: Turn, alarm: AlarmRecord) -> None:
    alarm = replace(alarm, unsaid=False, revision=alarm.revision + 1)
    turn.tx.alarms.save(alarm)
    _say(turn, alarm)


def look_at_alarm(turn: Turn, came: TimeCame) -> None:
    """Take an alarm back that has not occurred for long enough."""
    alarm = turn.tx.alarms.get(came.subject)
    if alarm is None or alarm.over_at is not None:
        return
    quiet_at = alarm.last_at + FADES_AFTER
    if quiet_at <= turn.now:
        take_back(turn, alarm.cause)
    else:
        turn.set_timer(Timer.ALARM_FADES, alarm.id, at=quiet_at)


def watch_questions(turn: Turn) -> None:
    """A question was put: have a look at those that wait, when this one should have its answer."""
    turn.set_timer(Timer.QUESTIONS, "all", at=_next_look(turn.now + _PATIENCE))


def look_at_questions(turn: Turn, came: TimeCame) -> None:
    """Raise an alarm while questions wait for more than two minutes."""
    waiting = turn.tx.questions.waiting_since(turn.now - _PATIENCE)
    if not waiting:
        take_back(turn, Trouble.QUESTIONS)
        return
    minutes = int((turn.now - waiting[0]) // 60)
    text = compose(
        "Questions wait for the assistant's answer, the oldest for {minutes} minutes. The log line `effect_delayed`"
        " says what is in the way; `uppzy-desk check` asks everybody.",
        minutes=redact(str(minutes)),
    )
    raise_alarm(turn, Trouble.QUESTIONS, text, count=len(waiting))
    turn.set_timer(Timer.QUESTIONS, "all", at=_next_look(turn.now))


def _next_look(at: float) -> float:
    """The next whole minute, so that however many questions there are, one timer is set for it."""
    return (at // _LOOK_EVERY + 1) * _LOOK_EVERY
