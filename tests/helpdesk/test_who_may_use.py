"""Kinds of people, the switches that refuse them, and the budget of apps."""

from __future__ import annotations

from typing import Any

import pytest

from bot.helpdesk.escalation import APPS_PER_HOUR, PeopleRules
from bot.helpdesk.inbox.app_budget import AppBudget
from bot.helpdesk.model.chat import Person, PersonKind

NO_SWITCH = PeopleRules(guests=False)
ALL_SWITCHES = PeopleRules(other_companies=True, other_workspaces=True, apps=True)


@pytest.mark.parametrize(
    ("marks", "kinds", "refused"),
    [
        ({}, ["member"], None),
        ({"guest": True}, ["guest"], "guest"),
        ({"other_workspace": True}, ["member", "other workspace"], "other workspace"),
        ({"guest": True, "other_workspace": True}, ["guest", "other workspace"], "other workspace"),
        ({"external": True, "guest": True}, ["other company"], "other company"),
        ({"is_bot": True}, ["app"], "app"),
        ({"is_bot": True, "external": True}, ["app", "other company"], "app"),
        ({"active": False, "external": True}, ["deactivated"], "deactivated"),
    ],
    ids=str,
)
def test_kinds_of_people_and_the_one_that_refuses_them(
    marks: dict[str, Any], kinds: list[str], refused: str | None
) -> None:
    person = Person(id="U1", name="Somebody", **marks)

    assert sorted(person.kinds) == kinds
    assert NO_SWITCH.refused(person.kinds) == refused
    deactivated = PersonKind.DEACTIVATED if refused == "deactivated" else None
    assert ALL_SWITCHES.refused(person.kinds) is deactivated


def test_only_guests_and_members_are_let_in_by_default() -> None:
    assert [kind for kind in PersonKind if PeopleRules().refused({kind}) is None] == ["member", "guest"]


def test_one_switch_of_two_is_not_enough_for_a_guest_of_another_workspace() -> None:
    both = {PersonKind.GUEST, PersonKind.OTHER_WORKSPACE}

    assert PeopleRules(guests=False, other_workspaces=True).refused(both) is PersonKind.GUEST


def test_the_budget_of_an_app_comes_back_after_an_hour_and_is_its_own() -> None:
    budget = AppBudget()

    assert [budget.take("one", 0.0) for _ in range(APPS_PER_HOUR + 1)] == [True] * APPS_PER_HOUR + [False]
    assert budget.take("another", 0.0)
    assert not budget.take("one", 3599.0)
    assert budget.take("one", 3600.0)


def test_a_clock_set_back_gives_an_app_its_budget_again() -> None:
    budget = AppBudget()
    for _ in range(APPS_PER_HOUR):
        budget.take("one", 7200.0)

    assert budget.take("one", 3000.0)
