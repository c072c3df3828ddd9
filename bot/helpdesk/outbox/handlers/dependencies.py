"""Everything that effect handlers need."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from bot.errors import OutsideError
from bot.helpdesk.answering.ask_queue import AskLimiter
from bot.helpdesk.config import AssistantOptions, DeskConfig, Timeouts
from bot.helpdesk.model.chat import Person
from bot.helpdesk.outbox.handlers.background_tasks import BackgroundTasks
from bot.helpdesk.outbox.handlers.questions_in_flight import QuestionsInFlight
from bot.helpdesk.outbox.handlers.typing_indicator import TypingIndicator
from bot.helpdesk.ports import (
    Assistant,
    Clock,
    Directory,
    Files,
    Observer,
    Records,
    Store,
    Surface,
    Tickets,
    Transaction,
)
from bot.helpdesk.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """The ports, the configuration and the shared state of all effect handlers."""

    store: Store
    surface: Surface
    files: Files
    directory: Directory
    assistant: Assistant
    tickets: Tickets
    records: Records
    observer: Observer
    clock: Clock
    config: DeskConfig
    limiter: AskLimiter
    in_flight: QuestionsInFlight
    typing: TypingIndicator
    tasks: BackgroundTasks

    @property
    def timeouts(self) -> Timeouts:
        """The timeouts of the configuration."""
        return self.config.timeouts

    @property
    def assistant_options(self) -> AssistantOptions:
        """The assistant options of the configuration."""
        return self.config.assistant_options

    async def find_person(self, id: str) -> Person | None:
        """Looks up a person. Returns None if the directory fails or is slow: no effect waits for a name."""
        try:
            async with asyncio.timeout(self.timeouts.person_lookup):
                return await self.directory.person(id)
        except (OutsideError, TimeoutError):
            log.info("person_unknown")
            return None

    def unit_of_work(self, tx: Transaction) -> UnitOfWork:
        """Returns the unit of work of a transaction that a handler opened itself."""
        return UnitOfWork(tx, self.clock(), self.config)
