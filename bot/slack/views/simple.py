"""A form or a Home tab more simply, for a workspace that refuses it as it is."""

from __future__ import annotations

from collections.abc import Iterator

from bot.slack.views.blocks import Block, Message
from bot.slack.views.parts import in_one, simple_in_one

_MOST_CHARACTERS = 12_000


def simple_view(view: Block) -> Block:
    """The same view in the oldest kinds of blocks, without hints; at the end it says what has no room."""
    blocks = list(_simpler(view["blocks"]))
    if view["type"] != "modal" or not any(block["type"] == "input" for block in blocks):
        blocks = in_one(simple_in_one(Message(text="", blocks=blocks)), _MOST_CHARACTERS).blocks
    return {**view, "blocks": blocks}


def _simpler(blocks: list[Block]) -> Iterator[Block]:
    for block in blocks:
        match block["type"]:
            case "input":
                yield {name: value for name, value in block.items() if name != "hint"}
            case "actions":
                yield {**block, "elements": [_plain(element) for element in block["elements"]]}
            case _:
                yield block


def _plain(element: Block) -> Block:
    return {name: value for name, value in element.items() if name != "style"}
