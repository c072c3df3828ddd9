"""Withdrawal: the employee needs no person, and the assistant has the conversation again.

It is possible until an agent has written to the employee. They get the assistant's answers, past and pending, unless a
rule about a sensitive matter withholds them: withdrawing does not make an automatic answer acceptable.
"""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.answering.answers import post_answer
from bot.helpdesk.escalation import Sensitive
from bot.helpdesk.handoffs.card import refresh_card
from bot.helpdesk.handoffs.notify import load, post_to_thread, send_private_note, tell
from bot.helpdesk.handoffs.transitions import apply
from bot.helpdesk.model.conversation import Conversation, Question
from bot.helpdesk.model.events import Pressed
from bot.helpdesk.model.handoff import Handoff, HandoffState, Transition
from bot.helpdesk.unit_of_work import UnitOfWork


def withdraw(uow: UnitOfWork, pressed: Pressed) -> None:
    """Handles the employee's button press that they need no person."""
    found = load(uow, pressed.subject)
    if found is None:
        send_private_note(uow, pressed, messages.anyone.GONE)
        return
    handoff, conversation = found
    if handoff.state is HandoffState.RESOLVED:
        send_private_note(uow, pressed, messages.employee.withdrawn_already(handoff.name))
    elif handoff.notices.current is None:
        send_private_note(uow, pressed, messages.employee.ANSWERED_MEANWHILE)
    else:
        handoff = apply(uow, pressed.person, conversation, handoff, Transition.WITHDRAW)
        _tell_agents(uow, handoff)
        _let_assistant_answer(uow, conversation, handoff)


def _tell_agents(uow: UnitOfWork, handoff: Handoff) -> None:
    """Tells the agents why the handoff is over, and mentions the one who has claimed it."""
    text = messages.agents.WITHDRAWN_FROM_YOU if handoff.claimed_by else messages.agents.WITHDRAWN
    key = f"withdrawn:{handoff.id}:{handoff.revision}"
    post_to_thread(uow, handoff, text, key=key, person=handoff.claimed_by)


def _let_assistant_answer(uow: UnitOfWork, conversation: Conversation, handoff: Handoff) -> None:
    held_back = _is_sensitive(uow, handoff)
    question = uow.tx.questions.get(handoff.question_id) if handoff.question_id else None
    if question is not None and question.withheld and held_back:
        tell(uow, conversation, messages.employee.ANSWER_WITHHELD, key=f"withheld:{handoff.id}:{handoff.revision}")
    if held_back:
        return
    for waiting in uow.tx.questions.waiting_in(conversation.id):
        if waiting.handoff_id is None:
            uow.tx.questions.save(replace(waiting, withheld=False))
    if question is not None and question.withheld:
        _give_answer(uow, handoff, question)


def _give_answer(uow: UnitOfWork, handoff: Handoff, question: Question) -> None:
    """Posts the answer that was a draft in the thread to the employee; the card says so."""
    answer = uow.tx.answers.of_question(question.id)
    if answer is None or not answer.text or answer.sent_by is not None:
        return
    question = replace(question, withheld=False)
    uow.tx.questions.save(question)
    post_answer(uow, question, answer)
    refresh_card(uow, handoff)


def _is_sensitive(uow: UnitOfWork, handoff: Handoff) -> bool:
    """Returns whether a rule about a sensitive matter withholds the answer. A deleted rule may have been one."""
    rules = {rule.name: rule for rule in uow.config.policy.rules}
    fired = [rules.get(name) for name in handoff.grounds.rules]
    return any(rule is None or (isinstance(rule.condition, Sensitive) and not rule.show_answer) for rule in fired)
