"""JSON over HTTP for every outside system but Slack: sends a request, reads the answer safely, maps every failure.

No error quotes a body, an address or a key, unless the caller's `describe` adds words: an answer may repeat what an
employee wrote.

For every failure one question decides: can the request have had its effect? After a plain TemporaryError it has not,
after an AmbiguousError it may have.

The requests go over aiohttp: httpx's own connection pool walks all its connections whenever a request starts or ends,
which is most of the work of a process with some thousand open questions. aiohttp finds its connections by key.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import math
import re
import ssl
import urllib.request
from asyncio import sslproto
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, NoReturn

import aiohttp
import httpx
from aiohttp.abc import AbstractStreamWriter

from bot.errors import AmbiguousError, BadRequestError, OutsideError, RateLimitedError, TemporaryError
from bot.helpdesk.outbox.fencing import assert_claim_is_current

LARGEST_ANSWER = 64 * 2**20
"""Bytes after decompression. A page of a hundred long comments stays far below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpTimeouts:
    """Limits on the duration of one request, in seconds.

    `read` bounds the silence between two pieces of the answer, `total` the whole request.
    """

    connect: float = 5.0
    read: float
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalRules:
    """The meaning of one system's refusals.

    `kinds` maps statuses below 500 to errors; one that is missing is a BadRequestError. A 5xx is an AmbiguousError.
    429 is a rate limit, and so are the statuses `maybe_limits` where the headers say so. `longest_wait` caps the wait.

    `refine` may replace the error by what the body of the answer says, `describe` adds to its message. `code` returns
    the system's own code, empty where the status is all there is. The body of a refusal is None where it is not JSON.
    """

    kinds: Mapping[int, type[OutsideError]]
    maybe_limits: frozenset[int] = frozenset()
    longest_wait: float
    refine: Callable[[type[OutsideError], Any], type[OutsideError]] = lambda kind, body: kind
    describe: Callable[[Any], str] = lambda body: ""
    code: Callable[[Any], str] = lambda body: ""


class JsonClient:
    """Calls one system. `system` names it in errors, `name` in their messages.

    Sends nothing twice, follows no redirect, and holds connections open until `aclose`. Errors have as code the
    system's own, the HTTP status, or the name of the network error.
    """

    def __init__(
        self,
        *,
        system: str,
        name: str,
        base_url: str,
        headers: Mapping[str, str],
        timeouts: HttpTimeouts,
        refusals: RefusalRules,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Touches no network. Raises BadRequestError for an unusable `base_url`."""
        self._system = system
        self._name = name
        self._total = timeouts.total
        self._refusals = refusals
        with translated_network_errors(self._system, self._name):
            self._transport = transport or AiohttpTransport(proxy=proxy_for(httpx.URL(base_url)))
            self._http = httpx.AsyncClient(
                base_url=base_url,
                headers={"Accept": "application/json", "User-Agent": "uppzy-desk", **headers},
                timeout=httpx.Timeout(timeouts.read, connect=timeouts.connect),
                transport=self._transport,
            )
        # Made once for all requests: with `AsyncClient.request` each would parse and copy them again.
        self._url = functools.lru_cache(maxsize=64)(self._parse_url)
        self._headers = self._http.headers
        self._headers_of_json = httpx.Headers([*self._headers.multi_items(), ("Content-Type", "application/json")])
        self._extensions = {"timeout": self._http.timeout.as_dict()}

    async def aclose(self) -> None:
        await self._http.aclose()

    async def request(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        form: Mapping[str, str] | None = None,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Returns the decoded answer, None where it is empty. Without a `body` or a `form` none is sent.

        Raises OutsideError. After an AmbiguousError the request may have had its effect, after any other it has not.
        """
        try:
            async with asyncio.timeout(self._total):
                request = (
                    self._build(method, path, body=body, params=params, headers=headers)
                    if form is None
                    else self._build_form(method, path, form)
                )
                # Not through `AsyncClient.send`: its layers of coroutines take 3 KB for as long as a question waits.
                response = await self._transport.handle_async_request(request)
                try:
                    answer = await self._read(response)
                finally:
                    await response.aclose()
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as cause:
            raise network_error(cause, self._system, self._name) from cause
        self._keep_cookies(request, response)
        if not response.is_success:
            raise self._refusal(response, answer)
        try:
            return json.loads(answer) if answer.strip() else None
        except (ValueError, RecursionError) as cause:
            self._refuse_answer(response, "is not JSON", cause)

    def _parse_url(self, path: str) -> httpx.URL:
        return self._http.build_request("GET", path).url

    def _build(
        self,
        method: str,
        path: str,
        *,
        body: object,
        params: Mapping[str, str | int] | None,
        headers: Mapping[str, str] | None,
    ) -> httpx.Request:
        sent = self._headers if body is None else self._headers_of_json
        if headers:
            sent = httpx.Headers(sent)
            sent.update(headers)
        return httpx.Request(
            method,
            self._url(path),
            params=params,
            headers=sent,
            cookies=self._http.cookies or None,
            content=None if body is None else encoded(body),
            extensions=self._extensions,
        )

    def _build_form(self, method: str, path: str, form: Mapping[str, str]) -> httpx.Request:
        return httpx.Request(
            method, self._url(path), headers=self._headers, data=dict(form), extensions=self._extensions
        )

    def _keep_cookies(self, request: httpx.Request, response: httpx.Response) -> None:
        """Keeps the cookies of an answer for later requests: else some systems open a session with each of them."""
        if "set-cookie" in response.headers:
            response.request = request
            self._http.cookies.extract_cookies(response)

    async def _read(self, response: httpx.Response) -> bytes:
        answer = bytearray()
        async for piece in response.aiter_bytes():
            answer += piece
            if len(answer) > LARGEST_ANSWER:
                self._refuse_answer(response, "is too large")
        return bytes(answer)

    def _refuse_answer(self, response: httpx.Response, why: str, cause: Exception | None = None) -> NoReturn:
        # A success may stand behind an answer that cannot be read.
        message, code = f"{self._name}'s answer {why}", str(response.status_code)
        raise AmbiguousError(message, system=self._system, code=code) from cause

    def _refusal(self, response: httpx.Response, answer: bytes) -> OutsideError:
        rules, status = self._refusals, response.status_code
        body = _lenient(answer)
        code = rules.code(body) or str(status)
        moved = ", a redirect: its address is not the configured one"
        message = f"{self._name} answered {status}{moved if response.is_redirect else rules.describe(body)}"
        if status == HTTPStatus.TOO_MANY_REQUESTS or (
            status in rules.maybe_limits and announces_limit(response.headers)
        ):
            wait = requested_wait(response.headers, now=datetime.now(UTC), most=rules.longest_wait)
            return RateLimitedError(message, system=self._system, code=code, retry_after=wait)
        kind = rules.kinds.get(status, BadRequestError)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            kind = AmbiguousError
        return rules.refine(kind, body)(message, system=self._system, code=code)


_CODE = re.compile(r"[a-z0-9]{1,30}(?:_[a-z0-9]{1,30}){1,9}")


def is_error_code(text: str) -> bool:
    """Returns True for an error code such as `invalid_auth`. Anything else in an answer may repeat people's words."""
    return _CODE.fullmatch(text) is not None


def encoded(body: object) -> bytes:
    """Returns a body as JSON, always in the same bytes. Half a surrogate pair, which UTF-8 lacks, becomes "?"."""
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


def _lenient(answer: bytes) -> Any:
    try:
        return json.loads(answer)
    except (ValueError, RecursionError):
        return None


UNSENT = "{name} could not be reached"
UNCLEAR = "{name} gave no clear outcome"
UNUSABLE = "No request can be made to {name} this way"

# A subclass that is missing means what its nearest parent here means.
NETWORK_ERRORS: Mapping[type[Exception], tuple[type[OutsideError], str]] = MappingProxyType(
    {
        httpx.ConnectTimeout: (TemporaryError, UNSENT),
        httpx.ConnectError: (TemporaryError, UNSENT),
        httpx.PoolTimeout: (TemporaryError, UNSENT),
        httpx.ProxyError: (TemporaryError, UNSENT),
        httpx.ReadTimeout: (AmbiguousError, UNCLEAR),
        httpx.WriteTimeout: (AmbiguousError, UNCLEAR),
        httpx.ReadError: (AmbiguousError, UNCLEAR),
        httpx.WriteError: (AmbiguousError, UNCLEAR),
        httpx.CloseError: (AmbiguousError, UNCLEAR),
        httpx.RemoteProtocolError: (AmbiguousError, UNCLEAR),
        httpx.DecodingError: (AmbiguousError, UNCLEAR),
        httpx.HTTPError: (AmbiguousError, UNCLEAR),
        httpx.LocalProtocolError: (BadRequestError, UNUSABLE),
        httpx.UnsupportedProtocol: (BadRequestError, UNUSABLE),
        httpx.TooManyRedirects: (BadRequestError, UNUSABLE),
        httpx.InvalidURL: (BadRequestError, UNUSABLE),
        # The timeout of the whole request, and what the layers below httpx let through when a connection breaks.
        OSError: (AmbiguousError, UNCLEAR),
    }
)


def network_error(cause: Exception, system: str, name: str) -> OutsideError:
    """Returns a network failure as an error of `system`, whose message calls it `name`."""
    kind, message = next(NETWORK_ERRORS[parent] for parent in type(cause).__mro__ if parent in NETWORK_ERRORS)
    code = type(cause).__name__
    return kind(f"{message.format(name=name)} ({code})", system=system, code=code)


@contextlib.contextmanager
def translated_network_errors(system: str, name: str) -> Iterator[None]:
    """Raises every network failure as an OutsideError of `system`, whose message calls it `name`."""
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as cause:
        raise network_error(cause, system, name) from cause


# The start of the next allowance, as a Unix time (GitHub) or in ISO 8601 (Jira).
_RESET_TIMES = ("x-ratelimit-reset", "x-rate-limit-reset")
# The seconds until then, by the IETF draft of RateLimit headers (Zendesk).
_SECONDS_TO_RESET = "ratelimit-reset"


def announces_limit(headers: Mapping[str, str]) -> bool:
    """Returns True if the headers of a refusal blame the number of requests."""
    return "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"


def requested_wait(headers: Mapping[str, str], *, now: datetime, most: float) -> float | None:
    """Returns the wait by Retry-After, else until the next allowance, at most `most`.

    None where no header says it.
    """
    waits = (
        retry_after(headers.get("retry-after"), now=now, most=most),
        *(_until_reset(headers.get(name), now=now, most=most) for name in _RESET_TIMES),
        retry_after(headers.get(_SECONDS_TO_RESET), now=now, most=most),
    )
    return next((wait for wait in waits if wait is not None), None)


def retry_after(value: str | None, *, now: datetime, most: float) -> float | None:
    """Reads a Retry-After header, a number of seconds or an HTTP date, as seconds from `now`, at most `most`.

    None where it is neither: anything but a finite number from 0 on counts as missing.
    """
    if value is None:
        return None
    seconds = _number(value.strip())
    if seconds is None:
        seconds = _until(_http_date(value), now)
    return None if seconds is None else min(seconds, most)


def _until_reset(value: str | None, *, now: datetime, most: float) -> float | None:
    if value is None:
        return None
    at = _number(value.strip())
    seconds = _until(_iso_time(value) or _http_date(value), now) if at is None else max(0.0, at - now.timestamp())
    return None if seconds is None else min(seconds, most)


def _number(text: str) -> float | None:
    if not re.fullmatch(r"\+?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?", text, re.ASCII):
        return None
    seconds = float(text)
    return seconds if math.isfinite(seconds) else None


def _until(moment: datetime | None, now: datetime) -> float | None:
    """Returns the seconds until then; a time without a zone is UTC."""
    try:
        return None if moment is None else max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())
    except OverflowError:
        return None


def _http_date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None


def _iso_time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return None


# The transport.

TLS_RECORD = 16 * 1024
"""Bytes; no TLS record carries more."""

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

# A subclass that is missing means what its nearest parent here means. Any other ClientError is a ReadError: the
# request may have arrived.
CLIENT_ERRORS: Mapping[type[Exception], type[httpx.TransportError]] = MappingProxyType(
    {
        aiohttp.ConnectionTimeoutError: httpx.ConnectTimeout,
        aiohttp.ClientConnectorError: httpx.ConnectError,
        aiohttp.ClientProxyConnectionError: httpx.ProxyError,
        aiohttp.ClientHttpProxyError: httpx.ProxyError,
        aiohttp.ServerTimeoutError: httpx.ReadTimeout,
        aiohttp.ServerDisconnectedError: httpx.RemoteProtocolError,
        aiohttp.ClientPayloadError: httpx.RemoteProtocolError,
        aiohttp.ClientResponseError: httpx.RemoteProtocolError,
        aiohttp.InvalidURL: httpx.UnsupportedProtocol,
        aiohttp.NonHttpUrlClientError: httpx.UnsupportedProtocol,
        aiohttp.ClientError: httpx.ReadError,
    }
)


class AiohttpTransport(httpx.AsyncBaseTransport):
    """An httpx transport without a cap on connections. Honours the connect and read timeouts of each request.

    `keepalive`: seconds for which an idle connection is kept. Trusts the same certificates as httpx.
    Only a GET is ever repeated on another connection. Shrinks asyncio's TLS buffers for the whole process.
    """

    def __init__(self, *, proxy: str | None = None, keepalive: float = 20.0) -> None:
        self._proxy = proxy
        self._keepalive = keepalive
        self._certificates = _trusted_certificates()
        self._session: aiohttp.ClientSession | None = None
        _shrink_tls_buffers()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        timeout = request.extensions["timeout"]
        try:
            response = await self._opened().request(
                request.method,
                str(request.url),
                headers=[(_header_text(name), _header_text(value)) for name, value in request.headers.raw],
                data=await request.aread() or None,
                allow_redirects=False,
                timeout=_client_timeout(timeout["connect"], timeout["read"]),
                middlewares=(_write_once,) if request.method in _REPEATED_WRITES else (),
            )
        except aiohttp.ClientError as cause:
            raise _httpx_error(cause) from cause
        return httpx.Response(response.status, headers=response.raw_headers, stream=_Body(response))

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        # Not in the constructor: a session belongs to the event loop in which it is created.
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=self._keepalive, ssl=self._certificates),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                proxy=self._proxy,
                request_class=ClaimedRequest,
            )
        return self._session


class _Body(httpx.AsyncByteStream):
    """A response body that is streamed. Closing it early closes the connection."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._response.content.iter_any():
                yield piece
        except aiohttp.ClientError as cause:
            raise _httpx_error(cause) from cause

    async def aclose(self) -> None:
        self._response.close()


class ClaimedRequest(aiohttp.ClientRequest):
    """An aiohttp request that asserts the claim as soon as it has its connection, just before it is sent.

    A request with a body is sent by a task of its own, which asserts the claim again: before Python 3.12 the event loop
    may do other work until that task begins. A trace could do the same as `send`, but aiohttp makes an object and some
    ten calls of it for each request.
    """

    async def send(self, conn: aiohttp.connector.Connection) -> aiohttp.ClientResponse:
        assert_claim_is_current()
        return await super().send(conn)

    async def write_bytes(
        self, writer: AbstractStreamWriter, conn: aiohttp.connector.Connection, content_length: int | None = None
    ) -> None:
        try:
            assert_claim_is_current()
        except AmbiguousError as error:
            # `send` has returned: its caller waits for the response, and gets the error from there.
            if conn.protocol is not None:
                conn.protocol.set_exception(error)
            return
        await super().write_bytes(writer, conn, content_length)


@functools.lru_cache(maxsize=256)
def _header_text(raw: bytes) -> str:
    # Cached, so that waiting requests share the texts of their headers.
    return raw.decode("latin-1")


@functools.lru_cache(maxsize=64)
def _client_timeout(connect: float | None, read: float | None) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, connect=connect, sock_read=read)


def proxy_for(url: httpx.URL) -> str | None:
    """Returns the proxy by HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY; None for loopback.

    aiohttp can read them itself, but then also reads ~/.netrc, at every request.
    """
    if url.host in LOOPBACK or urllib.request.proxy_bypass(url.host):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


@functools.cache
def _trusted_certificates() -> ssl.SSLContext:
    """Returns the context that every client shares: reading the certificates takes 25 ms and half a megabyte."""
    return httpx.create_ssl_context()


def _shrink_tls_buffers() -> None:
    # asyncio keeps a receive buffer of 256 KB for every TLS connection, though it reads one record at a time: ten times
    # the memory that a waiting question takes otherwise. Only this class attribute can change it.
    sslproto.SSLProtocol.max_size = TLS_RECORD


# Writes that aiohttp may repeat by itself on another connection.
_REPEATED_WRITES = frozenset({"PUT", "DELETE"})


async def _write_once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Raises httpx errors, which aiohttp does not recognise: else it would repeat the request."""
    try:
        return await handler(request)
    except aiohttp.ClientError as cause:
        raise _httpx_error(cause) from cause


def _httpx_error(cause: aiohttp.ClientError) -> httpx.TransportError:
    kind = next(CLIENT_ERRORS[parent] for parent in type(cause).__mro__ if parent in CLIENT_ERRORS)
    return kind(str(cause))
