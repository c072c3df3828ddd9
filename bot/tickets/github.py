"""GitHub Issues. Everyone with access to the repository reads the issues, so it must be a private one.

There are no private comments: comments on an issue count as internal to the agents and go to no employee.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Annotated, ClassVar

import httpx
from pydantic import Field, SecretStr

from bot.errors import BadRequestError, CredentialError, NotFoundError, PlanError, TemporaryError
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
from bot.tickets.http_base import JsonNode, TicketHttp, explained, in_path
from bot.tickets.incoming_webhooks import hmac_sha256, read_notice, require_same, require_secret
from bot.tickets.markup import fitting, in_code_spans, one_line
from bot.tickets.ticket_text import as_text, has_marker, marker, requester_name

SYSTEM = "github"

# Everything below this line in an issue's text is rewritten. What people wrote is in code spans, never such a line.
IDENTIFIERS_START = "<!-- uppzy-desk: identifiers -->"

# An issue is open or closed; a closed one has a reason.
STATES: Mapping[TicketStatus, Mapping[str, str]] = MappingProxyType(
    {
        TicketStatus.NEW: {"state": "open"},
        TicketStatus.OPEN: {"state": "open"},
        TicketStatus.PENDING: {"state": "open"},
        TicketStatus.SOLVED: {"state": "closed", "state_reason": "completed"},
        TicketStatus.CLOSED: {"state": "closed", "state_reason": "not_planned"},
    }
)

PAGE = 100
# GitHub refuses a text of more than 65,536 characters; the rest is for the identifiers.
MOST, MOST_IN_TITLE = 60_000, 256


class GitHubSettings(Variables):
    """The repository that takes the tickets, and the connection to it."""

    github_repository: Annotated[str, matching(re.compile(r"[\w.-]+/[\w.-]+").fullmatch, "owner/name")] = Field(
        description="the private repository that takes the issues, as owner/name"
    )
    github_token: SecretStr = Field(description="a token that may read and write issues of that repository")
    github_api_url: WebAddress = "https://api.github.com"
    github_webhook_secret: SecretStr | None = None


class GitHubIssues:
    """Tickets as issues of one repository. The key is a label; a list by label shows a new issue within seconds."""

    variables: ClassVar[type[Variables]] = GitHubSettings
    settle_seconds = 15.0

    def __init__(self, settings: GitHubSettings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._settings = settings
        self._repository = f"/repos/{settings.github_repository}"
        self._issues = f"{self._repository}/issues"
        token = settings.github_token.get_secret_value()
        self._http = TicketHttp(
            system=SYSTEM,
            name="GitHub",
            base_url=settings.github_api_url,
            headers={
                "Authorization": f"Bearer {token}",
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": "2022-11-28",
            },
            transport=transport,
        )

    async def aclose(self) -> None:
        await self._http.aclose()

    # https://docs.github.com/en/rest/issues/issues#create-an-issue
    async def create(self, draft: TicketDraft, key: str) -> TicketRef:
        """Opens the issue, unless one has the key already."""
        existing = await self.find(key)
        if existing is not None:
            return existing
        asked_by = f"Asked by: {requester_name(draft) or draft.requester}"
        issue = {
            "title": one_line(draft.subject, MOST_IN_TITLE),
            "body": _with_identifiers(_escaped(f"{draft.body}\n\n{asked_by}"), draft.metadata),
            "labels": [key],
        }
        return _ref(await self._http.write("POST", self._issues, issue))

    # https://docs.github.com/en/rest/issues/issues#list-repository-issues
    async def find(self, key: str) -> TicketRef | None:
        """Returns the oldest issue with this key. Others are closed, and lose the key."""
        found = await self._http.read(self._issues, {"labels": key, "state": "all", "per_page": PAGE})
        issues = [_ref(issue) for issue in sorted(found.items(), key=lambda issue: issue.number("number"))]
        for twin in issues[1:]:
            await self._update(twin, {**STATES[TicketStatus.CLOSED], "labels": ["duplicate"]})
        return issues[0] if issues else None

    # https://docs.github.com/en/rest/issues/comments#create-an-issue-comment
    async def note(self, ref: TicketRef, text: SafeText, *, public: bool, key: str) -> None:
        """Adds a comment, which everyone with access to the repository reads, whatever `public` is."""
        if any(marker(key) in (comment.optional("body") or "") for comment in await self._comments(ref, {})):
            return
        body = {"body": f"{_escaped(text)}\n\n<!-- {marker(key)} -->"}
        await self._http.write("POST", f"{self._issues}/{in_path(ref.id)}/comments", body)

    async def amend(self, ref: TicketRef, metadata: TicketMetadata) -> None:
        """Rewrites the identifiers below the issue's text."""
        text = (await self._issue(ref)).optional("body") or ""
        words = re.split(rf"^{IDENTIFIERS_START}\s*$", text, maxsplit=1, flags=re.MULTILINE)[0].rstrip()
        await self._update(ref, {"body": _with_identifiers(words, metadata)})

    async def status(self, ref: TicketRef) -> TicketStatus:
        """Returns OPEN, or by the reason SOLVED or CLOSED."""
        return _status(await self._issue(ref))

    async def set_status(self, ref: TicketRef, status: TicketStatus) -> None:
        """Opens or closes the issue, with the reason."""
        issue = await self._update(ref, STATES[status])
        if issue.text("state") != STATES[status]["state"]:
            raise BadRequestError("GitHub did not move the issue", system=SYSTEM, code="refused")

    async def changes(self, ref: TicketRef, since: float) -> TicketChanges:
        """Returns the comments of people, oldest first, which is GitHub's order."""
        issue = await self._issue(ref)
        moment = datetime.fromtimestamp(int(since), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        comments = await self._comments(ref, {"since": moment})
        foreign = [one for one in comments if not has_marker(one.optional("body") or "")]
        return TicketChanges(status=_status(issue), raw=_raw(issue), comments=tuple(map(_comment, foreign)))

    # https://docs.github.com/en/rest/issues/comments#list-issue-comments
    async def _comments(self, ref: TicketRef, params: Mapping[str, str]) -> list[JsonNode]:
        """Returns all of an issue's comments."""
        return await self._http.pages(f"{self._issues}/{in_path(ref.id)}/comments", params, PAGE)

    # https://docs.github.com/en/rest/issues/issues#get-an-issue
    async def _issue(self, ref: TicketRef) -> JsonNode:
        return await self._http.read(f"{self._issues}/{in_path(ref.id)}")

    # https://docs.github.com/en/rest/issues/issues#update-an-issue
    async def _update(self, ref: TicketRef, change: Mapping[str, object]) -> JsonNode:
        return await self._http.write("PATCH", f"{self._issues}/{in_path(ref.id)}", change)

    # https://docs.github.com/en/rest/repos/repos#get-a-repository
    async def check(self) -> str:
        """Checks that the repository is private and has issues, and that the token may label them."""
        with explained(FIXES):
            repository = await self._http.read(self._repository)
        name = self._settings.github_repository
        if not repository.true("private"):
            message = f"{name} is public: anyone could read what employees ask. Name a private repository."
            raise BadRequestError(message, system=SYSTEM, code="public")
        if not repository.true("has_issues"):
            message = f"{name} has no issues. Switch them on in the repository's settings."
            raise BadRequestError(message, system=SYSTEM, code="no_issues")
        if not repository.true("permissions", "push"):
            message = f"The token may not label issues of {name}. Give its user write access."
            raise PlanError(message, system=SYSTEM, code="rights")
        return f"{name} is private and takes issues."

    # https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    def read_webhook(self, request: WebhookRequest) -> WebhookNotice:
        """Checks the signature, which covers no time. It also identifies the delivery: the id header is not signed."""
        secret = require_secret(self._settings.github_webhook_secret, system=SYSTEM)
        expected = f"sha256={hmac_sha256(secret, request.body).hex()}"
        require_same(request.headers.get("x-hub-signature-256", ""), expected, system=SYSTEM)
        return read_notice(request.body, ticket=("issue", "number"), delivery=expected)


FIXES = {
    CredentialError: "Make a token for the desk's own GitHub user and put it into GITHUB_TOKEN.",
    PlanError: "Give the token access to the repository and its issues.",
    NotFoundError: "GITHUB_REPOSITORY names no repository that the token may see: correct it, or the token's access.",
    TemporaryError: "Check that this machine reaches GITHUB_API_URL; behind a proxy, set HTTPS_PROXY.",
}


def _with_identifiers(words: str, metadata: TicketMetadata) -> str:
    return f"{words}\n\n{IDENTIFIERS_START}\n{in_code_spans(as_text(metadata))}"


def _escaped(text: str) -> str:
    """Escapes text so that it mentions nobody and links, hides or draws nothing."""
    return fitting(text, MOST, in_code_spans)


def _ref(issue: JsonNode) -> TicketRef:
    number = issue.text("number")
    return TicketRef(system=SYSTEM, id=number, number=f"#{number}", url=issue.optional("html_url"))


def _raw(issue: JsonNode) -> str:
    return issue.optional("state_reason") or issue.text("state") if _is_closed(issue) else issue.text("state")


def _is_closed(issue: JsonNode) -> bool:
    return issue.text("state") == "closed"


def _status(issue: JsonNode) -> TicketStatus:
    if not _is_closed(issue):
        return TicketStatus.OPEN
    unsolved = issue.optional("state_reason") in ("not_planned", "duplicate")
    return TicketStatus.CLOSED if unsolved else TicketStatus.SOLVED


def _comment(comment: JsonNode) -> TicketComment:
    return TicketComment(
        id=comment.text("id"),
        author=comment.optional("user", "login") or "somebody",
        text=comment.optional("body") or "",
        public=False,
        at=comment.time("created_at"),
    )
