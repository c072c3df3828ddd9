"""The elements of Adaptive Cards that every card is built from (adaptivecards.io/explorer, version 1.5).

Teams shows up to six buttons; secondary ones stand in a menu. A card has at most 80 KB.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.chat_markdown.splitting import shortened
from bot.helpdesk.messages import Translator, anyone
from bot.helpdesk.model.events import Control
from bot.helpdesk.text import legible
from bot.teams import actions
from bot.teams.markdown import plain_text, render_sentence, teams_markdown
from bot.teams.views.people import Mention

Json = dict[str, Any]

VERSION = "1.5"

LARGEST_CARD = 80_000
"""Bytes of an activity in UTF-16, as Teams counts."""

# What stands around a card in its activity.
_AROUND = 2_000
_MOST_LINES = 60
_ADDRESS = re.compile(r"https?://[^\s<>\"]+[^\s<>\"().,:;!?'*_~\[\]{}]", re.IGNORECASE)
_LONGEST_ADDRESS = 2_000
# Cards replace these by a time.
_TIME = re.compile(r"\{\{(?=(?:DATE|TIME)\()")
_PARAGRAPHS = re.compile(r" {2}\n|\n\n+")
_FENCED = re.compile(r"^(`{3,}\n.*?\n`{3,})$", re.DOTALL | re.MULTILINE)


def adaptive_card(
    body: Sequence[Json], buttons: Sequence[Json] = (), *, mentions: Sequence[Mention] = (), wide: bool = False
) -> Json:
    """Builds a card."""
    teams: Json = {}
    if mentions:
        teams["entities"] = [mention.entity for mention in mentions]
    if wide:
        teams["width"] = "Full"
    return {
        "type": "AdaptiveCard",
        "version": VERSION,
        "body": list(body),
        **({"actions": list(buttons)} if buttons else {}),
        **({"msteams": teams} if teams else {}),
    }


def size_of(card: Json) -> int:
    """Returns the bytes of a card in UTF-16."""
    return len(json.dumps(card, ensure_ascii=False).encode("utf-16-le", "surrogatepass"))


def fits(card: Json) -> bool:
    """Returns whether Teams takes a card."""
    return size_of(card) <= LARGEST_CARD - _AROUND


# Texts.


def title(words: str) -> Json:
    """Builds the title of a card, character by character."""
    return _literal_line(words, size="Large", weight="Bolder")


def heading(words: str) -> Json:
    """Builds a heading inside of a card."""
    return {**_literal_line(words, weight="Bolder"), "spacing": "Medium"}


def text_block(markdown: str, **look: Any) -> Json:
    """Builds a paragraph of written Markdown, of which cards show bold text, lists and links."""
    return {"type": "TextBlock", "text": markdown, "wrap": True, **look}


def small_print(markdown: str) -> Json:
    """Builds a line of written Markdown in small print."""
    return text_block(markdown, size="Small", isSubtle=True, spacing="Small")


def sentence_blocks(markdown: str, inserted: Mapping[str, str]) -> list[Json]:
    """Builds the paragraphs of a sentence of the desk. Cards join lines, so each has a paragraph of its own."""
    lines = _paragraphs(render_sentence(markdown, inserted))
    return [text_block(line, **({"spacing": "Small"} if number else {})) for number, line in enumerate(lines)]


def quotation(words: str) -> Json:
    """Builds a box with somebody's words, character by character, with links where they have addresses of the web."""
    return boxed(literal_lines(words))


def boxed(items: Sequence[Json]) -> Json:
    """Builds a box around elements."""
    return {"type": "Container", "style": "emphasis", "spacing": "Small", "items": list(items)}


def markdown_blocks(markdown: str) -> list[Json]:
    """Builds the paragraphs of untrusted Markdown, with its code in a typewriter's letters."""
    blocks: list[Json] = []
    for number, part in enumerate(_FENCED.split(teams_markdown(markdown))):
        if number % 2:
            code = part.split("\n", 1)[1].rsplit("\n", 1)[0]
            blocks += [{**block, "spacing": "None"} for block in literal_lines(code, fontType="Monospace")]
        else:
            blocks += [text_block(paragraph, spacing="Small") for paragraph in _paragraphs(part)]
    return blocks[:_MOST_LINES] or [_literal_line(" ")]


def _paragraphs(written: str) -> list[str]:
    return [paragraph for paragraph in _PARAGRAPHS.split(written) if paragraph.strip()]


def literal_lines(words: str, **look: str) -> list[Json]:
    """Builds a paragraph for each line of a text; a very long text has its last lines in one."""
    lines = legible(words).split("\n")
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 1], " ".join(lines[_MOST_LINES - 1 :])]
    shown = [line for line in lines if line.strip()] or [" "]
    blocks = [_literal_line(line, **look) for line in shown]
    return [blocks[0], *({**block, "spacing": "None"} for block in blocks[1:])]


def _literal_line(words: str, **look: str) -> Json:
    """Builds a paragraph in which nothing formats, mentions or fills in a time."""
    runs: list[Json] = []
    done = 0
    for match in _ADDRESS.finditer(words):
        if len(match[0]) <= _LONGEST_ADDRESS:
            runs += [_run(words[done : match.start()], look), _linked_run(match[0], look)]
            done = match.end()
    runs.append(_run(words[done:] or ("" if runs else " "), look))
    return {"type": "RichTextBlock", "inlines": [run for run in runs if run["text"]]}


def _run(words: str, look: Mapping[str, str]) -> Json:
    return {"type": "TextRun", "text": _TIME.sub("{ {", words), **look}


def _linked_run(address: str, look: Mapping[str, str]) -> Json:
    return {**_run(address, look), "selectAction": {"type": "Action.OpenUrl", "url": address}}


def fact(name: str, value: str) -> Json:
    """Builds a row of a `FactSet` with a written value."""
    return {"title": name, "value": value}


def fact_set(rows: Iterable[Json]) -> Json:
    """Builds rows of names and values."""
    return {"type": "FactSet", "facts": list(rows)}


def moment(at: float) -> str:
    """Writes a time that cards show in each reader's time zone."""
    stamp = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{{{{DATE({stamp},SHORT)}}}} {{{{TIME({stamp})}}}}"


def utc_moment(at: float) -> str:
    """Writes a time in UTC, for texts outside of cards."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def cut_text(t: Translator, text: str, most: int) -> str:
    """Returns as much of a text as fits, with a note of how much is left out."""
    if len(text) <= most:
        return text
    shown = shortened(text, most)
    note = plain_text(t.sentence(anyone.no_room(len(text) - len(shown) + 1)))
    return f"{shown}\n{note}"


# Buttons.


def press(
    label: str, control: Control, subject: str, key: str = "", *, primary: bool = False, menu: bool = False, **data: Any
) -> Json:
    """Builds a button. One in the `menu` stands behind three dots."""
    return verb_button(
        label, actions.VERBS[control], {actions.SUBJECT: subject, **data}, key, primary=primary, menu=menu
    )


def verb_button(label: str, verb: str, data: Json, key: str = "", *, primary: bool = False, menu: bool = False) -> Json:
    """Builds a button with a verb of its own."""
    return {
        "type": "Action.Execute",
        "title": label,
        "verb": verb,
        "data": {**data, **({actions.KEY: key} if key else {})},
        **_look(primary=primary, menu=menu),
    }


def form_button(label: str, body: Sequence[Json], submit: Json | None, *, menu: bool = False) -> Json:
    """Builds a button that opens a form inside the card, or a longer text (`submit` None)."""
    card: Json = {"type": "AdaptiveCard", "version": VERSION, "body": list(body)}
    if submit is not None:
        card["actions"] = [submit]
    return {"type": "Action.ShowCard", "title": label, "card": card, **_look(menu=menu)}


def _look(*, primary: bool = False, menu: bool = False) -> Json:
    return {**({"style": "positive"} if primary else {}), **({"mode": "secondary"} if menu else {})}


def action_set(buttons: Sequence[Json]) -> Json:
    """Builds a row of buttons in the middle of a card."""
    return {"type": "ActionSet", "actions": list(buttons)}


# Fields of forms.


def text_input(id: str, label: str, *, value: str = "", lines: bool = True, error: str = "", most: int = 0) -> Json:
    """Builds a field for text. `error` is what Teams says of an empty one; without it the field may be empty."""
    return {
        "type": "Input.Text",
        "id": id,
        "label": label,
        "isMultiline": lines,
        **({"value": value} if value else {}),
        **({"maxLength": most} if most else {}),
        **({"isRequired": True, "errorMessage": error} if error else {}),
    }


def choice_input(id: str, label: str, choices: Sequence[tuple[str, str]], *, value: str = "", **more: Any) -> Json:
    """Builds a menu of names, each with its value."""
    return {
        "type": "Input.ChoiceSet",
        "id": id,
        "label": label,
        "style": "compact",
        "choices": [{"title": name, "value": chosen} for name, chosen in choices],
        **({"value": value} if value else {}),
        **more,
    }


def toggle_input(id: str, label: str) -> Json:
    """Builds a box to check."""
    return {"type": "Input.Toggle", "id": id, "title": label, "valueOn": actions.CHECKED, "valueOff": "false"}


def hint(words: str) -> Json:
    """Builds the small print below a field."""
    return {**_literal_line(words, size="Small"), "spacing": "None"}
