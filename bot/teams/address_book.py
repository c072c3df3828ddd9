"""The address book: how Teams reaches people and places, learnt from activities, kept, and known in memory.

Teams has no directory that a bot can ask for it: the id by which the connector knows a person, their chat with the bot,
their language and time zone, and the address of the server for a conversation come only with what people do.
"""

from __future__ import annotations

import logging
from dataclasses import fields, replace
from typing import TypeVar

from bot.errors import StorageError
from bot.helpdesk.model.contact import PersonContact, PlaceContact
from bot.helpdesk.ports import Clock, KeptContacts
from bot.teams.ids import is_channel
from bot.teams.received.contact import Contact, PlaceKind

log = logging.getLogger(__name__)

C = TypeVar("C", PersonContact, PlaceContact)

# Seconds after which a contact that did not change is kept anew, or retention would delete who writes every day.
_KEPT_ANEW = 24 * 3600.0
_MOST_PEOPLE = 10_000


class AddressBook:
    """The contacts that this process knows, over those that are kept. `service_url` serves until one was learnt."""

    def __init__(self, kept: KeptContacts, clock: Clock, *, service_url: str, most: int = _MOST_PEOPLE) -> None:
        self._kept = kept
        self._clock = clock
        self._service_url = service_url
        self._most = most
        self._people: dict[str, PersonContact] = {}
        self._chats: dict[str, str] = {}
        self._places: dict[str, PlaceContact] = {}

    async def load(self) -> None:
        """Reads what is kept. Whoever is left out is looked up when needed. Raises StorageError."""
        for person in reversed(await self._kept.people(self._most)):
            self._remember(person)
        for place in await self._kept.places():
            self._remember_place(place)

    async def learn(self, contact: Contact | None) -> None:
        """Keeps what an activity tells, if it is new, before anything else is done with it. Raises StorageError."""
        if contact is None:
            return
        person, place = await self._person_in(contact), await self._place_in(contact)
        new_person = person if person and self._is_new(person, self._people.get(person.id)) else None
        new_place = place if place and self._is_new(place, self._places.get(place.channel)) else None
        if new_person is not None or new_place is not None:
            await self._kept.keep(new_person, new_place)
        if new_person is not None:
            self._remember(new_person)
        if new_place is not None:
            self._remember_place(new_place)

    async def mark_unreachable(self, chat: str) -> None:
        """Keeps that the person of a chat cannot be reached any more: they have blocked or removed the bot."""
        person = await self.find_person_of_chat(chat)
        if person is not None and person.reachable:
            gone = replace(person, reachable=False, told_at=self._clock())
            await self._kept.keep(gone, None)
            self._remember(gone)

    async def keep_chat(self, id: str, chat: str, service_url: str) -> None:
        """Keeps the chat that was opened with a person. A failure of the database is logged: it can be opened again."""
        known = self._people.get(id) or PersonContact(id=id, told_at=0.0)
        opened = replace(known, chat=chat, service_url=service_url, told_at=self._clock())
        try:
            await self._kept.keep(opened, None)
        except StorageError:
            log.warning("contact_not_kept")
        self._remember(opened)

    def note(self, id: str, handle: str, name: str | None) -> None:
        """Remembers somebody of a roster, whom nothing was heard of yet, so that messages can mention them."""
        if id not in self._people:
            self._remember(PersonContact(id=id, handle=handle, name=name, told_at=0.0))

    # Known without asking anybody.

    def person(self, id: str) -> PersonContact | None:
        """Returns a person as they are known in memory."""
        return self._people.get(id)

    def place(self, channel: str) -> PlaceContact | None:
        """Returns a channel as it is known in memory."""
        return self._places.get(channel)

    # Looked up where they are not known: another process may have learnt them.

    async def find_person(self, id: str) -> PersonContact | None:
        """Returns a person. A failure of the database counts as not known."""
        if (known := self._people.get(id)) is None:
            try:
                known = await self._kept.person(id)
            except StorageError:
                log.warning("contact_not_read")
            if known is not None:
                self._remember(known)
        return known

    async def find_person_of_chat(self, chat: str) -> PersonContact | None:
        """Returns the person whose chat with the bot this is. A failure of the database counts as not known."""
        if (id := self._chats.get(chat)) is not None:
            return self._people.get(id)
        try:
            known = await self._kept.person_of_chat(chat)
        except StorageError:
            log.warning("contact_not_read")
            return None
        if known is not None:
            self._remember(known)
        return known

    async def find_place(self, channel: str) -> PlaceContact | None:
        """Returns a channel. A failure of the database counts as not known."""
        if (known := self._places.get(channel)) is None:
            try:
                known = await self._kept.place(channel)
            except StorageError:
                log.warning("contact_not_read")
            if known is not None:
                self._remember_place(known)
        return known

    async def service_url(self, channel: str) -> str:
        """Returns the address of the server for a channel or a chat; the last one that was learnt if it has none."""
        # A chat is not looked up among the channels: that it is none is not remembered, so each call would ask again.
        found = await (self.find_place(channel) if is_channel(channel) else self.find_person_of_chat(channel))
        return (found.service_url if found else None) or self._service_url

    # What is told.

    async def _person_in(self, contact: Contact) -> PersonContact | None:
        direct = contact.kind is PlaceKind.PERSONAL
        if contact.person is None and direct:
            # Whoever removes the app is not always named.
            known = await self.find_person_of_chat(contact.conversation)
        else:
            known = await self.find_person(contact.person) if contact.person else None
        id = contact.person or (known.id if known else None)
        if id is None:
            return None
        told = PersonContact(
            id=id,
            handle=contact.mri,
            name=contact.name,
            locale=contact.locale,
            utc_offset=contact.utc_offset,
            chat=contact.conversation if direct else None,
            service_url=contact.service_url if direct else None,
            reachable=contact.reachable if direct else known is None or known.reachable,
            told_at=self._clock(),
        )
        return told if known is None else _merged(told, known)

    async def _place_in(self, contact: Contact) -> PlaceContact | None:
        if contact.kind is not PlaceKind.CHANNEL:
            return None
        known = await self.find_place(contact.conversation)
        told = PlaceContact(
            channel=contact.conversation,
            service_url=contact.service_url,
            team=contact.team,
            group=contact.group,
            shared=known.shared if contact.shared is None and known else bool(contact.shared),
            told_at=self._clock(),
        )
        return told if known is None else _merged(told, known)

    def _is_new(self, told: C, known: C | None) -> bool:
        if known is None or told.told_at - known.told_at > _KEPT_ANEW:
            return True
        return replace(told, told_at=known.told_at) != known

    def _remember(self, person: PersonContact) -> None:
        if person.id not in self._people and len(self._people) >= self._most:
            gone = self._people.pop(next(iter(self._people)))
            self._chats.pop(gone.chat or "", None)
        self._people[person.id] = person
        if person.chat is not None:
            self._chats[person.chat] = person.id
        self._service_url = person.service_url or self._service_url

    def _remember_place(self, place: PlaceContact) -> None:
        self._places[place.channel] = place
        self._service_url = place.service_url


def _merged(told: C, known: C) -> C:
    """Returns what is told, with what was known where nothing is told."""
    missing = {field.name: getattr(known, field.name) for field in fields(told) if getattr(told, field.name) is None}
    return replace(told, **missing)
