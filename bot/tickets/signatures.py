"""Checks that a webhook was signed with the shared secret, and recently."""

from __future__ import annotations

import hmac
from hashlib import sha256

from pydantic import SecretStr

from bot.errors import ForgedError

MAX_AGE = 300.0
"""Seconds between signing and arrival, in either direction: clocks differ."""


def hmac_sha256(secret: SecretStr, *parts: bytes) -> bytes:
    """Returns the HMAC of the concatenated parts."""
    return hmac.new(secret.get_secret_value().encode(), b"".join(parts), sha256).digest()


def require_same(given: str, expected: str, *, system: str) -> None:
    """Compares in constant time. Raises ForgedError for a difference."""
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise ForgedError("The signature does not match.", system=system, code="signature")


def require_fresh(signed_at: float | None, now: float, *, system: str) -> None:
    """Compares Unix times. Raises ForgedError for a webhook that is too old or has no time."""
    if signed_at is None or not abs(now - signed_at) <= MAX_AGE:
        raise ForgedError("It was signed too long ago.", system=system, code="timestamp")


def unix_seconds(value: str) -> float | None:
    """Returns a header of whole seconds as a number, None for anything else."""
    return float(value) if value.isascii() and value.isdecimal() and len(value) < 12 else None


def require_secret(secret: SecretStr | None, *, system: str) -> SecretStr:
    """Returns the shared secret. Raises ForgedError where none is set: no signature can be checked then."""
    if secret is None:
        raise ForgedError("No webhook secret is set.", system=system, code="no_secret")
    return secret
