"""Markdown, read into a tree of blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.slack.markdown.dialects import add_rules

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
    add_rules(reader)
    return reader


_READER = _reader()


def tokens(markdown: str) -> list[Token]:
    """The flat list of block tokens, each with the lines it covers."""
    return _READER.parse(markdown)


def read(markdown: str) -> list[Block]:
    """The blocks of a text, in order. Sources that it names but does not refer to stand at its end."""
    env: dict[str, Any] = {}
    found = _READER.parse(markdown, env)
    return _tree([*found, *_READER.parse("\n".join(_unused_sources(found, env)))])


def _unused_sources(found: Iterable[Token], env: Mapping[str, Any]) -> Iterator[str]:
    """Each as a link, by its number where it has one."""
    used = {token.attrs.get("href") or token.attrs.get("src") for token in _all(found)}
    for label, source in env.get("references", {}).items():
        if source["href"] not in used:
            name = f"\\[{label}\\]" if label.isdigit() else source["title"].replace("]", "") or source["href"]
            yield f"- [{name}](<{source['href']}>)"


def _all(found: Iterable[Token]) -> Iterator[Token]:
    for token in found:
        yield token
        yield from _all(token.children or ())


def _tree(found: Iterable[Token]) -> list[Block]:
    top: list[Block] = []
    open_blocks: list[list[Block]] = [top]
    for token in found:
        if token.nesting == -1:
            open_blocks.pop()
            continue
        block = Block(token)
        open_blocks[-1].append(block)
        if token.nesting == 1:
            open_blocks.append(block.children)
    return top
