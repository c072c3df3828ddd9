"""User groups that rules name: who is in them, read in the background as people are."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection

from slack_sdk.web.async_client import AsyncWebClient

from bot.call_rates import CallPriority
from bot.errors import OutsideError, PermanentError, UnknownRefusalError
from bot.slack.errors import translated
from bot.slack.rate_limiter import RateLimiter

log = logging.getLogger(__name__)

_METHOD = "usergroups.users.list"
# Seconds after which somebody who has joined a group counts, at the latest.
_READ_EVERY = 900.0


class UserGroups:
    """The members of user groups. Those that rules name are read again every quarter of an hour."""

    def __init__(
        self, reader: AsyncWebClient, named: Collection[str] = (), *, rate_limiter: RateLimiter | None = None
    ) -> None:
        self._reader = reader
        self._rate_limiter = rate_limiter or RateLimiter()
        self._named = set(named)
        self._members: dict[str, frozenset[str]] = {}

    def of(self, person: str, among: Collection[str]) -> frozenset[str] | None:
        """Returns those of the groups that somebody is in; None if one of them was never read."""
        if not self._members.keys() >= set(among):
            return None
        return frozenset(group for group in among if person in self._members[group])

    async def read_missing(self, groups: Collection[str]) -> None:
        """Reads the groups that were never read. Raises TemporaryError; nobody is in one that cannot be read."""
        self._named.update(groups)
        for group in sorted(set(groups) - self._members.keys()):
            await self._read(group)

    async def keep_current(self) -> None:
        """Reads all groups again and again, until cancelled. Logs whatever fails."""
        while True:
            for group in sorted(self._named):
                try:
                    await self._read(group)
                except OutsideError as error:
                    _log_unread(group, error)
            await asyncio.sleep(_READ_EVERY)

    async def _read(self, group: str) -> None:
        """Reads a group. What is known of it stays if that fails."""
        try:
            async with self._rate_limiter.calling(_METHOD, CallPriority.INDICATOR):
                self._members[group] = await members_of_group(self._reader, group)
        except (PermanentError, UnknownRefusalError) as error:
            _log_unread(group, error)
            self._members.setdefault(group, frozenset())


async def members_of_group(reader: AsyncWebClient, group: str) -> frozenset[str]:
    """Returns the people in a user group (docs.slack.dev/reference/methods/usergroups.users.list).

    Raises OutsideError.
    """
    with translated():
        response = await reader.usergroups_users_list(usergroup=group)
    return frozenset(response["users"])


def _log_unread(group: str, error: OutsideError) -> None:
    log.warning("user_group_not_read", extra={"group": group, "code": error.code_or_kind})
