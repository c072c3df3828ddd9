"""What is done when a time that was set has come."""

from __future__ import annotations

from bot.helpdesk.alarms import look_at_alarm, look_at_questions
from bot.helpdesk.handoffs.sla import remind
from bot.helpdesk.model.events import Timer, TimerFired
from bot.helpdesk.sessions import close_idle
from bot.helpdesk.unit_of_work import UnitOfWork


def handle_timer(uow: UnitOfWork, came: TimerFired) -> None:
    """Look at what the time was set for, and do what is still to be done."""
    match came.timer:
        case Timer.IDLE:
            close_idle(uow, came)
        case Timer.REPLY_SOON | Timer.REPLY_DUE | Timer.ON_CALL:
            remind(uow, came)
        case Timer.QUESTIONS:
            look_at_questions(uow, came)
        case Timer.ALARM_FADES:
            look_at_alarm(uow, came)
