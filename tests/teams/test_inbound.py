"""Activities of Teams as events of the desk, and what they tell of people and places."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.helpdesk.messages import Catalog, labels
from bot.helpdesk.model.article import ArticleTransition
from bot.helpdesk.model.chat import Address
from bot.helpdesk.model.conversation import Rating
from bot.helpdesk.model.events import (
    AppInstalled,
    ArticleWritten,
    Button,
    CalledInGroup,
    Control,
    HomeOpened,
    LookupRequested,
    MessageDeleted,
    MessageEdited,
    MessageMarked,
    MessageReceived,
    Pressed,
    ReasonGiven,
    ResolutionGiven,
    TopicStarted,
)
from bot.helpdesk.model.handoff import Outcome, Score, Transition
from bot.helpdesk.model.home import Filter
from bot.teams import actions
from bot.teams.ids import read_prompt
from bot.teams.inbound import Inbound, Invoke, Received
from bot.teams.received.contact import Contact, PlaceKind
from storage.row_mapper import encode_json
from tests.teams.activities import (
    APP,
    CHANNEL,
    CHAT,
    MIA,
    MRI,
    OTHER_CHANNEL,
    ROOT,
    SERVICE,
    TENANT,
    activity,
    execute,
    feedback,
    mention,
    message,
    message_of,
)

NOW = 2_000_000_000.0
SENT = 1795948800.123456
THREAD = f"{CHANNEL};messageid={ROOT}"


def read(body: dict[str, Any]) -> Received:
    return Inbound(bot_id=APP, channels=frozenset({CHANNEL})).read(body, NOW)


def events(body: dict[str, Any]) -> list[Any]:
    return [entry.event for entry in read(body).entries]


def the_event(body: dict[str, Any]) -> Any:
    (found,) = events(body)
    return found


def in_chat(message: str) -> Address:
    return Address(surface="teams", channel=CHAT, thread=message, message=message)


def in_thread(message: str) -> Address:
    return Address(surface="teams", channel=CHANNEL, thread=ROOT, message=message)


# Messages.


def test_a_personal_message_is_a_root_of_its_own() -> None:
    (entry,) = read(message("My VPN fails")).entries

    assert entry.event == MessageReceived(
        workspace=TENANT,
        address=in_chat("1764412800123"),
        author=MIA,
        text="My VPN fails",
        sent_at=SENT,
        direct=True,
    )
    assert entry.lane == f"in:{CHAT}"


def test_a_message_in_a_handoff_thread_needs_no_mention_and_keeps_the_order_of_its_thread() -> None:
    (entry,) = read(message("I have a look", thread=ROOT)).entries

    assert isinstance(entry.event, MessageReceived)
    assert entry.event.address == in_thread("1764412800123")
    assert not entry.event.direct
    assert entry.lane == f"in:{CHANNEL}:{ROOT}"


@pytest.mark.parametrize(
    "body",
    [
        message("Lunch?", chat=f"{OTHER_CHANNEL};messageid={ROOT}"),
        message("Good morning", thread="1764412800123"),
        message("Hello", chat="19:group@unq.gbl.spaces", conversation={"id": "19:g", "conversationType": "groupChat"}),
        message_of({"id": "28:another-bot", "name": "Bot"}),
        message_of({"id": f"28:{APP}"}),
        message_of({}),
    ],
    ids=["another channel", "a root in a handoff channel", "a group chat", "another bot", "ourselves", "nobody"],
)
def test_other_messages_are_dropped(body: dict[str, Any]) -> None:
    assert read(body).entries == ()


@pytest.mark.parametrize(
    ("text", "identifiers"),
    [
        ("<at>Help Desk</at> HD-12", ["HD-12"]),
        ("<at>Help Desk</at>&nbsp;HD-12, 1764412700000", ["HD-12", "1764412700000"]),
        ("<at>Help Desk</at>", []),
    ],
)
def test_a_mention_with_ids_alone_is_a_lookup(text: str, identifiers: list[str]) -> None:
    found = the_event(message(text, thread=ROOT, entities=[mention()]))

    assert isinstance(found, LookupRequested)
    assert [one.text for one in found.identifiers] == identifiers
    assert found.public


def test_a_mention_with_other_words_is_the_agents_reply_without_the_name_of_the_bot() -> None:
    found = the_event(message("<at>Help Desk</at> please restart it 2 times", thread=ROOT, entities=[mention()]))

    assert isinstance(found, MessageReceived)
    assert found.text == "please restart it 2 times"


def test_a_mention_outside_of_threads_is_a_lookup_whatever_it_says() -> None:
    body = message("<at>Help Desk</at> what is HD-12", thread="1764412800123", entities=[mention()])

    assert [one.text for one in the_event(body).identifiers] == ["HD-12"]


def test_others_who_are_mentioned_are_named() -> None:
    body = message("Ask <at>Ben &amp; Co</at>", entities=[mention("Ben &amp; Co", "29:ben")])

    assert the_event(body).text == "Ask @Ben & Co"


def test_the_html_is_read_where_it_says_more_than_the_text() -> None:
    html = "<p>Run</p><codeblock><code>ipconfig<br>/all</code></codeblock><ul><li>once</li><li>twice</li></ul>"

    assert the_event(message("Run ipconfig /all once twice", html=html)).text == (
        "Run\n\n```\nipconfig\n/all\n```\n\n• once\n• twice"
    )


def test_a_file_is_passed_on_by_its_address() -> None:
    file = {
        "contentType": "application/vnd.microsoft.teams.file.download.info",
        "content": {"downloadUrl": "https://x.example/secret", "uniqueId": "file-1", "fileType": "log"},
        "name": "vpn.log",
        "contentUrl": "https://acme.sharepoint.com/vpn.log",
    }
    (attached,) = the_event(message("See this", attachments=[file])).attached

    assert (attached.id, attached.name, attached.link) == ("file-1", "vpn.log", "https://acme.sharepoint.com/vpn.log")
    assert attached.url is None


def test_an_emoji_alone_has_no_words() -> None:
    assert the_event(message("👍")).wordless


def test_somebody_of_another_tenant_is_an_external() -> None:
    author = {"id": "29:x", "aadObjectId": "x", "tenantId": "other"}

    for text in ("Hi", "home"):
        assert the_event(message_of(author, text)).external


def test_a_mention_in_a_group_chat_says_only_that_the_bot_was_called() -> None:
    group = {"id": "19:g", "conversationType": "groupChat", "tenantId": TENANT}
    called = the_event(message("<at>Help Desk</at> Xanadu", conversation=group, entities=[mention()]))

    assert isinstance(called, CalledInGroup)
    assert "Xanadu" not in str(called)


# Commands and suggested actions.


@pytest.mark.parametrize("text", ["new", " New "])
def test_a_command_begins_a_new_topic(text: str) -> None:
    assert isinstance(the_event(message(text)), TopicStarted)


@pytest.mark.parametrize("text", ["home", "Help"])
def test_a_command_shows_the_home(text: str) -> None:
    assert the_event(message(text)) == HomeOpened(workspace=TENANT, surface="teams", person=MIA, filter=Filter())


def test_a_command_with_other_words_is_a_question() -> None:
    assert isinstance(the_event(message("new laptop")), MessageReceived)


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
def test_a_suggested_action_is_a_press_in_every_language(language: str) -> None:
    pressed = the_event(message(Catalog().in_language(language)(labels.TALK_TO_A_PERSON)))

    assert isinstance(pressed, Pressed)
    assert (pressed.button, pressed.subject, pressed.address) == (Button.PERSON, "", in_chat("1764412800123"))


# Edits, deletions and reactions.


def test_an_edit_and_an_undone_deletion_bring_the_words() -> None:
    for kind in ("editMessage", "undeleteMessage"):
        edited = the_event(activity("messageUpdate", text="My VPN works", channelData={"eventType": kind}))

        assert isinstance(edited, MessageEdited)
        assert (edited.text, edited.address, edited.direct) == ("My VPN works", in_chat("1764412800123"), True)


def test_two_edits_of_a_message_have_two_keys_and_one_that_is_sent_again_has_one() -> None:
    first = activity("messageUpdate", text="a")
    second = {**first, "timestamp": "2026-11-29T10:41:00Z"}

    keys = [read(body).entries[0].key for body in (first, first, second)]

    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize(
    ("chat", "address", "ours"),
    [
        (CHAT, in_chat("1764412800123"), False),
        (THREAD, in_thread("1764412800123"), False),
        (f"{CHANNEL};messageid=1764412800123", None, True),
    ],
)
def test_a_deletion_of_a_root_in_a_channel_may_be_that_of_a_card(chat: str, address: Any, ours: bool) -> None:
    deleted = the_event(activity("messageDelete", chat=chat, channelData={"eventType": "softDeleteMessage"}))

    assert isinstance(deleted, MessageDeleted)
    assert deleted.ours is ours
    assert address in (None, deleted.address)


@pytest.mark.parametrize(("kind", "marks"), [("1f9e0_brain", True), ("1f9e0", True), ("like", False)])
def test_a_brain_marks_a_message_as_the_beginning_of_an_article(kind: str, marks: bool) -> None:
    body = activity("messageReaction", chat=THREAD, replyToId="17", reactionsAdded=[{"type": kind}])

    assert [type(one) for one in events(body)] == ([MessageMarked] if marks else [])
    assert all(one.address == in_thread("17") for one in events(body))


# Presses.


@pytest.mark.parametrize("control", actions.VERBS, ids=str)
def test_whatever_can_be_pressed_is_a_press_on_its_subject(control: Control) -> None:
    pressed = the_event(execute(actions.VERBS[control], {"subject": "hof_1", "delivery": "eff_1", "edition": 2}))

    assert isinstance(pressed, Pressed)
    assert (pressed.button, pressed.subject, pressed.address) == (control, "hof_1", in_thread(ROOT))
    assert (pressed.at, pressed.pressed_at, pressed.direct) == (NOW, SENT, False)
    assert pressed.trigger == "f:1"


def test_every_control_has_a_verb_of_its_own() -> None:
    assert len(actions.CONTROLS) == len(actions.VERBS)
    assert {*Button, *Rating, *Score} <= set(actions.VERBS)


def test_a_press_in_a_personal_chat_is_on_the_message_that_was_answered() -> None:
    pressed = the_event(execute("solved", {"subject": "hof_1"}, chat=CHAT, replyToId="17"))

    assert (pressed.address, pressed.direct) == (in_chat("17"), True)


def test_an_answered_question_in_ones_own_chat_is_taken_away() -> None:
    answered = the_event(execute("claim_and_send", {"subject": "rel_1"}, chat=CHAT, replyToId="17"))
    on_card = the_event(execute("claim", {"subject": "hof_1"}))

    assert read_prompt(answered.private) == (CHAT, "17")
    assert on_card.private is None


def test_the_form_on_the_card_resolves_a_handoff() -> None:
    data = {"subject": "hof_1", "words": "A new cable", "outcome": "not_solvable", "reference": "true"}

    assert the_event(execute("resolve", data)) == ResolutionGiven(
        workspace=TENANT,
        surface="teams",
        person=MIA,
        subject="hof_1",
        text="A new cable",
        outcome=Outcome.NOT_SOLVABLE,
        as_reference=True,
    )


def test_the_form_on_the_card_assigns_a_handoff() -> None:
    pressed = the_event(execute("assign", {"subject": "hof_1", "assignee": "ben"}))

    assert (pressed.button, pressed.chosen) == (Transition.ASSIGN, "ben")


@pytest.mark.parametrize(("words", "text"), [("Better so", "Better so"), ("", " ")])
def test_the_form_below_a_draft_brings_its_text(words: str, text: str) -> None:
    pressed = the_event(execute("edit_draft", {"subject": "ans_1", "words": words}))

    assert (pressed.button, pressed.text) == (Button.EDIT_DRAFT, text)


def test_the_form_on_the_card_of_an_article_brings_its_words() -> None:
    data = {"subject": "art_1", "edition": 3, "title": "VPN", "question": "How?", "words": "So.", "category": "IT"}

    assert the_event(execute("article_edit", data)) == ArticleWritten(
        workspace=TENANT,
        surface="teams",
        person=MIA,
        subject="art_1",
        title="VPN",
        question="How?",
        text="So.",
        category="IT",
        edition=3,
    )
    approved = the_event(execute("article_approve", {"subject": "art_1", "edition": 3}))
    assert (approved.button, approved.edition) == (ArticleTransition.APPROVE, 3)


def test_a_press_on_the_home_counts_in_the_thread_of_the_request() -> None:
    data = {"subject": "hof_1", "place": actions.place_data(CHAT, "12"), "home": {"show": "mine"}}
    pressed = the_event(execute("close_request", data, chat=CHAT, replyToId="17"))

    assert pressed.address == in_chat("12")
    assert pressed.home == Filter(show="mine")


def test_the_home_is_filtered_and_searched_on_its_card() -> None:
    data = {"show": "*", "rule": "unsure answer", "words": "  vpn \n client "}

    assert the_event(execute("show_home", data, chat=CHAT)).filter == Filter(rule="unsure answer", words="vpn client")


def test_the_ids_of_a_card_are_shown_to_whoever_pressed() -> None:
    found = the_event(execute("show_ids", {"subject": "hof_1"}))

    assert (found.public, found.address) == (False, in_thread(ROOT))
    assert [(one.channel, one.message) for one in found.identifiers] == [(CHANNEL, ROOT)]


# Verdicts.

REASONS = {
    "a string": "too vague",
    "JSON in a string": json.dumps({"feedbackText": "too vague"}),
    "an object": {"feedbackText": "too vague"},
}


@pytest.mark.parametrize("words", REASONS.values(), ids=REASONS.keys())
def test_a_verdict_with_a_reason_is_two_events_in_one_lane(words: object) -> None:
    first, second = read(feedback("dislike", words)).entries

    assert isinstance(first.event, Pressed)
    assert (first.event.button, first.event.subject) == (Rating.BAD, "")
    assert first.event.address == in_chat("1764412801000")
    assert second.event == ReasonGiven(
        workspace=TENANT,
        surface="teams",
        person=MIA,
        subject="",
        text="too vague",
        address=in_chat("1764412801000"),
    )
    assert first.lane == second.lane
    assert first.key != second.key


@pytest.mark.parametrize("words", [None, "", "  ", "{}", {}, '{"feedbackText": ""}', 7, []])
def test_a_verdict_without_a_reason_is_one_event(words: object) -> None:
    assert the_event(feedback("like", words)).button is Rating.GOOD


def test_a_verdict_may_not_tell_its_message() -> None:
    assert the_event(feedback("like", replyToId=None)).address == in_chat("")


@pytest.mark.parametrize("value", [None, {}, {"actionValue": "like"}, {"actionValue": {"reaction": "love"}}])
def test_a_verdict_that_is_none_is_ignored(value: object) -> None:
    assert events(feedback("like", value=value)) == []


# What is known of people and places.


def test_a_message_tells_how_to_reach_its_author() -> None:
    assert read(message("Hello")).contact == Contact(
        kind=PlaceKind.PERSONAL,
        conversation=CHAT,
        service_url=SERVICE,
        tenant=TENANT,
        person=MIA,
        mri=MRI,
        name="Mia Muster",
        locale="de-DE",
        utc_offset=3600,
    )


def test_a_message_in_a_channel_tells_of_its_team_even_where_it_is_dropped() -> None:
    contact = read(message("Lunch?", chat=f"{OTHER_CHANNEL};messageid={ROOT}")).contact

    assert contact is not None
    assert (contact.kind, contact.conversation, contact.group) == (PlaceKind.CHANNEL, OTHER_CHANNEL, "group")
    assert not contact.shared


def test_a_shared_channel_is_told() -> None:
    shared = {"channel": {"id": CHANNEL, "type": "shared"}, "tenant": {"id": TENANT}}
    contact = read(message("Hello", thread=ROOT, channelData=shared)).contact

    assert contact is not None
    assert contact.shared


def test_a_person_without_an_id_in_the_directory_has_the_id_of_the_chat() -> None:
    assert the_event(message_of({"id": MRI})).author == MRI


@pytest.mark.parametrize(
    ("action", "greets", "reachable"),
    [("add", True, True), ("add-upgrade", False, True), ("remove-upgrade", False, True), ("remove", False, False)],
)
def test_the_app_greets_once_it_is_added_and_knows_when_it_is_removed(
    action: str, greets: bool, reachable: bool
) -> None:
    received = read(activity("installationUpdate", id="f:3", action=action))

    assert [type(entry.event) for entry in received.entries] == ([AppInstalled] if greets else [])
    assert received.contact is not None
    assert received.contact.reachable is reachable


def test_an_installation_in_a_team_greets_nobody() -> None:
    assert events(activity("installationUpdate", id="f:3", action="add", chat=CHANNEL)) == []


# What nobody should send.


@pytest.mark.parametrize(
    ("body", "invoke"),
    [
        (execute("claim"), Invoke.CARD_ACTION),
        (execute("no-such-verb"), Invoke.CARD_ACTION),
        (feedback("like"), Invoke.FEEDBACK),
        (activity("invoke", name="message/fetchTask", value={}), Invoke.FEEDBACK),
        (activity("invoke", name="signin/verifyState"), Invoke.OTHER),
        (message("Hello"), None),
    ],
)
def test_an_invoke_is_told_by_its_kind(body: dict[str, Any], invoke: Invoke | None) -> None:
    assert read(body).invoke is invoke


@pytest.mark.parametrize(
    ("body", "understood"),
    [
        (activity("conversationUpdate", channelData={"eventType": "channelShared"}), True),
        (activity("event", name="x"), False),
        (activity("invoke", name="task/fetch"), False),
        ({}, False),
        ({"type": "message"}, False),
        ({**message("Hi"), "conversation": "a:1"}, False),
        ({**message("Hi"), "id": 17}, False),
    ],
)
def test_what_is_not_known_is_ignored_and_said(body: dict[str, Any], understood: bool) -> None:
    received = read(body)

    assert received.entries == ()
    assert received.understood is understood


@pytest.mark.parametrize(
    "timestamp", [None, 5, "", "yesterday", "2026-13-01T00:00:00Z", "9999-12-31T23:59:59.9999999-23:59", "0001-01-01"]
)
def test_a_time_that_is_none_is_that_of_the_arrival_or_harmless(timestamp: object) -> None:
    found = the_event({**message("Hi"), "timestamp": timestamp})

    assert isinstance(found.sent_at, float)


NAMES = st.sampled_from(
    (
        "type id text value from conversation channelData name action data verb reactionsAdded attachments entities "
        "timestamp replyToId recipient mentioned content contentType actionValue reaction feedback subject edition"
    ).split()
)
KINDS = "message invoke messageUpdate messageReaction installationUpdate adaptiveCard/action resolve add like personal"
VALUES = st.sampled_from([*KINDS.split(), CHAT, THREAD, "message/submitAction", "text/html", "<at>x", "\ud800", "\x00"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | VALUES | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=12,
)


@given(st.dictionaries(NAMES, ANYTHING), st.sampled_from([{}, message("Hi"), execute("resolve"), feedback("like")]))
def test_any_json_object_is_read_without_an_exception(body: dict[str, Any], base: dict[str, Any]) -> None:
    received = read({**base, **body})

    assert len(received.entries) <= 2
    for entry in received.entries:
        # It can be stored: without NUL, and in UTF-8.
        assert b"\x00" not in encode_json(type(entry.event), entry.event).encode() + entry.key.encode()
