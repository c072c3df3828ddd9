"""Requests for a person by button: below an answer or a notice, and where the employee was asked first."""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.escalation import Moment, decide, decide_again, noted
from bot.helpdesk.handoffs.drafts import draft_for_agents
from bot.helpdesk.handoffs.matter import last_asked
from bot.helpdesk.handoffs.notify import pressed_message, retell, send_private_note, tell
from bot.helpdesk.handoffs.offers import key_of_acceptance, names_of_many_open, offer_of
from bot.helpdesk.handoffs.opening import escalate
from bot.helpdesk.messages import Text, in_a_row
from bot.helpdesk.model.conversation import Conversation, new_id
from bot.helpdesk.model.events import Button, Pressed
from bot.helpdesk.unit_of_work import UnitOfWork


def ask_for_person(uow: UnitOfWork, pressed: Pressed) -> None:
    """Escalates a conversation because of the button under an answer or a notice."""
    answer = uow.tx.answers.get(pressed.subject)
    conversation = uow.tx.conversations.get(answer.conversation_id if answer else pressed.subject)
    if conversation is None:
        send_private_note(uow, pressed, messages.anyone.GONE)
        return
    if _tell_if_open(uow, conversation):
        return
    question = uow.tx.questions.get(answer.question_id) if answer else last_asked(uow, conversation)
    facts = replace(uow.facts_on(conversation.surface, conversation.employee), asked_for_person=True)
    decision = decide(uow.config.policy, facts)
    if question is not None:
        question = replace(question, decisions=noted(question.decisions, Moment.PRESSED, facts, decision))
        uow.tx.questions.save(question)
    escalate(uow, conversation, decision, question=question, answer=answer, pressed=Button.PERSON)


def accept_offer(uow: UnitOfWork, pressed: Pressed) -> None:
    """Escalates a conversation because the employee has accepted the offer of a person, or wants another handoff."""
    record = uow.tx.decisions.get(pressed.subject)
    conversation = uow.tx.conversations.get(record.conversation_id) if record else None
    if record is None or conversation is None:
        send_private_note(uow, pressed, messages.anyone.GONE)
        return
    if _tell_if_open(uow, conversation):
        return
    decision = decide_again(uow.config.policy, record.rules, record.reasons)
    button = Button.OPEN_ANOTHER if pressed.button is Button.OPEN_ANOTHER else Button.ACCEPT_OFFER
    choice: Text = messages.employee.ANOTHER_OPENED
    if button is Button.ACCEPT_OFFER:
        offer = offer_of(uow, conversation, decision)
        choice = in_a_row(offer, messages.employee.OFFER_ACCEPTED, separator="\n")
    elif names := names_of_many_open(uow, conversation, decision):
        choice = in_a_row(messages.employee.shall_open_another(names), choice, separator="\n")
    if pressed.address.message:
        shown = pressed_message(pressed)
        retell(uow, conversation, shown, choice, key=key_of_acceptance(record), subject=conversation.id)
    question = uow.tx.questions.get(record.question_id)
    answer = uow.tx.answers.of_question(question.id) if question else None
    handoff = escalate(uow, conversation, decision, question=question, answer=answer, pressed=button)
    if handoff is not None and answer is not None and question is not None and question.withheld:
        draft_for_agents(uow, handoff, answer)


def _tell_if_open(uow: UnitOfWork, conversation: Conversation) -> bool:
    """Tells the employee if people have the conversation already. Returns whether they do."""
    handoff = uow.tx.handoffs.open_in(conversation.id)
    if handoff is not None:
        text = messages.anyone.already_handed_over(handoff.name)
        tell(uow, conversation, text, key=f"already:{new_id('press')}")
    return handoff is not None
