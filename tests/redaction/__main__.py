"""`make redaction`: prints recall and precision by kind, and writes them into docs/privacy.md."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.redaction.corpus import SEED
from tests.redaction.figures import Measurement, measure, table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "privacy.md"
BEGIN, END = "<!-- make redaction: begin -->", "<!-- make redaction: end -->"
ROUNDS = 5
_SHOWN = 5


def main() -> None:
    """Measures, prints what went wrong, and writes the page. Another seed leaves the page as it is."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", type=int, default=SEED)
    seed = options.parse_args().seed
    measured = measure(seed, rounds=ROUNDS)
    sys.stdout.write(f"{table(measured)}\n{_mistakes(measured)}")
    if seed == SEED:
        PAGE.write_text(written_into(PAGE.read_text(encoding="utf-8"), measured), encoding="utf-8")


def written_into(page: str, measured: Measurement) -> str:
    """Returns the page with the figures between its two marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table(measured)}\n\n{END}{after}"


def _mistakes(measured: Measurement) -> str:
    lines = []
    for kind, figures in measured.secrets.items():
        lines += [f"missed, {kind}: {text!r}" for text in figures.missed[:_SHOWN]]
        lines += [f"too much, {kind}: {text!r}" for text in figures.spoiled[:_SHOWN]]
    for kind, figures in measured.look_alikes.items():
        lines += [f"no secret, {kind}: {text!r}" for text in figures.missed[:_SHOWN]]
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    main()
