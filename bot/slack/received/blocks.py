"""Reads blocks as plain text: rich text of Slack's composer, tables, and the blocks of apps.

Blocks: docs.slack.dev/reference/block-kit/blocks. Of an unknown type all words found in it are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.json_reading import dicts, items, mapping, string
from bot.slack.markdown import escape_mrkdwn

Payload = Mapping[str, Any]

DEEPEST = 12
"""Levels of nested content that are read. People nest two or three; more is a hostile payload."""


_INDENT = "    "
# The fields of an unknown block that hold words, unlike ids, addresses and styles.
_WORDS = frozenset({"text", "title", "subtitle", "body", "description", "details", "label", "value", "fallback"})
# Controls and lines: the label of a button is not what somebody wrote.
_SILENT = frozenset({"actions", "context_actions", "divider", "input"})
_KNOWN = frozenset(
    {"rich_text", "table", "data_table", "markdown", "header", "section", "context", "image", "video", *_SILENT}
)
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Unit:
    """Words on lines of their own. `bare` is without the marks of lists, quotes and code.

    `apart`: it is a table, which needs empty lines around it in Markdown.
    """

    words: str
    bare: str
    apart: bool = False


@dataclass(frozen=True, slots=True)
class BlockReader:
    """Reads blocks. `plain` turns Slack's own markup into plain text."""

    plain: Callable[[str], str]

    def units(self, blocks: object) -> list[Unit]:
        """Returns the words of a list of blocks, in order."""
        return [unit for block in dicts(blocks) for unit in self._of_block(block, 0) if unit.words.strip()]

    def _of_block(self, block: Payload, depth: int) -> list[Unit]:
        kind = string(block.get("type"))
        if kind in _SILENT or depth > DEEPEST:
            return []
        if kind == "rich_text":
            return [unit for element in dicts(block.get("elements")) for unit in self._of_rich_text(element)]
        if kind in ("table", "data_table"):
            return self._of_table(block, depth)
        return [_plain(words) for words in self._of_app(block, kind, depth)]

    # Rich text: docs.slack.dev/reference/block-kit/blocks/rich-text-block

    def _of_rich_text(self, element: Payload) -> list[Unit]:
        match element.get("type"):
            case "rich_text_list":
                return list(self._list(element))
            case "rich_text_quote":
                words = self._leaves(element)
                return [Unit("\n".join(f"> {line}" for line in words.splitlines()), words)]
            case "rich_text_preformatted":
                words = self._leaves(element).strip("\n")
                return [Unit(f"```\n{words}\n```", words)] if words.strip() else []
        return [_plain(self._leaves(element) if "elements" in element else self._leaf(element))]

    def _list(self, element: Payload) -> Iterator[Unit]:
        offset, indent = _number(element.get("offset")), min(_number(element.get("indent")), DEEPEST)
        for number, item in enumerate(dicts(element.get("elements")), start=offset + 1):
            mark = f"{number}." if element.get("style") == "ordered" else "•"
            words = self._leaves(item) if "elements" in item else self._leaf(item)
            yield Unit(f"{_INDENT * indent}{mark} {words}", words)

    def _leaves(self, element: Payload) -> str:
        return "".join(self._leaf(leaf) for leaf in dicts(element.get("elements"))).strip("\n")

    def _leaf(self, leaf: Payload) -> str:
        """Reads a piece of a line. A mention stays `@U123`, as in the text of a message."""
        match leaf:
            case {"type": "text", "text": str(text)}:
                return f"`{text}`" if mapping(leaf.get("style")).get("code") else text
            case {"type": "link", "url": str(url)}:
                return self._token(url, string(leaf.get("text")))
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

    def _token(self, url: str, label: str) -> str:
        """Reads a link with its label, as in the text of a message."""
        inside = escape_mrkdwn(_on_one_line(f"{url}|{label}" if label else url))
        return self.plain(f"<{inside}>")

    # Tables: docs.slack.dev/reference/block-kit/blocks/table-block

    def _of_table(self, block: Payload, depth: int) -> list[Unit]:
        """Reads a table as Markdown; its first row is the head, as in Slack."""
        rows = [self._row(row, depth) for row in items(block.get("rows"))]
        if head := self._row(block.get("columns"), depth):
            rows.insert(0, head)
        rows = [row for row in rows if row]
        if not any(cell for row in rows for cell in row):
            return []
        width = max(len(row) for row in rows)
        full = [row + [""] * (width - len(row)) for row in rows]
        lines = [_line(full[0]), "|" + " --- |" * width, *(_line(row) for row in full[1:])]
        return [Unit("\n".join(lines), " ".join(cell for row in full for cell in row), apart=True)]

    def _row(self, row: object, depth: int) -> list[str]:
        cells = items(row) or items(mapping(row).get("cells")) or items(mapping(row).get("elements"))
        return [self._cell(cell, depth) for cell in cells]

    def _cell(self, cell: object, depth: int) -> str:
        """Reads a cell as one line."""
        raw = cell
        if isinstance(cell, dict):
            if not string(cell.get("type")).startswith("raw_"):
                return _on_one_line("\n".join(unit.bare for unit in self._of_block(cell, depth + 1)))
            raw = cell.get("text", cell.get("value"))
        return _on_one_line(str(raw)) if isinstance(raw, str | int | float) else ""

    # Blocks of apps.

    def _text_object(self, value: object) -> str:
        """Reads a text object by its type: docs.slack.dev/reference/block-kit/composition-objects."""
        if isinstance(value, str):
            return value
        text = string(mapping(value).get("text"))
        return self.plain(text) if mapping(value).get("type") == "mrkdwn" else text

    def _of_app(self, block: Payload, kind: str, depth: int) -> Iterable[str]:
        match kind:
            case "markdown" | "header":
                return [self._text_object(block.get("text"))]
            case "section":
                return map(self._text_object, (block.get("text"), *items(block.get("fields"))))
            case "context":
                return [" ".join(filter(None, map(self._text_object, items(block.get("elements")))))]
            case "image" | "video":
                return [self._text_object(block.get("title")) or string(block.get("alt_text"))]
        return self._anything(block, depth)

    def _anything(self, node: Any, depth: int) -> Iterator[str]:
        """Yields the words of an unknown node, at any depth."""
        if depth > DEEPEST:
            return
        if isinstance(node, dict) and depth and node.get("type") in _KNOWN:
            yield from (unit.words for unit in self._of_block(node, depth))
            return
        for name, value in node.items() if isinstance(node, dict) else enumerate(items(node)):
            if isinstance(value, dict | list):
                yield from self._anything(value, depth + 1)
            elif isinstance(value, str) and (name in _WORDS or isinstance(name, int)):
                yield value


def _plain(words: str) -> Unit:
    return Unit(words, words)


def _number(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < 100_000 else 0


def _date(timestamp: object) -> str:
    if not isinstance(timestamp, int) or not 0 <= timestamp < 10**11:
        return ""
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _on_one_line(words: str) -> str:
    return _SPACES.sub(" ", words).strip()


def _line(cells: list[str]) -> str:
    # An unescaped bar would begin another cell.
    return "".join("| " + cell.replace("|", "\\|") + " " for cell in cells) + "|"
