"""Stand-ins for Freshdesk and Freshservice, after their documentation and a description of Freshdesk's API."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from aiohttp import web

from bot.errors import BadRequestError, CredentialError, TemporaryError
from bot.helpdesk.model.handoff import TicketStatus
from bot.helpdesk.model.ticket_system import WebhookRequest
from bot.tickets.markup import html_to_text
from tests.tickets.promises import Promise
from tests.tickets.standins.base import AGENT, BadSetting, Comment, PersonRecord, StandIn, TicketRecord

API_KEY, SECRET, EMAIL = "fresh-api-key", "fresh-hook-secret", "desk@acme.test"
RAW = {TicketStatus.OPEN: 2, TicketStatus.PENDING: 3, TicketStatus.SOLVED: 4, TicketStatus.CLOSED: 5}
STATUSES = {raw: status for status, raw in RAW.items()}
LABELS = {2: "Open", 3: "Pending", 4: "Resolved", 5: "Closed"}
PEOPLE = {AGENT: 71, "Mia": 72}
DESK = 70


class StandInFreshdesk(StandIn):
    """One account. Its list of tickets, unlike its search, shows at once what was created.

    `blocked` are the addresses of people from whom it takes no tickets, with the field that it names then.
    """

    system = "freshdesk"
    title = "Freshdesk"
    lags = False
    described: ClassVar[tuple[str, ...]] = ("freshdesk.unofficial.json",)
    prefix = "/api/v2"
    undescribed = r"/contacts/"
    misshapen: ClassVar[tuple[tuple[str, str, Any], ...]] = (
        ("POST", "/tickets", {"subject": "Hello", "status": "2"}),
        ("PUT", "/tickets/1", {"priority": 9}),
        ("POST", "/tickets/1/notes", {"private": True}),
    )
    lacks: ClassVar[Mapping[Promise, str]] = {Promise.WEBHOOK: "secret, not signed", Promise.AGE: "time not signed"}
    statuses: ClassVar[Mapping[TicketStatus, TicketStatus]] = {TicketStatus.CLOSED: TicketStatus.SOLVED}
    key_field = "cf_uppzy_key"
    field_names: ClassVar[tuple[str, ...]] = ("cf_uppzy_key", "cf_handoff", "cf_session", "cf_request")

    fields_path = "ticket_fields"
    people_path = "contacts"

    def __init__(self) -> None:
        super().__init__()
        self.old: set[str] = set()
        self.deleted: set[str] = set()
        self.blocked: dict[str, str] = {}

    def variables(self) -> dict[str, str]:
        prefix = self.system.upper()
        handoff, session, request = self.field_names[1:]
        return {
            f"{prefix}_URL": self.url,
            f"{prefix}_API_KEY": API_KEY,
            f"{prefix}_EMAIL": EMAIL,
            f"{prefix}_FIELDS": f"handoff_id={handoff}, uppzy_session_id={session}, uppzy_request_id={request}",
            f"{prefix}_WEBHOOK_SECRET": SECRET,
        }

    @property
    def bad_settings(self) -> Iterable[BadSetting]:
        url, key, field, fields, statuses = (
            f"{self.system.upper()}_{part}" for part in ("URL", "API_KEY", "KEY_FIELD", "FIELDS", "STATUSES")
        )
        yield BadSetting(variables={key: "wrong"}, error=CredentialError, names=key)
        yield BadSetting(variables={field: "cf_none"}, error=BadRequestError, names="cf_none")
        yield BadSetting(variables={fields: "handoff_id=cf_other"}, error=BadRequestError, names="cf_other")
        yield BadSetting(variables={statuses: "pending=9"}, error=BadRequestError, names=statuses)
        yield BadSetting(variables={url: "http://127.0.0.1:9"}, error=TemporaryError, names=url)

    def signed(self, id: str, at: float) -> WebhookRequest:
        body = json.dumps({"ticket_id": int(id)}).encode()
        url = f"https://desk.test/webhooks/tickets/{self.system}"
        return WebhookRequest(method="POST", url=url, headers={"x-desk-secret": SECRET}, body=body, at=at)

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._admit])
        api = "/api/v2"
        app.add_routes(
            [
                web.get(f"{api}/{self.fields_path}", self._fields),
                web.get(f"{api}/tickets", self._list),
                web.post(f"{api}/tickets", self._create),
                web.get(f"{api}/tickets/{{id}}", self._show),
                web.put(f"{api}/tickets/{{id}}", self._change),
                web.get(f"{api}/tickets/{{id}}/conversations", self._conversations),
                web.post(f"{api}/tickets/{{id}}/notes", self._note),
                web.get(f"{api}/agents/{{id}}", self._agent),
                web.get(f"{api}/{self.people_path}", self._find_people),
                web.get(f"{api}/{self.people_path}/{{id}}", self._person),
                web.put(f"{api}/{self.people_path}/{{id}}", self._change_person),
            ]
        )
        return app

    def wrapped(self, name: str, value: Any) -> Any:
        """Wraps an answer as this product does."""
        return value

    def choices(self) -> Any:
        """Returns the statuses as this product lists them."""
        return {str(code): [label, label] for code, label in LABELS.items()}

    @web.middleware
    async def _admit(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.headers["Authorization"] != f"Basic {b64encode(f'{API_KEY}:X'.encode()).decode()}":
            return web.json_response({"code": "invalid_credentials"}, status=401)
        response: web.StreamResponse = await handler(request)
        return response

    async def _fields(self, request: web.Request) -> web.Response:
        own: list[dict[str, Any]] = [{"name": name, "type": "custom_text"} for name in self.field_names]
        status = {"name": "status", "type": "default_status", "choices": self.choices()}
        return web.json_response(self.wrapped("ticket_fields", [*own, status]))

    async def _list(self, request: web.Request) -> web.Response:
        """Lists the newest first; old ones if a time is given, none for unknown people."""
        email = request.query.get("email")
        size, page = int(request.query["per_page"]), int(request.query.get("page", 1))
        if email not in {None, EMAIL, *(one.requester for one in self.tickets.values())}:
            return _refused("email")
        found = [one for one in reversed(self.tickets.values()) if email in (None, one.requester)]
        if "updated_since" not in request.query:
            found = [one for one in found if one.id not in self.old]
        shown = [self._shown(one) for one in found[(page - 1) * size : page * size]]
        return web.json_response(self.wrapped("tickets", shown))

    async def _create(self, request: web.Request) -> web.Response:
        body = await request.json()
        if not set(body["custom_fields"]) <= set(self.field_names):
            return _refused("custom_fields")
        if body["email"] in self.blocked:
            return _refused(self.blocked[body["email"]], "The requester has been blocked")
        ticket = TicketRecord(id=self.next_id(), key=body["custom_fields"][self.key_field], subject=body["subject"])
        ticket.text, ticket.requester = html_to_text(body["description"]), body["email"]
        ticket.fields, ticket.status = dict(body["custom_fields"]), STATUSES[body["status"]]
        return self._answer(self.add(ticket), 201)

    def _answer(self, ticket: TicketRecord, status: int = 200) -> web.Response:
        return web.json_response(self.wrapped("ticket", self._shown(ticket)), status=status)

    def _ticket(self, request: web.Request) -> TicketRecord:
        found = self.tickets.get(request.match_info["id"])
        if found is None:
            raise web.HTTPNotFound
        return found

    async def _show(self, request: web.Request) -> web.Response:
        return self._answer(self._ticket(request))

    async def _change(self, request: web.Request) -> web.Response:
        ticket, body = self._ticket(request), await request.json()
        if "status" in body and self.refuses_moves:
            return _refused("status")
        ticket.fields |= body.get("custom_fields", {})
        ticket.gone = ticket.fields[self.key_field] is None
        ticket.status = STATUSES[body["status"]] if "status" in body else ticket.status
        return self._answer(ticket)

    async def _conversations(self, request: web.Request) -> web.Response:
        size, page = int(request.query["per_page"]), int(request.query["page"])
        comments = [_shown_note(one) for one in self._ticket(request).comments]
        return web.json_response(self.wrapped("conversations", comments[(page - 1) * size : page * size]))

    async def _note(self, request: web.Request) -> web.Response:
        body = await request.json()
        text, public = html_to_text(body["body"]), not body.get("private", True)
        comment = self.add_comment(self._ticket(request), text, public=public, author="Desk", ours=True)
        return web.json_response(self.wrapped("conversation", _shown_note(comment)), status=201)

    async def _agent(self, request: web.Request) -> web.Response:
        names = {str(id): name for name, id in PEOPLE.items()}
        name = names.get(request.match_info["id"])
        if name is None:
            raise web.HTTPNotFound
        return web.json_response(self.agent(name))

    def agent(self, name: str) -> Any:
        """Returns an agent as this product shows one."""
        return {"id": PEOPLE[name], "contact": {"name": name}}

    async def _find_people(self, request: web.Request) -> web.Response:
        found = [self.person(one) for one in self.people.values() if one.email == request.query["email"]]
        return web.json_response(self.wrapped(self.people_path, found))

    async def _person(self, request: web.Request) -> web.Response:
        person = self.people.get(request.match_info["id"])
        if person is None:
            raise web.HTTPNotFound
        return web.json_response(self.wrapped(self.people_path.removesuffix("s"), self.person(person)))

    async def _change_person(self, request: web.Request) -> web.Response:
        person = self.people[request.match_info["id"]]
        person.about = self.changed_about(await request.json())
        return web.json_response(self.wrapped(self.people_path.removesuffix("s"), self.person(person)))

    def person(self, person: PersonRecord) -> dict[str, Any]:
        """Returns a contact as this product shows one."""
        return {"id": int(person.id), "email": person.email, "other_emails": [], "description": person.about or None}

    def changed_about(self, body: Mapping[str, Any]) -> str:
        """Returns the text about a person that a request sets."""
        assert set(body) == {"description"}
        return str(body["description"])

    def _shown(self, ticket: TicketRecord) -> dict[str, Any]:
        return {
            "id": int(ticket.id),
            "subject": ticket.subject,
            "status": RAW[ticket.status],
            "custom_fields": {name: ticket.fields.get(name) for name in self.field_names},
            **({"deleted": True} if ticket.id in self.deleted else {}),
        }


class StandInFreshservice(StandInFreshdesk):
    """The same with its own wrapping and names. Its API has no description."""

    system = "freshservice"
    title = "Freshservice"
    described: ClassVar[tuple[str, ...]] = ()
    misshapen: ClassVar[tuple[tuple[str, str, Any], ...]] = ()
    key_field = "uppzy_key"
    field_names: ClassVar[tuple[str, ...]] = ("uppzy_key", "handoff", "session", "request")
    fields_path = "ticket_form_fields"
    people_path = "requesters"

    def wrapped(self, name: str, value: Any) -> Any:
        return {name: value}

    def choices(self) -> Any:
        return [{"id": code, "value": label} for code, label in LABELS.items()]

    def agent(self, name: str) -> Any:
        return {"agent": {"id": PEOPLE[name], "first_name": name, "last_name": None}}

    def person(self, person: PersonRecord) -> dict[str, Any]:
        return {
            "id": int(person.id),
            "primary_email": person.email,
            "secondary_emails": [],
            "background_information": person.about or None,
            "can_see_all_tickets_from_associated_departments": True,
        }

    def changed_about(self, body: Mapping[str, Any]) -> str:
        """Insists on the flag that Freshservice would reset if it were left out."""
        assert body["can_see_all_tickets_from_associated_departments"] is True
        return str(body["background_information"])


def _refused(field: str, message: str = "as documented") -> web.Response:
    errors = [{"field": field, "message": message, "code": "invalid_value"}]
    return web.json_response({"description": "Validation failed", "errors": errors}, status=400)


def _shown_note(comment: Comment) -> dict[str, Any]:
    return {
        "id": int(comment.id),
        "body": f"<div>{comment.text}</div>".replace("\n", "<br>"),
        "private": not comment.public,
        "incoming": False,
        "user_id": DESK if comment.ours else PEOPLE[comment.author],
        "created_at": datetime.fromtimestamp(comment.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
