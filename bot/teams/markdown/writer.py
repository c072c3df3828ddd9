"""Writes Markdown in the subset that Teams shows in the text of a message: without headings, tables and rules.

Source: learn.microsoft.com/microsoftteams/platform/bots/how-to/format-your-bot-messages. A line break needs two blanks
before it: Teams joins lines otherwise.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence

from markdown_it.token import Token

from bot.chat_markdown.links import honest_label, safe_target
from bot.chat_markdown.parser import BlockNode
from bot.chat_markdown.splitting import shortened, split
from bot.chat_markdown.writer import Writer, table_lines
from bot.helpdesk.text import legible

LONGEST_TEXT = 12_000
"""Characters in the text of one activity. Teams takes an activity of about 40,000 with everything in it."""

_PASSES = 4
_SPECIAL = re.compile(r"[\\`*_~\[$]")
# A sign only where it would begin a tag or an entity: cards do not decode entities on every device.
_ENTITIES = {"<": "&lt;", "&": "&amp;"}
_BEGINS_ENTITY = re.compile(r"<|&(?=#?\w+;)")
_QUOTE_START = re.compile(r"^( {0,3})>", re.MULTILINE)
# Characters that would begin a block at the beginning of a line.
_BLOCK_START = re.compile(r"^(?P<lead> {0,3})(?=[-+](?:\s|$)|#{1,6}(?:\s|$)|=+\s*$|-{2,}\s*$|\|)", re.MULTILINE)
_NUMBERED = re.compile(r"^( {0,3}\d{1,9})(?=[.)](?:\s|$))", re.MULTILINE)
_ADDRESS = re.compile(r"https?://[^\s<>\"|\\^`{}\[\]()]+[^\s<>\"|\\^`{}\[\]().,:;!?'*_~]", re.IGNORECASE)
_HARD_BREAK = "  \n"
_FENCED = re.compile(r"^[ \t]*```(?!\s*```)\n?(?P<code>(?:(?!```).)+?)\n?```[ \t]*$", re.DOTALL | re.MULTILINE)
_FORMATTED = re.compile(
    r"`(?P<code>[^`\n]+)`|\[(?P<label>[^\[\]\n]+)\]\((?P<target>[a-z][a-z0-9+.-]*:[^\s()]+)\)", re.I
)
# A written label that is the number of a citation, and written brackets in any other.
_CITED = re.compile(r"\\\[\\?\^?\d{1,4}\\\]")
_BRACKETS = {"\\[": "(", "\\]": ")", "]": ")", "[": "("}
_BRACKET = re.compile(r"\\?[\[\]]")
# A Braille cell without dots counts as a letter in Unicode but is invisible.
_BLANK = "\u2800 "
# The parts of an answer are needed when it is recorded, again when it is posted, and when agents get it.
_MOST_ANSWERS_REMEMBERED = 32


def escape_markdown(text: str) -> str:
    """Returns a text that Teams shows character by character, on as many lines: nothing in it formats or mentions."""
    return _at_line_starts(_HARD_BREAK.join(map(_escape, legible(text).split("\n"))))


def words_of_person(text: str, *, formatted: bool = False) -> str:
    """Returns a text that somebody wrote, with links where it has addresses of the web, and fenced code.

    The rest is shown character by character; of agents (`formatted`), named links and code in a line are shown as such.
    """
    text, done, written = legible(text), 0, []
    write = _formatted_lines if formatted else _linked_lines
    for match in _FENCED.finditer(text):
        written += [write(text[done : match.start()].strip("\n")), f"```\n{match['code']}\n```"]
        done = match.end()
    written.append(write(text[done:].strip("\n")))
    return "\n\n".join(filter(str.strip, written))


def _linked_lines(text: str) -> str:
    return _at_line_starts(_HARD_BREAK.join(map(_with_links, text.split("\n"))))


def _formatted_lines(text: str) -> str:
    done, written = 0, ""
    for match in _FORMATTED.finditer(text):
        written += _with_links(text[done : match.start()])
        written += f"`{match['code']}`" if match["code"] else _named_link(match["label"], match["target"])
        done = match.end()
    whole = written + _with_links(text[done:])
    return _at_line_starts(_HARD_BREAK.join(whole.split("\n")))


def _named_link(label: str, address: str) -> str:
    target = safe_target(address)
    if target is None:
        return _escape(f"[{label}]({address})")
    return f"[{_escape(label + honest_label(label, target))}]({target})"


def quoted(written: str) -> str:
    """Returns written Markdown as a quotation."""
    return "\n".join(f"> {line}" if line.strip() else ">" for line in written.split("\n"))


def _escape(text: str) -> str:
    plain = _SPECIAL.sub(lambda match: f"\\{match[0]}", text)
    return _BEGINS_ENTITY.sub(lambda match: _ENTITIES[match[0]], plain)


def _with_links(text: str) -> str:
    done, written = 0, ""
    for match in _ADDRESS.finditer(text):
        written += f"{_escape(text[done : match.start()])}[{_escape(match[0])}]({match[0]})"
        done = match.end()
    return written + _escape(text[done:])


def _at_line_starts(written: str) -> str:
    """Escapes what would begin a list, a heading, a quotation or a line at the beginning of a line."""
    plain = _BLOCK_START.sub(lambda match: f"{match['lead']}\\", written)
    return _QUOTE_START.sub(r"\1&gt;", _NUMBERED.sub(r"\1\\", plain))


def teams_markdown(markdown: str) -> str:
    """Rewrites untrusted Markdown so that Teams shows it as it is meant, and reads no mention and no HTML in it.

    A second pass changes nothing.
    """
    for _ in range(_PASSES):
        written = _TeamsMarkdown().write(markdown)
        if written == markdown:
            break
        markdown = written
    return markdown


@functools.lru_cache(maxsize=_MOST_ANSWERS_REMEMBERED)
def split_answer(answer: str) -> tuple[str, ...]:
    """Returns an answer in parts that each fit into one message, made safe; none if no text in it is visible."""
    written = teams_markdown(answer)
    return split(written, LONGEST_TEXT) if plain_text(written).strip(_BLANK) else ()


class _TeamsMarkdown(Writer):
    """Writes Markdown as close to the source as Teams shows."""

    _in_label = False

    def _link(self, opening: Token, tokens: Sequence[Token]) -> str:
        return self._labelled(lambda: super(_TeamsMarkdown, self)._link(opening, tokens))

    def _image(self, token: Token) -> str:
        return self._labelled(lambda: super(_TeamsMarkdown, self)._image(token))

    def _labelled(self, write: Callable[[], str]) -> str:
        self._in_label = True
        try:
            return write()
        finally:
            self._in_label = False

    def text(self, content: str) -> str:
        # A link cannot hold another one.
        return _escape(content) if self._in_label else _with_links(content)

    def special(self, token: Token) -> str:
        if token.content == "&":
            # What follows may make an entity of it.
            return "&amp;"
        return "\\]" if token.content == "]" and self._in_label else _escape(token.content)

    def emphasis(self, token: Token) -> str:
        return {"em": "*", "strong": "**", "s": "~~"}[token.type.partition("_")[0]]

    def code(self, content: str) -> str:
        longest = max(map(len, re.findall("`+", content)), default=0)
        fence = "`" * (longest + 1)
        is_padded = content.startswith(" ") and content.endswith(" ") and content.strip()
        padding = " " if "`" in content or is_padded else ""
        return f"{fence}{padding}{content}{padding}{fence}"

    def words(self, tokens: Sequence[Token]) -> str:
        return _at_line_starts(super().words(tokens))

    def link(self, label: str, target: str) -> str:
        if not _CITED.fullmatch(label):
            # Any brackets but those of a number would end the label, or begin a formula.
            label = _BRACKET.sub(lambda match: _BRACKETS[match[0]], label)
        return f"[{' '.join(label.split())}]({target})"

    def line_break(self, *, hard: bool) -> str:
        return _HARD_BREAK

    def heading(self, level: int, tokens: Sequence[Token]) -> str:
        words = " ".join(self.words(_without_strong(tokens)).split())
        return f"**{words}**" if words else ""

    def code_block(self, content: str, token: Token) -> str:
        longest = max(map(len, re.findall("`+", content)), default=0)
        fence = "`" * max(longest + 1, 3)
        return f"{fence}\n{content}\n{fence}"

    def quote(self, written: str) -> str:
        return quoted(written)

    def item(self, written: str, number: int | None, markup: str) -> str:
        mark = "- " if number is None else f"{number}. "
        first, *rest = written.split("\n")
        return "\n".join([mark + first, *(" " * len(mark) + line if line else line for line in rest)])

    def table(self, rows: Sequence[BlockNode]) -> str:
        """Writes a table as a list: each row with the names of its columns, its first cell in bold."""
        head, *body = ([_one_line(self.words(_without_strong(cell.inline))) for cell in row.children] for row in rows)
        if not body:
            return " · ".join(filter(None, head))
        return "\n".join(f"- {self._row(head, row)}" for row in body)

    def _row(self, head: Sequence[str], row: Sequence[str]) -> str:
        cells = [f"{name}: {cell}" if name else cell for name, cell in zip(head, row, strict=False) if cell]
        return " · ".join([f"**{cells[0]}**", *cells[1:]]) if cells else "–"

    def rule(self) -> str:
        return "———"


def _one_line(words: str) -> str:
    return " ".join(words.split())


def _without_strong(tokens: Sequence[Token]) -> list[Token]:
    return [token for token in tokens if not token.type.startswith("strong_")]


# Sentences of the desk.


def render_sentence(markdown: str, inserted: Mapping[str, str]) -> str:
    """Renders a sentence of the desk, with written text in place of each placeholder in `inserted`."""
    return _Sentence(inserted).write(markdown)


class _Sentence(_TeamsMarkdown):
    """Writes a sentence with its placeholders. An escaped placeholder is text."""

    def __init__(self, inserted: Mapping[str, str]) -> None:
        self._inserted = inserted
        self._placeholder = re.compile("|".join(map(re.escape, inserted)) or r"(?!)")

    def text(self, content: str) -> str:
        done, written = 0, ""
        for match in self._placeholder.finditer(content):
            written += _with_links(content[done : match.start()]) + self._inserted[match[0]]
            done = match.end()
        return written + _with_links(content[done:])


# Plain text.


class _PlainText(Writer):
    """Writes plain text, with marks for lists, quotes and code blocks."""

    def text(self, content: str) -> str:
        return content

    def special(self, token: Token) -> str:
        return token.content

    def emphasis(self, token: Token) -> str:
        return ""

    def code(self, content: str) -> str:
        return content

    def link(self, label: str, target: str) -> str:
        return label if label.strip() == target else f"{label} ({target.removeprefix('mailto:')})"

    def line_break(self, *, hard: bool) -> str:
        return "\n"

    def heading(self, level: int, tokens: Sequence[Token]) -> str:
        return self.words(tokens)

    def code_block(self, content: str, token: Token) -> str:
        return content

    def quote(self, written: str) -> str:
        return quoted(written)

    def item(self, written: str, number: int | None, markup: str) -> str:
        return f"{'•' if number is None else f'{number}.'} {written}"

    def table(self, rows: Sequence[BlockNode]) -> str:
        lines = (line for row in rows for line in table_lines([self.words(cell.inline) for cell in row.children]))
        return "\n".join(" | ".join(line) for line in lines)

    def rule(self) -> str:
        return "———"


def plain_text(markdown: str) -> str:
    """Returns untrusted Markdown as plain text, for places that show no formatting."""
    return _PlainText().write(markdown)


def plain_excerpt(markdown: str, limit: int = 200) -> str:
    """Returns the beginning of untrusted Markdown as plain text on one line."""
    return shortened(" ".join(plain_text(markdown).split()), limit)


def excerpt(words: str, limit: int = 200) -> str:
    """Returns the beginning of a text that somebody wrote, on one line."""
    return shortened(" ".join(legible(words).split()), limit)
