"""People of another chat are named in Slack, where a mention of them would show an unknown id."""

from __future__ import annotations

from typing import Any

import pytest

from bot.slack.views.strangers import with_named_strangers

ANNA = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (f"*Asked by*: <@{ANNA}>", "*Asked by*: Anna &lt;B&gt;"),
        ("*Asked by*: <@U0MIA0000>", "*Asked by*: <@U0MIA0000>"),
        ("<!date^1^{time}|1> and <#C0HANDOFF>", "<!date^1^{time}|1> and <#C0HANDOFF>"),
        ({"type": "user", "user_id": ANNA}, {"type": "text", "text": "Anna <B>"}),
        (
            {"type": "user", "user_id": ANNA, "style": {"bold": True}},
            {"type": "text", "text": "Anna <B>", "style": {"bold": True}},
        ),
        ({"type": "user", "user_id": "U0MIA0000"}, {"type": "user", "user_id": "U0MIA0000"}),
        ([{"text": {"text": f"<@{ANNA}>"}}, 3, None], [{"text": {"text": "Anna &lt;B&gt;"}}, 3, None]),
    ],
)
def test_a_stranger_has_a_name_in_place_of_a_mention(shown: Any, expected: Any) -> None:
    assert with_named_strangers(shown, lambda id: "Anna <B>") == expected
