"""The renderings of a message: parts already posted are not repeated in a simpler one, and no text is lost."""

from __future__ import annotations

import itertools

import pytest

from bot.slack.ids import part_key
from bot.slack.views.blocks import MessagePayload, actions, button, section
from bot.slack.views.renderings import IN_ONE, IN_PARTS, MessageDelivery

WORDS = [f"word{number}" for number in range(1, 1500)]
LONG = MessagePayload(
    text="a preview",
    blocks=[
        {"type": "markdown", "text": " ".join(WORDS)},
        section("the end"),
        actions(button("Press", "press", "value")),
    ],
)


def _words(message: MessagePayload) -> list[str]:
    return [word for word in str(message.blocks or message.text).replace("'", " ").split() if word.startswith("word")]


def _posted(delivery: MessageDelivery, most: int | None = None) -> dict[str, MessagePayload]:
    """Returns the parts posted until Slack refuses the one after `most`."""
    return {part.key: part.message for part in itertools.islice(delivery.remaining_parts(), most)}


def test_the_last_message_has_the_key_of_the_whole_and_every_other_one_of_its_own() -> None:
    delivery = MessageDelivery(LONG, "eff_1", IN_PARTS)
    delivery.fall_back()

    keys = list(_posted(delivery))

    assert len(keys) > 2
    assert keys[-1] == "eff_1"
    assert all(key.startswith(part_key("eff_1", "")) for key in keys[:-1])
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("there", [1, 2, 3])
@pytest.mark.parametrize("simplified", [1, 2])
def test_what_is_there_already_is_not_said_again(simplified: int, there: int) -> None:
    delivery = MessageDelivery(LONG, "eff_1", IN_PARTS)
    for _ in range(simplified):
        delivery.fall_back()
    whole = _posted(delivery)
    first = dict(itertools.islice(whole.items(), there))

    again = MessageDelivery(LONG, "eff_1", IN_PARTS, first)
    rest = _posted(again)

    assert first | rest == whole
    assert not first.keys() & rest.keys()


def test_what_a_form_has_left_is_said_in_the_next_one_and_nothing_twice() -> None:
    delivery = MessageDelivery(LONG, "eff_1", IN_PARTS)
    delivery.fall_back()
    pieces = delivery.remaining_parts()
    posted = [next(pieces).message, next(pieces).message]
    # The second is refused, so the third is never requested.
    delivery.fall_back()
    posted[1:] = _posted(delivery).values()

    assert [word for message in posted for word in _words(message)] == WORDS


def test_a_message_that_must_be_one_keeps_its_buttons_and_says_what_is_missing() -> None:
    huge = MessagePayload(text="a preview", blocks=[*(section("x" * 2900) for _ in range(8)), *LONG.blocks[-1:]])

    forms: list[MessagePayload] = []
    for simplified in range(len(IN_ONE)):
        delivery = MessageDelivery(huge, "eff_1", IN_ONE)
        for _ in range(simplified):
            assert delivery.fall_back()
        forms += _posted(delivery).values()

    assert [bool(one.blocks) for one in forms] == [True, True, False, False]
    assert all("have no room here" in str(one.blocks or one.text)[-400:] for one in forms)
    assert all("Press" in str(one.blocks) for one in forms[:2])
    assert len(forms[-1].text) <= 3_500
