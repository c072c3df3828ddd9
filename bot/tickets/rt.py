"""Request Tracker 5 over its REST 2.0 interface, tested against the real server.

RT answers 200 to a change that it refuses, ignores unknown fields, and accepts two tickets with one value of a unique
field, of which only one keeps it: so everything that matters is read back.
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
from bot.helpdesk.model.ticket_system import WebhookNotice, WebhookRequest
from bot.helpdesk.redaction import SafeText
from bot.settings_base import Variables, WebAddress
from bot.tickets.http_base import JsonNode, TicketHttp, after_write, explained, in_path
from bot.tickets.incoming_webhooks import (
    hmac_sha256,
    read_notice,
    require_fresh,
    require_same,
    require_secret,
    unix_seconds,
)
from bot.tickets.markup import html_to_text, one_line
from bot.tickets.name_mapping import FieldNames, StatusNames, status_of
from bot.tickets.ticket_text import (
    has_marker,
    in_fields,
    marker,
    requester_address,
    with_asked_by,
    with_identifiers,
    with_marker,
    with_note_on_person,
)

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

# RT's own names for priorities (PriorityAsString) are 0, 50 and 100.
PRIORITIES: Mapping[str, int] = MappingProxyType({"low": 0, "normal": 50, "high": 75, "urgent": 100})

# The two kinds of transactions with a message; the requestor reads only the second.
COMMENT, CORRESPOND = "Comment", "Correspond"

MOST_IN_TITLE = 200

TEXTS = ("text/plain", "text/html")

# The number of latest entries that are read for changes, or for a note that is there already.
LATEST: Mapping[str, str | int] = MappingProxyType({"order": "DESC", "orderby": "id", "per_page": 100})


class RtSettings(Variables):
    """Connection to RT, and its names for fields and statuses."""

    rt_url: WebAddress = Field(description="the address at which people open RT, such as https://rt.example.com")
    rt_token: SecretStr = Field(description="an authentication token of the desk's own RT user (1-23-...)")
    rt_queue: str = Field(description="the queue that takes the tickets")
    rt_key_field: str = "ExternalKey"
    rt_fields: FieldNames = Field(default_factory=dict)
    rt_statuses: StatusNames = Field(default_factory=dict)
    rt_webhook_secret: SecretStr | None = None


class RequestTracker:
    """Tickets in one queue of RT. The key is in a custom field with unique values."""

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
        """Creates the ticket. If another one took the key meanwhile, this one is merged into it."""
        existing = await self.find(key)
        if existing is not None:
            return existing
        created = await self._created(draft, key)
        with after_write():
            return await self._key_owner(created.text("id"), key)

    async def _created(self, draft: TicketDraft, key: str) -> JsonNode:
        """Creates the ticket, in the name of the person who asks if RT accepts them."""
        requestor = requester_address(draft)
        if requestor is not None:
            with contextlib.suppress(RequesterRefusedError):
                return await self._http.write("POST", "/ticket", {**self._new(draft, key), "Requestor": requestor})
        return await self._http.write("POST", "/ticket", self._new(draft, key))

    def _new(self, draft: TicketDraft, key: str) -> dict[str, object]:
        """Names the requestor in the text as well: RT silently drops one that it does not accept."""
        fields = {**in_fields(draft.metadata, self._settings.rt_fields), self._settings.rt_key_field: key}
        return {
            "Queue": self._settings.rt_queue,
            "Subject": one_line(draft.subject, MOST_IN_TITLE),
            "Content": with_identifiers(with_asked_by(draft), draft.metadata),
            "ContentType": "text/plain",
            "Priority": PRIORITIES.get(draft.priority, PRIORITIES["normal"]),
            "CustomFields": fields,
        }

    async def _key_owner(self, id: str, key: str) -> TicketRef:
        """Returns the ticket that has the key: this one, or the one that was quicker."""
        if key in _fields(await self._ticket(id)).get(self._settings.rt_key_field, ()):
            return self._ref(id)
        winner = await self.find(key)
        if winner is None:
            field = self._settings.rt_key_field
            raise BadRequestError(f"RT keeps no custom field {field} on this queue", system=SYSTEM, code="no_key_field")
        await self._merge(id, winner)
        return winner

    async def find(self, key: str) -> TicketRef | None:
        """Returns the ticket with this key, in any queue. RT's search does not lag."""
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
        """Comments for agents, or corresponds, which RT mails to the requestor."""
        note = with_marker(text, key)
        length = len(note.encode())
        # Only a part of this length can be this note; line ends may have become longer.
        candidates = [part for part in await self._parts(ref) if 0 <= _size(part) - length <= note.count("\n")]
        if any([marker(key) in await self._text(part) for part in candidates]):
            return
        verb = "correspond" if public else "comment"
        body = {"Content": note, "ContentType": "text/plain"}
        await self._http.write("POST", f"/ticket/{in_path(ref.id)}/{verb}", body)

    # https://docs.bestpractical.com/rt/5.0.3/RT/REST2.html
    async def contact_note(self, requester_email: str, text: SafeText, key: str) -> None:
        """Adds a note to RT's comments about the user with this address. They are shown with the right AdminUsers."""
        async with self._http.changing_person(requester_email):
            user = await self._user(requester_email)
            note = with_note_on_person(await self._comments_about(user, requester_email), text, key, system=SYSTEM)
            if note is None:
                return
            await self._http.write("PUT", f"/user/{in_path(user)}", {"Comments": note})
            with after_write():
                if marker(key) not in await self._comments_about(user, requester_email):
                    raise RequesterRefusedError("RT did not change the user", system=SYSTEM, code="refused")

    async def _user(self, email: str) -> str:
        """Returns the name of the user with this address."""
        search = [{"field": "EmailAddress", "operator": "=", "value": email}]
        users = (await self._http.search("/users", search)).items("items")
        if len(users) != 1:
            raise RequesterRefusedError("RT has no user with this address", system=SYSTEM, code="no_user")
        return users[0].text("id")

    async def _comments_about(self, name: str, email: str) -> str:
        user = await self._http.read(f"/user/{in_path(name)}")
        # RT takes a name of digits for the number of another user.
        if (user.optional("EmailAddress") or "").casefold() != email.casefold():
            raise RequesterRefusedError("RT shows another user under this name", system=SYSTEM, code="no_user")
        if user.lacks("Comments"):
            raise RequesterRefusedError("RT shows no comments about users", system=SYSTEM, code="rights")
        return user.optional("Comments") or ""

    async def amend(self, ref: TicketRef, metadata: TicketMetadata) -> None:
        """Writes the identifiers into the fields that the operator named, if any."""
        fields = in_fields(metadata, self._settings.rt_fields)
        if fields:
            await self._http.write("PUT", f"/ticket/{in_path(ref.id)}", {"CustomFields": fields})

    async def status(self, ref: TicketRef) -> TicketStatus:
        """Returns the current status."""
        return self._status(await self._raw_status(ref))

    def _status(self, raw: str) -> TicketStatus:
        return status_of(raw, self._statuses, OTHER_STATUSES)

    async def _raw_status(self, ref: TicketRef) -> str:
        return (await self._ticket(ref.id)).text("Status")

    async def set_status(self, ref: TicketRef, status: TicketStatus) -> None:
        """Sets the status, as far as the queue's lifecycle allows."""
        target = self._statuses[status]
        if await self._raw_status(ref) == target:
            return
        await self._http.write("PUT", f"/ticket/{in_path(ref.id)}", {"Status": target})
        with after_write():
            if await self._raw_status(ref) != target:
                raise BadRequestError(f"RT did not move the ticket to {target!r}", system=SYSTEM, code="refused")

    async def changes(self, ref: TicketRef, since: float) -> TicketChanges:
        """Returns the agents' comments and the correspondence with the requestor."""
        raw = await self._raw_status(ref)
        entries = [entry for entry in await self._history(ref) if _is_message(entry, since)]
        texts = await self._texts(ref, {entry.text("id") for entry in entries}) if entries else {}
        return TicketChanges(status=self._status(raw), raw=raw, comments=tuple(_comments(entries, texts)))

    async def _history(self, ref: TicketRef) -> list[JsonNode]:
        """Returns the latest transactions of the ticket, oldest first."""
        fields = {"fields": "Type,Creator,Created", "fields[Creator]": "RealName,Name"}
        found = await self._http.read(f"/ticket/{in_path(ref.id)}/history", {**LATEST, **fields})
        return list(reversed(found.items("items")))

    async def _texts(self, ref: TicketRef, entries: Set[str]) -> dict[str, str]:
        """Returns the texts of these transactions by id; the plain text where a mail client sent HTML as well."""
        parts = [part for part in await self._parts(ref) if part.text("TransactionId") in entries]
        parts.sort(key=lambda part: part.optional("ContentType") == "text/plain")
        return {part.text("TransactionId"): await self._text(part) for part in parts}

    async def _parts(self, ref: TicketRef) -> list[JsonNode]:
        """Lists the text attachments of the ticket without their content: other attachments may be large."""
        fields = {"fields": "ContentType,ContentLength,TransactionId"}
        found = await self._http.read(f"/ticket/{in_path(ref.id)}/attachments", {**LATEST, **fields})
        return [part for part in found.items("items") if part.optional("ContentType") in TEXTS]

    async def _text(self, part: JsonNode) -> str:
        found = await self._http.read(f"/attachment/{in_path(part.text('id'))}")
        try:
            text = base64.b64decode(found.optional("Content") or "").decode("utf-8", "replace")
        except ValueError as cause:
            raise found.unusable("has no readable content") from cause
        return html_to_text(text) if part.optional("ContentType") == "text/html" else text

    async def check(self) -> str:
        """Checks that the queue takes tickets and has the fields."""
        settings = self._settings
        with explained(FIXES):
            await self._http.read("/rt")
        with explained({PlanError: NO_QUEUE, NotFoundError: NO_QUEUE}):
            queue = await self._http.read(f"/queue/{in_path(settings.rt_queue)}")
        existing = {field.optional("name") for field in queue.items("TicketCustomFields")}
        missing = sorted({settings.rt_key_field, *settings.rt_fields.values()} - existing)
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

    async def contact_notes_problem(self) -> str | None:
        """Reads a user whom every RT has, and about whom it has comments from the beginning."""
        if (await self._http.read("/user/RT_System")).lacks("Comments"):
            return (
                "RT shows no comments about users, so no notes are written there. Grant AdminUsers to the desk's user."
            )
        return None

    def read_webhook(self, request: WebhookRequest) -> WebhookNotice:
        """Reads what the scrip of docs/tickets.md sends, signed with an HMAC of time and body in hexadecimal."""
        secret = require_secret(self._settings.rt_webhook_secret, system=SYSTEM)
        stamp = request.headers.get("x-webhook-timestamp", "")
        expected = f"sha256={hmac_sha256(secret, stamp.encode(), b'.', request.body).hex()}"
        require_same(request.headers.get("x-webhook-signature", ""), expected, system=SYSTEM)
        require_fresh(unix_seconds(stamp), request.at, system=SYSTEM)
        return read_notice(request.body, ticket=("ticket_id",), delivery=("id",))

    async def _ticket(self, id: str) -> JsonNode:
        return await self._http.read(f"/ticket/{in_path(id)}")

    def _ref(self, id: str) -> TicketRef:
        url = f"{self._settings.rt_url}/Ticket/Display.html?id={id}"
        return TicketRef(system=SYSTEM, id=id, number=f"#{id}", url=url)


NO_QUEUE = "RT_QUEUE names a queue that does not exist, or that the user may not see: correct it, or grant SeeQueue."
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


def _is_message(entry: JsonNode, since: float) -> bool:
    # Times have whole seconds, so a message of that very second may be returned twice.
    return entry.optional("Type") in (COMMENT, CORRESPOND) and entry.time("Created") >= int(since)


def _comments(entries: list[JsonNode], texts: Mapping[str, str]) -> Iterator[TicketComment]:
    for entry in entries:
        id = entry.text("id")
        text = texts.get(id, "")
        if text and not has_marker(text):
            author = entry.optional("Creator", "RealName") or entry.optional("Creator", "id") or "somebody"
            public = entry.optional("Type") == CORRESPOND
            yield TicketComment(id=id, author=author, text=text, public=public, at=entry.time("Created"))
