"""Carrying files: copied first, for nobody to see, then shown on the other side."""

from __future__ import annotations

from collections.abc import Mapping

from bot.errors import CredentialError, NotFoundError, OutsideError, PlanError
from bot.helpdesk.handoffs.relay_files import file_failed, is_wanted, share_copy
from bot.helpdesk.handoffs.relay_receipts import record_outcome
from bot.helpdesk.model.effects import Body, DeleteFile, Destination, Effect, ShareFile, UploadFile
from bot.helpdesk.model.file import NOT_VISIBLE
from bot.helpdesk.model.relay import DeliverySign
from bot.helpdesk.outbox.dispatcher import Attempt, EffectHandler, Redirection, nothing
from bot.helpdesk.outbox.handlers.alarms import alarm
from bot.helpdesk.outbox.handlers.redirection import below_card, below_new_card, in_new_thread, in_talk, need_thread
from bot.helpdesk.ports import Files, Transaction
from bot.helpdesk.unit_of_work import UnitOfWork

_FILE_GONE = ("file_not_found", "file_deleted")


class FileHandlers:
    """Performs what is done with files."""

    def __init__(self, files: Files) -> None:
        self._files = files

    @property
    def performers(self) -> Mapping[type[Body], EffectHandler]:
        """By kind of effect."""
        return {
            UploadFile: EffectHandler(do=self._upload, record=share_copy, fail=_fail, wanted=_is_wanted),
            ShareFile: EffectHandler(
                do=self._share,
                find=self._find,
                record=_record,
                fail=_fail,
                aim=_aim,
                wanted=_is_wanted,
                instead=_elsewhere,
            ),
            DeleteFile: EffectHandler(do=self._delete, fail=alarm, outcome=nothing),
        }

    async def _upload(self, attempt: Attempt) -> str:
        return await self._files.upload(attempt.body(UploadFile))

    async def _share(self, attempt: Attempt) -> str:
        need_thread(attempt.destination)
        return await self._files.share(attempt.body(ShareFile), attempt.destination)

    async def _find(self, attempt: Attempt) -> str | None:
        return await self._files.find(attempt.body(ShareFile), attempt.destination)

    async def _delete(self, attempt: Attempt) -> None:
        await self._files.delete(attempt.body(DeleteFile))


def _is_wanted(tx: Transaction, body: UploadFile | ShareFile) -> bool:
    return is_wanted(tx.relays.get(body.relay_id), body.sending, body.number)


def _aim(tx: Transaction, body: ShareFile) -> Destination | None:
    if body.channel is not None and body.thread is not None:
        return in_talk(tx, body.channel, body.thread)
    relay = tx.relays.get(body.relay_id)
    return below_card(tx, relay.handoff_id) if relay else None


def _elsewhere(uow: UnitOfWork, effect: Effect, to: Destination | None, error: OutsideError) -> Redirection | None:
    assert isinstance(effect.body, ShareFile)
    return (below_new_card if effect.body.channel is None else in_new_thread)(uow, effect, to, error)


def _record(uow: UnitOfWork, body: ShareFile, copy: str) -> None:
    record_outcome(uow, body.relay_id, DeliverySign.SENT)


def _fail(uow: UnitOfWork, body: UploadFile | ShareFile, error: OutsideError) -> None:
    file_failed(uow, body, _reason(error))
    if isinstance(error, CredentialError | PlanError):
        alarm(uow, body, error)


def _reason(error: OutsideError) -> str:
    if error.code == NOT_VISIBLE:
        return "it is in a conversation that this app cannot see"
    if isinstance(error, PlanError | CredentialError):
        return "this app may not carry files"
    if isinstance(error, NotFoundError) and error.code in _FILE_GONE:
        return "it is not there any more"
    return "Slack did not take it"
