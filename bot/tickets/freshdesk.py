"""Freshdesk and Freshservice: two products of one house whose APIs, version 2, differ in wrappings and names.

Neither knows idempotency keys. The key stands in a custom field, and is looked for in lists of tickets, which show at
once what their search shows minutes later. Text is HTML there, and a status is a number.
"""

from __future__ import annotations

import contextlib
import re
from abc import ABC, abstractmethod
from base64 import b64encode
from collections.abc import AsyncIterator, Iterable, Mapping
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
from bot.helpdesk.model.webhook import WebhookNotice, WebhookRequest
from bot.helpdesk.redaction import SafeText
from bot.settings_base import Variables, WebAddress
from bot.tickets.html_text import plain
from bot.tickets.http_base import TicketHttp, explained, in_path
from bot.tickets.inert_text import as_html, one_line, without_placeholders
from bot.tickets.json_node import JsonNode
from bot.tickets.metadata import FieldNames, as_tags, as_text, in_fields, known, with_text
from bot.tickets.name_mapping import StatusNames, status_of
from bot.tickets.note_marker import is_ours, mark, marked
from bot.tickets.requesters import address_of, name_of, with_asked_by
from bot.tickets.signatures import require_same, require_secret
from bot.tickets.webhook_body import notice

# Both ship these; 5 is closed. An automation closes what is resolved, so the desk leaves that to it. Of ours that are
# one of theirs the first is what is read.
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
WORDS: Mapping[str, str] = MappingProxyType({"2": "Open", "3": "Pending", "4": "Resolved", FINAL: "Closed"})

PRIORITIES: Mapping[str, int] = MappingProxyType({"low": 1, "normal": 2, "high": 3, "urgent": 4})
PORTAL = 2

# What a refusal may name that is about who asks.
REQUESTER = frozenset({"email", "requester", "requester_id", "name", "phone", "user"})
SHUT_OUT = re.compile(r"\b(requester|contact|user)\b.*\b(blocked|deleted|deactivated|inactive|spam)", re.IGNORECASE)

MOST_IN_TITLE = 255
PAGE = 100
MOST_PAGES = 10
"""Of one requester's tickets, the newest first."""
NEWEST_PAGES = 3
"""Of everybody's, where the requester is not known."""

# Lists leave out what was created more than 30 days ago unless they are told a time.
EVER = "2010-01-01T00:00:00Z"

SECRET_HEADER = "x-desk-secret"


def _numbers(names: Mapping[TicketStatus, str]) -> Mapping[TicketStatus, str]:
    if not all(code.isascii() and code.isdecimal() for code in names.values()):
        raise ValueError("must name statuses by their numbers, such as pending=6")
    return names


StatusCodes = Annotated[StatusNames, AfterValidator(_numbers)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account of either product, and what is called how there."""

    url: str
    key: SecretStr
    email: str
    key_field: str
    fields: Mapping[str, str]
    statuses: Mapping[TicketStatus, str]
    secret: SecretStr | None


class Freshworks(ABC):
    """What both have in common. Paths lead to what is asked for in an answer."""

    # Lists are read from the database, which may have copies that are a little behind.
    settle_seconds = 30.0

    system: ClassVar[str]
    name: ClassVar[str]
    fields_path: ClassVar[str]
    requesters: ClassVar[str]
    ticket: ClassVar[tuple[str, ...]] = ()
    tickets: ClassVar[tuple[str, ...]] = ()
    fields: ClassVar[tuple[str, ...]] = ()
    said: ClassVar[tuple[str, ...]] = ()

    def __init__(self, account: Account, transport: httpx.AsyncBaseTransport | None) -> None:
        self._account = account
        self._statuses = {**STATUSES, **account.statuses}
        login = f"{account.key.get_secret_value()}:X"
        self._http = TicketHttp(
            system=self.system,
            name=self.name,
            base_url=f"{account.url}/api/v2",
            headers={"Authorization": f"Basic {b64encode(login.encode()).decode()}"},
            blames_requester=_is_about_the_requester,
            transport=transport,
        )

    async def aclose(self) -> None:
        await self._http.aclose()

    # https://developers.freshdesk.com/api/#create_ticket
    # https://api.freshservice.com/#create_ticket
    async def create(self, draft: TicketDraft, key: str) -> TicketRef:
        """Create the ticket, unless one of the same requester has the key already.

        Where the product takes no tickets of theirs, or their address is not known, the desk's agent is the requester.
        """
        email = address_of(draft)
        if email is not None:
            called = name_of(draft)
            who = {"email": email, **({"name": without_placeholders(called)} if called else {})}
            with contextlib.suppress(RequesterRefusedError):
                return await self._created({**self._new(draft, key, draft.body), **who}, email, key)
        own = self._account.email
        text = with_asked_by(draft, refused=email is not None)
        return await self._created({**self._new(draft, key, text), "email": own}, own, key)

    async def _created(self, ticket: Mapping[str, object], requester: str, key: str) -> TicketRef:
        existing = await self._only(await self._asked_by(requester), key)
        if existing is not None:
            return existing
        created = await self._http.write("POST", "/tickets", ticket)
        return self._ref(created.text(*self.ticket, "id"))

    def _new(self, draft: TicketDraft, key: str, text: str) -> dict[str, object]:
        return {
            "subject": one_line(without_placeholders(draft.subject), MOST_IN_TITLE),
            "description": _html(with_text(text, draft.metadata)),
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
        """The oldest of the newest tickets with this key. Others are closed, and lose it."""
        return await self._only(await self._newest(), key)

    async def _asked_by(self, requester: str) -> list[JsonNode]:
        """A requester's tickets; everybody's newest where asking is refused, as it is for somebody not known there."""
        try:
            return [one async for one in self._pages({"email": requester, "updated_since": EVER}, MOST_PAGES)]
        except PermanentError:
            return await self._newest()

    async def _newest(self) -> list[JsonNode]:
        return [one async for one in self._pages({}, NEWEST_PAGES)]

    # https://developers.freshdesk.com/api/#list_all_tickets
    # https://api.freshservice.com/#view_all_ticket
    async def _pages(self, which: Mapping[str, str], most: int) -> AsyncIterator[JsonNode]:
        """Tickets, the newest first, which is the order of both where none is named."""
        for page in range(1, most + 1):
            asked: dict[str, str | int] = {**which, "per_page": PAGE, "page": page}
            found = (await self._http.read("/tickets", asked)).items(*self.tickets)
            for ticket in found:
                yield ticket
            if len(found) < PAGE:
                return

    async def _only(self, tickets: Iterable[JsonNode], key: str) -> TicketRef | None:
        ours = [one for one in tickets if one.optional("custom_fields", self._account.key_field) == key]
        ids = sorted({one.text("id") for one in ours}, key=int)
        for twin in ids[1:]:
            await self._close_twin(self._ref(twin), ids[0], key)
        return self._ref(ids[0]) if ids else None

    async def _close_twin(self, twin: TicketRef, stays: str, key: str) -> None:
        reason = f"Created more than once for the same request; #{stays} goes on."
        await self._say(twin, reason, public=False, key=key)
        await self._update(twin, {"status": int(FINAL), "custom_fields": {self._account.key_field: None}})

    async def note(self, ref: TicketRef, text: SafeText, *, public: bool, key: str) -> None:
        """A note, for agents or for all. None is sent by mail as a reply would be."""
        await self._say(ref, text, public=public, key=key)

    # https://developers.freshdesk.com/api/#add_note_to_a_ticket
    # https://api.freshservice.com/#create_a_note
    async def _say(self, ref: TicketRef, text: str, *, public: bool, key: str) -> None:
        if not any(mark(key) in _text(said) for said in await self._conversations(ref)):
            note = {"body": _html(marked(text, key)), "private": not public}
            await self._http.write("POST", f"/tickets/{in_path(ref.id)}/notes", note)

    async def amend(self, ref: TicketRef, metadata: TicketMetadata) -> None:
        """Write the identifiers into the fields; what has no field is said in a private note."""
        fields = self._values(metadata)
        if fields:
            await self._update(ref, {"custom_fields": fields})
        if not known(metadata).keys() <= self._account.fields.keys():
            key = metadata.uppzy_request_id or metadata.handoff_id
            await self._say(ref, as_text(metadata), public=False, key=key)

    async def status(self, ref: TicketRef) -> TicketStatus:
        """Where the ticket stands."""
        return self._status(await self._code(ref))

    def _status(self, code: str) -> TicketStatus:
        return status_of(code, self._statuses, OTHER_STATUSES)

    # https://developers.freshdesk.com/api/#view_a_ticket
    # https://api.freshservice.com/#view_a_ticket
    async def _code(self, ref: TicketRef) -> str:
        """The number of its status. A ticket in the trash can be read, but is gone."""
        ticket = await self._http.read(f"/tickets/{in_path(ref.id)}")
        if ticket.true(*self.ticket, "deleted"):
            raise NotFoundError("The ticket was deleted", system=self.system, code="deleted")
        return ticket.text(*self.ticket, "status")

    async def set_status(self, ref: TicketRef, status: TicketStatus) -> None:
        """Move the ticket, unless it lacks what its form demands. What is closed counts as solved."""
        code, wanted = await self._code(ref), self._statuses[status]
        if code == wanted or (code == FINAL and status in (TicketStatus.SOLVED, TicketStatus.CLOSED)):
            return
        try:
            moved = await self._update(ref, {"status": int(wanted)})
        except BadRequestError as error:
            raise BadRequestError(f"{error} to status {wanted}", system=self.system, code="refused") from error
        if moved.text(*self.ticket, "status") != wanted:
            message = f"{self.name} did not move the ticket to status {wanted}"
            raise BadRequestError(message, system=self.system, code="refused")

    # https://developers.freshdesk.com/api/#update_ticket
    # https://api.freshservice.com/#update_ticket
    async def _update(self, ref: TicketRef, change: Mapping[str, object]) -> JsonNode:
        return await self._http.write("PUT", f"/tickets/{in_path(ref.id)}", change)

    async def news(self, ref: TicketRef, since: float) -> TicketChanges:
        """What agents and the requester wrote; it is given oldest first."""
        code = await self._code(ref)
        # Times have no fractions, so what was written in that very second may be told again.
        later = [said for said in await self._conversations(ref) if said.time("created_at") >= int(since)]
        foreign = [said for said in later if _text(said) and not is_ours(_text(said))]
        names = {_user(said): await self._author(said) for said in _first_of_each(foreign)}
        comments = tuple(_comment(said, names[_user(said)]) for said in foreign)
        return TicketChanges(status=self._status(code), raw=WORDS.get(code, f"status {code}"), comments=comments)

    # https://developers.freshdesk.com/api/#list_all_ticket_notes
    # https://api.freshservice.com/#list_all_ticket_conversations
    async def _conversations(self, ref: TicketRef) -> list[JsonNode]:
        """All pages of what was said on a ticket."""
        found: list[JsonNode] = []
        while len(found) % PAGE == 0:
            page = {"per_page": PAGE, "page": len(found) // PAGE + 1}
            more = (await self._http.read(f"/tickets/{in_path(ref.id)}/conversations", page)).items(*self.said)
            found += more
            if not more:
                break
        return found

    # https://developers.freshdesk.com/api/#view_contact, #view_agent
    # https://api.freshservice.com/#view_a_requester, #view_an_agent
    async def _author(self, said: JsonNode) -> str:
        """The name of who wrote something, as far as the desk's agent may read it."""
        asked = said.true("incoming")
        folder = self.requesters if asked else "agents"
        try:
            person = await self._http.read(f"/{folder}/{in_path(_user(said))}")
        except PermanentError:
            return "the requester" if asked else "an agent"
        return self._name(person, asked)

    async def check(self) -> str:
        """See that tickets can be read, and that the fields and statuses are there."""
        account = self._account
        with explained(self._mends()):
            fields = (await self._http.read(self.fields_path)).items(*self.fields)
            await self._http.read("/tickets", {"per_page": 1})
        there = {field.optional("name") for field in fields}
        missing = sorted({account.key_field, *account.fields.values()} - there)
        if missing:
            raise BadRequestError(
                f"{self.name} has no ticket field {', '.join(missing)}. Make it (single-line text), or mend "
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
            message = f"{self.name} has no status {', '.join(missing)}. Mend {self._variable('STATUSES')}."
            raise BadRequestError(message, system=self.system, code="no_status")

    def _variable(self, part: str) -> str:
        return f"{self.system.upper()}_{part}"

    def _mends(self) -> Mapping[type[OutsideError], str]:
        url, key = self._variable("URL"), self._variable("API_KEY")
        return {
            CredentialError: f"Put the API key of the desk's agent (Profile settings) into {key}.",
            PlanError: "Give the desk's agent a role that may see, create and edit all tickets.",
            NotFoundError: f"{url} is not where {self.name} answers: it is its own domain, not one of yours.",
            TemporaryError: f"Check that this machine reaches {url}; behind a proxy, set HTTPS_PROXY.",
        }

    def read_webhook(self, request: WebhookRequest) -> WebhookNotice:
        """What the rule of docs/tickets.md sends: not signed, with a secret that nobody else knows.

        Nothing proves when it was sent, so every arrival counts as a delivery of its own.
        """
        secret = require_secret(self._account.secret, system=self.system)
        require_same(request.headers.get(SECRET_HEADER, ""), secret.get_secret_value(), system=self.system)
        delivery = f"{request.at:.3f} {sha256(request.body).hexdigest()}"
        return notice(request.body, ticket=("ticket_id",), delivery=delivery)

    def _ref(self, id: str) -> TicketRef:
        return TicketRef(system=self.system, id=id, number=f"#{id}", url=f"{self._account.url}/a/tickets/{id}")

    @abstractmethod
    def _offers(self, field: JsonNode, code: str) -> bool:
        """Whether the field of statuses has one of this number."""

    @abstractmethod
    def _name(self, person: JsonNode, asked: bool) -> str:
        """What a requester who `asked`, or else an agent, is called."""


class FreshdeskSettings(Variables):
    """How Freshdesk is reached and what it calls things."""

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
    requesters = "contacts"

    def __init__(self, settings: FreshdeskSettings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        account = Account(
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

    def _name(self, person: JsonNode, asked: bool) -> str:
        return person.optional(*(() if asked else ("contact",)), "name") or "somebody"


class FreshserviceSettings(Variables):
    """How Freshservice is reached and what it calls things."""

    freshservice_url: WebAddress = Field(description="its own address: https://acme.freshservice.com")
    freshservice_api_key: SecretStr = Field(description="the API key of the desk's own agent (Profile settings)")
    freshservice_email: str = Field(description="the address of that agent, who asks where an employee's is not known")
    freshservice_key_field: str = "uppzy_key"
    freshservice_fields: FieldNames = Field(default_factory=dict)
    freshservice_statuses: StatusCodes = Field(default_factory=dict)
    freshservice_webhook_secret: SecretStr | None = None


class Freshservice(Freshworks):
    """Tickets, which are incidents, in Freshservice. It wraps what it answers, and nothing that it is sent."""

    variables: ClassVar[type[Variables]] = FreshserviceSettings
    system = "freshservice"
    name = "Freshservice"
    fields_path = "/ticket_form_fields"
    requesters = "requesters"
    ticket = ("ticket",)
    tickets = ("tickets",)
    fields = ("ticket_fields",)
    said = ("conversations",)

    def __init__(self, settings: FreshserviceSettings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        account = Account(
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

    def _name(self, person: JsonNode, asked: bool) -> str:
        kind = "requester" if asked else "agent"
        parts = (person.optional(kind, part) for part in ("first_name", "last_name"))
        return " ".join(part for part in parts if part) or "somebody"


def _html(text: str) -> str:
    return as_html(without_placeholders(text))


def _is_about_the_requester(refusal: JsonNode) -> bool:
    """A fault names the field; the words tell of people who are blocked or deactivated, whatever the field."""
    faults = refusal.items("errors") if refusal.body and isinstance(refusal.body, dict) and _has_faults(refusal) else ()
    words = " ".join(fault.optional("message") or "" for fault in faults)
    words = f"{words} {refusal.optional('message')} {refusal.optional('description')}"
    return any(fault.optional("field") in REQUESTER for fault in faults) or bool(SHUT_OUT.search(words))


def _has_faults(refusal: JsonNode) -> bool:
    return isinstance(refusal.body.get("errors"), list)


def _text(said: JsonNode) -> str:
    return plain(said.optional("body") or "")


def _first_of_each(said: Iterable[JsonNode]) -> Iterable[JsonNode]:
    """One of each author's."""
    return {_user(one): one for one in said}.values()


def _user(said: JsonNode) -> str:
    return said.optional("user_id") or "0"


def _comment(said: JsonNode, author: str) -> TicketComment:
    return TicketComment(
        id=said.text("id"),
        author=author,
        text=_text(said),
        public=not said.true("private"),
        at=said.time("created_at"),
    )
