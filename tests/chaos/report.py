"""The report of all bad days in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.chaos.days import Day
from tests.chaos.ledger import Balance

_HEAD = (
    "day",
    "database",
    "inputs",
    "refused",
    "what befell it",
    "answered",
    "handed over",
    "told a reason",
    "done",
    "lost",
    "doubled posts / cards / tickets / verdicts",
    "took",
)

_BEGINNING = """\
What `make chaos` found. The real bot stands between a local Slack and a local Uppzy, in processes of its own, and
people ask, rate, follow up, want a person, claim, reply and resolve while everything around it fails. Afterwards what
they did is compared with what stands in Slack, at Uppzy and in the database. The stand-ins are not Slack and not
Uppzy."""
_LEGEND = """\
*Inputs* are what people did and the bot accepted: messages, verdicts, presses, agents' replies. *Refused* are
deliveries it did not acknowledge, which Slack repeats or people make again. Every input must end in an answer, before
people (*handed over*), in a stated reason, or (*done*) in what it was for: the verdict is at Uppzy, the handoff is
claimed or resolved, the reply is with the employee. *Lost* and *doubled* must be 0, and nothing may be left undone."""
_AGAIN = """\
`make chaos` has all of them again and writes this page. One day alone, which is only shown:

```sh
.venv/bin/python -m tests.chaos --seed {seed} --only killed   # --quick: the short form that the tests have
```

The seed decides who does what and when, and what goes wrong. How the steps of the processes fall between is chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One day on one database: how it ended, or why it was skipped."""

    day: Day
    database: str
    balance: Balance = field(default_factory=Balance)
    troubles: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    skipped: str | None = None

    @property
    def name(self) -> str:
        """The name of the day and its database."""
        return f"{self.day.name}, {self.database}"

    @property
    def befell(self) -> str:
        """The injected faults with their counts."""
        return ", ".join(f"{count} {name}" for name, count in self.troubles.items()) or "nothing"

    def row(self) -> tuple[str, ...]:
        """Returns the cells of its row in the table."""
        if self.skipped is not None:
            return (self.day.name, self.database, *("–" for _ in _HEAD[2:-1]), "skipped")
        b = self.balance
        doubled = f"{b.doubled_posts} / {b.doubled_cards} / {b.doubled_tickets} / {b.doubled_verdicts}"
        numbers = (b.answered, b.handed_over, b.told, b.done, b.lost)
        return (
            self.day.name,
            self.database,
            str(b.inputs),
            str(b.refused),
            self.befell,
            *map(str, numbers),
            doubled,
            f"{self.seconds:.0f} s",
        )


def document(accounts: Sequence[Account], conditions: Mapping[str, str], seed: int) -> str:
    """Returns the report in Markdown."""
    days = list(dict.fromkeys((one.day.name, one.day.what) for one in accounts))
    parts = [
        "# Bad days",
        _BEGINNING,
        "\n".join(f"- {name}: {value}" for name, value in {**conditions, "seed": str(seed)}.items()),
        "## The days",
        "\n".join(f"- **{name}**: {what}." for name, what in days),
        "## How they ended",
        _table([_HEAD, tuple("---" for _ in _HEAD), *(one.row() for one in accounts)]),
        _LEGEND,
        "## What was not as promised",
        _breaches(accounts),
        "## Again",
        _AGAIN.format(seed=seed),
    ]
    return "\n\n".join(parts) + "\n"


def _table(lines: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _breaches(accounts: Sequence[Account]) -> str:
    lines = [f"- {one.name}: {breach}" for one in accounts for breach in one.balance.breaches]
    skipped = [f"- {one.name} was skipped: {one.skipped}" for one in accounts if one.skipped is not None]
    return "\n".join([*(lines or ["Nothing."]), *([""] if skipped and not lines else []), *skipped])
