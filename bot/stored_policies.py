"""The policies that were in force, read from their stored texts."""

from __future__ import annotations

import asyncio

from bot.helpdesk.escalation import Policy
from bot.policy_file import ChatIds, stored_policies
from storage.inspection import DatabaseLocation
from storage.policies import policy_texts


class StoredPolicies:
    """Implements the port `Policies` on a database. Reads in a thread, on a connection of its own."""

    def __init__(self, location: DatabaseLocation, ids: ChatIds) -> None:
        self._location = location
        self._ids = ids

    async def find(self, fingerprint: str) -> Policy | None:
        return await asyncio.to_thread(self._find, fingerprint)

    def _find(self, fingerprint: str) -> Policy | None:
        return stored_policies(policy_texts(self._location), self._ids)(fingerprint)
