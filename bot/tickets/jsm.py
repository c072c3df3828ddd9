"""Jira Service Management in Jira Cloud.

Its search lags by up to minutes without telling. A request can only be created with the fields of its request type, so
everything else is added afterwards.
"""

from __future__ import annotations

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
from bot.helpdesk.model.ticket_system import WebhookNotice, WebhookRequest
from bot.helpdesk.redaction import SafeText, compose, redact
from bot.settings_base import Variables, WebAddress, matching
from bot.tickets.http_base import JsonNode, TicketHttp, after_write, basic_auth, explained, in_path
from bot.tickets.incoming_webhooks import hmac_sha256, read_notice, require_same, require_secret
from bot.tickets.markup import atlassian_document, html_to_text, one_line, preformatted, unformatted
from bot.tickets.name_mapping import StatusNames
from bot.tickets.ticket_text import as_text, asked_by, has_marker, identifiers, marker, marker_suffix, requester_address

SYSTEM = "jsm"

# Every status of Jira belongs to one of these categories.
CATEGORIES: Mapping[str, TicketStatus] = MappingProxyType(
    {"new": TicketStatus.NEW, "indeterminate": TicketStatus.OPEN, "done": TicketStatus.SOLVED}
)
# The replacement of a status for which the operator has given no name.
UNNAMED: Mapping[TicketStatus, TicketStatus] = MappingProxyType(
    {TicketStatus.PENDING: TicketStatus.OPEN, TicketStatus.CLOSED: TicketStatus.SOLVED}
)

# The hidden property with the identifiers of an issue, and the label of a duplicate.
PROPERTY = "uppzy-desk"
TWIN = "uppzy-desk-duplicate"

PERMISSIONS = ("BROWSE_PROJECTS", "EDIT_ISSUES", "TRANSITION_ISSUES", "ADD_COMMENTS", "SERVICEDESK_AGENT")
# The fields that are sent when a request is created. A request type that requires more cannot be used.
SENT = frozenset({"summary", "description"})

PAGE = 50
MOST_COMMENTS = 5000
# Jira refuses a text with more characters.
MOST, MOST_IN_TITLE = 32_767, 255

Number = Annotated[str, matching(str.isdecimal, "a number, as Jira shows it in addresses")]
CustomField = Annotated[str, matching(re.compile(r"customfield_\d+").fullmatch, "the id of a field, customfield_10050")]


class JsmSettings(Variables):
    """Connection to Jira, the request type that takes the tickets, and the names of its workflow."""

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
    """Tickets as requests of one type. The key is in a field of the request type, or else in the text."""

    variables: ClassVar[type[Variables]] = JsmSettings
    settle_seconds = 120.0

    def __init__(self, settings: JsmSettings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._settings = settings
        self._http = TicketHttp(
            system=SYSTEM,
            name="Jira",
            base_url=settings.jsm_url,
            headers=basic_auth(settings.jsm_email, settings.jsm_token.get_secret_value()),
            transport=transport,
        )

    async def aclose(self) -> None:
        await self._http.aclose()

    # Creating and finding.

    async def create(self, draft: TicketDraft, key: str) -> TicketRef:
        """Creates the request, unless there is one, and adds what has no field in its request type."""
        found = await self.find(key)
        ref = found or await self._requested(draft, key)
        # The request exists and has all of this in its text; a failure to add it must not put that in doubt.
        with contextlib.suppress(OutsideError):
            if found is None:
                await self._describe(ref, draft, key)
        with contextlib.suppress(OutsideError):
            await self._label(ref, key)
            await self.amend(ref, draft.metadata)
        return ref

    async def _requested(self, draft: TicketDraft, key: str) -> TicketRef:
        """Creates the request, on behalf of the person who asks if Jira has their account and accepts it."""
        account = await self._account(requester_address(draft))
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
        """Returns the end of the text: the identifiers, who asks, and the key where it has no field."""
        field = self._settings.jsm_key_field
        end = f"\n\n{as_text(draft.metadata)}\n{asked_by(draft)}" + ("" if field else f"\nkey: {key}")
        return unformatted(end)

    # https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-put
    async def _describe(self, ref: TicketRef, draft: TicketDraft, key: str) -> None:
        """Replaces the description by the same text with links and wrapped lines, which cannot be sent on creation.

        A text that is too long for that stays as it is.
        """
        described = atlassian_document(f"{draft.body}{self._end(draft, key)}")
        if len(json.dumps(described, ensure_ascii=False)) <= MOST:
            await self._http.write("PUT", _issue(ref), {"fields": {"description": described}})

    # https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-request/#api-rest-servicedeskapi-request-post
    async def _request(self, body: Mapping[str, object]) -> TicketRef:
        created = await self._http.write("POST", "/rest/servicedeskapi/request", body)
        return self._ref(created.text("issueId"), created.text("issueKey"))

    # https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-user-search/#api-rest-api-3-user-search-get
    async def _account(self, email: str | None) -> str | None:
        """Returns the account with this address. Jira searches names too, and hides some of the addresses it finds."""
        if email is None:
            return None
        try:
            found = (await self._http.read("/rest/api/3/user/search", {"query": email})).items()
        except (PlanError, BadRequestError):
            return None
        matches = [one for one in found if (one.optional("emailAddress") or email).lower() == email.lower()]
        return matches[0].optional("accountId") if len(matches) == 1 else None

    async def find(self, key: str) -> TicketRef | None:
        """Returns the oldest request with this key that the search shows. Others are closed."""
        refs = await self._with_key(key)
        if not refs:
            return None
        await self._close(refs[1:], refs[0])
        return refs[0]

    # https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/#api-rest-api-3-search-jql-get
    async def _with_key(self, key: str) -> list[TicketRef]:
        """Returns requests, oldest first. The search is fuzzy, so each is checked for the exact key."""
        field = self._settings.jsm_key_field
        where = f"cf[{field.removeprefix('customfield_')}]" if field else "description"
        phrase = json.dumps(key)
        jql = f"labels = {phrase} OR {where} ~ {json.dumps(phrase)}"
        fields = f"labels,{field or 'description'}"
        found = await self._http.read("/rest/api/3/search/jql", {"jql": jql, "fields": fields, "maxResults": PAGE})
        issues = sorted(found.items("issues"), key=lambda issue: issue.number("id"))
        matches = [
            issue for issue in issues if key in json.dumps(issue.body) and TWIN not in issue.texts("fields", "labels")
        ]
        return [self._ref(issue.text("id"), issue.text("key")) for issue in matches]

    async def _close(self, twins: Iterable[TicketRef], original: TicketRef) -> None:
        """Notes on the twins which request they duplicate, and closes them as far as their workflow allows."""
        for twin in twins:
            await self.note(twin, compose("Duplicate of {it}", it=redact(original.number)), public=False, key=twin.id)
            await self._label(twin, TWIN)
            with contextlib.suppress(PermanentError):
                await self.set_status(twin, TicketStatus.CLOSED)

    # Changing a request.

    # https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-properties/#api-rest-api-3-issue-issueidorkey-properties-propertykey-put
    async def amend(self, ref: TicketRef, metadata: TicketMetadata) -> None:
        """Rewrites the identifiers, and the link to the conversation."""
        await self._http.write("PUT", f"{_issue(ref)}/properties/{PROPERTY}", identifiers(metadata))
        if metadata.chat_url is not None:
            await self._link(ref, f"{PROPERTY}={metadata.handoff_id}", metadata.chat_url)

    # https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-remote-links/#api-rest-api-3-issue-issueidorkey-remotelink-post
    async def _link(self, ref: TicketRef, id: str, url: str) -> None:
        """Adds a link, replacing one with the same id."""
        body = {"globalId": id, "object": {"url": url, "title": "Conversation in Slack"}}
        await self._http.write("POST", f"{_issue(ref)}/remotelink", body)

    # https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-put
    async def _label(self, ref: TicketRef, label: str) -> None:
        await self._http.write("PUT", _issue(ref), {"update": {"labels": [{"add": label}]}})

    # https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-request/#api-rest-servicedeskapi-request-issueidorkey-comment-post
    async def note(self, ref: TicketRef, text: SafeText, *, public: bool, key: str) -> None:
        """Adds a comment: for agents, or for the customer as well.

        It is sent as wiki markup. The platform's API takes documents, but has no documented way to hide a comment from
        customers.
        """
        if any(marker(key) in _body(comment) for comment in await self._comments(ref)):
            return
        body = {"body": preformatted(text, marker_suffix(key), MOST), "public": public}
        await self._http.write("POST", f"/rest/servicedeskapi/request/{in_path(ref.id)}/comment", body)

    # https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-request/#api-rest-servicedeskapi-request-issueidorkey-comment-get
    async def _comments(self, ref: TicketRef) -> list[JsonNode]:
        """Returns all pages of a request's comments, in Jira's order."""
        found: list[JsonNode] = []
        for start in range(0, MOST_COMMENTS, PAGE):
            params: dict[str, str | int] = {"public": "true", "internal": "true", "start": start, "limit": PAGE}
            params["expand"] = "renderedBody"
            page = await self._http.read(f"/rest/servicedeskapi/request/{in_path(ref.id)}/comment", params)
            found += page.items("values")
            if page.true("isLastPage"):
                break
        return found

    # Status and comments.

    async def status(self, ref: TicketRef) -> TicketStatus:
        """Returns the current status."""
        return self._status(await self._issue(ref), "fields", "status")

    # https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-get
    async def _issue(self, ref: TicketRef) -> JsonNode:
        return await self._http.read(_issue(ref), {"fields": "status"})

    def _status(self, answer: JsonNode, *path: str) -> TicketStatus:
        """Maps a status by the operator's name for it, else by its category."""
        name = answer.text(*path, "name")
        category = answer.optional(*path, "statusCategory", "key") or ""
        by_name = {name: status for status, name in self._settings.jsm_statuses.items()}
        return by_name.get(name) or CATEGORIES.get(category, TicketStatus.OPEN)

    async def set_status(self, ref: TicketRef, status: TicketStatus) -> None:
        """Sets the status by a transition of the workflow. Raises BadRequestError where none leads there."""
        target = status if status in self._settings.jsm_statuses else UNNAMED.get(status, status)
        if await self.status(ref) is target:
            return
        await self._apply(ref, await self._transition_to(ref, target))
        with after_write():
            if await self.status(ref) is not target:
                raise BadRequestError(f"Jira did not move the request to {target!s}", system=SYSTEM, code="refused")

    # https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-transitions-get
    async def _transition_to(self, ref: TicketRef, target: TicketStatus) -> JsonNode:
        """Returns the transition from the current status."""
        found = await self._http.read(f"{_issue(ref)}/transitions", {"expand": "transitions.fields"})
        for transition in found.items("transitions"):
            if self._status(transition, "to") is target:
                return transition
        raise BadRequestError(f"No transition leads from here to {target!s}", system=SYSTEM, code="refused")

    # https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-transitions-post
    async def _apply(self, ref: TicketRef, transition: JsonNode) -> None:
        """Applies the transition, with a resolution if its screen has that field."""
        has_resolution = transition.optional("fields", "resolution", "name") is not None
        fields = {"fields": {"resolution": {"name": self._settings.jsm_resolution}}} if has_resolution else {}
        body = {"transition": {"id": transition.text("id")}, **fields}
        await self._http.write("POST", f"{_issue(ref)}/transitions", body)

    async def changes(self, ref: TicketRef, since: float) -> TicketChanges:
        """Returns the comments of agents and the customer."""
        issue = await self._issue(ref)
        foreign = [one for one in await self._comments(ref) if not has_marker(_body(one))]
        # Times have whole seconds, so a comment of that very second may be returned twice.
        comments = sorted(map(_comment, foreign), key=lambda comment: comment.at)
        return TicketChanges(
            status=self._status(issue, "fields", "status"),
            raw=issue.text("fields", "status", "name"),
            comments=tuple(comment for comment in comments if comment.at >= int(since)),
        )

    # https://developer.atlassian.com/cloud/jira/platform/webhooks/#secure-admin-webhooks
    def read_webhook(self, request: WebhookRequest) -> WebhookNotice:
        """Checks the signature, but no age: Jira retries for over an hour with the old time and the same identifier."""
        secret = require_secret(self._settings.jsm_webhook_secret, system=SYSTEM)
        expected = f"sha256={hmac_sha256(secret, request.body).hex()}"
        require_same(request.headers.get("x-hub-signature", ""), expected, system=SYSTEM)
        delivery = request.headers.get("x-atlassian-webhook-identifier") or expected
        return read_notice(request.body, ticket=("issue", "id"), delivery=delivery)

    # The check.

    # https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-myself/#api-rest-api-3-myself-get
    # https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-servicedesk/#api-rest-servicedeskapi-servicedesk-servicedeskid-get
    async def check(self) -> str:
        """Checks that the user is an agent of the service desk, and that the request type takes what is sent."""
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
        existing = {field.text("fieldId") for field in fields}
        needed = SENT | ({self._settings.jsm_key_field} if self._settings.jsm_key_field else set())
        if missing := sorted(needed - existing):
            raise BadRequestError(
                f"The request type has no field {', '.join(missing)}. Add it there; one that is hidden is seen only by "
                "an administrator of the project, so make the desk's user one.",
                system=SYSTEM,
                code="no_field",
            )
        required = {field.text("fieldId") for field in fields if _is_required(field)} - needed
        if required:
            message = f"The request type requires {', '.join(sorted(required))}. Make it optional, or give it a preset."
            raise BadRequestError(message, system=SYSTEM, code="required_field")

    # https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permissions/#api-rest-api-3-mypermissions-get
    async def _check_rights(self, project: str) -> None:
        params = {"projectKey": project, "permissions": ",".join(PERMISSIONS)}
        rights = await self._http.read("/rest/api/3/mypermissions", params)
        lacking = [name for name in PERMISSIONS if not rights.true("permissions", name, "havePermission")]
        if lacking:
            message = f"The user lacks {', '.join(lacking)} in project {project}. Make it an agent of the service desk."
            raise PlanError(message, system=SYSTEM, code="rights")

    def _ref(self, id: str, number: str) -> TicketRef:
        return TicketRef(system=SYSTEM, id=id, number=number, url=f"{self._settings.jsm_url}/browse/{number}")


NO_DESK = "JSM_SERVICE_DESK names no service desk that the user may see: correct it, or make the user an agent there."
NO_TYPE = "JSM_REQUEST_TYPE names no request type of that service desk: its id is in the address of its settings page."
FIXES: Mapping[type[OutsideError], str] = {
    CredentialError: "Make an API token at id.atlassian.com for the user JSM_EMAIL and put it into JSM_TOKEN.",
    NotFoundError: "JSM_URL is not where Jira answers: it is the address at which people open it, without a path.",
    TemporaryError: "Check that this machine reaches JSM_URL; behind a proxy, set HTTPS_PROXY.",
}


def _issue(ref: TicketRef) -> str:
    return f"/rest/api/3/issue/{in_path(ref.id)}"


def _is_required(field: JsonNode) -> bool:
    preset = field.texts("presetValues") or field.optional("defaultValues", 0, "value")
    return field.true("required") and not preset


def _body(comment: JsonNode) -> str:
    """Returns the wiki markup of a comment without the backslashes that escape characters of the marker."""
    return (comment.optional("body") or "").replace("\\[", "[").replace("\\_", "_").replace("\\]", "]")


def _comment(comment: JsonNode) -> TicketComment:
    return TicketComment(
        id=comment.text("id"),
        author=comment.optional("author", "displayName") or "somebody",
        text=html_to_text(comment.optional("renderedBody", "html") or "") or _body(comment),
        public=comment.true("public"),
        at=comment.time("created", "iso8601"),
    )
