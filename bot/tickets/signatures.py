"""Whether a webhook comes from the ticket system: signed with the shared secret, and not long ago."""

from __future__ import annotations

import hmac
from hashlib import sha256

from pydantic import SecretStr

from bot.errors import ForgedError

MAX_AGE = 300.0
"""Seconds that may lie between signing and arriving, either way: clocks differ."""


def hmac_sha256(secret: SecretStr, *parts: bytes) -> bytes:
    """The HMAC of the parts one after the other."""
    return hmac.new(secret.get_secret_value().encode(), b"".join(parts), sha256).digest()


def require_same(given: str, expected: str, *, system: str) -> None:
    """Compare in constant time. Raises ForgedError."""
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise ForgedError("The signature is not ours.", system=system, code="signature")


def require_fresh(signed_at: float | None, now: float, *, system: str) -> None:
    """Both in Unix seconds. Raises ForgedError, also where the time is missing."""
    if signed_at is None or not abs(now - signed_at) <= MAX_AGE:
        raise ForgedError("It was signed too long ago.", system=system, code="timestamp")


def unix_seconds(value: str) -> float | None:
    """A header with whole seconds."""
    return float(value) if value.isascii() and value.isdecimal() and len(value) < 12 else None


def require_secret(secret: SecretStr | None, *, system: str) -> SecretStr:
    """The shared secret. Raises ForgedError where there is none, since then nothing can be proved."""
    if secret is None:
        raise ForgedError("No webhook secret is set.", system=system, code="no_secret")
    return secret
