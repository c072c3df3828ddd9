"""Walks through Markdown; each chat surface says how an element is written there."""

from __future__ import annotations

import abc
import re
from collections.abc import Sequence
from itertools import count, repeat, zip_longest

from markdown_it.token import Token

from bot.chat_markdown.links import honest_label, safe_target, unlinked_address
from bot.chat_markdown.parser import BlockNode, parse
from bot.helpdesk.text import legible

_TASK = re.compile(r"^\\?\[([ xX])\\?\] ")


class Writer(abc.ABC):
    """Walks through a Markdown text; subclasses say how each element is written.

    They get links with a safe target and an honest label only; any other link has become text before.
    """

    def write(self, markdown: str) -> str:
        """Renders a whole text."""
        return self._blocks(parse(legible(markdown)))

    def _blocks(self, blocks: Sequence[BlockNode], *, tight: bool = False) -> str:
        written = [self._block(block) for block in blocks]
        return ("\n" if tight else "\n\n").join(block for block in written if block.strip())

    def _block(self, block: BlockNode) -> str:
        match block.kind:
            case "heading":
                return self.heading(int(block.token.tag[1:]), block.inline)
            case "fence" | "code_block":
                return self.code_block(block.token.content.removesuffix("\n"), block.token)
            case "blockquote":
                return self.quote(self._blocks(block.children))
            case "bullet_list" | "ordered_list":
                return self._list(block)
            case "table":
                return self.table([row for part in block.children for row in part.children])
            case "hr":
                return self.rule()
        return self.words(block.inline)

    def _list(self, block: BlockNode) -> str:
        paragraphs = [child for item in block.children for child in item.children if child.kind == "paragraph"]
        tight = all(paragraph.token.hidden for paragraph in paragraphs)
        numbers = count(int(block.token.attrs.get("start", 1))) if block.kind == "ordered_list" else repeat(None)
        items = [
            self.item(_TASK.sub(_box, self._blocks(item.children, tight=tight)), number, block.token.markup)
            for item, number in zip(block.children, numbers, strict=False)
        ]
        return ("\n" if tight else "\n\n").join(items)

    def words(self, tokens: Sequence[Token]) -> str:
        """Renders a run of inline tokens."""
        written: list[str] = []
        waiting = list(reversed(tokens))
        while waiting:
            token = waiting.pop()
            if token.type == "link_open":
                inside: list[Token] = []
                while waiting and (inner := waiting.pop()).type != "link_close":
                    inside.append(inner)
                written.append(self._link(token, inside))
            else:
                written.append(self._word(token))
        return "".join(written)

    def _word(self, token: Token) -> str:
        match token.type:
            case "code_inline":
                return self.code(token.content)
            case "text_special":
                # An entity may stand for a character that hides text or reverses its direction.
                return self.special(token) if legible(token.content) else ""
            case "softbreak" | "hardbreak":
                return self.line_break(hard=token.type == "hardbreak")
            case "image":
                return self._image(token)
            case "em_open" | "em_close" | "strong_open" | "strong_close" | "s_open" | "s_close":
                return self.emphasis(token)
        return self.text(token.content)

    def _link(self, opening: Token, tokens: Sequence[Token]) -> str:
        address = str(opening.attrs.get("href", ""))
        if opening.info == "auto" and "|" in address:  # <address|label>, as Slack writes links
            address, _, label = address.partition("|")
            tokens = [Token("text", "", 0, content=label)]
        elif opening.info == "auto":
            tokens = [Token("text", "", 0, content=token.content.removeprefix("tel:")) for token in tokens]
        label = self.words([token for token in tokens if token.type != "image"] + _alternatives(tokens))
        return self._linked(label, visible_text(tokens), address)

    def _image(self, token: Token) -> str:
        alternative = visible_text(token.children or ())
        address = str(token.attrs.get("src", ""))
        return self._linked(self.text(alternative), alternative, address)

    def _linked(self, label: str, seen: str, address: str) -> str:
        target = safe_target(address)
        if target is None:
            return label if address in seen else label + self.text(unlinked_address(address))
        if not seen.strip():
            return self.link(self.text(target), target)
        if seen == address and "@" not in address:  # The path of an address may look like another host.
            return self.link(label, target)
        return self.link(label + self.text(honest_label(seen, target)), target)

    @abc.abstractmethod
    def text(self, content: str) -> str:
        """Writes text."""

    @abc.abstractmethod
    def special(self, token: Token) -> str:
        """Writes an escaped character or an entity: `content` is its meaning, `markup` its source."""

    @abc.abstractmethod
    def emphasis(self, token: Token) -> str:
        """Writes the beginning or the end of bold, italic or struck text."""

    @abc.abstractmethod
    def code(self, content: str) -> str:
        """Writes inline code."""

    @abc.abstractmethod
    def link(self, label: str, target: str) -> str:
        """Writes a link; `label` is rendered already."""

    @abc.abstractmethod
    def line_break(self, *, hard: bool) -> str:
        """Writes a line break inside a paragraph."""

    @abc.abstractmethod
    def heading(self, level: int, tokens: Sequence[Token]) -> str:
        """Writes a heading."""

    @abc.abstractmethod
    def code_block(self, content: str, token: Token) -> str:
        """Writes a code block."""

    @abc.abstractmethod
    def quote(self, written: str) -> str:
        """Writes a quotation."""

    @abc.abstractmethod
    def item(self, written: str, number: int | None, markup: str) -> str:
        """Writes an item of a list; `number` is None in a bulleted one."""

    @abc.abstractmethod
    def table(self, rows: Sequence[BlockNode]) -> str:
        """Writes a table; the first row is its head."""

    @abc.abstractmethod
    def rule(self) -> str:
        """Writes a line between blocks."""


def table_lines(cells: Sequence[str]) -> list[list[str]]:
    """Splits a row into lines; a cell with fewer lines than another is empty in the rest."""
    lines = [[line.strip() for line in cell.split("\n")] for cell in cells]
    return [list(line) for line in zip_longest(*lines, fillvalue="")]


def _box(task: re.Match[str]) -> str:
    return "☐ " if task[1] == " " else "☑ "


def visible_text(tokens: Sequence[Token]) -> str:
    """Returns the visible text, without formatting."""
    return "".join(
        visible_text(token.children) if token.children else " " if token.type.endswith("break") else token.content
        for token in tokens
    )


def _alternatives(tokens: Sequence[Token]) -> list[Token]:
    """Turns images in a link into their alternative text: a link cannot hold another one."""
    return [
        Token("text", "", 0, content=visible_text(token.children or ())) for token in tokens if token.type == "image"
    ]
