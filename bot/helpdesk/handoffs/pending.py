"""Waiting for the employee: they are reminded once and, without a reply, the handoff is closed.

Both happen during business hours. A reply at any time, also as a comment on the ticket, ends the waiting.
"""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.escalation import HandoffRules
from bot.helpdesk.handoffs.notify import load, log_event, post_to_thread, tell
from bot.helpdesk.handoffs.transitions import apply, pressed_transition
from bot.helpdesk.model.conversation import Conversation
from bot.helpdesk.model.events import Pressed
from bot.helpdesk.model.handoff import Claim, Handoff, HandoffState, Transition
from bot.helpdesk.model.history import TimelineEvent
from bot.helpdesk.model.job import JobKind, ScheduledJob
from bot.helpdesk.unit_of_work import UnitOfWork


def wait_for_employee(uow: UnitOfWork, pressed: Pressed) -> None:
    """Handles an agent's press to wait for the employee."""
    found = pressed_transition(uow, pressed, Transition.WAIT)
    if found is None:
        return
    handoff, conversation = found
    handoff = apply(uow, pressed.person, conversation, handoff, Transition.WAIT)
    rules = uow.config.policy.handoffs
    if rules.waiting_remind:
        _wait_until(uow, handoff, rules.waiting_remind, reminded=False)
    else:
        _wait_until(uow, handoff, rules.waiting_close, reminded=True)


def record_reply(uow: UnitOfWork, conversation: Conversation, handoff: Handoff) -> None:
    """Ends the waiting because the employee has replied. Does nothing to a handoff that does not wait."""
    if handoff.state is HandoffState.PENDING:
        apply(uow, conversation.employee, conversation, handoff, Transition.REPLY, to=handoff.claimed_by)


def end_waiting(uow: UnitOfWork, job: ScheduledJob) -> None:
    """Reminds the employee of their reply or, if that was done, closes the handoff."""
    found = load(uow, job.subject)
    if found is None:
        return
    handoff, conversation = found
    claim = handoff.claim
    if handoff.state is not HandoffState.PENDING or claim is None or job.version != _version(claim):
        return
    if not claim.reminded:
        _remind(uow, conversation, handoff, claim)
    elif uow.config.policy.handoffs.waiting_close:
        apply(uow, None, conversation, handoff, Transition.TIME_OUT, to=claim.by)


def _remind(uow: UnitOfWork, conversation: Conversation, handoff: Handoff, claim: Claim) -> None:
    rules = uow.config.policy.handoffs
    # Counted from the reminder, which may have been late.
    handoff = _wait_until(uow, handoff, max(0.0, rules.waiting_close - rules.waiting_remind), reminded=True)
    text = messages.employee.reply_still_needed(handoff.name, _closing(rules, handoff))
    key = f"reply_needed:{handoff.id}:{claim.waits_until!r}"
    tell(uow, conversation, text, key=key)
    post_to_thread(uow, handoff, messages.agents.EMPLOYEE_REMINDED, key=f"{key}:agents")
    log_event(uow, handoff, TimelineEvent.EMPLOYEE_REMINDED, person=None)


def _closing(rules: HandoffRules, handoff: Handoff) -> messages.Message | None:
    until = handoff.claim.waits_until if handoff.claim else None
    return None if until is None else messages.anyone.moment(rules.hours.local(until))


def _wait_until(uow: UnitOfWork, handoff: Handoff, seconds: float, *, reminded: bool) -> Handoff:
    """Schedules the next step of the waiting, if there is one. Returns the handoff as saved."""
    assert handoff.claim is not None
    until = uow.config.policy.handoffs.hours.opening(uow.now + seconds) if seconds else None
    handoff = replace(handoff, claim=replace(handoff.claim, waits_until=until, reminded=reminded))
    uow.tx.handoffs.save(handoff)
    if until is not None and handoff.claim is not None:
        uow.schedule(JobKind.END_WAITING, handoff.id, at=until, version=_version(handoff.claim))
    return handoff


def _version(claim: Claim) -> str:
    """Returns the version for which the next step is scheduled: its time."""
    return "" if claim.waits_until is None else repr(float(claim.waits_until))
