"""Faults of the local Slack occur exactly as configured, and no longer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import BOT_TOKEN, DeletedParent, LocalSlack
from tests.deadlines import HUNG
from tests.sandbox.slack.conftest import DESK, populate


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    async with LocalSlack() as slack:
        populate(slack)
        yield slack


async def post(client: AsyncWebClient, text: str = "Hello", channel: str = DESK) -> Any:
    return await client.chat_postMessage(channel=channel, text=text)


def texts(slack: LocalSlack) -> list[str]:
    return [message.text for message in slack.messages(DESK)]


async def test_a_rate_limit_names_the_wait_and_has_no_effect(slack: LocalSlack, client: AsyncWebClient) -> None:
    slack.faults.rate_limited("chat.postMessage", retry_after=7)

    with pytest.raises(SlackApiError) as caught:
        await post(client)
    await post(client, "Again")

    assert (caught.value.response.status_code, caught.value.response.headers["Retry-After"]) == (429, "7")
    assert caught.value.response["error"] == "ratelimited"
    assert texts(slack) == ["Again"]


@pytest.mark.parametrize("after_effect", [False, True])
async def test_a_server_error_may_come_before_or_after_the_effect(
    slack: LocalSlack, http: aiohttp.ClientSession, after_effect: bool
) -> None:
    slack.faults.http_error("chat.postMessage", status=500, after_effect=after_effect)
    headers = {"Authorization": f"Bearer {BOT_TOKEN}"}

    answer = await http.post(slack.api_url + "chat.postMessage", json={"channel": DESK, "text": "x"}, headers=headers)

    assert (answer.status, len(texts(slack))) == (500, int(after_effect))


@pytest.mark.parametrize("after_effect", [False, True])
async def test_the_connection_may_break_before_or_after_the_effect(
    slack: LocalSlack, client: AsyncWebClient, after_effect: bool
) -> None:
    (slack.faults.dropped_after if after_effect else slack.faults.dropped_before)("chat.postMessage")

    with pytest.raises(aiohttp.ClientConnectionError):
        await post(client)

    assert len(texts(slack)) == int(after_effect)
    assert (await post(client))["ok"]


async def test_the_sdks_own_retry_doubles_a_post_whose_answer_was_lost(slack: LocalSlack) -> None:
    slack.faults.dropped_after("chat.postMessage")

    await post(AsyncWebClient(token=BOT_TOKEN, base_url=slack.api_url))

    assert texts(slack) == ["Hello", "Hello"]


async def test_an_answer_can_be_late_with_its_effect_done(slack: LocalSlack, client: AsyncWebClient) -> None:
    slack.faults.delayed("chat.postMessage", seconds=HUNG, after_effect=True)

    call = asyncio.create_task(post(client))
    await slack.wait_for(lambda: texts(slack) == ["Hello"])

    assert not call.done()
    call.cancel()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of every wait that begins from now on. None of them passes."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return waits


async def test_a_delayed_call_is_done_in_the_end(slack: LocalSlack, client: AsyncWebClient, waits: list[float]) -> None:
    slack.faults.delayed("chat.postMessage", seconds=20.0)

    await post(client)

    assert waits == [20.0]
    assert texts(slack) == ["Hello"]


async def test_a_held_call_is_done_once_it_is_released(slack: LocalSlack, client: AsyncWebClient) -> None:
    held = slack.faults.held("chat.postMessage")
    call = asyncio.create_task(post(client))
    await client.auth_test()
    assert texts(slack) == []

    held.release()
    await call

    assert texts(slack) == ["Hello"]


async def test_any_error_word_can_be_answered(slack: LocalSlack, client: AsyncWebClient) -> None:
    slack.faults.refused("chat.postMessage", error="fatal_error")

    with pytest.raises(SlackApiError) as caught:
        await post(client)

    assert caught.value.response["error"] == "fatal_error"
    assert [call.error for call in slack.calls] == ["fatal_error"]


async def test_a_fault_lasts_so_many_times_or_until_cleared(slack: LocalSlack, client: AsyncWebClient) -> None:
    fault = slack.faults.refused(error="internal_error", times=None)
    for _ in range(3):
        with pytest.raises(SlackApiError):
            await client.auth_test()

    slack.faults.clear(fault)

    assert (await client.auth_test())["ok"]


async def test_a_fault_can_be_aimed_at_one_method_and_one_kind_of_request(
    slack: LocalSlack, client: AsyncWebClient
) -> None:
    slack.faults.refused("chat.postMessage", error="internal_error", when=lambda args: args["text"] == "Second")

    await client.auth_test()
    await post(client, "First")
    with pytest.raises(SlackApiError):
        await post(client, "Second")
    await post(client, "Second")

    assert texts(slack) == ["First", "Second"]


async def test_faults_are_used_up_in_the_order_they_were_planned(slack: LocalSlack, client: AsyncWebClient) -> None:
    slack.faults.refused(error="first")
    slack.faults.refused(error="second")
    errors = []
    for _ in range(2):
        with pytest.raises(SlackApiError) as caught:
            await client.auth_test()
        errors.append(caught.value.response["error"])

    assert errors == ["first", "second"]


async def test_a_rate_limit_can_be_set_for_each_channel(slack: LocalSlack, client: AsyncWebClient) -> None:
    slack.faults.limit("chat.postMessage", calls=1, seconds=30, by="channel")
    slack.add_channel("C0OTHER", "other")

    await post(client)
    await post(client, channel="C0OTHER")
    with pytest.raises(SlackApiError) as caught:
        await post(client)
    slack.faults.unlimit()

    assert caught.value.response.headers["Retry-After"] == "30"
    assert (await post(client))["ok"]


async def test_every_answer_can_take_its_time(waits: list[float]) -> None:
    async with LocalSlack(latency=20.0) as slack:
        client = AsyncWebClient(token=BOT_TOKEN, base_url=slack.api_url)
        await asyncio.gather(*(client.auth_test() for _ in range(5)))

    assert waits.count(20.0) == 5


@pytest.mark.parametrize(
    ("treated", "with_replies", "ended"),
    [
        (DeletedParent.KEPT, True, "in the thread"),
        (DeletedParent.KEPT, False, "thread_not_found"),
        (DeletedParent.REFUSED, True, "thread_not_found"),
        (DeletedParent.REFUSED, False, "thread_not_found"),
        (DeletedParent.AT_ROOT, True, "outside"),
        (DeletedParent.AT_ROOT, False, "outside"),
    ],
)
async def test_a_reply_to_a_deleted_message_is_kept_refused_or_posted_outside_of_its_thread(
    slack: LocalSlack, client: AsyncWebClient, treated: DeletedParent, with_replies: bool, ended: str
) -> None:
    root = (await post(client)).data["ts"]
    if with_replies:
        await client.chat_postMessage(channel=DESK, text="Below", thread_ts=root)
    await slack.delete_for_all(DESK, root)
    slack.faults.deleted_parent = treated

    later = client.chat_postMessage(channel=DESK, text="Later", thread_ts=root)
    if ended == "thread_not_found":
        with pytest.raises(SlackApiError, match="thread_not_found"):
            await later
    else:
        assert (await later)["message"].get("thread_ts") == (root if ended == "in the thread" else None)
    assert ("Later" in texts(slack)) is (ended == "outside")


async def test_clearing_the_faults_treats_deleted_messages_as_at_the_start(slack: LocalSlack) -> None:
    slack.faults.deleted_parent = DeletedParent.AT_ROOT

    slack.faults.clear()

    assert slack.faults.deleted_parent is DeletedParent.KEPT


async def test_nothing_can_be_posted_to_somebody_whose_account_is_deactivated(
    slack: LocalSlack, client: AsyncWebClient
) -> None:
    slack.workspace.set_active("U0ADA", active=False)
    with pytest.raises(SlackApiError, match="user_disabled"):
        await post(client, channel=slack.dm_of("U0ADA"))

    slack.workspace.set_active("U0ADA", active=True)

    await post(client, channel=slack.dm_of("U0ADA"))
