"""The content of a message is read once, wherever Slack puts it and whatever shape it has."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.received import Authorship, ReceivedContent, authorship, message_content
from bot.slack.received.content import NOTICES, WRITTEN

Json = dict[str, Any]


def section(*leaves: Json | str) -> Json:
    elements = [{"type": "text", "text": leaf} if isinstance(leaf, str) else leaf for leaf in leaves]
    return {"type": "rich_text_section", "elements": elements}


def rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": list(elements)}


def table(*rows: list[Any]) -> Json:
    return {"type": "table", "rows": list(rows)}


def cell(*leaves: Json | str) -> Json:
    return rich(section(*leaves))


def raw(text: str) -> Json:
    return {"type": "raw_text", "text": text}


def message(text: str = "", *blocks: Json, **more: Any) -> Json:
    return {"type": "message", "user": "U1", "ts": "1.1", "text": text, "blocks": list(blocks), **more}


def words(text: str = "", *blocks: Json, **more: Any) -> str:
    return message_content(message(text, *blocks, **more)).words


# Blocks.


def test_what_text_and_blocks_both_say_is_read_once() -> None:
    blocks = rich(
        section(
            "Hello ", {"type": "user", "user_id": "U2"}, ", see ", {"type": "link", "url": "https://x.test/a"}, "\n"
        ),
        {"type": "rich_text_list", "style": "ordered", "elements": [section("first"), section("second")]},
        {"type": "rich_text_quote", "elements": [{"type": "text", "text": "as she said"}]},
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "rm -rf /"}]},
        section({"type": "emoji", "name": "wave"}, {"type": "channel", "channel_id": "C1"}),
    )
    text = "Hello <@U2>, see <https://x.test/a>\n1. first\n2. second\n&gt; as she said\n```rm -rf /```\n:wave:<#C1|gen>"

    said = words(text, blocks)

    assert said.count("first") == said.count("as she said") == said.count("rm -rf /") == 1
    assert said.count("Hello") == said.count("https://x.test/a") == 1


def test_markup_that_stands_in_blocks_as_it_is_is_not_repeated() -> None:
    text = "see <https://x.test|the page>, <@U2|mia> and <!here>"

    assert words(text, rich(section(text))) == "see the page (https://x.test), @mia and @here"


def test_words_in_a_style_inside_a_word_are_not_repeated() -> None:
    blocks = rich(section({"type": "text", "text": "un", "style": {"bold": True}}, "believable and *literal*"))

    assert words("*un*believable and *literal*", blocks) == "*un*believable and *literal*"


@pytest.mark.parametrize("text", ["", "This content can't be displayed."])
def test_blocks_alone_are_read_in_their_order(text: str) -> None:
    blocks = rich(
        section("Look: ", {"type": "link", "url": "https://x.test", "text": "the page"}),
        {"type": "rich_text_list", "style": "bullet", "elements": [section("a"), section("b")]},
        {"type": "rich_text_list", "style": "ordered", "indent": 1, "offset": 2, "elements": [section("c")]},
        {"type": "rich_text_quote", "elements": [{"type": "text", "text": "one\ntwo"}]},
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "x = 1"}]},
        section(
            {"type": "broadcast", "range": "here"},
            {"type": "usergroup", "usergroup_id": "S1"},
            {"type": "color", "value": "#F405B3"},
            {"type": "date", "timestamp": 0, "format": "{date}"},
            {"type": "date", "timestamp": 0, "format": "{date}", "fallback": "yesterday"},
            {"type": "text", "text": "ls", "style": {"code": True}},
            {"type": "emoji", "name": "+1", "skin_tone": 3},
            {"type": "not known yet", "text": "new"},
        ),
    )

    assert words(text, blocks).splitlines() == [
        "Look: the page (https://x.test)",
        "• a",
        "• b",
        "    3. c",
        "> one",
        "> two",
        "```",
        "x = 1",
        "```",
        "@here@S1#F405B31970-01-01 00:00 UTCyesterday`ls`:+1::skin-tone-3:new",
    ]


def test_what_text_does_not_repeat_is_added_to_it() -> None:
    said = words("See the list", rich(section("Another list"), {"type": "rich_text_quote", "elements": []}))

    assert said == "See the list\nAnother list"


def test_short_words_are_not_taken_for_parts_of_longer_ones() -> None:
    assert words("I know", rich(section("no"))) == "I know\nno"


def test_blocks_that_say_more_than_the_text_keep_their_order() -> None:
    blocks = (rich(section("Which one?")), table([raw("a"), raw("b")], [raw("1"), raw("2")]), rich(section("Thanks")))

    assert words("Which one?", *blocks) == "Which one?\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\nThanks"


def test_blocks_of_apps_are_read() -> None:
    blocks: list[Json] = [
        {"type": "header", "text": {"type": "plain_text", "text": "Request <1>"}},
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": "by <@U2> &amp; me"},
            "fields": [{"type": "mrkdwn", "text": "*Device*\nlaptop"}],
        },
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "from"}, {"type": "plain_text", "text": "a form"}]},
        {"type": "markdown", "text": "**Notes**"},
        {"type": "divider"},
        {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Approve"}}]},
        {"type": "image", "title": {"type": "plain_text", "text": "A screen"}, "image_url": "https://x.test/i.png"},
        {"type": "card", "title": {"type": "plain_text", "text": "A card"}, "body": {"text": "with words"}, "id": "no"},
    ]

    said = words("", *blocks)

    assert said.splitlines() == [
        "Request <1>",
        "by @U2 & me",
        "*Device*",
        "laptop",
        "from a form",
        "**Notes**",
        "A screen",
        "A card",
        "with words",
    ]


# Tables.


def test_a_pasted_table_is_a_markdown_table_below_the_words() -> None:
    rows = [[cell("Name"), cell("Amount")], [cell("Item A"), cell("1,200")]]
    pasted = {"id": 1, "fallback": "[no preview available]", "blocks": [table(*rows)]}

    said = words("Which is wrong?", rich(section("Which is wrong?")), attachments=[pasted])

    assert said == "Which is wrong?\n\n| Name | Amount |\n| --- | --- |\n| Item A | 1,200 |"


def test_every_cell_stays_in_its_own() -> None:
    rows: list[Any] = [
        [raw("a|b"), {"type": "raw_text", "text": "two\nlines"}, None],
        [raw(""), {"type": "raw_number", "value": 5, "text": "5"}],
        ["plain", 7, {"type": "rich_text", "elements": "broken"}, raw("more")],
        "no row",
        [],
    ]

    assert words("", table(*rows)).splitlines() == [
        "| a\\|b | two lines |  |  |",
        "| --- | --- | --- | --- |",
        "|  | 5 |  |  |",
        "| plain | 7 |  | more |",
    ]


def test_a_big_table_is_read_whole() -> None:
    rows = [[raw(f"r{row}c{column}") for column in range(20)] for row in range(100)]

    said = words("", table(*rows))

    assert all(f"r{row}c{column}" in said for row in range(100) for column in range(20))
    assert len(said.splitlines()) == 101


def test_a_table_that_the_text_repeats_is_not_read_twice() -> None:
    rows = [[raw("Name"), raw("Amount")], [raw("Item A"), raw("1,200")]]

    assert words("Name Amount\nItem A 1,200", table(*rows)) == "Name Amount\nItem A 1,200"


def test_an_empty_table_says_nothing() -> None:
    assert words("Hello", table([raw(""), raw(" ")])) == "Hello"


# Forwarded content.

SHARE: Json = {"is_share": True, "author_name": "Ben Boss", "author_id": "U2", "text": "VPN error 809 &amp; more"}


def test_a_forwarded_message_follows_the_words_with_its_author() -> None:
    said = words("can you help with this?", attachments=[SHARE])

    assert said == "can you help with this?\n\nForwarded message from Ben Boss:\nVPN error 809 & more"


@pytest.mark.parametrize(
    "mark",
    [
        {"is_share": True},
        {"is_msg_unfurl": True, "from_url": "https://x.slack.com/archives/C1/p1"},
        {"is_share": True, "is_msg_unfurl": True},
        {"msg_subtype": "bot_message"},
        {"message_blocks": [{"message": {"blocks": []}}]},
    ],
)
def test_every_mark_of_a_forwarded_message_is_known(mark: Json) -> None:
    said = words("", attachments=[{"text": "VPN error 809", "author_id": "U2", **mark}])

    assert said == "Forwarded message from @U2:\nVPN error 809"


def test_the_blocks_of_a_forwarded_message_are_read_once() -> None:
    blocks = [rich(section("VPN error 809")), table([raw("code"), raw("809")])]
    inside = {"message_blocks": [{"team": "T1", "channel": "C1", "ts": "1.2", "message": {"blocks": blocks}}]}

    for more in (inside, {"blocks": blocks}, {**inside, "blocks": blocks}):
        for text in ("", "VPN error 809"):
            said = words("", attachments=[{"is_share": True, "text": text, "fallback": "VPN error 809", **more}])
            assert said == "Forwarded message:\nVPN error 809\n\n| code | 809 |\n| --- | --- |"


def test_several_and_nested_ones_are_all_read() -> None:
    inner = {"is_share": True, "author_name": "Ada", "text": "the innermost"}
    outer = {"is_share": True, "author_name": "Ben", "text": "see below", "attachments": [inner]}

    said = words("look", attachments=[outer, SHARE])

    assert said == (
        "look\n\nForwarded message from Ben:\nsee below\n\nForwarded message from Ada:\nthe innermost"
        "\n\nForwarded message from Ben Boss:\nVPN error 809 & more"
    )


def test_the_files_of_what_is_forwarded_come_along_once() -> None:
    own, theirs = {"id": "F1", "name": "own.txt", "size": 1}, {"id": "F2", "name": "theirs.txt", "size": 1}
    inside = {"message_blocks": [{"message": {"files": [theirs]}}], "files": [theirs, own]}

    content = message_content(message("", files=[own], attachments=[{**SHARE, **inside}]))

    assert [file.name for file in content.files] == ["own.txt", "theirs.txt"]


def test_a_forwarded_message_without_text_is_what_slack_says_instead() -> None:
    share = {"is_share": True, "fallback": "[July 6th] ben: VPN error 809"}

    assert words("", attachments=[share]) == "Forwarded message:\n[July 6th] ben: VPN error 809"
    assert words("", attachments=[{"is_share": True, "fallback": "[no preview available]"}]) == "Forwarded message"


@pytest.mark.parametrize(
    "preview",
    [
        {"from_url": "https://news.test", "service_name": "News", "title": "Outage", "text": "All is down", "id": 1},
        {"is_app_unfurl": True, "app_unfurl_url": "https://jira.test/1", "blocks": [rich(section("All is down"))]},
        {"original_url": "https://x.test/i.png", "image_url": "https://x.test/i.png", "fallback": "All is down"},
    ],
)
def test_a_preview_of_a_web_page_is_nobodys_words(preview: Json) -> None:
    assert words("see <https://news.test>", attachments=[preview]) == "see https://news.test"


def test_what_an_app_puts_into_a_persons_message_is_read() -> None:
    attachment = {
        "pretext": "New request",
        "title": "Laptop",
        "text": "It is *broken*",
        "fields": [{"title": "Model", "value": "X1"}, {"value": "urgent"}],
        "fallback": "New request: Laptop",
    }

    assert words("Hello", attachments=[attachment]).splitlines() == [
        "Hello",
        "New request",
        "Laptop",
        "It is *broken*",
        "Model: X1",
        "urgent",
    ]
    assert words("", attachments=[{"fallback": "Only this"}]) == "Only this"


# Files.


def test_what_is_spoken_is_read_where_slack_has_written_it_down() -> None:
    spoken = {"status": "complete", "preview": {"content": "My screen is black", "has_more": True}}
    clip = {"id": "F1", "name": "audio_message.m4a", "subtype": "slack_audio", "transcription": spoken}

    content = message_content(message("", files=[clip]))

    assert content.words == "My screen is black … (there is more in the recording)"
    assert not content.wordless
    assert message_content(message("", files=[{**clip, "transcription": {"status": "processing"}}])).words == ""


def test_a_deleted_file_is_not_listed() -> None:
    files = [{"id": "F1", "mode": "tombstone"}, {"id": "F2", "name": "a.txt"}]

    assert [file.id for file in message_content(message("", files=files)).files] == ["F2"]


def test_a_file_of_an_odd_mode_is_listed() -> None:
    assert [file.id for file in message_content(message("", files=[{"id": "F1", "mode": []}])).files] == ["F1"]


@pytest.mark.parametrize("text", ["👍", ":+1:", "..."])
def test_signs_alone_are_no_words_wherever_they_stand(text: str) -> None:
    assert message_content(message(text)).wordless
    assert message_content(message("", rich(section(text)))).wordless
    assert words("", rich(section(text))) == text
    assert message_content(message("", attachments=[{"is_share": True, "author_name": "Ben", "text": text}])).wordless
    assert not message_content(message(text, attachments=[SHARE])).wordless


# Edits by people.


def changed(before: ReceivedContent, now: ReceivedContent) -> tuple[bool, bool]:
    return now.has_other_words(before), now.has_other_files(before)


def test_what_slack_adds_changes_nothing() -> None:
    before = message_content(message("see <https://x.slack.com/archives/C1/p1>", files=[{"id": "F1"}]))
    linked = {
        "is_msg_unfurl": True,
        "from_url": "https://x.slack.com/archives/C1/p1",
        "text": "A",
        "files": [{"id": "F9"}],
    }
    page = {"from_url": "https://news.test", "text": "News"}
    link = "see <https://x.slack.com/archives/C1/p1>"

    now = message_content(message(link, rich(section(link)), files=[{"id": "F1"}], attachments=[linked, page]))

    assert changed(before, now) == (False, False)


def test_taking_something_out_is_a_change() -> None:
    before = message_content(message("look", files=[{"id": "F1"}, {"id": "F2"}], attachments=[SHARE]))

    assert changed(before, message_content(message("look", files=[{"id": "F2"}], attachments=[SHARE]))) == (False, True)
    assert changed(before, message_content(message("look", files=[{"id": "F1"}, {"id": "F2"}]))) == (True, False)
    assert changed(before, message_content(message("see", files=[{"id": "F1"}], attachments=[SHARE]))) == (True, True)


# Authors.


@pytest.mark.parametrize("subtype", sorted(NOTICES))
def test_notices_are_nobodys_whoever_they_name(subtype: str) -> None:
    assert authorship({"user": "U1", "text": "words", "subtype": subtype}, "U0") is Authorship.NOBODY


@pytest.mark.parametrize("subtype", sorted(WRITTEN))
def test_what_people_write_is_theirs(subtype: str) -> None:
    written = {"user": "U1", "text": "words", **({"subtype": subtype} if subtype else {})}

    assert authorship(written, "U0") is Authorship.PERSON
    assert authorship({**written, "bot_id": "B1"}, "U0") is Authorship.UNVERIFIED
    assert authorship({**written, "user": "U0", "bot_id": "B0"}, "U0") is Authorship.NOBODY
    assert authorship({**written, "user": "USLACKBOT"}, "U0") is Authorship.NOBODY
    assert authorship({**written, "user": None}, "U0") is Authorship.NOBODY


def test_an_unknown_subtype_has_to_be_looked_into() -> None:
    assert authorship({"user": "U1", "text": "words", "subtype": "brand_new"}, "U0") is Authorship.UNVERIFIED
    assert authorship({"user": "U1", "text": "words", "subtype": "bot_message"}, "U0") is Authorship.UNVERIFIED
    assert authorship({"bot_id": "B1", "text": "words", "subtype": "bot_message"}, "U0") is Authorship.NOBODY


# Any shape at all.

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "type text elements rows cells blocks attachments files fields message message_blocks title value "
                "is_share from_url fallback style url user_id transcription preview content id name size mode".split()
            ),
            inner | st.sampled_from(["rich_text", "rich_text_list", "table", "section", "context", "link", "date"]),
            max_size=4,
        )
    ),
    max_leaves=25,
)


@given(blocks=anything, attachments=anything, files=anything)
def test_nothing_keeps_the_words_from_being_read(blocks: Any, attachments: Any, files: Any) -> None:
    content = message_content({"text": "My laptop", "blocks": blocks, "attachments": attachments, "files": files})

    assert "My laptop" in content.words or json.dumps(blocks).lower().count("laptop")
    assert all(file.id for file in content.files)


def test_content_within_content_is_read_to_a_depth() -> None:
    nested: Json = {"is_share": True, "text": "deep"}
    for level in range(200):
        nested = {"is_share": True, "text": f"level {level}", "attachments": [nested], "blocks": [{"x": nested}]}

    assert "level 199" in words("look", attachments=[nested])
