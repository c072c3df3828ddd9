"""Behaviour that only a real Request Tracker can show; its part of the contract is in test_contract.py."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from aiohttp import web

from bot.errors import ForgedError
from bot.helpdesk.model.handoff import TicketStatus
from bot.helpdesk.model.ticket_system import WebhookRequest
from bot.helpdesk.redaction import redact
from bot.tickets.rt import RequestTracker, RtSettings
from sandbox.slack import LocalSlack
from sandbox.uppzy import LocalUppzy
from sandbox.world import HANDOFF_CHANNEL, MIA, populate
from tests.bot_process import BotProcess
from tests.deadlines import HUNG
from tests.tickets.contract import adapter, draft
from tests.tickets.hostile import HOSTILE
from tests.tickets.realserver import RealRt, RtServer
from tests.tickets.rendering import check_title
from tests.whole.scene import UNKNOWN

pytestmark = pytest.mark.realserver


@pytest.fixture
async def backend(rt_server: RtServer) -> AsyncIterator[RealRt]:
    async with RealRt(rt_server) as backend:
        yield backend


@pytest.fixture
async def notices(rt_server: RtServer) -> AsyncIterator[asyncio.Queue[WebhookRequest]]:
    """The webhooks that the scrip in RT posts."""
    heard: asyncio.Queue[WebhookRequest] = asyncio.Queue()

    async def hear(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = await request.read()
        heard.put_nowait(
            WebhookRequest(method="POST", url=str(request.url), headers=headers, body=body, at=time.time())
        )
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", hear)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", rt_server.hook_port).start()
    yield heard
    await runner.cleanup()


async def test_a_notice_that_rt_signed_is_accepted_and_nothing_else_is(
    backend: RealRt, notices: asyncio.Queue[WebhookRequest]
) -> None:
    async with adapter(backend) as tickets:
        assert isinstance(tickets, RequestTracker)
        ref = await tickets.create(draft(), backend.key)
        await backend.move(ref.id, TicketStatus.SOLVED)
        async with asyncio.timeout(HUNG):
            request = await notices.get()

        assert tickets.read_webhook(request).ticket_id == ref.id
        other = RequestTracker(RtSettings.model_validate({**backend.variables(), "RT_WEBHOOK_SECRET": "another"}))
        with pytest.raises(ForgedError):
            other.read_webhook(request)
        await other.aclose()


async def test_what_an_agent_writes_with_the_rich_editor_is_read_as_text(backend: RealRt) -> None:
    async with adapter(backend) as tickets:
        ref = await tickets.create(draft(), backend.key)
        await backend.write_html(ref.id, "<p>Try the <b>other</b> port &amp; tell me.</p><p>Thanks</p>")

        (comment,) = (await tickets.changes(ref, 0.0)).comments

    assert comment.text == "Try the other port & tell me.\n\nThanks"
    assert comment.public


async def test_a_note_that_was_merged_along_is_not_written_again(backend: RealRt) -> None:
    async with adapter(backend) as tickets:
        ref, *others = await asyncio.gather(*(tickets.create(draft(), backend.key) for _ in range(3)))
        await tickets.note(others[0], redact("Claimed in Slack."), public=False, key="eff_1")
        await tickets.note(ref, redact("Claimed in Slack."), public=False, key="eff_1")

    (made,) = await backend.made()
    assert sum("Claimed in Slack." in note.text for note in made.comments) == 1


def shown(slack: LocalSlack) -> str:
    """Returns the text of the handoff channel."""
    return str([message.blocks for message in slack.messages(HANDOFF_CHANNEL)])


async def test_killed_between_creating_and_keeping_it_the_desk_finds_its_ticket(
    backend: RealRt, tmp_path: Path
) -> None:
    async with LocalSlack(retry_delays=(0.3,) * 60) as slack, LocalUppzy() as uppzy:
        populate(slack)
        database = f"sqlite:///{tmp_path / 'desk.db'}"
        more = {"TICKETS": "rt", **backend.variables()}
        process = BotProcess(slack, uppzy, tmp_path, database, more=more)
        slack.events_url = process.events_url
        await process.start()
        try:
            backend.fail(lambda call: call.method == "POST", processed=True, hang=True)
            await slack.dm(MIA, UNKNOWN)
            await backend.wait_for(lambda: bool(backend.created))
            await process.kill()
            await process.start()
            await slack.wait_for(lambda: "Display.html" in shown(slack))
        finally:
            await process.kill()

    assert len(backend.created) == 1
    assert len(await backend.made()) == 1


class _Dangers(HTMLParser):
    """Collects the effects that hostile text on a page would have in a browser."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            runs = name.startswith("on") and "alert(1)" in (value or "")
            leads = name in ("href", "src", "action") and (value or "").startswith(("javascript:alert", "data:"))
            loads = tag in ("img", "iframe", "script", "link") and "evil.test" in (value or "")
            if runs or leads or loads:
                self.found.append(f"{tag} {name}={value}")

    def handle_data(self, data: str) -> None:
        if self.lasttag in ("script", "style", "b") and data.strip() in ("x", "alert(1)", "*{display:none}"):
            self.found.append(f"{self.lasttag}: {data}")


def dangers(page: str) -> list[str]:
    parser = _Dangers()
    parser.feed(page)
    parser.close()
    return parser.found


TITLES = ("header", "line ends", "html", "long", "watermark", "mail commands", "formula")


async def test_what_people_wrote_is_text_in_rt_and_on_its_pages(backend: RealRt) -> None:
    """RT stores it unchanged, its pages show it, and nothing in it is a command or a tag."""
    words = redact("\n\n".join(HOSTILE.values()))
    async with adapter(backend) as tickets:
        ref = await tickets.create(replace(draft(), body=words), backend.key)
        await tickets.note(ref, words, public=False, key="eff_p")
        await tickets.note(ref, words, public=True, key="eff_q")

    (made,) = await backend.made()
    assert made.status in (TicketStatus.NEW, TicketStatus.OPEN)
    assert made.requester == "mia@example.com"
    assert len(made.comments) == 2
    for kept in (made.text, *(comment.text for comment in made.comments)):
        assert " ".join(words.split()) in " ".join(kept.split())
    assert dangers(await backend.page(ref.id)) == []


async def test_a_title_is_one_line_in_rt_and_no_tag_on_its_pages(backend: RealRt) -> None:
    async with adapter(backend) as tickets:
        for number, name in enumerate(TITLES):
            text = HOSTILE[name]
            asked = replace(draft(), subject=redact(text), requester_name=text)
            ref = await tickets.create(asked, f"{backend.key[:-2]}{number:02}")
            if name == "html":
                assert dangers(await backend.page(ref.id)) == []

    for made in await backend.made():
        check_title("rt", made.subject)


@pytest.mark.parametrize(
    "email", ["no address", "a@@b", "mia@example.com, eve@example.com", "mia@x.test\nCc: eve@x.test"]
)
async def test_a_requestor_whom_rt_would_not_take_is_named_on_the_ticket(backend: RealRt, email: str) -> None:
    async with adapter(backend) as tickets:
        await tickets.create(replace(draft(), requester_email=email), backend.key)

    (made,) = await backend.made()
    assert made.requester is None
    assert "Asked by: Mia" in made.text


async def test_a_user_who_is_disabled_in_rt_gets_a_ticket(backend: RealRt) -> None:
    await backend.disable("gone@example.com")
    async with adapter(backend) as tickets:
        await tickets.create(replace(draft(), requester_email="gone@example.com"), backend.key)

    (made,) = await backend.made()
    assert "Asked by: Mia gone@example.com" in made.text
