"""Sending agents' messages on to the employee, and taking them back."""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk.handoffs.notify import close_notice, note_event, thread_of
from bot.helpdesk.handoffs.relay_files import carry_files, take_files_back
from bot.helpdesk.model.effects import LetGo, RelayToEmployee, Unsend
from bot.helpdesk.model.handoff import Handoff
from bot.helpdesk.model.relay import Relay, RelayState
from bot.helpdesk.model.timeline import Event
from bot.helpdesk.unit_of_work import Turn, leave_lane, talk_lane


def let_go_later(turn: Turn, relay: Relay) -> None:
    """Send an agent's message once the time to take it back unseen is over, as the policy has it."""
    delay = turn.house.policy.handoffs.relay_delay
    if not delay:
        send(turn, relay)
        return
    turn.effect(
        LetGo(relay_id=relay.id),
        key=f"let_go:{relay.id}:{relay.revision}:{relay.sending}",
        lane=leave_lane(relay.handoff_id),
        subject=relay.handoff_id,
        after=delay,
    )


def let_go(turn: Turn, waited: LetGo) -> None:
    """The time is over. What was sent, deleted or made a note meanwhile is left as it is."""
    relay = turn.tx.relays.get(waited.relay_id)
    if relay is not None and relay.state is RelayState.LEAVING:
        send(turn, relay)


def let_all_go(turn: Turn, handoff: Handoff) -> None:
    """Send at once what can still be taken back: what is told to the employee now comes after it."""
    for relay in turn.tx.relays.leaving_in(handoff.id):
        send(turn, relay)


def send(turn: Turn, relay: Relay) -> None:
    """Decide on the copy of an agent's message, in the words it has now. Its files follow when they are copied."""
    handoff = turn.tx.handoffs.get(relay.handoff_id)
    if handoff is None:
        return
    relay = replace(relay, state=RelayState.SENT, sending=relay.sending + 1)
    turn.tx.relays.save(relay)
    note_event(turn, handoff, Event.RELAYED, person=relay.author, detail=relay.id)
    if relay.text.strip():
        send_words(turn, relay)
    carry_files(turn, relay)
    close_notice(turn, handoff)


def send_words(turn: Turn, relay: Relay) -> None:
    """Decide on the employee's copy of an agent's words."""
    conversation = turn.tx.conversations.get(relay.conversation_id)
    if conversation is None:
        return
    turn.effect(
        RelayToEmployee(
            channel=conversation.channel,
            thread=thread_of(turn, conversation),
            author=relay.author,
            text=relay.text,
            relay_id=relay.id,
        ),
        key=relay.copy_key,
        lane=talk_lane(conversation.id),
        subject=relay.handoff_id,
    )


def unsend(turn: Turn, relay: Relay) -> None:
    """Take the copy of an agent's message back, with its files; one that has not left yet will not."""
    handoff = turn.tx.handoffs.get(relay.handoff_id)
    if handoff is None:
        return
    note_event(turn, handoff, Event.UNSENT, person=relay.author, detail=relay.id)
    copy = turn.tx.effects.of_key(relay.copy_key)
    if copy is not None:
        turn.effect(
            Unsend(copy=copy.id),
            key=f"unsend:{copy.id}",
            lane=talk_lane(relay.conversation_id),
            subject=relay.handoff_id,
        )
    take_files_back(turn, relay)
