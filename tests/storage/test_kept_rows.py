"""A transaction keeps the rows that it has read: nothing that it reads or leaves behind may be different for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.helpdesk.model.chat import SharedFile
from bot.helpdesk.model.conversation import Answer, Conversation
from bot.helpdesk.model.effects import CloseSession, Effect, EffectState
from bot.helpdesk.model.handoff import (
    Claim,
    Grounds,
    Handoff,
    HandoffState,
    HandoffTicket,
    Outcome,
    Resolution,
    TicketRef,
)
from bot.helpdesk.model.relay import Relay, RelayState
from storage.interfaces import Database
from storage.repositories import Transaction
from tests.addresses import SURFACE, channel_at, message_at
from tests.statements import recorded_statements
from tests.storage.conftest import store_at

CHANGES: dict[str, list[dict[str, Any]]] = {
    "handoffs": [
        {},
        {"state": HandoffState.CLAIMED, "claim": Claim(by="U1", at=1.0)},
        {"claim": Claim(by="U1", at=1.0, joined=("U2",)), "revision": 2},
        {"claim": None, "resolution": Resolution(by="U1", at=2.0, outcome=Outcome.SOLVED)},
        {"state": HandoffState.RESOLVED, "resolution": Resolution(), "answer_by": 9.0},
        {"ticket": HandoffTicket(ref=TicketRef(system="local", id="t", number="1"), comments=("c",))},
        {"ticket": HandoffTicket(wanted=False), "place": channel_at("C2"), "thread": "9.9"},
    ],
    "effects": [
        {},
        {"state": EffectState.SENDING, "attempts": 1, "first_tried_at": 1.0},
        {"state": EffectState.PENDING, "error": "away"},
        {"state": EffectState.DONE, "outcome": "1.1", "settled_at": 5.0},
        {"body": CloseSession(session_id="another"), "attempts": 2},
    ],
    "answers": [{}, {"posted": "1.1"}, {"text": "", "confidence_score": 0.5}, {"sent_by": "U2"}],
    "relays": [
        {},
        {"state": RelayState.DELAYED, "revision": 2},
        {"files": (SharedFile(id="F1", name="a"),), "to_employee": True},
        {"files": (SharedFile(id="F2", name="b"), SharedFile(id="F1", name="a")), "text": "more"},
    ],
}


def _handoff(n: int) -> Handoff:
    return Handoff(
        id=f"hof_{n}", number=n, conversation_id=f"con_{n}", question_id=None, answer_id=None, priority="normal",
        grounds=Grounds(rules=("rule",), reasons=("because",), fingerprint="f"), place=channel_at("C1"), opened_at=1.0,
    )  # fmt: skip


def _effect(n: int) -> Effect:
    return Effect(id=f"eff_{n}", key=f"k{n}", lane="l", subject="s", body=CloseSession(session_id="s"), decided_at=1.0)


def _answer(n: int) -> Answer:
    return Answer(
        id=f"ans_{n}", question_id=f"que_{n}", conversation_id="con_1", session_id="s", request_id="r", text="Yes.",
        confidence_level=None, confidence_score=None, answered_at=1.0,
    )  # fmt: skip


def _relay(n: int) -> Relay:
    return Relay(
        id=f"rel_{n}", conversation_id="con_1", handoff_id="hof_1", surface=SURFACE, channel="D1", message=f"{n}.0",
        author="U1", to_employee=False, text="Hello", state=RelayState.SENT, written_at=1.0,
    )  # fmt: skip


ROWS: dict[str, Callable[[int], Any]] = {
    "handoffs": _handoff,
    "effects": _effect,
    "answers": _answer,
    "relays": _relay,
}
FIND: dict[str, Callable[[Transaction, int], Any]] = {
    "handoffs": lambda tx, n: (
        tx.handoffs.current_in(f"con_{n}"),
        tx.handoffs.open_in(f"con_{n}"),
        tx.handoffs.all_in(f"con_{n}"),
        tx.handoffs.past_target(9.0 * n),
    ),
    "effects": lambda tx, n: (tx.effects.of_key(f"k{n}"), tx.effects.waiting(CloseSession, "s")),
    "answers": lambda tx, n: tx.answers.of_question(f"que_{n}"),
    "relays": lambda tx, n: (tx.relays.of_message(message_at("D1", f"{n}.0")), tx.relays.of_file(SURFACE, "F1")),
}
SPECIAL: dict[str, list[Callable[[Transaction, int, int], Any]]] = {
    "effects": [
        lambda tx, n, which: tx.effects.end(
            replace(_effect(n), state=EffectState.DONE, settled_at=7.0), claim=[None, 0, 1][which % 3]
        ),
        lambda tx, n, which: tx.effects.renew(f"eff_{n}", 8.0, f"evt_{which}"),
        lambda tx, n, which: tx.effects.complete(
            replace(_effect(n), body=CloseSession(session_id=f"whole {which}"))
        ),
    ],
    "answers": [lambda tx, n, which: tx.answers.mark_posted(f"ans_{n}", f"{which}.0")],
}  # fmt: skip
Operation = tuple[str, int, int, bool]
OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["put", "put", "find", "special", "save an old one"]),
        st.sampled_from([1, 1, 2]),
        st.integers(0, 8),
        st.booleans(),
    ),
    min_size=5,
    max_size=30,
)


def _perform(tx: Transaction, table: str, operation: Operation, old: list[Any]) -> list[Any]:
    """Performs the operation. Returns what it read, and adds rows to the `old` ones that may be saved later."""
    name, n, which, read = operation
    rows: Any = getattr(tx, table)
    results = []
    if name == "special":
        results += [special(tx, n, which) for special in SPECIAL.get(table, [])[which % 3 :][:1]]
    elif name == "find":
        results.append(FIND[table](tx, n))
    elif name == "save an old one":
        # Without one: a row that is not stored.
        rows.save(old[which % len(old)] if old else ROWS[table](n))
    elif name == "put":
        row = rows.get(ROWS[table](n).id)
        if row is None:
            rows.add(ROWS[table](n))
        else:
            changed = replace(row, **CHANGES[table][which % len(CHANGES[table])])
            rows.save(changed)
            old += [row, changed]
        results.append(row)
    return [*results, rows.get(ROWS[table](n).id)] if read else results


def _outcome(tx: Transaction, table: str, operations: list[Operation], *, keeping: bool) -> list[Any]:
    """Returns what the operations read, and the rows that they leave behind."""
    tables = [table, "relay_files"]
    for each in tables:
        tx.connection.exec_driver_sql(f"DELETE FROM {each}")
    old: list[Any] = []
    kept = Transaction(tx.connection, tx.jobs)
    read = [_perform(kept if keeping else Transaction(tx.connection, tx.jobs), table, one, old) for one in operations]
    return [read, [tx.connection.exec_driver_sql(f"SELECT * FROM {each} ORDER BY id").all() for each in tables]]


@given(table=st.sampled_from(list(ROWS)), operations=OPERATIONS)
@settings(max_examples=settings().max_examples // 8, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_transaction_that_keeps_its_rows_does_the_same_as_one_that_keeps_none(
    store: Database, table: str, operations: list[Operation]
) -> None:
    def both(tx: Transaction) -> tuple[list[Any], list[Any]]:
        return _outcome(tx, table, operations, keeping=True), _outcome(tx, table, operations, keeping=False)

    keeping, reading = await store.run(both)

    assert keeping == reading


async def test_a_row_is_read_once_and_only_what_changed_is_written(database_url: str) -> None:
    def work(tx: Transaction) -> None:
        handoff = tx.handoffs.get("hof_1")
        assert handoff is not None
        assert tx.handoffs.get("hof_1") == tx.handoffs.current_in("con_1") == handoff
        tx.handoffs.save(replace(handoff, revision=2, claim=Claim(by="U1", at=2.0)))
        assert tx.handoffs.get("hof_1") == replace(handoff, revision=2, claim=Claim(by="U1", at=2.0))

    with recorded_statements() as recorded:
        async with store_at(database_url) as store:
            await store.run(lambda tx: tx.handoffs.add(_handoff(1)))
            recorded.clear()
            await store.run(work)

    statements = [statement for statement, _ in recorded if "handoffs" in statement]
    assert [statement.split()[0] for statement in statements] == ["SELECT", "SELECT", "UPDATE"]
    changed = statements[-1].partition(" SET ")[2].partition(" WHERE ")[0]
    assert [part.partition("=")[0] for part in changed.split(", ")] == [
        "claim_by", "claim_at", "claim_joined", "claim_waits_until", "claim_reminded", "revision"
    ]  # fmt: skip


async def test_handoffs_of_a_conversation_are_read_once_and_follow_its_changes(store: Database) -> None:
    first = replace(_handoff(1), conversation_id="con_3", state=HandoffState.RESOLVED)
    second = replace(_handoff(2), conversation_id="con_3")

    def work(tx: Transaction) -> None:
        of = tx.handoffs
        assert (of.open_in("con_3"), of.current_in("con_3"), of.all_in("con_3")) == (None, None, [])
        of.add(first)
        assert (of.open_in("con_3"), of.current_in("con_3"), of.latest_in("con_3")) == (None, first, first)
        of.add(second)
        assert (of.open_in("con_3"), of.all_in("con_3")) == (second, [second, first])
        of.save(replace(second, state=HandoffState.RESOLVED))
        of.save(replace(first, state=HandoffState.CLAIMED))
        claimed = replace(first, state=HandoffState.CLAIMED)
        assert (of.open_in("con_3"), of.current_in("con_3"), of.latest_in("con_3")) == (
            claimed, claimed, replace(second, state=HandoffState.RESOLVED)
        )  # fmt: skip
        assert Transaction(tx.connection, tx.jobs).handoffs.all_in("con_3") == of.all_in("con_3")

    await store.run(work)


async def test_a_row_saved_unchanged_is_written_where_transactions_are_concurrent(database_url: str) -> None:
    with recorded_statements() as recorded:
        async with store_at(database_url) as store:
            await store.run(lambda tx: tx.handoffs.add(_handoff(1)))
            recorded.clear()
            await store.run(lambda tx: tx.handoffs.save(tx.handoffs.get("hof_1") or _handoff(1)))

    written = [statement for statement, _ in recorded if statement.startswith("UPDATE")]
    assert len(written) == (0 if database_url.startswith("sqlite") else 1)


async def test_a_row_that_its_transaction_has_written_is_not_written_again_unchanged(database_url: str) -> None:
    def work(tx: Transaction) -> None:
        tx.handoffs.add(_handoff(1))
        tx.handoffs.save(_handoff(1))

    with recorded_statements() as recorded:
        async with store_at(database_url) as store:
            await store.run(work)

    assert not [statement for statement, _ in recorded if statement.startswith("UPDATE handoffs")]


async def test_what_belongs_to_a_row_that_its_transaction_has_added_is_not_searched_for(database_url: str) -> None:
    handoff = replace(_handoff(1), conversation_id="con_1")

    def work(tx: Transaction) -> None:
        tx.conversations.add(
            Conversation(
                id="con_1", workspace="T1", surface=SURFACE, channel="D1", thread="1.0", employee="U1", session_id="s",
                opened_at=1.0, last_at=1.0,
            )
        )  # fmt: skip
        tx.answers.add(_answer(1))
        tx.handoffs.add(handoff)
        assert tx.handoffs.all_in("con_1") == [handoff]
        assert tx.verdicts.on(_answer(1).id) == []

    with recorded_statements() as recorded:
        async with store_at(database_url) as store:
            await store.run(work)

    assert not [
        one for one, _ in recorded if one.startswith("SELECT") and ("FROM handoffs" in one or "verdicts" in one)
    ]
