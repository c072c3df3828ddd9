"""Keeps other sites out of the demo: it has no sign-in, so only pages it served itself may talk to it."""

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
    """Refuse what was not asked for by this page: a foreign Host (DNS rebinding), Origin, or kind of body."""
    if not (_is_loopback(request.headers.get("Host", "")) and _is_own_page(request) and _is_json(request)):
        raise web.HTTPForbidden(text="The demo talks only to its own page, opened on this computer.")
    return await handler(request)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Have the browser load nothing from elsewhere and run nothing that stands in the page."""
    response.headers.update(_HEADERS)


def _is_own_page(request: web.Request) -> bool:
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"http://{request.headers['Host']}":
        return False
    return request.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin")


def _is_json(request: web.Request) -> bool:
    # A form of another site cannot send JSON without asking first.
    return request.method in ("GET", "HEAD") or request.content_type == "application/json"


def _is_loopback(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
