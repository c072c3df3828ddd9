"""The validation by API descriptions refuses what must be refused.

The requests of the adapters are validated in every test of the contract.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.tickets.contract import STAND_INS
from tests.tickets.shapes import MISSING, description_of, is_described
from tests.tickets.standins.base import StandIn

DESCRIBED = [kind for kind in STAND_INS if kind.described or kind.description is not None]
MISSHAPEN = [
    pytest.param(
        kind, *request, id=f"{kind.system}-{at}", marks=pytest.mark.skipif(not is_described(kind), reason=MISSING)
    )
    for kind in DESCRIBED
    for at, request in enumerate(kind.misshapen)
]


@pytest.mark.parametrize("kind", DESCRIBED, ids=lambda kind: kind.system)
def test_every_description_comes_with_a_request_that_it_refuses(kind: type[StandIn]) -> None:
    assert kind.misshapen


@pytest.mark.parametrize(("kind", "method", "path", "body"), MISSHAPEN)
def test_a_request_that_must_be_refused_is_refused(kind: type[StandIn], method: str, path: str, body: Any) -> None:
    (complaint, *_) = description_of(kind).complaints(method, path, body)

    assert "is not described" not in complaint
