"""The local Slack accepts and refuses the same blocks as Slack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.slack.block_validation import message_problems, rendered_length, view_problems
from sandbox.slack.mentions import mentions_in_attachments, mentions_in_blocks, mentions_in_text

DATA = Path(__file__).parents[2] / "data"
VALID: dict[str, Any] = json.loads((DATA / "blockkit-valid-fixtures.json").read_text())
INVALID: list[dict[str, str]] = json.loads((DATA / "blockkit-invalid-cases.json").read_text())["cases"]

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(**more: Any) -> Json:
    return {"type": "section", "text": mrkdwn("Hello"), **more}


def button(**more: Any) -> Json:
    return {"type": "button", "action_id": "go", "text": plain("Go"), **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def with_input(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain("Name"), "element": element, **more}


def option(**more: Any) -> Json:
    return {"text": plain("One"), "value": "1", **more}


def select(**more: Any) -> Json:
    return {"type": "static_select", "action_id": "pick", "placeholder": plain("Pick"), **more}


def group(count: int = 1, label: str = "Group") -> Json:
    return {"label": plain(label), "options": [option()] * count}


def confirm(**more: Any) -> Json:
    texts = {"title": plain("Sure?"), "text": plain("Really?"), "confirm": plain("Yes"), "deny": plain("No")}
    return button(confirm={**texts, **more})


def image(**more: Any) -> Json:
    return {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "A", **more}


def video(**more: Any) -> Json:
    return {**VALID["blocks/video_block_full"], **more}


def card(**more: Any) -> Json:
    return {"type": "card", "title": mrkdwn("A"), **more}


def container(**more: Any) -> Json:
    return {"type": "container", "title": plain("A"), "child_blocks": [section()], **more}


def thumbs(**positive: Any) -> Json:
    good = {"text": plain("Helpful"), "value": "good", **positive}
    bad = {"text": plain("Not helpful"), "value": "bad"}
    return {"type": "feedback_buttons", "action_id": "vote", "positive_button": good, "negative_button": bad}


def context_actions(*elements: Json) -> Json:
    return {"type": "context_actions", "elements": list(elements)}


def trash(**more: Any) -> Json:
    return {"type": "icon_button", "action_id": "bin", "icon": "trash", "text": plain("Delete"), **more}


def table(*rows: int, **more: Any) -> Json:
    cells = [[{"type": "raw_text", "text": "x"}] * width for width in rows]
    return {"type": "table", "rows": cells, **more}


def source(url: str) -> Json:
    task = {"type": "task_card", "task_id": "1", "title": "A", "status": "complete"}
    return {**task, "sources": [{"type": "url", "url": url, "text": "A"}]}


def modal(**more: Any) -> Json:
    return {"type": "modal", "title": plain("Form"), "blocks": [section()], **more}


INVALID_BLOCKS: dict[str, Json] = {
    "text-empty": section(text=mrkdwn("")),
    "text-too-long": {"type": "context", "elements": [mrkdwn("x" * 3001)]},
    "button-action-id-too-long": actions(button(action_id="x" * 256)),
    "button-text-too-long": actions(button(text=plain("x" * 76))),
    "button-url-too-long": actions(button(url="https://example.com/" + "x" * 2981)),
    "button-value-too-long": actions(button(value="x" * 2001)),
    "button-accessibility-label-too-long": actions(button(accessibility_label="x" * 76)),
    "confirmation-title-too-long": actions(confirm(title=plain("x" * 101))),
    "confirmation-text-too-long": actions(confirm(text=plain("x" * 301))),
    "confirmation-confirm-too-long": actions(confirm(confirm=plain("x" * 31))),
    "confirmation-deny-too-long": actions(confirm(deny=plain("x" * 31))),
    "option-text-too-long": actions(select(options=[option(text=plain("x" * 76))])),
    "option-value-too-long": actions(select(options=[option(value="x" * 151)])),
    "option-url-too-long": actions(
        {"type": "overflow", "action_id": "o", "options": [option(url="\U0001f600" * 3001)]}
    ),
    "option-description-too-long": actions(select(options=[option(description=plain("x" * 76))])),
    "option-group-label-too-long": actions(select(option_groups=[group(label="x" * 76)])),
    "option-group-empty": actions(select(option_groups=[group(0)])),
    "option-group-too-many-options": actions(select(option_groups=[group(101)])),
    "select-placeholder-too-long": actions(select(options=[option()], placeholder=plain("x" * 151))),
    "select-too-many-options": actions(select(options=[option()] * 101)),
    "select-too-many-option-groups": actions(select(option_groups=[group()] * 101)),
    "overflow-empty": actions({"type": "overflow", "action_id": "o", "options": []}),
    "overflow-too-many-options": actions({"type": "overflow", "action_id": "o", "options": [option()] * 6}),
    "checkboxes-empty": actions({"type": "checkboxes", "action_id": "c", "options": []}),
    "checkboxes-too-many-options": actions({"type": "checkboxes", "action_id": "c", "options": [option()] * 11}),
    "radio-buttons-empty": actions({"type": "radio_buttons", "action_id": "r", "options": []}),
    "radio-buttons-too-many-options": actions({"type": "radio_buttons", "action_id": "r", "options": [option()] * 11}),
    "url-source-url-empty": source(""),
    "url-source-url-too-long": source("https://example.com/" + "x" * 2981),
    "table-too-many-rows": table(*[1] * 101),
    "table-ragged-rows": table(2, 1),
    "table-column-settings-mismatch": table(1, column_settings=[{"align": "left"}] * 2),
    "file-input-max-files-too-small": with_input({"type": "file_input", "action_id": "f", "max_files": 0}),
    "file-input-max-files-too-large": with_input({"type": "file_input", "action_id": "f", "max_files": 11}),
    "plain-text-input-max-length-too-large": with_input(
        {"type": "plain_text_input", "action_id": "t", "max_length": 3001}
    ),
    "actions-too-many-elements": actions(*(button(action_id=f"a{number}") for number in range(26))),
    "context-too-many-elements": {"type": "context", "elements": [mrkdwn("x")] * 11},
    "header-text-too-long": {"type": "header", "text": plain("x" * 151)},
    "image-url-too-long": image(image_url="https://example.com/" + "x" * 2981),
    "image-alt-text-too-long": image(alt_text="x" * 2001),
    "input-label-too-long": with_input({"type": "plain_text_input", "action_id": "t"}, label=plain("x" * 2001)),
    "input-hint-too-long": with_input({"type": "plain_text_input", "action_id": "t"}, hint=plain("x" * 2001)),
    "markdown-empty": {"type": "markdown", "text": ""},
    "markdown-too-long": {"type": "markdown", "text": "x" * 12_001},
    "section-text-too-long": section(text=mrkdwn("x" * 3001)),
    "section-too-many-fields": section(fields=[mrkdwn("x")] * 11),
    "section-field-too-long": section(fields=[mrkdwn("x" * 2001)]),
    "section-missing-content": {"type": "section", "block_id": "b"},
    "video-alt-text-empty": video(alt_text=""),
    "video-alt-text-too-long": video(alt_text="x" * 201),
    "video-title-too-long": video(title=plain("x" * 201)),
    "video-author-name-too-long": video(author_name="x" * 51),
    "video-description-too-long": video(description=plain("x" * 201)),
    "video-provider-name-too-long": video(provider_name="x" * 51),
    "static-select-options-and-groups": actions(select(options=[option()], option_groups=[group()])),
    "image-url-and-slack-file": image(slack_file={"id": "F1"}),
    "number-input-inverted-range": with_input(
        {"type": "number_input", "action_id": "n", "is_decimal_allowed": False, "min_value": "9", "max_value": "1"}
    ),
    "context-invalid-element": {"type": "context", "elements": [button()]},
    "input-invalid-element": with_input(button()),
    "block-id-too-long": section(block_id="x" * 256),
    "alert-text-too-long": {"type": "alert", "text": mrkdwn("x" * 201), "level": "info"},
    "card-title-too-long": card(title=mrkdwn("x" * 151)),
    "card-subtitle-too-long": card(subtitle=mrkdwn("x" * 151)),
    "card-body-too-long": card(body=mrkdwn("x" * 201)),
    "card-too-many-actions": card(actions=[button(action_id=f"a{number}") for number in range(4)]),
    "card-subtext-too-long": card(subtext=mrkdwn("x" * 201)),
    "carousel-empty": {"type": "carousel", "elements": []},
    "carousel-too-many-cards": {"type": "carousel", "elements": [card()] * 11},
    "container-title-too-long": container(title=plain("x" * 151)),
    "container-subtitle-too-long": container(subtitle=mrkdwn("x" * 151)),
    "container-too-many-child-blocks": container(child_blocks=[section()] * 11),
    "context-actions-too-many-elements": context_actions(*(trash(action_id=f"a{number}") for number in range(6))),
    "feedback-button-text-too-long": context_actions(thumbs(text=plain("x" * 76))),
    "feedback-button-value-too-long": context_actions(thumbs(value="x" * 2001)),
    "feedback-button-accessibility-label-too-long": context_actions(thumbs(accessibility_label="x" * 76)),
    "icon-button-too-many-visible-users": context_actions(trash(visible_to_user_ids=["U1"] * 11)),
}
INVALID_VIEWS: dict[str, Json] = {
    "view-missing-blocks": modal(blocks=[]),
    "view-too-many-blocks": modal(blocks=[section()] * 101),
    "view-private-metadata-too-long": modal(private_metadata="x" * 3001),
    "view-callback-id-too-long": modal(callback_id="x" * 256),
    "view-title-too-long": modal(title=plain("x" * 25)),
    "view-close-too-long": modal(close=plain("x" * 25)),
    "view-submit-too-long": modal(submit=plain("x" * 25)),
}
NOT_MODELLED = ("data-", "pie-chart", "chart-", "axis-")


@pytest.mark.parametrize("name", [name for name in VALID if name.startswith("blocks/")])
def test_a_valid_block_is_taken(name: str) -> None:
    assert message_problems([VALID[name]]) == []


@pytest.mark.parametrize("name", [name for name in VALID if name.startswith("views/")])
def test_a_valid_view_is_taken(name: str) -> None:
    assert view_problems(VALID[name]) == []


@pytest.mark.parametrize("name", [name for name in VALID if name.startswith("messages/message")])
def test_the_blocks_of_a_valid_message_are_taken(name: str) -> None:
    assert message_problems(VALID[name].get("blocks", [])) == []


@pytest.mark.parametrize("case", INVALID_BLOCKS)
def test_an_invalid_block_is_refused(case: str) -> None:
    assert message_problems([INVALID_BLOCKS[case]])


@pytest.mark.parametrize("case", INVALID_VIEWS)
def test_an_invalid_view_is_refused(case: str) -> None:
    assert view_problems(INVALID_VIEWS[case])


def test_every_known_invalid_case_is_tried_unless_its_block_is_not_modelled() -> None:
    tried = INVALID_BLOCKS.keys() | INVALID_VIEWS.keys()

    assert [case["id"] for case in INVALID if case["id"] not in tried and not case["id"].startswith(NOT_MODELLED)] == []


def test_the_builders_of_invalid_blocks_build_valid_ones_when_left_alone() -> None:
    blocks = [
        section(),
        actions(confirm()),
        actions(select(options=[option()])),
        actions(select(option_groups=[group()])),
        with_input({"type": "plain_text_input", "action_id": "t"}),
        image(),
        video(),
        card(),
        container(),
        context_actions(thumbs(), trash()),
        table(2, 2),
        source("https://example.com"),
    ]

    assert message_problems(blocks) == []
    assert view_problems(modal()) == []


@pytest.mark.parametrize(
    ("blocks", "reason"),
    [
        ([section()] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
        ([section(block_id="a"), section(block_id="a")], "block_id already exists"),
        ([actions(button(), button())], "action_id already exists"),
        ([actions(thumbs())], "unsupported type: feedback_buttons"),
        ([actions(trash())], "unsupported type: icon_button"),
        ([context_actions(button())], "unsupported type: button"),
        ([actions(button(text=mrkdwn("Go")))], "must be one of: plain_text"),
        ([{"type": "header", "text": mrkdwn("A")}], "must be one of: plain_text"),
        ([{"type": "markdown", "text": "x" * 7_000}] * 2, "markdown text must be less than 12001 characters"),
        ([{"type": "sektion"}], "unsupported type: sektion"),
        ([section(colour="red")], "invalid additional property"),
        (["section"], "unsupported type: section"),
        ([{"type": "context_actions", "elements": [{"type": "feedback_buttons"}]}], "missing required field"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_the_models_of_the_sdk_let_pass_is_refused_too(blocks: list[Any], reason: str) -> None:
    assert any(reason in problem for problem in message_problems(blocks))


@pytest.mark.parametrize(
    ("view", "reason"),
    [
        (modal(blocks=[{"type": "markdown", "text": "x"}]), "unsupported type: markdown"),
        (modal(blocks=[context_actions(thumbs())]), "unsupported type: context_actions"),
        (modal(blocks=[with_input({"type": "plain_text_input", "action_id": "t"})]), "missing required field: submit"),
        ({"type": "modal", "blocks": [section()]}, "missing required field: title"),
        (modal(title=mrkdwn("Form")), "must be one of: plain_text"),
        ({"type": "drawer", "blocks": [section()]}, "must be one of: modal, home"),
        ({"type": "home", "blocks": [section()], "submit": plain("Go")}, "invalid additional property"),
        ("modal", "must provide an object"),
    ],
)
def test_a_view_that_slack_would_not_show_is_refused(view: Any, reason: str) -> None:
    assert any(reason in problem for problem in view_problems(view))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["type", "text", "elements", "options", "fields", "rows", "confirm", "element"]),
                inner | st.sampled_from(["section", "actions", "table", "input", "button", "plain_text", "card"]),
                max_size=4,
            )
        ),
        max_leaves=8,
    )
)
def test_nonsense_is_refused_and_never_breaks_the_check(nonsense: Any) -> None:
    assert message_problems([nonsense]) or nonsense.get("type") == "divider"
    view_problems(nonsense)


def test_the_rendered_length_counts_what_people_read() -> None:
    blocks = [section(), {"type": "markdown", "text": "1234"}, actions(button(value="not shown"))]

    assert rendered_length(blocks) == len("Hello") + 4 + len("Go")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a <!channel> b <!here|here> c", ("<!channel>", "<!here|here>")),
        ("<@U012AB> and <#C0X|general> and <!subteam^S1>", ("<@U012AB>", "<#C0X|general>", "<!subteam^S1>")),
        ("&lt;!channel&gt; `@here` <https://example.com>", ()),
        ("<!date^1^{date}|x>", ()),
    ],
)
def test_mentions_are_found_in_text(text: str, found: tuple[str, ...]) -> None:
    assert mentions_in_text(text) == found


def test_bare_names_count_only_when_slack_is_asked_to_link_names() -> None:
    assert mentions_in_text("@channel me@here.example") == ()
    assert mentions_in_text("@channel me@here.example", link_names=True) == ("@channel",)


def test_mentions_are_found_in_blocks_where_slack_parses_them() -> None:
    leaf = {"type": "text", "text": "<!channel>"}
    rich = {"type": "rich_text_section", "elements": [leaf, {"type": "user", "user_id": "U1"}]}
    blocks = [
        section(text=mrkdwn("<!channel>"), fields=[plain("<!here>")]),
        {"type": "markdown", "text": "<@U2>"},
        {"type": "header", "text": plain("<!everyone>")},
        {"type": "rich_text", "elements": [rich]},
        actions(button(value="<!channel>")),
    ]

    assert mentions_in_blocks(blocks) == ("<!channel>", "<@U2>", "<@U1>")


def test_mentions_are_found_in_attachments() -> None:
    attachment = {"text": "<!here>", "fields": [{"title": "A", "value": "<@U1>"}], "blocks": [section()]}

    assert mentions_in_attachments([attachment]) == ("<!here>", "<@U1>")
