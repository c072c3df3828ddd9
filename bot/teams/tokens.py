"""Tokens: those with which Teams signs its requests, verified, and those with which the desk calls Teams.

Sources: learn.microsoft.com/microsoftteams/platform/agents-in-teams/incoming-request-authentication,
learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import httpx
import jwt

from bot.call_rates import Now
from bot.errors import AmbiguousError, ForgedError, OutsideError, TemporaryError
from bot.helpdesk.ports import Clock
from bot.http_client import HttpTimeouts, JsonClient
from bot.teams.errors import LOGIN_REFUSALS, SYSTEM
from bot.teams.service_hosts import ServiceHosts

log = logging.getLogger(__name__)

T = TypeVar("T")


class SharedFlight(Generic[T]):
    """One run of `fetch` for all who ask while it runs. It goes on if one of them is cancelled."""

    def __init__(self, fetch: Callable[[], Awaitable[T]]) -> None:
        self._fetch = fetch
        self._task: asyncio.Task[T] | None = None

    def start(self) -> asyncio.Task[T]:
        """Starts a run, unless one is under way, and returns it."""
        if self._task is None or self._task.done():
            # In a context of its own: whoever asks first may perform an effect, and its claim concerns nobody else.
            self._task = asyncio.create_task(self._run(), context=contextvars.Context())
            self._task.add_done_callback(_retrieve)
        return self._task

    async def join(self) -> T:
        """Waits for a run, and returns its result or raises its error."""
        return await asyncio.shield(self.start())

    async def aclose(self) -> None:
        """Ends a run that is under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> T:
        return await self._fetch()


def _retrieve(task: asyncio.Task[Any]) -> None:
    """Marks the exception of a run as seen: perhaps nobody waits for it any more."""
    if not task.cancelled():
        task.exception()


# Of Teams' requests.

ALGORITHM = "RS256"
ENDORSEMENT = "msteams"
"""Microsoft endorses each key for the channels whose requests it signs."""

SKEW = 300.0
"""Seconds by which the clocks may differ."""

KEYS_LIFE = 24 * 3600.0
"""Seconds after which keys are fetched again."""

COOL_DOWN = 30.0
"""Seconds for which unknown keys are refused after a fetch that did not bring one."""

PAUSE = 2.0
"""Seconds after a failed fetch before an unknown key causes another one."""

_KEYS_TIMEOUTS = HttpTimeouts(connect=2.0, read=3.0, total=3.0)
# Seconds for both documents: Teams waits for its response meanwhile.
_BOTH_DOCUMENTS = 4.0
_BOTS_ISSUER = "https://api.botframework.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A public key, the issuer of the tokens that it signs, and the channels that it is endorsed for."""

    key: Any
    issuer: str
    endorsements: frozenset[str]


class SigningKeys:
    """Microsoft's public keys, kept for a day. `url` is the address of the OpenID configuration that names them.

    An unknown key is fetched at once. If the fetch does not bring it, unknown keys are refused for `COOL_DOWN` seconds
    without another one. While nothing can be fetched, the keys that are kept go on.
    """

    def __init__(
        self, url: str, *, now: Now = time.monotonic, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """Touches no network."""
        self._url = url
        self._now = now
        self._http = JsonClient(
            system=SYSTEM,
            name="The server of Microsoft's keys",
            base_url=url,
            headers={},
            timeouts=_KEYS_TIMEOUTS,
            refusals=LOGIN_REFUSALS,
            transport=transport,
        )
        self._flight = SharedFlight(self._fetch_all)
        self._kept: Mapping[str, SigningKey] = {}
        self._stale_at = -math.inf
        self._missing_until = -math.inf
        self._failed_at = -math.inf

    async def aclose(self) -> None:
        await self._flight.aclose()
        await self._http.aclose()

    async def fetch(self) -> int:
        """Fetches the keys now and returns how many there are. Raises TemporaryError."""
        await self._flight.join()
        return len(self._kept)

    async def find(self, key_id: str) -> SigningKey:
        """Returns a key. Raises ForgedError if it does not exist, TemporaryError if that cannot be found out now."""
        known = self._kept.get(key_id)
        if known is None:
            return await self._find_unknown(key_id)
        now = self._now()
        if now >= self._stale_at and now >= self._failed_at + COOL_DOWN:
            self._flight.start()
        return known

    async def _find_unknown(self, key_id: str) -> SigningKey:
        now = self._now()
        if now < self._missing_until:
            raise _forged("unknown_key")
        if now < self._failed_at + PAUSE:
            raise _keys_unavailable("pause")
        await self._flight.join()
        known = self._kept.get(key_id)
        if known is None:
            self._missing_until = self._now() + COOL_DOWN
            raise _forged("unknown_key")
        return known

    async def _fetch_all(self) -> None:
        try:
            async with asyncio.timeout(_BOTH_DOCUMENTS):
                kept = await self._read()
        except (OutsideError, TimeoutError) as error:
            self._failed_at = self._now()
            code = error.code if isinstance(error, OutsideError) else type(error).__name__
            log.warning("signing_keys_not_fetched", extra={"code": code})
            raise _keys_unavailable(code) from error
        self._kept = kept
        self._stale_at = self._now() + KEYS_LIFE

    async def _read(self) -> Mapping[str, SigningKey]:
        configuration = await self._http.request("GET", self._url)
        address = configuration.get("jwks_uri") if isinstance(configuration, dict) else None
        if not isinstance(address, str):
            raise _keys_unavailable("no_address")
        keys = read_keys(await self._http.request("GET", address), str(configuration.get("issuer") or _BOTS_ISSUER))
        if not keys:
            raise _keys_unavailable("no_keys")
        return keys


def read_keys(document: Any, issuer: str) -> dict[str, SigningKey]:
    """Returns the usable keys of a key set (RFC 7517) by their ids."""
    entries = document.get("keys") if isinstance(document, dict) else None
    found = (_read_key(entry, issuer) for entry in (entries if isinstance(entries, list) else ()))
    return {one[0]: one[1] for one in found if one is not None}


def _read_key(entry: Any, issuer: str) -> tuple[str, SigningKey] | None:
    try:
        key_id, endorsements = entry["kid"], entry.get("endorsements") or ()
        key = jwt.PyJWK(entry, algorithm=ALGORITHM)
    except (jwt.PyJWTError, KeyError, TypeError, AttributeError, ValueError):
        return None
    if not isinstance(key_id, str):
        return None
    return key_id, SigningKey(key=key, issuer=issuer, endorsements=frozenset(filter(_is_text, endorsements)))


def _is_text(value: object) -> bool:
    return isinstance(value, str)


class TokenVerifier:
    """Verifies that Teams sent a request to this bot. `now` is the time of day."""

    def __init__(self, keys: SigningKeys, *, app_id: str, hosts: ServiceHosts, now: Clock = time.time) -> None:
        self._keys = keys
        self._app_id = app_id
        self._hosts = hosts
        self._now = now

    async def verify(self, authorization: str | None, activity: Mapping[str, Any] | None) -> None:
        """Verifies the token in the header `Authorization` of a request with this activity, None if it has none.

        Raises ForgedError, whose code names the doubt, or TemporaryError if the keys cannot be fetched.
        """
        token = _bearer_token(authorization)
        key = await self._keys.find(_key_id(token))
        claims = self._claims(token, key)
        service_url = claims["serviceurl"]
        if not self._hosts.allow(service_url):
            raise _forged("service_host")
        if activity is not None and _same_form(activity.get("serviceUrl")) != _same_form(service_url):
            raise _forged("service_url")

    def _claims(self, token: str, key: SigningKey) -> Mapping[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key.key,
                algorithms=[ALGORITHM],
                audience=self._app_id,
                issuer=key.issuer,
                options={
                    "require": ["aud", "exp", "iss", "serviceurl"],
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except jwt.InvalidTokenError as error:
            raise _forged(_DOUBTS.get(type(error), "unreadable")) from error
        if ENDORSEMENT not in key.endorsements:
            raise _forged("endorsement")
        if not self._is_in_time(claims):
            raise _forged("time")
        return claims

    def _is_in_time(self, claims: Mapping[str, Any]) -> bool:
        """Checks the times by this clock, not by the one of the library."""
        now, ends = self._now(), claims["exp"]
        begins = [claims[name] for name in ("nbf", "iat") if name in claims]
        if not all(isinstance(time, int | float) for time in (ends, *begins)):
            return False
        return all(begin - SKEW <= now for begin in begins) and now < ends + SKEW


_DOUBTS: Mapping[type[Exception], str] = {
    jwt.InvalidAlgorithmError: "algorithm",
    jwt.InvalidAudienceError: "audience",
    jwt.InvalidIssuerError: "issuer",
    jwt.InvalidSignatureError: "signature",
    jwt.MissingRequiredClaimError: "incomplete",
}


def _bearer_token(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise _forged("no_token")
    return token.strip()


def _key_id(token: str) -> str:
    """Returns the id of the key that the token claims to be signed with."""
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError as error:
        raise _forged("unreadable") from error
    # Before the key is looked up: it would be fetched for a token that cannot be right.
    if header.get("alg") != ALGORITHM:
        raise _forged("algorithm")
    key_id = header.get("kid")
    if not isinstance(key_id, str):
        raise _forged("unknown_key")
    return key_id


def _same_form(url: object) -> str | None:
    """Returns a service address without the slash at its end, None if it is none."""
    return url.rstrip("/") if isinstance(url, str) and url else None


def _forged(doubt: str) -> ForgedError:
    return ForgedError(f"A request to Teams' address is not Teams': {doubt}.", system=SYSTEM, code=doubt)


def _keys_unavailable(code: str) -> TemporaryError:
    return TemporaryError(f"Microsoft's keys cannot be fetched ({code}).", system=SYSTEM, code=code)


# Of the desk's own requests.

CONNECTOR_SCOPE = "https://api.botframework.com/.default"
GRAPH_SCOPE = "https://graph.microsoft.com/.default"

# Seconds before its end in which a token is renewed, and in which it is not used any more.
_RENEWED = 300.0
_UNUSED = 60.0
_LOGIN_TIMEOUTS = HttpTimeouts(read=10.0, total=10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppCredentials:
    """The app's registration: its id, its client secret, and the company's tenant."""

    app_id: str
    tenant: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _HeldToken:
    value: str = field(repr=False)
    renew_at: float
    ends_at: float


class AccessTokens:
    """Access tokens for one scope. One is used by all until shortly before its end, and renewed before that.

    Source: learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
    """

    def __init__(
        self,
        credentials: AppCredentials,
        *,
        login_url: str,
        scope: str = CONNECTOR_SCOPE,
        now: Now = time.monotonic,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Touches no network. `login_url` is the address before the tenant."""
        self._credentials = credentials
        self._scope = scope
        self._now = now
        self._path = f"{login_url.rstrip('/')}/{quote(credentials.tenant, safe='')}/oauth2/v2.0/token"
        self._http = JsonClient(
            system=SYSTEM,
            name="Microsoft's login",
            base_url=login_url,
            headers={},
            timeouts=_LOGIN_TIMEOUTS,
            refusals=LOGIN_REFUSALS,
            transport=transport,
        )
        self._flight = SharedFlight(self._fetch)
        self._held: _HeldToken | None = None
        self._failed_at = -math.inf

    async def aclose(self) -> None:
        await self._flight.aclose()
        await self._http.aclose()

    async def get(self) -> str:
        """Returns a token that can be used now. Raises OutsideError, never an AmbiguousError."""
        now, held = self._now(), self._held
        if held is None or now >= held.ends_at:
            return (await self._flight.join()).value
        if now >= held.renew_at and now >= self._failed_at + COOL_DOWN:
            self._flight.start()
        return held.value

    def forget(self, token: str) -> None:
        """Drops a token that was refused, unless another one has taken its place."""
        if self._held is not None and self._held.value == token:
            self._held = None

    async def _fetch(self) -> _HeldToken:
        try:
            answer = await self._request()
        except OutsideError as error:
            self._failed_at = self._now()
            log.warning("access_token_not_renewed", extra={"code": error.code})
            raise
        self._held = held = _read_token(answer, self._now())
        return held

    async def _request(self) -> Any:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._credentials.app_id,
            "client_secret": self._credentials.password,
            "scope": self._scope,
        }
        try:
            return await self._http.request("POST", self._path, form=form)
        except AmbiguousError as error:
            # A token that was made and lost harms nobody.
            raise TemporaryError(str(error), system=SYSTEM, code=error.code) from error


def _read_token(answer: Any, now: float) -> _HeldToken:
    value = answer.get("access_token") if isinstance(answer, dict) else None
    seconds = _seconds(answer.get("expires_in")) if isinstance(answer, dict) else None
    if not isinstance(value, str) or not value or seconds is None:
        raise TemporaryError("Microsoft's login gave no token.", system=SYSTEM, code="incomplete")
    return _HeldToken(
        value=value,
        renew_at=now + max(seconds - _RENEWED, seconds / 2),
        ends_at=now + max(seconds - _UNUSED, seconds / 2),
    )


def _seconds(value: object) -> float | None:
    """Reads a number of seconds, which some login servers write as a text."""
    try:
        seconds = float(value) if isinstance(value, int | float | str) else math.nan
    except ValueError:
        return None
    return seconds if 0 < seconds < math.inf else None
