"""Zendesk Support over its API version 2.

Zendesk remembers an idempotency key for two hours, together with the bytes that came with it. After that the key is
looked up on the tickets themselves, where nothing makes it unique. Its default for comments is public, and a closed
ticket stays as it is.
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
from bot.helpdesk.model.webhook import WebhookNotice, WebhookRequest
from bot.helpdesk.redaction import SafeText
from bot.settings_base import Variables, WebAddress
from bot.tickets.http_base import TicketHttp, explained, in_path
from bot.tickets.inert_text import as_html, fitting, one_line, without_placeholders
from bot.tickets.json_node import JsonNode
from bot.tickets.metadata import FieldNames, as_tags, as_text, in_fields, known, with_text
from bot.tickets.name_mapping import status_of
from bot.tickets.note_marker import below, is_ours, mark, marked
from bot.tickets.requesters import address_of, name_of, with_asked_by
from bot.tickets.signatures import hmac_sha256, require_fresh, require_same, require_secret
from bot.tickets.webhook_body import notice

SYSTEM = "zendesk"

SOLVED, FINAL = "solved", "closed"

# Closing is left to Zendesk's own automations: what is closed can never be opened or written on again.
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

# So many of the latest comments are read to see what is new, or whether a note is there already.
LATEST: Mapping[str, str | int] = MappingProxyType({"sort_order": "desc", "per_page": 100, "include": "users"})

PAGE = 100
MOST, MOST_IN_TITLE = 65_000, 150


class ZendeskSettings(Variables):
    """How Zendesk is reached and which of its fields take identifiers."""

    zendesk_url: WebAddress = Field(description="the address of your Zendesk, such as https://acme.zendesk.com")
    zendesk_email: str = Field(description="the e-mail address of the desk's own agent")
    zendesk_token: SecretStr = Field(description="an API token (Admin Center, Apps and integrations, Zendesk API)")
    zendesk_fields: FieldNames = Field(default_factory=dict)
    zendesk_webhook_secret: SecretStr | None = None


class Zendesk:
    """Tickets in Zendesk. The key is the idempotency key of the request and the ticket's external id."""

    variables: ClassVar[type[Variables]] = ZendeskSettings
    # Within two hours the idempotency key tells a repeated request, and after that every list has long settled.
    settle_seconds = 0.0

    def __init__(self, settings: ZendeskSettings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._settings = settings
        self._field_ids: Mapping[str, str] | None = None
        user = f"{settings.zendesk_email}/token:{settings.zendesk_token.get_secret_value()}"
        self._http = TicketHttp(
            system=SYSTEM,
            name="Zendesk",
            base_url=f"{settings.zendesk_url}/api/v2",
            headers={"Authorization": f"Basic {b64encode(user.encode()).decode()}"},
            error_codes=ERROR_CODES,
            blames_requester=_is_about_the_requester,
            transport=transport,
        )

    async def aclose(self) -> None:
        await self._http.aclose()

    # https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#create-ticket
    # https://developer.zendesk.com/api-reference/ticketing/introduction/#idempotency
    async def create(self, draft: TicketDraft, key: str) -> TicketRef:
        """Create the ticket, unless one has the key already. Sent again with the same key it is still one."""
        existing = await self.find(key)
        if existing is not None:
            return existing
        created = await self._created(draft, key)
        return self._ref(created.text("ticket", "id"))

    async def _created(self, draft: TicketDraft, key: str) -> JsonNode:
        """In the name of whoever asks, unless Zendesk has suspended them or does not like their address.

        What is sent then has other bytes, so that it has an idempotency key of its own.
        """
        email = address_of(draft)
        if email is not None:
            requester = {"name": without_placeholders(name_of(draft) or email), "email": email}
            with contextlib.suppress(RequesterRefusedError):
                return await self._post({**await self._new(draft, key, draft.body), "requester": requester}, key)
        text = with_asked_by(draft, refused=email is not None)
        return await self._post(await self._new(draft, key, text), f"{key}-alone")

    async def _post(self, ticket: Mapping[str, object], once: str) -> JsonNode:
        return await self._http.write("POST", "/tickets", {"ticket": ticket}, headers={"Idempotency-Key": once})

    async def _new(self, draft: TicketDraft, key: str, text: str) -> dict[str, object]:
        return {
            "subject": one_line(without_placeholders(draft.subject), MOST_IN_TITLE),
            "comment": {"html_body": _html(with_text(text, draft.metadata), key), "public": False},
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
        """The oldest ticket with this key that is not closed; others are merged into it."""
        found = (await self._http.read("/tickets", {"external_id": key, "per_page": PAGE})).items("tickets")
        ours = sorted((one for one in found if one.optional("external_id") == key), key=_oldest_open)
        if not ours:
            return None
        first, twins = ours[0].text("id"), [twin for twin in ours[1:] if twin.text("status") != FINAL]
        if twins:
            await self._merge([int(twin.text("id")) for twin in twins], first, key)
        return self._ref(first)

    # https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#merge-tickets-into-target-ticket
    async def _merge(self, twins: Sequence[int], into: str, key: str) -> None:
        """Zendesk does it in the background, and closes the twins."""
        said = marked(f"Created more than once for the same request; #{into} goes on.", key)
        request = {
            "ids": twins,
            "source_comment": said,
            "source_comment_is_public": False,
            "target_comment": said,
            "target_comment_is_public": False,
        }
        await self._http.write("POST", f"/tickets/{in_path(into)}/merge", request)

    async def note(self, ref: TicketRef, text: SafeText, *, public: bool, key: str) -> None:
        """Comment, for agents or for all."""
        await self._say(ref, text, public=public, key=key)

    async def _say(self, ref: TicketRef, text: str, *, public: bool, key: str) -> None:
        said = (await self._comments(ref)).items("comments")
        if not any(mark(key) in (comment.optional("body") or "") for comment in said):
            await self._update(ref, {"comment": {"html_body": _html(text, key), "public": public}})

    async def amend(self, ref: TicketRef, metadata: TicketMetadata) -> None:
        """Write the identifiers into the fields and tags; what has no field is said in a private comment."""
        values = await self._custom_fields(metadata)
        if values:
            await self._update(ref, {"custom_fields": values})
        await self._add_tags(ref, metadata)
        if not known(metadata).keys() <= self._settings.zendesk_fields.keys():
            await self._say(ref, as_text(metadata), public=False, key=metadata.uppzy_request_id or metadata.handoff_id)

    # https://developer.zendesk.com/api-reference/ticketing/ticket-management/tags/#add-tags
    async def _add_tags(self, ref: TicketRef, metadata: TicketMetadata) -> None:
        """Besides the tags that are there: an update of the ticket would replace them."""
        await self._http.write("PUT", f"/tickets/{in_path(ref.id)}/tags", {"tags": as_tags(metadata)})

    async def status(self, ref: TicketRef) -> TicketStatus:
        """Where the ticket stands."""
        return _status(_raw(await self._ticket(ref)))

    # https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#show-ticket
    async def _ticket(self, ref: TicketRef) -> JsonNode:
        return await self._http.read(f"/tickets/{in_path(ref.id)}")

    async def set_status(self, ref: TicketRef, status: TicketStatus) -> None:
        """Move the ticket, unless it is closed or lacks what its form demands."""
        ticket = await self._ticket(ref)
        raw, wanted = _raw(ticket), STATUSES[status]
        if raw == wanted or (raw == FINAL and wanted == SOLVED):
            return
        if raw == FINAL:
            raise BadRequestError("The ticket is closed, for good", system=SYSTEM, code="refused")
        moved = await self._move(ref, {"status": wanted, **await self._solver(ticket, wanted)})
        if _raw(moved) != wanted:
            raise BadRequestError(f"Zendesk did not move the ticket to {wanted!r}", system=SYSTEM, code="refused")

    async def _solver(self, ticket: JsonNode, wanted: str) -> dict[str, object]:
        """The desk takes a ticket that nobody has, since Zendesk solves none of these."""
        if wanted != SOLVED or ticket.optional("ticket", "assignee_id") is not None:
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

    async def news(self, ref: TicketRef, since: float) -> TicketChanges:
        """What agents and the requester wrote."""
        raw = _raw(await self._ticket(ref))
        found = await self._comments(ref)
        names = {user.text("id"): user.optional("name") for user in found.items("users")}
        return TicketChanges(status=_status(raw), raw=raw, comments=tuple(_foreign(found, names, since)))

    # https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_comments/#list-comments
    async def _comments(self, ref: TicketRef) -> JsonNode:
        """The latest comments, the newest first, and who wrote them."""
        return await self._http.read(f"/tickets/{in_path(ref.id)}/comments", LATEST)

    # https://developer.zendesk.com/api-reference/ticketing/users/users/#show-self
    async def _me(self) -> JsonNode:
        return await self._http.read("/users/me")

    async def check(self) -> str:
        """See that the token is an agent's, and that the fields are there."""
        with explained(FIXES):
            me = await self._me()
        if me.optional("user", "role") not in ("agent", "admin"):
            message = "ZENDESK_EMAIL is not an agent's address. Make the desk's user an agent."
            raise PlanError(message, system=SYSTEM, code="rights")
        with explained(FIXES):
            await self._fields()
        return f"Zendesk at {urlsplit(self._settings.zendesk_url).hostname} takes tickets."

    async def _fields(self) -> Mapping[str, str]:
        """The ids of the fields that the operator named, by title or id, under our names. Asked once."""
        if self._field_ids is None:
            named_fields = self._settings.zendesk_fields
            there = await self._ticket_fields() if named_fields else {}
            missing = sorted(field for field in named_fields.values() if field not in there)
            if missing:
                message = f"Zendesk has no active ticket field {', '.join(missing)}. Make it (text), or mend {FIELDS}."
                raise BadRequestError(message, system=SYSTEM, code="no_field")
            self._field_ids = {name: there[field] for name, field in named_fields.items()}
        return self._field_ids

    # https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_fields/#list-ticket-fields
    async def _ticket_fields(self) -> dict[str, str]:
        """The ids of all active fields, by their titles and by the ids themselves."""
        there: dict[str, str] = {}
        page: dict[str, str | int] = {"page[size]": PAGE}
        more = True
        while more:
            found = await self._http.read("/ticket_fields", page)
            for field in found.items("ticket_fields"):
                if field.true("active"):
                    there |= dict.fromkeys((field.text("title"), field.text("id")), field.text("id"))
            more = found.true("meta", "has_more")
            page["page[after]"] = found.text("meta", "after_cursor") if more else ""
        return there

    # https://developer.zendesk.com/documentation/webhooks/verifying/
    def read_webhook(self, request: WebhookRequest) -> WebhookNotice:
        """What the trigger of docs/tickets.md sends. The signature, which covers the time, tells deliveries apart."""
        secret = require_secret(self._settings.zendesk_webhook_secret, system=SYSTEM)
        stamp = request.headers.get("x-zendesk-webhook-signature-timestamp", "")
        expected = b64encode(hmac_sha256(secret, stamp.encode(), request.body)).decode()
        require_same(request.headers.get("x-zendesk-webhook-signature", ""), expected, system=SYSTEM)
        require_fresh(_moment(stamp), request.at, system=SYSTEM)
        return notice(request.body, ticket=("ticket_id",), delivery=expected)

    def _ref(self, id: str) -> TicketRef:
        url = f"{self._settings.zendesk_url}/agent/tickets/{id}"
        return TicketRef(system=SYSTEM, id=id, number=f"#{id}", url=url)


FIELDS = "ZENDESK_FIELDS"

# What Zendesk may name in the details of a refusal that is about who asks.
REQUESTER = frozenset({"requester", "requester_id", "requester_name", "requester_email", "email", "name"})

# The key was used with other bytes, within two hours: then a ticket is there, or will be.
ERROR_CODES = {"IdempotentRequestError": AmbiguousError}

FIXES = {
    CredentialError: "Make an API token in Zendesk's Admin Center, put it into ZENDESK_TOKEN, and allow token access.",
    PlanError: "Make the desk's user an agent who may see and edit all tickets.",
    NotFoundError: "ZENDESK_URL is not where Zendesk answers: it is the address at which agents open it.",
    TemporaryError: "Check that this machine reaches ZENDESK_URL; behind a proxy, set HTTPS_PROXY.",
}


def _html(text: str, key: str) -> str:
    """A comment with its mark: as HTML, because what is sent as text is read as Markdown."""
    end = as_html(below(key))
    return fitting(text, MOST - len(end), lambda words: as_html(without_placeholders(words))) + end


def _is_about_the_requester(refusal: JsonNode) -> bool:
    """Details have the names of what was refused, and say who is suspended in words that depend on the language."""
    details = refusal.body.get("details") if isinstance(refusal.body, dict) else None
    if not isinstance(details, dict):
        return False
    return any(field.partition(".")[0] in REQUESTER for field in details) or any(
        fault.optional("error") == "UserSuspended" or (fault.optional("description") or "").startswith("Requester")
        for field, faults in details.items()
        if isinstance(faults, list)
        for fault in refusal.items("details", field)
    )


def _oldest_open(ticket: JsonNode) -> tuple[bool, int]:
    return ticket.text("status") == FINAL, int(ticket.text("id"))


def _raw(ticket: JsonNode) -> str:
    """Zendesk's word; the category where the account has statuses of its own."""
    return ticket.text("ticket", "status")


def _status(raw: str) -> TicketStatus:
    return status_of(raw, STATUSES, OTHER_STATUSES)


def _foreign(found: JsonNode, names: Mapping[str, str | None], since: float) -> Iterator[TicketComment]:
    """What others wrote, oldest first. Times have no fractions, so that of that very second may be told again."""
    for comment in reversed(found.items("comments")):
        text, at = comment.optional("body") or "", comment.time("created_at")
        if at >= int(since) and text.strip() and not is_ours(text):
            author = names.get(comment.optional("author_id") or "") or "somebody"
            public = comment.true("public")
            yield TicketComment(id=comment.text("id"), author=author, text=text, public=public, at=at)


def _moment(stamp: str) -> float | None:
    """An ISO 8601 time with its zone, in Unix seconds."""
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo else None
