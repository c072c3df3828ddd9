"""Markdown as Slack's mrkdwn, for the sections of the handoff card."""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it.token import Token

from bot.slack.markdown.cutting import mrkdwn_pieces
from bot.slack.markdown.escape import escape_mrkdwn
from bot.slack.markdown.reading import Block
from bot.slack.markdown.writer import Writer, table_lines

_MARKS = {"em": "_", "strong": "*", "s": "~"}
_ZERO_WIDTH_SPACE = "\u200b"
_FENCE = "```"


def mrkdwn_parts(markdown: str, limit: int = 3000) -> tuple[str, ...]:
    """The whole of an untrusted Markdown text as escaped mrkdwn, in parts of at most `limit` characters.

    3,000 is what a section takes. Source: https://docs.slack.dev/messaging/formatting-message-text
    """
    return mrkdwn_pieces(_Mrkdwn().write(markdown), limit)


class _Mrkdwn(Writer):
    """Writes mrkdwn. What it has no markup for (headings, tables, rules) is written with what there is."""

    def text(self, content: str) -> str:
        return escape_mrkdwn(content)

    def special(self, token: Token) -> str:
        return escape_mrkdwn(token.content)

    def emphasis(self, token: Token) -> str:
        return _MARKS[token.type.partition("_")[0]]

    def code(self, content: str) -> str:
        return f"`{escape_mrkdwn(content.replace('`', 'ˋ'))}`"

    def link(self, label: str, target: str) -> str:
        address = escape_mrkdwn(target)
        words = " ".join(label.split())
        return f"<{address}>" if words == address else f"<{address}|{words}>"

    def line_break(self, *, hard: bool) -> str:
        return "\n"

    def heading(self, level: int, tokens: Sequence[Token]) -> str:
        words = self.words([token for token in tokens if not token.type.startswith("strong_")])
        return f"*{' '.join(words.split())}*" if words.strip() else ""

    def code_block(self, content: str, token: Token) -> str:
        inert = content.replace(_FENCE, _ZERO_WIDTH_SPACE.join(_FENCE))
        return f"{_FENCE}\n{escape_mrkdwn(inert)}\n{_FENCE}"

    def quote(self, written: str) -> str:
        return "\n".join(f"> {line}".rstrip() for line in written.split("\n"))

    def item(self, written: str, number: int | None, markup: str) -> str:
        first, *rest = written.split("\n")
        mark = "•" if number is None else f"{number}."
        return "\n".join([f"{mark} {first}".rstrip(), *(f"    {line}" if line else line for line in rest)])

    def table(self, rows: Sequence[Block]) -> str:
        lines = (line for row in rows for line in table_lines([self.words(cell.inline) for cell in row.children]))
        return "\n".join(" | ".join(line) for line in lines)

    def rule(self) -> str:
        return "———"
