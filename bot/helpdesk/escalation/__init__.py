"""The escalation policy, and its decision whether a question needs a person.

Pure: reads no file, no clock, no database. `bot.policy_file` builds the policy.
"""

from bot.helpdesk.escalation.decide import Decision, Facts, Fired, asks_again, decide, decide_again, decide_on_matter
from bot.helpdesk.escalation.describe import (
    describe,
    describe_handoffs,
    describe_missing_channels,
    describe_records,
    describe_small_talk,
)
from bot.helpdesk.escalation.policy import (
    Condition,
    Confidence,
    HandoffMode,
    HandoffRules,
    NoteRules,
    NoteWhen,
    Phrase,
    Policy,
    Priority,
    Rule,
    Sensitive,
    SmallTalkRules,
    Speakers,
    TicketRules,
    Topic,
    Unavailable,
    Unresolved,
    VerdictIs,
)

__all__ = [
    "Condition",
    "Confidence",
    "Decision",
    "Facts",
    "Fired",
    "HandoffMode",
    "HandoffRules",
    "NoteRules",
    "NoteWhen",
    "Phrase",
    "Policy",
    "Priority",
    "Rule",
    "Sensitive",
    "SmallTalkRules",
    "Speakers",
    "TicketRules",
    "Topic",
    "Unavailable",
    "Unresolved",
    "VerdictIs",
    "asks_again",
    "decide",
    "decide_again",
    "decide_on_matter",
    "describe",
    "describe_handoffs",
    "describe_missing_channels",
    "describe_records",
    "describe_small_talk",
]
