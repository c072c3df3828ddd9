"""Handlers of the outbox effects, one module per outside system or subject."""

from __future__ import annotations

from bot.helpdesk.outbox.handler import Dependencies, HandlerRegistry
from bot.helpdesk.outbox.handlers.articles import ArticleHandlers
from bot.helpdesk.outbox.handlers.assistant import AssistantHandlers
from bot.helpdesk.outbox.handlers.chat_messages import ChatMessageHandlers
from bot.helpdesk.outbox.handlers.files import FileHandlers
from bot.helpdesk.outbox.handlers.gaps import GapHandlers
from bot.helpdesk.outbox.handlers.lookups import LookupHandlers
from bot.helpdesk.outbox.handlers.personal import PersonalHandlers
from bot.helpdesk.outbox.handlers.review import ReviewHandlers
from bot.helpdesk.outbox.handlers.ticket_sync import TicketSyncHandlers
from bot.helpdesk.outbox.handlers.tickets import TicketHandlers

_ALL = (
    ChatMessageHandlers,
    PersonalHandlers,
    FileHandlers,
    TicketHandlers,
    TicketSyncHandlers,
    LookupHandlers,
    ArticleHandlers,
    GapHandlers,
    ReviewHandlers,
)


def build_registry(deps: Dependencies, assistant: AssistantHandlers) -> HandlerRegistry:
    """Returns the registry with the handlers of all kinds of effect."""
    registry = HandlerRegistry()
    assistant.register(registry)
    for handlers in _ALL:
        handlers(deps).register(registry)
    return registry
