"""Questions to the employee before a handoff opens: whether they want a person, and whether they want another one."""

from __future__ import annotations

from collections.abc import Sequence

from bot.helpdesk import messages
from bot.helpdesk.escalation import Confidence, Decision, Priority
from bot.helpdesk.handoffs.hiding import reasons_of
from bot.helpdesk.handoffs.notify import remove_buttons, tell
from bot.helpdesk.messages import Text, in_a_row
from bot.helpdesk.model.content import EmployeeNotice
from bot.helpdesk.model.conversation import Conversation, Question, new_id
from bot.helpdesk.model.effects import Effect, PostMessage
from bot.helpdesk.model.handoff import Handoff
from bot.helpdesk.model.history import DecisionRecord
from bot.helpdesk.unit_of_work import UnitOfWork

_DAY = 24 * 3600.0


def offer_person(uow: UnitOfWork, conversation: Conversation, decision: Decision, question: Question | None) -> None:
    """Asks the employee whether to ask a colleague, unless they were asked about this question before."""
    key = key_of_offer(question) if question else f"offer:{new_id('press')}"
    if uow.tx.effects.of_key(key) is None and not _was_asked_about_another(uow, question):
        record = record_decision(uow, conversation, decision, question)
        thread = question.thread if question else None
        offer = offer_of(uow, conversation, decision)
        tell(uow, conversation, offer, key=key, thread=thread, offers=record.id)


def offer_of(uow: UnitOfWork, conversation: Conversation, decision: Decision) -> Text:
    """Returns the question whether to ask a colleague, with the reason where that is an unsure answer.

    An employee with many open handoffs reads their names, and is not asked about another once they have accepted.
    """
    unsure = all(fired.condition == Confidence.kind for fired in decision.fired)
    offer = messages.employee.OFFER_AFTER_UNSURE_ANSWER if unsure else messages.employee.OFFER
    names = names_of_many_open(uow, conversation, decision)
    return in_a_row(messages.employee.many_open(names), offer) if names else offer


def names_of_many_open(uow: UnitOfWork, conversation: Conversation, decision: Decision) -> tuple[str, ...]:
    """Returns the names of the employee's open handoffs of one day, if another would be too many.

    An urgent matter never waits for the employee's confirmation.
    """
    most = uow.config.policy.handoffs.most_open
    if not most or decision.priority is Priority.URGENT:
        return ()
    handoffs = uow.tx.handoffs.open_of(conversation.surface, conversation.employee, uow.now - _DAY)
    return tuple(handoff.name for handoff in handoffs) if len(handoffs) >= most else ()


def ask_about_another(
    uow: UnitOfWork,
    conversation: Conversation,
    decision: Decision,
    question: Question | None,
    names: Sequence[str],
    *,
    again: bool,
) -> None:
    """Shows the employee their open handoffs and asks whether to open another, once for each question.

    `again`: also if they were asked about this question before, because they have pressed a button.
    """
    was_asked = _was_asked_about_another(uow, question)
    if was_asked and not again:
        return
    key = _key_of_another(question) if question and not was_asked else f"another:{new_id('press')}"
    record = record_decision(uow, conversation, decision, question)
    thread = question.thread if question else None
    tell(uow, conversation, messages.employee.shall_open_another(names), key=key, thread=thread, another=record.id)


def close_offers(uow: UnitOfWork, conversation: Conversation, handoff: Handoff) -> None:
    """Removes the buttons below questions to the employee that they have not answered, now that a handoff is open."""
    for record in uow.tx.decisions.without_handoff_in(conversation.id):
        question = uow.tx.questions.get(record.question_id)
        if question is None or uow.tx.effects.of_key(key_of_acceptance(record)) is not None:
            continue
        for key in (key_of_offer(question), _key_of_another(question)):
            notice = uow.tx.effects.of_key(key)
            if notice is not None and _is_about(notice, record):
                remove_buttons(uow, notice, subject=handoff.id)


def _is_about(notice: Effect, record: DecisionRecord) -> bool:
    content = notice.body.content if isinstance(notice.body, PostMessage) else None
    return isinstance(content, EmployeeNotice) and record.id in (content.offers, content.another)


def key_of_acceptance(record: DecisionRecord) -> str:
    """Returns the key of the effect that shows the employee's consent in place of the button."""
    return f"accepted:{record.id}"


def _was_asked_about_another(uow: UnitOfWork, question: Question | None) -> bool:
    return question is not None and uow.tx.effects.of_key(_key_of_another(question)) is not None


def key_of_offer(question: Question) -> str:
    """Returns the key of the effect that asks the employee whether to ask a colleague."""
    return f"offer:{question.id}"


def _key_of_another(question: Question) -> str:
    return f"another:{question.id}"


def record_decision(
    uow: UnitOfWork,
    conversation: Conversation,
    decision: Decision,
    question: Question | None,
    handoff: Handoff | None = None,
) -> DecisionRecord:
    """Records a decision, and the handoff that it opened or joined; none while the employee is asked first."""
    record = DecisionRecord(
        id=new_id("dec"),
        conversation_id=conversation.id,
        question_id=question.id if question else None,
        handoff_id=handoff.id if handoff else None,
        rules=decision.rules,
        reasons=reasons_of(uow, decision, question, handoff),
        fingerprint=decision.fingerprint,
        decided_at=uow.now,
    )
    uow.tx.decisions.add(record)
    return record
