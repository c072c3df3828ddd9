"""Escapes text of people and of the assistant, so that a ticket system shows it as it is and interprets nothing.

docs/tickets.md says how each system renders which field. Nothing is removed and nothing invisible is added, so that a
path or a command can still be copied.
"""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Callable

from bot.helpdesk.text import legible, truncated

_NO_FORMAT = "{noformat}"
# Bounded, so that a text of nothing but brackets takes no quadratic time.
_GAP = r"[\W_]{0,200}"
_CODE_TAG = re.compile(rf"\[(?={_GAP}c{_GAP}o{_GAP}d{_GAP}e)|(?<=@)\[", re.IGNORECASE)
_ENDS_BLOCK = re.compile(rf"\{{(?={_GAP}noformat)", re.IGNORECASE)

_WIDE = 120
"""Characters. Jira does not wrap the lines of such a block, so longer ones are wrapped between words."""

# Exported lists of tickets are opened in spreadsheets, which take these beginnings for formulas.
_FORMULA = re.compile(r"=|[+\-@](?=.*[(|!])")


def one_line(text: str, most: int) -> str:
    """Returns a title or a name as one line without control characters, and as no formula for a spreadsheet."""
    line = " ".join(legible(text).split())
    return truncated(f"'{line}" if _FORMULA.match(line) else line, most)


def as_html(text: str) -> str:
    """Returns the text as HTML."""
    return html.escape(text).replace("\r\n", "\n").replace("\n", "<br>")


def without_placeholders(text: str) -> str:
    """Breaks up `{{...}}` and `{%...%}`, which Liquid replaces, with a space between the two characters."""
    return re.sub(r"\{(?=[{%])", "{ ", text)


def without_code_tags(text: str) -> str:
    """Breaks up ServiceNow's `[code]`, whose content is HTML, and `@[...]`, which mentions somebody.

    The bracket becomes a wide one in every spelling that could be taken for a tag, whether or not the tag ends: its end
    may be in another entry.
    """
    return _CODE_TAG.sub("［", text)


def in_code_spans(text: str) -> str:
    """Returns GitHub Markdown with each line a code span: lines wrap, and nothing in a span is markup."""
    return "\n".join(map(_code_span, re.split(r"\r\n|\r|\n", text)))


def _code_span(line: str) -> str:
    """Fences the line with a run of backticks that it does not contain; Markdown hides one space at either end."""
    if not line.strip():
        return ""
    runs = {len(run) for run in re.findall("`+", line)}
    fence = "`" * next(length for length in range(1, len(runs) + 2) if length not in runs)
    padded = line[0] in "` " or line[-1] in "` "
    return f"{fence} {line} {fence}" if padded else f"{fence}{line}{fence}"


def unformatted(text: str) -> str:
    """Returns text for `preformatted`, with a space in whatever would end the block."""
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
    """Returns text and end as a block of Jira's wiki markup without markup in it, of at most `most` characters."""
    start, stop = f"{_NO_FORMAT}\n", f"\n{_NO_FORMAT}"
    room = most - len(start) - len(end) - len(stop)
    return f"{start}{truncated(unformatted(text), room)}{end}{stop}"


def fitting(text: str, most: int, write: Callable[[str], str]) -> str:
    """Returns `write` of the text, truncated as far as needed for a result of at most `most` characters."""
    written, room = write(text), 2 * len(text)
    while len(written) > most and room > 1:
        room = min(room - 1, room * most // len(written))
        written = write(truncated(text, room))
    return written
