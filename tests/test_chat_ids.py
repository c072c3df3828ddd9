"""Ids are told apart by their form: channels and people of Slack from those of Teams, and what people look up."""

from __future__ import annotations

import pytest

from bot.chat_ids import AnyIds, read_any_identifier, surface_of
from bot.helpdesk.model.chat import Identifier

PERSON = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
CHANNEL = "19:desk@thread.tacv2"


@pytest.mark.parametrize(
    ("id", "surface"),
    [
        ("C0123ABCD", "slack"),
        ("U0123ABCD", "slack"),
        (CHANNEL, "teams"),
        (PERSON, "teams"),
        ("29:1abc-_d", "teams"),
        ("general", None),
    ],
)
def test_an_id_tells_its_surface(id: str, surface: str | None) -> None:
    assert surface_of(id) == surface


def test_a_policy_may_name_channels_of_every_surface_that_is_used() -> None:
    assert [AnyIds().channel_problem(id) for id in ("C0123ABCD", CHANNEL)] == [None, None]
    assert "19:0123abcd@thread.tacv2" in (AnyIds(["teams"]).channel_problem("C0123ABCD") or "")
    assert "C0123ABCD" in (AnyIds().channel_problem("general") or "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("C0123ABCD:1700000000.000100", {"channel": "C0123ABCD", "message": "1700000000.000100"}),
        (f"{CHANNEL}/1764412800000", {"channel": CHANNEL, "message": "1764412800000"}),
        ("1764412800000", {"message": "1764412800000"}),
        ("HD-12", {"id": "HD-12"}),
        (PERSON, {"id": PERSON}),
        ("U0123ABCD", {"id": "U0123ABCD"}),
    ],
)
def test_whatever_is_looked_up_is_read_as_the_surface_does_that_understands_it(
    text: str, expected: dict[str, str]
) -> None:
    assert read_any_identifier(text) == Identifier(text=text, **expected)
