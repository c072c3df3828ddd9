"""Accepting events: each is stored once, before it is acknowledged; forged and irrelevant ones are not."""

from __future__ import annotations

import json
import time

import pytest
from pydantic import SecretStr

from bot.helpdesk.model.events import InboxEntry, MessageReceived
from bot.helpdesk.store_throttle import ThrottledStore
from bot.helpdesk.unit_of_work import UnitOfWork
from sandbox.slack import Delivery, File, sign
from sandbox.world import ADA, HANDOFF_CHANNEL, MIA, LocalWorld
from tests.whole.scene import CONFIDENT, Scene
from tests.whole.shared import in_module_loop, in_own_loop

pytestmark = in_module_loop


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    """The scene of a bot that the tests of this module share, but for those with `own_scene` or `world`."""
    return shared_scene


async def test_a_redelivered_message_is_answered_once(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)
    event = _message_event(scene, root)

    for _ in range(3):
        assert (await scene.world.slack.deliver(event)).ok
    await scene.settled()

    assert len(scene.replies(root)) == 1
    assert await scene.came_in() == 1


async def test_one_act_that_arrives_under_two_timestamps_is_answered_once(scene: Scene) -> None:
    dm = scene.world.slack.dm_of(MIA)
    event = {
        "type": "message",
        "channel": dm,
        "channel_type": "im",
        "user": MIA,
        "text": CONFIDENT,
        "client_msg_id": "c0ffee00-0000-4000-8000-000000000001",
    }

    for ts in ("1795400000.000100", "1795400000.000200"):
        await scene.world.slack.deliver({**event, "ts": ts, "event_ts": ts})
    await scene.settled()

    assert len(scene.world.uppzy.asked) == 1


async def test_one_message_that_arrives_for_two_workspaces_is_answered_once(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)
    envelope = {"type": "event_callback", "team_id": "T0OTHER", "event": _message_event(scene, root)}

    assert (await _send_signed(scene, json.dumps(envelope).encode())).ok
    await scene.settled()

    assert len(scene.replies(root)) == 1
    assert await scene.came_in() == 1
    await scene.no_work_left()


async def test_when_the_database_takes_nothing_slack_is_not_acknowledged_and_delivers_again(scene: Scene) -> None:
    await scene.hide_events()
    delivery = await scene.world.slack.dm(MIA, CONFIDENT)
    assert delivery.status == 500
    assert delivery.attempts > 1

    await scene.show_events()
    await scene.world.slack.deliver(_message_event(scene, delivery.ts))
    await scene.settled()

    assert len(scene.replies(delivery.ts)) == 1


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="unsigned"),
        pytest.param({"X-Slack-Request-Timestamp": "abc", "X-Slack-Signature": "v0=00"}, id="timestamp-is-no-number"),
        pytest.param({"X-Slack-Request-Timestamp": "9" * 400, "X-Slack-Signature": "v0=0"}, id="timestamp-is-absurd"),
    ],
)
async def test_an_unsigned_request_is_refused_and_leaves_no_trace(scene: Scene, headers: dict[str, str]) -> None:
    delivery = await scene.world.slack.send_raw(_body(scene), {"Content-Type": "application/json", **headers})

    assert delivery.status == 401
    assert await scene.came_in() == 0


async def test_a_forged_request_is_refused_and_leaves_no_trace(scene: Scene) -> None:
    headers = sign("not the secret", _body(scene))

    delivery = await scene.world.slack.send_raw(_body(scene), {"Content-Type": "application/json", **headers})

    assert delivery.status == 401
    assert await scene.came_in() == 0


async def test_a_signature_that_is_no_ascii_is_refused_like_any_other(scene: Scene) -> None:
    headers = {"X-Slack-Request-Timestamp": str(int(time.time())), "X-Slack-Signature": "v0=é"}

    delivery = await scene.world.slack.send_raw(_body(scene), {"Content-Type": "application/json", **headers})

    assert delivery.status == 401
    assert await scene.count("events") == 0


@pytest.mark.parametrize("form", ["application/x-www-form-urlencoded", "application/json"])
async def test_a_certificate_check_that_nobody_signed_is_not_acknowledged(scene: Scene, form: str) -> None:
    body = b"ssl_check=1&token=t" if "form" in form else b'{"ssl_check": "1"}'

    delivery = await scene.world.slack.send_raw(body, {"Content-Type": form, **sign("not the secret", body)})

    assert delivery.status == 401
    assert await scene.count("events") == 0


async def test_a_stale_request_is_refused_and_leaves_no_trace(scene: Scene) -> None:
    headers = scene.world.slack.sign(_body(scene), int(time.time()) - 600)

    delivery = await scene.world.slack.send_raw(_body(scene), {"Content-Type": "application/json", **headers})

    assert delivery.status == 401
    assert await scene.came_in() == 0


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b"null", b'"text"', b"payload={", b"payload=[1]", b"\xff\xfe{}", b"[" * 5000],
    ids=["cut", "list", "null", "string", "form-cut", "form-list", "not-utf8", "deep"],
)
async def test_signed_nonsense_is_refused_without_a_crash(scene: Scene, body: bytes) -> None:
    delivery = await _send_signed(scene, body)

    assert delivery.status in {200, 400, 401}
    assert await scene.came_in() == 0


async def test_a_body_that_cannot_be_decompressed_counts_as_unsigned(scene: Scene) -> None:
    headers = {"Content-Encoding": "gzip", **scene.world.slack.sign(b"\0\0")}

    assert (await scene.world.slack.send_raw(b"\0\0", headers)).status == 401


async def test_a_body_of_a_megabyte_and_more_is_refused(scene: Scene) -> None:
    body = json.dumps({"type": "event_callback", "event": {"text": "x" * 1_100_000}}).encode()

    delivery = await _send_signed(scene, body)

    assert delivery.status == 413


@pytest.mark.parametrize(
    "event",
    [
        {"type": "app_home_opened", "user": MIA, "tab": "messages", "channel": "D1"},
        {"type": "a_type_of_tomorrow", "anything": [1, 2]},
        {"type": "message", "subtype": "channel_topic", "channel": HANDOFF_CHANNEL, "user": MIA, "ts": "1.1"},
        {"type": "message", "subtype": "bot_message", "channel": "D1", "channel_type": "im", "bot_id": "B9", "ts": "1"},
        {"type": "message", "channel": "D1", "channel_type": "im"},
        {"type": "message", "channel": "D1", "channel_type": "im", "user": "USLACKBOT", "text": "hi", "ts": "1.1"},
        {"type": "message", "channel": "G1", "channel_type": "mpim", "user": MIA, "text": "hi", "ts": "1.1"},
        {"type": "message", "channel": "C0OTHER", "channel_type": "channel", "user": MIA, "text": "hi", "ts": "1.1"},
        {"type": "message", "subtype": "message_changed", "channel": "D1", "channel_type": "im", "message": None},
    ],
    ids=["home", "unknown", "topic", "bot", "empty", "slackbot", "group-dm", "other-channel", "broken-edit"],
)
async def test_what_is_not_for_us_is_acknowledged_and_ignored(scene: Scene, event: dict[str, object]) -> None:
    delivery = await scene.world.slack.deliver(event)

    assert delivery.ok
    assert await scene.came_in() == 0


async def test_being_removed_from_the_workspace_is_shouted_into_the_log(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    await scene.world.slack.deliver({"type": "app_uninstalled"})

    assert "removed_from_slack" in caplog.text


async def test_the_bots_own_messages_are_not_taken_for_questions(scene: Scene) -> None:
    await scene.ask(CONFIDENT)
    await scene.settled()

    assert await scene.came_in() == 1


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        (":thumbsup: :tada:", "only answer questions in words"),
        ("🎉🎉🎉", "only answer questions in words"),
        ("   ", "only answer questions in words"),
        ("x" * 40_000, "40,000 characters"),
        ("?!…", "only answer questions in words"),
    ],
    ids=["emoji-codes", "emoji", "blank", "very-long", "punctuation"],
)
async def test_what_cannot_be_asked_gets_a_reason(scene: Scene, text: str, reply: str) -> None:
    root = await scene.ask(text)

    assert reply in scene.texts(root)
    assert scene.world.uppzy.asked == []


async def test_a_file_alone_gets_a_reason_and_a_way_to_a_person(scene: Scene) -> None:
    delivery = await scene.world.slack.dm(MIA, "", files=[File(name="screenshot.png")])
    await scene.settled()

    (reply,) = scene.replies(delivery.ts)
    assert "can't read attachments" in reply.text
    await scene.press(reply, "talk_to_person")
    assert len(scene.world.cards) == 1


async def test_a_question_with_a_file_is_answered_by_its_words(scene: Scene) -> None:
    delivery = await scene.world.slack.dm(MIA, CONFIDENT, files=[File(name="screenshot.png")])
    await scene.settled()

    assert "this answer is based on your message only" in scene.texts(delivery.ts)
    assert "password.example.com" in str(scene.answer(delivery.ts).blocks)


async def test_edits_that_change_nothing_are_ignored(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)

    await scene.world.slack.edit(MIA, scene.world.slack.dm_of(MIA), root, CONFIDENT)
    await scene.settled()

    assert len(scene.replies(root)) == 1


async def test_an_edit_after_the_answer_is_not_met_with_silence(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)

    await scene.world.slack.edit(MIA, scene.world.slack.dm_of(MIA), root, "How do I reset my VPN?")
    await scene.settled()

    assert "after I answered" in scene.texts(root)


async def test_stored_payloads_are_forgotten_once_taken_in(scene: Scene) -> None:
    await scene.ask(CONFIDENT)

    assert await scene.count("events", "payload IS NULL AND handled_at IS NOT NULL") == 1
    await scene.no_work_left()
    assert await scene.count("events", "payload IS NOT NULL") == 0


async def test_the_address_check_of_slack_is_answered(scene: Scene) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "c-1"}).encode()

    delivery = await _send_signed(scene, body)

    assert delivery.status == 200


@in_own_loop
async def test_oauth_variables_of_bolt_do_not_change_the_mode(
    world: LocalWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_CLIENT_ID", "1.2")
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "not used")

    async with world.bot() as bot:
        root = await Scene(world, bot).ask(CONFIDENT)
        assert Scene(world, bot).replies(root)


@in_own_loop
async def test_socket_mode_works_the_same(world: LocalWorld) -> None:
    world.settings = world.settings.model_copy(update={"slack_app_token": SecretStr(world.slack.app_token)})

    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(CONFIDENT)
        await scene.rate(root, "good")

        assert "password.example.com" in str(scene.answer(root).blocks)
        assert [received.feedback for received in world.uppzy.feedback] == ["good"]


async def test_members_of_another_company_are_refused_politely(scene: Scene) -> None:
    dm = scene.world.slack.dm_of(MIA)
    event = {
        "type": "message", "channel": dm, "channel_type": "im", "user": MIA, "user_team": "T0FOREIGN",
        "text": CONFIDENT, "ts": "1795400000.000100", "event_ts": "1795400000.000100",
    }  # fmt: skip
    envelope = {
        "type": "event_callback", "team_id": scene.world.slack.team_id, "api_app_id": scene.world.slack.app_id,
        "event": event, "event_id": "Ev1", "event_time": 1795400000, "is_ext_shared_channel": True,
    }  # fmt: skip

    await scene.world.slack.deliver(envelope)
    await scene.settled()

    assert scene.world.uppzy.asked == []


async def test_an_agent_who_joined_a_moment_ago_may_press(scene: Scene) -> None:
    await scene.ask("Frobnicate the blorp quux please")
    await scene.press_card("claim", who=ADA)

    assert f"Claimed by <@{ADA}>" in str(scene.card.blocks)


def _message_event(scene: Scene, ts: str) -> dict[str, object]:
    message = scene.world.slack.message(scene.world.slack.dm_of(MIA), ts)
    assert message is not None
    return {
        "type": "message",
        "channel": message.channel,
        "channel_type": "im",
        "user": message.user,
        "text": message.text,
        "ts": message.ts,
        "event_ts": message.ts,
        "client_msg_id": message.client_msg_id,
    }


async def _send_signed(scene: Scene, body: bytes) -> Delivery:
    headers = {"Content-Type": "application/json", **scene.world.slack.sign(body)}
    return await scene.world.slack.send_raw(body, headers)


def _body(scene: Scene) -> bytes:
    event = {"type": "message", "channel": "D1", "channel_type": "im", "user": MIA, "text": "hi", "ts": "1.1"}
    return json.dumps({"type": "event_callback", "team_id": scene.world.slack.team_id, "event": event}).encode()


async def test_a_fault_in_the_handling_does_not_cost_the_message(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(uow: UnitOfWork, entry: InboxEntry, _event: MessageReceived) -> str | None:
        assert uow.tx.inbox.add_handled(entry, uow.now, alone=False) is not None
        raise RuntimeError("a bug")

    monkeypatch.setattr("bot.helpdesk.desk.accept_and_handle", fail)
    root = await scene.ask(CONFIDENT)

    assert len(scene.replies(root)) == 1
    assert await scene.came_in() == 1
    assert "event_not_handled_at_once" in caplog.messages


@pytest.mark.parametrize("behind", ["with its jobs", "with acknowledgements"])
async def test_a_desk_that_is_behind_stores_messages_and_handles_them_later(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, behind: str
) -> None:
    if behind == "with its jobs":
        monkeypatch.setattr(ThrottledStore, "is_busy", True)
    else:
        monkeypatch.setattr("bot.helpdesk.desk._MOST_ACCEPTED_AT_ONCE", 0)
    monkeypatch.setattr("bot.helpdesk.desk.accept_and_handle", None)
    root = await scene.ask(CONFIDENT)

    assert len(scene.replies(root)) == 1
