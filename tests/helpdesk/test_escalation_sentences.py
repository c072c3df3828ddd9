"""Sentences that people write, and the rules of the shipped policy that fire on them.

One file for each table: a line is a sentence, a line that begins with # names the kind or gives the reason for a
debatable one. The files that begin with "given" were made after public reports on such bots; the others were written
without seeing the patterns, each part before the patterns were fixed for it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.helpdesk.escalation import Facts, Phrase, Policy, Rule, decide, says_no_matter
from bot.policy_file import load_policy
from bot.slack.ids import SlackIds
from tests.english import ENGLISH

ROOT = Path(__file__).resolve().parents[2]
POLICY = load_policy((ROOT / "config" / "escalation.toml").read_text(encoding="utf-8"), ids=SlackIds())
WISH = "asks for a person"
SENSITIVE = {"matter of trust", "pay and personal matters", "security incident"}


def sentences(name: str) -> list[str]:
    lines = (ROOT / "tests" / "data" / "sentences" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def fired_by(text: str) -> set[str]:
    return {fired.rule for fired in decide(POLICY, Facts(now=0.0, text=text)).fired}


@pytest.mark.parametrize("file", ["given-wishes", "wishes"])
def test_a_wish_for_a_person_is_recognised(file: str) -> None:
    assert [text for text in sentences(file) if WISH not in fired_by(text)] == []


BARE_WISHES = """
I want to talk to a person|human!!!|agent|Hi, can I please talk to a real person? Thanks|open a ticket please
Ich möchte mit einem Menschen sprechen|Hallo, ich will mit einem Menschen reden, danke|Mitarbeiter bitte
Je veux parler à un humain|Bonjour, puis-je parler à quelqu'un s'il vous plaît ?|un conseiller svp
Quiero hablar con una persona|Hola, ¿puedo hablar con alguien por favor?|necesito un agente
voglio parlare con una persona|quero falar com uma pessoa|ik wil met een mens praten|人工客服
bir insanla görüşmek istiyorum|chcę porozmawiać z człowiekiem|хочу поговорить с человеком
أريد التحدث مع شخص|オペレーターにつないで|상담원 연결
"""
WISHES_WITH_A_MATTER = """
I want to talk to a person about my VPN|I need a person, my printer is broken|VPN human|can a person reset my password
talk to a human: password reset does not work|put me in touch with someone who knows about SAP
Ich möchte mit einem Menschen über mein Passwort sprechen|Kann mich jemand wegen des Druckers anrufen?
Je veux parler à un humain de mon VPN|puis-je parler à quelqu'un au sujet de ma facture
Quiero hablar con una persona sobre mi impresora|necesito que alguien arregle mi portátil
voglio parlare con una persona del mio computer|quero falar com uma pessoa sobre a impressora
ik wil met iemand praten over mijn laptop|chcę porozmawiać z człowiekiem o drukarce
хочу поговорить с человеком о принтере|打印机坏了，转人工|プリンターが壊れたのでオペレーターにつないで
프린터가 고장났어요 상담원 연결해 주세요
"""


def _listed(table: str) -> list[str]:
    return [text for line in table.strip().splitlines() for text in line.split("|")]


@pytest.mark.parametrize("text", _listed(BARE_WISHES))
def test_a_wish_alone_says_no_matter(text: str) -> None:
    assert WISH in fired_by(text)
    assert says_no_matter(POLICY, text)


@pytest.mark.parametrize("text", _listed(WISHES_WITH_A_MATTER))
def test_a_wish_with_a_matter_says_one(text: str) -> None:
    assert not says_no_matter(POLICY, text)


def test_own_phrases_of_a_policy_alone_say_no_matter() -> None:
    condition = Phrase(phrases=("ask/call the wizards",), whole=("wizard",))
    policy = Policy.of([Rule(name="own", condition=condition)])

    assert all(
        says_no_matter(policy, text) for text in ("Please call the wizards!", "Wizard, please", "ask the wizards")
    )
    assert not any(says_no_matter(policy, text) for text in ("call the wizards about my VPN", "my wizard", "VPN"))


@pytest.mark.parametrize("file", ["given-sensitive", "sensitive"])
def test_a_sensitive_matter_is_recognised(file: str) -> None:
    assert [text for text in sentences(file) if not fired_by(text) & SENSITIVE] == []


@pytest.mark.parametrize("file", ["given-harmless", "harmless"])
def test_a_harmless_sentence_fires_no_rule(file: str) -> None:
    assert {text: fired for text in sentences(file) if (fired := fired_by(text))} == {}


@pytest.mark.parametrize("text", sentences("danger"))
def test_an_employee_in_danger_is_never_answered_by_the_assistant_alone(text: str) -> None:
    decision = decide(POLICY, Facts(now=0.0, text=text))

    assert "matter of trust" in {fired.rule for fired in decision.fired}
    assert (decision.priority, decision.show_answer) == ("urgent", False)
    assert decision.tell is not None
    assert "call your local emergency number" in ENGLISH(decision.tell)


@pytest.mark.parametrize("right", ["talk to a human", "my manager harassed me", "phishing"])
def test_case_apostrophes_and_spacing_make_no_difference(right: str) -> None:
    assert fired_by(right.upper()) == fired_by(f"  {right.replace(' ', '  ')}!!") == fired_by(right)


def test_a_reason_never_quotes_what_the_data_does_not_know() -> None:
    text = "I gave my password hunter2 S3CRET to a scammer, please get me a human called Zyxwv"

    reasons = " ".join(map(ENGLISH, decide(POLICY, Facts(now=0.0, text=text)).reasons))

    assert "“get me a human”" in reasons
    assert not any(word in reasons for word in ("hunter2", "S3CRET", "Zyxwv"))
