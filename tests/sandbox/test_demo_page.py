"""The demo's page over HTTP: acts of people reach the real bot, and its effects show on the page."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.errors import PolicyError, SettingsError
from sandbox.demo import demo
from sandbox.demo.fault_switches import DemoFault, FaultSwitches
from sandbox.demo.fixtures import SUGGESTIONS, SURE, UNSURE, ZOE
from sandbox.demo.simulated_clock import from_then_on, own_policy
from sandbox.slack import LocalSlack
from sandbox.uppzy import LocalUppzy
from sandbox.uppzy.answers import Answerer, Ranking, bundled_articles
from sandbox.uppzy.server import Latency
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL, LEA, MIA, REVIEW_CHANNEL, TOM
from tests.deadlines import HUNG
from tests.whole.day import TUESDAY_MORNING, hurry_handoffs_of_demo, moment

Json = dict[str, Any]

KNOWN = "How do I connect to the VPN?"
UNKNOWN = "Who waters the plants?"


@dataclass(slots=True)
class OpenPage:
    """The demo's page without a browser: makes the same requests as its script."""

    url: str
    http: aiohttp.ClientSession
    dm: str = ""
    stirred: asyncio.Event = field(default_factory=asyncio.Event)
    updates: list[Json] = field(default_factory=list)

    async def get(self, path: str, **query: str) -> Json:
        async with self.http.get(f"{self.url}demo/{path}", params=query) as response:
            assert response.status == 200, await response.text()
            body: Json = await response.json()
            return body

    async def do(self, what: str, **body: Any) -> Json:
        status, answer = await self.attempt(what, **body)
        assert status == 200, answer
        return answer

    async def attempt(self, what: str, **body: Any) -> tuple[int, Json]:
        async with self.http.post(f"{self.url}demo/{what}", json=body) as response:
            return response.status, await response.json()

    async def listen(self) -> None:
        """Reads the stream of updates, as the page does."""
        async with self.http.get(f"{self.url}demo/updates") as stream:
            async for line in stream.content:
                if line.startswith(b"data: "):
                    self.updates.append(json.loads(line.removeprefix(b"data: ")))
                    self.stirred.set()

    async def until(self, look: Callable[[], Awaitable[Any]]) -> Any:
        """Calls `look` after every update until it returns something true, and returns that."""
        async with asyncio.timeout(HUNG):
            while not (seen := await look()):
                await self.stirred.wait()
                self.stirred.clear()
        return seen

    async def thread(self, channel: str, root: str, person: str) -> str:
        """Returns a thread as one person sees it, as HTML."""
        thread = (await self.get("thread", channel=channel, root=root, person=person))["thread"]
        return "" if thread is None else "\n".join(message["html"] for message in thread["messages"])

    async def ask(self, text: str, thread: str | None = None) -> str:
        return str((await self.do("say", person=MIA, channel=self.dm, text=text, thread=thread))["ts"])

    async def sees(self, words: str, root: str) -> str:
        """Waits until Mia's thread contains these words; returns its HTML."""

        async def look() -> str:
            html = await self.thread(self.dm, root, MIA)
            return html if words in html else ""

        return str(await self.until(look))

    async def card(self, words: str, person: str = ADA) -> Json:
        """Waits until the newest thread of the handoff channel contains these words; returns it."""

        async def look() -> Json | None:
            threads = (await self.get("threads", channel=HANDOFF_CHANNEL, person=person))["threads"]
            newest: Json | None = threads[-1] if threads else None
            return newest if newest and words in str(newest["messages"]) else None

        found: Json = await self.until(look)
        return found

    async def inspect(self, panel: str, *words: str) -> str:
        """Waits until a panel behind the scenes contains these words; returns its HTML."""

        async def look() -> str:
            html = str((await self.get("inspector"))[panel])
            return html if all(word in html for word in words) else ""

        return str(await self.until(look))

    async def home(self, person: str, *words: str) -> Json:
        """Waits until a person's Home tab contains these words; returns it."""

        async def look() -> Json | None:
            home: Json | None = (await self.get("home", person=person))["home"]
            return home if home and all(word in home["html"] for word in words) else None

        found: Json = await self.until(look)
        return found

    async def press(self, person: str, channel: str, message: Json | str, label: str) -> None:
        """Presses the button with this label in a message."""
        html, ts = (message, "") if isinstance(message, str) else (message["html"], message["ts"])
        found = re.search(
            rf'<button[^>]* data-action="([^"]+)" data-value="([^"]+)"[^>]*>(?:(?!</button>).)*{label}<', html
        )
        assert found, f"no button {label} in {html}"
        await self.do("press", person=person, channel=channel, ts=ts, action=found[1], value=found[2])

    async def answer(self, root: str) -> Json:
        """Waits for the message with the thumbs in Mia's thread; returns it."""
        await self.sees("Not helpful", root)
        thread = (await self.get("thread", channel=self.dm, root=root, person=MIA))["thread"]
        return next(message for message in thread["messages"] if "Not helpful" in message["html"])


@contextlib.asynccontextmanager
async def opened(
    latency: Latency = 0.0, database: Path | None = None, start: str = TUESDAY_MORNING
) -> AsyncIterator[OpenPage]:
    """Runs the demo and a page that reads its updates."""
    stop = asyncio.Event()
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    now = from_then_on(start)
    serving = asyncio.create_task(
        demo(port=0, database=database, ready=address.set_result, stop=stop, latency=latency, now=now)
    )
    serving.add_done_callback(lambda ended: address.cancel())
    async with aiohttp.ClientSession() as http:
        page = OpenPage(url=await address, http=http)
        page.dm = (await page.get("scene"))["dm"]
        listening = asyncio.create_task(page.listen())
        await page.until(lambda: _value(bool(page.updates)))
        try:
            yield page
        finally:
            stop.set()
            await serving
            await asyncio.gather(listening, return_exceptions=True)


@pytest.fixture(autouse=True)
def _hurry_handoffs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hurry_handoffs_of_demo(monkeypatch, tmp_path / "demo")


async def _value(value: bool) -> bool:
    return value


@pytest.fixture
async def page() -> AsyncIterator[OpenPage]:
    async with opened() as page:
        yield page


async def test_the_page_says_that_it_is_not_the_real_thing(page: OpenPage) -> None:
    async with page.http.get(page.url) as response:
        text = await response.text()

    assert "local stand-ins, not the real ones" in text
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("file", ["", "common.js", "demo.js", "demo.css"])
async def test_the_page_needs_nothing_from_elsewhere(page: OpenPage, file: str) -> None:
    async with page.http.get(f"{page.url}{file}") as response:
        text = await response.text()

    assert response.status == 200
    assert set(re.findall(r"https?://[\w.]+", text)) <= {"http://www.w3.org"}


def test_every_suggestion_shows_what_it_says() -> None:
    ranking = Ranking(bundled_articles())
    levels = {one.text: (one.shows, Answerer(ranking).answer(one.text).level) for one in SUGGESTIONS}
    ranking.close()

    assert {level for shows, level in levels.values() if shows == SURE} == {"high"}
    assert {level for shows, level in levels.values() if shows == UNSURE} == {"low"}


async def test_a_question_gets_its_answer_with_thumbs(page: OpenPage) -> None:
    root = await page.ask(KNOWN)
    answer = await page.answer(root)
    await page.press(MIA, page.dm, answer, "Helpful")

    await page.sees("You rated this answer as helpful", root)
    await page.inspect("uppzy", "is-good")
    receipt = await page.inspect("identifiers", "Uppzy&#x27;s receipt</dt><dd>taken")
    assert root in receipt


async def test_agents_claim_talk_and_resolve(page: OpenPage) -> None:
    root = await page.ask(UNKNOWN)
    card = await page.card("Claim")
    await page.press(ADA, HANDOFF_CHANNEL, card["messages"][0], "Claim")
    await page.card("Claimed by")
    await page.do("say", person=ADA, channel=HANDOFF_CHANNEL, text="Every Tuesday", thread=card["root"])
    await page.sees("Every Tuesday", root)
    await page.ask("Thank you", thread=root)
    resolved = await page.card("Thank you")
    await page.press(ADA, HANDOFF_CHANNEL, resolved["messages"][0], "Resolve")
    (view,) = await page.until(lambda: _views(page, ADA))
    assert "Save as a draft help article" in view["html"]
    filled = {"resolution_text": "On Tuesdays", "outcome_choice": "solved", "reference_tick": "reference_tick"}
    await page.do("submit", person=ADA, view=view["id"], values=filled)

    ticket = await page.inspect("tickets", "is-solved", "Resolved in Slack")
    assert "uppzy_m2m" in ticket
    decided = await page.inspect("identifiers", "is-resolved")
    assert "unsure answer" in decided
    assert card["root"] in decided


async def test_a_secret_reaches_neither_card_nor_ticket(page: OpenPage) -> None:
    await page.ask("My password is hunter2 and the VPN won't accept it")
    card = await page.card("[redacted: password]")
    ticket = await page.inspect("tickets", "[redacted: password]")

    assert "hunter2" not in str(card)
    assert "hunter2" not in ticket


async def test_only_the_person_meant_sees_a_private_note(page: OpenPage) -> None:
    await page.ask(UNKNOWN)
    card = await page.card("Claim")
    await page.do("say", person=ADA, channel=HANDOFF_CHANNEL, text="I know this", thread=card["root"])

    await page.card("Only you can see this", person=ADA)
    assert "Only you can see this" not in await page.thread(HANDOFF_CHANNEL, card["root"], BEN)


async def test_who_is_no_member_of_the_handoff_channel_cannot_write_there(page: OpenPage) -> None:
    await page.ask(UNKNOWN)
    card = await page.card("Claim", person=TOM)

    status, answer = await page.attempt("say", person=TOM, channel=HANDOFF_CHANNEL, text="Hi", thread=card["root"])

    assert status == 400
    assert "not a member" in answer["error"]


async def test_a_card_is_assigned_to_a_member_of_its_channel(page: OpenPage) -> None:
    root = await page.ask(UNKNOWN)
    card = (await page.card("Assign to…"))["messages"][0]
    await page.press(ADA, HANDOFF_CHANNEL, card, "Assign to…")
    (form,) = await page.until(lambda: _views(page, ADA))
    assert '<option value="U0BEN0000">Ben</option>' in form["html"]
    assert "Mia" not in form["html"]

    await page.do("submit", person=ADA, view=form["id"], values={"assignee_choice": BEN})

    await page.card('Claimed by <span class="mention">@Ben</span>')
    await page.sees("@Ben</span> is helping you with", root)


async def test_what_a_card_keeps_in_its_menus_and_what_a_private_note_offers_can_be_pressed(page: OpenPage) -> None:
    root = await page.ask(KNOWN)
    await page.press(MIA, page.dm, await page.answer(root), "Talk to a person")
    card = (await page.card("Show all"))["messages"][0]
    await page.press(ADA, HANDOFF_CHANNEL, card, "Show all")
    (whole,) = await page.until(lambda: _views(page, ADA))
    assert "Collect logs" in whole["html"]
    assert "Collect logs" not in card["html"]
    await page.do("cancel", person=ADA, view=whole["id"])
    await page.press(ADA, HANDOFF_CHANNEL, card, "Show ids")
    assert f"{page.dm}:{root}" in await page.until(lambda: _private_note(page, HANDOFF_CHANNEL, ADA))

    await page.do("say", person=BEN, channel=HANDOFF_CHANNEL, text="Restart it", thread=card["ts"])
    await page.until(lambda: _private_note(page, HANDOFF_CHANNEL, BEN))
    note = (await page.card("Claim and send", person=BEN))["messages"][-1]
    await page.press(BEN, HANDOFF_CHANNEL, note, "Claim and send")

    await page.sees("Restart it", root)
    await page.card('Claimed by <span class="mention">@Ben</span>', person=BEN)


async def test_a_message_shows_whether_the_employee_has_it_and_follows_its_author(page: OpenPage) -> None:
    root = await page.ask(UNKNOWN)
    card = await page.card("Claim")
    await page.press(ADA, HANDOFF_CHANNEL, card["messages"][0], "Claim")
    await page.card("Claimed by")
    where = {"person": ADA, "channel": HANDOFF_CHANNEL}
    await page.do("say", **where, text="note: nobody else needs this", thread=card["root"])
    ts = (await page.do("say", **where, text="Every Monday", thread=card["root"]))["ts"]
    await page.sees("Every Monday", root)
    await page.card("🔒")
    await page.card("📨")

    await page.do("edit", **where, ts=ts, text="Every Tuesday")
    await page.sees("Every Tuesday", root)
    await page.do("delete", **where, ts=ts)
    await page.until(lambda: _gone(page, "Every Tuesday", root))

    assert "nobody else" not in await page.thread(page.dm, root, MIA)


async def _gone(page: OpenPage, words: str, root: str) -> bool:
    return words not in await page.thread(page.dm, root, MIA)


async def test_everybody_sees_their_requests_at_home_and_agents_the_queue(page: OpenPage) -> None:
    await page.ask(UNKNOWN)
    await page.card("HD-1")
    await page.ask("I want to talk to a person")
    await page.card("HD-2")
    assert (await page.get("home", person=ADA))["home"] is None
    for person in (MIA, ADA, TOM):
        await page.do("open-home", person=person)

    await page.home(MIA, "Your open requests", UNKNOWN, "Waiting for a colleague")
    queue = await page.home(ADA, "Queue", "HD-1", "HD-2")
    await page.do("choose", person=ADA, view=queue["id"], action="home_priority", value="high")
    narrowed = await page.until(lambda: _narrowed(page))
    assert "HD-2" in narrowed
    assert "Queue" not in (await page.home(TOM, "No requests yet"))["html"]


async def _narrowed(page: OpenPage) -> str:
    html = str((await page.home(ADA, "Queue"))["html"])
    return "" if "HD-1" in html else html


async def test_a_message_tells_an_agent_its_ids_and_nobody_else(page: OpenPage) -> None:
    root = await page.ask(UNKNOWN)
    card = await page.card("Claim")
    await page.do("show-ids", person=ADA, channel=HANDOFF_CHANNEL, ts=card["root"])
    await page.do("show-ids", person=MIA, channel=page.dm, ts=root)

    told = await page.until(lambda: _private_note(page, HANDOFF_CHANNEL, ADA))
    assert "</code>: thread of a handoff" in told
    assert f"{page.dm}:{root}" in told
    assert await _private_note(page, HANDOFF_CHANNEL, BEN) == ""
    assert "#support-handoff</span> can look things up" in await page.until(lambda: _private_note(page, page.dm, MIA))


async def _private_note(page: OpenPage, channel: str, person: str) -> str:
    threads = (await page.get("threads", channel=channel, person=person))["threads"]
    shown = [message["html"] for thread in threads for message in thread["messages"]]
    return "\n".join(html for html in shown if "Only you can see this" in html)


async def test_who_mentions_the_bot_with_an_id_is_answered_in_the_thread(page: OpenPage) -> None:
    await page.ask(UNKNOWN)
    card = await page.card("HD-1")

    await page.do("say", person=ADA, channel=HANDOFF_CHANNEL, text="@helpdesk HD-1")

    answered = await page.card("HD-1</code>: ", person=BEN)
    assert '<span class="mention">@helpdesk</span> HD-1' in answered["messages"][0]["html"]
    assert f"/p{card['root'].replace('.', '')}" in answered["messages"][1]["html"]


async def test_files_go_both_ways(page: OpenPage) -> None:
    root = await page.ask(UNKNOWN)
    card = await page.card("Claim")
    await page.press(ADA, HANDOFF_CHANNEL, card["messages"][0], "Claim")
    await page.card("Claimed by")

    sent = [_sent("plant.png", b"a picture", "image/png"), _sent("<b>.html", b"<script>", "text/html")]
    await page.do("say", person=MIA, channel=page.dm, text="This one", thread=root, files=sent)
    await page.do("say", person=ADA, channel=HANDOFF_CHANNEL, thread=card["root"], files=[_sent("plan.txt", b"a plan")])

    copies = str(await page.card("&lt;b&gt;.html"))
    (picture,) = re.findall(r'<a href="([^"]+)" download="plant.png"><img src="\1"', copies)
    assert await _fetched(page, picture) == (b"a picture", "image/png")
    (text,) = re.findall(r'<a href="([^"]+)" download="&lt;b&gt;.html">', copies)
    assert await _fetched(page, text) == (b"<script>", "application/octet-stream")
    (plan,) = re.findall(r'href="([^"]+)" download="plan.txt"', await page.sees("plan.txt", root))
    assert (await _fetched(page, plan))[0] == b"a plan"


def _sent(name: str, content: bytes, mimetype: str = "text/plain") -> Json:
    return {"name": name, "mimetype": mimetype, "content": base64.b64encode(content).decode()}


async def _fetched(page: OpenPage, address: str) -> tuple[bytes, str]:
    async with page.http.get(f"{page.url.rstrip('/')}{address}") as response:
        assert response.headers["Content-Disposition"] == "attachment"
        return await response.read(), response.content_type


@pytest.mark.parametrize("files", [[], [{"name": "a", "content": "no Base64!"}], [{"name": "", "content": ""}]])
async def test_a_message_without_words_or_a_readable_file_is_refused(page: OpenPage, files: list[Json]) -> None:
    status, answer = await page.attempt("say", person=MIA, channel=page.dm, text="", files=files)

    assert status == 400
    assert "not understood" in answer["error"]


async def test_the_form_of_a_bad_verdict_is_shown_and_sent(page: OpenPage) -> None:
    root = await page.ask(KNOWN)
    await page.press(MIA, page.dm, await page.answer(root), "Not helpful")
    await page.sees("Tell us why", root)
    await page.press(MIA, page.dm, await page.answer(root), "Tell us why")

    async def form() -> Any:
        return (await page.get("views", person=MIA))["views"]

    (view,) = await page.until(form)
    assert view["title"] == "What was wrong?"
    await page.do("submit", person=MIA, view=view["id"], values={"reason_text": "Nothing about <Linux>"})
    assert await form() == []
    await page.inspect("identifiers", "Nothing about &lt;Linux&gt;")


async def test_a_form_can_be_cancelled(page: OpenPage) -> None:
    root = await page.ask(KNOWN)
    await page.press(MIA, page.dm, await page.answer(root), "Not helpful")
    await page.sees("Tell us why", root)
    await page.press(MIA, page.dm, await page.answer(root), "Tell us why")
    (view,) = await page.until(lambda: _views(page))

    await page.do("cancel", person=MIA, view=view["id"])

    assert await _views(page) == []
    assert (await page.attempt("submit", person=MIA, view=view["id"], values={}))[0] == 400


async def _views(page: OpenPage, person: str = MIA) -> list[Json]:
    views: list[Json] = (await page.get("views", person=person))["views"]
    return views


async def test_people_change_and_take_back_their_own_messages_only(page: OpenPage) -> None:
    root = await page.ask(KNOWN)
    answer = await page.answer(root)

    await page.do("edit", person=MIA, channel=page.dm, ts=root, text="How do I get <b>VPN</b>?")
    await page.sees("How do I get &lt;b&gt;VPN&lt;/b&gt;?", root)
    status, _ = await page.attempt("delete", person=MIA, channel=page.dm, ts=answer["ts"])
    await page.do("delete", person=MIA, channel=page.dm, ts=root)

    assert status == 400
    await page.sees("This message was deleted", root)


async def test_stop_ends_the_work_on_a_question() -> None:
    async with opened(latency=60.0) as page:
        root = await page.ask(KNOWN)

        async def working() -> bool:
            thread = (await page.get("thread", channel=page.dm, root=root, person=MIA))["thread"]
            return bool(thread["working"])

        await page.until(working)
        await page.do("stop", person=MIA, channel=page.dm, thread=root)

        await page.sees("Stopped", root)
        assert Json(what="thread", channel=page.dm, root=root, person="") in page.updates


async def test_a_switched_on_trouble_is_felt_and_shown(page: OpenPage) -> None:
    await page.do("switch", fault="uppzy_down", on=True)
    await page.ask(KNOWN)

    await page.inspect("effects", "uppzy 503")
    assert [one["id"] for one in (await page.get("faults"))["faults"] if one["on"]] == ["uppzy_down"]
    await page.do("switch", fault="uppzy_down", on=False)
    assert not any(one["on"] for one in (await page.get("faults"))["faults"])


@pytest.mark.parametrize("fault", ["slack_drops", "slack_garbled"])
async def test_nothing_appears_twice_where_slacks_answer_does_not_come(page: OpenPage, fault: str) -> None:
    await page.do("switch", fault=fault, on=True)
    root = await page.ask("I want to talk to a person")
    await page.sees("HD-1", root)
    await page.inspect("effects", "done</span><strong>PostMessage:Card</strong><span>2 attempts")

    threads = (await page.get("threads", channel=HANDOFF_CHANNEL, person=ADA))["threads"]
    assert len(threads) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "desk.example.com"},
        {"Origin": "https://example.com"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_other_sites_are_kept_out(page: OpenPage, headers: dict[str, str]) -> None:
    async with page.http.get(f"{page.url}demo/inspector", headers=headers) as response:
        assert response.status == 403


async def test_a_form_of_another_site_cannot_act(page: OpenPage) -> None:
    async with page.http.post(f"{page.url}demo/say", data='{"text": "hi"}') as response:
        assert response.status == 403


@pytest.mark.parametrize("body", ["", "[]", '{"person": "x"}', '{"person": 1, "channel": "C", "text": "a", "more": 2}'])
async def test_what_is_no_action_is_refused_with_a_sentence(page: OpenPage, body: str) -> None:
    async with page.http.post(
        f"{page.url}demo/say", data=body, headers={"Content-Type": "application/json"}
    ) as response:
        assert response.status == 400
        assert "not understood" in (await response.json())["error"]


async def test_a_port_in_use_is_named_with_the_mend() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"Port {port} is in use .* --port"):
            await demo(port=port, ready=print, stop=asyncio.Event())


async def test_time_passes_when_it_is_asked_to_and_what_becomes_due_happens(page: OpenPage) -> None:
    await page.ask(UNKNOWN)
    card = await page.card("Due")
    await page.inspect("effects", "<strong>remind_after_target</strong>", "<strong>check_questions</strong>")

    await page.do("pass-time", minutes=55)
    await page.until(lambda: _said(page, card["root"], "is unclaimed. Due:"))
    await page.do("pass-time", minutes=10)
    await page.until(lambda: _said(page, card["root"], "is overdue and unclaimed"))
    await page.do("pass-time", minutes=10)
    called = await page.until(lambda: _said(page, card["root"], "@on-call"))

    assert '<span class="mention">@on-call</span>' in called
    assert (await page.attempt("pass-time", minutes=0))[0] == 400


async def _said(page: OpenPage, root: str, words: str) -> str:
    html = await page.thread(HANDOFF_CHANNEL, root, ADA)
    return html if words in html else ""


async def test_who_asks_outside_of_working_hours_is_told_when_to_expect_a_person(page: OpenPage) -> None:
    clock = await page.get("clock")
    assert (clock["at_work"], clock["until"], clock["zone"]) == (True, moment("2026-11-24T18:00"), "Europe/Berlin")

    await page.do("pass-time", minutes=8 * 60)
    clock = await page.get("clock")
    root = await page.ask("I want to talk to a person")

    assert (clock["at_work"], clock["until"]) == (False, moment("2026-11-25T08:00"))
    await page.sees("Someone will reply from Wednesday, 25 November at 08:00 (Europe/Berlin)", root)
    # The target of half an hour starts with the support hours.
    await page.card(f'data-seconds="{int(moment("2026-11-25T08:30"))}" data-day')
    assert Json(what="clock", channel="", root="", person="") in page.updates


async def test_where_nobody_works_now_the_demo_begins_when_they_do() -> None:
    async with opened(start="2026-11-21T23:30") as page:
        clock = await page.get("clock")

        assert 0 <= clock["now"] - moment("2026-11-23T08:00") < HUNG
        assert clock["at_work"]


async def test_a_shared_handoff_channel_is_not_used_and_its_stranger_is_refused(page: OpenPage) -> None:
    await page.ask(UNKNOWN)
    card = await page.card("Claim")
    assert [one["id"] for one in (await page.get("agents"))["agents"]] == [ADA, BEN, LEA, TOM]

    await page.do("switch", fault="channel_shared", on=True)
    await page.press(ZOE, HANDOFF_CHANNEL, card["messages"][0], "Claim")
    told = await page.until(lambda: _private_note(page, HANDOFF_CHANNEL, ZOE))
    zoe = (await page.get("agents"))["agents"][-1]
    await page.do("say", person=ZOE, channel=zoe["dm"], text=KNOWN)
    root = await page.ask("I want to talk to a person")

    assert "I can only help people in this company" in told
    assert "Not helpful" not in str(await page.get("threads", channel=zoe["dm"], person=ZOE))
    await page.sees("I can&#x27;t reach the support team in Slack", root)
    assert [thread["root"] for thread in await _threads(page)] == [card["root"]]
    await page.do("switch", fault="channel_shared", on=False)
    await page.ask(UNKNOWN)
    await page.until(lambda: _all_said(page, "🟠 HD-2", "🟠 HD-3", "✅ Over: I cannot post in the channel"))
    assert [one["id"] for one in (await page.get("agents"))["agents"]] == [ADA, BEN, LEA, TOM]


async def _threads(page: OpenPage) -> list[Json]:
    threads: list[Json] = (await page.get("threads", channel=HANDOFF_CHANNEL, person=ADA))["threads"]
    return threads


async def test_what_a_removed_bot_could_not_post_is_posted_once_it_is_back(page: OpenPage) -> None:
    await page.do("switch", fault="bot_removed", on=True)
    root = await page.ask("I want to talk to a person")
    await page.sees("I can&#x27;t reach the support team in Slack", root)
    assert await _threads(page) == []

    await page.do("switch", fault="bot_removed", on=False)
    await page.ask(UNKNOWN)

    await page.until(lambda: _all_said(page, "🟠 HD-1", "🟠 HD-2", "✅ Over: I cannot post in the channel"))


async def _all_said(page: OpenPage, *words: str) -> bool:
    shown = str(await _threads(page))
    return all(word in shown for word in words)


async def test_a_refused_key_is_an_alarm_until_uppzy_answers_again(page: OpenPage) -> None:
    await page.do("switch", fault="uppzy_refuses", on=True)
    root = await page.ask(KNOWN)
    await page.sees("asked a colleague", root)
    await page.until(lambda: _all_said(page, "🚨 Uppzy rejected its API key or token (401)"))

    await page.do("switch", fault="uppzy_refuses", on=False)
    await page.ask(KNOWN)

    await page.until(lambda: _all_said(page, "✅ Over: Uppzy rejected its API key or token (401)"))


async def test_a_ticket_waits_for_its_system_and_is_tried_again_where_it_was_refused(page: OpenPage) -> None:
    await page.do("switch", fault="tickets_refused", on=True)
    await page.do("switch", fault="tickets_down", on=True)
    await page.ask(UNKNOWN)
    root = (await page.card("Ticket pending: the ticket system is not reachable"))["root"]
    await page.do("switch", fault="tickets_down", on=False)
    await page.do("pass-time", minutes=10)
    await page.until(lambda: _said(page, root, "The ticket could not be created (422)"))

    await page.do("switch", fault="tickets_refused", on=False)
    card = (await _threads(page))[0]["messages"][0]
    await page.press(ADA, HANDOFF_CHANNEL, card, "Try the ticket again")

    await page.inspect("tickets", "HD-1")
    await page.until(lambda: _all_said(page, "✅ Over: The ticket system rejected a request (422)"))


async def test_a_real_ticket_system_cannot_be_made_to_fail_here() -> None:
    async with LocalSlack() as slack, LocalUppzy() as uppzy:
        offered = FaultSwitches(slack, uppzy, None).offered

    assert set(DemoFault) - set(offered) == {DemoFault.TICKETS_DOWN, DemoFault.TICKETS_REFUSED}


async def test_a_file_that_cannot_be_carried_is_said_to_both_and_agents_get_its_link(page: OpenPage) -> None:
    root = await page.ask(UNKNOWN)
    card = await page.card("Claim")
    await page.press(ADA, HANDOFF_CHANNEL, card["messages"][0], "Claim")
    await page.card("Claimed by")

    await page.do("say", person=MIA, channel=page.dm, thread=root, props=["large", "elsewhere"])

    mine = await page.sees("it&#x27;s kept outside of this Slack. Support got a link instead.", root)
    (file,) = re.findall(r'data-file="(\w+)"><span class="unheld">all-hands.mov <small>300.0 MB', mine)
    assert "“all-hands.mov” (over 100 MB). Support got a link instead." in mine
    theirs = str(await page.card("it is kept outside of this Slack"))
    assert re.search(
        rf'it is larger than 100 MB. It is here: <a href="http://[^"]+/files/{file}/all-hands.mov"', theirs
    )
    assert 'It is here: <a href="https://drive.example.com/seating-plan"' in theirs


async def test_who_cannot_get_a_private_note_in_the_channel_reads_it_in_their_own_messages(page: OpenPage) -> None:
    await page.ask(UNKNOWN)
    card = await page.card("Claim")
    await page.press(TOM, HANDOFF_CHANNEL, card["messages"][0], "Claim")

    (tom,) = [one for one in (await page.get("agents"))["agents"] if one["id"] == TOM]

    async def told() -> bool:
        threads = (await page.get("threads", channel=tom["dm"], person=TOM))["threads"]
        return "#support-handoff</span> can do that" in str(threads)

    await page.until(told)
    assert "Buttons are refused; see Messages for the reason." in tom["note"]


@pytest.mark.parametrize("text", ["[handoff]\nrelay_delay_seconds = 0\n", "[handoff"])
def test_a_policy_that_says_how_people_work_or_cannot_be_read_is_used_as_it_is(text: str, tmp_path: Path) -> None:
    assert own_policy(tmp_path, text).read_text(encoding="utf-8") == text


async def test_a_broken_policy_is_named_as_the_file_that_was_given(tmp_path: Path) -> None:
    given = tmp_path / "given.toml"
    given.write_text("[handoff", encoding="utf-8")

    with pytest.raises(PolicyError, match=rf"{given}:1: "):
        await demo(port=0, ready=lambda _: None, stop=asyncio.Event(), policy=given)


async def test_a_named_database_is_kept(tmp_path: Path) -> None:
    database = tmp_path / "kept.db"
    async with opened(database=database) as page:
        root = await page.ask(KNOWN)
        await page.answer(root)

    assert database.is_file()
    async with opened(database=database) as page:
        assert root in await page.inspect("identifiers", KNOWN)


async def test_a_gap_of_the_history_becomes_an_article_and_the_next_answer_is_better(page: OpenPage) -> None:
    assert await page.get("review") == {"can_add": True, "can_post": False}
    question = "How do I get a locker?"
    assert await _confidence(page, question) == "low"
    await page.do("add-history")
    await page.do("add-history")
    assert await page.get("review") == {"can_add": False, "can_post": True}
    await page.do("post-digest")
    await page.do("post-digest")

    gap = await _reviewed(page, LEA, "Gap 1 of")
    assert await page.get("review") == {"can_add": False, "can_post": False}
    assert question in gap["html"]
    digest, *others = await _review_channel(page, LEA)
    assert "Weekly review" in digest["html"]
    assert [one["html"] for one in others if "Gap 1 of" in one["html"] or "What changed" in one["html"]] == [
        gap["html"]
    ]
    await page.press(LEA, REVIEW_CHANNEL, gap, "Write article")
    (form,) = await page.until(lambda: _views(page, LEA))
    assert "Lockers are at the reception" in form["html"]
    values = {
        "article_title": "Lockers",
        "article_question": question,
        "article_answer_0": "Lockers are at the reception.",
        "article_category": "",
    }
    await page.do("submit", person=LEA, view=form["id"], values=values)
    await page.press(BEN, REVIEW_CHANNEL, await _reviewed(page, BEN, "waiting for approval"), "Approve")
    await _reviewed(page, BEN, "has used it since")

    assert await _confidence(page, question) == "high"


async def _confidence(page: OpenPage, question: str) -> str:
    """Asks a question, and returns the confidence of its answer."""
    root = await page.ask(question)
    await page.answer(root)
    html = await page.inspect("identifiers", root)
    found = re.search(r"<dt>confidence</dt><dd>(\w+) ", html.partition(root)[2])
    assert found, html
    return found[1]


async def _review_channel(page: OpenPage, person: str) -> list[Json]:
    threads = (await page.get("threads", channel=REVIEW_CHANNEL, person=person))["threads"]
    return [message for thread in threads for message in thread["messages"]]


async def _reviewed(page: OpenPage, person: str, words: str) -> Json:
    """Waits for a message with these words in the channel of the review; returns it."""

    async def look() -> Json | None:
        return next((one for one in await _review_channel(page, person) if words in one["html"]), None)

    found: Json = await page.until(look)
    return found
