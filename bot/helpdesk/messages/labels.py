"""Labels, and short texts of the views: buttons, menus, forms, cards, the Home tab and reports. Plain text.

Titles of forms have up to 24 characters. Names and addresses in them are in the surface's own markup.
"""

from __future__ import annotations

from bot.helpdesk.messages.text import Message, Text, message, variant
from bot.helpdesk.model.handoff import Outcome, Score

# Buttons.

ASK_AGAIN = message("label-ask-again")
TALK_TO_A_PERSON = message("label-talk-to-a-person")
ASK_A_COLLEAGUE = message("label-ask-a-colleague")
OPEN_ANOTHER = message("label-open-another")
TELL_US_WHY = message("label-tell-us-why")
HELPFUL = message("label-helpful")
NOT_HELPFUL = message("label-not-helpful")
MARK_AS_HELPFUL = message("label-mark-as-helpful")
MARK_AS_NOT_HELPFUL = message("label-mark-as-not-helpful")
SOLVED = message("label-solved")
NOT_SOLVED = message("label-not-solved")
ALL_GOOD = message("label-all-good")
CLAIM = message("label-claim")
JOIN = message("label-join")
RESOLVE = message("label-resolve")
HAND_BACK = message("label-hand-back")
REOPEN = message("label-reopen")
ASSIGN = message("label-assign")
RELEASE = message("label-release")
WAIT = message("label-wait")
RESUME = message("label-resume")
WITHDRAW = message("label-withdraw")
CLAIM_AND_SEND = message("label-claim-and-send")
SEND = message("label-send")
REOPEN_AND_SEND = message("label-reopen-and-send")
CANCEL = message("label-cancel")
CLOSE = message("label-close")
KEEP_INSIDE = message("label-keep-inside")
REVEAL = message("label-reveal")
SHOW_ALL = message("label-show-all")
EXPLAIN = message("label-explain")
SHOW_IDS = message("label-show-ids")
RETRY_TICKET = message("label-retry-ticket")
SEND_DRAFT = message("label-send-draft")
EDIT_DRAFT = message("label-edit-draft")

# The card of a handoff.

ASKED_BY = message("label-asked-by")
PRIORITY = message("label-priority")
TICKET = message("label-ticket")
TICKET_AWAITED = message("label-ticket-awaited")
NO_TICKET = message("label-no-ticket")
STATE = message("label-state")
UNCLAIMED = message("label-state-open")
TARGET = message("label-target")
OVERDUE = message("label-overdue")
QUESTION = message("label-question")
REASONS = message("label-reasons")
COLON = message("label-colon")
CONFIDENCE = message("label-confidence")
SOURCES = message("label-sources")
CONFIDENCE_NOT_GIVEN = message("label-confidence-not-given")
ANSWER_SEEN = message("label-answer-seen")
ANSWER_UNSEEN = message("label-answer-unseen")
ANSWER_AWAITED = message("label-answer-awaited")
NO_ANSWER = message("label-no-answer")
RESOLUTION_SHOWN = message("label-resolution-shown")
OUTCOME = message("label-outcome")
RESOLVED_BEFORE = message("label-resolved-before")
SOMEONE = message("label-someone")
THE_HANDOFF_CHANNEL = message("label-the-handoff-channel")


def confidence_level(level: str) -> Message:
    """The assistant's confidence; its own word where that is not known here."""
    return message("label-confidence-level", level=level)


def priority(name: str) -> Message:
    """A priority by its name."""
    return message("label-priority-name", priority=name)


def state(name: str) -> Message:
    """A state of a handoff by its name."""
    return message("label-state-name", state=variant(name))


def open_again(agent: str) -> Message:
    """The employee wrote after `agent` had resolved it."""
    return message("label-state-open-again", agent=agent)


def claimed_by(agent: str) -> Message:
    """An agent has claimed it."""
    return message("label-state-claimed", agent=agent)


def pending(agent: str) -> Message:
    """An agent has claimed it, and waits for the employee."""
    return message("label-state-pending", agent=agent)


def claimed_with(agent: str) -> Message:
    """Another agent who has joined, after the one who has claimed it."""
    return message("label-state-claimed-with", agent=agent)


def ended_by(state: str, agent: str) -> Message:
    """Somebody has ended it; `state` is its name."""
    return message("label-state-ended-by", state=variant(state), agent=agent)


def ended_with_ticket(state: str) -> Message:
    """It has ended in the ticket system; `state` is its name."""
    return message("label-state-ended-with-ticket", state=variant(state))


def outcome_name(outcome: Outcome) -> Message:
    """The outcome on a card."""
    return message("label-outcome-name", outcome=variant(outcome))


def is_solved(solved: bool | None) -> Message:
    """The employee's answer whether it is solved; None while it is awaited."""
    return message("label-is-solved", solved="unknown" if solved is None else "yes" if solved else "no")


def scored(score: Score | None) -> Message:
    """The employee's answer how well it is solved; None while it is awaited."""
    if score is None:
        return message("label-score-awaited")
    return message("label-scored", score=int(score))


def score_button(score: Score) -> Message:
    """The score for screen readers, which do not read the sentence above the buttons with it."""
    return message("label-score-button", score=int(score))


def last_revealed(agent: str, moment: str) -> Message:
    """An agent has seen the original question."""
    return message("label-last-revealed", agent=agent, moment=moment)


def verdict(rating: str, role: str, person: str) -> Message:
    """A verdict on an answer."""
    return message("label-verdict", rating=rating, role=role, voter=person)


# Messages in threads.


def message_deleted(author: str) -> Message:
    """The employee has deleted a message."""
    return message("label-message-deleted", author=author)


def writes(author: str, *, edited: bool) -> Message:
    """The employee writes, or has changed what they wrote."""
    return message("label-writes-changed", author=author) if edited else message("label-writes", author=author)


def from_support(author: str) -> Message:
    """Somebody of the support team writes."""
    return message("label-from-support", author=author)


def draft_sent_by(agent: str, *, edited: bool) -> Message:
    """An agent has sent a draft, or an edited version of it."""
    return message("label-draft-edited-by", agent=agent) if edited else message("label-draft-sent-by", agent=agent)


# Alarms.

OVER = message("label-alarm-over")


def in_all(count: int) -> Message:
    """So many occurrences of an alarm."""
    return message("label-in-all", count=count)


def since(moment: str) -> Message:
    """An alarm lasts since a moment."""
    return message("label-alarm-since", moment=moment)


def lasted(begin: str, end: str) -> Message:
    """An alarm has lasted from one moment to another."""
    return message("label-alarm-lasted", begin=begin, end=end)


# The Home tab.

REQUESTS = message("label-requests")
OPEN_REQUESTS = message("label-open-requests")
PAST_REQUESTS = message("label-past-requests")
OPEN_THREAD = message("label-open-thread")
NO_REQUEST_WORDS = message("label-no-request-words")
WORDS_FORGOTTEN = message("label-words-forgotten")
SUPPORT_TEAM = message("label-support-team")
QUEUE = message("label-queue")
SEARCH = message("label-search")
CLEAR_SEARCH = message("label-clear-search")
REFRESH = message("label-refresh")
MORE_FOUND = message("label-more-found")
JUST_NOW = message("label-just-now")
EVERY_HANDOFF = message("label-every-handoff")
EVERY_RULE = message("label-every-rule")
EVERY_PRIORITY = message("label-every-priority")


def request_state(name: str) -> Message:
    """A state of an employee's request by its name."""
    return message("label-request-state", state=variant(name))


def agent_is_on_it(agent: str) -> Message:
    """An agent of this name has claimed the employee's request."""
    return message("label-agent-is-on-it", agent=agent)


def group(name: str) -> Message:
    """A group of the queue by its name."""
    return message("label-group", group=name)


def shown_part(name: str) -> Message:
    """A part of the queue to choose, by its name."""
    return message("label-shown-part", part=name)


def searched(terms: str) -> Message:
    """The results of a search follow."""
    return message("label-searched", terms=terms)


def queue_left_out(count: int) -> Message:
    """So many handoffs of the queue are not shown."""
    return message("label-queue-left-out", count=count)


def age(seconds: float) -> Message:
    """The time since something happened, in one unit."""
    minutes = int(max(0.0, seconds) // 60)
    if minutes < 60:
        return message("label-age", unit="minute", amount=minutes)
    hours = minutes // 60
    if hours < 48:
        return message("label-age", unit="hour", amount=hours)
    return message("label-age", unit="day", amount=hours // 24)


def ago(seconds: float) -> Message:
    """The moment at which something happened."""
    return JUST_NOW if seconds < 60 else message("label-ago", age=age(seconds))


def queued_waiting(seconds: float) -> Message:
    """An unclaimed handoff of the queue."""
    return JUST_NOW if seconds < 60 else message("label-queued-waiting", age=age(seconds))


def queued_with(agent: Text | str, seconds: float) -> Message:
    """A claimed handoff of the queue."""
    return message("label-queued-with", agent=agent, ago=ago(seconds))


# The form for the reason of a bad verdict.

REASON_TITLE = message("label-reason-title")
REASON = message("label-reason")
REASON_HINT = message("label-reason-hint")

# The form for a resolution.

RESOLUTION_TITLE = message("label-resolution-title")
RESOLUTION = message("label-resolution")
RESOLUTION_HINT = message("label-resolution-hint")
OUTCOME_HINT = message("label-outcome-hint")
REFERENCE = message("label-reference")
REFERENCE_HINT = message("label-reference-hint")
MAKE_REFERENCE = message("label-make-reference")


def outcome_option(outcome: Outcome) -> Message:
    """An outcome to choose."""
    return message("label-outcome-option", outcome=variant(outcome))


# The original of a question.

ORIGINAL_TITLE = message("label-original-title")
ORIGINAL_NOTE = message("label-original-note")

# The choice of an assignee.

ASSIGNEE_TITLE = message("label-assignee-title")
ASSIGNEE = message("label-assignee")
ASSIGNEE_HINT = message("label-assignee-hint")

# The form with a draft.

DRAFT_TITLE = message("label-draft-title")
DRAFT_WORDS = message("label-draft-words")
DRAFT_HINT = message("label-draft-hint")

# The form of a search on the Home tab.

SEARCH_TITLE = message("label-search-title")
SEARCH_WORDS = message("label-search-words")
SEARCH_HINT = message("label-search-hint")
SEARCH_EMPLOYEE_HINT = message("label-search-employee-hint")

# What a card cuts short.

WHOLE_CARD_TITLE = message("label-whole-card-title")

# The report of a lookup.

NOT_KNOWN = message("label-report-not-known")
NOT_POSTED = message("label-report-not-posted")
THREAD = message("label-report-thread")
NO_CARD = message("label-report-no-card")
TICKET_NOT_THERE = message("label-report-ticket-not-there")
JOB_WAITS = message("label-report-waits")


CONVERSATION = message("label-report-conversation-title")


def conversation_line(title: str, id: str, *, employee: str, place: str, moment: str) -> Message:
    """A conversation in a report."""
    return message("label-report-conversation", title=title, id=id, employee=employee, place=place, moment=moment)


def owner_line(owner: str, session: str, number: int) -> Message:
    """The owner and the session of a conversation."""
    return message("label-report-owner", owner=owner, session=session, number=number)


def question_line(id: str, state: str, place: str, moment: str) -> Message:
    """A question in a report."""
    return message("label-report-question", id=id, state=state, place=place, moment=moment)


def answer_line(id: str, *, request: str, session: str, confidence: str, posted: Message, moment: str) -> Message:
    """An answer in a report."""
    return message(
        "label-report-answer",
        id=id,
        request=request,
        session=session,
        confidence=confidence,
        posted=posted,
        moment=moment,
    )


def posted_as(message_id: str) -> Message:
    """The message of an answer."""
    return message("label-report-posted", message=message_id)


def verdict_line(id: str, rating: str, role: str, person: str, moment: str) -> Message:
    """A verdict in a report."""
    return message("label-report-verdict", id=id, rating=rating, role=role, voter=person, moment=moment)


def decision_line(id: str, rules: str, policy: str, moment: str) -> Message:
    """A decision in a report."""
    return message("label-report-decision", id=id, rules=rules, policy=policy, moment=moment)


def handoff_title(name: str) -> Message:
    """The name of a handoff in a report."""
    return message("label-report-handoff-title", name=name)


def handoff_line(title: str, id: str, *, state: str, priority: str, thread: Text | str) -> Message:
    """A handoff in a report."""
    return message("label-report-handoff", title=title, id=id, state=variant(state), priority=priority, thread=thread)


def ticket_line(number: str, id: str, system: str) -> Message:
    """A ticket in a report."""
    return message("label-report-ticket", number=number, id=id, system=system)


def event_line(event: str, person: str | None) -> Message:
    """An entry of a timeline by its kind."""
    if person is None:
        return message("label-report-event", event=variant(event))
    return message("label-report-event-by", event=variant(event), person=person)


def effects_line(states: str) -> Message:
    """The effects of a conversation, counted by state."""
    return message("label-report-effects", states=states)


def scheduled_line(id: str, kind: str, progress: Message, moment: str) -> Message:
    """A scheduled job in a report."""
    return message("label-report-scheduled", id=id, kind=kind, progress=progress, moment=moment)


def job_done(moment: str) -> Message:
    """A job has run."""
    return message("label-report-done", moment=moment)
