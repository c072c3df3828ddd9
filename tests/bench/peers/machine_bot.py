"""Runs slack-machine with the plugin: `python -m tests.bench.peers.machine_bot`.

slack-machine knows one Slack; here it is sent to the local one. Everything else is as it comes.
"""

from __future__ import annotations

import asyncio
import functools
import os

import machine.core
from machine.utils.collections import CaseInsensitiveDict
from slack_sdk.web.async_client import AsyncWebClient


def main() -> None:
    """Run until ended."""
    machine.core.AsyncWebClient = functools.partial(AsyncWebClient, base_url=os.environ["SLACK_API_URL"])
    settings = {
        "SLACK_APP_TOKEN": os.environ["SLACK_APP_TOKEN"],
        "SLACK_BOT_TOKEN": os.environ["SLACK_BOT_TOKEN"],
        "PLUGINS": ["tests.bench.peers.machine_plugin.UppzyPlugin"],
        "HTTP_PROXY": None,
        "TZ": "UTC",
        "LOG_HANDLED_MESSAGES": False,
    }
    asyncio.run(machine.core.Machine(CaseInsensitiveDict(settings)).run())


if __name__ == "__main__":
    main()
