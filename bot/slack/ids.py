"""The names under which our buttons, forms and messages are known to Slack, and the opaque values they carry."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from bot.helpdesk.handoffs.transition_table import TRANSITIONS
from bot.helpdesk.model.conversation import Rating
from bot.helpdesk.model.events import Button, Control
from bot.helpdesk.model.relay import DeliverySign

ANSWER_FEEDBACK = "answer_feedback"
"""Both thumbs share it; only the value tells them apart."""

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

ORIGINAL_VIEW = "handoff_original"
SIGNS: dict[DeliverySign, str] = {
    DeliverySign.INTERNAL: "lock",
    DeliverySign.SENT: "incoming_envelope",
    DeliverySign.NOT_SENT: "warning",
}
"""The reactions that tell agents what became of their message."""
SHOW_IDS = "show_ids"
"""The shortcut on a message."""

HOME = "home"
HOME_RULE = "home_rule"
HOME_PRIORITY = "home_priority"
EVERYTHING = "*"
"""The choice of a menu that narrows nothing."""

DELIVERY_EVENT = "uppzy_desk_delivery"
"""The metadata event type of everything we post; its payload carries the delivery id and nothing else."""

SMALL_DELIVERY_EVENT = "uppzy_desk"
"""The same where Slack finds that too large; its payload has the delivery id as `id`."""

_DELIVERY_BLOCK = "delivery:"

_NAMESPACE = uuid.UUID("8f2d3f1e-5a1c-5c57-9a3b-6f0f3f5f2c11")


def thumb_value(rating: Rating, answer_id: str) -> str:
    """What a thumb carries."""
    return f"{rating.value}:{answer_id}"


def read_thumb(value: str) -> tuple[Rating, str] | None:
    """Returns the verdict and the answer's id, or None for a value that is not ours."""
    rating, _, answer_id = value.partition(":")
    return (Rating(rating), answer_id) if rating in set(Rating) and answer_id else None


def choice_block(subject: str, revision: int) -> str:
    """The id of the block in which a person is chosen: such an element carries no value. Fresh with every revision."""
    return ":".join(("choice", str(revision), subject))


def read_choice_block(block_id: str) -> str:
    """The subject of the choice."""
    return block_id.split(":", 2)[2]


def filter_text(rule: str, priority: str) -> str:
    """What the home's queue is narrowed to, as the view carries it until it is opened again."""
    return json.dumps({"rule": rule, "priority": priority})


def read_filter(text: str) -> tuple[str, str]:
    """Rule and priority; nothing where the view is none of ours. It decides only what is shown of what may be seen."""
    try:
        kept: Any = json.loads(text or "{}")
    except ValueError:
        return "", ""
    return (str(kept.get("rule") or ""), str(kept.get("priority") or "")) if isinstance(kept, dict) else ("", "")


def delivery_block(key: str) -> str:
    """The id of a block that says under which key its message was posted."""
    return f"{_DELIVERY_BLOCK}{key}"


def read_delivery_block(block_id: str) -> str | None:
    """The key, or None where the block does not say it."""
    return block_id.removeprefix(_DELIVERY_BLOCK) if block_id.startswith(_DELIVERY_BLOCK) else None


def permalink(workspace_url: str, channel: str, ts: str) -> str:
    """The address of a message, as Slack makes it (docs.slack.dev/reference/methods/chat.getPermalink)."""
    return f"{workspace_url}archives/{channel}/p{ts.replace('.', '')}"


def client_msg_id(delivery_id: str) -> str:
    """The same for every attempt at one delivery. A second fence only: Slack does not promise what it does with it."""
    return str(uuid.uuid5(_NAMESPACE, delivery_id))
