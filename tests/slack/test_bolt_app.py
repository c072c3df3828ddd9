"""The listeners of the Bolt app: events are stored before they are acknowledged, so Slack has nothing to retry."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.errors import StorageError
from bot.helpdesk.model.events import (
    Acceptance,
    FormRefused,
    InboxEntry,
    MessageDeleted,
    MessageReceived,
    Pressed,
    ReasonGiven,
)
from bot.manifest import read_manifest
from bot.slack import ids
from bot.slack.bolt_app import EVENTS, PROFILE_CHANGE, REMOVALS, build_bolt
from bot.slack.inbound import Inbound

BOT = "U0BOT"
MIA = {"id": "U0MIA0000", "team_id": "T0001"}
HANDOFFS = "C0HANDOFF"
# Slack sends it to apps with the agent view; the bot sets the titles of conversations itself.
NOT_NEEDED = {"agent_session_title_changed"}

Payload = dict[str, Any]


@dataclass(slots=True)
class Inbox:
    """The entries stored, and the types of payloads ignored. A `broken` or `refusing` one stores nothing."""

    stored: list[InboxEntry] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    broken: bool = False
    refusing: FormRefused | None = None

    async def accept(self, *entries: InboxEntry) -> Acceptance:
        if self.broken:
            raise StorageError("The disk is full.")
        if self.refusing is not None:
            return Acceptance(response=self.refusing)
        self.stored += entries
        return Acceptance(is_new=True)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def bolt(inbox: Inbox) -> AsyncApp:
    identity = AuthorizeResult(enterprise_id=None, team_id="T0001", bot_token="xoxb-1", bot_id="B0BOT", bot_user_id=BOT)
    return build_bolt(
        inbound=Inbound(bot_user=BOT, channels=frozenset({HANDOFFS})),
        accept=inbox.accept,
        ignored=inbox.ignored.append,
        clock=lambda: 0.0,
        identity=identity,
        api_url="http://127.0.0.1:9/api/",
    )


async def dispatch(bolt: AsyncApp, payload: Payload) -> BoltResponse:
    return await bolt.async_dispatch(AsyncBoltRequest(body=payload, mode="socket_mode"))


def event(**fields: Any) -> Payload:
    return {"type": "event_callback", "team_id": "T0001", "event": fields}


def interaction(type: str, **fields: Any) -> Payload:
    return {"type": type, "team": {"id": "T0001"}, "user": MIA, **fields}


MESSAGE = event(type="message", channel="D0MIA", channel_type="im", user=MIA["id"], ts="1.1", text="Hello")
PRESS = interaction(
    "block_actions",
    container={"type": "message", "message_ts": "1.1", "channel_id": "D0MIA"},
    actions=[{"type": "button", "action_id": "talk_to_person", "value": "ans_1", "action_ts": "1.2"}],
)


def reason(words: str) -> Payload:
    view = {
        "id": "V1",
        "type": "modal",
        "callback_id": ids.REASON_FORM,
        "private_metadata": "ans_1",
        "blocks": [{"type": "input", "block_id": ids.REASON_BLOCK}],
        "state": {"values": {ids.REASON_BLOCK: {ids.REASON_INPUT: {"value": words}}}},
    }
    return interaction("view_submission", view=view)


SHORTCUT = interaction(
    "message_action",
    callback_id=ids.SHOW_IDS,
    channel={"id": HANDOFFS},
    message={"ts": "1.1", "user": MIA["id"], "text": "Hello"},
    action_ts="1.2",
)
ASKS = {"message": MESSAGE, "press": PRESS, "form": reason("It is out of date."), "shortcut": SHORTCUT}


@pytest.mark.parametrize("payload", ASKS.values(), ids=ASKS.keys())
async def test_what_is_stored_is_acknowledged(bolt: AsyncApp, inbox: Inbox, payload: Payload) -> None:
    response = await dispatch(bolt, payload)

    assert response.status == 200
    assert len(inbox.stored) == 1


OWN = event(type="message", channel="D0MIA", channel_type="im", user=BOT, bot_id="B0BOT", ts="1.3", text="An answer")
TOPIC = event(type="message", subtype="channel_topic", channel=HANDOFFS, user=MIA["id"], ts="1.4", text="A topic")


@pytest.mark.parametrize("payload", [OWN, TOPIC], ids=["own", "notice"])
async def test_a_message_that_nobody_wrote_to_the_bot_is_acknowledged_without_a_listener(
    bolt: AsyncApp, inbox: Inbox, monkeypatch: pytest.MonkeyPatch, payload: Payload
) -> None:
    monkeypatch.setattr(Inbound, "read", None)

    assert (await dispatch(bolt, payload)).status == 200
    assert (inbox.stored, inbox.ignored) == ([], ["event_callback"])


async def test_a_message_of_the_bot_that_somebody_else_deleted_has_a_listener(bolt: AsyncApp, inbox: Inbox) -> None:
    own = {**OWN["event"], "channel": HANDOFFS}
    deletion = event(
        type="message", subtype="message_deleted", channel=HANDOFFS, ts="1.5", deleted_ts="1.3", previous_message=own
    )

    assert (await dispatch(bolt, deletion)).status == 200
    assert len(inbox.stored) == 1


@pytest.mark.parametrize("payload", ASKS.values(), ids=ASKS.keys())
async def test_what_cannot_be_stored_is_not_acknowledged(
    bolt: AsyncApp, inbox: Inbox, caplog: pytest.LogCaptureFixture, payload: Payload
) -> None:
    inbox.broken = True

    response = await dispatch(bolt, payload)

    assert response.status == 500
    assert "event_not_stored" in caplog.text


async def test_each_kind_becomes_what_it_asks(bolt: AsyncApp, inbox: Inbox) -> None:
    for payload in (MESSAGE, PRESS, reason("It is out of date.")):
        await dispatch(bolt, payload)

    assert [type(entry.event) for entry in inbox.stored] == [MessageReceived, Pressed, ReasonGiven]


async def test_a_form_that_is_refused_stays_open_and_names_the_fault_at_its_words(bolt: AsyncApp, inbox: Inbox) -> None:
    inbox.refusing = FormRefused("Please write a few words.")

    response = await dispatch(bolt, reason("   "))

    assert response.status == 200
    assert json.loads(response.body) == {
        "response_action": "errors",
        "errors": {ids.REASON_BLOCK: "Please write a few words."},
    }


@pytest.mark.parametrize(
    "payload",
    [
        event(type="agent_session_title_changed", channel="D0MIA", title="VPN"),
        event(type="an_event_of_tomorrow"),
        interaction("block_suggestion", action_id="a", block_id="b", value="v"),
        interaction("dialog_submission", callback_id="a", submission={}),
        interaction("interactive_message", callback_id="a", actions=[{"name": "a", "value": "b"}]),
        interaction("message_action", callback_id="of_another_release", message={"ts": "1.1"}),
        interaction("shortcut", callback_id="global"),
        interaction("view_closed", view={"type": "modal", "callback_id": ids.REASON_FORM}),
        interaction("a_kind_of_tomorrow"),
        {"command": "/desk", "team_id": "T0001", "user_id": MIA["id"], "text": "help"},
    ],
    ids=lambda payload: str(payload.get("event", payload).get("type", "command")),
)
async def test_what_has_no_listener_is_acknowledged_and_counted(bolt: AsyncApp, inbox: Inbox, payload: Payload) -> None:
    response = await dispatch(bolt, payload)

    assert response.status == 200
    assert inbox.ignored == [str(payload.get("type"))]


@pytest.mark.parametrize(
    "payload",
    [
        event(),
        event(type=7),
        {"type": "event_callback", "event": "message"},
        interaction("block_actions", actions=[]),
        interaction("block_actions", actions=[{"action_id": None}]),
        interaction("view_submission", view=None),
    ],
    ids=["no-type", "type-is-a-number", "event-is-a-text", "no-action", "action-without-id", "no-view"],
)
async def test_what_bolt_cannot_route_is_refused(bolt: AsyncApp, inbox: Inbox, payload: Payload) -> None:
    response = await dispatch(bolt, payload)

    assert response.status == 400
    assert inbox.stored == []


async def test_a_card_of_ours_that_somebody_deletes_is_not_taken_for_an_event_of_our_own(
    bolt: AsyncApp, inbox: Inbox
) -> None:
    card = {"type": "message", "user": BOT, "bot_id": "B0BOT", "ts": "1.1"}
    deleted = {"subtype": "message_deleted", "channel": HANDOFFS, "ts": "1.2", "deleted_ts": "1.1"}

    await dispatch(bolt, event(type="message", channel_type="channel", previous_message=card, **deleted))

    assert [type(entry.event) for entry in inbox.stored] == [MessageDeleted]


@pytest.mark.parametrize("kind", REMOVALS)
async def test_a_removal_is_logged_as_critical(
    bolt: AsyncApp, inbox: Inbox, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    response = await dispatch(bolt, event(type=kind))

    assert response.status == 200
    assert [record.msg for record in caplog.records if record.levelno == logging.CRITICAL] == ["removed_from_slack"]
    assert inbox.ignored == ["event_callback"]


def test_the_manifest_subscribes_to_the_events_that_have_a_listener() -> None:
    subscribed = read_manifest()["settings"]["event_subscriptions"]["bot_events"]

    assert {name.partition(".")[0] for name in subscribed} == {*EVENTS, *REMOVALS, *NOT_NEEDED, PROFILE_CHANGE}
