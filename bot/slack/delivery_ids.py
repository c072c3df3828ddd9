"""Delivery ids: the key that a posted message carries, by which it is found after an unknown outcome. Pure.

A key is kept in the message's metadata. Where Slack refuses that, it is the id of the first block, which histories
include, and in any case it determines the `client_msg_id`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.slack import ids
from bot.slack.message_forms import is_part_of
from bot.slack.views.blocks import MessagePayload


def metadata_choices(key: str) -> tuple[dict[str, Any], ...]:
    """Returns the metadata to try one after the other."""
    return (
        {"event_type": ids.DELIVERY_EVENT, "event_payload": {"delivery_id": key}},
        {"event_type": ids.SMALL_DELIVERY_EVENT, "event_payload": {"id": key}},
    )


def with_key(key: str, message: MessagePayload) -> MessagePayload:
    """Sets the key as the id of the first block."""
    if not message.blocks:
        return message
    first, *others = message.blocks
    return replace(message, blocks=[{**first, "block_id": ids.delivery_block(key)}, *others])


def key_of(message: Mapping[str, Any]) -> str | None:
    """Returns the key of a message of a history, None if it carries none."""
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    match metadata.get("event_type"):
        case ids.DELIVERY_EVENT:
            return payload.get("delivery_id")
        case ids.SMALL_DELIVERY_EVENT:
            return payload.get("id")
    first: dict[str, Any] = next(iter(message.get("blocks") or ()), {})
    return ids.read_delivery_block(str(first.get("block_id") or ""))


def matching_key(message: Mapping[str, Any], key: str) -> str | None:
    """Returns the key of a message if it is this one or that of a part of it."""
    found = key_of(message)
    if found is None:
        return key if message.get("client_msg_id") == ids.client_msg_id(key) else None
    return found if found == key or is_part_of(found, key) else None
