"""What goes into the ticket system and what comes from it, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from bot.helpdesk.escalation.policy import NoteRules, NoteWhen, TicketRules


def describe_records(tickets: TicketRules, notes: NoteRules) -> Iterator[str]:
    """One sentence for each thing the policy says about tickets and notes."""
    if tickets.follow:
        yield "A ticket that is solved or closed in the ticket system resolves its handoff."
    else:
        yield "A ticket that is solved or closed in the ticket system resolves nothing; its handoff's thread says so."
    if tickets.copy_notes:
        yield "What begins with “note:” or “//” in a handoff's thread goes onto its ticket as a private comment."
    if notes.when is not NoteWhen.NEVER:
        yield _note(notes)


def _note(notes: NoteRules) -> str:
    which = " that people never had" if notes.when is NoteWhen.WITHOUT_HANDOFF else ""
    words = "with what was said, redacted" if notes.transcript else "without what was said"
    return f"When a conversation{which} is completed, a note on the employee's contact says how it went, {words}."
