"""Going on elsewhere: a handoff below a new card, a conversation in a new thread of the employee's DM.

A card or the first message of a thread may be deleted by anybody who may, by an admin, or by the workspace's retention,
and nobody need hear of it. What then cannot be posted there comes again, behind the new card or the new thread.
"""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.handoffs.card import current_card, post_card
from bot.helpdesk.handoffs.notify import load, log_event
from bot.helpdesk.lanes import talk_lane
from bot.helpdesk.model.conversation import new_id
from bot.helpdesk.model.effects import ContinueTalk, EffectState, OpenThread
from bot.helpdesk.model.events import MessageDeleted
from bot.helpdesk.model.handoff import Handoff, HandoffState
from bot.helpdesk.model.moved_thread import MovedThread
from bot.helpdesk.model.timeline import Event
from bot.helpdesk.moved_threads import moves_too_often
from bot.helpdesk.unit_of_work import NEW_THREAD_FIRST, UnitOfWork


def handle_card_deletion(uow: UnitOfWork, deletion: MessageDeleted) -> None:
    """A message of ours outside of threads was deleted in a handoff channel: if it was a card, it is posted anew.

    The card of a resolved handoff is not missed before the handoff is opened again. Nobody may know yet that it is a
    card, because its post is still being recorded: then that is remembered.
    """
    handoff = uow.tx.handoffs.of_thread(deletion.channel, deletion.message)
    if handoff is None:
        remember_gone(uow, "", deletion.channel, deletion.message)
    elif handoff.state is HandoffState.RESOLVED:
        remember_gone(uow, handoff.id, deletion.channel, deletion.message)
    else:
        replace_card(uow, handoff, deletion.message)


def replace_card(uow: UnitOfWork, handoff: Handoff, gone: str) -> bool:
    """Post the card anew, because the thread that it began is gone; nothing where that is under way or done already.

    False where it has been done so often of late that it does not help.
    """
    if handoff.thread != gone:
        return True
    if moves_too_often(uow.tx, handoff.id, uow.now):
        return False
    found = load(uow, handoff.id)
    if found is None:
        return False
    remember_gone(uow, handoff.id, handoff.channel, gone)
    handoff = replace(handoff, thread=None, revision=handoff.revision + 1)
    uow.tx.handoffs.save(handoff)
    log_event(uow, handoff, Event.CARD_REPLACED, person=None)
    if not uow.tx.effects.is_unsettled(OpenThread, handoff.id):
        post_card(uow, current_card(uow.tx, found[1], handoff, uow.now), key=new_id("thread"))
    return True


def replace_missed_card(uow: UnitOfWork, handoff: Handoff) -> Handoff:
    """A handoff that was resolved is open again: its card is posted anew where it was deleted meanwhile."""
    gone = handoff.thread
    if gone is None or uow.tx.moved_threads.of_thread(handoff.channel, gone) is None:
        return handoff
    replace_card(uow, handoff, gone)
    return uow.tx.handoffs.get(handoff.id) or handoff


def remember_gone(uow: UnitOfWork, owner: str, channel: str, thread: str) -> None:
    """Keep that a thread is gone, of a handoff (`owner`) or of nobody known."""
    known = uow.tx.moved_threads.of_thread(channel, thread)
    if known is None:
        moved = MovedThread(id=new_id("mov"), owner=owner, channel=channel, thread=thread, moved_at=uow.now)
        uow.tx.moved_threads.add(moved)
    elif owner and not known.owner:
        uow.tx.moved_threads.save(replace(known, owner=owner))


def record_replaced(uow: UnitOfWork, handoff: Handoff) -> None:
    """The new card is there: what belonged to the threads before it goes on below it."""
    for moved in uow.tx.moved_threads.of_owner(handoff.id):
        if moved.moved_to is None:
            uow.tx.moved_threads.save(replace(moved, moved_to=handoff.thread))


def continue_talk(uow: UnitOfWork, channel: str, gone: str) -> bool:
    """Begin a new thread in the employee's DM, because `gone` is gone; nothing where there is one already.

    False where there can be none.
    """
    known = uow.tx.moved_threads.of_thread(channel, gone)
    if known is not None:
        begun = uow.tx.effects.of_key(f"continue:{known.id}")
        return known.moved_to is not None or (begun is not None and begun.state is not EffectState.FAILED)
    conversation = uow.tx.conversations.of_thread(channel, gone)
    if conversation is None or moves_too_often(uow.tx, conversation.id, uow.now):
        return False
    moved = MovedThread(id=new_id("mov"), owner=conversation.id, channel=channel, thread=gone, moved_at=uow.now)
    uow.tx.moved_threads.add(moved)
    uow.effect(
        ContinueTalk(conversation_id=conversation.id, channel=channel, gone=gone, text=messages.CONTINUED_HERE),
        key=f"continue:{moved.id}",
        lane=talk_lane(conversation.id),
        subject=conversation.id,
        urgency=NEW_THREAD_FIRST,
    )
    return True


def record_continued(uow: UnitOfWork, body: ContinueTalk, message: str) -> None:
    """The new thread is there: the conversation is had in it."""
    moved = uow.tx.moved_threads.of_thread(body.channel, body.gone)
    if moved is not None:
        uow.tx.moved_threads.save(replace(moved, moved_to=message))
    conversation = uow.tx.conversations.get(body.conversation_id)
    if conversation is not None and conversation.thread == body.gone:
        uow.tx.conversations.save(replace(conversation, thread=message))
