"""People of another chat in a rendered message: Slack would show a mention of them as an unknown id. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from bot.slack.ids import is_user
from bot.slack.markdown import escape_mrkdwn

NameOf = Callable[[str], str]
"""Returns the name of a person of another chat, or a word for somebody."""

_MENTION = re.compile(r"<@(?P<id>[^>|\s]+)>")


def with_named_strangers(payload: Any, name_of: NameOf) -> Any:
    """Returns a payload, or a part of one, with names in place of mentions of people who are not in Slack."""
    match payload:
        case str():
            return _MENTION.sub(lambda match: _written(match["id"], name_of), payload)
        case {"type": "user", "user_id": str(id)} if not is_user(id):
            return {"type": "text", "text": name_of(id), **_style_of(payload)}
        case dict():
            return {key: with_named_strangers(value, name_of) for key, value in payload.items()}
        case list():
            return [with_named_strangers(value, name_of) for value in payload]
    return payload


def _written(id: str, name_of: NameOf) -> str:
    return f"<@{id}>" if is_user(id) else escape_mrkdwn(name_of(id))


def _style_of(element: dict[str, Any]) -> dict[str, Any]:
    return {"style": element["style"]} if "style" in element else {}
