"""The demo's page for Teams: what people see as HTML, and what they do there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from sandbox.demo.card_html import render_card, render_text, render_typed
from sandbox.demo.teams_page import TeamsPage
from sandbox.demo.teams_view import TYPING_SECONDS, TeamsView
from sandbox.loopback import LoopbackServer
from sandbox.teams import LocalTeams
from tests.sandbox.teams.conftest import ADA, BEN, CARD, CHANNEL, MIA, TEAM, populate, text, with_card

ANSWER = text(
    "Restart **it** [1].",
    entities=[{"type": "https://schema.org/Message", "additionalType": ["AIGeneratedContent"]}],
    channelData={"feedbackLoop": {"type": "default"}},
    suggestedActions={"to": [], "actions": [{"type": "imBack", "title": "A person", "value": "A person"}]},
)


def card(*body: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "AdaptiveCard", "version": "1.5", "body": list(body), **more}


# Text


def test_markdown_and_mentions_of_the_bot_are_shown() -> None:
    shown = render_text("Ask <at>Ada & Co</at>, **now**. <b>No</b>")

    assert '<span class="mention">@Ada &amp; Co</span>' in shown
    assert "<strong>now</strong>" in shown
    assert "&lt;b&gt;No&lt;/b&gt;" in shown


def test_times_are_local_to_the_reader() -> None:
    shown = render_text("Due {{TIME(2026-11-30T10:00:00Z)}} on {{DATE(2026-11-30T10:00:00Z, SHORT)}}, {{DATE(soon)}}")

    assert '<time data-seconds="1796032800">2026-11-30T10:00:00Z</time>' in shown
    assert '<time data-seconds="1796032800" data-day>' in shown
    assert "{{DATE(soon)}}" in shown


def test_what_people_type_is_no_markup() -> None:
    shown = render_typed("**a** &lt;script&gt;\n<at>Help Desk</at> hi")

    assert shown == '<p>**a** &lt;script&gt;<br><span class="mention">@Help Desk</span> hi</p>'


# Cards


def test_a_card_shows_its_texts_facts_and_columns() -> None:
    shown = render_card(
        card(
            {"type": "TextBlock", "text": "VPN <fails>", "size": "Large", "weight": "Bolder"},
            {"type": "FactSet", "facts": [{"title": "From", "value": "**Mia**"}]},
            {"type": "ColumnSet", "columns": [{"type": "Column", "items": [{"type": "TextBlock", "text": "left"}]}]},
            {"type": "Container", "style": "good", "items": [{"type": "TextBlock", "text": "inside"}]},
            {"type": "RichTextBlock", "inlines": ["plain ", {"type": "TextRun", "text": "slanted", "italic": True}]},
            {"type": "Table", "rows": [{"type": "TableRow", "cells": [{"items": []}]}]},
            {"type": "TextBlock", "text": "hidden", "isVisible": False},
            {"type": "Media", "sources": []},
        )
    )

    assert '<div class="header strong"><p>VPN &lt;fails&gt;</p>' in shown
    assert "<dt>From</dt><dd><p><strong>Mia</strong></p>" in shown
    assert '<div class="columns"><div>' in shown
    assert '<div class="box is-good">' in shown
    assert "plain <em>slanted</em>" in shown
    assert "<table><tr><td></td></tr></table>" in shown
    assert "hidden" not in shown
    assert "[Media is not shown here]" in shown


def test_a_form_opens_in_the_card_with_its_inputs() -> None:
    shown = render_card(CARD)

    assert "<details><summary" in shown
    assert 'data-input="outcome" required' in shown
    assert '<option value="solved">Solved</option>' in shown
    assert '<textarea rows="3" data-input="words" placeholder="" maxlength="20">' in shown
    assert 'type="checkbox" data-input="article" data-on="true" data-off="false">Save as an article' in shown


def test_a_button_carries_its_verb_and_its_data() -> None:
    claim = {"type": "Action.Execute", "title": "Claim", "verb": "claim", "data": {"a": "\"'<"}, "style": "positive"}

    shown = render_card(card(actions=[claim, {"type": "Action.OpenUrl", "title": "Ticket", "url": "javascript:x"}]))

    assert (
        'class="press primary" data-verb="claim" data-where="{&quot;a&quot;: &quot;\\&quot;&#x27;&lt;&quot;}"' in shown
    )
    assert "href" not in shown


# What one person sees


@pytest.fixture
async def teams() -> AsyncIterator[LocalTeams]:
    async with LocalTeams() as teams:
        populate(teams)
        yield teams


def chat(teams: LocalTeams, person: str = MIA) -> str:
    return "".join(line.html for line in TeamsView(teams=teams, person=person).chat().messages)


async def test_an_answer_has_its_label_thumbs_and_suggestions(teams: LocalTeams) -> None:
    await teams.dm(MIA, "My VPN fails")
    teams.workspace.post(teams.chat_of(MIA), "", ANSWER)

    shown = chat(teams)

    assert "Restart <strong>it</strong> [1]." in shown
    assert '<span class="badge">AI generated</span>' in shown
    assert 'data-thumb="dislike"' in shown
    assert 'data-suggestion="A person"' in shown
    assert shown.count('data-tool="edit"') == 1


async def test_edits_deletions_and_reactions_are_seen(teams: LocalTeams) -> None:
    said = await teams.say(ADA, CHANNEL, "Helo")
    gone = await teams.say(BEN, CHANNEL, "Oops")
    await teams.edit(ADA, CHANNEL, said.message, "Hello")
    await teams.delete(BEN, CHANNEL, gone.message)
    await teams.react(BEN, CHANNEL, said.message, "like")

    first, second = TeamsView(teams=teams, person=BEN).channel(CHANNEL)

    assert "<p>Hello</p>" in first.messages[0].html
    assert '<span class="edited">edited</span>' in first.messages[0].html
    assert "<span>👍 1</span>" in first.messages[0].html
    assert "This message has been deleted." in second.messages[0].html
    assert not second.messages[0].own


async def test_a_thread_is_shown_with_its_replies_and_the_presser_sees_a_card_of_their_own(teams: LocalTeams) -> None:
    root = teams.workspace.post(CHANNEL, "", with_card())
    await teams.say(ADA, CHANNEL, "I look into it", root.id)
    teams.workspace.show_to(root, ADA, card({"type": "TextBlock", "text": "Yours"}))

    (for_ada,) = TeamsView(teams=teams, person=ADA).channel(CHANNEL)
    (for_ben,) = TeamsView(teams=teams, person=BEN).channel(CHANNEL)

    assert [line.own for line in for_ada.messages] == [False, True]
    assert "Yours" in for_ada.messages[0].html
    assert "VPN fails" in for_ben.messages[0].html


async def test_the_bot_is_seen_writing_until_it_has_written() -> None:
    moments = iter(float(second) for second in range(1_796_000_000, 1_797_000_000, int(TYPING_SECONDS / 4)))
    async with LocalTeams(now=lambda: next(moments)) as teams:
        populate(teams)
        view = TeamsView(teams=teams, person=MIA)
        assert not view.chat().working

        teams.workspace.show_typing(teams.chat_of(MIA))
        assert view.chat().working
        teams.workspace.post(teams.chat_of(MIA), "", text("Restart it."))

        assert not view.chat().working


# The page


@pytest.fixture
async def page(teams: LocalTeams) -> AsyncIterator[Page]:
    async def note(_request: web.Request) -> web.Response:
        return web.json_response(NOTE)

    bot = web.Application()
    bot.router.add_post("/", note)
    application = web.Application()
    application.add_routes(TeamsPage(teams, employee=MIA, channel=CHANNEL, zone="Europe/Berlin").routes())
    async with LoopbackServer(bot) as heard, LoopbackServer(application) as server, aiohttp.ClientSession() as http:
        teams.messages_url = f"{heard.url}/"
        yield Page(server.url, http)


NOTE = {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "Noted."}


class Page:
    """The page without a browser."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._url = f"{url}/demo/teams/"
        self._http = http

    async def get(self, path: str, **query: str) -> Any:
        return await (await self._http.get(self._url + path, params=query)).json()

    async def do(self, path: str, **body: Any) -> tuple[int, Any]:
        answer = await self._http.post(self._url + path, json=body)
        return answer.status, await answer.json()


async def test_the_page_tells_who_is_there(page: Page, teams: LocalTeams) -> None:
    scene = await page.get("scene")

    assert scene["employee"] == {"id": MIA, "name": "Mia Berg"}
    assert [agent["name"] for agent in scene["agents"]] == ["Ada", "Ben", "Gus"]
    assert (scene["chat"], scene["channel"]["name"], scene["reads_all"]) == (teams.chat_of(MIA), "Handoffs", True)


async def test_people_write_press_and_rate_on_the_page(page: Page, teams: LocalTeams) -> None:
    root = teams.workspace.post(CHANNEL, "", with_card()).id
    answer = teams.workspace.post(teams.chat_of(MIA), "", ANSWER).id
    place = {"person": MIA, "conversation": teams.chat_of(MIA), "message": answer}
    pressed = {"person": ADA, "conversation": CHANNEL, "message": root}
    inputs = {"outcome": "solved", "article": "true"}

    status, said = await page.do("say", person=MIA, text="My VPN fails")
    await page.do("say", person=ADA, text="@Help Desk ask @Ben", channel=CHANNEL, thread=root)
    claimed = await page.do("press", **pressed, verb="claim", where={"handoff": "hd_1"})
    await page.do("press", **pressed, verb="resolve", inputs=inputs)
    await page.do("thumb", **place, reaction="dislike", reason="vague")
    await page.do("suggestion", person=MIA, message=answer, title="A person")
    own = {**place, "message": said["message"]}
    await page.do("edit", **own, text="My VPN still fails")
    await page.do("delete", **own)

    told = [delivery.activity for delivery in teams.deliveries]
    assert (status, claimed) == (200, (200, {"message": root, "note": "Noted."}))
    assert told[1]["text"] == "<at>Help Desk</at> ask <at>Ben</at>"
    assert told[3]["value"]["action"]["data"] == {"handoff": "hd_1", "outcome": "solved", "article": "true"}
    assert [one.get("name") or one["type"] for one in told] == [
        "message",
        "message",
        "adaptiveCard/action",
        "adaptiveCard/action",
        "message/submitAction",
        "message",
        "messageUpdate",
        "messageDelete",
    ]
    (shown,) = (await page.get("chat", person=MIA))["threads"]
    assert "This message has been deleted." in shown["messages"][1]["html"]
    assert len((await page.get("channel", person=ADA))["threads"][0]["messages"]) == 2


async def test_the_page_answers_the_impossible_with_a_sentence(page: Page, teams: LocalTeams) -> None:
    impossible = await page.do("say", person=MIA, text="Hello", channel=CHANNEL)
    nonsense = await page.do("say", person=MIA)
    teams.messages_url = "http://127.0.0.1:1/"
    unreached = await page.do("say", person=MIA, text="Hello")

    assert impossible == (400, {"error": f"Teams would not let you: {MIA} is not a member of the channel {CHANNEL}."})
    assert nonsense == (400, {"error": "The request is not understood: Field required."})
    assert unreached == (502, {"error": "The bot did not take this: connection_failed."})


async def test_the_permission_of_the_team_can_be_taken(page: Page, teams: LocalTeams) -> None:
    await page.do("reads", on=False)

    assert not teams.workspace.teams[TEAM].reads_all
    assert (await page.do("say", person=ADA, text="Among us", channel=CHANNEL))[0] == 200
    assert not teams.deliveries
