"""A handoff goes to the channel of its rule, on whatever surface, or else to the employee's own surface."""

from __future__ import annotations

import pytest

from bot.helpdesk.config import DeskConfig, SurfaceConfig
from bot.helpdesk.escalation import Facts, Policy, decide
from bot.helpdesk.escalation.policy import Phrase, Priority, Rule
from bot.helpdesk.model.chat import ChannelAddress

ONE, OTHER = "one", "other"


def surface_of(channel: str) -> str:
    return OTHER if channel.startswith("19:") else ONE


def config(handoff_channels: dict[str, str], *channels: str, review: str | None = None) -> DeskConfig:
    """Returns the configuration of a desk on two surfaces, with a rule for each of these channels."""
    rules = [Rule(name=channel, condition=Phrase(), priority=Priority.HIGH, channel=channel) for channel in channels]
    surface = SurfaceConfig(name="Chat", joins_open_conversation=False, split=lambda text: (text,))
    return DeskConfig(
        policy=Policy.of(rules),
        surfaces={ONE: surface, OTHER: surface},
        handoff_channels=handoff_channels,
        surface_of=surface_of,
        review_channel=review,
    )


def place(surface: str, channel: str) -> ChannelAddress:
    return ChannelAddress(surface=surface, channel=channel)


@pytest.mark.parametrize("employees_surface", [ONE, OTHER])
def test_a_rule_with_a_channel_decides_on_which_surface_people_take_over(employees_surface: str) -> None:
    both = config({ONE: "C1", OTHER: "19:1"}, "C2", "19:2")

    assert both.handoff_place(employees_surface, "C2") == place(ONE, "C2")
    assert both.handoff_place(employees_surface, "19:2") == place(OTHER, "19:2")


def test_a_rule_without_a_channel_hands_over_on_the_employees_own_surface() -> None:
    both = config({ONE: "C1", OTHER: "19:1"})

    assert both.handoff_place(ONE) == place(ONE, "C1")
    assert both.handoff_place(OTHER) == place(OTHER, "19:1")


def test_a_surface_without_a_handoff_channel_uses_that_of_the_other() -> None:
    assert config({ONE: "C1"}).handoff_place(OTHER) == place(ONE, "C1")


def test_alarms_and_the_review_are_in_one_place() -> None:
    both = config({ONE: "C1", OTHER: "19:1"})

    assert both.main_place == both.review_place == place(ONE, "C1")
    assert config({ONE: "C1", OTHER: "19:1"}, review="19:9").review_place == place(OTHER, "19:9")


def test_agents_are_on_the_surfaces_of_their_channels() -> None:
    both = config({ONE: "C1", OTHER: "19:1"}, "C2", "19:2")

    assert both.channels_on(ONE) == {"C1", "C2"}
    assert both.channels_on(OTHER) == {"19:1", "19:2"}
    assert both.channels == {"C1", "C2", "19:1", "19:2"}


@pytest.mark.parametrize("common", ["C1", "19:1"])
def test_no_channel_of_everybody_is_a_rules_own(common: str) -> None:
    both = config({ONE: "C1", OTHER: "19:1"})
    rule = Rule(name="any", condition=Phrase(), priority=Priority.HIGH, channel=common, hide_question=True)
    decision = decide(Policy.of([rule]), Facts(now=0.0, text="", asked_for_person=True))

    assert decision.hides_question_in(common, both.common_channels)
    assert not decision.hides_question_in(common, {"C9"})
