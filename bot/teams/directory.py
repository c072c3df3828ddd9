"""The directory on Teams: people, as the rosters of their chat and of the handoff channels describe them.

Teams lists nobody for a bot. A person is asked for in a conversation in which they are, by the id by which the
connector knows them; language and time zone come from the address book.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.call_rates import CallPriority
from bot.errors import NotFoundError, OutsideError
from bot.helpdesk.escalation import GUEST, MEMBER
from bot.helpdesk.model.chat import Person
from bot.helpdesk.ports import Clock
from bot.teams.address_book import AddressBook
from bot.teams.client import RosterMember, TeamsClient
from bot.teams.errors import SYSTEM
from bot.teams.rate_limiter import Budget, ConnectorCall, RateLimiter

T = TypeVar("T")

log = logging.getLogger(__name__)

# Seconds. A membership counts for the presses of a moment only.
_PERSON_SECONDS = 3600.0
_MEMBERSHIP_SECONDS = 5.0
_MEMBERS_SECONDS = 300.0
_SHARED_SECONDS = 60.0
_CHOICE_SECONDS = 3.0
_MOST_KNOWN = 10_000


# Without slots: a frozen dataclass with slots cannot be generic (github.com/python/cpython/issues/116669).
@dataclass(frozen=True)
class _Dated(Generic[T]):
    """Something that was read at a time."""

    found: T
    at: float


class TeamsDirectory:
    """The directory of one tenant. `channels` returns the handoff channels of this moment. Raises OutsideError."""

    def __init__(
        self,
        client: TeamsClient,
        book: AddressBook,
        clock: Clock,
        *,
        tenant: str,
        limiter: RateLimiter,
        channels: Callable[[], Collection[str]],
    ) -> None:
        self._client = client
        self._book = book
        self._clock = clock
        self._tenant = tenant
        self._limiter = limiter
        self._channels = channels
        self._people: dict[str, _Dated[Person]] = {}
        self._memberships: dict[tuple[str, str], _Dated[bool]] = {}
        self._rosters: dict[str, _Dated[tuple[RosterMember, ...]]] = {}

    async def person(self, id: str) -> Person:
        known = self._people.get(id)
        if known is not None and self._is_fresh(known, _PERSON_SECONDS):
            return known.found
        person = self._described(id, await self._look_up(id))
        if len(self._people) >= _MOST_KNOWN:
            self._people.pop(next(iter(self._people)))
        self._people[id] = _Dated(person, self._clock())
        return person

    async def _look_up(self, id: str) -> RosterMember | None:
        """Returns a person as a roster lists them. None for one who was heard and is in none of them any more."""
        contact = await self._book.find_person(id)
        chat = (contact.chat,) if contact is not None and contact.chat else ()
        for conversation in (*chat, *self._channels()):
            if (member := await self._member(id, conversation)) is not None:
                return member
        if contact is None:
            raise NotFoundError("Nobody in a chat with the bot, or in a handoff channel.", system=SYSTEM, code="member")
        return None

    async def _member(self, id: str, conversation: str) -> RosterMember | None:
        """Returns a member of a conversation; None for anybody else.

        They are asked for by the id that was heard, because not every client knows that of the company's directory.
        """
        contact = await self._book.find_person(id)
        handle = contact.handle if contact is not None and contact.handle else id
        try:
            async with self._limiter.limit(ConnectorCall(budget=Budget.READS, place=conversation)):
                return await self._client.member(await self._book.service_url(conversation), conversation, handle)
        except NotFoundError:
            return None

    def _described(self, id: str, member: RosterMember | None) -> Person:
        contact = self._book.person(id)
        name = (member.name if member else None) or (contact.name if contact else None) or id
        return Person(
            id=id,
            name=name,
            email=member.email if member else None,
            locale=contact.locale if contact else None,
            external=member is not None and not self._is_of_company(member),
            utc_offset=(contact.utc_offset if contact else None) or 0,
            guest=member is not None and member.is_guest,
        )

    def _is_of_company(self, member: RosterMember) -> bool:
        return member.tenant is None or member.tenant == self._tenant or member.is_guest

    def known_locale(self, id: str) -> str | None:
        contact = self._book.person(id)
        return contact.locale if contact else None

    def known_name(self, id: str) -> str | None:
        """Returns a name that is known without asking the server."""
        known, contact = self._people.get(id), self._book.person(id)
        return known.found.name if known else (contact.name if contact else None)

    def known_kinds(self, id: str, groups: Collection[str]) -> frozenset[str] | None:
        known = self._people.get(id)
        if known is None:
            return None
        return frozenset() if known.found.external else frozenset({GUEST if known.found.guest else MEMBER})

    async def learn(self, id: str, groups: Collection[str]) -> None:
        await self.person(id)

    async def is_active(self, id: str, max_age: float = 0.0) -> bool:
        """Tells whether a person can be reached: they have neither removed nor blocked the app, as far as is known."""
        contact = await self._book.find_person(id)
        return contact is None or contact.reachable

    async def is_member(self, id: str, channel: str) -> bool:
        """Tells whether a person of the company belongs to the channel, no guest, by its roster of this moment."""
        known = self._memberships.get((id, channel))
        if known is not None and self._is_fresh(known, _MEMBERSHIP_SECONDS):
            return known.found
        member = await self._member(id, channel)
        is_member = member is not None and self._is_of_company(member) and not member.is_guest
        if len(self._memberships) >= _MOST_KNOWN:
            self._memberships.clear()
        self._memberships[id, channel] = _Dated(is_member, self._clock())
        return is_member

    async def members(self, channel: str) -> tuple[Person, ...]:
        roster = await self._roster(channel, _MEMBERS_SECONDS)
        people = [self._described(one.id, one) for one in roster if self._is_of_company(one) and not one.is_guest]
        return tuple(sorted(people, key=lambda one: (one.name.casefold(), one.id)))

    async def is_shared(self, channel: str) -> bool:
        """Tells whether people of another company are in the channel who are not guests of this one."""
        place = await self._book.find_place(channel)
        if place is not None and place.shared:
            return True
        return not all(map(self._is_of_company, await self._roster(channel, _SHARED_SECONDS)))

    async def _roster(self, channel: str, max_age: float) -> tuple[RosterMember, ...]:
        known = self._rosters.get(channel)
        if known is not None and self._is_fresh(known, max_age):
            return known.found
        call = ConnectorCall(budget=Budget.READS, place=channel, priority=CallPriority.AWAITED)
        async with self._limiter.limit(call):
            roster = tuple(await self._client.members(await self._book.service_url(channel), channel))
        self._rosters[channel] = _Dated(roster, self._clock())
        for member in roster:
            self._book.note(member.id, member.mri, member.name)
        return roster

    async def known_members(self, channel: str) -> tuple[Person, ...]:
        """Returns the members of a channel for a choice on a card; nobody where they cannot be read quickly."""
        try:
            async with asyncio.timeout(_CHOICE_SECONDS):
                return await self.members(channel)
        except (OutsideError, TimeoutError) as error:
            log.info("members_not_read", extra={"error": type(error).__name__})
            return ()

    async def readable(self, text: str) -> str:
        """Returns the text: mentions are names already when they come in."""
        return text

    def nameless(self, text: str) -> str:
        """Returns the text: nothing marks the names in it as mentions."""
        return text

    def _is_fresh(self, known: _Dated[T], max_age: float) -> bool:
        # Below 0 the clock was set back since, so its age is unknown.
        return 0 <= self._clock() - known.at < max_age
