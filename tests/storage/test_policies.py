"""The texts of policies that were in force."""

from __future__ import annotations

import asyncio

from bot.helpdesk.escalation import Policy
from bot.policy_file import load_policy
from bot.slack.ids import SlackIds
from storage.engines import location_of
from storage.interfaces import Database
from storage.policies import policy_texts, read_changes, record_change
from storage.repositories import Transaction

BAD = 'version = 1\n[[rule]]\nname = "unhappy"\ncondition = "verdict"\nrating = "bad"\n'


def _policy(text: str) -> Policy:
    return load_policy(text, ids=SlackIds())


async def test_the_text_of_each_policy_is_stored_once_and_known_by_its_fingerprint(
    store: Database, database_url: str
) -> None:
    first, other, with_comment = map(_policy, (BAD, f'{BAD}priority = "low"\n', f"# for sales\n{BAD}"))
    for number, policy in enumerate((first, other, with_comment, first)):
        await store.run(record_change, policy, float(number))

    assert policy_texts(location_of(database_url)) == {first.fingerprint: BAD, other.fingerprint: other.text}
    assert await store.run(_texts) == {BAD, other.text, with_comment.text}


def _texts(tx: Transaction) -> set[str]:
    texts = list(tx.connection.exec_driver_sql("SELECT text FROM policies").scalars())
    assert len(texts) == len(set(texts))
    return set(texts)


async def test_each_text_that_comes_into_force_is_one_change_however_many_processes_read_it(
    store: Database, database_url: str
) -> None:
    first, with_comment = _policy(BAD), _policy(f"# for sales\n{BAD}")
    await asyncio.gather(*(store.run(record_change, first, 5.0) for _ in range(3)))
    for seconds, policy in ((6.0, with_comment), (7.0, with_comment), (8.0, first)):
        await store.run(record_change, policy, seconds)

    found = [(one.number, one.at, one.fingerprint, one.text) for one in read_changes(location_of(database_url))]
    assert found == [
        (1, 5.0, first.fingerprint, BAD),
        (2, 6.0, first.fingerprint, with_comment.text),
        (3, 8.0, first.fingerprint, BAD),
    ]
