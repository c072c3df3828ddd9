"""The state machine of a handoff: one row for each transition, from which everything else is derived.

The chat surface derives its buttons from it, the router the permissions, and `transitions` the consequences.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.helpdesk import messages
from bot.helpdesk.messages import Message, Text
from bot.helpdesk.model.conversation import Role
from bot.helpdesk.model.effects import Form
from bot.helpdesk.model.handoff import (
    STATUS_AFTER,
    Claim,
    Handoff,
    HandoffState,
    Outcome,
    Resolution,
    SolvedQuestion,
    TicketStatus,
    Transition,
)
from bot.helpdesk.model.history import TimelineEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionRow:
    """A transition: its condition, the required role, the change of the record, and the notices about it.

    `target` None: the state stays. `change` returns the record, still in its old state. Its arguments are the record,
    the person who makes the transition or, if it concerns somebody else, that person, and the time. `sentence` is for
    the employee, None: they are not told. `line` is for the agents, in the thread; it is given the agent whom it
    mentions, if there is one. `ticket_status` None: the ticket stays as it is. `ticket_note` is given the name of the
    chat surface. `label` is the text of its button, if it has one; `form` is filled in before it is made;
    `chooses_person`: the form is a choice of a person.
    """

    sources: tuple[HandoffState, ...]
    target: HandoffState | None
    by: Role
    change: Callable[[Handoff, str, float], Handoff]
    sentence: Callable[[Handoff], Text] | None
    event: TimelineEvent
    line: Callable[[Handoff, str | None], Text]
    ticket_status: TicketStatus | None = None
    ticket_note: Callable[[Handoff, str], Text] | None = None
    label: Message | None = None
    primary: bool = False
    form: Form | None = None
    chooses_person: bool = False


def after(state: HandoffState, transition: Transition) -> HandoffState | None:
    """Returns the state that `transition` leads to, or None where it is not allowed."""
    row = TRANSITIONS[transition]
    return (row.target or state) if state in row.sources else None


def transitions_from(state: HandoffState) -> tuple[Transition, ...]:
    """Returns the transitions that are allowed in `state`, in the order of the buttons."""
    return tuple(transition for transition, row in TRANSITIONS.items() if state in row.sources)


def ticket_status_after(handoff: Handoff, transition: Transition) -> TicketStatus | None:
    """Returns the status of the ticket once `transition` is made; None where the ticket stays as it is."""
    outcome = handoff.resolution.outcome
    if transition is Transition.HAND_BACK and handoff.resolution.unanswered:
        return TicketStatus.OPEN
    return STATUS_AFTER[outcome] if outcome else TRANSITIONS[transition].ticket_status


def with_question(handoff: Handoff, asked: SolvedQuestion) -> Handoff:
    """Returns the handoff with the question that the employee is asked about its resolution.

    They are asked nothing after a resolution without a solution, and once they have answered.
    """
    ending = handoff.resolution
    asks = asked is not SolvedQuestion.NEVER and ending.outcome is Outcome.SOLVED and not ending.is_answered
    return replace(handoff, resolution=replace(ending, question=asked if asks else None))


def resolution_notice(handoff: Handoff) -> Text:
    """Returns the employee's notice of a resolution. `$words` in it stands for the agent's text, if there is one."""
    match handoff.resolution.question:
        case SolvedQuestion.YES_OR_NO:
            ending = messages.employee.DID_IT_HELP
        case SolvedQuestion.SCORE:
            ending = messages.employee.HOW_WELL_SOLVED
        case _:
            ending = messages.employee.WRITE_AGAIN
    outcome = handoff.resolution.outcome
    if handoff.resolution.by is None:
        return messages.employee.resolved_with_ticket(handoff.name, outcome, ending)
    in_words = handoff.resolution.text is not None
    return messages.employee.resolved(handoff.name, outcome or Outcome.SOLVED, ending, in_words=in_words)


def _claim(handoff: Handoff, agent: str, now: float) -> Handoff:
    return replace(_unresolved(handoff), claim=Claim(by=agent, at=now))


def _join(handoff: Handoff, agent: str, now: float) -> Handoff:
    assert handoff.claim is not None
    return replace(handoff, claim=replace(handoff.claim, joined=(*handoff.claim.joined, agent)))


def _assign(handoff: Handoff, agent: str, now: float) -> Handoff:
    joined = handoff.claim.joined if handoff.claim else ()
    others = tuple(person for person in joined if person != agent)
    return replace(_unresolved(handoff), claim=Claim(by=agent, at=now, joined=others))


def _release(handoff: Handoff, agent: str, now: float) -> Handoff:
    return replace(handoff, claim=None)


def _resume(handoff: Handoff, agent: str, now: float) -> Handoff:
    assert handoff.claim is not None
    return replace(handoff, claim=replace(handoff.claim, waits_until=None, reminded=False))


def _time_out(handoff: Handoff, agent: str, now: float) -> Handoff:
    return replace(handoff, resolution=replace(handoff.resolution, at=now, timed_out=True))


def _unchanged(handoff: Handoff, person: str, now: float) -> Handoff:
    return handoff


def _come_back(handoff: Handoff, employee: str, now: float) -> Handoff:
    return replace(_unresolved(handoff), claim=None, notices=replace(handoff.notices, relay_told=True))


def _write_again(handoff: Handoff, employee: str, now: float) -> Handoff:
    """The employee has not said that it is unsolved, so the card still names who resolved it."""
    reopened = _come_back(handoff, employee, now)
    return replace(reopened, resolution=replace(reopened.resolution, by=handoff.resolution.by))


def _unresolved(handoff: Handoff) -> Handoff:
    ending = handoff.resolution
    return replace(handoff, resolution=Resolution(solved=ending.solved, score=ending.score, scored_at=ending.scored_at))


def _resolve(handoff: Handoff, agent: str, now: float) -> Handoff:
    return replace(handoff, resolution=replace(handoff.resolution, by=agent, at=now))


def _hand_back(handoff: Handoff, agent: str, now: float) -> Handoff:
    return replace(handoff, resolution=replace(handoff.resolution, by=agent, at=now, handed_back=True))


def _withdraw(handoff: Handoff, employee: str, now: float) -> Handoff:
    """The assistant has the conversation again, as if an agent had handed it back."""
    handed_back = _hand_back(handoff, employee, now)
    return replace(handed_back, resolution=replace(handed_back.resolution, withdrawn=True))


def _close_request(handoff: Handoff, employee: str, now: float) -> Handoff:
    return replace(handoff, resolution=replace(handoff.resolution, by=employee, at=now))


def _with_name(sentence: Callable[[str], Text]) -> Callable[[Handoff], Text]:
    """Returns a sentence with only the name of the handoff in it."""
    return lambda handoff: sentence(handoff.name)


def _line(text: Message) -> Callable[[Handoff, str | None], Text]:
    """Returns a line that is the same for every handoff."""
    return lambda handoff, mentioned: text


def _mentioning(text: Message, *, otherwise: Message) -> Callable[[Handoff, str | None], Text]:
    """Returns a line that mentions an agent, with another text where there is none to mention."""
    return lambda handoff, mentioned: otherwise if mentioned is None else text


def _note(text: Callable[[str], Text]) -> Callable[[Handoff, str], Text]:
    """Returns a note that is the same for every handoff."""
    return lambda handoff, chat: text(chat)


def _resolution_note(handoff: Handoff, chat: str) -> Text:
    words = None if handoff.hidden else handoff.resolution.text
    return messages.tickets.resolved(handoff.resolution.outcome or Outcome.SOLVED, words, chat)


def _came_back_line(handoff: Handoff, mentioned: str | None) -> Text:
    return messages.agents.not_solved(handoff.resolution.score, mentions=mentioned is not None)


_OPEN, _CLAIMED, _RESOLVED = HandoffState.OPEN, HandoffState.CLAIMED, HandoffState.RESOLVED
_PENDING = HandoffState.PENDING

TRANSITIONS: Mapping[Transition, TransitionRow] = {
    Transition.CLAIM: TransitionRow(
        sources=(_OPEN,),
        target=_CLAIMED,
        by=Role.AGENT,
        change=_claim,
        sentence=_with_name(messages.employee.claimed),
        event=TimelineEvent.CLAIMED,
        line=_line(messages.agents.CLAIMED),
        ticket_status=TicketStatus.OPEN,
        ticket_note=_note(messages.tickets.claimed),
        label=messages.labels.CLAIM,
        primary=True,
    ),
    Transition.JOIN: TransitionRow(
        sources=(_CLAIMED, _PENDING),
        target=None,
        by=Role.AGENT,
        change=_join,
        sentence=_with_name(messages.employee.joined),
        event=TimelineEvent.JOINED,
        line=_line(messages.agents.JOINED),
        label=messages.labels.JOIN,
    ),
    Transition.RESOLVE: TransitionRow(
        sources=(_OPEN, _CLAIMED, _PENDING),
        target=_RESOLVED,
        by=Role.AGENT,
        change=_resolve,
        sentence=resolution_notice,
        event=TimelineEvent.RESOLVED,
        line=lambda handoff, mentioned: messages.agents.resolved(handoff.resolution.outcome or Outcome.SOLVED),
        ticket_status=TicketStatus.SOLVED,
        ticket_note=_resolution_note,
        label=messages.labels.RESOLVE,
        form=Form.RESOLUTION,
    ),
    Transition.HAND_BACK: TransitionRow(
        sources=(_OPEN, _CLAIMED, _PENDING),
        target=_RESOLVED,
        by=Role.AGENT,
        change=_hand_back,
        sentence=lambda handoff: messages.employee.handed_back(unanswered=handoff.resolution.unanswered),
        event=TimelineEvent.HANDED_BACK,
        line=_line(messages.agents.HANDED_BACK),
        ticket_status=TicketStatus.SOLVED,
        ticket_note=lambda handoff, chat: messages.tickets.handed_back(chat, unanswered=handoff.resolution.unanswered),
        label=messages.labels.HAND_BACK,
    ),
    Transition.REOPEN: TransitionRow(
        sources=(_RESOLVED,),
        target=_CLAIMED,
        by=Role.AGENT,
        change=_claim,
        sentence=_with_name(messages.employee.reopened),
        event=TimelineEvent.REOPENED,
        line=_line(messages.agents.REOPENED),
        ticket_status=TicketStatus.OPEN,
        ticket_note=_note(messages.tickets.reopened),
        label=messages.labels.REOPEN,
    ),
    Transition.ASSIGN: TransitionRow(
        sources=(_OPEN, _CLAIMED, _PENDING),
        target=_CLAIMED,
        by=Role.AGENT,
        change=_assign,
        sentence=_with_name(messages.employee.claimed),
        event=TimelineEvent.ASSIGNED,
        # The assigned person may not be reading the thread.
        line=_mentioning(messages.agents.ASSIGNED, otherwise=messages.agents.CLAIMED),
        ticket_status=TicketStatus.OPEN,
        ticket_note=_note(messages.tickets.assigned),
        label=messages.labels.ASSIGN,
        form=Form.ASSIGNEE,
        chooses_person=True,
    ),
    Transition.RELEASE: TransitionRow(
        sources=(_CLAIMED, _PENDING),
        target=_OPEN,
        by=Role.AGENT,
        change=_release,
        sentence=_with_name(messages.employee.released),
        event=TimelineEvent.RELEASED,
        line=_mentioning(messages.agents.RELEASED_FROM_YOU, otherwise=messages.agents.RELEASED),
        ticket_status=TicketStatus.OPEN,
        ticket_note=_note(messages.tickets.released),
        label=messages.labels.RELEASE,
    ),
    Transition.WAIT: TransitionRow(
        sources=(_CLAIMED,),
        target=_PENDING,
        by=Role.AGENT,
        change=_unchanged,
        sentence=_with_name(messages.employee.reply_needed),
        event=TimelineEvent.PENDING,
        line=_line(messages.agents.WAITS_FOR_EMPLOYEE),
        ticket_status=TicketStatus.PENDING,
        ticket_note=_note(messages.tickets.waits_for_employee),
        label=messages.labels.WAIT,
    ),
    Transition.RESUME: TransitionRow(
        sources=(_PENDING,),
        target=_CLAIMED,
        by=Role.AGENT,
        change=_resume,
        sentence=None,
        event=TimelineEvent.RESUMED,
        line=_line(messages.agents.RESUMED),
        ticket_status=TicketStatus.OPEN,
        ticket_note=_note(messages.tickets.resumed),
        label=messages.labels.RESUME,
    ),
    Transition.REPLY: TransitionRow(
        sources=(_PENDING,),
        target=_CLAIMED,
        by=Role.EMPLOYEE,
        change=_resume,
        sentence=None,
        event=TimelineEvent.REPLIED,
        line=_line(messages.agents.EMPLOYEE_REPLIED),
        ticket_status=TicketStatus.OPEN,
        ticket_note=lambda handoff, chat: messages.tickets.EMPLOYEE_REPLIED,
    ),
    Transition.TIME_OUT: TransitionRow(
        sources=(_PENDING,),
        target=_RESOLVED,
        by=Role.EMPLOYEE,
        change=_time_out,
        sentence=_with_name(messages.employee.timed_out),
        event=TimelineEvent.TIMED_OUT,
        line=_line(messages.agents.TIMED_OUT),
        ticket_status=TicketStatus.CLOSED,
        ticket_note=_note(messages.tickets.timed_out),
    ),
    Transition.WITHDRAW: TransitionRow(
        sources=(_OPEN, _CLAIMED, _PENDING),
        target=_RESOLVED,
        by=Role.EMPLOYEE,
        change=_withdraw,
        sentence=_with_name(messages.employee.withdrawn),
        event=TimelineEvent.WITHDRAWN,
        line=_mentioning(messages.agents.WITHDRAWN_FROM_YOU, otherwise=messages.agents.WITHDRAWN),
        ticket_status=TicketStatus.SOLVED,
        ticket_note=_note(messages.tickets.withdrawn),
        label=messages.labels.WITHDRAW,
    ),
    Transition.CLOSE_REQUEST: TransitionRow(
        sources=(_OPEN, _CLAIMED, _PENDING),
        target=_RESOLVED,
        by=Role.EMPLOYEE,
        change=_close_request,
        sentence=_with_name(messages.employee.closed_by_you),
        event=TimelineEvent.RESOLVED,
        line=_mentioning(messages.agents.CLOSED_FROM_YOU, otherwise=messages.agents.CLOSED_BY_EMPLOYEE),
        ticket_status=TicketStatus.SOLVED,
        ticket_note=_note(messages.tickets.closed_by_employee),
        label=messages.labels.CLOSE,
    ),
    Transition.COME_BACK: TransitionRow(
        sources=(_RESOLVED,),
        target=_OPEN,
        by=Role.EMPLOYEE,
        change=_come_back,
        sentence=_with_name(messages.employee.came_back),
        event=TimelineEvent.REOPENED,
        line=_came_back_line,
        ticket_status=TicketStatus.OPEN,
        ticket_note=lambda handoff, chat: messages.tickets.came_back(handoff.resolution.score),
    ),
    Transition.WRITE_AGAIN: TransitionRow(
        sources=(_RESOLVED,),
        target=_OPEN,
        by=Role.EMPLOYEE,
        change=_write_again,
        sentence=_with_name(messages.employee.written_again),
        event=TimelineEvent.WRITTEN_AGAIN,
        line=_mentioning(messages.agents.WRITTEN_AGAIN_TO_YOU, otherwise=messages.agents.WRITTEN_AGAIN),
        ticket_status=TicketStatus.OPEN,
        ticket_note=_note(messages.tickets.written_again),
    ),
}
