"""Buttons and inputs of a card: finds a button as a person does, and gathers what Teams sends when it is pressed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.impossible import ImpossibleError
from sandbox.teams.wire import Json


@dataclass(frozen=True, slots=True)
class CardButton:
    """A button, and the cards around it, outermost first: a form that opens in a card is a card itself."""

    body: Json
    cards: tuple[Json, ...]

    @property
    def data(self) -> Json:
        data: Json = self.body.get("data") or {}
        return data

    def is_meant_by(self, kind: str, name: str, where: Mapping[str, Any]) -> bool:
        """Returns whether it has this type, this verb or title, and these data."""
        named = name in (self.body.get("verb"), self.body.get("title"))
        return self.body["type"] == kind and named and where.items() <= self.data.items()


def find_button(card: Json | None, kind: str, name: str, where: Mapping[str, Any] | None = None) -> CardButton:
    """Returns the button of this type with this verb or title, and with these data.

    Raises ImpossibleError where there is none, or where it is disabled.
    """
    buttons = list(buttons_in(card, ())) if card else []
    for button in buttons:
        if button.is_meant_by(kind, name, where or {}):
            if button.body.get("isEnabled") is False:
                raise ImpossibleError(f"{name!r} is disabled")
            return button
    shown = [button.body.get("verb") or button.body.get("title") for button in buttons]
    raise ImpossibleError(f"no {kind} {name!r} with {dict(where or {})}; there are {shown}")


def buttons_in(card: Json, around: tuple[Json, ...] = ()) -> Iterator[CardButton]:
    """Yields every button of a card, also those of forms that open in it."""
    cards = (*around, card)
    for one in _objects(card):
        if str(one["type"]).startswith("Action."):
            yield CardButton(one, cards)
        if one["type"] == "Action.ShowCard":
            yield from buttons_in(one["card"], cards)


def _objects(node: Any) -> Iterator[Json]:
    """Yields the typed objects of a card, not those of forms that open in it."""
    if isinstance(node, list):
        for one in node:
            yield from _objects(one)
    elif isinstance(node, dict):
        if isinstance(node.get("type"), str):
            yield node
        for name, value in node.items():
            if name not in ("data", "msteams") and not (name == "card" and node.get("type") == "Action.ShowCard"):
                yield from _objects(value)


def gathered(button: CardButton, values: Mapping[str, Any]) -> Json:
    """Returns the data of a button with the inputs that belong to it, all of them texts; empty ones are left out.

    Raises ImpossibleError for an unknown input, and for a value that the card does not take.
    """
    if str(button.body.get("associatedInputs", "auto")).lower() == "none":
        return dict(button.data)
    inputs = {str(one["id"]): one for card in button.cards for one in _objects(card) if _is_input(one)}
    if unknown := set(values) - set(inputs):
        raise ImpossibleError(f"the card has no inputs {sorted(unknown)}; there are {sorted(inputs)}")
    filled = {name: _filled(one, values.get(name)) for name, one in inputs.items()}
    return {**button.data, **{name: text for name, text in filled.items() if text}}


def _is_input(one: Json) -> bool:
    return str(one["type"]).startswith("Input.") and "id" in one


def _filled(one: Json, value: Any) -> str:
    if one["type"] == "Input.Toggle":
        return _toggled(one, value)
    chosen = one.get("value") if value is None else value
    text = ",".join(chosen) if isinstance(chosen, list | tuple) else "" if chosen is None else str(chosen)
    if one.get("isRequired") and not text:
        raise ImpossibleError(f"{one['id']!r} must be filled in")
    if len(text) > one.get("maxLength", len(text)):
        raise ImpossibleError(f"{len(text)} characters do not fit {one['id']!r}")
    if one["type"] == "Input.ChoiceSet" and text:
        _check_choices(one, text)
    return text


def _toggled(one: Json, value: Any) -> str:
    on, off = str(one.get("valueOn", "true")), str(one.get("valueOff", "false"))
    if value is None:
        return str(one.get("value", off))
    return on if value is True or value == on else off


def _check_choices(one: Json, text: str) -> None:
    choices = {str(choice["value"]) for choice in one.get("choices", [])}
    chosen = set(text.split(",")) if one.get("isMultiSelect") else {text}
    if "choices.data" not in one and not chosen <= choices:
        raise ImpossibleError(f"{one['id']!r} has no choice {sorted(chosen - choices)}; there are {sorted(choices)}")
