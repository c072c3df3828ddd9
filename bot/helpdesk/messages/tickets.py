"""Texts on tickets and on contacts in the ticket system, for those who work there. Plain text, free of secrets.

`chat` is the name of the chat surface.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.helpdesk.model.conversation import Rating, Role
from bot.helpdesk.redaction import SafeText, compose, redact

NO_SUBJECT = redact("Talk to a person")
CAME_BACK = redact("The employee says that it is not solved.")
_NO_QUESTION = redact("(none; a person was asked for with a button)")
_ANSWER_AWAITED = redact("(not there yet)")
_NO_ANSWER = redact("(none)")


def body(question: SafeText | None, answer: SafeText | None, reasons: SafeText) -> SafeText:
    """The text of a new ticket."""
    return compose(
        "Question:\n{question}\n\nThe assistant's answer:\n{answer}\n\nWhy a person is needed:\n{reasons}",
        question=_NO_QUESTION if question is None else question,
        answer=answer if answer is not None else _NO_ANSWER if question is None else _ANSWER_AWAITED,
        reasons=reasons,
    )


def body_with_files(body: SafeText, names: SafeText, chat: str) -> SafeText:
    """The text of a new ticket, with the names of the files that the employee has sent."""
    return compose(
        "{body}\n\nFiles, which are in the {chat} thread:\n{names}", body=body, chat=redact(chat), names=names
    )


def late_answer(request_id: str, answer: SafeText) -> SafeText:
    """An answer that came after the ticket was created."""
    return compose(
        "The assistant's answer (uppzy_request_id {request}):\n{answer}", request=redact(request_id), answer=answer
    )


def file_removed(name: str, chat: str) -> SafeText:
    """The employee has removed a file that the ticket names."""
    return compose("The employee has removed the file “{name}” from {chat}.", name=redact(name), chat=redact(chat))


def card_address(address: str | None, chat: str) -> SafeText:
    """The address of the card of the handoff."""
    return compose("In {chat}: {address}", chat=redact(chat), address=redact(address or ""))


# Notes about what was done with the handoff.


def claimed(chat: str) -> SafeText:
    """An agent has claimed the handoff."""
    return compose("Claimed in {chat}.", chat=redact(chat))


def assigned(chat: str) -> SafeText:
    """The handoff was given to an agent."""
    return compose("Assigned in {chat}.", chat=redact(chat))


def resolved(outcome: str, words: str | None, chat: str) -> SafeText:
    """An agent has resolved the handoff, perhaps with some words."""
    if words is None:
        return compose("Resolved in {chat}: {outcome}.", chat=redact(chat), outcome=redact(outcome))
    return compose(
        "Resolved in {chat}: {outcome}.\n\n{words}", chat=redact(chat), outcome=redact(outcome), words=redact(words)
    )


def handed_back(chat: str) -> SafeText:
    """An agent has handed the conversation back to the assistant."""
    return compose("Handed back to the assistant in {chat}.", chat=redact(chat))


def reopened(chat: str) -> SafeText:
    """An agent has reopened the handoff."""
    return compose("Reopened in {chat}.", chat=redact(chat))


def withdrawn(chat: str) -> SafeText:
    """The employee needs no person any more."""
    return compose("Withdrawn in {chat}: the employee doesn't need a person any more.", chat=redact(chat))


def written_again(chat: str) -> SafeText:
    """The employee wrote again after the resolution."""
    return compose("Reopened: the employee wrote again in {chat}.", chat=redact(chat))


# Copies of agents' notes.


def agents_note(author: str, text: SafeText, chat: str) -> SafeText:
    """A note that an agent wrote in the thread of the handoff."""
    return compose("{author} noted in {chat}:\n{text}", author=redact(author), chat=redact(chat), text=text)


def agents_changed_note(author: str, text: SafeText, chat: str) -> SafeText:
    """A note that an agent has changed."""
    return compose(
        "{author} changed a note in {chat}, which now says:\n{text}",
        author=redact(author),
        chat=redact(chat),
        text=text,
    )


# Notes on contacts.

ANSWERED_BY_ASSISTANT = "answered by the assistant, without a person"
WITHDRAWN_BY_EMPLOYEE = "withdrawn by the employee"
HANDED_BACK = "handed back to the assistant"
RESOLVED_BY_PEOPLE = "resolved by people"
WITH_PEOPLE = "with people"
"""The ways in which a conversation, or a handoff in it, ends."""

CUT = "… (cut)"
_RATED: Mapping[Rating, str] = {Rating.GOOD: "helpful", Rating.BAD: "not helpful"}


def resolved_by_people_as(outcome: str) -> str:
    """The way in which a handoff ends whose outcome is known."""
    return f"resolved by people as {outcome}"


def verdicts_of(count: int, rating: Rating, role: Role) -> str:
    """Number of verdicts with the same rating by people in the same role."""
    return f"{count} {_RATED[rating]} ({role.value})"


def conversation_completed(outcome: str, chat: str) -> SafeText:
    """A conversation is over."""
    return compose("A conversation in {chat} is completed: {outcome}.", chat=redact(chat), outcome=redact(outcome))


def questions_answered(count: int) -> SafeText:
    """Number of questions that the assistant has answered."""
    return compose("Questions answered: {count}", count=redact(str(count)))


def verdicts(counted: Sequence[str]) -> SafeText:
    """The verdicts on the answers."""
    return compose("Verdicts: {verdicts}", verdicts=redact(", ".join(counted) or "none"))


def exchange(question: SafeText, answer: SafeText) -> SafeText:
    """A question and its answer."""
    return compose("Employee: {question}\n\nAssistant: {answer}", question=question, answer=answer)
