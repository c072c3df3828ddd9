"""A stand-in for Request Tracker 5, modelled on answers of the real server."""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from aiohttp import web

from bot.errors import BadRequestError, CredentialError, PlanError, TemporaryError
from bot.helpdesk.model.ticket_system import WebhookRequest
from bot.tickets.rt import STATUSES
from tests.tickets.standins.base import BadSetting, Comment, PersonRecord, StandIn, TicketRecord

TOKEN, SECRET, QUEUE = "1-28-rt-token", "rt-hook-secret", "Support"
FIELDS = ("ExternalKey", "SlackChannel", "SlackThread", "TraceId")
RAW = {raw: status for status, raw in STATUSES.items()}


class StandInRt(StandIn):
    """One queue with one user. Like the real one it accepts a second ticket with a key, but drops the key."""

    system = "rt"
    title = "Request Tracker 5"
    lags = False

    def __init__(self) -> None:
        super().__init__()
        self.administers_users = True

    def variables(self) -> dict[str, str]:
        return {
            "RT_URL": self.url,
            "RT_TOKEN": TOKEN,
            "RT_QUEUE": QUEUE,
            "RT_FIELDS": "handoff_id=TraceId, uppzy_session_id=SlackChannel, uppzy_request_id=SlackThread",
            "RT_WEBHOOK_SECRET": SECRET,
        }

    @property
    def bad_settings(self) -> Iterable[BadSetting]:
        yield BadSetting(variables={"RT_TOKEN": "1-2-wrong"}, error=CredentialError, names="RT_TOKEN")
        yield BadSetting(variables={"RT_QUEUE": "Nowhere"}, error=PlanError, names="RT_QUEUE")
        yield BadSetting(variables={"RT_KEY_FIELD": "NoSuchField"}, error=BadRequestError, names="NoSuchField")
        yield BadSetting(variables={"RT_FIELDS": "handoff_id=Other"}, error=BadRequestError, names="Other")
        yield BadSetting(variables={"RT_URL": "http://127.0.0.1:9"}, error=TemporaryError, names="RT_URL")

    def signed(self, id: str, at: float) -> WebhookRequest:
        body = json.dumps({"event": "ticket.status_changed", "id": f"txn-{at}", "ticket_id": id}).encode()
        digest = hmac.new(SECRET.encode(), f"{at:.0f}.".encode() + body, sha256).hexdigest()
        headers = {"x-webhook-timestamp": f"{at:.0f}", "x-webhook-signature": f"sha256={digest}"}
        return WebhookRequest(
            method="POST", url="https://desk.test/webhooks/tickets/rt", headers=headers, body=body, at=at
        )

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._admit])
        api = "/REST/2.0"
        app.add_routes(
            [
                web.get(f"{api}/rt", self._version),
                web.get(f"{api}/queue/{{name}}", self._queue),
                web.get(f"{api}/tickets", self._search),
                web.post(f"{api}/ticket", self._create),
                web.get(f"{api}/ticket/{{id}}", self._show),
                web.put(f"{api}/ticket/{{id}}", self._change),
                web.post(f"{api}/ticket/{{id}}/{{verb:comment|correspond}}", self._note),
                web.get(f"{api}/ticket/{{id}}/history", self._history),
                web.get(f"{api}/ticket/{{id}}/attachments", self._attachments),
                web.get(f"{api}/attachment/{{id}}", self._attachment),
                web.post(f"{api}/users", self._find_users),
                web.get(f"{api}/user/{{id}}", self._user),
                web.put(f"{api}/user/{{id}}", self._change_user),
            ]
        )
        return app

    @web.middleware
    async def _admit(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"token {TOKEN}":
            return web.json_response({"message": "Unauthorized"}, status=401)
        response: web.StreamResponse = await handler(request)
        return response

    async def _version(self, request: web.Request) -> web.Response:
        return web.json_response({"Version": "5.0.3"})

    async def _queue(self, request: web.Request) -> web.Response:
        if request.match_info["name"] != QUEUE:
            return web.json_response({"message": "Forbidden"}, status=403)
        fields = [{"name": name, "type": "customfield"} for name in FIELDS]
        return web.json_response({"Name": QUEUE, "TicketCustomFields": fields, "_hyperlinks": [{"ref": "create"}]})

    async def _search(self, request: web.Request) -> web.Response:
        asked = re.search(r"CF\.\{(\w+)\} = '((?:[^'\\]|\\.)*)'", request.query["query"])
        assert asked is not None
        value = re.sub(r"\\(.)", r"\1", asked[2])
        items = [{"id": one.id, "type": "ticket"} for one in self.listed if one.fields.get(asked[1]) == value]
        return web.json_response({"items": items, "total": len(items)})

    async def _create(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body.get("Queue") != QUEUE:
            return web.json_response({"message": "Could not create ticket"}, status=400)
        fields = {name: value for name, value in body.get("CustomFields", {}).items() if name in FIELDS}
        taken = {one.fields.get("ExternalKey") for one in self.tickets.values()}
        if fields.get("ExternalKey") in taken:
            del fields["ExternalKey"]
        ticket = TicketRecord(
            id=self.next_id(), key=fields.get("ExternalKey", ""), subject=body["Subject"], fields=fields
        )
        requestor = body.get("Requestor", "")
        # Like the real one it silently drops a requestor that it does not accept.
        ticket.text, ticket.requester = body["Content"], requestor if _is_address(requestor) else None
        self.add(ticket)
        return web.json_response({"id": ticket.id, "type": "ticket"}, status=201)

    def _ticket(self, request: web.Request) -> TicketRecord:
        found = self.tickets.get(request.match_info["id"])
        if found is None:
            raise web.HTTPNotFound(text='{"message": "Not found"}', content_type="application/json")
        return found

    async def _show(self, request: web.Request) -> web.Response:
        ticket = self._ticket(request)
        fields = [{"name": name, "values": [ticket.fields[name]] if name in ticket.fields else []} for name in FIELDS]
        return web.json_response({"id": int(ticket.id), "Status": STATUSES[ticket.status], "CustomFields": fields})

    async def _change(self, request: web.Request) -> web.Response:
        """Answers 200 even if it refuses."""
        ticket, body = self._ticket(request), await request.json()
        if "MergeInto" in body:
            assert str(body["MergeInto"]) in self.tickets
            ticket.gone = True
        ticket.fields |= {name: value for name, value in body.get("CustomFields", {}).items() if name in FIELDS}
        if "Status" not in body:
            return web.json_response(["Merge Successful"])
        if self.refuses_moves or body["Status"] not in RAW:
            return web.json_response([f"Ticket {ticket.id}: Status '{body['Status']}' isn't a valid status."])
        ticket.status = RAW[body["Status"]]
        return web.json_response([f"Ticket {ticket.id}: Status changed"])

    async def _note(self, request: web.Request) -> web.Response:
        ticket, body = self._ticket(request), await request.json()
        public = request.match_info["verb"] == "correspond"
        self.add_comment(ticket, body["Content"], public=public, author="Slack support bot", ours=True)
        return web.json_response(["Comments added"], status=201)

    async def _history(self, request: web.Request) -> web.Response:
        comments = self._ticket(request).comments
        items = [
            {
                "id": one.id,
                "Type": "Correspond" if one.public else "Comment",
                "Created": datetime.fromtimestamp(one.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "Creator": {"id": one.author.lower(), "RealName": one.author},
            }
            for one in reversed(comments)
        ]
        return web.json_response({"items": items})

    async def _attachments(self, request: web.Request) -> web.Response:
        items = [
            {"id": one.id, "TransactionId": one.id, "ContentType": "text/plain", "ContentLength": str(_size(one))}
            for one in reversed(self._ticket(request).comments)
        ]
        return web.json_response({"items": items})

    async def _attachment(self, request: web.Request) -> web.Response:
        comments = [one for ticket in self.tickets.values() for one in ticket.comments]
        found = next(one for one in comments if one.id == request.match_info["id"])
        return web.json_response({"id": int(found.id), "Content": base64.b64encode(found.text.encode()).decode()})

    async def _find_users(self, request: web.Request) -> web.Response:
        (asked,) = await request.json()
        assert (asked["field"], asked["operator"]) == ("EmailAddress", "=")
        items = [{"id": one.id, "type": "user"} for one in self.people.values() if one.email == asked["value"]]
        return web.json_response({"items": items, "total": len(items)})

    async def _user(self, request: web.Request) -> web.Response:
        """Shows the comments about a user only with the right to administer users."""
        known = {**self.people, "RT_System": PersonRecord(id="RT_System", email="", about="Do not delete this user.")}
        person = known[request.match_info["id"]]
        comments = {"Comments": person.about} if self.administers_users else {}
        return web.json_response({"Name": person.id, "EmailAddress": person.email, **comments})

    async def _change_user(self, request: web.Request) -> web.Response:
        person, body = self.people[request.match_info["id"]], await request.json()
        if not self.administers_users:
            return web.json_response([f"User {person.id}: Permission Denied"])
        person.about = body["Comments"]
        return web.json_response([f"User {person.id}: Comments changed"])


def _is_address(text: str) -> bool:
    return re.fullmatch(r"[\x21-\x7e]+@[\x21-\x7e]+", text) is not None


def _size(comment: Comment) -> int:
    return len(comment.text.encode())
