"""Composer: the blocks and attachments that Slack creates for text that people type, paste and forward.

Slack documents neither attachment. A forwarded message is as in slackapi/java-slack-sdk#1179, with later findings of
others; a pasted table is as in vercel/chat#803.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from sandbox.slack.render import Renderer
from sandbox.slack.wire import Json
from sandbox.slack.workspace import ChannelKind, Message, Workspace

_TOKEN = re.compile(r"(<[^<>\n]+>)")
_NOT_SHOWN = "[no preview available]"


def rich_text_blocks(text: str) -> list[Json]:
    """Returns the blocks of typed text, from the text of the message."""
    parts = [part for part in _TOKEN.split(text) if part]
    section = {"type": "rich_text_section", "elements": [_leaf(part) for part in parts]}
    return [{"type": "rich_text", "elements": [section]}]


def _leaf(part: str) -> Json:
    if not _TOKEN.fullmatch(part):
        return {"type": "text", "text": html.unescape(part)}
    target, _, label = (html.unescape(one) for one in part[1:-1].partition("|"))
    match target[0]:
        case "@":
            return {"type": "user", "user_id": target[1:]}
        case "#":
            return {"type": "channel", "channel_id": target[1:]}
        case "!":
            return _special(target[1:], label)
    return {"type": "link", "url": target, **({"text": label} if label else {})}


def _special(target: str, label: str) -> Json:
    kind, _, id = target.partition("^")
    if kind == "subteam":
        return {"type": "usergroup", "usergroup_id": id}
    return {"type": "text", "text": label} if id else {"type": "broadcast", "range": kind}


def table(rows: Sequence[Sequence[str]]) -> Json:
    """Returns the attachment of a pasted table. Its text is nowhere else in the message."""
    cells = [[_cell(cell) for cell in row] for row in rows]
    return {"id": 1, "fallback": _NOT_SHOWN, "blocks": [{"type": "table", "rows": cells}]}


def _cell(words: str) -> Json:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": words}] if words else []}
    return {"type": "rich_text", "elements": [section]}


def forwarded(source: Message, workspace: Workspace, renderer: Renderer) -> Json:
    """Returns the attachment of a forwarded message."""
    author = workspace.users.get(source.user)
    channel = workspace.channels[source.channel]
    name = author.name if author else ""
    inner: Json = {"blocks": source.blocks}
    if source.attachments:
        inner["attachments"] = source.attachments
    attachment: Json = {
        "id": 1,
        "ts": source.ts,
        "author_id": source.user,
        "author_name": name,
        "author_subname": name,
        "channel_id": source.channel,
        "channel_team": workspace.team_id,
        "is_msg_unfurl": True,
        "is_share": True,
        "message_blocks": [
            {"team": workspace.team_id, "channel": source.channel, "ts": source.ts, "message": inner},
        ],
        "color": "D0D0D0",
        "from_url": renderer.permalink(source),
        "fallback": f"{name}: {source.text}" if source.text else _NOT_SHOWN,
        "text": source.text,
        "mrkdwn_in": ["text"],
        "footer": "Direct message" if channel.kind is ChannelKind.DM else f"Posted in #{channel.name}",
    }
    if source.files:
        attachment["files"] = [renderer.file(file) for file in source.files]
    return attachment
