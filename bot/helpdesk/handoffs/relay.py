"""Relay of messages between a handoff's thread and the employee's."""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.escalation import Speakers
from bot.helpdesk.handoffs.card import recheck_card
from bot.helpdesk.handoffs.hiding import heed_matter
from bot.helpdesk.handoffs.matter import record_matter
from bot.helpdesk.handoffs.note_prefixes import is_doubtful, stays
from bot.helpdesk.handoffs.notify import (
    dismiss_prompt,
    load,
    personal_notice,
    place_of_handoff,
    post_to_thread,
    send_private_note,
    tell,
)
from bot.helpdesk.handoffs.pending import record_reply
from bot.helpdesk.handoffs.relay_copies import new_relay, post_copies, send, send_after_delay, show_receipt
from bot.helpdesk.handoffs.tickets import copy_note
from bot.helpdesk.handoffs.transitions import apply
from bot.helpdesk.lanes import Lane
from bot.helpdesk.messages import Message
from bot.helpdesk.model.conversation import Conversation, Role, new_id
from bot.helpdesk.model.effects import PrivateNote
from bot.helpdesk.model.events import Button, MessageReceived, Pressed
from bot.helpdesk.model.handoff import Handoff, HandoffState, Transition
from bot.helpdesk.model.relay import DeliveryReceipt, Relay, RelayState
from bot.helpdesk.model.target import FixedTarget
from bot.helpdesk.permissions import refusal_of_message
from bot.helpdesk.redaction import SafeText
from bot.helpdesk.unit_of_work import UnitOfWork

# Their text is not relayed, so it is not stored.
_SILENT = (RelayState.NOTE, RelayState.INTERNAL)


# From the employee to the agents.


def relay_to_agents(uow: UnitOfWork, conversation: Conversation, handoff: Handoff, message: MessageReceived) -> None:
    """Relays a message that the employee wrote while people have the conversation."""
    handoff = heed_matter(uow, handoff, message.text)
    relay = new_relay(uow, message, conversation.id, handoff.id)
    post_copies(uow, relay, is_new=True)
    handoff = record_matter(uow, conversation, handoff, relay)
    if not handoff.notices.relay_told and handoff.state is HandoffState.OPEN:
        uow.tx.handoffs.save(replace(handoff, notices=replace(handoff.notices, relay_told=True)))
        tell(uow, conversation, messages.employee.passed_on(handoff.name), key=f"relayed:{handoff.id}")
    record_reply(uow, conversation, handoff)
    recheck_card(uow, handoff.id)


# From the agents to the employee.


def handle_agent_message(uow: UnitOfWork, message: MessageReceived) -> None:
    """Handles a new message of an agent: it is sent to the employee or kept internal, or its author is asked which."""
    handoff = uow.tx.handoffs.of_thread(message.address)
    conversation = uow.tx.conversations.get(handoff.conversation_id) if handoff else None
    if handoff is None or conversation is None or message.address.message == message.address.thread:
        return
    if refusal_of_message(uow.config, message, Role.AGENT, conversation, [handoff]) is not None:
        return
    relay = replace(new_relay(uow, message, conversation.id, handoff.id), to_employee=True)
    is_late = message.after_resolution and not stays(relay.text)
    if is_late:
        relay = replace(relay, text="")
    else:
        relay = replace(relay, state=next_state(uow, handoff, relay.author, relay.text))
    uow.tx.relays.add(relay)
    if is_late:
        show_receipt(uow, relay, DeliveryReceipt.INTERNAL)
    else:
        settle(uow, handoff, relay)
    recheck_card(uow, handoff.id)


def next_state(uow: UnitOfWork, handoff: Handoff, author: str, text: str) -> RelayState:
    """Returns the state of an agent's message, according to its text and to the state of its handoff."""
    if stays(text):
        return RelayState.NOTE
    if not handoff.has_agent:
        return RelayState.ASKED
    if not may_speak(uow, handoff, author):
        return RelayState.INTERNAL
    return RelayState.ASKED if is_doubtful(text) else RelayState.DELAYED


def may_speak(uow: UnitOfWork, handoff: Handoff, person: str) -> bool:
    """Returns whether this agent's unmarked messages go to the employee."""
    everybody = uow.config.policy.handoffs.relay is Speakers.CHANNEL
    return handoff.is_worked_by(person) or (everybody and handoff.has_agent)


def settle(uow: UnitOfWork, handoff: Handoff, relay: Relay) -> None:
    """Saves the new state of a message and performs its consequences."""
    if relay.state is RelayState.NOTE:
        copy_note(uow, handoff, relay)
    if relay.state in _SILENT:
        relay = replace(relay, text="")
    if relay.state is RelayState.DELAYED:
        send_after_delay(uow, relay)
        return
    relay = show_receipt(uow, relay, DeliveryReceipt.INTERNAL)
    if relay.state is RelayState.ASKED:
        ask_author(uow, handoff, relay)
    elif relay.state is RelayState.INTERNAL and handoff.has_agent:
        _point_to_join(uow, handoff, relay)


def ask_author(uow: UnitOfWork, handoff: Handoff, relay: Relay) -> None:
    """Asks the author of a message privately whether to send it to the employee."""
    unclaimed, over = handoff.state is HandoffState.OPEN, handoff.state is HandoffState.RESOLVED
    question = personal_notice(uow.agents, _question_about(handoff))
    uow.effect(
        PrivateNote(
            content=replace(question, relay_id=relay.id, claims=unclaimed, reopens=over),
            to=FixedTarget(relay.surface, relay.channel, handoff.thread),
            person=relay.author,
        ),
        key=new_id("ask"),
        lane=Lane.PRIVATE.of(relay.author),
        subject=handoff.id,
    )


def _question_about(handoff: Handoff) -> Message:
    match handoff.state:
        case HandoffState.OPEN:
            return messages.agents.nobody_has_claimed(handoff.name)
        case HandoffState.RESOLVED:
            return messages.agents.is_over(handoff.name, handoff.state_name)
        case HandoffState.CLAIMED | HandoffState.PENDING:
            return messages.agents.MAY_BE_A_NOTE


def handle_relay_choice(uow: UnitOfWork, pressed: Pressed) -> None:
    """Handles the author's answer to the private question whether to send a message."""
    if pressed.private is not None:
        dismiss_prompt(uow, pressed, pressed.private)
    relay = uow.tx.relays.get(pressed.subject)
    found = load(uow, relay.handoff_id) if relay else None
    if relay is None or found is None or not relay.to_employee or relay.author != pressed.person:
        send_private_note(uow, pressed, messages.anyone.GONE)
    elif relay.state is not RelayState.ASKED:
        send_private_note(uow, pressed, _ALREADY[relay.state])
    elif pressed.button is Button.KEEP_INTERNAL:
        _keep(uow, relay)
    elif _asks_for_less(pressed, relay, found[0]):
        ask_author(uow, found[0], relay)
    else:
        _claim_and_send(uow, pressed, relay, *found)


def _asks_for_less(pressed: Pressed, relay: Relay, handoff: Handoff) -> bool:
    """Returns whether sending needs a claim or a reopening by now, which the button does not name.

    A message that the employee had before its author edited it goes back to them, even after the resolution.
    """
    if handoff.state is HandoffState.RESOLVED:
        return pressed.button is not Button.REOPEN_AND_SEND and relay.sending == 0
    return pressed.button is Button.SEND and handoff.state is HandoffState.OPEN


_ALREADY = {
    RelayState.NOTE: messages.agents.KEPT_ALREADY,
    RelayState.INTERNAL: messages.agents.KEPT_ALREADY,
    RelayState.DELAYED: messages.agents.SENT_ALREADY,
    RelayState.SENT: messages.agents.SENT_ALREADY,
    RelayState.WITHDRAWN: messages.agents.DELETED_ALREADY,
}


def _claim_and_send(
    uow: UnitOfWork, pressed: Pressed, relay: Relay, handoff: Handoff, conversation: Conversation
) -> None:
    """Sends a message, after a claim or a reopening of its handoff where that is needed."""
    other = uow.tx.handoffs.open_in(conversation.id)
    if relay.sending > 0 and handoff.state is HandoffState.RESOLVED:
        send(uow, relay)
        return
    if other is not None and other.id != handoff.id:
        _keep(uow, relay)
        send_private_note(uow, pressed, messages.agents.ANOTHER_IS_OPEN, place=place_of_handoff(other))
        return
    if handoff.state is HandoffState.OPEN:
        handoff = apply(uow, pressed.person, conversation, handoff, Transition.CLAIM)
    elif handoff.state is HandoffState.RESOLVED:
        handoff = apply(uow, pressed.person, conversation, handoff, Transition.REOPEN)
    if may_speak(uow, handoff, pressed.person):
        send(uow, relay)
        return
    _keep(uow, relay)
    send_private_note(uow, pressed, messages.agents.CLAIMED_MEANWHILE, about=handoff.claimed_by)


def _keep(uow: UnitOfWork, relay: Relay) -> None:
    show_receipt(uow, replace(relay, state=RelayState.INTERNAL, text=""), DeliveryReceipt.INTERNAL)


def tell_not_sent(uow: UnitOfWork, relay_id: str) -> None:
    """Tells an agent in the thread that their message was not sent, because they could not be asked privately."""
    relay = uow.tx.relays.get(relay_id)
    handoff = uow.tx.handoffs.get(relay.handoff_id) if relay else None
    if relay is None or handoff is None or relay.state is not RelayState.ASKED:
        return
    post_to_thread(uow, handoff, messages.agents.NOT_SENT, key=new_id("unsent"), person=relay.author)


def _point_to_join(uow: UnitOfWork, handoff: Handoff, relay: Relay) -> None:
    """Explains once why a message stays internal; from then on its receipt says so."""
    uow.effect_once(
        PrivateNote(
            content=personal_notice(uow.agents, messages.agents.STAYS_INTERNAL, person=handoff.claimed_by),
            to=FixedTarget(relay.surface, relay.channel, handoff.thread),
            person=relay.author,
        ),
        key=f"not_relayed:{handoff.id}:{relay.author}",
        lane=Lane.PRIVATE.of(relay.author),
        subject=handoff.id,
    )


def post_verdict_reason(uow: UnitOfWork, conversation_id: str, role: Role, reason: SafeText) -> None:
    """Tells the agents what was wrong with an answer, according to the person who rated it."""
    handoff = uow.tx.handoffs.open_in(conversation_id)
    if handoff is None:
        return
    if role is Role.EMPLOYEE and heed_matter(uow, handoff, reason).hidden:
        post_to_thread(uow, handoff, messages.agents.HIDDEN_REASON, key=new_id("reason"))
    else:
        post_to_thread(uow, handoff, messages.agents.what_was_wrong(role), key=new_id("reason"), words=reason)
