"""The beginning of a text as plain words, for notifications and screen readers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it.token import Token

from bot.helpdesk.plain_text import legible
from bot.slack.markdown.cutting import escaped_size, shortened
from bot.slack.markdown.escape import escape_mrkdwn, unescape_tokens
from bot.slack.markdown.reading import Block
from bot.slack.markdown.writer import Writer

_LABELLED = re.compile(r"\[([^\[\]\n]+)\]\((?:https?://|mailto:)[^\s()]+\)")


def plain(markdown: str, limit: int = 600) -> str:
    """The first words of an untrusted Markdown text, without any formatting and on one line.

    At most `limit` characters, escaped for the `text` of a message. `chat.update` takes some 4,000 bytes there, which
    600 characters of any script stay under.
    """
    return escape_mrkdwn(shortened(" ".join(_Words().write(markdown).split()), limit, cost=escaped_size))


def excerpt(words: str, limit: int = 600) -> str:
    """The first words that somebody wrote, as they are, but for the addresses behind names. Escaped, within limits."""
    return escape_mrkdwn(shortened(_LABELLED.sub(r"\1", legible(words).strip()), limit, cost=escaped_size))


class _Words(Writer):
    """Writes the words alone, of a text that `neutralise` has written."""

    def text(self, content: str) -> str:
        return content

    def special(self, token: Token) -> str:
        return token.content

    def emphasis(self, token: Token) -> str:
        return ""

    def code(self, content: str) -> str:
        return unescape_tokens(content)

    def link(self, label: str, target: str) -> str:
        return label

    def line_break(self, *, hard: bool) -> str:
        return " "

    def heading(self, level: int, tokens: Sequence[Token]) -> str:
        return self.words(tokens)

    def code_block(self, content: str, token: Token) -> str:
        return unescape_tokens(content)

    def quote(self, written: str) -> str:
        return written

    def item(self, written: str, number: int | None, markup: str) -> str:
        return written if number is None else f"{number}. {written}"

    def table(self, rows: Sequence[Block]) -> str:
        return "\n".join(", ".join(self.words(cell.inline) for cell in row.children) for row in rows)

    def rule(self) -> str:
        return ""
