"""The matter of a handoff: what it is about, where the employee has asked for a person and said nothing else.

They are asked in the notice about the handover. Their first words join the card and the ticket; nobody waits for them.
"""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk.escalation import Decision, Phrase, says_no_matter
from bot.helpdesk.handoffs.card import refresh_card
from bot.helpdesk.handoffs.notify import has_answered
from bot.helpdesk.handoffs.thanks import Remark, remark_of
from bot.helpdesk.handoffs.tickets import add_matter_to_ticket
from bot.helpdesk.model.conversation import Conversation, Question, QuestionState
from bot.helpdesk.model.handoff import Handoff
from bot.helpdesk.model.relay import Relay
from bot.helpdesk.unit_of_work import UnitOfWork


def lacks_matter(uow: UnitOfWork, decision: Decision, question: Question | None) -> bool:
    """Returns whether a handoff opens for a wish for a person alone."""
    is_wish = all(fired.condition == Phrase.kind for fired in decision.fired)
    return is_wish and (question is None or says_no_matter(uow.config.policy, question.text))


def last_asked(uow: UnitOfWork, conversation: Conversation, *, besides: Question | None = None) -> Question | None:
    """Returns the employee's last question to the assistant. Thanks and small talk are none."""
    recent = uow.tx.questions.recent_in(conversation.id, conversation.opened_at)
    left_out = besides.id if besides else None
    asked = (question for question in reversed(recent) if question.state is not QuestionState.NOT_ASKED)
    return next((question for question in asked if question.id != left_out), None)


def earlier_matter(uow: UnitOfWork, conversation: Conversation, wish: Question | None) -> Question | None:
    """Returns the question that the employee asked the assistant before their wish, if no people have had it."""
    handed_over = {handoff.question_id for handoff in uow.tx.handoffs.all_in(conversation.id)}
    last = last_asked(uow, conversation, besides=wish)
    if last is None or last.hidden or last.id in handed_over or says_no_matter(uow.config.policy, last.text):
        return None
    return last


def record_matter(uow: UnitOfWork, conversation: Conversation, handoff: Handoff, relay: Relay) -> Handoff:
    """Adds a message of the employee to the card and the ticket, if it says what the handoff is about.

    Returns the handoff as saved.
    """
    is_due = handoff.notices.matter_asked and handoff.grounds.matter is None and not has_answered(uow, handoff)
    if not is_due or remark_of(relay.text) is not Remark.WORDS or says_no_matter(uow.config.policy, relay.text):
        return handoff
    handoff = refresh_card(uow, replace(handoff, grounds=replace(handoff.grounds, matter=relay.id)))
    if handoff.ticket.wanted and not handoff.hidden:
        add_matter_to_ticket(uow, conversation, handoff, relay.text)
    return handoff
