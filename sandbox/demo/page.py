"""HTTP routes of the demo: the page, its data, its actions, and the stream of updates."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from importlib import resources
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ValidationError

from bot.app import RunningBot
from bot.helpdesk.review.weeks import due_before, first_day, last_full_week
from bot.slack.ids import SHOW_IDS
from sandbox.demo.actions import (
    MOST_BYTES,
    AddHistory,
    Cancel,
    Choose,
    Delete,
    Edit,
    OpenHome,
    PassTime,
    PostDigest,
    Press,
    Say,
    ShowIds,
    Stop,
    SubmitForm,
    Switch,
    misunderstood,
)
from sandbox.demo.block_html import render_blocks, render_form
from sandbox.demo.fault_switches import DESCRIPTIONS, FaultSwitches
from sandbox.demo.fixtures import AGENTS, SAMPLE_FILES, SUGGESTIONS, ZOE
from sandbox.demo.history import EMPLOYEES, is_written, write_history
from sandbox.demo.inspector import render_inspector
from sandbox.demo.live_updates import CLOCK, DESK, FAULTS, Updates
from sandbox.demo.mrkdwn_html import Names, as_sent
from sandbox.demo.policy_editor import PolicyEditor
from sandbox.demo.rules_routes import RulesRoutes
from sandbox.demo.same_origin import add_headers, guard
from sandbox.demo.simulated_clock import SimulatedClock
from sandbox.demo.teams_page import TeamsPage
from sandbox.demo.thread_view import PICTURES, ChannelView, names_in
from sandbox.slack import Delivery, ImpossibleError, LocalSlack, View
from sandbox.slack.workspace import Channel, File
from sandbox.teams import LocalTeams
from sandbox.uppzy import LocalUppzy
from sandbox.world import HANDOFF_CHANNEL, MIA, REVIEW_CHANNEL, TEAMS_CHANNEL, TEAMS_MIA
from storage.queries.overview import read_overview
from storage.repositories import Transaction
from storage.sqlite.jobs import EmbeddedRunner

_STATIC = {
    "": ("index.html", "text/html"),
    "common.js": ("common.js", "text/javascript"),
    "demo.css": ("demo.css", "text/css"),
    "demo.js": ("demo.js", "text/javascript"),
}
_TEAMS_STATIC = {
    "teams": ("teams.html", "text/html"),
    "teams.css": ("teams.css", "text/css"),
    "teams.js": ("teams.js", "text/javascript"),
}
# Files are sent as Base64, four characters for three bytes, with text beside them.
_LARGEST_REQUEST = MOST_BYTES * 4 // 3 + 500_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoContext:
    """The running parts of the demo that the routes use."""

    slack: LocalSlack
    uppzy: LocalUppzy
    bot: RunningBot
    clock: SimulatedClock
    updates: Updates
    faults: FaultSwitches
    editor: PolicyEditor
    teams: LocalTeams | None = None


class DemoPage:
    """Routes of the demo. Everything under /demo/ is JSON, except the stream of updates."""

    def __init__(self, demo: DemoContext) -> None:
        self._demo = demo
        self._slack = demo.slack
        self._rules = RulesRoutes(editor=demo.editor, bot=demo.bot, slack=demo.slack, updates=demo.updates)

    def application(self) -> web.Application:
        """Builds the application that serves the page."""
        application = web.Application(middlewares=[guard], client_max_size=_LARGEST_REQUEST)
        application.on_response_prepare.append(add_headers)
        application.on_shutdown.append(self._disconnect_pages)
        self._add_files(application, _STATIC)
        if self._demo.teams is not None:
            self._add_files(application, _TEAMS_STATIC)
            zone = self._demo.clock.state().zone
            page = TeamsPage(self._demo.teams, employee=TEAMS_MIA, channel=TEAMS_CHANNEL, zone=zone)
            application.add_routes(page.routes())
        application.add_routes(
            [
                web.get("/demo/scene", self._scene),
                web.get("/demo/threads", self._threads),
                web.get("/demo/thread", self._thread),
                web.get("/demo/file", self._file),
                web.get("/demo/home", self._home),
                web.get("/demo/views", self._views),
                web.get("/demo/inspector", self._inspector),
                web.get("/demo/faults", self._faults),
                web.get("/demo/agents", self._agents),
                web.get("/demo/clock", self._clock),
                web.get("/demo/review", self._review),
                web.get("/demo/updates", self._updates),
                *self._rules.routes(),
                *self._actions(),
            ]
        )
        return application

    def _add_files(self, application: web.Application, files: Mapping[str, tuple[str, str]]) -> None:
        for name, (file, content_type) in files.items():
            application.router.add_get(f"/{name}", _static(file, content_type))

    def _actions(self) -> list[web.RouteDef]:
        return [
            web.post("/demo/say", _action(Say, self._say)),
            web.post("/demo/edit", _action(Edit, self._edit)),
            web.post("/demo/delete", _action(Delete, self._delete)),
            web.post("/demo/show-ids", _action(ShowIds, self._show_ids)),
            web.post("/demo/press", _action(Press, self._press)),
            web.post("/demo/open-home", _action(OpenHome, self._open_home)),
            web.post("/demo/choose", _action(Choose, self._choose)),
            web.post("/demo/stop", _action(Stop, self._stop)),
            web.post("/demo/submit", _action(SubmitForm, self._submit)),
            web.post("/demo/cancel", _action(Cancel, self._cancel)),
            web.post("/demo/pass-time", _action(PassTime, self._pass_time)),
            web.post("/demo/add-history", _action(AddHistory, self._add_history)),
            web.post("/demo/post-digest", _action(PostDigest, self._post_digest)),
            web.post("/demo/switch", _action(Switch, self._switch)),
        ]

    async def _disconnect_pages(self, _application: web.Application) -> None:
        self._demo.updates.close()

    # Data

    async def _scene(self, _request: web.Request) -> web.Response:
        channel = self._slack.workspace.channels[HANDOFF_CHANNEL]
        return web.json_response(
            {
                "employee": {"id": MIA, "name": self._slack.workspace.users[MIA].name},
                "dm": self._slack.dm_of(MIA),
                "handoffs": {"id": channel.id, "name": channel.name},
                "review": {"id": REVIEW_CHANNEL, "name": self._slack.workspace.channels[REVIEW_CHANNEL].name},
                "suggestions": [asdict(suggestion) for suggestion in SUGGESTIONS],
                "props": [{"id": id, "name": file.name, "shows": shows} for id, (file, shows) in SAMPLE_FILES.items()],
                "bot": self._slack.workspace.bot_user.name,
                "teams": self._demo.teams is not None,
                "most_bytes": MOST_BYTES,
            }
        )

    async def _agents(self, _request: web.Request) -> web.Response:
        """Returns the people to choose from on the right-hand side: Zoe only while her company shares the channel."""
        channel = self._slack.workspace.channels[HANDOFF_CHANNEL]
        people = [*AGENTS, ZOE] if channel.is_ext_shared else AGENTS
        return web.json_response({"agents": [self._agent(id, channel) for id in people]})

    def _agent(self, id: str, channel: Channel) -> dict[str, Any]:
        name, member = self._slack.workspace.users[id].name, id in channel.members
        note = ""
        if id == ZOE:
            note = f"{name} works at another company. What she writes stays here, and what she presses is refused."
        elif not member:
            note = f"{name} isn't a member of #{channel.name}. Buttons are refused; see Messages for the reason."
        return {"id": id, "name": name, "member": member, "note": note, "dm": self._slack.dm_of(id)}

    async def _clock(self, _request: web.Request) -> web.Response:
        return web.json_response(asdict(self._demo.clock.state()))

    async def _review(self, _request: web.Request) -> web.Response:
        """Returns what can be done about the review: history can be added once, and a week has one digest."""
        return web.json_response(await self._demo.bot.store.read(self._read_review))

    def _read_review(self, tx: Transaction) -> dict[str, bool]:
        review = self._demo.editor.in_force.review
        due, zone = due_before(self._demo.clock(), review), review.zone
        week = first_day(last_full_week(due, zone), zone).isoformat()
        can_post = tx.conversations.has_any_before(due) and tx.digests.of_week(week) is None
        return {"can_add": not is_written(tx), "can_post": can_post}

    @property
    def _names(self) -> Names:
        return names_in(self._slack)

    def _channel_view(self, request: web.Request) -> ChannelView:
        return ChannelView(slack=self._slack, channel=_asked(request, "channel"), person=_asked(request, "person"))

    async def _threads(self, request: web.Request) -> web.Response:
        return web.json_response({"threads": [asdict(thread) for thread in self._channel_view(request).threads()]})

    async def _thread(self, request: web.Request) -> web.Response:
        thread = self._channel_view(request).thread(_asked(request, "root"))
        return web.json_response({"thread": None if thread is None else asdict(thread)})

    async def _file(self, request: web.Request) -> web.Response:
        """Returns a shared file. Only images have a content type of their own."""
        file = self._slack.workspace.files.get(_asked(request, "id"))
        if file is None:
            raise web.HTTPNotFound(text="This file is not there any more.")
        kind = file.mimetype if file.mimetype in PICTURES else "application/octet-stream"
        return web.Response(body=file.content, content_type=kind, headers={"Content-Disposition": "attachment"})

    async def _home(self, request: web.Request) -> web.Response:
        """Returns the Home tab that the bot last published for this person."""
        view = self._slack.home(_asked(request, "person"))
        if view is None:
            return web.json_response({"home": None})
        return web.json_response({"home": {"id": view.id, "html": render_blocks(view.blocks, self._names)}})

    async def _views(self, request: web.Request) -> web.Response:
        person = _asked(request, "person")
        shown = [view for view in self._slack.views.values() if _is_open_form(view) and view.user == person]
        return web.json_response({"views": [self._form(view) for view in shown]})

    def _form(self, view: View) -> dict[str, str]:
        body = view.body
        return {
            "id": view.id,
            "title": _words(body.get("title")),
            "submit": _words(body.get("submit")),
            "close": _words(body.get("close")) or "Cancel",
            "html": render_form(view.blocks, view.errors, self._names),
        }

    async def _inspector(self, _request: web.Request) -> web.Response:
        overview = await self._demo.bot.store.read(read_overview)
        return web.json_response(asdict(render_inspector(overview, self._demo.uppzy, self._names)))

    async def _faults(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {
                "faults": [
                    {"id": fault.value, "on": self._demo.faults.is_on(fault), **asdict(DESCRIPTIONS[fault])}
                    for fault in self._demo.faults.offered
                ]
            }
        )

    async def _updates(self, request: web.Request) -> web.StreamResponse:
        """Streams updates as server-sent events (html.spec.whatwg.org/multipage/server-sent-events.html)."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        with self._demo.updates.queue() as queue:
            await response.prepare(request)
            await response.write(b"event: ready\ndata: {}\n\n")
            while (updates := await queue.take()) is not None:
                lines = "".join(f"data: {json.dumps(asdict(update))}\n\n" for update in updates)
                await response.write(lines.encode())
        return response

    # Actions

    async def _say(self, message: Say) -> Delivery:
        files = [File(name=file.name, content=file.content, mimetype=file.mimetype) for file in message.files]
        files += [SAMPLE_FILES[prop][0] for prop in message.props]
        text = as_sent(message.text, self._names)
        return await self._slack.say(message.person, message.channel, text, message.thread, files=files, formatted=True)

    async def _edit(self, edited: Edit) -> Delivery:
        text = as_sent(edited.text, self._names)
        return await self._slack.edit(edited.person, edited.channel, edited.ts, text, formatted=True)

    async def _delete(self, deleted: Delete) -> Delivery:
        return await self._slack.delete(deleted.person, deleted.channel, deleted.ts)

    async def _show_ids(self, asked: ShowIds) -> Delivery:
        return await self._slack.use_shortcut(asked.person, asked.channel, asked.ts, SHOW_IDS)

    async def _press(self, pressed: Press) -> Delivery:
        return await self._slack.press(pressed.person, pressed.channel, pressed.ts, pressed.action, pressed.value)

    async def _open_home(self, opened: OpenHome) -> Delivery:
        return await self._slack.open_home(opened.person, "home")

    async def _choose(self, chosen: Choose) -> Delivery:
        return await self._slack.press_in_view(chosen.person, chosen.view, chosen.action, chosen.value)

    async def _stop(self, stopped: Stop) -> Delivery:
        return await self._slack.stop_session(stopped.person, stopped.channel, stopped.thread)

    async def _submit(self, form: SubmitForm) -> Delivery:
        return await self._slack.submit_view(form.person, form.view, form.values)

    async def _cancel(self, form: Cancel) -> Delivery:
        return await self._slack.close_view(form.person, form.view)

    async def _pass_time(self, passed: PassTime) -> Delivery:
        self._advance_clock(passed.minutes)
        return Delivery(kind="pass_time", status=200)

    def _advance_clock(self, minutes: int) -> None:
        runner = self._demo.bot.runner
        assert isinstance(runner, EmbeddedRunner), "the demo keeps its data in SQLite"
        self._demo.clock.skip(minutes * 60.0, runner)
        self._demo.updates.publish(CLOCK)

    async def _add_history(self, _asked: AddHistory) -> Delivery:
        users, clock = self._slack.workspace.users, self._demo.clock
        for id, name in EMPLOYEES.items():
            if id not in users:
                self._slack.add_user(id, name, email=f"{name.lower()}@example.com")
        policy = self._demo.editor.in_force
        await self._demo.bot.store.run(write_history, clock(), policy.review.zone, self._slack.team_id, policy)
        self._demo.updates.publish(DESK)
        return Delivery(kind="add_history", status=200)

    async def _post_digest(self, _asked: PostDigest) -> Delivery:
        await self._demo.bot.desk.start_reviews()
        self._demo.updates.publish(DESK)
        return Delivery(kind="post_digest", status=200)

    async def _switch(self, switch: Switch) -> Delivery:
        self._demo.faults.switch(switch.fault, on=switch.on)
        self._advance_clock(DESCRIPTIONS[switch.fault].minutes)
        self._demo.updates.publish(FAULTS)
        return Delivery(kind="switch", status=200)


def _static(file: str, content_type: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    text = resources.files(__package__).joinpath("static", file).read_text(encoding="utf-8")

    async def serve(_request: web.Request) -> web.Response:
        return web.Response(text=text, content_type=content_type, charset="utf-8")

    return serve


def _action(
    model: type[BaseModel], act: Callable[[Any], Awaitable[Delivery]]
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Returns the handler of an action. It answers invalid and impossible requests with a sentence."""

    async def handle(request: web.Request) -> web.Response:
        try:
            delivery = await act(model.model_validate_json(await request.read()))
        except (ImpossibleError, ValidationError) as refusal:
            return web.json_response({"error": _sentence(refusal)}, status=400)
        # "not_subscribed": the action causes no event for the bot.
        if delivery.ok or delivery.reason == "not_subscribed":
            return web.json_response({"ts": delivery.ts})
        return web.json_response({"error": f"The bot did not take this: {delivery.reason}."}, status=502)

    return handle


def _sentence(refusal: Exception) -> str:
    if isinstance(refusal, ValidationError):
        return misunderstood(refusal)
    return f"Slack would not let you: {refusal}."


def _asked(request: web.Request, name: str) -> str:
    value = request.query.get(name)
    if not value:
        raise web.HTTPBadRequest(text=f"The query needs {name}.")
    return value


def _is_open_form(view: View) -> bool:
    return view.is_open and view.body.get("type") == "modal"


def _words(text: Any) -> str:
    return str(text.get("text", "")) if isinstance(text, dict) else ""
