"""Decisions of the policy: the facts on which rules fire, and what follows."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.helpdesk.escalation import (
    GROUP,
    GUEST,
    MEMBER,
    Condition,
    Confidence,
    Decision,
    Facts,
    Phrase,
    Policy,
    Priority,
    Rule,
    Sensitive,
    Topic,
    Unavailable,
    Unresolved,
    VerdictIs,
    decide,
)
from bot.helpdesk.messages import OwnWords
from bot.helpdesk.model.conversation import Rating
from tests.english import ENGLISH

NOW = 1_700_000_000.0
QUIET = Facts(now=NOW, text="How do I reset my password?", answered=True, confidence_level="high", confidence_score=0.9)

UNSURE = Confidence(levels=frozenset({"low"}), absent=True)
WISH = Phrase(phrases=("talk to a human",), whole=("agent",), unless=("user agent",))
UNHAPPY = VerdictIs(rating=Rating.BAD)
PAYROLL = Sensitive(topics=(Topic(name="payroll", phrases=("payslip",)), Topic(name="leave", phrases=("sick note",))))
CIRCLES = Unresolved(count=3, within_seconds=3600)
DOWN = Unavailable(minutes=15)


ONE, TWO = OwnWords({"en": "One."}), OwnWords({"en": "Two."})


def said(decision: Decision) -> list[str]:
    """Returns the reasons as agents read them."""
    return [ENGLISH(reason) for reason in decision.reasons]


def facts(**changes: Any) -> Facts:
    return dataclasses.replace(QUIET, **changes)


def rule(condition: Condition, name: str = "rule", **changes: Any) -> Rule:
    return dataclasses.replace(Rule(name=name, condition=condition), **changes)


def decide_by(*conditions: Condition, on: Facts) -> Decision:
    rules = [rule(condition, name=f"rule {number}") for number, condition in enumerate(conditions)]
    return decide(Policy.of(rules), on)


ALL = (UNSURE, WISH, UNHAPPY, PAYROLL, CIRCLES, DOWN)


def test_a_question_that_was_answered_well_stays_with_the_assistant() -> None:
    decision = decide_by(*ALL, on=QUIET)

    assert not decision.escalate
    assert (decision.show_answer, decision.ticket, decision.channel, decision.tell) == (True, False, None, None)


@pytest.mark.parametrize(
    ("condition", "met", "reason"),
    [
        (UNSURE, {"confidence_level": "low", "confidence_score": 0.312}, "The assistant's confidence was low (0.31)."),
        (UNSURE, {"confidence_level": "LOW", "confidence_score": None}, "The assistant's confidence was low."),
        (UNSURE, {"confidence_level": "low", "confidence_score": float("nan")}, "The assistant's confidence was low."),
        (UNSURE, {"confidence_level": None}, "The assistant did not say how confident it was."),
        (UNSURE, {"confidence_level": " "}, "The assistant did not say how confident it was."),
        (WISH, {"text": "I want to TALK, to a human!"}, "The employee asked for a person: “talk to a human”."),
        (WISH, {"asked_for_person": True}, "The employee pressed “Talk to a person”."),
        (UNHAPPY, {"rating": Rating.BAD}, "The employee rated the answer as not helpful."),
        (PAYROLL, {"text": "My payslip is wrong"}, "The message touches a sensitive topic: payroll (“payslip”)."),
        (
            PAYROLL,
            {"text": "Payslip lost with my sick note"},
            "The message touches a sensitive topic: payroll (“payslip”), leave (“sick note”).",
        ),
        (
            CIRCLES,
            {"unresolved_at": (NOW - 3600, NOW - 10, NOW)},
            "Asked 3 times within 60 minutes without being resolved.",
        ),
        (
            DOWN,
            {"answered": False, "unavailable_for": 900.0},
            "The assistant has not been able to answer for 15 minutes.",
        ),
        (DOWN, {"answered": False, "refused": True}, "The assistant refused to answer this question."),
    ],
)
def test_a_met_condition_escalates_with_a_reason(condition: Condition, met: dict[str, Any], reason: str) -> None:
    decision = decide_by(condition, on=facts(**met))

    assert decision.escalate
    assert said(decision) == [reason]
    assert decision.fired[0].condition == condition.kind


@pytest.mark.parametrize(
    ("condition", "not_met"),
    [
        (UNSURE, {"confidence_level": "medium"}),
        (UNSURE, {"confidence_level": None, "answered": False}),
        (UNSURE, {"confidence_level": "low", "answered": False}),
        (Confidence(levels=frozenset({"low"})), {"confidence_level": None}),
        (Confidence(absent=True), {"confidence_level": "low"}),
        (WISH, {"text": "Which user agent does the portal see?"}),
        (UNHAPPY, {"rating": Rating.GOOD}),
        (UNHAPPY, {"rating": None}),
        (PAYROLL, {"text": "payslips2go"}),
        (CIRCLES, {"unresolved_at": (NOW - 10, NOW)}),
        (CIRCLES, {"unresolved_at": (NOW - 3601, NOW - 10, NOW)}),
        (DOWN, {"answered": False, "unavailable_for": 899.0}),
        (Unavailable(minutes=0), {"unavailable_for": 0.0}),
    ],
)
def test_a_condition_that_is_just_not_met_stays_quiet(condition: Condition, not_met: dict[str, Any]) -> None:
    assert not decide_by(condition, on=facts(**not_met)).escalate


def test_a_wish_and_a_sensitive_topic_count_before_there_is_an_answer() -> None:
    decision = decide_by(WISH, PAYROLL, on=facts(text="Talk to a human about my payslip", answered=False))

    assert [fired.condition for fired in decision.fired] == ["phrase", "sensitive"]


def test_unavailable_for_no_minutes_escalates_at_the_first_failure() -> None:
    decision = decide_by(Unavailable(minutes=0), on=facts(answered=False, unavailable_for=0.5))

    assert said(decision) == ["The assistant cannot answer at the moment."]


def test_the_button_goes_by_the_first_rule_about_wishes() -> None:
    first, second = rule(WISH, name="first", channel="C1"), rule(Phrase(phrases=("boss",)), name="second")

    decision = decide(Policy.of([rule(UNHAPPY, name="other"), first, second]), facts(asked_for_person=True))

    assert [fired.rule for fired in decision.fired] == ["first"]
    assert decision.channel == "C1"


def test_the_button_goes_by_the_first_rule_about_wishes_for_the_employee() -> None:
    guests = rule(WISH, name="guests", channel="C1", when_from=frozenset({GUEST}))
    others = rule(Phrase(phrases=("boss",)), name="others")
    policy = Policy.of([guests, others])

    assert decide(policy, facts(asked_for_person=True, kinds=(GUEST,))).rules == ("guests",)
    assert decide(policy, facts(asked_for_person=True, kinds=(MEMBER,))).rules == ("others",)


@pytest.mark.parametrize(
    ("narrowed", "asker", "fires"),
    [
        ({"when_from": frozenset({GUEST})}, {"kinds": (GUEST,)}, True),
        ({"when_from": frozenset({GUEST})}, {"kinds": (MEMBER, f"{GROUP}S1")}, False),
        ({"when_from": frozenset({GUEST, f"{GROUP}S1"})}, {"kinds": (MEMBER, f"{GROUP}S1")}, True),
        ({"when_from": frozenset({GUEST})}, {}, False),
        ({"languages": frozenset({"de", "fr"})}, {"language": "fr"}, True),
        ({"languages": frozenset({"de"})}, {"language": "en"}, False),
        ({"languages": frozenset({"de"})}, {}, False),
        (
            {"languages": frozenset({"de"}), "when_from": frozenset({MEMBER})},
            {"language": "de", "kinds": (GUEST,)},
            False,
        ),
    ],
)
def test_a_rule_fires_for_the_employees_that_it_names(
    narrowed: dict[str, Any], asker: dict[str, Any], fires: bool
) -> None:
    policy = Policy.of([rule(PAYROLL, **narrowed)])

    assert decide(policy, facts(text="my payslip", **asker)).escalate is fires


def test_one_rule_that_does_not_ask_suffices_and_goes_on_in_what_follows() -> None:
    policy = Policy.of([rule(WISH, name="wish"), rule(PAYROLL, name="pay", ask=False, channel="C1")])

    first = decide(policy, facts(text="talk to a human about my payslip"))
    later = decide(policy, facts(text="hello", kept_by=first.kept_by))

    assert (first.rules, first.kept_by) == (("wish", "pay"), ("pay",))
    assert (later.rules, later.kept_by, later.channel) == (("pay",), ("pay",), "C1")
    assert said(later) == ["The message belongs to a conversation that a rule keeps from the assistant."]


def test_a_rule_that_is_gone_still_keeps_what_follows() -> None:
    later = decide_by(WISH, on=facts(kept_by=("gone",)))

    assert (later.rules, later.kept_by) == (("gone",), ("gone",))


def test_rules_without_the_new_means_keep_their_fingerprint_and_others_get_a_new_one() -> None:
    plain = Policy.of([rule(PAYROLL)]).fingerprint
    others: list[dict[str, Any]] = [{"ask": False}, {"when_from": frozenset({GUEST})}, {"languages": frozenset({"de"})}]

    assert Policy.of([rule(PAYROLL, ask=True, when_from=frozenset(), languages=frozenset())]).fingerprint == plain
    assert len({plain, *(Policy.of([rule(PAYROLL, **other)]).fingerprint for other in others)}) == 4


def test_the_button_works_under_a_policy_that_forgot_it() -> None:
    decision = decide_by(UNHAPPY, on=facts(asked_for_person=True))

    assert decision.escalate
    assert decision.ticket
    assert said(decision) == ["The employee pressed “Talk to a person”."]


def test_a_reason_quotes_the_policy_and_nothing_else_of_the_message() -> None:
    decision = decide_by(WISH, PAYROLL, on=facts(text="SECRET talk to a human SECRET payslip SECRET"))

    assert len(decision.reasons) == 2
    assert not any("SECRET" in reason for reason in said(decision))


def test_where_several_rules_fire_the_decision_joins_what_they_ask_for() -> None:
    policy = Policy.of(
        [
            rule(UNHAPPY, name="a", priority=Priority.LOW, ticket=False),
            rule(UNSURE, name="b", priority=Priority.URGENT, ticket=True, channel="C1", tell=ONE),
            rule(
                PAYROLL,
                name="c",
                priority=Priority.HIGH,
                ticket=False,
                channel="C2",
                tell=TWO,
                show_answer=False,
            ),
        ]
    )

    decision = decide(policy, facts(rating=Rating.BAD, confidence_level="low", text="payslip"))

    assert [fired.rule for fired in decision.fired] == ["a", "b", "c"]
    assert decision.priority is Priority.URGENT
    assert decision.ticket
    assert not decision.show_answer
    assert decision.channel == "C1"
    assert decision.tell == ONE
    assert decision.fingerprint == policy.fingerprint


def test_priorities_are_ordered_by_urgency_not_by_spelling() -> None:
    ranks = {priority: priority.rank for priority in Priority}

    assert sorted(Priority, key=ranks.__getitem__) == ["low", "normal", "high", "urgent"]


any_words = st.one_of(
    st.text(max_size=60), st.sampled_from(["talk to a human", "my payslip", "agent", "user agent", "sick note please"])
)
any_time = st.floats(allow_nan=False, width=32)
any_facts = st.builds(
    Facts,
    now=any_time,
    text=any_words,
    answered=st.booleans(),
    confidence_level=st.one_of(st.none(), st.text(max_size=5), st.sampled_from(["low", "Low", "high"])),
    confidence_score=st.one_of(st.none(), st.floats()),
    rating=st.one_of(st.none(), st.sampled_from(Rating)),
    asked_for_person=st.booleans(),
    unresolved_at=st.lists(any_time, max_size=4).map(tuple),
    unavailable_for=st.floats(min_value=0),
    refused=st.booleans(),
)
any_rule = st.builds(
    Rule,
    name=st.text(min_size=1, max_size=5),
    condition=st.sampled_from(ALL),
    priority=st.sampled_from(Priority),
    channel=st.one_of(st.none(), st.just("C1")),
    ticket=st.booleans(),
    show_answer=st.booleans(),
    tell=st.one_of(st.none(), st.just(OwnWords({"en": "Hello."}))),
)
any_policy = st.lists(any_rule, max_size=6).map(Policy.of)


@given(policy=any_policy, given_facts=any_facts)
def test_every_policy_decides_on_all_facts_and_always_the_same(policy: Policy, given_facts: Facts) -> None:
    decision = decide(policy, given_facts)

    assert decision == decide(policy, given_facts)
    assert decision.escalate == bool(decision.reasons)
    assert all(reason.endswith(".") for reason in said(decision))


@given(policy=any_policy, given_facts=any_facts)
def test_the_button_always_leads_to_a_person(policy: Policy, given_facts: Facts) -> None:
    assert decide(policy, dataclasses.replace(given_facts, asked_for_person=True)).escalate


@given(policy=any_policy, given_facts=any_facts, time=any_time, longer=st.floats(min_value=0, max_value=1e9))
def test_more_trouble_never_silences_a_rule(policy: Policy, given_facts: Facts, time: float, longer: float) -> None:
    worse = dataclasses.replace(
        given_facts,
        rating=Rating.BAD,
        asked_for_person=True,
        unresolved_at=(*given_facts.unresolved_at, time),
        unavailable_for=given_facts.unavailable_for + longer,
        refused=True,
    )

    before = {fired.rule for fired in decide(policy, given_facts).fired}

    assert before <= {fired.rule for fired in decide(policy, worse).fired}


@given(policy=any_policy, more=st.lists(any_rule, max_size=3), given_facts=any_facts)
def test_more_rules_never_lower_the_priority_or_show_more(policy: Policy, more: list[Rule], given_facts: Facts) -> None:
    before = decide(policy, given_facts)

    after = decide(Policy.of([*policy.rules, *more]), given_facts)

    if any(fired.rule != "talk to a person" for fired in before.fired):
        assert after.escalate
        assert after.show_answer <= before.show_answer
