"""Renders Slack's markup, mrkdwn, as HTML, and converts it from and to what people type on the page.

See docs.slack.dev/messaging/formatting-message-text.
"""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sandbox.demo.html import LINE_BREAK, Html, element, escaped, join

_PREFORMATTED = re.compile(r"```(.*?)```", re.DOTALL)
_QUOTE = re.compile(r"(?:>|&gt;) ?")


def _between(mark: str, name: str) -> str:
    """Returns a pattern for text between two marks that are not inside a word."""
    return rf"(?<![\w{mark}]){mark}(?! )(?P<{name}>[^{mark}\n]+)(?<! ){mark}(?![\w{mark}])"


_INLINE = re.compile(
    "|".join(
        [
            r"`(?P<code>[^`\n]+)`",
            r"<(?P<token>[^<>\n]+)>",
            # Slack makes links of addresses, and leaves what ends the sentence out of them.
            r"(?P<address>https?://[^\s<>|`]*[^\s<>|`.,:;!?)*_~])",
            r":(?P<emoji>[a-z0-9_+-]+):",
            _between(r"\*", "bold"),
            _between("_", "italic"),
            _between("~", "struck"),
        ]
    )
)

EMOJI: Mapping[str, str] = {
    "+1": "👍",
    "-1": "👎",
    "eyes": "👀",
    "hourglass_flowing_sand": "⏳",
    "incoming_envelope": "📨",
    "lock": "🔒",
    "rotating_light": "🚨",
    "speech_balloon": "💬",
    "tada": "🎉",
    "thumbsdown": "👎",
    "thumbsup": "👍",
    "warning": "⚠️",
    "wave": "👋",
    "white_check_mark": "✅",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Names of people, channels and user groups, by id. An unknown id is shown as it is.

    `bots` are the ids in `people` that are bots.
    """

    people: Mapping[str, str]
    channels: Mapping[str, str]
    groups: Mapping[str, str] = field(default_factory=dict)
    bots: frozenset[str] = frozenset()

    def person(self, id: str) -> str:
        return self.people.get(id, id)

    def channel(self, id: str) -> str:
        return self.channels.get(id, id)

    def group(self, id: str) -> str:
        return self.groups.get(id, id)


def mrkdwn(text: str, names: Names) -> Html:
    """Renders a text: preformatted parts, quotes, and lines with inline markup."""
    parts = _PREFORMATTED.split(text)
    return join(_preformatted(part) if number % 2 else _lines(part, names) for number, part in enumerate(parts))


def _preformatted(text: str) -> Html:
    return element("pre", element("code", plain(text).strip("\n")))


def _lines(text: str, names: Names) -> Html:
    groups = itertools.groupby(text.strip("\n").split("\n"), key=lambda line: _QUOTE.match(line) is not None)
    return join(_group(list(lines), names, quoted=quoted) for quoted, lines in groups)


def _group(lines: list[str], names: Names, *, quoted: bool) -> Html:
    written = [inline(_QUOTE.sub("", line, count=1) if quoted else line, names) for line in lines]
    if not any(written):
        return join(())
    return element("blockquote" if quoted else "p", _with_breaks(written))


def _with_breaks(lines: list[Html]) -> Html:
    return Html(LINE_BREAK.join(lines))


def inline(text: str, names: Names) -> Html:
    """Renders one line: bold, italics, strikethrough, code, links, mentions, some emoji."""
    written, end = [], 0
    for match in _INLINE.finditer(text):
        written += [plain(text[end : match.start()]), _marked(match, names)]
        end = match.end()
    return join([*written, plain(text[end:])])


def plain(text: str) -> str:
    """Returns text with Slack's three entities decoded."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _marked(match: re.Match[str], names: Names) -> Html:
    kind, content = str(match.lastgroup), str(match[str(match.lastgroup)])
    return _MARKED[kind](content, names)


def _token(content: str, names: Names) -> Html:
    """Renders a token in angle brackets: a mention, a channel, a broadcast or a link."""
    target, _, label = content.partition("|")
    match target[:1]:
        case "@":
            return mention(f"@{names.person(target[1:])}")
        case "#":
            return mention(f"#{names.channel(target[1:])}")
        case "!" if target.startswith("!date^"):
            _, seconds, shown, *_ = f"{target}^".split("^")
            return local_time(seconds, shown, plain(label))
        case "!" if target.startswith("!subteam^"):
            return mention(f"@{label.removeprefix('@') or names.group(target.partition('^')[2])}")
        case "!":
            return mention(f"@{label or target[1:].partition('^')[0]}")
    return link(plain(target), plain(label) or plain(target))


def local_time(seconds: str, shown: str, label: str) -> Html:
    """Renders a time in Slack's format `shown`; the page replaces the label by its local time."""
    if not seconds.isdecimal():
        return escaped(label)
    return element("time", label, data_seconds=seconds, data_day="{date" in shown)


def mention(text: str) -> Html:
    """Renders the name of a person or a channel."""
    return element("span", text, class_="mention")


def link(address: str, label: str) -> Html:
    """Renders a link that opens in a new tab; an address other than http, https and mailto stays text."""
    if not re.match(r"(?:https?://|mailto:)", address, re.IGNORECASE):
        return escaped(label if label == address else f"{label} ({address})")
    return element("a", label, href=address, target="_blank", rel="noopener noreferrer")


def emoji(name: str) -> Html:
    """Returns the emoji where it is known here, otherwise its code."""
    return escaped(EMOJI.get(name, f":{name}:"))


_MARKED: dict[str, Callable[[str, Names], Html]] = {
    "code": lambda content, names: element("code", plain(content)),
    "token": _token,
    "address": lambda content, names: link(plain(content), plain(content)),
    "emoji": lambda content, names: emoji(content),
    "bold": lambda content, names: element("strong", inline(content, names)),
    "italic": lambda content, names: element("em", inline(content, names)),
    "struck": lambda content, names: element("s", inline(content, names)),
}


_NAMED = re.compile(r"(?<![\w@])@(\w+)")
_MENTIONED = re.compile(r"<@([A-Z0-9]+)>")


def as_sent(as_typed: str, names: Names) -> str:
    """Returns typed text as message text: escaped, with `@Ada` as a mention. An unknown name stays text."""
    ids = {name.lower(): id for id, name in names.people.items()}

    def mention(match: re.Match[str]) -> str:
        id = ids.get(match[1].lower())
        return match[0] if id is None else f"<@{id}>"

    return _NAMED.sub(mention, html.escape(as_typed, quote=False))


def as_typed(text: str, names: Names) -> str:
    """Returns message text as a person would type it."""
    return plain(_MENTIONED.sub(lambda match: f"@{names.person(match[1])}", text))
