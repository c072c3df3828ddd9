"""Reads from the headers of an answer how many seconds the server asks its clients to wait."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# The start of the next allowance, as a Unix time (GitHub) or in ISO 8601 (Jira).
_RESET_TIMES = ("x-ratelimit-reset", "x-rate-limit-reset")
# The seconds until then, by the IETF draft of RateLimit headers (Zendesk).
_SECONDS_TO_RESET = "ratelimit-reset"


def announces_limit(headers: Mapping[str, str]) -> bool:
    """Returns True if the headers of a refusal blame the number of requests."""
    return "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"


def requested_wait(headers: Mapping[str, str], *, now: datetime, most: float) -> float | None:
    """Returns the wait by Retry-After, else until the next allowance, at most `most`.

    None where no header says it.
    """
    waits = (
        retry_after(headers.get("retry-after"), now=now, most=most),
        *(_until_reset(headers.get(name), now=now, most=most) for name in _RESET_TIMES),
        retry_after(headers.get(_SECONDS_TO_RESET), now=now, most=most),
    )
    return next((wait for wait in waits if wait is not None), None)


def retry_after(value: str | None, *, now: datetime, most: float) -> float | None:
    """Reads a Retry-After header, a number of seconds or an HTTP date, as seconds from `now`, at most `most`.

    None where it is neither: anything but a finite number from 0 on counts as missing.
    """
    if value is None:
        return None
    seconds = _number(value.strip())
    if seconds is None:
        seconds = _until(_http_date(value), now)
    return None if seconds is None else min(seconds, most)


def _until_reset(value: str | None, *, now: datetime, most: float) -> float | None:
    if value is None:
        return None
    at = _number(value.strip())
    seconds = _until(_iso_time(value) or _http_date(value), now) if at is None else max(0.0, at - now.timestamp())
    return None if seconds is None else min(seconds, most)


def _number(text: str) -> float | None:
    if not re.fullmatch(r"\+?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?", text, re.ASCII):
        return None
    seconds = float(text)
    return seconds if math.isfinite(seconds) else None


def _until(moment: datetime | None, now: datetime) -> float | None:
    """Seconds; a time without a zone is UTC."""
    try:
        return None if moment is None else max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())
    except OverflowError:
        return None


def _http_date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None


def _iso_time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return None
