"""The languages of those who read the desk's messages."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.helpdesk.messages.catalog import Catalog, Translator
from bot.helpdesk.model.chat import ENGLISH
from bot.helpdesk.model.content import AgentMessage, AnswerPart, Content, EmployeeNotice, PersonalNotice, SentDraft
from bot.helpdesk.model.search_result import SearchReport


@dataclass(frozen=True, slots=True)
class Readers:
    """The languages of the readers: `agents` for all of them, and any other from the `catalog`."""

    catalog: Catalog = field(default_factory=Catalog)
    agents: str = ENGLISH

    def of(self, content: Content | PersonalNotice | SearchReport) -> Translator:
        """Returns the translator for those who read a content."""
        match content:
            case AnswerPart() | EmployeeNotice() | AgentMessage() | SentDraft() | PersonalNotice():
                return self.catalog.in_language(content.language)
            case _:
                return self.catalog.in_language(self.agents)
