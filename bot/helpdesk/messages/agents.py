"""Messages to agents: private notes, lookups, and what stands on a card or in its thread.

Whatever stands in a thread is free of secrets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.helpdesk.markdown import Markdown, code, fill, fill_safely, plural
from bot.helpdesk.model.conversation import NoAnswer, Role
from bot.helpdesk.redaction import SafeText, redact

STAYS_INTERNAL = (
    "Your message stays in this thread: {person} talks to the employee. Press **Join** to talk to them as well."
)
MAY_BE_A_NOTE = "Not sent: this may be a note for the team. Send it to the employee?"
SPEAKS_ALREADY = "Your messages in this thread already go to the employee."
KEPT_ALREADY = "That message stays in this thread. Write it once more to send it to the employee."
SENT_ALREADY = "That message is on its way to the employee already."
DELETED_ALREADY = "That message is deleted, so there is nothing to send."
CLAIMED_MEANWHILE = "Too late: {person} has claimed this already. Your message stays in this thread."
ALREADY_CLAIMED = "Too late: {person} has claimed this already."
ALREADY_SENT = "Too late: {person} has sent this to the employee already."
NOT_AN_AGENT = "Only members of this handoff channel can do that."
NOT_TO_ASSIGN = "Only members of this handoff channel can be given a handoff."
ASK_WHAT = "Write what the assistant is asked after **ask:**, in the same message."
SHOWN_ALREADY = "The employee already has this answer."
DRAFT_FORGOTTEN = "There is nothing to send: the draft has no words, or they are not kept any more."
NOBODY_ANSWERED = (
    "Nobody has answered the employee's last question: its draft was not sent. To send it, press **Reopen** on the "
    "card, then **Send to the employee** below the draft, and hand back again."
)
NO_TICKET_TO_RETRY = "There is nothing to try again: the ticket is there or on its way, or the rule asks for none."
NOTHING_TO_REVEAL = "There is nothing to reveal: no question was written, or its words are not kept any more."
REFERENCE_NEEDS_WORDS = "A reference article needs words: describe how it was resolved, or clear the checkbox."

# The queue on the Home tab.

NOBODY_WAITS = "No one is waiting."


def figures(*, opened: int, resolved: int, answered: int, waiting: int) -> str:
    """The figures of today."""
    sentence = plural(
        answered,
        "Today: **{opened}** opened · **{resolved}** resolved · **{answered}** question answered. "
        "**{waiting}** waiting for somebody.",
        "Today: **{opened}** opened · **{resolved}** resolved · **{answered}** questions answered. "
        "**{waiting}** waiting for somebody.",
    )
    return fill(
        sentence, opened=f"{opened:,}", resolved=f"{resolved:,}", answered=f"{answered:,}", waiting=f"{waiting:,}"
    )


# Refusals.


def already_resolved(name: str) -> str:
    """Another agent has resolved the handoff first."""
    return fill("Too late: {person} has resolved **{name}** already.", name=name)


def another_is_open(name: str) -> str:
    """The conversation has another handoff, which is open."""
    return fill("The same conversation is open again as **{name}**. Please go on there.", name=name)


def nobody_has_claimed(name: str) -> str:
    """An agent wrote before anybody had claimed the handoff."""
    return fill("**{name}** is unclaimed, so this was not sent. Send it to the employee?", name=name)


def not_possible(state: str) -> str:
    """The transition is not allowed in the current state."""
    return fill("That is not possible any more: this handoff is {state}.", state=state)


# Lookups.

NOT_ANSWERED_ALOUD = "I could not answer you in the thread. Please ask once more, or use **Show ids** on a message."
TICKET_NOT_THERE = "Ticket: not there yet"
NO_TICKET = "Ticket: none, the rule asks for none"
NOT_FOR_YOU = "Only members of the handoff channel can look things up. Write me a direct message if you need help."


def understood(chat_ids: str) -> str:
    """Lists the ids that can be looked up; `chat_ids` are those of the chat surface."""
    return (
        f"{chat_ids}, an Uppzy session or request id, a ticket's id or number (HD-12), and the desk's own ids (con_, "
        "que_, ans_, ver_, hof_, dec_, eff_, evt_, rel_, ref_, tic_, job_, alm_)"
    )


def no_id(understood: str) -> str:
    """The bot was mentioned without an id. `understood` lists those that can be looked up."""
    return fill(
        "Mention me with an id, and I show here everything that belongs to it and what happened. "
        "I understand {understood}.",
        understood=understood,
    )


def known_as(id: str, kinds: Sequence[str]) -> str:
    """Something belongs to the id."""
    return fill("{id} is known as {kinds}.", id=code(id), kinds=", ".join(kinds))


def more_lines(count: int) -> str:
    """A report is too long for one message."""
    return f"{count} more lines have no room here; `uppzy-desk find` shows everything."


def nothing_known(id: str, understood: str) -> str:
    """Nothing belongs to the id."""
    return fill("I know nothing about {id}. I understand {understood}.", id=code(id), understood=understood)


# On the card of a handoff.

TICKET_PENDING = "Ticket pending: the ticket system is not reachable; I keep trying."
NO_QUESTION = redact("(none: a person was asked for with a button)")


CARD_REPLACED = "The card before this one was deleted. Replies in its thread still count."


def left_out(question: int, answer: int) -> str:
    """The card does not show so many characters of the question and of the answer."""
    if not answer:
        return f"Not shown here: {question:,} more characters of the question. All of it is below, in the thread."
    if not question:
        return f"Not shown here: {answer:,} more characters of the answer. All of it is below, in the thread."
    return (
        f"Not shown here: {question:,} more characters of the question and {answer:,} more characters of the answer. "
        "All of it is below, in the thread."
    )


def ticket_not_created(reason: str | None) -> str:
    """The ticket system refused the ticket, with an error code as the reason where it gave one."""
    return fill("The ticket could not be created ({reason}).", reason=reason or "no reason given")


# In the thread of a handoff.

_NO_ANSWER: Mapping[NoAnswer, str] = {
    NoAnswer.REFUSED: "The assistant gave no answer: the assistant could not work with this question.",
    NoAnswer.FAILED: "The assistant gave no answer: the assistant has tried several times and failed.",
    NoAnswer.NOT_SET_UP: (
        "The assistant gave no answer: the assistant is not set up correctly, and its operators have been told."
    ),
    NoAnswer.UNREACHABLE: "The assistant gave no answer: it could not be reached for hours.",
}
NOT_SENT = fill_safely(
    "{person}, your message above was not sent: the handoff was unclaimed, or it may be a note for the team. "
    "To send it, write it again."
)
IS_YOURS_NOW = fill_safely("{person}, this is yours now.")
WRITTEN_AGAIN_TO_YOU = fill_safely(
    "{person}, the employee has written again. It is open, and waits for somebody to claim it."
)
CLAIMER_GONE = fill_safely(
    "{person} has claimed this, but their account is deactivated. Please assign it to somebody else on the card."
)
WITHDRAWN = fill_safely("The employee doesn't need a person any more. **Withdrawn**: the assistant answers again.")
WITHDRAWN_FROM_YOU = fill_safely(
    "{person}: The employee doesn't need a person any more. **Withdrawn**: the assistant answers again."
)
NOT_SOLVED = fill_safely("The employee says that it is **not solved**. It is open again, and nobody has it yet.")
MESSAGE_DELETED = fill_safely("The employee has deleted a message.")
MESSAGE_CHANGED = fill_safely("The employee has changed a message. It now says:\n{words}")
WHOLE_QUESTION = fill_safely("The whole question:\n{words}")
TICKET_GONE = fill_safely("The ticket is not in the ticket system any more. Perhaps somebody has deleted it.")


def unreachable(chat: str) -> SafeText:
    """The employee's account is deactivated."""
    return fill_safely(
        "{person}'s {chat} account is deactivated, so nothing reaches them here, and what was just sent was not "
        "delivered.",
        chat=chat,
    )


def no_answer(reason: NoAnswer, question: SafeText) -> SafeText:
    """There will be no answer to an agent's question."""
    return fill_safely("{notice}\n(asked: {question})", notice=Markdown(_NO_ANSWER[reason]), question=question)


def answer_late(question: SafeText) -> SafeText:
    """The assistant has not answered an agent's question yet."""
    return fill_safely(
        "The assistant takes longer than usual; its answer will come here.\n(asked: {question})", question=question
    )


def what_was_wrong(role: Role) -> SafeText:
    """Somebody gave the reason for a bad verdict; `{words}` is the reason."""
    return fill_safely("What was wrong with the answer ({role}):\n{words}", role=role.value)


def claim_soon(name: str, when: str) -> SafeText:
    """Nobody has claimed the handoff, and its target is near."""
    return fill_safely("Nobody has claimed **{name}** yet. Somebody should by {when}.", name=name, when=when)


def past_target(name: str) -> SafeText:
    """Nobody has claimed the handoff in time."""
    return fill_safely(
        "**{name}** is past its target: nobody has claimed it. It stays open until somebody does.", name=name
    )


def on_call(name: str) -> SafeText:
    """Nobody has claimed the handoff long after its target; a group is mentioned before this."""
    return fill_safely("**{name}** is past its target and nobody has claimed it. Please look.", name=name)


def file_removed(name: str, *, copied: bool) -> SafeText:
    """A file was removed from its message; if it was copied, the copy is deleted."""
    if copied:
        return fill_safely("{person} has removed the file “{name}”. Its copy is deleted, too.", name=name)
    return fill_safely("{person} has removed the file “{name}”.", name=name)


# Above an answer or a draft of the assistant, in the thread of a handoff.

ANSWER = "The assistant's answer"
DRAFT = "Draft by the assistant"
WHOLE_ANSWER = "**The assistant's whole answer**, as the employee has it"


def draft(*, asked: bool, sent: bool) -> str:
    """Introduces a draft, for which an agent may have asked; `sent`: the employee has it."""
    head = "**Draft by the assistant**, asked by {person}." if asked else "**Draft by the assistant**."
    return f"{head} Sent to the employee." if sent else f"{head} The employee does not see it; use what is good."


# Changes of the ticket in the ticket system, in the thread of its handoff.

SOMEBODY = "Somebody"
NO_WORDS_IN_COMMENT = "(no words)"
REST_ON_TICKET = "… (the rest stands on the ticket)"


def private_comment(author: str) -> SafeText:
    """Introduces an internal note on the ticket."""
    return fill_safely("**{author}** noted on the ticket, which the employee does not see:\n{words}", author=author)


def comment_of_employee(author: str) -> SafeText:
    """Introduces what the employee wrote on the ticket."""
    return fill_safely("**{author}**, the employee, wrote on the ticket:\n{words}", author=author)


def comment_passed_on(author: str) -> SafeText:
    """Introduces a comment that the employee gets."""
    return fill_safely(
        "**{author}** wrote on the ticket, and I have passed it on to the employee:\n{words}", author=author
    )


def comment_kept(author: str) -> SafeText:
    """Introduces a comment that the employee does not get, because no agent has the conversation."""
    return fill_safely(
        "**{author}** wrote on the ticket. I have not passed it on, because nobody has this claimed:\n{words}",
        author=author,
    )


def ticket_moved(status: str) -> SafeText:
    """The ticket has another status."""
    return fill_safely("The ticket is **{status}** now in the ticket system.", status=status)


def ticket_moved_and_resolves(status: str) -> SafeText:
    """The ticket has ended, and the handoff with it."""
    return fill_safely(
        "The ticket is **{status}** now in the ticket system, which resolves this handoff.", status=status
    )


def ticket_ended(status: str) -> SafeText:
    """The ticket has ended; a button offers to resolve the handoff."""
    return fill_safely("The ticket is **{status}** now in the ticket system. Is this resolved?", status=status)


def ticket_reopened(status: str) -> SafeText:
    """The ticket was opened again."""
    return fill_safely("The ticket was opened again in the ticket system: it is **{status}** now.", status=status)


# Reasons of a decision: one sentence for each rule that fired. Plain text, on the card and the ticket.
PRESSED = "The employee pressed “Talk to a person”."
NO_CONFIDENCE = "The assistant did not say how confident it was."
RATED_HELPFUL = "The employee rated the answer as helpful."
RATED_NOT_HELPFUL = "The employee rated the answer as not helpful."
REFUSED = "The assistant refused to answer this question."
UNAVAILABLE = "The assistant cannot answer at the moment."


def confidence(level: str, score: float | None) -> str:
    """The assistant's confidence was of a level that the rule names."""
    if score is None:
        return f"The assistant's confidence was {level}."
    return f"The assistant's confidence was {level} ({score:.2f})."


def asked_for_person(words: str) -> str:
    """The employee asked for a person."""
    return f"The employee asked for a person: “{words}”."


def sensitive(topics: Sequence[tuple[str, str]]) -> str:
    """The message touches topics, each with the words that do so."""
    touched = ", ".join(f"{name} (“{words}”)" for name, words in topics)
    return f"The message touches a sensitive topic: {touched}."


def unresolved(times: int, within: str) -> str:
    """The employee has asked several times within a time span, given in words."""
    if times == 1:
        return f"Asked once within {within} without being resolved."
    return f"Asked {times} times within {within} without being resolved."


def unavailable_for(time: str) -> str:
    """The assistant has been unable to answer for a time span, given in words."""
    return f"The assistant has not been able to answer for {time}."
