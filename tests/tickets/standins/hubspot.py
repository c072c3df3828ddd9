"""A stand-in for HubSpot's CRM API, after its documentation."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, ClassVar

from aiohttp import web

from bot.errors import BadRequestError, CredentialError, NotFoundError, PlanError, TemporaryError
from bot.helpdesk.model.handoff import TicketStatus
from bot.helpdesk.model.ticket_system import WebhookRequest
from bot.tickets.hubspot import NOTE_TO, STAGES
from tests.tickets.promises import Promise
from tests.tickets.standins.base import BadSetting, StandIn, TicketRecord
from tests.tickets.standins.hubspot_api import DESCRIPTION

TOKEN, POOR_TOKEN, SECRET, ACCOUNT = "pat-eu1-token", "pat-eu1-poor", "hubspot-client-secret", "4711"
KEY, NOTE_KEY, SESSION = "uppzy_key", "uppzy_note_key", "uppzy_session"
OWNER = {"id": "77", "firstName": "Cara", "lastName": "Diaz", "email": "cara@example.com"}
PUBLIC_URL = "https://desk.test/webhooks/tickets/hubspot"

LABELS = {"1": "New", "2": "Waiting on contact", "3": "Waiting on us", "4": "Closed"}
# A custom pipeline: its stages have arbitrary ids.
OWN = {"9001": "Neu", "9002": "In Arbeit", "9003": "Wartet", "9004": "Fertig"}
RAW = {stage: status for status, stage in reversed(list(STAGES.items()))}


class StandInHubSpot(StandIn):
    """An account with two pipelines. A note is shown on the objects it is associated with."""

    system = "hubspot"
    title = "HubSpot"
    lags = False
    description = DESCRIPTION
    misshapen = (
        ("POST", "/crm/v3/objects/tickets/batch/upsert", {"inputs": [{"id": "k", "properties": {}}]}),
        (
            "POST",
            "/crm/v3/objects/contacts/batch/upsert",
            {"inputs": [{"idProperty": "email", "id": "a@b.c", "properties": {"age": 7}}]},
        ),
        ("POST", "/crm/v3/objects/notes", {"properties": {"hs_note_body": "No time"}, "associations": []}),
    )
    lacks: ClassVar[Mapping[Promise, str]] = {Promise.PRIVATE: "all private"}
    statuses: ClassVar[Mapping[TicketStatus, TicketStatus]] = {TicketStatus.CLOSED: TicketStatus.SOLVED}

    def __init__(self) -> None:
        super().__init__()
        self.contacts: dict[str, str] = {}
        self.notes: dict[str, dict[str, str]] = {}
        self.links: set[tuple[str, str, str]] = set()
        self.not_unique: set[str] = set()
        self.refuses_rows = False
        self.refused_emails: set[str] = set()

    def variables(self) -> dict[str, str]:
        return {
            "HUBSPOT_TOKEN": TOKEN,
            "HUBSPOT_ACCOUNT": ACCOUNT,
            "HUBSPOT_NOTE_KEY_PROPERTY": NOTE_KEY,
            "HUBSPOT_PROPERTIES": f"uppzy_session_id={SESSION}",
            "HUBSPOT_API_URL": self.url,
            "HUBSPOT_WEBHOOK_URL": PUBLIC_URL,
            "HUBSPOT_WEBHOOK_SECRET": SECRET,
        }

    @property
    def bad_settings(self) -> Iterable[BadSetting]:
        yield BadSetting(variables={"HUBSPOT_TOKEN": "wrong"}, error=CredentialError, names="HUBSPOT_TOKEN")
        yield BadSetting(variables={"HUBSPOT_TOKEN": POOR_TOKEN}, error=PlanError, names="crm.objects.contacts.read")
        yield BadSetting(variables={"HUBSPOT_ACCOUNT": "1"}, error=BadRequestError, names="HUBSPOT_ACCOUNT")
        yield BadSetting(variables={"HUBSPOT_PIPELINE": "9"}, error=NotFoundError, names="HUBSPOT_PIPELINE")
        yield BadSetting(variables={"HUBSPOT_PIPELINE": "Intern"}, error=BadRequestError, names="HUBSPOT_STAGES")
        yield BadSetting(variables={"HUBSPOT_KEY_PROPERTY": "none"}, error=BadRequestError, names="none")
        yield BadSetting(variables={"HUBSPOT_KEY_PROPERTY": "subject"}, error=BadRequestError, names="hasUniqueValue")
        yield BadSetting(variables={"HUBSPOT_PROPERTIES": "handoff_id=none"}, error=BadRequestError, names="none")
        yield BadSetting(variables={"HUBSPOT_NOTE_KEY_PROPERTY": "none"}, error=BadRequestError, names="none")
        yield BadSetting(
            variables={"HUBSPOT_API_URL": "http://127.0.0.1:9"}, error=TemporaryError, names="HUBSPOT_API_URL"
        )

    def signed(self, id: str, at: float) -> WebhookRequest:
        event = {"eventId": int(at) % 1000, "occurredAt": int(at * 1000), "subscriptionType": "ticket.propertyChange"}
        return self.signed_events([{**event, "objectId": int(id)}], at)

    def signed_events(self, events: list[dict[str, Any]], at: float) -> WebhookRequest:
        """Signs the public address that HubSpot calls, not the one on which the desk listens."""
        body, stamp = json.dumps(events).encode(), str(int(at * 1000))
        source = f"POST{PUBLIC_URL}".encode() + body + stamp.encode()
        signature = base64.b64encode(hmac.new(SECRET.encode(), source, sha256).digest()).decode()
        headers = {"x-hubspot-signature-v3": signature, "x-hubspot-request-timestamp": stamp}
        return WebhookRequest(
            method="POST", url="http://127.0.0.1:3000/webhooks/tickets/hubspot", headers=headers, body=body, at=at
        )

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._admit])
        objects = "/crm/v3/objects"
        app.add_routes(
            [
                web.get("/account-info/v3/details", self._account),
                web.get("/crm/v3/pipelines/tickets", self._pipelines),
                web.get("/crm/v3/properties/{kind}", self._properties),
                web.get("/crm/v3/owners/{id}", self._owner),
                web.post(f"{objects}/{{kind}}/batch/upsert", self._upsert),
                web.post(f"{objects}/notes/batch/read", self._read_notes),
                web.post(f"{objects}/notes", self._create_note),
                web.get(f"{objects}/{{kind:tickets|contacts}}", self._list),
                web.get(f"{objects}/tickets/{{id}}", self._show),
                web.patch(f"{objects}/tickets/{{id}}", self._change),
                web.put("/crm/v4/objects/{kind}/{id}/associations/default/{other}/{other_id}", self._associate),
                web.get("/crm/v4/objects/{kind}/{id}/associations/notes", self._associated),
            ]
        )
        return app

    @web.middleware
    async def _admit(self, request: web.Request, handler: Any) -> web.StreamResponse:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in (TOKEN, POOR_TOKEN):
            return _failure(401, "INVALID_AUTHENTICATION")
        if token == POOR_TOKEN and "contacts" in request.path:
            return _failure(403, "MISSING_SCOPES")
        response: web.StreamResponse = await handler(request)
        return response

    # Endpoints that the check reads.

    async def _account(self, request: web.Request) -> web.Response:
        return web.json_response({"portalId": int(ACCOUNT), "uiDomain": "app.hubspot.com"})

    async def _pipelines(self, request: web.Request) -> web.Response:
        pipelines = [("0", "Support Pipeline", LABELS), ("31", "Intern", OWN)]
        shown = [{"id": id, "label": label, "stages": _stages(stages)} for id, label, stages in pipelines]
        return web.json_response({"results": shown})

    async def _properties(self, request: web.Request) -> web.Response:
        own = {"tickets": (KEY, SESSION, "subject"), "notes": (NOTE_KEY, "hs_note_body")}[request.match_info["kind"]]
        unique = {KEY, NOTE_KEY} - self.not_unique
        return web.json_response({"results": [{"name": name, "hasUniqueValue": name in unique} for name in own]})

    async def _owner(self, request: web.Request) -> web.Response:
        return web.json_response(OWNER) if request.match_info["id"] == OWNER["id"] else _failure(404, "NOT_FOUND")

    async def _list(self, request: web.Request) -> web.Response:
        return web.json_response({"results": []})

    # Objects.

    async def _upsert(self, request: web.Request) -> web.Response:
        (one,) = (await request.json())["inputs"]
        kind, properties = request.match_info["kind"], one["properties"]
        unique = {"tickets": KEY, "contacts": "email", "notes": NOTE_KEY}[kind]
        if one["id"] in self.refused_emails:
            return _failure(400, "VALIDATION_ERROR")
        if one["idProperty"] != unique or self.refuses_rows:
            errors = [{"status": "error", "category": "VALIDATION_ERROR", "message": "Property values were not valid"}]
            return web.json_response({"status": "COMPLETE", "results": [], "errors": errors}, status=207)
        id = {"tickets": self._kept, "contacts": self._contact, "notes": self._noted}[kind](one["id"], properties)
        return web.json_response({"status": "COMPLETE", "results": [{"id": id}]})

    def _kept(self, key: str, properties: dict[str, str]) -> str:
        ticket = next((one for one in self.tickets.values() if one.key == key), None)
        if ticket is None:
            ticket = self.add(TicketRecord(id=self.next_id(), key=key))
        self._write(ticket, properties)
        return ticket.id

    def _contact(self, email: str, properties: dict[str, str]) -> str:
        return self.contacts.setdefault(email, str(500 + len(self.contacts)))

    def _noted(self, key: str, properties: dict[str, str]) -> str:
        id = next((id for id, note in self.notes.items() if note.get(NOTE_KEY) == key), None)
        return self._keep_note({**properties, NOTE_KEY: key}, id)

    def _keep_note(self, properties: dict[str, str], id: str | None = None) -> str:
        id = id or str(9000 + len(self.notes))
        self.notes[id] = {"hs_createdate": _spelt(self.now()), **properties}
        return id

    async def _create_note(self, request: web.Request) -> web.Response:
        body = await request.json()
        id = self._keep_note(body["properties"])
        kinds = {number: kind for kind, number in NOTE_TO.items()}
        for link in body["associations"]:
            self._see(id, kinds[link["types"][0]["associationTypeId"]], link["to"]["id"])
        return web.json_response({"id": id}, status=201)

    async def _read_notes(self, request: web.Request) -> web.Response:
        ids = [one["id"] for one in (await request.json())["inputs"]]
        return web.json_response({"results": [{"id": id, "properties": self.notes[id]} for id in reversed(ids)]})

    async def _show(self, request: web.Request) -> web.Response:
        id, by = request.match_info["id"], request.query.get("idProperty")
        found = [one for one in self.tickets.values() if id == (one.key if by == KEY else one.id)]
        if not found:
            return _failure(404, "OBJECT_NOT_FOUND")
        return web.json_response({"id": found[0].id, "properties": self._shown(found[0])})

    def _shown(self, ticket: TicketRecord) -> dict[str, str]:
        stage = ticket.fields.get("stage") or STAGES[ticket.status]
        return {"hs_pipeline_stage": stage, "content": ticket.text, "subject": ticket.subject}

    async def _change(self, request: web.Request) -> web.Response:
        ticket = self.tickets.get(request.match_info["id"])
        if ticket is None:
            return _failure(404, "OBJECT_NOT_FOUND")
        self._write(ticket, (await request.json())["properties"])
        return web.json_response({"id": ticket.id, "properties": self._shown(ticket)})

    def _write(self, ticket: TicketRecord, properties: dict[str, str]) -> None:
        ticket.subject = properties.get("subject", ticket.subject)
        ticket.text = properties.get("content", ticket.text)
        ticket.fields |= {name: value for name, value in properties.items() if name == SESSION}
        stage = properties.get("hs_pipeline_stage")
        if stage in OWN:
            ticket.fields["stage"] = stage
        elif stage is not None and not self.refuses_moves:
            ticket.status = RAW[stage]

    # Associations.

    async def _associate(self, request: web.Request) -> web.Response:
        of = request.match_info
        if of["kind"] == "notes":
            self._see(of["id"], of["other"], of["other_id"])
        else:
            email = next(email for email, id in self.contacts.items() if id == of["other_id"])
            self.tickets[of["id"]].requester = email
        return web.json_response({"status": "COMPLETE"})

    def _see(self, note: str, kind: str, id: str) -> None:
        """Associates a note with a ticket or a contact."""
        if (note, kind, id) not in self.links and kind == "tickets":
            self.add_comment(self.tickets[id], self.notes[note]["hs_note_body"], public=False, author="Desk", ours=True)
        self.links.add((note, kind, id))

    async def _associated(self, request: web.Request) -> web.Response:
        """Returns pages of two, to test paging."""
        of, start = request.match_info, int(request.query.get("after", "0"))
        found = sorted(note for note, kind, id in self.links if (kind, id) == (of["kind"], of["id"]))
        page: dict[str, Any] = {"results": [{"toObjectId": int(note)} for note in found[start : start + 2]]}
        more = {"paging": {"next": {"after": str(start + 2)}}} if found[start + 2 :] else {}
        return web.json_response({**page, **more})

    async def comment(self, id: str, text: str, *, public: bool) -> None:
        """Writes a note in HubSpot's editor, as a person there."""
        body = {"hs_note_body": f"<div><p>{text}</p></div>", "hubspot_owner_id": OWNER["id"]}
        self.links.add((self._keep_note({"hs_timestamp": _spelt(self.now()), **body}), "tickets", id))


def _stages(labels: Mapping[str, str]) -> list[dict[str, Any]]:
    last = list(labels)[-1]
    return [
        {"id": id, "label": label, "metadata": {"ticketState": "CLOSED" if id == last else "OPEN"}}
        for id, label in labels.items()
    ]


def _spelt(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _failure(status: int, category: str) -> web.Response:
    return web.json_response({"status": "error", "category": category, "message": "No."}, status=status)
