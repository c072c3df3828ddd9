"""Accepting: stores events before they are acknowledged, and decides what is answered with the acknowledgement."""

from __future__ import annotations

from collections.abc import Sequence

from bot.helpdesk import messages
from bot.helpdesk.model.events import (
    Acceptance,
    Event,
    FormRefused,
    InboxEntry,
    InlineResponse,
    ReasonGiven,
    ResolutionGiven,
)
from bot.helpdesk.model.job import Job, JobKind
from bot.helpdesk.unit_of_work import UnitOfWork


def accept(uow: UnitOfWork, entries: Sequence[InboxEntry]) -> tuple[Acceptance, list[str | None]]:
    """Stores the entries of one payload and schedules their handling. Stores nothing of a refused form.

    Returns with the outcome the id of each entry, None for one that was known.
    """
    for entry in entries:
        if (response := response_to(uow, entry.event)) is not None:
            return Acceptance(response=response), []
    ids = [_store(uow, entry) for entry in entries]
    return Acceptance(is_new=any(id is not None for id in ids)), ids


def _store(uow: UnitOfWork, entry: InboxEntry) -> str | None:
    id = uow.tx.inbox.add(entry, uow.now)
    if id is not None:
        uow.tx.jobs.enqueue(Job(kind=JobKind.EVENT, ref=id, lane=entry.lane))
    return id


def response_to(uow: UnitOfWork, event: Event) -> InlineResponse | None:
    """Returns what must be answered at once: a form without the words it needs is refused."""
    match event:
        case ReasonGiven(text=text) if not text.strip():
            return FormRefused(messages.anyone.NO_WORDS_IN_FORM)
        case ResolutionGiven(text=text, as_reference=as_reference) if not text.strip():
            if uow.config.policy.handoffs.resolution_required:
                return FormRefused(messages.anyone.NO_WORDS_IN_FORM)
            return FormRefused(messages.agents.REFERENCE_NEEDS_WORDS) if as_reference else None
    return None
