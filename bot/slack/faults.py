"""Slack's refusals and silences in the desk's error tree.

Error names: the `errors` of each method on docs.slack.dev/reference/methods.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.errors import (
    AmbiguousError,
    BadRequestError,
    CredentialError,
    NotFoundError,
    OutsideError,
    PlanError,
    RateLimitedError,
    TemporaryError,
)

SYSTEM = "slack"

_CREDENTIAL = {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"}
_PLAN = {
    "missing_scope",
    "not_allowed_token_type",
    "no_permission",
    "restricted_action",
    "ekm_access_denied",
    "team_access_not_granted",
    "org_login_required",
    "enterprise_is_restricted",
    "message_limit_exceeded",
}
_NOT_FOUND = {
    "channel_not_found",
    "not_in_channel",
    "is_archived",
    "message_not_found",
    "file_not_found",
    "file_deleted",
    "thread_not_found",
    "user_not_found",
    "user_not_in_channel",
    "user_disabled",
    "user_not_visible",
    "cannot_dm_bot",
    "cant_update_message",
}
# Slack says of these that it does not know what became of the call; the last two answer a repeated client_msg_id.
_UNCLEAR = {
    "fatal_error",
    "internal_error",
    "request_timeout",
    "service_unavailable",
    "duplicate_message",
    "duplicate_message_not_found",
    "duplicate_channel_not_found",
}


@contextmanager
def translated() -> Iterator[None]:
    """Raise what Slack's client raises inside the block as an error of ours, with the cause kept."""
    try:
        yield
    except SlackApiError as error:
        raise refusal(error) from error
    except aiohttp.ClientConnectorError as error:
        raise TemporaryError("Slack could not be reached.", system=SYSTEM, code="connect") from error
    except (TimeoutError, aiohttp.ClientError, SlackClientError) as error:
        raise AmbiguousError("Slack did not answer.", system=SYSTEM, code=type(error).__name__) from error


def refusal(error: SlackApiError) -> OutsideError:
    """What Slack's own words mean for us."""
    code = error_code(error)
    status = int(getattr(error.response, "status_code", 200) or 200)
    if status == 429 or code in {"ratelimited", "rate_limited"}:
        return RateLimitedError(
            "Slack asked us to wait.", system=SYSTEM, code="ratelimited", retry_after=_retry_after(error)
        )
    if status >= 500 or code in _UNCLEAR:
        return AmbiguousError("Slack had a fault.", system=SYSTEM, code=code or str(status))
    return _kind(code)(f"Slack refused: {code}.", system=SYSTEM, code=code)


def _kind(code: str) -> type[OutsideError]:
    for kind, codes in ((CredentialError, _CREDENTIAL), (PlanError, _PLAN), (NotFoundError, _NOT_FOUND)):
        if code in codes:
            return kind
    return BadRequestError


def error_code(error: SlackApiError) -> str:
    """Slack's short word for the refusal, or an empty string where it said none."""
    get = getattr(error.response, "get", None)
    return str(get("error") or "") if get is not None and isinstance(getattr(error.response, "data", {}), dict) else ""


def _retry_after(error: SlackApiError) -> float | None:
    headers = getattr(error.response, "headers", None) or {}
    value = next((text for name, text in headers.items() if name.lower() == "retry-after"), None)
    try:
        return None if value is None else float(value)
    except ValueError:
        return None
