"""Secrets of many kinds and languages, and text that only looks like one: the lists in tests/data/secrets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.helpdesk.redaction import redact

LISTS = Path(__file__).resolve().parent.parent / "data" / "secrets"


class Case(NamedTuple):
    """A text, and the part of it that must be removed."""

    kind: str
    text: str
    must_go: str


def secrets(name: str) -> list[Case]:
    return [Case(**json.loads(line)) for line in (LISTS / name).read_text(encoding="utf-8").splitlines()]


def look_alikes(name: str) -> list[str]:
    return (LISTS / name).read_text(encoding="utf-8").splitlines()


SECRETS = [*secrets("secrets.jsonl"), *secrets("more-secrets.jsonl")]
LOOK_ALIKES = [*look_alikes("no-secrets.txt"), *look_alikes("more-no-secrets.txt")]

# Debatable cases: the decision, and the reason.
DEBATABLE_SECRETS = [
    # A lower-case password looks like any other word; to redact a harmless word does less harm.
    Case("any word after a colon", "password: sunshine", "sunshine"),
    Case("any word that ends the sentence", "my password is swordfish", "swordfish"),
    Case("a noun after ist", "mein Passwort ist Schmetterling", "Schmetterling"),
    # Test keys give access to test accounts, which may hold copies of real data.
    Case("a key for tests", "sk_test_AbCdEf0123456789GhIjKl", "AbCdEf0123456789"),
    # A hash can be cracked offline.
    Case("a hash of a password", "mia:$6$AbCdEf01$AbCdEf0123456789GhIjKlMnOpQrStUvWxYz", "AbCdEf0123456789"),
    # The number of a blocked or test card is indistinguishable from a real one.
    Case("a card for tests", "the test card 4111 1111 1111 1111 is declined", "1111 1111"),
    # An old password often differs from the new one only by a number.
    Case("an old password", "my old password was Autumn23", "Autumn23"),
    # Answers to security questions give access like passwords.
    Case("an answer to a security question", "security answer: Fluffy", "Fluffy"),
]
DEBATABLE_LOOK_ALIKES = [
    # In these languages a lower-case word after "is" far more often describes the password than is one.
    "mi contraseña es incorrecta",
    "mon mot de passe est oublié",
    # The author calls it an order number, although it is also a valid card number.
    "My order 6011000990139424 has not arrived",
    # Placeholders give no access and no hint.
    "password: ********",
    "password=$DB_PASSWORD",
    "curl -u user:password https://api.example.com",
    # Public keys and fingerprints are meant to be public.
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7 mia@laptop",
    # A digest identifies a file or a commit.
    "commit 0123456789abcdef0123456789abcdef01234567 broke it",
]


def test_every_secret_of_the_lists_goes() -> None:
    left = [case for case in [*SECRETS, *DEBATABLE_SECRETS] if not is_gone(case.must_go, redact(case.text))]

    assert left == []


def is_gone(secret: str, safe: str) -> bool:
    return secret not in safe and "[redacted: " in safe


def test_whatever_only_looks_like_a_secret_stays() -> None:
    redacted = {text: redact(text) for text in [*LOOK_ALIKES, *DEBATABLE_LOOK_ALIKES]}

    assert {text: safe for text, safe in redacted.items() if safe != text} == {}


@pytest.mark.parametrize("around", ["{}", "> {}", "Hello,\n{}\nthanks", "• {}", "({})"])
def test_a_secret_goes_wherever_it_stands(around: str) -> None:
    left = [case.text for case in SECRETS if "\n" not in case.text and case.must_go in redact(around.format(case.text))]

    assert left == []


def test_look_alikes_below_each_other_are_still_none() -> None:
    """Redacts nothing across the boundary of two harmless sentences."""
    text = "\n\n".join(LOOK_ALIKES)

    assert redact(text) == text
