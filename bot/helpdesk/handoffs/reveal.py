"""Reveal: shows the agent who presses the unredacted question, and records who has seen it."""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.handoffs.card import refresh_card
from bot.helpdesk.handoffs.notify import log_event, send_private_note
from bot.helpdesk.model.effects import Form
from bot.helpdesk.model.events import Pressed
from bot.helpdesk.model.handoff import Reveal
from bot.helpdesk.model.history import TimelineEvent
from bot.helpdesk.outbox.form_window import open_form
from bot.helpdesk.ports import Transaction
from bot.helpdesk.unit_of_work import UnitOfWork


def reveal(uow: UnitOfWork, pressed: Pressed) -> None:
    """Opens the original question for the person who pressed.

    The access is recorded before it is shown, so that nobody sees it unrecorded.
    """
    handoff = uow.tx.handoffs.get(pressed.subject)
    if handoff is None:
        send_private_note(uow, pressed, messages.anyone.GONE)
        return
    if not original(uow.tx, handoff.id):
        send_private_note(uow, pressed, messages.agents.NOTHING_TO_REVEAL)
        return
    open_form(uow, pressed, Form.ORIGINAL)
    log_event(uow, handoff, TimelineEvent.REVEALED, person=pressed.person)
    refresh_card(uow, replace(handoff, reveal=Reveal(by=pressed.person, at=uow.now)))


def original(tx: Transaction, handoff_id: str) -> str:
    """Returns the unredacted question; empty where there is none, or after the retention time."""
    handoff = tx.handoffs.get(handoff_id)
    question = tx.questions.get(handoff.question_id) if handoff is not None and handoff.question_id else None
    return question.text if question else ""
