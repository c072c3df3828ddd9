"""Identifiers as people write them in Slack, read into what can be looked up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.ids import identifier_of, read_identifier

TS = "1700000000.000100"
LINK = "https://example.slack.com/archives/D0MIA/p1700000000000100"


@pytest.mark.parametrize(
    ("text", "channel"),
    [
        (TS, None),
        (f"`{TS}`", None),
        (f"D0MIA:{TS}", "D0MIA"),
        (f"C0DESK/{TS}", "C0DESK"),
        (f"G0DESK {TS}", "G0DESK"),
        (LINK, "D0MIA"),
        (f"{LINK}?thread_ts=1600000000.000100&cid=D0MIA", "D0MIA"),
    ],
)
def test_a_link_and_a_timestamp_name_a_message(text: str, channel: str | None) -> None:
    read = read_identifier(text)

    assert (read.channel, read.message, read.id, read.text) == (channel, TS, "", text)


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("<@U0MIA>", "U0MIA"),
        ("<#C0DESK|desk>", "C0DESK"),
        (" #HD-12 ", "HD-12"),
        ("'con_1a2'", "con_1a2"),
        ("17.0001", "17.0001"),
        (f"X0DESK:{TS}", f"X0DESK:{TS}"),
        ("https://tickets.example.com/12", "https://tickets.example.com/12"),
    ],
)
def test_anything_else_is_an_id_without_what_people_put_around_it(text: str, id: str) -> None:
    read = read_identifier(text)

    assert (read.id, read.channel, read.message, read.text) == (id, None, None, text)


def test_what_identifies_a_message_is_written_so_that_it_can_be_looked_up_again() -> None:
    identifier = identifier_of("C0DESK", TS)

    assert read_identifier(identifier.text) == identifier


@given(st.text())
def test_whatever_is_typed_is_read(text: str) -> None:
    assert read_identifier(text).text == text
