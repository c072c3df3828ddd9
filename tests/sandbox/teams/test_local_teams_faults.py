"""Limits and faults of the local Teams occur exactly as configured, and no longer."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from sandbox.teams import LocalTeams
from sandbox.teams.throttle import ConnectorThrottle
from sandbox.teams.wire import ConnectorRefusedError
from tests.deadlines import HUNG
from tests.sandbox.teams.conftest import ADA, CHANNEL, MIA, Client, text, with_card


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def texts(teams: LocalTeams) -> list[str]:
    return [message.text for message in teams.messages(CHANNEL)]


# Limits


def refused(throttle: ConnectorThrottle, kind: str, subject: str = "") -> int | None:
    """Returns the seconds that a further request has to wait, None where it is allowed."""
    try:
        throttle.count(kind, subject)
    except ConnectorRefusedError as refusal:
        return refusal.retry_after
    return None


@pytest.mark.parametrize(
    ("kind", "allowed", "then"),
    [
        ("send", 7, 1),
        ("create", 7, 1),
        ("members", 14, 1),
        ("react", 2, 1),
        ("other", 50, 1),
    ],
)
def test_so_many_requests_are_allowed_in_a_second(kind: str, allowed: int, then: int) -> None:
    throttle = ConnectorThrottle(Clock())

    answers = [refused(throttle, kind, "thread") for _ in range(allowed + 1)]

    assert answers == [None] * allowed + [then]


def test_longer_spans_have_limits_of_their_own() -> None:
    clock = Clock()
    throttle = ConnectorThrottle(clock)
    sent = 0
    for _ in range(15):
        sent += sum(refused(throttle, "send", "thread") is None for _ in range(8))
        clock.now += 2

    assert sent == 15 * 7 - 45  # 60 within half a minute, although seven a second never exceed the shortest span
    assert refused(throttle, "send", "thread") is None


def test_threads_are_counted_apart_but_all_requests_together() -> None:
    throttle = ConnectorThrottle(Clock())

    answers = [refused(throttle, "send", f"thread {number % 10}") for number in range(51)]

    assert answers == [None] * 50 + [1]


async def test_a_throttled_post_has_no_effect_and_names_the_wait(teams: LocalTeams, client: Client) -> None:
    teams.throttle.now = Clock()
    root = (await client.new_thread(CHANNEL, with_card())).body["activityId"]

    answers = [await client.post(CHANNEL, text(str(number)), thread=root) for number in range(8)]

    assert [one.status for one in answers] == [201] * 7 + [429]
    assert (answers[-1].code, answers[-1].headers["Retry-After"]) == ("Throttled", "1")
    assert len(teams.messages(CHANNEL, root)) == 1 + 7
    assert (await client.post(teams.chat_of(MIA), text("Elsewhere"))).status == 201


async def test_new_threads_are_counted_for_each_channel(teams: LocalTeams, client: Client) -> None:
    teams.throttle.now = Clock()

    answers = [(await client.new_thread(CHANNEL, with_card())).status for _ in range(8)]

    assert answers == [201] * 7 + [429]


async def test_without_limits_everything_is_allowed(teams: LocalTeams, client: Client) -> None:
    teams.throttle.now = Clock()
    teams.throttle.is_on = False

    assert [(await client.post(CHANNEL, text("Hello"))).status for _ in range(9)] == [201] * 9


# Size


@pytest.mark.parametrize(
    ("characters", "status", "code"),
    [(39_000, 201, ""), (45_000, 400, "BadArgument"), (52_000, 413, "MessageSizeTooBig")],
)
async def test_a_message_is_measured_in_utf_16(
    teams: LocalTeams, client: Client, characters: int, status: int, code: str
) -> None:
    answer = await client.post(CHANNEL, text("x" * characters))

    assert answer.status == status
    assert code in ("", answer.body.get("error", {}).get("code"))
    assert len(teams.messages(CHANNEL)) == (status == 201)


# Faults


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "BadArgument"),
        (401, "BotNotRegistered"),
        (403, "BotDisabledByAdmin"),
        (404, "ConversationNotFound"),
        (412, "PreconditionFailed"),
        (413, "MessageSizeTooBig"),
    ],
)
async def test_any_refusal_can_be_planned_and_has_no_effect(
    teams: LocalTeams, client: Client, status: int, code: str
) -> None:
    teams.faults.refused("post", status=status, code=code)

    answer = await client.post(CHANNEL, text("Refused"))
    await client.post(CHANNEL, text("Again"))

    assert (answer.status, answer.code) == (status, code)
    assert texts(teams) == ["Again"]
    assert [(call.status, call.code) for call in teams.calls_of("post")] == [(status, code), (201, "")]


@pytest.mark.parametrize("wait", [3, None])
async def test_throttling_may_name_no_wait(teams: LocalTeams, client: Client, wait: int | None) -> None:
    teams.faults.throttled("post", retry_after=wait)

    answer = await client.post(CHANNEL, text("Too much"))

    assert (answer.status, answer.headers.get("Retry-After")) == (429, None if wait is None else "3")
    assert texts(teams) == []


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("after_effect", [False, True])
async def test_a_server_error_may_come_before_or_after_the_effect(
    teams: LocalTeams, client: Client, status: int, after_effect: bool
) -> None:
    teams.faults.http_error("post", status=status, after_effect=after_effect)

    answer = await client.post(CHANNEL, text("Perhaps"))

    assert (answer.status, len(texts(teams))) == (status, int(after_effect))


@pytest.mark.parametrize("after_effect", [False, True])
async def test_the_connection_may_break_before_or_after_the_effect(
    teams: LocalTeams, client: Client, after_effect: bool
) -> None:
    teams.faults.dropped("post", after_effect=after_effect)

    with pytest.raises(aiohttp.ClientConnectionError):
        await client.post(CHANNEL, text("Perhaps"))

    assert len(texts(teams)) == int(after_effect)


async def test_an_answer_can_be_late_with_its_effect_done(teams: LocalTeams, client: Client) -> None:
    teams.faults.delayed("post", seconds=HUNG, after_effect=True)

    call = asyncio.create_task(client.post(CHANNEL, text("Hello")))
    await teams.wait_for(lambda: texts(teams) == ["Hello"])

    assert not call.done()
    call.cancel()


async def test_a_held_call_is_done_once_it_is_released(teams: LocalTeams, client: Client) -> None:
    held = teams.faults.held("post")
    call = asyncio.create_task(client.post(CHANNEL, text("Hello")))
    assert (await client.call("GET", f"conversations/{CHANNEL}/members")).status == 200
    assert texts(teams) == []

    held.release()

    assert (await call).status == 201
    assert texts(teams) == ["Hello"]


async def test_an_answer_may_be_no_answer(teams: LocalTeams, client: Client) -> None:
    teams.faults.odd_body("post", body=b"{}", status=201)

    answer = await client.post(CHANNEL, text("Hello"))

    assert (answer.body, texts(teams)) == ({}, ["Hello"])


async def test_a_fault_can_be_aimed_and_lasts_so_many_times_or_until_cleared(teams: LocalTeams, client: Client) -> None:
    fault = teams.faults.refused(status=412, times=None, when=lambda call: call.body.get("text") == "Second")

    for words in ("First", "Second", "Second"):
        await client.post(CHANNEL, text(words))
    teams.faults.clear(fault)
    await client.post(CHANNEL, text("Second"))

    assert texts(teams) == ["First", "Second"]


async def test_the_login_and_graph_can_fail_too(teams: LocalTeams, client: Client) -> None:
    teams.faults.http_error("token", status=503)
    assert (await client.token()).status == 503

    teams.faults.http_error("graph", status=503)
    group = teams.workspace.teams[teams.workspace.channels[CHANNEL].team].group_id
    assert (await client.graph(f"teams/{group}/channels/{CHANNEL}/messages")).status == 503


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of every wait that begins from now on. None of them passes."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return waits


async def test_every_answer_can_take_its_time(teams: LocalTeams, client: Client, waits: list[float]) -> None:
    teams.latency = 20.0

    await client.token()

    assert waits == [20.0]


async def test_clearing_forgets_what_was_said_and_counted(teams: LocalTeams, client: Client) -> None:
    teams.throttle.now = Clock()
    for _ in range(7):
        await client.post(CHANNEL, text("Hello"))

    teams.clear()

    assert (texts(teams), list(teams.calls), list(teams.deliveries)) == ([], [], [])
    assert (await client.post(CHANNEL, text("Hello"))).status == 201
    assert ADA in teams.workspace.users
