"""Verdicts on answers, and the reasons given for them."""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.answering.answers import decide_and_note, facts_about
from bot.helpdesk.escalation import Moment
from bot.helpdesk.handoffs.card import refresh_cards_showing
from bot.helpdesk.handoffs.notify import tell
from bot.helpdesk.handoffs.opening import escalate
from bot.helpdesk.handoffs.relay import post_verdict_reason
from bot.helpdesk.lanes import Lane
from bot.helpdesk.messages import Message
from bot.helpdesk.model.content import AnswerPart
from bot.helpdesk.model.conversation import Answer, Rating, Receipt, Role, Verdict, new_id
from bot.helpdesk.model.effects import SendVerdict, UpdateMessage
from bot.helpdesk.model.events import Pressed, ReasonGiven
from bot.helpdesk.model.target import FixedTarget
from bot.helpdesk.redaction import redact
from bot.helpdesk.unit_of_work import UnitOfWork


def rate(uow: UnitOfWork, answer: Answer, pressed: Pressed, role: Role, rating: Rating) -> None:
    """Records a person's verdict on an answer. Repeating the same verdict changes nothing and sends nothing.

    A press that arrives after a later one of the same person is ignored.
    """
    verdict = _record_rating(uow, answer, pressed, role, rating)
    if verdict is None:
        return
    _send_verdict(uow, answer, verdict)
    if role is Role.EMPLOYEE:
        _handle_employee_verdict(uow, answer, verdict)
    refresh_cards_showing(uow, answer.conversation_id, answer.id)


def _record_rating(uow: UnitOfWork, answer: Answer, pressed: Pressed, role: Role, rating: Rating) -> Verdict | None:
    """Saves a verdict. Returns it if it is new or changed, else None."""
    before = uow.tx.verdicts.of(answer.id, pressed.person)
    if before is None:
        return _add_verdict(uow, answer, pressed, role, rating)
    if pressed.pressed_at < before.pressed_at:
        return None
    updated = replace(before, pressed_at=pressed.pressed_at)
    if before.rating is not rating:
        updated = replace(updated, rating=rating, changes=before.changes + 1, receipt=None, given_at=uow.now)
    uow.tx.verdicts.save(updated)
    return None if before.rating is rating else updated


def _add_verdict(uow: UnitOfWork, answer: Answer, pressed: Pressed, role: Role, rating: Rating) -> Verdict:
    verdict = Verdict(
        id=new_id("ver"),
        answer_id=answer.id,
        person=pressed.person,
        role=role,
        rating=rating,
        given_at=uow.now,
        pressed_at=pressed.pressed_at,
    )
    uow.tx.verdicts.add(verdict)
    return verdict


def _send_verdict(uow: UnitOfWork, answer: Answer, verdict: Verdict) -> None:
    uow.effect(
        SendVerdict(
            verdict_id=verdict.id,
            session_id=answer.session_id,
            request_id=answer.request_id,
            rating=verdict.rating,
        ),
        key=f"verdict:{verdict.id}:{verdict.changes}",
        lane=Lane.VERDICT.of(answer.id),
        subject=answer.id,
    )


def _handle_employee_verdict(uow: UnitOfWork, answer: Answer, verdict: Verdict) -> None:
    """Shows the employee that the verdict was recorded, and lets the policy decide on a bad one."""
    _mark_answer(uow, answer, verdict, messages.employee.rated(verdict.rating), version=f"{verdict.changes}")
    question = uow.tx.questions.get(answer.question_id)
    if question is None:
        return
    bad = verdict.rating is Rating.BAD
    question = replace(question, unresolved=bad)
    conversation = uow.tx.conversations.get(answer.conversation_id) if bad else None
    if conversation is None:
        uow.tx.questions.save(question)
        return
    # The question's text and the answer's confidence were evaluated when they arrived.
    facts = replace(facts_about(uow, question), text="", rating=verdict.rating)
    decision, question = decide_and_note(uow, question, Moment.RATED, facts)
    uow.tx.questions.save(question)
    escalate(uow, conversation, decision, question=question, answer=answer)


def _mark_answer(uow: UnitOfWork, answer: Answer, verdict: Verdict, line: Message, *, version: str) -> None:
    if answer.posted is None:
        return
    conversation = uow.tx.conversations.get(answer.conversation_id)
    if conversation is None:
        return
    if not answer.text:
        # Retention has deleted the stored text, so an update would remove it from the message.
        tell(uow, conversation, line, key=f"mark:{verdict.id}:{version}")
        return
    parts = uow.config.surface(conversation.surface).split(answer.text)
    translator = uow.translator_of(conversation)
    last = AnswerPart(
        answer_id=answer.id,
        text=parts[-1],
        part=len(parts),
        parts=len(parts),
        line=translator.sentence(line),
        sources=answer.sources,
        language=translator.language,
        ask_why=verdict.rating is Rating.BAD and verdict.reason is None,
    )
    uow.effect(
        UpdateMessage(content=last, to=FixedTarget(conversation.surface, conversation.channel, message=answer.posted)),
        key=f"mark:{verdict.id}:{version}",
        lane=Lane.TALK.of(answer.conversation_id),
        subject=answer.id,
    )


def record_reason(uow: UnitOfWork, given: ReasonGiven) -> None:
    """Records the reason of a verdict, and posts it to the agents."""
    verdict = uow.tx.verdicts.of(given.subject, given.person)
    answer = uow.tx.answers.get(given.subject)
    if verdict is None or answer is None or not given.text.strip():
        return
    verdict = replace(verdict, reason=given.text.strip())
    uow.tx.verdicts.save(verdict)
    if verdict.role is Role.EMPLOYEE:
        _mark_answer(uow, answer, verdict, messages.employee.THANKS_FOR_REASON, version=new_id("why"))
    post_verdict_reason(uow, answer.conversation_id, verdict.role, redact(given.text.strip()))


def record_verdict(uow: UnitOfWork, sent: SendVerdict, receipt: Receipt) -> None:
    """Records the assistant's response to a verdict."""
    verdict = uow.tx.verdicts.get(sent.verdict_id)
    if verdict is not None and verdict.rating is sent.rating:
        uow.tx.verdicts.save(replace(verdict, receipt="taken" if receipt.first else "already rated"))
