"""Files of relayed messages: copied to the other thread, or reported by name if that is impossible.

A copy is deleted when the message does not list its file any more. A removed file is never copied again: an edit that
still lists it is an older one that was delivered late.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.handoffs.notify import employee_thread, load, post_to_thread, record_outcome, tell
from bot.helpdesk.handoffs.tickets import note_removed_file
from bot.helpdesk.lanes import file_lane, talk_lane, thread_lane
from bot.helpdesk.model.chat import FileObstacle, SharedFile, obstacle_of
from bot.helpdesk.model.conversation import Conversation, new_id
from bot.helpdesk.model.effects import DeleteFile, EffectState, ShareFile, UploadFile
from bot.helpdesk.model.events import FileDeleted, MessageReceived
from bot.helpdesk.model.handoff import Handoff
from bot.helpdesk.model.relay import DeliveryReceipt, Relay, RelayState
from bot.helpdesk.model.target import HandoffThread
from bot.helpdesk.redaction import redact
from bot.helpdesk.unit_of_work import UnitOfWork


def store_files(uow: UnitOfWork, conversation: Conversation, message: MessageReceived) -> None:
    """Stores the files of a question, which the assistant does not read, for a later handoff."""
    if uow.tx.relays.of_message(message.address) is not None:
        return
    uow.tx.relays.add(
        Relay(
            id=new_id("rel"),
            conversation_id=conversation.id,
            handoff_id="",
            surface=message.address.surface,
            channel=message.address.channel,
            message=message.address.message,
            author=message.author,
            to_employee=False,
            text="",
            files=message.attached,
            state=RelayState.KEPT,
            sent_at=message.sent_at,
            written_at=uow.now,
        )
    )


def copy_stored_files(uow: UnitOfWork, handoff: Handoff) -> None:
    """Copies the files that were sent before the handoff was opened."""
    for relay in uow.tx.relays.kept_in(handoff.conversation_id):
        relay = replace(relay, handoff_id=handoff.id, state=RelayState.SENT, sending=1)
        uow.tx.relays.save(relay)
        copy_files(uow, relay)


def copy_files(uow: UnitOfWork, relay: Relay, *, after: int = 0) -> None:
    """Decides to copy a message's files after number `after`. Those that cannot be copied are reported at once."""
    leaves_surface = _leaves_surface(uow, relay)
    for number, file in _listed_files(relay):
        if number <= after:
            continue
        obstacle = FileObstacle.ELSEWHERE if leaves_surface else obstacle_of(file)
        if obstacle is not None:
            _report_left_out(uow, relay, number, file, obstacle)
            continue
        uow.effect(
            UploadFile(surface=relay.surface, relay_id=relay.id, sending=relay.sending, number=number, file=file),
            key=relay.upload_key(number),
            lane=file_lane(relay.handoff_id),
            subject=relay.handoff_id,
        )


def _leaves_surface(uow: UnitOfWork, relay: Relay) -> bool:
    """Returns whether the employee and the agents are on two surfaces: files are copied within one only."""
    found = load(uow, relay.handoff_id)
    return found is not None and found[0].surface != found[1].surface


def _listed_files(relay: Relay) -> list[tuple[int, SharedFile]]:
    """Returns the files that the message still lists, with their numbers."""
    return [(number, file) for number, file in enumerate(relay.files, start=1) if not file.gone]


def is_wanted(relay: Relay | None, sending: int, number: int) -> bool:
    """Returns whether a file is still to be copied: neither removed, nor its message retracted or sent anew."""
    if relay is None or relay.state is not RelayState.SENT or relay.sending != sending:
        return False
    return number in {listed for listed, _ in _listed_files(relay)}


def share_copy(uow: UnitOfWork, upload: UploadFile, copy: str) -> None:
    """Decides to post a file whose content has been copied."""
    relay = uow.tx.relays.get(upload.relay_id)
    conversation = uow.tx.conversations.get(relay.conversation_id) if relay else None
    if relay is None or conversation is None or not is_wanted(relay, upload.sending, upload.number):
        return
    uow.effect(
        ShareFile(
            relay_id=relay.id,
            sending=upload.sending,
            number=upload.number,
            to=employee_thread(uow, conversation) if relay.to_employee else HandoffThread(relay.handoff_id),
            author=relay.author,
            copy=copy,
            file=upload.file,
        ),
        key=relay.share_key(upload.number),
        lane=_lane_of(relay),
        subject=relay.handoff_id,
    )


def _lane_of(relay: Relay) -> str:
    """Returns the lane of the thread to which the relay goes."""
    return talk_lane(relay.conversation_id) if relay.to_employee else thread_lane(relay.handoff_id)


def retract_files(uow: UnitOfWork, relay: Relay) -> None:
    """Deletes the copies of a message's files. Copies that are not finished will not be posted."""
    for number, _ in _listed_files(relay):
        _delete_copy(uow, relay, number)


def _delete_copy(uow: UnitOfWork, relay: Relay, number: int) -> bool:
    """Decides to delete a copy. Returns False if there is none."""
    upload = uow.tx.effects.of_key(relay.upload_key(number))
    if upload is None or upload.state is not EffectState.DONE or not upload.outcome:
        return False
    uow.effect(
        DeleteFile(surface=relay.surface, copy=upload.outcome),
        key=f"delete:{upload.id}",
        lane=_lane_of(relay),
        subject=relay.handoff_id,
    )
    return True


# Files that are removed from a message, or added to it.


def update_files(uow: UnitOfWork, relay: Relay, listed: Iterable[SharedFile]) -> Relay:
    """Updates the copies to the files that a message lists now. Returns the relay as saved."""
    listed = tuple(listed)
    known = {file.id for file in relay.files}
    relay = remove_files(uow, relay, known - {file.id for file in listed})
    added = tuple(file for file in listed if file.id not in known)
    if added:
        relay = replace(relay, files=relay.files + added)
        uow.tx.relays.save(relay)
        if relay.state is RelayState.SENT:
            copy_files(uow, relay, after=len(relay.files) - len(added))
    return relay


def remove_files(uow: UnitOfWork, relay: Relay, ids: Collection[str]) -> Relay:
    """Deletes the copies of files that a message does not list any more, and tells the agents."""
    removed = [(number, file) for number, file in _listed_files(relay) if file.id in ids]
    if not removed:
        return relay
    files = tuple(replace(file, gone=True) if file.id in ids else file for file in relay.files)
    relay = replace(relay, files=files)
    uow.tx.relays.save(relay)
    if relay.state is RelayState.SENT:
        for number, file in removed:
            _report_removed(uow, relay, number, file, copied=_delete_copy(uow, relay, number))
    return relay


def _report_removed(uow: UnitOfWork, relay: Relay, number: int, file: SharedFile, *, copied: bool) -> None:
    """Tells the agents that a file was removed, and notes it on the ticket if that lists the file."""
    found = load(uow, relay.handoff_id)
    if found is None:
        return
    handoff, conversation = found
    key = f"removed:{relay.id}:{relay.sending}:{number}"
    words = messages.agents.file_removed(file.name, copied=copied)
    post_to_thread(uow, handoff, words, key=key, person=relay.author)
    note_removed_file(uow, conversation, handoff, file)


def remove_all_files(uow: UnitOfWork, relay: Relay) -> Relay:
    """Deletes the copies of all files of a deleted message."""
    return remove_files(uow, relay, {file.id for file in relay.files})


def handle_file_deletion(uow: UnitOfWork, deleted: FileDeleted) -> None:
    """Handles the deletion of a file, which removes it from all messages."""
    for relay in uow.tx.relays.of_file(deleted.surface, deleted.file):
        remove_files(uow, relay, {deleted.file})


def record_file_failure(uow: UnitOfWork, body: UploadFile | ShareFile, obstacle: FileObstacle) -> None:
    """Records that a file could not be copied."""
    relay = uow.tx.relays.get(body.relay_id)
    if relay is not None and is_wanted(relay, body.sending, body.number):
        _report_left_out(uow, relay, body.number, body.file, obstacle)


def _report_left_out(uow: UnitOfWork, relay: Relay, number: int, file: SharedFile, obstacle: FileObstacle) -> None:
    """Tells the employee and the agents that a file could not be copied."""
    found = load(uow, relay.handoff_id)
    if found is None:
        return
    handoff, conversation = found
    key = f"left_out:{relay.id}:{relay.sending}:{number}"
    text = messages.anyone.file_left_out(file.name, obstacle, file.link, uow.config.chat_name)
    record_outcome(uow, relay.id, DeliveryReceipt.NOT_SENT)
    tell(uow, conversation, text, key=f"{key}:employee", person=relay.author)
    post_to_thread(uow, handoff, redact(text), key=f"{key}:agents", person=relay.author)
