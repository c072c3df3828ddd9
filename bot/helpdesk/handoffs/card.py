"""The card of a handoff, texts that are too long for it, and the unredacted question behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.handoffs.notify import (
    load_pressed,
    log_event,
    open_form,
    post_below_card,
    post_to_thread,
    send_private_note,
)
from bot.helpdesk.lanes import Lane
from bot.helpdesk.model.content import FullAnswer
from bot.helpdesk.model.conversation import Answer, Conversation, Question, QuestionState, Role
from bot.helpdesk.model.effects import CreateTicket, EffectState, Form, PostMessage, RefreshCard
from bot.helpdesk.model.events import Pressed
from bot.helpdesk.model.handoff import (
    LONGEST_UNPOSTED,
    Card,
    CardAnswer,
    CardTicket,
    Handoff,
    HandoffState,
    Reveal,
    TicketStatus,
)
from bot.helpdesk.model.history import TimelineEvent
from bot.helpdesk.model.target import HandoffChannel
from bot.helpdesk.ports import Transaction
from bot.helpdesk.redaction import SafeText, redact
from bot.helpdesk.text import truncated
from bot.helpdesk.unit_of_work import NEW_THREAD_FIRST, UnitOfWork

# Characters of a hidden question with what follows it: a modal takes about 250 kB.
_LONGEST_REVEALED = 50_000


def post_card(uow: UnitOfWork, card: Card, *, key: str) -> None:
    """Decides to post the card, which is the root of the handoff's thread and comes before everything in it."""
    uow.effect(
        PostMessage(content=card, to=HandoffChannel(card.handoff_id)),
        key=key,
        lane=Lane.THREAD.of(card.handoff_id),
        subject=card.handoff_id,
        urgency=NEW_THREAD_FIRST,
    )


def refresh_card(uow: UnitOfWork, handoff: Handoff) -> Handoff:
    """Saves the handoff and refreshes its card."""
    handoff = replace(handoff, revision=handoff.revision + 1)
    uow.tx.handoffs.save(handoff)
    # Before the card is posted there is nothing to update: `record_opened` checks for newer revisions.
    if handoff.thread is not None and uow.tx.effects.waiting(RefreshCard, handoff.id) is None:
        decide_refresh(uow, handoff)
    return handoff


def recheck_card(uow: UnitOfWork, handoff_id: str) -> None:
    """Refreshes the card because somebody wrote: that fails if it was deleted, and a new one is posted.

    No event is sent when a workspace's retention deletes a card, and its thread may still take replies.
    """
    handoff = uow.tx.handoffs.get(handoff_id)
    if handoff is not None and handoff.state is not HandoffState.RESOLVED:
        refresh_card(uow, handoff)


def decide_refresh(uow: UnitOfWork, handoff: Handoff) -> None:
    """Decides to update the posted card, in its own lane because that may wait for minutes."""
    uow.effect(
        RefreshCard(handoff_id=handoff.id, revision=handoff.revision),
        key=f"card:{handoff.id}:{handoff.revision}",
        lane=Lane.CARD.of(handoff.id),
        subject=handoff.id,
    )


def refresh_cards_showing(uow: UnitOfWork, conversation_id: str, shown: str) -> None:
    """Refreshes every card of the conversation that shows this question or answer."""
    for handoff in uow.tx.handoffs.all_in(conversation_id):
        if shown in (handoff.question_id, handoff.answer_id):
            refresh_card(uow, handoff)


def read_card(tx: Transaction, handoff_id: str, now: float) -> Card | None:
    """Returns the current content of a handoff's card, or None where the handoff is gone."""
    handoff = tx.handoffs.get(handoff_id)
    conversation = tx.conversations.get(handoff.conversation_id) if handoff else None
    return None if handoff is None or conversation is None else current_card(tx, conversation, handoff, now)


def current_card(tx: Transaction, conversation: Conversation, handoff: Handoff, now: float) -> Card:
    """Returns the content of the card with the stored question and answer."""
    question, answer = tx.questions.get(handoff.question_id), tx.answers.get(handoff.answer_id)
    return card_of(tx, conversation, handoff, question, answer, now)


def card_of(
    tx: Transaction,
    conversation: Conversation,
    handoff: Handoff,
    question: Question | None,
    answer: Answer | None,
    now: float,
) -> Card:
    """Returns the content of the card with the handoff's question and answer, without words if it is hidden."""
    hidden = handoff.hidden
    resolution_text = None if hidden else handoff.resolution.text
    return Card(
        handoff_id=handoff.id,
        name=handoff.name,
        revision=handoff.revision,
        state=handoff.state,
        priority=handoff.priority,
        employee=conversation.employee,
        session_id=answer.session_id if answer else conversation.session_id,
        question=redact("" if hidden else asked_words(tx, handoff, question)),
        revealable=question is not None or hidden or handoff.grounds.matter is not None,
        answer=_answer_on_card(tx, handoff, question, answer) if answer and not hidden else None,
        answer_awaited=question is not None and question.state is QuestionState.WAITING,
        grounds=handoff.grounds,
        ticket=_ticket_on_card(tx, handoff),
        claim=handoff.claim,
        resolution=replace(handoff.resolution, text=None),
        resolution_text=redact(resolution_text) if resolution_text else None,
        reveal=handoff.reveal,
        answer_by=handoff.answer_by,
        late=handoff.is_late(now),
        replaces_deleted=handoff.lost_card,
    )


def asked_words(tx: Transaction, handoff: Handoff, question: Question | None) -> str:
    """Returns the question of a handoff and its matter, in the order in which they were written."""
    asked = question.text if question else ""
    matter = handoff.grounds.matter
    before, later = tx.questions.get(matter), tx.relays.get(matter)
    return "\n".join(filter(None, (before.text if before else "", asked, later.text if later else "")))


def _answer_on_card(tx: Transaction, handoff: Handoff, question: Question | None, answer: Answer) -> CardAnswer:
    shown = question is not None and not question.withheld
    ended_at = handoff.resolution.at if handoff.state is HandoffState.RESOLVED else None
    in_time = ended_at is None or answer.answered_at < ended_at
    return CardAnswer(
        id=answer.id,
        text=redact(answer.text),
        shown_to_employee=shown,
        # The draft of a replaced card stands in a thread that is gone.
        drafted=not shown and in_time and not handoff.lost_card,
        confidence=confidence_of(answer),
        request_id=answer.request_id,
        verdicts=verdicts_on(tx, answer),
    )


def _ticket_on_card(tx: Transaction, handoff: Handoff) -> CardTicket:
    """Returns the ticket with its status in the ticket system's own word, where that says more."""
    ticket = handoff.ticket
    return CardTicket(
        wanted=ticket.wanted,
        ref=ticket.ref,
        trouble=ticket.trouble,
        given_up=ticket_is_given_up(tx, handoff),
        status=None if ticket.status is None else status_in_words(ticket.status, ticket.word),
    )


def ticket_is_given_up(tx: Transaction, handoff: Handoff) -> bool:
    """Returns whether its ticket could not be created and is not being retried."""
    if handoff.ticket.ref is not None or handoff.ticket.trouble is None:
        return False
    tried = tx.effects.latest(CreateTicket, handoff.id)
    return tried is not None and tried.state is EffectState.FAILED


def status_in_words(status: TicketStatus, word: str | None) -> SafeText:
    """Returns a ticket's status for agents. `word` is the ticket system's own."""
    return redact(status.value if word is None else f"{status.value} ({word})")


def confidence_of(answer: Answer) -> str:
    """Returns the assistant's confidence in words, with its score where it gave one."""
    level = answer.confidence_level or ""
    return level if answer.confidence_score is None else f"{level} ({answer.confidence_score:g})"


def verdicts_on(tx: Transaction, answer: Answer) -> tuple[str, ...]:
    """Returns every verdict on the answer as `role:rating:person`."""
    return tuple(
        f"{verdict.role.value}:{verdict.rating.value}:{verdict.person}" for verdict in tx.verdicts.on(answer.id)
    )


def post_full_text(uow: UnitOfWork, handoff: Handoff) -> None:
    """Posts a long question and a long answer in the thread. A withheld answer is posted as a draft anyway."""
    if handoff.thread is None or handoff.hidden:
        return
    key = f"full_text:{handoff.id}:{handoff.thread}"
    question = uow.tx.questions.get(handoff.question_id)
    if question is not None and len(words := redact(question.text)) > LONGEST_UNPOSTED:
        post_to_thread(uow, handoff, messages.agents.WHOLE_QUESTION, key=f"{key}:{question.id}", words=words, once=True)
    answer = uow.tx.answers.get(handoff.answer_id)
    is_seen = question is not None and not question.withheld
    if answer is not None and is_seen and len(text := redact(answer.text)) > LONGEST_UNPOSTED:
        for number, part in enumerate(uow.config.surface(handoff.surface).split(text), start=1):
            full = FullAnswer(text=redact(part))
            post_below_card(uow, handoff, full, key=f"{key}:{answer.id}:{number}", once=True)


def reveal(uow: UnitOfWork, pressed: Pressed) -> None:
    """Opens the original question for the person who pressed.

    The access is recorded before it is shown, so that nobody sees it unrecorded.
    """
    handoff = uow.tx.handoffs.get(pressed.subject)
    if handoff is None:
        send_private_note(uow, pressed, messages.anyone.GONE)
        return
    if not original(uow.tx, handoff.id):
        send_private_note(uow, pressed, messages.agents.NOTHING_TO_REVEAL)
        return
    open_form(uow, pressed, Form.ORIGINAL)
    log_event(uow, handoff, TimelineEvent.REVEALED, person=pressed.person)
    refresh_card(uow, replace(handoff, reveal=Reveal(by=pressed.person, at=uow.now)))


def show_all(uow: UnitOfWork, pressed: Pressed) -> None:
    """Opens the texts that the card cuts short, without secrets."""
    if load_pressed(uow, pressed) is not None:
        open_form(uow, pressed, Form.WHOLE_CARD)


def original(tx: Transaction, handoff_id: str) -> str:
    """Returns the unredacted question; empty where there is none, or after the retention time.

    Of a hidden one, the employee's later messages and reasons for verdicts follow.
    """
    handoff = tx.handoffs.get(handoff_id)
    if handoff is None:
        return ""
    question = tx.questions.get(handoff.question_id)
    if not handoff.hidden:
        return asked_words(tx, handoff, question)
    words = (question.text if question else "", *_hidden_words(tx, handoff))
    return truncated("\n\n".join(text for text in words if text.strip()), _LONGEST_REVEALED)


def _hidden_words(tx: Transaction, handoff: Handoff) -> Iterator[str]:
    """Yields the words of the employee that are kept out of the thread, apart from the question."""
    for relay in tx.relays.of_employee_in(handoff.id):
        yield relay.text
        yield "\n".join(f"📎 {file.name}" for file in relay.files if not file.gone)
    for question in tx.questions.recent_in(handoff.conversation_id, 0.0):
        answer = tx.answers.of_question(question.id)
        for verdict in tx.verdicts.on(answer.id) if answer else ():
            if verdict.role is Role.EMPLOYEE and verdict.reason:
                yield verdict.reason
