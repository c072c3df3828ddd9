"""A stand-in for a help desk that takes Standard Webhooks, answers them, and calls back when people change a ticket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from bot.errors import CredentialError, NotFoundError, TemporaryError
from bot.helpdesk.model.handoff import TicketStatus
from bot.helpdesk.model.ticket_system import WebhookRequest
from tests.tickets.standins.base import BadSetting, Comment, StandIn, TicketRecord

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
PATH = "/uppzy"


def signed_headers(body: str, at: float) -> dict[str, str]:
    """Returns the headers of a webhook, with an id by time and an additional wrong signature."""
    delivery = f"hook-{at}"
    signature = Webhook(SECRET).sign(delivery, datetime.fromtimestamp(at, UTC), body)
    return {
        "webhook-id": delivery,
        "webhook-timestamp": str(int(at)),
        "webhook-signature": f"v1,c29tZSBvdGhlciBrZXk= {signature}",
    }


@dataclass(frozen=True, slots=True)
class Held:
    """An answer that is held back."""

    made: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def let_through(self) -> None:
        self.made.set()
        await self.released.wait()


class StandInWebhook(StandIn):
    """Keeps tickets, and notes on people's contacts. Verifies with the library's own code, not with the adapter's."""

    system = "webhook"
    title = "Signed webhook"
    lags = False

    def __init__(self) -> None:
        super().__init__()
        self.contact_notes: list[tuple[str, str]] = []
        self._seen: set[str] = set()
        self._keys: dict[str, str] = {}
        self._held: dict[str, Held] = {}

    def variables(self) -> dict[str, str]:
        return {"WEBHOOK_URL": f"{self.url}{PATH}", "WEBHOOK_SECRET": SECRET}

    @property
    def bad_settings(self) -> Iterable[BadSetting]:
        other = "whsec_AAAAsBQIhrscChlQIMV+b5sSYspob7oD"
        yield BadSetting(variables={"WEBHOOK_SECRET": other}, error=CredentialError, names="WEBHOOK_SECRET")
        yield BadSetting(variables={"WEBHOOK_URL": f"{self.url}/other"}, error=NotFoundError, names="WEBHOOK_URL")
        yield BadSetting(variables={"WEBHOOK_URL": "http://127.0.0.1:9/"}, error=TemporaryError, names="WEBHOOK_URL")

    def signed(self, id: str, at: float) -> WebhookRequest:
        """Returns a webhook whose delivery id depends on the time."""
        return self.signed_body(json.dumps({"type": "ticket.changed", "data": {"id": id}}), at)

    def signed_body(self, body: str, at: float) -> WebhookRequest:
        """Returns the same with another body."""
        url = f"https://desk.test/webhooks/tickets/{self.system}"
        return WebhookRequest(method="POST", url=url, headers=signed_headers(body, at), body=body.encode(), at=at)

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_post(PATH, self._receive)
        return app

    async def _receive(self, request: web.Request) -> web.Response:
        try:
            message = Webhook(SECRET).verify(await request.read(), dict(request.headers))
        except WebhookVerificationError:
            return web.json_response({"error": "not signed by the desk"}, status=401)
        known = request.headers["webhook-id"] in self._seen
        self._seen.add(request.headers["webhook-id"])
        answer = self._do(message["type"], message["data"], known=known)
        held = self._held.pop(message["type"], None)
        if held is not None:
            await held.let_through()
        return answer

    def hold(self, kind: str) -> Held:
        """Holds back the answer to the next webhook of this type until it is released; the request has its effect."""
        return self._held.setdefault(kind, Held())

    def _do(self, kind: str, data: dict[str, Any], *, known: bool) -> web.Response:
        match kind:
            case "desk.check":
                return web.json_response({})
            case "ticket.create":
                return _named(self._with_key(data["key"]) or self._create(data))
            case "ticket.find":
                found = self._with_key(data["key"])
                return web.json_response({}, status=404) if found is None else _named(found)
            case "contact.note":
                if not known:
                    self.contact_notes.append((data["email"], data["text"]))
                return web.json_response({})
        ticket = self.tickets.get(data["id"])
        if ticket is None:
            return web.json_response({}, status=404)
        return web.json_response(self._do_with(kind, ticket, data, known=known))

    def _do_with(self, kind: str, ticket: TicketRecord, data: dict[str, Any], *, known: bool) -> dict[str, Any]:
        match kind:
            case "ticket.note" if not known:
                note = self.add_comment(ticket, data["text"], public=data["public"], author="Uppzy Desk", ours=True)
                self._keys[note.id] = data["key"]
            case "ticket.amend":
                ticket.fields |= data["metadata"]
            case "ticket.move" if not self.refuses_moves:
                ticket.status = TicketStatus(data["status"])
            case "ticket.read":
                return self._read(ticket, data.get("since"))
        return {}

    def _with_key(self, key: str) -> TicketRecord | None:
        return next((one for one in self.tickets.values() if one.key == key), None)

    def _create(self, data: dict[str, Any]) -> TicketRecord:
        ticket = TicketRecord(id=self.next_id(), key=data["key"], subject=data["subject"], text=data["body"])
        ticket.requester = data["requester"].get("email")
        ticket.fields |= data["metadata"]
        return self.add(ticket)

    def _read(self, ticket: TicketRecord, since: str | None) -> dict[str, Any]:
        after = datetime.fromisoformat(since).timestamp() if since else 0.0
        comments = [self._shown(one) for one in ticket.comments if one.at >= after]
        return {"status": ticket.status.value, "comments": comments}

    def _shown(self, comment: Comment) -> dict[str, Any]:
        """Returns a comment, with its key if the desk wrote it."""
        at = datetime.fromtimestamp(comment.at, UTC).isoformat()
        shown = {"id": comment.id, "author": comment.author, "text": comment.text, "public": comment.public, "at": at}
        return {**shown, "key": self._keys[comment.id]} if comment.ours else shown


def _named(ticket: TicketRecord) -> web.Response:
    return web.json_response({"id": ticket.id, "number": f"T-{ticket.id}", "url": f"https://help.example/{ticket.id}"})
