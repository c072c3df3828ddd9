"""How Slack's requests reach the desk: Bolt in front, one place that accepts, one place that acknowledges.

Order inside Bolt's dispatch: signature, `_Accepting`, authorization, own events left out, url_verification,
`_Acknowledging`. What is accepted is in the database before Bolt answers; a failure to store it is a 500, or no socket
acknowledgement, and Slack delivers again.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.helpdesk.model.events import InboxEntry
from bot.helpdesk.ports import Clock
from bot.slack.inbound import Inbound

log = logging.getLogger(__name__)

# After one of these nothing we do in this workspace can succeed until somebody installs the app again.
_FAREWELLS = {"app_uninstalled", "tokens_revoked"}

Accept = Callable[[InboxEntry], Awaitable[bool]]
Ignored = Callable[[str], None]
"""Told of what asks nothing of us, by the type of its payload."""


class _Accepting(AsyncMiddleware):
    """Stores what matters, after the signature is verified and before anything is acknowledged."""

    def __init__(self, inbound: Inbound, accept: Accept, ignored: Ignored, clock: Clock) -> None:
        self._inbound = inbound
        self._accept = accept
        self._ignored = ignored
        self._clock = clock

    async def async_process(
        self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Callable[[], Awaitable[Any]]
    ) -> BoltResponse | None:
        if not _is_readable(req.body):
            return BoltResponse(status=400, body="This request cannot be read.")
        if faults := self._inbound.faults(req.body):
            return _refused_form(faults)
        accepted = self._inbound.read(req.body, self._clock())
        if accepted is not None:
            await self._accept(accepted)
        else:
            self._ignored(str(req.body.get("type")))
        await next()
        return resp


def _is_readable(payload: Mapping[str, Any]) -> bool:
    """Whether Bolt and we can tell what it is: Bolt fails on an event that is no object with a type."""
    event = payload.get("event", {"type": ""})
    return isinstance(event, dict) and isinstance(event.get("type"), str)


def _refused_form(faults: Mapping[str, str]) -> BoltResponse:
    """Has the form stay open and say what is wrong (docs.slack.dev/surfaces/modals, "Displaying errors in views")."""
    return BoltResponse(status=200, body={"response_action": "errors", "errors": dict(faults)})


class _Acknowledging(AsyncMiddleware):
    """Says 200 to whatever got here: what matters is stored, and Slack must not repeat the rest."""

    async def async_process(
        self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Callable[[], Awaitable[Any]]
    ) -> BoltResponse:
        event = req.body.get("event")
        if isinstance(event, dict) and event.get("type") in _FAREWELLS:
            log.critical("removed_from_slack", extra={"event_type": event["type"]})
        return BoltResponse(status=200, body="")


def build_bolt(
    *,
    inbound: Inbound,
    accept: Accept,
    ignored: Ignored,
    clock: Clock,
    identity: AuthorizeResult,
    api_url: str,
) -> AsyncApp:
    """The Bolt app. `identity` was read once at start, so that authorizing a request asks nobody.

    It verifies no signature: that is done by `SlackRequests` before anything over HTTP comes here.
    """

    async def authorize() -> AuthorizeResult:
        return identity

    bolt = AsyncApp(
        name="uppzy-desk",
        # Its own level: Bolt prints whole message bodies below WARNING, and formats them even when nobody listens.
        logger=_quiet_logger(),
        client=AsyncWebClient(base_url=api_url),
        request_verification_enabled=False,
        before_authorize=_Accepting(inbound, accept, ignored, clock),
        authorize=authorize,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )
    bolt.use(_Acknowledging())
    return bolt


def _quiet_logger() -> logging.Logger:
    logger = logging.getLogger("slack_bolt.uppzy_desk")
    logger.setLevel(logging.WARNING)
    return logger
