"""Characters that hide text or reverse its direction."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.helpdesk.text import legible


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("\u2066a\u2069 \u2067b\u2069 \u2068c\u2069 \u202ad\u202c \u202be\u202c \u202df\u202c", "a b c d e f"),
        ("pay\u200bpal \u2060\ufeffno\u00adte \u3164x\u115f", "paypal note x"),
        ("hi\U000e0068\U000e0069\U000e007f there", "hi there"),
        ("a\ufff9b\ufffac\ufffbd", "abcd"),
        ("a\u200db \u200ec\u200f", "ab c"),
        ("пар\u200cоль 密\u200d码", "пароль 密码"),
        ("x\ufe0f\ufe0e\U000e0101", "x"),
        ("👍\ufe0f\ufe01\ufe02", "👍\ufe0f"),
        ("a\x1b[31mb\x07\x7f\x9b", "a[31mb"),
        ("one\u2028two\u2029three\x85four\r\nfive\rsix", "one\ntwo\nthree\nfour\nfive\nsix"),
        ("tab\tand\nline", "tab\tand\nline"),
    ],
)
def test_what_hides_or_turns_round_is_taken_out(text: str, seen: str) -> None:
    assert legible(text) == seen


@pytest.mark.parametrize(
    "text",
    [
        "مرحبا، كيف حالك؟",
        "می\u200cخواهم رمز عبور را عوض کنم",
        "שלום\u200f, WiFi\u200e לא עובד (קומה 3)",
        "क्\u200dष",
        "അവന്\u200d വന്നു",
        "١٤٤٧ ه\u200d",
        "👩\u200d👩\u200d👧 🏳️\u200d🌈 👩🏽\u200d💻 🤷\u200d♀️",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f 🇩🇪 1️⃣ ❤️ ©️",
        "葛\U000e0100飾区",
        r"\\srv01\public\_Documentation C:\Users\mia\.config &nbsp; ~/.ssh",
        "naïve e\u0301 ẞ ﬁ",
    ],
)
def test_what_a_language_or_an_emoji_needs_stays(text: str) -> None:
    assert legible(text) == text


@given(st.text())
def test_visible_characters_stay_in_their_order_and_doing_it_twice_changes_nothing(text: str) -> None:
    seen = legible(text)

    assert legible(seen) == seen
    assert visible(seen) == visible(text)
    assert not any("\u202a" <= character <= "\u202e" or "\u2066" <= character <= "\u2069" for character in seen)


def visible(text: str) -> str:
    kept = (character for character in text if unicodedata.category(character) not in {"Cf", "Cc", "Zl", "Zp", "Mn"})
    return "".join(
        character for character in kept if not character.isspace() and character not in "\u115f\u1160\u3164\uffa0"
    )
