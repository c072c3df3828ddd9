"""Text as an Atlassian document (ADF), which has no markup in its text: Jira shows the text as it is.

Source: https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

Node = dict[str, Any]

_LINK = re.compile(r"https?://[^\s<>\"'`|\\^{}\[\]]*[^\s<>\"'`|\\^{}\[\].,;:!?()]")
_BREAK: Node = {"type": "hardBreak"}


def document(text: str) -> Node:
    """Returns a paragraph for each block of lines. Only addresses that are spelt out become links."""
    blocks = re.split(r"\n{2,}", text.replace("\r\n", "\n").replace("\r", "\n").strip("\n"))
    return {"type": "doc", "version": 1, "content": [_paragraph(block) for block in blocks]}


def size(document: Node) -> int:
    """Returns the number of characters that Jira may count at most."""
    return len(json.dumps(document, ensure_ascii=False))


def _paragraph(block: str) -> Node:
    nodes: list[Node] = []
    for line in block.split("\n"):
        nodes += [_BREAK, *_texts(line)]
    return {"type": "paragraph", "content": nodes[1:]}


def _texts(line: str) -> Iterator[Node]:
    done = 0
    for link in _LINK.finditer(line):
        yield from _plain(line[done : link.start()])
        mark = {"type": "link", "attrs": {"href": link[0]}}
        yield {"type": "text", "text": link[0], "marks": [mark]}
        done = link.end()
    yield from _plain(line[done:])


def _plain(text: str) -> Iterator[Node]:
    """Yields no node for an empty text, which Jira refuses."""
    if text:
        yield {"type": "text", "text": text}
