"""The login of the local Teams: access tokens for the bot, by client credentials.

Source: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sandbox.teams.wire import ConnectorRefusedError, Json

CONNECTOR = "https://api.botframework.com"
GRAPH = "https://graph.microsoft.com"
LIFETIME = 3600.0
ANY_TENANT = "botframework.com"
"""The tenant of registrations that serve several tenants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredBot:
    """The registration of the bot. `tenants` are those in whose name it may log in."""

    app_id: str = "00000000-b000-4000-8000-000000000001"
    password: str = "local-stand-in-password"
    tenant_id: str = "00000000-c000-4000-8000-000000000001"
    name: str = "Help Desk"

    @property
    def tenants(self) -> frozenset[str]:
        return frozenset({self.tenant_id, ANY_TENANT})


@dataclass(frozen=True, slots=True)
class _Issued:
    audience: str
    expires_at: float


class LoginRefusedError(Exception):
    """A request for a token that is refused, with Microsoft's word and number for the reason."""

    def __init__(self, status: int, error: str, number: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.error = error
        self.number = number
        self.reason = reason

    def body(self) -> Json:
        description = f"AADSTS{self.number}: {self.reason}"
        return {"error": self.error, "error_description": description, "error_codes": [self.number]}


class TokenOffice:
    """Issues access tokens and checks them. `lifetime` is that of the next token, in seconds."""

    def __init__(self, bot: RegisteredBot, now: Callable[[], float]) -> None:
        self.lifetime = LIFETIME
        self._bot = bot
        self._now = now
        self._issued: dict[str, _Issued] = {}

    def issue(self, tenant: str, form: Mapping[str, str]) -> Json:
        """Returns the answer to a request for a token. Raises LoginRefusedError."""
        if form.get("grant_type") != "client_credentials":
            raise LoginRefusedError(
                400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type."
            )
        audience, _, default = form.get("scope", "").rpartition("/")
        if default != ".default" or audience not in (CONNECTOR, GRAPH):
            raise LoginRefusedError(400, "invalid_scope", 70011, "The provided value for the scope is not valid.")
        self._check_client(tenant, form)
        token = secrets.token_urlsafe(24)
        self._issued[token] = _Issued(audience, self._now() + self.lifetime)
        seconds = int(self.lifetime)
        return {"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token}

    def _check_client(self, tenant: str, form: Mapping[str, str]) -> None:
        if tenant not in self._bot.tenants:
            raise LoginRefusedError(400, "invalid_request", 90002, f"Tenant '{tenant}' not found.")
        if form.get("client_id") != self._bot.app_id:
            raise LoginRefusedError(
                400, "unauthorized_client", 700016, "The application was not found in the directory."
            )
        if form.get("client_secret") != self._bot.password:
            raise LoginRefusedError(401, "invalid_client", 7000215, "Invalid client secret provided.")

    def check(self, authorization: str, audience: str) -> None:
        """Raises ConnectorRefusedError unless the header has a token for this audience that has not expired."""
        scheme, _, token = authorization.partition(" ")
        issued = self._issued.get(token)
        if scheme.lower() != "bearer" or issued is None or issued.audience != audience:
            raise ConnectorRefusedError(401, "Unauthorized", "Authorization has been denied for this request.")
        if issued.expires_at <= self._now():
            raise ConnectorRefusedError(401, "TokenExpired", "The access token has expired.")

    def revoke(self) -> None:
        """Makes every token invalid that was issued so far, as after a change of the password."""
        self._issued.clear()
