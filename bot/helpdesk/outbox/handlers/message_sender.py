"""Sending of messages: posts, updates and retractions, and the look-up of posts."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from bot.errors import OutsideError, UnconfirmedError
from bot.helpdesk.handoffs.card import read_card
from bot.helpdesk.handoffs.notify import post_claimer_gone
from bot.helpdesk.model.content import (
    AgentMessage,
    AgentNotice,
    Content,
    DraftPart,
    EmployeeMessage,
    FullAnswer,
    Updatable,
)
from bot.helpdesk.model.effects import (
    CannotTell,
    PostMessage,
    RefreshCard,
    RetractMessage,
    SendStatus,
    Sent,
    UpdateMessage,
)
from bot.helpdesk.model.handoff import Card, Handoff, HandoffState
from bot.helpdesk.outbox.handler import Attempt, SupersededError
from bot.helpdesk.outbox.handlers.dependencies import Dependencies
from bot.helpdesk.outbox.handlers.redirection import require_open_thread
from bot.helpdesk.ports import Transaction
from bot.helpdesk.redaction import redact
from bot.helpdesk.unit_of_work import carried

# Seconds before a retraction in which its message may have been posted: as long as posting is retried.
_RETRACTION_LOOKBACK = 24 * 3600.0
# Seconds for which an answer that the claimer's account is active is reused, and the time limit for asking.
_ACTIVE_MAX_AGE = 300.0
_ACTIVE_TIMEOUT = 2.0


@dataclass(frozen=True, slots=True)
class MessageSender:
    """Sends messages of any content to the chat surface."""

    deps: Dependencies

    async def post(self, attempt: Attempt[PostMessage[Content]]) -> str:
        require_open_thread(attempt.destination, self.deps.surface.system)
        content = await self._with_names(attempt.body.content)
        return await self.deps.surface.post(content, attempt.destination, attempt.effect.id)

    async def post_employee_message(self, attempt: Attempt[PostMessage[EmployeeMessage]]) -> str:
        require_open_thread(attempt.destination, self.deps.surface.system)
        await self._check_claimer(attempt.body.content.relay_id)
        return await self.post(attempt)

    async def _check_claimer(self, relay_id: str) -> None:
        """Tells the agents if the claimer's account is deactivated, because no one may be reading."""
        handoff = await self.deps.store.run(_handoff_of_relay, relay_id)
        if handoff is None or handoff.state is not HandoffState.CLAIMED or handoff.claimed_by is None:
            return
        id, agent = handoff.id, handoff.claimed_by
        try:
            async with asyncio.timeout(_ACTIVE_TIMEOUT):
                active = await self.deps.directory.is_active(agent, _ACTIVE_MAX_AGE)
        except (OutsideError, TimeoutError):
            return
        if not active:
            await self.deps.store.run(carried(lambda tx: post_claimer_gone(self.deps.unit_of_work(tx), id, agent)))

    async def find_post(self, attempt: Attempt[PostMessage[Content]]) -> SendStatus[str]:
        since = attempt.effect.first_tried_at or attempt.effect.decided_at
        return await self.deps.surface.find(attempt.destination, attempt.effect.id, since)

    async def update(self, attempt: Attempt[UpdateMessage[Updatable]]) -> None:
        await self.deps.surface.update(await self._with_names(attempt.body.content), attempt.destination)

    async def refresh_card(self, attempt: Attempt[RefreshCard]) -> None:
        card = await self.deps.store.run(read_card, attempt.body.handoff_id, self.deps.clock())
        if card is None:
            raise SupersededError
        await self.deps.surface.update(await self._with_names(card), attempt.destination)

    async def retract(self, attempt: Attempt[RetractMessage]) -> None:
        """Deletes the message. If the outcome of its post is unclear, it is looked up first."""
        to = attempt.destination
        if to.message is None:
            since = attempt.effect.decided_at - _RETRACTION_LOOKBACK
            match await self.deps.surface.find(to, attempt.body.to.effect_id, since):
                case Sent(message):
                    to = replace(to, message=message)
                case CannotTell(system):
                    raise UnconfirmedError("It may have been posted.", system=system, code="unconfirmed")
        await self.deps.surface.delete(to)

    async def _with_names(self, content: Content) -> Content:
        """Replaces mentions in people's words by names: those who read the copy may not be able to resolve an id."""
        readable = self.deps.directory.readable
        match content:
            case AgentMessage():
                return replace(content, text=await readable(content.text))
            case AgentNotice(words=str(words)):
                return replace(content, words=redact(await readable(words)))
            case AgentNotice(text=str(text)) | DraftPart(text=str(text)) | FullAnswer(text=str(text)):
                return replace(content, text=redact(await readable(text)))
            case EmployeeMessage(text=str(text)):
                return replace(content, text=redact(await readable(text)))
            case Card():
                return replace(content, question=redact(await readable(content.question)))
        return content


def _handoff_of_relay(tx: Transaction, relay_id: str) -> Handoff | None:
    relay = tx.relays.get(relay_id)
    return tx.handoffs.get(relay.handoff_id) if relay else None
