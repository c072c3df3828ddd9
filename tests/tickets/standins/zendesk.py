"""A stand-in for Zendesk Support, after its documentation and a description of its API."""

from __future__ import annotations

import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, ClassVar

from aiohttp import web

from bot.errors import BadRequestError, CredentialError, PlanError, TemporaryError
from bot.helpdesk.model.handoff import TicketStatus
from bot.helpdesk.model.ticket_system import WebhookRequest
from bot.tickets.markup import html_to_text
from tests.tickets.standins.base import BadSetting, Comment, PersonRecord, StandIn, TicketRecord

EMAIL, TOKEN, SECRET = "desk@acme.test", "zendesk-token", "zendesk-hook-secret"
END_USER = "mia@acme.test"
FIELDS = {360001: "Desk handoff", 360002: "Desk session", 360003: "Desk request"}
RAW = {
    TicketStatus.NEW: "new",
    TicketStatus.OPEN: "open",
    TicketStatus.PENDING: "pending",
    TicketStatus.SOLVED: "solved",
    TicketStatus.CLOSED: "closed",
}
STATUSES = {raw: status for status, raw in RAW.items()}


class StandInZendesk(StandIn):
    """One account. It keeps idempotency keys until `forget_keys`, and puts two fields on a page.

    `suspended` are the addresses of people from whom it takes no tickets, `refused_fields` are fields whose values it
    does not like.
    """

    system = "zendesk"
    title = "Zendesk Support"
    described = ("zendesk-tickets.unofficial.json",)
    prefix = "/api/v2"
    undescribed = r"/(merge|tags)$|/users/"
    # https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_comments/ has html_body in its place.
    mistaken = r"ticket\.comment: 'body' is a required property"
    misshapen = (
        ("POST", "/tickets", {"subject": "not inside a ticket"}),
        ("POST", "/tickets", {"ticket": {"comment": {"body": "Hello"}, "priority": "very high"}}),
        ("PUT", "/tickets/1", {"ticket": {"status": "resolved"}}),
    )
    statuses: ClassVar[Mapping[TicketStatus, TicketStatus]] = {TicketStatus.CLOSED: TicketStatus.SOLVED}

    def __init__(self) -> None:
        super().__init__()
        self.tags: dict[str, list[str]] = {}
        self.private: set[str] = set()
        self.assigned: dict[str, int] = {}
        self.suspended: set[str] = set()
        self.refused_fields: set[int] = set()
        self.names_errors = True
        self._keys: dict[str, tuple[bytes, str]] = {}

    def forget_keys(self) -> None:
        """Forgets the idempotency keys, as after two hours."""
        self._keys.clear()

    def variables(self) -> dict[str, str]:
        return {
            "ZENDESK_URL": self.url,
            "ZENDESK_EMAIL": EMAIL,
            "ZENDESK_TOKEN": TOKEN,
            "ZENDESK_FIELDS": "handoff_id=360001, uppzy_session_id=Desk session, uppzy_request_id=Desk request",
            "ZENDESK_WEBHOOK_SECRET": SECRET,
        }

    @property
    def bad_settings(self) -> Iterable[BadSetting]:
        yield BadSetting(variables={"ZENDESK_TOKEN": "wrong"}, error=CredentialError, names="ZENDESK_TOKEN")
        yield BadSetting(variables={"ZENDESK_EMAIL": END_USER}, error=PlanError, names="agent")
        yield BadSetting(variables={"ZENDESK_FIELDS": "handoff_id=Gone"}, error=BadRequestError, names="Gone")
        yield BadSetting(variables={"ZENDESK_FIELDS": "handoff_id=360009"}, error=BadRequestError, names="360009")
        yield BadSetting(variables={"ZENDESK_URL": "http://127.0.0.1:9"}, error=TemporaryError, names="ZENDESK_URL")

    def signed(self, id: str, at: float) -> WebhookRequest:
        body = json.dumps({"ticket_id": id}).encode()
        stamp = _iso(at)
        digest = hmac.new(SECRET.encode(), stamp.encode() + body, sha256).digest()
        headers = {
            "x-zendesk-webhook-signature": b64encode(digest).decode(),
            "x-zendesk-webhook-signature-timestamp": stamp,
        }
        url = "https://desk.test/webhooks/tickets/zendesk"
        return WebhookRequest(method="POST", url=url, headers=headers, body=body, at=at)

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._admit])
        api = "/api/v2"
        app.add_routes(
            [
                web.get(f"{api}/users/me", self._me),
                web.get(f"{api}/users/search", self._find_users),
                web.get(f"{api}/users/{{id}}", self._user),
                web.put(f"{api}/users/{{id}}", self._change_user),
                web.get(f"{api}/ticket_fields", self._fields),
                web.get(f"{api}/tickets", self._list),
                web.post(f"{api}/tickets", self._create),
                web.get(f"{api}/tickets/{{id}}", self._show),
                web.put(f"{api}/tickets/{{id}}", self._change),
                web.put(f"{api}/tickets/{{id}}/tags", self._tag),
                web.post(f"{api}/tickets/{{id}}/merge", self._merge),
                web.get(f"{api}/tickets/{{id}}/comments", self._comments),
            ]
        )
        return app

    @web.middleware
    async def _admit(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if _login(request) not in (f"{EMAIL}/token:{TOKEN}", f"{END_USER}/token:{TOKEN}"):
            return _error(401, "Couldn't authenticate you")
        response: web.StreamResponse = await handler(request)
        return response

    async def _me(self, request: web.Request) -> web.Response:
        agent = _login(request).startswith(EMAIL)
        return web.json_response({"user": {"id": 1, "role": "agent" if agent else "end-user"}})

    async def _find_users(self, request: web.Request) -> web.Response:
        """Searches by the beginning of an address, as a search does."""
        asked = request.query["query"].removeprefix('email:"').removesuffix('"')
        found = [_person(one) for one in self.people.values() if one.email.startswith(asked)]
        return web.json_response({"users": found, "count": len(found)})

    async def _user(self, request: web.Request) -> web.Response:
        return web.json_response({"user": _person(self.people[request.match_info["id"]])})

    async def _change_user(self, request: web.Request) -> web.Response:
        person = self.people[request.match_info["id"]]
        person.about = (await request.json())["user"]["notes"]
        return web.json_response({"user": _person(person)})

    async def _fields(self, request: web.Request) -> web.Response:
        start = int(request.query.get("page[after]", "0"))
        page = [{"id": id, "title": title, "active": True} for id, title in FIELDS.items()][start : start + 2]
        meta = {"has_more": start == 0, "after_cursor": "2"}
        return web.json_response({"ticket_fields": page, "meta": meta})

    async def _list(self, request: web.Request) -> web.Response:
        """Lists closed and merged tickets too: they keep their external id."""
        hidden = {one.id for one in self.tickets.values() if not one.gone} - {one.id for one in self.listed}
        there = [one for one in self.tickets.values() if one.id not in hidden]
        found = [self._shown(one) for one in reversed(there) if one.key == request.query["external_id"]]
        return web.json_response({"tickets": found, "count": len(found)})

    async def _create(self, request: web.Request) -> web.Response:
        key, sent = request.headers["Idempotency-Key"], await request.read()
        if key in self._keys:
            before, id = self._keys[key]
            if before != sent:
                return _error(400, "IdempotentRequestError")
            return self._answer(self.tickets[id], 201, {"x-idempotency-lookup": "hit"})
        refused = self._refused(json.loads(sent)["ticket"])
        if refused is not None:
            return refused
        ticket = self._made(json.loads(sent)["ticket"])
        self._keys[key] = sent, ticket.id
        return self._answer(ticket, 201, {"x-idempotency-lookup": "miss"})

    def _refused(self, body: Mapping[str, Any]) -> web.Response | None:
        """Refuses as Zendesk was observed to; older accounts give no `error` with the description."""
        requester = body.get("requester", {"email": EMAIL, "name": "Desk"})
        details: dict[str, Any] = {}
        if requester["email"] in self.suspended:
            words = {"description": f"Requester: {requester['name']} is suspended."}
            details["requester"] = [{**words, "error": "UserSuspended"} if self.names_errors else words]
        if "@" not in requester["email"]:
            details["requester"] = [
                {"description": f"Requester: Email: {requester['email']} is not properly formatted"}
            ]
        if any(field["id"] in self.refused_fields for field in body["custom_fields"]):
            details["base"] = [{"description": "Desk session: is not valid", "error": "InvalidValue"}]
        if not details:
            return None
        refusal = {"error": "RecordInvalid", "description": "Record validation errors", "details": details}
        return web.json_response(refusal, status=422)

    def _made(self, body: Mapping[str, Any]) -> TicketRecord:
        ticket = TicketRecord(id=self.next_id(), key=body["external_id"], subject=body["subject"])
        ticket.text = html_to_text(body["comment"]["html_body"])
        if not body["comment"].get("public", True):
            self.private.add(ticket.id)
        requester = body.get("requester", {"email": EMAIL, "name": "Desk"})
        assert requester["name"]
        ticket.requester = requester["email"]
        ticket.fields = _values(body)
        self.tags[ticket.id] = body["tags"]
        return self.add(ticket)

    def _ticket(self, request: web.Request) -> TicketRecord:
        found = self.tickets.get(request.match_info["id"])
        if found is None:
            raise web.HTTPNotFound(text='{"error": "RecordNotFound"}', content_type="application/json")
        return found

    def _answer(
        self, ticket: TicketRecord, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> web.Response:
        return web.json_response({"ticket": self._shown(ticket)}, status=status, headers=headers)

    async def _show(self, request: web.Request) -> web.Response:
        return self._answer(self._ticket(request))

    async def _change(self, request: web.Request) -> web.Response:
        ticket, body = self._ticket(request), (await request.json())["ticket"]
        if ticket.status is TicketStatus.CLOSED or ("status" in body and self.refuses_moves):
            return _error(422, "RecordInvalid")
        assignee = body.get("assignee_id", self.assigned.get(ticket.id))
        if body.get("status") == "solved" and assignee is None:
            return _error(422, "RecordInvalid")
        self.assigned |= {} if assignee is None else {ticket.id: assignee}
        ticket.fields |= _values(body)
        if "comment" in body:
            public = body["comment"].get("public", True)
            self.add_comment(
                ticket, html_to_text(body["comment"]["html_body"]), public=public, author="Desk", ours=True
            )
        ticket.status = STATUSES[body["status"]] if "status" in body else ticket.status
        return self._answer(ticket)

    async def _tag(self, request: web.Request) -> web.Response:
        ticket, body = self._ticket(request), await request.json()
        self.tags[ticket.id] += [tag for tag in body["tags"] if tag not in self.tags[ticket.id]]
        return web.json_response({"tags": self.tags[ticket.id]})

    async def _merge(self, request: web.Request) -> web.Response:
        """Merges at once; Zendesk does it in the background."""
        into, body = self._ticket(request), await request.json()
        self.add_comment(
            into, body["target_comment"], public=body["target_comment_is_public"], author="Desk", ours=True
        )
        for twin in (self.tickets[str(id)] for id in body["ids"]):
            assert twin.status is not TicketStatus.CLOSED
            twin.gone, twin.status = True, TicketStatus.CLOSED
        return web.json_response({"job_status": {"id": "job", "status": "queued"}})

    async def _comments(self, request: web.Request) -> web.Response:
        assert request.query["sort_order"] == "desc"
        ticket = self._ticket(request)
        public = ticket.id not in self.private
        opening = Comment(id=f"{ticket.id}00", text=ticket.text, public=public, author="Mia", at=self.now())
        comments = [opening, *ticket.comments]
        authors = sorted({one.author for one in comments})
        shown = [_shown_comment(one, authors.index(one.author)) for one in reversed(comments)]
        users = [{"id": id, "name": name} for id, name in enumerate(authors)]
        return web.json_response({"comments": shown, "users": users})

    def _shown(self, ticket: TicketRecord) -> dict[str, Any]:
        return {
            "id": int(ticket.id),
            "external_id": ticket.key,
            "subject": ticket.subject,
            "status": RAW[ticket.status],
            "assignee_id": self.assigned.get(ticket.id),
            "tags": self.tags[ticket.id],
        }


def _login(request: web.Request) -> str:
    return b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode()


def _values(body: Mapping[str, Any]) -> dict[str, str]:
    """Silently drops unknown fields."""
    return {FIELDS[field["id"]]: field["value"] for field in body.get("custom_fields", ()) if field["id"] in FIELDS}


def _error(status: int, word: str) -> web.Response:
    return web.json_response({"error": word, "description": "as documented"}, status=status)


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _shown_comment(comment: Comment, author: int) -> dict[str, Any]:
    return {
        "id": int(comment.id),
        "body": comment.text,
        "public": comment.public,
        "author_id": author,
        "created_at": _iso(comment.at),
    }


def _person(person: PersonRecord) -> dict[str, Any]:
    return {"id": int(person.id), "email": person.email, "notes": person.about or None}
