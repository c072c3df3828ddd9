"""Showing agents on their messages whether the employee has them, so that nobody has to remember what goes where."""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk.lanes import receipt_lane
from bot.helpdesk.model.conversation import new_id
from bot.helpdesk.model.effects import ShowReceipt
from bot.helpdesk.model.relay import DeliverySign, Relay, RelayState
from bot.helpdesk.unit_of_work import UnitOfWork


def show_receipt(uow: UnitOfWork, relay: Relay, sign: DeliverySign) -> Relay:
    """Save the relay and show on its message whether the employee has it."""
    if relay.sign is not sign:
        uow.effect(
            ShowReceipt(channel=relay.channel, message=relay.message, sign=sign, instead_of=relay.sign),
            key=new_id("sign"),
            lane=receipt_lane(relay.id),
            subject=relay.handoff_id,
        )
        relay = replace(relay, sign=sign)
    uow.tx.relays.save(relay)
    return relay


def record_outcome(uow: UnitOfWork, relay_id: str | None, sign: DeliverySign) -> None:
    """A copy has arrived with the employee, or never will: its author sees which."""
    relay = uow.tx.relays.get(relay_id) if relay_id else None
    if relay is None or not relay.to_employee or relay.state is not RelayState.SENT:
        return
    # What arrives besides does not make up for the part that is missing.
    if relay.sign is not DeliverySign.NOT_SENT:
        show_receipt(uow, relay, sign)
