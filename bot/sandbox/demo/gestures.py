"""What the page may ask for: one model for each thing a person does."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from bot.sandbox.demo.troubles import Trouble


class Gesture(BaseModel):
    """Somebody does something. Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Say(Gesture):
    """Write a message; without `thread` it begins one. Slack takes up to 40,000 characters."""

    person: str
    channel: str
    text: str = Field(min_length=1, max_length=40_000)
    thread: str | None = None


class Edit(Gesture):
    """Change one's own message."""

    person: str
    channel: str
    ts: str
    text: str = Field(min_length=1, max_length=40_000)


class Delete(Gesture):
    """Take one's own message back."""

    person: str
    channel: str
    ts: str


class Press(Gesture):
    """Press a button in a message."""

    person: str
    channel: str
    ts: str
    action: str
    value: str


class Stop(Gesture):
    """Press Stop while the assistant works."""

    person: str
    channel: str
    thread: str


class Submit(Gesture):
    """Send a form; `values` by action id."""

    person: str
    view: str
    values: dict[str, str]


class Cancel(Gesture):
    """Close a form without sending it."""

    person: str
    view: str


class Switch(Gesture):
    """Have something go wrong, or no more."""

    trouble: Trouble
    on: bool
