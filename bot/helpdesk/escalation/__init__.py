"""When a person is needed: the lead's policy, and the decision it gives on the facts of a question.

Pure throughout: reads no file, no clock, no database.
"""

from bot.helpdesk.escalation.decision import Decision, Facts, Fired, decide
from bot.helpdesk.escalation.description import describe
from bot.helpdesk.escalation.handoff_description import describe_handoffs
from bot.helpdesk.escalation.policy import (
    Condition,
    Confidence,
    HandoffRules,
    NoteRules,
    NoteWhen,
    Phrase,
    Policy,
    Priority,
    Rule,
    Sensitive,
    Speakers,
    TicketRules,
    Topic,
    Unavailable,
    Unresolved,
    VerdictIs,
)
from bot.helpdesk.escalation.record_description import describe_records
from bot.helpdesk.escalation.repeats import asks_again

__all__ = [
    "Condition",
    "Confidence",
    "Decision",
    "Facts",
    "Fired",
    "HandoffRules",
    "NoteRules",
    "NoteWhen",
    "Phrase",
    "Policy",
    "Priority",
    "Rule",
    "Sensitive",
    "Speakers",
    "TicketRules",
    "Topic",
    "Unavailable",
    "Unresolved",
    "VerdictIs",
    "asks_again",
    "decide",
    "describe",
    "describe_handoffs",
    "describe_records",
]
