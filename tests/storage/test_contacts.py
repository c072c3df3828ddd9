"""Contacts on Teams: kept over restarts, merged, deleted with what is old, and forgotten with the person."""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk.model.audit import AuditedPerson
from bot.helpdesk.model.contact import PersonContact, PlaceContact
from storage.engines import location_of
from storage.inspection import reading
from storage.interfaces import Database
from storage.persons.export import read_export
from storage.persons.forget import forget_person
from storage.persons.found import find_person
from storage.queries.contacts import StoredContacts
from storage.retention import delete_old_text

ANNA = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
HANDLE = "29:1anna-handle_x"
TOLD = PersonContact(
    id=ANNA,
    handle=HANDLE,
    name="Anna",
    locale="de-DE",
    utc_offset=3600,
    chat="a:1anna",
    service_url="https://smba.example/emea/",
    told_at=100.0,
)
PLACE = PlaceContact(
    channel="19:desk@thread.tacv2", service_url="https://smba.example/emea/", team="19:team", group="g-1", told_at=100.0
)


async def test_contacts_are_found_by_each_of_their_ids(store: Database) -> None:
    kept = StoredContacts(store)

    await kept.keep(TOLD, PLACE)

    assert await kept.person(ANNA) == await kept.person_of_chat("a:1anna") == TOLD
    assert await kept.place(PLACE.channel) == PLACE
    assert (await kept.people(5), await kept.places()) == ([TOLD], [PLACE])
    assert await kept.person("nobody") is await kept.person_of_chat("a:none") is None
    assert await kept.place("19:none") is None


async def test_an_activity_that_tells_less_takes_nothing_away(store: Database) -> None:
    kept = StoredContacts(store)
    await kept.keep(TOLD, PLACE)

    # In a channel nothing is told of the chat; another process may have learnt it.
    await kept.keep(PersonContact(id=ANNA, name="Anna B", reachable=False, told_at=200.0), None)
    await kept.keep(None, replace(PLACE, team=None, shared=True, told_at=200.0))

    assert await kept.person(ANNA) == replace(TOLD, name="Anna B", reachable=False, told_at=200.0)
    assert await kept.place(PLACE.channel) == replace(PLACE, shared=True, told_at=200.0)


async def test_those_who_were_told_of_last_come_first(store: Database) -> None:
    kept = StoredContacts(store)
    for number in range(3):
        await kept.keep(replace(TOLD, id=f"p{number}", told_at=float(number)), None)

    assert [one.id for one in await kept.people(2)] == ["p2", "p1"]


async def test_people_of_whom_nothing_is_told_any_more_are_deleted_but_no_channel(store: Database) -> None:
    kept = StoredContacts(store)
    await kept.keep(TOLD, PLACE)

    await delete_old_text(store, before=150.0)

    assert await kept.person(ANNA) is None
    assert await kept.place(PLACE.channel) == PLACE


async def test_a_person_is_exported_and_forgotten_by_the_id_that_teams_uses(store: Database, database_url: str) -> None:
    kept, location = StoredContacts(store), location_of(database_url)
    await kept.keep(TOLD, PLACE)
    with reading(location) as connection:
        by_id, by_handle = find_person(connection, ANNA), find_person(connection, HANDLE)
    assert by_id is not None
    assert by_id == by_handle
    assert by_id.who == AuditedPerson(surface="teams", id=ANNA)
    assert set(by_id.identifiers) == {ANNA, HANDLE, "a:1anna"}

    exported = read_export(location, by_id)["person"]
    forget_person(location, by_id.who, "root", lambda: 300.0, lambda done, total: None)

    assert (exported["name"], exported["locale"], exported["utc_offset"]) == ("Anna", "de-DE", 3600)
    assert await kept.person(ANNA) is None
    with reading(location) as connection:
        assert find_person(connection, HANDLE) is None
