"""Fixtures of the demo: people, suggested questions and sample files."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from bot.helpdesk.model.chat import LARGEST_FILE
from sandbox.slack.workspace import File
from sandbox.world import ADA, BEN, LEA, TOM


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A question to try. `shows` names its effect in a word or two."""

    text: str
    shows: str


SURE = "confident answer"
UNSURE = "low confidence"

SUGGESTIONS: tuple[Suggestion, ...] = (
    Suggestion(text="How do I connect to the VPN?", shows=SURE),
    Suggestion(text="I forgot my password", shows=SURE),
    Suggestion(text="How do I book a meeting room?", shows=SURE),
    Suggestion(text="Who waters the plants?", shows=UNSURE),
    Suggestion(text="I want to talk to a person", shows="a person at once"),
    Suggestion(text="My payslip is wrong this month", shows="sensitive"),
    Suggestion(text="My password is hunter2 and the VPN won't accept it", shows="contains a password"),
    Suggestion(text="I got a suspicious e-mail, what now?", shows="an incident"),
    Suggestion(text="How do I submit travel expenses?", shows=SURE),
)

ON_CALL = "S0ONCALL0"
"""The user group that is notified when no one claims a handoff."""

AGENTS: tuple[str, ...] = (ADA, BEN, LEA, TOM)
"""The people to choose from on the right-hand side. Lea leads. Tom is not a member of the handoff channel."""

ZOE = "U0ZOE0000"
"""A person of another company, who is in the handoff channel while it is shared."""


class SampleFile(enum.StrEnum):
    """A sample file to attach."""

    LARGE = "large"
    ELSEWHERE = "elsewhere"


SAMPLE_FILES: Mapping[SampleFile, tuple[File, str]] = {
    SampleFile.LARGE: (
        File(name="all-hands.mov", mimetype="video/quicktime", size=LARGEST_FILE * 3),
        "300 MB, too large",
    ),
    SampleFile.ELSEWHERE: (
        File(name="Seating plan", external="https://drive.example.com/seating-plan"),
        "kept by another service",
    ),
}
"""Each file with its description on the page. The large one has a size but no content."""
