"""The assistant."""

from __future__ import annotations

from typing import Protocol

from bot.helpdesk.model.article import DocumentWords
from bot.helpdesk.model.conversation import Rating, Receipt, Reply, Unanswered
from bot.helpdesk.model.effects import SendStatus


class Assistant(Protocol):
    """The assistant that answers questions. Every method may raise OutsideError."""

    async def ask(self, *, session_id: str, message: str, email: str | None, language: str | None) -> Reply:
        """Asks a question and waits for the answer."""

    async def submit(self, *, session_id: str, message: str, email: str | None, language: str | None) -> str:
        """Submits a question and returns its request id at once."""

    async def collect(self, *, session_id: str, request_id: str) -> Reply | Unanswered:
        """Returns the answer to a submitted question, or why there is none. Safe to repeat."""

    async def rate(self, *, session_id: str, request_id: str, rating: Rating) -> Receipt:
        """Rates an answer."""

    async def create_document(self, words: DocumentWords) -> str | None:
        """Creates a document of a question and its answer. Returns its id, None where the response names none."""

    async def find_document(self, key: str) -> SendStatus[str | None]:
        """Looks up the document with `key` in its title. The result is its id, None where it is listed without one."""

    async def change_document(self, id: str, words: DocumentWords) -> None:
        """Replaces the words of a document. Safe to repeat."""

    async def set_document_status(self, id: str, *, active: bool) -> None:
        """Makes a document active, which the assistant then uses, or a draft. Safe to repeat."""

    async def close_session(self, session_id: str) -> None:
        """Ends a session. Safe to repeat."""
