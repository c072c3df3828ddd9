"""Recall and precision of the redaction, by kind."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.helpdesk.redaction import redact
from tests.redaction.corpus import SEED, Sample, look_alikes, samples

_LEFT = 8
LOOK_ALIKE_ROUNDS = 10


@dataclass(slots=True)
class Figures:
    """Texts of one kind: how many, which secrets were left in, and which harmless words went with them."""

    texts: int = 0
    missed: list[str] = field(default_factory=list)
    spoiled: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return 1 - len(self.missed) / self.texts

    @property
    def precision(self) -> float:
        """The share of marks that cover a secret: one text has one, and each spoiled text one too many."""
        found = self.texts - len(self.missed)
        return found / (found + len(self.spoiled)) if found else 0.0


def of_secrets(samples: Iterable[Sample]) -> dict[str, Figures]:
    """Returns the figures of texts with secrets."""
    by_kind: defaultdict[str, Figures] = defaultdict(Figures)
    for sample in samples:
        figures = by_kind[sample.kind]
        safe = visible(redact(sample.text))
        figures.texts += 1
        if any(piece in safe for whole in sample.must_go for piece in pieces(whole)) or "[redacted: " not in safe:
            figures.missed.append(sample.text)
        if not all(words in safe for words in sample.must_stay):
            figures.spoiled.append(sample.text)
    return dict(by_kind)


def of_look_alikes(texts: Iterable[tuple[str, str]]) -> dict[str, Figures]:
    """Returns the figures of texts without secrets: their recall is the share that was left alone."""
    by_kind: defaultdict[str, Figures] = defaultdict(Figures)
    for kind, text in texts:
        by_kind[kind].texts += 1
        if redact(text) != text:
            by_kind[kind].missed.append(text)
    return dict(by_kind)


@dataclass(frozen=True, slots=True)
class Measurement:
    """The figures of a corpus: of its secrets and of its look-alikes, by kind."""

    secrets: Mapping[str, Figures]
    look_alikes: Mapping[str, Figures]

    @property
    def recall(self) -> float:
        return self._found / sum(figures.texts for figures in self.secrets.values())

    @property
    def precision(self) -> float:
        """The share of marks that cover a secret, of the marks in all texts."""
        wrong = sum(len(figures.spoiled) for figures in self.secrets.values())
        wrong += sum(len(figures.missed) for figures in self.look_alikes.values())
        return self._found / (self._found + wrong)

    @property
    def _found(self) -> int:
        return sum(figures.texts - len(figures.missed) for figures in self.secrets.values())


def measure(seed: int = SEED, *, rounds: int = 1) -> Measurement:
    """Redacts the corpus of a seed."""
    harmless = look_alikes(seed, rounds=rounds * LOOK_ALIKE_ROUNDS)
    return Measurement(of_secrets(samples(seed, rounds=rounds)), of_look_alikes(harmless))


def table(measured: Measurement) -> str:
    """Returns the figures as tables in Markdown."""
    texts = sum(figures.texts for figures in measured.secrets.values())
    harmless = sum(figures.texts for figures in measured.look_alikes.values())
    lines = [
        f"{texts:,} texts with a secret, {harmless:,} with a look-alike: "
        f"recall **{measured.recall:.3f}**, precision **{measured.precision:.3f}**.",
        "",
        "| secret | texts | recall | precision |",
        "|---|---:|---:|---:|",
        *(
            f"| {kind} | {one.texts:,} | {one.recall:.3f} | {one.precision:.3f} |"
            for kind, one in _rows(measured.secrets)
        ),
        "",
        "| look-alike | texts | left alone |",
        "|---|---:|---:|",
        *(f"| {kind} | {one.texts:,} | {one.recall:.3f} |" for kind, one in _rows(measured.look_alikes)),
    ]
    return "\n".join(lines)


def _rows(by_kind: Mapping[str, Figures]) -> list[tuple[str, Figures]]:
    return sorted(by_kind.items(), key=lambda row: row[0].casefold())


def visible(text: str) -> str:
    """Returns the text without characters that nobody sees."""
    return "".join(character for character in text if unicodedata.category(character) != "Cf")


def pieces(secret: str) -> Iterable[str]:
    """Returns every part of a secret that is long enough to be of use; a short one as a whole."""
    return (secret[at : at + _LEFT] for at in range(max(1, len(secret) - _LEFT + 1)))
