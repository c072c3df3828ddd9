"""ServiceNow over its Table API, in incidents or another table.

It silently drops unknown fields, and a query on such a field finds every record: so written fields are compared with
the answer, and found records with the query.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import ClassVar
from urllib.parse import quote, urlsplit

import httpx
from pydantic import Field, SecretStr

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
from bot.helpdesk.redaction import SafeText
from bot.settings_base import Variables, WebAddress
from bot.tickets.http_base import JsonNode, TicketHttp, after_write, basic_auth, explained, in_path
from bot.tickets.markup import html_to_text, one_line, without_code_tags
from bot.tickets.name_mapping import FieldNames, StatusNames, status_of
from bot.tickets.ticket_text import (
    asked_by,
    has_marker,
    in_fields,
    marker,
    requester_address,
    with_identifiers,
    with_marker,
    with_new_identifiers,
)

SYSTEM = "servicenow"

# ServiceNow's defaults. Only ServiceNow itself moves resolved records to closed (7).
STATES: Mapping[TicketStatus, str] = MappingProxyType(
    {
        TicketStatus.NEW: "1",
        TicketStatus.OPEN: "2",
        TicketStatus.PENDING: "3",
        TicketStatus.SOLVED: "6",
        TicketStatus.CLOSED: "8",
    }
)
OTHER_STATES: Mapping[str, TicketStatus] = MappingProxyType({"7": TicketStatus.CLOSED})
CLOSE_CODES: Mapping[TicketStatus, str] = MappingProxyType({TicketStatus.SOLVED: "Solution provided"})

URGENCIES: Mapping[str, str] = MappingProxyType({"low": "3", "normal": "2", "high": "1", "urgent": "1"})

# The two journals of a record: for agents only, and for the caller as well.
WORK_NOTES, COMMENTS = "work_notes", "comments"

# ServiceNow silently cuts a longer description. Journals have no limit.
MOST = 4000
MOST_IN_TITLE = 160

# The number of latest entries that are read for changes, or for a note that is there already.
LATEST = 100

Record = Mapping[str, str]


class ServiceNowSettings(Variables):
    """Connection to the instance, and its names for tables, fields and states."""

    servicenow_url: WebAddress = Field(description="the address of the instance, such as https://acme.service-now.com")
    servicenow_user: str = Field(description="the name of the desk's own user")
    servicenow_password: SecretStr = Field(description="the password of that user")
    servicenow_table: str = "incident"
    servicenow_group: str | None = None
    servicenow_fields: FieldNames = Field(default_factory=dict)
    servicenow_states: StatusNames = Field(default_factory=dict)
    servicenow_close_codes: StatusNames = Field(default_factory=dict)
    servicenow_hold_reason: str = "1"


class ServiceNow:
    """Tickets as records of one table. The key is their correlation id, which queries find without lag."""

    variables: ClassVar[type[Variables]] = ServiceNowSettings
    settle_seconds = 0.0

    def __init__(self, settings: ServiceNowSettings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._settings = settings
        self._table = settings.servicenow_table
        self._states = {**STATES, **settings.servicenow_states}
        self._close_codes = {**CLOSE_CODES, **settings.servicenow_close_codes}
        self._http = TicketHttp(
            system=SYSTEM,
            name="ServiceNow",
            base_url=f"{settings.servicenow_url}/api/now/table",
            headers=basic_auth(settings.servicenow_user, settings.servicenow_password.get_secret_value()),
            blames_requester=_is_about_the_caller,
            transport=transport,
        )

    async def aclose(self) -> None:
        await self._http.aclose()

    # Creating and finding.

    async def create(self, draft: TicketDraft, key: str) -> TicketRef:
        """Creates the record, and checks which fields it kept."""
        existing = await self.find(key)
        if existing is not None:
            return existing
        sent, created = await self._inserted(draft, key)
        with after_write():
            ref = self._ref(created)
            dropped = sorted(name for name in self._ours if name in sent and created.optional(name) != sent[name])
        if "correlation_id" in dropped:
            message = f"Table {self._table} keeps no correlation_id, by which tickets are found again"
            raise BadRequestError(message, system=SYSTEM, code="no_key_field")
        if dropped:
            # The identifiers are in the text as well, so only ServiceNow's administrator needs to know.
            with contextlib.suppress(OutsideError):
                await self._update(ref, {WORK_NOTES: with_marker(f"Not kept: {', '.join(dropped)}", key)})
        return ref

    async def _inserted(self, draft: TicketDraft, key: str) -> tuple[Record, JsonNode]:
        """Returns the fields sent and the record created, without a caller if ServiceNow refuses them."""
        caller = await self._user(requester_address(draft))
        if caller is not None:
            sent = _inert({**self._new(draft, key), "caller_id": caller})
            with contextlib.suppress(RequesterRefusedError):
                return sent, await self._insert(sent)
        sent = _inert(self._new(draft, key, refused=caller is not None))
        return sent, await self._insert(sent)

    @property
    def _ours(self) -> frozenset[str]:
        """The fields that only the desk writes, so that they must come back as they were sent."""
        return frozenset({"correlation_id", *self._settings.servicenow_fields.values()})

    def _new(self, draft: TicketDraft, key: str, *, refused: bool = False) -> Record:
        start = f"{asked_by(draft, refused=refused)}\n\n"
        description = start + with_identifiers(draft.body, draft.metadata, MOST - len(start))
        group = self._settings.servicenow_group
        return {
            "short_description": one_line(draft.subject, MOST_IN_TITLE),
            "description": description,
            **({} if draft.body in description else {WORK_NOTES: with_marker(draft.body, key)}),
            "urgency": URGENCIES.get(draft.priority, URGENCIES["normal"]),
            "correlation_id": key,
            "correlation_display": "Uppzy Desk",
            **in_fields(draft.metadata, self._settings.servicenow_fields),
            **({"assignment_group": group} if group else {}),
        }

    # https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html
    async def _insert(self, record: Record) -> JsonNode:
        return _result(await self._http.write("POST", f"/{self._table}?sysparm_exclude_reference_link=true", record))

    async def _user(self, email: str | None) -> str | None:
        """Returns the active user with this address, None unless there is exactly one that we may read."""
        if email is None:
            return None
        try:
            users = await self._query("sys_user", f"email={email}^active=true", ("sys_id", "email"), 2)
        except (PlanError, BadRequestError):
            return None
        matches = [user for user in users if (user.optional("email") or "").lower() == email.lower()]
        return matches[0].text("sys_id") if len(matches) == 1 else None

    async def find(self, key: str) -> TicketRef | None:
        """Returns the oldest record with this key. Others are closed, and lose the key."""
        fields = ("sys_id", "number", "correlation_id", "sys_created_on")
        found = await self._query(self._table, f"correlation_id={key}^ORDERBYsys_created_on", fields, LATEST)
        matches = [record for record in found if record.optional("correlation_id") == key]
        refs = [self._ref(record) for record in sorted(matches, key=_age)]
        if not refs:
            return None
        await self._close(refs[1:], refs[0])
        return refs[0]

    async def _close(self, twins: Iterable[TicketRef], original: TicketRef) -> None:
        for twin in twins:
            note = with_marker(f"Duplicate of {original.number}", twin.id)
            await self._update(twin, {"correlation_id": "", WORK_NOTES: note})
            # A record that the state model does not let us close is left to those who read the note.
            with contextlib.suppress(PermanentError):
                await self.set_status(twin, TicketStatus.CLOSED)

    # https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html
    async def _query(self, table: str, query: str, fields: Iterable[str], limit: int) -> tuple[JsonNode, ...]:
        params: dict[str, str | int] = {
            "sysparm_query": query,
            "sysparm_fields": ",".join(fields),
            "sysparm_exclude_reference_link": "true",
            "sysparm_limit": limit,
        }
        return (await self._http.read(f"/{in_path(table)}", params)).items("result")

    # Changing a record.

    # https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html
    async def _update(self, ref: TicketRef, change: Record) -> None:
        path = f"/{self._table}/{in_path(ref.id)}?sysparm_fields=sys_id"
        await self._http.write("PATCH", path, _inert(change))

    # https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html
    async def _record(self, ref: TicketRef) -> JsonNode:
        """Returns state and description, each with `value` and `display_value`."""
        params = {"sysparm_fields": "state,description", "sysparm_display_value": "all"}
        return _result(await self._http.read(f"/{self._table}/{in_path(ref.id)}", params))

    async def amend(self, ref: TicketRef, metadata: TicketMetadata) -> None:
        """Rewrites the identifiers: below the text if it still ends with them, and in their fields."""
        text = with_new_identifiers((await self._record(ref)).optional("description", "value") or "", metadata)
        described = {"description": text} if text else {}
        change = {**described, **in_fields(metadata, self._settings.servicenow_fields)}
        if change:
            await self._update(ref, change)

    async def note(self, ref: TicketRef, text: SafeText, *, public: bool, key: str) -> None:
        """Adds to the work notes, or to the comments, which the caller reads."""
        if any(marker(key) in (entry.optional("value") or "") for entry in await self._journal(ref)):
            return
        await self._update(ref, {COMMENTS if public else WORK_NOTES: with_marker(text, key)})

    # https://www.servicenow.com/docs/r/api-reference/web-services/retrieving-journal-entries.html
    async def _journal(self, ref: TicketRef) -> list[JsonNode]:
        """Returns the latest journal entries, oldest first."""
        fields = ("sys_id", "element_id", "element", "value", "sys_created_on", "sys_created_by")
        query = f"element_id={ref.id}^elementIN{WORK_NOTES},{COMMENTS}^ORDERBYDESCsys_created_on"
        found = await self._query("sys_journal_field", query, fields, LATEST)
        return [entry for entry in reversed(found) if entry.optional("element_id") == ref.id]

    # Status and comments.

    async def status(self, ref: TicketRef) -> TicketStatus:
        """Returns the current status."""
        return self._status(await self._record(ref))

    def _status(self, record: JsonNode) -> TicketStatus:
        return status_of(record.text("state", "value"), self._states, OTHER_STATES)

    async def set_status(self, ref: TicketRef, status: TicketStatus) -> None:
        """Sets the state, with the fields that the state requires."""
        if await self._state(ref) == self._states[status]:
            return
        try:
            await self._update(ref, self._state_change(status))
        except PlanError as error:
            # A business rule or the state model refuses with the same error as missing rights.
            raise self._refused(status) from error
        with after_write():
            if await self._state(ref) != self._states[status]:
                raise self._refused(status)

    def _state_change(self, status: TicketStatus) -> Record:
        held = {"hold_reason": self._settings.servicenow_hold_reason} if status is TicketStatus.PENDING else {}
        code = {"close_code": self._close_codes[status]} if status in self._close_codes else {}
        ended = {"close_notes": "Closed in Slack."} if status in (TicketStatus.SOLVED, TicketStatus.CLOSED) else {}
        return {"state": self._states[status], **held, **code, **ended}

    def _refused(self, status: TicketStatus) -> BadRequestError:
        message = f"ServiceNow did not move the record to state {self._states[status]}"
        return BadRequestError(message, system=SYSTEM, code="refused")

    async def _state(self, ref: TicketRef) -> str:
        return (await self._record(ref)).text("state", "value")

    async def changes(self, ref: TicketRef, since: float) -> TicketChanges:
        """Returns what agents and the caller wrote."""
        record = await self._record(ref)
        # Times have whole seconds, so a comment of that very second may be returned twice.
        entries = [one for one in await self._journal(ref) if one.time("sys_created_on") >= int(since)]
        foreign = [one for one in entries if not has_marker(one.optional("value") or "")]
        names = await self._names({one.optional("sys_created_by") or "" for one in foreign})
        return TicketChanges(
            status=self._status(record),
            raw=record.optional("state", "display_value") or record.text("state", "value"),
            comments=tuple(_comment(entry, names) for entry in foreign),
        )

    async def _names(self, users: set[str]) -> dict[str, str]:
        """Returns the names of users, as far as we may read them."""
        if not users:
            return {}
        query = f"user_nameIN{','.join(sorted(users))}"
        try:
            found = await self._query("sys_user", query, ("user_name", "name"), len(users))
        except PlanError:
            return {}
        return {user.text("user_name"): user.optional("name") or user.text("user_name") for user in found}

    # The check.

    async def check(self) -> str:
        """Checks the table with its fields, the states, the group and the journal."""
        with explained(FIXES):
            records = await self._query(self._table, "", ("sys_id", "state", *sorted(self._ours)), 1)
        self._check_fields(records)
        await self._check_choices()
        await self._check_group()
        await self._check_journal()
        return f"table {self._table} of ServiceNow at {urlsplit(self._settings.servicenow_url).hostname} can be read."

    def _check_fields(self, records: tuple[JsonNode, ...]) -> None:
        """Checks that a record has our fields. Nothing can be checked in an empty table."""
        missing = [name for record in records for name in sorted(self._ours) if record.lacks(name)]
        if missing:
            message = f"Table {self._table} has no field {', '.join(missing)} that the user may see. Make it there."
            raise BadRequestError(message, system=SYSTEM, code="no_field")

    async def _check_choices(self) -> None:
        """Checks that our states and close codes exist, if the choices can be read."""
        query = f"nameIN{self._table},task^elementINstate,close_code^inactive=false"
        try:
            choices = await self._query("sys_choice", query, ("element", "value"), LATEST)
        except PlanError:
            return
        needed = {"state": self._states.values(), "close_code": self._close_codes.values()}
        for element, values in needed.items():
            existing = {choice.optional("value") for choice in choices if choice.optional("element") == element}
            missing = sorted(set(values) - existing) if existing else []
            if missing:
                variable = {"state": "SERVICENOW_STATES", "close_code": "SERVICENOW_CLOSE_CODES"}[element]
                message = f"There is no {element} {', '.join(missing)}. Name another one in {variable}."
                raise BadRequestError(message, system=SYSTEM, code="no_choice")

    # https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html
    async def _check_group(self) -> None:
        group = self._settings.servicenow_group
        if group is not None:
            with explained({NotFoundError: NO_GROUP}):
                await self._http.read(f"/sys_user_group/{in_path(group)}", {"sysparm_fields": "sys_id"})

    async def _check_journal(self) -> None:
        with explained({PlanError: NO_JOURNAL}):
            entries = await self._query("sys_journal_field", "", ("sys_id",), 1)
        if not entries:
            raise PlanError(f"ServiceNow shows no journal. {NO_JOURNAL}", system=SYSTEM, code="rights")

    def _ref(self, record: JsonNode) -> TicketRef:
        id = record.text("sys_id")
        page = quote(f"{self._table}.do?sys_id={id}", safe="")
        url = f"{self._settings.servicenow_url}/nav_to.do?uri={page}"
        return TicketRef(system=SYSTEM, id=id, number=record.text("number"), url=url)


NO_GROUP = "SERVICENOW_GROUP is the sys_id of no group: copy it from the group's record."
NO_JOURNAL = "Let the user read sys_journal_field, or comments are never read, and notes may be doubled."
FIXES: Mapping[type[OutsideError], str] = {
    CredentialError: "Compare SERVICENOW_USER and SERVICENOW_PASSWORD with a user who may use web services.",
    PlanError: "Give the user the role itil, or another that reads and writes the table.",
    NotFoundError: "SERVICENOW_URL is not where the instance answers, or SERVICENOW_TABLE names no table.",
    BadRequestError: "SERVICENOW_TABLE names no table of the instance: it is its name, such as incident.",
    TemporaryError: "Check that this machine reaches SERVICENOW_URL; behind a proxy, set HTTPS_PROXY.",
}


def _inert(record: Record) -> Record:
    """Escapes every field: journals show HTML in code tags, and forms may do so too."""
    return {name: without_code_tags(value) for name, value in record.items()}


def _is_about_the_caller(refusal: JsonNode) -> bool:
    """Returns True if the error of a data policy or a business rule mentions the caller."""
    text = f"{refusal.optional('error', 'message')} {refusal.optional('error', 'detail')}".lower()
    return any(word in text for word in ("caller", "opened_for", "requester", "requested_for"))


def _result(answer: JsonNode) -> JsonNode:
    """Unwraps the result of an answer."""
    body = answer.body if isinstance(answer.body, dict) else {}
    return JsonNode(body.get("result"), answer.unusable)


def _age(record: JsonNode) -> tuple[str, str]:
    return record.text("sys_created_on"), record.text("number")


def _visible_text(text: str) -> str:
    """Returns the text that a reader of the entry sees. Formatted text is HTML in code tags."""
    return re.sub(r"\[code\](.*?)\[/code\]", lambda html: html_to_text(html[1]), text, flags=re.IGNORECASE | re.DOTALL)


def _comment(entry: JsonNode, names: Mapping[str, str]) -> TicketComment:
    user = entry.optional("sys_created_by") or "somebody"
    return TicketComment(
        id=entry.text("sys_id"),
        author=names.get(user, user),
        text=_visible_text(entry.optional("value") or ""),
        public=entry.optional("element") == COMMENTS,
        at=entry.time("sys_created_on"),
    )
