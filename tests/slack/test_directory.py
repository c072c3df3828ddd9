"""The directory remembers people and the members of channels for a while, and no longer."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.helpdesk.ports import KeptPeople
from bot.slack.directory import SlackDirectory
from bot.slack.people import KnownPeople, PeopleLimits
from bot.slack.rate_limiter import RateLimiter, SlackLimits
from sandbox.slack import LocalSlack
from sandbox.world import ADA, HANDOFF_CHANNEL, MIA, populate
from storage.queries.people import StoredPeople
from tests.deadlines import HUNG
from tests.storage.conftest import store_at

UNLIMITED = SlackLimits(methods={})
A_DAY = 24 * 3600.0


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1_795_400_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    async with LocalSlack() as slack:
        populate(slack)
        yield slack


@pytest.fixture
def clock() -> Clock:
    return Clock()


def people_of(
    slack: LocalSlack, clock: Clock, kept: KeptPeople | None = None, limits: PeopleLimits | None = None
) -> KnownPeople:
    reader = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
    return KnownPeople(reader, clock, frozenset(), rate_limiter=RateLimiter(UNLIMITED), kept=kept, limits=limits)


async def eventually(is_true: Callable[[], object]) -> None:
    async with asyncio.timeout(HUNG):
        while not is_true():  # noqa: ASYNC110 - nothing tells when the background has come so far
            await asyncio.sleep(0.002)


@contextlib.asynccontextmanager
async def kept_current(people: KnownPeople, until: Callable[[], object]) -> AsyncIterator[None]:
    """Runs the reading in the background, enters the block once something is true, and ends it."""
    task = asyncio.create_task(people.keep_current())
    await eventually(until)
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def looked_up(slack: LocalSlack) -> int:
    return len(slack.calls_of("users.info"))


async def test_a_clock_set_back_an_hour_makes_nothing_be_remembered_for_longer(slack: LocalSlack, clock: Clock) -> None:
    reader = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
    directory = SlackDirectory(reader, clock, people_of(slack, clock))
    assert not await directory.is_member(MIA, HANDOFF_CHANNEL)
    assert await directory.is_member(ADA, HANDOFF_CHANNEL)
    slack.workspace.channels[HANDOFF_CHANNEL].members.remove(ADA)
    slack.workspace.channels[HANDOFF_CHANNEL].members.append(MIA)

    clock.now -= 3600.0

    assert await directory.is_member(MIA, HANDOFF_CHANNEL)
    assert not await directory.is_member(ADA, HANDOFF_CHANNEL)


async def test_who_is_listed_is_not_looked_up_until_that_is_a_day_old(slack: LocalSlack, clock: Clock) -> None:
    for number in range(250):
        slack.add_user(f"U{number:08}", f"Person {number}")
    people = people_of(slack, clock)

    async with kept_current(people, lambda: people.knows(f"U{249:08}")):
        mia = await people.find(MIA)
        assert (mia.name, mia.email, mia.locale, looked_up(slack)) == ("Mia", "mia@example.com", "en-US", 0)
        assert [call.args["limit"] for call in slack.calls_of("users.list")] == ["200", "200"]

        clock.now += A_DAY
        await people.find(MIA)
        assert looked_up(slack) == 1


async def test_no_more_people_are_listed_than_the_limit_says(
    slack: LocalSlack, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for number in range(250):
        slack.add_user(f"U{number:08}", f"Person {number}")
    people = people_of(slack, clock, limits=PeopleLimits(most=200))

    async with kept_current(people, lambda: "people_listed_in_part" in caplog.messages):
        assert people.knows(MIA)

    assert len(slack.calls_of("users.list")) == 1


@pytest.mark.parametrize("error", ["unknown_method", "missing_scope", "internal_error"])
async def test_where_people_cannot_be_listed_they_are_looked_up(slack: LocalSlack, clock: Clock, error: str) -> None:
    slack.faults.refused("users.list", error=error, times=None)
    people = people_of(slack, clock)

    async with kept_current(people, lambda: slack.calls_of("users.list")):
        assert (await people.find(MIA)).name == "Mia"

    assert looked_up(slack) == 1


async def test_a_refusal_for_the_number_of_calls_is_waited_for(slack: LocalSlack, clock: Clock) -> None:
    slack.faults.rate_limited("users.list", retry_after="0")
    people = people_of(slack, clock)

    async with kept_current(people, lambda: people.knows(MIA)):
        pass

    assert len(slack.calls_of("users.list")) == 2


async def test_a_new_profile_replaces_what_is_known_but_for_what_it_does_not_say(
    slack: LocalSlack, clock: Clock
) -> None:
    people = people_of(slack, clock)
    await people.find(MIA)

    people.change({"id": MIA, "real_name": "Mia Berg", "profile": {"email": "berg@example.com"}})

    mia = await people.find(MIA)
    assert (mia.name, mia.email, mia.locale, looked_up(slack)) == ("Mia Berg", "berg@example.com", "en-US", 1)


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"id": 5},
        {"id": MIA, "profile": "x"},
        {"id": MIA, "tz_offset": "x"},
        {"id": MIA, "team_id": ["T"]},
        {"id": MIA, "enterprise_user": 5},
    ],
    ids=str,
)
async def test_a_profile_in_an_unknown_shape_changes_nothing(
    slack: LocalSlack, clock: Clock, odd: dict[str, Any]
) -> None:
    people = people_of(slack, clock)
    mia = await people.find(MIA)

    people.change(odd)

    assert await people.find(MIA) == mia


async def test_a_deactivated_account_is_noticed_at_once_and_forgotten(
    slack: LocalSlack, clock: Clock, database_url: str
) -> None:
    async with store_at(database_url) as store:
        kept = StoredPeople(store)
        people = people_of(slack, clock, kept, PeopleLimits(sync_every=0.001))
        reader = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
        directory = SlackDirectory(reader, clock, people)
        async with kept_current(people, lambda: people.knows(MIA)):
            assert await directory.is_active(MIA, max_age=60.0)
            slack.workspace.set_active(MIA, active=False)
            directory.change_person({"id": MIA, "deleted": True, "profile": {}})

            assert not await directory.is_active(MIA, max_age=60.0)
            async with asyncio.timeout(HUNG):
                while MIA in {one.person.id for one in await kept.people_since("slack", 0.0, 100)}:  # noqa: ASYNC110
                    await asyncio.sleep(0.002)


async def test_who_was_known_before_a_restart_or_by_another_process_is_not_looked_up(
    slack: LocalSlack, clock: Clock, database_url: str
) -> None:
    async with store_at(database_url) as store:
        first = people_of(slack, clock, StoredPeople(store), PeopleLimits(sync_every=0.001))
        second = people_of(slack, clock, StoredPeople(store), PeopleLimits(most=10, sync_every=0.001))
        slack.faults.refused("users.list", error="unknown_method", times=None)
        async with kept_current(first, lambda: True), kept_current(second, lambda: True):
            mia = await first.find(MIA)
            await eventually(lambda: second.knows(MIA))
        third = people_of(slack, clock, StoredPeople(store))
        async with kept_current(third, lambda: third.knows(MIA)):
            assert await third.find(MIA) == await second.find(MIA) == mia

    assert looked_up(slack) == 1


def test_who_is_mentioned_has_no_name_for_the_assistant(slack: LocalSlack, clock: Clock) -> None:
    reader = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
    directory = SlackDirectory(reader, clock, people_of(slack, clock))

    assert directory.nameless(f"May @{ADA} and @{MIA} see it?") == "May @someone and @someone see it?"


# Kinds of people.


@pytest.mark.parametrize(
    ("user", "kinds"),
    [
        ({"team_id": "T1"}, ["member"]),
        ({"team_id": "T1", "is_ultra_restricted": True}, ["guest"]),
        ({"team_id": "T2", "enterprise_user": {"enterprise_id": "E1", "teams": ["T2"]}}, ["member", "other workspace"]),
        ({"team_id": "T2", "enterprise_user": {"enterprise_id": "E1", "teams": ["T2", "T1"]}}, ["member"]),
        ({"team_id": "E1", "enterprise_user": {"enterprise_id": "E1"}}, ["member"]),
        ({"team_id": "T3", "enterprise_user": {"enterprise_id": "E3", "teams": ["T3"]}}, ["other company"]),
        ({"team_id": "T3"}, ["other company"]),
        ({"team_id": "T1", "is_bot": True}, ["app"]),
        ({"team_id": "T1", "deleted": True}, ["deactivated"]),
        ({}, ["member"]),
    ],
    ids=str,
)
async def test_kinds_of_people_by_what_slack_says(
    slack: LocalSlack, clock: Clock, user: dict[str, Any], kinds: list[str]
) -> None:
    reader = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
    people = KnownPeople(reader, clock, frozenset({"T1", "E1"}), workspace="T1")
    directory = SlackDirectory(reader, clock, people)

    directory.change_person({"id": "U1", **user})

    assert sorted(directory.known_kinds("U1", ()) or ()) == kinds


async def test_who_comes_back_is_no_longer_deactivated(slack: LocalSlack, clock: Clock) -> None:
    reader = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
    directory = SlackDirectory(reader, clock, people_of(slack, clock))
    directory.change_person({"id": MIA, "deleted": True})
    assert directory.known_kinds(MIA, ()) == frozenset({"deactivated"})

    assert await directory.is_active(MIA)

    assert directory.known_kinds(MIA, ()) is None
