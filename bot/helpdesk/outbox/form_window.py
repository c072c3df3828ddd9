"""Opening a form for the person who pressed a button, which the chat surface allows only shortly after the press."""

from __future__ import annotations

from bot.helpdesk.handoffs.notify import beside
from bot.helpdesk.lanes import form_lane
from bot.helpdesk.model.effects import Form, OpenForm
from bot.helpdesk.model.events import Pressed
from bot.helpdesk.unit_of_work import UnitOfWork

# Seconds after the press: less than the three for which a trigger is valid, because the call takes some time.
_SECONDS = 2.5


def open_form(uow: UnitOfWork, pressed: Pressed, form: Form, *, words_required: bool = False) -> None:
    """Opens a form for the person who pressed. If it comes too late, they are asked to press again."""
    uow.effect(
        OpenForm(
            form=form,
            trigger=pressed.trigger,
            subject=pressed.subject,
            to=beside(pressed.address),
            person=pressed.person,
            expires_at=pressed.at + _SECONDS,
            words_required=words_required,
        ),
        key=f"form:{pressed.trigger}",
        lane=form_lane(pressed.trigger),
        subject=pressed.subject,
    )
