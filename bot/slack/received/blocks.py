"""The words of blocks, as plain text: rich text as Slack's composer makes it, tables, and what apps put into messages.

Blocks: docs.slack.dev/reference/block-kit/blocks. A block of an unknown type gives the words found in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.slack.received.shapes import DEEPEST, Payload, dicts, items, mapping, string
from bot.slack.text import escape_mrkdwn, from_slack

_INDENT = "    "
# Which parts of an unknown block are its words. Ids, addresses and styles are not.
_WORDS = frozenset({"text", "title", "subtitle", "body", "description", "details", "label", "value", "fallback"})
# Controls and lines: what stands on a button is not what somebody wrote.
_SILENT = frozenset({"actions", "context_actions", "divider", "input"})
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Unit:
    """Words that stand on lines of their own. `bare` is without the marks of lists, quotes and code.

    `apart`: it is a table, which Markdown wants to stand between empty lines.
    """

    words: str
    bare: str
    apart: bool = False


def units_of(blocks: object) -> list[Unit]:
    """The words of a list of blocks, in their order."""
    return [unit for block in dicts(blocks) for unit in _of_block(block, 0) if unit.words.strip()]


def _of_block(block: Payload, depth: int) -> list[Unit]:
    kind = string(block.get("type"))
    if kind in _SILENT or depth > DEEPEST:
        return []
    if kind == "rich_text":
        return [unit for element in dicts(block.get("elements")) for unit in _of_rich_text(element)]
    if kind in ("table", "data_table"):
        return _of_table(block, depth)
    if (read := _READERS.get(kind)) is not None:
        return [_plain(words) for words in read(block)]
    return [_plain(words) for words in _anything(block, depth)]


def _plain(words: str) -> Unit:
    return Unit(words, words)


# Rich text: docs.slack.dev/reference/block-kit/blocks/rich-text-block


def _of_rich_text(element: Payload) -> list[Unit]:
    match element.get("type"):
        case "rich_text_list":
            return list(_list(element))
        case "rich_text_quote":
            words = _leaves(element)
            return [Unit("\n".join(f"> {line}" for line in words.splitlines()), words)]
        case "rich_text_preformatted":
            words = _leaves(element).strip("\n")
            return [Unit(f"```\n{words}\n```", words)] if words.strip() else []
    return [_plain(_leaves(element) if "elements" in element else _leaf(element))]


def _list(element: Payload) -> Iterator[Unit]:
    offset, indent = _number(element.get("offset")), min(_number(element.get("indent")), DEEPEST)
    for number, item in enumerate(dicts(element.get("elements")), start=offset + 1):
        mark = f"{number}." if element.get("style") == "ordered" else "•"
        words = _leaves(item) if "elements" in item else _leaf(item)
        yield Unit(f"{_INDENT * indent}{mark} {words}", words)


def _number(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < 100_000 else 0


def _leaves(element: Payload) -> str:
    return "".join(_leaf(leaf) for leaf in dicts(element.get("elements"))).strip("\n")


def _leaf(leaf: Payload) -> str:
    """A piece of a line. Somebody mentioned stays `@U123`, as in the text of a message."""
    match leaf:
        case {"type": "text", "text": str(text)}:
            return f"`{text}`" if mapping(leaf.get("style")).get("code") else text
        case {"type": "link", "url": str(url)}:
            return _token(url, string(leaf.get("text")))
        case {"type": "user", "user_id": str(id)}:
            return f"@{id}"
        case {"type": "usergroup", "usergroup_id": str(id)} | {"type": "team", "team_id": str(id)}:
            return f"@{id}"
        case {"type": "channel", "channel_id": str(id)}:
            return f"#{id}"
        case {"type": "broadcast", "range": str(reach)}:
            return f"@{reach}"
        case {"type": "emoji", "name": str(name)}:
            tone = leaf.get("skin_tone")
            return f":{name}:" if not isinstance(tone, int) or "::" in name else f":{name}::skin-tone-{tone}:"
        case {"type": "date"}:
            return string(leaf.get("fallback")) or _date(leaf.get("timestamp"))
    known = (string(leaf.get(name)) for name in ("text", "value", "fallback", "url", "name"))
    return next((words for words in known if words), "")


def _token(url: str, label: str) -> str:
    """A link with its name, as in the text of a message."""
    inside = escape_mrkdwn(_on_one_line(f"{url}|{label}" if label else url))
    return from_slack(f"<{inside}>", {})


def _date(timestamp: object) -> str:
    if not isinstance(timestamp, int) or not 0 <= timestamp < 10**11:
        return ""
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d %H:%M UTC")


# Tables: docs.slack.dev/reference/block-kit/blocks/table-block


def _of_table(block: Payload, depth: int) -> list[Unit]:
    """A Markdown table; its first row is the head, as in Slack."""
    rows = [_row(row, depth) for row in items(block.get("rows"))]
    if head := _row(block.get("columns"), depth):
        rows.insert(0, head)
    rows = [row for row in rows if row]
    if not any(cell for row in rows for cell in row):
        return []
    width = max(len(row) for row in rows)
    full = [row + [""] * (width - len(row)) for row in rows]
    lines = [_line(full[0]), "|" + " --- |" * width, *(_line(row) for row in full[1:])]
    return [Unit("\n".join(lines), " ".join(cell for row in full for cell in row), apart=True)]


def _row(row: object, depth: int) -> list[str]:
    cells = items(row) or items(mapping(row).get("cells")) or items(mapping(row).get("elements"))
    return [_cell(cell, depth) for cell in cells]


def _cell(cell: object, depth: int) -> str:
    """A cell's words on one line."""
    raw = cell
    if isinstance(cell, dict):
        if not string(cell.get("type")).startswith("raw_"):
            return _on_one_line("\n".join(unit.bare for unit in _of_block(cell, depth + 1)))
        raw = cell.get("text", cell.get("value"))
    return _on_one_line(str(raw)) if isinstance(raw, str | int | float) else ""


def _on_one_line(words: str) -> str:
    return _SPACES.sub(" ", words).strip()


def _line(cells: list[str]) -> str:
    # Without the backslash a bar would begin another cell.
    return "".join("| " + cell.replace("|", "\\|") + " " for cell in cells) + "|"


# What apps put into messages.


def _text_object(value: object) -> str:
    """A text of Block Kit, which says how it is to be read: docs.slack.dev/reference/block-kit/composition-objects."""
    if isinstance(value, str):
        return value
    text = string(mapping(value).get("text"))
    return from_slack(text, {}) if mapping(value).get("type") == "mrkdwn" else text


def _section(block: Payload) -> list[str]:
    return [_text_object(block.get("text")), *(_text_object(field) for field in items(block.get("fields")))]


def _line_of_texts(block: Payload) -> list[str]:
    return [" ".join(filter(None, (_text_object(element) for element in items(block.get("elements")))))]


def _heading(block: Payload) -> list[str]:
    return [_text_object(block.get("text"))]


def _picture(block: Payload) -> list[str]:
    return [_text_object(block.get("title")) or string(block.get("alt_text"))]


_READERS: Mapping[str, Callable[[Payload], list[str]]] = {
    "markdown": _heading,
    "header": _heading,
    "section": _section,
    "context": _line_of_texts,
    "image": _picture,
    "video": _picture,
}


def _anything(node: Any, depth: int) -> Iterator[str]:
    """The words of something that is not known, wherever in it they stand."""
    if depth > DEEPEST:
        return
    if isinstance(node, dict) and depth and node.get("type") in _KNOWN:
        yield from (unit.words for unit in _of_block(node, depth))
        return
    for name, value in node.items() if isinstance(node, dict) else enumerate(items(node)):
        if isinstance(value, dict | list):
            yield from _anything(value, depth + 1)
        elif isinstance(value, str) and (name in _WORDS or isinstance(name, int)):
            yield value


_KNOWN = frozenset({"rich_text", "table", "data_table", *_READERS, *_SILENT})
