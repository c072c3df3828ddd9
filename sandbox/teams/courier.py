"""Delivers activities to the bot over HTTP, with the redeliveries of Teams.

Contract: an answer within about 15 seconds, otherwise the same activity once more. An invoke is not repeated: the
person who pressed sees an error. Order is not promised.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import ClientConnectionError, ClientError, ClientSession, ClientTimeout, TCPConnector

from sandbox.teams.wire import Json

ANSWER_SECONDS = 15.0
ATTEMPTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityDelivery:
    """Outcome of the delivery of an activity.

    `status` is the HTTP status of the last attempt; 0 for no response. `answer` is the JSON of the response, which an
    invoke has. `conversation` and `message` name what was said, or where it was pressed.
    """

    activity: Json = field(default_factory=dict)
    status: int = 0
    attempts: int = 0
    ms: float = 0.0
    reason: str = ""
    answer: Any = None
    conversation: str = ""
    message: str = ""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def note(self) -> str:
        """The text that the person who pressed is shown, empty for none."""
        kind, value = _shown(self.answer)
        return str(value) if kind == "application/vnd.microsoft.activity.message" else ""

    @property
    def card(self) -> Json | None:
        """The card that the person who pressed is shown in place of the message's."""
        kind, value = _shown(self.answer)
        return value if kind == "application/vnd.microsoft.card.adaptive" and isinstance(value, dict) else None

    @property
    def error(self) -> str:
        """The error that the person who pressed is shown at the card, empty for none."""
        kind, value = _shown(self.answer)
        text = value.get("message") or value.get("code") if isinstance(value, dict) else value
        return str(text) if kind == "application/vnd.microsoft.error" else ""


def _shown(answer: Any) -> tuple[str, Any]:
    return (str(answer.get("type", "")), answer.get("value")) if isinstance(answer, dict) else ("", None)


class ActivityCourier:
    """Sends activities to `messages_url`. `authorize` returns the Authorization header for one.

    `copies` are sent of each activity at once; more than one imitates what Teams does when it is unsure. Between
    `hold` and `release` nothing is sent, which makes it late or out of order.
    """

    def __init__(
        self,
        *,
        authorize: Callable[[Json], str],
        messages_url: str | None,
        answer_seconds: float,
        record: Callable[[ActivityDelivery], None],
    ) -> None:
        self.messages_url = messages_url
        self.answer_seconds = answer_seconds
        self.copies = 1
        self._authorize = authorize
        self._record = record
        self._held: list[Json] | None = None
        self._session: ClientSession | None = None

    async def deliver(self, activity: Json) -> ActivityDelivery:
        """Sends an activity. While they are held, the returned delivery says so and has no status."""
        if self._held is not None:
            self._held.append(activity)
            return ActivityDelivery(activity=activity, reason="held")
        deliveries = await asyncio.gather(*(self._deliver(activity) for _ in range(self.copies)))
        return deliveries[0]

    def hold(self) -> None:
        """Keeps activities back from now on."""
        self._held = self._held or []

    async def release(self, *, reverse: bool = False) -> list[ActivityDelivery]:
        """Sends one after the other what was kept back, on request the latest first."""
        held, self._held = self._held or [], None
        return [await self.deliver(one) for one in (reversed(held) if reverse else held)]

    async def raw(self, body: bytes, headers: Mapping[str, str]) -> ActivityDelivery:
        """Sends an HTTP request exactly as given: forged, stale, unsigned, malformed."""
        started = time.perf_counter()
        return _timed(await self._post(body, headers), started)

    async def close(self) -> None:
        if self._session:
            await self._session.close()
            self._session = None

    async def _deliver(self, activity: Json) -> ActivityDelivery:
        if not self.messages_url:
            return ActivityDelivery(activity=activity, reason="no_receiver")
        started = time.perf_counter()
        body, headers = json.dumps(activity).encode(), self._headers(activity)
        delivery, attempts = await self._post(body, headers), 1
        while not delivery.ok and activity.get("type") != "invoke" and attempts < ATTEMPTS:
            delivery, attempts = await self._post(body, headers), attempts + 1
        delivery = replace(_timed(delivery, started), activity=activity, attempts=attempts)
        self._record(delivery)
        return delivery

    def _headers(self, activity: Json) -> dict[str, str]:
        conversation = activity.get("conversation") or {}
        return {
            "Authorization": self._authorize(activity),
            "Content-Type": "application/json; charset=utf-8",
            "x-ms-conversation-id": str(conversation.get("id", "")),
            "x-ms-tenant-id": str(conversation.get("tenantId", "")),
        }

    async def _post(self, body: bytes, headers: Mapping[str, str]) -> ActivityDelivery:
        try:
            async with self._client().post(str(self.messages_url), data=body, headers=headers) as response:
                text = await response.text()
                reason = "" if response.ok else "http_error"
                return ActivityDelivery(status=response.status, reason=reason, answer=_parsed(text))
        except TimeoutError:
            return ActivityDelivery(reason="timeout")
        except ClientConnectionError:
            return ActivityDelivery(reason="connection_failed")
        except ClientError:
            return ActivityDelivery(reason="unknown_error")

    def _client(self) -> ClientSession:
        if self._session is None:
            timeout = ClientTimeout(total=self.answer_seconds)
            self._session = ClientSession(timeout=timeout, connector=TCPConnector(limit=0))
        return self._session


def _timed(delivery: ActivityDelivery, started: float) -> ActivityDelivery:
    return replace(delivery, ms=(time.perf_counter() - started) * 1000)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        return None
