"""Who may do what, as a table: every kind of person against every act."""

from __future__ import annotations

import pytest

from bot.helpdesk import messages
from bot.helpdesk.permissions import Act, Actor, Matter, may

MATTER = Matter(employee="U_MIA", dm="D_MIA", channels=frozenset({"C_DESK"}))

WHO = {
    "the employee in their DM": Actor(person="U_MIA", place="D_MIA"),
    "the employee with a form": Actor(person="U_MIA"),
    "another employee": Actor(person="U_TOM", place="D_MIA"),
    "an agent": Actor(person="U_ADA", place="C_DESK", member=True),
    "a visitor of the channel": Actor(person="U_TOM", place="C_DESK", member=False),
    "an agent of another channel": Actor(person="U_EVE", place="C_OTHER", member=True),
    "an agent in the employee's DM": Actor(person="U_ADA", place="D_MIA", member=False),
    "the employee of another company": Actor(person="U_MIA", place="D_MIA", external=True),
    "an agent of another company": Actor(person="U_ADA", place="C_DESK", member=True, external=True),
}
EMPLOYEES = {
    Act.ASK,
    Act.CHANGE,
    Act.STOP,
    Act.ASK_FOR_PERSON,
    Act.RATE,
    Act.SAY_WHY,
    Act.SAY_SOLVED,
    Act.REOPEN_MINE,
    Act.WITHDRAW,
}
AGENTS = {Act.MOVE, Act.SPEAK, Act.RATE_AS_AGENT, Act.CONSULT, Act.SEND_DRAFT, Act.REVEAL, Act.RETRY_TICKET}

REFUSALS = {
    "the employee in their DM": (None, messages.GONE),
    "the employee with a form": (None, messages.GONE),
    "another employee": (messages.NOT_YOURS, messages.GONE),
    "an agent": (messages.NOT_YOURS, None),
    "a visitor of the channel": (messages.NOT_YOURS, messages.NOT_AN_AGENT),
    "an agent of another channel": (messages.NOT_YOURS, messages.GONE),
    "an agent in the employee's DM": (messages.NOT_YOURS, messages.GONE),
    "the employee of another company": (messages.EXTERNAL, messages.EXTERNAL),
    "an agent of another company": (messages.EXTERNAL, messages.EXTERNAL),
}
"""To each kind of person: what they hear to an act of employees, and to one of agents. None: go ahead."""


def test_every_act_is_in_the_table_once() -> None:
    assert set(Act) == EMPLOYEES | AGENTS
    assert not EMPLOYEES & AGENTS
    assert WHO.keys() == REFUSALS.keys()


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("who", WHO)
def test_who_may_do_what(who: str, act: Act) -> None:
    to_employees, to_agents = REFUSALS[who]

    assert may(WHO[who], act, MATTER) == (to_employees if act in EMPLOYEES else to_agents)


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("who", WHO)
def test_nobody_may_do_anything_to_what_is_gone(who: str, act: Act) -> None:
    assert may(WHO[who], act, None) == (messages.EXTERNAL if WHO[who].external else messages.GONE)


@pytest.mark.parametrize("act", sorted(AGENTS))
def test_where_people_never_had_a_conversation_nobody_is_its_agent(act: Act) -> None:
    assert may(WHO["an agent"], act, Matter(employee="U_MIA", dm="D_MIA")) == messages.GONE
