"""Checks of the channel to which a message goes: is its reader's account active, and may others read it?"""

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
from bot.helpdesk.model.alarm import CHANNEL_SHARED
from bot.helpdesk.model.effects import Body
from bot.helpdesk.model.target import Destination
from bot.helpdesk.outbox.handler import Attempt, EffectHandler
from bot.helpdesk.outbox.handlers.dependencies import Dependencies

B = TypeVar("B", bound=Body)
R = TypeVar("R")


def if_active(deps: Dependencies, handler: EffectHandler[B, R]) -> EffectHandler[B, R]:
    """Returns the handler, raising DeactivatedError where the employee's account is deactivated."""

    async def send(attempt: Attempt[B]) -> R:
        try:
            return await handler.send(attempt)
        except (ThreadGoneError, MessageGoneError):
            raise
        except (PermanentError, UnknownRefusalError) as error:
            if await _is_deactivated(deps, attempt.destination):
                raise DeactivatedError(system=error.system, code=error.code) from error
            raise

    return replace(handler, send=send)


async def _is_deactivated(deps: Dependencies, to: Destination) -> bool:
    """Returns whether the direct message is with a deactivated account. Asked only after a refusal."""
    conversation = await deps.store.run(lambda tx: tx.conversations.latest_in(to.surface, to.channel))
    if conversation is None:
        return False
    try:
        return not await deps.directory.is_active(conversation.employee)
    except OutsideError:
        return False


def unshared(deps: Dependencies, handler: EffectHandler[B, R]) -> EffectHandler[B, R]:
    """Returns the handler, raising SharedChannelError where an outside company can read the channel."""

    async def send(attempt: Attempt[B]) -> R:
        channel = attempt.destination.channel
        if await _is_shared(deps, channel):
            raise SharedChannelError(system=deps.surface.system, code=CHANNEL_SHARED, channel=channel)
        return await handler.send(attempt)

    return replace(handler, send=send)


async def _is_shared(deps: Dependencies, channel: str) -> bool:
    try:
        return await deps.directory.is_shared(channel)
    except PermanentError:
        # A channel that cannot be read cannot be posted to either; the post then fails with the reason.
        return False
