"""Block validation: refuses the blocks and views that Slack would refuse.

Two checks: our own tables of limits and places, worded as Slack words its refusals, and then the models of slack_sdk,
which know unknown fields and missing ones. `data_table` and `data_visualization` exist on the platform but are modelled
by neither: they pass unread.

Sources: https://docs.slack.dev/reference/block-kit and https://docs.slack.dev/reference/views
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

from sandbox.slack.wire import Json

Check = Callable[[Any, str], Iterator[str]]
"""Yields the problems of a value, given where it stands."""

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MARKDOWN_TOTAL = 12_000
TEXT_LIMIT = 3_000
ID_LIMIT = 255

NOT_MODELLED = frozenset({"data_table", "data_visualization"})
_NOT_COMPARABLE = frozenset({"card", "carousel"})
_WORDS = frozenset({"action_id", "block_id", "text", "url", "user_id", "value"})
_ANYWHERE = frozenset({"actions", "context", "divider", "header", "image", "input", "rich_text", "section", "video"})
_MESSAGE_BLOCKS = (
    _ANYWHERE
    | NOT_MODELLED
    | frozenset(
        {
            "alert",
            "auth_provider",
            "call",
            "card",
            "carousel",
            "container",
            "context_actions",
            "file",
            "markdown",
            "plan",
            "table",
            "task_card",
        }
    )
)
_VIEW_BLOCKS = _ANYWHERE | frozenset({"alert", "card", "carousel", "container"})

_SELECTS = frozenset(
    f"{prefix}{kind}_select"
    for prefix in ("", "multi_")
    for kind in ("static", "external", "users", "conversations", "channels")
)
_PICKERS = frozenset({"checkboxes", "datepicker", "datetimepicker", "radio_buttons", "timepicker"})
_BUTTONS = frozenset({"button", "overflow", "workflow_button"})
_PLACES: dict[tuple[str, str], frozenset[str]] = {
    ("actions", "elements"): _SELECTS | _PICKERS | _BUTTONS,
    ("section", "accessory"): _SELECTS | _PICKERS | _BUTTONS | {"image"},
    ("context", "elements"): frozenset({"image", "plain_text", "mrkdwn"}),
    ("context_actions", "elements"): frozenset({"feedback_buttons", "icon_button"}),
    ("card", "actions"): frozenset({"button", "icon_button"}),
    ("carousel", "elements"): frozenset({"card"}),
    ("input", "element"): _SELECTS
    | _PICKERS
    | {"email_text_input", "file_input", "number_input", "plain_text_input", "rich_text_input", "url_text_input"},
}


@dataclass(frozen=True, slots=True)
class _Text:
    """Limits of a text object: its length, and whether it must be plain text."""

    limit: int
    plain: bool = True


_TEXTS: dict[tuple[str, str], _Text] = {
    ("alert", "text"): _Text(200, plain=False),
    ("button", "text"): _Text(75),
    ("card", "body"): _Text(200, plain=False),
    ("card", "subtext"): _Text(200, plain=False),
    ("card", "subtitle"): _Text(150, plain=False),
    ("card", "title"): _Text(150, plain=False),
    ("container", "subtitle"): _Text(150, plain=False),
    ("container", "title"): _Text(150, plain=False),
    ("header", "text"): _Text(150),
    ("icon_button", "text"): _Text(75),
    ("image", "title"): _Text(2_000),
    ("input", "hint"): _Text(2_000),
    ("input", "label"): _Text(2_000),
    ("section", "text"): _Text(TEXT_LIMIT, plain=False),
    ("video", "description"): _Text(200),
    ("video", "title"): _Text(200),
    ("workflow_button", "text"): _Text(75),
}
_CONFIRM_TEXTS = {
    "title": _Text(100),
    "text": _Text(300, plain=False),
    "confirm": _Text(30),
    "deny": _Text(30),
}
_VIEW_TEXTS = {"title": _Text(24), "submit": _Text(24), "close": _Text(24)}

_STRINGS: dict[tuple[str, str], tuple[int, int]] = {
    ("button", "accessibility_label"): (1, 75),
    ("button", "url"): (0, 3_000),
    ("button", "value"): (0, 2_000),
    ("icon_button", "accessibility_label"): (1, 75),
    ("icon_button", "value"): (0, 2_000),
    ("image", "alt_text"): (1, 2_000),
    ("image", "image_url"): (1, 3_000),
    ("markdown", "text"): (1, MARKDOWN_TOTAL),
    ("url", "url"): (1, 3_000),
    ("video", "alt_text"): (1, 200),
    ("video", "author_name"): (1, 50),
    ("video", "provider_name"): (1, 50),
}
_COUNTS: dict[tuple[str, str], tuple[int, int]] = {
    ("actions", "elements"): (1, 25),
    ("card", "actions"): (1, 3),
    ("carousel", "elements"): (1, 10),
    ("checkboxes", "options"): (1, 10),
    ("container", "child_blocks"): (1, 10),
    ("context", "elements"): (1, 10),
    ("context_actions", "elements"): (1, 5),
    ("icon_button", "visible_to_user_ids"): (1, 10),
    ("multi_static_select", "option_groups"): (1, 100),
    ("multi_static_select", "options"): (1, 100),
    ("overflow", "options"): (1, 5),
    ("radio_buttons", "options"): (1, 10),
    ("section", "fields"): (1, 10),
    ("static_select", "option_groups"): (1, 100),
    ("static_select", "options"): (1, 100),
    ("table", "rows"): (1, 100),
}
_NUMBERS: dict[tuple[str, str], tuple[int, int]] = {
    ("file_input", "max_files"): (1, 10),
    ("plain_text_input", "max_length"): (1, 3_000),
    ("plain_text_input", "min_length"): (0, 3_000),
}
_REQUIRED: dict[str, tuple[str, ...]] = {
    "actions": ("elements",),
    "button": ("text",),
    "context": ("elements",),
    "context_actions": ("elements",),
    "feedback_buttons": ("positive_button", "negative_button"),
    "header": ("text",),
    "icon_button": ("icon", "text"),
    "image": ("alt_text",),
    "input": ("label", "element"),
    "markdown": ("text",),
    "rich_text": ("elements",),
}
_EXCLUSIVE: dict[str, tuple[str, str]] = {
    "image": ("image_url", "slack_file"),
    "multi_static_select": ("options", "option_groups"),
    "static_select": ("options", "option_groups"),
}
_LENGTH_COUNTED = frozenset({"plain_text", "mrkdwn", "markdown", "text", "raw_text"})


def message_problems(blocks: Sequence[Any]) -> list[str]:
    """Returns the reasons why Slack would refuse these blocks in a message; empty where it accepts them."""
    return [
        *_too_many((0, MESSAGE_BLOCKS), blocks, "/blocks"),
        *_all_blocks(blocks, "/blocks", _MESSAGE_BLOCKS),
        *_markdown_total(blocks),
    ]


def view_problems(view: Any) -> list[str]:
    """Returns the reasons why Slack would refuse this modal or Home tab."""
    if not isinstance(view, dict):
        return ["must provide an object [json-pointer:/view]"]
    blocks = view.get("blocks")
    if not isinstance(blocks, list):
        return ["missing required field: blocks [json-pointer:/view]"]
    return [
        *_view_frame(view),
        *_too_many((1, VIEW_BLOCKS), blocks, "/view/blocks"),
        *_all_blocks(blocks, "/view/blocks", _VIEW_BLOCKS),
    ]


def rendered_length(blocks: Sequence[Json]) -> int:
    """Returns roughly the number of visible characters."""
    return sum(_rendered(block) for block in blocks)


def _rendered(node: Any) -> int:
    if isinstance(node, list):
        return sum(_rendered(item) for item in node)
    if not isinstance(node, dict):
        return 0
    text = node.get("text")
    if node.get("type") in _LENGTH_COUNTED and isinstance(text, str):
        return len(text)
    return sum(_rendered(value) for value in node.values())


# Views


def _view_frame(view: Json) -> Iterator[str]:
    kind = view.get("type")
    if kind not in ("modal", "home"):
        yield "must be one of: modal, home [json-pointer:/view/type]"
    if kind == "modal" and "title" not in view:
        yield "missing required field: title [json-pointer:/view]"
    if kind == "modal" and "submit" not in view and any(_is_input(block) for block in view["blocks"]):
        yield "missing required field: submit [json-pointer:/view]"
    if kind == "home" and ("submit" in view or "close" in view):
        yield "invalid additional property: submit or close [json-pointer:/view]"
    for name, rule in _VIEW_TEXTS.items():
        if name in view:
            yield from _text(rule, view[name], f"/view/{name}")
    yield from _string((0, 3_000), view.get("private_metadata", ""), "/view/private_metadata")
    yield from _string((0, ID_LIMIT), view.get("callback_id", ""), "/view/callback_id")


def _is_input(block: Any) -> bool:
    return isinstance(block, dict) and block.get("type") == "input"


# Blocks


def _all_blocks(blocks: Sequence[Any], at: str, allowed: frozenset[str]) -> Iterator[str]:
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        where = f"{at}/{index}"
        yield from _block(block, where, allowed)
        block_id = str(block.get("block_id", "")) if isinstance(block, dict) else ""
        if block_id and block_id in seen:
            yield f"block_id already exists: {block_id} [json-pointer:{where}/block_id]"
        seen.add(block_id)


def _block(block: Any, at: str, allowed: frozenset[str]) -> Iterator[str]:
    if not isinstance(block, dict) or str(block.get("type")) not in allowed:
        kind = block.get("type") if isinstance(block, dict) else block
        yield f"unsupported type: {kind} [json-pointer:{at}/type]"
        return
    if block["type"] in NOT_MODELLED:
        return
    problems = [*_node(block, at), *_repeated_action_ids(block, at), *_special(block, at)]
    yield from problems or _second_opinion(block, at)


def _second_opinion(block: Json, at: str) -> Iterator[str]:
    """Yields the problem that the models of slack_sdk find: an exception, or a field that Slack does not know."""
    problem = _problem_of_model(json.dumps(_without_words(block)))
    if problem is not None:
        yield f"{problem} [json-pointer:{at}]"


def _without_words(node: Any) -> Any:
    """Returns a copy with other words of the same length, which is all that the models look at in them."""
    if isinstance(node, list):
        return [_without_words(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        name: "x" * len(value) if name in _WORDS and isinstance(value, str) else _without_words(value)
        for name, value in node.items()
    }


@functools.lru_cache(maxsize=10_000)  # A model takes half a millisecond, more than all checks above.
def _problem_of_model(serialized: str) -> str | None:
    block: Json = json.loads(serialized)
    try:
        parsed = Block.parse(block)
        if parsed is None:
            return f"unsupported type: {block['type']}"
        if parsed.to_dict() != block and block["type"] not in _NOT_COMPARABLE:
            return "invalid additional property or empty field"
    except (SlackObjectFormationError, TypeError, ValueError, KeyError, AttributeError) as error:
        return str(error)
    return None


def _node(node: Any, at: str) -> Iterator[str]:
    """Checks one object against the tables, then everything inside it."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _node(item, f"{at}/{index}")
    elif isinstance(node, dict):
        kind = str(node.get("type", ""))
        yield from _object(node, kind, at)
        for key, value in node.items():
            where = f"{at}/{key}"
            for check in _CHECKS.get((kind, key), ()):
                yield from check(value, where)
            if key in _EVERYWHERE:
                yield from _EVERYWHERE[key](value, where)
            if isinstance(value, dict | list):
                yield from _node(value, where)


def _object(node: Json, kind: str, at: str) -> Iterator[str]:
    for name in _REQUIRED.get(kind, ()):
        if name not in node:
            yield f"missing required field: {name} [json-pointer:{at}]"
    if kind in _EXCLUSIVE and sum(name in node for name in _EXCLUSIVE[kind]) != 1:
        yield f"exactly one of {' or '.join(_EXCLUSIVE[kind])} must be given [json-pointer:{at}]"
    if kind in ("plain_text", "mrkdwn"):
        yield from _text(_Text(TEXT_LIMIT, plain=False), node, at)


def _confirmation(value: Any, at: str) -> Iterator[str]:
    """Checks a dialog. The text of its button is in a field called "confirm" too."""
    if not isinstance(value, dict) or "type" in value:
        return
    for name, rule in _CONFIRM_TEXTS.items():
        if name in value:
            yield from _text(rule, value[name], f"{at}/{name}")


def _feedback_button(button: Any, at: str) -> Iterator[str]:
    if not isinstance(button, dict) or "text" not in button or "value" not in button:
        yield f"missing required field: text or value [json-pointer:{at}]"
        return
    yield from _text(_Text(75), button["text"], f"{at}/text")
    yield from _string((0, 2_000), button["value"], f"{at}/value")
    yield from _string((1, 75), button.get("accessibility_label", " "), f"{at}/accessibility_label")


def _option(option: Any, at: str) -> Iterator[str]:
    if not isinstance(option, dict) or "text" not in option:
        yield f"missing required field: text [json-pointer:{at}]"
        return
    yield from _text(_Text(75, plain=False), option["text"], f"{at}/text")
    yield from _string((0, 150), option.get("value", ""), f"{at}/value")
    yield from _string((0, 3_000), option.get("url", ""), f"{at}/url")
    if "description" in option:
        yield from _text(_Text(75, plain=False), option["description"], f"{at}/description")


def _option_group(group: Any, at: str) -> Iterator[str]:
    if not isinstance(group, dict) or "label" not in group or "options" not in group:
        yield f"missing required field: label or options [json-pointer:{at}]"
        return
    yield from _text(_Text(75), group["label"], f"{at}/label")
    yield from _too_many((1, 100), group["options"], f"{at}/options")


# Rules that look at several fields


def _special(block: Json, at: str) -> Iterator[str]:
    if block["type"] == "section" and not ("text" in block or "fields" in block):
        yield f"missing required field: text or fields [json-pointer:{at}]"
    if block["type"] == "table":
        yield from _table(block, at)
    element = block.get("element")
    if isinstance(element, dict) and element.get("type") == "number_input":
        yield from _number_range(element, f"{at}/element")


def _table(block: Json, at: str) -> Iterator[str]:
    rows = block.get("rows")
    widths = {len(row) for row in rows if isinstance(row, list)} if isinstance(rows, list) else set()
    if len(widths) > 1:
        yield f"all rows must have the same number of cells [json-pointer:{at}/rows]"
    if widths and max(widths) > 20:
        yield f"no more than 20 items allowed [json-pointer:{at}/rows/0]"
    settings = block.get("column_settings")
    if isinstance(settings, list) and widths and len(settings) > max(widths):
        yield f"more column settings than columns [json-pointer:{at}/column_settings]"


def _number_range(element: Json, at: str) -> Iterator[str]:
    try:
        low, high = float(element.get("min_value", "-inf")), float(element.get("max_value", "inf"))
    except (TypeError, ValueError):
        yield f"must provide a number as text [json-pointer:{at}]"
        return
    if low > high:
        yield f"min_value must not exceed max_value [json-pointer:{at}]"


def _repeated_action_ids(block: Json, at: str) -> Iterator[str]:
    seen: set[str] = set()
    elements = block.get("elements") if block["type"] in ("actions", "context_actions") else []
    for element in elements if isinstance(elements, list) else []:
        action_id = str(element.get("action_id", "")) if isinstance(element, dict) else ""
        if action_id and action_id in seen:
            yield f"action_id already exists in the block: {action_id} [json-pointer:{at}/elements]"
        seen.add(action_id)


def _markdown_total(blocks: Sequence[Any]) -> Iterator[str]:
    texts = (block.get("text") for block in blocks if isinstance(block, dict) and block.get("type") == "markdown")
    if sum(len(text) for text in texts if isinstance(text, str)) > MARKDOWN_TOTAL:
        yield f"markdown text must be less than {MARKDOWN_TOTAL + 1} characters in all [json-pointer:/blocks]"


# Single values


def _text(rule: _Text, value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, dict) or value.get("type") not in ("plain_text", "mrkdwn"):
        yield f"must provide a text object [json-pointer:{at}]"
        return
    if rule.plain and value["type"] != "plain_text":
        yield f"must be one of: plain_text [json-pointer:{at}/type]"
    yield from _string((1, rule.limit), value.get("text"), f"{at}/text")


def _string(size: tuple[int, int], value: Any, at: str) -> Iterator[str]:
    lowest, highest = size
    if not isinstance(value, str):
        yield f"must provide a string [json-pointer:{at}]"
    elif len(value) < lowest:
        yield f"must be more than {lowest - 1} characters [json-pointer:{at}]"
    elif len(value) > highest:
        yield f"must be less than {highest + 1} characters [json-pointer:{at}]"


def _number(size: tuple[int, int], value: Any, at: str) -> Iterator[str]:
    lowest, highest = size
    if not isinstance(value, int) or not lowest <= value <= highest:
        yield f"must be between {lowest} and {highest} [json-pointer:{at}]"


def _too_many(size: tuple[int, int], items: Any, at: str) -> Iterator[str]:
    lowest, highest = size
    if not isinstance(items, list | tuple):
        yield f"must provide an array [json-pointer:{at}]"
    elif len(items) < lowest:
        yield f"no fewer than {lowest} items allowed [json-pointer:{at}]"
    elif len(items) > highest:
        yield f"no more than {highest} items allowed [json-pointer:{at}]"


def _placed(allowed: frozenset[str], value: Any, at: str) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        kind = item.get("type") if isinstance(item, dict) else item
        if str(kind) not in allowed:
            yield f"unsupported type: {kind} [json-pointer:{at}]"


def _each(check: Check, items: Any, at: str) -> Iterator[str]:
    for index, item in enumerate(items if isinstance(items, list) else ()):
        yield from check(item, f"{at}/{index}")


# The checks of fields: of one type of object, and of all that have a field of this name.

_TABLES: tuple[tuple[Callable[[Any, Any, str], Iterator[str]], dict[tuple[str, str], Any]], ...] = (
    (_text, _TEXTS),
    (_string, _STRINGS),
    (_too_many, _COUNTS),
    (_number, _NUMBERS),
    (_placed, _PLACES),
)
_CHECKS: dict[tuple[str, str], list[Check]] = {}
for _checked, _rules in _TABLES:
    for _place, _rule in _rules.items():
        _CHECKS.setdefault(_place, []).append(partial(_checked, _rule))
_EVERYWHERE: dict[str, Check] = {
    "action_id": partial(_string, (0, ID_LIMIT)),
    "block_id": partial(_string, (0, ID_LIMIT)),
    "confirm": _confirmation,
    "fields": partial(_each, partial(_text, _Text(2_000, plain=False))),
    "negative_button": _feedback_button,
    "option_groups": partial(_each, _option_group),
    "options": partial(_each, _option),
    "placeholder": partial(_text, _Text(150)),
    "positive_button": _feedback_button,
}
