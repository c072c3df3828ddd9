"""The story of `uppzy-desk demo --story` is readable and quick, and fails if a step does not hold."""

from __future__ import annotations

import asyncio
import functools
import re

import pytest

from sandbox.story.narrator import Narrator
from sandbox.story.script import CHAPTERS, tell_story
from sandbox.world import MIA


@pytest.fixture
def was_told() -> tuple[int, str]:
    """The exit status and the transcript of one run, shared by all tests."""
    return _tell()


@functools.cache
def _tell() -> tuple[int, str]:
    lines: list[str] = []
    status = asyncio.run(tell_story(lines.append))
    return status, "\n".join(lines)


def test_every_promise_of_the_story_is_kept(was_told: tuple[int, str]) -> None:
    status, transcript = was_told

    assert "✗" not in transcript
    assert status == 0


@pytest.mark.parametrize(
    "said",
    [
        "Mia to the bot:\n            How do I connect to the VPN?",
        "Mia presses “Helpful”",
        "verdict  good by Mia (employee), Uppzy's receipt: taken",
        "rule     unsure answer (policy ",
        "because: The assistant's confidence was low",
        "rule     asks for a person",
        "AI draft: ",
        "rule     not helpful",
        "rule     matter of trust",
        "rule     going in circles",
        "because: Asked 3 times",
        "Ada and Ben press at once “Claim”",
        "bot below the card:\n            @Tom: Thank you! On which floor?",
        "verdict  bad by",
        "Tom to the bot:\n            who are you?",
        "Mia presses “Ask a colleague”",
        "rule     unsure answer (the employee is asked first, policy ",
        "Ada presses “Show all”",
        "Ada presses “Show ids”",
        "Ada presses “Assign to…”",
        "Ben presses “Release”",
        "bot, to Ben alone:\n            HD-8 is resolved, so this was not sent.",
        "Ben presses “Reopen and send”",
        "Mia presses “Open another”",
        "[redacted: password]",
        "bot in #support-review:\n            Weekly review: ",
        "Lea presses “Write article”",
        "bot, to Lea alone:\n            You wrote this article, so somebody else has to approve it.",
        "Article (in use): Watering the plants",
        "It helped (14 days): in trouble 0 of 3 questions, before 4 of 4.",
    ],
)
def test_the_transcript_says_who_did_what_and_why(was_told: tuple[int, str], said: str) -> None:
    assert said in was_told[1]


@pytest.mark.parametrize(
    "identifier",
    [
        r"conversation con_\w+, Slack thread D\w+:\d+\.\d{6}",
        r"Uppzy session desk-\w+-1",
        r"question \d+\.\d{6} → Uppzy request req_\w+",
        r"handoff hof_\w+, Slack thread C0HANDOFF:\d+\.\d{6}, resolved",
        r"ticket HD-\d \(tic_\w+\), solved",
    ],
)
def test_the_transcript_names_every_identifier(was_told: tuple[int, str], identifier: str) -> None:
    assert re.search(identifier, was_told[1])


def test_a_secret_is_said_once_by_the_person_and_never_again(was_told: tuple[int, str]) -> None:
    assert was_told[1].count("Tulip-Garden-42") == 1


async def test_a_promise_that_does_not_hold_is_named_and_ends_in_failure() -> None:
    lines: list[str] = []

    async def broken(narrator: Narrator) -> None:
        first = await narrator.write(MIA, "How do I connect to the VPN?")
        narrator.check("this question is handed over", narrator.handoff(first)[0])

    status = await tell_story(lines.append, [("Broken", broken), CHAPTERS[0]])

    assert status == 1
    assert "  ✗ this question is handed over" in lines
    assert lines[-1] == "Not kept: this question is handed over."


async def test_a_chapter_that_gets_stuck_is_told_and_the_next_one_is_played() -> None:
    lines: list[str] = []

    async def stuck(narrator: Narrator) -> None:
        first = await narrator.write(MIA, "I want to talk to a person")
        await narrator.rate(MIA, narrator.answer(first), "good")

    async def fine(narrator: Narrator) -> None:
        narrator.check("the next one is played", True)

    status = await tell_story(lines.append, [("Stuck", stuck), ("Fine", fine)])

    assert status == 1
    assert "there is no answer with thumbs to press" in lines[-1]
    assert "  ✓ the next one is played" in lines
