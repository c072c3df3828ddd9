"""Texts of the bot for employees and agents.

The chat surface replaces `{person}` by a mention, and `{words}` by a quotation.
"""

from __future__ import annotations

from bot.helpdesk.model.conversation import Rating
from bot.helpdesk.model.handoff import Outcome

LONGEST_QUESTION = 12_000
"""Characters of one question that are put to the assistant; Uppzy documents no limit of its own."""

TICKET_PENDING = "Ticket pending: the ticket system is not reachable; I keep trying."
FIX_CREDENTIALS = "Check its key or token, then run `uppzy-desk check`."
FIX_PLAN = "Check what the account's plan and role allow, then run `uppzy-desk check`."
FIX_EMPLOYEE_UNREACHABLE = "The direct message with the employee can't be used. Please contact them another way."
FIX_IDS = "Check the ids in the settings, then run `uppzy-desk check`."
FIX_UNKNOWN = "The log has the details; `uppzy-desk find` with an id shows what belongs to it."
TAKES_LONGER = "This takes longer than usual. I keep trying and will answer here as soon as I can."
CONTINUED_HERE = "The first message of our conversation was deleted, so I'm continuing here. Just reply in this thread."
STOPPED = "Stopped. Write again whenever you like."
NOTHING_TO_STOP = "There is nothing to stop at the moment."
NO_WORDS = "I can only answer questions in words. Please tell me what you need help with."
ONLY_FILES = "I cannot read files yet. Please describe in words what you need help with, or ask for a person."
FILES_UNREAD = "I could not look at the attached file, so this answer goes by your words alone."
EDITED_TOO_LATE = "You changed your message after I had answered. Ask again in this thread if you need a new answer."
EXTERNAL = "I am sorry, I can only help people of this company."
NOT_YOURS = "Only the person who asked can do that."
NOT_AN_AGENT = "Only members of this handoff channel can do that."
GONE = "I no longer know what this button belongs to. Write me a message and I will help."
FORM_TOO_LATE = "The form could not open in time. Please press the button once more."
STAYS_INTERNAL = (
    "Your message stays in this thread: {person} talks to the employee. Press *Join* to talk to them as well."
)
MAY_BE_A_NOTE = "Not sent: this may be a note for the team. Send it to the employee?"
SPEAKS_ALREADY = "What you write in this thread goes to the employee already."
KEPT_ALREADY = "That message stays in this thread. Write it once more to send it to the employee."
SENT_ALREADY = "That message is on its way to the employee already."
DELETED_ALREADY = "That message is deleted, so there is nothing to send."
NOT_TO_ASSIGN = "Only members of this handoff channel can be given a handoff."
NO_ID = "Mention me with an id, and I show here everything that belongs to it and what happened. I understand"
NOT_FOR_YOU = "Only members of the handoff channel can look things up. Write me a direct message if you need help."
NOTHING_ASKED = "You have asked nothing yet. Write me a message under *Messages*, and it will be listed here."
NOBODY_WAITS = "Nobody waits here."
THANKS_FOR_REASON = "Thank you, your reason is noted."
DID_IT_HELP = "Did this solve your problem?"
WRITE_AGAIN = "If something is still open, just write here again."
YOU_SAID_SOLVED = "You said: *yes, solved*."
YOU_SAID_NOT_SOLVED = "You said: *no, not yet*."
THANKS_SOLVED = "Good to hear, thank you."
SAID_ALREADY = "You've already answered that. Thanks!"
TAKEN_AS_SOLVED = "Marked as solved."
YOU_ARE_WELCOME = "You're welcome! If you need anything else, just ask."
STILL_ANSWERING = "I'm still working on your question and will reply here."
SORRY_NOT_HELPFUL = "Sorry this didn't help. Tell me what's missing, or talk to a person."
REOPENED_BY_YOU = "Reopened."
NO_PERSON_NEEDED = "You said: *I don't need a person*."
ANSWER_WITHHELD = "I can't answer this question automatically. You can ask for a person again at any time."
ANSWERED_MEANWHILE = (
    "Someone from support has already replied. Tell them in this thread if you don't need help any more."
)
NO_WORDS_IN_FORM = "Please write a few words."
REFERENCE_NEEDS_WORDS = "A reference article needs words: please write how it was resolved, or take the tick away."
ASK_WHAT = "Write what the assistant is asked after *ask:*, in the same message."
ANSWER_LATE = "The assistant takes longer than usual; its answer will come here."
NO_WORDS_IN_ANSWER = "(The assistant answered without words.)"
SHOWN_ALREADY = "The employee already has this answer."
DRAFT_FORGOTTEN = "There is nothing to send: the draft has no words, or they are not kept any more."
NOBODY_ANSWERED = (
    "Nobody has answered the employee's last question: its draft was not sent. To send it, press *Reopen* on the card, "
    "then *Send to the employee* below the draft, and hand back again."
)
NOT_ANSWERED_ALOUD = "I could not answer you in the thread. Please ask once more, or use *Show ids* on a message."
NO_TICKET_TO_RETRY = "There is nothing to try again: the ticket is there or on its way, or the rule asks for none."
NOTHING_TO_REVEAL = "There is nothing to reveal: no question was written, or its words are not kept any more."

NOT_SENT = (
    "{{person}}, your message above was not sent: the handoff was unclaimed, or it may be a note for the team. "
    "To send it, write it again."
)
TICKET_GONE = "The ticket is not in the ticket system any more. Perhaps somebody has deleted it."
UNREACHABLE = (
    "{{person}}'s Slack account is deactivated, so nothing reaches them here, and what was just sent was not delivered."
)
CLAIMER_GONE = (
    "{{person}} has claimed this, but their account is deactivated. Please assign it to somebody else on the card."
)
DRAFT_SENT = "Sent to the employee."
DRAFT_UNSEEN = "The employee does not see it; use what is good."
WHAT_WAS_WRONG = "What was wrong with the answer ({role}):\n{{words}}"
IS_YOURS_NOW = "{{person}}, this is yours now."

NOTE_CLAIMED = "Claimed in Slack."
NOTE_ASSIGNED = "Assigned in Slack."
NOTE_RESOLVED = "Resolved in Slack: {outcome}."
NOTE_RESOLVED_IN_WORDS = "Resolved in Slack: {outcome}.\n\n{words}"
NOTE_HANDED_BACK = "Handed back to the assistant in Slack."
NOTE_REOPENED = "Reopened in Slack."
NOTE_WITHDRAWN = "Withdrawn in Slack: the employee doesn't need a person any more."
NOTE_CAME_BACK = "The employee says that it is not solved."
NOTE_WRITTEN_AGAIN = "Reopened: the employee wrote again in Slack."
"""Notes on the ticket about what was done with its handoff."""


def nothing_known(id: str) -> str:
    """Nothing belongs to the id."""
    return f"I know nothing about `{id}`. I understand"


def too_long(length: int) -> str:
    """The question is too long for the assistant."""
    return (
        f"Your message has {length:,} characters; I can read up to {LONGEST_QUESTION:,}. "
        "Please ask in fewer words, or ask for a person."
    )


def in_line(before: int) -> str:
    """The question waits in the queue for the assistant."""
    if before == 1:
        return "There is one question before yours. I will answer here as soon as I can."
    return f"There are {before:,} questions before yours. I will answer here as soon as I can."


def rated(rating: Rating) -> str:
    """The verdict was recorded."""
    if rating is Rating.GOOD:
        return "You rated this answer as helpful. Thank you!"
    return "You rated this answer as not helpful. Sorry about that; a person can help, and a reason helps us improve."


def handed_over(name: str | None, tell: str | None, opening: str | None) -> str:
    """A person was brought in. `tell` is the policy's own sentence, `name` the ticket's number where there is one.

    `opening` is the next time at which people work, if nobody does now.
    """
    said = tell or "I have passed this on to the support team. A person will answer you right here."
    if opening is not None:
        said += f" Nobody is at work right now: please expect a person from {opening}."
    return said if name is None else f"{said} {ticket_number(name)}"


def ticket_number(name: str) -> str:
    """Number of the ticket for the employee, without a link: the ticket system is for agents."""
    return f"Your ticket number is *{name}*."


def nobody_reached(name: str) -> str:
    """The handoff channel cannot be used."""
    return f"I could not reach the support team in Slack. Please contact them another way, and mention *{name}*."


def already_handed_over(name: str) -> str:
    """The employee asked for a person again while a handoff is open."""
    return f"The support team already has this as *{name}*. A person will answer you right here."


def passed_on(name: str) -> str:
    """Returns the notice that the employee's messages go to people from now on."""
    return f"I have added this to *{name}*. Until it is resolved, what you write here goes to the support team."


def claimed(name: str) -> str:
    """An agent has claimed the handoff."""
    return f"{{person}} is looking after *{name}* now. You can talk to each other right here."


def joined(name: str) -> str:
    """Another agent has joined."""
    return f"{{person}} has joined to help with *{name}*, and reads what you write here as well."


def written_again(name: str) -> str:
    """The employee wrote again soon after the resolution."""
    return f"I have opened *{name}* again. The support team has your message, and a person will answer you right here."


def resolved(name: str, outcome: Outcome, ending: str, *, in_words: bool) -> str:
    """An agent has resolved the handoff. `{words}` is their text, if they wrote one."""
    kinds = {Outcome.SOLVED: "resolved", Outcome.NOT_SOLVABLE: "not solvable", Outcome.DUPLICATE: "a duplicate"}
    start = f"{{person}} has marked *{name}* as {kinds[outcome]}"
    return f"{start}:\n{{words}}\n{ending}" if in_words else f"{start}. {ending}"


def resolved_with_ticket(name: str, outcome: Outcome | None, ending: str) -> str:
    """The ticket was solved, or closed (`outcome` None), in the ticket system."""
    return f"The support team has {'resolved' if outcome else 'closed'} *{name}*. {ending}"


def shall_reopen(name: str) -> str:
    """The employee wrote an unclear message after the resolution."""
    return f"*{name}* is closed, so the support team hasn't seen this. Reopen it?"


def withdrawn(name: str) -> str:
    """The employee needs no person."""
    return f"OK, I've told the support team; *{name}* is closed. I'm answering your questions again."


def withdrawn_already(name: str) -> str:
    """The employee has withdrawn before, or the handoff has ended otherwise."""
    return f"*{name}* is already closed. Ask me anything."


def came_back(name: str) -> str:
    """The employee says that it is not solved."""
    return f"Thank you for saying so. *{name}* is open again, and a person will answer you right here."


def already_resolved(person: str, name: str) -> str:
    """Another agent has resolved the handoff first."""
    return f"Too late: {person} has resolved *{name}* already."


def already_sent(person: str) -> str:
    """Another agent has sent the draft first."""
    return f"Too late: {person} has sent this to the employee already."


def no_answer_for_agents(reason: str | None) -> str:
    """The assistant refused an agent's question for a `reason`, or all retries failed (None)."""
    return f"The assistant gave no answer: {reason or 'it could not be reached for hours'}."


def another_is_open(name: str) -> str:
    """The conversation has another handoff, which is open."""
    return f"The same conversation is open again as *{name}*. Please go on there."


def reopened(name: str) -> str:
    """An agent has reopened the handoff."""
    return f"{{person}} has taken up *{name}* again."


def handed_back(name: str) -> str:
    """An agent has handed the conversation back to the assistant."""
    return f"The assistant is back: {{person}} has handed *{name}* back to me. Write here, and I will answer."


def nobody_has_claimed(name: str) -> str:
    """An agent wrote before anybody had claimed the handoff."""
    return f"*{name}* is unclaimed, so this was not sent. Send it to the employee?"


def claimed_meanwhile(person: str) -> str:
    """Another agent has claimed the handoff, so the message is not sent."""
    return f"Too late: {person} has claimed this already. Your message stays in this thread."


def file_left_out(name: str, why_not: str, link: str | None) -> str:
    """A file could not be copied."""
    said = f"{{person}} sent the file {_file_name(name)}, which I could not pass on: {why_not}."
    return said if link is None else f"{said} It is here: {link}"


def _file_name(name: str) -> str:
    """Returns a file name, as code if the chat surface would read a part of it as formatting."""
    return f"`{name}`" if set(name) & set("*_~") and "`" not in name else f"“{name}”"


def file_removed(name: str, *, copied: bool) -> str:
    """A file was removed from its message; if it was copied, the copy is deleted."""
    return f"{{person}} has removed the file {_file_name(name)}." + (" Its copy is deleted, too." if copied else "")


def already_claimed(person: str) -> str:
    """Another agent has claimed the handoff first."""
    return f"Too late: {person} has claimed this already."


def not_possible(state: str) -> str:
    """The transition is not allowed in the current state."""
    return f"That is not possible any more: this handoff is {state}."


def refused(reason: str) -> str:
    """The assistant refused for good; `reason` is a plain cause, never its own error text."""
    return f"I could not get an answer: {reason}. Please ask for a person."


def gave_up() -> str:
    """All retries failed."""
    return "I could not reach the assistant for hours and have stopped trying. Please ask again, or ask for a person."


def ticket_not_created(reason: str) -> str:
    """The ticket system refused the ticket; shown on the card."""
    return f"The ticket could not be created ({reason})."


def draft_heading(asked_by: str | None, *, sent: bool) -> str:
    """Introduces a draft of the assistant. `asked_by` is a mention of the agent who asked for it."""
    asked = f", asked by {asked_by}" if asked_by else ""
    return f"*Draft by the assistant*{asked}. {DRAFT_SENT if sent else DRAFT_UNSEEN}"


def draft_notification(words: str) -> str:
    """Announces a draft in a notification."""
    return f"Draft by the assistant: {words}"


def full_answer_notification(words: str) -> str:
    """Announces an answer in full in a notification."""
    return f"The assistant's answer: {words}"


# Templates of alarms, filled with redacted parts.

CHANNEL_ALARM = (
    "I cannot post in the channel {channel} ({code}): people may be waiting there unseen. {fix}, or name another"
    " channel in the settings or the policy, then run `uppzy-desk check`."
)
WAITING_QUESTIONS_ALARM = (
    "Questions wait for the assistant's answer, the oldest for {minutes} minutes. The log line `effect_delayed`"
    " says what is in the way; `uppzy-desk check` asks everybody."
)
