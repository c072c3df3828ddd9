"""Ids of Teams, and identifiers as people write them, read into what can be looked up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.teams.ids import (
    TeamsIds,
    chat_link,
    conversation_of,
    identifier_of,
    message_link,
    read_identifier,
    split_conversation,
)

CHANNEL = "19:0123abcd@thread.tacv2"
CHAT = "a:1opaque-id_"
MESSAGE = "1764412800000"
TENANT = "00000000-cccc-4000-8000-000000000003"
LINK = f"https://teams.microsoft.com/l/message/19%3A0123abcd%40thread.tacv2/{MESSAGE}"


@pytest.mark.parametrize(
    ("conversation", "channel", "thread"),
    [(f"{CHANNEL};messageid={MESSAGE}", CHANNEL, MESSAGE), (CHANNEL, CHANNEL, None), (CHAT, CHAT, None)],
)
def test_a_conversation_is_a_channel_and_a_thread(conversation: str, channel: str, thread: str | None) -> None:
    assert split_conversation(conversation) == (channel, thread)
    assert conversation_of(channel, thread) == conversation


@pytest.mark.parametrize("chat", [CHAT, "19:0123abcd@thread.v2", "19:aad_and_bot@unq.gbl.spaces"])
def test_a_chat_has_one_conversation_for_all_its_threads(chat: str) -> None:
    assert conversation_of(chat, MESSAGE) == chat


@pytest.mark.parametrize("id", [CHANNEL, "19:0123@thread.skype", "19:KcL_x-9@thread.tacv2"])
def test_an_id_of_a_channel_has_no_problem(id: str) -> None:
    assert TeamsIds().channel_problem(id) is None


@pytest.mark.parametrize(
    "id", ["", "General", "C0123456789", CHAT, f"{CHANNEL};messageid={MESSAGE}", "19:0123@thread.v2", f" {CHANNEL}"]
)
def test_any_other_id_of_a_channel_is_refused_with_an_example(id: str) -> None:
    assert "19:0123abcd@thread.tacv2" in (TeamsIds().channel_problem(id) or "")


def test_user_groups_are_refused() -> None:
    assert TeamsIds().group_problem("S0123ABCD") == "must be left out, because Teams has no user groups"


def test_a_link_leads_to_the_message_below_its_root_and_can_be_looked_up() -> None:
    link = message_link(CHANNEL, MESSAGE, tenant=TENANT, group="g-1", thread="1764412799999")

    assert link == f"{LINK}?tenantId={TENANT}&groupId=g-1&parentMessageId=1764412799999"
    read = read_identifier(link)
    assert (read.channel, read.message) == (CHANNEL, MESSAGE)


def test_a_link_without_what_is_not_known_leads_to_the_root() -> None:
    assert message_link(CHANNEL, MESSAGE, tenant=TENANT) == f"{LINK}?tenantId={TENANT}&parentMessageId={MESSAGE}"


def test_a_chat_is_reached_by_the_bots_id() -> None:
    assert chat_link("app-1") == "https://teams.microsoft.com/l/chat/0/0?users=28%3Aapp-1"


@pytest.mark.parametrize(
    ("text", "channel"),
    [
        (MESSAGE, None),
        (f"`{MESSAGE}`", None),
        (f"{CHANNEL}/{MESSAGE}", CHANNEL),
        (f"{CHANNEL};messageid={MESSAGE}", CHANNEL),
        (f"{CHAT} {MESSAGE}", CHAT),
        (LINK, CHANNEL),
        (f"look: {LINK}?context=x", CHANNEL),
        (LINK.replace("teams.microsoft.com", "teams.cloud.microsoft"), CHANNEL),
    ],
)
def test_a_link_and_an_id_of_a_message_name_a_message(text: str, channel: str | None) -> None:
    read = read_identifier(text)

    assert (read.channel, read.message, read.id, read.text) == (channel, MESSAGE, "", text)


@pytest.mark.parametrize(
    ("text", "id"),
    [
        (" #HD-12 ", "HD-12"),
        ("'con_1a2'", "con_1a2"),
        (CHANNEL, CHANNEL),
        (CHAT, CHAT),
        ("00000000-aaaa-4000-8000-000000000001", "00000000-aaaa-4000-8000-000000000001"),
        ("176441280000", "176441280000"),
        (LINK.replace("teams.", "example."), LINK.replace("teams.", "example.")),
    ],
)
def test_anything_else_is_an_id_without_what_people_put_around_it(text: str, id: str) -> None:
    read = read_identifier(text)

    assert (read.id, read.channel, read.message, read.text) == (id, None, None, text)


@pytest.mark.parametrize("message", [MESSAGE, "f:6f1c", "00000000-aaaa-4000-8000-000000000001"])
@pytest.mark.parametrize("channel", [CHANNEL, CHAT])
def test_whatever_identifies_a_message_is_written_so_that_it_can_be_looked_up_again(channel: str, message: str) -> None:
    identifier = identifier_of(channel, message)

    assert read_identifier(identifier.text) == identifier


@given(st.text())
def test_whatever_is_typed_is_read(text: str) -> None:
    assert read_identifier(text).text == text
