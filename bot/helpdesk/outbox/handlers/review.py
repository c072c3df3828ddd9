"""Handlers of the weekly digest: its figures are read, then it is posted, then the picture of its charts follows."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.helpdesk.alarms import raise_failure_alarm
from bot.helpdesk.model.content import ReviewDigest
from bot.helpdesk.model.effects import PostMessage, SendStatus, ShareCharts, UploadCharts, WriteDigest
from bot.helpdesk.model.review import PICTURE_NAME, DigestRecord
from bot.helpdesk.outbox.handler import Attempt, Dependencies, EffectHandler, HandlerRegistry, no_outcome
from bot.helpdesk.outbox.handlers.chat_messages import post_unless_found
from bot.helpdesk.outbox.handlers.undeliverable import unshared
from bot.helpdesk.ports import Transaction
from bot.helpdesk.review.digest import (
    period_of,
    record_charts_shared,
    record_digest_failed,
    record_digest_posted,
    record_written,
    share_charts,
)
from bot.helpdesk.review.period import Period
from bot.helpdesk.review.report import Review
from bot.helpdesk.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ReviewHandlers:
    """Handlers of the digest and its picture."""

    deps: Dependencies

    def register(self, registry: HandlerRegistry) -> None:
        """Adds the handlers to the registry."""
        registry.add(
            WriteDigest,
            EffectHandler[WriteDigest, Review](
                send=self._read,
                load=period_of,
                on_sent=self._on_read,
                on_failed=raise_failure_alarm,
                outcome=no_outcome,
                read_only=True,
            ),
        )
        post = EffectHandler[PostMessage[ReviewDigest], str](
            send=self._post,
            find_sent=self._find,
            load=_load_digest,
            on_sent=record_digest_posted,
            on_failed=record_digest_failed,
            target=lambda body: body.to,
        )
        registry.add_post(ReviewDigest, unshared(self.deps, post))
        registry.add(
            UploadCharts,
            EffectHandler[UploadCharts, str](
                send=self._upload, on_sent=share_charts, on_failed=raise_failure_alarm, still_needed=_has_no_picture
            ),
        )
        share = EffectHandler[ShareCharts, str](
            send=self._share,
            find_sent=self._find_picture,
            on_sent=record_charts_shared,
            on_failed=raise_failure_alarm,
            target=lambda body: body.to,
            still_needed=_has_no_picture,
        )
        registry.add(ShareCharts, unshared(self.deps, share))

    async def _read(self, attempt: Attempt[WriteDigest]) -> Review:
        period: Period = attempt.loaded
        return await self.deps.reviews.review(period)

    def _on_read(self, uow: UnitOfWork, body: WriteDigest, found: Review) -> None:
        record_written(uow, body, found, with_charts=self.deps.charts is not None)

    async def _post(self, attempt: Attempt[PostMessage[ReviewDigest]]) -> str:
        """Posts the digest, unless `uppzy-desk review --post` has."""
        record: DigestRecord = attempt.loaded
        digest = attempt.body.content
        surface = self.deps.surface(attempt.destination.surface)
        return await post_unless_found(surface, digest, attempt.destination, record.id, record.decided_at)

    async def _find(self, attempt: Attempt[PostMessage[ReviewDigest]]) -> SendStatus[str]:
        record: DigestRecord = attempt.loaded
        to = attempt.destination
        return await self.deps.surface(to.surface).find(to, record.id, record.decided_at)

    async def _upload(self, attempt: Attempt[UploadCharts]) -> str:
        body, charts = attempt.body, self.deps.charts
        files = self.deps.files(body.surface)
        assert charts is not None
        picture = await asyncio.to_thread(charts.picture, self.deps.config.agents, body.charts)
        return await files.upload_picture(PICTURE_NAME, picture)

    async def _share(self, attempt: Attempt[ShareCharts]) -> str:
        to = attempt.destination
        return await self.deps.files(to.surface).share_picture(attempt.body.copy, attempt.body.title, to)

    async def _find_picture(self, attempt: Attempt[ShareCharts]) -> SendStatus[str]:
        return await self.deps.files(attempt.destination.surface).find(attempt.body.copy, attempt.destination)


def _load_digest(uow: UnitOfWork, post: PostMessage[ReviewDigest]) -> DigestRecord | None:
    """Returns the digest's record; None if it was posted meanwhile."""
    record = uow.tx.digests.get(post.content.digest_id)
    return record if record is not None and record.message is None else None


def _has_no_picture(tx: Transaction, body: UploadCharts | ShareCharts) -> bool:
    record = tx.digests.get(body.digest_id)
    return record is not None and record.picture is None
