"""Markdown as Teams shows it, and the HTML that Teams makes of what people write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.teams.markdown import (
    LONGEST_TEXT,
    escape_markdown,
    plain_text,
    render_sentence,
    split_answer,
    teams_markdown,
    words_of_person,
)
from bot.teams.received.html import words_of_html

COMMONMARK = MarkdownIt("commonmark", {"html": True}).enable("strikethrough")
MARKUP = st.text(alphabet="ab `*_<>&|[]()#\n-!@:/.1$~=+\\;", max_size=80)


def kinds_in(markdown: str) -> set[str]:
    """Returns the kinds of everything that a reader of Markdown finds in a text."""
    found = COMMONMARK.parse(markdown)
    return {one.type for token in found for one in (token, *(token.children or ()))}


PLAIN = {"paragraph_open", "paragraph_close", "inline", "text", "text_special", "softbreak", "hardbreak"}


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("# How to\n\nDo **it**.", "**How to**\n\nDo **it**."),
        ("one\ntwo", "one  \ntwo"),
        ("- a\n- b\n  1. c", "- a\n- b\n  1. c"),
        ("> quoted\n> words", "> quoted  \n> words"),
        ("```sh\nls *.md <x>\n```", "```\nls *.md <x>\n```"),
        ("`a_b` and a_b", "`a_b` and a\\_b"),
        ("[guide](https://x.example/a_b)", "[guide](https://x.example/a_b)"),
        ("See https://x.example/a_b.", "See [https://x.example/a\\_b](https://x.example/a_b)."),
        ("[bank.example](https://evil.example)", "[bank.example (evil.example)](https://evil.example)"),
        ("[run](javascript:alert(1))", "run"),
        ("![screen](https://x.example/s.png)", "[screen](https://x.example/s.png)"),
        ("It is so [1].\n\n[1]: https://x.example", "It is so [\\[1\\]](https://x.example)."),
        ("<at>Ada</at> <script>x</script>", "&lt;at>Ada&lt;/at> &lt;script>x&lt;/script>"),
        ("AT&T &amp;amp; &lt;b>", "AT&T &amp;amp; &lt;b>"),
        ("a\n\n---\n\nb", "a\n\n———\n\nb"),
        ("| Step | Do |\n|---|---|\n| 1 | **Plug** |\n| 2 | |", "- **Step: 1** · Do: Plug\n- **Step: 2**"),
        ("שלום **עולם**", "שלום **עולם**"),
        ("- [ ] open\n- [x] done", "- ☐ open\n- ☑ done"),
    ],
)
def test_markdown_is_written_as_teams_shows_it(markdown: str, shown: str) -> None:
    assert teams_markdown(markdown) == shown


@given(MARKUP)
def test_a_second_pass_changes_nothing(markdown: str) -> None:
    written = teams_markdown(markdown)

    assert teams_markdown(written) == written


@given(MARKUP)
def test_nothing_in_an_answer_is_html_or_a_mention(markdown: str) -> None:
    assert not kinds_in(teams_markdown(markdown)) & {"html_inline", "html_block", "image", "heading_open", "table_open"}


@given(MARKUP)
def test_what_people_wrote_is_shown_character_by_character(text: str) -> None:
    assert kinds_in(escape_markdown(text)) <= PLAIN
    assert kinds_in(words_of_person(text)) <= PLAIN | {"fence", "link_open", "link_close"}


@given(st.text(alphabet="ab *_<>&|[]()#-!@:/.1$~=+\\;", max_size=80))
def test_an_escaped_text_reads_as_it_was_written(text: str) -> None:
    (block,) = COMMONMARK.parse(escape_markdown(f"x{text}x"))[1:2]

    assert "".join(token.content for token in block.children or ()) == f"x{text}x"


def test_fenced_code_of_people_stays_code() -> None:
    assert words_of_person("Look:\n```\na * b\n```\n*so*") == "Look:\n\n```\na * b\n```\n\n\\*so\\*"


def test_placeholders_of_a_sentence_are_replaced_unless_they_are_escaped() -> None:
    inserted = {"{person}": "<at>Ada</at>"}

    assert render_sentence("{person}: **{name}** \\{person\\}", inserted) == "<at>Ada</at>: **{name}** {person}"


def test_an_answer_is_split_where_code_is_closed_and_opened_again() -> None:
    parts = split_answer("```\n" + "line\n" * 5_000 + "```")

    assert len(parts) > 1
    assert all(len(part) <= LONGEST_TEXT for part in parts)
    assert all(part.startswith("```\n") and part.endswith("\n```") for part in parts)


@pytest.mark.parametrize("answer", ["", " \n", "<!-- -->", "&#8203;", "\u2800"])
def test_an_answer_without_visible_text_has_no_parts(answer: str) -> None:
    assert split_answer(answer) == ()


def test_plain_text_keeps_what_can_be_read() -> None:
    markdown = "# Title\n\n1. **a**\n2. [b](https://x.example)\n\n| x | y |\n|---|---|\n| 1 | 2 |"

    assert plain_text(markdown) == "Title\n\n1. a\n2. b (https://x.example)\n\nx | y\n1 | 2"


# The HTML of what people wrote.


def read(html: str, *, linked: bool = False) -> str:
    return words_of_html(html, lambda name: "" if name == "Help Desk" else f"@{name}", linked=linked)


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>Hello&nbsp;there</p><p>you</p>", "Hello there\n\nyou"),
        ("<div>a<br>b</div>", "a\nb"),
        ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "• a\n    • b\n• c"),
        ('<ol start="3"><li>a</li><li>b</li></ol>', "3. a\n4. b"),
        ("<pre>a  &lt; b\n\n\nc</pre>", "```\na  < b\n\n\nc\n```"),
        ("run <code>ls</code>", "run `ls`"),
        ("<blockquote><p>He said</p></blockquote><p>yes</p>", "> He said\n\nyes"),
        ('<a href="https://x.example/a">here</a>', "here (https://x.example/a)"),
        ('<a href="https://x.example/">x.example</a>', "x.example"),
        ("<table><tr><td>a|b</td><td>c</td></tr><tr><td>1</td></tr></table>", "| a\\|b | c |\n| --- | --- |\n| 1 |  |"),
        ('<img alt="🙂" itemtype="http://schema.skype.com/Emoji"> ok', "🙂 ok"),
        ('<at id="0">Help Desk</at> ask <at id="1">Ada</at>', "ask @Ada"),
        ('<span itemtype="http://schema.skype.com/Mention" itemid="0">Ada</span>', "@Ada"),
        ("<script>x</script><attachment id='1'></attachment>y", "y"),
        ("a &lt;b&gt; <unknown>c</unknown>", "a <b> c"),
    ],
)
def test_html_is_read_as_text_with_marks(html: str, words: str) -> None:
    assert read(html).strip() == words


def test_an_agents_link_becomes_a_link_again() -> None:
    assert read('<a href="https://x.example/a">here</a>', linked=True) == "[here](https://x.example/a)"


@given(
    st.lists(
        st.sampled_from(
            "<ul> </ul> <li> </li> <pre> </pre> <td> <tr> </table> <table> a </div> <p <a <br> <at> &".split()
        )
    )
)
def test_html_of_any_shape_is_read(tags: list[str]) -> None:
    assert isinstance(read("".join(tags)), str)


def test_deeply_nested_html_is_read() -> None:
    assert "x" in read("<div>" * 5_000 + "x" + "</div>" * 5_000)
