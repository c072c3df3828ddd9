"""Slack's requests: verified, and stored by the listeners of one Bolt app before they are acknowledged.

With `process_before_response` Bolt answers when the listener has returned. One that raises makes it a 500, or no
acknowledgement in Socket Mode, and Slack delivers again. Whatever no listener takes is acknowledged: Slack would only
repeat it.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat_surface import Accept, Ignored
from bot.helpdesk.ports import Clock
from bot.slack import ids
from bot.slack.client import SDK_LOGGER
from bot.slack.inbound import Inbound

log = logging.getLogger(__name__)

EVENTS = ("message", "app_mention", "app_home_opened", "agent_session_stopped", "file_deleted", "reaction_added")
"""Types of events that may ask something of the desk."""

PROFILE_CHANGE = "user_change"
"""Tells of somebody's new profile, or that their account was deactivated."""

REMOVALS = ("app_uninstalled", "tokens_revoked")
"""After one of these no call succeeds in this workspace until somebody installs the app again."""

_ANY = re.compile("")


ChangePerson = Callable[[Mapping[str, Any]], None]
"""Called with the user object of somebody whose profile or account has changed."""


def _ignore_change(user: Mapping[str, Any]) -> None:
    """Default for `change_person`."""


class Listeners:
    """The listeners of the app. `Inbound` decides what a payload asks of the desk."""

    def __init__(
        self,
        inbound: Inbound,
        accept: Accept,
        ignored: Ignored,
        clock: Clock,
        change_person: ChangePerson = _ignore_change,
    ) -> None:
        self._change_person = change_person
        self._inbound = inbound
        self._accept = accept
        self._ignored = ignored
        self._clock = clock

    def register(self, bolt: AsyncApp) -> None:
        """Adds the whole table to the app. Bolt tries them in this order, so the most frequent kind is first."""
        bolt.event(_one_of(EVENTS))(self.store)
        bolt.action({"action_id": _ANY})(self.store)
        bolt.view(_ANY)(self.store)
        bolt.shortcut(ids.SHOW_IDS)(self.store)
        bolt.event(PROFILE_CHANGE)(self.note_profile)
        bolt.event(_one_of(REMOVALS))(self.log_removal)
        bolt.error(self.acknowledge_unhandled)

    async def store(self, body: dict[str, Any], ack: AsyncAck) -> None:
        """Stores what the payload asks of the desk, and acknowledges it. Raises what storing raises."""
        entries = self._inbound.read(body, self._clock())
        if not entries:
            self._ignored(str(body.get("type")))
            await ack()
            return
        response = (await self._accept(*entries)).response
        if response is None:
            await ack()
        else:
            # It keeps a refused form open (docs.slack.dev/surfaces/modals).
            await ack(response_action="errors", errors={ids.WORDS_BLOCKS[body["view"]["callback_id"]]: response.text})

    async def note_profile(self, event: dict[str, Any], body: dict[str, Any], ack: AsyncAck) -> None:
        """Passes on somebody's new profile. It is not stored first: whoever is not up to date is looked up again."""
        if isinstance(user := event.get("user"), dict):
            self._change_person(user)
        self._ignored(str(body.get("type")))
        await ack()

    async def log_removal(self, event: dict[str, Any], body: dict[str, Any], ack: AsyncAck) -> None:
        """Logs that the app was removed from its workspace, or its token was."""
        log.critical("removed_from_slack", extra={"event_type": event["type"]})
        self._ignored(str(body.get("type")))
        await ack()

    async def acknowledge_unhandled(self, error: Exception, body: dict[str, Any]) -> BoltResponse | None:
        """Acknowledges what has no listener. Any other error is logged, and Bolt's 500 stays."""
        if isinstance(error, BoltUnhandledRequestError):
            self._ignored(str(body.get("type")))
            return BoltResponse(status=200, body="")
        log.error("event_not_stored", exc_info=error, extra={"error": type(error).__name__})
        return None


def _one_of(names: Sequence[str]) -> re.Pattern[str]:
    """Matches any of the names. Bolt is asked once for all of them: each listener it tries costs some microseconds."""
    return re.compile(rf"(?:{'|'.join(names)})\Z")


class _AnswerUnlistened(AsyncMiddleware):
    """Answers what needs no listener: 400 to a payload that Bolt fails on when it looks for one, 200 to noise."""

    def __init__(self, inbound: Inbound, ignored: Ignored) -> None:
        self._inbound = inbound
        self._ignored = ignored

    async def async_process(
        self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Callable[[], Awaitable[Any]]
    ) -> BoltResponse | None:
        match req.body:
            case (
                {"event": {"type": str()}}
                | {"type": "block_actions", "actions": [{"action_id": str()}, *_]}
                | {"type": "view_submission", "view": {"type": _, "callback_id": str()}}
            ):
                pass
            case {"event": _} | {"type": "block_actions" | "view_submission"}:
                return BoltResponse(status=400, body="")
        if self._inbound.is_noise(req.body):
            self._ignored("event_callback")
            return BoltResponse(status=200, body="")
        await next()
        return None


def build_bolt(
    *,
    inbound: Inbound,
    accept: Accept,
    ignored: Ignored,
    clock: Clock,
    identity: AuthorizeResult,
    api_url: str,
    change_person: ChangePerson = _ignore_change,
) -> AsyncApp:
    """Builds the Bolt app. `identity` was read once at start, so that authorizing a request makes no call.

    It verifies no signature: `SlackRequests` has done so for whatever comes over HTTP.
    """

    async def authorize() -> AuthorizeResult:
        return identity

    logger = logging.getLogger("slack_bolt.uppzy_desk")
    # Below WARNING Bolt prints whole message bodies, and formats them even when nobody listens.
    logger.setLevel(logging.WARNING)
    bolt = AsyncApp(
        name="uppzy-desk",
        logger=logger,
        client=AsyncWebClient(base_url=api_url, logger=SDK_LOGGER),
        process_before_response=True,
        raise_error_for_unhandled_request=True,
        request_verification_enabled=False,
        before_authorize=_AnswerUnlistened(inbound, ignored),
        authorize=authorize,
        # Bolt would drop the deletion of a card of ours by somebody else, too.
        ignoring_self_events_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )
    Listeners(inbound, accept, ignored, clock, change_person).register(bolt)
    return bolt


# Requests over HTTP: unsigned, malformed and oversized ones are refused before Bolt sees them.

LARGEST_BODY = 1024 * 1024
"""Bytes. Slack's longest message, 40,000 characters, is far smaller however it is escaped."""

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
        timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        # Slack's verifier raises on a time that is not in whole seconds, and on a signature that is not ASCII.
        is_verifiable = timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 15 and signature.isascii()
        body = await _text_of(request) if is_verifiable else None
        # Not by Bolt, which acknowledges any `ssl_check`.
        if body is None or not self._verifier.is_valid_request(body, dict(request.headers)):
            return web.Response(status=401, text="This request is not signed by Slack.")
        bolt_request = _parse(request, body)
        response = None if bolt_request is None else await self._bolt.async_dispatch(bolt_request)
        if response is None or response.status == 400:
            return web.Response(status=400, text="This request cannot be read.")
        return await to_aiohttp_response(response)


async def _text_of(request: web.Request) -> str | None:
    """Returns the body. None if it cannot be decompressed, so that no signature can be verified."""
    try:
        return (await request.read()).decode("utf-8", errors="replace")
    except web.RequestPayloadError:
        return None


def _parse(request: web.Request, body: str) -> AsyncBoltRequest | None:
    """Builds Bolt's request. None if the body is not one that Slack sends."""
    try:
        parsed = AsyncBoltRequest(body=body, query=request.query_string, headers=dict(request.headers))
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError):
        return None
    payload: Any = parsed.body
    return parsed if isinstance(payload, dict) else None
