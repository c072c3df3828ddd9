"""Runs slack-machine with the plugin: `python -m tests.bench.peers.machine_bot`.

The URL of Slack is fixed in slack-machine, so this redirects it to the local one. All else is unchanged.
"""

from __future__ import annotations

import asyncio
import functools
import os

import machine.core
from machine.utils.collections import CaseInsensitiveDict
from slack_sdk.web.async_client import AsyncWebClient


def main() -> None:
    """Runs until ended."""
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
