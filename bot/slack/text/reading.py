"""Markdown, read into a tree of blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

_DEEPEST = 60


@dataclass(frozen=True, slots=True)
class Block:
    """One block: a paragraph, list, item, quote, fence, table, row, cell, ... and the blocks in it."""

    token: Token
    children: list[Block] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """`paragraph`, `list_item`, `fence` and so on, in the words of markdown-it."""
        return self.token.type.removesuffix("_open")

    @property
    def inline(self) -> Sequence[Token]:
        """The words of a paragraph, heading or cell, with their formatting."""
        return [token for child in self.children for token in child.token.children or ()]


def _reader() -> MarkdownIt:
    """CommonMark with tables and strikethrough, without HTML.

    Every link target is let through as it is, because the writers judge targets themselves: what markdown-it refuses
    it would leave in the text for Slack to read.
    """
    reader = MarkdownIt("commonmark", {"html": False, "maxNesting": _DEEPEST}).enable(["table", "strikethrough"])
    reader.core.ruler.disable("text_join")  # keeps escapes and entities apart from words
    reader.validateLink = lambda url: True  # type: ignore[method-assign]
    reader.normalizeLink = lambda url: url  # type: ignore[method-assign]
    return reader


_READER = _reader()


def tokens(markdown: str) -> list[Token]:
    """The flat list of block tokens, each with the lines it covers."""
    return _READER.parse(markdown)


def read(markdown: str) -> list[Block]:
    """The blocks of a text, in order."""
    top: list[Block] = []
    open_blocks: list[list[Block]] = [top]
    for token in tokens(markdown):
        if token.nesting == -1:
            open_blocks.pop()
            continue
        block = Block(token)
        open_blocks[-1].append(block)
        if token.nesting == 1:
            open_blocks.append(block.children)
    return top
