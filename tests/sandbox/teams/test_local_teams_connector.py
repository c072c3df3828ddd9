"""The connector of the local Teams does what the bot asks, and refuses what Teams refuses."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.teams import ChannelMembership, LocalTeams
from tests.sandbox.teams.conftest import (
    ADA,
    BEN,
    CARD,
    CHANNEL,
    MIA,
    PARTNER,
    TEAM,
    Client,
    text,
    with_card,
)


def texts(teams: LocalTeams, conversation: str, thread: str | None = None) -> list[str]:
    return [message.text for message in teams.messages(conversation, thread)]


# Messages


async def test_a_message_reaches_the_personal_chat(teams: LocalTeams, client: Client) -> None:
    answer = await client.post(teams.chat_of(MIA), text("Restart **it**"))

    (message,) = teams.messages(teams.chat_of(MIA))
    assert (answer.status, answer.body) == (201, {"id": message.id})
    assert (message.text, message.sender, message.thread) == ("Restart **it**", "", "")
    assert len(message.id) == 13
    assert message.id.isdigit()


async def test_a_thread_is_named_by_the_id_of_its_root(teams: LocalTeams, client: Client) -> None:
    root = (await client.post(CHANNEL, with_card())).body["id"]

    await client.post(CHANNEL, text("In the thread"), thread=root)
    await client.post(CHANNEL, text("Beside it", replyToId=root))

    assert texts(teams, CHANNEL, root) == ["", "In the thread"]
    assert texts(teams, CHANNEL) == ["", "Beside it"]


async def test_a_new_thread_tells_its_conversation_and_its_root(teams: LocalTeams, client: Client) -> None:
    answer = await client.new_thread(CHANNEL, with_card())

    (root,) = teams.messages(CHANNEL)
    assert answer.status == 201
    assert answer.body == {"id": f"{CHANNEL};messageid={root.id}", "activityId": root.id}
    assert root.card == CARD


async def test_an_update_is_seen_by_all_and_keeps_what_stood_there(teams: LocalTeams, client: Client) -> None:
    root = (await client.new_thread(CHANNEL, with_card())).body["activityId"]
    changed = {**CARD, "body": [{"type": "TextBlock", "text": "Claimed by Ada"}]}

    answer = await client.update(CHANNEL, root, with_card(changed))

    (message,) = teams.messages(CHANNEL)
    assert (answer.status, answer.body) == (200, {"id": root})
    assert message.card == changed
    assert [one["attachments"][0]["content"] for one in message.earlier] == [CARD]


async def test_a_deleted_message_cannot_be_changed_or_deleted_again(teams: LocalTeams, client: Client) -> None:
    message_id = (await client.post(CHANNEL, text("Gone soon"))).body["id"]

    first = await client.delete(CHANNEL, message_id)
    again = await client.delete(CHANNEL, message_id)
    changed = await client.update(CHANNEL, message_id, text("Back"))

    assert (first.status, again.status, changed.status) == (200, 404, 404)
    assert again.code == changed.code == "ActivityNotFoundInConversation"
    (message,) = teams.messages(CHANNEL)
    assert message.is_deleted
    assert message.text == ""


async def test_the_bot_changes_no_messages_of_people(teams: LocalTeams, client: Client) -> None:
    theirs = (await teams.dm(MIA, "Mine")).message

    answer = await client.update(teams.chat_of(MIA), theirs, text("Not yours"))

    assert (answer.status, answer.code) == (403, "NotEnoughPermissions")
    assert texts(teams, teams.chat_of(MIA)) == ["Mine"]


async def test_typing_is_answered_without_a_body(teams: LocalTeams, client: Client) -> None:
    answer = await client.post(teams.chat_of(MIA), {"type": "typing"})

    assert (answer.status, answer.body) == (202, b"")
    assert [conversation for conversation, _ in teams.workspace.typing] == [teams.chat_of(MIA)]
    assert teams.messages(teams.chat_of(MIA)) == []


async def test_the_bot_reacts_with_signs_of_its_own(teams: LocalTeams, client: Client) -> None:
    message = teams.message(teams.chat_of(MIA), (await teams.dm(MIA, "Hello")).message)
    assert message
    path = f"conversations/{message.conversation}/activities/{message.id}/reactions/like"

    teams.throttle.is_on = False

    assert [(await client.call("PUT", path)).status for _ in range(2)] == [200, 200]
    assert message.reactions == {"like": [""]}
    await client.call("DELETE", path)

    assert message.reactions == {}
    teams.habits.has_reactions = False
    assert (await client.call("PUT", path)).status == 404


# Conversations


async def test_a_chat_is_opened_by_the_bots_own_id_of_a_person(teams: LocalTeams, client: Client) -> None:
    def opening(member: str, tenant: str) -> Any:
        return client.call("POST", "conversations", {"isGroup": False, "members": [{"id": member}], "tenantId": tenant})

    mri = teams.workspace.users[ADA].mri
    answers = [await opening(mri, teams.bot.tenant_id) for _ in range(2)]

    assert [(one.status, one.body) for one in answers] == [(201, {"id": teams.chat_of(ADA)})] * 2
    assert (await opening(ADA, teams.bot.tenant_id)).status == 400
    assert (await opening(mri, PARTNER)).status == 400


async def test_nothing_reaches_those_who_have_neither_the_app_nor_a_team_with_it(
    teams: LocalTeams, client: Client
) -> None:
    teams.add_user("stranger", "Sam", is_installed=False)
    teams.workspace.chat_of(BEN).is_installed = False

    refused = await client.post(teams.chat_of("stranger"), text("Hello"))
    reached = await client.post(teams.chat_of(BEN), text("Hello"))

    assert (refused.status, refused.code, reached.status) == (403, "BotNotInConversationRoster", 201)


async def test_a_blocked_or_removed_bot_may_not_write(teams: LocalTeams, client: Client) -> None:
    teams.block(MIA)
    blocked = await client.post(teams.chat_of(MIA), text("Hello"))
    teams.block(MIA, blocked=False)
    await teams.uninstall(MIA)
    removed = await client.post(teams.chat_of(MIA), text("Hello"))
    await teams.install(MIA)

    assert (blocked.status, blocked.code) == (403, "MessageWritesBlocked")
    assert (removed.status, removed.code) == (403, "BotNotInConversationRoster")
    assert (await client.post(teams.chat_of(MIA), text("Hello"))).status == 201


async def test_a_team_without_the_app_and_a_deleted_one_are_closed(teams: LocalTeams, client: Client) -> None:
    await teams.uninstall_from_team(TEAM, ADA)
    outside = await client.post(CHANNEL, text("Hello"))
    await teams.install_in_team(TEAM, ADA)
    await teams.delete_team(TEAM, ADA)
    deleted = await client.post(CHANNEL, text("Hello"))

    assert (outside.status, outside.code) == (403, "BotNotInConversationRoster")
    assert (deleted.status, deleted.code) == (404, "ConversationNotFound")


@pytest.mark.parametrize("conversation", ["19:nowhere@thread.tacv2", "a:nobody", f"{CHANNEL};messageid=1"])
async def test_a_conversation_or_a_thread_that_is_not_there(client: Client, conversation: str) -> None:
    answer = await client.post(conversation, text("Hello"))

    assert (answer.status, answer.code) == (404, "ConversationNotFound")


@pytest.mark.parametrize(("keeps", "status"), [(True, 201), (False, 404)])
async def test_a_thread_may_end_with_its_root(teams: LocalTeams, client: Client, keeps: bool, status: int) -> None:
    teams.habits.keeps_deleted_threads = keeps
    root = (await client.new_thread(CHANNEL, with_card())).body["activityId"]

    teams.delete_for_all(CHANNEL, root)

    assert (await client.post(CHANNEL, text("Later"), thread=root)).status == status
    assert (await client.update(CHANNEL, root, with_card())).status == 404


# Members and teams


async def test_members_are_told_with_their_role_and_tenant(teams: LocalTeams, client: Client) -> None:
    members = (await client.call("GET", f"conversations/{CHANNEL}/members")).body

    assert [one["name"] for one in members] == ["Ada", "Ben", "Gus"]
    assert members[0] == {
        "id": teams.workspace.users[ADA].mri,
        "aadObjectId": ADA,
        "name": "Ada",
        "givenName": "Ada",
        "surname": "",
        "email": "ada@example.com",
        "userPrincipalName": "ada@example.com",
        "tenantId": teams.bot.tenant_id,
        "userRole": "user",
    }
    assert (members[2]["userRole"], members[2]["tenantId"]) == ("guest", PARTNER)


async def test_members_come_in_pages(client: Client) -> None:
    path = f"conversations/{CHANNEL}/pagedMembers?pageSize=2"

    first = (await client.call("GET", path)).body
    second = (await client.call("GET", f"{path}&continuationToken={first['continuationToken']}")).body

    assert [one["name"] for one in first["members"] + second["members"]] == ["Ada", "Ben", "Gus"]
    assert "continuationToken" not in second


async def test_a_member_is_found_by_either_id_unless_teams_is_an_imitation(teams: LocalTeams, client: Client) -> None:
    by_mri = f"conversations/{CHANNEL}/members/{teams.workspace.users[ADA].mri}"
    by_object_id = f"conversations/{CHANNEL}/members/{ADA}"
    assert (await client.call("GET", by_mri)).body == (await client.call("GET", by_object_id)).body

    teams.habits.knows_object_ids = False

    refused = await client.call("GET", by_object_id)
    assert (refused.status, refused.code) == (404, "MemberNotFoundInConversation")
    assert (await client.call("GET", by_mri)).status == 200


async def test_whoever_is_not_in_the_conversation_is_no_member(teams: LocalTeams, client: Client) -> None:
    path = f"conversations/{CHANNEL}/members/{teams.workspace.users[MIA].mri}"

    assert (await client.call("GET", path)).code == "MemberNotFoundInConversation"
    await teams.add_member(TEAM, MIA, ADA)
    assert (await client.call("GET", path)).status == 200


async def test_a_person_may_have_another_role_in_a_team(teams: LocalTeams, client: Client) -> None:
    teams.add_team("19:other@thread.tacv2", "Other", {MIA: "guest"})

    (member,) = (await client.call("GET", "conversations/19:other@thread.tacv2/members")).body

    assert (member["name"], member["userRole"]) == ("Mia Berg", "guest")


async def test_a_shared_channel_has_members_of_another_tenant(teams: LocalTeams, client: Client) -> None:
    teams.add_user("pat", "Pat", tenant_id=PARTNER, is_installed=False)
    teams.add_channel("19:shared@thread.tacv2", "Joint", TEAM, membership=ChannelMembership.SHARED, outsiders=["pat"])

    members = (await client.call("GET", "conversations/19:shared@thread.tacv2/members")).body

    assert [one["tenantId"] for one in members if one["name"] == "Pat"] == [PARTNER]


async def test_a_team_tells_its_group_and_its_channels(teams: LocalTeams, client: Client) -> None:
    team = (await client.call("GET", f"teams/{TEAM}")).body
    channels = (await client.call("GET", f"teams/{TEAM}/conversations")).body["conversations"]

    assert (team["name"], team["aadGroupId"], team["memberCount"], team["channelCount"]) == (
        "Support",
        teams.workspace.teams[TEAM].group_id,
        3,
        2,
    )
    assert [(one["id"], one["name"]) for one in channels] == [(TEAM, None), (CHANNEL, "Handoffs")]
    assert (await client.call("GET", "teams/19:nowhere@thread.tacv2")).status == 404


async def test_calls_are_recorded_with_what_came_of_them(teams: LocalTeams, client: Client) -> None:
    await client.post(CHANNEL, text("Hello"))
    await client.post("a:nobody", text("Hello"))

    assert [(one.conversation, one.body["text"], one.status, one.code) for one in teams.calls_of("post")] == [
        (CHANNEL, "Hello", 201, ""),
        ("a:nobody", "Hello", 404, "ConversationNotFound"),
    ]
