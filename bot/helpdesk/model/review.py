"""The digest of a week, and the bars of its charts."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.helpdesk.model.chat import ChannelAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekBar:
    """Questions and handoffs of the week that begins on this day, in ISO format."""

    begins: str
    questions: int
    handoffs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelBar:
    """Answers of one level of confidence, by the employees' verdicts on them."""

    level: str
    good: int
    bad: int
    unrated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewCharts:
    """The bars of both charts of a review."""

    weeks: tuple[WeekBar, ...]
    levels: tuple[LevelBar, ...]


PICTURE_NAME = "review.png"
"""The file name of the picture of a digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A drawn picture as PNG, and what it shows in words, for those who do not see it."""

    content: bytes
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestRecord:
    """The digest of the week that begins on `week`, a Monday in ISO format. There is one for each week.

    `message` is the digest's message in `place`, once it is posted; `picture` the file with its charts, once it is
    shared.
    """

    id: str
    week: str
    place: ChannelAddress
    message: str | None = None
    picture: str | None = None
    decided_at: float

    def posted(self, channel: str, message: str) -> DigestRecord:
        """Returns the record of a digest that was posted in this channel."""
        return replace(self, place=replace(self.place, channel=channel), message=message)

    def illustrated(self, picture: str) -> DigestRecord:
        """Returns the record of a digest with its picture."""
        return replace(self, picture=picture)
