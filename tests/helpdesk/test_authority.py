"""Who may do what, as a table: every kind of person against every act."""

from __future__ import annotations

import pytest

from bot.helpdesk import messages
from bot.helpdesk.permissions import Action, Actor, Case, refusal_for

MATTER = Case(employee="U_MIA", dm="D_MIA", channels=frozenset({"C_DESK"}))

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
    Action.ASK,
    Action.CHANGE,
    Action.STOP,
    Action.ASK_FOR_PERSON,
    Action.RATE,
    Action.SAY_WHY,
    Action.SAY_SOLVED,
    Action.REOPEN_MINE,
    Action.WITHDRAW,
}
AGENTS = {
    Action.MOVE,
    Action.SPEAK,
    Action.RATE_AS_AGENT,
    Action.CONSULT,
    Action.SEND_DRAFT,
    Action.REVEAL,
    Action.RETRY_TICKET,
}

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
    assert set(Action) == EMPLOYEES | AGENTS
    assert not EMPLOYEES & AGENTS
    assert WHO.keys() == REFUSALS.keys()


@pytest.mark.parametrize("act", Action)
@pytest.mark.parametrize("who", WHO)
def test_who_may_do_what(who: str, act: Action) -> None:
    to_employees, to_agents = REFUSALS[who]

    assert refusal_for(WHO[who], act, MATTER) == (to_employees if act in EMPLOYEES else to_agents)


@pytest.mark.parametrize("act", Action)
@pytest.mark.parametrize("who", WHO)
def test_nobody_may_do_anything_to_what_is_gone(who: str, act: Action) -> None:
    assert refusal_for(WHO[who], act, None) == (messages.EXTERNAL if WHO[who].external else messages.GONE)


@pytest.mark.parametrize("act", sorted(AGENTS))
def test_where_people_never_had_a_conversation_nobody_is_its_agent(act: Action) -> None:
    assert refusal_for(WHO["an agent"], act, Case(employee="U_MIA", dm="D_MIA")) == messages.GONE
