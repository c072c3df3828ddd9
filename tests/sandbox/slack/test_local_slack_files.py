"""Files of the local Slack: upload in three steps, events, download, deletion."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import DEFAULT_SCOPES, ChangeKind, File, InstalledApp, LocalSlack

MIA = "U0MIA"
CONTENT = b"one, two, three"


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    async with LocalSlack() as slack:
        slack.add_user(MIA, "Mia")
        yield slack


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def client_of(slack: LocalSlack) -> AsyncWebClient:
    return AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])


async def uploaded(
    slack: LocalSlack, http: aiohttp.ClientSession, content: bytes = CONTENT, name: str = "list.txt"
) -> str:
    ticket = await client_of(slack).files_getUploadURLExternal(filename=name, length=len(CONTENT))
    async with http.post(str(ticket["upload_url"]), data=content) as answer:
        assert answer.status == (200 if content == CONTENT else 400)
    return str(ticket["file_id"])


def titled(file_id: str) -> list[dict[str, str | None]]:
    return [{"id": file_id, "title": "list.txt"}]


async def refused(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_a_file_is_shown_once_it_is_completed(slack: LocalSlack, http: aiohttp.ClientSession) -> None:
    dm = slack.dm_of(MIA)
    root = (await slack.dm(MIA, "Send me the list")).ts
    file_id = await uploaded(slack, http)
    assert [message.text for message in slack.messages(dm, root)] == ["Send me the list"]

    files = titled(file_id)
    await client_of(slack).files_completeUploadExternal(
        files=files, channel_id=dm, thread_ts=root, initial_comment="Here it is"
    )

    reply = slack.messages(dm, root)[-1]
    assert (reply.text, reply.subtype, reply.bot_id) == ("Here it is", "file_share", slack.bot_id)
    assert [(file.id, file.name, file.content) for file in reply.files] == [(file_id, "list.txt", CONTENT)]
    found = (await client_of(slack).files_info(file=file_id))["file"]
    assert found["size"] == len(CONTENT)
    assert found["shares"] == {"private": {dm: [{"ts": reply.ts, "reply_count": 0, "thread_ts": root}]}}


async def test_what_was_not_sent_in_full_cannot_be_completed(slack: LocalSlack, http: aiohttp.ClientSession) -> None:
    file_id = await uploaded(slack, http, content=b"one")
    files = titled(file_id)

    call = client_of(slack).files_completeUploadExternal(files=files, channel_id=slack.dm_of(MIA))

    assert await refused(call) == "file_not_found"
    assert slack.messages(slack.dm_of(MIA)) == []


async def test_an_upload_is_completed_once(slack: LocalSlack, http: aiohttp.ClientSession) -> None:
    files = titled(await uploaded(slack, http))
    client = client_of(slack)
    await client.files_completeUploadExternal(files=files, channel_id=slack.dm_of(MIA))

    call = client.files_completeUploadExternal(files=files, channel_id=slack.dm_of(MIA))

    assert await refused(call) == "file_not_found"
    assert len(slack.messages(slack.dm_of(MIA))) == 1


async def test_what_slack_refuses_about_an_upload_is_refused(slack: LocalSlack, http: aiohttp.ClientSession) -> None:
    client = client_of(slack)
    files = titled(await uploaded(slack, http))

    assert await refused(client.files_getUploadURLExternal(filename="", length=3)) == "invalid_arguments"
    big = client.files_getUploadURLExternal(filename="big", length=1024**3 + 1)
    assert await refused(big) == "file_upload_size_restricted"
    assert await refused(client.files_completeUploadExternal(files=files, channel_id="C404")) == "channel_not_found"
    assert await refused(client.files_info(file="F404")) == "file_not_found"
    async with http.post(f"{slack.base_url}/upload/v1/F404", data=b"x") as answer:
        assert answer.status == 404


@pytest.mark.parametrize(("method", "scope"), [("files.info", "files:read"), ("files.delete", "files:write")])
async def test_files_need_their_scopes(method: str, scope: str) -> None:
    async with LocalSlack(app=InstalledApp(scopes=DEFAULT_SCOPES - {scope})) as slack:
        assert await refused(client_of(slack).api_call(method, params={"file": "F1"})) == "missing_scope"


async def test_only_the_app_gets_a_files_content(slack: LocalSlack, http: aiohttp.ClientSession) -> None:
    await slack.dm(MIA, "", files=[File(name="a b.txt", content=CONTENT)])
    (file,) = slack.messages(slack.dm_of(MIA))[0].files
    url = str(slack.renderer.file(file)["url_private_download"])

    async with http.get(url, headers={"Authorization": f"Bearer {slack.bot_token}"}) as answer:
        assert (answer.status, await answer.read()) == (200, CONTENT)
    async with http.get(url, headers={"Authorization": "Bearer xoxb-other"}, allow_redirects=False) as answer:
        assert answer.status == 302


async def test_what_kind_a_file_of_the_app_is_follows_from_its_name(
    slack: LocalSlack, http: aiohttp.ClientSession
) -> None:
    own = await uploaded(slack, http, name="plan.png")
    await client_of(slack).files_completeUploadExternal(files=titled(own))

    found = (await client_of(slack).files_info(file=own))["file"]

    assert found["mimetype"] == "image/png"


async def test_whoever_follows_hears_that_a_message_lost_its_file(
    slack: LocalSlack, http: aiohttp.ClientSession
) -> None:
    dm, client = slack.dm_of(MIA), client_of(slack)
    own = await uploaded(slack, http)
    await client.files_completeUploadExternal(files=titled(own), channel_id=dm, initial_comment="Here it is")
    changes = slack.changes()
    first = asyncio.ensure_future(anext(changes))
    await asyncio.sleep(0)

    await client.files_delete(file=own)

    change = await first
    assert (change.kind, change.channel) == (ChangeKind.MESSAGE_CHANGED, dm)


async def test_an_app_deletes_its_own_files_only(slack: LocalSlack, http: aiohttp.ClientSession) -> None:
    dm = slack.dm_of(MIA)
    await slack.dm(MIA, "mine", files=[File(name="mine.txt", content=CONTENT)])
    own = await uploaded(slack, http)
    client = client_of(slack)
    await client.files_completeUploadExternal(files=titled(own), channel_id=dm)

    await client.files_delete(file=own)

    assert [message.text for message in slack.messages(dm)] == ["mine"]
    (hers,) = slack.messages(dm)[0].files
    assert await refused(client.files_delete(file=hers.id)) == "cant_delete_file"
    assert await refused(client.files_info(file=own)) == "file_not_found"
