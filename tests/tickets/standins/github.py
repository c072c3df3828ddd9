"""A stand-in for GitHub Issues, after its OpenAPI description and its documentation."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, ClassVar

from aiohttp import web

from bot.errors import BadRequestError, CredentialError, NotFoundError, TemporaryError
from bot.helpdesk.model.handoff import TicketStatus
from bot.helpdesk.model.ticket_system import WebhookRequest
from tests.tickets.promises import Promise
from tests.tickets.standins.base import BadSetting, Comment, StandIn, TicketRecord

TOKEN, SECRET, REPOSITORY, PUBLIC = "github-token", "github-hook-secret", "acme/desk", "acme/open"
CLOSED = {"completed": TicketStatus.SOLVED, "not_planned": TicketStatus.CLOSED}


class StandInGitHub(StandIn):
    """A private repository, and a public one that must be refused."""

    system = "github"
    title = "GitHub Issues"
    described = ("github-issues.json",)
    misshapen = (
        ("POST", f"/repos/{REPOSITORY}/issues", {"body": "no title"}),
        ("PATCH", f"/repos/{REPOSITORY}/issues/1", {"state": "solved"}),
    )
    lacks: ClassVar[Mapping[Promise, str]] = {Promise.PRIVATE: "none", Promise.AGE: "time not signed"}
    statuses: ClassVar[Mapping[TicketStatus, TicketStatus]] = {
        TicketStatus.NEW: TicketStatus.OPEN,
        TicketStatus.PENDING: TicketStatus.OPEN,
    }

    def variables(self) -> dict[str, str]:
        return {
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_API_URL": self.url,
            "GITHUB_WEBHOOK_SECRET": SECRET,
        }

    @property
    def bad_settings(self) -> Iterable[BadSetting]:
        yield BadSetting(variables={"GITHUB_TOKEN": "wrong"}, error=CredentialError, names="GITHUB_TOKEN")
        yield BadSetting(variables={"GITHUB_REPOSITORY": "acme/none"}, error=NotFoundError, names="GITHUB_REPOSITORY")
        yield BadSetting(variables={"GITHUB_REPOSITORY": PUBLIC}, error=BadRequestError, names="public")
        yield BadSetting(
            variables={"GITHUB_API_URL": "http://127.0.0.1:9"}, error=TemporaryError, names="GITHUB_API_URL"
        )

    def signed(self, id: str, at: float) -> WebhookRequest:
        body = json.dumps({"action": "closed", "issue": {"number": int(id)}}).encode()
        digest = hmac.new(SECRET.encode(), body, sha256).hexdigest()
        headers = {"x-hub-signature-256": f"sha256={digest}", "x-github-delivery": f"delivery-{at}"}
        url = "https://desk.test/webhooks/tickets/github"
        return WebhookRequest(method="POST", url=url, headers=headers, body=body, at=at)

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._admit])
        issues = f"/repos/{REPOSITORY}/issues"
        app.add_routes(
            [
                web.get("/repos/{owner}/{name}", self._repository),
                web.get(issues, self._list),
                web.post(issues, self._create),
                web.get(f"{issues}/{{id}}", self._show),
                web.patch(f"{issues}/{{id}}", self._change),
                web.get(f"{issues}/{{id}}/comments", self._comments),
                web.post(f"{issues}/{{id}}/comments", self._comment),
            ]
        )
        return app

    @web.middleware
    async def _admit(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"message": "Bad credentials"}, status=401)
        response: web.StreamResponse = await handler(request)
        return response

    async def _repository(self, request: web.Request) -> web.Response:
        name = f"{request.match_info['owner']}/{request.match_info['name']}"
        if name not in (REPOSITORY, PUBLIC):
            return web.json_response({"message": "Not Found"}, status=404)
        rights = {"permissions": {"push": True}, "has_issues": True}
        return web.json_response({"full_name": name, "private": name == REPOSITORY, **rights})

    async def _list(self, request: web.Request) -> web.Response:
        found = [one for one in self.listed if one.key == request.query["labels"]]
        return web.json_response([self._shown(one) for one in reversed(found)])

    async def _create(self, request: web.Request) -> web.Response:
        body = await request.json()
        if not body.get("title"):
            return web.json_response({"message": "Validation Failed"}, status=422)
        ticket = TicketRecord(id=self.next_id(), key=body["labels"][0], subject=body["title"], text=body["body"])
        ticket.status = TicketStatus.OPEN
        return web.json_response(self._shown(self.add(ticket)), status=201)

    def _issue(self, request: web.Request) -> TicketRecord:
        found = self.tickets.get(request.match_info["id"])
        if found is None:
            raise web.HTTPNotFound(text='{"message": "Not Found"}', content_type="application/json")
        return found

    async def _show(self, request: web.Request) -> web.Response:
        return web.json_response(self._shown(self._issue(request)))

    async def _change(self, request: web.Request) -> web.Response:
        ticket, body = self._issue(request), await request.json()
        ticket.text = body.get("body", ticket.text)
        if "labels" in body:
            ticket.key, ticket.gone = "", True
        if "state" in body and not self.refuses_moves:
            reason = body.get("state_reason", "completed")
            ticket.status = CLOSED[reason] if body["state"] == "closed" else TicketStatus.OPEN
        return web.json_response(self._shown(ticket))

    async def _comments(self, request: web.Request) -> web.Response:
        size, page, since = int(request.query["per_page"]), int(request.query["page"]), request.query.get("since", "")
        comments = [one for one in map(_shown_comment, self._issue(request).comments) if one["created_at"] >= since]
        return web.json_response(comments[(page - 1) * size : page * size])

    async def _comment(self, request: web.Request) -> web.Response:
        body = await request.json()
        comment = self.add_comment(self._issue(request), body["body"], public=True, author="desk-bot", ours=True)
        return web.json_response(_shown_comment(comment), status=201)

    def _shown(self, ticket: TicketRecord) -> dict[str, Any]:
        reason = next((reason for reason, status in CLOSED.items() if status is ticket.status), None)
        return {
            "number": int(ticket.id),
            "title": ticket.subject,
            "body": ticket.text,
            "state": "closed" if reason else "open",
            "state_reason": reason,
            "html_url": f"https://github.test/{REPOSITORY}/issues/{ticket.id}",
            "labels": [{"name": ticket.key}],
        }


def _shown_comment(comment: Comment) -> dict[str, Any]:
    at = datetime.fromtimestamp(comment.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"id": int(comment.id), "body": comment.text, "user": {"login": comment.author}, "created_at": at}
