"""Every ticket system shows texts of people and of the assistant as they are, and interprets nothing in them."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from bot.helpdesk import redaction
from bot.helpdesk.ports import HasContacts
from bot.tickets.registry import TicketSystem
from tests.tickets.contract import KEY, METADATA, STAND_INS, adapter, draft
from tests.tickets.hostile import HOSTILE
from tests.tickets.rendering import seen
from tests.tickets.standins.base import StandIn
from tests.tickets.standins.freshdesk import EMAIL as OWN_ADDRESS
from tests.tickets.standins.hubspot import StandInHubSpot

# Each text is redacted for each system; in a test of the systems once is enough.
redact = functools.cache(redaction.redact)
SYSTEMS = [pytest.param(kind, id=kind.system) for kind in STAND_INS]


@pytest.fixture
async def backend(kind: type[StandIn]) -> AsyncIterator[StandIn]:
    async with kind() as backend:
        yield backend


@pytest.fixture
async def tickets(backend: StandIn) -> AsyncIterator[TicketSystem]:
    async with adapter(backend) as tickets:
        yield tickets


def keyed() -> Iterator[tuple[str, str]]:
    """Yields every hostile text with the key of its own ticket."""
    for number, text in enumerate(HOSTILE.values()):
        yield f"sb-{number:032x}", text


def read(backend: StandIn) -> str:
    """Returns the text that people can read of the requests since, after asserting that none of it has an effect."""
    words = "\n".join(seen(backend.system, call) for call in backend.writes)
    backend.calls.clear()
    return words


def as_read(text: str) -> str:
    """Normalises a text for comparison: spaces, bracket shapes and invisible characters do not count."""
    visible = (one for one in text.replace("［", "[") if unicodedata.category(one) not in ("Cf", "Cc"))
    return re.sub(r"\s+", "", "".join(visible))


@pytest.mark.parametrize("kind", SYSTEMS)
async def test_a_ticket_shows_what_was_written_and_does_nothing_with_it(
    backend: StandIn, tickets: TicketSystem
) -> None:
    for key, text in keyed():
        words = redact(f"Question:\n{text}\n\nThe assistant's answer:\n{text}")
        ref = await tickets.create(replace(draft(), body=words), key)
        for public in (False, True):
            note = redact(f"Cara noted in Slack:\n{text}")
            await tickets.note(ref, note, public=public, key=f"eff_{key[-3:]}{public:d}")

        assert as_read(read(backend)).count(as_read(redact(text))) >= 4, text


@pytest.mark.parametrize("kind", SYSTEMS)
async def test_titles_names_and_identifiers_are_lines_of_text(backend: StandIn, tickets: TicketSystem) -> None:
    for key, text in keyed():
        metadata = replace(METADATA, uppzy_session_id=text)
        asked = replace(draft(), subject=redact(text), requester_name=text, metadata=metadata)
        ref = await tickets.create(asked, key)
        await tickets.amend(ref, replace(metadata, uppzy_request_id=text))

        assert as_read(text)[:20] in as_read(read(backend)), text


@pytest.mark.parametrize("kind", SYSTEMS)
async def test_a_requester_without_an_address_is_named_in_words(backend: StandIn, tickets: TicketSystem) -> None:
    for key, text in keyed():
        await tickets.create(replace(draft(), requester_name=text, requester_email=None), key)

        assert as_read(text)[:20] in as_read(read(backend)), text


@pytest.mark.parametrize("kind", SYSTEMS)
async def test_an_address_that_is_none_becomes_no_field(backend: StandIn, tickets: TicketSystem) -> None:
    for key, text in keyed():
        await tickets.create(replace(draft(), requester_email=text), key)
        read(backend)

    assert {one.requester for one in backend.tickets.values()} <= {None, OWN_ADDRESS}


async def test_a_note_on_a_contact_shows_what_was_written() -> None:
    async with StandInHubSpot() as backend, adapter(backend) as tickets:
        assert isinstance(tickets, HasContacts)
        for key, text in keyed():
            await tickets.contact_note("mia@example.com", redact(text), key)

            assert as_read(redact(text)) in as_read(read(backend)), text


@pytest.mark.parametrize("kind", SYSTEMS)
async def test_a_path_can_be_copied_from_a_ticket(backend: StandIn, tickets: TicketSystem) -> None:
    path = r"\\srv01\public\_Documentation\a*b\{x}~1"
    ref = await tickets.create(replace(draft(), body=redact(f"Question:\nopen {path} please")), KEY)
    await tickets.note(ref, redact(f"open {path} please"), public=False, key="eff_1")

    assert read(backend).count(f"open {path} please") >= 2


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
async def test_a_long_title_ends_between_two_characters(backend: StandIn, tickets: TicketSystem, letter: str) -> None:
    await tickets.create(replace(draft(), subject=redact(letter * 300)), KEY)

    (title,) = [one.subject for one in await backend.made()]
    assert re.fullmatch(f"({letter})+…", title)
    read(backend)


@pytest.mark.parametrize("kind", SYSTEMS)
async def test_a_very_long_text_is_cut_where_its_markup_is_whole(backend: StandIn, tickets: TicketSystem) -> None:
    text = redact('<b>&amp;"[code]{{x}}{noformat}```\n' * 3000)
    ref = await tickets.create(replace(draft(), body=text), KEY)
    await tickets.note(ref, text, public=False, key="eff_1")
    await tickets.note(ref, text, public=False, key="eff_1")

    assert "<b>&amp;" in read(backend)
    (made,) = await backend.made()
    assert sum("[uppzy-desk eff_1]" in comment.text or backend.system == "webhook" for comment in made.comments) == 1
