"""HubSpot: tickets in one pipeline, notes on them, and notes on the contacts who ask.

An object created under a property with unique values exists once, however often it is sent. All notes are internal to
HubSpot: nothing written on a ticket there reaches the employee.
"""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Annotated, ClassVar

import httpx
from pydantic import Field, SecretStr

from bot.errors import (
    BadRequestError,
    CredentialError,
    NotFoundError,
    OutsideError,
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
from bot.settings_base import Variables, WebAddress, matching
from bot.tickets.http_base import JsonNode, TicketHttp, after_write, explained, in_path
from bot.tickets.incoming_webhooks import hmac_sha256, parsed, require_fresh, require_same, require_secret, unix_seconds
from bot.tickets.markup import as_html, fitting, html_to_text, one_line
from bot.tickets.name_mapping import FieldNames, StatusNames
from bot.tickets.ticket_text import (
    asked_by,
    has_marker,
    in_fields,
    marker,
    marker_suffix,
    requester_address,
    with_identifiers,
    with_new_identifiers,
)

SYSTEM = "hubspot"

TICKETS, CONTACTS, NOTES = "tickets", "contacts", "notes"
TICKET_TYPE = "0-5"

# The stages of the pipeline that every account has.
STAGES: Mapping[TicketStatus, str] = MappingProxyType(
    {
        TicketStatus.NEW: "1",
        TicketStatus.OPEN: "3",
        TicketStatus.PENDING: "2",
        TicketStatus.SOLVED: "4",
        TicketStatus.CLOSED: "4",
    }
)

PRIORITIES: Mapping[str, str] = MappingProxyType({"low": "LOW", "normal": "MEDIUM", "high": "HIGH", "urgent": "HIGH"})

# The ids of HubSpot's associations from a note.
NOTE_TO: Mapping[str, int] = MappingProxyType({TICKETS: 228, CONTACTS: 202})

# The number of latest notes that are read for changes, or for a note that is there already.
LATEST = 100
PAGE, MOST_PAGES = 500, 20

# HubSpot refuses a property with more than 65,536 characters.
MOST, MOST_IN_TITLE = 65_000, 255

Properties = Mapping[str, str]


class HubSpotSettings(Variables):
    """The account and pipeline that take the tickets, and the names of properties and stages."""

    hubspot_token: SecretStr = Field(description="an access token of the account: a service key, or a private app's")
    hubspot_account: Annotated[str, matching(str.isdecimal, "a number, as HubSpot shows it in addresses")] = Field(
        description="the id of the account (Hub ID), which stands in the address of every page there"
    )
    hubspot_key_property: str = "uppzy_key"
    hubspot_note_key_property: str | None = None
    hubspot_pipeline: str = "0"
    hubspot_stages: StatusNames = Field(default_factory=dict)
    hubspot_properties: FieldNames = Field(default_factory=dict)
    hubspot_api_url: WebAddress = "https://api.hubapi.com"
    hubspot_webhook_url: WebAddress | None = None
    hubspot_webhook_secret: SecretStr | None = None


class HubSpot:
    """Tickets in one pipeline. The key is a property with unique values, by which tickets are created and found."""

    variables: ClassVar[type[Variables]] = HubSpotSettings
    settle_seconds = 0.0

    def __init__(self, settings: HubSpotSettings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._settings = settings
        self._stages = {**STAGES, **settings.hubspot_stages}
        token = settings.hubspot_token.get_secret_value()
        self._http = TicketHttp(
            system=SYSTEM,
            name="HubSpot",
            base_url=settings.hubspot_api_url,
            headers={"Authorization": f"Bearer {token}"},
            transport=transport,
        )

    async def aclose(self) -> None:
        await self._http.aclose()

    # Creating and finding.

    async def create(self, draft: TicketDraft, key: str) -> TicketRef:
        """Creates the ticket, unless there is one, and links it to the contact who asks."""
        # An upsert of an existing ticket would undo what people have changed since.
        ref = await self.find(key) or await self._created(draft, key)
        # The ticket exists and names who asks; a failure to link it must not put that in doubt.
        with contextlib.suppress(OutsideError):
            email = requester_address(draft)
            if email is not None:
                await self._link(TICKETS, ref.id, CONTACTS, await self._contact(email))
        return ref

    async def _created(self, draft: TicketDraft, key: str) -> TicketRef:
        start = f"{asked_by(draft)}\n\n"
        properties = {
            "subject": one_line(draft.subject, MOST_IN_TITLE),
            "content": start + with_identifiers(draft.body, draft.metadata, MOST - len(start)),
            "hs_pipeline": self._settings.hubspot_pipeline,
            "hs_pipeline_stage": (await self._stage_for(TicketStatus.NEW)).text("id"),
            "hs_ticket_priority": PRIORITIES.get(draft.priority, PRIORITIES["normal"]),
            **in_fields(draft.metadata, self._settings.hubspot_properties),
        }
        return self._ref(await self._upsert(TICKETS, self._settings.hubspot_key_property, key, properties))

    async def find(self, key: str) -> TicketRef | None:
        """Returns the ticket with this key. There is never a second."""
        try:
            params = {"idProperty": self._settings.hubspot_key_property}
            return self._ref((await self._object(TICKETS, key, params)).text("id"))
        except NotFoundError:
            return None

    # https://developers.hubspot.com/docs/api-reference/latest/crm/objects/tickets/get-ticket
    async def _object(self, kind: str, id: str, params: Mapping[str, str | int]) -> JsonNode:
        return await self._http.read(f"/crm/v3/objects/{kind}/{in_path(id)}", params)

    # https://developers.hubspot.com/docs/api-reference/latest/crm/objects/tickets/batch/upsert-tickets
    async def _upsert(self, kind: str, id_property: str, id: str, properties: Properties) -> str:
        """Returns the id of the object whose unique property has this value, created where there was none."""
        upsert = {"idProperty": id_property, "id": id, "properties": properties, "objectWriteTraceId": id}
        done = await self._http.write("POST", f"/crm/v3/objects/{kind}/batch/upsert", {"inputs": [upsert]})
        if done.optional("errors", 0, "category") == "VALIDATION_ERROR":
            raise BadRequestError("HubSpot refused what was sent", system=SYSTEM, code="VALIDATION_ERROR")
        return done.text("results", 0, "id")

    # https://developers.hubspot.com/docs/api-reference/latest/crm/objects/contacts/batch/upsert-contacts
    async def _contact(self, email: str) -> str:
        """Upserts the contact. Only the address is sent, so a refusal is about the person."""
        try:
            return await self._upsert(CONTACTS, "email", email, {"email": email})
        except BadRequestError as error:
            raise RequesterRefusedError(str(error), system=SYSTEM, code=error.code) from error

    # https://developers.hubspot.com/docs/api-reference/2026-03/crm/associations/associate-records/update-association
    async def _link(self, kind: str, id: str, other_kind: str, other: str) -> None:
        path = f"/crm/v4/objects/{kind}/{in_path(id)}/associations/default/{other_kind}/{in_path(other)}"
        await self._http.write("PUT", path, None)

    # Changing a ticket.

    # https://developers.hubspot.com/docs/api-reference/latest/crm/objects/tickets/update-ticket
    async def _update(self, ref: TicketRef, properties: Properties) -> None:
        await self._http.write("PATCH", f"/crm/v3/objects/{TICKETS}/{in_path(ref.id)}", {"properties": properties})

    async def amend(self, ref: TicketRef, metadata: TicketMetadata) -> None:
        """Rewrites the identifiers: below the text if it still ends with them, and in their properties."""
        ticket = await self._object(TICKETS, ref.id, {"properties": "content"})
        text = with_new_identifiers(ticket.optional("properties", "content") or "", metadata)
        change = {**({"content": text} if text else {}), **in_fields(metadata, self._settings.hubspot_properties)}
        if change:
            await self._update(ref, change)

    async def note(self, ref: TicketRef, text: SafeText, *, public: bool, key: str) -> None:
        """Writes a note, which only users of HubSpot read, whatever `public` is."""
        await self._note(TICKETS, ref.id, text, key)

    async def contact_note(self, requester_email: str, text: SafeText, key: str) -> None:
        """Writes a note on the contact with this address, creating the contact if needed."""
        try:
            await self._note(CONTACTS, await self._contact(requester_email), text, key)
        except NotFoundError as error:
            # The contact was deleted or merged into another between the calls.
            raise RequesterRefusedError(str(error), system=SYSTEM, code=error.code) from error

    async def _note(self, kind: str, id: str, text: SafeText, key: str) -> None:
        """Writes a note once: by a unique property if notes have one, else after searching the latest notes."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        end = as_html(marker_suffix(key))
        body = fitting(text, MOST - len(end), as_html) + end
        properties = {"hs_timestamp": now, "hs_note_body": body}
        if self._settings.hubspot_note_key_property is not None:
            note = await self._upsert(NOTES, self._settings.hubspot_note_key_property, key, properties)
            with after_write():
                await self._link(NOTES, note, kind, id)
        elif not any(marker(key) in _text(one) for one in await self._notes(kind, id)):
            await self._create_note(kind, id, properties)

    # https://developers.hubspot.com/docs/api-reference/latest/crm/activities/notes/guide
    async def _create_note(self, kind: str, id: str, properties: Properties) -> None:
        link = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": NOTE_TO[kind]}
        body = {"properties": properties, "associations": [{"to": {"id": id}, "types": [link]}]}
        await self._http.write("POST", f"/crm/v3/objects/{NOTES}", body)

    # https://developers.hubspot.com/docs/api-reference/latest/crm/activities/notes/batch/get-notes
    async def _notes(self, kind: str, id: str) -> list[JsonNode]:
        """Returns the latest notes, oldest first."""
        ids = sorted(await self._note_ids(kind, id))[-LATEST:]
        if not ids:
            return []
        names = ["hs_note_body", "hs_createdate", "hubspot_owner_id"]
        body = {"inputs": [{"id": str(one)} for one in ids], "properties": names}
        found = (await self._http.search(f"/crm/v3/objects/{NOTES}/batch/read", body)).items("results")
        return sorted(found, key=lambda note: note.number("id"))

    # https://developers.hubspot.com/docs/api-reference/latest/crm/associations/overview
    async def _note_ids(self, kind: str, id: str) -> list[int]:
        path, found = f"/crm/v4/objects/{kind}/{in_path(id)}/associations/{NOTES}", list[int]()
        params: dict[str, str | int] = {"limit": PAGE}
        for _ in range(MOST_PAGES):
            page = await self._http.read(path, params)
            found += [link.number("toObjectId") for link in page.items("results")]
            after = page.optional("paging", "next", "after")
            if after is None:
                break
            params["after"] = after
        return found

    # Status and comments.

    async def status(self, ref: TicketRef) -> TicketStatus:
        """Returns the current status."""
        return self._status(_stage(await self._all_stages(), await self._stage_id(ref)))

    async def _stage_id(self, ref: TicketRef) -> str:
        ticket = await self._object(TICKETS, ref.id, {"properties": "hs_pipeline_stage"})
        return ticket.text("properties", "hs_pipeline_stage")

    def _status(self, stage: JsonNode | None) -> TicketStatus:
        """Maps a stage by the operator's name for it, else by whether HubSpot counts it as closed."""
        if stage is None:
            return TicketStatus.OPEN
        named = next((status for status, name in self._stages.items() if _is_called(stage, name)), None)
        closed = stage.optional("metadata", "ticketState") == "CLOSED"
        return named or (TicketStatus.SOLVED if closed else TicketStatus.OPEN)

    async def _stage_for(self, status: TicketStatus) -> JsonNode:
        pipelines = [one for one in await self._pipelines() if _is_called(one, self._settings.hubspot_pipeline)]
        stages = [stage for pipeline in pipelines for stage in _stages(pipeline)]
        stage = next((stage for stage in stages if _is_called(stage, self._stages[status])), None)
        if stage is None:
            message = f"The pipeline has no stage {self._stages[status]}, which is to stand for {status!s}"
            raise BadRequestError(message, system=SYSTEM, code="no_stage")
        return stage

    async def _all_stages(self) -> list[JsonNode]:
        """Returns the stages of all pipelines, because people may move a ticket into another one."""
        return [stage for pipeline in await self._pipelines() for stage in _stages(pipeline)]

    # https://developers.hubspot.com/docs/api-reference/latest/crm/pipelines/get-pipelines
    async def _pipelines(self) -> Sequence[JsonNode]:
        return (await self._http.read(f"/crm/v3/pipelines/{TICKETS}")).items("results")

    async def set_status(self, ref: TicketRef, status: TicketStatus) -> None:
        """Moves the ticket to the stage for the status."""
        target = (await self._stage_for(status)).text("id")
        if await self._stage_id(ref) == target:
            return
        await self._update(ref, {"hs_pipeline_stage": target})
        with after_write():
            if await self._stage_id(ref) != target:
                raise BadRequestError(f"HubSpot did not move the ticket to {status!s}", system=SYSTEM, code="refused")

    async def changes(self, ref: TicketRef, since: float) -> TicketChanges:
        """Returns the notes of HubSpot's users."""
        stage_id = await self._stage_id(ref)
        stage = _stage(await self._all_stages(), stage_id)
        notes = [one for one in await self._notes(TICKETS, ref.id) if _created_at(one) >= since]
        foreign = [one for one in notes if not has_marker(_text(one))]
        owners = {one.optional("properties", "hubspot_owner_id") for one in foreign}
        names = {owner: await self._owner(owner) for owner in owners if owner is not None}
        return TicketChanges(
            status=self._status(stage),
            raw=(stage.optional("label") if stage else None) or stage_id,
            comments=tuple(_comment(one, names) for one in foreign),
        )

    # https://developers.hubspot.com/docs/api-reference/latest/crm/owners/guide
    async def _owner(self, id: str) -> str:
        """Returns the owner's name or address, empty where the token may not read it."""
        try:
            owner = await self._http.read(f"/crm/v3/owners/{in_path(id)}")
        except (PlanError, NotFoundError):
            return ""
        names = (owner.optional("firstName"), owner.optional("lastName"))
        return " ".join(filter(None, names)) or owner.optional("email") or ""

    # https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation
    def read_webhook(self, request: WebhookRequest) -> WebhookNotice:
        """Checks the signature over method, public address, body and a time in milliseconds.

        One delivery may report many changes; each ticket in it becomes a notice.
        """
        secret = require_secret(self._settings.hubspot_webhook_secret, system=SYSTEM)
        stamp = request.headers.get("x-hubspot-request-timestamp", "")
        address = self._settings.hubspot_webhook_url or request.url
        signed = f"{request.method}{address}".encode(), request.body, stamp.encode()
        expected = base64.b64encode(hmac_sha256(secret, *signed)).decode()
        require_same(request.headers.get("x-hubspot-signature-v3", ""), expected, system=SYSTEM)
        require_fresh(unix_seconds(stamp[:-3]), request.at, system=SYSTEM)
        notices = (_notice(event) for event in parsed(request.body).items() if _is_about_a_ticket(event))
        by_ticket = {one.ticket_id: one for one in notices}
        if not by_ticket:
            return WebhookNotice(ticket_id="", delivery=expected)
        first, *others = by_ticket.values()
        return replace(first, others=tuple(others))

    # The check.

    async def check(self) -> str:
        """Checks that the token reads tickets and contacts of the account, and that stages and properties exist."""
        await self._check_account()
        with explained(FIXES):
            await self._http.read(f"/crm/v3/objects/{TICKETS}", {"limit": 1})
            await self._http.read(f"/crm/v3/objects/{CONTACTS}", {"limit": 1})
        await self._check_pipeline()
        settings = self._settings
        await self._check_properties(TICKETS, settings.hubspot_key_property, settings.hubspot_properties.values())
        if settings.hubspot_note_key_property is not None:
            await self._check_properties(NOTES, settings.hubspot_note_key_property, ())
        return (
            f"account {settings.hubspot_account} of HubSpot and its pipeline {settings.hubspot_pipeline} can be read."
        )

    # https://developers.hubspot.com/docs/api-reference/latest/account/account-information/guide
    async def _check_account(self) -> None:
        """Checks that the token belongs to the account that links lead to, if the token may read that."""
        try:
            with explained(FIXES):
                account = (await self._http.read("/account-info/v3/details")).text("portalId")
        except PlanError:
            return
        if account != self._settings.hubspot_account:
            message = f"The token is of account {account}. Put that into HUBSPOT_ACCOUNT, or the other's token here."
            raise BadRequestError(message, system=SYSTEM, code="account")

    async def _check_pipeline(self) -> None:
        pipeline = self._settings.hubspot_pipeline
        if not any(_is_called(one, pipeline) for one in await self._pipelines()):
            message = f"There is no pipeline {pipeline} for tickets. Put the id or name of one into HUBSPOT_PIPELINE."
            raise NotFoundError(message, system=SYSTEM, code="no_pipeline")
        with explained({BadRequestError: "Say in HUBSPOT_STAGES which of its stages does."}):
            for status in TicketStatus:
                await self._stage_for(status)

    # https://developers.hubspot.com/docs/api-reference/latest/crm/properties/get-properties
    async def _check_properties(self, kind: str, key: str, more: Iterable[str]) -> None:
        found = (await self._http.read(f"/crm/v3/properties/{kind}")).items("results")
        unique = {one.text("name"): one.true("hasUniqueValue") for one in found}
        missing = sorted({key, *more} - unique.keys())
        if missing:
            message = f"There is no property {', '.join(missing)} on {kind}. Make it, {key} with unique values."
            raise BadRequestError(message, system=SYSTEM, code="no_property")
        if not unique[key]:
            message = f"Property {key} of {kind} takes a value more than once. Make one with hasUniqueValue instead."
            raise BadRequestError(message, system=SYSTEM, code="not_unique")

    def _ref(self, id: str) -> TicketRef:
        url = f"https://app.hubspot.com/contacts/{self._settings.hubspot_account}/record/{TICKET_TYPE}/{id}"
        return TicketRef(system=SYSTEM, id=id, number=f"#{id}", url=url)


FIXES: Mapping[type[OutsideError], str] = {
    CredentialError: "Put an access token of the account into HUBSPOT_TOKEN.",
    PlanError: "Give the token of HUBSPOT_TOKEN the scopes tickets, crm.objects.contacts.read and .write.",
    NotFoundError: "HUBSPOT_API_URL is not where HubSpot's API answers.",
    TemporaryError: "Check that this machine reaches HUBSPOT_API_URL; behind a proxy, set HTTPS_PROXY.",
}


def _is_called(thing: JsonNode, name: str) -> bool:
    """Returns True if a pipeline or a stage has this id or this name."""
    return name in (thing.optional("id"), thing.optional("label"))


def _stages(pipeline: JsonNode) -> Sequence[JsonNode]:
    return pipeline.items("stages")


def _stage(stages: Iterable[JsonNode], id: str) -> JsonNode | None:
    return next((stage for stage in stages if stage.optional("id") == id), None)


def _notice(event: JsonNode) -> WebhookNotice:
    delivery = f"{event.text('eventId')}-{event.optional('occurredAt')}"
    return WebhookNotice(ticket_id=event.text("objectId"), delivery=delivery)


def _is_about_a_ticket(event: JsonNode) -> bool:
    """Returns True for an event about a ticket, from either generation of subscriptions."""
    kind = event.optional("subscriptionType") or ""
    return event.optional("objectId") is not None and (
        kind.startswith("ticket.") or event.optional("objectTypeId") == TICKET_TYPE
    )


def _text(note: JsonNode) -> str:
    return html_to_text(note.optional("properties", "hs_note_body") or "")


def _created_at(note: JsonNode) -> float:
    return note.time("properties", "hs_createdate")


def _comment(note: JsonNode, names: Mapping[str, str]) -> TicketComment:
    author = names.get(note.optional("properties", "hubspot_owner_id") or "")
    return TicketComment(
        id=note.text("id"), author=author or "somebody", text=_text(note), public=False, at=_created_at(note)
    )
