"""What a failed HTTP request means in the desk's own errors, for every client that is built on httpx.

One question decides: can the request have had its effect? After a plain TemporaryError it has not, after an
AmbiguousError it may have.
"""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType

import httpx

from bot.errors import AmbiguousError, BadRequestError, OutsideError, TemporaryError

UNSENT = "{name} could not be reached"
UNCLEAR = "{name} gave no clear outcome"
UNUSABLE = "No request can be made to {name} this way"

# What each exception of httpx means for the question "did it happen?". A subclass is as bad as its nearest parent here.
NETWORK_ERRORS: Mapping[type[Exception], tuple[type[OutsideError], str]] = MappingProxyType(
    {
        httpx.ConnectTimeout: (TemporaryError, UNSENT),
        httpx.ConnectError: (TemporaryError, UNSENT),
        httpx.PoolTimeout: (TemporaryError, UNSENT),
        httpx.ProxyError: (TemporaryError, UNSENT),
        httpx.ReadTimeout: (AmbiguousError, UNCLEAR),
        httpx.WriteTimeout: (AmbiguousError, UNCLEAR),
        httpx.ReadError: (AmbiguousError, UNCLEAR),
        httpx.WriteError: (AmbiguousError, UNCLEAR),
        httpx.CloseError: (AmbiguousError, UNCLEAR),
        httpx.RemoteProtocolError: (AmbiguousError, UNCLEAR),
        httpx.DecodingError: (AmbiguousError, UNCLEAR),
        httpx.HTTPError: (AmbiguousError, UNCLEAR),
        httpx.LocalProtocolError: (BadRequestError, UNUSABLE),
        httpx.UnsupportedProtocol: (BadRequestError, UNUSABLE),
        httpx.TooManyRedirects: (BadRequestError, UNUSABLE),
        httpx.InvalidURL: (BadRequestError, UNUSABLE),
        # Our own limit on the whole request, and what the layers below httpx let through when a connection breaks.
        OSError: (AmbiguousError, UNCLEAR),
    }
)


@contextlib.contextmanager
def translated_network_errors(*, system: str, name: str) -> Iterator[None]:
    """Every failure of the network as an OutsideError of `system`, whose message calls it `name`."""
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as cause:
        kind, meaning = next(NETWORK_ERRORS[parent] for parent in type(cause).__mro__ if parent in NETWORK_ERRORS)
        code = type(cause).__name__
        raise kind(f"{meaning.format(name=name)} ({code})", system=system, code=code) from cause


def retry_after(value: str | None, *, now: datetime, most: float) -> float | None:
    """Read a Retry-After header, a number of seconds or a date, as seconds from `now`, and never more than `most`.

    None where it says neither: what is no finite number from 0 on counts as missing.
    """
    if value is None:
        return None
    seconds = _number(value.strip())
    if seconds is None:
        seconds = _until(value, now)
    return None if seconds is None else min(seconds, most)


def _number(text: str) -> float | None:
    if not re.fullmatch(r"\+?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?", text, re.ASCII):
        return None
    seconds = float(text)
    return seconds if math.isfinite(seconds) else None


def _until(text: str, now: datetime) -> float | None:
    try:
        until = parsedate_to_datetime(text)
        return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds())
    except (ValueError, OverflowError):
        return None
