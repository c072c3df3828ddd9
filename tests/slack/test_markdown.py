"""Text between people, Markdown and Slack's markup."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from slack_sdk.models.blocks import MarkdownBlock, MarkdownTextObject, SectionBlock

from bot.chat_markdown.parser import parse
from bot.slack.markdown import (
    escape_mrkdwn,
    from_slack,
    mentioned,
    mrkdwn_parts,
    neutralise,
    plain_excerpt,
    split,
    with_names,
    wordless,
)
from tests.growth import grows_with_the_length_only

SLACK_TOKENS = [
    "<!channel>",
    "<!here>",
    "<@U012AB3CD>",
    "<#C012AB3CD>",
    "<!subteam^S012AB3CD>",
    "<https://a.example|b>",
]

# Pieces with a meaning in Markdown or Slack, to be combined at random.
PIECES = st.sampled_from(
    [
        *SLACK_TOKENS,
        *"< > & &lt; &amp; &#60; \\ ` `` ``` ~~~ * ** _ ~~ [ ] ( ) ![ ]( [a](b) # > - + 1. 2) | --- \n \n\n".split(" "),
        "    ",
        "\n> ",
        "\n- ",
        "\n1. ",
        "\n```\n",
        "\n| a | b |\n|---|---|\n| c | d |\n",
        "[https://bank.example](https://evil.example)",
        "[x](javascript:alert)",
        "[r]: https://evil.example\n",
        "https://a.example/?a=1&b=2",
        "word",
        "two words",
        "ü",
        "🙂",
    ]
)
MARKDOWN = st.lists(PIECES | st.text(max_size=5), max_size=25).map("".join)


# --- escape_mrkdwn and from_slack ---


@given(st.text())
@example("&lt;")
@example("&amp;lt;!channel&amp;gt;")
def test_what_is_escaped_comes_back_as_it_was(text: str) -> None:
    assert from_slack(escape_mrkdwn(text), {}) == text


@given(MARKDOWN)
def test_escaped_text_has_nothing_to_be_read_by_slack(text: str) -> None:
    assert "<" not in escape_mrkdwn(text)
    assert ">" not in escape_mrkdwn(text)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ("hello", "hello"),
        ("<@U123> and <@W9>", "@Mia and @W9"),
        ("<@U123|mia.m>", "@Mia"),
        ("<@U999|ben>", "@ben"),
        ("<#C1|general>", "#general"),
        ("<#C1>", "#C1"),
        ("<#C1|>", "#C1"),
        ("<!here> <!channel> <!everyone>", "@here @channel @everyone"),
        ("<!here|here>", "@here"),
        ("<!subteam^S1|@team>", "@team"),
        ("<!subteam^S1>", "@S1"),
        ("<!date^1700000000^{date_short}|Nov 14>", "Nov 14"),
        ("<!date^1700000000^{date_short}^https://a.example|Nov 14>", "Nov 14"),
        ("<https://a.example/x|the page>", "the page (https://a.example/x)"),
        ("<https://a.example/x>", "https://a.example/x"),
        ("<https://a.example/x|https://a.example/x>", "https://a.example/x"),
        ("<http://a.example|a.example>", "a.example"),
        ("<mailto:mia@a.example|mia@a.example>", "mia@a.example"),
        ("<mailto:mia@a.example|write to me>", "write to me (mia@a.example)"),
        ("<tel:+49301234|+49301234>", "+49301234"),
        ("<tel:+49301234|+49 30 1234>", "+49 30 1234"),
        ("<tel:+49301234|call me>", "call me (+49301234)"),
        ("<https://a.example/|a.example>", "a.example"),
        ("<https://a.example/?a=1&amp;b=2|a &lt; b>", "a < b (https://a.example/?a=1&b=2)"),
        ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
        ("&amp;lt;", "&lt;"),
        ("&lt;@U123&gt;", "<@U123>"),
        ("if a <b and c> d", "if a <b and c> d"),
        ("", ""),
    ],
)
def test_a_message_is_read_as_plain_words(sent: str, words: str) -> None:
    assert from_slack(sent, {"U123": "Mia"}) == words


def test_a_name_is_taken_as_it_is() -> None:
    assert from_slack("<@U1>", {"U1": "Mia &amp; <@U2>"}) == "@Mia &amp; <@U2>"


def test_people_without_a_name_are_found_before_and_after_reading() -> None:
    sent = "<@U012AB> asks <@W034CD> and <@U056EF|ada>, not @UPPZY or mia@U078GH.example"

    assert mentioned(sent) == {"U012AB", "W034CD"}
    assert mentioned(from_slack(sent, {})) == {"U012AB", "W034CD"}


def test_people_can_be_named_later() -> None:
    words = from_slack("<@U012AB> asks <@U034CD> in <#C1|help>", {})

    assert with_names(words, {"U012AB": "Mia"}) == "@Mia asks @U034CD in #help"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        ":smile:",
        ":+1::skin-tone-3:",
        "🙂👍🏽",
        "👩‍👩‍👧",
        "🇩🇪",
        "1️⃣ ℹ️",
        "???",
        ":thinking_face: ?!",
        "❤️ :100: …",
        "&",
    ],
)
def test_emoji_and_punctuation_are_no_words(text: str) -> None:
    assert wordless(text)


@pytest.mark.parametrize("text", ["hi", "10:30:45", "1", "ok :smile:", "日本", "é", "<@U012AB>"])
def test_letters_and_digits_are_words(text: str) -> None:
    assert not wordless(text)


# --- neutralise ---


@given(MARKDOWN)
@example("`<!channel>`")
@example("```\n<!channel>\n```")
@example("~~~<!here>\n<@U1>\n")
@example("\\<!channel>")
@example("&#60;!channel&#62;")
@example("![<!here>](https://a.example/<!here>)")
@example("[a](<https://a.example/<!here>>)")
def test_no_token_survives_in_a_neutral_text(markdown: str) -> None:
    safe = neutralise(markdown)

    assert "<" not in safe
    assert all(re.match(r"(\s*(?:[-+*]|\d+[.)])?)*>", line) for line in safe.split("\n") if ">" in line)
    assert "<" not in html_text(safe).replace("&lt;", "")


def html_text(markdown: str) -> str:
    """Returns what CommonMark would pass on as HTML."""
    tokens = MarkdownIt("commonmark").parse(markdown)
    return "".join(token.content for token in flat(tokens) if token.type.startswith("html"))


def flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from flat(token.children or [])


@given(MARKDOWN)
def test_links_of_a_neutral_text_lead_to_the_web_or_to_mail(markdown: str) -> None:
    lenient = MarkdownIt("commonmark").enable("table")
    lenient.validateLink = lambda url: True  # type: ignore[method-assign]

    targets = [
        str(token.attrs["href"]) for token in flat(lenient.parse(neutralise(markdown))) if token.type == "link_open"
    ]

    assert all(target.startswith(("http://", "https://", "mailto:")) for target in targets)


@given(MARKDOWN)
def test_neutralising_twice_garbles_nothing(markdown: str) -> None:
    once = neutralise(markdown)

    assert neutralise(once) == once


@pytest.mark.parametrize(
    "markdown",
    [
        "Plain words, 2 * 3 * 4, snake_case_name, @channel, :smile: & more",
        "# Title\n\nSome **bold**, *italic*, _other_ and ~~gone~~ words",
        "- one\n- two\n  - inner\n- three",
        "1. one\n\n   more\n\n2. two",
        "3) three\n4) four",
        "> quoted\n> lines\n>\n> > inner",
        "```python\nprint('x')\n```",
        "````\n```\n````",
        "`` a`b ``",
        "| a | b |\n| --- | --: |\n| `x\\|y` | **z** |",
        "[docs](https://docs.example/?a=1&b=2) and https://docs.example/x_y",
        "Line one  \nline two\nline three",
        r"\*not italic\* and \[not a link\]",
        "before\n\n---\n\nafter",
        "- ```\n  code\n  ```",
    ],
)
def test_harmless_markdown_stays_as_it_is(markdown: str) -> None:
    assert neutralise(markdown) == markdown


@pytest.mark.parametrize(
    ("markdown", "safe"),
    [
        ("<!channel> <@U1>", "&lt;!channel&gt; &lt;@U1&gt;"),
        ("`List<int>` & `a > b`", "`List&lt;int&gt;` & `a &gt; b`"),
        ("a -> b", "a -&gt; b"),
        ("> quote\n> `<b>`", "> quote\n> `&lt;b&gt;`"),
        ("<https://a.example/?a=1&b=2>", "[https://a.example/?a=1&b=2](https://a.example/?a=1&b=2)"),
        ("<mia@a.example>", "[mia@a.example](mailto:mia@a.example)"),
        ("<https://a.example|page>", "[page](https://a.example)"),
        ("[x](javascript:alert)", "x"),
        ("[x](slack://open) [y](/relative) [z](#top)", "[x](slack://open) y z"),
        ("[chat](msteams:/l/chat/0) <slack://open>", "[chat](msteams:/l/chat/0) [slack://open](slack://open)"),
        ("[call](tel:+49301234) <tel:+49301234>", "[call (+49301234)](tel:+49301234) [+49301234](tel:+49301234)"),
        ("[call +49 30 1234](tel:+49301234)", "[call +49 30 1234](tel:+49301234)"),
        ("[files](ftp://a.example/x) [x](data:text/html,a)", "files (ftp://a.example/x) x"),
        (
            "<https://a.example|two words> `<https://a.example|x>`",
            "[two words](https://a.example) `&lt;https://a.example|x&gt;`",
        ),
        ("| a | b |\n|---|---|\n| one<br>two | x |", "| a | b |\n| --- | --- |\n| one | x |\n| two |  |"),
        ("one<br>two `<br>`", "one  \ntwo `&lt;br&gt;`"),
        (
            "See [1][2].\n\n[1]: https://a.example\n[2]: https://b.example",
            "See [\\[1\\]](https://a.example)[\\[2\\]](https://b.example).",
        ),
        (
            "See [1].\n\n[1]: https://a.example\n[2]: https://b.example",
            "See [\\[1\\]](https://a.example).\n\n- [\\[2\\]](https://b.example)",
        ),
        ("a[^1]\n\n[^1]: The note", "a[^1]\n\n[^1]: The note"),
        ('<a href="https://a.example/?a=1&amp;b=2">the *page*</a>', "[the *page*](https://a.example/?a=1&b=2)"),
        (
            '<a href="javascript:alert(1)">x</a> <img src="https://a.example/p.png" alt="plan">',
            "x [plan](https://a.example/p.png)",
        ),
        ("<details><summary>More</summary>\n\nbody\n\n</details>", "**More**\n\nbody"),
        ("- [ ] open\n- [x] done", "- ☐ open\n- ☑ done"),
        (r"\(x_1\) costs $5 or $6, $E_0 = mc^2$", "`x_1` costs $5 or $6, `E_0 = mc^2`"),
        (
            "a List<String>, a Vec<u>, <script>x</script>",
            "a List&lt;String&gt;, a Vec&lt;u&gt;, &lt;script&gt;x&lt;/script&gt;",
        ),
        ("&#x202e;evil &zwj;words", "evil words"),
        ("<javascript:alert>", "javascript:alert"),
        ("![plan](https://a.example/p.png)", "[plan](https://a.example/p.png)"),
        ("![](https://a.example/p.png)", "[https://a.example/p.png](https://a.example/p.png)"),
        ("![plan](data:image/png;base64,AA)", "plan"),
        ("[![plan](https://a.example/p.png)](https://a.example)", "[plan](https://a.example)"),
        ("[x](https://a.example/a_(b))", "[x](https://a.example/a_%28b%29)"),
        ("[x](<https://a.example/a b>)", "[x](https://a.example/a%20b)"),
        ("[x](https://evil.example/a b)", "[x] (https://evil.example/a b)"),
        ("[text][1]\n\n[1]: https://a.example", "[text](https://a.example)"),
        ("<b>bold</b> <kbd>Ctrl</kbd>", "**bold** `Ctrl`"),
        ("    indented <code>", "```\nindented &lt;code&gt;\n```"),
        ("```\nnever closed", "```\nnever closed\n```"),
    ],
)
def test_markdown_is_made_safe(markdown: str, safe: str) -> None:
    assert neutralise(markdown) == safe


@pytest.mark.parametrize(
    ("label", "target", "shown"),
    [
        ("https://bank.example", "https://evil.example/x", "https://bank.example (evil.example)"),
        ("bank.example/login", "https://evil.example", "bank.example/login (evil.example)"),
        ("**https://bank**.example", "https://evil.example", "**https://bank**.example (evil.example)"),
        ("log in at BANK.example", "https://evil.example", "log in at BANK.example (evil.example)"),
        ("ｂａｎｋ．example", "https://evil.example", "ｂａｎｋ．example (evil.example)"),
        ("ba\u200bnk.example", "https://evil.example", "bank.example (evil.example)"),
        ("help", "https://bank.example@evil.example", "help (evil.example)"),
        ("mia@bank.example", "mailto:ben@evil.example", "mia@bank.example (ben@evil.example)"),
        ("bank.example (evil.example)", "https://evil.example", "bank.example (evil.example)"),
        ("www.bank.example", "https://bank.example/x", "www.bank.example"),
        ("bank.example", "https://login.bank.example", "bank.example"),
        ("click here", "https://evil.example", "click here"),
        ("report.pdf", "https://files.example/1", "report.pdf"),
        ("mia@bank.example", "mailto:mia@bank.example", "mia@bank.example"),
    ],
)
def test_a_label_that_names_another_place_gets_the_target_shown(label: str, target: str, shown: str) -> None:
    assert neutralise(f"[{label}]({target})") == f"[{shown}]({target})"


def test_an_autolink_that_disguises_its_host_gets_it_shown() -> None:
    assert "(evil.example)" in neutralise("<https://bank.example@evil.example/x>")


HOSTILE: dict[str, tuple[int, Callable[[int], str]]] = {
    "quotes": (2000, lambda size: "> " * size + "x"),
    "lists": (2000, lambda size: "- " * size + "x"),
    "emphasis": (2500, lambda size: "*a " * size + "b*" * size),
    "brackets": (4000, lambda size: "[" * size),
    "images": (500, lambda size: "![" * size + "](https://a.example)" * size),
    "backticks": (20_000, lambda size: "`" * size),
    "angles": (11_000, lambda size: "<" * size),
    "bars": (20_000, lambda size: "|" * size + "\n" + "|-" * (size // 2)),
    "targets": (5000, lambda size: "a](" * size),
    "tags": (3600, lambda size: "<b>" * size),
    "pairs": (800, lambda size: "<b><i>" * size + "</i></b>" * size),
    "anchors": (700, lambda size: '<a href="https://a.example">' * size),
    "dollars": (11_000, lambda size: "$" * size),
    "brackets of formulas": (3600, lambda size: "\\[=" * size),
    "formulas": (3600, lambda size: "\\(=" * size),
    "citations": (2000, lambda size: "[1]" * size + "\n\n[1]: https://a.example"),
    "comments": (2600, lambda size: "<!--" * size),
}


@pytest.mark.parametrize(("size", "text_of"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_markdown_is_written_in_time_and_without_a_crash(size: int, text_of: Callable[[int], str]) -> None:
    def write(text: str) -> None:
        parse.cache_clear()
        assert "<" not in neutralise(text)
        assert len(plain_excerpt(text)) <= 600
        assert all(len(part) <= 3000 for part in mrkdwn_parts(text))
        assert all(len(part) <= 10_000 for part in split(text))

    # `split` returns a short text at once, and a text of many tags costs a little more than in proportion.
    assert grows_with_the_length_only(write, text_of, size, most_times_slower=32.0)


# --- split ---

PARAGRAPH = st.lists(
    st.sampled_from("one two three four five &lt; supercalifragilistic".split()), min_size=1, max_size=40
)
CODE = st.lists(st.sampled_from(["x = 1", "", "    if y:", "print('``')", "# not a title", "- no item"]), max_size=15)
BLOCKS = st.one_of(
    PARAGRAPH.map(" ".join),
    PARAGRAPH.map("\n".join),
    PARAGRAPH.map(lambda words: "\n".join(f"- {word}" for word in words)),
    PARAGRAPH.map(lambda words: "## " + words[0]),
    CODE.map(lambda lines: "\n".join(["```python", *lines, "```"])),
    CODE.map(lambda lines: "\n".join(["- item", "", "  ~~~~", *(f"  {line}" for line in lines), "  ~~~~"])),
    CODE.map(lambda lines: "\n".join(["> ```", *(f"> {line}" for line in lines), "> ```"])),
    PARAGRAPH.map(lambda words: "| a | b |\n|---|---|\n" + "\n".join(f"| {word} | x |" for word in words)),
)
ANSWERS = st.lists(BLOCKS, max_size=8).map("\n\n".join)


@given(ANSWERS | MARKDOWN | st.text(), st.integers(100, 400))
@example("a" * 1000, 100)
@example("```" + "x" * 300 + "\n" + "y" * 300, 100)
@example("`" * 300 + "\n" + "y " * 300, 100)
@example("| " + "x" * 300 + " |\n|---|\n| y |\n", 100)
@example("&lt;" * 100, 101)
def test_parts_fit_and_lose_nothing(markdown: str, limit: int) -> None:
    parts = split(markdown, limit)

    assert all(part.strip() for part in parts)
    assert all(len(part) <= limit for part in parts)
    assert is_within(without_spaces(markdown), without_spaces("".join(parts)))


def without_spaces(text: str) -> str:
    return "".join(text.split())


def is_within(wanted: str, whole: str) -> bool:
    """True if `whole` has all of `wanted` in this order, apart from repeated table heads and fences in between."""
    rest = iter(whole)
    return all(character in rest for character in wanted)


@given(ANSWERS, st.integers(100, 400))
def test_code_stays_code_in_every_part(markdown: str, limit: int) -> None:
    parts = split(markdown, limit)

    assert [line for part in parts for line in code_lines(part)] == code_lines(markdown)
    assert all(is_closed(part, fence) for part in parts for fence in fences(part))


def fences(markdown: str) -> list[Token]:
    return [token for token in MarkdownIt("commonmark").parse(markdown) if token.type in {"fence", "code_block"}]


def code_lines(markdown: str) -> list[str]:
    return [line.strip() for fence in fences(markdown) for line in fence.content.split("\n") if line.strip()]


def is_closed(markdown: str, fence: Token) -> bool:
    assert fence.map
    last = markdown.split("\n")[fence.map[1] - 1]
    return fence.map[1] - fence.map[0] > 1 and last.strip(" >") == fence.markup


def test_a_short_answer_is_one_part_as_it_is() -> None:
    assert split("# Title\n\n  words \n") == ("# Title\n\n  words \n",)


@pytest.mark.parametrize("text", ["", " ", "\n \n", " " * 20_000])
def test_nothing_makes_no_part(text: str) -> None:
    assert split(text) == ()


def test_parts_end_between_paragraphs_where_they_can() -> None:
    first, second, third = "a " * 30, "b " * 30, "c " * 30

    parts = split(f"{first}\n\n{second}\n\n{third}", 130)

    assert parts == (f"{first}\n\n{second}".strip(), third.strip())


def test_code_is_closed_and_opened_again_with_its_language() -> None:
    code = "\n".join(f"line {number:03}" for number in range(30))

    parts = split(f"Here:\n\n````python\n{code}\n````\n\nDone.", 120)

    assert len(parts) > 2
    assert parts[0].startswith("Here:\n\n````python\nline 000\n")
    assert all(part.startswith("````python\n") for part in parts[1:])
    assert all("\n````" in part for part in parts)
    assert parts[-1].endswith("````\n\nDone.")


def test_a_table_that_fits_stays_whole() -> None:
    table = "| a | b |\n|---|---|\n" + "\n".join(f"| {number} | x |" for number in range(8))

    parts = split(f"{'words ' * 15}\n\n{table}\n\n{'more ' * 15}", 120)

    assert table in parts


def test_the_rows_of_a_long_table_get_its_head_again() -> None:
    rows = [f"| {number} | x |" for number in range(40)]

    parts = split("\n".join(["| a | b |", "|---|---|", *rows]), 120)

    assert len(parts) > 2
    assert all(part.startswith("| a | b |\n|---|---|\n| ") for part in parts)
    assert [line for part in parts for line in part.split("\n")[2:]] == rows


def test_no_entity_is_cut() -> None:
    parts = split("&lt;" * 100, 102)

    assert all(part.count("&lt;") * 4 == len(part) for part in parts)


def test_no_link_and_no_emoji_is_cut() -> None:
    link = "[a link with many words](https://a.example/x)"

    parts = split(f"{'word ' * 15}{link} {'👩‍👩‍👧' * 40}", 100)

    assert sum(part.count(link) for part in parts) == 1
    assert sum(part.count("👩‍👩‍👧") for part in parts) == 40


def test_the_usual_limit_leaves_room_for_what_slack_renders() -> None:
    parts = split("word " * 10_000)

    assert len(parts) == 5
    assert all(MarkdownBlock(text=part).to_dict() for part in parts)
    assert max(map(len, parts)) <= 10_000


# --- plain ---


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("# Reset **your** password", "Reset your password"),
        ("- one\n- *two*\n\n1. three", "one two 1. three"),
        ("See [the docs](https://a.example) and `x < y`", "See the docs and x &lt; y"),
        ("```py\nprint(1)\n```\nthen", "print(1) then"),
        ("| a | b |\n|---|---|\n| c | d |", "a, b c, d"),
        ("> quoted\n\n---\n\n![plan](https://a.example/p.png)", "quoted plan"),
        ("<!channel> & &amp; \\*", "&lt;!channel&gt; &amp; &amp; *"),
        ("", ""),
    ],
)
def test_a_preview_is_words_alone(markdown: str, words: str) -> None:
    assert plain_excerpt(markdown) == words


def test_a_preview_ends_at_a_word() -> None:
    assert plain_excerpt("one two three four", 12) == "one two…"
    assert plain_excerpt("<<<<", 10) == "&lt;&lt;…"


@given(MARKDOWN, st.integers(10, 60))
def test_a_preview_is_one_inert_line_within_its_limit(markdown: str, limit: int) -> None:
    words = plain_excerpt(markdown, limit)

    assert len(words) <= limit
    assert len(words.splitlines()) <= 1
    assert "<" not in words
    assert not re.search(r"&(?!lt;|gt;|amp;)", words)


# --- mrkdwn ---


@pytest.mark.parametrize(
    ("markdown", "written"),
    [
        ("# A **big** title", "*A big title*"),
        ("**bold** *italic* _too_ ~~gone~~", "*bold* _italic_ _too_ ~gone~"),
        ("***both***", "_*both*_"),
        ("- one\n  - two\n- three", "• one\n    • two\n• three"),
        ("2. two\n3. three", "2. two\n3. three"),
        ("> quoted\n> lines", "> quoted\n> lines"),
        ("`a < b`", "`a &lt; b`"),
        ("```py\na < b\n```", "```\na &lt; b\n```"),
        ("````\n```\n````", "```\n`\u200b`\u200b`\n```"),
        ("[docs](https://a.example/?a=1&b=2)", "<https://a.example/?a=1&amp;b=2|docs>"),
        ("<https://a.example>", "<https://a.example>"),
        ("[a|b>c](https://a.example/|x)", "<https://a.example/%7Cx|a|b&gt;c>"),
        ("[x](javascript:alert)", "x"),
        ("![plan](https://a.example/p.png)", "<https://a.example/p.png|plan>"),
        ("[https://bank.example](https://evil.example)", "<https://evil.example|https://bank.example (evil.example)>"),
        ("<!channel> &amp; & \\*", "&lt;!channel&gt; &amp; &amp; *"),
        ("| a | b |\n|---|---|\n| c | **d** |", "a | b\nc | *d*"),
    ],
)
def test_markdown_becomes_mrkdwn(markdown: str, written: str) -> None:
    assert mrkdwn_parts(markdown) == (written,)


@given(MARKDOWN, st.integers(100, 200))
def test_parts_of_mrkdwn_have_only_links_that_are_safe(markdown: str, limit: int) -> None:
    for written in mrkdwn_parts(markdown, limit):
        rest = re.sub(r"<(?:https?://|mailto:)[^<>|\s]+(?:\|[^<>\n]*)?>", "", written)
        assert len(written) <= limit
        assert "<" not in rest
        assert all(
            line.startswith(">") for line in re.sub(r"^[\s•\d.]*>", ">", rest, flags=re.M).split("\n") if ">" in line
        )
        assert not re.search(r"&(?!lt;|gt;|amp;)", written)


def test_code_in_parts_is_code_in_every_one() -> None:
    parts = mrkdwn_parts("```\n" + "\n".join(f"line {number}" for number in range(40)) + "\n```", 100)

    assert len(parts) > 2
    assert all(part.startswith("```\nline") and part.endswith("\n```") for part in parts)


def test_a_link_is_in_one_part() -> None:
    parts = mrkdwn_parts("words before [a link with many words](https://a.example) and after", 55)

    assert [part for part in parts if "a.example" in part] == ["<https://a.example|a link with many words> and "]


@pytest.mark.parametrize(
    ("words", "address", "written"),
    [
        ("&<" * 40, "https://a.example", "<https://a.example|" + "&amp;&lt;" * 7 + "&amp;…>"),
        ("words", f"https://a.example/{'x' * 74}", f"<https://a.example/{'x' * 74}>"),
        ("words", f"https://a.example/{'x' * 200}", f"words https://a.example/{'x' * 70}"),
    ],
)
def test_a_link_that_is_longer_than_a_part_is_never_cut_in_two(words: str, address: str, written: str) -> None:
    part, *_ = mrkdwn_parts(f"[{words}]({address})", 100)

    assert part.startswith(written[:60])
    assert part.count("<") == part.count(">") == written.count("<")
    assert len(part) <= 100


def test_a_section_takes_every_part() -> None:
    for part in mrkdwn_parts("**word** " * 2000):
        SectionBlock(text=MarkdownTextObject(text=part)).validate_json()


# --- named links ---


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ("<https://a.example/x|the page>", "[the page](https://a.example/x)"),
        ("<mailto:mia@a.example|write to me>", "[write to me](mailto:mia@a.example)"),
        ("<https://a.example/x|https://a.example/x>", "https://a.example/x"),
        ("<https://a.example/x|a [b]>", "a [b] (https://a.example/x)"),
        ("<https://a.example/(x)|page>", "page (https://a.example/(x))"),
        ("<tel:+49301234|call>", "call (+49301234)"),
    ],
)
def test_a_named_link_can_be_made_a_link_again(sent: str, words: str) -> None:
    assert from_slack(sent, {}, linked=True) == words


@pytest.mark.parametrize(
    ("markdown", "written"),
    [
        ("10<sup>6</sup> H<sub>2</sub>O", "10⁶ H₂O"),
        ("1<sup>st</sup> a<u>b</u>c", "1st abc"),
        ("A Vec<u> is a type", "A Vec&lt;u&gt; is a type"),
        ("one<hr>two", "one  \ntwo"),
    ],
)
def test_tags_within_a_word_are_tags_where_they_are_closed(markdown: str, written: str) -> None:
    assert neutralise(markdown) == written


def test_a_preview_of_code_shows_what_stands_in_it() -> None:
    assert plain_excerpt(neutralise("`<b>` and\n\n```\n<i>\n```")) == "&lt;b&gt; and &lt;i&gt;"


@pytest.mark.parametrize(
    ("markdown", "written"),
    [
        ("[call](tel:+49 30 1234)", "[call (+49301234)](tel:+49301234)"),
        ("**[call](tel:+49 (0)30/12-34)**", "**[call (+49301234)](tel:+49301234)**"),
        ("[text](sms:0170 1234)", "[text (01701234)](sms:01701234)"),
    ],
)
def test_a_number_is_called_however_it_is_written(markdown: str, written: str) -> None:
    assert neutralise(markdown) == written
