"""Notices to an employee who waits for a person.

They are told when somebody is expected, with the notice of the handover; once when the target has passed; once when
people are back at work, at the beginning of the next working day; and if the handoff could not be posted, that, and
when it was posted after all. The policy can turn the first three off. Nothing is told of a handoff that is no longer
open, and after an agent has replied.
"""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.handoffs.notify import has_answered, load, tell
from bot.helpdesk.messages import OwnWords, Text, in_a_row
from bot.helpdesk.model.chat import ENGLISH
from bot.helpdesk.model.conversation import Conversation, new_id
from bot.helpdesk.model.handoff import Handoff, HandoffState
from bot.helpdesk.model.history import REPLIES, TimelineEvent
from bot.helpdesk.model.job import JobKind, ScheduledJob
from bot.helpdesk.unit_of_work import UnitOfWork

_OPENINGS = frozenset(
    {TimelineEvent.OPENED, TimelineEvent.REOPENED, TimelineEvent.WRITTEN_AGAIN, TimelineEvent.RELEASED}
)
# Seconds within which another notice would say nothing new: several come due at once if the desk was stopped.
_JUST_NOW = 3600.0


def tell_handed_over(uow: UnitOfWork, conversation: Conversation, handoff: Handoff) -> Handoff:
    """Tells the employee once what happens next, unless the handoff is resolved already.

    Returns the handoff, which is to be saved.
    """
    if handoff.notices.handover_told or handoff.state is HandoffState.RESOLVED:
        return handoff
    notices = replace(handoff.notices, handover_told=True)
    name = handoff.name if handoff.ticket.ref else None
    own = OwnWords({ENGLISH: handoff.notices.text}) if handoff.notices.text else None
    answered = has_answered(uow, handoff)
    asks_matter = handoff.notices.matter_asked and handoff.grounds.matter is None and not answered
    if (handoff.notices.text or "").rstrip().endswith("?"):
        # The policy's own text asks them already.
        asks_matter = False
    text = messages.employee.handed_over(name, own, expected(uow, handoff), asks_matter=asks_matter)
    key = f"handed_over:{handoff.id}"
    if answered:
        tell(uow, conversation, text, key=key)
    else:
        notices = replace(notices, current=tell(uow, conversation, text, key=key, withdraws=handoff.id).id)
    return replace(handoff, notices=notices)


def tell_ticket_number(uow: UnitOfWork, conversation: Conversation, handoff: Handoff) -> None:
    """Tells the employee the number of a ticket that did not exist yet when they were told what happens next.

    Does nothing once it is resolved: the number is named if it is reopened.
    """
    if handoff.state is not HandoffState.RESOLVED:
        tell(uow, conversation, messages.employee.ticket_number(handoff.name), key=f"ticket_number:{handoff.id}")


# When somebody is expected.


def expected(uow: UnitOfWork, handoff: Handoff) -> Text | None:
    """Returns the sentence about when somebody is expected, None where that is not known or not to be told.

    Outside of working hours that is when people work again, else the reply target, which is not counted in the breaks.
    """
    rules = uow.config.policy.handoffs
    if not rules.tell_expected or handoff.state is not HandoffState.OPEN:
        return None
    if not rules.hours.is_open(uow.now):
        return messages.employee.expect_from(messages.anyone.moment(rules.hours.local(rules.hours.opening(uow.now))))
    if handoff.answer_by is not None and handoff.answer_by > uow.now:
        return messages.employee.expect_by(messages.anyone.moment(rules.hours.local(handoff.answer_by)))
    return None


def with_expectation(uow: UnitOfWork, handoff: Handoff, text: Text) -> Text:
    """Returns a notice about a handoff, and behind it when somebody is expected, where that is told."""
    expectation = expected(uow, handoff)
    return text if expectation is None else in_a_row(text, expectation)


# While nobody has claimed it.


def tell_overdue(uow: UnitOfWork, handoff: Handoff) -> None:
    """Tells the employee, whose handoff nobody has claimed in time, that its agents were reminded."""
    if uow.config.policy.handoffs.tell_overdue and _waits_since(uow, handoff) is not None:
        _tell(uow, handoff, messages.employee.overdue(handoff.name), key=_overdue_key(handoff))


def schedule_at_work(uow: UnitOfWork, handoff: Handoff) -> None:
    """Schedules the notice at the beginning of the next working day for a handoff that is opened now, in any way."""
    rules = uow.config.policy.handoffs
    morning = rules.hours.next_morning(uow.now) if rules.tell_at_work else None
    if morning is not None:
        uow.schedule(JobKind.TELL_AT_WORK, handoff.id, at=morning)


def tell_at_work(uow: UnitOfWork, job: ScheduledJob) -> None:
    """Tells an employee who still waits that people are back at work, unless the target has passed just now.

    If the desk was stopped in the morning, they are told when it runs and people work.
    """
    handoff = uow.tx.handoffs.get(job.subject)
    since = None if handoff is None else _waits_since(uow, handoff)
    rules = uow.config.policy.handoffs
    # Of a handoff that was opened again after that morning, a later job tells.
    if handoff is None or since is None or since >= (job.due_at or 0.0) or not rules.tell_at_work:
        return
    opening = rules.hours.opening(uow.now)
    if opening > uow.now:
        uow.schedule(JobKind.TELL_AT_WORK, handoff.id, at=opening)
        return
    key = f"at_work:{handoff.id}:{since!r}"
    if not _is_overdue_told(uow, handoff) and uow.tx.effects.of_key(key) is None:
        _tell(uow, handoff, messages.employee.at_work(handoff.name), key=key)


def _is_overdue_told(uow: UnitOfWork, handoff: Handoff) -> bool:
    """Returns whether the employee was told within the last hour that the target has passed, or is told now."""
    if not handoff.is_late(uow.now) or not uow.config.policy.handoffs.tell_overdue:
        return False
    told = uow.tx.effects.of_key(_overdue_key(handoff))
    return told is None or uow.now - told.decided_at < _JUST_NOW


def _waits_since(uow: UnitOfWork, handoff: Handoff) -> float | None:
    """Returns since when the employee waits for somebody to claim the handoff; None if they do not wait.

    They do not, either, if they were told to contact the agents another way.
    """
    if handoff.state is not HandoffState.OPEN or handoff.notices.unreached:
        return None
    for entry in reversed(uow.tx.timeline.of_handoff(handoff.id)):
        if entry.event in REPLIES:
            return None
        if entry.event in _OPENINGS:
            return float(entry.at)
    return None


def _overdue_key(handoff: Handoff) -> str:
    return f"overdue:{handoff.id}:{handoff.answer_by!r}"


def _tell(uow: UnitOfWork, handoff: Handoff, text: Text, *, key: str) -> None:
    conversation = uow.tx.conversations.get(handoff.conversation_id)
    if conversation is not None:
        tell(uow, conversation, text, key=key)


# A handoff channel that cannot be used.


def tell_nobody_reached(uow: UnitOfWork, conversation: Conversation, handoff: Handoff) -> None:
    """Tells the employee that the handoff channel is unusable, once until it works again.

    No later notice of the handover promises them a person.
    """
    if handoff.notices.unreached:
        return
    notices = replace(handoff.notices, handover_told=True, unreached=True)
    uow.tx.handoffs.save(replace(handoff, notices=notices))
    chat, contact = uow.config.surface(handoff.surface).name, uow.config.policy.handoffs.fallback_contact
    tell(uow, conversation, messages.employee.nobody_reached(handoff.name, chat, contact), key=new_id("nobody"))


def tell_reached(uow: UnitOfWork, handoff: Handoff) -> Handoff:
    """Tells an employee who was told to contact the agents another way that these have the handoff after all.

    Returns the handoff, which is to be saved.
    """
    found = load(uow, handoff.id) if handoff.notices.unreached else None
    if found is None:
        return handoff
    notices = replace(handoff.notices, unreached=False)
    if handoff.state is not HandoffState.RESOLVED:
        text = with_expectation(uow, handoff, messages.employee.reached(handoff.name))
        withdraws = notices.current is None and not has_answered(uow, handoff)
        notice = tell(uow, found[1], text, key=new_id("reached"), withdraws=handoff.id if withdraws else None)
        notices = replace(notices, current=notice.id if withdraws else notices.current)
    return replace(handoff, notices=notices)
