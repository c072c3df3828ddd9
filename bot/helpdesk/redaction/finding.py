"""The result of a detector: a secret, its kind and its position."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass


class Kind(enum.StrEnum):
    """Kind of a secret, as its mark names it. Overlapping findings get the kind that is declared first."""

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
        """The text that replaces a secret of this kind."""
        return f"[redacted: {self}]"


PRECEDENCE = {kind: rank for rank, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretFinding:
    """A secret at `text[start:end]`."""

    kind: Kind
    start: int
    end: int


Detector = Callable[[str], Iterator[SecretFinding]]
"""Yields the secrets of one form in a text."""
