"""Notices about deactivated accounts: of the employee, or of the agent who has claimed the handoff."""

from __future__ import annotations

from bot.helpdesk import messages
from bot.helpdesk.handoffs.notify import post_to_thread
from bot.helpdesk.model.chat import ThreadAddress
from bot.helpdesk.model.handoff import Handoff, HandoffState
from bot.helpdesk.redaction import SafeText
from bot.helpdesk.unit_of_work import UnitOfWork


def post_unreachable(uow: UnitOfWork, thread: ThreadAddress) -> None:
    """Tells the agents that the employee's account is deactivated, so that a message could not be delivered.

    Posted once until the employee writes again, and only if the conversation has a handoff.
    """
    conversation = uow.tx.conversations.of_thread(thread)
    handoff = uow.tx.handoffs.current_in(conversation.id) if conversation else None
    if conversation is None or handoff is None:
        return
    words = messages.agents.unreachable(uow.config.chat_name)
    key = f"unreachable:{handoff.id}:{conversation.last_at!r}"
    _post_once(uow, handoff, words, key=key, person=conversation.employee)


def post_claimer_gone(uow: UnitOfWork, handoff_id: str, person: str) -> None:
    """Tells the agents that the employee has written although the claimer's account is deactivated."""
    handoff = uow.tx.handoffs.get(handoff_id)
    if handoff is None or handoff.state is not HandoffState.CLAIMED:
        return
    if handoff.claim is None or handoff.claim.by != person:
        return
    key = f"claimer_gone:{handoff.id}:{handoff.claim.at!r}"
    _post_once(uow, handoff, messages.agents.CLAIMER_GONE, key=key, person=person)


def _post_once(uow: UnitOfWork, handoff: Handoff, words: SafeText, *, key: str, person: str) -> None:
    if uow.tx.effects.of_key(key) is None:
        post_to_thread(uow, handoff, words, key=key, person=person)
