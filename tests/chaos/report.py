"""The report of all bad days in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.chaos.days import Day
from tests.chaos.ledger import Balance

_HEAD = (
    "day",
    "database",
    "actions",
    "refused",
    "injected faults",
    "answered",
    "handed over",
    "failed with a reason",
    "done",
    "lost",
    "doubled posts / cards / tickets / verdicts",
    "took",
)

_BEGINNING = """\
Results of `make chaos`. The real bot runs in processes of its own, with a local Slack or Teams and a local Uppzy.
Simulated people ask, rate, follow up, ask for a person, claim, reply and resolve while faults are injected. Afterwards
their actions are compared with the state of the chat, Uppzy and the database. The stand-ins are not the real ones."""
_LEGEND = """\
*Actions* are the messages, verdicts, presses and replies of people that the bot accepted. *Refused* are deliveries that
it did not acknowledge; the chat repeats them, or people try again. Every action must end in one of four ways: with an
answer, *handed over* to people, with a stated reason for a failure, or *done*: Uppzy has the verdict, the handoff is
claimed or resolved, the employee has the reply. *Lost* and *doubled* must be 0, and no work may be left over."""
_AGAIN_ON_TEAMS = """\
Nobody can look up what was posted on Teams. After a failure with an unclear outcome words to people are sent once more,
and then given up with an alarm, so there *doubled posts* need not be 0: the same words may stand twice, never more
often. Cards, tickets and verdicts must not be doubled in the end: of two cards one is gone after a press."""
_AGAIN = """\
`make chaos` runs all days and writes this page. To run one day and only show its result:

```sh
.venv/bin/python -m tests.chaos --seed {seed} --only killed   # --quick: the short form that the tests use
```

The seed determines the actions, their times and the faults. How the processes interleave is left to chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One day on one database: how it ended, or why it was skipped."""

    day: Day
    database: str
    balance: Balance = field(default_factory=Balance)
    faults: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    skipped: str | None = None

    @property
    def name(self) -> str:
        """The name of the day and its database."""
        return f"{self.day.name}, {self.database}"

    @property
    def injected(self) -> str:
        """The injected faults with their counts."""
        return ", ".join(f"{count} {name}" for name, count in self.faults.items()) or "nothing"

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
            str(b.actions),
            str(b.refused),
            self.injected,
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
        "## Results",
        _table([_HEAD, tuple("---" for _ in _HEAD), *(one.row() for one in accounts)]),
        _LEGEND,
        *_posted_again(accounts),
        "## Broken promises",
        _breaches(accounts),
        "## How to repeat it",
        _AGAIN.format(seed=seed),
    ]
    return "\n\n".join(parts) + "\n"


def _table(lines: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _posted_again(accounts: Sequence[Account]) -> list[str]:
    """Returns the section about days on which the chat could not tell what was posted; nothing without such a day."""
    days = [one for one in accounts if one.day.setting.on_teams and one.skipped is None]
    if not days:
        return []
    lines = [
        f"- {one.name}: {', '.join(f'{count} {kind}' for kind, count in one.balance.repeated.items()) or 'nothing'}"
        for one in days
    ]
    return ["## Posted once more", _AGAIN_ON_TEAMS, "\n".join(lines)]


def _breaches(accounts: Sequence[Account]) -> str:
    lines = [f"- {one.name}: {breach}" for one in accounts for breach in one.balance.breaches]
    skipped = [f"- {one.name} was skipped: {one.skipped}" for one in accounts if one.skipped is not None]
    return "\n".join([*(lines or ["Nothing."]), *([""] if skipped and not lines else []), *skipped])
