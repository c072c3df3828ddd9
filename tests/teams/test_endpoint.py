"""Whatever Teams has signed is stored before it is answered; nothing else is stored."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import strategies as st

from bot.chat_surface import Reception
from bot.errors import StorageError
from bot.helpdesk.model.events import Acceptance, FormRefused, InboxEntry, MessageReceived, Pressed
from bot.teams.endpoint import PATH, TeamsRequests
from bot.teams.inbound import Inbound
from bot.teams.received.contact import Contact
from bot.teams.service_hosts import ServiceHosts
from bot.teams.tokens import SigningKeys, TokenVerifier
from tests.teams.activities import CHANNEL, MIA, activity, message
from tests.teams.microsoft import APP, TENANT, LocalMicrosoft, claims_of_teams, signed
from tests.whole.fuzzing import for_each

CLAIM = {"action": {"type": "Action.Execute", "verb": "claim", "data": {"subject": "hd_1"}}}
UNKNOWN_BUTTON = {"action": {"type": "Action.Execute", "verb": "launch", "data": {}}}
LIKE = {"actionName": "feedback", "actionValue": {"reaction": "like", "feedback": ""}}


async def _at_once() -> None:
    """Accepts without waiting."""


@dataclass(slots=True)
class Desk:
    """The desk behind the endpoint. It records in which order something was learnt and accepted."""

    log: list[str] = field(default_factory=list)
    entries: list[InboxEntry] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    acceptance: Acceptance = field(default_factory=Acceptance)
    before: Callable[[], Awaitable[None]] = _at_once

    async def learn(self, contact: Contact | None) -> None:
        if contact is not None:
            self.log.append("learnt")
            self.contacts.append(contact)

    async def accept(self, *entries: InboxEntry) -> Acceptance:
        await self.before()
        self.log.append("accepted")
        self.entries += entries
        return self.acceptance


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass(slots=True)
class Teams:
    """Teams, as it calls the endpoint."""

    url: str
    http: aiohttp.ClientSession

    async def send(self, body: Any, authorization: str | None = None) -> Answer:
        """Sends a body, signed unless another header is given."""
        header = f"Bearer {signed(claims_of_teams())}" if authorization is None else authorization
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": header, "Content-Type": "application/json"}
        # As a file: aiohttp warns of large bodies.
        async with self.http.post(
            self.url, data=io.BytesIO(data), headers={k: v for k, v in headers.items() if v}
        ) as response:
            return Answer(response.status, await response.text())


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def microsoft() -> AsyncIterator[LocalMicrosoft]:
    async with LocalMicrosoft().serving() as microsoft:
        yield microsoft


@pytest.fixture
async def teams(desk: Desk, microsoft: LocalMicrosoft) -> AsyncIterator[Teams]:
    keys = SigningKeys(microsoft.openid_url)
    reception = Reception(
        accept=desk.accept,
        ignored=desk.ignored.append,
        acknowledged=lambda status, seconds: desk.statuses.append(status),
        after_gap=_at_once,
        clock=lambda: 1764412800.0,
    )
    requests = TeamsRequests(
        TokenVerifier(keys, app_id=APP, hosts=ServiceHosts()),
        Inbound(bot_id=APP, channels=frozenset({CHANNEL})),
        desk.learn,
        reception,
        tenant=TENANT,
        answer_within=0.05,
    )
    app = web.Application(client_max_size=1024 * 1024)
    app.router.add_post(PATH, requests.handle)
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        yield Teams(str(server.make_url(PATH)), http)
    await keys.aclose()


async def test_a_message_is_stored_with_how_to_reach_its_author_before_it_is_acknowledged(
    teams: Teams, desk: Desk
) -> None:
    answer = await teams.send(message("My VPN fails"))

    assert (answer.status, answer.text) == (200, "")
    assert desk.log == ["learnt", "accepted"]
    (entry,) = desk.entries
    assert isinstance(entry.event, MessageReceived)
    assert (entry.event.author, entry.event.text) == (MIA, "My VPN fails")
    assert desk.statuses == [200]


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer x", "Bearer a.b.c", "Basic Zm9vOmJhcg=="])
@pytest.mark.parametrize("body", [message("My VPN fails"), {}, [], b"", b"\xff"], ids=str)
async def test_a_request_that_is_not_signed_is_refused_and_nothing_is_stored(
    body: Any, authorization: str, teams: Teams, desk: Desk
) -> None:
    assert (await teams.send(body, authorization)).status == 401
    assert desk.log == []


@pytest.mark.parametrize(
    "change", [{"aud": "another"}, {"serviceurl": "https://smba.trafficmanager.net/apac/"}], ids=str
)
async def test_a_request_that_microsoft_signed_for_others_is_refused_and_logged(
    change: dict[str, Any], teams: Teams, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await teams.send(message("x"), f"Bearer {signed(claims_of_teams(**change))}")

    assert (answer.status, desk.log) == (401, [])
    assert [record.message for record in caplog.records] == ["teams_request_refused"]


@pytest.mark.parametrize("body", [b"", b"x", b"\xff\xfe", b"[]", b"5", b"null", b"[" * 100_000, b'{"type":"message"'])
async def test_what_is_signed_but_no_object_cannot_be_read(body: bytes, teams: Teams, desk: Desk) -> None:
    assert (await teams.send(body)).status == 400
    assert desk.log == []


async def test_a_body_that_is_too_large_is_not_read(teams: Teams, desk: Desk) -> None:
    assert (await teams.send(message("x" * 1024 * 1024))).status == 413
    assert (desk.log, desk.statuses) == ([], [413])


@pytest.mark.parametrize(
    "change",
    [
        {"conversation": {"id": "a:1", "tenantId": "another"}},
        {"channelData": {"tenant": {"id": "another"}}},
        {"channelData": {"tenant": {"id": [TENANT]}}},
        {"conversation": {"id": "a:1"}, "channelData": {}},
        {"conversation": None, "channelData": None},
    ],
    ids=str,
)
async def test_another_company_is_refused_and_nothing_is_stored(
    change: dict[str, Any], teams: Teams, desk: Desk
) -> None:
    assert (await teams.send({**message("x"), **change})).status == 403
    assert desk.log == []


async def test_while_the_keys_cannot_be_fetched_nothing_is_stored(
    teams: Teams, desk: Desk, microsoft: LocalMicrosoft
) -> None:
    microsoft.down = True

    assert (await teams.send(message("x"))).status == 503
    assert desk.log == []


async def test_what_the_database_did_not_take_is_not_acknowledged(teams: Teams, desk: Desk) -> None:
    async def fail() -> None:
        raise StorageError("no space left")

    desk.before = fail

    assert (await teams.send(message("x"))).status == 503
    assert desk.entries == []


async def test_a_slow_database_still_takes_what_could_not_be_acknowledged_in_time(teams: Teams, desk: Desk) -> None:
    free, taken = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        await free.wait()
        taken.set()

    desk.before = wait

    assert (await teams.send(message("x"))).status == 503
    free.set()
    await taken.wait()
    await asyncio.sleep(0)
    assert len(desk.entries) == 1


@pytest.mark.parametrize(
    "unknown",
    [
        activity("somethingNew"),
        activity("event", name="somethingNew"),
        activity("conversationUpdate", channelData={"tenant": {"id": TENANT}, "eventType": "somethingNew"}),
        activity("installationUpdate", action="add-upgrade"),
        activity("messageUpdate", channelData={"tenant": {"id": TENANT}, "eventType": "somethingNew"}, id="1"),
    ],
    ids=str,
)
async def test_what_is_not_known_is_acknowledged(unknown: dict[str, Any], teams: Teams, desk: Desk) -> None:
    assert (await teams.send(unknown)).status == 200


async def test_what_asks_nothing_of_the_desk_is_counted(teams: Teams, desk: Desk) -> None:
    await teams.send(activity("typing"))

    assert (desk.ignored, desk.entries) == (["typing"], [])


# Presses.


def press(value: dict[str, Any], name: str = "adaptiveCard/action", **fields: Any) -> dict[str, Any]:
    chat = f"{CHANNEL};messageid=1764412700000"
    return activity("invoke", id="f:1", chat=chat, name=name, value=value, replyToId="1764412700000", **fields)


@pytest.mark.parametrize(("locale", "note"), [("en-US", "Got it."), ("de-DE", "Ist notiert."), (None, "Got it.")])
async def test_whoever_presses_gets_a_note_in_their_language(
    locale: str | None, note: str, teams: Teams, desk: Desk
) -> None:
    answer = await teams.send(press(CLAIM, locale=locale))

    assert [type(entry.event) for entry in desk.entries] == [Pressed]
    assert answer.json == {
        "statusCode": 200,
        "type": "application/vnd.microsoft.activity.message",
        "value": note,
    }


async def test_a_note_of_the_desk_is_shown_instead(teams: Teams, desk: Desk) -> None:
    desk.acceptance = Acceptance(response=FormRefused("Please write a few words."))

    assert (await teams.send(press(CLAIM))).json["value"] == "Please write a few words."


async def test_a_button_that_is_not_known_is_answered(teams: Teams, desk: Desk) -> None:
    answer = await teams.send(press(UNKNOWN_BUTTON, locale="en-US"))

    assert answer.json["value"].startswith("This button no longer works")
    assert desk.ignored == ["invoke"]


@pytest.mark.parametrize(
    ("name", "value"), [("message/submitAction", LIKE), ("message/fetchTask", {}), ("task/fetch", {}), ("new/one", {})]
)
async def test_any_other_invoke_gets_an_empty_object(
    name: str, value: dict[str, Any], teams: Teams, desk: Desk
) -> None:
    answer = await teams.send(activity("invoke", name=name, value=value, replyToId="1"))

    assert (answer.status, answer.json) == (200, {})


# Anything.

KINDS = ["message", "invoke", "messageUpdate", "messageDelete", "messageReaction", "installationUpdate"]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from([TENANT, MIA, CHANNEL, "\x00", "\ud800", "add", "like", "feedback", "Action.Execute"])
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)
OBJECTS = st.dictionaries(st.text(max_size=8), JSON, max_size=6)
NAMES = ["id", "from", "conversation", "channelData", "text", "value", "name", "replyToId", "entities", "attachments"]
CHANGED = st.dictionaries(st.sampled_from([*NAMES, "timestamp", "action", "locale", "recipient"]), JSON, max_size=5)


async def test_any_object_that_is_signed_is_taken_or_clearly_refused(teams: Teams, desk: Desk) -> None:
    async def sent(example: dict[str, Any]) -> None:
        assert (await teams.send(example)).status in (200, 401, 403)

    await for_each(OBJECTS, sent)
    await for_each(
        st.builds(lambda kind, changed: {**activity(kind), **changed}, st.sampled_from(KINDS), CHANGED), sent
    )

    for stored in (*map(asdict, desk.contacts), *({"key": entry.key} for entry in desk.entries)):
        texts = [value for value in stored.values() if isinstance(value, str)]
        assert not [text for text in texts if "\x00" in text or text.encode("utf-8", "replace").decode() != text]


async def test_no_object_that_is_not_signed_is_stored(teams: Teams, desk: Desk) -> None:
    async def sent(example: dict[str, Any]) -> None:
        assert (await teams.send(example, "Bearer x")).status == 401

    await for_each(OBJECTS, sent)

    assert desk.log == []
