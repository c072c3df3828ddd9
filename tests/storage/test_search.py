"""Search: every identifier of a conversation leads to all its others."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import StorageError
from bot.helpdesk.model.content import AgentMessage, AlarmMessage, EmployeeMessage, EmployeeNotice
from bot.helpdesk.model.conversation import Answer, Conversation, Question, QuestionState, Rating, Role, Verdict
from bot.helpdesk.model.effects import (
    Effect,
    EffectState,
    PostMessage,
)
from bot.helpdesk.model.events import InboxEntry, MessageReceived
from bot.helpdesk.model.handoff import Grounds, Handoff, HandoffTicket, TicketMetadata, TicketRef, TicketStatus
from bot.helpdesk.model.history import DecisionRecord
from bot.helpdesk.model.job import SHARED, JobKind, ScheduledJob
from bot.helpdesk.model.relay import Relay, RelayState
from bot.helpdesk.model.search_result import Found
from bot.helpdesk.model.target import EmployeeThread, FixedTarget, HandoffThread
from bot.helpdesk.model.ticket_system import LocalTicket
from bot.helpdesk.redaction import redact
from bot.slack.ids import read_identifier
from storage.inspection import inspect
from storage.postgres.store import PostgresStore
from storage.queries.home import read_beginnings, read_figures, read_queue, read_requests, read_search
from storage.queries.search import MOST_CONVERSATIONS, find, find_in
from storage.repositories import Transaction
from storage.sqlite.store import SqliteStore
from tests.addresses import SURFACE, channel_at, message_at, thread_at
from tests.articles import article
from tests.statements import recorded_statements

MIA, TOM, ADA = "U0MIA0000", "U0TOM0000", "U0ADA0000"
DM, HANDOFFS = "D0MIA", "C0HANDOFF"
QUESTION_TS, ANSWER_TS, CARD_TS = "1700000000.000100", "1700000001.000200", "1700000002.000300"
TOLD_TS, MIA_LATER_TS, IN_THREAD_TS, ADA_TS, NOTE_TS = (f"170000000{n}.000400" for n in (3, 4, 5, 6, 7))
REQUEST = "req_0123456789abcdef"


def conversation(id: str = "con_1", employee: str = MIA, channel: str = DM, thread: str = QUESTION_TS) -> Conversation:
    return Conversation(
        id=id,
        workspace="T1",
        surface=SURFACE,
        channel=channel,
        thread=thread,
        employee=employee,
        session_id=f"desk-{id.removeprefix('con_')}-2",
        generation=2,
        opened_at=1.0,
        last_at=1.0,
    )


QUESTION = Question(
    id="que_1",
    conversation_id="con_1",
    surface=SURFACE,
    channel=DM,
    thread=QUESTION_TS,
    message=QUESTION_TS,
    employee=MIA,
    text="Where is the blue folder?",
    state=QuestionState.ANSWERED,
    sent_at=1.0,
    asked_at=1.0,
)
ANSWER = Answer(
    id="ans_1",
    question_id="que_1",
    conversation_id="con_1",
    session_id="desk-1-1",
    request_id=REQUEST,
    text="On the shelf.",
    confidence_level="low",
    confidence_score=0.2,
    posted=ANSWER_TS,
    answered_at=2.0,
)
VERDICT = Verdict(
    id="ver_1", answer_id="ans_1", person=ADA, role=Role.AGENT, rating=Rating.BAD, given_at=5.0, pressed_at=5.0
)
HANDOFF = Handoff(
    id="hof_1",
    number=12,
    conversation_id="con_1",
    question_id="que_1",
    answer_id="ans_1",
    priority="normal",
    grounds=Grounds(rules=("unsure answer",), reasons=("The assistant is unsure.",), fingerprint="abc"),
    place=channel_at(HANDOFFS),
    thread=CARD_TS,
    ticket=HandoffTicket(
        ref=TicketRef(system="local", id="tic_1", number="HD-12", url="https://tickets.example.com/12")
    ),
    opened_at=3.0,
)
DECISION = DecisionRecord(
    id="dec_1",
    conversation_id="con_1",
    question_id="que_1",
    handoff_id="hof_1",
    rules=("unsure answer",),
    reasons=("The assistant is unsure.",),
    fingerprint="abc",
    decided_at=3.0,
)
TICKET = LocalTicket(
    id="tic_1",
    number="HD-12",
    key="sb-abc",
    subject=redact("Where is the blue folder?"),
    body=redact("…"),
    priority="normal",
    requester=MIA,
    status=TicketStatus.NEW,
    metadata=TicketMetadata(
        handoff_id="hof_1", uppzy_session_id="desk-1-1", uppzy_request_id=REQUEST, confidence_level="low"
    ),
    opened_at=3.0,
    changed_at=3.0,
)
RELAY = Relay(
    id="rel_1",
    conversation_id="con_1",
    handoff_id="hof_1",
    surface=SURFACE,
    channel=HANDOFFS,
    message=ADA_TS,
    author=ADA,
    to_employee=True,
    text="Hello!",
    state=RelayState.SENT,
    sending=1,
    written_at=6.0,
)
MIAS = replace(RELAY, id="rel_3", channel=DM, message=MIA_LATER_TS, author=MIA, to_employee=False)
NOTE = replace(RELAY, id="rel_2", message=NOTE_TS, state=RelayState.NOTE, text="", sending=0)
ARTICLE = article("art_1", question="Where is the blue folder?", answer="On the shelf.", at=6.0)
TOLD = Effect(
    id="eff_1",
    key="handed_over:hof_1",
    lane="talk:con_1",
    subject="con_1",
    body=PostMessage(
        content=EmployeeNotice(text="A person will answer."), to=EmployeeThread(thread_at(DM, QUESTION_TS))
    ),
    state=EffectState.DONE,
    attempts=1,
    outcome=TOLD_TS,
    decided_at=4.0,
)
TO_THREAD = Effect(
    id="eff_2",
    key=f"relay:1:{SURFACE}:{DM}:{MIA_LATER_TS}",
    lane="thread:hof_1",
    subject="hof_1",
    body=PostMessage(
        content=EmployeeMessage(relay_id="rel_9", revision=1, author=MIA, text=redact("Hello?")),
        to=HandoffThread("hof_1"),
    ),
    state=EffectState.DONE,
    attempts=2,
    outcome=IN_THREAD_TS,
    decided_at=5.0,
)
TO_MIA = Effect(
    id="eff_3",
    key=RELAY.copy_key,
    lane="talk:con_1",
    subject="hof_1",
    body=PostMessage(content=AgentMessage(author=ADA, text="Hello!"), to=EmployeeThread(thread_at(DM, QUESTION_TS))),
    state=EffectState.FAILED,
    attempts=3,
    error="NotFoundError slack channel_not_found",
    decided_at=6.0,
)
ALARM = Effect(
    id="eff_4",
    key="alarm:alm_1:1",
    lane="alarm:alm_1",
    subject="alm_1",
    body=PostMessage(
        content=AlarmMessage(
            alarm_id="alm_1", revision=1, text=redact("Uppzy refused."), count=1, since=1.0, over_at=None
        ),
        to=FixedTarget(SURFACE, HANDOFFS),
    ),
    decided_at=7.0,
)
ACCEPTED = InboxEntry(
    key=f"A1:T1:{DM}:{QUESTION_TS}:",
    lane=f"in:{DM}",
    event=MessageReceived(
        workspace="T1",
        address=message_at(DM, QUESTION_TS),
        author=MIA,
        text="…",
        sent_at=1.0,
        direct=True,
    ),
)

REMINDER = ScheduledJob(
    id="job_1", key="1", kind=JobKind.REMIND_AFTER_TARGET, subject="hof_1", lane="scheduled:1",
    due_at=100.0, scheduled_at=1.0,
)  # fmt: skip
EVERY_IDENTIFIER = {
    "con_1": "conversation",
    "que_1": "question",
    "ans_1": "answer",
    "ver_1": "verdict",
    "dec_1": "decision",
    "hof_1": "handoff",
    "eff_2": "effect",
    "tic_1": "ticket",
    "sb-abc": "ticket",
    "HD-12": "handoff",
    "hd-12": "handoff",
    " #HD-12 ": "handoff",
    "https://tickets.example.com/12": "ticket",
    "desk-1-2": "Uppzy session",
    "desk-1-1": "Uppzy session",
    "desk-1-7": "Uppzy session",
    REQUEST: "Uppzy request",
    MIA: "employee",
    f"<@{MIA}>": "employee",
    DM: "DM channel",
    QUESTION_TS: "message of a question",
    f"{DM}:{QUESTION_TS}": "message of a question",
    f"{DM}/{QUESTION_TS}": "message of a question",
    "https://example.slack.com/archives/D0MIA/p1700000000000100": "message of a question",
    ANSWER_TS: "message of an answer",
    "https://example.slack.com/archives/D0MIA/p1700000001000200?thread_ts=1700000000.000100&cid=D0MIA": (
        "message of an answer"
    ),
    CARD_TS: "thread of a handoff",
    f"{HANDOFFS}:{CARD_TS}": "thread of a handoff",
    "https://example.slack.com/archives/C0HANDOFF/p1700000002000300": "thread of a handoff",
    TOLD_TS: "message of the desk",
    IN_THREAD_TS: "message of the desk",
    MIA_LATER_TS: "relayed message",
    f"{HANDOFFS}:{ADA_TS}": "relayed message",
    f"{HANDOFFS}:{NOTE_TS}": "relayed message",
    "rel_1": "relayed message",
    "rel_2": "relayed message",
    "art_1": "article",
    "job_1": "scheduled job",
    "job_2": "scheduled job",
}
ALARM_JOB = replace(REMINDER, id="job_3", key="3", kind=JobKind.EXPIRE_ALARM, subject="alm_1")
SHARED_JOB = replace(REMINDER, id="job_4", key="4", kind=JobKind.CHECK_QUESTIONS, subject=SHARED)


def fill(tx: Transaction) -> str:
    tx.conversations.add(conversation())
    tx.conversations.add(conversation("con_2", employee=TOM, channel="D0TOM", thread="1700000009.000900"))
    tx.questions.add(QUESTION)
    tx.answers.add(ANSWER)
    tx.verdicts.add(VERDICT)
    tx.handoffs.add(HANDOFF)
    tx.decisions.add(DECISION)
    tx.local_tickets.add(TICKET)
    tx.relays.add(RELAY)
    tx.relays.add(MIAS)
    tx.relays.add(NOTE)
    tx.articles.add(ARTICLE)
    for effect in (TOLD, TO_THREAD, TO_MIA, ALARM):
        tx.effects.add(effect)
    for job in (REMINDER, replace(REMINDER, id="job_2", key="2", done_at=100.0), ALARM_JOB, SHARED_JOB):
        tx.scheduled_jobs.add(job)
    event_id = tx.inbox.add(ACCEPTED, 1.0)
    assert event_id is not None
    return event_id


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """The open database of a running desk."""
    async with SqliteStore(tmp_path / "desk.db") as store:
        yield store


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filled database that no process has open."""
    path = tmp_path_factory.mktemp("finder") / "desk.db"
    asyncio.run(_make_filled(path))
    return path


async def _make_filled(path: Path) -> None:
    async with SqliteStore(path) as store:
        await store.run(fill)


def ids(found: Found | None) -> list[str]:
    return [] if found is None else [one.conversation.id for one in found.conversations]


@pytest.mark.parametrize(("id", "kind"), EVERY_IDENTIFIER.items())
def test_every_identifier_leads_to_its_conversation(path: Path, id: str, kind: str) -> None:
    found = find(path, read_identifier(id))

    assert found is not None
    assert ids(found) == ["con_1"]
    assert kind in found.understood_as


def test_a_conversation_is_found_with_everything_that_belongs_to_it(path: Path) -> None:
    found = find(path, read_identifier("HD-12"))

    assert found is not None
    (whole,) = found.conversations
    assert whole.conversation == conversation()
    (question,) = whole.questions
    assert (question.question, question.answer, question.verdicts) == (QUESTION, ANSWER, (VERDICT,))
    (handoff,) = whole.handoffs
    assert (handoff.handoff, handoff.local_ticket) == (HANDOFF, TICKET)
    assert whole.decisions == (DECISION,)
    assert [effect.id for effect in whole.effects] == ["eff_1", "eff_2", "eff_3"]
    assert [job.id for job in whole.scheduled] == ["job_1"]


def test_an_effect_is_found_with_its_state_and_outcome(path: Path) -> None:
    found = find(path, read_identifier("eff_3"))

    assert found is not None
    effect = found.conversations[0].effects[2]
    assert (effect.kind, effect.state, effect.attempts) == ("PostMessage:AgentMessage", EffectState.FAILED, 3)
    assert effect.error == "NotFoundError slack channel_not_found"


def test_the_id_of_an_alarm_leads_to_its_effects(path: Path) -> None:
    found = find(path, read_identifier("alm_1"))

    assert found is not None
    assert (found.understood_as, found.conversations) == (("alarm",), ())
    assert [effect.id for effect in found.effects] == [ALARM.id]


def test_an_alarm_without_a_conversation_is_found(path: Path) -> None:
    found = find(path, read_identifier("eff_4"))

    assert found is not None
    assert (found.conversations, [effect.key for effect in found.effects]) == ((), [ALARM.key])


@pytest.mark.parametrize(("job", "effects"), [(ALARM_JOB, ["eff_4"]), (SHARED_JOB, [])])
def test_a_job_without_a_conversation_is_found(path: Path, job: ScheduledJob, effects: list[str]) -> None:
    found = find(path, read_identifier(job.id))

    assert found is not None
    assert (found.understood_as, found.conversations, found.scheduled) == (("scheduled job",), (), (job,))
    assert [effect.id for effect in found.effects] == effects


async def test_an_input_leads_to_the_conversation_of_its_message(store: SqliteStore, tmp_path: Path) -> None:
    event_id = await store.run(fill)

    found = find(tmp_path / "desk.db", read_identifier(event_id))

    assert ids(found) == ["con_1"]


@pytest.mark.parametrize(
    "id",
    [
        "",
        "con_9",
        "hof_",
        "HD-13",
        "1700000000.000199",
        f"C0OTHER:{QUESTION_TS}",
        "U0NOBODY",
        "%",
        "desk-9-1",
        "x" * 5000,
    ],
)
def test_an_unknown_identifier_is_not_found(path: Path, id: str) -> None:
    assert find(path, read_identifier(id)) is None


async def test_the_conversations_of_a_person_are_found_latest_first(store: SqliteStore, tmp_path: Path) -> None:
    def add_many(tx: Transaction) -> None:
        for number in range(MOST_CONVERSATIONS + 5):
            one = conversation(f"con_{number:03}", thread=f"17000001{number:02}.000100")
            tx.conversations.add(replace(one, last_at=float(number)))

    await store.run(add_many)

    found = ids(find(tmp_path / "desk.db", read_identifier(MIA)))

    assert len(found) == MOST_CONVERSATIONS
    assert found == sorted(found, reverse=True)
    assert found[0] == f"con_{MOST_CONVERSATIONS + 4:03}"


def names_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


async def test_a_search_neither_changes_the_file_nor_disturbs_the_desk(store: SqliteStore, tmp_path: Path) -> None:
    await store.run(fill)
    before = names_in(tmp_path)

    found = find(tmp_path / "desk.db", read_identifier(MIA))
    await store.run(lambda tx: tx.conversations.add(conversation("con_3", thread="1700000008.000100")))

    assert ids(found) == ["con_1"]
    assert ids(find(tmp_path / "desk.db", read_identifier("con_3"))) == ["con_3"]
    assert names_in(tmp_path) == before


def test_a_search_creates_no_database(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no database"):
        find(tmp_path / "desk.db", read_identifier("con_1"))

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "desk.db").write_text("These are no rows, and not a database either." * 50, encoding="utf-8")

    with pytest.raises(StorageError, match="not a database"):
        find(tmp_path / "desk.db", read_identifier("con_1"))


@pytest.mark.parametrize(("version", "fix"), [("9999", "newer Uppzy Desk"), (None, "migrate")])
async def test_a_database_of_another_version_is_refused_with_the_fix(
    tmp_path: Path, version: str | None, fix: str
) -> None:
    path = await of_version(tmp_path, version)

    with pytest.raises(StorageError, match=fix):
        find(path, read_identifier("con_1"))


async def of_version(folder: Path, version: str | None) -> Path:
    path = folder / "desk.db"
    async with SqliteStore(path):
        pass
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM alembic_version")
        connection.executemany("INSERT INTO alembic_version VALUES (?)", [(version,)] if version else [])
    connection.close()
    return path


async def test_a_database_in_use_is_recognised(store: SqliteStore, tmp_path: Path) -> None:
    state = inspect(tmp_path / "desk.db")

    assert (state.in_use, state.known, state.version) == (True, True, state.wanted)


async def test_a_closed_database_is_not_in_use(tmp_path: Path) -> None:
    path = await of_version(tmp_path, "9999")

    state = inspect(path)

    assert (state.in_use, state.known, state.version) == (False, False, "9999")


def test_a_missing_database_has_no_version(tmp_path: Path) -> None:
    state = inspect(tmp_path / "desk.db")

    assert (state.in_use, state.known, state.version) == (False, True, None)
    assert list(tmp_path.iterdir()) == []


async def test_a_search_on_postgresql_finds_the_same(new_postgres: Callable[[], str]) -> None:
    url = new_postgres()
    async with PostgresStore(url) as store:
        await store.run(fill)

        found = {
            id: find(url, read_identifier(id))
            for id in (*EVERY_IDENTIFIER, "eff_4", "alm_1", "job_3", "job_4", "con_9", "\0")
        }

    assert {id for id, one in found.items() if one is None} == {"con_9", "\0"}
    assert all(ids(found[id]) == ["con_1"] for id in EVERY_IDENTIFIER)


def test_an_unreachable_server_is_named_without_its_address() -> None:
    with pytest.raises(StorageError, match="PostgreSQL cannot be reached") as caught:
        find("postgresql://desk:hidden@127.0.0.1:9/desk", read_identifier("con_1"))

    assert "hidden" not in str(caught.value)


async def test_no_query_of_the_desk_scans_a_large_table(tmp_path: Path) -> None:
    """Checks the query plans, because these queries run on the only writer thread and delay everything else."""
    plans: list[str] = []

    def explained(tx: Transaction) -> None:
        fill(tx)
        recorded.clear()
        for id in (*EVERY_IDENTIFIER, "eff_4", "alm_1", "job_3", "job_4", "con_9"):
            find_in(tx.connection, read_identifier(id))
        read_requests(tx, SURFACE, MIA, 15)
        read_queue(tx, {HANDOFFS, "C0OTHER"}, 100)
        read_beginnings(tx, ["que_1", "que_2"])
        read_search(tx, {HANDOFFS, "C0OTHER"}, SURFACE, "hd-12", MIA, among=100, most=9)
        read_search(tx, {HANDOFFS, "C0OTHER"}, SURFACE, "folder", "", among=100, most=9)
        read_figures(tx, {HANDOFFS, "C0OTHER"}, 1.0)
        for statement, values in dict(recorded).items():
            rows = tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", tuple(values))
            plans.extend(f"{row.detail} | {statement}" for row in rows)

    with recorded_statements() as recorded:
        async with SqliteStore(tmp_path / "desk.db") as store:
            await store.run(explained)

    assert any("ix_handoffs_queue" in plan for plan in plans)
    scans = [plan for plan in plans if plan.startswith("SCAN") or "ix_handoffs_channel_thread (channel=?)" in plan]
    assert scans == []


async def test_a_home_takes_as_few_statements_for_many_requests_as_for_one(tmp_path: Path) -> None:
    """The number of statements does not depend on the number of rows that are shown."""
    taken: list[int] = []

    def read(tx: Transaction) -> None:
        fill(tx)
        for number in range(1, 9):
            id, ts = f"con_many{number}", f"17100000{number:02}.000100"
            tx.conversations.add(conversation(id, thread=ts))
            tx.questions.add(replace(QUESTION, id=f"que_many{number}", conversation_id=id, message=ts, withheld=True))
            tx.handoffs.add(replace(HANDOFF, id=f"hof_many{number}", number=100 + number, conversation_id=id))
        for most in (1, 5):
            recorded.clear()
            assert len(read_requests(tx, SURFACE, MIA, most)) >= most
            queued = read_queue(tx, {HANDOFFS}, most)
            assert len(queued) == most
            read_beginnings(tx, [one.handoff.question_id or "" for one in queued])
            taken.append(len(recorded))

    with recorded_statements() as recorded:
        async with SqliteStore(tmp_path / "desk.db") as store:
            await store.run(read)

    assert taken[0] == taken[1] <= 8
