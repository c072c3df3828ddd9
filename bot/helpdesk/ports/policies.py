"""Port of the policies that were in force."""

from __future__ import annotations

from typing import Protocol

from bot.helpdesk.escalation import Policy


class Policies(Protocol):
    """The stored policies. Raises StorageError."""

    async def find(self, fingerprint: str) -> Policy | None:
        """Reads the policy with this fingerprint; None where its text is not stored, or cannot be read any more."""
