"""Sentences of the desk, which are Markdown, as mrkdwn and as blocks.

Slack's mrkdwn has no escapes. A sentence with a literal `*` in a name, for example, therefore becomes rich text.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from markdown_it.token import Token

from bot.helpdesk.text import legible
from bot.slack.markdown import excerpt, safe_target, sentence_mrkdwn
from bot.slack.markdown.parser import BlockNode, parse
from bot.slack.views.blocks import Block, sections
from bot.slack.views.rich_text import Leaf, leaf, line_of, rich_text_block, text_leaves

# An escaped mark where Slack would take it for the beginning or the end of formatting: not inside a word.
_LITERAL_MARK = re.compile(r"(?<!\w)\\[*_~]|\\[*_~](?!\w)|\\`")
_PLACEHOLDER = re.compile(r"(\{(?:person|on_call)\})")
_WORDS = "{words}"
_STYLES = {"strong": "bold", "em": "italic", "s": "strike"}


@functools.lru_cache(maxsize=64)  # The text and the blocks of a message show the same sentence.
def render_sentence(markdown: str, *, person: str | None = None, on_call: str | None = None) -> str:
    """Renders a sentence as escaped mrkdwn; the placeholders of a person and of a group become mentions."""
    mentions = {"{person}": f"<@{person}>" if person else "someone", "{on_call}": f"<!subteam^{on_call}>"}
    return sentence_mrkdwn(markdown, mentions)


def sentence_text(markdown: str, *, person: str | None = None, words: str | None = None) -> str:
    """Renders a sentence as escaped mrkdwn, with the beginning of somebody's words in place of `{words}`."""
    if words is None:
        return render_sentence(markdown, person=person)
    before, _, after = markdown.partition(_WORDS)
    pieces = (render_sentence(before, person=person), excerpt(words), render_sentence(after, person=person))
    return "\n".join(filter(None, pieces))


def sentence_blocks(
    markdown: str, *, person: str | None = None, on_call: str | None = None, words: list[Block] | None = None
) -> list[Block]:
    """Renders a sentence as blocks, with the blocks of somebody's words in place of `{words}` or at the end."""
    before, _, after = markdown.partition(_WORDS)
    pieces = [_blocks(piece.strip(), person, on_call) if piece.strip() else [] for piece in (before, after)]
    return [*pieces[0], *(words or ()), *pieces[1]]


def _blocks(markdown: str, person: str | None, on_call: str | None) -> list[Block]:
    if _LITERAL_MARK.search(markdown):
        mentions = {"{person}": _user(person), "{on_call}": {"type": "usergroup", "usergroup_id": on_call or ""}}
        return [rich_text_block(*_elements(parse(legible(markdown)), mentions))]
    return sections(render_sentence(markdown, person=person, on_call=on_call))


def _user(person: str | None) -> Leaf:
    return {"type": "user", "user_id": person} if person else leaf("someone")


def _elements(blocks: Sequence[BlockNode], mentions: Mapping[str, Leaf]) -> Iterator[Block]:
    """Yields the paragraphs of a sentence, and its quotations."""
    for number, block in enumerate(blocks):
        if block.kind == "blockquote":
            inner = [*_merged(found for child in block.children for found in _leaves(child.inline, mentions))]
            yield {"type": "rich_text_quote", "elements": inner or [leaf(" ")]}
        else:
            gap = [leaf("\n")] if number else []
            yield line_of(*gap, *_merged(_leaves(block.inline, mentions)))


def _merged(leaves: Iterable[Leaf]) -> Iterator[Leaf]:
    """Joins neighbouring texts of one style, as far as one leaf holds them."""
    for (kind, style), group in itertools.groupby(leaves, key=lambda leaf: (leaf["type"], leaf.get("style", {}))):
        if kind == "text":
            yield from text_leaves("".join(one["text"] for one in group), style)
        else:
            yield from group


def _leaves(tokens: Sequence[Token], mentions: Mapping[str, Leaf]) -> Iterator[Leaf]:
    style: dict[str, bool] = {}
    address = None
    for token in tokens:
        name, _, end = token.type.rpartition("_")
        if name in _STYLES:
            style = {**style, _STYLES[name]: True} if end == "open" else {}
        elif name == "link":
            address = safe_target(str(token.attrs.get("href"))) if end == "open" else None
        elif address is not None:
            yield {"type": "link", "url": address}
        elif token.type == "code_inline":
            yield leaf(token.content, code=True)
        elif token.type.endswith("break"):
            yield leaf("\n")
        else:
            for piece in filter(None, _PLACEHOLDER.split(token.content)):
                is_placeholder = piece in mentions and token.type == "text"
                yield mentions[piece] if is_placeholder else leaf(piece, **style)
