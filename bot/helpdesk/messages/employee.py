"""Messages to the employee."""

from __future__ import annotations

from collections.abc import Sequence

from bot.helpdesk.messages.text import Message, OwnWords, Text, in_a_row, message, variant
from bot.helpdesk.model.chat import LARGEST_FILE, FileObstacle
from bot.helpdesk.model.conversation import NoAnswer, Rating
from bot.helpdesk.model.handoff import Outcome, Score

DISCLAIMER = message("employee-disclaimer")
TAKES_LONGER = message("employee-takes-longer")
CONTINUED_HERE = message("employee-continued-here")
STOPPED = message("employee-stopped")
NOTHING_TO_STOP = message("employee-nothing-to-stop")
NO_WORDS = message("employee-no-words")
GREETING = message("employee-greeting")
NEW_TOPIC = message("employee-new-topic")
ONLY_FILES = message("employee-only-files")
FILES_KEPT_OUT = message("employee-files-kept-out")
FILES_UNREAD = message("employee-files-unread")
EDITED_TOO_LATE = message("employee-edited-too-late")
NOT_YOURS = message("employee-not-yours")
NOTHING_ASKED = message("employee-nothing-asked")
THANKS_FOR_REASON = message("employee-thanks-for-reason")
ASKED_AGAIN = message("employee-asked-again")
DID_IT_HELP = message("employee-did-it-help")
HOW_WELL_SOLVED = message("employee-how-well-solved")
WRITE_AGAIN = message("employee-write-again")
YOU_SAID_SOLVED = message("employee-you-said-solved")
YOU_SAID_NOT_SOLVED = message("employee-you-said-not-solved")
YOU_SAID_ALL_GOOD = message("employee-you-said-all-good")
THANKS_SOLVED = message("employee-thanks-solved")
TAKEN_AS_SOLVED = message("employee-taken-as-solved")
YOU_ARE_WELCOME = message("employee-you-are-welcome")
SMALL_TALK = message("employee-small-talk")
ANYTHING_ELSE = message("employee-anything-else")
OFFER = message("employee-offer")
OFFER_AFTER_UNSURE_ANSWER = message("employee-offer-after-unsure-answer")
OFFER_ACCEPTED = message("employee-offer-accepted")
ANOTHER_OPENED = message("employee-another-opened")
STILL_ANSWERING = message("employee-still-answering")
SORRY_NOT_HELPFUL = message("employee-sorry-not-helpful")
REOPENED_BY_YOU = message("employee-reopened-by-you")
NO_PERSON_NEEDED = message("employee-no-person-needed")
ANSWER_WITHHELD = message("employee-answer-withheld")
ANSWERED_MEANWHILE = message("employee-answered-meanwhile")
_RATED_HELPFUL = message("employee-rated-helpful")
_RATED_NOT_HELPFUL = message("employee-rated-not-helpful")
_FILE_LINKED = message("employee-file-linked")
_HANDED_OVER = message("employee-handed-over")
_WHAT_ABOUT = message("employee-what-about")
_HANDED_BACK = message("employee-handed-back")
_HANDED_BACK_UNANSWERED = message("employee-handed-back-unanswered")


def many_open(names: Sequence[str]) -> Message:
    """The employee has many open handoffs of one day, which have these names."""
    return message("employee-many-open", count=len(names), names=", ".join(names))


def shall_open_another(names: Sequence[str]) -> Text:
    """Asks the employee, who has many open handoffs of one day, whether to open another."""
    return in_a_row(many_open(names), message("employee-shall-open-another"))


def topic_must_wait(name: str) -> Message:
    """The employee wants to begin a new topic while people have the conversation."""
    return message("employee-topic-must-wait", name=name)


def in_line(before: int) -> Message:
    """The question waits in the queue for the assistant."""
    return message("employee-in-line", number=before + 1)


def rated(rating: Rating) -> Message:
    """The verdict was recorded."""
    return _RATED_HELPFUL if rating is Rating.GOOD else _RATED_NOT_HELPFUL


def contains_secret(*, changeable: bool) -> Message:
    """The employee's message contains a secret, one that can be changed or a card or account number."""
    return message("employee-contains-secret", kind="secret" if changeable else "number")


def no_answer(reason: NoAnswer) -> Message:
    """There will be no answer."""
    return message("employee-no-answer", reason=variant(reason.name))


def handed_over(name: str | None, tell: OwnWords | None, expected: Text | None, *, asks_matter: bool = False) -> Text:
    """A person was brought in. `tell` is the policy's own text, `name` the ticket's number where there is one.

    `expected` says when somebody is expected. `asks_matter`: the employee has only asked for a person.
    """
    said: list[Text] = [tell or _HANDED_OVER]
    if expected is not None:
        said.append(expected)
    if name is not None:
        said.append(message("employee-ticket-in-brackets", name=name))
    if asks_matter:
        said.append(_WHAT_ABOUT)
    return in_a_row(*said)


def expect_from(opening: Message) -> Message:
    """Nobody works now; `opening` is when people work again."""
    return message("employee-expect-from", opening=opening)


def expect_by(due: Message) -> Message:
    """Somebody is to claim the handoff by `due`."""
    return message("employee-expect-by", due=due)


def overdue(name: str) -> Message:
    """Nobody has claimed the handoff in time."""
    return message("employee-overdue", name=name)


def at_work(name: str) -> Message:
    """People are back at work, and nobody has claimed the handoff yet."""
    return message("employee-at-work", name=name)


def ticket_number(name: str) -> Message:
    """Number of the ticket for the employee, without a link: the ticket system is for agents."""
    return message("employee-ticket-number", name=name)


def nobody_reached(name: str, chat: str, contact: str | None) -> Message:
    """The handoff channel cannot be used. `contact` is the policy's other way to reach people, if it names one."""
    if contact is None:
        return message("employee-nobody-reached", chat=chat, name=name)
    return message("employee-nobody-reached-but", chat=chat, name=name, contact=contact)


def reached(name: str) -> Message:
    """The handoff has reached people after the employee was told that it could not."""
    return message("employee-reached", name=name)


def passed_on(name: str) -> Message:
    """Returns the notice that the employee's messages go to people from now on."""
    return message("employee-passed-on", name=name)


def file_left_out(name: str, obstacle: FileObstacle, chat: str, *, linked: bool) -> Text:
    """A file that the employee sent could not be copied; `linked`: support got its address."""
    megabytes = LARGEST_FILE // (1024 * 1024)
    said = message("employee-file-left-out", obstacle=variant(obstacle.name), file=name, chat=chat, megabytes=megabytes)
    return in_a_row(said, _FILE_LINKED) if linked else said


def claimed(name: str) -> Message:
    """An agent has claimed the handoff."""
    return message("employee-claimed", name=name)


def joined(name: str) -> Message:
    """Another agent has joined."""
    return message("employee-joined", name=name)


def released(name: str) -> Message:
    """An agent has given the handoff back to the queue."""
    return message("employee-released", name=name)


def reply_needed(name: str) -> Message:
    """An agent waits for the employee."""
    return message("employee-reply-needed", name=name)


def reply_still_needed(name: str, closing: Message | None) -> Text:
    """An agent has waited for the employee for some time. `closing` is when the handoff is closed without a reply."""
    said = message("employee-reply-still-needed", name=name)
    return said if closing is None else in_a_row(said, message("employee-closes-without-reply", closing=closing))


def timed_out(name: str) -> Message:
    """The handoff was closed because the employee has not replied."""
    return message("employee-timed-out", name=name)


def written_again(name: str) -> Message:
    """The employee wrote again soon after the resolution."""
    return message("employee-written-again", name=name)


def resolved(name: str, outcome: Outcome, ending: Text, *, in_words: bool) -> Text:
    """An agent has resolved the handoff. `$words` is their text, if they wrote one; `ending` is the next sentence."""
    if in_words:
        said = message("employee-resolved-in-words", name=name, outcome=variant(outcome))
        return in_a_row(said, ending, separator="\n")
    return in_a_row(message("employee-resolved", name=name, outcome=variant(outcome)), ending)


def resolved_with_ticket(name: str, outcome: Outcome | None, ending: Text) -> Text:
    """The ticket was solved, or closed (`outcome` None), in the ticket system."""
    if outcome is None:
        return in_a_row(message("employee-closed-with-ticket", name=name), ending)
    return in_a_row(message("employee-resolved-with-ticket", name=name), ending)


def you_scored(score: Score) -> Message:
    """The employee has said how well it is solved."""
    return message("employee-you-scored", score=int(score))


def shall_reopen(name: str) -> Message:
    """The employee wrote an unclear message after the resolution."""
    return message("employee-shall-reopen", name=name)


def withdrawn(name: str) -> Message:
    """The employee needs no person."""
    return message("employee-withdrawn", name=name)


def withdrawn_already(name: str) -> Message:
    """The employee has withdrawn before, or the handoff has ended otherwise."""
    return message("employee-withdrawn-already", name=name)


def closed_by_you(name: str) -> Message:
    """The employee has closed their request."""
    return message("employee-closed-by-you", name=name)


def came_back(name: str) -> Message:
    """The employee says that it is not solved."""
    return message("employee-came-back", name=name)


def reopened(name: str) -> Message:
    """An agent has reopened the handoff."""
    return message("employee-reopened", name=name)


def handed_back(*, unanswered: bool) -> Message:
    """An agent has handed the conversation back to the assistant, which is to answer what nobody has answered."""
    return _HANDED_BACK_UNANSWERED if unanswered else _HANDED_BACK
