"""Validates requests by the vendor's own description of its API, where that is available.

OpenAPI 3.1 is JSON Schema; of the differences in 3.0 only `nullable` occurs in these descriptions.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from jsonschema import Draft202012Validator

from tests.tickets.shared import shared
from tests.tickets.standins.base import Call, StandIn

FOLDER = shared("openapi")
# The other keys of a path, parameters and descriptions, apply to all of them.
VERBS = frozenset({"get", "put", "post", "patch", "delete"})
MISSING = "the vendors' API descriptions are not here: looked for a folder shared/openapi beside the checkout"


class Description:
    """The operations of one vendor, from one or more descriptions."""

    def __init__(self, specs: Iterable[Any]) -> None:
        self._operations = [operation for spec in specs for operation in _operations(spec)]

    def complaints(self, method: str, path: str, body: Any) -> Iterator[str]:
        """Yields the validation errors of a request, one for a request that is not described."""
        known = [check for verb, shape, check in self._operations if verb == method and shape.fullmatch(path)]
        if not known:
            yield f"{method} {path} is not described"
            return
        for error in known[0].iter_errors(body):
            yield f"{method} {path}: {error.json_path}: {error.message}"


@functools.cache
def description_of(kind: type[StandIn]) -> Description:
    """Returns the description of a stand-in's vendor: ours, or the vendor's own."""
    if kind.description is not None:
        return Description([kind.description])
    assert FOLDER is not None
    return Description([json.loads((FOLDER / file).read_text("utf-8")) for file in kind.described])


def is_described(kind: type[StandIn]) -> bool:
    """Returns True if there is a description and it is available."""
    return kind.description is not None or (FOLDER is not None and bool(kind.described))


def complaints(kind: type[StandIn], calls: Iterable[Call]) -> list[str]:
    """Returns the validation errors of the bodies of these calls; none where there is no description."""
    if not is_described(kind):
        return []
    described = description_of(kind)
    return [
        complaint
        for call in calls
        if call.body is not None and not re.search(kind.undescribed, call.path)
        for complaint in described.complaints(call.method, call.path.removeprefix(kind.prefix), call.body)
        if not re.search(kind.mistaken, complaint)
    ]


def _operations(spec: Any) -> Iterator[tuple[str, re.Pattern[str], Draft202012Validator]]:
    spec = _without_nullable(spec)
    for path, methods in spec["paths"].items():
        shape = re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))
        for method, operation in methods.items():
            if method not in VERBS:
                continue
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if content is not None:
                root = {"allOf": [content["schema"]], "components": spec.get("components", {})}
                yield method.upper(), shape, Draft202012Validator(root)


def _without_nullable(part: Any) -> Any:
    """Translates `nullable: true` of OpenAPI 3.0 to the type null of JSON Schema."""
    if isinstance(part, list):
        return [_without_nullable(member) for member in part]
    if not isinstance(part, dict):
        return part
    plain = {name: _without_nullable(member) for name, member in part.items()}
    if plain.get("nullable") is True and isinstance(plain.get("type"), str):
        plain["type"] = [plain["type"], "null"]
        plain |= {"enum": [*plain["enum"], None]} if "enum" in plain else {}
    return plain
