"""Ids are unique, unguessable and in the order in which they were made, in every thread and process."""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.helpdesk.model.conversation import new_id

# More than one block of random bytes yields.
MANY = 3000


def test_ids_of_two_threads_are_unique_and_rise_in_each() -> None:
    with ThreadPoolExecutor(2) as threads:
        made = list(threads.map(lambda _: [new_id("con") for _ in range(MANY)], range(2)))

    assert len({*made[0], *made[1]}) == 2 * MANY
    assert all(ids == sorted(ids) for ids in made)
    assert all(re.fullmatch(r"con_[0-9a-f]{21}", id) for id in made[0])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_process_repeats_no_random_number_of_its_parent() -> None:
    new_id("con")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, " ".join(_random_parts()).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        of_child = pipe.read().split()
    os.waitpid(child, 0)

    assert len(of_child) == 50
    assert set(_random_parts()).isdisjoint(of_child)


def _random_parts() -> list[str]:
    return [new_id("con")[-10:] for _ in range(50)]
