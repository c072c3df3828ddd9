"""Delivers events and interactions to the app, over HTTP or through a socket, with Slack's retries.

Contract (https://docs.slack.dev/apis/events-api#retries): an acknowledgement within 3 seconds, otherwise up to 3 more
attempts for events, none for interactions. The waits between them are shortened here (see `RETRY_DELAYS`).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import io
import json
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import ClientConnectionError, ClientError, ClientSession, ClientTimeout, TCPConnector

from sandbox.slack.socket_mode import SocketHub
from sandbox.slack.wire import Json

RETRY_DELAYS = (0.0, 0.05, 0.25)
"""Seconds before each further attempt; stands for Slack's "at once, 1 minute, 5 minutes"."""

_SOCKET_TYPES = {"event": "events_api", "interaction": "interactive"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Outcome of the delivery of an event or interaction.

    `status` is the HTTP status of the last attempt; 200 for an acknowledged envelope, 0 for no response. `answer` is
    the JSON of the response, such as a `response_action`. `ts`, `channel` and `view_id` name the subject.
    """

    kind: str = "event"
    status: int = 0
    attempts: int = 0
    ms: float = 0.0
    reason: str = ""
    answer: Json | None = None
    channel: str = ""
    ts: str = ""
    view_id: str = ""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    status: int = 0
    reason: str = ""
    answer: Json | None = None
    final: bool = False

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


def sign(secret: str, body: bytes, timestamp: int | None = None) -> dict[str, str]:
    """Returns the signature headers of a request; an old `timestamp` makes it stale.

    Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
    """
    stamp = str(int(time.time()) if timestamp is None else timestamp)
    digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


class Courier:
    """Sends payloads to the app: through its sockets if it has opened any, otherwise to `events_url`."""

    def __init__(
        self,
        *,
        signing_secret: str,
        sockets: SocketHub,
        events_url: str | None,
        retry_delays: Sequence[float],
        ack_timeout: float,
        record: Callable[[Delivery], None],
    ) -> None:
        self.events_url = events_url
        self.signing_secret = signing_secret
        self.retry_delays = tuple(retry_delays)
        self.ack_timeout = ack_timeout
        self._sockets = sockets
        self._record = record
        self._session: ClientSession | None = None

    async def event(self, payload: Json) -> Delivery:
        return await self._deliver("event", payload, self.retry_delays)

    async def interaction(self, payload: Json) -> Delivery:
        return await self._deliver("interaction", payload, ())

    async def raw(self, body: bytes, headers: dict[str, str]) -> Delivery:
        """Sends an HTTP request exactly as given: forged, stale, unsigned, malformed."""
        started = time.perf_counter()
        attempt = await self._post(body, headers)
        return _delivery("raw", attempt, 1, started)

    async def close(self) -> None:
        if self._session:
            await self._session.close()
            self._session = None

    async def _deliver(self, kind: str, payload: Json, delays: Sequence[float]) -> Delivery:
        if not self.events_url and not self._sockets.wanted:
            return Delivery(kind=kind, reason="no_receiver")
        started = time.perf_counter()
        attempt, attempts = await self._attempt_all(kind, payload, delays)
        delivery = _delivery(kind, attempt, attempts, started)
        self._record(delivery)
        return delivery

    async def _attempt_all(self, kind: str, payload: Json, delays: Sequence[float]) -> tuple[_Attempt, int]:
        """Tries until the app acknowledges; returns the last attempt and the number of attempts."""
        attempt = await self._attempt(kind, payload, 0, "")
        attempts = 1
        for delay in delays:
            if attempt.ok or attempt.final:
                break
            await asyncio.sleep(delay)
            attempt = await self._attempt(kind, payload, attempts, attempt.reason)
            attempts += 1
        return attempt, attempts

    async def _attempt(self, kind: str, payload: Json, number: int, reason: str) -> _Attempt:
        if self._sockets.wanted or not self.events_url:
            return await self._attempt_socket(kind, payload, number, reason)
        return await self._attempt_http(kind, payload, number, reason)

    # HTTP

    async def _attempt_http(self, kind: str, payload: Json, number: int, reason: str) -> _Attempt:
        body, content_type = _encode(kind, payload)
        headers = {"Content-Type": content_type, **sign(self.signing_secret, body)}
        if number:
            headers.update({"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason})
        return await self._post(body, headers)

    async def _post(self, body: bytes, headers: dict[str, str]) -> _Attempt:
        try:
            async with self._client().post(str(self.events_url), data=io.BytesIO(body), headers=headers) as response:
                text = await response.text()
                return _Attempt(
                    status=response.status,
                    reason="" if response.ok else "http_error",
                    answer=_json_object(text),
                    final=response.headers.get("X-Slack-No-Retry") == "1",
                )
        except TimeoutError:
            return _Attempt(reason="http_timeout")
        except ClientConnectionError:
            return _Attempt(reason="connection_failed")
        except ClientError:
            return _Attempt(reason="unknown_error")

    def _client(self) -> ClientSession:
        if self._session is None:
            timeout = ClientTimeout(total=self.ack_timeout)
            self._session = ClientSession(timeout=timeout, connector=TCPConnector(limit=0))
        return self._session

    # Sockets

    async def _attempt_socket(self, kind: str, payload: Json, number: int, reason: str) -> _Attempt:
        """Sends through a socket. A first attempt fails at once without an open socket; a later one waits for one."""
        if not self._sockets.count and not (number and await self._sockets.wait_until_open(self.ack_timeout)):
            return _Attempt(reason="timeout")
        envelope = _envelope(kind, payload, number, reason)
        ack = await self._sockets.send(envelope, self.ack_timeout)
        return _Attempt(status=200, answer=ack.payload) if ack else _Attempt(reason="timeout")


def _delivery(kind: str, attempt: _Attempt, attempts: int, started: float) -> Delivery:
    return Delivery(
        kind=kind,
        status=attempt.status,
        attempts=attempts,
        ms=(time.perf_counter() - started) * 1000,
        reason=attempt.reason,
        answer=attempt.answer,
    )


def _encode(kind: str, payload: Json) -> tuple[bytes, str]:
    text = json.dumps(payload)
    if kind == "interaction":
        return urlencode({"payload": text}).encode(), "application/x-www-form-urlencoded"
    return text.encode(), "application/json"


def _json_object(text: str) -> Json | None:
    try:
        value = json.loads(text) if text.startswith("{") else None
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _envelope(kind: str, payload: Json, number: int, reason: str) -> Json:
    envelope = {
        "envelope_id": _envelope_id(payload),
        "type": _SOCKET_TYPES[kind],
        "payload": payload,
        "accepts_response_payload": kind == "interaction",
    }
    return {**envelope, "retry_attempt": number, "retry_reason": reason} if kind == "event" else envelope


def _envelope_id(payload: Json) -> str:
    """Returns one id for all attempts of an event, so that a redelivery can be recognized."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{payload.get('event_id') or payload.get('trigger_id') or id(payload)}"))
