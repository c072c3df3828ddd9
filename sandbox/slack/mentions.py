"""Finds the mentions that Slack would act on in a message.

`<!channel>`, `<!here>`, `<@U...>`, `<#C...>` and `<!subteam^S...>` notify or link people wherever Slack parses markup:
in `text`, in mrkdwn objects, in attachments and also in `markdown` blocks. `plain_text` objects and the text leaves of
rich text are never parsed; rich text mentions people through elements of their own.
Source: https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sandbox.slack.wire import Json

_TOKEN = re.compile(
    r"<(?:!(?:channel|here|everyone|group)|!subteam\^[A-Z0-9]+|@[UWB][A-Z0-9]+|#[CG][A-Z0-9]+)(?:\|[^<>]*)?>"
)
_BARE_NAME = re.compile(r"(?<![\w<@])@(?:channel|here|everyone)\b")
_PARSED_KEYS = ("text", "pretext", "title", "value", "fallback")


def mentions_in_text(text: str, *, link_names: bool = False) -> tuple[str, ...]:
    """Returns the tokens Slack would act on. With `link_names`, bare `@channel` counts too."""
    found = _TOKEN.findall(text)
    if link_names:
        found += _BARE_NAME.findall(text)
    return tuple(found)


def mentions_in_blocks(blocks: list[Json]) -> tuple[str, ...]:
    return tuple(_walk(blocks))


def mentions_in_attachments(attachments: list[Json]) -> tuple[str, ...]:
    return tuple(token for attachment in attachments for token in _in_attachment(attachment))


def _in_attachment(attachment: Json) -> Iterator[str]:
    for part in (attachment, *attachment.get("fields", [])):
        for key in _PARSED_KEYS:
            if isinstance(part.get(key), str):
                yield from mentions_in_text(part[key])
    yield from _walk(attachment.get("blocks", []))


def _walk(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _walk(item)
    elif isinstance(node, dict):
        yield from _in_node(node)


def _in_node(node: Json) -> Iterator[str]:
    match node:
        case {"type": "mrkdwn" | "markdown", "text": str(text)}:
            yield from mentions_in_text(text)
        case {"type": "user", "user_id": user}:
            yield f"<@{user}>"
        case {"type": "broadcast", "range": reach}:
            yield f"<!{reach}>"
        case {"type": "usergroup", "usergroup_id": group}:
            yield f"<!subteam^{group}>"
        case _:
            for value in node.values():
                yield from _walk(value)
