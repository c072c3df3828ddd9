"""Renders Markdown for Slack: made safe for a `markdown` block, as mrkdwn, and as plain text."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence

from markdown_it.token import Token

from bot.chat_markdown.parser import BlockNode
from bot.chat_markdown.splitting import shortened
from bot.chat_markdown.writer import Writer, table_lines
from bot.helpdesk.text import legible
from bot.slack.markdown.slack_markup import escape_mrkdwn, escape_tokens, unescape_tokens
from bot.slack.markdown.splitting import escaped_size, mrkdwn_pieces

_PASSES = 4
# Characters that would start a block at the beginning of a line. Indentation keeps them text.
_BLOCK_START = re.compile(
    r"\n(?=[-+*](?:\s|$)|#{1,6}(?:\s|$)|`{3}|~{3}|=+\s*$|-+\s*$|(?:[*_-][ \t]*){3,}$|1[.)](?:\s|$)|\|)", re.MULTILINE
)


def neutralise(markdown: str) -> str:
    """Rewrites untrusted Markdown so that Slack reads nothing but Markdown from it.

    Slack finds no mention and no channel in it, links have a safe target and an honest label, images are links. `<` and
    `>` are escaped everywhere, in code too; `&` is not, because Slack does not decode it in link targets. A second pass
    changes nothing visible. Source: https://docs.slack.dev/reference/block-kit/blocks/markdown-block
    and the measurements in https://github.com/PostHog/posthog/pull/95054.
    """
    for _ in range(_PASSES):  # escaping can turn text into a link
        written = _SafeMarkdown().write(markdown)
        if written == markdown:
            break
        markdown = written
    return markdown


class _SafeMarkdown(Writer):
    """Writes Markdown as close to the source as is safe."""

    def text(self, content: str) -> str:
        # Text that is not a link in CommonMark, such as one with a space in its target, must not become one in a more
        # lenient parser.
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

    def table(self, rows: Sequence[BlockNode]) -> str:
        head, *body = [self._row(row, is_head=number == 0) for number, row in enumerate(rows)]
        rules = (_RULES.get(str(cell.token.attrs.get("style")), "---") for cell in rows[0].children)
        return "\n".join([head, f"| {' | '.join(rules)} |", *body])

    def _row(self, row: BlockNode, *, is_head: bool) -> str:
        """Writes a row. A cell of several lines continues in the rows below, but not in a head."""
        cells = [re.sub(r"(?<!\\)\|", r"\\|", self.words(cell.inline)) for cell in row.children]
        lines = [[" ".join(cell.split()) for cell in cells]] if is_head else table_lines(cells)
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)

    def rule(self) -> str:
        return "---"


_RULES = {"text-align:left": ":--", "text-align:center": ":-:", "text-align:right": "--:"}


def _fence(character: str, content: str, *, shortest: int) -> str:
    """Returns a fence longer than any run of its character in the content, so that none of them ends the code."""
    longest = max(map(len, re.findall(f"{character}+", content)), default=0)
    return character * max(longest + 1, shortest)


def _is_padded(content: str) -> bool:
    return content.startswith(" ") and content.endswith(" ") and bool(content.strip())


def _indented(written: str, width: int) -> str:
    first, *rest = written.split("\n")
    return "\n".join([first, *(" " * width + line if line else line for line in rest)])


# mrkdwn.

_MARKS = {"em": "_", "strong": "*", "s": "~"}
_ZERO_WIDTH_SPACE = "\u200b"
_CODE_FENCE = "```"


def mrkdwn_parts(markdown: str, limit: int = 3000) -> tuple[str, ...]:
    """Renders untrusted Markdown as escaped mrkdwn, in parts of at most `limit` characters.

    A section block takes 3,000. Source: https://docs.slack.dev/messaging/formatting-message-text
    """
    return mrkdwn_pieces(_Mrkdwn().write(markdown), limit)


class _Mrkdwn(Writer):
    """Writes mrkdwn, which has no headings, tables and rules: they become bold text, bars and dashes."""

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
        inert = content.replace(_CODE_FENCE, _ZERO_WIDTH_SPACE.join(_CODE_FENCE))
        return f"{_CODE_FENCE}\n{escape_mrkdwn(inert)}\n{_CODE_FENCE}"

    def quote(self, written: str) -> str:
        return "\n".join(f"> {line}".rstrip() for line in written.split("\n"))

    def item(self, written: str, number: int | None, markup: str) -> str:
        first, *rest = written.split("\n")
        mark = "•" if number is None else f"{number}."
        return "\n".join([f"{mark} {first}".rstrip(), *(f"    {line}" if line else line for line in rest)])

    def table(self, rows: Sequence[BlockNode]) -> str:
        lines = (line for row in rows for line in table_lines([self.words(cell.inline) for cell in row.children]))
        return "\n".join(" | ".join(line) for line in lines)

    def rule(self) -> str:
        return "———"


SOMEONE = "someone"
"""The English word for an unknown person."""


@functools.lru_cache(maxsize=64)  # The text and the blocks of a message show the same sentence.
def render_sentence(
    markdown: str,
    *,
    person: str | None = None,
    on_call: str | None = None,
    place: str | None = None,
    someone: str = SOMEONE,
) -> str:
    """Renders a sentence of the desk as escaped mrkdwn.

    The placeholders of a person and of a group become mentions, that of an unknown person `someone`; `place` is the
    link in place of `{place}`, as mrkdwn.
    """
    mentions = {"{person}": f"<@{person}>" if person else someone, "{on_call}": f"<!subteam^{on_call}>"}
    if place is not None:
        mentions["{place}"] = place
    return _Sentence(mentions).write(markdown)


class _Sentence(_Mrkdwn):
    """Writes mrkdwn with mentions. An escaped placeholder is text."""

    def __init__(self, mentions: Mapping[str, str]) -> None:
        self._mentions = mentions

    def text(self, content: str) -> str:
        written = escape_mrkdwn(content)
        for placeholder, mention in self._mentions.items():
            written = written.replace(placeholder, mention)
        return written

    def link(self, label: str, target: str) -> str:
        # Slack links a bare address by itself.
        return super().link(label, target) if label != escape_mrkdwn(target) else label


# Plain text.

_LABELLED = re.compile(r"\[([^\[\]\n]+)\]\((?:https?://|mailto:)[^\s()]+\)")


def plain_excerpt(markdown: str, limit: int = 600) -> str:
    """Returns the beginning of untrusted Markdown as plain text on one line.

    It is escaped for the `text` of a message and has at most `limit` characters. `chat.update` takes about 4,000 bytes
    there; 600 characters of any script are fewer.
    """
    return escape_mrkdwn(shortened(" ".join(_PlainText().write(markdown).split()), limit, cost=escaped_size))


def excerpt(words: str, limit: int = 600) -> str:
    """Returns the beginning of a text that somebody wrote, escaped, and without the addresses of labelled links."""
    return escape_mrkdwn(shortened(_LABELLED.sub(r"\1", legible(words).strip()), limit, cost=escaped_size))


class _PlainText(Writer):
    """Writes plain text from the output of `neutralise`."""

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

    def table(self, rows: Sequence[BlockNode]) -> str:
        return "\n".join(", ".join(self.words(cell.inline) for cell in row.children) for row in rows)

    def rule(self) -> str:
        return ""
