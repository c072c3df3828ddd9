"""Reads the content of a message from the arguments of a call, and refuses what Slack refuses.

Limits: https://docs.slack.dev/reference/methods/chat.postMessage and .../chat.update. Two of them are not documented
and were measured by others: the budget of a whole message, and the text limit of an update, which counts bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.slack.block_validation import MARKDOWN_TOTAL, message_problems, rendered_length
from sandbox.slack.mentions import mentions_in_attachments, mentions_in_blocks, mentions_in_text
from sandbox.slack.wire import Arguments, Json, RefusedError

TEXT_TRUNCATED_AT = 40_000
UPDATE_TEXT_BYTES = 4_000
RENDERED_BUDGET = 13_200
ATTACHMENTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageContent:
    """Checked content of a message. `metadata` is None where the call does not mention it."""

    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    mentions: tuple[str, ...] = ()


def read_message_content(args: Arguments) -> MessageContent:
    """Reads new content.

    Raises RefusedError as Slack would: no_text, invalid_blocks, msg_blocks_too_long, invalid_metadata_format, ...
    """
    text, blocks = _text_and_blocks(args)
    attachments = _attachments(args)
    if not (text.strip() or blocks or attachments):
        raise RefusedError("no_text")
    link_names = args.flag("link_names") or args.text("parse") == "full"
    return MessageContent(
        text=text[:TEXT_TRUNCATED_AT],
        blocks=blocks,
        attachments=attachments,
        metadata=read_metadata(args),
        mentions=(
            *mentions_in_text(text, link_names=link_names),
            *mentions_in_blocks(blocks),
            *mentions_in_attachments(attachments),
        ),
    )


def read_update(args: Arguments) -> MessageContent:
    """Reads content as `read_message_content`, with the smaller text limit of `chat.update`."""
    if len(args.text("text").encode()) > UPDATE_TEXT_BYTES:
        raise RefusedError("msg_too_long")
    return read_message_content(args)


def _text_and_blocks(args: Arguments) -> tuple[str, list[Json]]:
    markdown = args.text("markdown_text")
    if not markdown:
        return args.text("text"), _blocks(args)
    if args.has("text") or args.has("blocks"):
        raise RefusedError("markdown_text_conflict")
    if len(markdown) > MARKDOWN_TOTAL:
        raise RefusedError("msg_too_long")
    return "", [{"type": "markdown", "text": markdown}]


def _blocks(args: Arguments) -> list[Json]:
    blocks = args.structure("blocks", error="invalid_blocks_format")
    if blocks is None:
        return []
    if not isinstance(blocks, list):
        raise RefusedError("invalid_blocks_format")
    return check_blocks(blocks)


def check_blocks(blocks: list[Json]) -> list[Json]:
    problems = message_problems(blocks)
    if problems:
        raise RefusedError("invalid_blocks", problems)
    if rendered_length(blocks) > RENDERED_BUDGET:
        raise RefusedError("msg_blocks_too_long")
    return blocks


def _attachments(args: Arguments) -> list[Json]:
    attachments = args.structure("attachments", error="invalid_attachments") or []
    if not isinstance(attachments, list) or not all(isinstance(one, dict) for one in attachments):
        raise RefusedError("invalid_attachments")
    if len(attachments) > ATTACHMENTS:
        raise RefusedError("too_many_attachments")
    for attachment in attachments:
        check_blocks(attachment.get("blocks", []))
    return attachments


def read_metadata(args: Arguments) -> Json | None:
    """Reads the metadata; `{}` removes the existing one."""
    metadata = args.structure("metadata", error="invalid_metadata_format")
    if metadata is None:
        return None
    if metadata == {}:
        return {}
    if not isinstance(metadata, dict):
        raise RefusedError("invalid_metadata_format")
    named = isinstance(metadata.get("event_type"), str) and metadata["event_type"]
    if not named or not isinstance(metadata.get("event_payload"), dict):
        raise RefusedError(
            "invalid_metadata_format", ["event_type and event_payload are required [json-pointer:/metadata]"]
        )
    return {"event_type": metadata["event_type"], "event_payload": metadata["event_payload"]}
