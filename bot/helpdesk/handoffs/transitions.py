"""Transitions of a handoff: each changes the record and informs the employee, the agents and the ticket system."""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.handoffs.card import refresh_card
from bot.helpdesk.handoffs.drafts import draft_late_answer
from bot.helpdesk.handoffs.notify import (
    close_notice,
    load_pressed,
    log_event,
    open_form,
    place_of_handoff,
    post_to_thread,
    pressed_message,
    record_notice,
    send_private_note,
    tell,
)
from bot.helpdesk.handoffs.relay_copies import release_all
from bot.helpdesk.handoffs.replacement import replace_missed_card
from bot.helpdesk.handoffs.sla import set_reply_target, update_overdue_alarm
from bot.helpdesk.handoffs.tickets import set_ticket_status, start_polling
from bot.helpdesk.handoffs.transition_table import TRANSITIONS, after, with_question
from bot.helpdesk.handoffs.wait_notices import with_expectation
from bot.helpdesk.lanes import Lane
from bot.helpdesk.model.conversation import Conversation, Role
from bot.helpdesk.model.effects import CloseSession, RetractMessage
from bot.helpdesk.model.events import Pressed
from bot.helpdesk.model.handoff import (
    OWNER_IN,
    Handoff,
    HandoffState,
    Outcome,
    SolvedQuestion,
    TicketStatus,
    Transition,
)
from bot.helpdesk.sessions import close_session
from bot.helpdesk.unit_of_work import UnitOfWork


def move(uow: UnitOfWork, pressed: Pressed, wanted: Transition) -> None:
    """Handles an agent's press for a transition."""
    found = pressed_transition(uow, pressed, wanted)
    if found is None:
        return
    handoff, conversation = found
    if wanted is Transition.JOIN and handoff.is_worked_by(pressed.person):
        send_private_note(uow, pressed, messages.agents.SPEAKS_ALREADY)
    elif wanted is not Transition.ASSIGN or pressed.chosen != handoff.claimed_by:
        apply(uow, pressed.person, conversation, handoff, wanted, to=pressed.chosen)


def _is_second_card(uow: UnitOfWork, pressed: Pressed, handoff: Handoff) -> bool:
    """Returns whether the button is on a card that nobody knew of, because the outcome of its post was unclear."""
    address = pressed.address
    if handoff.thread is None or pressed.home is not None or address.message in ("", handoff.thread):
        return False
    is_root = address.is_root and address.in_channel == handoff.place
    return is_root and uow.tx.moved_threads.of_thread(address.begun) is None


def _delete_second_card(uow: UnitOfWork, pressed: Pressed, handoff: Handoff) -> None:
    """Deletes the card on which the button is: the handoff has another one."""
    uow.effect_once(
        RetractMessage(to=pressed_message(pressed)),
        key=f"second:{handoff.id}:{pressed.address.message}",
        lane=Lane.CARD.of(handoff.id),
        subject=handoff.id,
    )


def pressed_transition(uow: UnitOfWork, pressed: Pressed, wanted: Transition) -> tuple[Handoff, Conversation] | None:
    """Returns the handoff and the conversation of a press for a transition, or None if it cannot be made now.

    It may be impossible since the card was last updated, which the agent is told, or need a form, which is opened.
    """
    found = load_pressed(uow, pressed)
    if found is None:
        return None
    handoff, conversation = found
    if handoff.thread is None and uow.tx.moved_threads.of_thread(pressed.address) is None:
        # A quick press may name the card before its post is recorded; what is written below it must be relayed.
        handoff = replace(handoff, thread=pressed.address.thread)
    elif _is_second_card(uow, pressed, handoff):
        _delete_second_card(uow, pressed, handoff)
    other = uow.tx.handoffs.open_in(conversation.id)
    form = TRANSITIONS[wanted].form
    if after(handoff.state, wanted) is None:
        _refuse_transition(uow, pressed, handoff, wanted)
    elif form is not None and pressed.chosen is None:
        open_form(uow, pressed, form, words_required=uow.config.policy.handoffs.resolution_required)
    elif other is not None and other.id != handoff.id:
        send_private_note(uow, pressed, messages.agents.ANOTHER_IS_OPEN, place=place_of_handoff(other))
    else:
        return handoff, conversation
    return None


def _refuse_transition(uow: UnitOfWork, pressed: Pressed, handoff: Handoff, wanted: Transition) -> None:
    ending = handoff.resolution
    if wanted is Transition.CLAIM and handoff.claimed_by == pressed.person:
        return
    if wanted is Transition.CLAIM and handoff.has_agent and handoff.claimed_by:
        send_private_note(uow, pressed, messages.agents.ALREADY_CLAIMED, about=handoff.claimed_by)
    elif wanted is Transition.RESOLVE and ending.by and not ending.ended_by_employee:
        send_private_note(
            uow, pressed, messages.agents.ALREADY_RESOLVED, about=ending.by, place=place_of_handoff(handoff)
        )
    else:
        send_private_note(uow, pressed, messages.agents.not_possible(handoff.state_name))


def apply(
    uow: UnitOfWork,
    person: str | None,
    conversation: Conversation,
    handoff: Handoff,
    transition: Transition,
    *,
    to: str | None = None,
) -> Handoff:
    """Makes a transition that the handoff's state allows, and shows it to the employee, the agents and on the ticket.

    `person` makes it, None: the desk; `to` is the person it concerns, if that is somebody else. Returns the handoff as
    saved.
    """
    about = to or person
    assert about is not None, "somebody makes a transition, or is concerned"
    mentioned = _concerned(handoff, transition, person, to)
    if handoff.resolution.question is SolvedQuestion.SCORE:
        # The score can be changed until now.
        handoff = close_notice(uow, handoff)
    changed = TRANSITIONS[transition].change(handoff, about, uow.now)
    handoff = _enter(uow, conversation, changed, transition, person=person, about=about, detail=to)
    _tell_agents(uow, handoff, transition, person, mentioned)
    set_ticket_status(uow, handoff, transition)
    return handoff


def _concerned(handoff: Handoff, transition: Transition, person: str | None, to: str | None) -> str | None:
    """Returns the agent to mention: whom somebody else assigns it to, or whom somebody else takes it away from."""
    if transition is Transition.RELEASE:
        return None if handoff.claimed_by == person else handoff.claimed_by
    if TRANSITIONS[transition].by is Role.AGENT:
        return None if to == person else to
    ending = handoff.resolution
    resolver = None if handoff.state is not HandoffState.RESOLVED or ending.closed_by_employee else ending.by
    return handoff.claimed_by or resolver


def _tell_agents(
    uow: UnitOfWork, handoff: Handoff, transition: Transition, person: str | None, mentioned: str | None
) -> None:
    """Says in the thread who made the transition."""
    row = TRANSITIONS[transition]
    post_to_thread(
        uow,
        handoff,
        row.line(handoff, mentioned),
        key=f"line:{handoff.id}:{handoff.revision}",
        person=mentioned,
        by=person if row.by is Role.AGENT else None,
    )


def resolve_with_ticket(uow: UnitOfWork, conversation: Conversation, handoff: Handoff, status: TicketStatus) -> Handoff:
    """Resolves a handoff whose ticket was solved or closed in the ticket system, if the policy says so.

    The ticket stays as it is. The reason of a close is unknown unless it was solved.
    """
    outcome = Outcome.SOLVED if status is TicketStatus.SOLVED else None
    ending = replace(handoff.resolution, outcome=outcome, by=None, at=uow.now)
    resolved = replace(handoff, resolution=ending)
    return _enter(uow, conversation, resolved, Transition.RESOLVE, person=None, about=None)


def _enter(
    uow: UnitOfWork,
    conversation: Conversation,
    handoff: Handoff,
    transition: Transition,
    *,
    person: str | None,
    about: str | None,
    detail: str | None = None,
) -> Handoff:
    """Completes the transition of a handoff whose record is changed already, and tells the employee."""
    before = handoff.state
    handoff = _set_state(uow, conversation, handoff, transition)
    if before is HandoffState.RESOLVED:
        handoff = start_polling(uow, handoff)
        draft_late_answer(uow, handoff)
    event = TRANSITIONS[transition].event
    log_event(uow, handoff, event, person=person, detail=detail or handoff.resolution.outcome)
    handoff = _tell_employee(uow, conversation, handoff, transition, about)
    if before is HandoffState.OPEN:
        # Even if it is not late now: it may have been before the clock was set back.
        update_overdue_alarm(uow)
    return handoff


def _tell_employee(
    uow: UnitOfWork, conversation: Conversation, handoff: Handoff, transition: Transition, about: str | None
) -> Handoff:
    """Tells the employee, with the buttons that they have from now on."""
    sentence = TRANSITIONS[transition].sentence
    if sentence is None:
        return handoff
    # A released handoff keeps the button that it has, until an agent has written.
    waits = handoff.state is HandoffState.OPEN and transition is not Transition.RELEASE
    question = handoff.resolution.question
    notice = tell(
        uow,
        conversation,
        with_expectation(uow, handoff, sentence(handoff)),
        key=f"moved:{handoff.id}:{handoff.revision}",
        person=about,
        words=handoff.resolution.text,
        asks=handoff.id if question is SolvedQuestion.YES_OR_NO else None,
        scores=handoff.id if question is SolvedQuestion.SCORE else None,
        withdraws=handoff.id if waits else None,
    )
    return record_notice(uow, handoff, notice) if question or waits else handoff


def _set_state(uow: UnitOfWork, conversation: Conversation, handoff: Handoff, transition: Transition) -> Handoff:
    state = TRANSITIONS[transition].target or handoff.state
    if transition in (Transition.RELEASE, Transition.WAIT):
        handoff = _send_last_words(uow, handoff)
    handoff = replace(handoff, state=state)
    if state is HandoffState.OPEN:
        handoff = replace(handoff, notices=replace(handoff.notices, unreached=False))
        handoff = set_reply_target(uow, handoff)
    if state is HandoffState.RESOLVED:
        answer = messages.employee.NO_PERSON_NEEDED if transition is Transition.WITHDRAW else None
        handoff = close_notice(uow, handoff, answer)
        handoff = with_question(handoff, uow.config.policy.handoffs.ask_solved)
        release_all(uow, handoff)
        handoff = _close_agent_session(uow, handoff)
    handoff = refresh_card(uow, handoff)
    if state is HandoffState.RESOLVED:
        conversation = _return_to_assistant(uow, conversation, transition)
    else:
        handoff = replace_missed_card(uow, handoff)
    uow.tx.conversations.save(replace(conversation, owner=OWNER_IN[state]))
    return handoff


def _send_last_words(uow: UnitOfWork, handoff: Handoff) -> Handoff:
    """Sends the delayed messages of its agents at once, which removes the employee's button. Saves no other change."""
    release_all(uow, handoff)
    stored = uow.tx.handoffs.get(handoff.id)
    return replace(handoff, notices=stored.notices) if stored else handoff


def is_reopenable(uow: UnitOfWork, handoff: Handoff) -> bool:
    """Returns whether it was resolved so recently that the employee's next message belongs to it."""
    ending = handoff.resolution
    if ending.handed_back or ending.at is None:
        return False
    return uow.now - ending.at < uow.config.policy.handoffs.reopen_within


def reopen_for_employee(uow: UnitOfWork, conversation: Conversation, handoff: Handoff) -> Handoff:
    """Opens a resolved handoff again because the employee wrote. Anybody can claim it: who had it may be away."""
    return apply(uow, conversation.employee, conversation, handoff, Transition.WRITE_AGAIN)


def _return_to_assistant(uow: UnitOfWork, conversation: Conversation, ended_by: Transition) -> Conversation:
    """Returns the conversation to the assistant. The questions that people have settled count as resolved.

    After a handback, it continues in its session, which has only its own questions and answers; pending answers go to
    the employee. After a withdrawal, `resolution.withdraw` decides what the employee gets.
    """
    for question in uow.tx.questions.recent_in(conversation.id, conversation.opened_at):
        if question.unresolved:
            uow.tx.questions.save(replace(question, unresolved=False))
    if ended_by in (Transition.RESOLVE, Transition.CLOSE_REQUEST, Transition.TIME_OUT):
        return close_session(uow, conversation)
    if ended_by is Transition.WITHDRAW:
        return conversation
    for question in uow.tx.questions.waiting_in(conversation.id):
        uow.tx.questions.save(replace(question, withheld=False))
    return conversation


def _close_agent_session(uow: UnitOfWork, handoff: Handoff) -> Handoff:
    """Closes the session for questions of agents, where there is one."""
    if handoff.agent_session is not None:
        uow.effect(
            CloseSession(session_id=handoff.agent_session),
            key=f"close:{handoff.agent_session}",
            lane=Lane.ASK.of(handoff.id),
            subject=handoff.id,
        )
    return replace(handoff, agent_session=None)
