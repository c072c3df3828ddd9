"""Words of people stand where they belong and nowhere else: a story with faults, and a search of every sink."""

from __future__ import annotations

import asyncio
import io
import logging
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from bot.logs import configure_logging
from sandbox.slack import File, Message, OddBody, View
from sandbox.uppzy import Endpoint, UppzyFault, dropped, replying
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL, MIA, TOM, LocalWorld
from storage.engines import location_of
from storage.retention import DAY, Retention
from tests.bot_process import BotProcess
from tests.postgres import Postgres
from tests.tickets.standins.base import Call
from tests.tickets.standins.webhook import StandInWebhook
from tests.whole.scene import CONFIDENT, PERSON, UNKNOWN, Scene
from tests.whole.sinks import Mark, marks_in
from tests.whole.test_tickets import at_work

# A ticket, and a note about a conversation, may hold the question, the answer and the resolution; and who asked.
ASKED = {Mark.QUESTION, Mark.EDITED_QUESTION, Mark.MATTER, Mark.FORWARDED, Mark.CELL}
IN_TICKETS = ASKED | {Mark.ANSWER, Mark.RESOLUTION, Mark.NAME, Mark.MAIL}

NEVER_STORED = {Mark.NOTE, Mark.LOOKUP, Mark.SEARCH, Mark.OUTSIDE, Mark.CHANNEL, Mark.AGENT_NAME}
LOGGED = ("event_handled", "effect_delayed", "effect_failed", "event_not_stored")


@pytest.fixture
def handoff_rules() -> str:
    return 'relay_delay_seconds = 0\n[note]\nwhen = "always"\ntranscript = true\n'


@pytest.fixture
def log(database_url: str) -> Iterator[io.StringIO]:
    """Everything that is logged, at debug level: as JSON on one engine, as on a console on the other."""
    root, ours = logging.getLogger(), [logging.getLogger(name) for name in ("bot", "storage")]
    before, handlers = [(logger, logger.level) for logger in (root, *ours)], root.handlers[:]
    stream = io.StringIO()
    configure_logging("debug", "json" if database_url.startswith("sqlite") else "console", stream=stream)
    yield stream
    root.handlers[:] = handlers
    for logger, level in before:
        logger.setLevel(level)


@pytest.fixture
def temporary(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, for this test alone."""
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def stored(database_url: str, request: pytest.FixtureRequest) -> Callable[[], bytes]:
    """Returns a function that returns every byte of the files of the database, or the dump of one on a server."""
    location = location_of(database_url)
    if not isinstance(location, Path):
        server: Postgres = request.getfixturevalue("postgres")
        return lambda: server.dump(database_url)
    return lambda: b"".join(file.read_bytes() for file in location.parent.glob(f"{location.name}*"))


@dataclass(slots=True)
class Story:
    """A story in which every field is filled with its mark, while everything around the desk fails once."""

    scene: Scene
    tickets: StandInWebhook
    pages: list[bytes] = field(default_factory=list)

    async def play(self) -> None:
        await self._talk(await self._ask_and_edit())
        await self._rate()
        await self._draft()
        await self._forward()
        await self._outages()
        await self._search()
        await self._error_pages()
        await self.scene.settled()

    async def _ask_and_edit(self) -> str:
        slack, dm = self.scene.world.slack, self.scene.world.slack.dm_of(MIA)
        self.scene.world.uppzy.fail(Endpoint.CHAT, _answering(f"It may be the {Mark.ANSWER}."))
        file = File(name=f"{Mark.FILE}.txt", content=b"1")
        asked = f"{UNKNOWN} {Mark.QUESTION}, my password is {Mark.PASSWORD}"
        root = (await slack.dm(MIA, asked, files=[file])).ts
        await self.scene.settled()
        await slack.edit(MIA, dm, root, f"{asked} {Mark.EDITED_QUESTION}")
        await self.scene.settled()
        return root

    async def _talk(self, root: str) -> None:
        slack = self.scene.world.slack
        await self.scene.press_card("claim", who=ADA)
        ts = await self.scene.write_in_thread(f"Look at the {Mark.THREAD}")
        await slack.edit(ADA, HANDOFF_CHANNEL, ts, f"Look at the {Mark.THREAD} {Mark.EDITED_REPLY}")
        await self.scene.settled()
        await self.scene.ask(f"It says {Mark.REPLY}", thread=root)
        await self.scene.write_in_thread(f"note: {Mark.NOTE}")
        await self.scene.write_in_thread(f"Note: perhaps {Mark.NOTE}")
        await self.scene.write_in_thread(f"ask: {Mark.ASKED_BY_AGENT}")
        await self._comment()
        form = await self.scene.open_form("resolve", who=ADA)
        await self.scene.send_form(form, resolution_text=f"Use {Mark.RESOLUTION}", reference_tick=["reference_tick"])
        await self._article()

    async def _comment(self) -> None:
        (ticket,) = await self.tickets.made()
        await self.tickets.comment(ticket.id, f"{Mark.COMMENT} and more", public=True)
        notice = self.tickets.signed(ticket.id, self.scene.world.outside.clock())
        url = f"{self.scene.bot.url}/webhooks/tickets/webhook"
        async with aiohttp.ClientSession() as session:
            answer = await session.post(url, data=notice.body, headers=dict(notice.headers))
            assert answer.status == 200
        await self.scene.settled()

    async def _article(self) -> None:
        card = [one for one in self.scene.world.slack.messages(HANDOFF_CHANNEL) if "article_" in str(one.blocks)][-1]
        await self.scene.press(card, "article_edit", who=ADA)
        await self.scene.send_form(
            self._form_of(ADA),
            article_title=f"About {Mark.ARTICLE_TITLE}",
            article_question=f"Why {Mark.ARTICLE_QUESTION}?",
            article_answer_0=f"Because {Mark.ARTICLE_ANSWER}.",
            article_category=Mark.ARTICLE_CATEGORY.title(),
        )

    async def _rate(self) -> None:
        root = await self.scene.ask(CONFIDENT, who=TOM)
        await self.scene.rate(root, "bad", who=TOM)
        await self.scene.press(self.scene.answer(root, who=TOM), "why_not_helpful", who=TOM)
        await self.scene.send_form(self._form_of(TOM), reason_text=f"The {Mark.REASON} is wrong")

    async def _draft(self) -> None:
        root = await self.scene.ask(PERSON)
        await self.scene.ask(f"It is about {Mark.MATTER}", thread=root)
        card = self.scene.world.cards[-1]
        (draft, *_) = [one for one in self.scene.world.thread(HANDOFF_CHANNEL, card.ts) if "AI draft" in one.text]
        await self.scene.press(draft, "handoff_edit_draft", who=BEN)
        await self.scene.send_form(self._form_of(BEN), draft_text=f"Take the {Mark.DRAFT}")

    async def _forward(self) -> None:
        """Asks with a forwarded message and with cells of a spreadsheet, and looks something up."""
        slack = self.scene.world.slack
        said = await slack.say(BEN, HANDOFF_CHANNEL, f"The {Mark.FORWARDED} is broken")
        source = slack.message(HANDOFF_CHANNEL, said.ts)
        assert source is not None
        await slack.forward(TOM, slack.dm_of(TOM), source, PERSON)
        await slack.paste_table(TOM, slack.dm_of(TOM), [["Part", "State"], [str(Mark.CELL), "broken"]], PERSON)
        await slack.say(ADA, HANDOFF_CHANNEL, f"<@{slack.bot_user_id}> {Mark.LOOKUP}?", formatted=True)
        await self.scene.settled()

    async def _search(self) -> None:
        slack = self.scene.world.slack
        await slack.open_home(ADA, "home")
        await self.scene.settled()
        home = slack.home(ADA)
        assert home is not None
        await slack.press_in_view(ADA, home.id, "home_search")
        await self.scene.settled()
        await self.scene.send_form(self._form_of(ADA), search_words=str(Mark.SEARCH))

    async def _outages(self) -> None:
        """Everybody fails in every way, and repeats what was sent."""
        words = " ".join(Mark)
        for fault in _uppzy_faults(words):
            self.scene.world.uppzy.fail(Endpoint.CHAT, fault)
            await self._ask_in_trouble()
        slack = self.scene.world.slack.faults
        for method in ("chat.postMessage", "chat.update"):
            slack.http_error(method, status=500, after_effect=True)
            slack.rate_limited(method, retry_after=0)
            slack.refused(method, error=f"cannot say {words}")
            slack.refused(method, error=str(Mark.QUESTION), times=2)
            slack.dropped_after(method)
            for odd in (OddBody.HTML, OddBody.TRUNCATED, OddBody.TEXT):
                slack.odd_body(method, body=odd)
            await self._ask_in_trouble()
        await self._tickets_fail()
        await self.scene.hide_events()
        await self.scene.world.slack.dm(TOM, f"{CONFIDENT} {words}")
        await self.scene.show_events()
        await self.scene.settled()

    async def _tickets_fail(self) -> None:
        for status in (500, 429, 403, 400):
            self.tickets.fail(_writes, status=status, echo=True)
            self.tickets.fail(_writes, status=status, echo=True, processed=True)
            await self._ask_in_trouble(PERSON)

    async def _ask_in_trouble(self, question: str = UNKNOWN) -> None:
        slack = self.scene.world.slack
        assert (await slack.dm(TOM, f"{question} {Mark.QUESTION}")).ok
        await self.scene.settled()

    async def _error_pages(self) -> None:
        """Sends what nobody should, and keeps the answers."""
        url, words = self.scene.bot.url, " ".join(Mark)
        async with aiohttp.ClientSession() as session:
            for path in ("/slack/events", "/webhooks/tickets/webhook", "/webhooks/tickets/other", "/nowhere"):
                for accept in ("text/html", "*/*"):
                    answer = await session.post(url + path, data=words, headers={"Accept": accept})
                    self.pages.append(await answer.read())
            self.pages.append(await (await session.get(f"{url}/metrics")).read())
        for request in (f"{words}\r\n\r\n", f"GET / HTTP/1.1\r\n{words}: \0\r\n\r\n", f"GET /{words} HTTP/9\r\n\r\n"):
            self.pages.append(await _sent_raw(url, request.encode()))

    def _form_of(self, who: str) -> View:
        views = reversed(self.scene.world.slack.views.values())
        return next(view for view in views if view.user == who and view.is_open)


async def _sent_raw(url: str, request: bytes) -> bytes:
    """Sends what is perhaps no HTTP, and returns the answer."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(request)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert b"HTTP/1" in answer
    return answer


def _writes(call: Call) -> bool:
    return call.writes


def _answering(words: str) -> UppzyFault:
    reply = {"answer": words, "request_id": "req_sinks", "confidence_level": "low", "confidence_score": 0.2}
    return replying(200, reply)


def _uppzy_faults(words: str) -> Iterator[UppzyFault]:
    yield replying(500, {"error": f"failed on {words}", "request_id": Mark.QUESTION})
    yield replying(400, {"error": f"the message before was {Mark.EDITED_QUESTION}", "request_id": words})
    yield replying(400, {"error": str(Mark.OUTSIDE)})
    yield replying(200, {"answer": [words], "odd": words})
    yield replying(200, words)
    yield dropped(processed=True)


@asynccontextmanager
async def _at_work(world: LocalWorld, policy: Path, url: str, tickets: StandInWebhook) -> AsyncIterator[Scene]:
    slack = world.slack
    slack.add_user(MIA, f"Mia {Mark.NAME}", email=f"{Mark.MAIL}@example.com")
    slack.add_user(ADA, f"Ada {Mark.AGENT_NAME}", email="ada@example.com")
    slack.add_channel(HANDOFF_CHANNEL, str(Mark.CHANNEL), members=[ADA, BEN, slack.bot_user_id])
    async with at_work(world, tickets, policy, url) as scene:
        yield scene


def contents(folder: Path) -> list[bytes]:
    """Returns what stands in the files of a folder."""
    return [file.read_bytes() for file in folder.rglob("*") if file.is_file()]


def _alarms(world: LocalWorld) -> list[Message]:
    return [one for one in world.slack.messages(HANDOFF_CHANNEL) if "🚨" in one.text or "✅" in one.text]


@pytest.mark.both_engines
async def test_what_people_write_is_in_no_log_metric_alarm_page_or_file_and_in_tickets_as_far_as_they_need_it(
    world: LocalWorld,
    policy: Path,
    database_url: str,
    log: io.StringIO,
    temporary: Path,
    stored: Callable[[], bytes],
    capfd: pytest.CaptureFixture[str],
) -> None:
    async with StandInWebhook() as tickets:
        await tickets.know(f"{Mark.MAIL}@example.com")
        async with _at_work(world, policy, database_url, tickets) as scene:
            story = Story(scene, tickets)
            await story.play()
            alarms = _alarms(world)

        assert marks_in(stored()) >= set(Mark) - NEVER_STORED
        assert [event for event in LOGGED if event not in log.getvalue()] == []
        assert marks_in(log.getvalue(), *capfd.readouterr()) == set()
        assert marks_in(*story.pages) == set()
        assert alarms
        assert marks_in(*(f"{one.text} {one.blocks}" for one in alarms)) == set()
        assert marks_in(*contents(temporary)) == set()
        written = [call.body for call in tickets.writes]
        assert marks_in(*map(str, written)) <= IN_TICKETS
        assert len(tickets.contact_notes) > 0
        async with _at_work(world, policy, database_url, tickets) as scene:
            await Retention(scene.bot.store, lambda: world.outside.clock() + 100 * DAY, 90, 90).keep()
            assert marks_in(stored()) == set()
        assert marks_in(stored()) == set()


def test_a_mark_in_a_sink_is_found(log: io.StringIO) -> None:
    """Guards the search: one that finds nothing would always be content."""
    assert marks_in("nothing here", b"\x00\xff") == set()
    assert marks_in(f"{Mark.SEARCH.upper()}\n", f"\x00{Mark.FILE}.txt".encode()) == {Mark.SEARCH, Mark.FILE}

    logging.getLogger("bot.somewhere").debug("odd", extra={"words": f"the {Mark.NOTE}"})

    assert marks_in(log.getvalue()) == {Mark.NOTE}


async def test_a_desk_in_a_process_of_its_own_says_nothing_of_what_people_write(
    world: LocalWorld, tmp_path: Path, database_url: str
) -> None:
    """Has the event loop tell of slow steps, too, which it describes with everything that they were given."""
    more = {"LOG_LEVEL": "debug", "LOG_FORMAT": "console", "PYTHONASYNCIODEBUG": "1", "TMPDIR": str(tmp_path)}
    words = " ".join(Mark)
    for fault in _uppzy_faults(words):
        world.uppzy.fail(Endpoint.CHAT, fault)
    world.slack.faults.refused("chat.postMessage", error=f"cannot say {words}")
    process = BotProcess(world.slack, world.uppzy, tmp_path, database_url, more=more)
    await process.start()
    world.slack.events_url = process.events_url
    root = (await world.slack.dm(MIA, f"{UNKNOWN} {Mark.QUESTION}")).ts
    await world.slack.wait_for(lambda: world.thread(world.slack.dm_of(MIA), root))
    page = await _sent_raw(
        process.events_url, f"POST /slack/events HTTP/1.1\r\nContent-Length: {words}\r\n\r\n".encode()
    )
    assert await process.stop() == 0

    log = (tmp_path / "bot.log").read_text()
    assert "effect_delayed" in log
    assert "Error handling request" in log
    assert marks_in(log, page) == set()
