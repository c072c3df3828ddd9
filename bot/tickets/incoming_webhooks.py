"""Webhooks of the ticket system: their HTTP endpoint, and what the adapters use to verify and read them."""

from __future__ import annotations

import enum
import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from hashlib import sha256

from aiohttp import web
from pydantic import SecretStr

from bot.errors import BadRequestError, ForgedError
from bot.helpdesk.model.ticket_system import NoticeResult, WebhookNotice, WebhookRequest
from bot.helpdesk.ports import Clock, SendsWebhooks, Tickets
from bot.tickets.http_base import JsonNode

log = logging.getLogger(__name__)

Accept = Callable[[str, WebhookNotice], Awaitable[NoticeResult]]


class WebhookOutcome(enum.StrEnum):
    """The outcome of a notice, for the metrics. Of several in one request, the first in this order is answered."""

    ACCEPTED = "accepted"
    KNOWN = "known"
    UNKNOWN_TICKET = "unknown_ticket"
    FORGED = "forged"
    UNREADABLE = "unreadable"


class TicketWebhooks:
    """Handles `POST /webhooks/tickets/<system>` for the one ticket system there is.

    A notice is stored before it is acknowledged; if storing fails it raises, and the ticket system sends it again.
    """

    def __init__(
        self,
        *,
        system: str,
        tickets: Tickets,
        accept: Accept,
        clock: Clock,
        count: Callable[[WebhookOutcome], None],
    ) -> None:
        self._system = system
        self._tickets = tickets
        self._accept = accept
        self._clock = clock
        self._count = count

    async def handle(self, request: web.Request) -> web.Response:
        """Returns 401 for a bad signature, 404 where no signature could be verified, else the outcome."""
        if request.match_info["system"] != self._system or not isinstance(self._tickets, SendsWebhooks):
            return web.Response(status=404, text="No ticket system calls us here.")
        try:
            notice = self._tickets.read_webhook(await self._received(request))
        except ForgedError as error:
            return self._refused(401, WebhookOutcome.FORGED, error)
        except BadRequestError as error:
            return self._refused(400, WebhookOutcome.UNREADABLE, error)
        outcomes = [await self._accepted(one) for one in (notice, *notice.others)]
        return web.json_response({"status": next(one.value for one in WebhookOutcome if one in outcomes)})

    async def _accepted(self, notice: WebhookNotice) -> WebhookOutcome:
        outcome = WebhookOutcome(await self._accept(self._system, notice))
        self._count(outcome)
        return outcome

    async def _received(self, request: web.Request) -> WebhookRequest:
        """Raises BadRequestError for a body that cannot be decompressed."""
        try:
            body = await request.read()
        except web.RequestPayloadError as error:
            raise BadRequestError("The body cannot be decompressed.", system=self._system, code="unreadable") from error
        return WebhookRequest(
            method=request.method,
            url=str(request.url),
            headers={name.lower(): _readable(value) for name, value in request.headers.items()},
            body=body,
            at=self._clock(),
        )

    def _refused(self, status: int, outcome: WebhookOutcome, error: ForgedError | BadRequestError) -> web.Response:
        self._count(outcome)
        log.warning("webhook_refused", extra={"system": self._system, "outcome": outcome.value, "code": error.code})
        text = "This request is not signed by the ticket system." if status == 401 else "This request cannot be read."
        return web.Response(status=status, text=text)


def _readable(value: str) -> str:
    """Replaces lone surrogates, which aiohttp puts for bytes that are not UTF-8: they cannot be encoded."""
    return value.encode("utf-8", "replace").decode()


# What the adapters use.

MAX_AGE = 300.0
"""Seconds between signing and arrival, in either direction: clocks differ."""


def hmac_sha256(secret: SecretStr, *parts: bytes) -> bytes:
    """Returns the HMAC of the concatenated parts."""
    return hmac.new(secret.get_secret_value().encode(), b"".join(parts), sha256).digest()


def require_same(given: str, expected: str, *, system: str) -> None:
    """Compares in constant time. Raises ForgedError for a difference."""
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise ForgedError("The signature does not match.", system=system, code="signature")


def require_fresh(signed_at: float | None, now: float, *, system: str) -> None:
    """Compares Unix times. Raises ForgedError for a webhook that is too old or has no time."""
    if signed_at is None or not abs(now - signed_at) <= MAX_AGE:
        raise ForgedError("It was signed too long ago.", system=system, code="timestamp")


def unix_seconds(value: str) -> float | None:
    """Returns a header of whole seconds as a number, None for anything else."""
    return float(value) if value.isascii() and value.isdecimal() and len(value) < 12 else None


def require_secret(secret: SecretStr | None, *, system: str) -> SecretStr:
    """Returns the shared secret. Raises ForgedError where none is set: no signature can be checked then."""
    if secret is None:
        raise ForgedError("No webhook secret is set.", system=system, code="no_secret")
    return secret


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
