"""The state machine of a handoff: one row for each transition, from which everything else is derived.

The surface takes its buttons from here, the router who may press them, and `transitions` what follows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import LiteralString

from bot.helpdesk import messages
from bot.helpdesk.model.conversation import Role
from bot.helpdesk.model.effects import Form
from bot.helpdesk.model.handoff import STATUS_AFTER, Handoff, HandoffState, Outcome, TicketStatus, Transition
from bot.helpdesk.model.timeline import Event
from bot.helpdesk.redaction import SafeText, compose, redact


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionRow:
    """A transition: when it is allowed, and to whom, what it changes, and what everybody is told of it.

    `change` returns the record without its new state; it is given who makes the transition or, where that is somebody
    else, whom it concerns, and the time. `sentence` is for the employee, `call` for that person in the thread.
    `ticket_status` None: the ticket stays as it is. `label` is that of its button, empty where it has none; `form` is
    filled in before it is made, and `chooses_person` makes the button a menu of people.
    """

    sources: tuple[HandoffState, ...]
    target: HandoffState
    by: Role
    change: Callable[[Handoff, str, float], Handoff]
    sentence: Callable[[Handoff], str]
    event: Event
    call: SafeText | None = None
    ticket_status: TicketStatus | None = None
    ticket_note: Callable[[Handoff], SafeText] | None = None
    label: str = ""
    primary: bool = False
    form: Form | None = None
    chooses_person: bool = False


def after(state: HandoffState, transition: Transition) -> HandoffState | None:
    """Returns the state that `transition` leads to, or None where it is not allowed."""
    row = TRANSITIONS[transition]
    return row.target if state in row.sources else None


def transitions_from(state: HandoffState) -> tuple[Transition, ...]:
    """Returns what is allowed in `state`, in the order of the buttons."""
    return tuple(transition for transition, row in TRANSITIONS.items() if state in row.sources)


def ticket_status_after(handoff: Handoff, transition: Transition) -> TicketStatus | None:
    """Returns the status of the ticket once `transition` is made; None where the ticket stays as it is."""
    return STATUS_AFTER[handoff.outcome] if handoff.outcome else TRANSITIONS[transition].ticket_status


def asks_if_solved(handoff: Handoff) -> bool:
    """Returns whether the employee is to be asked if the resolution solved it, which they have not said yet."""
    return handoff.outcome is Outcome.SOLVED and handoff.solved is None


def farewell(handoff: Handoff, *, asks: bool) -> str:
    """The employee's notice of a resolution; the agent's own words, where there are any, stand in it as `{words}`."""
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
    """The employee has not said that it is unsolved, so the card still names who resolved it."""
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


def _named(sentence: Callable[[str], str]) -> Callable[[Handoff], str]:
    """A sentence that says nothing of the handoff but its name."""
    return lambda handoff: sentence(handoff.name)


def _note(words: LiteralString) -> Callable[[Handoff], SafeText]:
    """A note that says the same of every handoff."""
    note = compose(words)
    return lambda handoff: note


def _resolution_note(handoff: Handoff) -> SafeText:
    outcome = redact(handoff.outcome.spoken if handoff.outcome else "solved")
    if handoff.resolution is None:
        return compose(messages.NOTE_RESOLVED, outcome=outcome)
    words = redact(handoff.resolution)
    return compose(messages.NOTE_RESOLVED_IN_WORDS, outcome=outcome, words=words)


_OPEN, _CLAIMED, _RESOLVED = HandoffState.OPEN, HandoffState.CLAIMED, HandoffState.RESOLVED

TRANSITIONS: Mapping[Transition, TransitionRow] = {
    Transition.CLAIM: TransitionRow(
        sources=(_OPEN,),
        target=_CLAIMED,
        by=Role.AGENT,
        change=_claim,
        sentence=_named(messages.claimed),
        event=Event.CLAIMED,
        ticket_status=TicketStatus.OPEN,
        ticket_note=_note(messages.NOTE_CLAIMED),
        label="Claim",
        primary=True,
    ),
    Transition.JOIN: TransitionRow(
        sources=(_CLAIMED,),
        target=_CLAIMED,
        by=Role.AGENT,
        change=_join,
        sentence=_named(messages.joined),
        event=Event.JOINED,
        label="Join",
    ),
    Transition.RESOLVE: TransitionRow(
        sources=(_OPEN, _CLAIMED),
        target=_RESOLVED,
        by=Role.AGENT,
        change=_resolve,
        sentence=lambda handoff: farewell(handoff, asks=asks_if_solved(handoff)),
        event=Event.RESOLVED,
        ticket_status=TicketStatus.SOLVED,
        ticket_note=_resolution_note,
        label="Resolve",
        form=Form.RESOLUTION,
    ),
    Transition.HAND_BACK: TransitionRow(
        sources=(_OPEN, _CLAIMED),
        target=_RESOLVED,
        by=Role.AGENT,
        change=_hand_back,
        sentence=_named(messages.handed_back),
        event=Event.HANDED_BACK,
        ticket_status=TicketStatus.SOLVED,
        ticket_note=_note(messages.NOTE_HANDED_BACK),
        label="Hand back to the assistant",
    ),
    Transition.REOPEN: TransitionRow(
        sources=(_RESOLVED,),
        target=_CLAIMED,
        by=Role.AGENT,
        change=_claim,
        sentence=_named(messages.reopened),
        event=Event.REOPENED,
        ticket_status=TicketStatus.OPEN,
        ticket_note=_note(messages.NOTE_REOPENED),
        label="Reopen",
    ),
    Transition.ASSIGN: TransitionRow(
        sources=(_OPEN, _CLAIMED),
        target=_CLAIMED,
        by=Role.AGENT,
        change=_assign,
        sentence=_named(messages.claimed),
        event=Event.ASSIGNED,
        # They need not be present when it becomes theirs.
        call=compose(messages.IS_YOURS_NOW),
        ticket_status=TicketStatus.OPEN,
        ticket_note=_note(messages.NOTE_ASSIGNED),
        label="Assign to…",
        chooses_person=True,
    ),
    Transition.WITHDRAW: TransitionRow(
        sources=(_OPEN, _CLAIMED),
        target=_RESOLVED,
        by=Role.EMPLOYEE,
        change=_withdraw,
        sentence=_named(messages.withdrawn),
        event=Event.WITHDRAWN,
        ticket_status=TicketStatus.SOLVED,
        ticket_note=_note(messages.NOTE_WITHDRAWN),
        label="I don't need a person",
    ),
    Transition.COME_BACK: TransitionRow(
        sources=(_RESOLVED,),
        target=_OPEN,
        by=Role.EMPLOYEE,
        change=_come_back,
        sentence=_named(messages.came_back),
        event=Event.REOPENED,
        ticket_status=TicketStatus.OPEN,
        ticket_note=_note(messages.NOTE_CAME_BACK),
    ),
    Transition.WRITE_AGAIN: TransitionRow(
        sources=(_RESOLVED,),
        target=_OPEN,
        by=Role.EMPLOYEE,
        change=_write_again,
        sentence=_named(messages.written_again),
        event=Event.WRITTEN_AGAIN,
        ticket_status=TicketStatus.OPEN,
        ticket_note=_note(messages.NOTE_WRITTEN_AGAIN),
    ),
}
