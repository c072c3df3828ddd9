"""Who somebody is, asked on the way to something that does not wait for it."""

from __future__ import annotations

import asyncio
import logging

from bot.errors import OutsideError
from bot.helpdesk.model.person import Person
from bot.helpdesk.ports import Directory

log = logging.getLogger(__name__)


async def person_quickly(directory: Directory, id: str, seconds: float) -> Person | None:
    """What the directory says within so many seconds, or None."""
    try:
        async with asyncio.timeout(seconds):
            return await directory.person(id)
    except (OutsideError, TimeoutError):
        log.info("person_unknown")
        return None
