"""Text of people and of the assistant, written so that a ticket system shows it as it is and does nothing with it.

docs/tickets.md says what each system makes of which field. Nothing is taken out and nothing invisible is put in: what
was written can be read, and a path or a command be copied.
"""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Callable

from bot.helpdesk.plain_text import legible
from bot.helpdesk.truncation import clipped

_NO_FORMAT = "{noformat}"
# With an end to how far is looked, so that a text of nothing but brackets costs no time.
_GAP = r"[\W_]{0,200}"
_CODE_TAG = re.compile(rf"\[(?={_GAP}c{_GAP}o{_GAP}d{_GAP}e)|(?<=@)\[", re.IGNORECASE)
_ENDS_BLOCK = re.compile(rf"\{{(?={_GAP}noformat)", re.IGNORECASE)

_WIDE = 120
"""Jira does not wrap the lines of such a block, so longer ones are wrapped between words."""

# What a spreadsheet takes for a formula, where people export a list of tickets.
_FORMULA = re.compile(r"=|[+\-@](?=.*[(|!])")


def one_line(text: str, most: int) -> str:
    """A title or a name: one line without control characters, and no formula in a table of tickets."""
    line = " ".join(legible(text).split())
    return clipped(f"'{line}" if _FORMULA.match(line) else line, most)


def as_html(text: str) -> str:
    """Text as HTML."""
    return html.escape(text).replace("\r\n", "\n").replace("\n", "<br>")


def without_placeholders(text: str) -> str:
    """Text without `{{...}}` and `{%...%}`, which Liquid replaces: a space parts the two characters."""
    return re.sub(r"\{(?=[{%])", "{ ", text)


def without_code_tags(text: str) -> str:
    """Text without ServiceNow's `[code]`, whose content is HTML, and `@[...]`, which mentions somebody.

    Spelt in any way that could be taken for one: the bracket becomes a wide one. It does not matter where the tag ends,
    which may be in another entry.
    """
    return _CODE_TAG.sub("［", text)


def in_code_spans(text: str) -> str:
    """Text as GitHub's Markdown, each line a code span: lines wrap, and nothing in a span means anything."""
    return "\n".join(map(_code_span, re.split(r"\r\n|\r|\n", text)))


def _code_span(line: str) -> str:
    """Between more backticks than stand anywhere in the line; one space at either end is not shown."""
    if not line.strip():
        return ""
    runs = {len(run) for run in re.findall("`+", line)}
    fence = "`" * next(length for length in range(1, len(runs) + 2) if length not in runs)
    padded = line[0] in "` " or line[-1] in "` "
    return f"{fence} {line} {fence}" if padded else f"{fence}{line}{fence}"


def unformatted(text: str) -> str:
    """Text for `preformatted`, in which nothing ends the block: a space parts what would."""
    wrapped = "\n".join(map(_wrapped, re.split(r"\r\n|\r|\n", text)))
    return _ENDS_BLOCK.sub("{ ", wrapped)


def _wrapped(line: str) -> str:
    if len(line) <= _WIDE:
        return line
    parts = textwrap.wrap(
        line, _WIDE, expand_tabs=False, replace_whitespace=False, break_long_words=False, break_on_hyphens=False
    )
    return "\n".join(parts)


def preformatted(text: str, end: str, most: int) -> str:
    """Text and its end as a block of Jira's wiki markup in which nothing is markup; `most` is for all of it."""
    start, stop = f"{_NO_FORMAT}\n", f"\n{_NO_FORMAT}"
    room = most - len(start) - len(end) - len(stop)
    return f"{start}{clipped(unformatted(text), room)}{end}{stop}"


def fitting(text: str, most: int, write: Callable[[str], str]) -> str:
    """What `write` makes of as much of the text as gives at most so many characters."""
    written, room = write(text), 2 * len(text)
    while len(written) > most and room > 1:
        room = min(room - 1, room * most // len(written))
        written = write(clipped(text, room))
    return written
