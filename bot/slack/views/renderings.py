"""The renderings of a message, from the intended one down to plain text, each within Slack's limits.

If Slack refuses a rendering, the rest of the message is delivered in the next one: a workspace may refuse the newer
kinds of blocks. A rendering may need several parts. Each has a key, so that the posted parts are known after an unclear
outcome: the last one has the key of the whole message, the others a key with their rendering and number. If the key of
the whole is found, all parts are posted.

Slack takes at most 50 blocks and, undocumented, about 13,200 rendered characters in one message
(https://github.com/slackapi/bolt-js/issues/2509)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.helpdesk.messages import Translator, anyone, english
from bot.slack.ids import key_block, part_key
from bot.slack.markdown import escape_mrkdwn, mrkdwn_parts, mrkdwn_pieces, pieces, render_sentence
from bot.slack.views.blocks import LONGEST_SECTION, Block, MessagePayload, section
from bot.slack.views.rich_text import as_mrkdwn, as_plain_text, needs_plain_text

_MOST_BLOCKS = 48
_MOST_CHARACTERS = 12_000
# The refusal may have been about size, whatever its code; and Slack recommends no more for a text without blocks.
_MOST_SIMPLE = 3_500
_LONGEST_PREVIEW = 600
# Room for the note that something is missing.
_LONGEST_NOTE = 80
# Blocks that belong to the one before them, and are short.
_SMALL = frozenset({"actions", "context", "context_actions", "divider"})


def parts(message: MessagePayload, most: int = _MOST_CHARACTERS) -> tuple[MessagePayload, ...]:
    """Splits a message by blocks into as many as it needs. Nothing is left out."""
    groups = list(_grouped(message.blocks, most))
    if len(groups) <= 1:
        return (message,)
    later = (MessagePayload(text=_preview(group), blocks=group) for group in groups[1:])
    return (MessagePayload(text=message.text, blocks=groups[0]), *later)


def simple_parts(message: MessagePayload) -> tuple[MessagePayload, ...]:
    """Splits a message into parts without `markdown`, `rich_text` and `table` blocks, with its buttons.

    For a workspace that refuses the message as it is.
    """
    if not message.blocks:
        return bare_parts(message)
    return parts(_simple(message), _MOST_SIMPLE)


def _simple(message: MessagePayload) -> MessagePayload:
    return replace(message, blocks=[plain for block in message.blocks for plain in _simplified(block)])


def bare_parts(message: MessagePayload, most: int = _MOST_SIMPLE) -> tuple[MessagePayload, ...]:
    """Splits a message into texts without blocks and buttons, for a workspace that refuses even simple blocks."""
    whole = "\n".join(_words(message.blocks)) if message.blocks else message.text
    return tuple(MessagePayload(text=piece) for piece in mrkdwn_pieces(whole, most)) or (message,)


def in_one(message: MessagePayload, most: int = _MOST_CHARACTERS) -> MessagePayload:
    """Shortens a message to one, with its buttons; a note says how much is left out."""
    groups = list(_grouped(message.blocks, most - _LONGEST_NOTE)) if message.blocks else []
    if len(groups) <= 1:
        return message
    missing = sum(_size(block) for group in groups[1:] for block in group if block["type"] not in _SMALL)
    note = section(_no_room(message, missing))
    return replace(message, blocks=[*groups[0], note, *_foot(groups[-1])])


def _no_room(message: MessagePayload, characters: int) -> str:
    """Returns the note that so many characters are left out."""
    return render_sentence((message.translator or english()).sentence(anyone.no_room(characters)))


def simple_in_one(message: MessagePayload) -> MessagePayload:
    """Shortens a message to one without `markdown`, `rich_text` and `table` blocks."""
    return in_one(_simple(message))


def bare_in_one(message: MessagePayload, most: int = _MOST_SIMPLE) -> MessagePayload:
    """Shortens a message to one text without blocks; a note says how much is left out."""
    first, *others = (one.text for one in bare_parts(message, most - _LONGEST_NOTE))
    missing = sum(map(len, others))
    return replace(message, text=f"{first}\n{_no_room(message, missing)}" if others else first, blocks=[])


def join_messages(messages: Sequence[MessagePayload]) -> MessagePayload:
    """Joins messages to one, which may be too large for Slack."""
    (first, *others) = messages
    if not first.blocks:
        return replace(first, text="\n".join(one.text for one in messages))
    return replace(first, blocks=[*first.blocks, *(block for one in others for block in one.blocks)])


def _foot(blocks: Sequence[Block]) -> list[Block]:
    """Returns the buttons and the small print at the end."""
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
    """Estimates the visible characters."""
    if isinstance(node, list):
        return sum(map(_size, node))
    if not isinstance(node, dict):
        return 0
    text = node.get("text")
    return len(text) if isinstance(text, str) else sum(map(_size, node.values()))


def _preview(blocks: Sequence[Block]) -> str:
    """Returns the text of a later part for notifications."""
    (first, *_) = mrkdwn_pieces(" ".join(" ".join(_words(blocks)).split()), _LONGEST_PREVIEW) or ("…",)
    return first


# Simple blocks.


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
class _Element:
    """An element of rich text. `code`: it is a code block."""

    leaves: list[Any]
    code: bool = False
    mark: str = ""


def _parts_of(block: Block) -> Iterator[_Element]:
    for element in block["elements"]:
        match element["type"]:
            case "rich_text_list":
                for number, item in enumerate(element["elements"], start=1 + int(element.get("offset", 0))):
                    indent = "    " * int(element.get("indent", 0))
                    mark = f"{number}. " if element["style"] == "ordered" else "• "
                    yield _Element(item["elements"], mark=indent + mark)
            case kind:
                yield _Element(element["elements"], code=kind == "rich_text_preformatted")


def _sections_of(part: _Element) -> list[Block]:
    """Builds plain text for words that mrkdwn would take for markup, else mrkdwn."""
    if needs_plain_text(part.leaves, code=part.code):
        return [_plain_section(piece) for piece in pieces(part.mark + as_plain_text(part.leaves), LONGEST_SECTION)]
    return [section(piece) for piece in mrkdwn_pieces(_written(part), LONGEST_SECTION)]


def _written(part: _Element) -> str:
    words = as_mrkdwn(part.leaves)
    return f"```\n{words}\n```" if part.code else part.mark + words


def _plain_section(text: str) -> Block:
    return {"type": "section", "text": {"type": "plain_text", "text": text, "emoji": False}}


def _row(row: Iterable[Any]) -> str:
    return " | ".join(" ".join(_words([cell])) if "elements" in cell else escape_mrkdwn(cell["text"]) for cell in row)


# Text without blocks.


def _words(blocks: Iterable[Block]) -> Iterator[str]:
    """Yields the text of the blocks as escaped mrkdwn."""
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


# Views.


def simple_view(t: Translator, view: Block) -> Block:
    """Renders a view with the oldest kinds of blocks and without hints, cut where Slack's limit requires it."""
    blocks = list(_simplified_view(view["blocks"]))
    if view["type"] != "modal" or not any(block["type"] == "input" for block in blocks):
        blocks = in_one(simple_in_one(MessagePayload(text="", blocks=blocks, translator=t)), _MOST_CHARACTERS).blocks
    return {**view, "blocks": blocks}


def _simplified_view(blocks: list[Block]) -> Iterator[Block]:
    for block in blocks:
        match block["type"]:
            case "input":
                yield {name: value for name, value in block.items() if name != "hint"}
            case "actions":
                yield {**block, "elements": [_unstyled(element) for element in block["elements"]]}
            case _:
                yield block


def _unstyled(element: Block) -> Block:
    return {name: value for name, value in element.items() if name != "style"}


# Slack accepts 40,000 characters of text without blocks, and recommends far fewer.
_MOST_BARE = 12_000


@dataclass(frozen=True, slots=True)
class Rendering:
    """A way to render a message as one part or more. `mark` names it in keys."""

    mark: str
    cut: Callable[[MessagePayload], tuple[MessagePayload, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePart:
    """A part of a message, and the key it is posted under."""

    key: str
    message: MessagePayload


IN_PARTS = (Rendering("m", parts), Rendering("s", simple_parts), Rendering("t", bare_parts))
"""Renderings for replies in a thread: nothing is left out."""
IN_ONE = (
    Rendering("m", lambda message: (in_one(message),)),
    Rendering("s", lambda message: (simple_in_one(message),)),
    Rendering("t", lambda message: (bare_in_one(message, _MOST_BARE),)),
    Rendering("u", lambda message: (bare_in_one(message),)),
)
"""Renderings for one message: the root of a thread, or an update."""


def with_key(key: str, message: MessagePayload) -> MessagePayload:
    """Sets the key as the id of the first block."""
    if not message.blocks:
        return message
    first, *others = message.blocks
    return replace(message, blocks=[{**first, "block_id": key_block(key)}, *others])


def needs_parts(message: MessagePayload) -> bool:
    """Returns whether any rendering needs more than one part."""
    return any(len(rendering.cut(message)) > 1 for rendering in IN_PARTS)


def last_part_of(message: MessagePayload, key: str, posted: Collection[str]) -> MessagePayload:
    """Returns the content of the last part of a message, given the keys of all its posted parts."""
    return MessageDelivery(message, key, IN_PARTS, posted).last_part


class MessageDelivery:
    """The delivery of one message through its renderings. `posted` are the keys of parts that are posted already."""

    def __init__(
        self, message: MessagePayload, key: str, renderings: tuple[Rendering, ...], posted: Collection[str] = ()
    ) -> None:
        self._key = key
        self._renderings = list(renderings)
        self._remaining = message
        self._posted = posted
        self.started = bool(posted)
        while any(self._count_posted(rendering) for rendering in self._renderings[1:]):
            self._next_rendering()

    def remaining_parts(self) -> Iterator[MessagePart]:
        """Yields the parts to post in the current rendering. Call it again after `fall_back`."""
        messages = self._cut()
        for number in range(self._count_posted(self._renderings[0]) + 1, len(messages) + 1):
            key = self._key if number == len(messages) else part_key(self._key, self._renderings[0].mark, number)
            yield MessagePart(key=key, message=messages[number - 1])
            self._posted = [*self._posted, key]
            self.started = True

    @property
    def last_part(self) -> MessagePayload:
        """The last part in the current rendering."""
        return self._cut()[-1]

    def fall_back(self) -> bool:
        """Continues with the next rendering. False if there is none."""
        if len(self._renderings) == 1:
            return False
        self._next_rendering()
        return True

    def _next_rendering(self) -> None:
        self._remaining = join_messages(self._cut()[self._count_posted(self._renderings[0]) :])
        self._renderings.pop(0)

    def _cut(self) -> tuple[MessagePayload, ...]:
        return self._renderings[0].cut(self._remaining)

    def _count_posted(self, rendering: Rendering) -> int:
        prefix = part_key(self._key, rendering.mark)
        return sum(key.startswith(prefix) for key in self._posted)
