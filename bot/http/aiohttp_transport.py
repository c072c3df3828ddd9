"""An httpx transport over aiohttp, for a client with thousands of open requests.

httpx's own connection pool walks all its connections whenever a request starts or ends. With some thousand questions
waiting for an answer, that is most of the work of the process; aiohttp finds its connections by key. Errors are those
of httpx, and tell exactly whether a request can have reached the server.
"""

from __future__ import annotations

import contextlib
import functools
import ssl
import urllib.request
from asyncio import sslproto
from collections.abc import AsyncIterator, Iterator, Mapping
from types import MappingProxyType

import aiohttp
import httpx

from bot.helpdesk.outbox.fencing import assert_claim_is_current

TLS_RECORD = 16 * 1024
"""Bytes; no TLS record carries more."""

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

# A subclass that is missing means what its nearest parent here means. Any other ClientError is a ReadError: the
# request may have arrived.
ERRORS: Mapping[type[Exception], type[httpx.TransportError]] = MappingProxyType(
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
        with _translated_errors():
            response = await self._opened().request(
                request.method,
                str(request.url),
                headers=request.headers.multi_items(),
                data=await request.aread() or None,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=None, connect=timeout["connect"], sock_read=timeout["read"]),
            )
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
                middlewares=(_write_once,),
                trace_configs=[claim_checks()],
            )
        return self._session


class _Body(httpx.AsyncByteStream):
    """A response body that is streamed. Closing it early closes the connection."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _translated_errors():
            async for piece in self._response.content.iter_any():
                yield piece

    async def aclose(self) -> None:
        self._response.close()


def claim_checks() -> aiohttp.TraceConfig:
    """Returns a trace that asserts the claim as soon as a request has its connection, just before it is sent."""
    trace = aiohttp.TraceConfig()
    trace.on_connection_reuseconn.append(_check_claim)
    trace.on_connection_create_end.append(_check_claim)
    return trace


async def _check_claim(session: aiohttp.ClientSession, context: object, params: object) -> None:
    assert_claim_is_current()


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


async def _write_once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Raises httpx errors for writes, which aiohttp does not recognise: else it would repeat a PUT by itself."""
    with contextlib.nullcontext() if request.method == "GET" else _translated_errors():
        return await handler(request)


@contextlib.contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except aiohttp.ClientError as cause:
        kind = next(ERRORS[parent] for parent in type(cause).__mro__ if parent in ERRORS)
        raise kind(str(cause)) from cause
