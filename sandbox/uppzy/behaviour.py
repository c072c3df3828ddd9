"""Behaviour switches: choices of the local Uppzy where Uppzy's documentation is silent or contradicts itself."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class RequestIds(enum.StrEnum):
    """The two shapes of request id that the documentation shows or names."""

    PREFIXED_HEX = "req_ and 32 hex digits"
    UUID = "dashed UUID"


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """One switch for each gap in the documentation. The defaults are our guesses; clients must live with any value."""

    submit_status: int = 202
    """HTTP status of an accepted asynchronous question: 202 or 200."""

    unfinished: str = "queued"
    """Status of an asynchronous question until it is `completed` or `failed`."""

    confidence: bool = True
    """Answers carry the two confidence fields."""

    sources: str | None = None
    """The field in which answers carry the articles that they come from, with title and address; None: they do not."""

    closed_session_status: int | None = 409
    """HTTP status for a question in a closed session: 400, 404 or 409; None: it is answered and reopens the session."""

    feedback_overwrites: bool = False
    """A second rating of the same answer replaces the first. Either way it gets no timestamp."""

    unfinished_feedback_status: int = 400
    """HTTP status for a rating before the answer is there: 400, 404 or 409."""

    foreign_scope_status: int = 404
    """HTTP status for an unknown tenant or site: 404 or 403."""

    extra_field: bool = True
    """Every response has a field that no documentation names."""

    document_id: str | None = "id"
    """The field that holds the id of a document; None: a response about a new document names none."""

    documents_in: str | None = "documents"
    """The field that holds the list of documents; None: the response is the list itself."""

    documents_start_active: bool = False
    """A document that is created over the API is used at once."""

    patch_takes_status: bool | None = True
    """The endpoint of one document takes a status; False: it refuses one, None: it ignores one."""

    documents_per_page: int | None = None
    """The most documents in a page of the list, which is then chosen by `page`; None: all are in one."""

    request_ids: RequestIds = RequestIds.PREFIXED_HEX
