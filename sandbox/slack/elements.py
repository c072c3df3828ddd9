"""Interactive elements: finds one by its action_id, and builds the state Slack reports when it is used or filled in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sandbox.impossible import ImpossibleError
from sandbox.slack.wire import Json

_PICKED_AS = {
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "users_select": "selected_user",
}
_CHOSEN_FROM_OPTIONS = ("static_select", "radio_buttons", "overflow", "external_select")
_TYPED = ("plain_text_input", "email_text_input", "url_text_input", "number_input")


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """An interactive element and the block it stands in. `entry` is the value of an entry of an overflow menu."""

    block_id: str
    body: Json
    entry: str | None = None

    @property
    def action_id(self) -> str:
        return str(self.body["action_id"])


def find_element(blocks: list[Json], action_id: str, *, value: str | None = None) -> Element:
    """Returns the element with this action_id; of several, the one with this value.

    Where there is none, looks for an entry of an overflow menu that stands for it: whose value begins with it, and a
    colon. Raises ImpossibleError where no such element is visible.
    """
    found = [element for element in elements_in(blocks) if element.action_id == action_id]
    for element in found:
        if value is None or value in _values(element.body):
            return element
    if found and found[0].body["type"] not in ("button", "feedback_buttons", "icon_button"):
        return found[0]
    for element in () if found else elements_in(blocks):
        for entry in _values(element.body) if element.body["type"] == "overflow" else ():
            if entry == f"{action_id}:{value}" or (value is None and entry.startswith(f"{action_id}:")):
                return replace(element, entry=entry)
    raise ImpossibleError(f"no element {action_id!r} with value {value!r}; there are {_names(blocks)}")


def _names(blocks: list[Json]) -> list[str]:
    elements = list(elements_in(blocks))
    entries = [entry for one in elements if one.body["type"] == "overflow" for entry in _values(one.body)]
    return [*(element.action_id for element in elements), *entries]


def elements_in(blocks: list[Json]) -> Iterator[Element]:
    """Yields every interactive element, also inside containers and cards."""
    for block in blocks:
        nested = block.get("child_blocks", []) + (block["elements"] if block["type"] == "carousel" else [])
        yield from elements_in(nested)
        candidates = [
            *block.get("elements", []),
            *block.get("actions", []),
            block.get("accessory"),
            block.get("element"),
        ]
        for body in candidates:
            if isinstance(body, dict) and "action_id" in body:
                yield Element(block_id=str(block.get("block_id", "")), body=body)


def _values(body: Json) -> set[str]:
    buttons = [body.get("positive_button", {}), body.get("negative_button", {}), body]
    options = body.get("options", [])
    return {str(item["value"]) for item in (*buttons, *options) if "value" in item}


def pressed(element: Element, value: str | None, user: str, action_ts: str) -> Json:
    """Returns the entry of `actions` that Slack sends when a person uses the element.

    For feedback buttons `value` picks the thumb, for menus the option; a plain button carries its own.
    """
    body = element.body
    visible_to = body.get("visible_to_user_ids")
    if visible_to and user not in visible_to:
        raise ImpossibleError(f"{user} does not see {element.action_id!r}")
    action = {"type": body["type"], "action_id": element.action_id, "block_id": element.block_id}
    return {**action, **_outcome(body, element.entry or value), "action_ts": action_ts}


def _outcome(body: Json, value: str | None) -> Json:
    kind = body["type"]
    if kind == "feedback_buttons":
        return _thumb(body, value)
    if kind in ("button", "icon_button"):
        return {key: body[key] for key in ("text", "value", "style") if key in body}
    return filled(body, value)


def _thumb(body: Json, value: str | None) -> Json:
    for button in (body["positive_button"], body["negative_button"]):
        if button["value"] == value:
            return {"text": button["text"], "value": value}
    raise ImpossibleError(f"the thumbs have the values {sorted(_values(body))}, not {value!r}")


def filled(body: Json, value: Any) -> Json:
    """Returns the state of an input element. A mapping is taken as the state itself."""
    kind = str(body["type"])
    if isinstance(value, Mapping):
        return dict(value)
    if kind in _TYPED:
        return {"value": _typed(body, value)}
    if kind in _PICKED_AS:
        return {_PICKED_AS[kind]: value}
    if kind in _CHOSEN_FROM_OPTIONS:
        return {"selected_option": _option(body, value) if value is not None else body.get("initial_option")}
    if kind in ("checkboxes", "multi_static_select"):
        chosen = [value] if isinstance(value, str) else value or ()
        return {"selected_options": [_option(body, one) for one in chosen]}
    if kind.startswith("multi_"):
        return {"selected_" + kind.removeprefix("multi_").removesuffix("_select"): list(value or ())}
    raise ImpossibleError(f"the local stand-in cannot fill in {kind}")


def _typed(body: Json, value: Any) -> str | None:
    text = body.get("initial_value") if value is None else str(value)
    if text is None:
        return None
    if not int(body.get("min_length", 0)) <= len(text) <= int(body.get("max_length", 3_000)):
        raise ImpossibleError(f"{len(text)} characters do not fit {body['action_id']!r}")
    return text


def _option(body: Json, value: Any) -> Json:
    groups = body.get("option_groups", [])
    options = [*body.get("options", []), *(option for group in groups for option in group["options"])]
    for option in options:
        if option.get("value") == value:
            chosen: Json = option
            return chosen
    raise ImpossibleError(f"{body['action_id']!r} has no option {value!r}")


def fill_in(blocks: list[Json], values: Mapping[str, Any]) -> Json:
    """Returns `view.state.values` for a form.

    `values` are keyed by action_id or block_id; other fields keep their initial value. Raises ImpossibleError for an
    unknown field and for an empty required one, which Slack's own form would not submit.
    """
    unused = set(values)
    state: Json = {}
    for block in blocks:
        for element in elements_in([block]):
            if element.body["type"] in ("button", "feedback_buttons", "icon_button", "overflow"):
                continue
            key = element.action_id if element.action_id in values else element.block_id
            unused.discard(key)
            entry = {"type": element.body["type"], **filled(element.body, values.get(key))}
            _check_filled(block, element, entry)
            state.setdefault(element.block_id, {})[element.action_id] = entry
    if unused:
        raise ImpossibleError(f"the form has no fields {sorted(unused)}")
    return state


def _check_filled(block: Json, element: Element, entry: Json) -> None:
    required = block["type"] == "input" and not block.get("optional", False)
    if required and not any(value for key, value in entry.items() if key != "type"):
        raise ImpossibleError(f"{element.action_id!r} must be filled in")
