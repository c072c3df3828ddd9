"""Requests to see a search report, or the home. Both are read from the database when they are shown."""

from __future__ import annotations

from bot.helpdesk.lanes import Lane
from bot.helpdesk.model.conversation import new_id
from bot.helpdesk.model.effects import Form, OpenForm, ShowHome, ShowSearchReport
from bot.helpdesk.model.events import LookupRequested, SearchOpened
from bot.helpdesk.model.home import Filter
from bot.helpdesk.model.target import FixedTarget
from bot.helpdesk.unit_of_work import UnitOfWork

MOST_IDS = 5
"""The most ids of one message that are looked up."""

_LONGEST_ID = 400
# Characters that people put around an id: quotes, brackets, marks for bold, italics and code.
_AROUND = ".,;:!?()[]{}<>\"'`*_~|„“”‚‘’"

# Seconds after which a home is no longer shown: the person has left it by then.
_HOME_EXPIRES_AFTER = 60.0


def handle_lookup(uow: UnitOfWork, requested: LookupRequested) -> None:
    """Shows a search report: in the thread for a mention, privately for a shortcut.

    A shortcut can be used on any message, also where people who are not agents would read the report.
    """
    about = requested.address
    place = f"{about.surface}:{about.channel}:{about.message}"
    uow.effect(
        ShowSearchReport(
            address=about,
            person=requested.person,
            identifiers=requested.identifiers,
            private=not requested.public,
        ),
        key=f"lookup:{place}" if requested.public else new_id("lookup"),
        lane=Lane.LOOKUP.of(place),
        subject=requested.person,
    )


def ids_in(text: str) -> tuple[str, ...]:
    """Returns the words that may be ids: those with a digit, links, or the only word of the text."""
    words = [word.strip(_AROUND).removeprefix("@") for word in text.split()]
    words = [word for word in words if word and len(word) <= _LONGEST_ID]
    ids = [word for word in words if any(letter.isdigit() for letter in word) or "://" in word]
    return tuple(dict.fromkeys(ids or (words if len(words) == 1 else ())))[:MOST_IDS]


def show_home(uow: UnitOfWork, surface: str, person: str, chosen: Filter) -> None:
    """Shows a person their home, which they opened or pressed on."""
    uow.effect(
        ShowHome(surface=surface, person=person, filter=chosen, expires_at=uow.now + _HOME_EXPIRES_AFTER),
        key=new_id("home"),
        lane=Lane.HOME.of(person),
        subject=person,
    )


def open_search(uow: UnitOfWork, opened: SearchOpened) -> None:
    """Opens the form of a search. What it may find is decided when the results are shown."""
    uow.effect(
        OpenForm(
            form=Form.SEARCH,
            trigger=opened.trigger,
            subject=opened.person,
            to=FixedTarget(opened.surface, opened.person),
            person=opened.person,
            expires_at=opened.at + uow.config.surface(opened.surface).form_seconds,
            language=uow.translator_for(opened.surface, opened.person).language,
            filter=opened.filter,
        ),
        key=f"form:{opened.trigger}",
        lane=Lane.FORM.of(opened.trigger),
        subject=opened.person,
    )
