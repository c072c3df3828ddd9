"""Requests of the page: one model for each action of a person."""

from __future__ import annotations

import base64
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from sandbox.demo.fault_switches import DemoFault
from sandbox.demo.fixtures import SampleFile

MOST_BYTES = 5_000_000
"""Limit for all files of a message together. Slack takes more; here they are sent as text and kept in memory."""


class PageAction(BaseModel):
    """An action. Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def misunderstood(error: ValidationError) -> str:
    """Returns what is wrong with a request, as a sentence."""
    return f"The request is not understood: {error.errors(include_url=False)[0]['msg']}."


def _decoded(content: str) -> bytes:
    return base64.b64decode(content, validate=True)


class SentFile(PageAction):
    """A file as the browser read it; its content is sent as Base64."""

    name: str = Field(min_length=1, max_length=255)
    mimetype: str = Field(default="application/octet-stream", pattern=r"^[\w.+-]+/[\w.+-]+$")
    content: Annotated[bytes, BeforeValidator(_decoded)]


class Say(PageAction):
    """Write a message; without `thread` it begins one. Slack takes up to 40,000 characters and ten files.

    `props` are sample files of the demo.
    """

    person: str
    channel: str
    text: str = Field(default="", max_length=40_000)
    thread: str | None = None
    files: tuple[SentFile, ...] = Field(default=(), max_length=10)
    props: tuple[SampleFile, ...] = Field(default=(), max_length=10)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.text or self.files or self.props):
            raise ValueError("a message needs words or a file")
        return self


class Edit(PageAction):
    """Change one's own message."""

    person: str
    channel: str
    ts: str
    text: str = Field(min_length=1, max_length=40_000)


class Delete(PageAction):
    """Delete one's own message."""

    person: str
    channel: str
    ts: str


class ShowIds(PageAction):
    """Choose the shortcut *Show ids* from a message's menu."""

    person: str
    channel: str
    ts: str


class Press(PageAction):
    """Press a button in a message, or choose from a menu there."""

    person: str
    channel: str
    ts: str
    action: str
    value: str


class OpenHome(PageAction):
    """Opens the app's Home tab."""

    person: str


class Choose(PageAction):
    """Press a button, or choose from a menu, in a view such as the Home tab."""

    person: str
    view: str
    action: str
    value: str


class Stop(PageAction):
    """Press Stop while the assistant works."""

    person: str
    channel: str
    thread: str


class SubmitForm(PageAction):
    """Send a form; `values` by action id."""

    person: str
    view: str
    values: dict[str, str]


class Cancel(PageAction):
    """Close a form without sending it."""

    person: str
    view: str


class PassTime(PageAction):
    """Advance the clock, by up to a week at once."""

    minutes: int = Field(ge=1, le=7 * 24 * 60)


class AddHistory(PageAction):
    """Adds the month of history."""


class PostDigest(PageAction):
    """Posts the digest of the last full week, as the desk does at a start if it came due while it was off."""


class Switch(PageAction):
    """Switch a fault on or off."""

    fault: DemoFault
    on: bool


def _as_in_a_file(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


class PolicyText(PageAction):
    """Check, try or save a policy."""

    text: Annotated[str, AfterValidator(_as_in_a_file)]


class UndoPolicy(PageAction):
    """Restores the policy before the one that was saved last."""
