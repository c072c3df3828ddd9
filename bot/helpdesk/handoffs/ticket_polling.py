"""Watching a ticket: who can move it in the ticket system as well is asked from time to time whether it was moved."""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk.lanes import ticket_lane, ticket_polling_lane
from bot.helpdesk.model.conversation import new_id
from bot.helpdesk.model.effects import ReadTicket, WatchTicket
from bot.helpdesk.model.events import TicketChanged
from bot.helpdesk.model.handoff import Handoff, HandoffState
from bot.helpdesk.unit_of_work import UnitOfWork


def watch_ticket(uow: UnitOfWork, handoff: Handoff, *, after: float = 0.0) -> Handoff:
    """Have the ticket looked at from time to time, in the place of any earlier watch; returns the handoff as saved.

    `after` so many seconds, where that is later than usual.
    """
    if handoff.ticket is None or not uow.config.ticket_poll_interval:
        return handoff
    handoff = replace(handoff, ticket_watch=handoff.ticket_watch + 1)
    uow.tx.handoffs.save(handoff)
    uow.effect(
        WatchTicket(handoff_id=handoff.id, number=handoff.ticket_watch),
        key=f"watch:{handoff.id}:{handoff.ticket_watch}",
        lane=ticket_polling_lane(handoff.id),
        subject=handoff.id,
        after=max(after, uow.config.ticket_poll_interval),
    )
    return handoff


def watch_is_over(handoff: Handoff, now: float, reopened_within: float) -> bool:
    """Whether nothing that happens to the ticket is of interest any more: its handoff has been resolved for long."""
    if handoff.state is not HandoffState.RESOLVED or handoff.resolved_at is None:
        return False
    return now - handoff.resolved_at > reopened_within


def take_ticket_change(uow: UnitOfWork, changed: TicketChanged) -> None:
    """The ticket system says that something happened to a ticket: read there what it was."""
    handoff = uow.tx.handoffs.of_ticket(changed.system, changed.ticket)
    if handoff is not None:
        read_ticket(uow, handoff)


def read_ticket(uow: UnitOfWork, handoff: Handoff) -> None:
    """Read the ticket once what we ourselves are about to do to it is done. At most one such look waits."""
    if uow.tx.effects.waiting(ReadTicket, handoff.id) is None:
        uow.effect(
            ReadTicket(handoff_id=handoff.id),
            key=new_id("read"),
            lane=ticket_lane(handoff.id),
            subject=handoff.id,
        )
