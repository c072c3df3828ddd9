"""Wire types: JSON objects, arguments of a Web API call, and refusals."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]


class RefusedError(Exception):
    """A Web API call answered with `ok: false`.

    `error` is Slack's short word; `messages` are the sentences Slack adds to say what exactly was wrong.
    Source: https://docs.slack.dev/apis/web-api/#responses
    """

    def __init__(self, error: str, messages: Sequence[str] = (), **more: object) -> None:
        super().__init__(error)
        self.error = error
        self.messages = tuple(messages)
        self.more = more

    def answer(self) -> Json:
        answer: Json = {"ok": False, "error": self.error, **self.more}
        if self.messages:
            answer["errors"] = list(self.messages)
            answer["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in self.messages]}
        return answer


class Arguments:
    """The arguments of one call, which reach Slack as form fields, query parameters or JSON.

    In a form everything is text ("true", "20", blocks as JSON text); in JSON the values have their own types.
    Both are read alike.
    """

    def __init__(self, values: Json) -> None:
        self.values = values

    def has(self, name: str) -> bool:
        return self.values.get(name) is not None

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name)
        return default if value is None else str(value)

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise RefusedError("invalid_arguments", [f"missing required field: {name}"])
        return value

    def flag(self, name: str) -> bool:
        return str(self.values.get(name, "")).lower() in ("true", "1")

    def number(self, name: str, *, default: int, highest: int) -> int:
        try:
            number = int(self.values.get(name) or default)
        except (TypeError, ValueError) as error:
            raise RefusedError("invalid_arguments", [f"must be an integer [json-pointer:/{name}]"]) from error
        if number < 1:
            raise RefusedError("invalid_limit")
        return min(number, highest)

    def structure(self, name: str, *, error: str) -> Any:
        """Returns a list or object, given as such or as JSON text. If it cannot be read, `error` is the refusal."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError as problem:
            raise RefusedError(error) from problem
