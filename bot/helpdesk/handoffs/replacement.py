"""Replacement of roots that are gone: a new card for a handoff, a new thread in the DM for a conversation.

A card or the root of a thread can be deleted by its author, an admin or the workspace's retention, not always with an
event. Posts that fail because of that are posted again below the new root, effects for the old thread are sent to the
new one, and messages that people still write in the old one are handled. A handoff also gets a new card, in another
channel, when its channel is shared with another company.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from bot.errors import SharedChannelError
from bot.helpdesk import messages
from bot.helpdesk.alarms import record_channel_failure
from bot.helpdesk.handoffs.card import current_card, post_card
from bot.helpdesk.handoffs.hiding import hidden_in_common_channel, without_words
from bot.helpdesk.handoffs.notify import load, log_event
from bot.helpdesk.handoffs.wait_notices import tell_nobody_reached
from bot.helpdesk.lanes import Lane
from bot.helpdesk.model.chat import ThreadAddress
from bot.helpdesk.model.content import Content, ContinuationNotice
from bot.helpdesk.model.conversation import Conversation, MovedThread, new_id
from bot.helpdesk.model.effects import EffectState, PostMessage
from bot.helpdesk.model.events import MessageDeleted
from bot.helpdesk.model.handoff import Card, Handoff, HandoffState
from bot.helpdesk.model.history import TimelineEvent
from bot.helpdesk.model.target import FixedTarget
from bot.helpdesk.ports import Transaction
from bot.helpdesk.unit_of_work import NEW_THREAD_FIRST, UnitOfWork

log = logging.getLogger(__name__)


def handle_card_deletion(uow: UnitOfWork, deletion: MessageDeleted) -> None:
    """Handles the deletion of a message of the bot in a handoff channel: a card is posted anew.

    The card of a resolved handoff is posted anew when it is reopened. A deletion that arrives before the post of the
    card is recorded is stored until then.
    """
    handoff = uow.tx.handoffs.of_thread(deletion.address.begun)
    if handoff is None:
        _remember_gone(uow, "", deletion.address.begun)
    elif handoff.state is HandoffState.RESOLVED:
        record_lost_card(uow, handoff, deletion.address.begun)
    else:
        replace_card(uow, handoff, deletion.address.message)


def replace_card(uow: UnitOfWork, handoff: Handoff, gone: str) -> bool:
    """Posts the card anew because its thread `gone` was deleted, unless that was decided already.

    Returns False if the card was replaced too often recently.
    """
    if handoff.thread != gone:
        return True
    if moves_too_often(uow.tx, handoff.id, uow.now):
        return False
    found = load(uow, handoff.id)
    if found is None:
        return False
    handoff = replace(handoff, thread=None, revision=handoff.revision + 1)
    handoff = record_lost_card(uow, handoff, handoff.thread_address(gone))
    log_event(uow, handoff, TimelineEvent.CARD_REPLACED, person=None)
    if not uow.tx.effects.is_unsettled(PostMessage, handoff.id, Card):
        post_card(uow, current_card(uow.tx, found[1], handoff, uow.now), key=new_id("thread"))
    return True


def replace_missed_card(uow: UnitOfWork, handoff: Handoff) -> Handoff:
    """Posts the card of a reopened handoff anew, if it was deleted while the handoff was resolved."""
    gone = handoff.thread
    if not handoff.lost_card or gone is None or uow.tx.moved_threads.of_thread(handoff.thread_address(gone)) is None:
        return handoff
    replace_card(uow, handoff, gone)
    return uow.tx.handoffs.get(handoff.id) or handoff


def record_lost_card(uow: UnitOfWork, handoff: Handoff, gone: ThreadAddress) -> Handoff:
    """Records that a card was deleted, the root of the thread `gone`. Returns the handoff as saved."""
    _remember_gone(uow, handoff.id, gone)
    handoff = replace(handoff, lost_card=True)
    uow.tx.handoffs.save(handoff)
    return handoff


def _remember_gone(uow: UnitOfWork, owner: str, gone: ThreadAddress) -> None:
    """Records that a thread was deleted. `owner` is its handoff, empty if that is unknown."""
    known = uow.tx.moved_threads.of_thread(gone)
    if known is None:
        uow.tx.moved_threads.add(MovedThread.of(gone, owner, uow.now))
    elif owner and not known.owner:
        uow.tx.moved_threads.save(replace(known, owner=owner))


def record_replaced(uow: UnitOfWork, handoff: Handoff) -> None:
    """Redirects the earlier threads of a handoff to its new card."""
    for moved in uow.tx.moved_threads.of_owner(handoff.id) if handoff.lost_card else []:
        if moved.moved_to is None:
            uow.tx.moved_threads.save(replace(moved, moved_to=handoff.thread))


def continue_talk(uow: UnitOfWork, gone: ThreadAddress) -> bool:
    """Begins a new thread in the employee's DM because `gone` was deleted, unless that was decided already.

    Returns False if there is no such conversation, or if it was moved too often recently.
    """
    known = uow.tx.moved_threads.of_thread(gone)
    if known is not None:
        begun = uow.tx.effects.of_key(f"continue:{known.id}")
        return known.moved_to is not None or (begun is not None and begun.state is not EffectState.FAILED)
    conversation = uow.tx.conversations.of_thread(gone)
    if conversation is None or moves_too_often(uow.tx, conversation.id, uow.now):
        return False
    moved = MovedThread.of(gone, conversation.id, uow.now)
    uow.tx.moved_threads.add(moved)
    text = uow.translator_of(conversation).sentence(messages.employee.CONTINUED_HERE)
    notice = ContinuationNotice(conversation_id=conversation.id, gone=gone.thread, text=text)
    uow.effect(
        PostMessage(content=notice, to=FixedTarget(gone.surface, gone.channel)),
        key=f"continue:{moved.id}",
        lane=Lane.TALK.of(conversation.id),
        subject=conversation.id,
        urgency=NEW_THREAD_FIRST,
    )
    return True


def record_continued(uow: UnitOfWork, post: PostMessage[ContinuationNotice], message: str) -> None:
    """Records the new thread of the conversation."""
    notice = post.content
    conversation = uow.tx.conversations.get(notice.conversation_id)
    if conversation is None:
        return
    moved = uow.tx.moved_threads.of_thread(replace(conversation.address, thread=notice.gone))
    if moved is not None:
        uow.tx.moved_threads.save(replace(moved, moved_to=message))
    if conversation.thread == notice.gone:
        uow.tx.conversations.save(replace(conversation, thread=message))


# Moves of one handoff or conversation within a period in seconds. More would not help: something else deletes them.
_MAX_MOVES = 3
_MOVES_PERIOD = 600.0


def current_thread(tx: Transaction, address: ThreadAddress) -> tuple[ThreadAddress, tuple[str, ...]]:
    """Returns the thread in which this one continues, itself if it still exists, and the deleted threads before it."""
    gone: list[str] = []
    while (moved := tx.moved_threads.of_thread(address)) is not None and moved.moved_to is not None:
        gone.append(address.thread)
        address = replace(address, thread=moved.moved_to)
    return address, tuple(gone)


def moves_too_often(tx: Transaction, owner: str, now: float) -> bool:
    """Returns whether this handoff or conversation has moved too often recently to move again."""
    recent = [moved for moved in tx.moved_threads.of_owner(owner) if now - moved.moved_at < _MOVES_PERIOD]
    return len(recent) >= _MAX_MOVES


def leave_channel(
    uow: UnitOfWork, handoff_id: str, refused: PostMessage[Content] | None, error: SharedChannelError
) -> None:
    """Moves a handoff out of a channel that is shared with another company.

    It continues in the channel for rules that name none. If that is the shared one, the employee is told and the alarm
    about the channel is raised; missing cards are posted once the channel can be used again. Several effects can be
    refused at once: the first moves the handoff, and the posts that were `refused` in its thread follow it.
    """
    found = load(uow, handoff_id)
    if found is None:
        return
    handoff, conversation = found
    log.critical("handoff_channel_shared", extra={"channel": error.channel, "handoff": handoff.id})
    if error.channel == uow.config.handoff_place(conversation.surface).channel:
        tell_nobody_reached(uow, conversation, handoff)
        record_channel_failure(uow, error.channel, error.code)
        return
    if handoff.channel == error.channel:
        _move_to_default_channel(uow, conversation, handoff)
    if refused is not None:
        moved = uow.tx.handoffs.get(handoff.id)
        if moved is not None and moved.hidden:
            refused = replace(refused, content=without_words(refused.content))
        # Before all other posts that wait for the thread: they are newer.
        uow.effect(refused, key=new_id("again"), lane=Lane.THREAD.of(handoff.id), subject=handoff.id, urgency=1)


def _move_to_default_channel(uow: UnitOfWork, conversation: Conversation, handoff: Handoff) -> None:
    handoff = hidden_in_common_channel(uow, handoff)
    place = uow.config.handoff_place(conversation.surface)
    handoff = replace(handoff, place=place, thread=None, revision=handoff.revision + 1)
    uow.tx.handoffs.save(handoff)
    log_event(uow, handoff, TimelineEvent.MOVED, person=None, detail=handoff.channel)
    post_card(uow, current_card(uow.tx, conversation, handoff, uow.now), key=f"thread:{handoff.id}:{handoff.revision}")
