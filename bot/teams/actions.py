"""The verbs and the data of the buttons on cards, and the names of the fields in their forms. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from bot.helpdesk.handoffs.transition_table import TRANSITIONS
from bot.helpdesk.model.conversation import Rating
from bot.helpdesk.model.events import Button, Control
from bot.helpdesk.model.handoff import Score
from bot.helpdesk.model.home import Filter
from bot.helpdesk.review.article_transitions import ARTICLE_TRANSITIONS
from bot.json_reading import mapping, string

_PRESSABLE = (
    *(transition for transition, row in TRANSITIONS.items() if row.label),
    *(transition for transition, row in ARTICLE_TRANSITIONS.items() if row.label),
    *Button,
    *Rating,
    *Score,
)

VERBS: Mapping[Control, str] = {
    control: f"score_{control}" if isinstance(control, Score) else control.value for control in _PRESSABLE
}
"""The verb of everything that can be pressed."""

CONTROLS: Mapping[str, Control] = {verb: control for control, verb in VERBS.items()}

SHOW_IDS = "show_ids"
"""The verb that shows what belongs to the card, to the person who pressed alone."""

SHOW_HOME = "show_home"
"""The verb that shows the home anew, with the filter that was chosen or searched for on it."""

# Fields of data.

SUBJECT = "subject"
KEY = "delivery"
"""The delivery key of the card: it identifies the card where the outcome of its post is unknown.

Not named `key`: Microsoft's Agents Playground fails to send a press with data of that name.
"""
EDITION = "edition"
PLACE = "place"
HOME = "home"

# Fields of forms.

WORDS = "words"
OUTCOME = "outcome"
REFERENCE = "reference"
ASSIGNEE = "assignee"
TITLE = "title"
QUESTION = "question"
CATEGORY = "category"
FILTERS = tuple(field.name for field in fields(Filter))
"""The fields of the form with the filter and the search of the home."""

EVERYTHING = "*"
"""The choice of a filter that matches everything. An empty value cannot be chosen."""

CHECKED = "true"
"""The value of a checked box."""


def place_data(channel: str, thread: str) -> dict[str, str]:
    """Returns the place that a button of the home is about, for its data."""
    return {"channel": channel, "thread": thread}


def read_place(data: Mapping[str, Any]) -> tuple[str, str]:
    """Returns the channel and the thread that a button of the home is about; empty where there is none."""
    place = mapping(data.get(PLACE))
    return string(place.get("channel")), string(place.get("thread"))


def filter_data(chosen: Filter) -> dict[str, str]:
    """Returns a filter of the home for the data of a button."""
    return {name: value for name, value in asdict(chosen).items() if value}


def read_filter_data(data: Mapping[str, Any]) -> Filter:
    """Returns the filter in some data, perhaps from the fields of the form. It grants no access."""
    given = {name: string(data.get(name)) for name in FILTERS}
    return Filter(**{name: "" if value == EVERYTHING else value for name, value in given.items()})
