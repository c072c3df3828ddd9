"""The keys with which the local Teams signs its requests, and the tokens that it signs.

Source: https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from sandbox.teams.wire import Json

ISSUER = "https://api.botframework.com"
ENDORSEMENTS = ("msteams", "webchat", "skype")
TOKEN_SECONDS = 3600.0


@dataclass(slots=True, kw_only=True)
class SigningPair:
    """A key pair. It is listed with its endorsements as long as it `is_published`."""

    kid: str
    private: rsa.RSAPrivateKey
    endorsements: tuple[str, ...] = ENDORSEMENTS
    is_published: bool = True

    def listed(self) -> Json:
        entry: Json = json.loads(RSAAlgorithm.to_jwk(self.private.public_key()))
        del entry["key_ops"]
        return {**entry, "use": "sig", "kid": self.kid, "x5t": self.kid, "endorsements": list(self.endorsements)}


@functools.cache
def _private_key(number: int) -> rsa.RSAPrivateKey:
    """Returns the same keys for every local Teams of a process: to make one takes a tenth of a second."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class KeyRing:
    """Signs tokens for the bot, and lists the keys to verify them with. `now` gives tokens their times."""

    def __init__(self, app_id: str, now: Callable[[], float]) -> None:
        self.now = now
        self._app_id = app_id
        self.pairs: list[SigningPair] = []
        self.rotate()

    @property
    def current(self) -> SigningPair:
        return self.pairs[-1]

    def rotate(self, *, published: bool = True, retire: bool = False) -> SigningPair:
        """Signs with a new key from now on. The earlier ones stay listed unless they `retire`."""
        for pair in self.pairs if retire else ():
            pair.is_published = False
        number = len(self.pairs)
        self.pairs.append(SigningPair(kid=f"local-key-{number}", private=_private_key(number), is_published=published))
        return self.current

    def document(self) -> Json:
        """Returns the list of keys, as it is served."""
        return {"keys": [pair.listed() for pair in self.pairs if pair.is_published]}

    def claims(self, service_url: str) -> Json:
        """Returns the claims of a right token for an activity with this `serviceUrl`."""
        now = int(self.now())
        return {
            "serviceurl": service_url,
            "nbf": now,
            "exp": now + int(TOKEN_SECONDS),
            "iss": ISSUER,
            "aud": self._app_id,
        }

    def token(
        self,
        service_url: str,
        *,
        claims: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        algorithm: str = "RS256",
        forged: bool = False,
    ) -> str:
        """Returns a signed token.

        `claims` and `headers` replace those of a right token, and None removes one. A `forged` one names our key, but
        is signed with another. With the algorithm `HS256` our public key serves as the secret.
        """
        pair = self.current
        stated = _merged(self.claims(service_url), claims)
        named = _merged({"kid": pair.kid, "x5t": pair.kid, "typ": "JWT"}, headers)
        private: Any = _private_key(-1) if forged else pair.private
        if algorithm == "none":
            private = ""
        elif algorithm.startswith("HS"):
            private = pair.listed()["n"]
        return jwt.encode(stated, private, algorithm=algorithm, headers=named)


def _merged(values: Json, changes: Mapping[str, Any] | None) -> Json:
    return {name: value for name, value in {**values, **(changes or {})}.items() if value is not None}
