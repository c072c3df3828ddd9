"""Measures how well the words of a message are understood: `make words`, into docs/policy.md.

The tables in `tests/data/words` have sentences of six languages for what is recognised and for what is not. Their
second halves were written before any pattern was changed for the first ones, and are not looked at.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

from bot.helpdesk.escalation import Facts, Policy, complains_about, decide
from bot.helpdesk.handoffs.thanks import Remark, remark_of
from bot.helpdesk.language import parse_utterance, small_talk_in
from bot.policy_file import load_policy
from bot.slack.ids import SlackIds
from tests.source import ROOT

TABLES = ROOT / "tests" / "data" / "words"
PAGE = ROOT / "docs" / "policy.md"
PLACE = re.compile(r"(?<=<!-- words: made by make words -->\n).*?(?=<!-- end of words -->)", re.DOTALL)

LANGUAGES = {"en": "English", "de": "German", "fr": "French", "es": "Spanish", "pt": "Portuguese", "tr": "Turkish"}
HALVES = ("tuned", "held-out")
KINDS = {"wish": "wish for a person", "trust": "matter of trust", "small talk": "small talk", "complaint": "complaint"}
ANSWERED = {
    "en": "my vpn does not connect",
    "de": "mein vpn verbindet sich nicht",
    "fr": "mon vpn ne se connecte pas",
    "es": "mi vpn no conecta",
    "pt": "minha vpn não conecta",
    "tr": "vpn bağlanmıyor",
}
"""The question before each of the complaints."""

RULES = {"wish": {"asks for a person"}, "trust": {"matter of trust", "pay and personal matters", "security incident"}}


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences of one kind in one half of a table: those that are to be recognised, and those that are not."""

    meant: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rate:
    """Shares of sentences: of those meant that were recognised, and of the others that were nevertheless."""

    heard: float
    false: float


@cache
def shipped_policy() -> Policy:
    return load_policy((ROOT / "config" / "escalation.toml").read_text(encoding="utf-8"), ids=SlackIds())


def sentences(language: str, half: str, kind: str) -> Sentences:
    table = dict(_paragraphs(TABLES / f"{language}-{half}.txt"))
    return Sentences(meant=table[kind], others=table[f"no {kind}"])


def _paragraphs(path: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    for paragraph in path.read_text(encoding="utf-8").strip().split("\n\n"):
        head, *lines = paragraph.splitlines()
        yield head.strip("[]"), tuple(lines)


def is_heard(language: str, kind: str, text: str) -> bool:
    """Returns whether the desk takes the text for what the kind says."""
    if kind == "complaint":
        return complains_about(ANSWERED[language], text)
    if kind == "small talk":
        return small_talk_in(parse_utterance(text)) is not None or remark_of(text) is Remark.THANKS
    return bool(RULES[kind] & set(decide(shipped_policy(), Facts(now=0.0, text=text)).rules))


def measured(language: str, half: str, kind: str) -> Rate:
    table = sentences(language, half, kind)
    return Rate(heard=_share(language, kind, table.meant), false=_share(language, kind, table.others))


def _share(language: str, kind: str, texts: tuple[str, ...]) -> float:
    return sum(is_heard(language, kind, text) for text in texts) / len(texts)


def table_of(half: str) -> str:
    """Returns the figures of one half as a table in Markdown."""
    rates = {(language, kind): measured(language, half, kind) for language, kind in product(LANGUAGES, KINDS)}
    rows = [
        f"| {name} | {' | '.join(_cell(rates[code, kind]) for kind in KINDS)} |" for code, name in LANGUAGES.items()
    ]
    total = " | ".join(_cell(_mean([rates[code, kind] for code in LANGUAGES])) for kind in KINDS)
    head = f"| {half.replace('-', ' ')} | {' | '.join(KINDS.values())} |\n|---|{'---|' * len(KINDS)}"
    return "\n".join((head, *rows, f"| **all** | {total} |"))


def _cell(rate: Rate) -> str:
    return f"{rate.heard:.0%}, {rate.false:.0%}".replace("%", " %")


def _mean(rates: list[Rate]) -> Rate:
    return Rate(
        heard=sum(rate.heard for rate in rates) / len(rates), false=sum(rate.false for rate in rates) / len(rates)
    )


def report() -> str:
    return "\n\n".join(map(table_of, reversed(HALVES)))


def main() -> None:
    figures = report()
    sys.stdout.write(f"Share of the sentences heard, and of others heard by mistake:\n\n{figures}\n")
    PAGE.write_text(PLACE.sub(lambda _: f"\n{figures}\n\n", PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
