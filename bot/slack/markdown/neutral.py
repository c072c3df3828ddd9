"""Untrusted Markdown made safe for Slack's `markdown` block."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it.token import Token

from bot.slack.markdown.escape import escape_tokens
from bot.slack.markdown.reading import Block
from bot.slack.markdown.writer import Writer, table_lines

_PASSES = 4
# What would start a block at the beginning of a line. Such words can only stand there after indentation.
_BLOCK_START = re.compile(
    r"\n(?=[-+*](?:\s|$)|#{1,6}(?:\s|$)|`{3}|~{3}|=+\s*$|-+\s*$|(?:[*_-][ \t]*){3,}$|1[.)](?:\s|$)|\|)", re.MULTILINE
)


def neutralise(markdown: str) -> str:
    """Write an untrusted Markdown text again so that Slack reads nothing but Markdown from it.

    No mention or channel is read from it, links lead to the web or to mail only and say where, images are links.
    `<` and `>` are escaped everywhere, in code too; `&` is not, since Slack does not decode it in link targets.
    Doing it twice changes nothing that is seen. Source: https://docs.slack.dev/reference/block-kit/blocks/markdown-block
    and the measurements in https://github.com/PostHog/posthog/pull/95054.
    """
    for _ in range(_PASSES):  # escaping can turn words into a link that was none before
        written = _Markdown().write(markdown)
        if written == markdown:
            break
        markdown = written
    return markdown


class _Markdown(Writer):
    """Writes Markdown as near to the source as it is safe."""

    def text(self, content: str) -> str:
        # What is no link by CommonMark, for a space in its target say, must be none for a more lenient reader.
        return escape_tokens(content).replace("](", "] (")

    def special(self, token: Token) -> str:
        if token.content in "<>":
            return escape_tokens(token.content)
        readable = token.info == "entity" and (token.content.isalnum() or not token.content.isascii())
        return token.content if readable else escape_tokens(token.markup)

    def emphasis(self, token: Token) -> str:
        return token.markup

    def code(self, content: str) -> str:
        fence = _fence("`", content, shortest=1)
        padding = " " if "`" in content or _is_padded(content) else ""
        return f"{fence}{padding}{escape_tokens(content)}{padding}{fence}"

    def link(self, label: str, target: str) -> str:
        return f"[{' '.join(label.splitlines())}]({target})"

    def line_break(self, *, hard: bool) -> str:
        return "  \n" if hard else "\n"

    def words(self, tokens: Sequence[Token]) -> str:
        return _BLOCK_START.sub(" ", super().words(tokens))

    def heading(self, level: int, tokens: Sequence[Token]) -> str:
        return f"{'#' * level} {' '.join(self.words(tokens).split())}"

    def code_block(self, content: str, token: Token) -> str:
        fence = _fence("`", content, shortest=3)
        language = escape_tokens(token.info.replace("`", "").strip())
        return f"{fence}{language}\n{escape_tokens(content)}\n{fence}"

    def quote(self, written: str) -> str:
        return "\n".join(f"> {line}".rstrip() for line in written.split("\n"))

    def item(self, written: str, number: int | None, markup: str) -> str:
        mark = f"{markup} " if number is None else f"{number}{markup} "
        return mark + _indented(written, len(mark))

    def table(self, rows: Sequence[Block]) -> str:
        head, *body = [self._row(row, is_head=number == 0) for number, row in enumerate(rows)]
        rules = (_RULES.get(str(cell.token.attrs.get("style")), "---") for cell in rows[0].children)
        return "\n".join([head, f"| {' | '.join(rules)} |", *body])

    def _row(self, row: Block, *, is_head: bool) -> str:
        """A cell of several lines is continued in rows below, which a head cannot have."""
        cells = [re.sub(r"(?<!\\)\|", r"\\|", self.words(cell.inline)) for cell in row.children]
        lines = [[" ".join(cell.split()) for cell in cells]] if is_head else table_lines(cells)
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)

    def rule(self) -> str:
        return "---"


_RULES = {"text-align:left": ":--", "text-align:center": ":-:", "text-align:right": "--:"}


def _fence(character: str, content: str, *, shortest: int) -> str:
    """A run that is longer than all of its kind in the content, so that nothing in there ends the code."""
    longest = max(map(len, re.findall(f"{character}+", content)), default=0)
    return character * max(longest + 1, shortest)


def _is_padded(content: str) -> bool:
    return content.startswith(" ") and content.endswith(" ") and bool(content.strip())


def _indented(written: str, width: int) -> str:
    first, *rest = written.split("\n")
    return "\n".join([first, *(" " * width + line if line else line for line in rest)])
