"""Zendesk Support over its API version 2.

Zendesk remembers an idempotency key and the bytes of its request for two hours. After that the key is looked up on the
tickets, where nothing makes it unique. Comments are public by default, and a closed ticket can never be changed.
"""

from __future__ import annotations

import contextlib
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import ClassVar
from urllib.parse import urlsplit

import httpx
from pydantic import Field, SecretStr

from bot.errors import (
    AmbiguousError,
    BadRequestError,
    CredentialError,
    NotFoundError,
    PlanError,
    RequesterRefusedError,
    TemporaryError,
)
from bot.helpdesk.model.handoff import (
    TicketChanges,
    TicketComment,
    TicketDraft,
    TicketMetadata,
    TicketRef,
    TicketStatus,
)
from bot.helpdesk.model.ticket_system import WebhookNotice, WebhookRequest
from bot.helpdesk.redaction import SafeText
from bot.settings_base import Variables, WebAddress
from bot.tickets.http_base import JsonNode, TicketHttp, basic_auth, explained, in_path
from bot.tickets.incoming_webhooks import hmac_sha256, read_notice, require_fresh, require_same, require_secret
from bot.tickets.markup import as_html, fitting, one_line, without_placeholders
from bot.tickets.name_mapping import FieldNames, status_of
from bot.tickets.ticket_text import (
    as_tags,
    as_text,
    has_marker,
    identifiers,
    in_fields,
    is_one_address,
    marker,
    marker_suffix,
    requester_address,
    requester_name,
    with_asked_by,
    with_identifiers,
    with_marker,
    with_note_on_person,
)

SYSTEM = "zendesk"

SOLVED, FINAL = "solved", "closed"

# Closing is left to Zendesk's own automations: a closed ticket can never be reopened or commented on.
STATUSES: Mapping[TicketStatus, str] = MappingProxyType(
    {
        TicketStatus.NEW: "new",
        TicketStatus.OPEN: "open",
        TicketStatus.PENDING: "pending",
        TicketStatus.SOLVED: SOLVED,
        TicketStatus.CLOSED: SOLVED,
    }
)
OTHER_STATUSES: Mapping[str, TicketStatus] = MappingProxyType(
    {"hold": TicketStatus.PENDING, FINAL: TicketStatus.CLOSED}
)

PRIORITIES = frozenset({"low", "normal", "high", "urgent"})

# The number of latest comments that are read for changes, or for a note that is there already.
LATEST: Mapping[str, str | int] = MappingProxyType({"sort_order": "desc", "per_page": 100, "include": "users"})

PAGE = 100
MOST, MOST_IN_TITLE = 65_000, 150


class ZendeskSettings(Variables):
    """Connection to Zendesk, and its fields for the identifiers."""

    zendesk_url: WebAddress = Field(description="the address of your Zendesk, such as https://acme.zendesk.com")
    zendesk_email: str = Field(description="the e-mail address of the desk's own agent")
    zendesk_token: SecretStr = Field(description="an API token (Admin Center, Apps and integrations, Zendesk API)")
    zendesk_fields: FieldNames = Field(default_factory=dict)
    zendesk_webhook_secret: SecretStr | None = None


class Zendesk:
    """Tickets in Zendesk. The key is the idempotency key of the request and the ticket's external id."""

    variables: ClassVar[type[Variables]] = ZendeskSettings
    # For two hours the idempotency key catches a repeated request; after that every list is up to date.
    settle_seconds = 0.0

    def __init__(self, settings: ZendeskSettings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._settings = settings
        self._field_ids: Mapping[str, str] | None = None
        self._http = TicketHttp(
            system=SYSTEM,
            name="Zendesk",
            base_url=f"{settings.zendesk_url}/api/v2",
            headers=basic_auth(f"{settings.zendesk_email}/token", settings.zendesk_token.get_secret_value()),
            error_codes=ERROR_CODES,
            blames_requester=_is_about_the_requester,
            transport=transport,
        )

    async def aclose(self) -> None:
        await self._http.aclose()

    # https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#create-ticket
    # https://developer.zendesk.com/api-reference/ticketing/introduction/#idempotency
    async def create(self, draft: TicketDraft, key: str) -> TicketRef:
        """Creates the ticket, unless one has the key already. A repeated request creates no second one."""
        existing = await self.find(key)
        if existing is not None:
            return existing
        created = await self._created(draft, key)
        return self._ref(created.text("ticket", "id"))

    async def _created(self, draft: TicketDraft, key: str) -> JsonNode:
        """Creates the ticket in the name of the person who asks, unless Zendesk refuses them.

        The second request has other bytes, so it has an idempotency key of its own.
        """
        email = requester_address(draft)
        if email is not None:
            requester = {"name": without_placeholders(requester_name(draft) or email), "email": email}
            with contextlib.suppress(RequesterRefusedError):
                return await self._post({**await self._new(draft, key, draft.body), "requester": requester}, key)
        text = with_asked_by(draft, refused=email is not None)
        return await self._post(await self._new(draft, key, text), f"{key}-alone")

    async def _post(self, ticket: Mapping[str, object], idempotency_key: str) -> JsonNode:
        return await self._http.write(
            "POST", "/tickets", {"ticket": ticket}, headers={"Idempotency-Key": idempotency_key}
        )

    async def _new(self, draft: TicketDraft, key: str, text: str) -> dict[str, object]:
        return {
            "subject": one_line(without_placeholders(draft.subject), MOST_IN_TITLE),
            "comment": {"html_body": _html(with_identifiers(text, draft.metadata), key), "public": False},
            "priority": draft.priority if draft.priority in PRIORITIES else "normal",
            "external_id": key,
            "tags": as_tags(draft.metadata),
            "custom_fields": await self._custom_fields(draft.metadata),
        }

    async def _custom_fields(self, metadata: TicketMetadata) -> list[dict[str, object]]:
        values = in_fields(metadata, await self._fields())
        return [{"id": int(id), "value": without_placeholders(value)} for id, value in values.items()]

    # https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#list-tickets
    async def find(self, key: str) -> TicketRef | None:
        """Returns the oldest ticket with this key, an open one first. Other open ones are merged into it."""
        found = (await self._http.read("/tickets", {"external_id": key, "per_page": PAGE})).items("tickets")
        matches = sorted((one for one in found if one.optional("external_id") == key), key=_oldest_open)
        if not matches:
            return None
        first, twins = matches[0].text("id"), [twin for twin in matches[1:] if twin.text("status") != FINAL]
        if twins:
            await self._merge([int(twin.text("id")) for twin in twins], first, key)
        return self._ref(first)

    # https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#merge-tickets-into-target-ticket
    async def _merge(self, twins: Sequence[int], into: str, key: str) -> None:
        """Merges in the background, which closes the twins."""
        comment = with_marker(f"Created more than once for the same request; #{into} goes on.", key)
        request = {
            "ids": twins,
            "source_comment": comment,
            "source_comment_is_public": False,
            "target_comment": comment,
            "target_comment_is_public": False,
        }
        await self._http.write("POST", f"/tickets/{in_path(into)}/merge", request)

    async def note(self, ref: TicketRef, text: SafeText, *, public: bool, key: str) -> None:
        """Adds a comment, for agents or for all."""
        await self._comment(ref, text, public=public, key=key)

    async def _comment(self, ref: TicketRef, text: str, *, public: bool, key: str) -> None:
        existing = (await self._comments(ref)).items("comments")
        if not any(marker(key) in (comment.optional("body") or "") for comment in existing):
            await self._update(ref, {"comment": {"html_body": _html(text, key), "public": public}})

    # https://developer.zendesk.com/api-reference/ticketing/users/users/#update-user
    async def contact_note(self, requester_email: str, text: SafeText, key: str) -> None:
        """Adds a note to the notes about the user with this address, which agents read."""
        async with self._http.changing_person(requester_email):
            path = f"/users/{in_path(await self._user(requester_email))}"
            notes = (await self._http.read(path)).optional("user", "notes") or ""
            changed = with_note_on_person(notes, without_placeholders(text), key, system=SYSTEM)
            if changed is not None:
                await self._http.write("PUT", path, {"user": {"notes": changed}})

    # https://developer.zendesk.com/api-reference/ticketing/users/users/#search-users
    async def _user(self, email: str) -> str:
        if is_one_address(email):
            users = (await self._http.read("/users/search", {"query": f'email:"{email}"'})).items("users")
            for user in users:
                if (user.optional("email") or "").casefold() == email.casefold():
                    return user.text("id")
        raise RequesterRefusedError("Zendesk has no user with this address", system=SYSTEM, code="no_user")

    async def amend(self, ref: TicketRef, metadata: TicketMetadata) -> None:
        """Writes the identifiers into fields and tags; those without a field go into a private comment."""
        values = await self._custom_fields(metadata)
        if values:
            await self._update(ref, {"custom_fields": values})
        await self._add_tags(ref, metadata)
        if not identifiers(metadata).keys() <= self._settings.zendesk_fields.keys():
            await self._comment(
                ref, as_text(metadata), public=False, key=metadata.uppzy_request_id or metadata.handoff_id
            )

    # https://developer.zendesk.com/api-reference/ticketing/ticket-management/tags/#add-tags
    async def _add_tags(self, ref: TicketRef, metadata: TicketMetadata) -> None:
        """Adds tags to the existing ones, which an update of the ticket would replace."""
        await self._http.write("PUT", f"/tickets/{in_path(ref.id)}/tags", {"tags": as_tags(metadata)})

    async def status(self, ref: TicketRef) -> TicketStatus:
        """Returns the current status."""
        return _status(_raw(await self._ticket(ref)))

    # https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#show-ticket
    async def _ticket(self, ref: TicketRef) -> JsonNode:
        return await self._http.read(f"/tickets/{in_path(ref.id)}")

    async def set_status(self, ref: TicketRef, status: TicketStatus) -> None:
        """Sets the status, unless the ticket is closed or lacks a field that its form requires."""
        ticket = await self._ticket(ref)
        raw, target = _raw(ticket), STATUSES[status]
        if raw == target or (raw == FINAL and target == SOLVED):
            return
        if raw == FINAL:
            raise BadRequestError("The ticket is closed permanently", system=SYSTEM, code="refused")
        updated = await self._move(ref, {"status": target, **await self._assignee(ticket, target)})
        if _raw(updated) != target:
            raise BadRequestError(f"Zendesk did not move the ticket to {target!r}", system=SYSTEM, code="refused")

    async def _assignee(self, ticket: JsonNode, target: str) -> dict[str, object]:
        """Assigns an unassigned ticket to the desk, because Zendesk does not solve it otherwise."""
        if target != SOLVED or ticket.optional("ticket", "assignee_id") is not None:
            return {}
        return {"assignee_id": int((await self._me()).text("user", "id"))}

    async def _move(self, ref: TicketRef, change: Mapping[str, object]) -> JsonNode:
        try:
            return await self._update(ref, change)
        except BadRequestError as error:
            raise BadRequestError(f"{error} to {change['status']}", system=SYSTEM, code="refused") from error

    # https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#update-ticket
    async def _update(self, ref: TicketRef, change: Mapping[str, object]) -> JsonNode:
        return await self._http.write("PUT", f"/tickets/{in_path(ref.id)}", {"ticket": change})

    async def changes(self, ref: TicketRef, since: float) -> TicketChanges:
        """Returns what agents and the requester wrote."""
        raw = _raw(await self._ticket(ref))
        found = await self._comments(ref)
        names = {user.text("id"): user.optional("name") for user in found.items("users")}
        return TicketChanges(status=_status(raw), raw=raw, comments=tuple(_foreign(found, names, since)))

    # https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_comments/#list-comments
    async def _comments(self, ref: TicketRef) -> JsonNode:
        """Returns the latest comments, the newest first, and their authors."""
        return await self._http.read(f"/tickets/{in_path(ref.id)}/comments", LATEST)

    # https://developer.zendesk.com/api-reference/ticketing/users/users/#show-self
    async def _me(self) -> JsonNode:
        return await self._http.read("/users/me")

    async def check(self) -> str:
        """Checks that the token is an agent's, and that the fields exist."""
        with explained(FIXES):
            me = await self._me()
        if me.optional("user", "role") not in ("agent", "admin"):
            message = "ZENDESK_EMAIL is not an agent's address. Make the desk's user an agent."
            raise PlanError(message, system=SYSTEM, code="rights")
        with explained(FIXES):
            await self._fields()
        return f"Zendesk at {urlsplit(self._settings.zendesk_url).hostname} takes tickets."

    async def _fields(self) -> Mapping[str, str]:
        """Returns the ids of the fields that the operator named by title or id, under our names. Cached."""
        if self._field_ids is None:
            named_fields = self._settings.zendesk_fields
            existing = await self._ticket_fields() if named_fields else {}
            missing = sorted(field for field in named_fields.values() if field not in existing)
            if missing:
                message = (
                    f"Zendesk has no active ticket field {', '.join(missing)}. Make it (text), or correct {FIELDS}."
                )
                raise BadRequestError(message, system=SYSTEM, code="no_field")
            self._field_ids = {name: existing[field] for name, field in named_fields.items()}
        return self._field_ids

    # https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_fields/#list-ticket-fields
    async def _ticket_fields(self) -> dict[str, str]:
        """Returns the ids of all active fields, by title and by id."""
        existing: dict[str, str] = {}
        page: dict[str, str | int] = {"page[size]": PAGE}
        more = True
        while more:
            found = await self._http.read("/ticket_fields", page)
            for field in found.items("ticket_fields"):
                if field.true("active"):
                    existing |= dict.fromkeys((field.text("title"), field.text("id")), field.text("id"))
            more = found.true("meta", "has_more")
            page["page[after]"] = found.text("meta", "after_cursor") if more else ""
        return existing

    # https://developer.zendesk.com/documentation/webhooks/verifying/
    def read_webhook(self, request: WebhookRequest) -> WebhookNotice:
        """Reads what the trigger of docs/tickets.md sends. The signature also identifies the delivery."""
        secret = require_secret(self._settings.zendesk_webhook_secret, system=SYSTEM)
        stamp = request.headers.get("x-zendesk-webhook-signature-timestamp", "")
        expected = b64encode(hmac_sha256(secret, stamp.encode(), request.body)).decode()
        require_same(request.headers.get("x-zendesk-webhook-signature", ""), expected, system=SYSTEM)
        require_fresh(_moment(stamp), request.at, system=SYSTEM)
        return read_notice(request.body, ticket=("ticket_id",), delivery=expected)

    def _ref(self, id: str) -> TicketRef:
        url = f"{self._settings.zendesk_url}/agent/tickets/{id}"
        return TicketRef(system=SYSTEM, id=id, number=f"#{id}", url=url)


FIELDS = "ZENDESK_FIELDS"

# Keys in the details of a refusal that is about the requester.
REQUESTER_FIELDS = frozenset({"requester", "requester_id", "requester_name", "requester_email", "email", "name"})

# The key was used with other bytes within two hours: a ticket exists, or will.
ERROR_CODES = {"IdempotentRequestError": AmbiguousError}

FIXES = {
    CredentialError: "Make an API token in Zendesk's Admin Center, put it into ZENDESK_TOKEN, and allow token access.",
    PlanError: "Make the desk's user an agent who may see and edit all tickets.",
    NotFoundError: "ZENDESK_URL is not where Zendesk answers: it is the address at which agents open it.",
    TemporaryError: "Check that this machine reaches ZENDESK_URL; behind a proxy, set HTTPS_PROXY.",
}


def _html(text: str, key: str) -> str:
    """Returns a comment with its marker as HTML, because Zendesk reads plain text as Markdown."""
    end = as_html(marker_suffix(key))
    return fitting(text, MOST - len(end), lambda words: as_html(without_placeholders(words))) + end


def _is_about_the_requester(refusal: JsonNode) -> bool:
    """Returns True if the details name a field of the requester, or a suspended user.

    Descriptions are in the language of the account, so only the English one is recognised.
    """
    details = refusal.body.get("details") if isinstance(refusal.body, dict) else None
    if not isinstance(details, dict):
        return False
    return any(field.partition(".")[0] in REQUESTER_FIELDS for field in details) or any(
        fault.optional("error") == "UserSuspended" or (fault.optional("description") or "").startswith("Requester")
        for field, faults in details.items()
        if isinstance(faults, list)
        for fault in refusal.items("details", field)
    )


def _oldest_open(ticket: JsonNode) -> tuple[bool, int]:
    return ticket.text("status") == FINAL, int(ticket.text("id"))


def _raw(ticket: JsonNode) -> str:
    """Returns Zendesk's status; its category where the account has custom statuses."""
    return ticket.text("ticket", "status")


def _status(raw: str) -> TicketStatus:
    return status_of(raw, STATUSES, OTHER_STATUSES)


def _foreign(found: JsonNode, names: Mapping[str, str | None], since: float) -> Iterator[TicketComment]:
    """Yields foreign comments, oldest first. Times have whole seconds, so one of that second may come twice."""
    for comment in reversed(found.items("comments")):
        text, at = comment.optional("body") or "", comment.time("created_at")
        if at >= int(since) and text.strip() and not has_marker(text):
            author = names.get(comment.optional("author_id") or "") or "somebody"
            public = comment.true("public")
            yield TicketComment(id=comment.text("id"), author=author, text=text, public=public, at=at)


def _moment(stamp: str) -> float | None:
    """Reads an ISO 8601 time with a zone as Unix seconds, None for anything else."""
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo else None
