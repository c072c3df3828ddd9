"""Socket Mode connections against a local Slack whose sockets end, stop delivering and come back."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import CredentialError, PlanError
from bot.helpdesk.model.events import Acceptance, InboxEntry
from bot.helpdesk.retry import Schedule
from bot.slack.bolt_app import build_bolt
from bot.slack.inbound import Inbound
from bot.slack.socket_mode import Sockets, SocketTimings
from sandbox.slack import LocalSlack
from sandbox.slack.socket_mode import SocketHealth
from tests.deadlines import HUNG

MIA = "U0MIA0000"
OPEN = "apps.connections.open"

# Short delays for everything a test waits for, long ones for everything else.
CALM = SocketTimings(
    opened_within=HUNG,
    ping_every=60.0,
    linger=0.05,
    closed_within=0.1,
    retry=Schedule(first=0.01, longest=0.05),
)


@dataclass(slots=True)
class Clock:
    """A clock that stands still unless a test moves it."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass(slots=True)
class Recorder:
    """Records the messages accepted and the gaps reported."""

    accepted_texts: list[str] = field(default_factory=list)
    gaps: int = 0

    async def accept(self, *accepted: InboxEntry) -> Acceptance:
        self.accepted_texts += [str(getattr(entry.event, "text", "")) for entry in accepted]
        return Acceptance(is_new=True)

    async def after_gap(self) -> None:
        self.gaps += 1


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    async with LocalSlack(retry_delays=(0.0, 0.05, 0.2), ack_timeout=0.2) as slack:
        slack.add_user(MIA, "Mia")
        yield slack


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


def bolt_for(slack: LocalSlack, recorder: Recorder) -> AsyncApp:
    identity = AuthorizeResult(
        enterprise_id=None,
        team_id=slack.team_id,
        bot_token=slack.bot_token,
        bot_id=slack.bot_id,
        bot_user_id=slack.bot_user_id,
    )
    inbound = Inbound(bot_user=slack.bot_user_id, channels=frozenset())
    return build_bolt(
        inbound=inbound,
        accept=recorder.accept,
        ignored=lambda kind: None,
        clock=lambda: 0.0,
        identity=identity,
        api_url=slack.api_url,
    )


class Pauses:
    """A `sleep` that never ends, and keeps the seconds that were asked for."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.seconds = 0.0

    async def sleep(self, seconds: float) -> None:
        self.seconds = seconds
        self.begun.set()
        await asyncio.Event().wait()


@contextlib.asynccontextmanager
async def connected(
    slack: LocalSlack,
    recorder: Recorder,
    timings: SocketTimings = CALM,
    token: str = "",
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncIterator[Sockets]:
    sockets = Sockets(
        bolt=bolt_for(slack, recorder),
        slack=AsyncWebClient(base_url=slack.api_url, retry_handlers=[]),
        app_token=token or slack.app_token,
        after_gap=recorder.after_gap,
        timings=timings,
        now=now,
        sleep=sleep,
    )
    try:
        await sockets.start()
        yield sockets
    finally:
        await sockets.close()


async def eventually(condition: Callable[[], Any]) -> None:
    """Waits until the condition holds."""
    async with asyncio.timeout(HUNG):
        while not condition():  # noqa: ASYNC110 - the state of connections raises no event
            await asyncio.sleep(0.002)


def opened(slack: LocalSlack) -> int:
    """Counts the addresses requested from Slack."""
    return sum(call.method == OPEN for call in slack.calls)


# Normal operation.


async def test_two_connections_are_open_and_both_deliver(slack: LocalSlack, recorder: Recorder) -> None:
    async with connected(slack, recorder) as sockets:
        await eventually(lambda: sockets.count == slack.sockets.count == 2)

        told = [await slack.dm(MIA, text) for text in ("One", "Two")]

    assert [(one.ok, one.attempts) for one in told] == [(True, 1), (True, 1)]
    assert recorder.accepted_texts == ["One", "Two"]


async def test_the_start_counts_as_the_end_of_a_gap(slack: LocalSlack, recorder: Recorder) -> None:
    async with connected(slack, recorder) as sockets:
        await eventually(lambda: sockets.count == 2 and recorder.gaps)

    assert recorder.gaps == 1


async def test_closing_leaves_no_connection_behind(slack: LocalSlack, recorder: Recorder) -> None:
    async with connected(slack, recorder) as sockets:
        await eventually(lambda: sockets.count == 2)

    await slack.wait_for(lambda: slack.sockets.count == 0)
    assert (sockets.count, sockets.alive, sockets.age) == (0, False, None)


async def test_closing_waits_for_nobody_who_is_dead(slack: LocalSlack, recorder: Recorder) -> None:
    async with connected(slack, recorder) as sockets:
        await eventually(lambda: sockets.count == 2)
        slack.sockets.go(SocketHealth.DEAD)
        async with asyncio.timeout(HUNG):
            await sockets.close()

    assert sockets.count == 0


# Refreshing.


async def test_a_refresh_of_one_connection_leaves_no_gap(slack: LocalSlack, recorder: Recorder) -> None:
    async with connected(slack, recorder) as sockets:
        await eventually(lambda: sockets.count == 2)
        slack.faults.delayed(OPEN, seconds=0.05)

        await slack.sockets.disconnect("warning", at_most=1)
        await eventually(lambda: sockets.count == 1)
        told = await slack.dm(MIA, "During")
        await eventually(lambda: sockets.count == 2)

    assert told.attempts == 1
    assert (opened(slack), recorder.gaps) == (3, 1)


async def test_what_slack_still_sends_through_a_connection_it_ends_is_heard(
    slack: LocalSlack, recorder: Recorder
) -> None:
    async with connected(slack, recorder, replace(CALM, connections=1)) as sockets:
        await eventually(lambda: sockets.count == 1)
        (old,) = slack.sockets._connections
        await slack.sockets.disconnect("warning")
        await eventually(lambda: opened(slack) == 2 and sockets.count == 1)

        await old.socket.send_json(envelope("Late"))
        await eventually(lambda: recorder.accepted_texts)

    assert recorder.accepted_texts == ["Late"]


def envelope(text: str) -> dict[str, Any]:
    event = {"type": "message", "channel": "D1", "channel_type": "im", "user": MIA, "text": text, "ts": "1.0"}
    payload = {"type": "event_callback", "api_app_id": "A1", "team_id": "T1", "event": event}
    return {"envelope_id": text, "type": "events_api", "payload": payload, "retry_attempt": 0}


async def test_connections_told_to_leave_together_are_renewed_one_after_the_other(
    slack: LocalSlack, recorder: Recorder
) -> None:
    async with connected(slack, recorder) as sockets:
        await eventually(lambda: sockets.count == 2)
        slack.faults.delayed(OPEN, seconds=0.05, times=None)

        await slack.disconnect_sockets()
        await eventually(lambda: sockets.count == 1)
        first = opened(slack)
        await eventually(lambda: sockets.count == 2 and recorder.gaps == 2)

    assert first == 3


async def test_a_storm_of_connections_that_end_at_once_is_held_back(slack: LocalSlack, recorder: Recorder) -> None:
    slow = replace(CALM, connections=1, retry=Schedule(first=30.0, longest=60.0))
    pauses = Pauses()
    async with connected(slack, recorder, slow, sleep=pauses.sleep) as sockets:
        await slack.sockets.drop()
        await eventually(lambda: sockets.count == 1 and opened(slack) == 2)
        await slack.sockets.drop()
        await pauses.begun.wait()
        await eventually(lambda: sockets.count == 0)

        assert opened(slack) == 2
        assert pauses.seconds >= 15.0


# Trouble.


async def test_all_cut_connections_come_back_and_the_gap_is_told(slack: LocalSlack, recorder: Recorder) -> None:
    async with connected(slack, recorder) as sockets:
        await eventually(lambda: sockets.count == 2)
        await slack.sockets.drop()
        saying = asyncio.create_task(slack.dm(MIA, "Hello"))

        await eventually(lambda: sockets.count == 2 and recorder.gaps == 2)

        assert (await saying).ok
    assert recorder.accepted_texts == ["Hello"]


async def test_a_dead_connection_is_noticed_and_replaced(slack: LocalSlack, recorder: Recorder) -> None:
    async with connected(slack, recorder, replace(CALM, ping_every=0.1)) as sockets:
        await eventually(lambda: sockets.count == 2)
        slack.sockets.go(SocketHealth.DEAD)

        await eventually(lambda: recorder.gaps >= 2 and sockets.count == 2)

        assert sockets.alive
        assert (await slack.dm(MIA, "Hello")).ok


async def test_pongs_keep_a_quiet_connection_alive(slack: LocalSlack, recorder: Recorder) -> None:
    clock = Clock()
    async with connected(slack, recorder, replace(CALM, ping_every=0.5), now=clock) as sockets:
        await eventually(lambda: sockets.count == 2)
        clock.now += CALM.proven_within + 1.0
        assert not sockets.alive

        await eventually(lambda: sockets.alive)

        assert opened(slack) == 2


async def test_readiness_ends_when_nothing_is_heard_any_more(slack: LocalSlack, recorder: Recorder) -> None:
    async with connected(slack, recorder, replace(CALM, proven_within=0.05)) as sockets:
        assert sockets.alive
        slack.sockets.go(SocketHealth.DEAD)

        await eventually(lambda: not sockets.alive)


async def test_connections_that_answer_pings_and_deliver_nothing_are_replaced(
    slack: LocalSlack, recorder: Recorder
) -> None:
    async with connected(slack, recorder, replace(CALM, ping_every=0.1, trusted_for=0.4)) as sockets:
        await eventually(lambda: sockets.count == 2)
        slack.sockets.go(SocketHealth.DEAF)
        told = await slack.dm(MIA, "Hello")
        await eventually(lambda: opened(slack) >= 4)

    assert told.ok
    assert told.attempts > 1
    assert recorder.accepted_texts == ["Hello"]


async def test_a_repeated_event_casts_doubt_on_the_connection_that_was_silent(
    slack: LocalSlack, recorder: Recorder
) -> None:
    async with connected(slack, recorder, replace(CALM, suspect_after=0.1)) as sockets:
        await eventually(lambda: sockets.count == 2)
        slack.sockets.go(SocketHealth.DEAF, at_most=1)
        (deaf, _) = slack.sockets._connections

        first = await slack.dm(MIA, "One")
        await eventually(lambda: sockets.count == 2 and deaf not in slack.sockets._connections)
        later = [await slack.dm(MIA, text) for text in ("Two", "Three")]

    assert first.attempts == 2
    assert [one.attempts for one in later] == [1, 1]


async def test_an_event_that_could_not_be_stored_is_not_acknowledged_and_comes_again(
    slack: LocalSlack, caplog: pytest.LogCaptureFixture
) -> None:
    class Forgetful(Recorder):
        async def accept(self, *accepted: InboxEntry) -> Acceptance:
            if not self.accepted_texts:
                self.accepted_texts.append("lost")
                raise OSError("the disk is full")
            return await Recorder.accept(self, *accepted)

    recorder = Forgetful()
    logging.getLogger("slack_bolt.uppzy_desk").setLevel(logging.CRITICAL)
    async with connected(slack, recorder):
        told = await slack.dm(MIA, "Hello")

    assert (told.ok, told.attempts) == (True, 2)
    assert recorder.accepted_texts == ["lost", "Hello"]
    assert "envelope_not_acknowledged" in messages(caplog)


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "bot.slack.socket_mode"]


# Starting.


async def test_slack_may_be_away_at_the_start(
    slack: LocalSlack, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    fault = slack.faults.http_error(OPEN, status=503, times=None)
    async with connected(slack, recorder) as sockets:
        assert not sockets.alive
        await eventually(lambda: opened(slack) > 5)
        slack.faults.clear(fault)

        await eventually(lambda: sockets.count == 2 and recorder.gaps == 1)

    assert messages(caplog).count("slack_not_reached") == 1


async def test_a_rate_limit_is_waited_for(slack: LocalSlack, recorder: Recorder) -> None:
    slack.faults.rate_limited(OPEN, retry_after=60)
    pauses = Pauses()
    async with connected(slack, recorder, replace(CALM, connections=1), sleep=pauses.sleep) as sockets:
        slack.faults.rate_limited(OPEN, retry_after=60)
        await pauses.begun.wait()

        assert (opened(slack), sockets.alive) == (2, False)
        assert pauses.seconds >= 60.0


@pytest.mark.parametrize(
    ("error", "kind"),
    [("invalid_auth", CredentialError), ("missing_scope", PlanError)],
)
async def test_a_token_that_is_refused_ends_the_start(
    slack: LocalSlack, recorder: Recorder, error: str, kind: type[Exception]
) -> None:
    slack.faults.refused(OPEN, error=error)

    with pytest.raises(kind, match=f"SLACK_APP_TOKEN.*{error}"):
        async with connected(slack, recorder):
            pass


async def test_socket_mode_switched_off_is_said_loudly_and_outlived(
    slack: LocalSlack, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    async with connected(slack, recorder) as sockets:
        await eventually(lambda: sockets.count == 2)
        fault = slack.faults.refused(OPEN, error="link_disabled", times=None)
        await slack.disconnect_sockets("link_disabled", close=True)
        await eventually(lambda: opened(slack) > 5)
        slack.faults.clear(fault)

        await eventually(lambda: sockets.count == 2)

    loud = [record.getMessage() for record in caplog.records if record.levelno == logging.CRITICAL]
    assert loud == ["socket_mode_refused"]


async def test_a_gap_is_told_though_the_last_one_is_still_being_caught_up(slack: LocalSlack) -> None:
    class Slow(Recorder):
        async def after_gap(self) -> None:
            await Recorder.after_gap(self)
            await asyncio.Event().wait()

    slow = Slow()
    async with connected(slack, slow) as sockets:
        await eventually(lambda: sockets.count == 2 and slow.gaps == 1)
        await slack.sockets.drop()
        await eventually(lambda: sockets.count == 2 and slow.gaps == 2)


async def test_catching_up_that_fails_ends_nothing(
    slack: LocalSlack, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    class Failing(Recorder):
        async def after_gap(self) -> None:
            await Recorder.after_gap(self)
            raise OSError("the disk is full")

    failing = Failing()
    async with connected(slack, failing) as sockets:
        await eventually(lambda: sockets.count == 2 and failing.gaps == 1)
        await slack.sockets.drop()
        await eventually(lambda: sockets.count == 2 and failing.gaps == 2)

    assert messages(caplog).count("after_gap_failed") == 2


async def test_nonsense_from_slack_is_ignored(slack: LocalSlack, recorder: Recorder) -> None:
    async with connected(slack, recorder, replace(CALM, connections=1)) as sockets:
        (wire,) = slack.sockets._connections
        for text in ("", "nonsense", "[]", '{"type": "surprise"}', '{"type": "x", "envelope_id": "y", "payload": []}'):
            await wire.socket.send_str(text)
        told = await slack.dm(MIA, "Hello")

        assert sockets.count == 1
    assert told.attempts == 1
