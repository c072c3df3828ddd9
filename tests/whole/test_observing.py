"""Observability: metrics, texts that must not be in them, and the trace that links log lines."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from sqlalchemy import Text, select

from bot.cli.find_report import found_as_tree
from bot.helpdesk.model.chat import Identifier
from bot.logs import configure_logging
from sandbox.uppzy import Endpoint, replying
from sandbox.world import HANDOFF_CHANNEL, MIA, TOM
from storage import models
from storage.queries.search import find
from storage.repositories import Transaction
from tests.whole.scene import CONFIDENT, PERSON, UNKNOWN, Scene

Page = dict[tuple[str, ...], float]
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

# Columns with values from a small fixed set.
_CLOSED = {"kind", "state", "owner", "role", "rating", "priority", "status", "error", "confidence_level"}
_CLOSED |= {"rules", "reasons", "grounds_rules", "grounds_reasons"}
_CLOSED |= {"ticket_ref_system", "metadata", "notes", "note_keys"}


async def scraped(scene: Scene) -> str:
    async with aiohttp.ClientSession() as session, session.get(f"{scene.bot.url}/metrics") as response:
        assert response.status == 200
        assert response.content_type == "text/plain"
        return await response.text()


async def numbers(scene: Scene) -> Page:
    """Returns each of our samples by name and label values, in the order of the label names."""
    return {
        (sample.name.removeprefix("uppzy_desk_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(await scraped(scene))
        for sample in family.samples
    }


async def redelivered(scene: Scene, ts: str) -> None:
    """Delivers the event of a question once more."""
    event = {"type": "message", "channel": scene.world.slack.dm_of(MIA), "channel_type": "im", "user": MIA}
    assert (await scene.world.slack.deliver({**event, "text": CONFIDENT, "ts": ts, "event_ts": ts})).ok
    await scene.settled()


@on_sqlite
async def test_events_are_counted_by_what_became_of_them(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)
    await redelivered(scene, root)
    await scene.world.slack.deliver({"type": "made_up", "event_ts": "1795400000.000100"})

    page = await numbers(scene)

    assert page["events_total", "MessageReceived", "accepted"] == 1
    assert page["events_total", "MessageReceived", "known"] == 1
    assert page["events_total", "event_callback", "ignored"] >= 1
    assert page["events_total", "Pressed", "accepted"] == 0


@on_sqlite
async def test_requests_of_slack_are_timed_and_forged_ones_told_apart(scene: Scene) -> None:
    await scene.ask(CONFIDENT)
    async with aiohttp.ClientSession() as session:
        await session.post(f"{scene.bot.url}/slack/events", data="{}", headers={"X-Slack-Request-Timestamp": "1"})

    page = await numbers(scene)

    assert page["acknowledgement_seconds_count", "200"] >= 1
    assert 0 < page["acknowledgement_seconds_sum", "200"] < 60
    assert page["acknowledgement_seconds_count", "401"] == 1


@on_sqlite
async def test_retries_are_counted_by_system_and_class_and_the_answer_as_done(scene: Scene) -> None:
    scene.world.uppzy.fail(Endpoint.CHAT, replying(503))
    root = (await scene.world.slack.dm(MIA, CONFIDENT)).ts
    await scene.world.slack.wait_for(lambda: scene.replies(root))
    await scene.settled()

    page = await numbers(scene)

    assert page["retries_total", "AmbiguousError", "Ask", "uppzy"] == 1
    assert page["uppzy_ask_seconds_count", "5xx"] == 1
    assert page["uppzy_ask_seconds_count", "2xx"] == 1
    assert page["effects_total", "Ask", "done"] == 1
    assert page["effects_total", "PostMessage:AnswerPart", "done"] == 1
    assert page["effects_total", "PostMessage:AnswerPart", "failed"] == 0
    assert page["oldest_unanswered_question_seconds",] == 0
    assert page["questions_asking",] == 0
    assert page["jobs_running", "effect"] == 0


@on_sqlite
async def test_an_effect_that_was_found_done_is_told_from_one_that_was_made(scene: Scene) -> None:
    scene.world.slack.faults.dropped_after("chat.postMessage", times=1)
    await scene.world.slack.dm(MIA, CONFIDENT)
    await scene.world.slack.wait_for(lambda: scene.world.slack.calls_of("conversations.replies"))
    await scene.settled()

    page = await numbers(scene)

    assert page["effects_total", "PostMessage:AnswerPart", "found"] == 1
    assert page["effects_total", "PostMessage:AnswerPart", "done"] == 0
    assert page["retries_total", "AmbiguousError", "PostMessage:AnswerPart", "slack"] == 1


@on_sqlite
async def test_effects_that_failed_for_good_are_counted(scene: Scene) -> None:
    scene.world.slack.faults.refused(
        "chat.postMessage",
        error="user_disabled",
        times=None,
        when=lambda args: str(args.get("channel")).startswith("D"),
    )
    await scene.ask(CONFIDENT)

    page = await numbers(scene)

    assert page["effects_total", "PostMessage:AnswerPart", "failed"] == 1
    assert page["effects_total", "PostMessage:AlarmMessage", "done"] == 1


async def test_what_waits_is_shown_while_it_waits(scene: Scene) -> None:
    scene.world.uppzy.fail(Endpoint.CHAT, replying(503, times=None))
    delivery = await scene.world.slack.dm(MIA, PERSON)
    await scene.world.slack.wait_for(lambda: "HD-1" in scene.texts(delivery.ts))

    page = await numbers(scene)

    assert 0 < page["oldest_unanswered_question_seconds",] < 60
    assert page["handoffs", "open"] == 1
    assert page["handoffs", "claimed"] == 0
    assert page["jobs_unfinished",] >= 0


@on_sqlite  # PostgreSQL plans by statistics, which a few rows do not provide
async def test_what_waits_is_read_from_indexes_of_what_is_unfinished(scene: Scene) -> None:
    def plan(tx: Transaction) -> str:
        statements = (
            "SELECT min(asked_at) FROM questions WHERE state = 'waiting'",
            "SELECT state, count(*) FROM handoffs WHERE state != 'resolved' GROUP BY state",
        )
        return str([tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}").all() for one in statements])

    said = await scene.bot.store.run(plan)

    assert "ix_questions_waiting" in said
    assert "ix_handoffs_queue" in said


@on_sqlite
async def test_the_metrics_carry_no_ids_no_addresses_and_nobodys_words(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)
    await scene.rate(root, "bad")
    await scene.ask(UNKNOWN, who=TOM)
    await redelivered(scene, root)
    scene.world.uppzy.fail(Endpoint.CHAT, replying(404))
    await scene.ask("Is the Wuppertal canteen open?")

    page = await scraped(scene)

    secrets = await scene.bot.store.run(_stored)
    assert {"U0MIA0000", HANDOFF_CHANNEL} <= secrets
    assert any(secret.startswith("evt_") for secret in secrets)
    secrets |= {"mia@example.com", "tom@example.com", "Mia", "Frobnicate", "Wuppertal", "canteen", "password"}
    assert sorted(secret for secret in secrets if secret in page) == []


def _stored(tx: Transaction) -> set[str]:
    """Returns every text in the database except values from small fixed sets."""
    return {
        value
        for table in models.metadata.tables.values()
        for column in table.columns
        if column.name not in _CLOSED and (isinstance(column.type, Text) or column.name == "id")
        for value in tx.connection.execute(select(column)).scalars()
        if isinstance(value, str) and len(value) > 3
    }


@on_sqlite
async def test_a_locked_database_leaves_its_gauges_out_and_nothing_else(scene: Scene) -> None:
    path = scene.world.settings.database_url.removeprefix("sqlite:///")
    other = sqlite3.connect(path)
    try:
        other.execute("BEGIN IMMEDIATE")
        page = await numbers(scene)
    finally:
        other.close()

    assert page["database_up",] == 0
    assert ("oldest_unanswered_question_seconds",) not in page
    assert ("handoffs", "open") not in page
    assert page["events_total", "MessageReceived", "accepted"] == 0
    assert (await numbers(scene))["database_up",] == 1


@on_sqlite
async def test_every_metric_is_explained_and_no_other(scene: Scene) -> None:
    shown = {family.name for family in text_string_to_metric_families(await scraped(scene))}
    shown = {name for name in shown if name.startswith("uppzy_desk_")}

    text = (Path(__file__).parents[2] / "docs/operating.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `(uppzy_desk_\w+)`", text, re.MULTILINE))

    in_socket_mode = {"uppzy_desk_socket_connected", "uppzy_desk_socket_age_seconds"}
    assert {name.removesuffix("_total") for name in explained} == shown | in_socket_mode


# The trace.


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """The log from now on, as JSON lines."""
    root, ours = logging.getLogger(), [logging.getLogger(name) for name in ("bot", "storage")]
    before, handlers = [(logger, logger.level) for logger in (root, *ours)], root.handlers[:]
    stream = io.StringIO()
    configure_logging("debug", "json", stream=stream)
    yield stream
    root.handlers[:] = handlers
    for logger, level in before:
        logger.setLevel(level)


def events(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def by_trace(lines: io.StringIO) -> dict[str, list[str]]:
    """Returns the log events of each trace, each with its kind."""
    found: dict[str, list[str]] = {}
    for line in events(lines):
        if "trace" in line:
            found.setdefault(line["trace"], []).append(f"{line['event']} {line.get('kind')}")
    return found


async def test_a_question_has_one_trace_from_its_acceptance_to_the_answer_and_the_ticket(
    scene: Scene, lines: io.StringIO
) -> None:
    scene.world.uppzy.fail(Endpoint.CHAT, replying(503))
    root = (await scene.world.slack.dm(MIA, UNKNOWN)).ts
    await scene.world.slack.wait_for(lambda: scene.replies(root) and scene.world.slack.calls_of("chat.update"))
    await scene.settled()

    ((trace, said),) = by_trace(lines).items()

    assert trace.startswith("evt_")
    assert said[:2] == ["event_accepted MessageReceived", "event_handled MessageReceived"]
    assert {
        "effect_delayed Ask",
        "effect_settled Ask",
        "effect_settled PostMessage:AnswerPart",
        "effect_settled PostMessage:Card",
        "effect_settled CreateTicket",
        "effect_settled RefreshCard",
    } <= set(said)
    assert [line for line in events(lines) if "kind" in line and "trace" not in line] == []
    assert await scene.count("effects", "trace IS NULL") == 0


@on_sqlite
async def test_the_finder_shows_the_trace_of_every_effect(scene: Scene, lines: io.StringIO) -> None:
    await scene.ask(CONFIDENT)
    (trace,) = by_trace(lines)

    found = find(Path(scene.world.settings.database_url.removeprefix("sqlite:///")), Identifier(text=trace, id=trace))

    assert found is not None
    assert {effect.trace for effect in found.conversations[0].effects} == {trace}
    console = Console(file=io.StringIO(), width=400)
    console.print(found_as_tree(found, with_text=False))
    assert trace in cast(io.StringIO, console.file).getvalue()


@on_sqlite
async def test_two_questions_at_once_have_two_traces(scene: Scene, lines: io.StringIO) -> None:
    await asyncio.gather(*(scene.world.slack.dm(who, CONFIDENT) for who in (MIA, TOM)))
    await scene.settled()

    traces = by_trace(lines)

    assert len(traces) == 2
    assert all(said.count("effect_settled PostMessage:AnswerPart") == 1 for said in traces.values())
    assert await scene.count("effects", "kind = 'PostMessage:AnswerPart'") == 2


@on_sqlite
async def test_outside_of_any_input_no_trace_is_followed(scene: Scene, lines: io.StringIO) -> None:
    await scene.ask(CONFIDENT)

    logging.getLogger("bot.somewhere").info("nothing_came_in")

    assert "trace" not in events(lines)[-1]
