"""What a failed HTTP request means in the desk's own errors, for every client that is built on httpx.

One question decides: can the request have had its effect? After a plain TemporaryError it has not, after an
AmbiguousError it may have.
"""

from __future__ import annotations

import contextlib
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


def retry_after(value: str | None, *, now: datetime) -> float | None:
    """Read a Retry-After header, a number of seconds or a date, as seconds from `now`; None where it says neither."""
    if value is None:
        return None
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", value.strip()):
        return float(value.strip())
    try:
        until = parsedate_to_datetime(value)
        return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds())
    except (ValueError, OverflowError):
        return None
