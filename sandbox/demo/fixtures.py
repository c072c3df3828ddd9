"""Who plays in the demo, what can be asked with one click, and the files that nobody has at hand."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from bot.helpdesk.model.file import LARGEST_FILE
from sandbox.slack.workspace import File
from sandbox.world import ADA, BEN, TOM


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A question to try. `shows` says in a word or two what there is to see."""

    text: str
    shows: str


SURE = "it knows"
UNSURE = "it is unsure"

SUGGESTIONS: tuple[Suggestion, ...] = (
    Suggestion(text="How do I connect to the VPN?", shows=SURE),
    Suggestion(text="I forgot my password", shows=SURE),
    Suggestion(text="How do I book a meeting room?", shows=SURE),
    Suggestion(text="Who waters the plants?", shows=UNSURE),
    Suggestion(text="I want to talk to a person", shows="a person at once"),
    Suggestion(text="My payslip is wrong this month", shows="sensitive"),
    Suggestion(text="My password is hunter2 and the VPN does not take it", shows="a secret"),
    Suggestion(text="I got a suspicious e-mail, what now?", shows="an incident"),
    Suggestion(text="How do I submit travel expenses?", shows=SURE),
)

ON_CALL = "S0ONCALL0"
"""The user group that is called when nobody claims a handoff."""

AGENTS: tuple[str, ...] = (ADA, BEN, TOM)
"""Whom one can be on the right-hand side. Tom is no member of the handoff channel."""

ZOE = "U0ZOE0000"
"""Works at another company, and is in the handoff channel while it is shared with hers."""


class Prop(enum.StrEnum):
    """A file that one can attach without having it."""

    LARGE = "large"
    ELSEWHERE = "elsewhere"


PROPS: Mapping[Prop, tuple[File, str]] = {
    Prop.LARGE: (File(name="all-hands.mov", mimetype="video/quicktime", size=LARGEST_FILE * 3), "300 MB, too large"),
    Prop.ELSEWHERE: (
        File(name="Seating plan", external="https://drive.example.com/seating-plan"),
        "kept by another service",
    ),
}
"""Each with the words in which the page offers it. Nobody has to have 300 MB for it."""
