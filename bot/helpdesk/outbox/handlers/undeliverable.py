"""Messages that cannot go where they should: a thread or message is gone, an account is closed, others read along."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from bot.errors import (
    DeactivatedError,
    MessageGoneError,
    OutsideError,
    PermanentError,
    SharedChannelError,
    ThreadGoneError,
    UnknownRefusalError,
)
from bot.helpdesk.handoffs.relay_copies import post_text
from bot.helpdesk.handoffs.replacement import continue_talk, record_lost_card, replace_card
from bot.helpdesk.model.alarm import CHANNEL_SHARED
from bot.helpdesk.model.chat import PersonKind, ThreadAddress
from bot.helpdesk.model.content import AgentMessage, EmployeeMessage
from bot.helpdesk.model.effects import Body, Effect, PostMessage, RefreshCard, UpdateMessage
from bot.helpdesk.model.handoff import Card, HandoffState
from bot.helpdesk.model.target import Destination
from bot.helpdesk.outbox.handler import Attempt, Dependencies, EffectHandler, Redirection
from bot.helpdesk.review.articles import replace_article_card
from bot.helpdesk.unit_of_work import UnitOfWork

B = TypeVar("B", bound=Body)
R = TypeVar("R")

# Checks of the channel to which a message goes: is its reader's account active, and may others read it?


def if_active(deps: Dependencies, handler: EffectHandler[B, R]) -> EffectHandler[B, R]:
    """Returns the handler, raising DeactivatedError where the employee's account is deactivated."""

    async def send(attempt: Attempt[B]) -> R:
        try:
            return await handler.send(attempt)
        except (ThreadGoneError, MessageGoneError, DeactivatedError):
            raise
        except (PermanentError, UnknownRefusalError) as error:
            if await _is_deactivated(deps, attempt.destination):
                raise DeactivatedError(system=error.system, code=error.code) from error
            raise

    return replace(handler, send=send)


async def require_active(deps: Dependencies, to: Destination) -> None:
    """Raises DeactivatedError where the account of the employee was said to be deactivated, and still is."""
    kinds = deps.config.known_kinds(to.surface, to.employee) if to.employee else None
    if kinds is None or PersonKind.DEACTIVATED not in kinds:
        return
    if not await deps.directory(to.surface).is_active(to.employee):
        raise DeactivatedError(system=to.surface, code="account_inactive")


async def _is_deactivated(deps: Dependencies, to: Destination) -> bool:
    """Returns whether the direct message is with a deactivated account. Asked only after a refusal."""
    conversation = await deps.store.run(lambda tx: tx.conversations.latest_in(to.surface, to.channel))
    if conversation is None:
        return False
    try:
        return not await deps.directory(to.surface).is_active(conversation.employee)
    except OutsideError:
        return False


def unshared(deps: Dependencies, handler: EffectHandler[B, R]) -> EffectHandler[B, R]:
    """Returns the handler, raising SharedChannelError where an outside company can read the channel."""

    async def send(attempt: Attempt[B]) -> R:
        to = attempt.destination
        if await _is_shared(deps, to):
            raise SharedChannelError(system=to.surface, code=CHANNEL_SHARED, channel=to.channel)
        return await handler.send(attempt)

    return replace(handler, send=send)


async def _is_shared(deps: Dependencies, to: Destination) -> bool:
    try:
        return await deps.directory(to.surface).is_shared(to.channel)
    except PermanentError:
        # A channel that cannot be read cannot be posted to either; the post then fails with the reason.
        return False


# Alternatives to giving up an effect whose thread or message was deleted.


def require_open_thread(to: Destination) -> None:
    """Raises ThreadGoneError if the thread is closed, because a new card is being posted."""
    if to.closed:
        raise ThreadGoneError("A new card is being posted.", system=to.surface, code="thread_not_found")


def move_to_new_thread(
    uow: UnitOfWork, effect: Effect, to: Destination | None, error: OutsideError
) -> Redirection | None:
    """Continues the conversation in a new thread if the employee's thread is gone, and sends the effect there."""
    if not isinstance(error, ThreadGoneError) or to is None or to.thread is None:
        return None
    gone = ThreadAddress(surface=to.surface, channel=to.channel, thread=to.thread)
    return Redirection.AGAIN if continue_talk(uow, gone) else None


def move_below_new_card(
    uow: UnitOfWork, effect: Effect, to: Destination | None, error: OutsideError
) -> Redirection | None:
    """Posts a new card if the card's thread is gone, and sends the effect below it."""
    if not isinstance(error, ThreadGoneError) or to is None or to.thread is None:
        return None
    handoff = uow.tx.handoffs.get(effect.subject)
    if handoff is None or not replace_card(uow, handoff, to.thread):
        return None
    handoff = uow.tx.handoffs.get(effect.subject)
    under_way = uow.tx.effects.is_unsettled(PostMessage, effect.subject, Card)
    # If the new card cannot be posted now, people's words are posted again once it can.
    return Redirection.AGAIN if under_way or (handoff is not None and handoff.thread is not None) else Redirection.DROP


def replace_deleted_card(
    uow: UnitOfWork, effect: Effect, to: Destination | None, error: OutsideError
) -> Redirection | None:
    """Posts a new card, which shows the update, if the card was deleted. A resolved handoff needs none."""
    if not isinstance(error, MessageGoneError) or to is None or to.message is None:
        return None
    assert isinstance(effect.body, RefreshCard)
    handoff = uow.tx.handoffs.get(effect.body.handoff_id)
    if handoff is None:
        return None
    if handoff.state is HandoffState.RESOLVED:
        record_lost_card(uow, handoff, handoff.thread_address(to.message))
        return Redirection.DROP
    return Redirection.DROP if replace_card(uow, handoff, to.message) else None


def replace_deleted_article(
    uow: UnitOfWork, effect: Effect, to: Destination | None, error: OutsideError
) -> Redirection | None:
    """Posts a new card of an article, which shows the update, if the card was deleted."""
    if not isinstance(error, MessageGoneError) or to is None or to.message is None:
        return None
    replace_article_card(uow, effect, to.message)
    return Redirection.DROP


def drop_if_deleted(uow: UnitOfWork, effect: Effect, to: Destination | None, error: OutsideError) -> Redirection | None:
    """Drops the update of a message that was deleted."""
    return Redirection.DROP if isinstance(error, MessageGoneError) else None


def repost_change(uow: UnitOfWork, effect: Effect, to: Destination | None, error: OutsideError) -> Redirection | None:
    """Posts the current words of a changed message as a new copy, if the copy was deleted.

    Drops the effect if the message itself was deleted.
    """
    if not isinstance(error, MessageGoneError):
        return None
    assert isinstance(effect.body, UpdateMessage)
    content = effect.body.content
    assert isinstance(content, AgentMessage | EmployeeMessage)
    relay = uow.tx.relays.get(content.relay_id)
    if relay is None or content.text is None or not relay.text.strip():
        return Redirection.DROP
    relay = replace(relay, sending=relay.sending + 1)
    uow.tx.relays.save(relay)
    post_text(uow, relay)
    return Redirection.DROP
