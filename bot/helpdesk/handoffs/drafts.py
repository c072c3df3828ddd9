"""Drafts: answers of the assistant that the agents see and may send to the employee under their own name."""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.handoffs.card import confidence_of, verdicts_on
from bot.helpdesk.handoffs.notify import close_notice, note_event, thread_of, whisper
from bot.helpdesk.model.conversation import Answer, Conversation, new_id
from bot.helpdesk.model.effects import DraftFoot, MarkDraft, PostToThread, SendDraft, ThreadPost
from bot.helpdesk.model.events import Pressed
from bot.helpdesk.model.handoff import Handoff, HandoffState
from bot.helpdesk.model.timeline import Event
from bot.helpdesk.redaction import redact
from bot.helpdesk.unit_of_work import Turn, talk_lane, thread_lane


def draft_for_agents(turn: Turn, handoff: Handoff, answer: Answer, *, asked_by: str | None = None) -> None:
    """Put an answer that the employee does not see into the thread; its last part has the buttons."""
    *parts, last = _parts(turn, answer)
    posts = [_part(handoff, text, asked_by) for text in parts]
    posts.append(replace(_part(handoff, last, asked_by), foot=_foot(turn, answer)))
    for number, post in enumerate(posts, start=1):
        turn.effect(post, key=f"draft:{answer.id}:{number}", lane=thread_lane(handoff.id), subject=handoff.id)


def _parts(turn: Turn, answer: Answer) -> tuple[str, ...]:
    return turn.house.split(redact(answer.text))


def _part(handoff: Handoff, text: str, asked_by: str | None) -> PostToThread:
    return PostToThread(handoff_id=handoff.id, kind=ThreadPost.DRAFT, text=redact(text), author=asked_by)


def _foot(turn: Turn, answer: Answer) -> DraftFoot:
    return DraftFoot(
        answer_id=answer.id,
        confidence=confidence_of(answer),
        verdicts=verdicts_on(turn.tx, answer),
        sent_by=answer.sent_by,
    )


def mark_draft(turn: Turn, pressed: Pressed, handoff: Handoff, answer: Answer) -> None:
    """Bring the draft that somebody pressed a button of up to date, unless its words are not kept any more."""
    if not answer.text:
        return
    question = turn.tx.questions.get(answer.question_id)
    asked_by = question.employee if question is not None and question.handoff_id is not None else None
    last = _parts(turn, answer)[-1]
    draft = replace(_part(handoff, last, asked_by), foot=_foot(turn, answer))
    turn.effect(
        MarkDraft(message=pressed.message, draft=draft),
        key=new_id("draft"),
        lane=thread_lane(handoff.id),
        subject=handoff.id,
    )


def send_draft(turn: Turn, pressed: Pressed, answer: Answer) -> None:
    """An agent sends a draft: once, whoever presses after that, and only while people have the conversation."""
    conversation = turn.tx.conversations.get(answer.conversation_id)
    handoff = turn.tx.handoffs.open_in(answer.conversation_id)
    if answer.sent_by is not None:
        whisper(turn, pressed, messages.already_sent("{person}"), about=answer.sent_by)
    elif _is_shown(turn, answer):
        whisper(turn, pressed, messages.SHOWN_ALREADY)
    elif not turn.house.has_words(answer.text):
        whisper(turn, pressed, messages.DRAFT_FORGOTTEN)
    elif conversation is None or handoff is None or handoff.channel != pressed.channel:
        whisper(turn, pressed, messages.not_possible(HandoffState.RESOLVED.value))
    else:
        _send(turn, pressed, conversation, handoff, replace(answer, sent_by=pressed.person))


def _is_shown(turn: Turn, answer: Answer) -> bool:
    """Whether the employee has it from the assistant by now: they have withdrawn, and had it without an agent."""
    question = turn.tx.questions.get(answer.question_id)
    return question is not None and question.handoff_id is None and not question.withheld


def _send(turn: Turn, pressed: Pressed, conversation: Conversation, handoff: Handoff, answer: Answer) -> None:
    turn.tx.answers.save(answer)
    thread = thread_of(turn, conversation)
    for number, text in enumerate(turn.house.split(answer.text), start=1):
        turn.effect(
            SendDraft(channel=conversation.channel, thread=thread, author=pressed.person, text=text),
            key=f"sent:{answer.id}:{number}",
            lane=talk_lane(conversation.id),
            subject=handoff.id,
        )
    mark_draft(turn, pressed, handoff, answer)
    note_event(turn, handoff, Event.DRAFT_SENT, person=pressed.person, detail=answer.id)
    close_notice(turn, handoff)


def is_left_unsent(turn: Turn, conversation: Conversation, handoff: Handoff) -> bool:
    """Whether the employee's last question has a draft, and nobody has sent one or said anything in this handoff."""
    asked = turn.tx.questions.recent_in(conversation.id, conversation.opened_at)
    last = next((question for question in reversed(asked) if question.handoff_id is None), None)
    answer = turn.tx.answers.of_question(last.id) if last is not None and last.withheld else None
    if answer is None or not turn.house.has_words(answer.text):
        return False
    said = (Event.RELAYED, Event.DRAFT_SENT)
    return not any(entry.event in said for entry in turn.tx.timeline.of_handoff(handoff.id))
