"""What is done with a handoff, by agents and by an employee who writes again: the moves its state allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.handoffs.card import refresh_card
from bot.helpdesk.handoffs.drafts import is_left_unsent
from bot.helpdesk.handoffs.notify import (
    close_notice,
    load,
    log_event,
    post_to_thread,
    send_private_note,
    show_notice,
    tell,
)
from bot.helpdesk.handoffs.relay_sending import let_all_go
from bot.helpdesk.handoffs.replacement import replace_missed_card
from bot.helpdesk.handoffs.sla import set_reply_target, update_overdue_alarm
from bot.helpdesk.handoffs.ticket_polling import watch_ticket
from bot.helpdesk.handoffs.tickets import set_ticket_status
from bot.helpdesk.lanes import ask_lane
from bot.helpdesk.model.conversation import Conversation
from bot.helpdesk.model.effects import CloseSession, Form, ThreadPost
from bot.helpdesk.model.events import Pressed
from bot.helpdesk.model.handoff import (
    OWNER_IN,
    STATUS_AFTER,
    Handoff,
    HandoffState,
    Outcome,
    TicketStatus,
    Transition,
    after,
)
from bot.helpdesk.model.timeline import Event
from bot.helpdesk.outbox.form_window import open_form
from bot.helpdesk.redaction import SafeText, compose
from bot.helpdesk.sessions import close_session
from bot.helpdesk.unit_of_work import UnitOfWork


def move(uow: UnitOfWork, pressed: Pressed, wanted: Transition) -> None:
    """An agent pressed one of the card's buttons, or chose to whom the handoff is assigned."""
    found = load(uow, pressed.subject)
    if found is None:
        send_private_note(uow, pressed, messages.GONE)
        return
    handoff, conversation = found
    if handoff.thread is None and uow.tx.moved_threads.of_thread(pressed.channel, pressed.thread) is None:
        # A quick press may name the card before its post is recorded; what is written below it must be heard.
        handoff = replace(handoff, thread=pressed.thread)
    other = uow.tx.handoffs.open_in(conversation.id)
    if after(handoff.state, wanted) is None:
        _refuse_move(uow, pressed, handoff, wanted)
    elif wanted is Transition.RESOLVE:
        open_form(uow, pressed, Form.RESOLUTION, words_required=uow.config.policy.handoffs.resolution_required)
    elif other is not None and other.id != handoff.id:
        send_private_note(uow, pressed, messages.another_is_open(other.name))
    elif wanted is Transition.JOIN and handoff.is_worked_by(pressed.person):
        send_private_note(uow, pressed, messages.SPEAKS_ALREADY)
    elif wanted is not Transition.ASSIGN or pressed.chosen != handoff.claimed_by:
        handoff = apply(uow, pressed.person, conversation, handoff, wanted, to=pressed.chosen)
        if wanted is Transition.HAND_BACK and is_left_unsent(uow, conversation, handoff):
            send_private_note(uow, pressed, messages.NOBODY_ANSWERED)


def _refuse_move(uow: UnitOfWork, pressed: Pressed, handoff: Handoff, wanted: Transition) -> None:
    if wanted is Transition.CLAIM and handoff.claimed_by == pressed.person:
        return
    if wanted is Transition.CLAIM and handoff.state is HandoffState.CLAIMED and handoff.claimed_by:
        send_private_note(uow, pressed, messages.already_claimed("{person}"), about=handoff.claimed_by)
    elif wanted is Transition.RESOLVE and handoff.resolved_by and not handoff.withdrawn:
        send_private_note(uow, pressed, messages.already_resolved("{person}", handoff.name), about=handoff.resolved_by)
    else:
        send_private_note(uow, pressed, messages.not_possible(handoff.spoken_state))


def apply(
    uow: UnitOfWork,
    person: str,
    conversation: Conversation,
    handoff: Handoff,
    wanted: Transition,
    *,
    to: str | None = None,
) -> Handoff:
    """Make a move that the handoff's state allows, and let everybody see it: employee, agents and ticket system.

    `person` makes the move; `to` is whom it concerns, where that is somebody else.
    """
    before = handoff.state
    handoff = _change(uow, conversation, _CHANGES[wanted](handoff, to or person, uow.now), wanted)
    if before is HandoffState.RESOLVED:
        handoff = watch_ticket(uow, handoff)
    log_event(uow, handoff, _EVENTS[wanted], person=person, detail=to or handoff.outcome)
    handoff = _tell_moved(uow, conversation, handoff, wanted, to or person)
    if wanted is Transition.ASSIGN:
        # Whoever was not there when it became theirs must hear of it.
        _call(uow, handoff, to or person, compose("{{person}}, this is yours now."))
    if wanted in _STATUSES:
        status = STATUS_AFTER[handoff.outcome] if handoff.outcome else _STATUSES[wanted]
        set_ticket_status(uow, handoff, status, wanted)
    if before is HandoffState.OPEN:
        # Late or not by now: it may have been by a clock that has been set back since.
        update_overdue_alarm(uow)
    return handoff


def _tell_moved(
    uow: UnitOfWork, conversation: Conversation, handoff: Handoff, made: Transition, person: str
) -> Handoff:
    """Tell the employee, with what they can press about it from now on."""
    asks = made is Transition.RESOLVE and handoff.outcome is Outcome.SOLVED and handoff.solved is None
    waits_for_people = made in (Transition.WRITE_AGAIN, Transition.COME_BACK)
    told = tell(
        uow,
        conversation,
        farewell(handoff, asks=asks) if made is Transition.RESOLVE else _SENTENCES[made](handoff.name),
        key=f"moved:{handoff.id}:{handoff.revision}",
        person=person,
        words=handoff.resolution if made is Transition.RESOLVE else None,
        asks=handoff.id if asks else None,
        withdraws=handoff.id if waits_for_people else None,
    )
    return show_notice(uow, handoff, told) if asks or waits_for_people else handoff


def _change(uow: UnitOfWork, conversation: Conversation, handoff: Handoff, made: Transition) -> Handoff:
    """Bring handoff, conversation and card into the state that the move leads to."""
    state = after(handoff.state, made)
    assert state is not None
    handoff = replace(handoff, state=state)
    if state is HandoffState.OPEN:
        handoff = set_reply_target(uow, handoff)
    if state is HandoffState.RESOLVED:
        handoff = close_notice(uow, handoff, messages.NO_PERSON_NEEDED if made is Transition.WITHDRAW else None)
        let_all_go(uow, handoff)
        handoff = _close_agent_session(uow, handoff)
    handoff = refresh_card(uow, handoff)
    if state is not HandoffState.RESOLVED:
        handoff = replace_missed_card(uow, handoff)
    if state is HandoffState.RESOLVED:
        conversation = _let_assistant_begin(uow, conversation, made)
    uow.tx.conversations.save(replace(conversation, owner=OWNER_IN[state]))
    return handoff


def resolve_with_ticket(uow: UnitOfWork, conversation: Conversation, handoff: Handoff, status: TicketStatus) -> Handoff:
    """The ticket has ended in the ticket system, and the policy follows it: nobody in Slack has resolved the handoff.

    The ticket is left as it is. Why it was closed, other than solved, is not known.
    """
    before = handoff.state
    outcome = Outcome.SOLVED if status is TicketStatus.SOLVED else None
    resolved = replace(handoff, outcome=outcome, resolved_by=None, resolved_at=uow.now)
    handoff = _change(uow, conversation, resolved, Transition.RESOLVE)
    log_event(uow, handoff, Event.RESOLVED, person=None, detail=outcome)
    asks = outcome is not None and handoff.solved is None
    key = f"moved:{handoff.id}:{handoff.revision}"
    told = tell(uow, conversation, farewell(handoff, asks=asks), key=key, asks=handoff.id if asks else None)
    if asks:
        handoff = show_notice(uow, handoff, told)
    if before is HandoffState.OPEN:
        update_overdue_alarm(uow)
    return handoff


def _call(uow: UnitOfWork, handoff: Handoff, person: str, words: SafeText) -> None:
    """Call somebody in the thread, once for each change of the handoff."""
    key = f"called:{handoff.id}:{handoff.revision}"
    post_to_thread(uow, handoff, ThreadPost.EVENT, words, key=key, person=person)


def can_be_reopened(uow: UnitOfWork, handoff: Handoff) -> bool:
    """Whether it was resolved so lately that what the employee writes belongs to it, as the policy has it."""
    if handoff.handed_back or handoff.resolved_at is None:
        return False
    return uow.now - handoff.resolved_at < uow.config.policy.handoffs.reopen_within


def reopen_for_employee(uow: UnitOfWork, conversation: Conversation, handoff: Handoff) -> Handoff:
    """Bring a conversation before people again whose handoff was resolved.

    It waits for somebody to claim it: who had it may not be there any more, and is called in the thread.
    """
    before = handoff.claimed_by or handoff.resolved_by
    handoff = apply(uow, conversation.employee, conversation, handoff, Transition.WRITE_AGAIN)
    if before is not None:
        words = compose("{{person}}, the employee has written again. It is open, and waits for somebody to claim it.")
        _call(uow, handoff, before, words)
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


_CHANGES: Mapping[Transition, Callable[[Handoff, str, float], Handoff]] = {
    Transition.CLAIM: _claim,
    Transition.JOIN: _join,
    Transition.ASSIGN: _assign,
    Transition.REOPEN: _claim,
    Transition.WRITE_AGAIN: _write_again,
    Transition.RESOLVE: _resolve,
    Transition.HAND_BACK: _hand_back,
    Transition.COME_BACK: _come_back,
    Transition.WITHDRAW: _withdraw,
}
_SENTENCES: Mapping[Transition, Callable[[str], str]] = {
    Transition.CLAIM: messages.claimed,
    Transition.JOIN: messages.joined,
    Transition.ASSIGN: messages.claimed,
    Transition.REOPEN: messages.reopened,
    Transition.WRITE_AGAIN: messages.written_again,
    Transition.HAND_BACK: messages.handed_back,
    Transition.COME_BACK: messages.came_back,
    Transition.WITHDRAW: messages.withdrawn,
}
_STATUSES: Mapping[Transition, TicketStatus] = {
    Transition.CLAIM: TicketStatus.OPEN,
    Transition.ASSIGN: TicketStatus.OPEN,
    Transition.REOPEN: TicketStatus.OPEN,
    Transition.WRITE_AGAIN: TicketStatus.OPEN,
    Transition.RESOLVE: TicketStatus.SOLVED,
    Transition.HAND_BACK: TicketStatus.SOLVED,
    Transition.COME_BACK: TicketStatus.OPEN,
    Transition.WITHDRAW: TicketStatus.SOLVED,
}
_EVENTS: Mapping[Transition, Event] = {
    Transition.CLAIM: Event.CLAIMED,
    Transition.JOIN: Event.JOINED,
    Transition.ASSIGN: Event.ASSIGNED,
    Transition.REOPEN: Event.REOPENED,
    Transition.WRITE_AGAIN: Event.WRITTEN_AGAIN,
    Transition.RESOLVE: Event.RESOLVED,
    Transition.HAND_BACK: Event.HANDED_BACK,
    Transition.COME_BACK: Event.REOPENED,
    Transition.WITHDRAW: Event.WITHDRAWN,
}


def _let_assistant_begin(uow: UnitOfWork, conversation: Conversation, ended_by: Transition) -> Conversation:
    """The assistant speaks next, and what people have settled is not in its way.

    Handed back, it goes on in its session, which holds only what it was asked itself and what it answered; what it has
    still to answer is for the employee. What of it an employee gets who has withdrawn, `withdrawing` decides.
    """
    _settle_questions(uow, conversation)
    if ended_by is Transition.RESOLVE:
        return close_session(uow, conversation)
    if ended_by is Transition.WITHDRAW:
        return conversation
    for question in uow.tx.questions.waiting_in(conversation.id):
        uow.tx.questions.save(replace(question, withheld=False))
    return conversation


def _close_agent_session(uow: UnitOfWork, handoff: Handoff) -> Handoff:
    """End the session in which agents asked, where they did."""
    if handoff.agent_session is not None:
        uow.effect(
            CloseSession(session_id=handoff.agent_session),
            key=f"close:{handoff.agent_session}",
            lane=ask_lane(handoff.id),
            subject=handoff.id,
        )
    return replace(handoff, agent_session=None)


def _settle_questions(uow: UnitOfWork, conversation: Conversation) -> None:
    """What people have looked after does not count as unresolved any more."""
    for question in uow.tx.questions.recent_in(conversation.id, conversation.opened_at):
        if question.unresolved:
            uow.tx.questions.save(replace(question, unresolved=False))
