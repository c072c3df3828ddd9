"""Refusals of people whom the policy does not let use the bot. Nothing of what they wrote is kept."""

from __future__ import annotations

import logging

from bot.helpdesk.handoffs.notify import personal_notice, private_translator
from bot.helpdesk.inbox.lookups import show_home
from bot.helpdesk.lanes import Lane
from bot.helpdesk.model.effects import PrivateNote
from bot.helpdesk.model.events import (
    AppInstalled,
    ArticleWritten,
    Event,
    HomeOpened,
    Pressed,
    ReasonGiven,
    ResolutionGiven,
    SearchOpened,
    address_of,
)
from bot.helpdesk.model.home import Filter
from bot.helpdesk.model.target import FixedTarget
from bot.helpdesk.permissions import Refusal, case_of
from bot.helpdesk.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

_DAY = 24 * 3600


def refuse(uow: UnitOfWork, event: Event, refusal: Refusal) -> None:
    """Tells somebody, once a day, that they may not use the bot. Their home says so each time."""
    who, said = refusal.who, refusal.said
    log.info("person_refused", extra={"kind": refusal.kind})
    if said is None:
        return
    if isinstance(event, HomeOpened | SearchOpened) or (isinstance(event, Pressed) and event.home is not None):
        show_home(uow, who.surface, who.person, Filter())
        return
    to = _place_of(uow, event)
    key = f"refused:{who.surface}:{who.person}:{int(uow.now // _DAY)}"
    if to is None or uow.tx.effects.of_key(key) is not None:
        return
    uow.effect(
        PrivateNote(content=personal_notice(private_translator(uow, who.person, to), said), to=to, person=who.person),
        key=key,
        lane=Lane.PRIVATE.of(who.person),
        subject=who.person,
    )


def _place_of(uow: UnitOfWork, event: Event) -> FixedTarget | None:
    """Returns the place in which the person is told; None where there is none, as where a form's subject is gone."""
    if isinstance(event, ReasonGiven) and event.address is not None:
        return FixedTarget(event.address.surface, event.address.channel)
    if isinstance(event, ReasonGiven | ResolutionGiven | ArticleWritten):
        case = case_of(uow.tx, event.subject)
        places = [] if case is None else [case.dm, *sorted(case.channels, key=lambda one: one.channel)]
        return next((FixedTarget(place.surface, place.channel) for place in places if place.channel), None)
    if isinstance(event, AppInstalled):
        return FixedTarget(event.place.surface, event.place.channel)
    address = address_of(event)
    return FixedTarget(address.surface, address.channel) if address is not None else None
