"""Maps the refusals of Teams' connector and of Microsoft's login to the desk's error tree.

There is no idempotency key and no way to look a message up, so one question decides: was it posted? After 412, 429 and
a refused connection it was not. After a 5xx, a time-out or a dropped connection it may have been, although Microsoft's
own table asks to repeat 502 and 504.

Sources: learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/conversation-messages (status codes),
learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from bot.errors import (
    AmbiguousError,
    BadRequestError,
    CredentialError,
    MessageGoneError,
    NotFoundError,
    OutsideError,
    PlanError,
    TemporaryError,
    UnreachableError,
)
from bot.http_client import RefusalRules

SYSTEM = "teams"
# Seconds; the longest wait at a time, whatever Teams asks for.
LONGEST_WAIT = 300.0

STATUSES: Mapping[int, type[OutsideError]] = MappingProxyType(
    {
        HTTPStatus.UNAUTHORIZED: CredentialError,
        HTTPStatus.FORBIDDEN: PlanError,
        HTTPStatus.NOT_FOUND: NotFoundError,
        # Of a proxy: whether the request went on is not known.
        HTTPStatus.REQUEST_TIMEOUT: AmbiguousError,
        # Another operation on the same message or conversation was under way, and nothing was done.
        HTTPStatus.PRECONDITION_FAILED: TemporaryError,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: BadRequestError,
    }
)
"""The error of each status below 500; any other means that the request was wrong. A 5xx leaves the outcome open."""

CODES: Mapping[str, type[OutsideError]] = MappingProxyType(
    {
        "ActivityNotFoundInConversation": MessageGoneError,
        "BotNotInConversationRoster": UnreachableError,
        "ConversationBlockedByUser": UnreachableError,
        "MessageWritesBlocked": UnreachableError,
    }
)
"""The codes of the connector that say more than their status."""

# Nothing was done: the server does not know the method at all.
_NOT_IMPLEMENTED = "NotImplemented"

_CODE = re.compile(r"[A-Za-z][A-Za-z0-9]{1,79}")


def error_code(body: Any) -> str:
    """Returns the connector's own code for a refusal, or an empty string where there is none."""
    found = body.get("error") if isinstance(body, dict) else None
    code = found.get("code") if isinstance(found, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""


def _refined(kind: type[OutsideError], body: Any) -> type[OutsideError]:
    code = error_code(body)
    if kind is AmbiguousError:
        return BadRequestError if code.endswith(_NOT_IMPLEMENTED) else kind
    return CODES.get(code, kind)


def _said(body: Any) -> str:
    code = error_code(body)
    return f": {code}" if code else ""


REFUSALS = RefusalRules(kinds=STATUSES, longest_wait=LONGEST_WAIT, refine=_refined, describe=_said, code=error_code)
"""The meaning of the connector's refusals."""

# The login.

_AADSTS = re.compile(r"AADSTS\d{4,7}")
# Of the login itself, whatever was sent to it.
_LOGIN_IS_BUSY = frozenset({"temporarily_unavailable", "server_error"})


def login_code(body: Any) -> str:
    """Returns the login's own code for a refusal, such as AADSTS7000215, or an empty string where there is none."""
    described = body.get("error_description") if isinstance(body, dict) else None
    found = _AADSTS.search(described) if isinstance(described, str) else None
    return found[0] if found else ""


def _refined_login(kind: type[OutsideError], body: Any) -> type[OutsideError]:
    error = body.get("error") if isinstance(body, dict) else None
    is_busy = isinstance(error, str) and error in _LOGIN_IS_BUSY
    return TemporaryError if is_busy or kind is AmbiguousError else kind


def _said_at_login(body: Any) -> str:
    code = login_code(body)
    return f": {code}" if code else ""


LOGIN_REFUSALS = RefusalRules(
    kinds={HTTPStatus.BAD_REQUEST: CredentialError, HTTPStatus.UNAUTHORIZED: CredentialError},
    longest_wait=LONGEST_WAIT,
    refine=_refined_login,
    describe=_said_at_login,
    code=login_code,
)
"""The meaning of the login's refusals. A token can always be asked for again, so no outcome is open."""
