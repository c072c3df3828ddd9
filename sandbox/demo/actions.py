"""What the page may ask for: one model for each thing a person does."""

from __future__ import annotations

import base64
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from sandbox.demo.fault_switches import Trouble
from sandbox.demo.fixtures import Prop

MOST_BYTES = 5_000_000
"""Of all files of one message together. Slack takes more; here they travel as text and are kept in memory."""


class Gesture(BaseModel):
    """Somebody does something. Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _decoded(content: str) -> bytes:
    return base64.b64decode(content, validate=True)


class SentFile(Gesture):
    """A file as the browser read it; its content is Base64 on the way."""

    name: str = Field(min_length=1, max_length=255)
    mimetype: str = Field(default="application/octet-stream", pattern=r"^[\w.+-]+/[\w.+-]+$")
    content: Annotated[bytes, BeforeValidator(_decoded)]


class Say(Gesture):
    """Write a message; without `thread` it begins one. Slack takes up to 40,000 characters, and ten files.

    `props` are files that nobody has at hand.
    """

    person: str
    channel: str
    text: str = Field(default="", max_length=40_000)
    thread: str | None = None
    files: tuple[SentFile, ...] = Field(default=(), max_length=10)
    props: tuple[Prop, ...] = Field(default=(), max_length=10)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.text or self.files or self.props):
            raise ValueError("a message needs words or a file")
        return self


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


class ShowIds(Gesture):
    """Choose the shortcut *Show ids* from a message's menu."""

    person: str
    channel: str
    ts: str


class Press(Gesture):
    """Press a button in a message, or choose from a menu there."""

    person: str
    channel: str
    ts: str
    action: str
    value: str


class OpenHome(Gesture):
    """Open the app's Home tab."""

    person: str


class Choose(Gesture):
    """Press a button, or choose from a menu, in a view such as the Home tab."""

    person: str
    view: str
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


class PassTime(Gesture):
    """Let time pass: up to a week at once."""

    minutes: int = Field(ge=1, le=7 * 24 * 60)


class Switch(Gesture):
    """Have something go wrong, or no more."""

    trouble: Trouble
    on: bool
