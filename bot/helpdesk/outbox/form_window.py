"""Opening a form for the one who pressed, which the surface allows only for a short time after the press."""

from __future__ import annotations

from bot.helpdesk.handoffs.notify import thread_beside
from bot.helpdesk.lanes import form_lane
from bot.helpdesk.model.effects import Form, OpenForm
from bot.helpdesk.model.events import Pressed
from bot.helpdesk.unit_of_work import UnitOfWork

# Slack lets a form be opened for three seconds after the press; the call itself needs some of them.
_SECONDS = 2.5


def open_form(uow: UnitOfWork, pressed: Pressed, form: Form, *, words_required: bool = False) -> None:
    """Open the form; where it comes too late, the one who pressed is asked to press again."""
    uow.effect(
        OpenForm(
            form=form,
            trigger=pressed.trigger,
            subject=pressed.subject,
            channel=pressed.channel,
            thread=thread_beside(pressed.thread, pressed.message),
            person=pressed.person,
            expires_at=pressed.at + _SECONDS,
            words_required=words_required,
        ),
        key=f"form:{pressed.trigger}",
        lane=form_lane(pressed.trigger),
        subject=pressed.subject,
    )
