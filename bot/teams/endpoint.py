"""Teams' requests: verified, stored, and only then answered.

Teams repeats a request that is not answered in time, and perhaps one that is refused; it keeps none for later. So
whatever is authentic gets a 200, known or not, and a 503 says that nothing is known yet.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from bot.chat_surface import Reception
from bot.errors import ForgedError, StorageError, TemporaryError
from bot.helpdesk.messages import Catalog, anyone
from bot.helpdesk.model.chat import ENGLISH
from bot.helpdesk.model.events import Acceptance
from bot.json_reading import mapping, string
from bot.teams.inbound import Inbound, Invoke, Received
from bot.teams.received.contact import Contact
from bot.teams.tokens import TokenVerifier

log = logging.getLogger(__name__)

PATH = "/teams/messages"

ANSWER_WITHIN = 5.0
"""Seconds. Teams shows an error on a card that gets no answer for about ten, and repeats a message after 15."""

Learn = Callable[[Contact | None], Awaitable[None]]
"""Keeps how people and places are reached. Raises StorageError."""

# Doubts about a request that Microsoft has signed: something is set up wrongly.
_OF_MICROSOFT = frozenset({"audience", "endorsement", "incomplete", "issuer", "service_host", "service_url", "time"})


class TeamsRequests:
    """Handles `POST /teams/messages`. `tenant` is the company's own; `catalog` has the notes to those who press."""

    def __init__(
        self,
        verifier: TokenVerifier,
        inbound: Inbound,
        learn: Learn,
        reception: Reception,
        *,
        tenant: str,
        catalog: Catalog | None = None,
        answer_within: float = ANSWER_WITHIN,
    ) -> None:
        self._verifier = verifier
        self._inbound = inbound
        self._learn = learn
        self._reception = reception
        self._tenant = tenant
        self._catalog = catalog or Catalog()
        self._answer_within = answer_within
        self._storing: set[asyncio.Task[Acceptance]] = set()

    async def handle(self, request: web.Request) -> web.Response:
        """Answers 401 unless Teams signed the request for this bot, 400 if it is no activity, 403 to other companies.

        503 says that the keys or the database are not available, and anything else gets a 200.
        """
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
            self._reception.acknowledged(status, time.perf_counter() - started)
        return response

    async def _answer(self, request: web.Request) -> web.Response:
        authorization = request.headers.get("Authorization", "")
        # Without a token the body is not read.
        activity = _activity_in(await _body_of(request)) if authorization else None
        try:
            await self._verifier.verify(authorization, activity)
        except ForgedError as error:
            if error.code in _OF_MICROSOFT:
                log.warning("teams_request_refused", extra={"code": error.code})
            return web.Response(status=401, text="This request is not signed by Teams for this bot.")
        except TemporaryError:
            return _not_now()
        if activity is None:
            return web.Response(status=400, text="This request cannot be read.")
        if not self._is_of_company(activity):
            log.warning("teams_request_refused", extra={"code": "tenant"})
            return web.Response(status=403, text="This request is of another company.")
        return await self._accept(activity)

    def _is_of_company(self, activity: Mapping[str, Any]) -> bool:
        """Returns whether every tenant that the activity names is the company's, and it names one."""
        named = [
            mapping(activity.get("conversation")).get("tenantId"),
            mapping(mapping(activity.get("channelData")).get("tenant")).get("id"),
        ]
        given = [string(tenant).lower() for tenant in named if tenant is not None]
        return bool(given) and all(tenant == self._tenant for tenant in given)

    async def _accept(self, activity: Mapping[str, Any]) -> web.Response:
        received = self._inbound.read(activity, self._reception.clock())
        if not received.entries:
            self._reception.ignored(string(activity.get("type")))
        storing = asyncio.create_task(self._store(received))
        self._storing.add(storing)
        storing.add_done_callback(self._stored)
        try:
            async with asyncio.timeout(self._answer_within):
                # It goes on after that: if Teams repeats the request, it is known already.
                acceptance = await asyncio.shield(storing)
        except (StorageError, TimeoutError) as error:
            log.error("event_not_stored", exc_info=error, extra={"error": type(error).__name__})
            return _not_now()
        return self._response(activity, received, acceptance)

    async def _store(self, received: Received) -> Acceptance:
        await self._learn(received.contact)
        return await self._reception.accept(*received.entries) if received.entries else Acceptance()

    def _stored(self, storing: asyncio.Task[Acceptance]) -> None:
        self._storing.discard(storing)
        if not storing.cancelled():
            storing.exception()

    # Responses to presses:
    # learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/universal-actions-for-adaptive-cards

    def _response(self, activity: Mapping[str, Any], received: Received, acceptance: Acceptance) -> web.Response:
        if received.invoke is None:
            return web.Response(text="")
        if received.invoke is not Invoke.CARD_ACTION:
            return web.json_response({})
        note = {
            "statusCode": 200,
            "type": "application/vnd.microsoft.activity.message",
            "value": self._note(activity, received, acceptance),
        }
        return web.json_response(note)

    def _note(self, activity: Mapping[str, Any], received: Received, acceptance: Acceptance) -> str:
        """Returns the note that whoever pressed sees for a moment."""
        if acceptance.response is not None:
            return acceptance.response.text
        said = anyone.PRESS_NOTED if received.entries else anyone.GONE
        return self._catalog.for_locale(string(activity.get("locale")) or None, ENGLISH)(said)


def _not_now() -> web.Response:
    return web.Response(status=503, text="Not now.")


async def _body_of(request: web.Request) -> bytes | None:
    """Returns the body. None if it cannot be decompressed."""
    try:
        return await request.read()
    except web.RequestPayloadError:
        return None


def _activity_in(body: bytes | None) -> Mapping[str, Any] | None:
    """Returns the JSON object in a body. None if it has none."""
    try:
        found = json.loads(body) if body else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
