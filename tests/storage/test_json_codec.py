"""Round trips of everything that is stored as JSON: inbox events and bodies of effects."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.helpdesk.model.effects import BODIES, Card, PostToThread, ThreadPost
from bot.helpdesk.model.events import KINDS, MessageReceived
from bot.helpdesk.redaction import SafeText, redact
from storage.json_codec import decode_json, encode_json


def _values() -> st.SearchStrategy[Any]:
    st.register_type_strategy(SafeText, st.text(max_size=40).map(redact))
    kinds = [*KINDS.values(), *BODIES.values()]
    return st.sampled_from(kinds).flatmap(lambda kind: st.from_type(kind).map(lambda value: (kind, value)))


def _without_nan(text: str) -> bool:
    return "NaN" not in text and "Infinity" not in text


@given(_values())
def test_every_input_and_every_body_survives_a_round_trip(pair: tuple[Any, Any]) -> None:
    kind, value = pair
    stored = encode_json(value)

    if _without_nan(stored):
        assert decode_json(kind, stored) == value


def test_safe_text_is_read_as_safe_text() -> None:
    post = PostToThread(handoff_id="hof_1", kind=ThreadPost.EVENT, text=redact("my password is hunter2"))

    read = decode_json(PostToThread, encode_json(post))

    assert type(read.text) is SafeText
    assert "hunter2" not in read.text


def test_an_unknown_key_is_ignored() -> None:
    stored = '{"workspace":"T","channel":"D","thread":"1","message":"1","author":"U","text":"x","direct":true,"old":1}'

    assert decode_json(MessageReceived, stored).text == "x"


@pytest.mark.parametrize("kind", [*BODIES.values(), *KINDS.values()], ids=lambda kind: kind.__name__)
def test_every_kind_is_stored_under_its_own_name(kind: type[Any]) -> None:
    assert {**BODIES, **KINDS}[kind.__name__] is kind
    assert Card.__name__ not in BODIES
