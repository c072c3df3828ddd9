"""Probes: pinned answers asked again at a local Uppzy, and what the commands say about them."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.cli.commands import main
from bot.cli.probe_report import side_by_side
from bot.helpdesk.model.conversation import Answer, Question, QuestionState, Reply
from bot.helpdesk.model.probe import Probe
from bot.helpdesk.redaction import redact
from bot.helpdesk.review.probes import compare
from sandbox.uppzy import LocalUppzy
from sandbox.uppzy.fault_injection import Endpoint, UppzyFault, dropped, rate_limited, replying
from storage import models
from storage.engines import location_of
from storage.inspection import reading
from storage.repositories import Transaction
from tests.addresses import SURFACE
from tests.deadlines import HUNG_OFF_LOOP
from tests.storage.conftest import store_at

ROOT = Path(__file__).resolve().parent.parent
SECRET = "Tulip-Garden-42"
WORDS = f"Where do I print? My password is {SECRET}"
ANSWER = "Open **Settings**, then press *Print*.\n\nIt takes 5 minutes."


class UppzyInThread:
    """A local Uppzy in a thread of its own, because commands use the event loop of the main one."""

    def __init__(self) -> None:
        self.most_at_once = 0
        self._loop = asyncio.new_event_loop()
        self._up, self._down = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._serve()))

    async def _serve(self) -> None:
        async with LocalUppzy(fixed=ANSWER, latency=self._latency) as self.uppzy:
            self._up.set()
            await self._down.wait()

    def _latency(self, _: random.Random) -> float:
        self.most_at_once = max(self.most_at_once, self.uppzy.unanswered)
        return 0.0

    def hold_until(self, at_once: int) -> None:
        """Has nothing answered before so many wait for an answer at once."""

        async def release() -> None:
            await self.uppzy.wait_for(lambda: self.uppzy.unanswered >= at_once, timeout=HUNG_OFF_LOOP)
            self.uppzy.release()

        def hold() -> None:
            self.uppzy.hold()
            self._holding = self._loop.create_task(release())

        self._loop.call_soon_threadsafe(hold)

    @contextmanager
    def running(self) -> Iterator[LocalUppzy]:
        self._thread.start()
        assert self._up.wait(HUNG_OFF_LOOP)
        yield self.uppzy
        self._loop.call_soon_threadsafe(self._down.set)
        self._thread.join()
        self._loop.close()


@pytest.fixture
def thread() -> UppzyInThread:
    return UppzyInThread()


@pytest.fixture
def uppzy(thread: UppzyInThread) -> Iterator[LocalUppzy]:
    with thread.running() as uppzy:
        yield uppzy


def add_answer(tx: Transaction, number: int, **changed: Any) -> None:
    question = Question(
        id=f"qst_{number}", conversation_id=f"con_{number}", surface=SURFACE, channel="D1", thread=f"{number}.1",
        message=f"{number}.1", employee="U0MIA", text=WORDS, state=QuestionState.ANSWERED, sent_at=1.0, asked_at=1.0,
    )  # fmt: skip
    answer = Answer(
        id=f"ans_{number}", question_id=question.id, conversation_id=question.conversation_id,
        session_id=f"desk-{number}-1", request_id=f"req_{number}", text=ANSWER, confidence_level="high",
        confidence_score=0.9, answered_at=2.0 + number,
    )  # fmt: skip
    of_question = {name: value for name, value in changed.items() if name in ("hidden", "text")}
    tx.questions.add(replace(question, **of_question))
    tx.answers.add(replace(answer, **{name: value for name, value in changed.items() if name not in of_question}))


def fill(tx: Transaction) -> None:
    for number in range(1, 7):
        add_answer(tx, number)
    add_answer(tx, 7, hidden=True)
    add_answer(tx, 8, text="")
    add_answer(tx, 9, session_id="desk-1-1")
    tx.connection.execute(
        models.people.insert(),
        {
            "surface": SURFACE, "id": "U0MIA", "name": "Mia", "locale": "de-DE", "external": False, "guest": False,
            "other_workspace": False, "utc_offset": 0, "is_bot": False, "read_at": 1.0,
        },
    )  # fmt: skip


on_both_engines = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database without rows: SQLite, or both engines in turn where a test says so."""
    make: Callable[[], str] = request.getfixturevalue(
        "new_postgres" if getattr(request, "param", "") == "postgresql" else "new_sqlite"
    )
    return make()


@pytest.fixture
def database(database_url: str, uppzy: LocalUppzy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a database with answers, in a folder where only the settings of probes are set."""

    async def put() -> None:
        async with store_at(database_url) as store:
            await store.run(fill)

    asyncio.run(put())
    monkeypatch.chdir(tmp_path)
    settings = {
        "DATABASE_URL": database_url,
        "UPPZY_BASE_URL": uppzy.base_url,
        "UPPZY_API_KEY": uppzy.api_key,
        "UPPZY_TENANT_ID": uppzy.tenant_id,
        "UPPZY_SITE_ID": uppzy.site_id,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return database_url


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def probe(database: str, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on probes; returns the exit status and the output."""

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["probe", *arguments])
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return run


def rows(url: str, table: str) -> list[dict[str, Any]]:
    with reading(location_of(url)) as connection:
        return [dict(row._mapping) for row in connection.execute(models.metadata.tables[table].select())]


# Pinning.


@on_both_engines
def test_a_pinned_answer_is_kept_without_secrets_until_it_is_removed(probe: Run, database: str) -> None:
    assert probe("add", "req_1") == (0, "Pinned req_1, confidence high.\n", "")
    assert probe("add", "req_1") == (0, "req_1 is pinned already.\n", "")

    (row,) = rows(database, "probes")
    assert row["question"] == "Where do I print? My password is [redacted: password]"
    assert (row["answer"], row["language"], row["question_id"]) == (ANSWER, "de", "qst_1")
    status, listed, _ = probe("list")
    assert status == 0
    assert re.search(r"req_1 +Where do I print\? .* high .* not yet", listed)
    (as_json,) = json.loads(probe("list", "--format", "json")[1])
    assert (as_json["request"], as_json["confidence"], as_json["worse"]) == ("req_1", "high", None)

    assert probe("remove", "req_1") == (0, "Removed req_1.\n", "")
    assert rows(database, "probes") == []


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("add", "req_0"), 1, "No answer has the request id 'req_0'"),
        (("add", "req_7"), 1, "is confidential"),
        (("add", "req_8"), 1, "were deleted after RETENTION_DAYS"),
        (("remove", "req_1"), 1, "'req_1' is not pinned"),
        (("add",), 2, "Missing argument"),
        (("run", "--format", "xml"), 2, "'table', 'json'"),
        (("list", "--database", "none.db"), 2, "There is no database none.db"),
    ],
)
def test_what_is_unknown_is_1_and_what_is_wrong_is_2(
    probe: Run, arguments: tuple[str, ...], status: int, says: str
) -> None:
    ended, out, err = probe(*arguments)

    assert (ended, out) == (status, "")
    assert says in " ".join(err.replace("│", " ").split())


def test_an_answer_in_a_longer_session_is_pinned_with_a_warning(probe: Run) -> None:
    status, _, err = probe("add", "req_9")

    assert (status, err) == (
        0,
        "It followed another question, and will be asked without that: its answer may differ.\n",
    )


# Asking again.


@on_both_engines
def test_a_good_answer_is_asked_for_in_a_session_of_its_own_which_is_closed(
    probe: Run, uppzy: LocalUppzy, database: str
) -> None:
    before = len(rows(database, "questions"))
    probe("add", "req_1")
    probe("add", "req_2")

    status, out, err = probe("run")

    assert (status, err) == (0, "")
    assert "✓ req_1  Where do I print?" in out
    assert out.endswith("None of 2 got worse.\n")
    assert [(asked.message, asked.language, asked.email) for asked in uppzy.asked] == [
        ("Where do I print? My password is [redacted: password]", "de", None)
    ] * 2
    sessions = {asked.session_id for asked in uppzy.asked}
    assert len(sessions) == 2
    assert all(re.fullmatch(r"desk-probe-[0-9a-f]+", session) for session in sessions)
    assert set(uppzy.closed) == sessions
    assert len(rows(database, "questions")) == before
    assert [(row["worse"], row["checked_at"] > 1e9) for row in rows(database, "probes")] == [(False, True)] * 2
    assert rows(database, "probe_sessions") == []


def reply(answer: str, level: str | None = "high") -> UppzyFault:
    return replying(200, {"request_id": "req_new", "answer": answer, "confidence_level": level}, processed=True)


def test_what_got_worse_is_shown_side_by_side_and_ends_with_1(probe: Run, uppzy: LocalUppzy, database: str) -> None:
    probe("add", "req_1")
    uppzy.fail(Endpoint.CHAT, reply(ANSWER.replace("Print", "Send"), "low"))

    status, out, _ = probe("run")

    assert status == 1
    assert "✗ req_1" in out
    assert "confidence fell from high to low; words changed: 1 gone, 1 new" in out
    assert re.search(r"press \*Print\*\. +\| +Open \*\*Settings\*\*, then press \*Send\*\.", out)
    assert re.search(r"It takes 5 minutes\. +It takes 5 minutes\.", out)
    assert "1 of 1 got worse." in out
    assert [row["worse"] for row in rows(database, "probes")] == [True]
    assert ", worse" in probe("list")[1]


def test_a_program_reads_the_same_as_json(probe: Run, uppzy: LocalUppzy) -> None:
    for number in range(1, 4):
        probe("add", f"req_{number}")
    uppzy.fail(Endpoint.CHAT, replying(400, {"error": "message too long"}))
    uppzy.fail(Endpoint.CHAT, reply(f"Press Send. The password is {SECRET}"))
    uppzy.fail(Endpoint.CHAT, reply("- Open Settings\n- then press `Print`\n\nIt takes 5 minutes"))

    status, out, _ = probe("run", "--format", "json")

    found = sorted(json.loads(out), key=lambda one: (one["after"] or "", one["worse"]))
    assert status == 1
    assert all(list(one) == ["request", "worse", "reason", "before", "after"] for one in found)
    assert {one["before"] for one in found} == {ANSWER}
    assert (found[0]["worse"], found[0]["after"]) == (True, None)
    assert found[0]["reason"] == "no answer: Uppzy answered 400"
    assert (found[1]["worse"], found[1]["reason"]) == (False, None)
    assert (found[2]["worse"], found[2]["after"]) == (True, "Press Send. The password is [redacted: password]")


def test_without_probes_there_is_nothing_to_ask(probe: Run, uppzy: LocalUppzy) -> None:
    assert probe("run") == (0, "", "Nothing is pinned. Pin a good answer with `uppzy-desk probe add REQUEST_ID`.\n")
    assert probe("run", "--format", "json") == (0, "[]\n", "")
    assert uppzy.asked == []


@pytest.mark.parametrize(("cap", "most"), [("1", 1), ("2", 2), ("0", 4)])
def test_no_more_are_asked_at_once_than_the_settings_allow(
    probe: Run, thread: UppzyInThread, uppzy: LocalUppzy, monkeypatch: pytest.MonkeyPatch, cap: str, most: int
) -> None:
    monkeypatch.setenv("UPPZY_MAX_CONCURRENT", cap)
    thread.hold_until(most)
    for number in range(1, 7):
        probe("add", f"req_{number}")

    status, _, _ = probe("run")

    assert (status, len(uppzy.asked)) == (0, 6)
    assert thread.most_at_once == most


def test_a_rate_limit_is_waited_for(probe: Run, uppzy: LocalUppzy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPPZY_MAX_CONCURRENT", "1")
    probe("add", "req_1")
    probe("add", "req_2")
    uppzy.fail(Endpoint.CHAT, rate_limited(1))
    began = time.monotonic()

    status, out, _ = probe("run")

    assert (status, len(uppzy.asked)) == (0, 2)
    assert time.monotonic() - began >= 1
    assert out.endswith("None of 2 got worse.\n")


def test_a_question_without_a_clear_outcome_is_asked_again_in_another_session(probe: Run, uppzy: LocalUppzy) -> None:
    probe("add", "req_1")
    uppzy.fail(Endpoint.CHAT, dropped(processed=True))

    status, _, _ = probe("run")

    first, second = [asked.session_id for asked in uppzy.asked]
    assert status == 0
    assert first != second
    assert uppzy.closed == [first, second]


def test_a_refused_key_ends_the_run(probe: Run, uppzy: LocalUppzy, monkeypatch: pytest.MonkeyPatch) -> None:
    probe("add", "req_1")
    probe("add", "req_2")
    monkeypatch.setenv("UPPZY_API_KEY", "old")

    status, out, err = probe("run", "--format", "json")

    assert (status, out) == (2, "")
    assert err.endswith("uppzy-desk: Uppzy answered 401: invalid_api_key\n")


# Interruption.


def start_run() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "bot", "probe", "run"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + HUNG_OFF_LOOP
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_closes_its_sessions(probe: Run, uppzy: LocalUppzy, database: str, number: int) -> None:
    probe("add", "req_1")
    probe("add", "req_2")
    uppzy.hold()
    process = start_run()
    wait_for(lambda: len(uppzy.asked) == 2)

    process.send_signal(number)
    _, err = process.communicate(timeout=HUNG_OFF_LOOP)

    assert (process.returncode, err.decode()) == (130, "Interrupted after 0 of 2.\n")
    assert set(uppzy.closed) == {asked.session_id for asked in uppzy.asked}
    assert rows(database, "probe_sessions") == []


@on_both_engines
def test_sessions_of_a_killed_run_are_closed_by_the_next(probe: Run, uppzy: LocalUppzy, database: str) -> None:
    probe("add", "req_1")
    uppzy.hold()
    process = start_run()
    wait_for(lambda: len(uppzy.asked) == 1)
    process.kill()
    process.communicate(timeout=HUNG_OFF_LOOP)
    assert [row["id"] for row in rows(database, "probe_sessions")] == [uppzy.asked[0].session_id]
    uppzy.release()

    status, _, _ = probe("run")

    assert status == 0
    assert uppzy.closed == [asked.session_id for asked in uppzy.asked]
    assert rows(database, "probe_sessions") == []


def test_a_session_that_cannot_be_closed_is_reported_and_closed_later(
    probe: Run, uppzy: LocalUppzy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.helpdesk.review.probes._pause", lambda attempt: 0.0)
    probe("add", "req_1")
    uppzy.fail(Endpoint.CLOSE, replying(503, times=3))

    status, _, err = probe("run")

    assert (status, err) == (0, "Sessions that could not be closed: 1. The next run closes them.\n")
    assert uppzy.closed == []
    assert probe("run")[2] == ""
    assert uppzy.closed == [asked.session_id for asked in uppzy.asked]


@on_both_engines
def test_a_probe_is_pinned_while_the_desk_has_the_database(probe: Run, database: str) -> None:
    async def beside() -> int:
        async with store_at(database) as store:
            await store.run(lambda tx: add_answer(tx, 10))
            status, _, _ = await asyncio.to_thread(probe, "add", "req_10")
            await store.run(lambda tx: add_answer(tx, 11))
            return status

    assert asyncio.run(beside()) == 0


# The comparison; its words have a table in tests/review/test_answer_words.py.

PROBE = Probe(
    id="prb_1", request_id="req_1", question_id="qst_1", question=redact("Where?"), answer=redact(ANSWER),
    confidence_level="medium", confidence_score=0.6, language=None, pinned_at=1.0,
)  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (("high", 0.9), ("medium", 0.6), "confidence fell from high to medium"),
        (("medium", 0.6), ("low", 0.2), "confidence fell from medium to low"),
        (("low", None), (None, None), "confidence fell from low to none"),
        (("sure", None), ("high", None), "confidence fell from sure to high"),
        (("high", 0.95), ("high", 0.75), "confidence fell from 0.95 to 0.75"),
        ((None, 0.9), (None, 0.5), "confidence fell from 0.9 to 0.5"),
        (("high", 0.95), ("high", 0.8), None),
        (("medium", 0.6), ("high", 0.3), None),
        (("high", None), ("high", 0.1), None),
        ((None, None), ("low", 0.1), None),
        (("high", None), ("sure", None), None),
    ],
)
def test_lost_confidence(
    before: tuple[str | None, float | None], after: tuple[str | None, float | None], reason: str | None
) -> None:
    asked = replace(PROBE, confidence_level=before[0], confidence_score=before[1])
    got = Reply(session_id="s", request_id="r", answer=ANSWER, confidence_level=after[0], confidence_score=after[1])

    assert compare(asked, got).reason == reason


def test_words_in_another_order_are_worse() -> None:
    got = Reply(session_id="s", request_id="r", answer="Press Print, then open Settings. It takes 5 minutes.",
                confidence_level="medium", confidence_score=0.6)  # fmt: skip

    assert compare(PROBE, got).reason == "words changed their order"


def test_reasoning_of_a_model_is_no_change() -> None:
    got = Reply(
        session_id="s", request_id="r", answer=f"<think>Hm, printers.</think>{ANSWER}", confidence_level="medium"
    )

    assert compare(PROBE, got).reason is None


def test_lines_that_only_one_answer_has_are_marked() -> None:
    rows = side_by_side("one\ntwo", "two\nthree")

    assert [str(cell) for cell in rows.columns[1].cells] == ["<", "", ">"]
