"""The real ticket server, started once for all tests of a process that need it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.tickets.realserver import MISSING, THERE, RtServer


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the tests that need the real server first: then one process of a parallel run gets all, and starts one."""
    items.sort(key=lambda item: item.get_closest_marker("realserver") is None)


@pytest.fixture(scope="session")
def rt_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RtServer]:
    """A real Request Tracker."""
    if not THERE:
        pytest.skip(MISSING)
    with RtServer(tmp_path_factory.mktemp("rt")) as server:
        yield server
