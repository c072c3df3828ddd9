"""The HTTP endpoint for webhooks of the ticket system. Unsigned requests are refused."""

from __future__ import annotations

import enum
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.errors import BadRequestError, ForgedError
from bot.helpdesk.model.ticket_system import NoticeResult, WebhookNotice, WebhookRequest
from bot.helpdesk.ports import Clock, SendsWebhooks, Tickets

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
        return WebhookRequest(
            method=request.method,
            url=str(request.url),
            headers={name.lower(): _readable(value) for name, value in request.headers.items()},
            body=await request.read(),
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
