"""`uppzy-desk review`: its formats, its files and what it refuses."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.cli.commands import main
from bot.helpdesk.model.conversation import Rating
from tests.review.year import Asked, write_in
from tests.storage.conftest import store_at


@dataclass(frozen=True, slots=True)
class Said:
    """The exit status and the output of a command."""

    status: int
    out: str
    err: str


@pytest.fixture
def review(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], new_sqlite: Callable[[], str]
) -> Callable[..., Said]:
    """The command, on a database of its own, in a folder without settings."""
    monkeypatch.chdir(tmp_path)
    database = new_sqlite().removeprefix("sqlite:///")

    def run(*arguments: str) -> Said:
        with pytest.raises(SystemExit) as ended:
            main(["review", "--database", database, *arguments])
        captured = capsys.readouterr()
        return Said(int(ended.value.code or 0), captured.out, captured.err)

    return run


async def test_it_needs_no_settings_and_writes_every_format(review: Callable[..., Said], tmp_path: Path) -> None:
    async with store_at(f"sqlite:///{tmp_path / 'desk.db'}") as store:
        unsure = Asked(at=time.time() - 3600, text="=vpn?", level="low", employee_says=Rating.BAD)
        await store.run(write_in, [replace(unsure, text="Where is it?", level="high", employee_says=None), unsure])

    table, values = review(), json.loads(review("--format", "json").out)
    page = review("--format", "html", "--out", "page.html")

    assert "Questions\n  2\n" in table.out
    assert "1. =vpn?: 1 question (50 %); low confidence 1, rated not helpful 1" in table.out
    assert (values["questions"], values["confidence"]["high"]["answers"]) == (2, 1)
    assert [
        (gap["questions"], gap["share"], gap["reasons"], gap["examples"], gap["article"]) for gap in values["gaps"]
    ] == [(1, 0.5, {"low_confidence": 1, "bad_verdict": 1}, ["=vpn?"], None)]
    assert "questions,2" in review("--format", "csv").out
    assert "gaps.0.examples.0,'=vpn?" in review("--format", "csv").out
    assert (page.status, page.out) == (0, "")
    written = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert written.startswith("<!doctype html>")
    assert "1. =vpn?: 1 question (50 %);" in written


def test_days_begin_in_the_time_zone_of_the_policy(review: Callable[..., Said], tmp_path: Path) -> None:
    rule = '[[rule]]\nname = "bad"\ncondition = "verdict"\n'
    (tmp_path / "policy.toml").write_text(f'version = 1\n{rule}[review]\ntime_zone = "Asia/Tokyo"\n', encoding="utf-8")
    (tmp_path / ".env").write_text("POLICY_FILE=policy.toml\n", encoding="utf-8")

    period = json.loads(review("--since", "2026-03-01", "--until", "2026-03-02", "--format", "json").out)["period"]

    assert period == {"from": "2026-03-01T00:00:00+09:00", "to": "2026-03-02T00:00:00+09:00"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--since", "2999-01-01"), "--since 2999-01-01 is in the future"),
        (("--since", "2026-02-01", "--until", "2026-01-01"), "is not after --since 2026-02-01"),
        (("--since", "last week"), "--since must be a number of days such as 7d, or a date such as 2026-11-01"),
        (("--post", "--since", "7d"), "--post posts the last full week in the chat: leave out the other options"),
        (("--post",), "SLACK_BOT_TOKEN or TEAMS_APP_ID must be set"),
        (("--format", "pdf"), "'pdf' is not one of"),
        (("--out", "missing/page.html"), "--out names 'missing/page.html', which cannot be written"),
    ],
)
def test_wrong_arguments_end_with_status_2_and_the_fix(
    review: Callable[..., Said], arguments: tuple[str, ...], says: str
) -> None:
    said = review(*arguments)

    assert (said.status, said.out) == (2, "")
    assert says in " ".join(said.err.split())


def test_the_first_day_of_the_calendar_is_a_day(review: Callable[..., Said]) -> None:
    assert review("--since", "0001-01-01").status == 0


def test_without_a_database_it_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SystemExit) as ended:
        main(["review"])

    assert ended.value.code == 2
    assert "There is no database desk.db" in capsys.readouterr().err
