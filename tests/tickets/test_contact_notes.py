"""Notes on people in systems that have one field of free text about them: written once, beside what people wrote."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.errors import AmbiguousError, RequesterRefusedError, TemporaryError
from bot.helpdesk.ports import ChecksContactNotes, HasContacts
from bot.helpdesk.redaction import redact
from bot.tickets.ticket_text import MOST_ABOUT_PERSON, with_note_on_person
from tests.tickets.contract import adapter
from tests.tickets.realserver import RealRt
from tests.tickets.standins.base import Call, StandIn
from tests.tickets.standins.freshdesk import StandInFreshdesk, StandInFreshservice
from tests.tickets.standins.rt import StandInRt
from tests.tickets.standins.zendesk import StandInZendesk

MIA = "mia@example.com"
WORDS = "VIP; call back.\n\nLikes {{ticket.id}} <b>tea</b>."
KINDS = pytest.mark.parametrize(
    "kind",
    [
        pytest.param(RealRt, id="rt real server", marks=pytest.mark.realserver),
        pytest.param(StandInRt, id="rt"),
        pytest.param(StandInZendesk, id="zendesk"),
        pytest.param(StandInFreshdesk, id="freshdesk"),
        pytest.param(StandInFreshservice, id="freshservice"),
    ],
)


@pytest.fixture
async def backend(kind: type[StandIn], request: pytest.FixtureRequest) -> AsyncIterator[StandIn]:
    async with RealRt(request.getfixturevalue("rt_server")) if kind is RealRt else kind() as backend:
        yield backend


def changes_person(call: Call) -> bool:
    return call.method == "PUT"


def settings_to_write(backend: StandIn) -> dict[str, str]:
    """Returns the settings with which notes may be written: in the real RT the token of an administrator."""
    return {"RT_TOKEN": backend.server.token_of_root()} if isinstance(backend, RealRt) else {}


@KINDS
async def test_a_note_is_added_once_to_what_people_wrote(backend: StandIn) -> None:
    await backend.know("eve@example.com", "Somebody else")
    email = f"{backend.key}@example.com"
    await backend.know(email, WORDS)
    async with adapter(backend, settings_to_write(backend)) as tickets:
        assert isinstance(tickets, HasContacts)
        for key, text in (("eff_1", "Answered.\nVerdicts: 1 helpful"), ("eff_2", "Asked {{again}}")):
            await tickets.contact_note(email, redact(text), key)
            await tickets.contact_note(email, redact(text), key)

    about = (await backend.about(email)).replace("\r\n", "\n")
    assert about.startswith(f"{WORDS}\n\n--- uppzy-desk ---\nAnswered.\nVerdicts: 1 helpful\n\n[uppzy-desk eff_1]\n\n")
    assert about.count("[uppzy-desk eff_1]") == about.count("[uppzy-desk eff_2]") == 1
    assert about.endswith("[uppzy-desk eff_2]")
    assert ("{{again}}" in about) is isinstance(backend, StandInRt)
    assert (await backend.about("eve@example.com")) == "Somebody else"


@KINDS
async def test_a_note_whose_answer_was_lost_is_not_written_again(backend: StandIn) -> None:
    email = f"{backend.key}@example.com"
    await backend.know(email)
    backend.fail(changes_person, processed=True)
    async with adapter(backend, settings_to_write(backend)) as tickets:
        assert isinstance(tickets, HasContacts)
        with pytest.raises(AmbiguousError):
            await tickets.contact_note(email, redact("Answered."), "eff_1")
        await tickets.contact_note(email, redact("Answered."), "eff_1")

    assert (await backend.about(email)).count("Answered.") == 1
    assert sum(changes_person(call) for call in backend.calls) == 1


@KINDS
async def test_of_several_notes_on_a_person_at_once_none_is_lost(backend: StandIn) -> None:
    email = f"{backend.key}@example.com"
    await backend.know(email, WORDS)
    async with adapter(backend, settings_to_write(backend)) as tickets:
        assert isinstance(tickets, HasContacts)
        await asyncio.gather(*(tickets.contact_note(email, redact("Answered."), f"eff_{n}") for n in range(4)))

    about = await backend.about(email)
    assert [about.count(f"[uppzy-desk eff_{n}]") for n in range(4)] == [1, 1, 1, 1]


@KINDS
@pytest.mark.parametrize("email", ["nobody@example.com", 'x" or "y@example.com', "mia at example"])
async def test_a_note_on_somebody_unknown_says_so_and_makes_nobody(backend: StandIn, email: str) -> None:
    async with adapter(backend, settings_to_write(backend)) as tickets:
        assert isinstance(tickets, HasContacts)
        with pytest.raises(RequesterRefusedError):
            await tickets.contact_note(email, redact("Answered."), "eff_1")

    assert not any(changes_person(call) for call in backend.calls)


@KINDS
async def test_a_refused_change_is_about_the_person_and_an_outage_is_not(backend: StandIn) -> None:
    email = f"{backend.key}@example.com"
    await backend.know(email)
    backend.fail(changes_person, status=403)
    backend.fail(lambda call: True, status=503)
    async with adapter(backend, settings_to_write(backend)) as tickets:
        assert isinstance(tickets, HasContacts)
        with pytest.raises(TemporaryError):
            await tickets.contact_note(email, redact("Answered."), "eff_1")
        with pytest.raises(RequesterRefusedError):
            await tickets.contact_note(email, redact("Answered."), "eff_1")

    assert await backend.about(email) == ""


@pytest.mark.parametrize(
    "kind", [pytest.param(RealRt, id="rt real server", marks=pytest.mark.realserver), pytest.param(StandInRt, id="rt")]
)
async def test_without_the_right_to_administer_users_rt_takes_no_note(backend: StandIn) -> None:
    assert isinstance(backend, StandInRt)
    email = f"{backend.key}@example.com"
    await backend.know(email)
    async with adapter(backend, settings_to_write(backend)) as tickets:
        assert isinstance(tickets, ChecksContactNotes)
        assert await tickets.contact_notes_problem() is None

    backend.administers_users = False
    async with adapter(backend) as tickets:
        assert isinstance(tickets, ChecksContactNotes)
        assert "AdminUsers" in (await tickets.contact_notes_problem() or "")
        assert isinstance(tickets, HasContacts)
        with pytest.raises(RequesterRefusedError, match="RT shows no comments about users"):
            await tickets.contact_note(email, redact("Answered."), "eff_1")


def test_the_oldest_notes_make_room_and_words_of_people_stay() -> None:
    field: str | None = WORDS
    for number in range(40):
        assert field is not None
        field = with_note_on_person(field, f"Note {number}. {'x' * 900}", f"eff_{number}", system="rt")

    assert field is not None
    assert field.startswith(f"{WORDS}\n\n--- uppzy-desk ---\nNote ")
    assert "Note 39. " in field
    assert "Note 1. " not in field
    assert MOST_ABOUT_PERSON - 1_000 < len(field) <= MOST_ABOUT_PERSON


def test_a_note_is_cut_where_words_of_people_leave_little_room() -> None:
    words = "w" * (MOST_ABOUT_PERSON - 500)
    field = with_note_on_person(words, "x" * 900, "eff_1", system="rt")

    assert field is not None
    assert field.startswith(words)
    assert field.endswith("…\n\n[uppzy-desk eff_1]")
    assert len(field) == MOST_ABOUT_PERSON
    with pytest.raises(RequesterRefusedError):
        with_note_on_person("w" * MOST_ABOUT_PERSON, "Answered.", "eff_1", system="rt")
