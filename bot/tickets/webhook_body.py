"""Reads the ids of the ticket and of the delivery from the body of a verified webhook."""

from __future__ import annotations

import json

from bot.errors import BadRequestError
from bot.helpdesk.model.ticket_system import WebhookNotice
from bot.tickets.json_node import JsonNode

JsonPath = tuple[str | int, ...]


def read_notice(body: bytes, *, ticket: JsonPath, delivery: JsonPath | str) -> WebhookNotice:
    """Reads a notice. `ticket` and `delivery` are paths in the body; a `delivery` that is a string is the id itself.

    A notice that is about no ticket has an empty id. Raises BadRequestError for a body that is not JSON.
    """
    node = parsed(body)
    delivery_id = delivery if isinstance(delivery, str) else node.text(*delivery)
    return WebhookNotice(ticket_id=node.optional(*ticket) or "", delivery=delivery_id)


def parsed(body: bytes) -> JsonNode:
    """Parses the body of a webhook. Raises BadRequestError for a body that is not JSON."""
    try:
        return JsonNode(json.loads(body), lambda why: BadRequestError(f"The notice {why}", code="unusable"))
    except (ValueError, RecursionError) as cause:
        raise BadRequestError("The notice is not JSON", code="unusable") from cause
