"""Withdrawing: an employee says that they need no person, and the assistant has the conversation again.

They can until an agent has said something to them. What the assistant has answered meanwhile is given to them, and what
it has still to answer will be, unless it was held back because the matter is a sensitive one: nobody gets an automatic
answer to that because they did not want to wait.
"""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.answering.questions import post_answer
from bot.helpdesk.escalation import Sensitive
from bot.helpdesk.handoffs.card import refresh_card
from bot.helpdesk.handoffs.notify import find, post_to_thread, tell, whisper
from bot.helpdesk.handoffs.transitions import carry_out
from bot.helpdesk.model.conversation import Conversation, Question
from bot.helpdesk.model.effects import ThreadPost
from bot.helpdesk.model.events import Pressed
from bot.helpdesk.model.handoff import Handoff, HandoffState, Move
from bot.helpdesk.redaction import compose
from bot.helpdesk.unit_of_work import Turn


def withdraw(turn: Turn, pressed: Pressed) -> None:
    """The employee pressed that they need no person."""
    found = find(turn, pressed.subject)
    if found is None:
        whisper(turn, pressed, messages.GONE)
        return
    handoff, conversation = found
    if handoff.state is HandoffState.RESOLVED:
        whisper(turn, pressed, messages.withdrawn_already(handoff.name))
    elif handoff.notice is None:
        whisper(turn, pressed, messages.ANSWERED_MEANWHILE)
    else:
        handoff = carry_out(turn, pressed.person, conversation, handoff, Move.WITHDRAW)
        _tell_agents(turn, handoff)
        _let_assistant_answer(turn, conversation, handoff)


def _tell_agents(turn: Turn, handoff: Handoff) -> None:
    """Say in the thread why it is over; whoever has claimed it is called."""
    words = "The employee doesn't need a person any more. *Withdrawn*: the assistant answers again."
    text = compose(f"{{{{person}}}}: {words}") if handoff.claimed_by else compose(words)
    key = f"withdrawn:{handoff.id}:{handoff.revision}"
    post_to_thread(turn, handoff, ThreadPost.EVENT, text, key=key, person=handoff.claimed_by)


def _let_assistant_answer(turn: Turn, conversation: Conversation, handoff: Handoff) -> None:
    held_back = _is_sensitive(turn, handoff)
    question = turn.tx.questions.get(handoff.question_id) if handoff.question_id else None
    if question is not None and question.withheld and held_back:
        tell(turn, conversation, messages.ANSWER_WITHHELD, key=f"withheld:{handoff.id}:{handoff.revision}")
    if held_back:
        return
    for waiting in turn.tx.questions.waiting_in(conversation.id):
        if waiting.handoff_id is None:
            turn.tx.questions.save(replace(waiting, withheld=False))
    if question is not None and question.withheld:
        _give_answer(turn, handoff, question)


def _give_answer(turn: Turn, handoff: Handoff, question: Question) -> None:
    """Give the employee what stood in the thread as a draft; the card says that they have it."""
    answer = turn.tx.answers.of_question(question.id)
    if answer is None or not answer.text or answer.sent_by is not None:
        return
    question = replace(question, withheld=False)
    turn.tx.questions.save(question)
    post_answer(turn, question, answer)
    refresh_card(turn, handoff)


def _is_sensitive(turn: Turn, handoff: Handoff) -> bool:
    """Whether a rule about a sensitive matter holds the answer back. A rule that is gone from the policy may have."""
    rules = {rule.name: rule for rule in turn.house.policy.rules}
    fired = [rules.get(name) for name in handoff.rules]
    return any(rule is None or (isinstance(rule.condition, Sensitive) and not rule.show_answer) for rule in fired)
