"""HTTP routes of the demo's page for Teams: a person's chat with the bot beside the channel of the agents."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from aiohttp import web
from pydantic import BaseModel, Field, ValidationError

from sandbox.demo.actions import PageAction, misunderstood
from sandbox.demo.fixtures import SUGGESTIONS
from sandbox.demo.teams_view import TeamsView
from sandbox.impossible import ImpossibleError
from sandbox.teams import ActivityDelivery, LocalTeams

_UNTOLD = ("not_delivered", "held")


class TeamsSay(PageAction):
    """Write a message: in the chat with the bot, or in a channel or a thread of it."""

    person: str
    text: str = Field(min_length=1, max_length=28_000)
    channel: str | None = None
    thread: str | None = None


class TeamsPress(PageAction):
    """Press a button of a card. `where` are the data of the button, `inputs` what is filled in."""

    person: str
    conversation: str
    message: str
    verb: str
    where: dict[str, Any] = Field(default_factory=dict)
    inputs: dict[str, str] = Field(default_factory=dict)


class TeamsThumb(PageAction):
    """Press a thumb under an answer."""

    person: str
    conversation: str
    message: str
    reaction: str = Field(pattern="^(like|dislike)$")
    reason: str = ""


class TeamsSuggestion(PageAction):
    """Press a suggested action."""

    person: str
    message: str
    title: str


class TeamsEdit(PageAction):
    """Change one's own message."""

    person: str
    conversation: str
    message: str
    text: str = Field(min_length=1, max_length=28_000)


class TeamsDelete(PageAction):
    """Delete one's own message."""

    person: str
    conversation: str
    message: str


class TeamsReads(PageAction):
    """Give or take the permission of the team to read messages that do not mention the bot."""

    on: bool


class TeamsPage:
    """Routes of the page for Teams. `employee` writes to the bot; agents are members of the team of `channel`."""

    def __init__(self, teams: LocalTeams, *, employee: str, channel: str, zone: str) -> None:
        self._teams = teams
        self._zone = zone
        self._employee = employee
        self._channel = channel

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/demo/teams/scene", self._scene),
            web.get("/demo/teams/chat", self._chat),
            web.get("/demo/teams/channel", self._threads),
            web.post("/demo/teams/say", _acting(TeamsSay, self._say)),
            web.post("/demo/teams/press", _acting(TeamsPress, self._press)),
            web.post("/demo/teams/thumb", _acting(TeamsThumb, self._thumb)),
            web.post("/demo/teams/suggestion", _acting(TeamsSuggestion, self._suggestion)),
            web.post("/demo/teams/edit", _acting(TeamsEdit, self._edit)),
            web.post("/demo/teams/delete", _acting(TeamsDelete, self._delete)),
            web.post("/demo/teams/reads", _acting(TeamsReads, self._reads)),
        ]

    @property
    def _team(self) -> str:
        return self._teams.workspace.channels[self._channel].team

    # Data

    async def _scene(self, _request: web.Request) -> web.Response:
        users, team = self._teams.workspace.users, self._teams.workspace.teams[self._team]
        return web.json_response(
            {
                "employee": {"id": self._employee, "name": users[self._employee].name},
                "agents": [{"id": id, "name": users[id].name} for id in team.members],
                "chat": self._teams.chat_of(self._employee),
                "channel": {"id": self._channel, "name": self._teams.workspace.channels[self._channel].name},
                "reads_all": team.reads_all,
                "zone": self._zone,
                "bot": self._teams.workspace.bot_name,
                "suggestions": [asdict(one) for one in SUGGESTIONS],
            }
        )

    async def _chat(self, request: web.Request) -> web.Response:
        return web.json_response({"threads": [asdict(self._view(request).chat())]})

    async def _threads(self, request: web.Request) -> web.Response:
        threads = self._view(request).channel(self._channel)
        return web.json_response({"threads": [asdict(thread) for thread in threads]})

    def _view(self, request: web.Request) -> TeamsView:
        person = request.query.get("person", "")
        if person not in self._teams.workspace.users:
            raise web.HTTPBadRequest(text="The query needs a person.")
        return TeamsView(teams=self._teams, person=person)

    # Actions

    async def _say(self, said: TeamsSay) -> ActivityDelivery:
        if said.channel is None:
            return await self._teams.dm(said.person, said.text)
        return await self._teams.say(said.person, said.channel, self._with_mentions(said.text), said.thread)

    def _with_mentions(self, text: str) -> str:
        """Returns the text with a mention for each @name that is somebody's, or the bot's."""
        names = [self._teams.workspace.bot_name, *(user.name for user in self._teams.workspace.users.values())]
        anybody = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
        return re.sub(rf"@({anybody})\b", r"<at>\1</at>", text)

    async def _press(self, pressed: TeamsPress) -> ActivityDelivery:
        return await self._teams.execute(
            pressed.person,
            pressed.conversation,
            pressed.message,
            pressed.verb,
            pressed.inputs,
            where=pressed.where,
        )

    async def _thumb(self, thumb: TeamsThumb) -> ActivityDelivery:
        place = (thumb.person, thumb.conversation, thumb.message)
        return await self._teams.thumbs(*place, thumb.reaction, thumb.reason)

    async def _suggestion(self, chosen: TeamsSuggestion) -> ActivityDelivery:
        return await self._teams.press_suggestion(chosen.person, chosen.message, chosen.title)

    async def _edit(self, edited: TeamsEdit) -> ActivityDelivery:
        return await self._teams.edit(edited.person, edited.conversation, edited.message, edited.text)

    async def _delete(self, deleted: TeamsDelete) -> ActivityDelivery:
        return await self._teams.delete(deleted.person, deleted.conversation, deleted.message)

    async def _reads(self, permission: TeamsReads) -> ActivityDelivery:
        self._teams.workspace.teams[self._team].reads_all = permission.on
        return ActivityDelivery(status=200)


def _acting(
    model: type[BaseModel], act: Callable[[Any], Awaitable[ActivityDelivery]]
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Returns the handler of an action. It answers invalid and impossible requests with a sentence."""

    async def handle(request: web.Request) -> web.Response:
        try:
            delivery = await act(model.model_validate_json(await request.read()))
        except ValidationError as refusal:
            return web.json_response({"error": misunderstood(refusal)}, status=400)
        except ImpossibleError as refusal:
            return web.json_response({"error": f"Teams would not let you: {refusal}."}, status=400)
        if delivery.ok or delivery.reason in _UNTOLD:
            return web.json_response({"message": delivery.message, "note": delivery.note or delivery.error})
        return web.json_response({"error": f"The bot did not take this: {delivery.reason}."}, status=502)

    return handle
