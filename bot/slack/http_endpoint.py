"""Slack's requests over HTTP: what is unsigned, malformed or too large is refused before Bolt sees it."""

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
"""Bytes. The longest message Slack delivers, 40,000 characters, stays well below it however it is escaped."""

_LONGEST_TIME = 15

Answered = Callable[[int, float], None]
"""Told of each request with which HTTP status it was answered, and after how many seconds."""


def _nobody_counts(status: int, seconds: float) -> None:
    """What a request took is of interest to nobody."""


class SlackRequests:
    """Handles `POST /slack/events`: events and interactivity alike."""

    def __init__(self, bolt: AsyncApp, signing_secret: str, answered: Answered = _nobody_counts) -> None:
        self._bolt = bolt
        self._answered = answered
        self._verifier = SignatureVerifier(signing_secret)

    async def handle(self, request: web.Request) -> web.Response:
        """401 for what Slack did not sign just now, 400 for what cannot be read, else what Bolt says."""
        begun = time.perf_counter()
        # What is raised and is no answer of ours becomes a 500 further out.
        status = 500
        try:
            response = await self._answer(request)
            status = response.status
        except web.HTTPException as refusal:
            status = refusal.status
            raise
        finally:
            self._answered(status, time.perf_counter() - begun)
        return response

    async def _answer(self, request: web.Request) -> web.Response:
        if not _is_time(request.headers.get("X-Slack-Request-Timestamp", "")):
            return _unsigned()
        body = (await request.read()).decode("utf-8", errors="replace")
        if not self._is_signed(request, body):
            return _unsigned()
        bolt_request = _read(request, body)
        if bolt_request is None:
            return web.Response(status=400, text="This request cannot be read.")
        return await to_aiohttp_response(await self._bolt.async_dispatch(bolt_request))

    def _is_signed(self, request: web.Request, body: str) -> bool:
        """Asked before Bolt is, which acknowledges anybody's `ssl_check` and fails on a signature that is no ASCII."""
        signature = request.headers.get("X-Slack-Signature", "")
        return signature.isascii() and self._verifier.is_valid_request(body, dict(request.headers))


def _unsigned() -> web.Response:
    return web.Response(status=401, text="This request is not signed by Slack.")


def _is_time(text: str) -> bool:
    """Whether it can be read as Unix seconds: what verifies signatures fails on anything else."""
    return text.isascii() and text.isdecimal() and len(text) <= _LONGEST_TIME


def _read(request: web.Request, body: str) -> AsyncBoltRequest | None:
    """The request as Bolt wants it, or None where its body is not what Slack sends."""
    try:
        read = AsyncBoltRequest(body=body, query=request.query_string, headers=dict(request.headers))
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError):
        return None
    payload: Any = read.body
    return read if isinstance(payload, dict) else None
