"""Freshdesk and Freshservice: two products of one vendor whose APIs, version 2, differ in names and in wrapping.

Neither has idempotency keys. The key is in a custom field, and is looked for in lists of tickets: the search lags by
minutes. Text is HTML, and a status is a number.
"""

from __future__ import annotations

import contextlib
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

import httpx
from pydantic import AfterValidator, Field, SecretStr

from bot.errors import (
    BadRequestError,
    CredentialError,
    NotFoundError,
    OutsideError,
    PermanentError,
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
from bot.tickets.incoming_webhooks import read_notice, require_same, require_secret
from bot.tickets.markup import as_html, html_to_text, one_line, without_placeholders
from bot.tickets.name_mapping import FieldNames, StatusNames, status_of
from bot.tickets.ticket_text import (
    as_tags,
    as_text,
    has_marker,
    identifiers,
    in_fields,
    is_one_address,
    marker,
    requester_address,
    requester_name,
    with_asked_by,
    with_identifiers,
    with_marker,
    with_note_on_person,
)

# The defaults of both; 5 is closed. An automation closes what is resolved, so the desk leaves that to it. Where two of
# our statuses share a number, the first is what is read back.
STATUSES: Mapping[TicketStatus, str] = MappingProxyType(
    {
        TicketStatus.OPEN: "2",
        TicketStatus.NEW: "2",
        TicketStatus.PENDING: "3",
        TicketStatus.SOLVED: "4",
        TicketStatus.CLOSED: "4",
    }
)
FINAL = "5"
OTHER_STATUSES: Mapping[str, TicketStatus] = MappingProxyType({FINAL: TicketStatus.CLOSED})
STATUS_NAMES: Mapping[str, str] = MappingProxyType({"2": "Open", "3": "Pending", "4": "Resolved", FINAL: "Closed"})

PRIORITIES: Mapping[str, int] = MappingProxyType({"low": 1, "normal": 2, "high": 3, "urgent": 4})
PORTAL = 2

# Fields that a refusal names when it is about the requester.
REQUESTER_FIELDS = frozenset({"email", "requester", "requester_id", "name", "phone", "user"})
BLOCKED = re.compile(r"\b(requester|contact|user)\b.*\b(blocked|deleted|deactivated|inactive|spam)", re.IGNORECASE)

MOST_IN_TITLE = 255
PAGE = 100
MOST_PAGES = 10
"""Pages of one requester's tickets, the newest first."""
NEWEST_PAGES = 3
"""Pages of all tickets, where the requester is not known."""

# Lists leave out tickets created more than 30 days ago unless they are given a time.
LONG_AGO = "2010-01-01T00:00:00Z"

SECRET_HEADER = "x-desk-secret"


def _status_numbers(names: Mapping[TicketStatus, str]) -> Mapping[TicketStatus, str]:
    if not all(code.isascii() and code.isdecimal() for code in names.values()):
        raise ValueError("must name statuses by their numbers, such as pending=6")
    return names


StatusCodes = Annotated[StatusNames, AfterValidator(_status_numbers)]


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshworksAccount:
    """The settings of one account of either product."""

    url: str
    key: SecretStr
    email: str
    key_field: str
    fields: Mapping[str, str]
    statuses: Mapping[TicketStatus, str]
    secret: SecretStr | None


class Freshworks(ABC):
    """The common part of both. Class variables are names in its API, and paths in its answers."""

    # Lists are read from database replicas, which may lag a little.
    settle_seconds = 30.0

    system: ClassVar[str]
    name: ClassVar[str]
    fields_path: ClassVar[str]
    requesters_path: ClassVar[str]
    requester_email: ClassVar[str]
    requester_emails: ClassVar[str]
    requester_notes: ClassVar[str]
    ticket: ClassVar[tuple[str, ...]] = ()
    tickets: ClassVar[tuple[str, ...]] = ()
    fields: ClassVar[tuple[str, ...]] = ()
    comments: ClassVar[tuple[str, ...]] = ()
    requester: ClassVar[tuple[str, ...]] = ()
    requesters: ClassVar[tuple[str, ...]] = ()
    # Fields that an update resets unless they are sent with it.
    requester_resets: ClassVar[tuple[str, ...]] = ()

    def __init__(self, account: FreshworksAccount, transport: httpx.AsyncBaseTransport | None) -> None:
        self._account = account
        self._statuses = {**STATUSES, **account.statuses}
        self._http = TicketHttp(
            system=self.system,
            name=self.name,
            base_url=f"{account.url}/api/v2",
            headers=basic_auth(account.key.get_secret_value(), "X"),
            blames_requester=_is_about_the_requester,
            transport=transport,
        )

    async def aclose(self) -> None:
        await self._http.aclose()

    # https://developers.freshdesk.com/api/#create_ticket
    # https://api.freshservice.com/#create_ticket
    async def create(self, draft: TicketDraft, key: str) -> TicketRef:
        """Creates the ticket, unless one of the same requester has the key already.

        Where the requester is refused or has no address, the desk's agent is the requester.
        """
        email = requester_address(draft)
        if email is not None:
            name = requester_name(draft)
            requester = {"email": email, **({"name": without_placeholders(name)} if name else {})}
            with contextlib.suppress(RequesterRefusedError):
                return await self._created({**self._new(draft, key, draft.body), **requester}, email, key)
        own = self._account.email
        text = with_asked_by(draft, refused=email is not None)
        return await self._created({**self._new(draft, key, text), "email": own}, own, key)

    async def _created(self, ticket: Mapping[str, object], requester: str, key: str) -> TicketRef:
        existing = await self._find_in(await self._tickets_of(requester), key)
        if existing is not None:
            return existing
        created = await self._http.write("POST", "/tickets", ticket)
        return self._ref(created.text(*self.ticket, "id"))

    def _new(self, draft: TicketDraft, key: str, text: str) -> dict[str, object]:
        return {
            "subject": one_line(without_placeholders(draft.subject), MOST_IN_TITLE),
            "description": _html(with_identifiers(text, draft.metadata)),
            "status": int(self._statuses[TicketStatus.NEW]),
            "priority": PRIORITIES.get(draft.priority, PRIORITIES["normal"]),
            "source": PORTAL,
            "tags": as_tags(draft.metadata),
            "custom_fields": {**self._values(draft.metadata), self._account.key_field: key},
        }

    def _values(self, metadata: TicketMetadata) -> dict[str, str]:
        values = in_fields(metadata, self._account.fields)
        return {field: without_placeholders(value) for field, value in values.items()}

    async def find(self, key: str) -> TicketRef | None:
        """Returns the oldest of the newest tickets with this key. Others are closed, and lose the key."""
        return await self._find_in(await self._newest(), key)

    async def _tickets_of(self, requester: str) -> list[JsonNode]:
        """Returns a requester's tickets; the newest of all where that is refused, as it is for unknown people."""
        try:
            return await self._tickets({"email": requester, "updated_since": LONG_AGO}, MOST_PAGES)
        except PermanentError:
            return await self._newest()

    async def _newest(self) -> list[JsonNode]:
        return await self._tickets({}, NEWEST_PAGES)

    # https://developers.freshdesk.com/api/#list_all_tickets
    # https://api.freshservice.com/#view_all_ticket
    async def _tickets(self, filters: Mapping[str, str], most_pages: int) -> list[JsonNode]:
        """Returns tickets, the newest first, which is the default order of both products."""
        return await self._http.pages("/tickets", filters, PAGE, *self.tickets, most=most_pages)

    async def _find_in(self, tickets: Iterable[JsonNode], key: str) -> TicketRef | None:
        matches = [one for one in tickets if one.optional("custom_fields", self._account.key_field) == key]
        ids = sorted({one.text("id") for one in matches}, key=int)
        for twin in ids[1:]:
            await self._close_twin(self._ref(twin), ids[0], key)
        return self._ref(ids[0]) if ids else None

    async def _close_twin(self, twin: TicketRef, original: str, key: str) -> None:
        reason = f"Created more than once for the same request; #{original} goes on."
        await self._add_note(twin, reason, public=False, key=key)
        await self._update(twin, {"status": int(FINAL), "custom_fields": {self._account.key_field: None}})

    async def note(self, ref: TicketRef, text: SafeText, *, public: bool, key: str) -> None:
        """Adds a note, for agents or for all. Unlike a reply it is not sent by mail."""
        await self._add_note(ref, text, public=public, key=key)

    # https://developers.freshdesk.com/api/#add_note_to_a_ticket
    # https://api.freshservice.com/#create_a_note
    async def _add_note(self, ref: TicketRef, text: str, *, public: bool, key: str) -> None:
        if not any(marker(key) in _text(comment) for comment in await self._comments(ref)):
            note = {"body": _html(with_marker(text, key)), "private": not public}
            await self._http.write("POST", f"/tickets/{in_path(ref.id)}/notes", note)

    # https://developers.freshdesk.com/api/#update_contact
    # https://api.freshservice.com/#update_a_requester
    async def contact_note(self, requester_email: str, text: SafeText, key: str) -> None:
        """Adds a note to the field about the person with this address, which agents read."""
        async with self._http.changing_person(requester_email):
            path = f"/{self.requesters_path}/{in_path(await self._requester(requester_email))}"
            person = await self._http.read(path)
            field = person.optional(*self.requester, self.requester_notes) or ""
            changed = with_note_on_person(field, without_placeholders(text), key, system=self.system)
            if changed is not None:
                kept = {name: person.true(*self.requester, name) for name in self.requester_resets}
                await self._http.write("PUT", path, {self.requester_notes: changed, **kept})

    # https://developers.freshdesk.com/api/#list_all_contacts
    # https://api.freshservice.com/#list_all_requesters
    async def _requester(self, email: str) -> str:
        if is_one_address(email):
            for person in (await self._http.read(f"/{self.requesters_path}", {"email": email})).items(*self.requesters):
                known = {person.optional(self.requester_email) or "", *person.texts(self.requester_emails)}
                if email.casefold() in map(str.casefold, known):
                    return person.text("id")
        message = f"{self.name} has nobody with this address"
        raise RequesterRefusedError(message, system=self.system, code="no_requester")

    async def amend(self, ref: TicketRef, metadata: TicketMetadata) -> None:
        """Writes the identifiers into the fields; those without a field go into a private note."""
        fields = self._values(metadata)
        if fields:
            await self._update(ref, {"custom_fields": fields})
        if not identifiers(metadata).keys() <= self._account.fields.keys():
            key = metadata.uppzy_request_id or metadata.handoff_id
            await self._add_note(ref, as_text(metadata), public=False, key=key)

    async def status(self, ref: TicketRef) -> TicketStatus:
        """Returns the current status."""
        return self._status(await self._code(ref))

    def _status(self, code: str) -> TicketStatus:
        return status_of(code, self._statuses, OTHER_STATUSES)

    # https://developers.freshdesk.com/api/#view_a_ticket
    # https://api.freshservice.com/#view_a_ticket
    async def _code(self, ref: TicketRef) -> str:
        """Returns the number of its status. Raises NotFoundError for a ticket in the trash, which can still be read."""
        ticket = await self._http.read(f"/tickets/{in_path(ref.id)}")
        if ticket.true(*self.ticket, "deleted"):
            raise NotFoundError("The ticket was deleted", system=self.system, code="deleted")
        return ticket.text(*self.ticket, "status")

    async def set_status(self, ref: TicketRef, status: TicketStatus) -> None:
        """Sets the status, unless a required field is empty. A closed ticket counts as solved."""
        code, target = await self._code(ref), self._statuses[status]
        if code == target or (code == FINAL and status in (TicketStatus.SOLVED, TicketStatus.CLOSED)):
            return
        try:
            updated = await self._update(ref, {"status": int(target)})
        except BadRequestError as error:
            raise BadRequestError(f"{error} to status {target}", system=self.system, code="refused") from error
        if updated.text(*self.ticket, "status") != target:
            message = f"{self.name} did not move the ticket to status {target}"
            raise BadRequestError(message, system=self.system, code="refused")

    # https://developers.freshdesk.com/api/#update_ticket
    # https://api.freshservice.com/#update_ticket
    async def _update(self, ref: TicketRef, change: Mapping[str, object]) -> JsonNode:
        return await self._http.write("PUT", f"/tickets/{in_path(ref.id)}", change)

    async def changes(self, ref: TicketRef, since: float) -> TicketChanges:
        """Returns what agents and the requester wrote, oldest first."""
        code = await self._code(ref)
        # Times have whole seconds, so a comment of that very second may be returned twice.
        later = [one for one in await self._comments(ref) if one.time("created_at") >= int(since)]
        foreign = [one for one in later if _text(one) and not has_marker(_text(one))]
        by_author = {_user(one): one for one in foreign}
        names = {user: await self._author(comment) for user, comment in by_author.items()}
        comments = tuple(_comment(one, names[_user(one)]) for one in foreign)
        return TicketChanges(status=self._status(code), raw=STATUS_NAMES.get(code, f"status {code}"), comments=comments)

    # https://developers.freshdesk.com/api/#list_all_ticket_notes
    # https://api.freshservice.com/#list_all_ticket_conversations
    async def _comments(self, ref: TicketRef) -> list[JsonNode]:
        """Returns all of a ticket's comments, oldest first."""
        return await self._http.pages(f"/tickets/{in_path(ref.id)}/conversations", {}, PAGE, *self.comments)

    # https://developers.freshdesk.com/api/#view_contact, #view_agent
    # https://api.freshservice.com/#view_a_requester, #view_an_agent
    async def _author(self, comment: JsonNode) -> str:
        """Returns the author's name, as far as the desk's agent may read it."""
        is_requester = comment.true("incoming")
        folder = self.requesters_path if is_requester else "agents"
        try:
            person = await self._http.read(f"/{folder}/{in_path(_user(comment))}")
        except PermanentError:
            return "the requester" if is_requester else "an agent"
        return self._name(person, is_requester=is_requester)

    async def check(self) -> str:
        """Checks that tickets can be read, and that the fields and statuses exist."""
        account = self._account
        with explained(self._fixes()):
            fields = (await self._http.read(self.fields_path)).items(*self.fields)
            await self._http.read("/tickets", {"per_page": 1})
        existing = {field.optional("name") for field in fields}
        missing = sorted({account.key_field, *account.fields.values()} - existing)
        if missing:
            raise BadRequestError(
                f"{self.name} has no ticket field {', '.join(missing)}. Make it (single-line text), or correct "
                f"{self._variable('KEY_FIELD')} and {self._variable('FIELDS')}: they take the names that the API uses.",
                system=self.system,
                code="no_field",
            )
        self._check_statuses([field for field in fields if field.optional("name") == "status"])
        return f"{self.name} at {urlsplit(account.url).hostname} takes tickets."

    def _check_statuses(self, fields: Iterable[JsonNode]) -> None:
        codes = sorted(set(self._statuses.values()), key=int)
        missing = [code for field in fields for code in codes if not self._offers(field, code)]
        if missing:
            message = f"{self.name} has no status {', '.join(missing)}. Correct {self._variable('STATUSES')}."
            raise BadRequestError(message, system=self.system, code="no_status")

    def _variable(self, part: str) -> str:
        return f"{self.system.upper()}_{part}"

    def _fixes(self) -> Mapping[type[OutsideError], str]:
        url, key = self._variable("URL"), self._variable("API_KEY")
        return {
            CredentialError: f"Put the API key of the desk's agent (Profile settings) into {key}.",
            PlanError: "Give the desk's agent a role that may see, create and edit all tickets.",
            NotFoundError: f"{url} is not where {self.name} answers: it is its own domain, not one of yours.",
            TemporaryError: f"Check that this machine reaches {url}; behind a proxy, set HTTPS_PROXY.",
        }

    def read_webhook(self, request: WebhookRequest) -> WebhookNotice:
        """Reads what the rule of docs/tickets.md sends: unsigned, with a shared secret in a header.

        Nothing proves when it was sent, so every request counts as a delivery of its own.
        """
        secret = require_secret(self._account.secret, system=self.system)
        require_same(request.headers.get(SECRET_HEADER, ""), secret.get_secret_value(), system=self.system)
        delivery = f"{request.at:.3f} {sha256(request.body).hexdigest()}"
        return read_notice(request.body, ticket=("ticket_id",), delivery=delivery)

    def _ref(self, id: str) -> TicketRef:
        return TicketRef(system=self.system, id=id, number=f"#{id}", url=f"{self._account.url}/a/tickets/{id}")

    @abstractmethod
    def _offers(self, field: JsonNode, code: str) -> bool:
        """Returns True if the status field has a choice with this number."""

    @abstractmethod
    def _name(self, person: JsonNode, *, is_requester: bool) -> str:
        """Returns the name of a requester or an agent."""


class FreshdeskSettings(Variables):
    """Connection to Freshdesk, and its names for fields and statuses."""

    freshdesk_url: WebAddress = Field(description="its own address of your Freshdesk: https://acme.freshdesk.com")
    freshdesk_api_key: SecretStr = Field(description="the API key of the desk's own agent (Profile settings)")
    freshdesk_email: str = Field(description="the address of that agent, who asks where an employee's is not known")
    freshdesk_key_field: str = "cf_uppzy_key"
    freshdesk_fields: FieldNames = Field(default_factory=dict)
    freshdesk_statuses: StatusCodes = Field(default_factory=dict)
    freshdesk_webhook_secret: SecretStr | None = None


class Freshdesk(Freshworks):
    """Tickets in Freshdesk."""

    variables: ClassVar[type[Variables]] = FreshdeskSettings
    system = "freshdesk"
    name = "Freshdesk"
    fields_path = "/ticket_fields"
    requesters_path = "contacts"
    requester_email = "email"
    requester_emails = "other_emails"
    requester_notes = "description"

    def __init__(self, settings: FreshdeskSettings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        account = FreshworksAccount(
            url=settings.freshdesk_url,
            key=settings.freshdesk_api_key,
            email=settings.freshdesk_email,
            key_field=settings.freshdesk_key_field,
            fields=settings.freshdesk_fields,
            statuses=settings.freshdesk_statuses,
            secret=settings.freshdesk_webhook_secret,
        )
        super().__init__(account, transport)

    # https://developers.freshdesk.com/api/#ticket-fields
    def _offers(self, field: JsonNode, code: str) -> bool:
        return field.optional("choices", code, 0) is not None

    def _name(self, person: JsonNode, *, is_requester: bool) -> str:
        return person.optional(*(() if is_requester else ("contact",)), "name") or "somebody"


class FreshserviceSettings(Variables):
    """Connection to Freshservice, and its names for fields and statuses."""

    freshservice_url: WebAddress = Field(description="its own address: https://acme.freshservice.com")
    freshservice_api_key: SecretStr = Field(description="the API key of the desk's own agent (Profile settings)")
    freshservice_email: str = Field(description="the address of that agent, who asks where an employee's is not known")
    freshservice_key_field: str = "uppzy_key"
    freshservice_fields: FieldNames = Field(default_factory=dict)
    freshservice_statuses: StatusCodes = Field(default_factory=dict)
    freshservice_webhook_secret: SecretStr | None = None


class Freshservice(Freshworks):
    """Tickets, which are incidents, in Freshservice. Its answers are wrapped, requests are not."""

    variables: ClassVar[type[Variables]] = FreshserviceSettings
    system = "freshservice"
    name = "Freshservice"
    fields_path = "/ticket_form_fields"
    requesters_path = "requesters"
    requester_email = "primary_email"
    requester_emails = "secondary_emails"
    requester_notes = "background_information"
    requester = ("requester",)
    requesters = ("requesters",)
    requester_resets = ("can_see_all_tickets_from_associated_departments",)
    ticket = ("ticket",)
    tickets = ("tickets",)
    fields = ("ticket_fields",)
    comments = ("conversations",)

    def __init__(self, settings: FreshserviceSettings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        account = FreshworksAccount(
            url=settings.freshservice_url,
            key=settings.freshservice_api_key,
            email=settings.freshservice_email,
            key_field=settings.freshservice_key_field,
            fields=settings.freshservice_fields,
            statuses=settings.freshservice_statuses,
            secret=settings.freshservice_webhook_secret,
        )
        super().__init__(account, transport)

    # https://api.freshservice.com/#ticket_fields
    def _offers(self, field: JsonNode, code: str) -> bool:
        return any(choice.optional("id") == code for choice in field.items("choices"))

    def _name(self, person: JsonNode, *, is_requester: bool) -> str:
        kind = "requester" if is_requester else "agent"
        parts = (person.optional(kind, part) for part in ("first_name", "last_name"))
        return " ".join(part for part in parts if part) or "somebody"


def _html(text: str) -> str:
    return as_html(without_placeholders(text))


def _is_about_the_requester(refusal: JsonNode) -> bool:
    """Returns True if an error names a field of the requester, or a person who is blocked or deactivated."""
    has_errors = isinstance(refusal.body, dict) and isinstance(refusal.body.get("errors"), list)
    errors = refusal.items("errors") if has_errors else ()
    messages = [error.optional("message") for error in errors]
    text = " ".join(filter(None, (*messages, refusal.optional("message"), refusal.optional("description"))))
    return any(error.optional("field") in REQUESTER_FIELDS for error in errors) or bool(BLOCKED.search(text))


def _text(comment: JsonNode) -> str:
    return html_to_text(comment.optional("body") or "")


def _user(comment: JsonNode) -> str:
    return comment.optional("user_id") or "0"


def _comment(comment: JsonNode, author: str) -> TicketComment:
    return TicketComment(
        id=comment.text("id"),
        author=author,
        text=_text(comment),
        public=not comment.true("private"),
        at=comment.time("created_at"),
    )
