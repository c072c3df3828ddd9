"""Move of a handoff out of a channel that became shared with another company: nothing more is posted there."""

from __future__ import annotations

import logging
from dataclasses import replace

from bot.errors import SharedChannelError
from bot.helpdesk.alarms import record_channel_failure
from bot.helpdesk.handoffs.card import card_of, post_card
from bot.helpdesk.handoffs.notify import load, log_event, tell_nobody_reached
from bot.helpdesk.lanes import thread_lane
from bot.helpdesk.model.content import Content
from bot.helpdesk.model.conversation import Conversation, new_id
from bot.helpdesk.model.effects import PostMessage
from bot.helpdesk.model.handoff import Handoff
from bot.helpdesk.model.history import TimelineEvent
from bot.helpdesk.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)


def leave_channel(
    uow: UnitOfWork, handoff_id: str, refused: PostMessage[Content] | None, error: SharedChannelError
) -> None:
    """Moves a handoff out of a channel that is shared with another company.

    It continues in the default handoff channel. If that is the shared one, the employee is told and the alarm about
    the channel is raised; missing cards are posted once the channel can be used again. Several effects can be refused
    at once: the first moves the handoff, and the posts that were `refused` in its thread follow it.
    """
    found = load(uow, handoff_id)
    if found is None:
        return
    handoff, conversation = found
    log.critical("handoff_channel_shared", extra={"channel": error.channel, "handoff": handoff.id})
    if error.channel == uow.config.handoff_channel:
        tell_nobody_reached(uow, conversation, handoff)
        record_channel_failure(uow, error.channel, error.code)
        return
    if handoff.channel == error.channel:
        _move_to_default_channel(uow, conversation, handoff)
    if refused is not None:
        # Before all other posts that wait for the thread: they are newer.
        uow.effect(refused, key=new_id("again"), lane=thread_lane(handoff.id), subject=handoff.id, urgency=1)


def _move_to_default_channel(uow: UnitOfWork, conversation: Conversation, handoff: Handoff) -> None:
    handoff = replace(handoff, place=uow.config.handoff_place, thread=None, revision=handoff.revision + 1)
    uow.tx.handoffs.save(handoff)
    log_event(uow, handoff, TimelineEvent.MOVED, person=None, detail=handoff.channel)
    question = uow.tx.questions.get(handoff.question_id) if handoff.question_id else None
    answer = uow.tx.answers.get(handoff.answer_id) if handoff.answer_id else None
    card = card_of(uow.tx, conversation, handoff, question, answer, uow.now)
    post_card(uow, card, key=f"thread:{handoff.id}:{handoff.revision}")
