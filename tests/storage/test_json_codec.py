"""Round trips of everything that is stored as JSON, and of every type that can be."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.helpdesk.model.content import AgentNotice
from bot.helpdesk.model.effects import BODIES, PostMessage, UpdateMessage, kind_of
from bot.helpdesk.model.events import KINDS, MessageDeleted
from bot.helpdesk.redaction import SafeText, redact
from storage.row_mapper import decode_json, encode_json
from tests.addresses import message_at


class Size(enum.StrEnum):
    """Sizes of a shape."""

    SMALL = "small"
    LARGE = "large"


class Colour(enum.StrEnum):
    """Colours of a shape, which have no value in common with the sizes."""

    RED = "red"


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """A shape that is told from others by its name only, because a square may have the same fields."""

    size: Size | Colour
    radius: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """A shape that may contain others."""

    size: Size | Colour
    radius: float
    inside: tuple[Circle, ...] = ()
    label: SafeText | None = None
    corner: tuple[int, bool] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Some shapes."""

    main: Circle | Square | None
    others: tuple[Circle | Square, ...]


def _values(*kinds: type[Any]) -> st.SearchStrategy[Any]:
    st.register_type_strategy(SafeText, st.text(max_size=40).map(redact))
    return st.sampled_from(kinds).flatmap(lambda kind: st.from_type(kind).map(lambda value: (kind, value)))


def _without_nan(text: str) -> bool:
    return "NaN" not in text and "Infinity" not in text


@given(_values(*KINDS.values(), *BODIES.values(), Drawing))
def test_every_value_survives_a_round_trip(pair: tuple[Any, Any]) -> None:
    kind, value = pair
    stored = encode_json(kind, value)

    if _without_nan(stored):
        assert decode_json(kind, stored) == value


def test_a_value_of_a_union_is_stored_with_the_name_of_its_class() -> None:
    drawing = Drawing(main=Circle(size=Colour.RED, radius=1.0), others=())

    assert json.loads(encode_json(Drawing, drawing))["main"] == {"type": "Circle", "size": "red", "radius": 1.0}


def _dataclass_with(field: Any) -> type[Any]:
    return dataclass(type("Unstorable", (), {"__annotations__": {"field": field}}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A class whose field would hide its name in a union."""

    type: str


class Portion(enum.StrEnum):
    """Sizes of something else, which share a value with those of a shape."""

    SMALL = "small"


@pytest.mark.parametrize(
    "field", [dict[str, str], object, str | int, Size | str, Circle | str, Circle | Typed, Size | Portion], ids=str
)
def test_a_type_whose_values_could_be_confused_is_refused(field: Any) -> None:
    with pytest.raises(TypeError):
        encode_json(_dataclass_with(field), None)


def test_safe_text_is_read_as_safe_text() -> None:
    notice = AgentNotice(handoff_id="hof_1", text=redact("my password is hunter2"))

    read = decode_json(AgentNotice, encode_json(AgentNotice, notice))

    assert type(read.text) is SafeText
    assert "hunter2" not in read.text


def test_an_unknown_key_is_ignored() -> None:
    deleted = MessageDeleted(workspace="T", address=message_at("D", "1"), direct=True)
    stored = encode_json(MessageDeleted, deleted)

    assert decode_json(MessageDeleted, f'{stored.removesuffix("}")},"old":1}}') == deleted


def test_the_kind_of_a_row_names_the_class_of_what_it_contains() -> None:
    assert {kind: named.__name__ for kind, named in KINDS.items()} == {kind: kind for kind in KINDS}
    assert {kind: body.__name__ for kind, body in BODIES.items()} == {kind: kind.split(":")[0] for kind in BODIES}


@given(st.data())
def test_the_kind_of_a_message_names_its_content(data: st.DataObject) -> None:
    body = data.draw(st.from_type(PostMessage) | st.from_type(UpdateMessage))

    assert kind_of(body) == f"{type(body).__name__}:{type(body.content).__name__}"
    assert BODIES[kind_of(body)] is type(body)
