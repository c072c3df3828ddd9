"""Maps Slack's errors, and responses that are not Slack's, to the desk's error tree.

Only an error code of Slack's is a permanent refusal. After any other response (none, HTML, a redirect, a truncated one)
the outcome of the call is unknown. Error codes: the `errors` of each method on docs.slack.dev/reference/methods.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.errors import (
    AmbiguousError,
    BadRequestError,
    CredentialError,
    MessageGoneError,
    NotFoundError,
    OutsideError,
    PlanError,
    RateLimitedError,
    TemporaryError,
    ThreadGoneError,
    UnknownRefusalError,
)
from bot.http_client import is_error_code, retry_after

SYSTEM = "slack"
# Seconds; the longest wait at a time, whatever Slack asks for.
LONGEST_WAIT = 300.0

_CREDENTIAL = {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "is_inactive"}
_PLAN = {
    "access_denied",
    "app_access_restricted",
    "ekm_access_denied",
    "enterprise_is_restricted",
    "message_limit_exceeded",
    "messages_tab_disabled",
    "missing_scope",
    "no_permission",
    "not_allowed_token_type",
    "not_authorized",
    "restricted_action",
    "restricted_action_non_threadable_channel",
    "restricted_action_read_only_channel",
    "restricted_action_thread_only_channel",
    "slack_connect_blocked_file_type",
    "slack_connect_file_upload_sharing_blocked",
    "slack_connect_canvas_sharing_blocked",
    "file_upload_size_restricted",
    "file_uploads_disabled",
    "file_uploads_except_images_disabled",
    "team_access_not_granted",
    "two_factor_setup_required",
}
_NOT_FOUND = {
    "channel_not_found",
    "not_in_channel",
    "is_archived",
    "file_not_found",
    "file_deleted",
    "no_such_subteam",
    "team_not_found",
    "user_not_found",
    "users_not_found",
    "user_not_in_channel",
    "user_disabled",
    "user_not_visible",
    "cannot_dm_bot",
    "cant_delete_message",
    "cant_delete_file",
    "edit_window_closed",
    "view_not_found",
    "not_found",
}
# The desk only changes its own messages, so one that may not be changed is the tombstone of a deleted one.
_MESSAGE_GONE = {"message_not_found", "cant_update_message"}
# Nothing can ever be posted to the thread again.
_THREAD_GONE = {
    "thread_not_found",
    "invalid_thread_ts",
    "cannot_reply_to_message",
    "restricted_action_thread_locked",
}
# Nothing was done, and a later attempt may succeed. The first two mean a workspace that is being moved into an
# organization, the third the network that the call came from.
_TEMPORARY = {
    "team_added_to_org",
    "org_login_required",
    "accesslimited",
    "external_channel_migrating",
    "fetch_members_failed",
    "timezone_count_failed",
    "temporarily_unavailable",
}
# The outcome of the call is unknown to Slack itself. The last three answer a repeated client_msg_id.
_AMBIGUOUS = {
    "fatal_error",
    "internal_error",
    "request_timeout",
    "service_unavailable",
    "update_failed",
    "post_failed",
    "unknown_error",
    "duplicate_message",
    "duplicate_message_not_found",
    "duplicate_channel_not_found",
}
_NO_CODE = "error_in_words"
_RATE_LIMITED = {"ratelimited", "rate_limited", "too_many_requests"}

UNKNOWN_METHOD = frozenset(
    {"unknown_method", "not_authorized", "missing_scope", "not_allowed_token_type", "method_deprecated"}
)
"""Refusals of a call because the workspace does not have the method, or the app not the right to call it."""

METADATA_REFUSED = frozenset(
    {"metadata_too_large", "invalid_metadata_format", "invalid_metadata_schema", "metadata_must_be_sent_from_app"}
)
"""Refusals of a message because of its metadata."""

FORM_REFUSED = METADATA_REFUSED | {
    "agent_prompt_display_not_allowed",
    "attachment_payload_limit_exceeded",
    "block_mismatch",
    "invalid_arg_name",
    "invalid_arguments",
    "invalid_array_arg",
    "invalid_attachments",
    "invalid_blocks",
    "invalid_blocks_format",
    "invalid_charset",
    "invalid_form_data",
    "invalid_json",
    "json_not_object",
    "markdown_text_conflict",
    "msg_blocks_too_long",
    "msg_too_long",
    "no_text",
    "payload_too_large",
    "too_many_attachments",
    "too_many_contact_cards",
    "view_too_large",
}
"""Refusals of the form of a message or view. A simpler form may be accepted."""

# All other errors that Slack documents for a wrong call.
_BAD_REQUEST = FORM_REFUSED | {
    "already_reacted",
    "as_user_not_supported",
    "bad_timestamp",
    "compliance_exports_prevent_deletion",
    "deprecated_endpoint",
    "duplicate_external_id",
    "exchanged_trigger_id",
    "expired_trigger_id",
    "file_comment_not_found",
    "file_update_failed",
    "forbidden_team",
    "hash_conflict",
    "invalid_channel",
    "invalid_cursor",
    "invalid_limit",
    "invalid_metadata_filter_keys",
    "invalid_name",
    "invalid_post_type",
    "invalid_trigger_id",
    "invalid_ts_latest",
    "invalid_ts_oldest",
    "invalid_types",
    "invalid_user_combination",
    "invalid_users",
    "malformed_arguments",
    "method_deprecated",
    "method_not_supported_for_channel_type",
    "missing_argument",
    "missing_charset",
    "missing_file_data",
    "missing_post_type",
    "no_dual_broadcast_content_update",
    "no_item_specified",
    "no_reaction",
    "not_enabled",
    "not_enough_users",
    "not_reactable",
    "push_limit_reached",
    "socket_mode_not_enabled",
    "superfluous_charset",
    "too_many_emoji",
    "too_many_reactions",
    "too_many_users",
    "trigger_exchanged",
    "trigger_expired",
    "unknown_method",
    "unknown_snippet_type",
    "unknown_subtype",
    "upgrade_required",
    "users_list_not_supplied",
}

ERRORS: Mapping[str, type[OutsideError]] = MappingProxyType(
    {
        code: kind
        for kind, codes in (
            (CredentialError, _CREDENTIAL),
            (PlanError, _PLAN),
            (NotFoundError, _NOT_FOUND),
            (MessageGoneError, _MESSAGE_GONE),
            (ThreadGoneError, _THREAD_GONE),
            (TemporaryError, _TEMPORARY),
            (AmbiguousError, _AMBIGUOUS),
            (RateLimitedError, _RATE_LIMITED),
            (BadRequestError, _BAD_REQUEST),
        )
        for code in codes
    }
)
"""The error class of each error code of Slack's; any other code may mean anything."""


@contextmanager
def translated() -> Iterator[None]:
    """Translates exceptions of Slack's client inside the block into errors of the desk, with their cause."""
    try:
        yield
    except SlackApiError as error:
        raise _from_api_error(error) from error
    except aiohttp.ClientConnectorError as error:
        raise TemporaryError("Slack could not be reached.", system=SYSTEM, code="connect") from error
    except (TimeoutError, aiohttp.ClientError, SlackClientError) as error:
        raise AmbiguousError("Slack did not answer.", system=SYSTEM, code=type(error).__name__) from error


def _from_api_error(error: SlackApiError) -> OutsideError:
    response: Any = error.response
    status = int(getattr(response, "status_code", None) or getattr(response, "status", None) or HTTPStatus.OK)
    headers = getattr(response, "headers", None) or {}
    return error_of(status, headers, getattr(response, "data", None)) or ambiguous("unreadable")


def error_of(status: int, headers: Mapping[str, str], body: object) -> OutsideError | None:
    """Returns the error for a response; None if it is a success."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _rate_limited(headers)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return AmbiguousError("Slack had a fault.", system=SYSTEM, code=_error_code(body) or str(status))
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return BadRequestError("Slack refused: too large.", system=SYSTEM, code="payload_too_large")
    if not isinstance(body, dict) or not isinstance(body.get("ok"), bool):
        return ambiguous("unreadable" if status == HTTPStatus.OK else f"http_{status}")
    if body["ok"]:
        return None if status == HTTPStatus.OK else ambiguous(f"http_{status}")
    code = _error_code(body)
    return _refusal(code, headers) if code else ambiguous("no_error_code")


def ambiguous(code: str) -> AmbiguousError:
    """Builds the error for a response that is neither a success nor a refusal."""
    return AmbiguousError("Slack's answer cannot be used.", system=SYSTEM, code=code)


def _error_code(body: object) -> str:
    """Returns Slack's error code, or an empty string if there is none.

    What is no code may be anything, and codes are logged: it gets a code of ours.
    """
    found = body.get("error") if isinstance(body, dict) else None
    code = found.strip() if isinstance(found, str) else ""
    return code if not code or code in ERRORS or is_error_code(code) else _NO_CODE


def _refusal(code: str, headers: Mapping[str, str]) -> OutsideError:
    kind = ERRORS.get(code, UnknownRefusalError)
    if kind is RateLimitedError:
        return _rate_limited(headers)
    return kind(f"Slack refused: {code}.", system=SYSTEM, code=code)


def _rate_limited(headers: Mapping[str, str]) -> RateLimitedError:
    return RateLimitedError(
        "Slack asked us to wait.", system=SYSTEM, code="ratelimited", retry_after=retry_after_of(headers)
    )


def retry_after_of(headers: Mapping[str, str]) -> float | None:
    """Returns the seconds of a Retry-After header, at most `LONGEST_WAIT`; None without a usable value."""
    value = next((text for name, text in headers.items() if name.lower() == "retry-after"), None)
    return retry_after(value, now=datetime.now(UTC), most=LONGEST_WAIT)
