"""The transport over aiohttp: complete error tables, the proxy of the environment, and its memory."""

from __future__ import annotations

import asyncio
import inspect
import ssl
from asyncio import sslproto
from collections.abc import Iterator

import aiohttp
import httpx
import pytest

from bot.http_client import CLIENT_ERRORS, NETWORK_ERRORS, AiohttpTransport, proxy_for


def test_every_exception_of_httpx_is_translated() -> None:
    requests_cannot_raise = (httpx.HTTPStatusError, httpx.CookieConflict, httpx.StreamError)
    exported = [value for value in vars(httpx).values() if inspect.isclass(value) and issubclass(value, Exception)]
    leaves = [kind for kind in exported if not kind.__subclasses__() and not issubclass(kind, requests_cannot_raise)]

    assert len(leaves) > 10
    assert [kind.__name__ for kind in leaves if kind not in NETWORK_ERRORS] == []


def test_every_exception_of_aiohttps_client_is_translated() -> None:
    assert set(CLIENT_ERRORS.values()) <= NETWORK_ERRORS.keys()
    assert {kind.__name__ for kind in descendants(aiohttp.ClientError) if nearest(kind) is aiohttp.ClientError} == {
        "ClientConnectionError",
        "ClientConnectionResetError",
        "ClientOSError",
        "RedirectClientError",
        "ServerConnectionError",
        "ServerFingerprintMismatch",
        "UploadAbortedError",
    }, "a new one: say what it means, or that it may come after the request was sent"


def descendants(kind: type[Exception]) -> Iterator[type[Exception]]:
    for child in kind.__subclasses__():
        yield child
        yield from descendants(child)


def nearest(kind: type[Exception]) -> type[Exception]:
    return next(parent for parent in kind.__mro__ if parent in CLIENT_ERRORS)


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("https://api.uppzy.com/api/v1", "http://proxy.test:3128"),
        ("http://other.test/", None),
        ("https://inside.test/", None),
        ("https://127.0.0.1:8080/", None),
        ("https://localhost/", None),
    ],
)
def test_the_proxy_of_the_environment_is_used_but_never_for_loopback(
    url: str, proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "proxy.test:3128")
    monkeypatch.setenv("NO_PROXY", "inside.test")

    assert proxy_for(httpx.URL(url)) == proxy


async def test_a_waiting_tls_connection_holds_no_large_buffer() -> None:
    AiohttpTransport()
    loop, context = asyncio.get_running_loop(), ssl.create_default_context()

    connection = sslproto.SSLProtocol(loop, asyncio.Protocol(), context, loop.create_future(), False, "server.test")

    assert connection._app_transport is not None
    connection._app_transport.close()

    assert len(connection.get_buffer(-1)) == 16 * 1024
