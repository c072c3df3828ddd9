"""A stand-in for Jira Service Management in Jira Cloud, after its OpenAPI descriptions and its documentation."""

from __future__ import annotations

import base64
import hmac
import html
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, ClassVar

from aiohttp import web

from bot.errors import BadRequestError, CredentialError, NotFoundError, PlanError, TemporaryError
from bot.helpdesk.model.handoff import TicketStatus
from bot.helpdesk.model.ticket_system import WebhookRequest
from bot.tickets.jsm import TWIN
from tests.tickets.promises import Promise
from tests.tickets.standins.base import BadSetting, Comment, StandIn, TicketRecord

EMAIL, TOKEN, SECRET = "desk@acme.test", "jira-token", "jira-hook-secret"
DESK, REQUEST_TYPE, KEY_FIELD, PROJECT = "10", "25", "customfield_10050", "DESK"
# Besides the one that takes the tickets: one that requires more, and a desk where the user is no agent.
DEMANDING_TYPE, FOREIGN_DESK = "26", "11"

NAMES: Mapping[TicketStatus, tuple[str, str]] = {
    TicketStatus.NEW: ("Waiting for support", "new"),
    TicketStatus.OPEN: ("In Progress", "indeterminate"),
    TicketStatus.PENDING: ("Waiting for customer", "indeterminate"),
    TicketStatus.SOLVED: ("Resolved", "done"),
    TicketStatus.CLOSED: ("Canceled", "done"),
}
STATUSES = list(NAMES)


class StandInJsm(StandIn):
    """One project with one request type. `ways` are the statuses that transitions lead to."""

    system = "jsm"
    title = "Jira Service Management"
    described = ("jira-service-management.json", "jira-platform.json")
    misshapen = (
        ("POST", "/rest/servicedeskapi/request", {"serviceDeskId": 10, "requestTypeId": "25"}),
        ("POST", "/rest/servicedeskapi/request", {"serviceDeskId": "10", "labels": ["sb-1"]}),
        ("POST", "/rest/servicedeskapi/request/1/comment", {"body": "Hello", "public": "false"}),
        ("POST", "/rest/api/3/issue/1/transitions", {"transition": {"id": 5}}),
    )
    lacks: ClassVar[Mapping[Promise, str]] = {Promise.AGE: "time not signed"}

    def __init__(self) -> None:
        super().__init__()
        self.ways = set(NAMES)
        self.asks_for_resolution = True
        self.accounts: dict[str, str] = {}
        self.customers: set[str] = set()
        self.labels: dict[str, set[str]] = {}
        self.links: dict[str, dict[str, str]] = {}

    def variables(self) -> dict[str, str]:
        return {
            "JSM_URL": self.url,
            "JSM_EMAIL": EMAIL,
            "JSM_TOKEN": TOKEN,
            "JSM_SERVICE_DESK": DESK,
            "JSM_REQUEST_TYPE": REQUEST_TYPE,
            "JSM_KEY_FIELD": KEY_FIELD,
            "JSM_STATUSES": "pending=Waiting for customer, closed=Canceled",
            "JSM_WEBHOOK_SECRET": SECRET,
        }

    @property
    def bad_settings(self) -> Iterable[BadSetting]:
        yield BadSetting(variables={"JSM_TOKEN": "wrong"}, error=CredentialError, names="JSM_TOKEN")
        yield BadSetting(variables={"JSM_SERVICE_DESK": "99"}, error=NotFoundError, names="JSM_SERVICE_DESK")
        yield BadSetting(variables={"JSM_REQUEST_TYPE": "99"}, error=NotFoundError, names="JSM_REQUEST_TYPE")
        yield BadSetting(variables={"JSM_KEY_FIELD": "customfield_7"}, error=BadRequestError, names="customfield_7")
        yield BadSetting(variables={"JSM_REQUEST_TYPE": DEMANDING_TYPE}, error=BadRequestError, names="customfield_8")
        yield BadSetting(variables={"JSM_SERVICE_DESK": FOREIGN_DESK}, error=PlanError, names="SERVICEDESK_AGENT")
        yield BadSetting(variables={"JSM_URL": "http://127.0.0.1:9"}, error=TemporaryError, names="JSM_URL")

    def signed(self, id: str, at: float) -> WebhookRequest:
        event = {"webhookEvent": "jira:issue_updated", "timestamp": int(at * 1000), "issue": {"id": id}}
        body = json.dumps(event).encode()
        digest = hmac.new(SECRET.encode(), body, sha256).hexdigest()
        headers = {"x-hub-signature": f"sha256={digest}", "x-atlassian-webhook-identifier": f"hook-{at}"}
        url = "https://desk.test/webhooks/tickets/jsm"
        return WebhookRequest(method="POST", url=url, headers=headers, body=body, at=at)

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._admit])
        desk, request = "/rest/servicedeskapi/servicedesk/{desk}", "/rest/servicedeskapi/request"
        issue = "/rest/api/3/issue/{id}"
        app.add_routes(
            [
                web.get("/rest/api/3/myself", self._myself),
                web.get("/rest/api/3/mypermissions", self._permissions),
                web.get("/rest/api/3/user/search", self._users),
                web.get(desk, self._desk),
                web.get(f"{desk}/requesttype/{{type}}/field", self._fields),
                web.post(request, self._create),
                web.get(f"{request}/{{id}}/comment", self._comments),
                web.post(f"{request}/{{id}}/comment", self._comment),
                web.get("/rest/api/3/search/jql", self._search),
                web.get(issue, self._show),
                web.put(issue, self._edit),
                web.put(f"{issue}/properties/{{property}}", self._set_property),
                web.post(f"{issue}/remotelink", self._set_link),
                web.get(f"{issue}/transitions", self._transitions),
                web.post(f"{issue}/transitions", self._transit),
            ]
        )
        return app

    @web.middleware
    async def _admit(self, request: web.Request, handler: Any) -> web.StreamResponse:
        expected = base64.b64encode(f"{EMAIL}:{TOKEN}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {expected}":
            return web.Response(status=401, text="Client must be authenticated to access this resource.")
        response: web.StreamResponse = await handler(request)
        return response

    # Endpoints that the check reads.

    async def _myself(self, request: web.Request) -> web.Response:
        return web.json_response({"accountId": "5b10", "emailAddress": EMAIL})

    async def _permissions(self, request: web.Request) -> web.Response:
        names = request.query["permissions"].split(",")
        agent = request.query["projectKey"] == PROJECT
        held = {name: {"havePermission": agent or name != "SERVICEDESK_AGENT"} for name in names}
        return web.json_response({"permissions": held})

    async def _users(self, request: web.Request) -> web.Response:
        """Finds users by the beginning of their address, like the real one."""
        found = [one for one in self.accounts.items() if one[0].startswith(request.query["query"])]
        return web.json_response([{"accountId": id, "emailAddress": email} for email, id in found])

    async def _desk(self, request: web.Request) -> web.Response:
        projects = {DESK: PROJECT, FOREIGN_DESK: "OTHER"}
        desk = request.match_info["desk"]
        return web.json_response({"id": desk, "projectKey": projects[desk]}) if desk in projects else _missing()

    async def _fields(self, request: web.Request) -> web.Response:
        kind = request.match_info["type"]
        if kind not in (REQUEST_TYPE, DEMANDING_TYPE):
            return _missing()
        fields = [{"fieldId": "summary", "required": True}, {"fieldId": "description", "required": False}]
        fields.append({"fieldId": "priority", "required": True, "presetValues": ["3"], "visible": False})
        if request.query.get("expand") == "hiddenFields":
            fields.append({"fieldId": KEY_FIELD, "required": False, "visible": False})
        if kind == DEMANDING_TYPE:
            fields.append({"fieldId": "customfield_8", "required": True})
        return web.json_response({"requestTypeFields": fields, "canRaiseOnBehalfOf": True})

    # Requests.

    async def _create(self, request: web.Request) -> web.Response:
        body = await request.json()
        values = body.get("requestFieldValues", {})
        allowed = {"serviceDeskId", "requestTypeId", "requestFieldValues", "raiseOnBehalfOf", "requestParticipants"}
        sound = body.keys() <= allowed and values.keys() <= {"summary", "description", KEY_FIELD}
        fitting = (body["serviceDeskId"], body["requestTypeId"]) == (DESK, REQUEST_TYPE)
        customer = body.get("raiseOnBehalfOf")
        full = len(values.get("summary", "")) in range(1, 256) and len(values.get("description", "")) < 32_768
        if not (sound and fitting and full) or (customer and customer not in self.customers):
            return web.json_response({"errorMessage": "Your request could not be created."}, status=400)
        ticket = TicketRecord(
            id=str(10000 + len(self.tickets)), key=values.get(KEY_FIELD, ""), subject=values["summary"]
        )
        ticket.text = _seen(values["description"])
        ticket.requester = next((email for email, id in self.accounts.items() if id == customer), None)
        self.add(ticket)
        return web.json_response({"issueId": ticket.id, "issueKey": _number(ticket)}, status=201)

    async def _comments(self, request: web.Request) -> web.Response:
        comments, start, limit = self._issue(request).comments, int(request.query["start"]), int(request.query["limit"])
        page = [_shown_comment(one) for one in comments[start : start + limit]]
        return web.json_response({"values": page, "isLastPage": start + limit >= len(comments)})

    async def _comment(self, request: web.Request) -> web.Response:
        ticket, body = self._issue(request), await request.json()
        if not isinstance(body.get("public"), bool) or len(body["body"]) not in range(1, 32_768):
            return web.json_response({"errorMessage": "The comment could not be added."}, status=400)
        comment = self.add_comment(ticket, _seen(body["body"]), public=body["public"], author="Desk", ours=True)
        return web.json_response(_shown_comment(comment), status=201)

    # Issues.

    async def _search(self, request: web.Request) -> web.Response:
        """Compares labels, and searches text loosely: it finds all that contains the first half of the phrase."""
        found = re.fullmatch(r'labels = ("(?:[^"\\]|\\.)*") OR (\S+) ~ ("(?:[^"\\]|\\.)*")', request.query["jql"])
        if found is None:
            return web.json_response({"errorMessages": ["Error in the JQL Query"]}, status=400)
        label, words = json.loads(found[1]), json.loads(json.loads(found[3]))
        backend = {"description": "text", f"cf[{KEY_FIELD.removeprefix('customfield_')}]": "key"}[found[2]]
        shown = [one for one in reversed(self.tickets.values()) if one.id not in self._hidden]
        issues = [
            {"id": one.id, "key": _number(one), "fields": self._searched(one)}
            for one in shown
            if label in self.labels.get(one.id, ()) or words[: len(words) // 2 + 1] in getattr(one, backend)
        ]
        return web.json_response({"issues": issues, "isLast": True})

    def _searched(self, ticket: TicketRecord) -> dict[str, Any]:
        paragraph = {"type": "paragraph", "content": [{"type": "text", "text": ticket.text}]}
        description = {"type": "doc", "version": 1, "content": [paragraph]}
        return {"labels": sorted(self.labels.get(ticket.id, ())), "description": description, KEY_FIELD: ticket.key}

    def _issue(self, request: web.Request) -> TicketRecord:
        found = self.tickets.get(request.match_info["id"])
        if found is None:
            missing = '{"errorMessages": ["Issue does not exist or you do not have permission to see it."]}'
            raise web.HTTPNotFound(text=missing, content_type="application/json")
        return found

    async def _show(self, request: web.Request) -> web.Response:
        ticket = self._issue(request)
        status = _status(ticket.status)
        return web.json_response({"id": ticket.id, "key": _number(ticket), "fields": {"status": status}})

    async def _edit(self, request: web.Request) -> web.Response:
        ticket, body = self._issue(request), await request.json()
        for change in body.get("update", {}).get("labels", ()):
            assert " " not in change["add"]
            self.labels.setdefault(ticket.id, set()).add(change["add"])
        ticket.gone = TWIN in self.labels.get(ticket.id, ())
        if "description" in body.get("fields", {}):
            ticket.text = _words(body["fields"]["description"])
        return web.Response(status=204)

    async def _set_property(self, request: web.Request) -> web.Response:
        assert request.match_info["property"] == "uppzy-desk"
        self._issue(request).fields = await request.json()
        return web.Response(status=201)

    async def _set_link(self, request: web.Request) -> web.Response:
        ticket, body = self._issue(request), await request.json()
        self.links.setdefault(ticket.id, {})[body["globalId"]] = body["object"]["url"]
        return web.json_response({"id": 1}, status=201)

    async def _transitions(self, request: web.Request) -> web.Response:
        self._issue(request)
        return web.json_response({"transitions": [self._way(status) for status in STATUSES if status in self.ways]})

    def _way(self, status: TicketStatus) -> dict[str, Any]:
        screen = {"resolution": {"name": "Resolution", "required": True}}
        fields = screen if self.asks_for_resolution and NAMES[status][1] == "done" else {}
        return {"id": str(STATUSES.index(status)), "name": "Go on", "to": _status(status), "fields": fields}

    async def _transit(self, request: web.Request) -> web.Response:
        ticket, body = self._issue(request), await request.json()
        way = self._way(STATUSES[int(body["transition"]["id"])])
        if body.get("fields", {}).keys() != way["fields"].keys():
            return web.json_response({"errors": {"resolution": "Resolution is required."}}, status=400)
        if not self.refuses_moves:
            ticket.status = STATUSES[int(way["id"])]
        return web.Response(status=204)


def _number(ticket: TicketRecord) -> str:
    return f"{PROJECT}-{ticket.id}"


def _status(status: TicketStatus) -> dict[str, Any]:
    name, category = NAMES[status]
    return {"name": name, "statusCategory": {"key": category}}


def _seen(markup: str) -> str:
    """Returns the text of wiki markup that is one block without markup."""
    block = re.fullmatch(r"\{noformat\}\n(.*)\n\{noformat\}", markup, re.DOTALL)
    return block[1] if block else markup


def _words(node: Mapping[str, Any]) -> str:
    """Returns the visible text of a document."""
    if node["type"] == "hardBreak":
        return "\n"
    between = "\n\n" if node["type"] == "doc" else ""
    return node.get("text") or between.join(map(_words, node.get("content", ())))


def _missing() -> web.Response:
    return web.json_response({"errorMessage": "It does not exist, or you may not see it."}, status=404)


def _shown_comment(comment: Comment) -> dict[str, Any]:
    at = datetime.fromtimestamp(comment.at, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
    author = {"displayName": comment.author}
    rendered = "".join(f"<p>{html.escape(line)}</p>" for line in comment.text.split("\n\n"))
    return {
        "id": comment.id,
        "body": comment.text,
        "renderedBody": {"html": rendered.replace("\n", "<br/>")},
        "public": comment.public,
        "author": author,
        "created": {"iso8601": at},
    }
