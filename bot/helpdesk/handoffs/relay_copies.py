"""Copies of relayed messages and of their files in the other thread: posted, updated and retracted.

A file that cannot be copied is reported by name. A copy is deleted when the message does not list its file any more. A
removed file is never copied again: an edit that still lists it is an older one that was delivered late.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.handoffs.hiding import without_words
from bot.helpdesk.handoffs.notify import (
    close_notice,
    employee_thread,
    load,
    log_event,
    post_to_thread,
    tell,
)
from bot.helpdesk.handoffs.tickets import note_removed_file
from bot.helpdesk.lanes import Lane
from bot.helpdesk.model.chat import ENGLISH, FileObstacle, SharedFile, obstacle_of
from bot.helpdesk.model.content import AgentMessage, EmployeeMessage
from bot.helpdesk.model.conversation import Conversation, new_id
from bot.helpdesk.model.effects import (
    DeleteFile,
    EffectState,
    PostMessage,
    RetractMessage,
    ShareFile,
    ShowReceipt,
    UpdateMessage,
    UploadFile,
)
from bot.helpdesk.model.events import FileDeleted, MessageReceived
from bot.helpdesk.model.handoff import Handoff
from bot.helpdesk.model.history import TimelineEvent
from bot.helpdesk.model.job import JobKind, ScheduledJob
from bot.helpdesk.model.relay import DeliveryReceipt, Relay, RelayState
from bot.helpdesk.model.target import EmployeeThread, FixedTarget, HandoffThread, SentMessage
from bot.helpdesk.redaction import redact
from bot.helpdesk.unit_of_work import UnitOfWork

# Messages of people do not wait behind a draft that a full channel has no room for yet.
_PEOPLE_FIRST = 1
# Before later messages.
_MISSED_FIRST = 2


def new_relay(uow: UnitOfWork, message: MessageReceived, conversation_id: str, handoff_id: str = "") -> Relay:
    """Returns a new record of a message: an employee's, and internal, unless the caller decides otherwise."""
    return Relay(
        id=new_id("rel"),
        conversation_id=conversation_id,
        handoff_id=handoff_id,
        surface=message.address.surface,
        channel=message.address.channel,
        message=message.address.message,
        author=message.author,
        to_employee=False,
        text=message.text,
        files=message.attached,
        state=RelayState.INTERNAL,
        sent_at=message.sent_at,
        written_at=uow.now,
    )


def post_copies(uow: UnitOfWork, relay: Relay, *, is_new: bool = False, urgency: int = _PEOPLE_FIRST) -> None:
    """Saves the relay as sent, and decides to post its current text and its files in the other thread.

    `is_new`: it is not stored yet. `urgency` is for messages to the agents.
    """
    relay = replace(relay, state=RelayState.SENT, sending=relay.sending + 1)
    write = uow.tx.relays.add if is_new else uow.tx.relays.save
    write(relay)
    if relay.text.strip():
        post_text(uow, relay, urgency=urgency)
    _copy_files(uow, relay)


def post_text(uow: UnitOfWork, relay: Relay, *, urgency: int = _PEOPLE_FIRST) -> None:
    """Decides to post the text of a message in the other thread."""
    to = _thread_of(uow, relay)
    if to is not None:
        uow.effect(
            PostMessage(content=_text_of(uow, relay), to=to),
            key=relay.copy_key,
            lane=_lane_of(relay),
            subject=relay.handoff_id,
            urgency=0 if relay.to_employee else urgency,
        )


def update_text(uow: UnitOfWork, relay: Relay) -> None:
    """Saves the relay and updates the copy of its text, or posts it: a message of files alone has had none."""
    uow.tx.relays.save(relay)
    copy = uow.tx.effects.of_key(relay.copy_key)
    if copy is not None:
        uow.effect(
            UpdateMessage(content=_text_of(uow, relay, edited=True), to=SentMessage(copy.id)),
            key=f"update:{relay.id}:{relay.revision}",
            lane=_lane_of(relay),
            subject=relay.handoff_id,
        )
    elif relay.state is not RelayState.WITHDRAWN:
        post_text(uow, relay)


def _text_of(uow: UnitOfWork, relay: Relay, *, edited: bool = False) -> AgentMessage | EmployeeMessage:
    """Returns the current text of a message as the other thread shows it."""
    if relay.to_employee:
        conversation = uow.tx.conversations.get(relay.conversation_id)
        return AgentMessage(
            relay_id=relay.id,
            revision=relay.revision,
            author=relay.author,
            text=relay.text,
            language=uow.translator_of(conversation).language if conversation else ENGLISH,
        )
    text = None if relay.state is RelayState.WITHDRAWN else redact(relay.text)
    message = EmployeeMessage(relay_id=relay.id, revision=relay.revision, author=relay.author, text=text, edited=edited)
    return without_words(message) if _is_hidden(uow, relay) else message


def _is_hidden(uow: UnitOfWork, relay: Relay) -> bool:
    """Returns whether it is the employee's and belongs to a hidden question."""
    handoff = None if relay.to_employee else uow.tx.handoffs.get(relay.handoff_id)
    return handoff is not None and handoff.hidden


def _thread_of(uow: UnitOfWork, relay: Relay) -> EmployeeThread | HandoffThread | None:
    """Returns the thread to which the relay goes, or None if its conversation is gone."""
    if not relay.to_employee:
        return HandoffThread(relay.handoff_id)
    conversation = uow.tx.conversations.get(relay.conversation_id)
    return None if conversation is None else employee_thread(uow, conversation)


def _lane_of(relay: Relay) -> str:
    """Returns the lane of the thread to which the relay goes."""
    return Lane.TALK.of(relay.conversation_id) if relay.to_employee else Lane.THREAD.of(relay.handoff_id)


# From the employee to the agents.


def store_files(uow: UnitOfWork, conversation: Conversation, message: MessageReceived) -> None:
    """Stores the files of a question, which the assistant does not read, for a later handoff."""
    if uow.tx.relays.of_message(message.address) is None:
        relay = new_relay(uow, message, conversation.id)
        uow.tx.relays.add(replace(relay, text="", state=RelayState.KEPT))


def copy_stored_files(uow: UnitOfWork, handoff: Handoff) -> list[SharedFile]:
    """Copies the files that were sent before the handoff was opened, and returns them."""
    kept = uow.tx.relays.kept_in(handoff.conversation_id)
    for relay in kept:
        post_copies(uow, replace(relay, handoff_id=handoff.id))
    return [file for relay in kept for _, file in _listed_files(relay)]


def post_missed(uow: UnitOfWork, handoff: Handoff) -> None:
    """Posts the messages that the employee wrote before there was a card, with their current text."""
    for relay in uow.tx.relays.of_employee_in(handoff.id):
        if _is_missed(uow, relay):
            post_copies(uow, relay, urgency=_MISSED_FIRST)


def _is_missed(uow: UnitOfWork, relay: Relay) -> bool:
    """Returns whether its copy was dropped, which happens only for lack of a thread."""
    keys = [relay.copy_key, *(relay.share_key(number) for number, _ in _listed_files(relay))]
    copies = [uow.tx.effects.of_key(key) for key in keys]
    return any(copy is not None and copy.state is EffectState.DROPPED for copy in copies)


# From the agents to the employee.


def send_after_delay(uow: UnitOfWork, relay: Relay) -> None:
    """Saves an agent's message and sends it after the policy's delay. Until then its author can delete it unseen."""
    delay = uow.config.policy.handoffs.relay_delay
    if not delay:
        uow.tx.relays.save(relay)
        send(uow, relay)
        return
    show_receipt(uow, relay, DeliveryReceipt.DELAYED)
    uow.schedule(
        JobKind.RELEASE_RELAY,
        relay.id,
        after=delay,
        version=f"{relay.revision}:{relay.sending}",
        lane=Lane.RELAY.of(relay.handoff_id),
    )


def release(uow: UnitOfWork, job: ScheduledJob) -> None:
    """Sends a message after its delay, unless it was sent, deleted or marked as a note meanwhile."""
    relay = uow.tx.relays.get(job.subject)
    if relay is not None and relay.state is RelayState.DELAYED:
        send(uow, relay)


def release_all(uow: UnitOfWork, handoff: Handoff) -> None:
    """Sends all delayed messages at once, before the employee is told of the resolution."""
    for relay in uow.tx.relays.delayed_in(handoff.id):
        send(uow, relay)


def send(uow: UnitOfWork, relay: Relay) -> None:
    """Decides to send an agent's message with its current text. Its files are posted once they are copied."""
    handoff = uow.tx.handoffs.get(relay.handoff_id)
    if handoff is not None:
        log_event(uow, handoff, TimelineEvent.RELAYED, person=relay.author, detail=relay.id)
        post_copies(uow, relay)
        close_notice(uow, handoff)


def retract(uow: UnitOfWork, relay: Relay) -> None:
    """Deletes the copies of an agent's message and of its files. Copies that are not sent yet will not be."""
    handoff = uow.tx.handoffs.get(relay.handoff_id)
    if handoff is None:
        return
    log_event(uow, handoff, TimelineEvent.UNSENT, person=relay.author, detail=relay.id)
    copy = uow.tx.effects.of_key(relay.copy_key)
    if copy is not None:
        uow.effect(
            RetractMessage(to=SentMessage(copy.id, unconfirmed=True)),
            key=f"retract:{copy.id}",
            lane=_lane_of(relay),
            subject=relay.handoff_id,
        )
    for number, _ in _listed_files(relay):
        _delete_copy(uow, relay, number)


def show_receipt(uow: UnitOfWork, relay: Relay, receipt: DeliveryReceipt) -> Relay:
    """Saves the relay and shows on its message whether the employee has it."""
    if relay.receipt is not receipt:
        uow.effect(
            ShowReceipt(
                to=FixedTarget(relay.surface, relay.channel, message=relay.message),
                receipt=receipt,
                instead_of=relay.receipt,
            ),
            key=new_id("receipt"),
            lane=Lane.RECEIPT.of(relay.id),
            subject=relay.handoff_id,
        )
        relay = replace(relay, receipt=receipt)
    uow.tx.relays.save(relay)
    return relay


def record_outcome(uow: UnitOfWork, relay_id: str | None, receipt: DeliveryReceipt) -> None:
    """Records whether a copy has reached the employee, and shows its author the receipt."""
    relay = uow.tx.relays.get(relay_id)
    if relay is None or not relay.to_employee or relay.state is not RelayState.SENT:
        return
    # A part that has arrived does not make up for one that is missing.
    if relay.receipt is not DeliveryReceipt.NOT_SENT:
        show_receipt(uow, relay, receipt)


# Files.


def _copy_files(uow: UnitOfWork, relay: Relay, *, after: int = 0) -> None:
    """Decides to copy a message's files after number `after`. Those that cannot be copied are reported at once."""
    files = [(number, file) for number, file in _listed_files(relay) if number > after]
    if files and _is_hidden(uow, relay):
        _report_kept_out(uow, relay, len(files))
        return
    leaves_surface = bool(files) and _leaves_surface(uow, relay)
    for number, file in files:
        obstacle = FileObstacle.ELSEWHERE if leaves_surface else obstacle_of(file)
        if obstacle is not None:
            _report_left_out(uow, relay, number, file, obstacle)
            continue
        uow.effect(
            UploadFile(surface=relay.surface, relay_id=relay.id, sending=relay.sending, number=number, file=file),
            key=relay.upload_key(number),
            lane=Lane.FILE.of(relay.handoff_id),
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
    to = _thread_of(uow, relay) if relay else None
    if relay is None or to is None or not is_wanted(relay, upload.sending, upload.number):
        return
    uow.effect(
        ShareFile(
            relay_id=relay.id,
            sending=upload.sending,
            number=upload.number,
            to=to,
            author=relay.author,
            copy=copy,
            file=upload.file,
        ),
        key=relay.share_key(upload.number),
        lane=_lane_of(relay),
        subject=relay.handoff_id,
    )


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
            _copy_files(uow, relay, after=len(relay.files) - len(added))
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
    # The agents were told no name of a file that belongs to a hidden question.
    if found is None or _is_hidden(uow, relay):
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
    chat = uow.config.surface(relay.surface).name
    for_agents = messages.anyone.file_left_out(file.name, obstacle, file.link, chat)
    own = messages.employee.file_left_out(file.name, obstacle, chat, linked=file.link is not None)
    for_employee = for_agents if relay.to_employee else own
    record_outcome(uow, relay.id, DeliveryReceipt.NOT_SENT)
    tell(uow, conversation, for_employee, key=f"{key}:employee", person=relay.author)
    post_to_thread(uow, handoff, for_agents, key=f"{key}:agents", person=relay.author)


def _report_kept_out(uow: UnitOfWork, relay: Relay, count: int) -> None:
    """Tells the employee and the agents that files of a hidden question were not copied. *Reveal* names them."""
    found = load(uow, relay.handoff_id)
    if found is not None:
        handoff, conversation = found
        tell(uow, conversation, messages.employee.FILES_KEPT_OUT, key=new_id("kept_out"))
        text = messages.agents.files_kept_out(count)
        post_to_thread(uow, handoff, text, key=new_id("kept_out"), person=relay.author)
