"""The ledger finds posts that stand twice on Teams, although no message there names its effect."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from sandbox.teams import LocalTeams
from sandbox.world import TEAMS_CHANNEL, TEAMS_MIA, populate_teams
from tests.chaos.ledger import Seen
from tests.chaos.teams_ledger import seen_on_teams

ANSWER = {"type": "message", "text": "Press the button.", "channelData": {"feedbackLoop": {"type": "default"}}}
NOTICE = {"type": "message", "text": "A colleague takes over."}
CARD = {
    "type": "message",
    "attachments": [
        {"contentType": "application/vnd.microsoft.card.adaptive", "content": {"actions": [{"data": "hof_1"}]}}
    ],
}


@pytest.fixture
def teams() -> LocalTeams:
    teams = LocalTeams()
    populate_teams(teams)
    return teams


def _seen(teams: LocalTeams, folder: Path, recorded: str) -> Seen:
    """Returns what stands there if the desk knows of one message, which shows an answer."""
    path = folder / "desk.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE effects (id, kind, outcome)")
        database.execute("CREATE TABLE answers (id, posted)")
        database.execute("INSERT INTO effects VALUES ('eff_1', 'PostMessage:AnswerPart', ?)", (recorded,))
        database.execute("INSERT INTO answers VALUES ('ans_1', ?)", (recorded,))
    return seen_on_teams(teams, f"sqlite:///{path}")


def test_an_answer_that_was_posted_once_more_is_counted_and_found_under_both(teams: LocalTeams, tmp_path: Path) -> None:
    chat = teams.chat_of(TEAMS_MIA)
    first, second = (teams.workspace.post(chat, "", dict(ANSWER)) for _ in range(2))

    seen = _seen(teams, tmp_path, second.id)

    assert seen.posts == {"eff_1": 2}
    assert seen.repeated == {"AnswerPart": 1}
    assert seen.thumbs == {"ans_1": 1}
    assert seen.answers_on == {first.id: "ans_1", second.id: "ans_1"}


def test_what_the_desk_does_not_know_of_is_counted_as_posted(teams: LocalTeams, tmp_path: Path) -> None:
    chat = teams.chat_of(TEAMS_MIA)
    answer = teams.workspace.post(chat, "", dict(ANSWER))
    for _ in range(3):
        teams.workspace.post(chat, "", dict(NOTICE))

    assert sorted(_seen(teams, tmp_path, answer.id).posts.values()) == [1, 3]


def test_of_two_cards_one_that_was_deleted_does_not_stand_there_any_more(teams: LocalTeams, tmp_path: Path) -> None:
    first, _ = (teams.workspace.post(TEAMS_CHANNEL, "", dict(CARD)) for _ in range(2))
    assert _seen(teams, tmp_path, "").cards == {"hof_1": 2}

    teams.workspace.set_deleted(first, deleted=True)

    (again := tmp_path / "again").mkdir()
    seen = _seen(teams, again, "")
    assert seen.cards == {"hof_1": 1}
    assert seen.repeated == {"Card": 1}
