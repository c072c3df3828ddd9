"""Subjects of what people press outside of the desk's own buttons, found by where they pressed.

A surface may have thumbs or suggested replies of its own, which carry no id of the desk's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from bot.helpdesk.answering.answers import key_of_part
from bot.helpdesk.handoffs.matter import last_asked
from bot.helpdesk.handoffs.offers import key_of_offer
from bot.helpdesk.model.chat import Address
from bot.helpdesk.model.conversation import Answer, Conversation, Rating
from bot.helpdesk.model.events import Button, Pressed, ReasonGiven
from bot.helpdesk.model.history import DecisionRecord
from bot.helpdesk.unit_of_work import UnitOfWork

E = TypeVar("E", Pressed, ReasonGiven)


def with_subject(uow: UnitOfWork, event: E) -> E:
    """Returns the event with the id of what it is about; as it is where it has one, or where nothing is found."""
    if event.subject or event.address is None:
        return event
    if isinstance(event, ReasonGiven):
        return replace(event, subject=_answer_id(uow, event.address))
    match event.button:
        case Rating():
            return replace(event, subject=_answer_id(uow, event.address))
        case Button.PERSON:
            return replace(event, subject=_matter_at(uow, event.address))
        case Button.ACCEPT_OFFER:
            return _on_offer(uow, event)
    return event


def _answer_id(uow: UnitOfWork, address: Address) -> str:
    found = _answer_at(uow, address)
    return found.id if found else ""


def _answer_at(uow: UnitOfWork, address: Address) -> Answer | None:
    """Returns the answer that a message shows.

    If the surface does not tell the message, or its post is not recorded yet, it is the latest answer that the employee
    has in that direct message. A message that is not the recorded one may show an answer that was posted twice.
    """
    posted = uow.tx.answers.of_post(address) if address.message else None
    if posted is not None:
        return posted
    answers = _recent_answers(uow, address)
    return next((one for one in answers if not address.message or _may_be_shown(uow, address, one)), None)


def _recent_answers(uow: UnitOfWork, address: Address) -> Iterator[Answer]:
    """Yields the answers that the employee has in a direct message, latest first."""
    conversation = uow.tx.conversations.latest_in(address.surface, address.channel)
    asked = uow.tx.questions.recent_in(conversation.id, conversation.opened_at) if conversation else []
    answers = (uow.tx.answers.of_question(question.id) for question in reversed(asked) if not question.withheld)
    return (answer for answer in answers if answer is not None)


def _may_be_shown(uow: UnitOfWork, address: Address, answer: Answer) -> bool:
    """Returns whether a message that is not the recorded one may show the thumbs of an answer."""
    parts = len(uow.config.surface(address.surface).split(answer.text))
    last = uow.tx.effects.of_key(key_of_part(answer, parts))
    if last is None:
        return answer.posted is None
    return last.first_tried_at is not None and (answer.posted is None or last.attempts > 1)


def _current_conversation(uow: UnitOfWork, address: Address) -> Conversation | None:
    """Returns the latest conversation in a direct message, unless it is idle by now."""
    latest = uow.tx.conversations.latest_in(address.surface, address.channel)
    return latest if latest is not None and uow.now - latest.last_at < uow.config.idle_seconds else None


def _matter_at(uow: UnitOfWork, address: Address) -> str:
    """Returns the id of the answer to the last question in a direct message, or else of the conversation there."""
    conversation = _current_conversation(uow, address)
    if conversation is None:
        return ""
    question = last_asked(uow, conversation)
    answer = uow.tx.answers.of_question(question.id) if question is not None and not question.withheld else None
    return conversation.id if answer is None else answer.id


def _on_offer(uow: UnitOfWork, pressed: Pressed) -> Pressed:
    """Returns the press as if it was made on the latest offer of a person that was not accepted."""
    conversation = _current_conversation(uow, pressed.address)
    offers = uow.tx.decisions.without_handoff_in(conversation.id) if conversation else []
    if not offers:
        return pressed
    message = _message_of(uow, offers[-1])
    address = replace(pressed.address, thread=message, message=message)
    return replace(pressed, subject=offers[-1].id, address=address)


def _message_of(uow: UnitOfWork, offer: DecisionRecord) -> str:
    """Returns the message with the offer; empty if it is not known."""
    question = uow.tx.questions.get(offer.question_id)
    notice = uow.tx.effects.of_key(key_of_offer(question)) if question else None
    return (notice.outcome if notice else None) or ""
