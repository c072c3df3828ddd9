"""Maps the exceptions of httpx to the desk's own errors.

One question decides: can the request have had its effect? After a plain TemporaryError it has not, after an
AmbiguousError it may have.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from types import MappingProxyType

import httpx

from bot.errors import AmbiguousError, BadRequestError, OutsideError, TemporaryError

UNSENT = "{name} could not be reached"
UNCLEAR = "{name} gave no clear outcome"
UNUSABLE = "No request can be made to {name} this way"

# A subclass that is missing means what its nearest parent here means.
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
        # The timeout of the whole request, and what the layers below httpx let through when a connection breaks.
        OSError: (AmbiguousError, UNCLEAR),
    }
)


@contextlib.contextmanager
def translated_network_errors(*, system: str, name: str) -> Iterator[None]:
    """Raises every network failure as an OutsideError of `system`, whose message calls it `name`."""
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as cause:
        kind, message = next(NETWORK_ERRORS[parent] for parent in type(cause).__mro__ if parent in NETWORK_ERRORS)
        code = type(cause).__name__
        raise kind(f"{message.format(name=name)} ({code})", system=system, code=code) from cause
