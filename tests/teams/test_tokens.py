"""A request is Teams' only with a right token; the desk's own tokens are fetched once and renewed in time."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import importlib.util
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bot.errors import CredentialError, ForgedError, OutsideError, TemporaryError
from bot.teams.service_hosts import ServiceHosts
from bot.teams.tokens import (
    COOL_DOWN,
    KEYS_LIFE,
    PAUSE,
    AccessTokens,
    AppCredentials,
    SigningKeys,
    TokenVerifier,
    read_keys,
)
from tests.teams.microsoft import (
    APP,
    ISSUER,
    SERVICE_URL,
    TENANT,
    LocalMicrosoft,
    claims_of_teams,
    private_key,
    signed,
)

VALIDATOR = Path(__file__).resolve().parents[1] / "data" / "microsoft-teams-token-validator.2.1.1.py.txt"
ACTIVITY = {"serviceUrl": SERVICE_URL}
GOOD = ""


class HandClock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def microsoft() -> AsyncIterator[LocalMicrosoft]:
    async with LocalMicrosoft().serving() as microsoft:
        yield microsoft


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def keys(microsoft: LocalMicrosoft, clock: HandClock) -> AsyncIterator[SigningKeys]:
    keys = SigningKeys(microsoft.openid_url, now=clock)
    yield keys
    await keys.aclose()


@pytest.fixture
def verifier(keys: SigningKeys) -> TokenVerifier:
    return TokenVerifier(keys, app_id=APP, hosts=ServiceHosts())


async def doubt(verifier: TokenVerifier, authorization: str | None, activity: Any = ACTIVITY) -> str:
    """Returns the doubt about a request, `GOOD` if there is none, or "unavailable"."""
    try:
        await verifier.verify(authorization, activity)
    except ForgedError as error:
        return error.code
    except TemporaryError:
        return "unavailable"
    return GOOD


def bearer(key_id: str = "first", **changed: Any) -> str:
    return f"Bearer {signed(claims_of_teams(**changed), key_id)}"


# The table.


def encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def signed_with_the_public_key() -> str:
    """Returns a token whose HMAC has the public key as its secret, which a careless verifier would accept."""
    unsigned = f"{encoded({'alg': 'HS256', 'kid': 'first', 'typ': 'JWT'})}.{encoded(claims_of_teams())}"
    secret = private_key("first").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signature = hmac.digest(secret, unsigned.encode(), hashlib.sha256)
    return f"{unsigned}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def unsigned() -> str:
    return jwt.encode(claims_of_teams(), "", algorithm="none", headers={"kid": "first"})


def tampered() -> str:
    header, _, signature = signed(claims_of_teams()).split(".")
    return f"{header}.{encoded(claims_of_teams(exp=int(time.time()) + 9999))}.{signature}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A token, with the doubt about it. `because`: Microsoft's validator has none, though it should."""

    make: Callable[[], str]
    doubt: str = GOOD
    activity: Any = None
    because: str = ""


def claiming(doubt: str = GOOD, *, activity: Any = None, because: str = "", **changed: Any) -> Case:
    """Returns the case of a token with changed claims; times are in seconds from now."""

    def make() -> str:
        now = int(time.time())
        shifted = {name: now + value if isinstance(value, int) else value for name, value in changed.items()}
        return signed(claims_of_teams(**shifted))

    return Case(make=make, doubt=doubt, activity=activity, because=because)


CASES = {
    "right": claiming(),
    "without the slash at the end": claiming(activity={"serviceUrl": SERVICE_URL.rstrip("/")}),
    "expired four minutes ago": claiming(exp=-240),
    "expired six minutes ago": claiming("time", exp=-360),
    "begins in four minutes": claiming(nbf=240),
    "begins in six minutes": claiming("time", nbf=360),
    "made in six minutes": claiming("time", iat=360),
    "without a beginning": claiming(nbf=None, iat=None),
    "for another bot": claiming("audience", aud="00000000-dddd-4000-8000-000000000004"),
    "for several bots": claiming(aud=[APP, "another"]),
    "for nobody": claiming("incomplete", aud=None),
    "of another issuer": claiming("issuer", iss="https://login.example"),
    "of no issuer": claiming("incomplete", iss=None),
    "of no service": claiming("incomplete", serviceurl=None),
    "of another service": claiming("service_url", serviceurl="https://smba.trafficmanager.net/apac/"),
    "signed with another key": Case(make=lambda: signed(claims_of_teams(), "other", named="first"), doubt="signature"),
    "changed after it was signed": Case(make=tampered, doubt="signature"),
    "of an unknown key": Case(make=lambda: signed(claims_of_teams(), "unknown"), doubt="unknown_key"),
    "of no key": Case(make=lambda: signed(claims_of_teams(), named=None), doubt="unknown_key"),
    "not signed": Case(make=unsigned, doubt="algorithm"),
    "signed with the public key as a secret": Case(make=signed_with_the_public_key, doubt="algorithm"),
    "signed with another algorithm": Case(make=lambda: signed(claims_of_teams(), algorithm="RS512"), doubt="algorithm"),
    "garbage": Case(make=lambda: "a.b.c", doubt="unreadable"),
    "no token": Case(make=lambda: "Zm9v", doubt="unreadable"),
    "without an end": claiming("incomplete", exp=None, because="a token of the connector always ends"),
    "for the address of the bot": claiming("audience", aud=f"api://{APP}", because="the connector names its id alone"),
    "of an activity without an address": claiming(
        "service_url", activity={"type": "message"}, because="the token would vouch for nothing"
    ),
    "of a host that is not Microsoft's": claiming(
        "service_host",
        activity={"serviceUrl": "https://teams.example/"},
        serviceurl="https://teams.example/",
        because="the desk's own token would be sent there",
    ),
    "of a key for another channel": Case(
        make=lambda: signed(claims_of_teams(), "plain"),
        doubt="endorsement",
        because="the documentation asks for the endorsement",
    ),
}


@pytest.mark.parametrize("name", CASES)
async def test_only_a_right_token_is_accepted(name: str, verifier: TokenVerifier) -> None:
    case = CASES[name]

    assert await doubt(verifier, f"Bearer {case.make()}", case.activity or ACTIVITY) == case.doubt


@pytest.fixture(scope="module")
def validator_module() -> ModuleType:
    """Microsoft's validator, from its file alone: its package would bring a web framework."""
    loader = SourceFileLoader("microsoft_token_validator", str(VALIDATOR))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = sys.modules[loader.name] = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


async def test_microsofts_own_validator_agrees_but_for_listed_differences(
    validator_module: ModuleType, microsoft: LocalMicrosoft
) -> None:
    cloud = validator_module.PUBLIC.__class__(
        **{**vars(validator_module.PUBLIC), "openid_metadata_url": microsoft.openid_url}
    )
    theirs = validator_module.InboundActivityTokenValidator(APP, cloud=cloud)

    def accepts(case: Case) -> bool:
        try:
            asyncio.run(theirs.validate_token(case.make(), (case.activity or ACTIVITY).get("serviceUrl")))
        except jwt.PyJWTError:
            return False
        return True

    # In a thread: their validator fetches the keys without letting this loop answer.
    verdicts = {name: await asyncio.to_thread(accepts, case) for name, case in CASES.items()}

    assert verdicts == {name: case.doubt == GOOD or bool(case.because) for name, case in CASES.items()}


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer  ", "Basic Zm9vOmJhcg==", "first"])
async def test_a_request_without_a_token_is_refused_without_a_look_at_the_keys(
    authorization: str | None, verifier: TokenVerifier, microsoft: LocalMicrosoft
) -> None:
    assert await doubt(verifier, authorization) == "no_token"
    assert microsoft.asked == 0


async def test_the_scheme_may_be_written_in_any_case(verifier: TokenVerifier) -> None:
    assert await doubt(verifier, bearer().replace("Bearer", "bearer")) == GOOD


async def test_a_request_without_an_activity_can_still_be_teams(verifier: TokenVerifier) -> None:
    assert await doubt(verifier, bearer(), None) == GOOD


# Keys.


async def test_keys_are_fetched_once_for_all(verifier: TokenVerifier, microsoft: LocalMicrosoft) -> None:
    verdicts = await asyncio.gather(*(doubt(verifier, bearer()) for _ in range(20)))

    assert set(verdicts) == {GOOD}
    assert microsoft.asked == 1


async def test_a_new_key_is_fetched_at_once(verifier: TokenVerifier, microsoft: LocalMicrosoft) -> None:
    await verifier.verify(bearer(), ACTIVITY)
    microsoft.keys = ["first", "second"]

    assert await doubt(verifier, bearer("second")) == GOOD
    assert await doubt(verifier, bearer("first")) == GOOD
    assert microsoft.asked == 2


async def test_a_key_that_is_withdrawn_is_refused(verifier: TokenVerifier, microsoft: LocalMicrosoft) -> None:
    await verifier.verify(bearer(), ACTIVITY)
    microsoft.keys = ["second"]

    assert await doubt(verifier, bearer("second")) == GOOD
    assert await doubt(verifier, bearer("first")) == "unknown_key"


async def test_after_an_unknown_key_no_other_is_fetched_for_half_a_minute(
    verifier: TokenVerifier, microsoft: LocalMicrosoft, clock: HandClock
) -> None:
    assert await doubt(verifier, bearer("unknown")) == "unknown_key"
    microsoft.keys = ["first", "second"]

    clock.now += COOL_DOWN - 0.1
    assert await doubt(verifier, bearer("second")) == "unknown_key"
    assert await doubt(verifier, bearer("first")) == GOOD
    assert microsoft.asked == 1

    clock.now += 0.1
    assert await doubt(verifier, bearer("second")) == GOOD
    assert microsoft.asked == 2


async def test_a_slow_server_of_keys_holds_up_only_those_who_need_it(
    verifier: TokenVerifier, microsoft: LocalMicrosoft
) -> None:
    await verifier.verify(bearer(), ACTIVITY)
    microsoft.keys = ["first", "second"]

    async with microsoft.hold():
        waiting = asyncio.create_task(doubt(verifier, bearer("second")))
        assert await doubt(verifier, bearer()) == GOOD
        assert not waiting.done()

    assert await waiting == GOOD


async def test_somebody_who_goes_away_does_not_take_the_keys_from_the_others(
    verifier: TokenVerifier, microsoft: LocalMicrosoft
) -> None:
    async with microsoft.hold():
        first, second = (asyncio.create_task(doubt(verifier, bearer())) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)

    assert await second == GOOD


async def test_without_any_keys_nothing_can_be_said_about_a_token(
    verifier: TokenVerifier, microsoft: LocalMicrosoft, clock: HandClock
) -> None:
    microsoft.down = True
    assert await doubt(verifier, bearer()) == "unavailable"
    microsoft.down = False

    assert await doubt(verifier, bearer()) == "unavailable"
    clock.now += PAUSE
    assert await doubt(verifier, bearer()) == GOOD


async def test_while_the_server_of_keys_is_down_known_keys_go_on_and_new_ones_wait(
    verifier: TokenVerifier, microsoft: LocalMicrosoft, clock: HandClock
) -> None:
    await verifier.verify(bearer(), ACTIVITY)
    microsoft.down = True
    clock.now += KEYS_LIFE + 1

    assert await doubt(verifier, bearer()) == GOOD
    assert await doubt(verifier, bearer("second")) == "unavailable"


async def test_keys_are_fetched_again_after_a_day_while_those_that_are_kept_serve(
    keys: SigningKeys, verifier: TokenVerifier, microsoft: LocalMicrosoft, clock: HandClock
) -> None:
    await verifier.verify(bearer(), ACTIVITY)
    clock.now += KEYS_LIFE - 1
    await verifier.verify(bearer(), ACTIVITY)
    assert microsoft.asked == 1

    clock.now += 1
    async with microsoft.hold():
        assert await doubt(verifier, bearer()) == GOOD
    await keys._flight.join()

    assert microsoft.asked == 2


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"keys": {}},
        {"keys": [None, 1, "x", {}, {"kid": "a"}, {"kid": "a", "kty": "RSA", "n": 5, "e": "AQAB"}]},
        {"keys": [{"kid": "a", "kty": "oct", "k": "Zm9v"}]},
        {"keys": [{"kid": 5, "kty": "RSA", "n": "AQAB", "e": "AQAB"}]},
    ],
    ids=str,
)
def test_a_set_of_keys_of_another_form_has_none(document: Any) -> None:
    assert read_keys(document, ISSUER) == {}


# The desk's own tokens.


@pytest.fixture
async def tokens(microsoft: LocalMicrosoft, clock: HandClock) -> AsyncIterator[AccessTokens]:
    credentials = AppCredentials(app_id=APP, tenant=TENANT, password="s3cret")
    tokens = AccessTokens(credentials, login_url=f"{microsoft.address}/", now=clock)
    yield tokens
    await tokens.aclose()


async def test_one_login_serves_all_who_ask(tokens: AccessTokens, microsoft: LocalMicrosoft) -> None:
    given = await asyncio.gather(*(tokens.get() for _ in range(20)))

    assert set(given) == {"token 1"}
    assert microsoft.logins == [
        {
            "tenant": TENANT,
            "grant_type": "client_credentials",
            "client_id": APP,
            "client_secret": "s3cret",
            "scope": "https://api.botframework.com/.default",
        }
    ]


async def test_a_token_is_renewed_before_its_end_while_the_old_one_serves(
    tokens: AccessTokens, microsoft: LocalMicrosoft, clock: HandClock
) -> None:
    await tokens.get()
    clock.now += 3600 - 301
    assert await tokens.get() == "token 1"
    assert len(microsoft.logins) == 1

    clock.now += 1
    assert await tokens.get() == "token 1"
    await tokens._flight.join()

    assert await tokens.get() == "token 2"
    assert len(microsoft.logins) == 2


async def test_a_failed_renewal_is_tried_again_later_and_the_token_serves_to_its_end(
    tokens: AccessTokens, microsoft: LocalMicrosoft, clock: HandClock
) -> None:
    await tokens.get()
    clock.now += 3600 - 200
    microsoft.down = True
    await tokens.get()
    with pytest.raises(TemporaryError):
        await tokens._flight.join()
    microsoft.down = False

    assert await tokens.get() == "token 1"
    clock.now += COOL_DOWN
    assert await tokens.get() == "token 1"
    await tokens._flight.join()
    assert await tokens.get() == "token 2"


async def test_a_token_at_its_end_is_not_used(
    tokens: AccessTokens, microsoft: LocalMicrosoft, clock: HandClock
) -> None:
    await tokens.get()
    clock.now += 3600 - 59

    assert await tokens.get() == "token 2"


async def test_a_token_of_a_short_life_is_used_for_half_of_it(
    tokens: AccessTokens, microsoft: LocalMicrosoft, clock: HandClock
) -> None:
    microsoft.lives = 40
    await tokens.get()
    clock.now += 19

    assert await tokens.get() == "token 1"
    clock.now += 1
    assert await tokens.get() == "token 2"


async def test_a_refused_token_is_dropped_once(tokens: AccessTokens, microsoft: LocalMicrosoft) -> None:
    refused = await tokens.get()
    tokens.forget(refused)
    renewed = await tokens.get()
    tokens.forget(refused)

    assert await tokens.get() == renewed == "token 2"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (web.json_response({"error_description": "AADSTS7000215: x"}, status=401), CredentialError),
        (web.json_response({"token_type": "Bearer"}), TemporaryError),
        (web.json_response({"access_token": "x", "expires_in": "soon"}), TemporaryError),
        (web.json_response({"access_token": "x", "expires_in": -1}), TemporaryError),
        (web.Response(text="<html>sign in</html>"), TemporaryError),
        (web.Response(status=500), TemporaryError),
    ],
)
async def test_without_a_token_the_outcome_is_never_open(
    answer: web.Response, kind: type[OutsideError], tokens: AccessTokens, microsoft: LocalMicrosoft
) -> None:
    microsoft.answer = lambda: web.Response(
        body=answer.body, status=answer.status, headers={"Content-Type": answer.content_type}
    )

    with pytest.raises(OutsideError) as caught:
        await tokens.get()

    assert type(caught.value) is kind


def test_the_secret_is_not_shown() -> None:
    assert "s3cret" not in repr(AppCredentials(app_id=APP, tenant=TENANT, password="s3cret"))
