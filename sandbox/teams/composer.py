"""Composes messages as people type them: mentions become entities, and the text is repeated as HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sandbox.teams.wire import Json

MENTION = re.compile(r"<at>(.*?)</at>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Mentioned:
    """Somebody who is mentioned: a person or the bot, by the id that this bot knows."""

    mri: str
    name: str


def composed(text: str, named: Callable[[str], Mentioned], mentioned: Sequence[Mentioned] = ()) -> Json:
    """Returns the parts of a message that a person types.

    A mention is typed as `<at>name</at>`. It means the next of `mentioned`, or else whoever is `named` so.
    """
    given = iter(mentioned)
    found = [next(given, None) or named(name) for name in MENTION.findall(text)]
    words = MENTION.split(text)[::2]
    spans = [f"<at>{html.escape(one.name, quote=False)}</at>" for one in found]
    body: Json = {"text": _woven(words, spans), "attachments": [_as_html(words, found)]}
    if found:
        body["entities"] = [
            {"type": "mention", "mentioned": {"id": one.mri, "name": one.name}, "text": span}
            for one, span in zip(found, spans, strict=True)
        ]
    return body


def _woven(words: Sequence[str], spans: Sequence[str]) -> str:
    """Joins escaped words with what stands between them."""
    parts = [html.escape(words[0], quote=False)]
    for span, following in zip(spans, words[1:], strict=True):
        parts += [span, html.escape(following, quote=False)]
    return "".join(parts)


def _as_html(words: Sequence[str], found: Sequence[Mentioned]) -> Json:
    spans = [
        f'<span itemscope itemtype="http://schema.skype.com/Mention" itemid="{index}">{html.escape(one.name)}</span>'
        for index, one in enumerate(found)
    ]
    return html_attachment(f"<p>{_woven(words, spans)}</p>".replace("\n", "<br>"))


def html_attachment(content: str) -> Json:
    """Returns the attachment that repeats a message as HTML."""
    return {"contentType": "text/html", "content": content}


def quoted(body: Json, author: Mentioned, quoted_id: str, preview: str) -> Json:
    """Returns the parts of a message with a quotation above it, which only the HTML shows."""
    quotation = (
        f'<blockquote itemscope itemtype="http://schema.skype.com/Reply" itemid="{quoted_id}">'
        f'<strong itemprop="mri" itemid="{author.mri}">{html.escape(author.name)}</strong>'
        f'<p itemprop="preview">{html.escape(preview)}</p></blockquote>'
    )
    own = body["attachments"][0]["content"]
    return {**body, "attachments": [html_attachment(quotation + own)]}
