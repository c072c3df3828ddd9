"""A real Request Tracker 5 for the tests, behind a proxy that fails on request.

It is started from the scripts in shared/realservers/rt5, where they and the Debian package are there, on loopback and
with a throw-away database.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from aiohttp import web

from bot.helpdesk.model.handoff import TicketStatus
from bot.tickets.rt import STATUSES
from tests.bench.processes import free_port
from tests.tickets.shared import shared
from tests.tickets.standins.base import Comment, TicketRecord
from tests.tickets.standins.rt import SECRET, StandInRt

SCRIPTS = shared("realservers/rt5")
INSTALLED_AT = Path("/usr/share/request-tracker5")
INSTALLED = INSTALLED_AT.is_dir()
MISSING = (
    "no real Request Tracker here: it takes Debian's package request-tracker5 and the folder shared/realservers/rt5 "
    "beside the checkout; `.ci/run` installs it"
)
THERE = SCRIPTS is not None and INSTALLED

ROOT = ("root", "rtpass123")
"""The administrator that start.sh creates; the tests use it for people who work in RT."""

BCRYPT_COST = 4
"""The least. With RT's own 12, verifying the token takes a quarter of a second in every request: most of its time."""

RAW = {raw: status for status, raw in STATUSES.items()}


class RtServer:
    """One server with its files in `folder`; use it as a context manager.

    It posts a signed notice of every status change to `hook_port`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hook_port = free_port()

    def __enter__(self) -> Self:
        assert SCRIPTS is not None
        settings = self.folder / "conf.d" / "tests.pm"
        settings.parent.mkdir()
        settings.write_text(f"Set($BcryptCost, {BCRYPT_COST});\n1;\n", encoding="utf-8")
        hook = {"RT_WEBHOOK_URL": f"http://127.0.0.1:{self.hook_port}/hook", "RT_WEBHOOK_SECRET": SECRET}
        command = ["bash", str(SCRIPTS / "start.sh"), str(self.folder), str(free_port())]
        with (self.folder / "start.log").open("w") as log:
            done = subprocess.run(
                command, env={**os.environ, **hook}, stdout=log, stderr=log, timeout=120.0, check=False
            )
        assert done.returncode == 0, (self.folder / "start.log").read_text("utf-8")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.kill(int((self.folder / "pid").read_text()), signal.SIGTERM)

    @property
    def url(self) -> str:
        return (self.folder / "url").read_text().strip()

    @property
    def token(self) -> str:
        return (self.folder / "token").read_text().strip()

    def token_of_root(self) -> str:
        """Makes a token of the administrator, who may change users, with the library of RT as start.sh does."""
        script = (
            "use RT -init; use RT::AuthToken; use RT::CurrentUser; my $user = RT::CurrentUser->new('root');"
            " my ($ok, $message, $token) = RT::AuthToken->new($user)->Create(Owner => $user->Id, Description => 'ci');"
            " die $message unless $ok; print $token;"
        )
        site = {
            "RT_SITE_CONFIG": str(self.folder / "RT_SiteConfig.pm"),
            "RT_SITE_CONFIG_DIR": str(self.folder / "conf.d"),
        }
        library = f"-I{INSTALLED_AT / 'lib'}"
        made = subprocess.run(
            ["perl", library, "-e", script], env={**os.environ, **site}, capture_output=True, text=True, check=True
        )
        return made.stdout.strip()


class RealRt(StandInRt):
    """The real server behind the faults of a stand-in. Tickets of other tests are not shown."""

    how = "real server"

    def __init__(self, server: RtServer) -> None:
        super().__init__()
        self.server = server
        self.created: list[str] = []
        self._people = httpx.AsyncClient(base_url=f"{server.url}/REST/2.0", auth=ROOT, trust_env=False, timeout=30.0)
        self._way = httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=30.0)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await super().__aexit__(kind, error, trace)
        await self._people.aclose()
        await self._way.aclose()

    def variables(self) -> dict[str, str]:
        return {**super().variables(), "RT_TOKEN": self.server.token}

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        return app

    async def _pass_on(self, request: web.Request) -> web.Response:
        kept = {name: request.headers[name] for name in ("Authorization", "Content-Type") if name in request.headers}
        body = await request.read()
        answer = await self._way.request(request.method, str(request.rel_url), content=body, headers=kept)
        if request.method == "POST" and request.path.endswith("/ticket") and answer.is_success:
            self.created.append(str(answer.json()["id"]))
            self.arrived()
        return web.Response(status=answer.status_code, body=answer.content, content_type="application/json")

    async def pass_time(self) -> None:
        """Waits more than two seconds: RT counts in whole ones."""
        await asyncio.sleep(2.1)

    def refuse_moves(self) -> dict[str, str]:
        """Sets a status that the lifecycle lacks, which RT refuses with 200."""
        return {"RT_STATUSES": "solved=bogus"}

    async def made(self) -> list[TicketRecord]:
        found = [await self._seen(id) for id in dict.fromkeys(self.created)]
        return [made for made in found if not made.gone]

    async def _get(self, path: str, **params: str | int) -> Any:
        answer = await self._people.get(path, params=params)
        answer.raise_for_status()
        return answer.json()

    async def _seen(self, id: str) -> TicketRecord:
        ticket = await self._get(f"/ticket/{id}")
        fields = {field["name"]: field["values"][0] for field in ticket["CustomFields"] if field["values"]}
        made = TicketRecord(id=id, key=fields.get("ExternalKey", ""), subject=ticket["Subject"], fields=fields)
        made.status = RAW[ticket["Status"]]
        made.gone = str(ticket["id"]) != id
        made.requester = next((user["id"] for user in ticket["Requestor"]), None)
        texts = await self._texts(id)
        for entry in (await self._get(f"/ticket/{id}/history", fields="Type,Creator", per_page=100))["items"]:
            text = texts.get(entry["id"], "")
            if entry["Type"] == "Create":
                made.text = text
            elif entry["Type"] in ("Comment", "Correspond"):
                public = entry["Type"] == "Correspond"
                made.comments.append(
                    Comment(id=entry["id"], text=text, public=public, author=entry["Creator"]["id"], at=0.0)
                )
        return made

    async def _texts(self, id: str) -> Mapping[str, str]:
        found = await self._get(f"/ticket/{id}/attachments", fields="Content,TransactionId", per_page=100)
        return {part["TransactionId"]: part["Content"] for part in found["items"]}

    async def comment(self, id: str, text: str, *, public: bool) -> None:
        body = {"Content": text, "ContentType": "text/plain"}
        verb = "correspond" if public else "comment"
        (await self._people.post(f"/ticket/{id}/{verb}", json=body)).raise_for_status()

    async def page(self, id: str) -> str:
        """Returns the page of a ticket with its history, as a browser gets it."""
        async with httpx.AsyncClient(base_url=self.server.url, trust_env=False, timeout=60.0) as browser:
            name, password = ROOT
            await browser.post("/NoAuth/Login.html", data={"user": name, "pass": password})
            page = f"/Ticket/Display.html?id={id}"
            referrer = {"Referer": f"{self.server.url}{page}"}
            parts = [
                await browser.get(page, headers=referrer),
                await browser.get(f"/Helpers/TicketHistory?id={id}", headers=referrer),
            ]
        assert all(part.is_success for part in parts)
        return "".join(part.text for part in parts)

    async def disable(self, email: str) -> None:
        """Creates a disabled user with this address."""
        user = {"Name": f"{email} {self.key}", "EmailAddress": email, "Privileged": 0, "Disabled": 1}
        (await self._people.post("/user", json=user)).raise_for_status()

    async def know(self, email: str, about: str = "") -> None:
        user = {"Name": f"{email} {self.key}", "EmailAddress": email, "Privileged": 0, "Comments": about}
        (await self._people.post("/user", json=user)).raise_for_status()

    async def about(self, email: str) -> str:
        return str((await self._get(f"/user/{email} {self.key}"))["Comments"])

    async def write_html(self, id: str, html: str) -> None:
        """Answers the requestor in RT's rich editor, as an agent."""
        body = {"Content": html, "ContentType": "text/html"}
        (await self._people.post(f"/ticket/{id}/correspond", json=body)).raise_for_status()

    async def move(self, id: str, status: TicketStatus) -> None:
        (await self._people.put(f"/ticket/{id}", json={"Status": STATUSES[status]})).raise_for_status()
