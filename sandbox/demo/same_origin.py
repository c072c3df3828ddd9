"""Same-origin check: the demo has no sign-in, so it accepts requests of its own page only."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuses requests that are not of this page: foreign Host (DNS rebinding), Origin or content type."""
    if not (_is_loopback(request.headers.get("Host", "")) and _is_own_page(request) and _is_json(request)):
        raise web.HTTPForbidden(text="The demo talks only to its own page, opened on this computer.")
    return await handler(request)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Forbids the browser to load from other sites and to run inline scripts."""
    response.headers.update(_HEADERS)


def _is_own_page(request: web.Request) -> bool:
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"http://{request.headers['Host']}":
        return False
    return request.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin")


def _is_json(request: web.Request) -> bool:
    # A page of another site cannot send JSON without a CORS preflight.
    return request.method in ("GET", "HEAD") or request.content_type == "application/json"


def _is_loopback(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
