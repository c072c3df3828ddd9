"""Showing agents on their messages whether the employee has them, so that nobody has to remember what goes where."""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk.model.conversation import new_id
from bot.helpdesk.model.effects import ShowSign
from bot.helpdesk.model.relay import Relay, RelayState, Sign
from bot.helpdesk.unit_of_work import Turn, sign_lane


def show_sign(turn: Turn, relay: Relay, sign: Sign) -> Relay:
    """Save the relay and show on its message whether the employee has it."""
    if relay.sign is not sign:
        turn.effect(
            ShowSign(channel=relay.channel, message=relay.message, sign=sign, instead_of=relay.sign),
            key=new_id("sign"),
            lane=sign_lane(relay.id),
            subject=relay.handoff_id,
        )
        relay = replace(relay, sign=sign)
    turn.tx.relays.save(relay)
    return relay


def record_outcome(turn: Turn, relay_id: str | None, sign: Sign) -> None:
    """A copy has arrived with the employee, or never will: its author sees which."""
    relay = turn.tx.relays.get(relay_id) if relay_id else None
    if relay is None or not relay.to_employee or relay.state is not RelayState.SENT:
        return
    # What arrives besides does not make up for the part that is missing.
    if relay.sign is not Sign.NOT_SENT:
        show_sign(turn, relay, sign)
