"""Handlers of the queue of gaps: the gaps are read after a digest, then their message is posted and kept current."""

from __future__ import annotations

from dataclasses import dataclass

from bot.helpdesk.alarms import raise_failure_alarm
from bot.helpdesk.model.effects import FindGaps, PostMessage, RefreshGapQueue, SendStatus
from bot.helpdesk.model.gap import ContentGap, GapCard, GapQueue
from bot.helpdesk.outbox.handler import Attempt, Dependencies, EffectHandler, HandlerRegistry, no_outcome
from bot.helpdesk.outbox.handlers.chat_messages import MessageSender, post_unless_found
from bot.helpdesk.outbox.handlers.undeliverable import drop_if_deleted, unshared
from bot.helpdesk.review.gap_queue import (
    MOST_QUEUED,
    load_post,
    load_queue,
    queue_period,
    record_gaps,
    record_queue_posted,
)


@dataclass(frozen=True, slots=True)
class GapHandlers:
    """Handlers of the queue of gaps."""

    deps: Dependencies

    def register(self, registry: HandlerRegistry) -> None:
        """Adds the handlers to the registry."""
        sender = MessageSender(self.deps)
        registry.add(
            FindGaps,
            EffectHandler[FindGaps, list[ContentGap]](
                send=self._find, on_sent=record_gaps, on_failed=raise_failure_alarm, outcome=no_outcome, read_only=True
            ),
        )
        post = EffectHandler[PostMessage[GapCard], str](
            send=self._post,
            find_sent=self._find_post,
            load=load_post,
            on_sent=record_queue_posted,
            on_failed=raise_failure_alarm,
            target=lambda body: body.to,
        )
        registry.add_post(GapCard, unshared(self.deps, post))
        refresh = EffectHandler[RefreshGapQueue, None](
            send=sender.refresh_card,
            on_failed=raise_failure_alarm,
            redirect=drop_if_deleted,
            target=lambda body: body.to,
            load=load_queue,
        )
        registry.add(RefreshGapQueue, unshared(self.deps, refresh))

    async def _find(self, attempt: Attempt[FindGaps]) -> list[ContentGap]:
        return await self.deps.reviews.gaps(queue_period(self.deps.clock()), MOST_QUEUED)

    async def _post(self, attempt: Attempt[PostMessage[GapCard]]) -> str:
        """Posts the queue, unless `uppzy-desk review --post` has."""
        queue: GapQueue = attempt.loaded
        surface = self.deps.surface(attempt.destination.surface)
        return await post_unless_found(surface, attempt.body.content, attempt.destination, queue.id, queue.made_at)

    async def _find_post(self, attempt: Attempt[PostMessage[GapCard]]) -> SendStatus[str]:
        queue: GapQueue = attempt.loaded
        to = attempt.destination
        return await self.deps.surface(to.surface).find(to, queue.id, queue.made_at)
