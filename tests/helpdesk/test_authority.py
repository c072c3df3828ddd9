"""Permissions as a table: every kind of person in both roles, and the role of each button."""

from __future__ import annotations

import pytest

from bot.helpdesk import messages
from bot.helpdesk.inbox.router import role_for
from bot.helpdesk.model.article import ArticleTransition
from bot.helpdesk.model.conversation import Rating, Role
from bot.helpdesk.model.events import Button, Control, Pressed
from bot.helpdesk.model.handoff import Score, Transition
from bot.helpdesk.permissions import Actor, Case, refusal_for
from tests.addresses import SURFACE, channel_at, message_at

CASE = Case(employee="U_MIA", dm=channel_at("D_MIA"), channels=frozenset({channel_at("C_DESK")}))

WHO = {
    "the employee in their DM": Actor(surface=SURFACE, person="U_MIA", place="D_MIA"),
    "the employee with a form": Actor(surface=SURFACE, person="U_MIA"),
    "another employee": Actor(surface=SURFACE, person="U_TOM", place="D_MIA"),
    "an agent": Actor(surface=SURFACE, person="U_ADA", place="C_DESK", member=True),
    "a visitor of the channel": Actor(surface=SURFACE, person="U_TOM", place="C_DESK", member=False),
    "an agent of another channel": Actor(surface=SURFACE, person="U_EVE", place="C_OTHER", member=True),
    "an agent in the employee's DM": Actor(surface=SURFACE, person="U_ADA", place="D_MIA", member=False),
    "a namesake of the employee on another surface": Actor(surface="second", person="U_MIA", place="D_MIA"),
    "a namesake of an agent on another surface": Actor(surface="second", person="U_ADA", place="C_DESK", member=True),
}
EMPLOYEES: frozenset[Control] = frozenset(
    {
        Button.PERSON,
        Button.ASK_AGAIN,
        Button.ACCEPT_OFFER,
        Button.OPEN_ANOTHER,
        Button.WHY,
        Button.SOLVED,
        Button.NOT_SOLVED,
        *Score,
        Button.REOPEN_MINE,
        Button.ALL_GOOD,
        Transition.WITHDRAW,
        Transition.CLOSE_REQUEST,
        Transition.COME_BACK,
        Transition.WRITE_AGAIN,
        Transition.REPLY,
        Transition.TIME_OUT,
    }
)
AGENTS: frozenset[Control] = frozenset(
    {
        Button.SEND_DRAFT,
        Button.EDIT_DRAFT,
        Button.REVEAL,
        Button.EXPLAIN,
        Button.SHOW_ALL,
        Button.CLAIM_AND_SEND,
        Button.SEND,
        Button.REOPEN_AND_SEND,
        Button.KEEP_INTERNAL,
        Button.RETRY_TICKET,
        Button.SHOW_ARTICLE,
        Button.NEXT_GAP,
        Button.PREVIOUS_GAP,
        Button.WRITE_ARTICLE,
        Button.NOT_A_GAP,
        Button.SNOOZE_GAP,
        Button.TAKE_BACK_GAP,
        *ArticleTransition,
        Transition.CLAIM,
        Transition.JOIN,
        Transition.RESOLVE,
        Transition.HAND_BACK,
        Transition.REOPEN,
        Transition.ASSIGN,
        Transition.RELEASE,
        Transition.WAIT,
        Transition.RESUME,
    }
)

REFUSALS = {
    "the employee in their DM": (None, messages.anyone.GONE),
    "the employee with a form": (None, messages.anyone.GONE),
    "another employee": (messages.employee.NOT_YOURS, messages.anyone.GONE),
    "an agent": (messages.employee.NOT_YOURS, None),
    "a visitor of the channel": (messages.employee.NOT_YOURS, messages.agents.NOT_AN_AGENT),
    "an agent of another channel": (messages.employee.NOT_YOURS, messages.anyone.GONE),
    "an agent in the employee's DM": (messages.employee.NOT_YOURS, messages.anyone.GONE),
    "a namesake of the employee on another surface": (messages.employee.NOT_YOURS, messages.anyone.GONE),
    "a namesake of an agent on another surface": (messages.employee.NOT_YOURS, messages.anyone.GONE),
}
"""The refusal of an employee's act and of an agent's act, by kind of person. None: permitted."""


def test_every_kind_of_person_is_in_the_table() -> None:
    assert WHO.keys() == REFUSALS.keys()


@pytest.mark.parametrize("control", [*Button, *Transition, *Score, *ArticleTransition])
def test_whose_a_button_is(control: Control) -> None:
    assert (control in EMPLOYEES) is (_role(control) is Role.EMPLOYEE)
    assert (control in AGENTS) is (_role(control) is Role.AGENT)


@pytest.mark.parametrize("rating", Rating)
def test_a_verdict_is_the_employees_in_their_dm_and_an_agents_elsewhere(rating: Rating) -> None:
    assert role_for(_pressed(rating, "D_MIA"), CASE) is Role.EMPLOYEE
    assert role_for(_pressed(rating, "C_DESK"), CASE) is Role.AGENT
    assert role_for(_pressed(rating, "D_MIA"), None) is Role.AGENT


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("who", WHO)
def test_who_may_do_what(who: str, role: Role) -> None:
    to_employees, to_agents = REFUSALS[who]

    assert refusal_for(WHO[who], role, CASE) == (to_employees if role is Role.EMPLOYEE else to_agents)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("who", WHO)
def test_nobody_may_do_anything_to_what_is_gone(who: str, role: Role) -> None:
    assert refusal_for(WHO[who], role, None) == messages.anyone.GONE


def test_where_people_never_had_a_conversation_nobody_is_its_agent() -> None:
    assert (
        refusal_for(WHO["an agent"], Role.AGENT, Case(employee="U_MIA", dm=channel_at("D_MIA"))) == messages.anyone.GONE
    )


def _role(control: Control) -> Role:
    return role_for(_pressed(control, "C_DESK"), CASE)


def _pressed(control: Control, channel: str) -> Pressed:
    return Pressed(
        workspace="T",
        address=message_at(channel, "1.0"),
        person="U_ADA",
        button=control,
        subject="hof_1",
        trigger="1",
        at=0.0,
        direct=channel.startswith("D"),
        pressed_at=0.0,
    )
