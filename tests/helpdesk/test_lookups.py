"""Lookups: ids found in a text, visibility of the results, and the order of the queue."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.helpdesk.escalation.policy import Priority
from bot.helpdesk.inbox.lookups import MOST_IDS, ids_in
from bot.helpdesk.model.conversation import Conversation
from bot.helpdesk.model.handoff import Claim, Grounds, Handoff, HandoffState
from bot.helpdesk.model.home import MOST_QUEUED, Filter, Group, Queued, Show, arrange, begin_of_day
from bot.helpdesk.model.search_result import Found, FoundConversation, FoundHandoff, visible_in
from tests.addresses import SURFACE, channel_at

ADA, BEN = "U0ADA0000", "U0BEN0000"


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", ()),
        ("what do we know about *HD-12*?", ("HD-12",)),
        ("hd-12, con_1a2 and `req_0123`.", ("hd-12", "con_1a2", "req_0123")),
        ("and @U0MIA0000?", ("U0MIA0000",)),
        ("HD-12 HD-12", ("HD-12",)),
        ("(https://example.slack.com/archives/D0MIA/p1700000000000100)", ("https://example.slack.com/archives/D0MIA/p1700000000000100",)),
        ("D0MIA:1700000000.000100", ("D0MIA:1700000000.000100",)),
        ("desk-abc-2", ("desk-abc-2",)),
        ("opaque-request", ("opaque-request",)),
        ("can you help me", ()),
        ("?!", ()),
    ],
)  # fmt: skip
def test_what_may_be_an_id_is_found_in_somebodys_words(text: str, ids: tuple[str, ...]) -> None:
    assert ids_in(text) == ids


@given(st.text())
def test_whatever_somebody_writes_few_and_short_ids_come_of_it(text: str) -> None:
    ids = ids_in(text)

    assert len(ids) <= MOST_IDS
    assert all(0 < len(id) <= 400 for id in ids)


CONVERSATION = Conversation(
    id="con_1",
    workspace="T1",
    surface=SURFACE,
    channel="D1",
    thread="1.1",
    employee="U1",
    session_id="desk-1-1",
    opened_at=0.0,
    last_at=0.0,
)
HANDOFF = Handoff(
    id="hof_1",
    number=1,
    conversation_id="con_1",
    question_id=None,
    answer_id=None,
    priority="normal",
    grounds=Grounds(rules=("unsure answer",), reasons=(), fingerprint="f"),
    place=channel_at("C1"),
    opened_at=0.0,
)


def found_in(*channels: str) -> Found:
    handoffs = [
        replace(HANDOFF, id=f"hof_{number}", place=channel_at(channel)) for number, channel in enumerate(channels)
    ]
    conversation = FoundConversation(
        conversation=CONVERSATION,
        questions=(),
        decisions=(),
        handoffs=tuple(FoundHandoff(handoff=one, timeline=(), local_ticket=None) for one in handoffs),
        effects=(),
    )
    return Found(understood_as=("conversation",), conversations=(conversation,), effects=())


def channels_of(found: Found | None) -> list[str]:
    return [] if found is None else [one.handoff.channel for one in found.conversations[0].handoffs]


def test_a_conversation_is_seen_by_those_in_whose_channel_it_is_and_by_all_agents_while_it_is_in_none() -> None:
    assert channels_of(visible_in(found_in("C1", "C2"), {"C2"})) == ["C2"]
    assert visible_in(found_in("C1"), {"C2"}) is None
    assert visible_in(found_in(), {"C2"}) == found_in()
    assert visible_in(None, {"C2"}) is None


handoffs = st.builds(
    lambda number, state, by, priority, at, rule, target: replace(
        HANDOFF,
        number=number,
        state=state,
        claim=Claim(by=by, at=at),
        priority=priority.value,
        opened_at=at,
        answer_by=target,
        grounds=replace(HANDOFF.grounds, rules=(rule,)),
    ),
    number=st.integers(1, 10_000),
    state=st.sampled_from([HandoffState.OPEN, HandoffState.CLAIMED]),
    by=st.sampled_from([ADA, BEN]),
    priority=st.sampled_from(Priority),
    at=st.floats(0.0, 1e9),
    rule=st.sampled_from(["one", "two"]),
    target=st.none() | st.floats(1e9, 3e9),
)
queues = st.lists(handoffs.map(lambda handoff: Queued(handoff=handoff, employee="U1")), max_size=90)
filters = st.builds(
    Filter,
    show=st.sampled_from(["", *Show]),
    rule=st.sampled_from(["", "one"]),
    priority=st.sampled_from(["", "urgent"]),
)


@given(queues, filters)
def test_nothing_of_the_queue_gets_lost_and_what_is_due_urgent_or_old_goes_first(
    queue: list[Queued], chosen: Filter
) -> None:
    groups, left_out = arrange(queue, ADA, chosen, now=2e9)

    shown = [one for _, members in groups for one in members]
    assert len(shown) + left_out == sum(chosen.takes(one.handoff, ADA, 2e9) for one in queue)
    assert len(shown) <= MOST_QUEUED
    assert [group for group, _ in groups] == [group for group in Group if group in dict(groups)]
    for group, members in groups:
        ranks = [
            (one.handoff.due or math.inf, -Priority(one.handoff.priority).rank, one.handoff.opened_at)
            for one in members
        ]
        assert ranks == sorted(ranks)
        assert all(_belongs(one.handoff, group) for one in members)


@pytest.mark.parametrize(
    ("show", "taken"),
    [
        ("", {"mine", "joined", "other", "open", "late"}),
        (Show.MINE, {"mine", "joined"}),
        (Show.UNCLAIMED, {"open", "late"}),
        (Show.OVERDUE, {"late"}),
        ("a value of another version", {"mine", "joined", "other", "open", "late"}),
    ],
)
def test_an_agent_can_see_parts_of_the_queue_alone(show: str, taken: set[str]) -> None:
    claimed = replace(HANDOFF, state=HandoffState.CLAIMED, answer_by=5.0)
    queue = {
        "mine": replace(claimed, claim=Claim(by=ADA, at=1.0)),
        "joined": replace(claimed, claim=Claim(by=BEN, at=1.0, joined=(ADA,))),
        "other": replace(claimed, claim=Claim(by=BEN, at=1.0)),
        "open": replace(HANDOFF, answer_by=15.0),
        "late": replace(HANDOFF, answer_by=5.0),
    }

    assert {name for name, one in queue.items() if Filter(show=show).takes(one, ADA, 10.0)} == taken


def _belongs(handoff: Handoff, group: Group) -> bool:
    if handoff.state is HandoffState.OPEN:
        return group is (Group.OVERDUE if handoff.is_late(2e9) else Group.UNCLAIMED)
    return group is (Group.MINE if handoff.is_worked_by(ADA) else Group.OTHERS)


@given(st.floats(0.0, 4e9), st.integers(-12 * 3600, 14 * 3600))
def test_the_day_begins_at_midnight_of_whoever_looks(now: float, utc_offset: int) -> None:
    midnight = begin_of_day(now, utc_offset)

    assert now - 86_400 < midnight <= now
    assert (midnight + utc_offset) % 86_400 == pytest.approx(0.0, abs=1e-3) or (
        midnight + utc_offset
    ) % 86_400 == pytest.approx(86_400, abs=1e-3)
