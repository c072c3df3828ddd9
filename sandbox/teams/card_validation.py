"""Card validation: refuses Adaptive Cards that are not valid for version 1.5, the last one that Teams shows everywhere.

Tables of elements with their properties, and the rules of Teams beyond the schema. A client ignores what it does not
know, and Teams sends no error for it, so that a misspelt property would never be noticed: here it is refused.

Sources: https://adaptivecards.io/explorer and
https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-reference
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from sandbox.teams.wire import Json

Check = Callable[[Any, str], Iterator[str]]
"""Yields the problems of a value, given where it stands."""

HIGHEST_VERSION = (1, 5)
EXECUTE_VERSION = (1, 4)
PRIMARY_ACTIONS = 6

_Kinds = frozenset[str]


@dataclass(frozen=True, slots=True)
class ObjectRule:
    """Properties of one type of object, those it must have, and whether its `type` must be stated."""

    properties: dict[str, Check]
    required: tuple[str, ...] = ()
    typed: bool = True


# Single values


def _text(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{at} must be a text"


def _flag(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield f"{at} must be true or false"


def _number(value: Any, at: str) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield f"{at} must be a number"


def _anything(value: Any, at: str) -> Iterator[str]:
    yield from ()


def _text_or_object(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, str | dict):
        yield f"{at} must be a text or an object"


def _button_data(value: Any, at: str) -> Iterator[str]:
    """Yields the problems of the data of a button. Microsoft's Agents Playground sends no press with a `key` in it."""
    yield from _text_or_object(value, at)
    if isinstance(value, dict) and "key" in value:
        yield f"{at} must not have the name 'key'"


def _text_or_number(value: Any, at: str) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        yield f"{at} must be a text or a number"


def _one_of(words: str, value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, str) or value.lower() not in words.lower().split():
        yield f"{at} must be one of: {', '.join(words.split())}"


def _pixels(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, str) or not re.fullmatch(r"\d+px", value):
        yield f"{at} must be a number of pixels, such as 50px"


def _web_address(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, str) or not re.match(r"(https?|mailto|tel|data):\S", value):
        yield f"{at} must be an address"


# Objects


def _object(kinds: Callable[[], _Kinds], value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{at} must be an object"
        return
    yield from _known_object(kinds(), value, at)


def _known_object(kinds: _Kinds, value: Json, at: str) -> Iterator[str]:
    kind = value.get("type")
    if kind is None:
        # Where only one type is possible, such as a choice of a list, it need not be stated.
        (kind,) = kinds if len(kinds) == 1 else ("",)
        if not kind or RULES[kind].typed:
            yield f"{at} has no type"
            return
    if kind not in kinds:
        yield f"{at}: there is no {kind!r} here in version 1.5"
        return
    yield from _properties(str(kind), value, at)


def _properties(kind: str, value: Json, at: str) -> Iterator[str]:
    rule = RULES[kind]
    for name in rule.required:
        if name not in value:
            yield f"{at}: {kind} needs {name!r}"
    for name, one in value.items():
        if name == "type":
            continue
        if name in rule.properties:
            yield from rule.properties[name](one, f"{at}/{name}")
        else:
            yield f"{at}: {kind} has no property {name!r} in version 1.5"


def _list(check: Check, value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{at} must be a list"
        return
    for index, one in enumerate(value):
        yield from check(one, f"{at}/{index}")


def _either(first: type, check: Check, value: Any, at: str) -> Iterator[str]:
    """Accepts a value of the first type, or one that the check accepts."""
    if not isinstance(value, first):
        yield from check(value, at)


_ELEMENTS: _Kinds = frozenset(
    "ActionSet ColumnSet Container FactSet Image ImageSet Input.ChoiceSet Input.Date Input.Number Input.Text"
    " Input.Time Input.Toggle Media RichTextBlock Table TextBlock".split()
)
_SELECTABLE: _Kinds = frozenset("Action.Execute Action.OpenUrl Action.Submit Action.ToggleVisibility".split())
_ACTIONS: _Kinds = _SELECTABLE | {"Action.ShowCard"}


def _kinds(*names: str) -> Check:
    return partial(_object, lambda: frozenset(names))


_element: Check = partial(_object, lambda: _ELEMENTS)
_elements: Check = partial(_list, _element)
_action: Check = partial(_object, lambda: _ACTIONS)
_actions: Check = partial(_list, _action)
_select: Check = partial(_object, lambda: _SELECTABLE)
_background: Check = partial(_either, str, _kinds("BackgroundImage"))

_align = partial(_one_of, "left center right")
_color = partial(_one_of, "default dark light accent good warning attention")
_container_style = partial(_one_of, "default emphasis good attention warning accent")
_font = partial(_one_of, "default monospace")
_image_size = partial(_one_of, "auto stretch small medium large")
_text_size = partial(_one_of, "default small medium large extraLarge")
_spacing = partial(_one_of, "default none small medium large extraLarge padding")
_vertical = partial(_one_of, "top center bottom")
_weight = partial(_one_of, "default lighter bolder")

_ITEM: dict[str, Check] = {"requires": _anything, "fallback": _text_or_object}
_SPACED: dict[str, Check] = {**_ITEM, "id": _text, "isVisible": _flag, "separator": _flag, "spacing": _spacing}
_SHOWN: dict[str, Check] = {**_SPACED, "height": partial(_one_of, "auto stretch")}
_INPUT: dict[str, Check] = {**_SHOWN, "label": _text, "isRequired": _flag, "errorMessage": _text}
_ACTION: dict[str, Check] = {
    **_ITEM,
    "id": _text,
    "title": _text,
    "iconUrl": _text,
    "style": partial(_one_of, "default positive destructive"),
    "mode": partial(_one_of, "primary secondary"),
    "tooltip": _text,
    "isEnabled": _flag,
}
_BOX: dict[str, Check] = {
    "selectAction": _select,
    "style": _container_style,
    "bleed": _flag,
    "minHeight": _pixels,
    "rtl": _flag,
    "backgroundImage": _background,
    "verticalContentAlignment": _vertical,
}
_CELLS: dict[str, Check] = {"horizontalCellContentAlignment": _align, "verticalCellContentAlignment": _vertical}
_SENDS: dict[str, Check] = {"data": _button_data, "associatedInputs": partial(_one_of, "auto none")}

# "msteams" is what Teams adds to a card: its width, and the people whom its texts mention.
_CARD = ObjectRule(
    {
        "version": _text,
        "body": _elements,
        "actions": _actions,
        "selectAction": _select,
        "fallbackText": _text,
        "backgroundImage": _background,
        "minHeight": _pixels,
        "rtl": _flag,
        "speak": _text,
        "lang": _text,
        "verticalContentAlignment": _vertical,
        "refresh": _kinds("Refresh"),
        "authentication": _anything,
        "metadata": _anything,
        "msteams": _anything,
        "$schema": _text,
    }
)

RULES: dict[str, ObjectRule] = {
    "AdaptiveCard": _CARD,
    "Action.Execute": ObjectRule({**_ACTION, **_SENDS, "verb": _text}),
    "Action.OpenUrl": ObjectRule({**_ACTION, "url": _web_address}, ("url",)),
    "Action.ShowCard": ObjectRule({**_ACTION, "card": _kinds("AdaptiveCard")}, ("card",)),
    "Action.Submit": ObjectRule({**_ACTION, **_SENDS}),
    "Action.ToggleVisibility": ObjectRule({**_ACTION, "targetElements": _anything}, ("targetElements",)),
    "ActionSet": ObjectRule({**_SHOWN, "actions": _actions}, ("actions",)),
    "BackgroundImage": ObjectRule(
        {
            "url": _web_address,
            "fillMode": partial(_one_of, "cover repeatHorizontally repeatVertically repeat"),
            "horizontalAlignment": _align,
            "verticalAlignment": _vertical,
        },
        ("url",),
        typed=False,
    ),
    "Column": ObjectRule({**_SPACED, **_BOX, "items": _elements, "width": _text_or_number}, typed=False),
    "ColumnSet": ObjectRule(
        {
            **_SHOWN,
            "columns": partial(_list, _kinds("Column")),
            "selectAction": _select,
            "style": _container_style,
            "bleed": _flag,
            "minHeight": _pixels,
            "horizontalAlignment": _align,
        }
    ),
    "Container": ObjectRule({**_SHOWN, **_BOX, "items": _elements}, ("items",)),
    "Fact": ObjectRule({"title": _text, "value": _text}, ("title", "value"), typed=False),
    "FactSet": ObjectRule({**_SHOWN, "facts": partial(_list, _kinds("Fact"))}, ("facts",)),
    "Image": ObjectRule(
        {
            **_SHOWN,
            "url": _web_address,
            "altText": _text,
            "backgroundColor": _text,
            "height": _text,
            "horizontalAlignment": _align,
            "selectAction": _select,
            "size": _image_size,
            "style": partial(_one_of, "default person"),
            "width": _text,
        },
        ("url",),
    ),
    "ImageSet": ObjectRule(
        {**_SHOWN, "images": partial(_list, _kinds("Image")), "imageSize": _image_size}, ("images",)
    ),
    "Input.Choice": ObjectRule({"title": _text, "value": _text}, ("title", "value"), typed=False),
    "Input.ChoiceSet": ObjectRule(
        {
            **_INPUT,
            "choices": partial(_list, _kinds("Input.Choice")),
            "choices.data": _anything,
            "isMultiSelect": _flag,
            "style": partial(_one_of, "compact expanded filtered"),
            "value": _text,
            "placeholder": _text,
            "wrap": _flag,
        },
        ("id",),
    ),
    "Input.Date": ObjectRule({**_INPUT, "max": _text, "min": _text, "placeholder": _text, "value": _text}, ("id",)),
    "Input.Number": ObjectRule(
        {**_INPUT, "max": _number, "min": _number, "placeholder": _text, "value": _number}, ("id",)
    ),
    "Input.Text": ObjectRule(
        {
            **_INPUT,
            "isMultiline": _flag,
            "maxLength": _number,
            "placeholder": _text,
            "regex": _text,
            "style": partial(_one_of, "text tel url email password"),
            "inlineAction": _select,
            "value": _text,
        },
        ("id",),
    ),
    "Input.Time": ObjectRule({**_INPUT, "max": _text, "min": _text, "placeholder": _text, "value": _text}, ("id",)),
    "Input.Toggle": ObjectRule(
        {**_INPUT, "title": _text, "value": _text, "valueOff": _text, "valueOn": _text, "wrap": _flag},
        ("id", "title"),
    ),
    "Media": ObjectRule(
        {**_SHOWN, "sources": partial(_list, _kinds("MediaSource")), "poster": _text, "altText": _text}, ("sources",)
    ),
    "MediaSource": ObjectRule({"mimeType": _text, "url": _web_address}, ("mimeType", "url"), typed=False),
    "Refresh": ObjectRule({"action": _kinds("Action.Execute"), "userIds": partial(_list, _text)}, typed=False),
    "RichTextBlock": ObjectRule(
        {
            **_SHOWN,
            "inlines": partial(_list, partial(_either, str, _kinds("TextRun"))),
            "horizontalAlignment": _align,
        },
        ("inlines",),
    ),
    "Table": ObjectRule(
        {
            **_SHOWN,
            **_CELLS,
            "columns": partial(_list, _kinds("TableColumnDefinition")),
            "rows": partial(_list, _kinds("TableRow")),
            "firstRowAsHeader": _flag,  # so in the published schema
            "firstRowAsHeaders": _flag,  # so in Microsoft's models
            "showGridLines": _flag,
            "gridStyle": _container_style,
        }
    ),
    "TableCell": ObjectRule({**_BOX, "items": _elements}, ("items",), typed=False),
    "TableColumnDefinition": ObjectRule({**_CELLS, "width": _text_or_number}, typed=False),
    "TableRow": ObjectRule(
        {**_CELLS, "cells": partial(_list, _kinds("TableCell")), "style": _container_style}, typed=False
    ),
    "TextBlock": ObjectRule(
        {
            **_SHOWN,
            "text": _text,
            "color": _color,
            "fontType": _font,
            "horizontalAlignment": _align,
            "isSubtle": _flag,
            "maxLines": _number,
            "size": _text_size,
            "weight": _weight,
            "wrap": _flag,
            "style": partial(_one_of, "default heading columnHeader"),
        },
        ("text",),
    ),
    "TextRun": ObjectRule(
        {
            "text": _text,
            "color": _color,
            "fontType": _font,
            "highlight": _flag,
            "isSubtle": _flag,
            "italic": _flag,
            "selectAction": _select,
            "size": _text_size,
            "strikethrough": _flag,
            "underline": _flag,
            "weight": _weight,
        },
        ("text",),
    ),
}


def card_problems(card: Any, at: str = "card") -> list[str]:
    """Returns the reasons why this card would not be shown as it is meant; empty where it is right."""
    if not isinstance(card, dict) or card.get("type") != "AdaptiveCard":
        return [f"{at} is no AdaptiveCard"]
    return [*_version(card, at), *_properties("AdaptiveCard", card, at), *_inputs(card, at), *_buttons(card, at)]


def walk(node: Any) -> Iterator[Json]:
    """Yields every typed object of a card."""
    if isinstance(node, list):
        for one in node:
            yield from walk(one)
    elif isinstance(node, dict):
        if "type" in node:
            yield node
        for name, value in node.items():
            if name not in ("data", "msteams"):
                yield from walk(value)


def _version(card: Json, at: str) -> Iterator[str]:
    found = re.fullmatch(r"(\d+)\.(\d+)", str(card.get("version")))
    version = (int(found[1]), int(found[2])) if found else None
    if version is None:
        yield f"{at} has no version"
    elif version > HIGHEST_VERSION:
        yield f"{at} has version {card['version']}, and Teams shows 1.5 at most everywhere"
    elif version < EXECUTE_VERSION and any(one["type"] == "Action.Execute" for one in walk(card)):
        yield f"{at}: Action.Execute needs version 1.4"


def _inputs(card: Json, at: str) -> Iterator[str]:
    ids = [str(one.get("id")) for one in walk(card) if str(one["type"]).startswith("Input.") and "id" in one]
    for repeated in sorted({one for one in ids if ids.count(one) > 1}):
        yield f"{at} has two inputs with the id {repeated!r}"


def _buttons(card: Json, at: str) -> Iterator[str]:
    """Yields rows with more buttons than Teams shows, and buttons without a title."""
    for one in walk(card):
        actions = [each for each in one.get("actions") or [] if isinstance(each, dict)]
        primary = [each for each in actions if str(each.get("mode", "primary")).lower() == "primary"]
        if len(primary) > PRIMARY_ACTIONS:
            yield f"{at}: Teams shows {PRIMARY_ACTIONS} buttons in a row; the others need the mode secondary"
        for each in actions:
            if not each.get("title") and not each.get("iconUrl"):
                yield f"{at}: {each.get('type')} has no title"
