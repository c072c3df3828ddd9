"""Questions and answers that are too long for a card, posted in full in its thread."""

from __future__ import annotations

from bot.helpdesk import messages
from bot.helpdesk.lanes import thread_lane
from bot.helpdesk.model.content import AgentNotice, FullAnswer
from bot.helpdesk.model.conversation import Answer
from bot.helpdesk.model.effects import PostMessage
from bot.helpdesk.model.handoff import LONGEST_ON_CARD, Handoff
from bot.helpdesk.model.target import HandoffThread
from bot.helpdesk.redaction import SafeText, redact
from bot.helpdesk.unit_of_work import UnitOfWork


def post_full_text(uow: UnitOfWork, handoff: Handoff) -> None:
    """Posts the question and the answer if they are too long for the card. A withheld answer is posted as a draft."""
    if handoff.thread is None:
        return
    question = uow.tx.questions.get(handoff.question_id) if handoff.question_id else None
    if question is not None and len(words := redact(question.text)) > LONGEST_ON_CARD:
        _show_question(uow, handoff, words)
    answer = uow.tx.answers.get(handoff.answer_id) if handoff.answer_id else None
    is_seen = question is not None and not question.withheld
    if answer is not None and is_seen and len(text := redact(answer.text)) > LONGEST_ON_CARD:
        _show_answer(uow, handoff, answer, text)


def _show_question(uow: UnitOfWork, handoff: Handoff, words: SafeText) -> None:
    uow.effect_once(
        PostMessage(
            content=AgentNotice(handoff_id=handoff.id, text=messages.agents.WHOLE_QUESTION, words=words),
            to=HandoffThread(handoff.id),
        ),
        key=f"full_text:{handoff.id}:{handoff.thread}:{handoff.question_id}",
        lane=thread_lane(handoff.id),
        subject=handoff.id,
    )


def _show_answer(uow: UnitOfWork, handoff: Handoff, answer: Answer, text: SafeText) -> None:
    for number, part in enumerate(uow.config.split(text), start=1):
        uow.effect_once(
            PostMessage(content=FullAnswer(text=redact(part)), to=HandoffThread(handoff.id)),
            key=f"full_text:{handoff.id}:{handoff.thread}:{answer.id}:{number}",
            lane=thread_lane(handoff.id),
            subject=handoff.id,
        )
