"""The few Block Kit shapes that every view is made of (docs.slack.dev/reference/block-kit)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.helpdesk.plain_text import legible
from bot.slack.markdown import mrkdwn_pieces, neutralise, shortened, split

Block = dict[str, Any]

LONGEST_SECTION = 3000
_LONGEST_FIELD = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What `chat.postMessage` takes: `text` for notifications and screen readers, `blocks` for everybody else."""

    text: str
    blocks: list[Block] = field(default_factory=list)


def section(text: str) -> Block:
    """A section of escaped mrkdwn, at most 3,000 characters. What may be longer goes into `sections`."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": _cut(text, LONGEST_SECTION) or " "}}


def sections(text: str) -> list[Block]:
    """As many sections as a text of escaped mrkdwn needs."""
    return [section(piece) for piece in mrkdwn_pieces(text, LONGEST_SECTION)] or [section(" ")]


def markdown(text: str) -> list[Block]:
    """An untrusted Markdown text made safe, in as many blocks as it needs. One message takes 12,000 characters."""
    return [{"type": "markdown", "text": part} for part in split(neutralise(text))]


def fields(*texts: str) -> Block:
    """Up to ten short texts in two columns, 2,000 characters each."""
    return {"type": "section", "fields": [{"type": "mrkdwn", "text": _cut(text, _LONGEST_FIELD)} for text in texts]}


def context(*texts: str) -> Block:
    """Small print."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": _cut(text, LONGEST_SECTION)} for text in texts]}


def _cut(text: str, limit: int) -> str:
    """Escaped mrkdwn within a limit, with an ellipsis where something is left out.

    Ids and names of other systems stand in it, which were not looked at when they came in.
    """
    text = legible(text)
    if len(text) <= limit:
        return text
    (first, *_) = mrkdwn_pieces(text, limit - 1) or ("",)
    return f"{first}…"


def header(text: str) -> Block:
    """A heading in plain text, at most 150 characters."""
    return {"type": "header", "text": {"type": "plain_text", "text": shortened(legible(text), 150)}}


def moment(at: float) -> str:
    """A time that Slack shows as the reader's clock has it, to the minute (mrkdwn)."""
    fallback = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"<!date^{int(at)}^{{date_short_pretty}}, {{time}}|{fallback}>"


def modal(callback_id: str, metadata: str, title: str, *blocks: Block) -> Block:
    """A form with a *Send* button; `metadata`, at most 3,000 characters, comes back with it. Titles have up to 24."""
    return {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": metadata,
        "title": {"type": "plain_text", "text": title},
        "submit": {"type": "plain_text", "text": "Send"},
        "close": {"type": "plain_text", "text": "Cancel"},
        "blocks": list(blocks),
    }


def entry(block_id: str, label: str, hint: str, element: Block, *, optional: bool = False) -> Block:
    """One field of a form. Slack itself lets nobody leave one empty that is not optional."""
    return {
        "type": "input",
        "block_id": block_id,
        "optional": optional,
        "label": {"type": "plain_text", "text": label},
        "hint": {"type": "plain_text", "text": hint},
        "element": element,
    }


def words(action_id: str) -> Block:
    """A place for up to 2,000 characters."""
    return {"type": "plain_text_input", "action_id": action_id, "multiline": True, "max_length": 2000}


def option(text: str, value: str) -> Block:
    """Something to be chosen."""
    return {"text": {"type": "plain_text", "text": text}, "value": value}


def actions(*elements: Block) -> Block:
    """A row of buttons."""
    return {"type": "actions", "elements": list(elements)}


def people_menu(placeholder: str, action_id: str) -> Block:
    """A menu of everybody in the workspace. It carries no value; the id of its block must say what is chosen for."""
    return {
        "type": "users_select",
        "placeholder": {"type": "plain_text", "text": placeholder},
        "action_id": action_id,
    }


def button(text: str, action_id: str, value: str, *, style: str | None = None) -> Block:
    """One button. `style` is "primary", "danger" or none."""
    shape: Block = {
        "type": "button",
        "text": {"type": "plain_text", "text": text},
        "action_id": action_id,
        "value": value,
    }
    return shape if style is None else {**shape, "style": style}
