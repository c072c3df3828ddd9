"""Parses Markdown into a tree of blocks, including the dialects that assistants write.

Beside CommonMark these are Slack's own links, HTML tags, numbered citations and formulas. Each is an inline rule of
markdown-it (https://markdown-it-py.readthedocs.io/en/latest/architecture.html): it looks at the current position,
pushes ordinary tokens for its match, and returns whether there was one.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference, unescapeAll
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_SLACK_LINK = re.compile(r"<(?P<target>[a-z][a-z0-9+.-]*:[^\s<>|]+)\|(?P<label>[^<>\n|]+)>", re.IGNORECASE)
_ANCHOR = re.compile(
    r"<a\s(?:[^<>]*?\s)?href\s*=\s*(?P<quote>[\"']?)(?P<target>[^\"'\s<>]+)(?P=quote)[^<>]*>(?P<inner>.{0,3000}?)</a\s*>",
    re.IGNORECASE | re.DOTALL,
)
_IMAGE = re.compile(r"<img\s[^<>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"\b(src|alt)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_PAIR = re.compile(
    r"<(?P<name>[a-z][a-z0-9]*)(?:\s[^<>]*)?>(?P<inner>.{0,3000}?)</(?P=name)\s*>", re.IGNORECASE | re.DOTALL
)
_LONGEST_INNER = 3_000
_BREAK = re.compile(r"<[bh]r\s*/?>", re.IGNORECASE)
_CALL = re.compile(
    r"\[(?P<label>[^\[\]\n]+)\]\(\s*(?P<scheme>tel|sms):(?P<number>[+\d][\d ()/.-]{2,30})\)", re.IGNORECASE
)
_ITEM = re.compile(r"<li(?:\s[^<>]*)?>", re.IGNORECASE)
_IGNORED_TAG = re.compile(
    r"<!--.{0,3000}?-->"
    r"|</?(?P<name>p|div|span|details|summary|ul|ol|u|small|mark|center|font|sub|sup)(?:\s[^<>]*)?/?>|</li\s*>",
    re.IGNORECASE | re.DOTALL,
)
_EMPHASIS = {
    **dict.fromkeys(("b", "strong", "summary", "h1", "h2", "h3", "h4", "h5", "h6"), ("strong", "**")),
    **dict.fromkeys(("i", "em", "cite"), ("em", "*")),
    **dict.fromkeys(("s", "del", "strike"), ("s", "~~")),
}
_CODE = frozenset({"code", "kbd", "samp", "tt", "pre"})
# Without the tag a raised digit would make another number: "10<sup>6</sup>" is not 106.
_RAISED = {
    "sup": str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ"),
    "sub": str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎"),
}
_CITED = re.compile(r"\[(?P<label>\^?\d{1,4})\](?!\()")
_FORMULA = re.compile(
    r"\$\$(?P<display>[^$]{1,1000})\$\$"
    r"|\\\[(?P<block>[^\[\]]{1,1000}?)\\\]"
    r"|\\\((?P<inline>[^\n]{1,300}?)\\\)"
    r"|\$(?P<dollar>[^$\n]{1,300})\$(?!\d)",
    re.DOTALL,
)
_FORMULA_SIGN = re.compile(r"[\\^_{}=]")
_DEEPEST = 60


@dataclass(frozen=True, slots=True)
class BlockNode:
    """One block: a paragraph, list, item, quote, fence, table, row, cell, ... and the blocks in it."""

    token: Token
    children: list[BlockNode] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """`paragraph`, `list_item`, `fence` and so on, in the words of markdown-it."""
        return self.token.type.removesuffix("_open")

    @property
    def inline(self) -> Sequence[Token]:
        """The inline tokens of a paragraph, heading or cell."""
        return [token for child in self.children for token in child.token.children or ()]


def _build_parser() -> MarkdownIt:
    """Builds a parser of CommonMark with tables, strikethrough and the extensions below, and without HTML.

    It accepts every link target, because the writers check targets themselves: a target that markdown-it refuses would
    stay in the text for Slack to read.
    """
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": _DEEPEST}).enable(["table", "strikethrough"])
    parser.core.ruler.disable("text_join")  # keeps escapes and entities apart from words
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    _add_extensions(parser)
    return parser


def block_tokens(markdown: str) -> list[Token]:
    """Returns the flat list of block tokens, each with the lines it covers."""
    return _PARSER.parse(markdown)


@functools.lru_cache(maxsize=16)  # An answer is made safe and excerpted when it arrives, and again when it is posted.
def parse(markdown: str) -> Sequence[BlockNode]:
    """Returns the blocks of a text in order, followed by a list of the references it defines but does not use."""
    env: dict[str, Any] = {}
    found = _PARSER.parse(markdown, env)
    return tuple(_tree([*found, *_PARSER.parse("\n".join(_unused_references(found, env)))]))


def _unused_references(found: Iterable[Token], env: Mapping[str, Any]) -> Iterator[str]:
    """Yields each as a list item with a link, labelled by its number where it has one."""
    used = {token.attrs.get("href") or token.attrs.get("src") for token in _flattened(found)}
    for label, source in env.get("references", {}).items():
        if source["href"] not in used:
            name = f"\\[{label}\\]" if label.isdigit() else source["title"].replace("]", "") or source["href"]
            yield f"- [{name}](<{source['href']}>)"


def _flattened(found: Iterable[Token]) -> Iterator[Token]:
    for token in found:
        yield token
        yield from _flattened(token.children or ())


def _tree(found: Iterable[Token]) -> list[BlockNode]:
    top: list[BlockNode] = []
    open_blocks: list[list[BlockNode]] = [top]
    for token in found:
        if token.nesting == -1:
            open_blocks.pop()
            continue
        block = BlockNode(token)
        open_blocks[-1].append(block)
        if token.nesting == 1:
            open_blocks.append(block.children)
    return top


# Extensions of the parser.


def _add_extensions(parser: MarkdownIt) -> None:
    rules = parser.inline.ruler
    rules.before("escape", "formula", _formula)
    rules.before("link", "citation", _citation)
    rules.before("link", "call", _call)
    rules.before("autolink", "slack_link", _slack_link)
    rules.before("autolink", "html_tags", _html_tags)


def _formula(state: StateInline, silent: bool) -> bool:
    """Reads a formula as code, so that its underscores and backslashes are not taken for markup."""
    if state.src[state.pos] not in "$\\" or (match := _FORMULA.match(state.src, state.pos, state.posMax)) is None:
        return False
    content = str(match[str(match.lastgroup)])
    if not _is_formula(str(match.lastgroup), content):
        return False
    if not silent:
        token = state.push("code_inline", "code", 0)
        token.markup, token.content = "`", " ".join(content.split())
    state.pos = match.end()
    return True


def _is_formula(kind: str, content: str) -> bool:
    """Tells a formula from an escaped bracket and from a price."""
    if kind == "display":
        return content.strip() != ""
    if kind == "dollar" and content != content.strip():
        return False
    return _FORMULA_SIGN.search(content) is not None or (kind == "inline" and not re.search(r"\s", content))


def _citation(state: StateInline, silent: bool) -> bool:
    """Reads a numbered reference: `[1][2]` are two references, not the second one labelled with the first."""
    match = _CITED.match(state.src, state.pos, state.posMax)
    reference = state.env.get("references", {}).get(normalizeReference(match["label"])) if match else None
    if match is None or reference is None:
        return False
    if not silent:
        state.push("link_open", "a", 1).attrs = {"href": reference["href"]}
        _push_special(state, "[")
        state.push("text", "", 0).content = match["label"]
        _push_special(state, "]")
        state.push("link_close", "a", -1)
    state.pos = match.end()
    return True


def _call(state: StateInline, silent: bool) -> bool:
    """Reads a link to a telephone number, whose blanks and brackets would end any other link target."""
    match = _CALL.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        number = re.sub(r"[^+\d]", "", match["number"].replace("(0)", ""))
        _push_link(state, f"{match['scheme'].lower()}:{number}", unescapeAll(match["label"]))
    state.pos = match.end()
    return True


def _slack_link(state: StateInline, silent: bool) -> bool:
    match = _SLACK_LINK.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        _push_link(state, unescapeAll(match["target"]), unescapeAll(match["label"]))
    state.pos = match.end()
    return True


def _html_tags(state: StateInline, silent: bool) -> bool:
    """Reads the HTML tags that assistants use for formatting. Anything else in angle brackets stays text."""
    if state.src[state.pos] != "<":
        return False
    for pattern, push in _TAGS:
        match = pattern.match(state.src, state.pos, state.posMax)
        if match is not None and (silent or push(state, match)):
            state.pos = match.end()
            return True
    return False


def _push_break(state: StateInline, match: re.Match[str]) -> bool:
    state.push("hardbreak", "br", 0)
    return True


def _push_item(state: StateInline, match: re.Match[str]) -> bool:
    if state.tokens or state.pending:
        state.push("hardbreak", "br", 0)
    state.pending += "• "
    return True


def _push_anchor(state: StateInline, match: re.Match[str]) -> bool:
    state.push("link_open", "a", 1).attrs = {"href": unescapeAll(match["target"])}
    _push_inner(state, match)
    state.push("link_close", "a", -1)
    return True


def _push_image(state: StateInline, match: re.Match[str]) -> bool:
    given = {name.lower(): first or second or third for name, first, second, third in _ATTRIBUTE.findall(match[0])}
    _push_link(state, unescapeAll(given.get("src", "")), unescapeAll(given.get("alt", "")))
    return True


def _push_pair(state: StateInline, match: re.Match[str]) -> bool:
    name = match["name"].lower()
    if name in _CODE and match["inner"].strip():
        token = state.push("code_inline", "code", 0)
        token.markup, token.content = "`", " ".join(unescapeAll(match["inner"]).split())
        return True
    if name in _RAISED and all(ord(one) in _RAISED[name] for one in match["inner"]):
        state.pending += match["inner"].translate(_RAISED[name])
        return True
    if name not in _EMPHASIS or not match["inner"].strip():
        return False
    kind, mark = _EMPHASIS[name]
    state.push(f"{kind}_open", kind, 1).markup = mark
    _push_inner(state, match)
    state.push(f"{kind}_close", kind, -1).markup = mark
    if name.startswith(("h", "summary")):
        state.push("hardbreak", "br", 0)
    return True


def _push_ignored_tag(state: StateInline, match: re.Match[str]) -> bool:
    # In a type such as Vec<u> it is not a tag, unless it is closed later.
    if not state.src[state.pos - 1 : state.pos].isalnum() or match[0].startswith(("</", "<!--")):
        return True
    return f"</{match['name']}>".lower() in state.src[match.end() : match.end() + _LONGEST_INNER].lower()


_TAGS = (
    (_BREAK, _push_break),
    (_ANCHOR, _push_anchor),
    (_IMAGE, _push_image),
    (_PAIR, _push_pair),
    (_ITEM, _push_item),
    (_IGNORED_TAG, _push_ignored_tag),
)


def _push_inner(state: StateInline, match: re.Match[str]) -> None:
    """Parses the text between two tags, without the blanks at its ends."""
    inner = match["inner"]
    end = state.posMax
    state.pos = match.start("inner") + len(inner) - len(inner.lstrip())
    state.posMax = match.end("inner") - len(inner) + len(inner.rstrip())
    state.md.inline.tokenize(state)
    state.posMax = end


def _push_special(state: StateInline, character: str) -> None:
    token = state.push("text_special", "", 0)
    token.content, token.markup, token.info = character, f"\\{character}", "escape"


def _push_link(state: StateInline, target: str, label: str) -> None:
    state.push("link_open", "a", 1).attrs = {"href": target}
    state.push("text", "", 0).content = label
    state.push("link_close", "a", -1)


_PARSER = _build_parser()
