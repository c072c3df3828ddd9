"""Graph in the local Teams shows the threads of a channel to a bot that its team lets read them."""

from __future__ import annotations

import json

import pytest

from sandbox.teams import LocalTeams
from tests.sandbox.teams.conftest import ADA, BEN, CARD, CHANNEL, TEAM, Client, text, with_card


@pytest.fixture(autouse=True)
def _without_limits(teams: LocalTeams) -> None:
    teams.throttle.is_on = False


def messages_of(teams: LocalTeams, channel: str = CHANNEL) -> str:
    return f"teams/{teams.workspace.teams[TEAM].group_id}/channels/{channel}/messages"


async def test_roots_are_listed_the_latest_first(teams: LocalTeams, client: Client) -> None:
    first = (await client.new_thread(CHANNEL, with_card())).body["activityId"]
    await client.post(CHANNEL, text("In the thread"), thread=first)
    second = (await teams.say(ADA, CHANNEL, "Hello <all>")).message

    listed = (await client.graph(messages_of(teams))).body["value"]

    assert [(one["id"], one["replyToId"]) for one in listed] == [(second, None), (first, None)]
    assert (listed[0]["from"]["user"]["id"], listed[0]["from"]["application"]) == (ADA, None)
    assert listed[0]["body"] == {"contentType": "html", "content": "Hello &lt;all&gt;"}
    assert listed[1]["from"]["application"]["id"] == teams.bot.app_id


async def test_mentions_are_numbered(teams: LocalTeams, client: Client) -> None:
    await teams.say(ADA, CHANNEL, "<at>Help Desk</at> ask <at>Ben</at>")

    (message,) = (await client.graph(messages_of(teams))).body["value"]

    assert message["body"]["content"] == '<at id="0">Help Desk</at> ask <at id="1">Ben</at>'
    assert [one["mentionText"] for one in message["mentions"]] == ["Help Desk", "Ben"]
    assert message["mentions"][0]["mentioned"]["application"]["id"] == teams.bot.app_id
    assert message["mentions"][1]["mentioned"]["user"]["id"] == BEN


async def test_a_card_is_found_again_with_the_data_of_its_buttons(teams: LocalTeams, client: Client) -> None:
    await client.new_thread(CHANNEL, with_card())

    (root,) = (await client.graph(messages_of(teams))).body["value"]

    (attachment,) = root["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert json.loads(attachment["content"]) == CARD
    assert root["body"]["content"] == f'<attachment id="{attachment["id"]}"></attachment>'


async def test_replies_come_in_pages_without_their_root(teams: LocalTeams, client: Client) -> None:
    root = (await client.new_thread(CHANNEL, with_card())).body["activityId"]
    for number in range(5):
        await client.post(CHANNEL, text(str(number)), thread=root)

    page = (await client.graph(f"{messages_of(teams)}/{root}/replies", **{"$top": "3"})).body
    rest = (await client.graph(page["@odata.nextLink"])).body

    assert [one["body"]["content"] for one in page["value"] + rest["value"]] == ["4", "3", "2", "1", "0"]
    assert {one["replyToId"] for one in page["value"]} == {root}
    assert "@odata.nextLink" not in rest


async def test_one_message_can_be_read_with_what_became_of_it(teams: LocalTeams, client: Client) -> None:
    message = (await client.post(CHANNEL, text("Hello"))).body["id"]
    path = f"{messages_of(teams)}/{message}"
    assert (await client.graph(path)).body["lastEditedDateTime"] is None

    await client.update(CHANNEL, message, text("Hello!"))
    edited = (await client.graph(path)).body
    await client.delete(CHANNEL, message)
    deleted = (await client.graph(path)).body

    assert (edited["body"]["content"], edited["lastEditedDateTime"] is None) == ("Hello!", False)
    assert (deleted["body"]["content"], deleted["deletedDateTime"] is None) == ("", False)


async def test_only_the_permission_of_the_team_opens_its_channels(teams: LocalTeams, client: Client) -> None:
    teams.workspace.teams[TEAM].reads_all = False
    refused = await client.graph(messages_of(teams))

    await teams.install_in_team(TEAM, ADA, reads_all=True)

    assert (refused.status, refused.code) == (403, "Forbidden")
    assert (await client.graph(messages_of(teams))).status == 200


async def test_a_token_of_the_connector_does_not_open_graph(teams: LocalTeams, client: Client) -> None:
    token = (await client.token()).body["access_token"]
    headers = {"Authorization": f"Bearer {token}"}

    assert (await client.http.get(f"{teams.graph_url}/{messages_of(teams)}", headers=headers)).status == 401


@pytest.mark.parametrize("top", ["0", "51", "many"])
async def test_a_page_has_fifty_messages_at_most(teams: LocalTeams, client: Client, top: str) -> None:
    assert (await client.graph(messages_of(teams), **{"$top": top})).code == "BadRequest"


async def test_what_is_not_there_is_not_found(teams: LocalTeams, client: Client) -> None:
    assert (await client.graph(messages_of(teams, "19:nowhere@thread.tacv2"))).status == 404
    assert (await client.graph(f"teams/nobody/channels/{CHANNEL}/messages")).status == 404
    assert (await client.graph(f"{messages_of(teams)}/1/replies")).status == 404
