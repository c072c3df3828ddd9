"""Texts on tickets and on contacts in the ticket system, for those who work there. Plain text, free of secrets.

`chat` is the name of the chat surface.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.helpdesk.messages.text import Message, Text, in_a_row, message, variant
from bot.helpdesk.model.conversation import Rating, Role
from bot.helpdesk.model.handoff import Outcome, Score

NO_SUBJECT = message("ticket-no-subject")
HIDDEN_SUBJECT = message("ticket-hidden-subject")
_CAME_BACK = message("ticket-came-back")
EMPLOYEE_REPLIED = message("ticket-employee-replied")
_NO_QUESTION = message("ticket-no-question")
_ANSWER_AWAITED = message("ticket-answer-awaited")
_NO_ANSWER = message("ticket-no-answer")


def body(question: str | None, answer: str | None, reasons: str) -> Message:
    """The text of a new ticket."""
    no_answer = _NO_ANSWER if question is None else _ANSWER_AWAITED
    return message(
        "ticket-body",
        question=_NO_QUESTION if question is None else question,
        answer=no_answer if answer is None else answer,
        reasons=reasons,
    )


def body_of_hidden(reasons: str, chat: str) -> Message:
    """The text of a new ticket whose question is hidden."""
    return message("ticket-hidden-body", reasons=reasons, chat=chat)


def body_with_files(body: Text, files: int, chat: str) -> Text:
    """The text of a new ticket, with the number of files that the employee has sent."""
    return in_a_row(body, message("ticket-files", chat=chat, files=files), separator="\n\n")


def matter(words: str) -> Message:
    """The employee, who had only asked for a person, has said what it is about."""
    return message("ticket-matter", matter=words)


def late_answer(request_id: str, answer: str) -> Message:
    """An answer that came after the ticket was created."""
    return message("ticket-late-answer", request=request_id, answer=answer)


def file_removed(chat: str) -> Message:
    """The employee has removed a file that the ticket counts."""
    return message("ticket-file-removed", chat=chat)


def card_address(address: str | None, chat: str) -> Message:
    """The address of the card of the handoff."""
    return message("ticket-card-address", chat=chat, address=address or "")


# Notes about what was done with the handoff.


def claimed(chat: str) -> Message:
    """An agent has claimed the handoff."""
    return message("ticket-claimed", chat=chat)


def assigned(chat: str) -> Message:
    """The handoff was given to an agent."""
    return message("ticket-assigned", chat=chat)


def released(chat: str) -> Message:
    """An agent has given the handoff back to the queue."""
    return message("ticket-released", chat=chat)


def waits_for_employee(chat: str) -> Message:
    """An agent waits for the employee."""
    return message("ticket-waits-for-employee", chat=chat)


def resumed(chat: str) -> Message:
    """An agent waits for the employee no longer."""
    return message("ticket-resumed", chat=chat)


def timed_out(chat: str) -> Message:
    """The handoff was closed because the employee has not replied."""
    return message("ticket-timed-out", chat=chat)


def resolved(outcome: Outcome, words: str | None, chat: str) -> Message:
    """An agent has resolved the handoff, perhaps with some words."""
    if words is None:
        return message("ticket-resolved", chat=chat, outcome=variant(outcome))
    return message("ticket-resolved-in-words", chat=chat, outcome=variant(outcome), text=words)


def handed_back(chat: str, *, unanswered: bool) -> Message:
    """An agent has handed the conversation back to the assistant, which is to answer what nobody has answered."""
    if unanswered:
        return message("ticket-handed-back-unanswered", chat=chat)
    return message("ticket-handed-back", chat=chat)


def assistant_answered(chat: str) -> Message:
    """The assistant has answered what nobody had answered when it was handed back."""
    return message("ticket-assistant-answered", chat=chat)


def assistant_did_not_answer(chat: str) -> Message:
    """The assistant will not answer what it was handed back."""
    return message("ticket-assistant-did-not-answer", chat=chat)


def question_stopped(chat: str) -> Message:
    """The employee has stopped or deleted the question that was handed back."""
    return message("ticket-question-stopped", chat=chat)


def continued_as(name: str) -> Message:
    """The question that was handed back went to people again."""
    return message("ticket-continued-as", name=name)


def reopened(chat: str) -> Message:
    """An agent has reopened the handoff."""
    return message("ticket-reopened", chat=chat)


def closed_by_employee(chat: str) -> Message:
    """The employee has closed their request."""
    return message("ticket-closed-by-employee", chat=chat)


def withdrawn(chat: str) -> Message:
    """The employee needs no person any more."""
    return message("ticket-withdrawn", chat=chat)


def came_back(score: Score | None) -> Message:
    """The employee says that it is not solved, perhaps by a low score."""
    return _CAME_BACK if score is None else message("ticket-came-back-scored", score=int(score))


def written_again(chat: str) -> Message:
    """The employee wrote again after the resolution."""
    return message("ticket-written-again", chat=chat)


# Copies of agents' notes.


def agents_note(author: str, text: str, chat: str) -> Message:
    """A note that an agent wrote in the thread of the handoff."""
    return message("ticket-agents-note", author=author, chat=chat, text=text)


def agents_changed_note(author: str, text: str, chat: str) -> Message:
    """A note that an agent has changed."""
    return message("ticket-agents-changed-note", author=author, chat=chat, text=text)


# Notes on contacts.

ANSWERED_BY_ASSISTANT = message("contact-answered-by-assistant")
WITHDRAWN_BY_EMPLOYEE = message("contact-withdrawn")
CLOSED_BY_EMPLOYEE = message("contact-closed-by-employee")
HANDED_BACK = message("contact-handed-back")
CLOSED_WITHOUT_REPLY = message("contact-closed-without-reply")
RESOLVED_BY_PEOPLE = message("contact-resolved")
WITH_PEOPLE = message("contact-with-people")
"""The ways in which a conversation, or a handoff in it, ends."""

CUT = message("contact-cut")


def resolved_by_people_as(outcome: Outcome) -> Message:
    """The way in which a handoff ends whose outcome is known."""
    return message("contact-resolved-as", outcome=variant(outcome))


def handoff_ended(name: str, ending: Message) -> Message:
    """The way in which one handoff of a conversation has ended."""
    return message("contact-handoff-ended", name=name, ending=ending)


def verdicts_of(count: int, rating: Rating, role: Role) -> Message:
    """Number of verdicts with the same rating by people in the same role."""
    return message("contact-verdicts-of", count=count, rating=rating.value, role=role.value)


def conversation_completed(outcome: Text, chat: str) -> Message:
    """A conversation is over."""
    return message("contact-conversation-completed", chat=chat, outcome=outcome)


def questions_answered(count: int) -> Message:
    """Number of questions that the assistant has answered."""
    return message("contact-questions-answered", count=count)


def verdicts(counted: Sequence[Message]) -> Message:
    """The verdicts on the answers."""
    if not counted:
        return message("contact-no-verdicts")
    return message("contact-verdicts", verdicts=in_a_row(*counted, separator=", "))


def exchange(question: str, answer: str) -> Message:
    """A question and its answer."""
    return message("contact-exchange", question=question, answer=answer)
