"""Names of the desk's buttons, forms and messages in Slack, and the opaque values they carry."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from bot.helpdesk.handoffs.transition_table import TRANSITIONS
from bot.helpdesk.model.conversation import Rating
from bot.helpdesk.model.events import Button, Control
from bot.helpdesk.model.relay import DeliveryReceipt

ANSWER_FEEDBACK = "answer_feedback"
"""Shared by both thumbs; only the value differs."""

_OTHER_ACTIONS: Mapping[Control, str] = {
    Rating.GOOD: "handoff_helpful",
    Rating.BAD: "handoff_not_helpful",
    Button.PERSON: "talk_to_person",
    Button.WHY: "why_not_helpful",
    Button.CLAIM_AND_SEND: "relay_claim_and_send",
    Button.SEND: "relay_send",
    Button.KEEP_INTERNAL: "relay_keep_internal",
}
_PRESSABLE = (*(transition for transition, row in TRANSITIONS.items() if row.label), *Button, *Rating)

ACTION_OF: Mapping[Control, str] = {
    control: _OTHER_ACTIONS.get(control, f"handoff_{control.value}") for control in _PRESSABLE
}
"""The action id of everything that can be pressed."""

ACTIONS: Mapping[str, Control] = {action: control for control, action in ACTION_OF.items()}

REASON_FORM = "answer_reason"
REASON_BLOCK = "reason"
REASON_INPUT = "reason_text"

RESOLUTION_FORM = "handoff_resolution"
RESOLUTION_BLOCK = "resolution"
RESOLUTION_INPUT = "resolution_text"
OUTCOME_BLOCK = "outcome"
OUTCOME_INPUT = "outcome_choice"
REFERENCE_BLOCK = "reference"
REFERENCE_INPUT = "reference_tick"

WORDS_BLOCKS: Mapping[str, str] = {REASON_FORM: REASON_BLOCK, RESOLUTION_FORM: RESOLUTION_BLOCK}
"""The block of each form that holds the words."""

ORIGINAL_VIEW = "handoff_original"
RECEIPTS: dict[DeliveryReceipt, str] = {
    DeliveryReceipt.INTERNAL: "lock",
    DeliveryReceipt.SENT: "incoming_envelope",
    DeliveryReceipt.NOT_SENT: "warning",
}
"""Reactions that show agents the delivery of their message."""
SHOW_IDS = "show_ids"
"""The shortcut on a message."""

HOME = "home"
HOME_RULE = "home_rule"
HOME_PRIORITY = "home_priority"
EVERYTHING = "*"
"""The option of a filter menu that matches everything."""

DELIVERY_EVENT = "uppzy_desk_delivery"
"""The metadata event type of every post; its payload holds only the delivery id."""

SMALL_DELIVERY_EVENT = "uppzy_desk"
"""A shorter one for posts whose metadata Slack refuses; its payload has the delivery id as `id`."""

_DELIVERY_BLOCK = "delivery:"

_NAMESPACE = uuid.UUID("8f2d3f1e-5a1c-5c57-9a3b-6f0f3f5f2c11")


def thumb_value(rating: Rating, answer_id: str) -> str:
    """Encodes the value of a thumb."""
    return f"{rating.value}:{answer_id}"


def read_thumb(value: str) -> tuple[Rating, str] | None:
    """Returns the verdict and the answer's id, or None for a value that is not ours."""
    rating, _, answer_id = value.partition(":")
    return (Rating(rating), answer_id) if rating in set(Rating) and answer_id else None


def choice_block(subject: str, revision: int) -> str:
    """Encodes the id of the block with a menu of people, which has no value. It changes with every revision."""
    return ":".join(("choice", str(revision), subject))


def read_choice_block(block_id: str) -> str:
    """Decodes the subject of the menu."""
    return block_id.split(":", 2)[2]


def filter_text(rule: str, priority: str) -> str:
    """Encodes the filter of the Home tab's queue for the metadata of its view."""
    return json.dumps({"rule": rule, "priority": priority})


def read_filter(text: str) -> tuple[str, str]:
    """Decodes rule and priority, both empty for another app's view. The filter grants no access."""
    try:
        kept: Any = json.loads(text or "{}")
    except ValueError:
        return "", ""
    return (str(kept.get("rule") or ""), str(kept.get("priority") or "")) if isinstance(kept, dict) else ("", "")


def delivery_block(key: str) -> str:
    """Encodes the key of a post as the id of a block."""
    return f"{_DELIVERY_BLOCK}{key}"


def read_delivery_block(block_id: str) -> str | None:
    """Decodes the key of a post; None for any other block id."""
    return block_id.removeprefix(_DELIVERY_BLOCK) if block_id.startswith(_DELIVERY_BLOCK) else None


def permalink(workspace_url: str, channel: str, ts: str) -> str:
    """Builds the address of a message (docs.slack.dev/reference/methods/chat.getPermalink)."""
    return f"{workspace_url}archives/{channel}/p{ts.replace('.', '')}"


def client_msg_id(delivery_id: str) -> str:
    """Returns the same id for every attempt at a delivery. Its effect is undocumented, so nothing relies on it."""
    return str(uuid.uuid5(_NAMESPACE, delivery_id))
