"""What an agent writes before anybody has claimed the handoff, or what may be a note: its author says what is meant."""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.handoffs.notify import dismiss_prompt, load, send_private_note
from bot.helpdesk.handoffs.relay import ask_author, may_speak
from bot.helpdesk.handoffs.relay_receipts import show_receipt
from bot.helpdesk.handoffs.relay_sending import send
from bot.helpdesk.handoffs.transitions import apply
from bot.helpdesk.model.events import Button, Pressed
from bot.helpdesk.model.handoff import Handoff, HandoffState, Transition
from bot.helpdesk.model.relay import DeliverySign, Relay, RelayState
from bot.helpdesk.unit_of_work import UnitOfWork


def take_choice(uow: UnitOfWork, pressed: Pressed) -> None:
    """An agent pressed one of the two buttons of the private question about a message of theirs."""
    if pressed.private is not None:
        dismiss_prompt(uow, pressed, pressed.private)
    relay = uow.tx.relays.get(pressed.subject)
    found = load(uow, relay.handoff_id) if relay else None
    if relay is None or found is None or not relay.to_employee or relay.author != pressed.person:
        send_private_note(uow, pressed, messages.GONE)
    elif relay.state is not RelayState.ASKED:
        send_private_note(uow, pressed, _ALREADY[relay.state])
    elif pressed.button is Button.KEEP_INTERNAL:
        _keep(uow, relay)
    elif pressed.button is Button.SEND and found[0].state is HandoffState.OPEN:
        # Nobody has it by now, so sending it takes a claim.
        ask_author(uow, found[0], relay)
    else:
        _claim_and_send(uow, pressed, relay, found[0])


_ALREADY = {
    RelayState.NOTE: messages.KEPT_ALREADY,
    RelayState.INTERNAL: messages.KEPT_ALREADY,
    RelayState.LEAVING: messages.SENT_ALREADY,
    RelayState.SENT: messages.SENT_ALREADY,
    RelayState.WITHDRAWN: messages.DELETED_ALREADY,
}


def _claim_and_send(uow: UnitOfWork, pressed: Pressed, relay: Relay, handoff: Handoff) -> None:
    conversation = uow.tx.conversations.get(handoff.conversation_id)
    if handoff.state is HandoffState.OPEN and conversation is not None:
        handoff = apply(uow, pressed.person, conversation, handoff, Transition.CLAIM)
    # What the employee had read before its author changed it goes back to them, also once that is over.
    had_it = relay.sending > 0 and handoff.state is HandoffState.RESOLVED
    if had_it or may_speak(uow, handoff, pressed.person):
        send(uow, relay)
        return
    _keep(uow, relay)
    if handoff.claimed_by and handoff.state is HandoffState.CLAIMED:
        send_private_note(uow, pressed, messages.claimed_meanwhile("{person}"), about=handoff.claimed_by)
    else:
        send_private_note(uow, pressed, messages.not_possible(handoff.state.value))


def _keep(uow: UnitOfWork, relay: Relay) -> None:
    show_receipt(uow, replace(relay, state=RelayState.INTERNAL, text=""), DeliverySign.INTERNAL)
