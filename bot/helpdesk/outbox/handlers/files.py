"""Handlers of the effects on files: a file is copied unseen first, then shared in the other conversation."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import CredentialError, NotFoundError, OutsideError, PlanError
from bot.helpdesk.alarms import raise_failure_alarm
from bot.helpdesk.handoffs.relay_copies import is_wanted, record_file_failure, record_outcome, share_copy
from bot.helpdesk.model.chat import NOT_VISIBLE, FileObstacle
from bot.helpdesk.model.effects import DeleteFile, Effect, SendStatus, ShareFile, UploadFile
from bot.helpdesk.model.relay import DeliveryReceipt
from bot.helpdesk.model.target import Destination, HandoffThread
from bot.helpdesk.outbox.handler import Attempt, Dependencies, EffectHandler, HandlerRegistry, Redirection
from bot.helpdesk.outbox.handlers.undeliverable import (
    move_below_new_card,
    move_to_new_thread,
    require_active,
    require_open_thread,
)
from bot.helpdesk.ports import Transaction
from bot.helpdesk.unit_of_work import UnitOfWork

_FILE_GONE = ("file_not_found", "file_deleted")


@dataclass(frozen=True, slots=True)
class FileHandlers:
    """Handlers of the effects on files."""

    deps: Dependencies

    def register(self, registry: HandlerRegistry) -> None:
        """Adds the handlers to the registry."""
        registry.add(
            UploadFile,
            EffectHandler[UploadFile, str](
                send=self._upload, on_sent=share_copy, on_failed=_on_failed, still_needed=_still_needed
            ),
        )
        registry.add(
            ShareFile,
            EffectHandler[ShareFile, str](
                send=self._share,
                find_sent=self._find_shared,
                on_sent=_on_shared,
                on_failed=_on_failed,
                redirect=_redirect,
                target=lambda body: body.to,
                still_needed=_still_needed,
            ),
        )
        registry.add(DeleteFile, EffectHandler[DeleteFile, None](send=self._delete, on_failed=raise_failure_alarm))

    async def _upload(self, attempt: Attempt[UploadFile]) -> str:
        return await self.deps.files(attempt.body.surface).upload(attempt.body.file)

    async def _share(self, attempt: Attempt[ShareFile]) -> str:
        body, to = attempt.body, attempt.destination
        require_open_thread(to)
        await require_active(self.deps, to)
        return await self.deps.files(to.surface).share(body.copy, body.file.name, body.author, to)

    async def _find_shared(self, attempt: Attempt[ShareFile]) -> SendStatus[str]:
        return await self.deps.files(attempt.destination.surface).find(attempt.body.copy, attempt.destination)

    async def _delete(self, attempt: Attempt[DeleteFile]) -> None:
        await self.deps.files(attempt.body.surface).delete(attempt.body.copy)


def _still_needed(tx: Transaction, body: UploadFile | ShareFile) -> bool:
    return is_wanted(tx.relays.get(body.relay_id), body.sending, body.number)


def _redirect(uow: UnitOfWork, effect: Effect, to: Destination | None, error: OutsideError) -> Redirection | None:
    assert isinstance(effect.body, ShareFile)
    move = move_below_new_card if isinstance(effect.body.to, HandoffThread) else move_to_new_thread
    return move(uow, effect, to, error)


def _on_shared(uow: UnitOfWork, body: ShareFile, copy: str) -> None:
    record_outcome(uow, body.relay_id, DeliveryReceipt.SENT)


def _on_failed(uow: UnitOfWork, body: UploadFile | ShareFile, error: OutsideError) -> None:
    record_file_failure(uow, body, _obstacle(error))
    if isinstance(error, CredentialError | PlanError):
        raise_failure_alarm(uow, body, error)


def _obstacle(error: OutsideError) -> FileObstacle:
    if error.code == NOT_VISIBLE:
        return FileObstacle.NOT_VISIBLE
    if isinstance(error, PlanError | CredentialError):
        return FileObstacle.NOT_ALLOWED
    if isinstance(error, NotFoundError) and error.code in _FILE_GONE:
        return FileObstacle.GONE
    return FileObstacle.REFUSED
