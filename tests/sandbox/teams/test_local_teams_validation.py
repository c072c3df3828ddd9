"""The local Teams refuses activities and cards that Teams refuses, changes or ignores."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.teams import LocalTeams
from sandbox.teams.activity_validation import activity_problems, activity_size
from sandbox.teams.card_validation import card_problems
from tests.sandbox.teams.conftest import CARD, CHANNEL, MIA, Client, text, with_card

AT_ADA = {"type": "mention", "mentioned": {"id": "29:1ada", "name": "Ada"}, "text": "<at>Ada</at>"}
LABEL = {
    "type": "https://schema.org/Message",
    "@type": "Message",
    "@context": "https://schema.org",
    "additionalType": ["AIGeneratedContent"],
}
CITATION = {
    "@type": "Claim",
    "position": 1,
    "appearance": {"@type": "DigitalDocument", "name": "VPN guide", "abstract": "How to restart the client"},
}
SUGGESTION = {"type": "imBack", "title": "Talk to a person", "value": "Talk to a person"}


def problems(activity: dict[str, Any], *, in_chat: bool = True) -> str:
    return "; ".join(activity_problems(activity, in_chat=in_chat))


def card(*body: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "AdaptiveCard", "version": "1.5", "body": list(body), **more}


def block(**more: Any) -> dict[str, Any]:
    return {"type": "TextBlock", "text": "Hello", **more}


def button(title: str = "Claim", **more: Any) -> dict[str, Any]:
    return {"type": "Action.Execute", "title": title, "verb": "claim", **more}


# Activities


@pytest.mark.parametrize(
    "activity",
    [
        text("Hello"),
        text("Ask <at>Ada</at>", entities=[AT_ADA]),
        text("Restart it [1]", entities=[{**LABEL, "citation": [CITATION]}]),
        text("Hello", channelData={"feedbackLoop": {"type": "default"}}),
        text("Hello", suggestedActions={"to": ["29:1mia"], "actions": [SUGGESTION]}),
        with_card(),
        with_card(card(block(text="For <at>Ada</at>"), msteams={"entities": [AT_ADA]})),
        with_card(summary="A question waits", channelData={"notification": {"alert": True}}),
    ],
)
def test_what_is_right_passes(activity: dict[str, Any]) -> None:
    assert problems(activity) == ""


@pytest.mark.parametrize(
    ("activity", "problem"),
    [
        ({"type": "event"}, "type 'event' cannot be sent"),
        ({"type": "message"}, "needs a text or an attachment"),
        (text(""), "needs a text or an attachment"),
        ({"type": "message", "text": 1}, "text must be a text"),
        (text("Hello", textFormat="html"), "textFormat must be one of"),
        ({**with_card(), "text": "Hello"}, "send two messages"),
        ({"type": "message", "attachments": [{"contentType": "text/html"}]}, "has the type text/html"),
        ({"type": "message", "attachments": ["card"]}, "must be a list of objects"),
        (text("Ask <at>Ada</at>"), "the text has '<at>Ada</at>', and no entity for it"),
        (text("Ask Ada", entities=[AT_ADA]), "does not have the mention '<at>Ada</at>'"),
        (text("Ask <at>ada</at>", entities=[AT_ADA]), "does not have the mention"),
        (text("<at>Ada</at>", entities=[{**AT_ADA, "mentioned": {"id": "29:1ada"}}]), "names nobody by id and name"),
        (with_card(card(block(text="For <at>Ada</at>"))), "the card has '<at>Ada</at>', and no entity"),
        (with_card(card(block(), msteams={"entities": [AT_ADA]})), "the card does not have the mention"),
        (
            text("Hello", channelData={"feedbackLoop": {"type": "default"}, "feedbackLoopEnabled": True}),
            "must not stand side by side",
        ),
        (text("Hello", channelData={"feedbackLoop": {"type": "own"}}), "needs the type default or custom"),
        (text("Hello", entities=[LABEL, LABEL]), "one entity of the message at most"),
        (text("Hello", entities=[{**LABEL, "@type": "Text"}]), "needs the @type Message"),
        (text("Hello", entities=[{**LABEL, "citation": [CITATION]}]), "the text does not have [1]"),
        (text("[1]", entities=[{**LABEL, "citation": [CITATION, CITATION]}]), "a position of its own"),
        (
            text("[1]", entities=[{**LABEL, "citation": [{**CITATION, "@type": "Text"}]}]),
            "needs the @types Claim and DigitalDocument",
        ),
        (
            text("[1]", entities=[{**LABEL, "citation": [{**CITATION, "appearance": {"name": "x" * 81}}]}]),
            "a name of at most 80 characters",
        ),
        (text("Hello", suggestedActions={"actions": []}), "suggestedActions needs actions"),
        (text("Hello", suggestedActions={"actions": [SUGGESTION] * 4}), "Teams shows 3 suggested actions"),
        (text("Hello", suggestedActions={"actions": [{"type": "imBack"}]}), "a title and a value"),
        (with_card(suggestedActions={"actions": [SUGGESTION]}), "not shown beside an attachment"),
        (text("x" * 41_000), "bytes in UTF-16, and should have 81920 at most"),
    ],
)
def test_what_is_wrong_is_refused_with_its_reason(activity: dict[str, Any], problem: str) -> None:
    assert problem in problems(activity)


def test_suggested_actions_are_shown_in_a_personal_chat_only() -> None:
    suggested = text("Hello", suggestedActions={"to": [], "actions": [SUGGESTION]})

    assert problems(suggested) == ""
    assert "personal chat only" in problems(suggested, in_chat=False)


def test_every_character_outside_of_the_basic_plane_counts_twice() -> None:
    assert activity_size(text("😀")) - activity_size(text("")) == 4
    assert activity_size(text("ä")) - activity_size(text("")) == 2


async def test_a_refusal_has_the_reason_and_no_effect(teams: LocalTeams, client: Client) -> None:
    answer = await client.post(CHANNEL, text("Ask <at>Ada</at>"))
    created = await client.new_thread(CHANNEL, {**with_card(), "text": "Hello"})
    message = (await client.post(CHANNEL, text("Hello"))).body["id"]
    changed = await client.update(CHANNEL, message, text(""))

    assert [one.status for one in (answer, created, changed)] == [400] * 3
    assert answer.code == "BadArgument"
    assert answer.body["error"]["message"] == "the text has '<at>Ada</at>', and no entity for it"
    assert [one.text for one in teams.messages(CHANNEL)] == ["Hello"]


async def test_teams_itself_splits_a_text_and_a_card_and_returns_no_id(teams: LocalTeams, client: Client) -> None:
    teams.habits.splits_text_and_attachment = True

    answer = await client.post(teams.chat_of(MIA), {**with_card(), "text": "Hello"})

    assert (answer.status, answer.body) == (201, {})
    assert [(one.text, one.card) for one in teams.messages(teams.chat_of(MIA))] == [("Hello", None), ("", CARD)]


# Cards


@pytest.mark.parametrize(
    "right",
    [
        CARD,
        card(),
        card({"type": "FactSet", "facts": [{"title": "Employee", "value": "Mia"}]}),
        card({"type": "ColumnSet", "columns": [{"type": "Column", "width": "stretch", "items": [block()]}]}),
        card({"type": "ColumnSet", "columns": [{"items": [block()]}]}),
        card({"type": "Container", "style": "Emphasis", "items": [block(wrap=True, weight="bolder")]}),
        card({"type": "RichTextBlock", "inlines": ["Hello ", {"type": "TextRun", "text": "Mia", "italic": True}]}),
        card(
            {
                "type": "Table",
                "columns": [{"width": 1}, {"width": 2}],
                "rows": [{"type": "TableRow", "cells": [{"type": "TableCell", "items": [block()]}]}],
            }
        ),
        card(actions=[button(str(number)) for number in range(6)]),
        card(actions=[button(str(number), mode="secondary") for number in range(9)]),
        card(actions=[{"type": "Action.OpenUrl", "title": "Ticket", "url": "https://tickets.example/HD-1"}]),
    ],
)
def test_a_right_card_passes(right: dict[str, Any]) -> None:
    assert card_problems(right) == []


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ("card", "is no AdaptiveCard"),
        ({"type": "AdaptiveCard", "body": []}, "has no version"),
        (card(version="1.6"), "version 1.6, and Teams shows 1.5 at most"),
        (card(version="1.3", actions=[button()]), "Action.Execute needs version 1.4"),
        (card(block(size="huge")), "body/0/size must be one of"),
        (card(block(txt="Hello")), "TextBlock has no property 'txt'"),
        (card({"type": "TextBlock"}), "TextBlock needs 'text'"),
        (card(block(text=1)), "body/0/text must be a text"),
        (card(block(wrap="true")), "must be true or false"),
        (card(block(maxLines="2")), "must be a number"),
        (card({"type": "Badge", "text": "New"}), "there is no 'Badge' here in version 1.5"),
        (card({"text": "Hello"}), "body/0 has no type"),
        (card({"type": "Container", "items": {}}), "items must be a list"),
        ({**card(), "body": ["Hello"]}, "body/0 must be an object"),
        (card(minHeight="50"), "must be a number of pixels"),
        (card(actions=[{"type": "Action.OpenUrl", "title": "Ticket", "url": "HD-1"}]), "must be an address"),
        (card(actions=[{"type": "Action.Execute", "verb": "claim"}]), "Action.Execute has no title"),
        (card(actions=[button(data={"key": "1"})]), "data must not have the name 'key'"),
        (card(actions=[button(str(number)) for number in range(7)]), "6 buttons in a row"),
        (card({"type": "Input.Text"}), "Input.Text needs 'id'"),
        (card({"type": "Input.Text", "id": "a"}, {"type": "Input.Date", "id": "a"}), "two inputs with the id 'a'"),
        (card({"type": "Input.Choice", "title": "a", "value": "a"}), "there is no 'Input.Choice' here"),
        (card(selectAction={"type": "Action.ShowCard", "card": card()}), "there is no 'Action.ShowCard' here"),
        (card({"type": "ColumnSet", "columns": [{"width": None}]}), "width must be a text or a number"),
    ],
)
def test_a_wrong_card_is_refused_with_its_reason(wrong: Any, problem: str) -> None:
    assert any(problem in one for one in card_problems(wrong)), card_problems(wrong)


def test_what_opens_in_a_card_is_checked_as_well() -> None:
    inner = {"type": "AdaptiveCard", "body": [block(colour="red")]}
    outer = card(actions=[{"type": "Action.ShowCard", "title": "Resolve", "card": inner}])

    assert card_problems(outer) == ["card/actions/0/card/body/0: TextBlock has no property 'colour' in version 1.5"]
