"""The client of Slack's Web API: an answer is a yes with everything that is read of it, or an error of ours.

A network may put anything in Slack's place: an empty body, a sign-in page, half of an answer. None of it is Slack's
word, so none of it is a yes, and none a refusal for good.
"""

from __future__ import annotations

import asyncio
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
from bot.slack.errors import fault, told_wait, unclear

Body = Mapping[str, Any]
Look = Callable[[Any], bool]

# A call waits so long by itself where Slack says so; a longer wait is for those who asked.
_LONGEST_PATIENCE = 10.0
_WAIT = 1.0
# Before a call is made again whose answer could not be used.
_PAUSE = 0.3


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _ts(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9]+\.[0-9]+", value) is not None


def _object(value: object) -> bool:
    return isinstance(value, dict)


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _objects(value: object) -> bool:
    return isinstance(value, list) and all(map(_object, value))


def _with_id(value: object) -> bool:
    return isinstance(value, dict) and _text(value.get("id"))


def _messages(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) and _text(one.get("ts")) for one in value)


NEEDED: Mapping[str, Mapping[str, Look]] = MappingProxyType(
    {
        "apps.connections.open": {"url": _text},
        "auth.test": {"user_id": _text},
        "chat.postMessage": {"ts": _ts},
        "conversations.history": {"messages": _messages},
        "conversations.info": {"channel": _object},
        "conversations.list": {"channels": _objects},
        "conversations.members": {"members": _texts},
        "conversations.open": {"channel": _with_id},
        "conversations.replies": {"messages": _messages},
        "files.getUploadURLExternal": {"upload_url": _text, "file_id": _text},
        "files.info": {"file": _object},
        "users.info": {"user": _object},
    }
)
"""What is read of each method's answer, and how it must look. Of other methods the yes is enough."""


class SlackClient(AsyncWebClient):
    """Slack's own client, which follows no redirect and believes only what looks like Slack's answer.

    `repeats`: how often a call whose outcome is not known is made again, for a client that only reads. Raises
    OutsideError, and what `bot.slack.faults.translated` knows.
    """

    def __init__(self, *, repeats: int = 0, **settings: Any) -> None:
        super().__init__(**settings)
        self._repeats = repeats

    async def _request(self, *, http_verb: str, api_url: str, req_args: dict[str, Any]) -> dict[str, Any]:
        for attempt in range(self._repeats):
            try:
                return await self._request_once(http_verb=http_verb, api_url=api_url, req_args=req_args)
            except AmbiguousError:
                await asyncio.sleep(_PAUSE * 2**attempt * (1 + random.random()))
        return await self._request_once(http_verb=http_verb, api_url=api_url, req_args=req_args)

    async def _request_once(self, *, http_verb: str, api_url: str, req_args: dict[str, Any]) -> dict[str, Any]:
        # Slack never sends a call elsewhere. Whoever does would be given the token, or have the call made twice.
        sent = {**req_args, "allow_redirects": False}
        try:
            answer = await super()._request(http_verb=http_verb, api_url=api_url, req_args=sent)
        except aiohttp.ClientError:
            raise
        except SlackApiError as error:
            status, headers = error.response.status, error.response.headers
            raise (fault(status, headers, None) or unclear("unreadable")) from error
        except (ValueError, LookupError, RecursionError, AttributeError) as error:
            # What cannot be decoded, in whichever charset it claims to be.
            raise unclear("unreadable") from error
        if (refusal := fault(answer["status_code"], answer["headers"], answer["data"])) is not None:
            raise refusal
        _refuse_incomplete(urlsplit(api_url).path.rpartition("/")[2], answer["data"])
        found: dict[str, Any] = answer
        return found


def _refuse_incomplete(method: str, body: Body) -> None:
    """Raise AmbiguousError for a yes that lacks what is read of it."""
    metadata = body.get("response_metadata")
    if metadata is not None and not _is_page(metadata):
        raise unclear("incomplete")
    for name, looks_right in NEEDED.get(method, {}).items():
        if not looks_right(body.get(name)):
            raise unclear("incomplete")


def _is_page(metadata: object) -> bool:
    return isinstance(metadata, dict) and isinstance(metadata.get("next_cursor") or "", str)


class ShortWaitHandler(AsyncRetryHandler):
    """Has a call that only reads made again after a short wait that Slack asked for."""

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        return response is not None and response.status_code == 429 and _wait(response) <= _LONGEST_PATIENCE

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
    told = told_wait(headers)
    return _WAIT if told is None else told
