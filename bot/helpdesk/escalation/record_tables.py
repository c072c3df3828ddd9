"""Reading the policy file's [tickets] and [note] tables: what goes into the ticket system, and what comes from it."""

from __future__ import annotations

from bot.helpdesk.escalation.policy import NoteRules, NoteWhen, TicketRules
from bot.helpdesk.escalation.policy_table import Table

_TICKETS = TicketRules()
_NOTE = NoteRules()


def read_ticket_rules(table: Table) -> TicketRules:
    """What the table says; what it leaves out is as in `TicketRules`."""
    table.refuse_unknown(frozenset({"follow", "copy_notes"}), "[tickets] has")
    return TicketRules(
        follow=table.flag("follow", default=_TICKETS.follow),
        copy_notes=table.flag("copy_notes", default=_TICKETS.copy_notes),
    )


def read_note_rules(table: Table) -> NoteRules:
    """What the table says; what it leaves out is as in `NoteRules`."""
    table.refuse_unknown(frozenset({"when", "transcript"}), "[note] has")
    rules = NoteRules(
        when=NoteWhen(table.choice("when", tuple(NoteWhen)) or _NOTE.when),
        transcript=table.flag("transcript", default=_NOTE.transcript),
    )
    if rules.transcript and rules.when is NoteWhen.NEVER:
        table.problem(
            '“transcript” says what stands in a note, but none is written. Write when = "always".', "transcript"
        )
    return rules
