"""Turns presses on cards, what was filled in on them, and verdicts into events."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from bot.helpdesk.inbox.entries import storable_id
from bot.helpdesk.model.article import ArticleTransition
from bot.helpdesk.model.chat import Address
from bot.helpdesk.model.conversation import Rating
from bot.helpdesk.model.events import (
    ArticleWritten,
    Button,
    Control,
    FromPeople,
    HomeOpened,
    InboxEntry,
    LookupRequested,
    Pressed,
    ReasonGiven,
    ResolutionGiven,
)
from bot.helpdesk.model.handoff import Outcome, Transition
from bot.helpdesk.model.home import LONGEST_SEARCH
from bot.json_reading import mapping, string
from bot.teams import actions
from bot.teams.errors import SYSTEM
from bot.teams.ids import identifier_of, prompt_of
from bot.teams.received.activity import ReceivedActivity

Json = Mapping[str, Any]

_RATINGS = {"like": Rating.GOOD, "dislike": Rating.BAD}
_DEEPEST_JSON = 3
# The answers to the private question whether to send a message.
_ANSWERS = frozenset({Button.CLAIM_AND_SEND, Button.SEND, Button.REOPEN_AND_SEND, Button.KEEP_INTERNAL})


def pressed_on(it: ReceivedActivity, address: Address, control: Control, subject: str = "") -> Pressed:
    """Returns a press. Without a subject, the desk finds it by the address."""
    return Pressed(
        workspace=it.tenant,
        address=address,
        person=it.person,
        button=control,
        subject=storable_id(subject),
        trigger=it.id,
        at=it.now,
        direct=it.direct,
        external=it.external,
        pressed_at=it.at,
    )


# Verdicts: learn.microsoft.com/microsoftteams/platform/bots/how-to/bot-messages-ai-generated-content


def rated(it: ReceivedActivity, value: Json) -> Iterator[InboxEntry]:
    """Yields a verdict by Teams' own thumbs, and its reason if there is one. Nothing of the desk's is in them."""
    given = mapping(value.get("actionValue")) or mapping(mapping(value.get("data")).get("actionValue"))
    rating = _RATINGS.get(string(given.get("reaction")))
    if rating is None:
        return
    yield it.entry(pressed_on(it, it.pressed_on, rating))
    if words := _feedback_words(given.get("feedback")):
        reason = ReasonGiven(
            workspace=it.tenant,
            surface=SYSTEM,
            person=it.person,
            subject="",
            text=words,
            external=it.external,
            address=it.pressed_on,
        )
        yield it.entry(reason, part="reason")


def _feedback_words(feedback: object, depth: int = 0) -> str:
    """Returns the reason for a verdict. Clients send it as JSON in a string, as an object, or as it is."""
    if isinstance(feedback, dict):
        return _feedback_words(feedback.get("feedbackText"), depth + 1) if depth < _DEEPEST_JSON else ""
    words = string(feedback).strip()
    if words.startswith("{") and depth < _DEEPEST_JSON:
        try:
            return _feedback_words(json.loads(words), depth + 1)
        except (ValueError, RecursionError):
            return words
    return words


# Cards.


def given_on_card(it: ReceivedActivity, verb: str, data: Json) -> Iterator[InboxEntry]:
    """Yields a press on a card, or the form that was filled in on it."""
    match verb:
        case actions.SHOW_IDS:
            yield it.entry(_lookup_of_card(it))
        case actions.SHOW_HOME:
            yield it.entry(_home(it, data))
        case _ if (control := actions.CONTROLS.get(verb)) is not None:
            yield it.entry(_given(it, control, data))


def _given(it: ReceivedActivity, control: Control, data: Json) -> FromPeople:
    subject = string(data.get(actions.SUBJECT))
    if control is Transition.RESOLVE and actions.OUTCOME in data:
        return _resolution(it, subject, data)
    if control is ArticleTransition.EDIT and actions.TITLE in data:
        return _article(it, subject, data)
    pressed = pressed_on(it, it.pressed_on, control, subject)
    if actions.EDITION in data:
        pressed = replace(pressed, edition=int(data[actions.EDITION]))
    if actions.PLACE in data:
        pressed = _on_home(pressed, data)
    if it.direct and control in _ANSWERS:
        # The question stands in the person's own chat, from which the answered one is taken away.
        pressed = replace(pressed, private=prompt_of(pressed.address.channel, pressed.address.message))
    if control is Transition.ASSIGN:
        return replace(pressed, chosen=storable_id(string(data.get(actions.ASSIGNEE))) or None)
    if control is Button.EDIT_DRAFT:
        # A form without a text is a mistake.
        return replace(pressed, text=string(data.get(actions.WORDS)) or " ")
    return pressed


def _on_home(pressed: Pressed, data: Json) -> Pressed:
    """Returns a press on the home as if it was made in the thread of the request that it is about."""
    channel, thread = map(storable_id, actions.read_place(data))
    there = Address(surface=SYSTEM, channel=channel, thread=thread, message=thread)
    return replace(pressed, address=there, home=actions.read_filter_data(mapping(data.get(actions.HOME))))


def _resolution(it: ReceivedActivity, handoff_id: str, data: Json) -> ResolutionGiven:
    return ResolutionGiven(
        workspace=it.tenant,
        surface=SYSTEM,
        person=it.person,
        subject=handoff_id,
        text=string(data.get(actions.WORDS)),
        outcome=Outcome(string(data[actions.OUTCOME])),
        as_reference=string(data.get(actions.REFERENCE)).lower() == actions.CHECKED,
        external=it.external,
    )


def _article(it: ReceivedActivity, article_id: str, data: Json) -> ArticleWritten:
    return ArticleWritten(
        workspace=it.tenant,
        surface=SYSTEM,
        person=it.person,
        subject=article_id,
        title=string(data[actions.TITLE]),
        question=string(data.get(actions.QUESTION)),
        text=string(data.get(actions.WORDS)),
        category=string(data.get(actions.CATEGORY)),
        edition=int(data[actions.EDITION]),
        external=it.external,
    )


def _home(it: ReceivedActivity, data: Json) -> HomeOpened:
    chosen = actions.read_filter_data(data)
    words = " ".join(chosen.words.split())[:LONGEST_SEARCH]
    return HomeOpened(
        workspace=it.tenant, surface=SYSTEM, person=it.person, filter=replace(chosen, words=storable_id(words))
    )


def _lookup_of_card(it: ReceivedActivity) -> LookupRequested:
    """Returns the request to see the ids of a card, which only the person who pressed is shown."""
    card = it.pressed_on
    return LookupRequested(
        workspace=it.tenant,
        address=card,
        person=it.person,
        identifiers=(identifier_of(card.channel, card.message),),
        sent_at=it.at,
        public=False,
    )
