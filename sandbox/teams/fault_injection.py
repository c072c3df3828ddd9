"""Fault injection for the local Teams: refusals, throttling, outages, broken connections, delays, odd bodies."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.teams.wire import Json

ANY_OPERATION = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCall:
    """One request of the bot as it arrived, refused ones too. `status` is 0 where no answer was sent.

    `operation` is post, update, delete, create, members, paged_members, member, team, channels, react, unreact, and
    for the others: token, openid, keys, graph, file, upload. `conversation` is the id in the address, with its thread.
    """

    operation: str
    path: str
    at: float
    conversation: str = ""
    activity: str = ""
    subject: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    body: Json = field(default_factory=dict)
    status: int = 0
    code: str = ""


When = Callable[[RecordedCall], bool]


class ConnectorFaultKind(enum.StrEnum):
    """Kinds of fault."""

    REFUSED = "refused"
    DROPPED = "dropped"
    DELAYED = "delayed"
    HELD = "held"
    ODD_BODY = "odd_body"


@dataclass(slots=True, kw_only=True)
class ConnectorFault:
    """A planned fault.

    `times` counts down to 0; None means until cleared. With `after_effect` the call takes effect before it fails, so
    the caller cannot know whether it did.
    """

    kind: ConnectorFaultKind
    operation: str = ANY_OPERATION
    times: int | None = 1
    after_effect: bool = False
    status: int = 502
    code: str = ""
    retry_after: int | str | None = None
    seconds: float = 0.0
    body: bytes = b""
    when: When | None = None
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        """Releases the held calls."""
        self._over.set()

    async def released(self) -> None:
        """Waits until the fault is released."""
        await self._over.wait()

    def applies(self, call: RecordedCall) -> bool:
        meant = self.operation in (ANY_OPERATION, call.operation)
        return self.times != 0 and meant and (self.when is None or self.when(call))

    def use_up(self) -> None:
        if self.times is not None:
            self.times -= 1


class ConnectorFaults:
    """Planned faults, first in, first out; none at the start."""

    def __init__(self) -> None:
        self._planned: list[ConnectorFault] = []

    def refused(
        self, operation: str = ANY_OPERATION, *, status: int, code: str = "", times: int | None = 1,
        when: When | None = None,
    ) -> ConnectorFault:  # fmt: skip
        """Plans a refusal: 400, 401, 403, 404, 412, 413 with Microsoft's word for it; the call has no effect."""
        return self._plan(ConnectorFaultKind.REFUSED, operation, status=status, code=code, times=times, when=when)

    def throttled(
        self, operation: str = ANY_OPERATION, *, retry_after: int | str | None = 1, times: int | None = 1,
        when: When | None = None,
    ) -> ConnectorFault:  # fmt: skip
        """Plans 429, with `Retry-After` or without it; the call has no effect."""
        return self._plan(
            ConnectorFaultKind.REFUSED, operation, status=429, code="Throttled", retry_after=retry_after, times=times,
            when=when,
        )  # fmt: skip

    def http_error(
        self, operation: str = ANY_OPERATION, *, status: int = 502, after_effect: bool = False,
        times: int | None = 1, when: When | None = None,
    ) -> ConnectorFault:  # fmt: skip
        """Plans 500, 502, 503 or 504, before the call takes effect or after it did."""
        return self._plan(
            ConnectorFaultKind.REFUSED, operation, status=status, code="ServiceError", after_effect=after_effect,
            times=times, when=when,
        )  # fmt: skip

    def dropped(
        self, operation: str = ANY_OPERATION, *, after_effect: bool = False, times: int | None = 1,
        when: When | None = None,
    ) -> ConnectorFault:  # fmt: skip
        """Plans a broken connection, before the call takes effect or after it did."""
        return self._plan(ConnectorFaultKind.DROPPED, operation, after_effect=after_effect, times=times, when=when)

    def delayed(
        self, operation: str = ANY_OPERATION, *, seconds: float, after_effect: bool = False, times: int | None = 1,
        when: When | None = None,
    ) -> ConnectorFault:  # fmt: skip
        return self._plan(
            ConnectorFaultKind.DELAYED, operation, seconds=seconds, after_effect=after_effect, times=times, when=when
        )

    def held(
        self, operation: str, *, after_effect: bool = False, times: int | None = 1, when: When | None = None
    ) -> ConnectorFault:
        """Plans a call that does not respond before the fault is released; nor takes effect, unless `after_effect`."""
        return self._plan(ConnectorFaultKind.HELD, operation, after_effect=after_effect, times=times, when=when)

    def odd_body(
        self, operation: str, *, body: bytes, status: int = 200, after_effect: bool = True, times: int | None = 1,
        when: When | None = None,
    ) -> ConnectorFault:  # fmt: skip
        """Plans a response with another body than the right one."""
        return self._plan(
            ConnectorFaultKind.ODD_BODY, operation, body=body, status=status, after_effect=after_effect, times=times,
            when=when,
        )  # fmt: skip

    def _plan(self, kind: ConnectorFaultKind, operation: str, **more: Any) -> ConnectorFault:
        return self.add(ConnectorFault(kind=kind, operation=operation, **more))

    def add(self, fault: ConnectorFault) -> ConnectorFault:
        self._planned.append(fault)
        return fault

    def clear(self, fault: ConnectorFault | None = None) -> None:
        """Removes one planned fault, or all; held calls go on."""
        for forgotten in self._planned if fault is None else [fault]:
            forgotten.release()
        self._planned = [other for other in self._planned if fault is not None and other is not fault]

    def take(self, call: RecordedCall) -> ConnectorFault | None:
        """Returns the fault for this call and counts it down; None where there is none."""
        for fault in self._planned:
            if fault.applies(call):
                fault.use_up()
                return fault
        return None
