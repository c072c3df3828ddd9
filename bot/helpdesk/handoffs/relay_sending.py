"""Sending of agents' messages to the employee, and their retraction."""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk.handoffs.notify import close_notice, employee_thread, log_event
from bot.helpdesk.handoffs.relay_files import copy_files, retract_files
from bot.helpdesk.lanes import relay_lane, talk_lane
from bot.helpdesk.model.content import AgentMessage
from bot.helpdesk.model.effects import PostMessage, RetractMessage
from bot.helpdesk.model.handoff import Handoff
from bot.helpdesk.model.history import TimelineEvent
from bot.helpdesk.model.job import JobKind, ScheduledJob
from bot.helpdesk.model.relay import Relay, RelayState
from bot.helpdesk.model.target import SentMessage
from bot.helpdesk.unit_of_work import UnitOfWork


def schedule_release(uow: UnitOfWork, relay: Relay) -> None:
    """Sends an agent's message after the policy's delay. Until then its author can delete it unseen."""
    delay = uow.config.policy.handoffs.relay_delay
    if not delay:
        send(uow, relay)
        return
    uow.schedule(
        JobKind.RELEASE_RELAY,
        relay.id,
        after=delay,
        version=f"{relay.revision}:{relay.sending}",
        lane=relay_lane(relay.handoff_id),
    )


def release(uow: UnitOfWork, job: ScheduledJob) -> None:
    """Sends a message after its delay, unless it was sent, deleted or marked as a note meanwhile."""
    relay = uow.tx.relays.get(job.subject)
    if relay is not None and relay.state is RelayState.DELAYED:
        send(uow, relay)


def release_all(uow: UnitOfWork, handoff: Handoff) -> None:
    """Sends all delayed messages at once, before the employee is told of the resolution."""
    for relay in uow.tx.relays.delayed_in(handoff.id):
        send(uow, relay)


def send(uow: UnitOfWork, relay: Relay) -> None:
    """Decides to send an agent's message with its current text. Its files are posted once they are copied."""
    handoff = uow.tx.handoffs.get(relay.handoff_id)
    if handoff is None:
        return
    relay = replace(relay, state=RelayState.SENT, sending=relay.sending + 1)
    uow.tx.relays.save(relay)
    log_event(uow, handoff, TimelineEvent.RELAYED, person=relay.author, detail=relay.id)
    if relay.text.strip():
        send_words(uow, relay)
    copy_files(uow, relay)
    close_notice(uow, handoff)


def send_words(uow: UnitOfWork, relay: Relay) -> None:
    """Decides to post the text of an agent's message to the employee."""
    conversation = uow.tx.conversations.get(relay.conversation_id)
    if conversation is None:
        return
    uow.effect(
        PostMessage(content=agent_message(relay), to=employee_thread(uow, conversation)),
        key=relay.copy_key,
        lane=talk_lane(conversation.id),
        subject=relay.handoff_id,
    )


def agent_message(relay: Relay) -> AgentMessage:
    """Returns the current text of an agent's message as the employee sees it."""
    return AgentMessage(relay_id=relay.id, revision=relay.revision, author=relay.author, text=relay.text)


def retract(uow: UnitOfWork, relay: Relay) -> None:
    """Deletes the copies of an agent's message and of its files. Copies that are not sent yet will not be."""
    handoff = uow.tx.handoffs.get(relay.handoff_id)
    if handoff is None:
        return
    log_event(uow, handoff, TimelineEvent.UNSENT, person=relay.author, detail=relay.id)
    copy = uow.tx.effects.of_key(relay.copy_key)
    if copy is not None:
        uow.effect(
            RetractMessage(to=SentMessage(copy.id, unconfirmed=True)),
            key=f"retract:{copy.id}",
            lane=talk_lane(relay.conversation_id),
            subject=relay.handoff_id,
        )
    retract_files(uow, relay)
