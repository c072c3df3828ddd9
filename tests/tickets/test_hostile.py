"""Whatever people and the assistant write is shown by every ticket system as it is, and nothing else comes of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from bot.helpdesk.ports import KeepsContacts
from bot.helpdesk.redaction import redact
from bot.tickets.registry import TicketSystem
from tests.tickets.contract import KEY, METADATA, STAND_INS, adapter, draft
from tests.tickets.hostile import HOSTILE
from tests.tickets.rendering import seen
from tests.tickets.standins.base import StandIn
from tests.tickets.standins.freshdesk import EMAIL as OWN_ADDRESS
from tests.tickets.standins.hubspot import StandInHubSpot

SYSTEMS = [pytest.param(kind, id=kind.system) for kind in STAND_INS]


@pytest.fixture
async def place(kind: type[StandIn]) -> AsyncIterator[StandIn]:
    async with kind() as place:
        yield place


@pytest.fixture
async def tickets(place: StandIn) -> AsyncIterator[TicketSystem]:
    async with adapter(place) as tickets:
        yield tickets


def keyed() -> Iterator[tuple[str, str]]:
    """Every hostile text, with the key of a ticket of its own."""
    for number, text in enumerate(HOSTILE.values()):
        yield f"sb-{number:032x}", text


def read(place: StandIn) -> str:
    """All that people can read of what was sent since, after nothing was found that would be done with it."""
    words = "\n".join(seen(place.system, call) for call in place.writes)
    place.calls.clear()
    return words


def as_read(text: str) -> str:
    """A text as people tell it from another: spaces, the shapes of a bracket, and what is not seen do not matter."""
    visible = (one for one in text.replace("［", "[") if unicodedata.category(one) not in ("Cf", "Cc"))
    return re.sub(r"\s+", "", "".join(visible))


@pytest.mark.parametrize("kind", SYSTEMS)
async def test_a_ticket_shows_what_was_written_and_does_nothing_with_it(place: StandIn, tickets: TicketSystem) -> None:
    for key, text in keyed():
        words = redact(f"Question:\n{text}\n\nThe assistant's answer:\n{text}")
        ref = await tickets.create(replace(draft(), body=words), key)
        for public in (False, True):
            note = redact(f"Cara noted in Slack:\n{text}")
            await tickets.note(ref, note, public=public, key=f"eff_{key[-3:]}{public:d}")

        assert as_read(read(place)).count(as_read(redact(text))) >= 4, text


@pytest.mark.parametrize("kind", SYSTEMS)
async def test_titles_names_and_identifiers_are_lines_of_text(place: StandIn, tickets: TicketSystem) -> None:
    for key, text in keyed():
        metadata = replace(METADATA, uppzy_session_id=text)
        asked = replace(draft(), subject=redact(text), requester_name=text, metadata=metadata)
        ref = await tickets.create(asked, key)
        await tickets.amend(ref, replace(metadata, uppzy_request_id=text))

        assert as_read(text)[:20] in as_read(read(place)), text


@pytest.mark.parametrize("kind", SYSTEMS)
async def test_a_requester_without_an_address_is_named_in_words(place: StandIn, tickets: TicketSystem) -> None:
    for key, text in keyed():
        await tickets.create(replace(draft(), requester_name=text, requester_email=None), key)

        assert as_read(text)[:20] in as_read(read(place)), text


@pytest.mark.parametrize("kind", SYSTEMS)
async def test_an_address_that_is_none_becomes_no_field(place: StandIn, tickets: TicketSystem) -> None:
    for key, text in keyed():
        await tickets.create(replace(draft(), requester_email=text), key)
        read(place)

    assert {one.requester for one in place.tickets.values()} <= {None, OWN_ADDRESS}


async def test_a_note_on_a_contact_shows_what_was_written() -> None:
    async with StandInHubSpot() as place, adapter(place) as tickets:
        assert isinstance(tickets, KeepsContacts)
        for key, text in keyed():
            await tickets.conversation_note("mia@example.com", redact(text), key)

            assert as_read(redact(text)) in as_read(read(place)), text


@pytest.mark.parametrize("kind", SYSTEMS)
async def test_a_path_can_be_copied_from_a_ticket(place: StandIn, tickets: TicketSystem) -> None:
    path = r"\\srv01\public\_Documentation\a*b\{x}~1"
    ref = await tickets.create(replace(draft(), body=redact(f"Question:\nopen {path} please")), KEY)
    await tickets.note(ref, redact(f"open {path} please"), public=False, key="eff_1")

    assert read(place).count(f"open {path} please") >= 2


@pytest.mark.parametrize("kind", SYSTEMS)
@pytest.mark.parametrize(
    "letter",
    [
        pytest.param("\U0001f468\u200d\U0001f469\u200d\U0001f467", id="family"),
        pytest.param("e\u0301", id="accent"),
        pytest.param("\U0001f1e9\U0001f1ea", id="flag"),
        pytest.param("\U0001f642", id="two units"),
    ],
)
async def test_a_long_title_ends_between_two_characters(place: StandIn, tickets: TicketSystem, letter: str) -> None:
    await tickets.create(replace(draft(), subject=redact(letter * 300)), KEY)

    (title,) = [one.subject for one in await place.made()]
    assert re.fullmatch(f"({letter})+…", title)
    read(place)


@pytest.mark.parametrize("kind", SYSTEMS)
async def test_a_very_long_text_is_cut_where_its_markup_is_whole(place: StandIn, tickets: TicketSystem) -> None:
    text = redact('<b>&amp;"[code]{{x}}{noformat}```\n' * 3000)
    ref = await tickets.create(replace(draft(), body=text), KEY)
    await tickets.note(ref, text, public=False, key="eff_1")
    await tickets.note(ref, text, public=False, key="eff_1")

    assert "<b>&amp;" in read(place)
    (made,) = await place.made()
    assert sum("[uppzy-desk eff_1]" in said.text or place.system == "webhook" for said in made.said) == 1
