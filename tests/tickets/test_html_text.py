"""HTML from a ticket system becomes the text that its reader sees."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tickets.markup import html_to_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("plain words", "plain words"),
        ("<p>One</p><p>Two &amp; three</p>", "One\n\nTwo & three"),
        ("One<br>Two<br/>Three", "One\nTwo\nThree"),
        ("<ul><li>a</li><li>b</li></ul>", "a\n\nb"),
        ("<style>p {}</style><script>alert(1)</script>seen", "seen"),
        ("a <b>bold</b>\n   word", "a bold word"),
        ("1 < 2", "1 < 2"),
        ('press <a href="https://ok.test/a?b=1&amp;c=2">here</a>.', "press here (https://ok.test/a?b=1&c=2)."),
        ('<a href="https://ok.test/">https://ok.test</a>', "https://ok.test"),
        ('<a href="javascript:alert(1)">here</a> <a>there</a>', "here there"),
        ('<a href="https://evil.test">https://bank.test</a>', "https://bank.test (https://evil.test)"),
        ("<pre>one\ntwo</pre>three\nfour", "one\ntwo\nthree four"),
        ("", ""),
    ],
)
def test_words_and_lines_stay_and_everything_else_goes(markup: str, text: str) -> None:
    assert html_to_text(markup) == text


@given(st.text())
def test_words_that_were_escaped_come_back_as_they_were(words: str) -> None:
    assert html_to_text(f"<p>{html.escape(words)}</p>").split() == words.split()


@given(st.text(alphabet="<>/&;!-=\"' abps"))
def test_no_markup_however_broken_ends_in_an_error(markup: str) -> None:
    assert isinstance(html_to_text(markup), str)
