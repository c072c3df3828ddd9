"""The body of a webhook that has been verified: which ticket it is about, and which delivery it is."""

from __future__ import annotations

import json

from bot.errors import BadRequestError
from bot.helpdesk.model.webhook import WebhookNotice
from bot.tickets.json_node import JsonNode

Path = tuple[str | int, ...]


def notice(body: bytes, *, ticket: Path, delivery: Path | str) -> WebhookNotice:
    """`ticket` and `delivery` lead to the ids in the body; a `delivery` that is no path is the id itself.

    A notice that is about no ticket has an empty id. Raises BadRequestError for a body that is not JSON.
    """
    read = opened(body)
    known = delivery if isinstance(delivery, str) else read.text(*delivery)
    return WebhookNotice(ticket_id=read.optional(*ticket) or "", delivery=known)


def opened(body: bytes) -> JsonNode:
    """The body of a notice. Raises BadRequestError for what is not JSON."""
    try:
        return JsonNode(json.loads(body), lambda why: BadRequestError(f"The notice {why}", code="unusable"))
    except (ValueError, RecursionError) as cause:
        raise BadRequestError("The notice is not JSON", code="unusable") from cause
