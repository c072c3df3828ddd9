"""The directory of one workspace: people, their accounts, and members of channels."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import NotFoundError, OutsideError
from bot.helpdesk.escalation import GROUP
from bot.helpdesk.model.chat import Person, PersonKind
from bot.helpdesk.ports import Clock
from bot.slack.errors import translated
from bot.slack.groups import UserGroups
from bot.slack.markdown import mentioned, with_names
from bot.slack.people import KnownPeople

log = logging.getLogger(__name__)

_MEMBERS_SECONDS = 300.0
# Somebody who has just joined must not be refused for minutes: an absence expires sooner.
_ABSENCE_SECONDS = 5.0
_SHARED_SECONDS = 60.0
_MOST_ACCOUNTS = 10_000
_NAMES_TIMEOUT = 2.0
# Characters. Shorter words look like ids too, such as "@W3C".
_SHORTEST_ID = 9


@dataclass(frozen=True, slots=True)
class _Members:
    ids: frozenset[str]
    read_at: float


class SlackDirectory:
    """The directory on `users.info` and `conversations.members`. Raises OutsideError."""

    def __init__(
        self,
        reader: AsyncWebClient,
        clock: Clock,
        people: KnownPeople,
        *,
        groups: UserGroups | None = None,
        someone: str = "someone",
    ) -> None:
        self._reader = reader
        self._clock = clock
        self._people = people
        self._groups = groups or UserGroups(reader)
        self._someone = someone
        self._active: dict[str, tuple[bool, float]] = {}
        self._members: dict[str, _Members] = {}
        self._shared: dict[str, tuple[bool, float]] = {}

    def call_unknown(self, someone: str) -> None:
        """Sets what stands for people whose names are not known."""
        self._someone = someone

    async def person(self, id: str) -> Person:
        return await self._people.find(id)

    def known_locale(self, id: str) -> str | None:
        return self._people.locale_of(id)

    def known_kinds(self, id: str, groups: Collection[str]) -> frozenset[str] | None:
        if self._people.is_gone(id):
            return frozenset({PersonKind.DEACTIVATED})
        person, in_groups = self._people.described(id), self._groups.of(id, groups)
        if person is None or in_groups is None:
            return None
        return frozenset({*person.kinds, *(f"{GROUP}{group}" for group in in_groups)})

    async def learn(self, id: str, groups: Collection[str]) -> None:
        await self._groups.read_missing(groups)
        await self._people.find(id)

    def change_person(self, user: Mapping[str, Any]) -> None:
        """Takes in Slack's user object of somebody whose profile or account has changed."""
        self._people.change(user)
        self._active.pop(str(user.get("id")), None)

    async def is_active(self, id: str, max_age: float = 0.0) -> bool:
        """Tells whether an account is active (docs.slack.dev/reference/objects/user-object); an unknown one is not."""
        known = self._active.get(id)
        if known is not None and 0 <= self._clock() - known[1] < max_age:
            return known[0]
        try:
            with translated():
                user = (await self._reader.users_info(user=id)).get("user") or {}
            active = not user.get("deleted")
            self._people.note_account(id, active)
        except NotFoundError as error:
            if error.code != "user_not_found":
                raise
            active = False
        if len(self._active) >= _MOST_ACCOUNTS:
            self._active.pop(next(iter(self._active)))
        self._active[id] = active, self._clock()
        return active

    async def is_member(self, id: str, channel: str) -> bool:
        """Tells whether the person belongs to the channel."""
        members = self._members.get(channel)
        if members is not None:
            age = self._clock() - members.read_at
            # Below 0 the clock was set back since, so its age is unknown.
            if 0 <= age < (_MEMBERS_SECONDS if id in members.ids else _ABSENCE_SECONDS):
                return id in members.ids
        return id in (await self._read_members(channel)).ids

    async def members(self, channel: str) -> tuple[Person, ...]:
        """Returns the people in the channel by name, without bots."""
        known = self._members.get(channel)
        if known is None or not 0 <= self._clock() - known.read_at < _MEMBERS_SECONDS:
            known = await self._read_members(channel)
        people = await asyncio.gather(*map(self.person, known.ids))
        return tuple(sorted((one for one in people if not one.is_bot), key=lambda one: (one.name.casefold(), one.id)))

    async def _read_members(self, channel: str) -> _Members:
        """Reads all pages of docs.slack.dev/reference/methods/conversations.members."""
        found: set[str] = set()
        cursor: str | None = None
        while True:
            with translated():
                page = await self._reader.conversations_members(channel=channel, cursor=cursor, limit=200)
            found.update(page.get("members") or ())
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                self._members[channel] = _Members(frozenset(found), self._clock())
                return self._members[channel]

    async def is_shared(self, channel: str) -> bool:
        """Tells whether another company is in the channel or invited to it.

        See docs.slack.dev/reference/methods/conversations.info.
        """
        known = self._shared.get(channel)
        if known is not None and self._clock() - known[1] < _SHARED_SECONDS:
            return known[0]
        with translated():
            info = (await self._reader.conversations_info(channel=channel)).get("channel") or {}
        shared = bool(info.get("is_ext_shared") or info.get("is_pending_ext_shared"))
        self._shared[channel] = shared, self._clock()
        return shared

    async def readable(self, text: str) -> str:
        """Replaces mentions by names. Whose name is not known and cannot be looked up quickly is called "someone"."""
        ids = mentioned(text)
        if not ids:
            return text
        names = {id: self._people.name_of(id) or self._someone for id in ids if len(id) >= _SHORTEST_ID}
        try:
            async with asyncio.timeout(_NAMES_TIMEOUT):
                for id in sorted(ids):
                    names.update(await self._looked_up(id))
        except TimeoutError:
            log.info("mentions_not_named")
        return with_names(text, names)

    def nameless(self, text: str) -> str:
        """Replaces every mention by "someone"."""
        return with_names(text, dict.fromkeys(mentioned(text), self._someone))

    async def _looked_up(self, id: str) -> Mapping[str, str]:
        try:
            return {id: (await self.person(id)).name}
        except OutsideError:
            log.info("mentions_not_named")
            return {}
