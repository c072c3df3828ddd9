"""Forgetting a person: nothing is found of them in the database afterwards, and everything else stays."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.helpdesk.model.chat import KnownPerson, Person
from sandbox.world import ADA, MIA, TOM, LocalWorld
from storage.audit import read_audit, verify_audit
from storage.engines import location_of
from storage.inspection import reading
from storage.persons.found import find_person
from storage.queries.people import keep_people
from tests.addresses import SURFACE
from tests.postgres import Postgres
from tests.whole.scene import CONFIDENT, PERSON, UNKNOWN, Scene


def _program(*arguments: str) -> tuple[str, ...]:
    return sys.executable, "-m", "bot", *arguments


WORDS = ("Quixotic-Marmalade", "Vermilion-Otter", "Saffron-Turbine")


async def run_program(scene: Scene, *arguments: str) -> tuple[int, str]:
    """Runs the program beside the desk, and returns its exit status and everything it said."""
    environment = os.environ | {"DATABASE_URL": scene.world.settings.database_url}
    process = await asyncio.create_subprocess_exec(
        *_program(*arguments),
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


@pytest.fixture
def everything(database_url: str, request: pytest.FixtureRequest) -> Callable[[], bytes]:
    """Returns a function that returns every byte of the files of the database, or the dump of one on a server."""
    location = location_of(database_url)
    if not isinstance(location, Path):
        server: Postgres = request.getfixturevalue("postgres")
        return lambda: server.dump(database_url)
    files = (location, Path(f"{location}-wal"), Path(f"{location}-shm"))
    return lambda: b"".join(file.read_bytes() for file in files if file.exists())


def _traces(everything: Callable[[], bytes]) -> list[str]:
    found = everything().lower()
    return [one for one in (*WORDS, MIA, "mia@example.com") if one.lower().encode() in found]


def _kill_in_the_middle(url: str) -> None:
    """Forgets Mia in a process that is killed after the first transactions with words."""
    code = (
        "import os, signal, sys, time; from bot.helpdesk.model.audit import AuditedPerson\n"
        "from storage.engines import location_of; from storage.persons.forget import forget_person\n"
        "def killed(done, total): os.kill(os.getpid(), signal.SIGKILL)\n"
        f"who = AuditedPerson(surface={SURFACE!r}, id={MIA!r})\n"
        "forget_person(location_of(sys.argv[1]), who, 'root', time.time, killed)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code, url], env=os.environ | {"PYTHONPATH": ":".join(sys.path)})
    assert ended.returncode == -signal.SIGKILL


async def _talk(scene: Scene) -> None:
    """Has Mia ask, be helped by Ada and rate, and Tom mention her; everything is resolved."""
    await scene.ask(f"{CONFIDENT} {WORDS[0]}")
    root = await scene.ask(f"{UNKNOWN} {WORDS[1]}")
    await scene.press_card("claim", who=ADA)
    await scene.write_in_thread(f"Hello, about your {WORDS[1]}")
    await scene.ask(f"It is a {WORDS[2]}", thread=root)
    await scene.resolve(f"Replaced the {WORDS[2]}", who=ADA)
    await scene.ask(f"{CONFIDENT} <@{MIA}> said so", who=TOM)
    await scene.settled()


@pytest.mark.both_engines
async def test_nothing_is_found_of_a_person_who_was_forgotten_beside_a_desk(
    scene: Scene, everything: Callable[[], bytes]
) -> None:
    await _talk(scene)
    url = scene.world.settings.database_url
    assert set(_traces(everything)) >= {*WORDS, MIA}
    questions = await scene.count("questions")

    status, said = await run_program(scene, "forget", MIA, "--yes")

    assert (status, said.splitlines()[-1]) == (0, f"{MIA} is forgotten.")
    assert _traces(everything) == []
    assert await scene.count("questions") == questions
    assert await scene.count("questions", "text LIKE '%%@forgotten%%'") == 1
    assert await scene.count("handoffs", "ticket_ref_number IS NOT NULL") == 1
    assert verify_audit(location_of(url)).problem is None
    assert read_audit(location_of(url), 0.0, None).rows[-1].act == "forgot a person"
    assert (await run_program(scene, "forget", MIA, "--yes"))[0] == 1


async def test_the_desk_goes_on_after_a_person_was_forgotten(scene: Scene) -> None:
    await _talk(scene)
    card = scene.card
    await run_program(scene, "forget", MIA, "--yes")

    await scene.press(card, "handoff_reopen", who=ADA)
    root = await scene.ask(CONFIDENT)

    assert scene.replies(root)
    assert await scene.count("conversations", f"employee = '{MIA}'") == 1
    await scene.no_work_left()


async def test_a_person_is_found_by_mail_address(scene: Scene, everything: Callable[[], bytes]) -> None:
    await _talk(scene)
    mia = KnownPerson(person=Person(id=MIA, name="Mia", email="mia@example.com"), read_at=1.0)
    await scene.bot.store.run(keep_people, SURFACE, [mia])

    assert (await run_program(scene, "forget", "MIA@example.com", "--yes"))[0] == 0

    assert _traces(everything) == []


async def test_an_open_handoff_is_withdrawn_by_force_alone(scene: Scene) -> None:
    await scene.ask(PERSON)

    status, said = await run_program(scene, "forget", MIA, "--yes")
    assert (status, said.splitlines()[-1][:20]) == (1, "Open handoffs: HD-1.")
    assert await scene.count("conversations") == 1

    assert (await run_program(scene, "forget", MIA, "--yes", "--force"))[0] == 0
    assert await scene.count("handoffs", "state = 'resolved'") == 1
    assert await scene.count("conversations") == 0


async def test_an_unknown_person_is_refused_with_a_sentence(scene: Scene) -> None:
    await scene.ask(CONFIDENT)
    location = location_of(scene.world.settings.database_url)

    status, said = await run_program(scene, "forget", "U0NOBODY", "--yes")

    assert (status, said.split(".")[0]) == (1, "Nothing is known of 'U0NOBODY'")
    with reading(location) as connection:
        for user in ("nobody@example.com", "x", "", "%", "U0MIA", "@"):
            assert find_person(connection, user) is None


async def test_nothing_is_deleted_unless_somebody_agrees(scene: Scene) -> None:
    await scene.ask(CONFIDENT)

    status, said = await run_program(scene, "forget", MIA)

    assert status == 1
    assert "Sent to Uppzy, to be deleted there" in said
    session = await scene.look(lambda tx: tx.conversations.idle(9e12, 1))
    assert session[0].session_id in said
    assert await scene.count("conversations") == 1


async def test_two_calls_at_once_both_end_well(scene: Scene, everything: Callable[[], bytes]) -> None:
    await _talk(scene)

    ended = await asyncio.gather(*(run_program(scene, "forget", MIA, "--yes") for _ in range(2)))

    assert {status for status, _ in ended} <= {0, 1}
    assert 0 in {status for status, _ in ended}
    assert _traces(everything) == []
    assert await scene.count("forgettings") == 0


@pytest.mark.both_engines
async def test_what_was_killed_is_finished_by_the_next_start(
    world: LocalWorld, everything: Callable[[], bytes]
) -> None:
    async with world.bot() as bot:
        await _talk(Scene(world, bot))
    await asyncio.to_thread(_kill_in_the_middle, world.settings.database_url)
    assert MIA in _traces(everything)

    async with world.bot() as bot:
        await Scene(world, bot).until_stored("audit", "act = 'forgot a person'")

    assert _traces(everything) == []


async def test_what_was_killed_is_finished_by_the_next_call(scene: Scene, everything: Callable[[], bytes]) -> None:
    await _talk(scene)
    await asyncio.to_thread(_kill_in_the_middle, scene.world.settings.database_url)

    status, said = await run_program(scene, "forget", MIA, "--yes")

    assert (status, said) == (0, f"{MIA} is forgotten: an interrupted run was finished.\n")
    assert _traces(everything) == []
