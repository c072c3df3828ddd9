"""Fault injection for the local Slack: refusals, outages, broken connections, delays, rate limits."""

from __future__ import annotations

import asyncio
import enum
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.slack.wire import Json

When = Callable[[Json], bool]
ANY_METHOD = "*"


class FaultKind(enum.StrEnum):
    """Kinds of fault."""

    RATE_LIMITED = "rate_limited"
    HTTP_ERROR = "http_error"
    DROPPED = "dropped"
    DELAYED = "delayed"
    HELD = "held"
    REFUSED = "refused"
    ODD_BODY = "odd_body"


class OddBody(enum.StrEnum):
    """Malformed responses, as of Slack in an outage or of a proxy in front of it."""

    EMPTY = "empty"
    HTML = "html"
    NULL = "null"
    LIST = "list"
    BARE_YES = "bare_yes"
    BARE_NO = "bare_no"
    NO_OK = "no_ok"
    TEXT = "text"
    NUMBER = "number"
    YES_IN_WORDS = "yes_in_words"
    NUMERIC_TS = "numeric_ts"
    NULL_TS = "null_ts"
    ODD_TS = "odd_ts"
    TRUNCATED = "truncated"
    WRONG_CHARSET = "wrong_charset"
    UNKNOWN_CHARSET = "unknown_charset"
    GARBLED_GZIP = "garbled_gzip"
    PLAIN_TEXT = "plain_text"
    REDIRECT = "redirect"
    SIGN_IN = "sign_in"
    NO_CONTENT = "no_content"
    NOT_MODIFIED = "not_modified"


class DeletedParent(enum.StrEnum):
    """Treatment of a reply to a deleted message. Slack does not document it, and reports disagree.

    KEPT: a message with replies accepts further ones; otherwise they are refused. REFUSED: they are always refused.
    AT_ROOT: they are posted outside of threads, and the response shows that only by naming no thread
    (github.com/slack-go/slack/issues/1571).
    """

    KEPT = "kept"
    REFUSED = "refused"
    AT_ROOT = "at_root"


@dataclass(slots=True, kw_only=True)
class Fault:
    """A planned fault.

    `times` counts down to 0; None means until cleared. With `after_effect` the call takes effect before it fails, so
    the caller cannot know whether it did.
    """

    kind: FaultKind
    method: str = ANY_METHOD
    times: int | None = 1
    after_effect: bool = False
    status: int = 503
    retry_after: int | str = 1
    seconds: float = 0.0
    error: str = ""
    body: OddBody = OddBody.EMPTY
    when: When | None = None
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        """Releases the held calls."""
        self._over.set()

    async def released(self) -> None:
        """Waits until the fault is released."""
        await self._over.wait()

    def applies(self, method: str, args: Json) -> bool:
        return self.times != 0 and self.method in (ANY_METHOD, method) and (self.when is None or self.when(args))

    def use_up(self) -> None:
        if self.times is not None:
            self.times -= 1


class Faults:
    """Planned faults, first in, first out, and rate limits; none at the start.

    `deleted_parent` is the treatment of replies to deleted messages.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.deleted_parent = DeletedParent.KEPT
        self._now = now
        self._planned: list[Fault] = []
        self._limits: dict[str, _Limit] = {}

    def rate_limited(
        self, method: str = ANY_METHOD, *, retry_after: int | str = 1, times: int | None = 1, when: When | None = None
    ) -> Fault:
        """Plans HTTP 429 with `Retry-After` in whole seconds, or a text as given; the call has no effect."""
        return self.add(
            Fault(kind=FaultKind.RATE_LIMITED, method=method, times=times, when=when, retry_after=retry_after)
        )

    def http_error(
        self,
        method: str = ANY_METHOD,
        *,
        status: int = 503,
        times: int | None = 1,
        after_effect: bool = False,
        when: When | None = None,
    ) -> Fault:
        return self.add(
            Fault(
                kind=FaultKind.HTTP_ERROR,
                method=method,
                times=times,
                when=when,
                status=status,
                after_effect=after_effect,
            )
        )

    def dropped_before(self, method: str = ANY_METHOD, *, times: int | None = 1, when: When | None = None) -> Fault:
        """Plans a broken connection before the call takes effect."""
        return self.add(Fault(kind=FaultKind.DROPPED, method=method, times=times, when=when))

    def dropped_after(self, method: str = ANY_METHOD, *, times: int | None = 1, when: When | None = None) -> Fault:
        """Plans a broken connection after the call took effect."""
        return self.add(Fault(kind=FaultKind.DROPPED, method=method, times=times, when=when, after_effect=True))

    def delayed(
        self,
        method: str = ANY_METHOD,
        *,
        seconds: float,
        times: int | None = 1,
        after_effect: bool = False,
        when: When | None = None,
    ) -> Fault:
        return self.add(
            Fault(
                kind=FaultKind.DELAYED,
                method=method,
                times=times,
                when=when,
                seconds=seconds,
                after_effect=after_effect,
            )
        )

    def held(self, method: str, *, times: int | None = 1, when: When | None = None) -> Fault:
        """Plans a call that neither takes effect nor responds before the fault is released."""
        return self.add(Fault(kind=FaultKind.HELD, method=method, times=times, when=when))

    def refused(
        self, method: str = ANY_METHOD, *, error: str, times: int | None = 1, when: When | None = None
    ) -> Fault:
        """Plans HTTP 200 with `ok: false` and this error; the call has no effect."""
        return self.add(Fault(kind=FaultKind.REFUSED, method=method, times=times, when=when, error=error))

    def odd_body(
        self,
        method: str = ANY_METHOD,
        *,
        body: OddBody,
        times: int | None = 1,
        after_effect: bool = False,
        when: When | None = None,
    ) -> Fault:
        """Plans a malformed response, in most cases with status 200."""
        return self.add(
            Fault(kind=FaultKind.ODD_BODY, method=method, times=times, when=when, body=body, after_effect=after_effect)
        )

    def add(self, fault: Fault) -> Fault:
        self._planned.append(fault)
        return fault

    def clear(self, fault: Fault | None = None) -> None:
        """Removes one planned fault, or all and resets `deleted_parent`; held calls go on."""
        if fault is None:
            self.deleted_parent = DeletedParent.KEPT
        for forgotten in self._planned if fault is None else [fault]:
            forgotten.release()
        self._planned = [other for other in self._planned if fault is not None and other is not fault]

    def limit(self, method: str, *, calls: int, seconds: float = 60.0, by: str | None = None) -> None:
        """Allows `calls` in any `seconds`; `by` names an argument whose values are counted separately.

        Example: `limit("chat.postMessage", calls=1, seconds=1, by="channel")`.
        """
        self._limits[method] = _Limit(calls, seconds, by)

    def unlimit(self) -> None:
        self._limits.clear()

    def take(self, method: str, args: Json) -> Fault | None:
        """Returns the fault for this call and counts it down; None where there is none."""
        for fault in self._planned:
            if fault.applies(method, args):
                fault.use_up()
                return fault
        return self._over_limit(method, args)

    def _over_limit(self, method: str, args: Json) -> Fault | None:
        limit = self._limits.get(method)
        wait = limit.wait(args, self._now()) if limit else 0.0
        if not wait:
            return None
        return Fault(kind=FaultKind.RATE_LIMITED, method=method, retry_after=max(1, math.ceil(wait)))


class _Limit:
    """A sliding window of calls."""

    def __init__(self, calls: int, seconds: float, by: str | None) -> None:
        self._calls = calls
        self._seconds = seconds
        self._by = by
        self._windows: dict[str, deque[float]] = {}

    def wait(self, args: Json, now: float) -> float:
        """Returns the seconds to wait; 0 where the call is allowed."""
        window = self._windows.setdefault(str(args.get(self._by)) if self._by else "", deque())
        while window and window[0] <= now - self._seconds:
            window.popleft()
        if len(window) >= self._calls:
            return window[0] + self._seconds - now
        window.append(now)
        return 0.0
