"""Block Kit is rendered to HTML without any active content."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.demo.block_html import render_attachments, render_blocks, render_form, render_markdown, summary
from sandbox.demo.mrkdwn_html import Names, as_sent, as_typed, mrkdwn

NAMES = Names(people={"U1": "Mia", "U2": "<b>Ada</b>"}, channels={"C1": "support"}, groups={"S1": "on-call"})
HARMLESS = set(
    "a blockquote br button code dd div dl dt em h1 h2 h3 h4 h5 h6 hr label li ol option p pre s section select small "
    "span strong table tbody td textarea th thead time tr ul".split()
)
NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<javascript:alert(1)|press me>",
    "[press me](javascript:alert(1))",
    "![x](https://example.com/pixel.png)",
    "<data:text/html,hello|x>",
    "*<script>*",
    "`<script>`",
    "```<script>```",
    '<https://example.com/" onclick="alert(1)|x>',
]
nasty_text = st.lists(st.one_of(st.sampled_from(NASTY), st.text(max_size=20)), max_size=4).map("".join)


class Inspector(HTMLParser):
    """A parser that collects the elements of HTML and their attributes."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


def dangers(markup: str) -> list[str]:
    """Returns the elements, attributes and URLs that could run code or load something."""
    found = []
    for tag, attributes in Inspector(markup).elements:
        found += [tag] if tag not in HARMLESS else []
        found += [name for name in attributes if name.startswith("on") or name in ("src", "style", "srcset")]
        address = attributes.get("href")
        if address is not None and not address.lower().startswith(("http://", "https://", "mailto:")):
            found.append(address)
    return found


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def every_block_with(text: str) -> list[dict[str, Any]]:
    plain = {"type": "plain_text", "text": text}
    leaf = {"type": "text", "text": text, "style": {"bold": True}}
    button = {"type": "button", "text": plain, "action_id": text, "value": text, "style": text}
    option = {"text": plain, "value": text}
    menu = {"type": "static_select", "action_id": text, "options": [option], "initial_option": option}
    people = {"type": "users_select", "action_id": text, "placeholder": plain}
    thumb = {"text": plain, "value": text, "accessibility_label": text}
    return [
        section(text),
        {"type": "section", "fields": [{"type": "mrkdwn", "text": text}, plain], "accessory": button},
        {"type": "header", "text": plain},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": text}]},
        {"type": "actions", "elements": [button, {**button, "url": text}, menu, people, {"type": text}]},
        {
            "type": "context_actions",
            "elements": [
                {"type": "feedback_buttons", "action_id": text, "positive_button": thumb, "negative_button": thumb}
            ],
        },
        {"type": "markdown", "text": text},
        {
            "type": "rich_text",
            "elements": [
                {"type": "rich_text_section", "elements": [leaf, {"type": "link", "url": text, "text": text}]},
                {"type": "rich_text_list", "elements": [{"type": "rich_text_section", "elements": [leaf]}]},
                {"type": "rich_text_quote", "elements": [{"type": "user", "user_id": text}]},
                {"type": "rich_text_preformatted", "elements": [leaf, {"type": "emoji", "name": text}]},
            ],
        },
        {"type": "table", "rows": [[{"type": "raw_text", "text": text}], [rich_cell(leaf)]]},
        {"type": "divider"},
        {"type": text},
    ]


def rich_cell(leaf: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [leaf]}]}


@given(nasty_text)
def test_nothing_in_a_message_comes_out_alive(text: str) -> None:
    assert dangers(render_blocks(every_block_with(text), NAMES)) == []
    forwarded = {"is_share": True, "author_name": text, "text": text, "blocks": every_block_with(text)}
    assert dangers(render_attachments([forwarded], NAMES)) == []


def test_what_is_forwarded_and_pasted_can_be_read() -> None:
    leaf = {"type": "text", "text": "1,200"}
    pasted = {"blocks": [{"type": "table", "rows": [[{"type": "raw_text", "text": "Amount"}], [rich_cell(leaf)]]}]}

    shown = render_attachments([{"is_share": True, "author_name": "Tom", "text": "error *809*"}, pasted], NAMES)

    assert "<blockquote><strong>Tom</strong><p>error <strong>809</strong></p></blockquote>" in shown
    assert "<th>Amount</th>" in shown
    assert "<td>1,200</td>" in shown


@given(nasty_text)
def test_nothing_in_a_form_comes_out_alive(text: str) -> None:
    element = {"type": "plain_text_input", "action_id": text, "multiline": True, "initial_value": text}
    label = {"type": "plain_text", "text": text}
    blocks = [{"type": "input", "block_id": "b", "label": label, "hint": label, "element": element}]

    assert dangers(render_form(blocks, {"b": text}, NAMES)) == []


@pytest.mark.parametrize("text", NASTY)
def test_what_is_refused_stays_readable(text: str) -> None:
    shown = mrkdwn(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"), NAMES)

    assert dangers(shown) == []
    assert "&lt;" in shown or "<" not in text


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("*bold* and _italic_ and ~gone~", "<p><strong>bold</strong> and <em>italic</em> and <s>gone</s></p>"),
        ("a_b_c 2*3*4", "<p>a_b_c 2*3*4</p>"),
        ("*bold with `code`*", "<p><strong>bold with <code>code</code></strong></p>"),
        ("<@U1> in <#C1>", '<p><span class="mention">@Mia</span> in <span class="mention">#support</span></p>'),
        ("<@U2>", '<p><span class="mention">@&lt;b&gt;Ada&lt;/b&gt;</span></p>'),
        ("<!date^1795600800^{time}|11:00>", '<p><time data-seconds="1795600800">11:00</time></p>'),
        (
            "by <!date^1795600800^{date_short_pretty}, {time}|today>",
            '<p>by <time data-seconds="1795600800" data-day>today</time></p>',
        ),
        ("<!date^soon^{time}|11:00>", "<p>11:00</p>"),
        ("<!subteam^S1>", '<p><span class="mention">@on-call</span></p>'),
        ("<!here>", '<p><span class="mention">@here</span></p>'),
        (
            "<https://example.com/a?b=1&amp;c=2|HD-1>",
            '<p><a href="https://example.com/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer">HD-1</a></p>',
        ),
        (
            "It is here: https://example.com/a?b=1&amp;c=2. *https://example.com/b*",
            '<p>It is here: <a href="https://example.com/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer">'
            "https://example.com/a?b=1&amp;c=2</a>. "
            '<strong><a href="https://example.com/b" target="_blank" rel="noopener noreferrer">https://example.com/b</a>'
            "</strong></p>",
        ),
        ("`https://example.com`", "<p><code>https://example.com</code></p>"),
        ("<javascript:alert(1)|press>", "<p>press (javascript:alert(1))</p>"),
        ("1 &lt; 2 &amp;amp; 3", "<p>1 &lt; 2 &amp;amp; 3</p>"),
        (":wave: and :no-such-thing:", "<p>👋 and :no-such-thing:</p>"),
        (">quoted\n>twice\nnot", "<blockquote>quoted<br>twice</blockquote><p>not</p>"),
        ("```a *b* &lt;c&gt;```", "<pre><code>a *b* &lt;c&gt;</code></pre>"),
    ],
)
def test_slack_markup_is_drawn_as_slack_draws_it(text: str, markup: str) -> None:
    assert mrkdwn(text, NAMES) == markup


def test_markdown_has_tables_and_its_links_open_apart() -> None:
    markup = render_markdown("|a|b|\n|-|-|\n|1|2|\n\n[here](https://example.com)")

    assert "<td>2</td>" in markup
    assert '<a href="https://example.com" target="_blank" rel="noopener noreferrer">here</a>' in markup


def test_angle_brackets_in_code_are_shown_as_such() -> None:
    assert render_markdown("`a &gt; b`\n\n```\nc &lt; d\n```") == (
        "<p><code>a &gt; b</code></p>\n<pre><code>c &lt; d\n</code></pre>"
    )


def test_a_button_carries_what_pressing_it_sends() -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "Claim"}, "action_id": "claim", "value": "h1"}

    ((_, attributes),) = (
        found
        for found in Inspector(render_blocks([{"type": "actions", "elements": [button]}], NAMES)).elements
        if found[0] == "button"
    )

    assert (attributes["data-action"], attributes["data-value"]) == ("claim", "h1")


def test_a_field_with_an_error_says_so_to_everybody() -> None:
    label = {"type": "plain_text", "text": "Why?"}
    element = {"type": "plain_text_input", "action_id": "why", "max_length": 20}
    blocks = [{"type": "input", "block_id": "b", "label": label, "element": element}]

    attributes = dict(Inspector(render_form(blocks, {"b": "Too short"}, NAMES)).elements)["input"]

    assert attributes["aria-invalid"] == "true"
    assert attributes["aria-describedby"] == "field-why-error"
    assert attributes["maxlength"] == "20"


def test_a_screen_reader_gets_words_without_markup() -> None:
    assert summary("<@U1>: *really*\n1 &lt; 2", NAMES) == "@Mia: really 1 < 2"


def test_a_menu_shows_what_is_chosen_and_of_people_all_but_bots() -> None:
    names = Names(people={"U1": "Mia", "U2": "Ada", "U3": "helpdesk"}, channels={}, bots=frozenset({"U3"}))
    every, high = ({"text": {"type": "plain_text", "text": text}, "value": text} for text in ("every", "high"))
    priority = {"type": "static_select", "action_id": "prio", "options": [every, high], "initial_option": high}
    assign = {"type": "users_select", "action_id": "to", "placeholder": {"type": "plain_text", "text": "Assign to"}}

    html = render_blocks([{"type": "actions", "elements": [priority, assign]}], names)

    options = [attributes for tag, attributes in Inspector(html).elements if tag == "option"]
    assert [(one["value"], "selected" in one, "disabled" in one) for one in options] == [
        ("every", False, False),
        ("high", True, False),
        ("", True, True),
        ("U1", False, False),
        ("U2", False, False),
    ]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("@helpdesk HD-1", "<@U3> HD-1"),
        ("ask @ADA, please", "ask <@U2>, please"),
        ("@nobody and ada@Ada.example", "@nobody and ada@Ada.example"),
        ("1 < 2 & <@U2>", "1 &lt; 2 &amp; &lt;@U2&gt;"),
    ],
)
def test_what_is_typed_is_sent_as_slacks_composer_sends_it(written: str, text: str) -> None:
    names = Names(people={"U2": "Ada", "U3": "helpdesk"}, channels={})

    assert as_sent(written, names) == text


@given(st.text(alphabet="@Ada &;<>lt", max_size=20))
def test_what_was_sent_can_be_edited_as_it_was_typed(written: str) -> None:
    names = Names(people={"U2": "Ada"}, channels={})

    assert as_typed(as_sent(written, names), names).lower() == written.lower()
