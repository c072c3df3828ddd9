"""Hidden questions, which agents read only through *Reveal*: their channel is not the own one of a sensitive matter.

Nothing that the employee or the assistant writes about a hidden question is posted in the channel or sent to the ticket
system. The handoff of one stays hidden, whatever becomes of the policy.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from bot.helpdesk.escalation import Decision, Facts, decide_on_matter
from bot.helpdesk.handoffs.card import refresh_card
from bot.helpdesk.handoffs.notify import tell
from bot.helpdesk.handoffs.sla import raise_priority
from bot.helpdesk.handoffs.tickets import add_topics_to_ticket
from bot.helpdesk.model.content import AgentNotice, Content, DraftPart, EmployeeMessage, FullAnswer
from bot.helpdesk.model.conversation import Conversation, Question
from bot.helpdesk.model.effects import PostMessage
from bot.helpdesk.model.handoff import Handoff, HandoffState
from bot.helpdesk.model.target import HandoffThread
from bot.helpdesk.ports import Transaction
from bot.helpdesk.redaction import redact
from bot.helpdesk.unit_of_work import UnitOfWork


def is_hidden(uow: UnitOfWork, decision: Decision, question: Question | None, handoff: Handoff | None = None) -> bool:
    """Returns whether a decision hides the question in the handoff that it joins, or else opens."""
    if (question is not None and question.hidden) or (handoff is not None and handoff.hidden):
        return True
    common = uow.config.common_channels
    channel = handoff.channel if handoff else decision.channel or uow.config.main_place.channel
    return decision.hides_question_in(channel, common)


def reasons_of(
    uow: UnitOfWork, decision: Decision, question: Question | None, handoff: Handoff | None = None
) -> tuple[str, ...]:
    """Returns the reasons in the language of the agents. Those of a hidden question quote nobody."""
    hidden = is_hidden(uow, decision, question, handoff)
    return tuple(map(uow.agents, decision.wordless_reasons if hidden else decision.reasons))


def is_kept(uow: UnitOfWork, handoff: Handoff) -> bool:
    """Returns whether a rule keeps the conversation of a handoff from the assistant."""
    conversation = uow.tx.conversations.get(handoff.conversation_id)
    return conversation is not None and bool(conversation.kept_by)


def save_lasting(uow: UnitOfWork, conversation: Conversation, kept_by: Iterable[str], *, hidden: bool) -> Conversation:
    """Records that rules keep a conversation from the assistant, or that it is hidden. Returns it as saved."""
    names = tuple(dict.fromkeys((*conversation.kept_by, *kept_by)))
    lasting = replace(conversation, kept_by=names, hidden=conversation.hidden or hidden)
    if lasting != conversation:
        uow.tx.conversations.save(lasting)
    return lasting


def heed_matter(uow: UnitOfWork, handoff: Handoff, text: str) -> Handoff:
    """Hides the handoff if the employee's new words are about a matter that is hidden in its channel.

    The employee is told what the rule has them told, and the ticket gets the topics. Whatever the rules keep from the
    assistant is kept from now on. Returns the handoff as saved.
    """
    conversation = uow.tx.conversations.get(handoff.conversation_id)
    if conversation is None:
        return handoff
    facts = uow.facts_on(conversation.surface, conversation.employee, text)
    decision = decide_on_matter(uow.config.policy, facts)
    hides = not handoff.hidden and is_hidden(uow, decision, None, handoff)
    conversation = save_lasting(uow, conversation, decision.kept_by, hidden=hides)
    if not hides:
        return handoff
    handoff = _hide(uow, handoff, decision)
    if handoff.state is not HandoffState.RESOLVED:
        if decision.tell is not None:
            tell(uow, conversation, decision.tell, key=f"hidden:{handoff.id}")
        if handoff.ticket.wanted:
            add_topics_to_ticket(uow, conversation, handoff)
    return handoff


def _hide(uow: UnitOfWork, handoff: Handoff, decision: Decision) -> Handoff:
    known = handoff.grounds
    grounds = replace(
        known,
        rules=tuple(dict.fromkeys(known.rules + decision.rules)),
        reasons=tuple(dict.fromkeys(known.reasons + tuple(map(uow.agents, decision.wordless_reasons)))),
        hidden=True,
    )
    return refresh_card(uow, raise_priority(uow, replace(handoff, grounds=grounds), decision))


def hidden_in_common_channel(uow: UnitOfWork, handoff: Handoff) -> Handoff:
    """Returns a handoff, not saved yet, as it moves from the own channel of its rule to the common one.

    It is hidden from now on if one of its rules says so.
    """
    hiding = {rule.name for rule in uow.config.policy.rules if rule.hide_question}
    if handoff.hidden or hiding.isdisjoint(handoff.grounds.rules):
        return handoff
    question = uow.tx.questions.get(handoff.question_id)
    if question is not None:
        uow.tx.questions.save(replace(question, hidden=True))
    facts = (
        uow.facts_on(question.surface, question.employee, question.text) if question else Facts(now=uow.now, text="")
    )
    decision = decide_on_matter(uow.config.policy, facts)
    # The reasons so far quote the employee. Without the question's words, the names of the rules have to do.
    reasons = tuple(map(uow.agents, decision.wordless_reasons)) or handoff.grounds.rules
    return replace(handoff, grounds=replace(handoff.grounds, reasons=reasons, hidden=True))


C = TypeVar("C", bound=Content)


def without_words(content: C) -> C:
    """Returns a content for the thread of a hidden question, without words of others than the desk."""
    match content:
        case EmployeeMessage(text=str()):
            return replace(content, text=redact(""), hidden=True)
        case AgentNotice(words=str()):
            return replace(content, words=None)
    return content


def is_shown(tx: Transaction, post: PostMessage[DraftPart] | PostMessage[FullAnswer]) -> bool:
    """Returns False for an answer to a question that was hidden after its post was decided."""
    is_asked_for = isinstance(post.content, DraftPart) and post.content.asked_by is not None
    handoff = tx.handoffs.get(post.to.handoff_id) if isinstance(post.to, HandoffThread) else None
    return is_asked_for or handoff is None or not handoff.hidden
