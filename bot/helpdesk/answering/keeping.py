"""The decision on a question before it is put to the assistant, and whether it is put to it at all.

A rule with `ask = false` keeps a message from the assistant, and with it whatever follows in the conversation. That
never ends: neither a change of the policy nor an edit sends what was kept.
"""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk.answering.answers import decide_and_note, facts_about
from bot.helpdesk.escalation import Decision, Moment
from bot.helpdesk.handoffs.hiding import is_hidden, save_lasting
from bot.helpdesk.model.conversation import Conversation, Question, QuestionState
from bot.helpdesk.model.handoff import Handoff
from bot.helpdesk.unit_of_work import UnitOfWork


def decide_on_question(
    uow: UnitOfWork,
    conversation: Conversation,
    question: Question,
    handoff: Handoff | None = None,
    *,
    complains: bool = False,
) -> tuple[Conversation, Question, Decision]:
    """Returns the decision on a question, which may join a handoff, and the question as it is to be saved.

    Returns the conversation as saved. A question that is kept is of that state, and people alone have it.
    `complains`: it is about the answer to the question before it.
    """
    facts = replace(facts_about(uow, question, complains=complains), kept_by=conversation.kept_by)
    decision, question = decide_and_note(uow, question, Moment.ASKED, facts)
    kept_by = decision.kept_by
    hidden = conversation.hidden or is_hidden(uow, decision, question, handoff)
    question = replace(
        question,
        state=QuestionState.KEPT if kept_by else question.state,
        withheld=question.withheld or not decision.show_answer,
        hidden=hidden,
    )
    return save_lasting(uow, conversation, kept_by, hidden=hidden), question, decision
