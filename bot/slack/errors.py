"""Slack's refusals and silences in the desk's error tree.

Only Slack's own word refuses for good. Whatever else comes back (nothing, HTML, a redirect, half of an answer) leaves
open what became of the call. Error names: the `errors` of each method on docs.slack.dev/reference/methods.
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
from bot.http.rate_limits import retry_after

SYSTEM = "slack"
# Slack is not waited for longer than that at a time (seconds), whatever it asks for.
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
# Nobody else's message is ever changed, so one that may not be is what Slack has left in the place of a deleted one.
_MESSAGE_GONE = {"message_not_found", "cant_update_message"}
# The thread cannot be replied to, for good.
_THREAD_GONE = {
    "thread_not_found",
    "invalid_thread_ts",
    "cannot_reply_to_message",
    "restricted_action_thread_locked",
}
# Slack says that it can do nothing just now, and has not. The first two are about a workspace that is being moved into
# an organization, the third is about the network we call from, which changes.
_TEMPORARY = {
    "team_added_to_org",
    "org_login_required",
    "accesslimited",
    "external_channel_migrating",
    "fetch_members_failed",
    "timezone_count_failed",
    "temporarily_unavailable",
}
# Slack says of these that it does not know what became of the call; the last three answer a repeated client_msg_id.
_UNCLEAR = {
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
_RATE_LIMITED = {"ratelimited", "rate_limited", "too_many_requests"}

METADATA_REFUSED = frozenset(
    {"metadata_too_large", "invalid_metadata_format", "invalid_metadata_schema", "metadata_must_be_sent_from_app"}
)
"""Refusals of a message for what is attached to it and nobody sees."""

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
"""Refusals of how something is said. Said more simply it may be taken."""

# Everything else that Slack documents as wrong with a call of ours.
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

MEANINGS: Mapping[str, type[OutsideError]] = MappingProxyType(
    {
        word: kind
        for kind, words in (
            (CredentialError, _CREDENTIAL),
            (PlanError, _PLAN),
            (NotFoundError, _NOT_FOUND),
            (MessageGoneError, _MESSAGE_GONE),
            (ThreadGoneError, _THREAD_GONE),
            (TemporaryError, _TEMPORARY),
            (AmbiguousError, _UNCLEAR),
            (RateLimitedError, _RATE_LIMITED),
            (BadRequestError, _BAD_REQUEST),
        )
        for word in words
    }
)
"""What each of Slack's words means for us. Any other one may mean anything."""


@contextmanager
def translated() -> Iterator[None]:
    """Raise what Slack's client raises inside the block as an error of ours, with the cause kept."""
    try:
        yield
    except SlackApiError as error:
        raise _of_api_error(error) from error
    except aiohttp.ClientConnectorError as error:
        raise TemporaryError("Slack could not be reached.", system=SYSTEM, code="connect") from error
    except (TimeoutError, aiohttp.ClientError, SlackClientError) as error:
        raise AmbiguousError("Slack did not answer.", system=SYSTEM, code=type(error).__name__) from error


def _of_api_error(error: SlackApiError) -> OutsideError:
    response: Any = error.response
    status = int(getattr(response, "status_code", None) or getattr(response, "status", None) or HTTPStatus.OK)
    headers = getattr(response, "headers", None) or {}
    return fault(status, headers, getattr(response, "data", None)) or unclear("unreadable")


def fault(status: int, headers: Mapping[str, str], body: object) -> OutsideError | None:
    """What an answer means that is not a plain yes; None where it is one."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _asked_to_wait(headers)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return AmbiguousError("Slack had a fault.", system=SYSTEM, code=_word(body) or str(status))
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return BadRequestError("Slack refused: too large.", system=SYSTEM, code="payload_too_large")
    if not isinstance(body, dict) or not isinstance(body.get("ok"), bool):
        return unclear("unreadable" if status == HTTPStatus.OK else f"http_{status}")
    if body["ok"]:
        return None if status == HTTPStatus.OK else unclear(f"http_{status}")
    word = _word(body)
    return _refusal(word, headers) if word else unclear("no_word")


def unclear(code: str) -> AmbiguousError:
    """An answer that says neither yes nor no."""
    return AmbiguousError("Slack's answer cannot be used.", system=SYSTEM, code=code)


def _word(body: object) -> str:
    """Slack's short word for a refusal, or an empty string where it said none."""
    word = body.get("error") if isinstance(body, dict) else None
    return word.strip() if isinstance(word, str) else ""


def _refusal(word: str, headers: Mapping[str, str]) -> OutsideError:
    kind = MEANINGS.get(word, UnknownRefusalError)
    if kind is RateLimitedError:
        return _asked_to_wait(headers)
    return kind(f"Slack refused: {word}.", system=SYSTEM, code=word)


def _asked_to_wait(headers: Mapping[str, str]) -> RateLimitedError:
    return RateLimitedError(
        "Slack asked us to wait.", system=SYSTEM, code="ratelimited", retry_after=told_wait(headers)
    )


def told_wait(headers: Mapping[str, str]) -> float | None:
    """The seconds that a Retry-After asks for, at most `LONGEST_WAIT`; None where it says nothing that can be meant."""
    value = next((text for name, text in headers.items() if name.lower() == "retry-after"), None)
    return retry_after(value, now=datetime.now(UTC), most=LONGEST_WAIT)
