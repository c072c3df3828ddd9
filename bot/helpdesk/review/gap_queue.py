"""The queue of gaps: one message after the digest that shows the gaps one by one, for agents to decide about.

It shows the gaps as they were when it was made, and what people decided about them since. Decisions belong to the gap
and last from week to week, whichever message they were made on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.handoffs.notify import send_private_note
from bot.helpdesk.lanes import Lane
from bot.helpdesk.model.chat import ChannelAddress
from bot.helpdesk.model.effects import FindGaps, PostMessage, RefreshGapQueue
from bot.helpdesk.model.events import Button, Pressed
from bot.helpdesk.model.gap import ContentGap, GapCard, GapQueue, GapRecord, GapState, QueuedGap, TroubleCount
from bot.helpdesk.model.target import FixedTarget
from bot.helpdesk.review.articles import draft_from_gap
from bot.helpdesk.review.gaps import queued
from bot.helpdesk.review.period import DAY, Period
from bot.helpdesk.unit_of_work import UnitOfWork

MOST_QUEUED = 50

_DAYS_SHOWN = 30
_SNOOZED_SECONDS = 7 * DAY


def find_gaps_after(uow: UnitOfWork, digest_id: str) -> None:
    """Decides that the queue of gaps follows a digest. A digest has one, which a command may have begun."""
    queue = uow.tx.gap_queues.get(_id_after(digest_id))
    if queue is not None:
        if queue.message is None:
            _post(uow, queue, digest_id)
        return
    uow.effect_once(
        FindGaps(digest_id=digest_id), key=f"gaps:{digest_id}", lane=Lane.REVIEW.of(digest_id), subject=digest_id
    )


def queue_period(now: float) -> Period:
    """Returns the period whose gaps are in the queue."""
    return Period(since=now - _DAYS_SHOWN * DAY, until=now)


def record_gaps(uow: UnitOfWork, body: FindGaps, found: Sequence[ContentGap]) -> None:
    """Keeps the gaps that were found, so that they keep their identity, and posts their queue if there are any."""
    shown = queued(found, uow.now)[:MOST_QUEUED]
    if not shown or uow.tx.gap_queues.get(_id_after(body.digest_id)) is not None:
        return
    for gap in shown:
        if uow.tx.gaps.get(gap.id) is None:
            uow.tx.gaps.add(replace(gap.record, found_at=uow.now))
    queue = new_queue(body.digest_id, shown, uow.config.review_place, uow.now)
    uow.tx.gap_queues.add(queue)
    _post(uow, queue, body.digest_id)


def new_queue(digest_id: str, shown: Sequence[ContentGap], place: ChannelAddress, now: float) -> GapQueue:
    """Returns the queue that follows a digest. Its message carries its id."""
    return GapQueue(id=_id_after(digest_id), place=place, entries=tuple(map(_entry, shown)), made_at=now)


def _id_after(digest_id: str) -> str:
    return f"gpq_{digest_id}"


def _post(uow: UnitOfWork, queue: GapQueue, digest_id: str) -> None:
    uow.effect_once(
        PostMessage(content=card_of_queue(uow, queue), to=FixedTarget(queue.place.surface, queue.place.channel)),
        key=f"gap_queue:{queue.id}",
        lane=Lane.REVIEW.of(digest_id),
        subject=queue.id,
    )


def _entry(gap: ContentGap) -> QueuedGap:
    return QueuedGap(
        gap_id=gap.id,
        questions=gap.questions,
        share=gap.share,
        reasons=tuple(TroubleCount(reason=reason, number=number) for reason, number in gap.reasons.items()),
        examples=gap.examples,
        resolutions=gap.resolutions,
    )


def card_of_queue(uow: UnitOfWork, queue: GapQueue) -> GapCard:
    """Returns the content of the message: the gap that it shows, with its state now."""
    card = open_card(queue)
    record = uow.tx.gaps.get(card.gap.gap_id)
    return replace(
        card,
        # A snoozed one is open again when its time is over.
        state=GapState.OPEN if record is None or record.is_queued(uow.now) else record.state,
        snoozed_until=record.snoozed_until if record else None,
        changed_by=record.changed_by if record else None,
        has_article=uow.tx.articles.of_gap(card.gap.gap_id) is not None,
    )


def open_card(queue: GapQueue) -> GapCard:
    """Returns the content of the message while nobody has decided about the gap that it shows."""
    return GapCard(
        queue_id=queue.id,
        revision=queue.revision,
        position=queue.position,
        total=len(queue.entries),
        gap=queue.entries[queue.position],
        state=GapState.OPEN,
    )


def load_post(uow: UnitOfWork, post: PostMessage[GapCard]) -> GapQueue | None:
    """Returns the queue that is to be posted; None if it was posted meanwhile."""
    queue = uow.tx.gap_queues.get(post.content.queue_id)
    return queue if queue is not None and queue.message is None else None


def record_queue_posted(uow: UnitOfWork, post: PostMessage[GapCard], message: str) -> None:
    """Records the message of a queue, and refreshes it if somebody pressed meanwhile."""
    queue = uow.tx.gap_queues.get(post.content.queue_id)
    if queue is not None:
        queue = replace(queue, message=message)
        uow.tx.gap_queues.save(queue)
        if queue.revision != post.content.revision:
            _decide_refresh(uow, queue)


def load_queue(uow: UnitOfWork, body: RefreshGapQueue) -> GapCard | None:
    """Returns the current content of the message; None if retention has deleted the queue."""
    queue = uow.tx.gap_queues.get(body.queue_id)
    if queue is None:
        return None
    # Saved though unchanged: a concurrent change must conflict, so that it is shown or refreshes the message again.
    uow.tx.gap_queues.save(queue)
    return card_of_queue(uow, queue)


# Buttons.


def turn_queue(uow: UnitOfWork, pressed: Pressed) -> None:
    """Shows the gap after the one that the person saw, or the one before it, whatever others have pressed meanwhile."""
    queue, position = _pressed_on(uow, pressed)
    position += 1 if pressed.button is Button.NEXT_GAP else -1
    _show(uow, pressed, queue, min(max(position, 0), len(queue.entries) - 1))


def decide_gap(uow: UnitOfWork, pressed: Pressed) -> None:
    """Takes a gap out of the queue, for a week or for good, or takes that back.

    Of two people who press at once, the second is told what the first has decided.
    """
    queue, position = _pressed_on(uow, pressed)
    gap_id = queue.entries[position].gap_id
    record = uow.tx.gaps.get(gap_id)
    if record is None:
        send_private_note(uow, pressed, messages.anyone.GONE)
        return
    is_open = record.is_queued(uow.now)
    if is_open is (pressed.button is Button.TAKE_BACK_GAP):
        if record.changed_by != pressed.person:
            note = messages.gaps.decided_already(record.state) if not is_open else messages.gaps.TAKEN_BACK_ALREADY
            send_private_note(uow, pressed, note, about=record.changed_by)
    else:
        uow.tx.gaps.save(_decided(record, pressed, uow.now))
    _show(uow, pressed, queue, position)


def _decided(record: GapRecord, pressed: Pressed, now: float) -> GapRecord:
    state, until = GapState.OPEN, None
    if pressed.button is Button.NOT_A_GAP:
        state = GapState.DISMISSED
    elif pressed.button is Button.SNOOZE_GAP:
        state, until = GapState.SNOOZED, now + _SNOOZED_SECONDS
    return replace(record, state=state, snoozed_until=until, changed_by=pressed.person, changed_at=now)


def write_article_for_gap(uow: UnitOfWork, pressed: Pressed) -> None:
    """Opens the form of the article for a gap."""
    queue, position = _pressed_on(uow, pressed)
    gap = queue.entries[position]
    draft_from_gap(uow, pressed, gap.gap_id, gap.examples, gap.resolutions)
    _show(uow, pressed, queue, position)


def _pressed_on(uow: UnitOfWork, pressed: Pressed) -> tuple[GapQueue, int]:
    """Returns the queue, which permissions have found, and the position of the gap that the person saw."""
    queue = uow.tx.gap_queues.get(pressed.subject)
    assert queue is not None
    return queue, min(max(pressed.edition or 0, 0), len(queue.entries) - 1)


def _show(uow: UnitOfWork, pressed: Pressed, queue: GapQueue, position: int) -> None:
    # A quick press may come before the outcome of the post is recorded.
    message = queue.message or pressed.address.message
    queue = replace(queue, message=message, position=position, revision=queue.revision + 1)
    uow.tx.gap_queues.save(queue)
    if uow.tx.effects.waiting(RefreshGapQueue, queue.id) is None:
        _decide_refresh(uow, queue)


def _decide_refresh(uow: UnitOfWork, queue: GapQueue) -> None:
    uow.effect(
        RefreshGapQueue(
            queue_id=queue.id,
            revision=queue.revision,
            to=FixedTarget(queue.place.surface, queue.place.channel, message=queue.message),
        ),
        key=f"gap_queue:{queue.id}:{queue.revision}",
        lane=Lane.CARD.of(queue.id),
        subject=queue.id,
    )
