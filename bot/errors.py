"""Every error the desk raises, in one tree.

DeskError
├── SettingsError               wrong or missing settings; the process exits with 2
├── PolicyError                 the escalation policy cannot be used as it stands
├── StorageError                the database cannot be used
│   └── DatabaseInUseError      another process works on the same database file
└── OutsideError                an outside system refused, or was not there
    ├── ForgedError             what claims to come from it was not signed by it, or long ago
    ├── TemporaryError          worth trying again, and surely without effect so far
    │   ├── RateLimitedError    told to wait; carries for how long
    │   ├── NotYetError         we wait by ourselves: nothing was tried, or nothing is there yet
    │   ├── UnknownRefusalError refused with a word that nobody documents: worth one more attempt
    │   └── AmbiguousError      may have had its effect: look before trying again
    └── PermanentError          trying again cannot help
        ├── CredentialError     the key or token is not accepted
        ├── PlanError           known to the system, but not allowed to do this
        ├── SharedChannelError  the channel is shared with another company, whose people would read along
        ├── DeactivatedError    the person it is meant for has no active account any more
        ├── NotFoundError       the thing addressed is not there
        │   ├── MessageGoneError    the message is not there any more
        │   └── ThreadGoneError     the message that the thread began with is not there any more
        └── BadRequestError     the request itself is wrong
            └── RequesterRefusedError   it is about a person whom the ticket system does not take
"""

from __future__ import annotations

from collections.abc import Sequence


class DeskError(Exception):
    """Something went wrong in the help desk."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or "").splitlines()[0])


class SettingsError(DeskError):
    """The settings are wrong or incomplete."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems) or None)


class PolicyError(DeskError):
    """The escalation policy cannot be used."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems) or None)


class StorageError(DeskError):
    """The database cannot be used."""


class DatabaseInUseError(StorageError):
    """Another process already works on this database file."""


class OutsideError(DeskError):
    """An outside system refused, or was not there.

    `system` names it ("uppzy", "slack", "tickets"), `code` is its own short word or HTTP status for logs and reports.
    The message may be logged: it never carries message text, tokens or keys.
    """

    def __init__(self, message: str | None = None, *, system: str = "", code: str = "") -> None:
        self.system = system
        self.code = code
        super().__init__(message)


class ForgedError(OutsideError):
    """A delivery is not signed as the outside system signs, or was signed too long ago."""


class TemporaryError(OutsideError):
    """The outside system could not do it now; trying again may help."""


class RateLimitedError(TemporaryError):
    """The outside system asked us to slow down."""

    def __init__(
        self, message: str | None = None, *, system: str = "", code: str = "", retry_after: float | None = None
    ) -> None:
        """`retry_after` is in seconds; None where the system did not say."""
        self.retry_after = retry_after
        super().__init__(message, system=system, code=code)


class NotYetError(TemporaryError):
    """Come again later; this was no failed attempt."""

    def __init__(self, message: str | None = None, *, system: str = "", code: str = "", retry_after: float) -> None:
        """`retry_after` is in seconds."""
        self.retry_after = retry_after
        super().__init__(message, system=system, code=code)


class UnknownRefusalError(TemporaryError):
    """The outside system refused with a word that is not known: tried again once, then taken for good."""

    def for_good(self) -> BadRequestError:
        """The same as a refusal for good."""
        return BadRequestError(str(self), system=self.system, code=self.code)


class AmbiguousError(TemporaryError):
    """No clear outcome: the effect may have happened."""


class PermanentError(OutsideError):
    """The outside system refused for good."""


class CredentialError(PermanentError):
    """The key or token is not accepted."""


class PlanError(PermanentError):
    """The account may not do this."""


class SharedChannelError(PermanentError):
    """The channel is shared with another company: nothing of what employees wrote may be posted there."""


class DeactivatedError(PermanentError):
    """The person it is meant for has no active account any more: nobody has to mend anything."""


class NotFoundError(PermanentError):
    """The thing addressed does not exist there."""


class MessageGoneError(NotFoundError):
    """The message is not there any more: somebody has deleted it."""


class ThreadGoneError(NotFoundError):
    """The thread is not there any more: the message it began with was deleted. Nothing was posted."""


class BadRequestError(PermanentError):
    """The request itself was refused as wrong."""


class RequesterRefusedError(BadRequestError):
    """The ticket system does not take this person: suspended, blocked, or with an address that it finds no good."""
