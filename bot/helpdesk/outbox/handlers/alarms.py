"""Telling people what they must mend when an errand is given up, and taking it back when such errands go well again."""

from __future__ import annotations

from bot.errors import CredentialError, NotFoundError, OutsideError, PlanError
from bot.helpdesk.alarms import raise_alarm, take_back
from bot.helpdesk.model.alarm import AlarmCause
from bot.helpdesk.model.effects import Body, ContinueTalk, PostAnswer, RelayToEmployee, SendDraft, Tell
from bot.helpdesk.redaction import SafeText, compose, redact
from bot.helpdesk.unit_of_work import UnitOfWork

_TO_EMPLOYEES = (ContinueTalk, PostAnswer, RelayToEmployee, SendDraft, Tell)


def alarm(uow: UnitOfWork, body: Body, error: OutsideError) -> None:
    """An errand was given up, for a reason that may concern it alone."""
    cause = f"{AlarmCause.REFUSED}:{error.system}:{error.code}:{type(body).__name__}"
    raise_alarm(uow, cause, _text(body, error), fades=True)


def alarm_of_assistant(uow: UnitOfWork, body: Body, error: OutsideError) -> None:
    """The assistant refused for good: all of us, or this question."""
    if isinstance(error, CredentialError | PlanError):
        raise_alarm(uow, AlarmCause.CREDENTIALS, _text(body, error))
    else:
        alarm(uow, body, error)


def alarm_of_key(uow: UnitOfWork, body: Body, error: OutsideError) -> None:
    """Something that nobody waits for was given up: of interest where the key is to blame."""
    if isinstance(error, CredentialError):
        alarm_of_assistant(uow, body, error)


def assistant_answers(uow: UnitOfWork) -> None:
    """The assistant takes our key."""
    take_back(uow, AlarmCause.CREDENTIALS)


def alarm_of_tickets(uow: UnitOfWork, body: Body, error: OutsideError) -> None:
    """A ticket could not be created or changed."""
    raise_alarm(uow, AlarmCause.TICKET, _text(body, error))


def tickets_work(uow: UnitOfWork) -> None:
    """The ticket system has done what it was asked to."""
    take_back(uow, AlarmCause.TICKET)


def _text(body: Body, error: OutsideError) -> SafeText:
    return compose(
        "*{system}* refused for good ({code}): {kind} was given up. {mend}",
        system=redact(error.system or "an outside system"),
        code=redact(error.code or type(error).__name__),
        kind=redact(type(body).__name__),
        mend=redact(_mend(body, error)),
    )


def _mend(body: Body, error: OutsideError) -> str:
    if isinstance(error, CredentialError):
        return "Check its key or token, then run `uppzy-desk check`."
    if isinstance(error, PlanError):
        return "Check what the account's plan and role allow, then run `uppzy-desk check`."
    if isinstance(error, NotFoundError) and isinstance(body, _TO_EMPLOYEES):
        return "The direct message with the employee can't be used. Please contact them another way."
    if isinstance(error, NotFoundError):
        return "Check the ids in the settings, then run `uppzy-desk check`."
    return "The log has the details; `uppzy-desk find` with an id shows what belongs to it."
