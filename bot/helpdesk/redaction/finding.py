"""What a detector reports: something secret, of a kind, at a place."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass


class Kind(enum.StrEnum):
    """What was found, in the words people read in its place. Where findings overlap, the earlier kind names them."""

    PRIVATE_KEY = "private key"
    CARD = "card number"
    IBAN = "iban"
    WEBHOOK = "webhook address"
    API_KEY = "api key"
    TOKEN = "token"
    PASSWORD = "password"
    PIN = "pin"
    CODE = "security code"
    SECRET = "secret"

    @property
    def mark(self) -> str:
        """What stands in a text where something of this kind was."""
        return f"[redacted: {self}]"


PRECEDENCE = {kind: place for place, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something secret at `text[start:end]`."""

    kind: Kind
    start: int
    end: int


Detector = Callable[[str], Iterator[Finding]]
"""Finds one kind of secret in a text."""
