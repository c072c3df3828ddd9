"""docs/openapi.yaml describes exactly what the bot serves; requests made by Schemathesis are answered accordingly."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from aiohttp import web
from pydantic import SecretStr
from schemathesis import APIOperation, BaseSchema, Case, GenerationMode, Response
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.config import GenerationConfig
from schemathesis.core.deserialization import DeserializationContext
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from bot.app import RunningBot
from bot.json_reading import mapping
from bot.slack import ids
from bot.slack.ids import ACTIONS, ANSWER_FEEDBACK, HOME_BUTTONS, HOME_CLEAR_SEARCH, HOME_MENUS, HOME_SEARCH, MENUS
from bot.tickets.registry import SYSTEMS
from sandbox.teams import LocalTeams
from sandbox.world import MIA, NO_SLACK, LocalWorld, local_settings, populate_teams, teams_environment
from tests.tickets.standins.webhook import StandInWebhook, signed_headers
from tests.whole.fuzzing import bounded, drawn, for_each, is_well, no_faults
from tests.whole.scene import UNKNOWN, Scene

DESCRIPTION: dict[str, Any] = yaml.safe_load(
    (Path(__file__).resolve().parents[2] / "docs/openapi.yaml").read_text(encoding="utf-8")
)
FORM = "application/x-www-form-urlencoded"
WEBHOOKS = "/webhooks/tickets/{system}"

AS_DESCRIBED: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    unsupported_method,
]

BRIEF = bounded(12, deep=200)

Operation = APIOperation[Any, Any, Any, Any]
Check = Callable[[Case[Any]], Awaitable[None]]
Complete = Callable[[Any], Any]
"""Changes and returns a prepared request of the library `requests`, for instance to sign its body."""


@schemathesis.deserializer("text/plain", "application/openmetrics-text")
def _words(context: DeserializationContext, response: Response) -> str:
    """Returns the text of a response, so that Schemathesis validates plain text against its schema."""
    return response.text


@pytest.fixture
def schema() -> BaseSchema:
    """A fresh schema, because Schemathesis tries undocumented methods only once per schema object."""
    return schemathesis.openapi.from_dict(DESCRIPTION)


# The description and the router.


SLACK = {("POST", "/slack/events")}
TEAMS = {("POST", "/teams/messages")}


async def test_everything_that_is_served_is_described_and_nothing_else(scene: Scene) -> None:
    assert _served(scene.bot.http) == _described() - TEAMS


async def test_in_socket_mode_slack_has_no_address_and_the_rest_is_the_same(world: LocalWorld) -> None:
    token = SecretStr(world.slack.app_token)
    world.settings = world.settings.model_copy(update={"slack_app_token": token})

    async with world.bot() as bot:
        assert _served(bot.http) == _described() - SLACK - TEAMS


def test_the_described_buttons_are_those_of_the_desk() -> None:
    action = DESCRIPTION["components"]["schemas"]["BlockActions"]["properties"]["actions"]["items"]

    home = DESCRIPTION["components"]["schemas"]["HomeActions"]["properties"]["actions"]["items"]
    assert set(home["properties"]["action_id"]["enum"]) == {*HOME_BUTTONS, *HOME_MENUS, HOME_SEARCH, HOME_CLEAR_SEARCH}
    assert set(action["properties"]["action_id"]["enum"]) == {*ACTIONS, ANSWER_FEEDBACK, *MENUS}


def test_the_described_forms_are_those_of_the_desk() -> None:
    view = DESCRIPTION["components"]["schemas"]["ViewSubmission"]["properties"]["view"]

    forms = {value for name, value in vars(ids).items() if name.endswith("_FORM")}
    assert set(view["properties"]["callback_id"]["enum"]) == forms


def test_the_described_ticket_systems_are_those_that_can_be_chosen() -> None:
    (system, *_) = DESCRIPTION["paths"][WEBHOOKS]["post"]["parameters"]

    assert system["schema"]["enum"] == list(SYSTEMS)


def _served(app: web.Application) -> set[tuple[str, str]]:
    """Returns methods and paths. Leaves out the HEAD of a GET, whose response is the same without a body."""
    routes = {(route.method, route.resource.canonical) for route in app.router.routes() if route.resource}
    return routes - {("HEAD", path) for method, path in routes if method == "GET"}


def _described() -> set[tuple[str, str]]:
    return {(method.upper(), path) for path, item in DESCRIPTION["paths"].items() for method in item}


# Requests made by Schemathesis.


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_the_pages_for_watching_answer_as_described(scene: Scene, schema: BaseSchema, path: str) -> None:
    async def answered(case: Case[Any]) -> None:
        await _answered(scene, case, AS_DESCRIBED)

    await _for_each_boundary(schema[path]["GET"], answered)

    await is_well(scene, events=0)


async def test_what_is_described_but_not_signed_is_refused_and_stores_nothing(scene: Scene, schema: BaseSchema) -> None:
    async def refused(case: Case[Any], complete: Complete | None = None) -> None:
        answer = await _answered(scene, case, [*AS_DESCRIBED, negative_data_rejection], complete)
        assert answer.status_code == (401 if case.method == "POST" else 405)

    async def refused_though_fresh(case: Case[Any]) -> None:
        await refused(case, _dated_now)

    await _for_each_boundary(_events(schema), refused)
    await _for_each_drawn(_events(schema), refused_though_fresh)

    assert await scene.count("jobs", "substr(lane, 1, 10) <> 'scheduled:'") == 0
    await is_well(scene, events=0)


async def test_what_is_described_and_signed_is_answered_as_described(
    scene: Scene, schema: BaseSchema, caplog: pytest.LogCaptureFixture
) -> None:
    async def answered(case: Case[Any]) -> None:
        await _answered(scene, case, [*AS_DESCRIBED, _accepted_where_described], _signed_by(scene))

    await _for_each_boundary(_events(schema), answered)
    await _for_each_drawn(_events(schema), answered)

    await is_well(scene)
    assert await scene.count("events") > 1
    no_faults(caplog)


async def test_what_cannot_be_stored_is_answered_as_described(scene: Scene, schema: BaseSchema) -> None:
    event = {"type": "message", "channel": "D1", "channel_type": "im", "user": MIA, "text": "hi", "ts": "1.1"}
    body: dict[str, Any] = {"type": "event_callback", "team_id": scene.world.slack.team_id, "event": event}
    case = _events(schema).Case(body=body, media_type="application/json")
    await scene.hide_events()

    answer = await _answered(scene, case, [one for one in AS_DESCRIBED if one != not_a_server_error], _signed_by(scene))

    assert answer.status_code == 500


# Activities of Teams.


@dataclass(slots=True)
class TeamsDesk:
    """A bot that serves Teams alone, and the local Teams that calls it."""

    teams: LocalTeams
    bot: RunningBot

    def signed(self, request: Any) -> Any:
        """Completes a request as Teams would send it: to this bot, of its company."""
        try:
            body = json.loads(request.body or b"")
        except ValueError:
            body = None
        if isinstance(body, dict):
            body["serviceUrl"] = self.teams.service_url
            body["conversation"] = {**mapping(body.get("conversation")), "tenantId": self.teams.bot.tenant_id}
            body.pop("channelData", None)
            request.prepare_body(data=json.dumps(body).encode(), files=None)
        request.headers["Authorization"] = f"Bearer {self.teams.keys.token(self.teams.service_url)}"
        return request


@pytest.fixture
async def on_teams(world: LocalWorld) -> AsyncIterator[TeamsDesk]:
    async with LocalTeams() as teams:
        populate_teams(teams)
        more = {**NO_SLACK, **teams_environment(teams), "POLICY_FILE": str(world.settings.policy_file)}
        world.settings = local_settings(world.slack, world.uppzy, world.settings.database_url, more)
        async with world.bot() as bot:
            yield TeamsDesk(teams, bot)


async def test_on_teams_alone_slack_has_no_address(on_teams: TeamsDesk) -> None:
    assert _served(on_teams.bot.http) == _described() - SLACK


async def test_activities_that_are_described_but_not_signed_are_refused_and_store_nothing(
    on_teams: TeamsDesk, schema: BaseSchema
) -> None:
    async def refused(case: Case[Any]) -> None:
        answer = await _answered(on_teams, case, [*AS_DESCRIBED, negative_data_rejection])
        assert answer.status_code == (401 if case.method == "POST" else 405)

    await _for_each_boundary(schema["/teams/messages"]["POST"], refused)
    await _for_each_drawn(schema["/teams/messages"]["POST"], refused)

    assert await _events_of(on_teams.bot) == 0


async def test_activities_that_are_described_and_signed_are_answered_as_described(
    on_teams: TeamsDesk, schema: BaseSchema, caplog: pytest.LogCaptureFixture
) -> None:
    async def answered(case: Case[Any]) -> None:
        await _answered(on_teams, case, [*AS_DESCRIBED, _accepted_where_described], on_teams.signed)

    await _for_each_boundary(schema["/teams/messages"]["POST"], answered)
    await _for_each_drawn(schema["/teams/messages"]["POST"], answered)

    no_faults(caplog)


async def _events_of(bot: RunningBot) -> int:
    statement = "SELECT count(*) FROM events"
    return await bot.store.read(lambda tx: int(tx.connection.exec_driver_sql(statement).scalar() or 0))


# Webhooks of the ticket system.


@pytest.fixture
async def with_tickets(world: LocalWorld) -> AsyncIterator[Scene]:
    """A running bot with an external ticket system and one ticket."""
    async with StandInWebhook() as elsewhere:
        more = {**elsewhere.variables(), "TICKETS": "webhook", "POLICY_FILE": str(world.settings.policy_file)}
        world.settings = local_settings(world.slack, world.uppzy, world.settings.database_url, more)
        async with world.bot() as bot:
            scene = Scene(world, bot)
            await scene.ask(UNKNOWN)
            yield scene


async def test_webhooks_as_described_but_not_signed_are_refused_and_store_nothing(
    with_tickets: Scene, schema: BaseSchema
) -> None:
    rows = await with_tickets.count("events")

    async def refused(case: Case[Any]) -> None:
        answer = await _answered(with_tickets, case, [*AS_DESCRIBED, negative_data_rejection])
        assert answer.status_code in ((401, 404) if case.method == "POST" else (405,))

    await _for_each_boundary(schema[WEBHOOKS]["POST"], refused)
    await _for_each_drawn(schema[WEBHOOKS]["POST"], refused)

    assert await with_tickets.count("events") == rows


async def test_webhooks_as_described_and_signed_are_answered_as_described(
    with_tickets: Scene, schema: BaseSchema, caplog: pytest.LogCaptureFixture
) -> None:
    async def answered(case: Case[Any]) -> None:
        await _answered(with_tickets, case, AS_DESCRIBED, _signed_by_the_ticket_system)

    await _for_each_boundary(schema[WEBHOOKS]["POST"], answered)
    await _for_each_drawn(schema[WEBHOOKS]["POST"], answered)

    no_faults(caplog)


async def test_webhooks_that_cannot_be_stored_are_answered_as_described(
    with_tickets: Scene, schema: BaseSchema
) -> None:
    case = schema[WEBHOOKS]["POST"].Case(
        path_parameters={"system": "webhook"}, body={"data": {"id": "1"}}, media_type="application/json"
    )
    await with_tickets.hide_events()

    checks = [one for one in AS_DESCRIBED if one != not_a_server_error]
    answer = await _answered(with_tickets, case, checks, _signed_by_the_ticket_system)

    assert answer.status_code == 500


def _signed_by_the_ticket_system(request: Any) -> Any:
    body = request.body or b""
    text = body if isinstance(body, str) else body.decode("utf-8", "replace")
    request.headers.update(signed_headers(text, time.time()))
    return request


def _accepted_where_described(ctx: Any, response: Response, case: Case[Any]) -> None:
    """Checks that every signed request that matches the description is acknowledged."""
    if case.meta is not None and case.meta.generation.mode.is_positive:
        assert response.status_code == 200


def _events(schema: BaseSchema) -> Operation:
    return schema["/slack/events"]["POST"]


async def _for_each_boundary(operation: Operation, check: Check) -> None:
    """Runs the coverage phase: each constraint kept and broken once, and every undocumented method."""
    cases = operation.schema.iter_coverage_cases(
        operation, generation_modes=list(GenerationMode), generation_config=GenerationConfig()
    )
    for case in await drawn(lambda: list(cases)):
        await check(case)


async def _for_each_drawn(operation: Operation, check: Check) -> None:
    """Runs the fuzzing phase: random data that matches the schema, and data that does not."""
    for mode in GenerationMode:
        await for_each(operation.as_strategy(mode), check, BRIEF)


async def _answered(
    scene: Scene | TeamsDesk, case: Case[Any], checks: list[CheckFunction], complete: Complete | None = None
) -> Response:
    """Sends a case and returns the response after running the checks on it."""
    sent: dict[str, Any] = {"auth": complete, "timeout": 10}
    if case.media_type == FORM and isinstance(case.body, dict):
        sent["data"] = _as_form(case.body)
    return await asyncio.to_thread(lambda: case.call_and_validate(scene.bot.url, checks=checks, **sent))


def _as_form(fields: dict[str, Any]) -> dict[str, str]:
    """Encodes form fields as OpenAPI's `encoding` demands, which Schemathesis ignores for forms."""
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}


def _dated_now(request: Any) -> Any:
    request.headers["X-Slack-Request-Timestamp"] = str(int(time.time()))
    return request


def _signed_by(scene: Scene) -> Complete:
    def sign(request: Any) -> Any:
        body = request.body or b""
        request.headers.update(scene.world.slack.sign(body.encode() if isinstance(body, str) else body))
        return request

    return sign
