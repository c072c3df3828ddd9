"""Somebody wants to know what belongs to an id: what they ask about is read from their words, and looked up later."""

from __future__ import annotations

from bot.helpdesk.lanes import lookup_lane
from bot.helpdesk.model.conversation import new_id
from bot.helpdesk.model.effects import ShowSearchReport
from bot.helpdesk.model.events import LookupRequested
from bot.helpdesk.unit_of_work import UnitOfWork

MOST_IDS = 5
"""Ids of one message that are looked up."""

_LONGEST_ID = 400
# What people put around an id: quotes, brackets, Slack's own marks for bold, italics and code.
_AROUND = ".,;:!?()[]{}<>\"'`*_~|„“”‚‘’"


def ids_in(text: str) -> tuple[str, ...]:
    """What may be an id in somebody's words: everything with a digit in it, a link, or the only word there is."""
    words = [word.strip(_AROUND).removeprefix("@") for word in text.split()]
    words = [word for word in words if word and len(word) <= _LONGEST_ID]
    ids = [word for word in words if any(letter.isdigit() for letter in word) or "://" in word]
    return tuple(dict.fromkeys(ids or (words if len(words) == 1 else ())))[:MOST_IDS]


def handle_lookup(uow: UnitOfWork, inquired: LookupRequested) -> None:
    """Have the answer given: to a mention in its thread, to a shortcut privately.

    A shortcut can be used on any message anywhere, also where others read who are no agents.
    """
    of_message = dict.fromkeys(f"{inquired.channel}:{ts}" for ts in (inquired.message, inquired.thread))
    uow.effect(
        ShowSearchReport(
            channel=inquired.channel,
            thread=inquired.thread,
            message=inquired.message,
            person=inquired.person,
            ids=ids_in(inquired.text) if inquired.public else tuple(of_message),
            private=not inquired.public,
        ),
        key=f"inquiry:{inquired.channel}:{inquired.message}" if inquired.public else new_id("inquiry"),
        lane=lookup_lane(inquired.channel, inquired.message),
        subject=inquired.person,
    )
