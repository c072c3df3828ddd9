"""Arbitrary HTTP requests: no internal error, nothing unsigned is stored, and the next question is answered."""

from __future__ import annotations

import asyncio
import copy
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_from_bytes, urlencode

import pytest
from hypothesis import strategies as st

from sandbox.slack import sign
from sandbox.world import ADA, HANDOFF_CHANNEL, MIA
from tests.whole.fuzzing import for_each, is_well, no_faults
from tests.whole.scene import CONFIDENT, Scene
from tests.whole.shared import in_module_loop

Json = dict[str, Any]

JSON_TYPE = b"application/json"
FORM_TYPE = b"application/x-www-form-urlencoded"

# Text that JSON allows but a database may reject.
ODD_TEXT = st.one_of(
    st.text(st.characters(), max_size=40),
    st.sampled_from(
        ["", "\x00", "a\x00b", "\ud800", "x\udfffy", "\u202e\u200b\ufeff", "🏳️\u200d🌈", "<@" * 500, "&" * 5000]
    ),
    st.integers(100, 12_000).map(lambda size: "é" * size),
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ODD_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ODD_TEXT, inner, max_size=4),
    max_leaves=12,
)
DEEP = st.tuples(st.integers(1, 400), st.sampled_from(["list", "object"])).map(lambda drawn: _nested(*drawn))
INSTEAD = ANY_JSON | DEEP

METHODS = st.sampled_from([b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE", b"BREW"])
QUERIES = st.binary(max_size=30).map(lambda raw: b"?" + quote_from_bytes(raw).encode()) | st.sampled_from(
    [b"", b"?", b"?%", b"?%zz&&=", b"?a=" + b"b" * 3000, b"?name[]=%00"]
)
# Bytes allowed in a header line; the test adds the line end.
HEADER_TEXT = st.binary(max_size=60).map(lambda raw: raw.replace(b"\r", b"").replace(b"\n", b""))
STAMPS = st.sampled_from([b"", b"-1", b"0", b"1e9", b"9" * 15, b"9" * 400, "٣".encode(), b"now"]) | st.just(b"recent")
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        b"X-Slack-Request-Timestamp": STAMPS,
        b"X-Slack-Signature": HEADER_TEXT | st.sampled_from([b"v0=", b"v0=" + b"0" * 64, b"v1=" + b"f" * 64]),
        b"Content-Type": HEADER_TEXT | st.sampled_from([JSON_TYPE, FORM_TYPE, b"text/plain; charset=utf-7"]),
        b"Content-Encoding": st.sampled_from([b"gzip", b"deflate", b"br", b"identity", b"?"]),
        b"Cookie": HEADER_TEXT,
        b"X-Odd": HEADER_TEXT,
    },
)


pytestmark = in_module_loop


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    """The scene of a bot that the tests of this module share on SQLite."""
    return shared_scene


async def test_what_slack_did_not_sign_stores_nothing_whatever_it_is(scene: Scene) -> None:
    paths = st.sampled_from([b"/slack/events"] * 4 + [b"/slack/", b"/slack", b"/slack/events/"]) | st.binary(
        max_size=20
    ).map(lambda raw: b"/slack/" + quote_from_bytes(raw, safe="/%").encode())
    bodies = st.binary(max_size=200) | _events(scene).map(_encoded)

    async def refused(example: tuple[bytes, bytes, bytes, dict[bytes, bytes], bytes]) -> None:
        method, path, query, headers, body = example
        status = await _status(scene, method, path + query, _dated(headers), body)
        assert 400 <= status < 500

    await for_each(st.tuples(METHODS, paths, QUERIES, HEADERS, bodies), refused)

    await is_well(scene, events=0)


async def test_forged_and_stale_requests_store_nothing_whatever_they_say(scene: Scene) -> None:
    secrets = st.sampled_from(["", "not the secret", scene.world.slack.signing_secret.upper() + "x"])
    ages = st.sampled_from([-10_000, -600, 600, 86_400])

    async def refused(example: tuple[Json, str, int]) -> None:
        payload, secret, age = example
        body = _encoded(payload)
        forged = sign(secret, body)
        stale = scene.world.slack.sign(body, int(time.time()) - age)
        assert await _status(scene, b"POST", b"/slack/events", _typed(JSON_TYPE, forged), body) == 401
        assert await _status(scene, b"POST", b"/slack/events", _typed(JSON_TYPE, stale), body) == 401

    await for_each(st.tuples(_events(scene), secrets, ages), refused)

    await is_well(scene, events=0)


async def test_signed_json_of_any_kind_is_no_fault(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    async def taken(value: Any) -> None:
        assert await _signed(scene, JSON_TYPE, _encoded(value)) in {200, 400}

    await for_each(ANY_JSON | DEEP, taken)

    await is_well(scene, events=0)
    no_faults(caplog)


@pytest.mark.parametrize(
    "kind", ["message", "message_changed", "message_deleted", "file_deleted", "session_stopped", "mention", "home"]
)
async def test_a_mutated_event_is_no_fault(scene: Scene, caplog: pytest.LogCaptureFixture, kind: str) -> None:
    async def taken(payload: Json) -> None:
        assert await _signed(scene, JSON_TYPE, _encoded(payload)) in {200, 400}

    await for_each(_mutations(_EVENTS[kind](scene)), taken)

    await is_well(scene)
    no_faults(caplog)


@pytest.mark.parametrize(
    "kind", ["press", "press_card", "form", "shortcut", "menu", "home_press", "search", "search_form", "resolution"]
)
async def test_a_mutated_interaction_is_no_fault(scene: Scene, caplog: pytest.LogCaptureFixture, kind: str) -> None:
    async def taken(payload: Json) -> None:
        body = urlencode({"payload": json.dumps(payload)}).encode()
        assert await _signed(scene, FORM_TYPE, body) in {200, 400}

    await for_each(_mutations(_INTERACTIONS[kind](scene)), taken)

    await is_well(scene)
    no_faults(caplog)


async def test_signed_forms_in_any_encoding_are_no_fault(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    pressed = json.dumps(_press(scene))
    encodings = st.sampled_from(["utf-8", "utf-16", "utf-7", "latin-1", "cp037"])
    fields = encodings.map(lambda name: b"payload=" + quote_from_bytes(pressed.encode(name)).encode())
    cut = st.integers(0, 900).map(lambda end: urlencode({"payload": pressed}).encode()[:end])
    raw = st.binary(max_size=200).map(lambda tail: b"payload=" + tail)
    repeated = st.lists(st.sampled_from([b"payload={}", b"payload", b"=", b"&", b"%", b"payload=%7B"])).map(b"&".join)
    types = st.sampled_from([FORM_TYPE, FORM_TYPE + b"; charset=utf-16", b"multipart/form-data", b"text/\xff", b""])

    async def taken(example: tuple[bytes, bytes]) -> None:
        content_type, body = example
        # Slack never signs a body that is not UTF-8.
        assert await _signed(scene, content_type, body) in {200, 400, 401}

    await for_each(st.tuples(types, fields | cut | raw | repeated), taken)

    await is_well(scene)
    no_faults(caplog)


async def test_odd_requests_to_the_other_pages_are_no_fault(scene: Scene) -> None:
    paths = st.sampled_from([b"/healthz", b"/readyz", b"/metrics", b"/", b"/%00", b"//healthz", b"/metrics/.."])
    headers = st.fixed_dictionaries({}, optional={b"Accept": HEADER_TEXT, b"Range": HEADER_TEXT, b"Host": HEADER_TEXT})

    async def answered(example: tuple[bytes, bytes, bytes, dict[bytes, bytes], bytes]) -> None:
        method, path, query, headers, body = example
        assert 200 <= await _status(scene, method, path + query, headers, body) < 500

    await for_each(st.tuples(METHODS, paths, QUERIES, headers, st.binary(max_size=50)), answered)

    await is_well(scene, events=0)


@pytest.mark.parametrize("odd", ["\x00", "\ud800", "\udfff\x00"], ids=["nul", "surrogate", "both"])
async def test_a_question_with_characters_no_database_keeps_is_answered(
    engine_scene: Scene, caplog: pytest.LogCaptureFixture, odd: str
) -> None:
    payload = _message(engine_scene)
    payload["event"]["text"] = f"{odd}How do I{odd} reset my password?"
    payload["event"]["files"] = [{"id": "F1", "name": f"screen{odd}shot.png"}]

    assert await _signed(engine_scene, JSON_TYPE, _encoded(payload)) == 200
    await engine_scene.settled()

    (asked,) = engine_scene.world.uppzy.asked
    assert asked.message.startswith(CONFIDENT)
    no_faults(caplog)


# Sending.


async def _status(scene: Scene, method: bytes, target: bytes, headers: dict[bytes, bytes], body: bytes) -> int:
    """Returns the status of one request, sent as raw bytes, because an HTTP client would refuse most of them."""
    host, _, port = scene.bot.url.removeprefix("http://").rpartition(":")
    lines = {b"Host": b"desk", b"Connection": b"close", b"Content-Length": str(len(body)).encode(), **headers}
    head = b"".join(name + b": " + value + b"\r\n" for name, value in lines.items())
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(method + b" " + target + b" HTTP/1.1\r\n" + head + b"\r\n" + body)
        first = await reader.readline()
    finally:
        writer.close()
    return int(first.split()[1])


async def _signed(scene: Scene, content_type: bytes, body: bytes) -> int:
    return await _status(scene, b"POST", b"/slack/events", _typed(content_type, scene.world.slack.sign(body)), body)


def _typed(content_type: bytes, signature: dict[str, str]) -> dict[bytes, bytes]:
    return {b"Content-Type": content_type, **{name.encode(): value.encode() for name, value in signature.items()}}


def _dated(headers: dict[bytes, bytes]) -> dict[bytes, bytes]:
    now = str(int(time.time())).encode()
    return {name: now if value == b"recent" else value for name, value in headers.items()}


def _encoded(payload: Any) -> bytes:
    return json.dumps(payload).encode()


# Payloads and their mutations.


def _nested(depth: int, kind: str) -> Any:
    value: Any = "deep"
    for _ in range(depth):
        value = [value] if kind == "list" else {"text": value}
    return value


def _envelope(scene: Scene, event: Json) -> Json:
    slack = scene.world.slack
    return {
        "token": "t",
        "team_id": slack.team_id,
        "api_app_id": slack.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": "Ev1",
        "event_time": 1795400000,
        "authorizations": [{"team_id": slack.team_id, "user_id": slack.bot_user_id, "is_bot": True}],
        "is_ext_shared_channel": False,
    }


def _said(scene: Scene) -> Json:
    return {
        "type": "message",
        "channel": scene.world.slack.dm_of(MIA),
        "channel_type": "im",
        "user": MIA,
        "text": CONFIDENT,
        "ts": "1795400000.000100",
        "event_ts": "1795400000.000100",
        "client_msg_id": "c0ffee00-0000-4000-8000-000000000001",
        "team": scene.world.slack.team_id,
        "files": [{"id": "F1", "name": "screenshot.png"}],
        "blocks": [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [_leaf("Hello")]}]}],
        "attachments": [
            {
                "is_share": True,
                "author_name": "Tom",
                "text": "It broke",
                "message_blocks": [{"message": {"blocks": []}}],
            },
            {"fallback": "[no preview available]", "blocks": [{"type": "table", "rows": [[_leaf("a"), _leaf("b")]]}]},
        ],
    }


def _leaf(text: str) -> Json:
    return {"type": "text", "text": text}


def _message(scene: Scene) -> Json:
    return _envelope(scene, _said(scene))


def _changed(scene: Scene) -> Json:
    said = _said(scene)
    after = {**said, "text": "How do I reset my VPN?", "edited": {"user": MIA, "ts": "1795400001.000000"}}
    return _envelope(scene, {**said, "subtype": "message_changed", "message": after, "previous_message": said})


def _deleted(scene: Scene) -> Json:
    said = _said(scene)
    event = {**said, "subtype": "message_deleted", "previous_message": said, "deleted_ts": said["ts"]}
    return _envelope(scene, event)


def _stopped(scene: Scene) -> Json:
    place = {"channel": scene.world.slack.dm_of(MIA), "thread_ts": "1795400000.000100", "user": MIA}
    return _envelope(scene, {"type": "agent_session_stopped", "event_ts": "1795400002.000100", **place})


def _mention(scene: Scene) -> Json:
    text = f"<@{scene.world.slack.bot_user_id}> what about HD-12 and <https://a.example/archives/C1/p1700000000000100>"
    said = {**_said(scene), "type": "app_mention", "channel": HANDOFF_CHANNEL, "user": ADA, "text": text}
    return _envelope(scene, said)


def _file_deleted(scene: Scene) -> Json:
    return _envelope(scene, {"type": "file_deleted", "file_id": "F1", "event_ts": "1795400002.000200"})


def _home(scene: Scene) -> Json:
    view = {"id": "V1", "type": "home", "callback_id": "home", "private_metadata": '{"rule": "a", "priority": "high"}'}
    event = {"type": "app_home_opened", "user": ADA, "channel": "D1", "tab": "home", "event_ts": "1795400003.000100"}
    return _envelope(scene, {**event, "view": view})


def _shortcut(scene: Scene) -> Json:
    message = {"type": "message", "user": MIA, "ts": "1795400000.000100", "thread_ts": "1795400000.000050", "text": "a"}
    more = {"callback_id": "show_ids", "action_ts": "1795400004.000100", "message_ts": message["ts"]}
    return _interaction(scene, "message_action", ADA, {**more, "channel": {"id": HANDOFF_CHANNEL}, "message": message})


def _menu(scene: Scene) -> Json:
    view = {"id": "V1", "type": "home", "callback_id": "home", "private_metadata": '{"rule": "a", "priority": "high"}'}
    option = {"text": {"type": "plain_text", "text": "low"}, "value": "low"}
    action = {"type": "static_select", "action_id": "home_priority", "selected_option": option, "action_ts": "1.5"}
    container = {"type": "view", "view_id": "V1"}
    return _interaction(scene, "block_actions", ADA, {"container": container, "view": view, "actions": [action]})


def _home_press(scene: Scene) -> Json:
    view = {"id": "V1", "type": "home", "callback_id": "home", "private_metadata": '{"rule": "a", "priority": "high"}'}
    value = f"{scene.world.slack.dm_of(MIA)}:1795400000.000100:hof_1"
    action = {"type": "button", "action_id": "home_close", "value": value, "action_ts": "1.6"}
    container = {"type": "view", "view_id": "V1"}
    return _interaction(scene, "block_actions", MIA, {"container": container, "view": view, "actions": [action]})


def _search(scene: Scene) -> Json:
    view = {"id": "V1", "type": "home", "callback_id": "home", "private_metadata": '{"rule": "a", "words": "b"}'}
    action = {"type": "button", "action_id": "home_search", "value": "*", "action_ts": "1.7"}
    container = {"type": "view", "view_id": "V1"}
    return _interaction(scene, "block_actions", ADA, {"container": container, "view": view, "actions": [action]})


def _search_form(scene: Scene) -> Json:
    filled = {
        "search": {"search_words": {"type": "plain_text_input", "value": "HD-1"}},
        "employee": {"search_employee": {"type": "users_select", "selected_user": MIA}},
    }
    view = {
        "id": "V2",
        "type": "modal",
        "hash": "1.a",
        "callback_id": "home_search_form",
        "private_metadata": '{"rule": "a"}',
        "state": {"values": filled},
    }
    return _interaction(scene, "view_submission", ADA, {"view": view, "response_urls": []})


def _interaction(scene: Scene, kind: str, person: str, more: Json) -> Json:
    team = scene.world.slack.team_id
    return {
        "type": kind,
        "user": {"id": person, "username": "mia", "team_id": team},
        "api_app_id": scene.world.slack.app_id,
        "token": "t",
        "trigger_id": "1.2.3",
        "team": {"id": team, "domain": "local"},
        "enterprise": None,
        "is_enterprise_install": False,
        **more,
    }


def _pressed(scene: Scene, person: str, channel: str, action: Json) -> Json:
    container = {
        "type": "message",
        "message_ts": "1795400001.000100",
        "channel_id": channel,
        "thread_ts": "1795400000.1",
    }
    more = {
        "container": container,
        "channel": {"id": channel, "name": "directmessage"},
        "message": {"ts": "1795400001.000100", "text": "answer"},
        "state": {"values": {}},
        "response_url": "http://127.0.0.1:9/respond",
        "actions": [{"block_id": "b1", "action_ts": "1795400003.000100", **action}],
    }
    return _interaction(scene, "block_actions", person, more)


def _press(scene: Scene) -> Json:
    action = {"type": "feedback_buttons", "action_id": "answer_feedback", "value": "good:ans_1"}
    return _pressed(scene, MIA, scene.world.slack.dm_of(MIA), action)


def _press_card(scene: Scene) -> Json:
    return _pressed(scene, ADA, HANDOFF_CHANNEL, {"type": "button", "action_id": "handoff_claim", "value": "hof_1"})


def _form(scene: Scene) -> Json:
    view = {
        "id": "V1",
        "hash": "1.h",
        "type": "modal",
        "callback_id": "answer_reason",
        "private_metadata": "ans_1",
        "state": {"values": {"reason": {"reason_text": {"type": "plain_text_input", "value": "It is wrong."}}}},
    }
    return _interaction(scene, "view_submission", MIA, {"view": view, "response_urls": []})


def _resolution(scene: Scene) -> Json:
    solved = {"text": {"type": "plain_text", "text": "Solved"}, "value": "solved"}
    filled = {
        "resolution": {"resolution_text": {"type": "plain_text_input", "value": "A new cable."}},
        "outcome": {"outcome_choice": {"type": "radio_buttons", "selected_option": solved}},
        "reference": {"reference_tick": {"type": "checkboxes", "selected_options": []}},
    }
    view = {
        "id": "V2",
        "hash": "1.h",
        "type": "modal",
        "callback_id": "handoff_resolution",
        "private_metadata": "hof_1",
        "blocks": [{"type": "input", "block_id": "resolution", "optional": False}],
        "state": {"values": filled},
    }
    return _interaction(scene, "view_submission", ADA, {"view": view, "response_urls": []})


_EVENTS: dict[str, Callable[[Scene], Json]] = {
    "message": _message,
    "message_changed": _changed,
    "message_deleted": _deleted,
    "session_stopped": _stopped,
    "mention": _mention,
    "file_deleted": _file_deleted,
    "home": _home,
}
_INTERACTIONS: dict[str, Callable[[Scene], Json]] = {
    "press": _press,
    "press_card": _press_card,
    "form": _form,
    "shortcut": _shortcut,
    "menu": _menu,
    "home_press": _home_press,
    "search": _search,
    "search_form": _search_form,
    "resolution": _resolution,
}


def _events(scene: Scene) -> st.SearchStrategy[Json]:
    return st.one_of([_mutations(make(scene)) for make in _EVENTS.values()])


@st.composite
def _mutations(draw: st.DrawFn, payload: Json) -> Json:
    """Draws the payload with one to three of its values dropped or changed, at any depth."""
    mutant = copy.deepcopy(payload)
    for path in draw(st.lists(st.sampled_from(_paths(payload)), min_size=1, max_size=3)):
        _mutate(draw, mutant, path)
    return mutant


def _paths(value: Any, so_far: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Returns the paths of all values in the payload, at any depth."""
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [so_far] if so_far else []
    return found + [path for key, inner in items for path in _paths(inner, (*so_far, key))]


def _mutate(draw: st.DrawFn, payload: Json, path: tuple[str | int, ...]) -> None:
    place: Any = payload
    for key in path[:-1]:
        try:
            place = place[key]
        except (KeyError, IndexError, TypeError):
            return
    if not isinstance(place, dict):
        return
    if draw(st.integers(0, 4)) == 0:
        place.pop(path[-1], None)
    else:
        place[path[-1]] = draw(INSTEAD)
