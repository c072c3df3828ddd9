"""Drafts: answers of the assistant that agents see and may send to the employee under their own name."""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.handoffs.card import confidence_of, verdicts_on
from bot.helpdesk.handoffs.notify import (
    close_notice,
    employee_thread,
    log_event,
    open_form,
    post_below_card,
    post_to_thread,
    send_private_note,
)
from bot.helpdesk.lanes import Lane
from bot.helpdesk.model.content import DraftFoot, DraftPart, SentDraft
from bot.helpdesk.model.conversation import Answer, Conversation, Source, new_id
from bot.helpdesk.model.effects import Form, PostMessage, UpdateMessage
from bot.helpdesk.model.events import Pressed
from bot.helpdesk.model.handoff import Handoff, HandoffState
from bot.helpdesk.model.history import TimelineEvent
from bot.helpdesk.model.target import HandoffChannel
from bot.helpdesk.ports import Transaction
from bot.helpdesk.redaction import SafeText, redact
from bot.helpdesk.unit_of_work import UnitOfWork

LONGEST_EDITED = 3_000
"""Characters of a draft that can be edited before it is sent."""


def draft_for_agents(
    uow: UnitOfWork, handoff: Handoff, answer: Answer, *, asked_by: str | None = None, once: bool = False
) -> None:
    """Posts an answer that the employee does not see into the thread; its last part has the buttons.

    `once`: unless it was posted before. An answer to a hidden question is not posted, one to an agent's own is.
    """
    if handoff.hidden and asked_by is None:
        return
    *parts, last = _parts(uow, handoff, answer)
    drafts = [DraftPart(text=redact(text), asked_by=asked_by) for text in parts]
    drafts.append(_last_part(answer, last, asked_by, verdicts=()))
    for number, draft in enumerate(drafts, start=1):
        post_below_card(uow, handoff, draft, key=f"draft:{answer.id}:{number}", once=once)


def draft_late_answer(uow: UnitOfWork, handoff: Handoff) -> None:
    """Posts the draft of an answer that came while the handoff was resolved, now that it is open again."""
    question, answer = uow.tx.questions.get(handoff.question_id), uow.tx.answers.get(handoff.answer_id)
    if question is not None and question.withheld and answer is not None and answer.text:
        draft_for_agents(uow, handoff, answer, once=True)


def _parts(uow: UnitOfWork, handoff: Handoff, answer: Answer) -> tuple[str, ...]:
    return uow.config.surface(handoff.surface).split(redact(answer.text))


def _last_part(answer: Answer, text: str, asked_by: str | None, *, verdicts: tuple[str, ...]) -> DraftPart:
    foot = DraftFoot(
        answer_id=answer.id,
        confidence=confidence_of(answer),
        sources=tuple(_redacted(source) for source in answer.sources),
        verdicts=verdicts,
        sent_by=answer.sent_by,
        sent_edited=answer.sent_edited,
    )
    return DraftPart(text=redact(text), asked_by=asked_by, foot=foot)


def _redacted(source: Source) -> Source:
    return Source(title=redact(source.title), url=redact(source.url) if source.url else None)


def mark_draft(uow: UnitOfWork, pressed: Pressed, handoff: Handoff, answer: Answer) -> None:
    """Refreshes the draft on which a button was pressed, unless its text is deleted by now."""
    if not answer.text:
        return
    question = uow.tx.questions.get(answer.question_id)
    asked_by = question.employee if question is not None and question.handoff_id is not None else None
    last = _parts(uow, handoff, answer)[-1]
    draft = _last_part(answer, last, asked_by, verdicts=verdicts_on(uow.tx, answer))
    uow.effect(
        UpdateMessage(content=draft, to=HandoffChannel(handoff.id, pressed.address.message)),
        key=new_id("draft"),
        lane=Lane.THREAD.of(handoff.id),
        subject=handoff.id,
    )


def send_draft(uow: UnitOfWork, pressed: Pressed, answer: Answer) -> None:
    """Sends a draft to the employee, once, and only while people have the conversation."""
    found = _sendable_to(uow, pressed, answer)
    if found is not None:
        _send(uow, pressed, *found, replace(answer, sent_by=pressed.person), answer.text)


def edit_draft(uow: UnitOfWork, pressed: Pressed, answer: Answer) -> None:
    """Opens the form with a draft's text or, where that was filled in, sends what is in it as `send_draft` does."""
    found = _sendable_to(uow, pressed, answer)
    if found is None:
        return
    draft = redact(answer.text)
    if not pressed.text and len(draft) > LONGEST_EDITED:
        send_private_note(uow, pressed, messages.agents.draft_too_long(LONGEST_EDITED))
    elif not pressed.text:
        open_form(uow, pressed, Form.DRAFT)
    elif not uow.config.has_words(pressed.address.surface, pressed.text):
        send_private_note(uow, pressed, messages.agents.DRAFT_FORGOTTEN)
    elif pressed.text.strip() == draft.strip():
        _send(uow, pressed, *found, replace(answer, sent_by=pressed.person), answer.text)
    else:
        _send_edited(uow, pressed, *found, replace(answer, sent_by=pressed.person, sent_edited=True))


def _send_edited(
    uow: UnitOfWork, pressed: Pressed, conversation: Conversation, handoff: Handoff, answer: Answer
) -> None:
    """Sends the edited text, and shows it to the agents below the draft, which keeps the assistant's words."""
    _send(uow, pressed, conversation, handoff, answer, pressed.text)
    key = f"edited:{answer.id}"
    text = messages.agents.SENT_EDITED
    post_to_thread(uow, handoff, text, key=key, by=pressed.person, words=redact(pressed.text))


def draft_text(tx: Transaction, answer_id: str) -> SafeText:
    """Returns the text of a draft as agents see it; empty where it is gone."""
    answer = tx.answers.get(answer_id)
    return redact(answer.text if answer else "")


def _sendable_to(uow: UnitOfWork, pressed: Pressed, answer: Answer) -> tuple[Conversation, Handoff] | None:
    """Returns where a draft can be sent. Returns None if it cannot be sent now, and tells the agent why."""
    conversation = uow.tx.conversations.get(answer.conversation_id)
    handoff = uow.tx.handoffs.open_in(answer.conversation_id)
    if answer.sent_by is not None:
        send_private_note(uow, pressed, messages.agents.ALREADY_SENT, about=answer.sent_by)
    elif _is_shown(uow, answer):
        send_private_note(uow, pressed, messages.agents.SHOWN_ALREADY)
    elif not uow.config.has_words(pressed.address.surface, answer.text):
        send_private_note(uow, pressed, messages.agents.DRAFT_FORGOTTEN)
    elif conversation is None or handoff is None or handoff.channel != pressed.address.channel:
        send_private_note(uow, pressed, messages.agents.not_possible(HandoffState.RESOLVED.value))
    else:
        return conversation, handoff
    return None


def _is_shown(uow: UnitOfWork, answer: Answer) -> bool:
    """Returns whether the employee has got the answer from the assistant, because they have withdrawn."""
    question = uow.tx.questions.get(answer.question_id)
    return question is not None and question.handoff_id is None and not question.withheld


def _send(
    uow: UnitOfWork, pressed: Pressed, conversation: Conversation, handoff: Handoff, answer: Answer, words: str
) -> None:
    uow.tx.answers.save(answer)
    to, language = employee_thread(uow, conversation), uow.translator_of(conversation).language
    for number, text in enumerate(uow.config.surface(conversation.surface).split(words), start=1):
        uow.effect(
            PostMessage(content=SentDraft(author=pressed.person, text=text, language=language), to=to),
            key=f"sent:{answer.id}:{number}",
            lane=Lane.TALK.of(conversation.id),
            subject=handoff.id,
        )
    mark_draft(uow, pressed, handoff, answer)
    log_event(uow, handoff, TimelineEvent.DRAFT_SENT, person=pressed.person, detail=answer.id)
    close_notice(uow, handoff)
