"""The people of the workspace: listed in the background, changed by events, and kept over restarts.

No question waits for this: somebody who is not known yet is looked up by `users.info`.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.call_rates import CallPriority
from bot.errors import NotYetError, OutsideError, RateLimitedError, StorageError
from bot.helpdesk.model.chat import KnownPerson, Person
from bot.helpdesk.ports import Clock, KeptPeople
from bot.helpdesk.text import legible
from bot.slack.errors import SYSTEM, translated
from bot.slack.rate_limiter import RateLimiter

log = logging.getLogger(__name__)

_PAGE = 200
_HOUR = 3600.0
# Seconds, where Slack does not say for how long.
_LIMITED_WAIT = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleLimits:
    """Bounds on what is known of people; times are in seconds.

    `most` people are listed and remembered, 500 bytes each. `lists` False lists nobody. After `trusted_for` somebody is
    looked up again. The list is read every `list_every`, and `list_again` after a failure. Every `sync_every` what is
    new is stored, and what other processes have stored is read.
    """

    lists: bool = True
    most: int = 10_000
    trusted_for: float = 24 * _HOUR
    list_every: float = 20 * _HOUR
    list_again: float = _HOUR
    sync_every: float = 300.0


class KnownPeople:
    """The people that are known. `company`: the ids of our own workspace and organization; all others are external.
    `workspace`: the one of them that is the bot's own.

    `kept` None keeps nothing over a restart. Of those whose accounts are deactivated only the ids are remembered.
    Raises OutsideError where Slack is asked.
    """

    def __init__(
        self,
        reader: AsyncWebClient,
        clock: Clock,
        company: frozenset[str],
        *,
        workspace: str = "",
        rate_limiter: RateLimiter | None = None,
        kept: KeptPeople | None = None,
        limits: PeopleLimits | None = None,
    ) -> None:
        self._reader = reader
        self._clock = clock
        self._company = company
        self._workspace = workspace
        self._rate_limiter = rate_limiter or RateLimiter()
        self._kept = kept
        self._limits = limits or PeopleLimits()
        self._known: dict[str, KnownPerson] = {}
        self._new: dict[str, KnownPerson | None] = {}
        # In their order, so that the oldest can be left out.
        self._gone: dict[str, None] = {}
        self._synced_at = 0.0

    async def find(self, id: str) -> Person:
        """Returns what is known of somebody, else what Slack says (docs.slack.dev/reference/methods/users.info)."""
        if self.knows(id):
            return self._known[id].person
        with translated():
            response = await self._reader.users_info(user=id, include_locale=True)
        return self._note(id, response.get("user") or {})

    def locale_of(self, id: str) -> str | None:
        """Returns the locale of somebody who is known, however long ago that was read."""
        known = self._known.get(id)
        return known.person.locale if known else None

    def described(self, id: str) -> Person | None:
        """Returns what is known of somebody, however long ago that was read."""
        known = self._known.get(id)
        return known.person if known else None

    def is_gone(self, id: str) -> bool:
        """Returns whether the account was deactivated when Slack last said anything of it."""
        return id in self._gone

    def knows(self, id: str) -> bool:
        """Returns whether somebody need not be looked up."""
        known = self._known.get(id)
        return known is not None and 0 <= self._clock() - known.read_at < self._limits.trusted_for

    def name_of(self, id: str) -> str | None:
        """Returns the name of somebody as it was last known."""
        known = self._known.get(id)
        return known.person.name if known else None

    def forget(self) -> None:
        """Forgets everybody, but not what is kept."""
        self._known.clear()
        self._gone.clear()

    def change(self, user: Mapping[str, Any]) -> None:
        """Takes in what an event says of somebody (docs.slack.dev/reference/events/user_change)."""
        id = user.get("id")
        if not isinstance(id, str) or not id:
            return
        try:
            self._note(id, user)
        except (AttributeError, TypeError, ValueError) as error:
            log.warning("payload_not_understood", extra={"error": type(error).__name__})

    async def keep_current(self) -> None:
        """Lists people and stores what is known, until cancelled. Logs whatever fails."""
        await self._sync()
        lists_at = self._clock() if self._limits.lists else math.inf
        while True:
            if self._clock() >= lists_at:
                listed = await self._list()
                lists_at = self._clock() + (self._limits.list_every if listed else self._limits.list_again)
                await self._sync()
            await asyncio.sleep(self._limits.sync_every)
            await self._sync()

    def _note(self, id: str, user: Mapping[str, Any]) -> Person:
        """Remembers what Slack says of somebody. Whose account is deactivated is forgotten."""
        known = self._known.get(id)
        person = _person(id, user, self._company, self._workspace, known.person if known else None)
        if user.get("deleted"):
            self._known.pop(id, None)
            self._new[id] = None
            self._remember_gone(id)
            return person
        self._gone.pop(id, None)
        noted = KnownPerson(person=person, read_at=self._clock())
        self._remember(noted)
        # Most changes are of nothing that is kept, such as somebody's status.
        if known is None or known.person != person or noted.read_at - known.read_at > _HOUR:
            self._new[id] = noted
        return person

    def note_account(self, id: str, active: bool) -> None:
        """Takes in whether an account is active."""
        if active:
            self._gone.pop(id, None)
        else:
            self._remember_gone(id)

    def _remember_gone(self, id: str) -> None:
        if id not in self._gone and len(self._gone) >= self._limits.most:
            self._gone.pop(next(iter(self._gone)))
        self._gone[id] = None

    def _remember(self, known: KnownPerson) -> None:
        if known.person.id not in self._known and len(self._known) >= self._limits.most:
            self._known.pop(next(iter(self._known)))
        self._known[known.person.id] = known

    async def _list(self) -> bool:
        """Reads the pages of docs.slack.dev/reference/methods/users.list. Returns whether all of them could be read.

        It waits for as long as Slack's limits say, and stores each page.
        """
        cursor: str | None = None
        for _ in range(-(-self._limits.most // _PAGE)):
            try:
                page = await self._page(cursor)
            except OutsideError as error:
                log.info("people_not_listed", extra={"code": error.code})
                return False
            for user in page.get("members") or ():
                if isinstance(user, Mapping):
                    self.change(user)
            await self._store_new()
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return True
        log.info("people_listed_in_part", extra={"people": self._limits.most})
        return True

    async def _page(self, cursor: str | None) -> Mapping[str, Any]:
        while True:
            try:
                async with self._rate_limiter.calling("users.list", CallPriority.INDICATOR):
                    page = await self._reader.users_list(cursor=cursor, limit=_PAGE, include_locale=True)
                    return dict(page.data) if isinstance(page.data, dict) else {}
            except (NotYetError, RateLimitedError) as error:
                await asyncio.sleep(_LIMITED_WAIT if error.retry_after is None else error.retry_after)

    async def _sync(self) -> None:
        """Stores what is new here, and reads what other processes have stored since the last time."""
        if self._kept is None:
            return
        await self._store_new()
        try:
            oldest = max(self._synced_at, self._clock() - self._limits.trusted_for)
            found = await self._kept.people_since(SYSTEM, oldest, self._limits.most)
        except StorageError:
            log.warning("people_not_read")
            return
        for known in found:
            mine = self._known.get(known.person.id)
            if mine is None or mine.read_at < known.read_at:
                self._remember(known)
            self._synced_at = max(self._synced_at, known.read_at)

    async def _store_new(self) -> None:
        if self._kept is None or not self._new:
            return
        new, self._new = self._new, {}
        try:
            await self._kept.keep_people(
                SYSTEM,
                [known for known in new.values() if known is not None],
                [id for id, known in new.items() if known is None],
            )
        except StorageError:
            log.warning("people_not_stored")
            self._new = {**new, **self._new}


def _person(id: str, user: Mapping[str, Any], company: frozenset[str], workspace: str, known: Person | None) -> Person:
    """Reads a user object (docs.slack.dev/reference/objects/user-object). An event may lack the locale."""
    profile = user.get("profile") or {}
    name = profile.get("display_name") or user.get("real_name") or user.get("name") or id
    organization = user.get("enterprise_user") or {}
    homes = {home for home in (user.get("team_id"), organization.get("enterprise_id")) if home}
    is_external = bool(user.get("is_stranger")) or (bool(homes) and homes.isdisjoint(company))
    return Person(
        id=id,
        name=legible(str(name)),
        email=_text(profile.get("email")),
        locale=_text(user.get("locale")) or (known.locale if known else None),
        external=is_external,
        utc_offset=int(user.get("tz_offset") or 0),
        is_bot=bool(user.get("is_bot") or user.get("is_workflow_bot")),
        guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        other_workspace=not is_external and _is_of_another(workspace, user, organization),
        active=not user.get("deleted"),
    )


def _is_of_another(workspace: str, user: Mapping[str, Any], organization: Mapping[str, Any]) -> bool:
    """Returns whether somebody of our organization belongs to other workspaces only, whose ids begin with T."""
    homes = {home for home in (user.get("team_id"), *(organization.get("teams") or ())) if str(home).startswith("T")}
    return bool(workspace) and bool(homes) and workspace not in homes


def _text(value: object) -> str | None:
    """Returns a text that can be stored; None for anything else."""
    return legible(value) or None if isinstance(value, str) else None
