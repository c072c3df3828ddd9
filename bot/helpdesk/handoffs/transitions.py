"""What is done with a handoff, by agents and by an employee who writes again: the moves its state allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.handoffs.card import refresh_card
from bot.helpdesk.handoffs.drafts import is_left_unsent
from bot.helpdesk.handoffs.notify import close_notice, find, note_event, post_to_thread, show_notice, tell, whisper
from bot.helpdesk.handoffs.relay_sending import let_all_go
from bot.helpdesk.handoffs.replacement import replace_missed_card
from bot.helpdesk.handoffs.sla import heed_overdue, promise
from bot.helpdesk.handoffs.ticket_polling import watch_ticket
from bot.helpdesk.handoffs.tickets import set_ticket_status
from bot.helpdesk.model.conversation import Conversation
from bot.helpdesk.model.effects import CloseSession, Form, ThreadPost
from bot.helpdesk.model.events import Pressed
from bot.helpdesk.model.handoff import (
    OWNER_IN,
    STATUS_AFTER,
    Handoff,
    HandoffState,
    Move,
    Outcome,
    TicketStatus,
    after,
)
from bot.helpdesk.model.timeline import Event
from bot.helpdesk.outbox.form_window import open_form
from bot.helpdesk.redaction import SafeText, compose
from bot.helpdesk.sessions import close_session
from bot.helpdesk.unit_of_work import Turn, ask_lane


def move(turn: Turn, pressed: Pressed, wanted: Move) -> None:
    """An agent pressed one of the card's buttons, or chose to whom the handoff is assigned."""
    found = find(turn, pressed.subject)
    if found is None:
        whisper(turn, pressed, messages.GONE)
        return
    handoff, conversation = found
    if handoff.thread is None and turn.tx.moved_threads.of_thread(pressed.channel, pressed.thread) is None:
        # A quick press may name the card before its post is recorded; what is written below it must be heard.
        handoff = replace(handoff, thread=pressed.thread)
    other = turn.tx.handoffs.open_in(conversation.id)
    if after(handoff.state, wanted) is None:
        _refuse_move(turn, pressed, handoff, wanted)
    elif wanted is Move.RESOLVE:
        open_form(turn, pressed, Form.RESOLUTION, words_required=turn.house.policy.handoffs.resolution_required)
    elif other is not None and other.id != handoff.id:
        whisper(turn, pressed, messages.another_is_open(other.name))
    elif wanted is Move.JOIN and handoff.is_worked_by(pressed.person):
        whisper(turn, pressed, messages.SPEAKS_ALREADY)
    elif wanted is not Move.ASSIGN or pressed.chosen != handoff.claimed_by:
        handoff = carry_out(turn, pressed.person, conversation, handoff, wanted, to=pressed.chosen)
        if wanted is Move.HAND_BACK and is_left_unsent(turn, conversation, handoff):
            whisper(turn, pressed, messages.NOBODY_ANSWERED)


def _refuse_move(turn: Turn, pressed: Pressed, handoff: Handoff, wanted: Move) -> None:
    if wanted is Move.CLAIM and handoff.claimed_by == pressed.person:
        return
    if wanted is Move.CLAIM and handoff.state is HandoffState.CLAIMED and handoff.claimed_by:
        whisper(turn, pressed, messages.already_claimed("{person}"), about=handoff.claimed_by)
    elif wanted is Move.RESOLVE and handoff.resolved_by and not handoff.withdrawn:
        whisper(turn, pressed, messages.already_resolved("{person}", handoff.name), about=handoff.resolved_by)
    else:
        whisper(turn, pressed, messages.not_possible(handoff.spoken_state))


def carry_out(
    turn: Turn, person: str, conversation: Conversation, handoff: Handoff, wanted: Move, *, to: str | None = None
) -> Handoff:
    """Make a move that the handoff's state allows, and let everybody see it: employee, agents and ticket system.

    `person` makes the move; `to` is whom it concerns, where that is somebody else.
    """
    before = handoff.state
    handoff = _change(turn, conversation, _CHANGES[wanted](handoff, to or person, turn.now), wanted)
    if before is HandoffState.RESOLVED:
        handoff = watch_ticket(turn, handoff)
    note_event(turn, handoff, _EVENTS[wanted], person=person, detail=to or handoff.outcome)
    handoff = _tell_moved(turn, conversation, handoff, wanted, to or person)
    if wanted is Move.ASSIGN:
        # Whoever was not there when it became theirs must hear of it.
        _call(turn, handoff, to or person, compose("{{person}}, this is yours now."))
    if wanted in _STATUSES:
        status = STATUS_AFTER[handoff.outcome] if handoff.outcome else _STATUSES[wanted]
        set_ticket_status(turn, handoff, status, wanted)
    if before is HandoffState.OPEN:
        # Late or not by now: it may have been by a clock that has been set back since.
        heed_overdue(turn)
    return handoff


def _tell_moved(turn: Turn, conversation: Conversation, handoff: Handoff, made: Move, person: str) -> Handoff:
    """Tell the employee, with what they can press about it from now on."""
    asks = made is Move.RESOLVE and handoff.outcome is Outcome.SOLVED and handoff.solved is None
    waits_for_people = made in (Move.WRITE_AGAIN, Move.COME_BACK)
    told = tell(
        turn,
        conversation,
        farewell(handoff, asks=asks) if made is Move.RESOLVE else _SENTENCES[made](handoff.name),
        key=f"moved:{handoff.id}:{handoff.revision}",
        person=person,
        words=handoff.resolution if made is Move.RESOLVE else None,
        asks=handoff.id if asks else None,
        withdraws=handoff.id if waits_for_people else None,
    )
    return show_notice(turn, handoff, told) if asks or waits_for_people else handoff


def _change(turn: Turn, conversation: Conversation, handoff: Handoff, made: Move) -> Handoff:
    """Bring handoff, conversation and card into the state that the move leads to."""
    state = after(handoff.state, made)
    assert state is not None
    handoff = replace(handoff, state=state)
    if state is HandoffState.OPEN:
        handoff = promise(turn, handoff)
    if state is HandoffState.RESOLVED:
        handoff = close_notice(turn, handoff, messages.NO_PERSON_NEEDED if made is Move.WITHDRAW else None)
        let_all_go(turn, handoff)
        handoff = _close_agent_session(turn, handoff)
    handoff = refresh_card(turn, handoff)
    if state is not HandoffState.RESOLVED:
        handoff = replace_missed_card(turn, handoff)
    if state is HandoffState.RESOLVED:
        conversation = _let_assistant_begin(turn, conversation, made)
    turn.tx.conversations.save(replace(conversation, owner=OWNER_IN[state]))
    return handoff


def resolve_with_ticket(turn: Turn, conversation: Conversation, handoff: Handoff, status: TicketStatus) -> Handoff:
    """The ticket has ended in the ticket system, and the policy follows it: nobody in Slack has resolved the handoff.

    The ticket is left as it is. Why it was closed, other than solved, is not known.
    """
    before = handoff.state
    outcome = Outcome.SOLVED if status is TicketStatus.SOLVED else None
    resolved = replace(handoff, outcome=outcome, resolved_by=None, resolved_at=turn.now)
    handoff = _change(turn, conversation, resolved, Move.RESOLVE)
    note_event(turn, handoff, Event.RESOLVED, person=None, detail=outcome)
    asks = outcome is not None and handoff.solved is None
    key = f"moved:{handoff.id}:{handoff.revision}"
    told = tell(turn, conversation, farewell(handoff, asks=asks), key=key, asks=handoff.id if asks else None)
    if asks:
        handoff = show_notice(turn, handoff, told)
    if before is HandoffState.OPEN:
        heed_overdue(turn)
    return handoff


def _call(turn: Turn, handoff: Handoff, person: str, words: SafeText) -> None:
    """Call somebody in the thread, once for each change of the handoff."""
    key = f"called:{handoff.id}:{handoff.revision}"
    post_to_thread(turn, handoff, ThreadPost.EVENT, words, key=key, person=person)


def can_be_reopened(turn: Turn, handoff: Handoff) -> bool:
    """Whether it was resolved so lately that what the employee writes belongs to it, as the policy has it."""
    if handoff.handed_back or handoff.resolved_at is None:
        return False
    return turn.now - handoff.resolved_at < turn.house.policy.handoffs.reopen_within


def reopen_for_employee(turn: Turn, conversation: Conversation, handoff: Handoff) -> Handoff:
    """Bring a conversation before people again whose handoff was resolved.

    It waits for somebody to claim it: who had it may not be there any more, and is called in the thread.
    """
    before = handoff.claimed_by or handoff.resolved_by
    handoff = carry_out(turn, conversation.employee, conversation, handoff, Move.WRITE_AGAIN)
    if before is not None:
        words = compose("{{person}}, the employee has written again. It is open, and waits for somebody to claim it.")
        _call(turn, handoff, before, words)
    return handoff


def farewell(handoff: Handoff, *, asks: bool) -> str:
    """What the employee reads of a resolution; the agent's own words, where there are any, stand in it as `{words}`."""
    ending = messages.DID_IT_HELP if asks else messages.WRITE_AGAIN
    if handoff.resolved_by is None:
        return messages.resolved_with_ticket(handoff.name, handoff.outcome, ending)
    return messages.resolved(
        handoff.name, handoff.outcome or Outcome.SOLVED, ending, in_words=handoff.resolution is not None
    )


def _claim(handoff: Handoff, agent: str, now: float) -> Handoff:
    return replace(_unresolved(handoff), claimed_by=agent, claimed_at=now, joined=())


def _join(handoff: Handoff, agent: str, now: float) -> Handoff:
    return replace(handoff, joined=(*handoff.joined, agent))


def _assign(handoff: Handoff, agent: str, now: float) -> Handoff:
    joined = tuple(person for person in handoff.joined if person != agent)
    return replace(_claim(handoff, agent, now), joined=joined)


def _come_back(handoff: Handoff, employee: str, now: float) -> Handoff:
    return replace(_unresolved(handoff), claimed_by=None, claimed_at=None, joined=(), relay_told=True)


def _write_again(handoff: Handoff, employee: str, now: float) -> Handoff:
    """Nothing was said to what resolved it, so the card goes on naming who did."""
    return replace(_come_back(handoff, employee, now), resolved_by=handoff.resolved_by)


def _unresolved(handoff: Handoff) -> Handoff:
    return replace(
        handoff, resolved_by=None, resolved_at=None, handed_back=False, withdrawn=False, outcome=None, resolution=None
    )


def _resolve(handoff: Handoff, agent: str, now: float) -> Handoff:
    return replace(handoff, resolved_by=agent, resolved_at=now)


def _hand_back(handoff: Handoff, agent: str, now: float) -> Handoff:
    return replace(_resolve(handoff, agent, now), handed_back=True)


def _withdraw(handoff: Handoff, employee: str, now: float) -> Handoff:
    """The assistant has the conversation again, as if an agent had handed it back."""
    return replace(_hand_back(handoff, employee, now), withdrawn=True)


_CHANGES: Mapping[Move, Callable[[Handoff, str, float], Handoff]] = {
    Move.CLAIM: _claim,
    Move.JOIN: _join,
    Move.ASSIGN: _assign,
    Move.REOPEN: _claim,
    Move.WRITE_AGAIN: _write_again,
    Move.RESOLVE: _resolve,
    Move.HAND_BACK: _hand_back,
    Move.COME_BACK: _come_back,
    Move.WITHDRAW: _withdraw,
}
_SENTENCES: Mapping[Move, Callable[[str], str]] = {
    Move.CLAIM: messages.claimed,
    Move.JOIN: messages.joined,
    Move.ASSIGN: messages.claimed,
    Move.REOPEN: messages.reopened,
    Move.WRITE_AGAIN: messages.written_again,
    Move.HAND_BACK: messages.handed_back,
    Move.COME_BACK: messages.came_back,
    Move.WITHDRAW: messages.withdrawn,
}
_STATUSES: Mapping[Move, TicketStatus] = {
    Move.CLAIM: TicketStatus.OPEN,
    Move.ASSIGN: TicketStatus.OPEN,
    Move.REOPEN: TicketStatus.OPEN,
    Move.WRITE_AGAIN: TicketStatus.OPEN,
    Move.RESOLVE: TicketStatus.SOLVED,
    Move.HAND_BACK: TicketStatus.SOLVED,
    Move.COME_BACK: TicketStatus.OPEN,
    Move.WITHDRAW: TicketStatus.SOLVED,
}
_EVENTS: Mapping[Move, Event] = {
    Move.CLAIM: Event.CLAIMED,
    Move.JOIN: Event.JOINED,
    Move.ASSIGN: Event.ASSIGNED,
    Move.REOPEN: Event.REOPENED,
    Move.WRITE_AGAIN: Event.WRITTEN_AGAIN,
    Move.RESOLVE: Event.RESOLVED,
    Move.HAND_BACK: Event.HANDED_BACK,
    Move.COME_BACK: Event.REOPENED,
    Move.WITHDRAW: Event.WITHDRAWN,
}


def _let_assistant_begin(turn: Turn, conversation: Conversation, ended_by: Move) -> Conversation:
    """The assistant speaks next, and what people have settled is not in its way.

    Handed back, it goes on in its session, which holds only what it was asked itself and what it answered; what it has
    still to answer is for the employee. What of it an employee gets who has withdrawn, `withdrawing` decides.
    """
    _settle_questions(turn, conversation)
    if ended_by is Move.RESOLVE:
        return close_session(turn, conversation)
    if ended_by is Move.WITHDRAW:
        return conversation
    for question in turn.tx.questions.waiting_in(conversation.id):
        turn.tx.questions.save(replace(question, withheld=False))
    return conversation


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
    """What people have looked after does not count as unresolved any more."""
    for question in turn.tx.questions.recent_in(conversation.id, conversation.opened_at):
        if question.unresolved:
            turn.tx.questions.save(replace(question, unresolved=False))
