"""Escalation: handoff, card and ticket are opened together where the policy decides that a person is needed."""

from __future__ import annotations

from dataclasses import replace

from bot.errors import OutsideError
from bot.helpdesk.alarms import record_channel_failure, record_channel_success
from bot.helpdesk.escalation import Decision
from bot.helpdesk.handoffs.card import card_of, current_card, decide_refresh, post_card, post_full_text, refresh_card
from bot.helpdesk.handoffs.hiding import is_hidden, reasons_of
from bot.helpdesk.handoffs.matter import earlier_matter, lacks_matter
from bot.helpdesk.handoffs.notify import load, log_event
from bot.helpdesk.handoffs.offers import (
    ask_about_another,
    close_offers,
    names_of_many_open,
    offer_person,
    record_decision,
)
from bot.helpdesk.handoffs.relay_copies import copy_stored_files, post_missed
from bot.helpdesk.handoffs.replacement import record_replaced, replace_card
from bot.helpdesk.handoffs.sla import raise_priority, set_reply_target
from bot.helpdesk.handoffs.tickets import add_answer_to_ticket, create_ticket, link_ticket
from bot.helpdesk.handoffs.wait_notices import tell_handed_over, tell_nobody_reached, tell_reached
from bot.helpdesk.model.conversation import Answer, Conversation, Question, QuestionState, new_id
from bot.helpdesk.model.effects import PostMessage
from bot.helpdesk.model.events import Button
from bot.helpdesk.model.handoff import OWNER_IN, Card, EmployeeNotices, Grounds, Handoff, HandoffState, HandoffTicket
from bot.helpdesk.model.history import TimelineEvent
from bot.helpdesk.unit_of_work import UnitOfWork


def escalate(
    uow: UnitOfWork,
    conversation: Conversation,
    decision: Decision,
    *,
    question: Question | None,
    answer: Answer | None = None,
    pressed: Button | None = None,
) -> Handoff | None:
    """Hands the conversation over if the policy decided so. One that is handed over already gets the new reasons.

    `pressed` is the button with which the employee has asked for it. Returns the handoff. Returns None if no person is
    needed, or if the employee is asked first: where the rules only offer a person, and where they have many open ones.
    """
    if not decision.escalate:
        return None
    handoff = uow.tx.handoffs.open_in(conversation.id)
    if handoff is None:
        if decision.only_offers:
            offer_person(uow, conversation, decision, question)
            return None
        wants_another = pressed in (Button.OPEN_ANOTHER, Button.ACCEPT_OFFER)
        if not wants_another and (names := names_of_many_open(uow, conversation, decision)):
            ask_about_another(uow, conversation, decision, question, names, again=pressed is not None)
            return None
        handoff = _open(uow, conversation, decision, question, answer)
    elif set(reasons := reasons_of(uow, decision, question, handoff)) <= set(handoff.grounds.reasons):
        return handoff
    else:
        handoff = _add_reasons(uow, handoff, decision, question, reasons)
    record_decision(uow, conversation, decision, question, handoff)
    return handoff


def _open(
    uow: UnitOfWork, conversation: Conversation, decision: Decision, question: Question | None, answer: Answer | None
) -> Handoff:
    hidden = is_hidden(uow, decision, question)
    lacks = not hidden and lacks_matter(uow, decision, question)
    earlier = earlier_matter(uow, conversation, question) if lacks else None
    handoff = Handoff(
        id=new_id("hof"),
        number=uow.tx.handoffs.next_number(),
        conversation_id=conversation.id,
        question_id=question.id if question else None,
        answer_id=answer.id if answer else None,
        priority=decision.priority.value,
        grounds=Grounds(
            rules=decision.rules,
            reasons=reasons_of(uow, decision, question),
            fingerprint=decision.fingerprint,
            hidden=hidden,
            matter=earlier.id if earlier else None,
        ),
        place=uow.config.handoff_place(conversation.surface, decision.channel),
        ticket=HandoffTicket(wanted=decision.ticket),
        notices=EmployeeNotices(
            text=uow.translator_of(conversation).sentence(decision.tell) if decision.tell else None,
            matter_asked=lacks and earlier is None,
        ),
        opened_at=uow.now,
    )
    handoff = set_reply_target(uow, handoff)
    uow.tx.handoffs.add(handoff)
    if question is not None and question.state is QuestionState.WAITING:
        # Saved though unchanged: a concurrent change of it must conflict, so that one of the two sees the other.
        uow.tx.questions.save(question)
    log_event(uow, handoff, TimelineEvent.OPENED, person=None, detail=", ".join(handoff.grounds.rules))
    uow.tx.conversations.save(replace(conversation, owner=OWNER_IN[handoff.state]))
    card = card_of(uow.tx, conversation, handoff, question, answer, uow.now)
    post_card(uow, card, key=f"thread:{handoff.id}")
    close_offers(uow, conversation, handoff)
    files = copy_stored_files(uow, handoff)
    if decision.ticket:
        create_ticket(uow, conversation, handoff, question, answer, files)
        return handoff
    handoff = tell_handed_over(uow, conversation, handoff)
    uow.tx.handoffs.save(handoff)
    return handoff


def _add_reasons(
    uow: UnitOfWork, handoff: Handoff, decision: Decision, question: Question | None, reasons: tuple[str, ...]
) -> Handoff:
    known = handoff.grounds
    grounds = replace(
        known,
        rules=tuple(dict.fromkeys(known.rules + decision.rules)),
        reasons=tuple(dict.fromkeys(known.reasons + reasons)),
        hidden=is_hidden(uow, decision, question, handoff),
    )
    return refresh_card(uow, raise_priority(uow, replace(handoff, grounds=grounds), decision))


def record_opened(uow: UnitOfWork, post: PostMessage[Card], message: str) -> None:
    """Records the card's message, which is the root of the handoff's thread."""
    handoff = uow.tx.handoffs.get(post.content.handoff_id)
    if handoff is None:
        return
    # A button may have been pressed before the post was found: then its thread is known, and it is up to date.
    if handoff.thread is None:
        handoff = replace(handoff, thread=message)
        uow.tx.handoffs.save(handoff)
        if handoff.revision > post.content.revision:
            decide_refresh(uow, handoff)
    if handoff.thread == message and uow.tx.moved_threads.of_thread(handoff.thread_address(message)) is not None:
        # It was deleted before it was known as a card.
        replace_card(uow, handoff, message)
        return
    record_replaced(uow, handoff)
    if handoff.revision > post.content.revision or post.content.has_long_text:
        post_full_text(uow, handoff)
    post_missed(uow, handoff)
    uow.tx.handoffs.save(tell_reached(uow, link_ticket(uow, handoff)))
    post_missed_cards(uow, handoff.channel)


def post_missed_cards(uow: UnitOfWork, channel: str) -> None:
    """Posts the cards that could not be posted in a channel, which works again."""
    if not record_channel_success(uow, channel):
        return
    for handoff in uow.tx.handoffs.unposted(channel):
        conversation = uow.tx.conversations.get(handoff.conversation_id)
        if conversation is not None:
            post_card(uow, current_card(uow.tx, conversation, handoff, uow.now), key=new_id("thread"))


def record_unopened(uow: UnitOfWork, post: PostMessage[Card], error: OutsideError) -> None:
    """Tells the employee that the card could not be posted, and raises an alarm."""
    found = load(uow, post.content.handoff_id)
    if found is not None:
        handoff, conversation = found
        tell_nobody_reached(uow, conversation, handoff)
        record_channel_failure(uow, handoff.channel, error.code_or_kind)


def add_answer(uow: UnitOfWork, conversation: Conversation, question: Question, answer: Answer) -> None:
    """Adds an answer that came after the handoff was opened to its card and its ticket."""
    for handoff in uow.tx.handoffs.all_in(conversation.id):
        if _waits_for(handoff, question):
            handoff = replace(handoff, answer_id=answer.id, question_id=question.id)
            post_full_text(uow, refresh_card(uow, handoff))
            if handoff.ticket.wanted:
                add_answer_to_ticket(uow, conversation, handoff, answer)


def _waits_for(handoff: Handoff, question: Question) -> bool:
    """Returns whether the answer belongs on the card. Once resolved, only the one to its own question does."""
    if handoff.answer_id is not None:
        return False
    takes_any = handoff.question_id is None and handoff.state is not HandoffState.RESOLVED
    return takes_any or handoff.question_id == question.id
