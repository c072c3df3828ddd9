"""What is done when a time that was set has come."""

from __future__ import annotations

from bot.helpdesk.alarms import look_at_alarm, look_at_questions
from bot.helpdesk.handoffs.sla import remind
from bot.helpdesk.model.events import TimeCame, Timer
from bot.helpdesk.sessions import complete
from bot.helpdesk.unit_of_work import Turn


def take_time(turn: Turn, came: TimeCame) -> None:
    """Look at what the time was set for, and do what is still to be done."""
    match came.timer:
        case Timer.IDLE:
            complete(turn, came)
        case Timer.REPLY_SOON | Timer.REPLY_DUE | Timer.ON_CALL:
            remind(turn, came)
        case Timer.QUESTIONS:
            look_at_questions(turn, came)
        case Timer.ALARM_FADES:
            look_at_alarm(turn, came)
