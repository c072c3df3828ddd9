"""A stand-in for ServiceNow's Table API, after its documentation: untyped, and silent where something is wrong."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from aiohttp import web

from bot.errors import BadRequestError, CredentialError, NotFoundError, PlanError, TemporaryError
from bot.helpdesk.model.ticket_system import WebhookRequest
from bot.tickets.servicenow import STATES
from tests.tickets.promises import Promise
from tests.tickets.standins.base import BadSetting, StandIn, TicketRecord

USER, PASSWORD, GROUP = "uppzy.desk", "snow-password", "d625dccec0a8016700a222a0f7900d06"
RAW = {raw: status for status, raw in STATES.items()}
LABELS = {"1": "New", "2": "In Progress", "3": "On Hold", "6": "Resolved", "7": "Closed", "8": "Canceled"}
CLOSE_CODE = "Solution provided"

OWN_FIELDS = ("u_handoff", "u_session", "u_request")
WRITABLE = frozenset({"short_description", "description", "urgency", "impact", "caller_id", "assignment_group"})

Row = dict[str, str]


class StandInServiceNow(StandIn):
    """An instance with incidents. `lacking` are fields that it does not have, `users` who may be a caller."""

    system = "servicenow"
    title = "ServiceNow"
    lags = False
    described = ("servicenow-table.unofficial.json",)
    prefix = "/api/now"
    misshapen = (("POST", "/table/incident", [{"short_description": "In a list"}]),)
    lacks: ClassVar[Mapping[Promise, str]] = {Promise.WEBHOOK: "polled", Promise.AGE: "polled"}

    def __init__(self) -> None:
        super().__init__()
        self.lacking: set[str] = set()
        self.forbidden: set[str] = set()
        self.forbids_moves = False
        self.refuses_callers = False
        self.users: list[Row] = [{"sys_id": "u1", "user_name": "cara", "name": "Cara", "email": "cara@example.com"}]

    def variables(self) -> dict[str, str]:
        return {
            "SERVICENOW_URL": self.url,
            "SERVICENOW_USER": USER,
            "SERVICENOW_PASSWORD": PASSWORD,
            "SERVICENOW_GROUP": GROUP,
            "SERVICENOW_FIELDS": "handoff_id=u_handoff, uppzy_session_id=u_session, uppzy_request_id=u_request",
        }

    @property
    def bad_settings(self) -> Iterable[BadSetting]:
        yield BadSetting(variables={"SERVICENOW_PASSWORD": "wrong"}, error=CredentialError, names="SERVICENOW_PASSWORD")
        yield BadSetting(variables={"SERVICENOW_TABLE": "incidents"}, error=BadRequestError, names="SERVICENOW_TABLE")
        yield BadSetting(variables={"SERVICENOW_TABLE": "sys_secret"}, error=PlanError, names="itil")
        yield BadSetting(variables={"SERVICENOW_FIELDS": "chat_url=u_no"}, error=BadRequestError, names="u_no")
        yield BadSetting(variables={"SERVICENOW_STATES": "open=17"}, error=BadRequestError, names="SERVICENOW_STATES")
        yield BadSetting(variables={"SERVICENOW_CLOSE_CODES": "solved=Done"}, error=BadRequestError, names="Done")
        yield BadSetting(variables={"SERVICENOW_GROUP": "Support"}, error=NotFoundError, names="SERVICENOW_GROUP")
        yield BadSetting(
            variables={"SERVICENOW_URL": "http://127.0.0.1:9"}, error=TemporaryError, names="SERVICENOW_URL"
        )

    def signed(self, id: str, at: float) -> WebhookRequest:
        raise NotImplementedError("ServiceNow sends no webhooks of its own")

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._admit])
        table = "/api/now/table/{table}"
        app.add_routes(
            [
                web.get(table, self._list),
                web.post(table, self._insert),
                web.get(f"{table}/{{id}}", self._show),
                web.patch(f"{table}/{{id}}", self._update),
            ]
        )
        return app

    @web.middleware
    async def _admit(self, request: web.Request, handler: Any) -> web.StreamResponse:
        expected = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {expected}":
            return _failure(401, "User Not Authenticated")
        if request.match_info.get("table") in self.forbidden | {"sys_secret"}:
            return _failure(403, "User Not Authorized")
        response: web.StreamResponse = await handler(request)
        return response

    # Tables.

    def _rows(self, table: str) -> list[Row] | None:
        match table:
            case "incident":
                return [self._row(ticket) for ticket in self.tickets.values()] or [self._row(_example())]
            case "sys_journal_field":
                return [
                    self._entry(ticket, comment) for ticket in self.tickets.values() for comment in ticket.comments
                ] or [{"sys_id": "j0", "element_id": "somebody else's", "element": "comments", "value": "Hello"}]
            case "sys_user":
                return self.users
            case "sys_user_group":
                return [{"sys_id": GROUP, "name": "Service Desk"}]
            case "sys_choice":
                states = [{"name": "incident", "element": "state", "value": value} for value in LABELS]
                return [*states, {"name": "incident", "element": "close_code", "value": CLOSE_CODE}]
            case _:
                return None

    def _row(self, ticket: TicketRecord) -> Row:
        row = {
            "sys_id": ticket.id,
            "number": f"INC{ticket.id.zfill(7)}",
            "short_description": ticket.subject,
            "description": ticket.text.replace("\n", "\r\n"),
            "correlation_id": ticket.key,
            "state": ticket.fields.get("state", STATES[ticket.status]),
            "sys_created_on": _spelt(1_800_000_000.0),
            **{name: ticket.fields.get(name, "") for name in OWN_FIELDS},
        }
        return {name: value for name, value in row.items() if name not in self.lacking}

    def _entry(self, ticket: TicketRecord, comment: Any) -> Row:
        return {
            "sys_id": comment.id,
            "element_id": ticket.id,
            "element": "comments" if comment.public else "work_notes",
            "value": comment.text,
            "sys_created_on": _spelt(comment.at),
            "sys_created_by": comment.author.lower(),
        }

    async def _list(self, request: web.Request) -> web.Response:
        rows = self._rows(request.match_info["table"])
        if rows is None:
            return _failure(400, f"Invalid table {request.match_info['table']}")
        for condition in request.query.get("sysparm_query", "").split("^"):
            rows = _filtered(rows, condition)
        names = request.query["sysparm_fields"].split(",")
        page = rows[: int(request.query["sysparm_limit"])]
        return web.json_response({"result": [{name: row[name] for name in names if name in row} for row in page]})

    async def _show(self, request: web.Request) -> web.Response:
        rows = self._rows(request.match_info["table"]) or []
        row = next((row for row in rows if row["sys_id"] == request.match_info["id"]), None)
        if row is None:
            return _failure(404, "No Record found")
        shown: dict[str, Any] = {name: row[name] for name in request.query["sysparm_fields"].split(",") if name in row}
        if request.query.get("sysparm_display_value") == "all":
            shown = {name: {"value": value, "display_value": _label(name, value)} for name, value in shown.items()}
        return web.json_response({"result": shown})

    async def _insert(self, request: web.Request) -> web.Response:
        body = await request.json()
        assert request.match_info["table"] == "incident"
        if "caller_id" in body and self.refuses_callers:
            return _failure(
                403, "Operation Failed", f"Aborted by Business Rule 'Caller^{body['caller_id']} is inactive'"
            )
        ticket = TicketRecord(id=self.next_id(), key="")
        self._write(ticket, body)
        self.add(ticket)
        return web.json_response({"result": self._row(ticket)}, status=201)

    async def _update(self, request: web.Request) -> web.Response:
        ticket, body = self.tickets.get(request.match_info["id"]), await request.json()
        if ticket is None:
            return _failure(404, "No Record found")
        if "state" in body and self.forbids_moves:
            return _failure(403, "Operation against file 'incident' was aborted by Business Rule 'No'")
        self._write(ticket, body)
        return web.json_response({"result": {"sys_id": ticket.id}})

    def _write(self, ticket: TicketRecord, body: Row) -> None:
        """Drops unknown fields."""
        kept = {name: value for name, value in body.items() if name not in self.lacking}
        ticket.subject = kept.get("short_description", ticket.subject)
        ticket.text = kept.get("description", ticket.text)[:4000]
        ticket.fields |= {name: value for name, value in kept.items() if name in WRITABLE | set(OWN_FIELDS)}
        caller = next((user["email"] for user in self.users if user["sys_id"] == kept.get("caller_id")), None)
        ticket.requester = caller or ticket.requester
        ticket.gone = ticket.gone or kept.get("correlation_id") == ""
        ticket.key = kept.get("correlation_id", ticket.key)
        for name in {"comments", "work_notes"} & kept.keys():
            self.add_comment(ticket, kept[name], public=name == "comments", author=USER, ours=True)
        if not self.refuses_moves and self._may_move(kept):
            ticket.status = RAW[kept["state"]]

    def _may_move(self, body: Row) -> bool:
        """Requires a code and notes to resolve."""
        explained = body.get("close_code") == CLOSE_CODE and body.get("close_notes")
        return body.get("state") in RAW and (body["state"] != "6" or bool(explained))


def _example() -> TicketRecord:
    """Returns a record that is older than the desk."""
    return TicketRecord(id="0", key="", subject="Printer")


def _filtered(rows: list[Row], condition: str) -> list[Row]:
    """Ignores a condition on an unknown field."""
    if condition.startswith("ORDERBYDESC"):
        return sorted(rows, key=lambda row: (row[condition.removeprefix("ORDERBYDESC")], row["sys_id"]), reverse=True)
    name, operator, value = condition.partition("IN" if "IN" in condition else "=")
    if not operator or not rows or name not in rows[0]:
        return rows
    wanted = value.split(",") if operator == "IN" else [value]
    return [row for row in rows if row[name] in wanted]


def _label(name: str, value: str) -> str:
    return LABELS[value] if name == "state" else value


def _spelt(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _failure(status: int, message: str, detail: str = "") -> web.Response:
    return web.json_response({"error": {"message": message, "detail": detail}, "status": "failure"}, status=status)
