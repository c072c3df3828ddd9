"""The usual Bolt app: a listener that asks Uppzy, waits, and posts the answer.

Served as its documentation recommends for production (docs.slack.dev/tools/bolt-python/concepts/adapters): Bolt's Flask
adapter under a WSGI server made for production, gunicorn. It reads its settings from the environment.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import httpx
from flask import Flask, Response, request
from slack_bolt import App
from slack_bolt.adapter.flask import SlackRequestHandler
from slack_sdk import WebClient

app = App(
    client=WebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"]),
    signing_secret=os.environ["SLACK_SIGNING_SECRET"],
)
# Keeps connections open, although many apps open a new one for each request.
uppzy = httpx.Client(headers={"X-API-Key": os.environ["UPPZY_API_KEY"]}, timeout=120.0)


@app.event("message")
def answer(event: dict[str, Any], say: Callable[..., Any]) -> None:
    """Asks, waits, and posts in the thread."""
    if event.get("bot_id"):
        return
    thread = event.get("thread_ts") or event["ts"]
    body = {"session_id": f"{event['channel']}-{thread}", "message": event["text"]}
    response = uppzy.post(os.environ["UPPZY_CHAT_URL"], json=body)
    response.raise_for_status()
    say(text=response.json()["answer"], thread_ts=thread)


application = Flask(__name__)
_handler = SlackRequestHandler(app)


@application.route("/slack/events", methods=["POST"])
def slack_events() -> Response:
    """Handles Slack's requests."""
    return _handler.handle(request)
