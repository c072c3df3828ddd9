"""Client of Slack's Web API that checks each response: a success has all fields the desk reads, or it is an error.

A proxy may answer in Slack's place, with an empty body, a sign-in page or a truncated response. That is neither a
success nor a permanent refusal.
"""

from __future__ import annotations

import asyncio
import logging
import random
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import AmbiguousError
from bot.slack.errors import ambiguous, error_of, retry_after_of

SDK_LOGGER = logging.getLogger("slack_sdk.uppzy_desk")
"""The logger for every client of the SDK. It has a level of its own: with a logger that has none the SDK formats each
request and each response into a debug line, whether or not it is logged."""
SDK_LOGGER.setLevel(logging.WARNING)

Check = Callable[[Any], bool]

# Seconds. A call waits this long by itself if Slack asks for it; a longer wait is left to the caller.
_LONGEST_WAIT = 10.0
_DEFAULT_WAIT = 1.0
# Seconds before an ambiguous call is repeated, doubled with each attempt.
_PAUSE = 0.3


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _is_ts(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9]+\.[0-9]+", value) is not None


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _is_list_of_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_list_of_objects(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_object, value))


def _has_id(value: object) -> bool:
    return isinstance(value, dict) and _is_text(value.get("id"))


def _is_list_of_messages(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) and _is_text(one.get("ts")) for one in value)


REQUIRED_FIELDS: Mapping[str, Mapping[str, Check]] = MappingProxyType(
    {
        "apps.connections.open": {"url": _is_text},
        "auth.test": {"user_id": _is_text},
        "chat.postMessage": {"ts": _is_ts},
        "conversations.history": {"messages": _is_list_of_messages},
        "conversations.info": {"channel": _is_object},
        "conversations.list": {"channels": _is_list_of_objects},
        "conversations.members": {"members": _is_list_of_texts},
        "conversations.open": {"channel": _has_id},
        "conversations.replies": {"messages": _is_list_of_messages},
        "files.getUploadURLExternal": {"upload_url": _is_text, "file_id": _is_text},
        "files.info": {"file": _is_object},
        "usergroups.users.list": {"users": _is_list_of_texts},
        "users.info": {"user": _is_object},
        "users.list": {"members": _is_list_of_objects},
    }
)
"""The fields that are read from each method's response, with a check of each. Other methods need only succeed."""


class SlackClient(AsyncWebClient):
    """Slack's own client, without redirects and with checked responses.

    `repeats` is how often an ambiguous call is repeated, for a client that only reads. Raises OutsideError, and
    exceptions that `bot.slack.errors.translated` translates.
    """

    def __init__(self, *, repeats: int = 0, **settings: Any) -> None:
        super().__init__(logger=SDK_LOGGER, **settings)
        self._repeats = repeats

    async def _request(self, *, http_verb: str, api_url: str, req_args: dict[str, Any]) -> dict[str, Any]:
        for attempt in range(self._repeats):
            try:
                return await self._request_once(http_verb=http_verb, api_url=api_url, req_args=req_args)
            except AmbiguousError:
                await asyncio.sleep(_PAUSE * 2**attempt * (1 + random.random()))
        return await self._request_once(http_verb=http_verb, api_url=api_url, req_args=req_args)

    async def _request_once(self, *, http_verb: str, api_url: str, req_args: dict[str, Any]) -> dict[str, Any]:
        # Slack never redirects a call. Following a redirect could leak the token or make the call twice.
        sent = {**req_args, "allow_redirects": False}
        try:
            answer = await super()._request(http_verb=http_verb, api_url=api_url, req_args=sent)
        except aiohttp.ClientError:
            raise
        except SlackApiError as error:
            status, headers = error.response.status, error.response.headers
            raise (error_of(status, headers, None) or ambiguous("unreadable")) from error
        except (ValueError, LookupError, RecursionError, AttributeError) as error:
            # It cannot be decoded in the charset it claims to have.
            raise ambiguous("unreadable") from error
        if (refusal := error_of(answer["status_code"], answer["headers"], answer["data"])) is not None:
            raise refusal
        _refuse_incomplete(urlsplit(api_url).path.rpartition("/")[2], answer["data"])
        found: dict[str, Any] = answer
        return found


def _refuse_incomplete(method: str, body: Mapping[str, Any]) -> None:
    """Raises AmbiguousError for a success without the required fields."""
    metadata = body.get("response_metadata")
    if metadata is not None and not _is_page(metadata):
        raise ambiguous("incomplete")
    for name, is_valid in REQUIRED_FIELDS.get(method, {}).items():
        if not is_valid(body.get(name)):
            raise ambiguous("incomplete")


def _is_page(metadata: object) -> bool:
    return isinstance(metadata, dict) and isinstance(metadata.get("next_cursor") or "", str)


class ShortWaitHandler(AsyncRetryHandler):
    """Retries a read after a short wait that Slack asks for."""

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        return response is not None and response.status_code == 429 and _wait(response) <= _LONGEST_WAIT

    async def prepare_for_next_attempt_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> None:
        assert response is not None
        state.next_attempt_requested = True
        await asyncio.sleep(_wait(response) + random.random())
        state.increment_current_attempt()


def _wait(response: HttpResponse) -> float:
    headers = {name: value if isinstance(value, str) else value[0] for name, value in response.headers.items() if value}
    retry_after = retry_after_of(headers)
    return _DEFAULT_WAIT if retry_after is None else retry_after
