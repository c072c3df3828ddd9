"""Request Tracker 5 over its REST 2.0 interface, tried against the real server.

RT answers 200 to a change that it refuses, ignores fields it does not know, and takes two tickets with one value of a
unique field, of which only one keeps it: so whatever matters is read back.
"""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterator, Mapping, Set
from types import MappingProxyType
from typing import ClassVar
from urllib.parse import urlsplit

import httpx
from pydantic import Field, SecretStr

from bot.errors import (
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
from bot.tickets.html_text import plain
from bot.tickets.http_base import TicketHttp, after_write, explained, in_path
from bot.tickets.inert_text import one_line
from bot.tickets.json_node import JsonNode
from bot.tickets.metadata import FieldNames, in_fields, with_text
from bot.tickets.name_mapping import StatusNames, status_of
from bot.tickets.note_marker import is_ours, mark, marked
from bot.tickets.requesters import address_of, with_asked_by
from bot.tickets.signatures import hmac_sha256, require_fresh, require_same, require_secret, unix_seconds
from bot.tickets.webhook_body import notice

SYSTEM = "rt"

STATUSES: Mapping[TicketStatus, str] = MappingProxyType(
    {
        TicketStatus.NEW: "new",
        TicketStatus.OPEN: "open",
        TicketStatus.PENDING: "stalled",
        TicketStatus.SOLVED: "resolved",
        TicketStatus.CLOSED: "rejected",
    }
)
OTHER_STATUSES: Mapping[str, TicketStatus] = MappingProxyType({"deleted": TicketStatus.CLOSED})

# RT's own words for them (PriorityAsString) are 0, 50 and 100.
PRIORITIES: Mapping[str, int] = MappingProxyType({"low": 0, "normal": 50, "high": 75, "urgent": 100})

# Of all that happens to a ticket only these say something, the second of them to the requestor as well.
COMMENT, CORRESPOND = "Comment", "Correspond"

MOST_IN_TITLE = 200

TEXTS = ("text/plain", "text/html")

# So many of the latest entries are read to see what is new, or whether a note is there already.
LATEST: Mapping[str, str | int] = MappingProxyType({"order": "DESC", "orderby": "id", "per_page": 100})


class RtSettings(Variables):
    """How RT is reached and what it calls things."""

    rt_url: WebAddress = Field(description="the address at which people open RT, such as https://rt.example.com")
    rt_token: SecretStr = Field(description="an authentication token of the desk's own RT user (1-23-...)")
    rt_queue: str = Field(description="the queue that takes the tickets")
    rt_key_field: str = "ExternalKey"
    rt_fields: FieldNames = Field(default_factory=dict)
    rt_statuses: StatusNames = Field(default_factory=dict)
    rt_webhook_secret: SecretStr | None = None


class RequestTracker:
    """Tickets in one queue of RT. The key stands in a custom field with unique values."""

    variables: ClassVar[type[Variables]] = RtSettings
    settle_seconds = 0.0

    def __init__(self, settings: RtSettings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._settings = settings
        self._statuses = {**STATUSES, **settings.rt_statuses}
        token = settings.rt_token.get_secret_value()
        self._http = TicketHttp(
            system=SYSTEM,
            name="RT",
            base_url=f"{settings.rt_url}/REST/2.0",
            headers={"Authorization": f"token {token}"},
            blames_requester=_is_about_the_requestor,
            transport=transport,
        )

    async def aclose(self) -> None:
        await self._http.aclose()

    # https://docs.bestpractical.com/rt/5.0.3/RT/REST2.html
    async def create(self, draft: TicketDraft, key: str) -> TicketRef:
        """Create the ticket; where another one took the key meanwhile, this one becomes part of that."""
        existing = await self.find(key)
        if existing is not None:
            return existing
        created = await self._created(draft, key)
        with after_write():
            return await self._kept(created.text("id"), key)

    async def _created(self, draft: TicketDraft, key: str) -> JsonNode:
        """In the name of whoever asks, as far as RT takes them."""
        requestor = address_of(draft)
        if requestor is not None:
            with contextlib.suppress(RequesterRefusedError):
                return await self._http.write("POST", "/ticket", {**self._new(draft, key), "Requestor": requestor})
        return await self._http.write("POST", "/ticket", self._new(draft, key))

    def _new(self, draft: TicketDraft, key: str) -> dict[str, object]:
        """Says who asks in any case: RT creates the ticket without a requestor whom it does not like, and is silent."""
        fields = {**in_fields(draft.metadata, self._settings.rt_fields), self._settings.rt_key_field: key}
        return {
            "Queue": self._settings.rt_queue,
            "Subject": one_line(draft.subject, MOST_IN_TITLE),
            "Content": with_text(with_asked_by(draft), draft.metadata),
            "ContentType": "text/plain",
            "Priority": PRIORITIES.get(draft.priority, PRIORITIES["normal"]),
            "CustomFields": fields,
        }

    async def _kept(self, id: str, key: str) -> TicketRef:
        """The ticket that holds the key: this one, or the one that was quicker."""
        if key in _fields(await self._ticket(id)).get(self._settings.rt_key_field, ()):
            return self._ref(id)
        winner = await self.find(key)
        if winner is None:
            field = self._settings.rt_key_field
            raise BadRequestError(f"RT keeps no custom field {field} on this queue", system=SYSTEM, code="no_key_field")
        await self._merge(id, winner)
        return winner

    async def find(self, key: str) -> TicketRef | None:
        """The ticket with this key, in whichever queue it is by now. RT's search sees it at once."""
        value = key.replace("\\", "\\\\").replace("'", "\\'")
        query = {"query": f"CF.{{{self._settings.rt_key_field}}} = '{value}'"}
        found = await self._http.read("/tickets", query)
        ids = [str(id) for id in sorted(item.number("id") for item in found.items("items"))]
        if not ids:
            return None
        first = self._ref(ids[0])
        for twin in ids[1:]:
            await self._merge(twin, first)
        return first

    async def _merge(self, id: str, into: TicketRef) -> None:
        await self._http.write("PUT", f"/ticket/{in_path(id)}", {"MergeInto": int(into.id)})

    async def note(self, ref: TicketRef, text: SafeText, *, public: bool, key: str) -> None:
        """Comment for agents, or correspond, which RT mails to the requestor."""
        note = marked(text, key)
        length = len(note.encode())
        # Only what is as long can be this note; a line's end may have become longer.
        alike = [part for part in await self._parts(ref) if 0 <= _size(part) - length <= note.count("\n")]
        if any([mark(key) in await self._words(part) for part in alike]):
            return
        verb = "correspond" if public else "comment"
        body = {"Content": note, "ContentType": "text/plain"}
        await self._http.write("POST", f"/ticket/{in_path(ref.id)}/{verb}", body)

    async def amend(self, ref: TicketRef, metadata: TicketMetadata) -> None:
        """Write the identifiers into the fields that the operator named, where there are any."""
        fields = in_fields(metadata, self._settings.rt_fields)
        if fields:
            await self._http.write("PUT", f"/ticket/{in_path(ref.id)}", {"CustomFields": fields})

    async def status(self, ref: TicketRef) -> TicketStatus:
        """Where the ticket stands."""
        return self._status(await self._raw_status(ref))

    def _status(self, raw: str) -> TicketStatus:
        return status_of(raw, self._statuses, OTHER_STATUSES)

    async def _raw_status(self, ref: TicketRef) -> str:
        return (await self._ticket(ref.id)).text("Status")

    async def set_status(self, ref: TicketRef, status: TicketStatus) -> None:
        """Move the ticket, as far as its lifecycle allows."""
        wanted = self._statuses[status]
        if await self._raw_status(ref) == wanted:
            return
        await self._http.write("PUT", f"/ticket/{in_path(ref.id)}", {"Status": wanted})
        with after_write():
            if await self._raw_status(ref) != wanted:
                raise BadRequestError(f"RT did not move the ticket to {wanted!r}", system=SYSTEM, code="refused")

    async def news(self, ref: TicketRef, since: float) -> TicketChanges:
        """What agents commented, and what they and the requestor wrote to each other."""
        raw = await self._raw_status(ref)
        entries = [entry for entry in await self._history(ref) if _says_something(entry, since)]
        said = await self._said(ref, {entry.text("id") for entry in entries}) if entries else {}
        return TicketChanges(status=self._status(raw), raw=raw, comments=tuple(_comments(entries, said)))

    async def _history(self, ref: TicketRef) -> list[JsonNode]:
        """What happened to the ticket lately, oldest first."""
        fields = {"fields": "Type,Creator,Created", "fields[Creator]": "RealName,Name"}
        found = await self._http.read(f"/ticket/{in_path(ref.id)}/history", {**LATEST, **fields})
        return list(reversed(found.items("items")))

    async def _said(self, ref: TicketRef, entries: Set[str]) -> dict[str, str]:
        """What was said in these entries of the history; as plain text, where a mail client sent both."""
        parts = [part for part in await self._parts(ref) if part.text("TransactionId") in entries]
        parts.sort(key=lambda part: part.optional("ContentType") == "text/plain")
        return {part.text("TransactionId"): await self._words(part) for part in parts}

    async def _parts(self, ref: TicketRef) -> list[JsonNode]:
        """The texts on the ticket, without their words: files, which may be large, are listed beside them."""
        fields = {"fields": "ContentType,ContentLength,TransactionId"}
        found = await self._http.read(f"/ticket/{in_path(ref.id)}/attachments", {**LATEST, **fields})
        return [part for part in found.items("items") if part.optional("ContentType") in TEXTS]

    async def _words(self, part: JsonNode) -> str:
        found = await self._http.read(f"/attachment/{in_path(part.text('id'))}")
        try:
            text = base64.b64decode(found.optional("Content") or "").decode("utf-8", "replace")
        except ValueError as cause:
            raise found.unusable("has no readable content") from cause
        return plain(text) if part.optional("ContentType") == "text/html" else text

    async def check(self) -> str:
        """See that the queue takes tickets and has the fields."""
        settings = self._settings
        with explained(FIXES):
            await self._http.read("/rt")
        with explained({PlanError: NO_QUEUE, NotFoundError: NO_QUEUE}):
            queue = await self._http.read(f"/queue/{in_path(settings.rt_queue)}")
        there = {field.optional("name") for field in queue.items("TicketCustomFields")}
        missing = sorted({settings.rt_key_field, *settings.rt_fields.values()} - there)
        if missing:
            raise BadRequestError(
                f"Queue {settings.rt_queue} has no custom field {', '.join(missing)}. Make it (one value of free text; "
                f"unique values for {settings.rt_key_field}), apply it to the queue and let the user see and set it.",
                system=SYSTEM,
                code="no_field",
            )
        if not any(link.optional("ref") == "create" for link in queue.items("_hyperlinks")):
            message = f"The user may not create tickets in queue {settings.rt_queue}. Grant CreateTicket."
            raise PlanError(message, system=SYSTEM, code="rights")
        return f"queue {settings.rt_queue} of RT at {urlsplit(settings.rt_url).hostname} takes tickets."

    def read_webhook(self, request: WebhookRequest) -> WebhookNotice:
        """What the scrip of docs/tickets.md sends: an HMAC of time and body, in hexadecimal digits."""
        secret = require_secret(self._settings.rt_webhook_secret, system=SYSTEM)
        stamp = request.headers.get("x-webhook-timestamp", "")
        expected = f"sha256={hmac_sha256(secret, stamp.encode(), b'.', request.body).hex()}"
        require_same(request.headers.get("x-webhook-signature", ""), expected, system=SYSTEM)
        require_fresh(unix_seconds(stamp), request.at, system=SYSTEM)
        return notice(request.body, ticket=("ticket_id",), delivery=("id",))

    async def _ticket(self, id: str) -> JsonNode:
        return await self._http.read(f"/ticket/{in_path(id)}")

    def _ref(self, id: str) -> TicketRef:
        url = f"{self._settings.rt_url}/Ticket/Display.html?id={id}"
        return TicketRef(system=SYSTEM, id=id, number=f"#{id}", url=url)


NO_QUEUE = "RT_QUEUE names a queue that is not there, or that the user may not see: mend it, or grant SeeQueue."
FIXES = {
    CredentialError: "Make a token for the desk's user in RT (Settings, Auth Tokens) and put it into RT_TOKEN.",
    NotFoundError: "RT_URL is not where RT answers: it is the address at which people open it.",
    TemporaryError: "Check that this machine reaches RT_URL; behind a proxy, set HTTPS_PROXY.",
}


def _is_about_the_requestor(refusal: JsonNode) -> bool:
    words = (refusal.optional("message") or "").lower()
    return any(word in words for word in ("requestor", "watcher", "email address"))


def _fields(ticket: JsonNode) -> dict[str, tuple[str, ...]]:
    return {field.text("name"): field.texts("values") for field in ticket.items("CustomFields")}


def _size(part: JsonNode) -> int:
    size = part.optional("ContentLength") or ""
    return int(size) if size.isdecimal() else 0


def _says_something(entry: JsonNode, since: float) -> bool:
    # RT's times have no fractions, so what was written in that very second may be told again.
    return entry.optional("Type") in (COMMENT, CORRESPOND) and entry.time("Created") >= int(since)


def _comments(entries: list[JsonNode], said: Mapping[str, str]) -> Iterator[TicketComment]:
    for entry in entries:
        id = entry.text("id")
        text = said.get(id, "")
        if text and not is_ours(text):
            author = entry.optional("Creator", "RealName") or entry.optional("Creator", "id") or "somebody"
            public = entry.optional("Type") == CORRESPOND
            yield TicketComment(id=id, author=author, text=text, public=public, at=entry.time("Created"))
