"""The address book keeps what activities tell, once, and finds what another process has learnt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from bot.errors import StorageError
from bot.helpdesk.model.contact import PersonContact, PlaceContact
from bot.teams.address_book import AddressBook
from bot.teams.received.contact import Contact, PlaceKind

CHANNEL = "19:desk@thread.tacv2"
DEFAULT, EMEA = "https://smba.example/teams/", "https://smba.example/emea/"
SAID = Contact(
    kind=PlaceKind.PERSONAL,
    conversation="a:1anna",
    service_url=EMEA,
    tenant="t-1",
    person="anna",
    mri="29:anna",
    name="Anna",
    locale="de-DE",
    utc_offset=3600,
)
IN_CHANNEL = Contact(
    kind=PlaceKind.CHANNEL,
    conversation=CHANNEL,
    service_url=EMEA,
    tenant="t-1",
    person="ben",
    mri="29:ben",
    name="Ben",
    team="19:team",
    group="g-1",
)


@dataclass(slots=True)
class Kept:
    """Contacts that are kept in memory, shared by several books as by several processes."""

    known: dict[str, PersonContact] = field(default_factory=dict)
    channels: dict[str, PlaceContact] = field(default_factory=dict)
    writes: int = 0
    reads: int = 0
    broken: bool = False

    async def people(self, most: int) -> Sequence[PersonContact]:
        return sorted(self.known.values(), key=lambda one: -one.told_at)[:most]

    async def places(self) -> Sequence[PlaceContact]:
        return list(self.channels.values())

    async def person(self, id: str) -> PersonContact | None:
        self._check()
        self.reads += 1
        return self.known.get(id)

    async def person_of_chat(self, chat: str) -> PersonContact | None:
        self._check()
        self.reads += 1
        return next((one for one in self.known.values() if one.chat == chat), None)

    async def place(self, channel: str) -> PlaceContact | None:
        self._check()
        self.reads += 1
        return self.channels.get(channel)

    async def keep(self, person: PersonContact | None, place: PlaceContact | None) -> None:
        self._check()
        self.writes += 1
        if person is not None:
            self.known[person.id] = person
        if place is not None:
            self.channels[place.channel] = place

    def _check(self) -> None:
        if self.broken:
            raise StorageError


def book(kept: Kept, *, at: float = 100.0, most: int = 100) -> AddressBook:
    return AddressBook(kept, lambda: at, service_url=DEFAULT, most=most)


async def test_a_contact_is_kept_when_it_is_new_and_not_again() -> None:
    kept = Kept()
    contacts = book(kept)

    for _ in range(3):
        await contacts.learn(SAID)
        await contacts.learn(IN_CHANNEL)

    assert kept.writes == 2
    anna, ben, place = contacts.person("anna"), contacts.person("ben"), contacts.place(CHANNEL)
    assert anna == kept.known["anna"]
    assert anna is not None
    assert (anna.handle, anna.chat, anna.service_url, anna.locale) == ("29:anna", "a:1anna", EMEA, "de-DE")
    assert ben is not None
    assert ben.chat is None
    assert place == PlaceContact(channel=CHANNEL, service_url=EMEA, team="19:team", group="g-1", told_at=100.0)


async def test_a_channel_that_another_process_knows_as_shared_stays_shared() -> None:
    kept = Kept(channels={CHANNEL: PlaceContact(channel=CHANNEL, service_url=EMEA, shared=True, told_at=99.0)})

    await book(kept).learn(IN_CHANNEL)

    assert kept.channels[CHANNEL].shared


async def test_a_contact_is_kept_anew_once_a_day_so_that_retention_spares_it() -> None:
    kept = Kept()
    await book(kept).learn(SAID)

    later = book(kept, at=100.0 + 25 * 3600)
    await later.learn(SAID)

    assert kept.known["anna"].told_at == 100.0 + 25 * 3600


async def test_what_a_channel_does_not_tell_stays_known() -> None:
    contacts = book(Kept())
    await contacts.learn(SAID)

    await contacts.learn(replace(IN_CHANNEL, person="anna", mri="29:anna", name="Anna B"))

    anna = contacts.person("anna")
    assert anna is not None
    assert (anna.name, anna.chat, anna.locale) == ("Anna B", "a:1anna", "de-DE")


async def test_what_cannot_be_kept_is_not_known_either() -> None:
    kept = Kept(broken=True)
    contacts = book(kept)

    with pytest.raises(StorageError):
        await contacts.learn(SAID)

    assert contacts.person("anna") is None


async def test_another_process_finds_what_one_has_learnt() -> None:
    kept = Kept()
    one, other = book(kept), book(kept)
    await one.learn(SAID)
    await one.learn(IN_CHANNEL)

    assert other.person("anna") is None
    assert await other.find_person("anna") == other.person("anna") == one.person("anna")
    assert await other.service_url("a:1anna") == await other.service_url(CHANNEL) == EMEA


async def test_the_address_of_a_known_chat_or_channel_is_not_looked_up() -> None:
    kept = Kept()
    contacts = book(kept)
    for contact in (SAID, IN_CHANNEL):
        await contacts.learn(contact)
    before = kept.reads
    assert await contacts.service_url("a:1anna") == await contacts.service_url(CHANNEL) == EMEA
    assert kept.reads == before


async def test_it_begins_with_those_who_were_told_of_last() -> None:
    kept = Kept()
    for number in range(5):
        await book(kept, at=float(number)).learn(replace(SAID, person=f"p{number}", conversation=f"a:{number}"))

    contacts = book(kept, most=2)
    await contacts.load()

    assert [id for id in ("p0", "p1", "p2", "p3", "p4") if contacts.person(id)] == ["p3", "p4"]


async def test_the_configured_address_serves_until_one_was_learnt() -> None:
    contacts = book(Kept())
    assert await contacts.service_url(CHANNEL) == DEFAULT

    await contacts.learn(SAID)

    assert await contacts.service_url(CHANNEL) == EMEA


async def test_whoever_removed_the_bot_cannot_be_reached_until_they_write_again() -> None:
    contacts = book(Kept())
    await contacts.learn(SAID)

    await contacts.learn(replace(SAID, person=None, mri=None, name=None, reachable=False))
    removed = contacts.person("anna")
    await contacts.learn(SAID)
    back = contacts.person("anna")
    await contacts.mark_unreachable("a:1anna")
    blocked = contacts.person("anna")

    assert [one.reachable for one in (removed, back, blocked) if one] == [False, True, False]


async def test_a_shared_channel_stays_one_when_an_activity_does_not_say_so() -> None:
    contacts = book(Kept())
    await contacts.learn(replace(IN_CHANNEL, shared=True))

    await contacts.learn(IN_CHANNEL)

    place = contacts.place(CHANNEL)
    assert place is not None
    assert place.shared
