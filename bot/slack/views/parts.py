"""A message in as many messages as it needs: as it is, more simply, or in words alone.

Slack takes at most 50 blocks and, undocumented, about 13,200 rendered characters in one message
(https://github.com/slackapi/bolt-js/issues/2509). A workspace may refuse the newer kinds of blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.slack.markdown import escape_mrkdwn, mrkdwn_parts, mrkdwn_pieces, pieces
from bot.slack.views.blocks import LONGEST_SECTION, Block, Message, section
from bot.slack.views.richtext import as_mrkdwn, is_literal, literal

_MOST_BLOCKS = 48
_MOST_CHARACTERS = 12_000
# The refusal may have been one of size, whatever its name; and Slack recommends no more for a text without blocks.
_MOST_SIMPLE = 3_500
_LONGEST_PREVIEW = 600
# What says that something is missing must have room.
_LONGEST_NOTE = 80
# They belong to what stands before them, and say little.
_SMALL = frozenset({"actions", "context", "context_actions", "divider"})


def parts(message: Message, most: int = _MOST_CHARACTERS) -> tuple[Message, ...]:
    """The same blocks in as many messages as they need; one where they fit. Nothing of them is left out."""
    groups = list(_grouped(message.blocks, most))
    if len(groups) <= 1:
        return (message,)
    later = (Message(text=_preview(group), blocks=group) for group in groups[1:])
    return (Message(text=message.text, blocks=groups[0]), *later)


def simple_parts(message: Message) -> tuple[Message, ...]:
    """Everything the message holds without `markdown`, `rich_text` or `table` blocks, buttons included.

    For a workspace, or a day, that refuses the message as it is.
    """
    if not message.blocks:
        return bare_parts(message)
    return parts(_simple(message), _MOST_SIMPLE)


def _simple(message: Message) -> Message:
    return Message(text=message.text, blocks=[plain for block in message.blocks for plain in _simplified(block)])


def bare_parts(message: Message, most: int = _MOST_SIMPLE) -> tuple[Message, ...]:
    """All its words, as texts without any blocks: where even simple blocks are refused. Buttons are lost."""
    whole = "\n".join(_words(message.blocks)) if message.blocks else message.text
    return tuple(Message(text=piece) for piece in mrkdwn_pieces(whole, most)) or (message,)


def in_one(message: Message, most: int = _MOST_CHARACTERS) -> Message:
    """The message as one, with its buttons; where not all of it has room, its end says how much is missing."""
    groups = list(_grouped(message.blocks, most - _LONGEST_NOTE)) if message.blocks else []
    if len(groups) <= 1:
        return message
    missing = sum(_size(block) for group in groups[1:] for block in group if block["type"] not in _SMALL)
    note = section(f"_About {missing:,} characters have no room here._")
    return Message(text=message.text, blocks=[*groups[0], note, *_foot(groups[-1])])


def simple_in_one(message: Message) -> Message:
    """The message as one without `markdown`, `rich_text` or `table` blocks, as far as one holds it."""
    return in_one(_simple(message))


def bare_in_one(message: Message, most: int = _MOST_SIMPLE) -> Message:
    """The words as one text without any blocks, as far as one holds them; its end says how much is missing."""
    first, *others = (one.text for one in bare_parts(message, most - _LONGEST_NOTE))
    missing = sum(map(len, others))
    return Message(text=f"{first}\n_About {missing:,} characters have no room here._" if others else first)


def joined(messages: Sequence[Message]) -> Message:
    """Several messages as one again, which may be too large for Slack."""
    (first, *others) = messages
    if not first.blocks:
        return Message(text="\n".join(one.text for one in messages))
    return Message(text=first.text, blocks=[*first.blocks, *(block for one in others for block in one.blocks)])


def _foot(blocks: Sequence[Block]) -> list[Block]:
    """The buttons and the small print at the end."""
    large = [number for number, block in enumerate(blocks) if block["type"] not in _SMALL]
    return list(blocks[large[-1] + 1 :] if large else blocks)


def _grouped(blocks: Sequence[Block], most: int) -> Iterator[list[Block]]:
    group: list[Block] = []
    size = 0
    for block in blocks:
        weight = 0 if block["type"] in _SMALL else _size(block)
        if group and (size + weight > most or len(group) >= _MOST_BLOCKS):
            yield group
            group, size = [], 0
        group.append(block)
        size += weight
    yield group


def _size(node: Any) -> int:
    """About how many characters people see."""
    if isinstance(node, list):
        return sum(map(_size, node))
    if not isinstance(node, dict):
        return 0
    text = node.get("text")
    return len(text) if isinstance(text, str) else sum(map(_size, node.values()))


def _preview(blocks: Sequence[Block]) -> str:
    """What notifications say of a later part."""
    (first, *_) = mrkdwn_pieces(" ".join(" ".join(_words(blocks)).split()), _LONGEST_PREVIEW) or ("…",)
    return first


# More simply.


def _simplified(block: Block) -> list[Block]:
    match block["type"]:
        case "markdown":
            return [section(piece) for piece in mrkdwn_parts(block["text"], LONGEST_SECTION)]
        case "rich_text":
            return [plain for part in _parts_of(block) for plain in _sections_of(part)]
        case "table":
            rows = "\n".join(_row(row) for row in block["rows"])
            return [section(piece) for piece in mrkdwn_pieces(rows, LONGEST_SECTION)]
    return [block]


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of a rich text. `code`: it stands in a box of its own."""

    leaves: list[Any]
    code: bool = False
    mark: str = ""


def _parts_of(block: Block) -> Iterator[_Part]:
    for element in block["elements"]:
        match element["type"]:
            case "rich_text_list":
                for number, item in enumerate(element["elements"], start=1 + int(element.get("offset", 0))):
                    indent = "    " * int(element.get("indent", 0))
                    mark = f"{number}. " if element["style"] == "ordered" else "• "
                    yield _Part(item["elements"], mark=indent + mark)
            case kind:
                yield _Part(element["elements"], code=kind == "rich_text_preformatted")


def _sections_of(part: _Part) -> list[Block]:
    """Words in which a mark stands that mrkdwn would read stay as they are in plain text."""
    if is_literal(part.leaves, code=part.code):
        return [_plain_section(piece) for piece in pieces(part.mark + literal(part.leaves), LONGEST_SECTION)]
    return [section(piece) for piece in mrkdwn_pieces(_written(part), LONGEST_SECTION)]


def _written(part: _Part) -> str:
    words = as_mrkdwn(part.leaves)
    return f"```\n{words}\n```" if part.code else part.mark + words


def _plain_section(text: str) -> Block:
    return {"type": "section", "text": {"type": "plain_text", "text": text, "emoji": False}}


def _row(row: Iterable[Any]) -> str:
    return " | ".join(" ".join(_words([cell])) if "elements" in cell else escape_mrkdwn(cell["text"]) for cell in row)


# In words alone.


def _words(blocks: Iterable[Block]) -> Iterator[str]:
    """What the blocks say, as escaped mrkdwn."""
    for block in blocks:
        match block["type"]:
            case "markdown" | "table":
                yield from (plain["text"]["text"] for plain in _simplified(block))
            case "rich_text":
                yield from (_written(part) for part in _parts_of(block))
            case "header" | "section":
                yield from (_text(text) for text in (block.get("text"), *block.get("fields", ())) if text)
            case "context":
                yield from (_text(text) for text in block["elements"] if "text" in text)


def _text(text: Block) -> str:
    return str(text["text"]) if text["type"] == "mrkdwn" else escape_mrkdwn(text["text"])
