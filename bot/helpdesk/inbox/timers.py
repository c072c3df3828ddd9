"""Timers that have fired."""

from __future__ import annotations

from bot.helpdesk.alarms import check_waiting_questions, expire_alarm
from bot.helpdesk.handoffs.sla import remind
from bot.helpdesk.model.events import Timer, TimerFired
from bot.helpdesk.sessions import close_idle
from bot.helpdesk.unit_of_work import UnitOfWork


def handle_timer(uow: UnitOfWork, fired: TimerFired) -> None:
    """Calls the use case of a timer, if it is still due."""
    match fired.timer:
        case Timer.IDLE:
            close_idle(uow, fired)
        case Timer.REPLY_SOON | Timer.REPLY_DUE | Timer.ON_CALL:
            remind(uow, fired)
        case Timer.QUESTIONS:
            check_waiting_questions(uow)
        case Timer.ALARM_EXPIRES:
            expire_alarm(uow, fired)
