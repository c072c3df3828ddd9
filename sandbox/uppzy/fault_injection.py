"""Fault injection: faults of one endpoint of the local Uppzy, a number of times or until cleared."""

from __future__ import annotations

import enum
import json
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace


class Endpoint(enum.StrEnum):
    """Endpoints that can fail. WORK is the answering of an asynchronous question: a fault makes it `failed`."""

    CHAT = "chat"
    SUBMIT = "submit"
    STATUS = "status"
    FEEDBACK = "feedback"
    CLOSE = "close"
    LIMITS = "limits"
    SESSIONS = "sessions"
    WORK = "work"
    DOCUMENTS = "documents"
    CREATE_DOCUMENT = "create document"
    CHANGE_DOCUMENT = "change document"
    DOCUMENT_STATUS = "document status"


@dataclass(frozen=True, slots=True, kw_only=True)
class UppzyFault:
    """One way to fail. The functions below build the usual ones.

    `times` limits how often, None: until cleared. With `processed`, the request takes effect first.
    `status`, `body` and `headers` replace those of the real response, `without` leaves fields out of its body,
    `drop` closes the connection instead of responding. `delay` is in seconds and comes first.
    """

    times: int | None = 1
    processed: bool = False
    status: int | None = None
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    drop: bool = False
    delay: float = 0.0


def replying(status: int, body: object = None, *, times: int | None = 1, processed: bool = False) -> UppzyFault:
    """Returns any status with any body: bytes and text as they are, None as nothing, everything else as JSON."""
    return UppzyFault(status=status, body=_encoded(body), times=times, processed=processed)


def rate_limited(retry_after: float | str | None = None, body: object = None, *, times: int | None = 1) -> UppzyFault:
    """Returns 429. Neither the Retry-After header nor a body is documented, so both are optional."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return replace(replying(429, body, times=times), headers=headers)


def refused_by_plan(*, times: int | None = 1) -> UppzyFault:
    """Returns the documented 403."""
    return replying(403, {"error": "api_access_not_available_on_plan"}, times=times)


def dropped(*, processed: bool = False, times: int | None = 1) -> UppzyFault:
    """Breaks the connection, before or after the request took effect."""
    return UppzyFault(drop=True, processed=processed, times=times)


def malformed(*, times: int | None = 1) -> UppzyFault:
    """Returns a success whose JSON body is truncated."""
    return replying(200, b'{"session_id": "s', times=times, processed=True)


def empty(*, times: int | None = 1) -> UppzyFault:
    """Returns a success without a body."""
    return replying(200, times=times, processed=True)


def lacking(*fields: str, times: int | None = 1) -> UppzyFault:
    """Returns the real response without some of its fields."""
    return UppzyFault(without=fields, processed=True, times=times)


def slow(seconds: float, *, times: int | None = 1) -> UppzyFault:
    """Delays the real response."""
    return UppzyFault(delay=seconds, processed=True, times=times)


class UppzyFaults:
    """Pending faults, first in, first out for each endpoint."""

    def __init__(self) -> None:
        self._pending: defaultdict[Endpoint, deque[UppzyFault]] = defaultdict(deque)

    def add(self, endpoint: Endpoint, fault: UppzyFault) -> None:
        self._pending[endpoint].append(fault)

    def clear(self, endpoint: Endpoint | None = None) -> None:
        """Removes the faults of one endpoint, or all."""
        for each in Endpoint if endpoint is None else (endpoint,):
            self._pending[each].clear()

    def take(self, endpoint: Endpoint) -> UppzyFault | None:
        """Returns the fault for the next request and counts it down."""
        pending = self._pending[endpoint]
        if not pending:
            return None
        fault = pending[0]
        if fault.times is not None:
            pending.popleft()
        if fault.times is not None and fault.times > 1:
            pending.appendleft(replace(fault, times=fault.times - 1))
        return fault


def _encoded(body: object) -> bytes:
    if body is None:
        return b""
    if isinstance(body, bytes):
        return body
    return (body if isinstance(body, str) else json.dumps(body)).encode()
