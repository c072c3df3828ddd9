"""What an agent writes before anybody has claimed the handoff, or what may be a note: its author says what is meant."""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.handoffs.notify import find, take_question_away, whisper
from bot.helpdesk.handoffs.relay import ask_author, may_speak
from bot.helpdesk.handoffs.relay_receipts import show_sign
from bot.helpdesk.handoffs.relay_sending import send
from bot.helpdesk.handoffs.transitions import carry_out
from bot.helpdesk.model.events import Button, Pressed
from bot.helpdesk.model.handoff import Handoff, HandoffState, Move
from bot.helpdesk.model.relay import Relay, RelayState, Sign
from bot.helpdesk.unit_of_work import Turn


def take_choice(turn: Turn, pressed: Pressed) -> None:
    """An agent pressed one of the two buttons of the private question about a message of theirs."""
    if pressed.private is not None:
        take_question_away(turn, pressed, pressed.private)
    relay = turn.tx.relays.get(pressed.subject)
    found = find(turn, relay.handoff_id) if relay else None
    if relay is None or found is None or not relay.to_employee or relay.author != pressed.person:
        whisper(turn, pressed, messages.GONE)
    elif relay.state is not RelayState.ASKED:
        whisper(turn, pressed, _ALREADY[relay.state])
    elif pressed.button is Button.KEEP_INTERNAL:
        _keep(turn, relay)
    elif pressed.button is Button.SEND and found[0].state is HandoffState.OPEN:
        # Nobody has it by now, so sending it takes a claim.
        ask_author(turn, found[0], relay)
    else:
        _claim_and_send(turn, pressed, relay, found[0])


_ALREADY = {
    RelayState.NOTE: messages.KEPT_ALREADY,
    RelayState.INTERNAL: messages.KEPT_ALREADY,
    RelayState.LEAVING: messages.SENT_ALREADY,
    RelayState.SENT: messages.SENT_ALREADY,
    RelayState.WITHDRAWN: messages.DELETED_ALREADY,
}


def _claim_and_send(turn: Turn, pressed: Pressed, relay: Relay, handoff: Handoff) -> None:
    conversation = turn.tx.conversations.get(handoff.conversation_id)
    if handoff.state is HandoffState.OPEN and conversation is not None:
        handoff = carry_out(turn, pressed.person, conversation, handoff, Move.CLAIM)
    # What the employee had read before its author changed it goes back to them, also once that is over.
    had_it = relay.sending > 0 and handoff.state is HandoffState.RESOLVED
    if had_it or may_speak(turn, handoff, pressed.person):
        send(turn, relay)
        return
    _keep(turn, relay)
    if handoff.claimed_by and handoff.state is HandoffState.CLAIMED:
        whisper(turn, pressed, messages.claimed_meanwhile("{person}"), about=handoff.claimed_by)
    else:
        whisper(turn, pressed, messages.not_possible(handoff.state.value))


def _keep(turn: Turn, relay: Relay) -> None:
    show_sign(turn, replace(relay, state=RelayState.INTERNAL, text=""), Sign.INTERNAL)
