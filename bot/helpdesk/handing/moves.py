"""What agents do with a handoff: each of the moves its state allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.helpdesk import wording
from bot.helpdesk.completion import close_session
from bot.helpdesk.conversation import Conversation
from bot.helpdesk.handing.card import refresh_card
from bot.helpdesk.handing.reminding import heed_overdue
from bot.helpdesk.handing.telling import find, note_event, tell, whisper
from bot.helpdesk.handing.ticketing import set_ticket_status
from bot.helpdesk.handoff import OWNER_IN, Handoff, HandoffState, Move, TicketStatus, after
from bot.helpdesk.inputs import Pressed
from bot.helpdesk.timeline import Event
from bot.helpdesk.turn import Turn


def move(turn: Turn, pressed: Pressed, wanted: Move) -> None:
    """An agent pressed one of the card's buttons."""
    found = find(turn, pressed.subject)
    if found is None or found[0].channel != pressed.channel:
        whisper(turn, pressed, wording.GONE)
        return
    handoff, conversation = found
    if after(handoff.state, wanted) is None:
        _refuse_move(turn, pressed, handoff, wanted)
    else:
        carry_out(turn, pressed.person, conversation, handoff, wanted)


def _refuse_move(turn: Turn, pressed: Pressed, handoff: Handoff, wanted: Move) -> None:
    if wanted is Move.CLAIM and handoff.claimed_by == pressed.person:
        return
    if wanted is Move.CLAIM and handoff.state is HandoffState.CLAIMED and handoff.claimed_by:
        whisper(turn, pressed, wording.already_claimed("{person}"), about=handoff.claimed_by)
    else:
        whisper(turn, pressed, wording.not_possible(handoff.state.value))


def carry_out(turn: Turn, agent: str, conversation: Conversation, handoff: Handoff, wanted: Move) -> Handoff:
    """Make a move that the handoff's state allows, and let everybody see it: employee, agents and ticket system."""
    state = after(handoff.state, wanted)
    assert state is not None
    was_late = handoff.is_late(turn.now)
    handoff = replace(_CHANGES[wanted](handoff, agent, turn.now), state=state)
    if wanted is Move.RESOLVE:
        conversation = close_session(turn, conversation)
        _settle_questions(turn, conversation)
    conversation = replace(conversation, owner=OWNER_IN[handoff.state])
    turn.tx.conversations.save(conversation)
    handoff = refresh_card(turn, conversation, handoff)
    note_event(turn, handoff, _EVENTS[wanted], person=agent)
    tell(
        turn,
        conversation,
        _SENTENCES[wanted](handoff.name),
        key=f"moved:{handoff.id}:{handoff.revision}",
        person=agent,
    )
    set_ticket_status(turn, handoff, _STATUSES[wanted], wanted)
    if was_late:
        heed_overdue(turn)
    return handoff


def _claim(handoff: Handoff, agent: str, now: float) -> Handoff:
    return replace(handoff, claimed_by=agent, claimed_at=now)


def _reopen(handoff: Handoff, agent: str, now: float) -> Handoff:
    return replace(_claim(handoff, agent, now), resolved_by=None, handed_back=False)


def _resolve(handoff: Handoff, agent: str, now: float) -> Handoff:
    return replace(handoff, resolved_by=agent, resolved_at=now)


def _hand_back(handoff: Handoff, agent: str, now: float) -> Handoff:
    return replace(_resolve(handoff, agent, now), handed_back=True)


_CHANGES: Mapping[Move, Callable[[Handoff, str, float], Handoff]] = {
    Move.CLAIM: _claim,
    Move.REOPEN: _reopen,
    Move.RESOLVE: _resolve,
    Move.HAND_BACK: _hand_back,
}
_SENTENCES: Mapping[Move, Callable[[str], str]] = {
    Move.CLAIM: wording.claimed,
    Move.REOPEN: wording.reopened,
    Move.RESOLVE: wording.resolved,
    Move.HAND_BACK: wording.handed_back,
}
_STATUSES: Mapping[Move, TicketStatus] = {
    Move.CLAIM: TicketStatus.OPEN,
    Move.REOPEN: TicketStatus.OPEN,
    Move.RESOLVE: TicketStatus.SOLVED,
    Move.HAND_BACK: TicketStatus.SOLVED,
}
_EVENTS: Mapping[Move, Event] = {
    Move.CLAIM: Event.CLAIMED,
    Move.REOPEN: Event.REOPENED,
    Move.RESOLVE: Event.RESOLVED,
    Move.HAND_BACK: Event.HANDED_BACK,
}


def _settle_questions(turn: Turn, conversation: Conversation) -> None:
    """What people have resolved does not count as unresolved any more."""
    for question in turn.tx.questions.recent_in(conversation.id, conversation.opened_at):
        if question.unresolved:
            turn.tx.questions.save(replace(question, unresolved=False))
