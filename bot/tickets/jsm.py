"""Jira Service Management in Jira Cloud.

Its search shows a new request only after a while, up to minutes, and never says that it is behind. What a request type
does not have as a field cannot be sent when a request is created, so all else is added to the request afterwards.
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

import httpx
from pydantic import Field, SecretStr

from bot.errors import (
    BadRequestError,
    CredentialError,
    NotFoundError,
    OutsideError,
    PermanentError,
    PlanError,
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
from bot.helpdesk.redaction import SafeText, compose, redact
from bot.settings_base import Variables, WebAddress, matching
from bot.tickets.adf import document, size
from bot.tickets.html_text import plain
from bot.tickets.http_base import TicketHttp, after_write, explained, in_path
from bot.tickets.inert_text import one_line, preformatted, unformatted
from bot.tickets.json_node import JsonNode
from bot.tickets.metadata import as_text, known
from bot.tickets.name_mapping import StatusNames
from bot.tickets.note_marker import below, is_ours, mark
from bot.tickets.requesters import address_of, asked_by
from bot.tickets.signatures import hmac_sha256, require_same, require_secret
from bot.tickets.webhook_body import notice

SYSTEM = "jsm"

# Every status of Jira, whatever it is called, belongs to one of these.
CATEGORIES: Mapping[str, TicketStatus] = MappingProxyType(
    {"new": TicketStatus.NEW, "indeterminate": TicketStatus.OPEN, "done": TicketStatus.SOLVED}
)
# What a status becomes that the operator has given no name.
UNNAMED: Mapping[TicketStatus, TicketStatus] = MappingProxyType(
    {TicketStatus.PENDING: TicketStatus.OPEN, TicketStatus.CLOSED: TicketStatus.SOLVED}
)

# Where the identifiers stand on an issue, hidden from people; and the label of an issue that another one replaces.
PROPERTY = "uppzy-desk"
TWIN = "uppzy-desk-duplicate"

PERMISSIONS = ("BROWSE_PROJECTS", "EDIT_ISSUES", "TRANSITION_ISSUES", "ADD_COMMENTS", "SERVICEDESK_AGENT")
# What is sent when a request is created. A request type that demands more cannot be used.
SENT = frozenset({"summary", "description"})

PAGE = 50
MOST_COMMENTS = 5000
# Jira refuses a text with more characters.
MOST, MOST_IN_TITLE = 32_767, 255

Number = Annotated[str, matching(str.isdecimal, "a number, as Jira shows it in addresses")]
CustomField = Annotated[str, matching(re.compile(r"customfield_\d+").fullmatch, "the id of a field, customfield_10050")]


class JsmSettings(Variables):
    """How Jira is reached, which request type takes the tickets, and what its workflow calls things."""

    jsm_url: WebAddress = Field(description="the address of your Jira, such as https://acme.atlassian.net")
    jsm_email: str = Field(description="the e-mail address of the desk's own Jira user")
    jsm_token: SecretStr = Field(description="an API token of that user")
    jsm_service_desk: Number = Field(description="the id of the service desk that takes the tickets")
    jsm_request_type: Number = Field(description="the id of its request type for them")
    jsm_key_field: CustomField | None = None
    jsm_statuses: StatusNames = Field(default_factory=dict)
    jsm_resolution: str = "Done"
    jsm_webhook_secret: SecretStr | None = None


class JiraServiceManagement:
    """Tickets as requests of one type. The key is in a field of the request type, or in the text where it has none."""

    variables: ClassVar[type[Variables]] = JsmSettings
    settle_seconds = 120.0

    def __init__(self, settings: JsmSettings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._settings = settings
        credentials = f"{settings.jsm_email}:{settings.jsm_token.get_secret_value()}".encode()
        self._http = TicketHttp(
            system=SYSTEM,
            name="Jira",
            base_url=settings.jsm_url,
            headers={"Authorization": f"Basic {base64.b64encode(credentials).decode()}"},
            transport=transport,
        )

    async def aclose(self) -> None:
        await self._http.aclose()

    # Creating and finding.

    async def create(self, draft: TicketDraft, key: str) -> TicketRef:
        """Create the request, unless there is one, and put on it what a request type has no field for."""
        found = await self.find(key)
        ref = found or await self._requested(draft, key)
        # The request is there and says all of this in its text already; nothing that fails now may put that in doubt.
        with contextlib.suppress(OutsideError):
            if found is None:
                await self._describe(ref, draft, key)
        with contextlib.suppress(OutsideError):
            await self._label(ref, key)
            await self.amend(ref, draft.metadata)
        return ref

    async def _requested(self, draft: TicketDraft, key: str) -> TicketRef:
        """In the name of whoever asks, where Jira knows them and takes requests of theirs."""
        account = await self._account(address_of(draft))
        if account is not None:
            with contextlib.suppress(BadRequestError, PlanError, NotFoundError):
                return await self._request({**self._new(draft, key), "raiseOnBehalfOf": account})
        return await self._request(self._new(draft, key))

    def _new(self, draft: TicketDraft, key: str) -> dict[str, object]:
        field = self._settings.jsm_key_field
        return {
            "serviceDeskId": self._settings.jsm_service_desk,
            "requestTypeId": self._settings.jsm_request_type,
            "requestFieldValues": {
                "summary": one_line(draft.subject, MOST_IN_TITLE),
                "description": preformatted(draft.body, self._end(draft, key), MOST),
                **({field: key} if field else {}),
            },
        }

    def _end(self, draft: TicketDraft, key: str) -> str:
        """What stands below the text: the identifiers, who asks, and the key where no field holds it."""
        field = self._settings.jsm_key_field
        end = f"\n\n{as_text(draft.metadata)}\n{asked_by(draft)}" + ("" if field else f"\nkey: {key}")
        return unformatted(end)

    # https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-put
    async def _describe(self, ref: TicketRef, draft: TicketDraft, key: str) -> None:
        """Have the same text with lines that wrap and links: what creates requests takes no such documents.

        Where it is too long for one, the request keeps what it has.
        """
        described = document(f"{draft.body}{self._end(draft, key)}")
        if size(described) <= MOST:
            await self._http.write("PUT", _issue(ref), {"fields": {"description": described}})

    # https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-request/#api-rest-servicedeskapi-request-post
    async def _request(self, body: Mapping[str, object]) -> TicketRef:
        created = await self._http.write("POST", "/rest/servicedeskapi/request", body)
        return self._ref(created.text("issueId"), created.text("issueKey"))

    # https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-user-search/#api-rest-api-3-user-search-get
    async def _account(self, email: str | None) -> str | None:
        """The account with this address. Jira searches names too, and does not show every address that it finds."""
        if email is None:
            return None
        try:
            found = (await self._http.read("/rest/api/3/user/search", {"query": email})).items()
        except (PlanError, BadRequestError):
            return None
        same = [one for one in found if (one.optional("emailAddress") or email).lower() == email.lower()]
        return same[0].optional("accountId") if len(same) == 1 else None

    async def find(self, key: str) -> TicketRef | None:
        """The oldest request with this key, as far as the search shows it. Others are closed."""
        refs = await self._carrying(key)
        if not refs:
            return None
        await self._close(refs[1:], refs[0])
        return refs[0]

    # https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/#api-rest-api-3-search-jql-get
    async def _carrying(self, key: str) -> list[TicketRef]:
        """Oldest first. Words are searched for loosely, so what is found must hold the key as it is."""
        field = self._settings.jsm_key_field
        where = f"cf[{field.removeprefix('customfield_')}]" if field else "description"
        phrase = json.dumps(key)
        jql = f"labels = {phrase} OR {where} ~ {json.dumps(phrase)}"
        fields = f"labels,{field or 'description'}"
        found = await self._http.read("/rest/api/3/search/jql", {"jql": jql, "fields": fields, "maxResults": PAGE})
        issues = sorted(found.items("issues"), key=lambda issue: issue.number("id"))
        same = [issue for issue in issues if key in json.dumps(issue.body) and TWIN not in _labels(issue)]
        return [self._ref(issue.text("id"), issue.text("key")) for issue in same]

    async def _close(self, twins: Iterable[TicketRef], original: TicketRef) -> None:
        """Say of which request they are duplicates, and move them out of the way as far as their workflow allows."""
        for twin in twins:
            await self.note(twin, compose("Duplicate of {it}", it=redact(original.number)), public=False, key=twin.id)
            await self._label(twin, TWIN)
            with contextlib.suppress(PermanentError):
                await self.set_status(twin, TicketStatus.CLOSED)

    # What stands on a request.

    # https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-properties/#api-rest-api-3-issue-issueidorkey-properties-propertykey-put
    async def amend(self, ref: TicketRef, metadata: TicketMetadata) -> None:
        """Write the identifiers anew, and the link to Slack."""
        await self._http.write("PUT", f"{_issue(ref)}/properties/{PROPERTY}", known(metadata))
        if metadata.slack_url is not None:
            await self._link(ref, f"{PROPERTY}={metadata.handoff_id}", metadata.slack_url)

    # https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-remote-links/#api-rest-api-3-issue-issueidorkey-remotelink-post
    async def _link(self, ref: TicketRef, id: str, url: str) -> None:
        """A link of the same id is replaced."""
        body = {"globalId": id, "object": {"url": url, "title": "Conversation in Slack"}}
        await self._http.write("POST", f"{_issue(ref)}/remotelink", body)

    # https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-put
    async def _label(self, ref: TicketRef, label: str) -> None:
        await self._http.write("PUT", _issue(ref), {"update": {"labels": [{"add": label}]}})

    # https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-request/#api-rest-servicedeskapi-request-issueidorkey-comment-post
    async def note(self, ref: TicketRef, text: SafeText, *, public: bool, key: str) -> None:
        """Comment: for agents, or for the customer as well.

        As a block of wiki markup: the platform's API would take a document, but it has no documented way to keep a
        comment from customers.
        """
        if any(mark(key) in _body(comment) for comment in await self._comments(ref)):
            return
        body = {"body": preformatted(text, below(key), MOST), "public": public}
        await self._http.write("POST", f"/rest/servicedeskapi/request/{in_path(ref.id)}/comment", body)

    # https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-request/#api-rest-servicedeskapi-request-issueidorkey-comment-get
    async def _comments(self, ref: TicketRef) -> list[JsonNode]:
        """All pages of a request's comments, in the order in which Jira gives them."""
        found: list[JsonNode] = []
        for start in range(0, MOST_COMMENTS, PAGE):
            params: dict[str, str | int] = {"public": "true", "internal": "true", "start": start, "limit": PAGE}
            params["expand"] = "renderedBody"
            page = await self._http.read(f"/rest/servicedeskapi/request/{in_path(ref.id)}/comment", params)
            found += page.items("values")
            if page.true("isLastPage"):
                break
        return found

    # Where it stands.

    async def status(self, ref: TicketRef) -> TicketStatus:
        """Where the request stands."""
        return self._status(await self._issue(ref), "fields", "status")

    # https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-get
    async def _issue(self, ref: TicketRef) -> JsonNode:
        return await self._http.read(_issue(ref), {"fields": "status"})

    def _status(self, answer: JsonNode, *path: str) -> TicketStatus:
        """By the operator's name for it, else by its category."""
        name = answer.text(*path, "name")
        category = answer.optional(*path, "statusCategory", "key") or ""
        ours = {name: status for status, name in self._settings.jsm_statuses.items()}
        return ours.get(name) or CATEGORIES.get(category, TicketStatus.OPEN)

    async def set_status(self, ref: TicketRef, status: TicketStatus) -> None:
        """Move the request as its workflow allows."""
        wanted = status if status in self._settings.jsm_statuses else UNNAMED.get(status, status)
        if await self.status(ref) is wanted:
            return
        await self._pass_through(ref, await self._way(ref, wanted))
        with after_write():
            if await self.status(ref) is not wanted:
                raise BadRequestError(f"Jira did not move the request to {wanted!s}", system=SYSTEM, code="refused")

    # https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-transitions-get
    async def _way(self, ref: TicketRef, wanted: TicketStatus) -> JsonNode:
        """The transition that leads there from where the request is."""
        found = await self._http.read(f"{_issue(ref)}/transitions", {"expand": "transitions.fields"})
        for transition in found.items("transitions"):
            if self._status(transition, "to") is wanted:
                return transition
        raise BadRequestError(f"No transition leads from here to {wanted!s}", system=SYSTEM, code="refused")

    # https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-transitions-post
    async def _pass_through(self, ref: TicketRef, transition: JsonNode) -> None:
        """With a resolution, where the transition's screen asks for one."""
        asks = transition.optional("fields", "resolution", "name") is not None
        fields = {"fields": {"resolution": {"name": self._settings.jsm_resolution}}} if asks else {}
        body = {"transition": {"id": transition.text("id")}, **fields}
        await self._http.write("POST", f"{_issue(ref)}/transitions", body)

    async def news(self, ref: TicketRef, since: float) -> TicketChanges:
        """What agents and the customer wrote in Jira."""
        issue = await self._issue(ref)
        foreign = [one for one in await self._comments(ref) if not is_ours(_body(one))]
        # These times have no fractions, so what was written in that very second may be told again.
        comments = sorted(map(_comment, foreign), key=lambda comment: comment.at)
        return TicketChanges(
            status=self._status(issue, "fields", "status"),
            raw=issue.text("fields", "status", "name"),
            comments=tuple(comment for comment in comments if comment.at >= int(since)),
        )

    # https://developer.atlassian.com/cloud/jira/platform/webhooks/#secure-admin-webhooks
    def read_webhook(self, request: WebhookRequest) -> WebhookNotice:
        """Signed without an age: Jira tries again for over an hour, under one identifier and with the old time."""
        secret = require_secret(self._settings.jsm_webhook_secret, system=SYSTEM)
        expected = f"sha256={hmac_sha256(secret, request.body).hex()}"
        require_same(request.headers.get("x-hub-signature", ""), expected, system=SYSTEM)
        delivery = request.headers.get("x-atlassian-webhook-identifier") or expected
        return notice(request.body, ticket=("issue", "id"), delivery=delivery)

    # The check.

    # https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-myself/#api-rest-api-3-myself-get
    # https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-servicedesk/#api-rest-servicedeskapi-servicedesk-servicedeskid-get
    async def check(self) -> str:
        """See that the user works in the service desk, and that the request type takes what is sent."""
        with explained(FIXES):
            await self._http.read("/rest/api/3/myself")
        desk = f"/rest/servicedeskapi/servicedesk/{self._settings.jsm_service_desk}"
        with explained({PlanError: NO_DESK, NotFoundError: NO_DESK}):
            project = (await self._http.read(desk)).text("projectKey")
        await self._check_fields(f"{desk}/requesttype/{self._settings.jsm_request_type}/field")
        await self._check_rights(project)
        return f"service desk {project} of Jira at {urlsplit(self._settings.jsm_url).hostname} takes requests."

    # https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-servicedesk/#api-rest-servicedeskapi-servicedesk-servicedeskid-requesttype-requesttypeid-field-get
    async def _check_fields(self, path: str) -> None:
        with explained({PlanError: NO_TYPE, NotFoundError: NO_TYPE}):
            fields = (await self._http.read(path, {"expand": "hiddenFields"})).items("requestTypeFields")
        there = {field.text("fieldId") for field in fields}
        wanted = SENT | ({self._settings.jsm_key_field} if self._settings.jsm_key_field else set())
        if missing := sorted(wanted - there):
            raise BadRequestError(
                f"The request type has no field {', '.join(missing)}. Add it there; one that is hidden is seen only by "
                "an administrator of the project, so make the desk's user one.",
                system=SYSTEM,
                code="no_field",
            )
        demanded = {field.text("fieldId") for field in fields if _is_demanded(field)} - wanted
        if demanded:
            message = f"The request type demands {', '.join(sorted(demanded))}. Make it optional, or give it a preset."
            raise BadRequestError(message, system=SYSTEM, code="demands")

    # https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permissions/#api-rest-api-3-mypermissions-get
    async def _check_rights(self, project: str) -> None:
        asked = {"projectKey": project, "permissions": ",".join(PERMISSIONS)}
        rights = await self._http.read("/rest/api/3/mypermissions", asked)
        lacking = [name for name in PERMISSIONS if not rights.true("permissions", name, "havePermission")]
        if lacking:
            message = f"The user lacks {', '.join(lacking)} in project {project}. Make it an agent of the service desk."
            raise PlanError(message, system=SYSTEM, code="rights")

    def _ref(self, id: str, number: str) -> TicketRef:
        return TicketRef(system=SYSTEM, id=id, number=number, url=f"{self._settings.jsm_url}/browse/{number}")


NO_DESK = "JSM_SERVICE_DESK names no service desk that the user may see: mend it, or make the user an agent there."
NO_TYPE = (
    "JSM_REQUEST_TYPE names no request type of that service desk: its id stands in the address where it is edited."
)
FIXES: Mapping[type[OutsideError], str] = {
    CredentialError: "Make an API token at id.atlassian.com for the user JSM_EMAIL and put it into JSM_TOKEN.",
    NotFoundError: "JSM_URL is not where Jira answers: it is the address at which people open it, with nothing after.",
    TemporaryError: "Check that this machine reaches JSM_URL; behind a proxy, set HTTPS_PROXY.",
}


def _issue(ref: TicketRef) -> str:
    return f"/rest/api/3/issue/{in_path(ref.id)}"


def _labels(issue: JsonNode) -> tuple[str, ...]:
    return issue.texts("fields", "labels")


def _is_demanded(field: JsonNode) -> bool:
    preset = field.texts("presetValues") or field.optional("defaultValues", 0, "value")
    return field.true("required") and not preset


def _body(comment: JsonNode) -> str:
    """What a comment says in Jira's wiki markup, which may have a backslash before what would mean something else."""
    return (comment.optional("body") or "").replace("\\[", "[").replace("\\_", "_").replace("\\]", "]")


def _comment(comment: JsonNode) -> TicketComment:
    return TicketComment(
        id=comment.text("id"),
        author=comment.optional("author", "displayName") or "somebody",
        text=plain(comment.optional("renderedBody", "html") or "") or _body(comment),
        public=comment.true("public"),
        at=comment.time("created", "iso8601"),
    )
