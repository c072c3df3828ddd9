"""Microsoft's side of the tokens on loopback: an OpenID configuration, signing keys, and a login.

Its keys are real ones, so that nothing of the verification is pretended.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import jwt
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import rsa

APP = "00000000-bbbb-4000-8000-000000000002"
TENANT = "00000000-cccc-4000-8000-000000000003"
ISSUER = "https://api.botframework.com"
SERVICE_URL = "https://smba.trafficmanager.net/emea/"


@functools.cache
def private_key(key_id: str) -> rsa.RSAPrivateKey:
    """Returns the private key with this id, the same one for all tests."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_key(key_id: str, *endorsements: str) -> dict[str, Any]:
    """Returns the entry of a key set for the key with this id."""
    entry = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(private_key(key_id).public_key()))
    return {**entry, "kid": key_id, "use": "sig", "endorsements": list(endorsements)}


def claims_of_teams(now: float | None = None, **changed: Any) -> dict[str, Any]:
    """Returns the claims of a token that Teams makes now; one that is changed to None is left out."""
    begins = int(time.time() if now is None else now)
    claims = {
        "iss": ISSUER,
        "aud": APP,
        "serviceurl": SERVICE_URL,
        "iat": begins,
        "nbf": begins,
        "exp": begins + 3600,
        **changed,
    }
    return {name: value for name, value in claims.items() if value is not None}


def signed(
    claims: Mapping[str, Any], key_id: str = "first", *, named: str | None = "", algorithm: str = "RS256"
) -> str:
    """Returns a token with these claims, signed with the key that it names, unless another one is `named`, or none."""
    headers = {} if named is None else {"kid": named or key_id}
    return jwt.encode(dict(claims), private_key(key_id), algorithm=algorithm, headers=headers)


class LocalMicrosoft:
    """The servers. `keys` are the ids of the keys that are published; `asked` counts the fetches of them.

    `down` answers 503 everywhere; `hold()` keeps every request waiting until the block is left. `logins` has the form
    of each request for a token, `answer` makes the response.
    """

    def __init__(self) -> None:
        self.keys = ["first"]
        self.unendorsed = ["plain"]
        self.asked = 0
        self.down = False
        self.logins: list[dict[str, str]] = []
        self.answer: Callable[[], web.Response] = self.grant
        self.lives = 3600
        self.address = ""
        self._open = asyncio.Event()
        self._open.set()

    @property
    def openid_url(self) -> str:
        return f"{self.address}/v1/.well-known/openidconfiguration"

    def grant(self) -> web.Response:
        """Answers with a new token."""
        return web.json_response({"access_token": f"token {len(self.logins)}", "expires_in": self.lives})

    @contextlib.asynccontextmanager
    async def hold(self) -> AsyncIterator[None]:
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[LocalMicrosoft]:
        app = web.Application()
        app.router.add_get("/v1/.well-known/openidconfiguration", self._configuration)
        app.router.add_get("/v1/.well-known/keys", self._keys)
        app.router.add_post("/{tenant}/oauth2/v2.0/token", self._token)
        async with TestServer(app) as server:
            self.address = str(server.make_url("")).rstrip("/")
            yield self
            self._open.set()

    async def _configuration(self, request: web.Request) -> web.Response:
        await self._open.wait()
        if self.down:
            return web.Response(status=503)
        return web.json_response({"issuer": ISSUER, "jwks_uri": f"{self.address}/v1/.well-known/keys"})

    async def _keys(self, request: web.Request) -> web.Response:
        self.asked += 1
        endorsed = [public_key(id, "msteams", "webchat") for id in self.keys]
        return web.json_response({"keys": [*endorsed, *(public_key(id, "webchat") for id in self.unendorsed)]})

    async def _token(self, request: web.Request) -> web.Response:
        await self._open.wait()
        if self.down:
            return web.Response(status=503)
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.logins.append({**form, "tenant": request.match_info["tenant"]})
        return self.answer()
