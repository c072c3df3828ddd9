"""The assistant."""

from __future__ import annotations

from typing import Protocol

from bot.helpdesk.model.conversation import Rating, Receipt, Reply, Unanswered


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

    async def close_session(self, session_id: str) -> None:
        """Ends a session. Safe to repeat."""
