"""Where messages go whose thread may be gone, and what is done instead of giving up what cannot be posted there."""

from __future__ import annotations

from dataclasses import replace

from bot.errors import MessageGoneError, OutsideError, ThreadGoneError
from bot.helpdesk.handoffs.relay import post_words
from bot.helpdesk.handoffs.relay_sending import send_words
from bot.helpdesk.handoffs.replacement import continue_talk, remember_gone, replace_card
from bot.helpdesk.model.effects import (
    Destination,
    Effect,
    OpenThread,
    RefreshCard,
    UpdateRelay,
    UpdateThreadPost,
)
from bot.helpdesk.model.handoff import HandoffState
from bot.helpdesk.outbox.handler import Redirection
from bot.helpdesk.unit_of_work import UnitOfWork


def need_thread(to: Destination, system: str) -> None:
    """Raise ThreadGoneError where nothing is to be posted in the thread any more."""
    if to.closed:
        raise ThreadGoneError("A new thread is on its way.", system=system, code="thread_not_found")


def in_new_thread(uow: UnitOfWork, effect: Effect, to: Destination | None, error: OutsideError) -> Redirection | None:
    """The employee's thread is gone: the conversation goes on in a new one, and this with it."""
    if not isinstance(error, ThreadGoneError) or to is None or to.thread is None:
        return None
    return Redirection.AGAIN if continue_talk(uow, to.channel, to.thread) else None


def below_new_card(uow: UnitOfWork, effect: Effect, to: Destination | None, error: OutsideError) -> Redirection | None:
    """The thread of the card is gone: there will be a new card, and this goes below it."""
    if not isinstance(error, ThreadGoneError) or to is None or to.thread is None:
        return None
    handoff = uow.tx.handoffs.get(effect.subject)
    if handoff is None or not replace_card(uow, handoff, to.thread):
        return None
    handoff = uow.tx.handoffs.get(effect.subject)
    under_way = uow.tx.effects.is_unsettled(OpenThread, effect.subject)
    # Where the new card cannot be posted, what people wrote comes once it can.
    return Redirection.AGAIN if under_way or (handoff is not None and handoff.thread is not None) else Redirection.DROP


def below_new_card_if_missed(
    uow: UnitOfWork, effect: Effect, to: Destination | None, error: OutsideError
) -> Redirection | None:
    """The card is gone: a new one shows what this was to show. Once the handoff is resolved nobody misses it."""
    if not isinstance(error, MessageGoneError) or to is None or to.message is None:
        return None
    assert isinstance(effect.body, RefreshCard)
    handoff = uow.tx.handoffs.get(effect.body.handoff_id)
    if handoff is None:
        return None
    if handoff.state is HandoffState.RESOLVED:
        remember_gone(uow, handoff.id, handoff.channel, to.message)
        return Redirection.DROP
    return Redirection.DROP if replace_card(uow, handoff, to.message) else None


def nothing_to_mark(uow: UnitOfWork, effect: Effect, to: Destination | None, error: OutsideError) -> Redirection | None:
    """The message that was to show something is gone, and nobody looks for it there."""
    return Redirection.DROP if isinstance(error, MessageGoneError) else None


def say_change_anew(uow: UnitOfWork, effect: Effect, to: Destination | None, error: OutsideError) -> Redirection | None:
    """The copy of a message that was changed is gone: what the message says now is posted as a new copy.

    Where the message was deleted, there is nothing left to do.
    """
    if not isinstance(error, MessageGoneError):
        return None
    assert isinstance(effect.body, UpdateRelay | UpdateThreadPost)
    relay = uow.tx.relays.get(effect.body.relay_id)
    if relay is None or effect.body.text is None or not relay.text.strip():
        return Redirection.DROP
    relay = replace(relay, sending=relay.sending + 1)
    uow.tx.relays.save(relay)
    if relay.to_employee:
        send_words(uow, relay)
    else:
        post_words(uow, relay)
    return Redirection.DROP
