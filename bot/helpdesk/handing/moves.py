"""What agents do with a handoff: each of the moves its state allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.helpdesk import wording
from bot.helpdesk.conversation import Conversation
from bot.helpdesk.effects import CloseSession, Form
from bot.helpdesk.forms import open_form
from bot.helpdesk.handing.card import refresh_card
from bot.helpdesk.handing.telling import find, note_event, tell, whisper
from bot.helpdesk.handing.ticketing import set_ticket_status
from bot.helpdesk.handoff import OWNER_IN, STATUS_AFTER, Handoff, HandoffState, Move, Outcome, TicketStatus, after
from bot.helpdesk.inputs import Pressed
from bot.helpdesk.timeline import Event
from bot.helpdesk.turn import Turn, ask_lane


def move(turn: Turn, pressed: Pressed, wanted: Move) -> None:
    """An agent pressed one of the card's buttons."""
    found = find(turn, pressed.subject)
    if found is None:
        whisper(turn, pressed, wording.GONE)
        return
    handoff, conversation = found
    # A quick press may name the card before the post's outcome is recorded; what is written below it must be heard.
    handoff = replace(handoff, thread=handoff.thread or pressed.thread)
    other = turn.tx.handoffs.open_in(conversation.id)
    if after(handoff.state, wanted) is None:
        _refuse_move(turn, pressed, handoff, wanted)
    elif wanted is Move.RESOLVE:
        open_form(turn, pressed, Form.RESOLUTION, words_required=turn.house.policy.handoffs.resolution_required)
    elif other is not None and other.id != handoff.id:
        whisper(turn, pressed, wording.another_is_open(other.name))
    else:
        carry_out(turn, pressed.person, conversation, handoff, wanted)


def _refuse_move(turn: Turn, pressed: Pressed, handoff: Handoff, wanted: Move) -> None:
    if wanted is Move.CLAIM and handoff.claimed_by == pressed.person:
        return
    if wanted is Move.CLAIM and handoff.state is HandoffState.CLAIMED and handoff.claimed_by:
        whisper(turn, pressed, wording.already_claimed("{person}"), about=handoff.claimed_by)
    elif wanted is Move.RESOLVE and handoff.resolved_by:
        whisper(turn, pressed, wording.already_resolved("{person}", handoff.name), about=handoff.resolved_by)
    else:
        whisper(turn, pressed, wording.not_possible(handoff.state.value))


def carry_out(turn: Turn, agent: str, conversation: Conversation, handoff: Handoff, wanted: Move) -> Handoff:
    """Make a move that the handoff's state allows, and let everybody see it: employee, agents and ticket system."""
    state = after(handoff.state, wanted)
    assert state is not None
    handoff = replace(_CHANGES[wanted](handoff, agent, turn.now), state=state)
    if handoff.state is HandoffState.RESOLVED:
        handoff = _close_agent_session(turn, handoff)
    if wanted is Move.RESOLVE:
        conversation = _close_session(turn, conversation)
        _settle_questions(turn, conversation)
    conversation = replace(conversation, owner=OWNER_IN[handoff.state])
    turn.tx.conversations.save(conversation)
    handoff = refresh_card(turn, conversation, handoff)
    note_event(turn, handoff, _EVENTS[wanted], person=agent, detail=handoff.outcome)
    asks = wanted is Move.RESOLVE and handoff.outcome is Outcome.SOLVED and handoff.solved is None
    tell(
        turn,
        conversation,
        farewell(handoff, asks=asks) if wanted is Move.RESOLVE else _SENTENCES[wanted](handoff.name),
        key=f"moved:{handoff.id}:{handoff.revision}",
        person=agent,
        asks=handoff.id if asks else None,
    )
    status = STATUS_AFTER[handoff.outcome] if handoff.outcome else _STATUSES[wanted]
    set_ticket_status(turn, handoff, status, wanted)
    return handoff


def farewell(handoff: Handoff, *, asks: bool) -> str:
    """What the employee reads of a resolution, in the agent's own words where there are any."""
    ending = wording.DID_IT_HELP if asks else wording.WRITE_AGAIN
    return wording.resolved(handoff.name, handoff.outcome or Outcome.SOLVED, handoff.resolution, ending)


def _claim(handoff: Handoff, agent: str, now: float) -> Handoff:
    return replace(handoff, claimed_by=agent, claimed_at=now)


def _reopen(handoff: Handoff, agent: str, now: float) -> Handoff:
    return _claim(_unresolved(handoff), agent, now)


def _come_back(handoff: Handoff, employee: str, now: float) -> Handoff:
    return replace(_unresolved(handoff), claimed_by=None, claimed_at=None)


def _unresolved(handoff: Handoff) -> Handoff:
    return replace(
        handoff,
        resolved_by=None,
        resolved_at=None,
        handed_back=False,
        outcome=None,
        resolution=None,
    )


def _resolve(handoff: Handoff, agent: str, now: float) -> Handoff:
    return replace(handoff, resolved_by=agent, resolved_at=now)


def _hand_back(handoff: Handoff, agent: str, now: float) -> Handoff:
    return replace(_resolve(handoff, agent, now), handed_back=True)


_CHANGES: Mapping[Move, Callable[[Handoff, str, float], Handoff]] = {
    Move.CLAIM: _claim,
    Move.REOPEN: _reopen,
    Move.RESOLVE: _resolve,
    Move.HAND_BACK: _hand_back,
    Move.COME_BACK: _come_back,
}
_SENTENCES: Mapping[Move, Callable[[str], str]] = {
    Move.CLAIM: wording.claimed,
    Move.REOPEN: wording.reopened,
    Move.HAND_BACK: wording.handed_back,
    Move.COME_BACK: wording.came_back,
}
_STATUSES: Mapping[Move, TicketStatus] = {
    Move.CLAIM: TicketStatus.OPEN,
    Move.REOPEN: TicketStatus.OPEN,
    Move.RESOLVE: TicketStatus.SOLVED,
    Move.HAND_BACK: TicketStatus.SOLVED,
    Move.COME_BACK: TicketStatus.OPEN,
}
_EVENTS: Mapping[Move, Event] = {
    Move.CLAIM: Event.CLAIMED,
    Move.REOPEN: Event.REOPENED,
    Move.RESOLVE: Event.RESOLVED,
    Move.HAND_BACK: Event.HANDED_BACK,
    Move.COME_BACK: Event.REOPENED,
}


def _close_session(turn: Turn, conversation: Conversation) -> Conversation:
    """End the assistant's session; what is asked next begins with a fresh one."""
    turn.effect(
        CloseSession(session_id=conversation.session_id),
        key=f"close:{conversation.session_id}",
        lane=ask_lane(conversation.id),
        subject=conversation.id,
    )
    return conversation.with_new_session()


def _close_agent_session(turn: Turn, handoff: Handoff) -> Handoff:
    """End the session in which agents asked, where they did."""
    if handoff.agent_session is not None:
        turn.effect(
            CloseSession(session_id=handoff.agent_session),
            key=f"close:{handoff.agent_session}",
            lane=ask_lane(handoff.id),
            subject=handoff.id,
        )
    return replace(handoff, agent_session=None)


def _settle_questions(turn: Turn, conversation: Conversation) -> None:
    """What people have resolved does not count as unresolved any more."""
    for question in turn.tx.questions.recent_in(conversation.id, conversation.opened_at):
        if question.unresolved:
            turn.tx.questions.save(replace(question, unresolved=False))
