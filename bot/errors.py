"""Every error that the desk raises, in one tree.

DeskError
├── SettingsError               settings are wrong or missing; the process exits with status 2
├── PolicyError                 the escalation policy cannot be used
├── StorageError                the database cannot be used
│   └── DatabaseInUseError      another process uses the same database file
└── OutsideError                an outside system refused, or could not be reached
    ├── ForgedError             a request that claims to come from it has a wrong or old signature
    ├── TemporaryError          had no effect; retry
    │   ├── RateLimitedError    retry after a wait that the system may name
    │   ├── NotYetError         not attempted yet: a limit leaves no room; not a failed attempt
    │   ├── UnknownRefusalError an undocumented error code; retry once
    │   └── AmbiguousError      may have had its effect; look for it before a retry
    └── PermanentError          a retry cannot help
        ├── UnconfirmedError    may have had its effect, which cannot be found out
        ├── CredentialError     the key or token is not accepted
        ├── PlanError           the account may not do this
        ├── NoSurfaceError      no such chat surface is configured
        ├── SharedChannelError  the channel is shared with another company
        ├── DeactivatedError    the recipient has no active account any more
        │   └── UnreachableError    the recipient has removed the app, or blocked it
        ├── NotFoundError       the object addressed does not exist
        │   ├── MessageGoneError    the message was deleted
        │   └── ThreadGoneError     the first message of the thread was deleted
        └── BadRequestError     the request itself is wrong
            └── RequesterRefusedError   the ticket system does not accept this person
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class DeskError(Exception):
    """Something went wrong in the help desk."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or "").splitlines()[0])


class SettingsError(DeskError):
    """The settings are wrong or incomplete."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems) or None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyMistake:
    """One mistake in a policy file: the `line`, the `rule` by its name, what is wrong (`text`), and the `fix`.

    `sentence` says all of it, as the command line prints it. A mistake about the file as a whole has no line.
    """

    sentence: str
    text: str
    fix: str
    line: int | None = None
    rule: str | None = None


class PolicyError(DeskError):
    """The escalation policy cannot be used."""

    def __init__(self, mistakes: Sequence[PolicyMistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.problems) or None)

    @property
    def problems(self) -> tuple[str, ...]:
        """The sentences of all mistakes."""
        return tuple(mistake.sentence for mistake in self.mistakes)


class StorageError(DeskError):
    """The database cannot be used."""


class DatabaseInUseError(StorageError):
    """Another process already uses this database file."""


class OutsideError(DeskError):
    """An outside system refused, or could not be reached.

    `system` names it ("uppzy", "slack", "tickets"), `code` is its own error code or HTTP status, for logs and reports.
    The message may be logged: it never contains message text, tokens or keys.
    """

    def __init__(self, message: str | None = None, *, system: str = "", code: str = "") -> None:
        self.system = system
        self.code = code
        super().__init__(message)

    @property
    def code_or_kind(self) -> str:
        """The system's own code or, where it gave none, the kind of this error."""
        return self.code or type(self).__name__


class ForgedError(OutsideError):
    """A request has a wrong signature, or was signed too long ago."""


class TemporaryError(OutsideError):
    """The outside system could not do it now; a retry may help."""


class RateLimitedError(TemporaryError):
    """The outside system asked us to slow down."""

    def __init__(
        self, message: str | None = None, *, system: str = "", code: str = "", retry_after: float | None = None
    ) -> None:
        """`retry_after` is in seconds; None where the system named no time."""
        self.retry_after = retry_after
        super().__init__(message, system=system, code=code)


class NotYetError(TemporaryError):
    """Retry later; this was not a failed attempt."""

    def __init__(self, message: str | None = None, *, system: str = "", code: str = "", retry_after: float) -> None:
        """`retry_after` is in seconds."""
        self.retry_after = retry_after
        super().__init__(message, system=system, code=code)


class UnknownRefusalError(TemporaryError):
    """The outside system refused with an unknown error code: retried once, then permanent."""

    def as_permanent(self) -> BadRequestError:
        """Returns the same error as a permanent one."""
        return BadRequestError(str(self), system=self.system, code=self.code)


class AmbiguousError(TemporaryError):
    """The outcome is unclear: the effect may have happened."""


class PermanentError(OutsideError):
    """The outside system refused permanently."""


class UnconfirmedError(PermanentError):
    """An earlier attempt may have succeeded, which cannot be found out, and must not be repeated."""


class CredentialError(PermanentError):
    """The key or token is not accepted."""


class PlanError(PermanentError):
    """The account may not do this."""


class NoSurfaceError(PermanentError):
    """No chat surface of this name is configured: conversations on it cannot go on until it is again."""

    def __init__(self, surface: str) -> None:
        super().__init__(f'No chat surface "{surface}" is configured.', system=surface, code="not_configured")


class SharedChannelError(PermanentError):
    """The channel is shared with another company: nothing that employees wrote may be posted there."""

    def __init__(self, message: str | None = None, *, system: str = "", code: str = "", channel: str) -> None:
        super().__init__(message, system=system, code=code)
        self.channel = channel


class DeactivatedError(PermanentError):
    """The recipient has no active account any more: there is nothing to fix."""


class UnreachableError(DeactivatedError):
    """The recipient has removed the app or blocked it, which only they can undo."""


class NotFoundError(PermanentError):
    """The object addressed does not exist."""


class MessageGoneError(NotFoundError):
    """The message was deleted."""


class ThreadGoneError(NotFoundError):
    """The first message of the thread was deleted. Nothing was posted."""


class BadRequestError(PermanentError):
    """The request itself was refused as wrong."""


class RequesterRefusedError(BadRequestError):
    """The ticket system does not accept this person: suspended, blocked, or with an address it rejects."""
