"""The shipped policy, on messages of employees."""

from __future__ import annotations

import re
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.helpdesk.escalation import (
    Decision,
    Facts,
    NoteRules,
    Priority,
    TicketRules,
    decide,
    describe,
)
from bot.helpdesk.model.conversation import Rating
from bot.policy_file import load_policy as load
from bot.slack.ids import SlackIds

load_policy = partial(load, ids=SlackIds())

ROOT = Path(__file__).resolve().parents[2]
POLICY = load_policy((ROOT / "config" / "escalation.toml").read_text(encoding="utf-8"))
NOW = 1_700_000_000.0


def decide_on(text: str) -> Decision:
    return decide(POLICY, Facts(now=NOW, text=text, answered=True, confidence_level="high"))


def rules_fired_by(text: str) -> list[str]:
    return [fired.rule for fired in decide_on(text).fired]


@pytest.mark.parametrize(
    "text",
    [
        "I want to talk to a human",
        "can I speak to someone?",
        "Could I chat with a live agent",
        "I would rather talk to a person.",
        "let me talk to your support team",
        "please get me a real person",
        "Can you connect me with an agent",
        "put me through to the helpdesk",
        "is there a human I can talk to?",
        "I need a human",
        "a human, please",
        "hey, human please :pray:",
        "agent",
        "Human!",
        "please escalate this",
        "*talk*   to _a_ person",
        "Ich möchte mit einem Menschen sprechen",
        "kann ich mit jemandem reden?",
        "je voudrais parler à quelqu’un",
        "quiero hablar con una persona",
        "Bir insanla görüşmek istiyorum",
        "BIR INSANLA GORUSMEK ISTIYORUM",
        "İNSAN",
    ],
)
def test_a_wish_for_a_person_is_understood(text: str) -> None:
    assert rules_fired_by(text) == ["asks for a person"]


@pytest.mark.parametrize(
    "text",
    [
        "How do I reset my password?",
        "how do I change my user agent",
        "what does a user agent do, please",
        "how to install the monitoring agent please",
        "which agent version do we run",
        "where is the HR agent portal",
        "human resources",
        "how do I talk to human resources",
        "was it human error",
        "Is the format human-readable?",
        "I don't want to talk to a person",
        "I’d rather not talk to a person",
        "are you a real person?",
        "who is the person responsible for VPN",
        "is there a person with the name Ada",
        "thanks",
        "When is the phishing awareness training?",
        "the hackathon is about wagering",
        "",
        "👍",
    ],
)
def test_an_ordinary_question_stays_with_the_assistant(text: str) -> None:
    assert rules_fired_by(text) == []


@pytest.mark.parametrize(
    ("text", "rule", "priority", "show_answer"),
    [
        ("My payslip is wrong", "pay and personal matters", Priority.HIGH, False),
        ("when does payroll run", "pay and personal matters", Priority.HIGH, False),
        ("I haven’t been paid", "pay and personal matters", Priority.HIGH, False),
        ("I am being bullied by my manager", "matter of trust", Priority.URGENT, False),
        ("My manager harassed me", "matter of trust", Priority.URGENT, False),
        ("ich wurde belästigt", "matter of trust", Priority.URGENT, False),
        ("I clicked on a suspicious link", "security incident", Priority.URGENT, True),
        ("I think my account was hacked", "security incident", Priority.URGENT, True),
        ("someone stole my laptop", "security incident", Priority.URGENT, True),
    ],
)
def test_a_sensitive_matter_goes_to_people(text: str, rule: str, priority: Priority, show_answer: bool) -> None:
    decision = decide_on(text)

    assert [fired.rule for fired in decision.fired] == [rule]
    assert (decision.priority, decision.show_answer, decision.ticket) == (priority, show_answer, True)


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        (Facts(now=NOW, text="", answered=True, confidence_level="low"), "unsure answer"),
        (Facts(now=NOW, text="", answered=True), "unsure answer"),
        (Facts(now=NOW, text="", rating=Rating.BAD), "not helpful"),
        (Facts(now=NOW, text="", asked_for_person=True), "asks for a person"),
        (Facts(now=NOW, text="", unresolved_at=(NOW - 3000, NOW - 60, NOW)), "going in circles"),
        (Facts(now=NOW, text="", unavailable_for=900), "assistant unavailable"),
        (Facts(now=NOW, text="", refused=True), "assistant unavailable"),
    ],
)
def test_each_signal_of_the_playbook_has_its_rule(facts: Facts, rule: str) -> None:
    assert [fired.rule for fired in decide(POLICY, facts).fired] == [rule]


def test_every_rule_tells_the_employee_what_happens() -> None:
    assert len(describe(POLICY)) == len(POLICY.rules)
    assert all(rule.tell for rule in POLICY.rules)


def test_the_examples_of_the_documentation_are_valid_policies() -> None:
    text = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
    examples = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)

    assert len(examples) >= 6
    rule = '[[rule]]\nname = "bad"\ncondition = "verdict"\n'
    for example in examples:
        whole = example if "[[rule]]" in example else rule + example
        assert load_policy(whole if "version" in whole else f"version = 1\n{whole}").rules


def test_what_the_shipped_file_suggests_for_handoffs_is_valid() -> None:
    text = (ROOT / "config" / "escalation.toml").read_text(encoding="utf-8")
    suggested = re.sub("^# ?", "", text[text.index("# [handoff]") :], flags=re.MULTILINE)

    policy = load_policy(text + suggested)
    rules = policy.handoffs

    assert (policy.tickets, policy.notes) == (TicketRules(), NoteRules())
    assert rules.on_call == "S0123ABCD"
    assert rules.reply_within[Priority.URGENT] == 15 * 60
    assert not rules.hours.is_open(datetime(2026, 12, 25, 10, tzinfo=ZoneInfo("Europe/Berlin")).timestamp())
