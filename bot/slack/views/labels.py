"""Labels of the views in Slack: of buttons, menus, forms, the card and the Home tab. Plain text.

The buttons of a card's transitions have theirs in the transition table. Titles of forms have up to 24 characters.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.helpdesk.model.handoff import Outcome
from bot.helpdesk.model.home import RequestState

# Buttons.

TALK_TO_A_PERSON = "Talk to a person"
TELL_US_WHY = "Tell us why"
HELPFUL = "Helpful"
NOT_HELPFUL = "Not helpful"
MARK_AS_HELPFUL = "Mark this answer as helpful"
MARK_AS_NOT_HELPFUL = "Mark this answer as not helpful"
SOLVED = "Yes, solved"
NOT_SOLVED = "No, not yet"
REOPEN = "Reopen"
ALL_GOOD = "No, all good"
CLAIM_AND_SEND = "Claim and send"
SEND = "Send"
KEEP_INSIDE = "Keep inside"
REVEAL = "Reveal"
RETRY_TICKET = "Try the ticket again"
SEND_DRAFT = "Send to the employee"

# The card of a handoff.

ASKED_BY = "Asked by"
PRIORITY = "Priority"
TICKET = "Ticket"
TICKET_AWAITED = "being created"
NO_TICKET = "none (the rule asks for none)"
STATE = "State"
TARGET = "To be claimed by"
OVERDUE = "⏰ Should have been claimed by"
QUESTION = "Question"
REASONS = "Why a person is needed"
CONFIDENCE = "Confidence"
ANSWER_SEEN = "the employee has seen it"
ANSWER_UNSEEN = "a draft, the employee does not see it"
ANSWER_AWAITED = "not there yet"
NO_ANSWER = "none was given"
RESOLUTION_SHOWN = "Resolution"
RESOLVED_BEFORE = "Resolved once before"
IS_SOLVED: Mapping[bool | None, str] = {
    None: "solved? the employee has not said yet",
    True: "solved? the employee says it is",
    False: "solved? the employee said it was not",
}

# The Home tab.

REQUESTS = "Your requests"
OPEN_REQUESTS = "Your open requests"
PAST_REQUESTS = "Your past requests"
OPEN_THREAD = "open the thread"
NO_QUESTION = "no question"
WORDS_FORGOTTEN = "your words have been deleted by now"
REQUEST_STATES: Mapping[RequestState, str] = {
    RequestState.WAITING: "🟠 waiting for the support team",
    RequestState.ANSWERING: "💬 the assistant is working on it",
    RequestState.ANSWERED: "✅ answered by the assistant",
    RequestState.STOPPED: "⏹️ stopped",
    RequestState.UNANSWERED: "⚠️ not answered",
    RequestState.NOT_ASKED: "⚪ nothing was asked",
    RequestState.RESOLVED: "✅ resolved by the support team",
    RequestState.CLOSED: "⚪ closed by the support team",
}
SUPPORT_TEAM = "the support team"
QUEUE = "Queue"
EVERY_RULE = "Every rule"
EVERY_PRIORITY = "Every priority"

# The form for the reason of a bad verdict.

REASON_TITLE = "What was wrong?"
REASON = "Tell us what was wrong with the answer"
REASON_HINT = "The support team reads it. Please write no passwords here."

# The form for a resolution.

RESOLUTION_TITLE = "How was it resolved?"
RESOLUTION = "The resolution in your words"
RESOLUTION_HINT = "The employee reads it. It also goes onto the card and into the ticket, without secrets."
OUTCOME = "Outcome"
OUTCOME_HINT = "What the ticket says."
OUTCOMES: Mapping[Outcome, str] = {
    Outcome.SOLVED: "Solved",
    Outcome.NOT_SOLVABLE: "Not solvable",
    Outcome.DUPLICATE: "Duplicate of another request",
}
REFERENCE = "For next time"
REFERENCE_HINT = "Keeps the question with your words as a draft, without secrets. Nothing is published."
MAKE_REFERENCE = "Make this a reference article"

# The original of a question.

ORIGINAL_TITLE = "As it was written"
ORIGINAL_NOTE = "Only you see this, and it is noted that you did. Do not copy it into the thread."
