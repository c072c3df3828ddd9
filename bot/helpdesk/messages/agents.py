"""Messages to agents: private notes, lookups, and what stands on a card or in its thread.

Whatever stands in a thread is rendered without secrets.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.helpdesk.markdown import code
from bot.helpdesk.messages.text import Message, Text, in_a_row, message, variant
from bot.helpdesk.model.conversation import NoAnswer, Role
from bot.helpdesk.model.handoff import Outcome, Score

STAYS_INTERNAL = message("agents-stays-internal")
MAY_BE_A_NOTE = message("agents-may-be-a-note")
SPEAKS_ALREADY = message("agents-speaks-already")
KEPT_ALREADY = message("agents-kept-already")
SENT_ALREADY = message("agents-sent-already")
DELETED_ALREADY = message("agents-deleted-already")
CLAIMED_MEANWHILE = message("agents-claimed-meanwhile")
ALREADY_CLAIMED = message("agents-already-claimed")
ALREADY_SENT = message("agents-already-sent")
NOT_AN_AGENT = message("agents-not-an-agent")
NOT_TO_ASSIGN = message("agents-not-to-assign")
ASK_WHAT = message("agents-ask-what")
SHOWN_ALREADY = message("agents-shown-already")
DRAFT_FORGOTTEN = message("agents-draft-forgotten")
SENT_EDITED = message("agents-sent-edited")
NO_TICKET_TO_RETRY = message("agents-no-ticket-to-retry")
HIDDEN_QUESTION = message("agents-hidden-question")
HIDDEN_MESSAGE = message("agents-hidden-message")
HIDDEN_MESSAGE_CHANGED = message("agents-hidden-message-changed")
HIDDEN_REASON = message("agents-hidden-reason")
NOTHING_TO_REVEAL = message("agents-nothing-to-reveal")
REFERENCE_NEEDS_WORDS = message("agents-reference-needs-words")

# The queue on the Home tab.

NOBODY_WAITS = message("agents-nobody-waits")
NOTHING_MATCHES = message("agents-nothing-matches")


def nothing_found(searched: int) -> Message:
    """A search on the Home tab has no result. `searched` is the number of handoffs whose questions are searched."""
    return message("agents-nothing-found", searched=searched)


def figures(*, opened: int, resolved: int, answered: int, waiting: int) -> Message:
    """The figures of today."""
    return message("agents-figures", opened=opened, resolved=resolved, answered=answered, waiting=waiting)


# Refusals.


ALREADY_RESOLVED = message("agents-already-resolved")
ANOTHER_IS_OPEN = message("agents-another-is-open")


def draft_too_long(most: int) -> Message:
    """A draft of more characters cannot be edited before it is sent."""
    return message("agents-draft-too-long", most=most)


def is_over(name: str, state: str) -> Message:
    """An agent wrote below a resolved handoff, whose state has this name."""
    return message("agents-is-over", name=name, state=_state_name(state))


def nobody_has_claimed(name: str) -> Message:
    """An agent wrote before anybody had claimed the handoff."""
    return message("agents-nobody-has-claimed", name=name)


def kept_from_assistant(name: str) -> Message:
    """An agent wants the assistant to answer in a conversation that a rule keeps from it."""
    return message("agents-kept-from-assistant", name=name)


def stays_with_people(name: str) -> Message:
    """An agent hands back a sensitive matter in which something is unanswered."""
    return message("agents-stays-with-people", name=name)


def not_possible(state: str) -> Message:
    """The transition is not allowed in the current state, which has this name."""
    return message("agents-not-possible", state=_state_name(state))


def _state_name(state: str) -> Message:
    return message("label-state-name", state=variant(state))


# Lookups.

NOT_ANSWERED_ALOUD = message("agents-not-answered-aloud")
NOT_FOR_YOU = message("agents-not-for-you")


def understood(chat_ids: Message) -> Message:
    """Lists the ids that can be looked up; `chat_ids` are those of the chat surface."""
    return message("agents-understood", ids=chat_ids)


def no_id(understood: Message) -> Message:
    """The bot was mentioned without an id. `understood` lists those that can be looked up."""
    return message("agents-no-id", understood=understood)


def known_as(id: str, kinds: Sequence[str]) -> Message:
    """Something belongs to the id."""
    return message("agents-known-as", id=code(id), kinds=", ".join(kinds))


def why_under_policy(fingerprint: str) -> Message:
    """The question was decided under the policy in force. The rules follow, a line each."""
    return message("agents-why-policy", fingerprint=fingerprint)


def why_under_other_policy(fingerprint: str) -> Message:
    """The question was decided under another policy than that in force. The rules that fired follow."""
    return message("agents-why-other-policy", fingerprint=fingerprint)


def why_under_unknown_policy(fingerprint: str) -> Message:
    return message("agents-why-unknown-policy", fingerprint=fingerprint)


def why_fired(rule: str, reason: str) -> Message:
    """A rule fired, for this reason."""
    return message("agents-why-fired", rule=rule, reason=reason)


def why_fired_then(rule: str) -> Message:
    """A rule that fired under a policy that is not in force now."""
    return message("agents-why-fired-then", rule=rule)


def why_not(rule: str, reason: str) -> Message:
    """A rule did not fire, for this reason."""
    return message("agents-why-not", rule=rule, reason=reason)


def why_more(name: str) -> Message:
    """The policy has more rules than the note holds."""
    return message("agents-why-more", name=name)


def more_lines(count: int) -> Message:
    """A report is too long for one message."""
    return message("agents-more-lines", count=count)


def nothing_known(id: str, understood: Message) -> Message:
    """Nothing belongs to the id."""
    return message("agents-nothing-known", id=code(id), understood=understood)


# On the card of a handoff.

TICKET_PENDING = message("agents-ticket-pending")
NO_QUESTION = message("agents-no-question")
CARD_REPLACED = message("agents-card-replaced")
DRAFT_BELOW = message("agents-draft-below")
FULL_TEXT_BELOW = message("agents-full-text-below")


def ticket_not_created(reason: str | None) -> Message:
    """The ticket system refused the ticket, with an error code as the reason where it gave one."""
    if reason is None:
        return message("agents-ticket-not-created-without-reason")
    return message("agents-ticket-not-created", reason=reason)


# In the thread of a handoff.

NOT_SENT = message("agents-not-sent")
CLAIMED = message("agents-claimed")
JOINED = message("agents-joined")
ASSIGNED = message("agents-assigned")
RELEASED = message("agents-released")
RELEASED_FROM_YOU = message("agents-released-from-you")
WAITS_FOR_EMPLOYEE = message("agents-waits-for-employee")
EMPLOYEE_REMINDED = message("agents-employee-reminded")
RESUMED = message("agents-resumed")
EMPLOYEE_REPLIED = message("agents-employee-replied")
TIMED_OUT = message("agents-timed-out")
HANDED_BACK = message("agents-handed-back")
REOPENED = message("agents-reopened")
WRITTEN_AGAIN = message("agents-written-again")
WRITTEN_AGAIN_TO_YOU = message("agents-written-again-to-you")
CLAIMER_GONE = message("agents-claimer-gone")
WITHDRAWN = message("agents-withdrawn")
WITHDRAWN_FROM_YOU = message("agents-withdrawn-from-you")
CLOSED_BY_EMPLOYEE = message("agents-closed-by-employee")
CLOSED_FROM_YOU = message("agents-closed-from-you")
_NOT_SOLVED = message("agents-not-solved")
_NOT_SOLVED_BY_YOU = message("agents-not-solved-by-you")
MESSAGE_DELETED = message("agents-message-deleted")
MESSAGE_CHANGED = message("agents-message-changed")
WHOLE_QUESTION = message("agents-whole-question")
TICKET_GONE = message("agents-ticket-gone")
_ANSWER_LATE = message("agents-answer-late")


def resolved(outcome: Outcome) -> Message:
    """An agent has resolved the handoff."""
    return message("agents-resolved", outcome=variant(outcome))


def not_solved(score: Score | None, *, mentions: bool) -> Message:
    """The employee says that it is not solved, perhaps by a low score. `mentions`: the agent who had it."""
    if score is None:
        return _NOT_SOLVED_BY_YOU if mentions else _NOT_SOLVED
    if mentions:
        return message("agents-scored-low-by-you", score=int(score))
    return message("agents-scored-low", score=int(score))


def unreachable(chat: str) -> Message:
    """The employee's account is deactivated."""
    return message("agents-unreachable", chat=chat)


def removed_the_bot(chat: str) -> Message:
    """The employee has removed the bot's app, or blocked it."""
    return message("agents-removed-the-bot", chat=chat)


def no_answer(reason: NoAnswer, question: str) -> Text:
    """There will be no answer to an agent's question."""
    return _about(message("agents-no-answer", reason=variant(reason.name)), question)


def answer_late(question: str) -> Text:
    """The assistant has not answered an agent's question yet."""
    return _about(_ANSWER_LATE, question)


def _about(notice: Message, question: str) -> Text:
    return in_a_row(notice, message("agents-asked", question=question), separator="\n")


def what_was_wrong(role: Role) -> Message:
    """Somebody gave the reason for a bad verdict; `$words` is the reason."""
    return message("agents-what-was-wrong", role=role.value)


def claim_soon(name: str, when: Message) -> Message:
    """Nobody has claimed the handoff, and its target is near."""
    return message("agents-claim-soon", name=name, when=when)


def past_target(name: str) -> Message:
    """Nobody has claimed the handoff in time."""
    return message("agents-past-target", name=name)


def on_call(name: str) -> Message:
    """Nobody has claimed the handoff long after its target; a group is mentioned before this."""
    return message("agents-on-call", name=name)


def files_kept_out(count: int) -> Message:
    """Files that the employee sent about a hidden question are not copied."""
    return message("agents-files-kept-out", count=count)


def file_removed(name: str, *, copied: bool) -> Message:
    """A file was removed from its message; if it was copied, the copy is deleted."""
    if copied:
        return message("agents-copied-file-removed", file=name)
    return message("agents-file-removed", file=name)


# Above an answer or a draft of the assistant, in the thread of a handoff.

ANSWER = message("agents-answer")
DRAFT = message("agents-draft-title")
WHOLE_ANSWER = message("agents-whole-answer")
_DRAFT = message("agents-draft")
_DRAFT_ASKED_FOR = message("agents-draft-asked-for")
_DRAFT_UNSENT = message("agents-draft-unsent")


def draft(*, asked: bool, sent: bool) -> Text:
    """Introduces a draft, for which an agent may have asked. Once `sent`, the line below it says who sent it."""
    title = _DRAFT_ASKED_FOR if asked else _DRAFT
    return title if sent else in_a_row(title, _DRAFT_UNSENT)


# Changes of the ticket in the ticket system, in the thread of its handoff.

SOMEBODY = message("agents-somebody")
NO_WORDS_IN_COMMENT = message("agents-no-words-in-comment")
REST_ON_TICKET = message("agents-rest-on-ticket")


def private_comment(author: str) -> Message:
    """Introduces an internal note on the ticket."""
    return message("agents-private-comment", author=author)


def comment_of_employee(author: str) -> Message:
    """Introduces what the employee wrote on the ticket."""
    return message("agents-comment-of-employee", author=author)


def comment_passed_on(author: str) -> Message:
    """Introduces a comment that the employee gets."""
    return message("agents-comment-passed-on", author=author)


def comment_kept(author: str) -> Message:
    """Introduces a comment that the employee does not get, because no agent has the conversation."""
    return message("agents-comment-kept", author=author)


def ticket_moved(status: str) -> Message:
    """The ticket has another status."""
    return message("agents-ticket-moved", status=status)


def ticket_moved_and_resolves(status: str) -> Message:
    """The ticket has ended, and the handoff with it."""
    return message("agents-ticket-moved-and-resolves", status=status)


def ticket_ended(status: str) -> Message:
    """The ticket has ended; a button offers to resolve the handoff."""
    return message("agents-ticket-ended", status=status)


def ticket_reopened(status: str) -> Message:
    """The ticket was opened again."""
    return message("agents-ticket-reopened", status=status)
