"""The bot built on slack-machine: a plugin that listens to all messages, asks Uppzy and posts the answer.

It reads its settings from the environment.
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
        """Opens the HTTP session. slack-machine calls this at the start, in its event loop."""
        forever = aiohttp.ClientTimeout(total=None)
        headers = {"X-API-Key": os.environ["UPPZY_API_KEY"]}
        self._uppzy = aiohttp.ClientSession(headers=headers, timeout=forever, connector=aiohttp.TCPConnector(limit=0))

    @listen_to("")
    async def answer(self, message: Message) -> None:
        """Asks, waits, and posts in the thread."""
        body = {"session_id": f"{message.channel.id}-{message.ts}", "message": message.text}
        async with self._uppzy.post(os.environ["UPPZY_CHAT_URL"], json=body) as response:
            response.raise_for_status()
            answer = (await response.json())["answer"]
        await message.say(answer, thread_ts=message.ts)
