"""Replay of stored decisions under another policy, and the explanation of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from bot.helpdesk.escalation import (
    Confidence,
    Decision,
    Facts,
    Moment,
    Phrase,
    Policy,
    Replay,
    Replayed,
    Rule,
    Sensitive,
    Stage,
    Topic,
    Words,
    decide,
    explain,
    noted,
    read_stages,
)
from bot.helpdesk.escalation.policy import WISH, built_in
from tests.english import ENGLISH
from tests.helpdesk.test_escalation import any_facts, any_rule

any_named_rules = st.lists(any_rule, max_size=6).map(
    lambda rules: [
        dataclasses.replace(rule, name=f"rule {number}", when_from=frozenset({"guest"} if number % 3 == 2 else ()))
        for number, rule in enumerate(rules)
    ]
)
any_policy = any_named_rules.map(Policy.of)
LATER = (Moment.ANSWERED, Moment.RATED, Moment.PRESSED)


def _stored(policy: Policy, seen: Sequence[Facts]) -> tuple[tuple[Stage, ...], str]:
    """Returns what the desk stores of these facts, and the question's text; later facts have no words."""
    first, *others = seen
    stored = noted("", Moment.ASKED, first, decide(policy, first))
    for moment, facts in zip(LATER, others, strict=False):
        facts = dataclasses.replace(facts, text="")
        stored = noted(stored, moment, facts, decide(policy, facts))
    return read_stages(stored), first.text


def _replayed(policy: Policy, before: Policy, seen: Sequence[Facts]) -> tuple[Replayed, Replayed] | None:
    stages, text = _stored(before, seen)
    return Replay(policy, {before.fingerprint: before}.get).judge(stages, text)


any_facts_on_somebody = st.builds(
    dataclasses.replace,
    any_facts,
    kinds=st.sampled_from([(), ("guest",), ("member",)]),
    kept_by=st.sampled_from([(), (), ("rule 1",), ("gone",)]),
)
some_facts = st.lists(any_facts_on_somebody, min_size=1, max_size=4)


@given(policy=any_policy, seen=some_facts)
def test_replaying_the_policy_in_force_changes_nothing(policy: Policy, seen: list[Facts]) -> None:
    judged = _replayed(policy, policy, seen)

    assert judged is not None
    assert judged[0] == judged[1]


@given(before=any_policy, after=any_policy, seen=some_facts)
def test_a_replay_decides_as_the_desk_would_have(before: Policy, after: Policy, seen: list[Facts]) -> None:
    judged = _replayed(after, before, seen)
    live = _replayed(after, after, seen)

    assert judged is not None
    assert live is not None
    assert judged[1] == live[0]
    assert judged[0] == (_replayed(before, before, seen) or live)[0]


def test_a_replay_reads_the_words_for_a_phrase_that_is_new() -> None:
    wish = Rule(name="wish", condition=Phrase(built_in=(built_in(WISH),)))
    more = dataclasses.replace(wish, condition=Phrase(built_in=(built_in(WISH),), phrases=("printer",)))
    texts = {"The printer is on fire": True, "Where is the canteen?": False, "Can I talk to a person?": False}
    for text, added in texts.items():
        judged = _replayed(Policy.of([more]), Policy.of([wish]), [Facts(now=1.0, text=text)])
        assert judged is not None
        before, after = judged
        assert after.differs_from(before) is added
        assert after.escalates is (text != "Where is the canteen?")


SAID = (
    *(
        "Can I talk to",
        "a",
        "real",
        "live",
        "person",
        "please",
        "the manager",
        "mangaer",
        "hotline",
        "Hot-Line",
        "don't",
    ),
    *("before me", "harassed", "my boss", "the salary.exe", "“", "”", ".", "peeerson", "not"),
)
any_sentence = st.lists(st.sampled_from(SAID), max_size=8).map(" ".join)
any_ignored = st.lists(
    st.sampled_from(["manager", "real/live person", "hot line", "don't", "person before me", "boss", "salary"]),
    max_size=3,
    unique=True,
).map(tuple)
any_topics = (Topic(name="harassment", built_in=built_in("harassment")), Topic(name="pay", phrases=("salary", "boss")))
any_condition_on_words = st.one_of(
    st.builds(Phrase, built_in=st.just((built_in(WISH),)), phrases=st.just(("hotline",)), unless=any_ignored),
    st.builds(Sensitive, topics=st.just(any_topics), unless=any_ignored),
)
any_rule_on_words = st.builds(
    Rule, name=st.just("words"), condition=any_condition_on_words, languages=st.sampled_from([frozenset(), {"de"}])
)


@given(before=any_rule_on_words, after=any_rule_on_words, text=any_sentence)
def test_a_rule_that_ignores_other_phrases_than_then_is_judged_as_the_desk_would_have(
    before: Rule, after: Rule, text: str
) -> None:
    before, after = (dataclasses.replace(rule, languages=frozenset(rule.languages)) for rule in (before, after))
    judged = _replayed(Policy.of([after]), Policy.of([before]), [Facts(now=1.0, text=text, language="de")])

    assert judged is not None
    assert judged[1].rules == decide(Policy.of([after]), Facts(now=1.0, text=text, language="de")).rules


def test_a_question_without_its_words_or_its_policy_is_not_judged() -> None:
    policy = Policy.of([Rule(name="unsure", condition=Confidence(levels=frozenset({"low"})))])
    stages, text = _stored(policy, [Facts(now=1.0, text="Where is it?")])

    assert Replay(policy, {policy.fingerprint: policy}.get).judge(stages, "") is None
    assert Replay(policy, lambda _: None).judge(stages, text) is None
    assert Replay(policy, {policy.fingerprint: policy}.get).judge((), text) is None


@given(policy=any_policy, seen=some_facts)
def test_every_rule_is_explained_as_it_was_decided(policy: Policy, seen: list[Facts]) -> None:
    stages, text = _stored(policy, seen)
    outcomes = explain(policy, stages, Words(text=text))

    fired = {name for stage in stages for name in stage.fired}
    assert {outcome.name for outcome in outcomes if outcome.fired} == fired
    assert [outcome.name for outcome in outcomes][: len(policy.rules)] == [rule.name for rule in policy.rules]
    assert all(ENGLISH(outcome.reason).endswith(".") for outcome in outcomes)


@given(seen=some_facts)
def test_no_words_of_the_question_are_kept_with_its_decisions(seen: list[Facts]) -> None:
    marked = [dataclasses.replace(facts, text=f"Zanzibar {facts.text}", confidence_level="low") for facts in seen]
    decision = Decision(fired=(), fingerprint="f")

    assert "Zanzibar" not in noted("", Moment.ASKED, marked[0], decision)
