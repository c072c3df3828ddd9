"""Alarms about effects that were given up, and their end once such effects succeed again."""

from __future__ import annotations

from bot.errors import CredentialError, NoSurfaceError, NotFoundError, OutsideError, PlanError
from bot.helpdesk import messages
from bot.helpdesk.alarms import raise_alarm, resolve_alarm
from bot.helpdesk.model.alarm import AlarmCause
from bot.helpdesk.model.content import ForEmployee
from bot.helpdesk.model.effects import Body, PostMessage, kind_of
from bot.helpdesk.redaction import SafeText
from bot.helpdesk.unit_of_work import UnitOfWork


def raise_failure_alarm(uow: UnitOfWork, body: Body, error: OutsideError) -> None:
    """Raises an alarm about an effect that was given up, for a reason that may concern it alone."""
    cause = f"{AlarmCause.REFUSED}:{error.system}:{error.code}:{kind_of(body)}"
    raise_alarm(uow, cause, _text(body, error), expires=True)


def raise_assistant_alarm(uow: UnitOfWork, body: Body, error: OutsideError) -> None:
    """Raises an alarm about a refusal of the assistant: of every request, or of this question."""
    if isinstance(error, CredentialError | PlanError):
        raise_alarm(uow, AlarmCause.CREDENTIALS, _text(body, error))
    else:
        raise_failure_alarm(uow, body, error)


def raise_credential_alarm(uow: UnitOfWork, body: Body, error: OutsideError) -> None:
    """Raises an alarm if the assistant's key is to blame. Other failures of this effect concern no one."""
    if isinstance(error, CredentialError):
        raise_assistant_alarm(uow, body, error)


def end_credential_alarm(uow: UnitOfWork) -> None:
    """Resolves the alarm about the assistant's key, which was accepted."""
    resolve_alarm(uow, AlarmCause.CREDENTIALS)


def raise_ticket_alarm(uow: UnitOfWork, body: Body, error: OutsideError) -> None:
    """Raises an alarm about a ticket that could not be created, read or changed."""
    raise_alarm(uow, AlarmCause.TICKET, _text(body, error))


def end_ticket_alarm(uow: UnitOfWork) -> None:
    """Resolves the alarm about tickets, after a request to the ticket system has succeeded."""
    resolve_alarm(uow, AlarmCause.TICKET)


def _text(body: Body, error: OutsideError) -> SafeText:
    code = error.code_or_kind
    return messages.alarms.given_up(error.system, code, kind_of(body), _fix(body, error))


def _fix(body: Body, error: OutsideError) -> str:
    if isinstance(error, CredentialError):
        return messages.alarms.FIX_CREDENTIALS
    if isinstance(error, PlanError):
        return messages.alarms.FIX_PLAN
    if isinstance(error, NoSurfaceError):
        return messages.alarms.FIX_SURFACE
    if isinstance(error, NotFoundError):
        for_employee = isinstance(body, PostMessage) and isinstance(body.content, ForEmployee)
        return messages.alarms.FIX_EMPLOYEE_UNREACHABLE if for_employee else messages.alarms.FIX_IDS
    return messages.alarms.FIX_UNKNOWN
