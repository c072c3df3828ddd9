"""Resolution of targets to destinations, at every claim of an effect."""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk.handoffs.replacement import current_thread
from bot.helpdesk.model.conversation import QuestionState
from bot.helpdesk.model.effects import PostMessage
from bot.helpdesk.model.target import (
    AlarmPost,
    ArticleChannel,
    Destination,
    EmployeeThread,
    FixedTarget,
    HandoffCard,
    HandoffChannel,
    HandoffThread,
    SentMessage,
    Target,
    WaitingQuestion,
)
from bot.helpdesk.ports import Transaction


def resolve(tx: Transaction, target: Target) -> Destination | None:
    """Returns the destination of a target, None if there is none."""
    match target:
        case FixedTarget():
            return Destination(
                surface=target.surface, channel=target.channel, thread=target.thread, message=target.message
            )
        case EmployeeThread():
            address, gone = current_thread(tx, target.address)
            return Destination(
                surface=address.surface,
                channel=address.channel,
                thread=address.thread,
                gone=gone,
                employee=target.employee,
            )
        case HandoffThread():
            return _handoff_thread(tx, target.handoff_id)
        case HandoffChannel() | HandoffCard():
            return _handoff_channel(tx, target)
        case AlarmPost():
            return _alarm_post(tx, target)
        case ArticleChannel():
            return _article_channel(tx, target)
        case SentMessage():
            return _sent_message(tx, target)
        case WaitingQuestion():
            return _waiting_question(tx, target)


def _handoff_thread(tx: Transaction, handoff_id: str) -> Destination | None:
    """Returns the card's thread. While a new card is being posted, that is the last one, marked as closed."""
    handoff = tx.handoffs.get(handoff_id)
    if handoff is None:
        return None
    lost = tx.moved_threads.of_owner(handoff_id) if handoff.lost_card else []
    moved = [thread.thread for thread in lost if thread.channel == handoff.channel]
    thread = handoff.thread or (moved[-1] if moved else None)
    if thread is None:
        return None
    gone = tuple(earlier for earlier in moved if earlier != thread)
    return Destination(
        surface=handoff.surface, channel=handoff.channel, thread=thread, gone=gone, closed=handoff.thread is None
    )


def _handoff_channel(tx: Transaction, target: HandoffChannel | HandoffCard) -> Destination | None:
    handoff = tx.handoffs.get(target.handoff_id)
    if handoff is None:
        return None
    if isinstance(target, HandoffChannel):
        return Destination(surface=handoff.surface, channel=handoff.channel, thread=None, message=target.message)
    if handoff.thread is None:
        return None
    return Destination(surface=handoff.surface, channel=handoff.channel, thread=None, message=handoff.thread)


def _alarm_post(tx: Transaction, target: AlarmPost) -> Destination | None:
    alarm = tx.alarms.get(target.alarm_id)
    if alarm is None or alarm.message is None:
        return None
    return Destination(surface=alarm.surface, channel=alarm.channel, thread=None, message=alarm.message)


def _article_channel(tx: Transaction, target: ArticleChannel) -> Destination | None:
    article = tx.articles.get(target.article_id)
    if article is None or (target.card and article.card is None):
        return None
    place, message = article.place, article.card if target.card else None
    return Destination(surface=place.surface, channel=place.channel, thread=None, message=message)


def _sent_message(tx: Transaction, target: SentMessage) -> Destination | None:
    effect = tx.effects.get(target.effect_id)
    if effect is None or not isinstance(effect.body, PostMessage):
        return None
    was_attempted = effect.first_tried_at is not None
    if not (effect.outcome or (target.unconfirmed and was_attempted)):
        return None
    destination = resolve(tx, effect.body.to)
    return replace(destination, message=effect.outcome, key=effect.id) if destination else None


def _waiting_question(tx: Transaction, target: WaitingQuestion) -> Destination | None:
    question = tx.questions.get(target.question_id)
    if question is None or question.state is not QuestionState.WAITING or question.revision != target.revision:
        return None
    # No typing indicator is shown where agents ask: in a channel it looks different than in a direct message.
    thread = question.thread if question.handoff_id is None else None
    return Destination(surface=question.surface, channel=question.channel, thread=thread, message=question.message)
