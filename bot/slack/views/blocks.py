"""The Block Kit elements that every view is built from (docs.slack.dev/reference/block-kit)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.helpdesk.messages import Message, Translator, labels
from bot.helpdesk.model.conversation import Source
from bot.helpdesk.text import legible
from bot.slack.markdown import escape_mrkdwn, honest_label, mrkdwn_pieces, neutralise, safe_target, shortened, split

Block = dict[str, Any]
Link = Callable[[str, str], str]
"""Returns the address of a message, given its channel and ts."""

LONGEST_SECTION = 3000
MOST_ENTRIES = 5
"""Entries of an overflow menu."""

_LONGEST_FIELD = 2000
_LONGEST_OPTION = 75


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePayload:
    """The content of `chat.postMessage`: `text` for notifications and screen readers, `blocks` for everybody else.

    `translator` says in the reader's language that something has no room; None in English.
    """

    text: str
    blocks: list[Block] = field(default_factory=list)
    translator: Translator | None = field(default=None, compare=False, repr=False)


def section(text: str) -> Block:
    """Builds a section of escaped mrkdwn, at most 3,000 characters; `sections` takes longer texts."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": _cut(text, LONGEST_SECTION) or " "}}


def sections(text: str) -> list[Block]:
    """Builds as many sections as a text of escaped mrkdwn needs."""
    return [section(piece) for piece in mrkdwn_pieces(text, LONGEST_SECTION)] or [section(" ")]


def markdown(text: str) -> list[Block]:
    """Builds blocks of untrusted Markdown, made safe. One message takes 12,000 characters of it."""
    return [{"type": "markdown", "text": part} for part in split(neutralise(text))]


def fields(*texts: str) -> Block:
    """Builds a section of up to ten texts in two columns, 2,000 characters each."""
    return {"type": "section", "fields": [{"type": "mrkdwn", "text": _cut(text, _LONGEST_FIELD)} for text in texts]}


def context(*texts: str) -> Block:
    """Builds a line of small print."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": _cut(text, LONGEST_SECTION)} for text in texts]}


def _cut(text: str, limit: int) -> str:
    """Cuts escaped mrkdwn to a limit, with an ellipsis if something is left out.

    It may hold ids and names of other systems that were not checked before.
    """
    text = legible(text)
    if len(text) <= limit:
        return text
    (first, *_) = mrkdwn_pieces(text, limit - 1) or ("",)
    return f"{first}…"


def header(text: str) -> Block:
    """Builds a heading in plain text, at most 150 characters."""
    return {"type": "header", "text": {"type": "plain_text", "text": shortened(legible(text), 150)}}


def sources_line(t: Translator, sources: Sequence[Source]) -> list[Block]:
    """Builds the line of an answer's sources, with links where they have addresses of the web."""
    return [context(f"{t(labels.SOURCES)}{t(labels.COLON)} {' · '.join(map(_linked, sources))}")] if sources else []


def _linked(source: Source) -> str:
    title = escape_mrkdwn(source.title)
    address = safe_target(source.url or "")
    if not address or not address.lower().startswith(("http://", "https://")):
        return title
    return f"<{escape_mrkdwn(address)}|{title}>{escape_mrkdwn(honest_label(source.title, address))}"


MOMENT_FORMAT = "{date_short_pretty}, {time}"
"""The format of a time to the minute."""


def moment(at: float, *, seconds: bool = False) -> str:
    """Writes a time as mrkdwn that Slack shows in each reader's time zone, to the minute or to the second.

    See docs.slack.dev/messaging/formatting-message-text#date-formatting.
    """
    shown = "{date_short_pretty} {time_secs}" if seconds else MOMENT_FORMAT
    return f"<!date^{int(at)}^{shown}|{utc_moment(at, seconds=seconds)}>"


def utc_moment(at: float, *, seconds: bool = False) -> str:
    """Writes a time in UTC, for where Slack does not show it in the reader's time zone."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC" if seconds else "%Y-%m-%d %H:%M UTC")


def modal(
    t: Translator,
    callback_id: str,
    metadata: str,
    title: Message,
    *blocks: Block,
    submit: Message = labels.SEND,
) -> Block:
    """Builds a form, with the label of the button that submits it.

    It returns `metadata`, at most 3,000 characters; titles have up to 24.
    """
    return {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": metadata,
        "title": {"type": "plain_text", "text": t(title)},
        "submit": {"type": "plain_text", "text": t(submit)},
        "close": {"type": "plain_text", "text": t(labels.CANCEL)},
        "blocks": list(blocks),
    }


def reading_view(t: Translator, callback_id: str, title: Message, blocks: list[Block]) -> Block:
    """Builds a modal that can only be closed."""
    return {
        "type": "modal",
        "callback_id": callback_id,
        "title": {"type": "plain_text", "text": t(title)},
        "close": {"type": "plain_text", "text": t(labels.CLOSE)},
        "blocks": blocks,
    }


def entry(block_id: str, label: str, hint: str, element: Block, *, optional: bool = False) -> Block:
    """Builds a field of a form. Slack itself refuses a form with an empty field that is not optional."""
    return {
        "type": "input",
        "block_id": block_id,
        "optional": optional,
        "label": {"type": "plain_text", "text": label},
        "hint": {"type": "plain_text", "text": hint},
        "element": element,
    }


def text_input(action_id: str) -> Block:
    """Builds an input of up to 2,000 characters."""
    return {"type": "plain_text_input", "action_id": action_id, "multiline": True, "max_length": 2000}


def option(text: str, value: str) -> Block:
    """Builds an option of a menu or of radio buttons; its text has at most 75 characters."""
    return {"text": {"type": "plain_text", "text": text[:_LONGEST_OPTION]}, "value": value}


def actions(*elements: Block) -> Block:
    """Builds a row of buttons."""
    return {"type": "actions", "elements": list(elements)}


def overflow(action_id: str, *entries: Block) -> Block:
    """Builds a menu behind three dots, of one to five options (docs.slack.dev/reference/block-kit/block-elements)."""
    return {"type": "overflow", "action_id": action_id, "options": list(entries)}


def button(text: str, action_id: str, value: str, *, style: str | None = None) -> Block:
    """Builds a button. `style` is "primary", "danger" or none."""
    shape: Block = {
        "type": "button",
        "text": {"type": "plain_text", "text": text},
        "action_id": action_id,
        "value": value,
    }
    return shape if style is None else {**shape, "style": style}
