"""Slack's requests over HTTP: unsigned, malformed and oversized ones are refused before Bolt sees them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

LARGEST_BODY = 1024 * 1024
"""Bytes. Slack's longest message, 40,000 characters, is far smaller however it is escaped."""

_LONGEST_TIMESTAMP = 15

Answered = Callable[[int, float], None]
"""Called for each request with the HTTP status of its response and the seconds it took."""


def _ignore_response(status: int, seconds: float) -> None:
    """Default for `answered`."""


class SlackRequests:
    """Handles `POST /slack/events`: events and interactivity alike."""

    def __init__(self, bolt: AsyncApp, signing_secret: str, answered: Answered = _ignore_response) -> None:
        self._bolt = bolt
        self._answered = answered
        self._verifier = SignatureVerifier(signing_secret)

    async def handle(self, request: web.Request) -> web.Response:
        """Answers 401 unless Slack signed the request just now, 400 if it cannot be parsed, else as Bolt does."""
        started = time.perf_counter()
        # Any exception other than a response becomes a 500 further out.
        status = 500
        try:
            response = await self._answer(request)
            status = response.status
        except web.HTTPException as refusal:
            status = refusal.status
            raise
        finally:
            self._answered(status, time.perf_counter() - started)
        return response

    async def _answer(self, request: web.Request) -> web.Response:
        if not _is_timestamp(request.headers.get("X-Slack-Request-Timestamp", "")):
            return _unsigned()
        body = (await request.read()).decode("utf-8", errors="replace")
        if not self._is_signed(request, body):
            return _unsigned()
        bolt_request = _parse(request, body)
        response = None if bolt_request is None else await self._bolt.async_dispatch(bolt_request)
        if response is None or response.status == 400:
            return web.Response(status=400, text="This request cannot be read.")
        return await to_aiohttp_response(response)

    def _is_signed(self, request: web.Request, body: str) -> bool:
        """Verifies instead of Bolt, which acknowledges any `ssl_check` and fails on a signature that is not ASCII."""
        signature = request.headers.get("X-Slack-Signature", "")
        return signature.isascii() and self._verifier.is_valid_request(body, dict(request.headers))


def _unsigned() -> web.Response:
    return web.Response(status=401, text="This request is not signed by Slack.")


def _is_timestamp(text: str) -> bool:
    """Tells whether a text is a Unix time in seconds: Slack's verifier raises on anything else."""
    return text.isascii() and text.isdecimal() and len(text) <= _LONGEST_TIMESTAMP


def _parse(request: web.Request, body: str) -> AsyncBoltRequest | None:
    """Builds Bolt's request. None if the body is not one that Slack sends."""
    try:
        parsed = AsyncBoltRequest(body=body, query=request.query_string, headers=dict(request.headers))
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError):
        return None
    payload: Any = parsed.body
    return parsed if isinstance(payload, dict) else None
