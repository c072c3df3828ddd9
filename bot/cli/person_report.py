"""The output of `forget`: what would go, what stays and why, and what was sent elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from storage.persons.found import Survey

_GOES = (
    ("questions", "questions: words, place and author"),
    ("answers", "answers: words and sources"),
    ("relays", "messages between the person and agents, with names of files"),
    ("conversations", "conversations, with every id that leads to the person"),
    ("mentions", "mentions in messages of others: replaced"),
)
_STAYS = (
    ("questions", "questions without words", "the figures of the review count them"),
    ("handoffs", "handoffs without words, with their tickets' numbers", "they lead to what must be deleted elsewhere"),
)
_ALSO_GOES = (
    "name, mail address, language; payloads and effects; verdicts' reasons; drafts of articles; probes; queues of gaps"
)
_ALSO_STAYS = (
    ("approved articles", "they are the company's, without secrets"),
    ("rows of the audit trail", "by a pseudonym whose key is destroyed"),
    ("everything in Slack", "delete it there; while the account is active, Slack lists its name to the desk again"),
    ("backups", "delete those that hold the person"),
)


def survey_lines(survey: Survey) -> Iterator[str]:
    """Yields what would go, what stays and why."""
    counts = survey.counts | {"mentions": survey.mentions}
    yield "Goes:"
    for name, what in _GOES:
        yield f"  {counts[name]:>9,}  {what}"
    yield f"             {_ALSO_GOES}"
    yield "Stays:"
    for name, what, why in _STAYS:
        yield f"  {counts[name]:>9,}  {what}: {why}"
    for what, why in _ALSO_STAYS:
        yield f"             {what}: {why}"


def elsewhere_lines(survey: Survey) -> Iterator[str]:
    """Yields what was sent to Uppzy and to ticket systems, with its ids."""
    requests: dict[str, list[str]] = {session: [] for session in survey.sessions}
    for session, request in survey.sent:
        requests.setdefault(session, []).append(request)
    external = [one for one in survey.tickets if one[0] != "local"]
    if requests:
        yield "Sent to Uppzy, to be deleted there (session: requests):"
        for session, ids in requests.items():
            yield f"  {session}: {', '.join(ids) or 'none answered'}"
    if external:
        yield "Sent to the ticket system, to be deleted there:"
        for system, number, url in external:
            yield f"  {system} {number} {url or ''}".rstrip()
    if not requests and not external:
        yield "Nothing was sent to Uppzy or to a ticket system."
