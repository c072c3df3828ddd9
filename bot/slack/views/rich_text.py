"""Rich text of people's words, and of sentences of the desk with words of people in them.

Slack parses no markup in rich text, so nobody can mention people or pose as the desk.
Elements: docs.slack.dev/reference/block-kit/blocks/rich-text-block."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from markdown_it.token import Token

from bot.chat_markdown.parser import BlockNode, parse
from bot.helpdesk.text import legible
from bot.slack.markdown import (
    SOMEONE,
    chunks,
    escape_mrkdwn,
    excerpt,
    honest_label,
    pieces,
    render_sentence,
    safe_target,
)
from bot.slack.markdown.slack_markup import EMOJI_CODE, is_standard_emoji, may_be_emoji
from bot.slack.views.blocks import MOMENT_FORMAT, Block, sections, utc_moment

Leaf = dict[str, Any]
Style = dict[str, bool]

# A much longer block could not be moved into another message.
_LONGEST_BLOCK = 6_000
_LONGEST_LEAF = 2_900
_LONGEST_ADDRESS = 3_000

_CODE = r"```(?!\s*```)(?P<code>(?:(?!```).)+)```"
_FENCED = re.compile(rf"^[ \t]*{_CODE}[ \t]*$", re.DOTALL | re.MULTILINE)
_FENCED_ANYWHERE = re.compile(_CODE, re.DOTALL)
_QUOTATION = re.compile(r"^>>> ?(?P<rest>(?s:.+))|(?:^> ?.*(?:\n|$))+", re.MULTILINE)

# Brackets belong to an address where they are closed in it: "(https://a.example)", "https://a.example/x_(y)".
_CLOSED = r"\((?>[^\s<>\"()]|\([^\s<>\"()]*\))*\)"
_ADDRESS = rf"(?P<address>https?://(?:{_CLOSED}|[^\s<>\")])+(?<![.,:;!?'*_~\[{{\]}}(]))"
_MAILBOX = r"(?P<mailbox>(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}(?![\w@]))"
_LABELLED = r"\[(?P<label>[^\[\]\n]+)\]\((?P<target>[a-z][a-z0-9+.-]*:[^\s()]+)\)"
_BEFORE, _AFTER = r"(?<![\w\\/{0}]){0}(?![\s{0}])", r"(?<![\s{0}]){0}(?![\w\\/{0}])"


def _between(mark: str, name: str) -> str:
    """Matches words between two marks that are neither inside a word nor in a path."""
    return rf"{_BEFORE.format(mark)}(?P<{name}>[^{mark}\n]+){_AFTER.format(mark)}"


_UNFORMATTED = re.compile(f"{_ADDRESS}|{_MAILBOX}|{EMOJI_CODE.pattern}", re.IGNORECASE)
_FORMATTED = re.compile(
    "|".join(
        [
            r"`(?P<code>[^`\n]+)`",
            _LABELLED,
            _ADDRESS,
            _MAILBOX,
            EMOJI_CODE.pattern,
            _between(r"\*", "bold"),
            _between("_", "italic"),
            _between("~", "strike"),
        ]
    ),
    re.IGNORECASE,
)


def as_unformatted(text: str, *, quoted: bool = False) -> list[Block]:
    """Renders text character by character, with links, emoji and fenced code."""
    return _blocks(text, _FENCED, lambda words: _sections(words, _plain_leaves, quoted=quoted))


def as_formatted(text: str, *, quoted: bool = False) -> list[Block]:
    """Renders text with the formatting that Slack's composer shows: bold, italic, strike, code, quotes.

    Labelled links are `[label](address)`, as `from_slack` writes them.
    """
    return _blocks(text, _FENCED_ANYWHERE, lambda words: _passages(words, quoted=quoted))


def verbatim(text: str) -> list[Block]:
    """Renders text character by character, without links."""
    return [rich_text_block(line_of(*text_leaves(piece, {}))) for piece in pieces(legible(text), _LONGEST_BLOCK)]


def rich_text_block(*elements: Block) -> Block:
    """Builds a block of lines and quotations."""
    return {"type": "rich_text", "elements": list(elements)}


def line_of(*leaves: Leaf) -> Block:
    """Builds an element of one line or more."""
    return {"type": "rich_text_section", "elements": list(leaves)}


def quote(words: str) -> Block:
    """Builds a quotation of somebody's words, character by character."""
    return {"type": "rich_text_quote", "elements": _plain_leaves(legible(words), {})}


def leaf(words: str, **style: bool) -> Leaf:
    """Builds a leaf of text; `style` is `bold`, `italic`, `strike` or `code`."""
    return {"type": "text", "text": words, **({"style": style} if style else {})}


def moment_leaf(at: float) -> Leaf:
    """Builds a leaf of a time, to the minute, that Slack shows in each reader's time zone."""
    return {"type": "date", "timestamp": int(at), "format": MOMENT_FORMAT, "fallback": utc_moment(at)}


def _blocks(text: str, fence: re.Pattern[str], words: Callable[[str], Iterator[Block]]) -> list[Block]:
    """Packs the elements into as few blocks as they need."""
    blocks: list[list[Block]] = [[]]
    size = 0
    for element in _elements(legible(text), fence, words):
        weight = _size(element)
        if blocks[-1] and size + weight > _LONGEST_BLOCK:
            blocks.append([])
            size = 0
        blocks[-1].append(element)
        size += weight
    # A quotation of nothing has no elements, which Slack refuses.
    return [rich_text_block(*(elements or [line_of(leaf(text or " "))])) for elements in blocks]


def _size(element: Block) -> int:
    return sum(len(leaf.get("text") or leaf.get("url") or leaf.get("name") or "") for leaf in element["elements"])


def _elements(text: str, fence: re.Pattern[str], words: Callable[[str], Iterator[Block]]) -> Iterator[Block]:
    done = 0
    for match in fence.finditer(text):
        yield from words(text[done : match.start()].removesuffix("\n"))
        for piece in pieces(match["code"].removeprefix("\n").removesuffix("\n"), _LONGEST_BLOCK):
            yield {"type": "rich_text_preformatted", "elements": text_leaves(piece, {})}
        done = match.end() + text.startswith("\n", match.end())
    yield from words(text[done:] if text.strip() else " ")


def _passages(text: str, *, quoted: bool) -> Iterator[Block]:
    """Yields sections and quotations."""
    done = 0
    for match in () if quoted else _QUOTATION.finditer(text):
        yield from _sections(text[done : match.start()].removesuffix("\n"), _formatted_leaves, quoted=False)
        lines = (re.sub(r"^> ?", "", line) for line in match[0].removesuffix("\n").split("\n"))
        yield from _sections(match["rest"] or "\n".join(lines), _formatted_leaves, quoted=True)
        done = match.end()
    yield from _sections(text[done:], _formatted_leaves, quoted=quoted)


def _sections(text: str, leaves: Callable[[str, Style], list[Leaf]], *, quoted: bool) -> Iterator[Block]:
    kind = "rich_text_quote" if quoted else "rich_text_section"
    for piece in (text,) if len(text) <= _LONGEST_BLOCK else pieces(text, _LONGEST_BLOCK):
        if piece:
            yield {"type": kind, "elements": leaves(piece, {})}


# Leaves.


def _plain_leaves(text: str, style: Style) -> list[Leaf]:
    return _leaves(text, style, _UNFORMATTED, is_standard_emoji)


def _formatted_leaves(text: str, style: Style) -> list[Leaf]:
    return _leaves(text, style, _FORMATTED, may_be_emoji)


def _leaves(text: str, style: Style, pattern: re.Pattern[str], is_emoji: Callable[[str], bool]) -> list[Leaf]:
    found: list[Leaf] = []
    done = 0
    for match in pattern.finditer(text):
        leaves = _marked_up(match, style, is_emoji)
        if leaves is not None:
            found += [*text_leaves(text[done : match.start()], style), *leaves]
            done = match.end()
    return [*found, *text_leaves(text[done:], style)]


def _marked_up(match: re.Match[str], style: Style, is_emoji: Callable[[str], bool]) -> list[Leaf] | None:
    """Returns the leaves of a match; None if it is plain text after all."""
    groups = {name: content for name, content in match.groupdict().items() if content is not None}
    if "name" in groups:
        return [_emoji(groups)] if is_emoji(groups["name"].lower()) else None
    if "target" in groups:
        return _link(groups["target"], groups["label"], style)
    if "address" in groups:
        return _link(groups["address"], None, style)
    if "mailbox" in groups:
        return _link(f"mailto:{groups['mailbox']}", groups["mailbox"], style)
    ((kind, content),) = groups.items()
    if kind == "code":
        return text_leaves(content, {**style, "code": True})
    return _formatted_leaves(content, {**style, kind: True})


def _emoji(groups: dict[str, str]) -> Leaf:
    tone = {"skin_tone": int(groups["tone"][-1])} if "tone" in groups else {}
    return {"type": "emoji", "name": groups["name"].lower(), **tone}


def _link(address: str, label: str | None, style: Style) -> list[Leaf] | None:
    if safe_target(address) is None or len(address) > _LONGEST_ADDRESS:
        return None
    link: Leaf = {"type": "link", "url": address}
    if label is not None:
        link["text"] = label + honest_label(label, address)
    return [{**link, "style": style} if style else link]


def text_leaves(text: str, style: Style) -> list[Leaf]:
    """Splits a text into leaves of limited length that make the text again."""
    worn: Leaf = {"style": style} if style else {}
    return [{"type": "text", "text": chunk, **worn} for chunk in chunks(text, _LONGEST_LEAF)]


# Leaves as text, for messages without rich text.

# Markup of mrkdwn, inside a word or around it.
_MARK = re.compile(r"[*_~`]|^(?:>|&gt;)|:[\w+'-]+:", re.MULTILINE)
_MARKS = {"bold": "*", "italic": "_", "strike": "~", "code": "`"}


def needs_plain_text(leaves: Iterable[Leaf], *, code: bool = False) -> bool:
    """Tells whether unformatted leaves hold characters that mrkdwn would take for markup."""
    read = [leaf for leaf in leaves if leaf["type"] == "text"]
    if code:
        return any("```" in leaf["text"] for leaf in read)
    styled = any(leaf.get("style") or (leaf["type"] == "link" and leaf.get("text")) for leaf in leaves)
    return not styled and any(_MARK.search(leaf["text"]) for leaf in read)


def as_plain_text(leaves: Iterable[Leaf]) -> str:
    """Writes leaves as plain text."""
    return "".join(map(_plain, leaves))


def as_mrkdwn(leaves: Sequence[Leaf]) -> str:
    """Writes leaves as escaped mrkdwn."""
    return "".join(map(_mrkdwn, leaves))


def _plain(leaf: Leaf) -> str:
    match leaf["type"]:
        case "link":
            label, address = leaf.get("text"), str(leaf["url"]).removeprefix("mailto:")
            return address if label in (None, leaf["url"], address) else f"{label} ({address})"
        case "emoji":
            tone = f":skin-tone-{leaf['skin_tone']}:" if "skin_tone" in leaf else ""
            return f":{leaf['name']}:{tone}"
        case "user":
            return f"<@{leaf['user_id']}>"
        case "date":
            return str(leaf["fallback"])
    return str(leaf.get("text", ""))


def _mrkdwn(leaf: Leaf) -> str:
    match leaf["type"]:
        case "link":
            address = escape_mrkdwn(str(leaf["url"]))
            label = " ".join(escape_mrkdwn(str(leaf.get("text") or "")).split())
            return f"<{address}|{label}>" if label else f"<{address}>"
        case "date":
            return f"<!date^{leaf['timestamp']}^{leaf['format']}|{leaf['fallback']}>"
        case "text":
            return _styled(escape_mrkdwn(str(leaf["text"])), leaf.get("style") or {})
    return _plain(leaf)


def _styled(words: str, style: Mapping[str, bool]) -> str:
    inner = words.strip()
    marks = "".join(mark for name, mark in _MARKS.items() if style.get(name))
    if not inner or not marks or "\n" in inner:
        return words
    start = words.index(inner)
    return f"{words[:start]}{marks}{inner}{marks[::-1]}{words[start + len(inner) :]}"


# Sentences of the desk, which are Markdown. Slack's mrkdwn has no escapes: a sentence with a literal `*`, perhaps in a
# name, becomes rich text.

# An escaped mark where Slack would take it for the beginning or the end of formatting: not inside a word.
_LITERAL_MARK = re.compile(r"(?<!\w)\\[*_~]|\\[*_~](?!\w)|\\`")
_PLACEHOLDER = re.compile(r"(\{(?:person|on_call)\})")
_WORDS = "{words}"
_STYLES = {"strong": "bold", "em": "italic", "s": "strike"}


def sentence_text(markdown: str, *, person: str | None = None, words: str | None = None, someone: str = SOMEONE) -> str:
    """Renders a sentence as escaped mrkdwn, with the beginning of somebody's words in place of `{words}`."""
    render = partial(render_sentence, person=person, someone=someone)
    if words is None:
        return render(markdown)
    before, _, after = markdown.partition(_WORDS)
    return "\n".join(filter(None, (render(before), excerpt(words), render(after))))


def sentence_blocks(
    markdown: str,
    *,
    person: str | None = None,
    on_call: str | None = None,
    words: list[Block] | None = None,
    someone: str = SOMEONE,
) -> list[Block]:
    """Renders a sentence as blocks, with the blocks of somebody's words in place of `{words}` or at the end."""
    before, _, after = markdown.partition(_WORDS)
    above, below = (
        _sentence_piece(piece.strip(), person, on_call, someone) if piece.strip() else [] for piece in (before, after)
    )
    return [*above, *(words or ()), *below]


def _sentence_piece(markdown: str, person: str | None, on_call: str | None, someone: str) -> list[Block]:
    if _LITERAL_MARK.search(markdown):
        user = {"type": "user", "user_id": person} if person else leaf(someone)
        mentions = {"{person}": user, "{on_call}": {"type": "usergroup", "usergroup_id": on_call or ""}}
        return [rich_text_block(*_paragraphs(parse(legible(markdown)), mentions))]
    return sections(render_sentence(markdown, person=person, on_call=on_call, someone=someone))


def _paragraphs(blocks: Sequence[BlockNode], mentions: Mapping[str, Leaf]) -> Iterator[Block]:
    """Yields the paragraphs of a sentence, and its quotations."""
    for number, block in enumerate(blocks):
        if block.kind == "blockquote":
            inner = [*_merged(found for child in block.children for found in _inline_leaves(child.inline, mentions))]
            yield {"type": "rich_text_quote", "elements": inner or [leaf(" ")]}
        else:
            gap = [leaf("\n")] if number else []
            yield line_of(*gap, *_merged(_inline_leaves(block.inline, mentions)))


def _merged(leaves: Iterable[Leaf]) -> Iterator[Leaf]:
    """Joins neighbouring texts of one style, as far as one leaf holds them."""
    for (kind, style), group in itertools.groupby(leaves, key=lambda leaf: (leaf["type"], leaf.get("style", {}))):
        if kind == "text":
            yield from text_leaves("".join(one["text"] for one in group), style)
        else:
            yield from group


def _inline_leaves(tokens: Sequence[Token], mentions: Mapping[str, Leaf]) -> Iterator[Leaf]:
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
