"""The bot built on slack-machine: a plugin that listens to everything, asks Uppzy and says the answer.

What it needs it reads from the environment.
"""

from __future__ import annotations

import os

import aiohttp
from machine.plugins.base import MachineBasePlugin
from machine.plugins.decorators import listen_to
from machine.plugins.message import Message


class UppzyPlugin(MachineBasePlugin):
    """Answers every message."""

    async def init(self) -> None:
        """Called by slack-machine at start, inside its event loop."""
        forever = aiohttp.ClientTimeout(total=None)
        headers = {"X-API-Key": os.environ["UPPZY_API_KEY"]}
        self._uppzy = aiohttp.ClientSession(headers=headers, timeout=forever, connector=aiohttp.TCPConnector(limit=0))

    @listen_to("")
    async def answer(self, message: Message) -> None:
        """Ask, wait, post in the thread."""
        body = {"session_id": f"{message.channel.id}-{message.ts}", "message": message.text}
        async with self._uppzy.post(os.environ["UPPZY_CHAT_URL"], json=body) as response:
            response.raise_for_status()
            answer = (await response.json())["answer"]
        await message.say(answer, thread_ts=message.ts)
