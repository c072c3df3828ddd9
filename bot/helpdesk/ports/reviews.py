"""Ports of the weekly review: the figures of a period, and a picture of them."""

from __future__ import annotations

from typing import Protocol

from bot.helpdesk.messages import Translator
from bot.helpdesk.model.gap import ContentGap
from bot.helpdesk.model.review import Picture, ReviewCharts
from bot.helpdesk.review.period import Period
from bot.helpdesk.review.report import Review


class Reviews(Protocol):
    """The figures of the stored conversations. Raises StorageError."""

    async def review(self, period: Period) -> Review:
        """Reads the review of a period, with the gaps that a digest shows. Takes seconds for many questions."""

    async def gaps(self, period: Period, most: int) -> list[ContentGap]:
        """Reads the largest gaps of a period that belong into the queue. Takes seconds for many questions."""


class Charts(Protocol):
    """Draws the charts of a review."""

    def picture(self, t: Translator, shown: ReviewCharts) -> Picture:
        """Draws both charts as one picture. Takes seconds: call it in a thread."""
