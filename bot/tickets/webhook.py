"""Any help desk that receives, answers and sends signed webhooks as defined by Standard Webhooks.

Every call is one POST to one address. docs/tickets.md defines requests and answers.
Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit

import httpx
from pydantic import AfterValidator, Field, SecretStr
from standardwebhooks import Webhook

from bot.errors import (
    BadRequestError,
    CredentialError,
    ForgedError,
    NotFoundError,
    OutsideError,
    RequesterRefusedError,
    TemporaryError,
)
from bot.helpdesk.model.conversation import new_id
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
from bot.http_client import encoded
from bot.settings_base import Variables, WebAddress
from bot.tickets.http_base import JsonNode, TicketHttp, after_write, explained
from bot.tickets.incoming_webhooks import read_notice, require_fresh, unix_seconds
from bot.tickets.markup import one_line
from bot.tickets.ticket_text import identifiers, requester_address, requester_name, with_asked_by

SYSTEM = "webhook"

MOST_IN_TITLE = 255


def _secrets(value: SecretStr) -> SecretStr:
    try:
        signers = [Webhook(secret) for secret in value.get_secret_value().split()]
    except (ValueError, RuntimeError) as cause:
        raise ValueError("must be whsec_ and base64, as your help desk shows it") from cause
    if not signers:
        raise ValueError("must not be empty")
    return value


class WebhookSettings(Variables):
    """The address of the webhooks, and the secrets: while one is replaced there are two, the new one first."""

    webhook_url: WebAddress = Field(description="the address of your help desk that takes the desk's webhooks")
    webhook_secret: Annotated[SecretStr, AfterValidator(_secrets)] = Field(
        description="the secret that both sides sign with (whsec_...); while it is replaced two, with a space between"
    )


class SignedWebhook:
    """Tickets behind one address. A webhook that creates something has its key as id, so it can be sent again."""

    variables: ClassVar[type[Variables]] = WebhookSettings
    settle_seconds = 0.0

    def __init__(self, settings: WebhookSettings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._url = settings.webhook_url
        self._signers = [Webhook(secret) for secret in settings.webhook_secret.get_secret_value().split()]
        self._http = TicketHttp(
            system=SYSTEM, name="The help desk", base_url=self._url, headers={}, transport=transport
        )

    async def aclose(self) -> None:
        await self._http.aclose()

    async def create(self, draft: TicketDraft, key: str) -> TicketRef:
        """Creates the ticket, which the answer names."""
        requester = {"name": requester_name(draft), "email": requester_address(draft)}
        created = await self._write(
            "ticket.create",
            key,
            {
                "key": key,
                "subject": one_line(draft.subject, MOST_IN_TITLE),
                "body": str(draft.body) if all(requester.values()) else with_asked_by(draft),
                "priority": draft.priority,
                "requester": {name: value for name, value in requester.items() if value},
                "metadata": identifiers(draft.metadata),
            },
        )
        with after_write():
            return _ref(created)

    async def find(self, key: str) -> TicketRef | None:
        """Returns the ticket with this key."""
        try:
            return _ref(await self._read("ticket.find", {"key": key}))
        except NotFoundError:
            return None

    async def note(self, ref: TicketRef, text: SafeText, *, public: bool, key: str) -> None:
        """Adds a note. A repeated one has the same id, by which the receiver recognises it."""
        await self._write("ticket.note", key, {"id": ref.id, "key": key, "text": str(text), "public": public})

    async def amend(self, ref: TicketRef, metadata: TicketMetadata) -> None:
        """Sends all identifiers that are known by now."""
        await self._write("ticket.amend", new_id("msg"), {"id": ref.id, "metadata": identifiers(metadata)})

    async def status(self, ref: TicketRef) -> TicketStatus:
        """Returns the current status."""
        return _status(await self._read("ticket.read", {"id": ref.id}))

    async def set_status(self, ref: TicketRef, status: TicketStatus) -> None:
        """Sets the status, and reads it back."""
        await self._write("ticket.move", new_id("msg"), {"id": ref.id, "status": status.value})
        with after_write():
            if await self.status(ref) is not status:
                message = f"The help desk did not move the ticket to {status.value!r}"
                raise BadRequestError(message, system=SYSTEM, code="refused")

    async def changes(self, ref: TicketRef, since: float) -> TicketChanges:
        """Returns the status and the comments of people. Comments with a key are ours."""
        moment = datetime.fromtimestamp(since, UTC).isoformat()
        read = await self._read("ticket.read", {"id": ref.id, "since": moment})
        comments = (_comment(one) for one in read.items("comments") if one.optional("key") is None)
        return TicketChanges(
            status=_status(read),
            raw=read.optional("raw") or read.text("status"),
            comments=tuple(sorted((one for one in comments if one.at >= since), key=lambda one: one.at)),
        )

    async def contact_note(self, requester_email: str, text: SafeText, key: str) -> None:
        """Writes a note on the contact with this address."""
        try:
            await self._write("contact.note", key, {"email": requester_email, "key": key, "text": str(text)})
        except NotFoundError as error:
            raise RequesterRefusedError(str(error), system=SYSTEM, code=error.code) from error

    async def check(self) -> str:
        """Checks that the receiver accepts our signature."""
        with explained(FIXES):
            await self._read("desk.check", {})
        return f"{urlsplit(self._url).hostname} takes webhooks with this secret."

    def read_webhook(self, request: WebhookRequest) -> WebhookNotice:
        """Checks the signature over id, time and body. The id identifies the delivery."""
        id = request.headers.get("webhook-id", "")
        signed_at = unix_seconds(request.headers.get("webhook-timestamp", ""))
        require_fresh(signed_at, request.at, system=SYSTEM)
        assert signed_at is not None
        expected = self._signatures(id, datetime.fromtimestamp(signed_at, UTC), request.body)
        given = request.headers.get("webhook-signature", "").split()
        if not id or not any(hmac.compare_digest(one.encode(), ours.encode()) for one in given for ours in expected):
            raise ForgedError("The signature does not match.", system=SYSTEM, code="signature")
        return read_notice(request.body, ticket=("data", "id"), delivery=id)

    # https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    async def _write(self, kind: str, id: str, data: Mapping[str, Any]) -> JsonNode:
        message = {"type": kind, "data": data}
        return await self._http.write("POST", self._url, message, headers=self._signed(id, message))

    async def _read(self, kind: str, data: Mapping[str, Any]) -> JsonNode:
        message = {"type": kind, "data": data}
        return await self._http.search(self._url, message, headers=self._signed(new_id("msg"), message))

    def _signed(self, id: str, message: Mapping[str, Any]) -> dict[str, str]:
        now = datetime.now(UTC)
        return {
            "webhook-id": id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(self._signatures(id, now, encoded(message))),
        }

    def _signatures(self, id: str, at: datetime, body: bytes) -> list[str]:
        text = body.decode("utf-8", "replace")
        return [signer.sign(msg_id=id, timestamp=at, data=text) for signer in self._signers]


FIXES: Mapping[type[OutsideError], str] = {
    CredentialError: "WEBHOOK_SECRET is not the one that your help desk has.",
    NotFoundError: "WEBHOOK_URL leads nowhere: compare it with the address that your help desk shows.",
    TemporaryError: "Check that this machine reaches WEBHOOK_URL; behind a proxy, set HTTPS_PROXY.",
}


def _ref(ticket: JsonNode) -> TicketRef:
    id = ticket.text("id")
    return TicketRef(system=SYSTEM, id=id, number=ticket.optional("number") or id, url=ticket.optional("url"))


def _status(ticket: JsonNode) -> TicketStatus:
    try:
        return TicketStatus(ticket.text("status"))
    except ValueError as cause:
        raise ticket.unusable("names an unknown status") from cause


def _comment(comment: JsonNode) -> TicketComment:
    return TicketComment(
        id=comment.text("id"),
        author=comment.optional("author") or "somebody",
        text=comment.optional("text") or "",
        public=comment.true("public"),
        at=comment.time("at"),
    )
