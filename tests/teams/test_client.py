"""The connector's client: typed results, nothing posted twice, and no token for a foreign host."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from bot.errors import (
    AmbiguousError,
    BadRequestError,
    CredentialError,
    MessageGoneError,
    NotFoundError,
    OutsideError,
    RateLimitedError,
    TemporaryError,
    UnreachableError,
)
from bot.teams.client import RosterMember, TeamsClient
from bot.teams.service_hosts import ServiceHosts
from bot.teams.tokens import AccessTokens, AppCredentials
from sandbox.teams import GUEST, LocalTeams

MIA = "00000000-a000-4000-8000-000000000001"
ADA = "00000000-a000-4000-8000-000000000002"
GUS = "00000000-a000-4000-8000-000000000004"
PARTNER = "00000000-c000-4000-8000-00000000000b"
TEAM = "19:support@thread.tacv2"
CHANNEL = "19:handoffs@thread.tacv2"
HELLO = {"type": "message", "textFormat": "markdown", "text": "Hello"}
OTHER = {"type": "message", "textFormat": "markdown", "text": "Hello again"}


@pytest.fixture
async def teams() -> AsyncIterator[LocalTeams]:
    async with LocalTeams() as teams:
        teams.add_user(MIA, "Mia", "mia@example.com")
        teams.add_user(ADA, "Ada", "ada@example.com")
        teams.add_user(GUS, "Gus", "gus@partner.example", tenant_id=PARTNER, role=GUEST)
        teams.add_team(TEAM, "Support", [ADA, GUS], group_id="group-1")
        teams.add_channel(CHANNEL, "Handoffs", TEAM)
        yield teams


@pytest.fixture
def credentials(teams: LocalTeams) -> AppCredentials:
    bot = teams.bot
    return AppCredentials(app_id=bot.app_id, tenant=bot.tenant_id, password=bot.password)


@pytest.fixture
async def tokens(teams: LocalTeams, credentials: AppCredentials) -> AsyncIterator[AccessTokens]:
    tokens = AccessTokens(credentials, login_url=teams.environment()["TEAMS_LOGIN_URL"])
    yield tokens
    await tokens.aclose()


@pytest.fixture
async def client(credentials: AppCredentials, tokens: AccessTokens) -> AsyncIterator[TeamsClient]:
    client = TeamsClient(credentials, tokens=tokens, hosts=ServiceHosts(frozenset({"127.0.0.1"})))
    yield client
    await client.aclose()


def said(teams: LocalTeams, conversation: str, thread: str | None = None) -> list[str]:
    return [message.text for message in teams.messages(conversation, thread)]


async def test_a_message_is_posted_changed_and_deleted(teams: LocalTeams, client: TeamsClient) -> None:
    chat = teams.chat_of(MIA)

    message = await client.post_activity(teams.service_url, chat, HELLO)
    await client.update_activity(teams.service_url, chat, message, OTHER)
    assert said(teams, chat) == ["Hello again"]

    await client.delete_activity(teams.service_url, chat, message)
    await client.delete_activity(teams.service_url, chat, message)
    with pytest.raises(MessageGoneError):
        await client.update_activity(teams.service_url, chat, message, HELLO)


async def test_a_thread_is_begun_and_continued(teams: LocalTeams, client: TeamsClient) -> None:
    conversation, root = await client.create_thread(teams.service_url, CHANNEL, HELLO)
    await client.post_activity(teams.service_url, conversation, OTHER)

    assert conversation == f"{CHANNEL};messageid={root}"
    assert said(teams, CHANNEL, root) == ["Hello", "Hello again"]


async def test_a_chat_is_opened_once(teams: LocalTeams, client: TeamsClient) -> None:
    mri = teams.workspace.users[ADA].mri

    assert await client.open_chat(teams.service_url, mri) == teams.chat_of(ADA)
    assert await client.open_chat(teams.service_url, mri) == teams.chat_of(ADA)


async def test_typing_and_reactions_are_shown(teams: LocalTeams, client: TeamsClient) -> None:
    chat = teams.chat_of(MIA)
    message = await client.post_activity(teams.service_url, chat, HELLO)

    await client.typing(teams.service_url, chat)
    await client.react(teams.service_url, chat, message, "like")
    (posted,) = teams.messages(chat)
    assert posted.reactions
    await client.unreact(teams.service_url, chat, message, "like")

    assert [call.operation for call in teams.calls if call.operation != "token"] == [
        "post",
        "post",
        "react",
        "unreact",
    ]


async def test_a_member_is_found_by_either_id_and_nobody_else_is(teams: LocalTeams, client: TeamsClient) -> None:
    ada = RosterMember(
        id=ADA,
        mri=teams.workspace.users[ADA].mri,
        name="Ada",
        email="ada@example.com",
        tenant=teams.bot.tenant_id,
    )

    assert await client.member(teams.service_url, CHANNEL, ADA) == ada
    assert await client.member(teams.service_url, CHANNEL, ada.mri) == ada
    assert await client.member(teams.service_url, CHANNEL, MIA) is None


async def test_all_members_are_read_page_by_page(
    teams: LocalTeams, client: TeamsClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.teams.client._PAGE", 1)

    members = await client.members(teams.service_url, CHANNEL)

    assert {(one.id, one.tenant == PARTNER, one.is_guest) for one in members} == {
        (ADA, False, False),
        (GUS, True, True),
    }
    assert len([call for call in teams.calls if call.operation == "paged_members"]) == 2


async def test_a_team_and_its_channels_are_described(teams: LocalTeams, client: TeamsClient) -> None:
    team = await client.team(teams.service_url, TEAM)
    channels = await client.channels(teams.service_url, TEAM)

    assert (team.id, team.name, team.group) == (TEAM, "Support", "group-1")
    assert {(one.id, one.name) for one in channels} == {(TEAM, None), (CHANNEL, "Handoffs")}


async def test_a_withdrawn_token_is_replaced_and_the_message_posted_once(
    teams: LocalTeams, client: TeamsClient
) -> None:
    chat = teams.chat_of(MIA)
    await client.post_activity(teams.service_url, chat, HELLO)
    teams.tokens.revoke()

    await client.post_activity(teams.service_url, chat, OTHER)

    assert said(teams, chat) == ["Hello", "Hello again"]
    assert [call.operation for call in teams.calls].count("token") == 2


async def test_a_bot_that_is_not_registered_asks_twice_and_then_gives_up(
    teams: LocalTeams, client: TeamsClient
) -> None:
    teams.faults.refused("post", status=401, code="BotNotRegistered", times=None)

    with pytest.raises(CredentialError):
        await client.post_activity(teams.service_url, teams.chat_of(MIA), HELLO)

    assert [call.operation for call in teams.calls].count("post") == 2


Plan = Callable[[LocalTeams], object]

FAULTS: dict[str, tuple[Plan, type[OutsideError], bool]] = {
    "throttled": (lambda teams: teams.faults.throttled("post", retry_after=7), RateLimitedError, False),
    "another operation": (lambda teams: teams.faults.refused("post", status=412), TemporaryError, False),
    "too large": (lambda teams: teams.faults.refused("post", status=413), BadRequestError, False),
    "blocked": (
        lambda teams: teams.faults.refused("post", status=403, code="MessageWritesBlocked"),
        UnreachableError,
        False,
    ),
    "gone": (lambda teams: teams.faults.refused("post", status=404, code="ConversationNotFound"), NotFoundError, False),
    "bad gateway, nothing posted": (lambda teams: teams.faults.http_error("post"), AmbiguousError, False),
    "bad gateway, posted": (lambda teams: teams.faults.http_error("post", after_effect=True), AmbiguousError, True),
    "dropped, posted": (lambda teams: teams.faults.dropped("post", after_effect=True), AmbiguousError, True),
    "posted without an id": (lambda teams: teams.faults.odd_body("post", body=b"{}"), AmbiguousError, True),
    "posted, and a page of a proxy": (
        lambda teams: teams.faults.odd_body("post", body=b"<html>"),
        AmbiguousError,
        True,
    ),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_failed_post_is_not_repeated(name: str, teams: LocalTeams, client: TeamsClient) -> None:
    plan, kind, posted = FAULTS[name]
    plan(teams)

    with pytest.raises(OutsideError) as caught:
        await client.post_activity(teams.service_url, teams.chat_of(MIA), HELLO)

    assert type(caught.value) is kind
    assert [call.operation for call in teams.calls].count("post") == 1
    assert said(teams, teams.chat_of(MIA)) == ["Hello"] * posted


async def test_what_only_reads_is_repeated_once(teams: LocalTeams, client: TeamsClient) -> None:
    teams.faults.http_error("member")
    assert await client.member(teams.service_url, CHANNEL, ADA) is not None

    teams.faults.http_error("member", times=2)
    with pytest.raises(AmbiguousError):
        await client.member(teams.service_url, CHANNEL, ADA)


async def test_without_a_login_nothing_is_posted_and_nothing_is_open(teams: LocalTeams, client: TeamsClient) -> None:
    teams.faults.dropped("token")

    with pytest.raises(TemporaryError) as caught:
        await client.post_activity(teams.service_url, teams.chat_of(MIA), HELLO)

    assert type(caught.value) is TemporaryError
    assert said(teams, teams.chat_of(MIA)) == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://teams.example/",
        "http://smba.trafficmanager.net/teams/",
        "https://smba.trafficmanager.net:8443/teams/",
        "https://smba.trafficmanager.net.example/",
        "https://smba.trafficmanager.net@teams.example/",
        "https://teams.example\\@smba.trafficmanager.net/",
        "https://teams.example#@smba.trafficmanager.net/",
        "https://teams.example?smba.trafficmanager.net/",
        "https://xbotframework.com/",
        "https://smba.trafficmanager.net/teams?x=1",
        "https://smba.trafficmanager.net/\n",
        "smba.trafficmanager.net",
        None,
        5,
    ],
)
async def test_a_foreign_host_gets_neither_a_message_nor_a_token(url: Any, credentials: AppCredentials) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"a request to {request.url}")

    tokens = AccessTokens(credentials, login_url="https://login.test", transport=httpx.MockTransport(refuse))
    client = TeamsClient(credentials, tokens=tokens, hosts=ServiceHosts(), transport=httpx.MockTransport(refuse))

    assert not ServiceHosts().allow(url)
    with pytest.raises(BadRequestError):
        await client.post_activity(url, CHANNEL, HELLO)


@pytest.mark.parametrize(
    "url",
    [
        "https://smba.trafficmanager.net/emea/",
        "https://SMBA.trafficmanager.net:443/amer/00000000-cccc-4000-8000-000000000003/",
        "https://smba.infra.gov.teams.microsoft.us/gcch/",
        "https://europe.api.botframework.com",
    ],
)
def test_microsofts_hosts_are_called(url: str) -> None:
    assert ServiceHosts().allow(url)
