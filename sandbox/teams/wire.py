"""Wire types of the local Teams: JSON objects, bodies of errors, and refusals."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


class ConnectorRefusedError(Exception):
    """A call that the connector or Graph refuses. `code` is Microsoft's short word, `reason` the sentence for people.

    Source: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/conversation-messages
    """

    def __init__(self, status: int, code: str, reason: str = "", *, retry_after: int | None = None) -> None:
        super().__init__(f"{status} {code}: {reason}")
        self.status = status
        self.code = code
        self.reason = reason
        self.retry_after = retry_after

    def body(self) -> Json:
        return error_body(self.code, self.reason)

    def headers(self) -> dict[str, str]:
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}


def error_body(code: str, reason: str) -> Json:
    """Returns the body of an error of the connector."""
    return {"error": {"code": code, "message": reason or code}}
