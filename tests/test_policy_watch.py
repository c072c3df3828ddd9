"""Tests of the watch over the policy file: when a change is taken over, and what becomes of one with mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.errors import PolicyMistake, SettingsError, StorageError
from bot.helpdesk.escalation import Policy
from bot.policy_file import MOST_BYTES, read_policy
from bot.policy_watch import PolicyUse, PolicyWatch
from bot.slack.ids import SlackIds

RULE = 'version = 1\n[[rule]]\nname = "unhappy"\ncondition = "verdict"\n'
CHANGED = f"{RULE}ticket = false\n"
BROKEN = f"{RULE}tickets = false\n"


def write(file: Path, content: str | bytes | None) -> None:
    """Writes the file; None removes it."""
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())


@dataclass
class Desk:
    """Notes what it is told."""

    told: list[str] = field(default_factory=list)
    problem: str | None = None
    database_is_down: bool = False

    async def check(self, policy: Policy) -> None:
        if self.problem is not None:
            raise SettingsError([self.problem])

    async def use(self, policy: Policy) -> None:
        if self.database_is_down:
            raise StorageError
        self.told.append("ticket" if policy.rules[0].ticket else "no ticket")

    async def refuse(self, mistakes: Sequence[PolicyMistake]) -> None:
        self.told.append(f"line {mistakes[0].line}")

    async def keep(self) -> None:
        self.told.append("kept")


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text(RULE, encoding="utf-8")
    return path


@pytest.fixture
def watch(file: Path, desk: Desk) -> PolicyWatch:
    use = PolicyUse(check=desk.check, use=desk.use, refuse=desk.refuse, keep=desk.keep)
    return PolicyWatch(file, read_policy(file, SlackIds()), ids=SlackIds(), use=use)


async def test_a_changed_file_is_taken_over_once_at_the_second_look(watch: PolicyWatch, file: Path, desk: Desk) -> None:
    await watch.look()
    write(file, CHANGED)
    await watch.look()
    assert desk.told == []
    await watch.look()
    await watch.look()

    assert desk.told == ["no ticket"]


async def test_a_file_that_is_still_being_written_is_left_alone(watch: PolicyWatch, file: Path, desk: Desk) -> None:
    for length in range(len(RULE), len(CHANGED)):
        write(file, CHANGED[:length])
        await watch.look()

    assert desk.told == []


async def test_a_reload_takes_the_file_over_at_once(watch: PolicyWatch, file: Path, desk: Desk) -> None:
    await watch.reload()
    write(file, CHANGED)
    await watch.reload()
    await watch.look()

    assert desk.told == ["no ticket"]


@pytest.mark.parametrize("mended", [RULE, CHANGED], ids=["as before", "otherwise"])
async def test_mistakes_are_told_until_the_file_is_right_again(
    watch: PolicyWatch, file: Path, desk: Desk, mended: str
) -> None:
    write(file, BROKEN)
    await watch.reload()
    await watch.look()
    write(file, mended)
    await watch.look()
    await watch.look()
    await watch.look()

    assert desk.told == ["line 5", "line 5", "kept" if mended == RULE else "no ticket"]


@pytest.mark.parametrize(
    ("content", "line"),
    [(b"\xff", 1), (RULE.encode() + b"\0", 5), (b"#" * (MOST_BYTES + 1), None), (b"", None), (None, None)],
    ids=["not UTF-8", "NUL", "too large", "empty", "missing"],
)
async def test_a_file_that_cannot_be_read_changes_nothing(
    watch: PolicyWatch, file: Path, desk: Desk, content: bytes | None, line: int | None
) -> None:
    write(file, content)
    await watch.reload()

    assert desk.told == [f"line {line}"]


@pytest.mark.parametrize("written", [f"\ufeff{RULE}", RULE.replace("\n", "\r\n")], ids=["mark", "line ends"])
async def test_other_bytes_of_the_same_text_are_no_change(
    watch: PolicyWatch, file: Path, desk: Desk, written: str
) -> None:
    write(file, written)
    await watch.reload()

    assert desk.told == []


async def test_a_policy_that_cannot_be_used_here_is_refused_until_that_is_mended(
    watch: PolicyWatch, file: Path, desk: Desk
) -> None:
    desk.problem = "The handoff channel C1 is shared. Name another."
    write(file, CHANGED)
    await watch.reload()
    desk.problem = None
    await watch.look()

    assert desk.told == ["line None", "no ticket"]


async def test_a_change_that_cannot_be_stored_is_tried_again(watch: PolicyWatch, file: Path, desk: Desk) -> None:
    desk.database_is_down = True
    write(file, CHANGED)
    await watch.reload()
    desk.database_is_down = False
    await watch.look()

    assert desk.told == ["no ticket"]
