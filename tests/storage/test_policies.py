"""The texts of policies that were in force."""

from __future__ import annotations

import asyncio

from bot.helpdesk.escalation import Policy
from bot.policy_file import load_policy
from bot.slack.ids import SlackIds
from storage import models
from storage.interfaces import Database
from storage.policies import PolicyText, policy_texts, record_change, record_policy
from storage.repositories import Transaction

BAD = 'version = 1\n[[rule]]\nname = "unhappy"\ncondition = "verdict"\nrating = "bad"\n'


def _policy(text: str) -> Policy:
    return load_policy(text, ids=SlackIds())


def _stored(tx: Transaction) -> list[PolicyText]:
    return list(policy_texts(tx.connection).values())


async def test_the_text_of_each_policy_is_stored_once_with_the_time_of_its_first_use(store: Database) -> None:
    first, other, with_comment = map(_policy, (BAD, f'{BAD}priority = "low"\n', f"# for sales\n{BAD}"))
    for now, policy in enumerate((first, other, with_comment), start=5):
        await store.run(record_policy, policy, float(now))

    assert await store.run(_stored) == [
        PolicyText(fingerprint=first.fingerprint, text=BAD, first_used_at=5.0),
        PolicyText(fingerprint=other.fingerprint, text=other.text, first_used_at=6.0),
    ]


def _changes(tx: Transaction) -> list[tuple[int, float, str, str]]:
    columns = models.policy_changes.c
    rows = tx.connection.execute(models.policy_changes.select().order_by(columns.number))
    return [(row.number, row.at, row.fingerprint, row.text) for row in rows]


async def test_each_text_that_comes_into_force_is_one_change_however_many_processes_read_it(store: Database) -> None:
    first, with_comment = _policy(BAD), _policy(f"# for sales\n{BAD}")
    await asyncio.gather(*(store.run(record_change, first, 5.0) for _ in range(3)))
    for now, policy in ((6.0, with_comment), (7.0, with_comment), (8.0, first)):
        await store.run(record_change, policy, now)

    assert await store.run(_changes) == [
        (1, 5.0, first.fingerprint, BAD),
        (2, 6.0, first.fingerprint, with_comment.text),
        (3, 8.0, first.fingerprint, BAD),
    ]
