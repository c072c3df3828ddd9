"""The weekly digest: posted once for each week, by whichever process comes first.

Its row is stored before anything is posted, and its message carries the id of the row: whoever posts it looks for the
message first. A digest that cannot be posted raises an alarm and is tried again every hour.
"""

from __future__ import annotations

from datetime import date

from bot.errors import OutsideError
from bot.helpdesk import messages
from bot.helpdesk.alarms import raise_alarm, resolve_alarm
from bot.helpdesk.lanes import Lane
from bot.helpdesk.model.alarm import AlarmCause
from bot.helpdesk.model.content import ReviewDigest
from bot.helpdesk.model.conversation import new_id
from bot.helpdesk.model.effects import PostMessage, ShareCharts, UploadCharts, WriteDigest
from bot.helpdesk.model.job import SHARED, JobKind, ScheduledJob
from bot.helpdesk.model.review import DigestRecord
from bot.helpdesk.model.target import FixedTarget
from bot.helpdesk.review.gap_queue import find_gaps_after
from bot.helpdesk.review.period import DAY, Period
from bot.helpdesk.review.report import Review, digest_of
from bot.helpdesk.review.weeks import due_after, due_before, first_day, last_full_week, week_of
from bot.helpdesk.unit_of_work import UnitOfWork

_RETRY_SECONDS = 3600.0
_BY_HAND_SECONDS = 300.0
"""How long `uppzy-desk review --post` is given for its post."""


def start_reviews(uow: UnitOfWork) -> None:
    """Schedules the next digest. Posts the latest if it came due while the desk was off, and no earlier one.

    A database without conversations from before then belongs to a desk that did not exist yet.
    """
    _schedule_next(uow)
    due = due_before(uow.now, uow.config.policy.review)
    if uow.tx.conversations.has_any_before(due):
        _post_if_new(uow, due)


def post_digest(uow: UnitOfWork, job: ScheduledJob) -> None:
    """Posts the digest that is due, or tries one again that could not be posted."""
    if job.subject != SHARED:
        record = uow.tx.digests.get(job.subject)
        if record is not None and record.message is None:
            _write(uow, record, key=job.key)
        return
    _schedule_next(uow)
    _post_if_new(uow, due_before(uow.now, uow.config.policy.review))


def _schedule_next(uow: UnitOfWork) -> None:
    uow.schedule(JobKind.POST_DIGEST, SHARED, at=due_after(uow.now, uow.config.policy.review))


def _post_if_new(uow: UnitOfWork, due: float) -> None:
    """Decides the digest of the last week before `due`, unless it was decided or posted before."""
    zone = uow.config.policy.review.zone
    week = first_day(last_full_week(due, zone), zone).isoformat()
    record = uow.tx.digests.of_week(week)
    if record is None:
        record = DigestRecord(id=new_id("dig"), week=week, place=uow.config.review_place, decided_at=uow.now)
        uow.tx.digests.add(record)
        _write(uow, record, key=_key(record))
    elif record.message is None:
        _post_after_command(uow, record)
    elif uow.now - record.decided_at < DAY:
        # `uppzy-desk review --post` was first, and may have ended before the queue. An older digest may have had one,
        # which retention deletes.
        find_gaps_after(uow, record.id)


def _post_after_command(uow: UnitOfWork, record: DigestRecord) -> None:
    """Posts a digest that a command has begun and not posted, unless that may still be about to."""
    if uow.tx.effects.of_key(_key(record)) is not None:
        return
    if 0 <= uow.now - record.decided_at < _BY_HAND_SECONDS:
        uow.schedule(JobKind.POST_DIGEST, record.id, at=record.decided_at + _BY_HAND_SECONDS)
    else:
        _write(uow, record, key=_key(record))


def _key(record: DigestRecord) -> str:
    return f"write:{record.id}"


def _write(uow: UnitOfWork, record: DigestRecord, *, key: str) -> None:
    uow.effect(WriteDigest(digest_id=record.id, week=record.week), key=key, lane=_lane(record.id), subject=record.id)


def _lane(digest_id: str) -> str:
    return Lane.REVIEW.of(digest_id)


def period_of(uow: UnitOfWork, body: WriteDigest) -> Period:
    """Returns the week of a digest."""
    return week_of(date.fromisoformat(body.week), uow.config.policy.review.zone)


def record_written(uow: UnitOfWork, body: WriteDigest, found: Review, *, with_charts: bool) -> None:
    """Posts a digest whose figures were read, in the channel that is the review's now."""
    digest = digest_of(found, body.digest_id, uow.agents, with_charts=with_charts)
    uow.effect(
        PostMessage(content=digest, to=_channel(uow)),
        key=f"digest:{new_id('try')}",
        lane=_lane(digest.digest_id),
        subject=digest.digest_id,
    )


def _channel(uow: UnitOfWork) -> FixedTarget:
    return FixedTarget(uow.config.review_place.surface, uow.config.review_place.channel)


def record_digest_posted(uow: UnitOfWork, post: PostMessage[ReviewDigest], message: str) -> None:
    """Records the message of a digest, and draws its charts."""
    digest = post.content
    record = uow.tx.digests.get(digest.digest_id)
    if record is None:
        return
    assert isinstance(post.to, FixedTarget)
    uow.tx.digests.save(record.posted(post.to.channel, message))
    resolve_alarm(uow, AlarmCause.REVIEW)
    find_gaps_after(uow, record.id)
    if digest.charts is not None and record.picture is None:
        uow.effect_once(
            UploadCharts(surface=post.to.surface, digest_id=digest.digest_id, title=digest.title, charts=digest.charts),
            key=f"charts:{digest.digest_id}",
            lane=_lane(digest.digest_id),
            subject=digest.digest_id,
        )


def record_digest_failed(uow: UnitOfWork, post: PostMessage[ReviewDigest], error: OutsideError) -> None:
    """Raises an alarm about the channel of the review, and tries the digest again later."""
    channel = uow.config.review_place.channel
    raise_alarm(uow, AlarmCause.REVIEW, messages.alarms.review_not_posted(channel, error.code_or_kind))
    uow.schedule(JobKind.POST_DIGEST, post.content.digest_id, at=uow.now + _RETRY_SECONDS)


def share_charts(uow: UnitOfWork, body: UploadCharts, copy: str) -> None:
    """Shares the picture of the charts after its digest."""
    record = uow.tx.digests.get(body.digest_id)
    if record is not None:
        uow.effect_once(
            ShareCharts(
                digest_id=record.id,
                title=body.title,
                copy=copy,
                to=FixedTarget(record.place.surface, record.place.channel),
            ),
            key=f"charts-shared:{record.id}",
            lane=_lane(record.id),
            subject=record.id,
        )


def record_charts_shared(uow: UnitOfWork, body: ShareCharts, copy: str) -> None:
    """Records the picture of a digest."""
    record = uow.tx.digests.get(body.digest_id)
    if record is not None:
        uow.tx.digests.save(record.illustrated(copy))
