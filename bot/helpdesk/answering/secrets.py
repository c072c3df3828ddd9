"""Secrets in what an employee writes: what the assistant gets of it, and the notice to change the secret."""

from __future__ import annotations

from bot.helpdesk import messages
from bot.helpdesk.escalation.policy import SecretsToAssistant
from bot.helpdesk.handoffs.notify import tell
from bot.helpdesk.model.chat import Address
from bot.helpdesk.model.conversation import Conversation
from bot.helpdesk.redaction import Kind, redact
from bot.helpdesk.unit_of_work import UnitOfWork

_NUMBERS = frozenset({Kind.CARD, Kind.IBAN})


def words_for_assistant(uow: UnitOfWork, text: str) -> str | None:
    """Returns the words that the assistant is asked with; None if the policy keeps them from it."""
    rule = uow.config.policy.privacy.secrets_to_assistant
    if rule is SecretsToAssistant.AS_WRITTEN or not uow.secrets_in(text):
        return text
    return None if rule is SecretsToAssistant.NEVER else str(redact(text))


def tell_of_secret(uow: UnitOfWork, conversation: Conversation, message: Address, text: str) -> None:
    """Tells the employee, once for each message, to change a secret that is in it, and how to delete the message."""
    kinds = {finding.kind for finding in uow.secrets_in(text)}
    key = f"secret:{conversation.id}:{message.message}"
    if kinds and uow.tx.effects.of_key(key) is None:
        notice = messages.employee.contains_secret(changeable=not kinds <= _NUMBERS)
        tell(uow, conversation, notice, key=key, thread=message.thread)
