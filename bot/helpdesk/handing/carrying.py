"""Files that people send while a conversation is with people: carried to the other side, or said by name."""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk import wording
from bot.helpdesk.conversation import Conversation, new_id
from bot.helpdesk.effects import DeleteFile, EffectState, ShareFile, ThreadPost, UploadFile
from bot.helpdesk.files import SharedFile, obstacle
from bot.helpdesk.handing.signs import record_outcome
from bot.helpdesk.handing.telling import find, post_to_thread, tell, thread_of
from bot.helpdesk.handoff import Handoff
from bot.helpdesk.inputs import MessageReceived
from bot.helpdesk.redaction import redact
from bot.helpdesk.relays import Relay, RelayState, Sign
from bot.helpdesk.turn import Turn, file_lane, talk_lane, thread_lane


def keep_files(turn: Turn, conversation: Conversation, message: MessageReceived) -> None:
    """The assistant reads no files; should people come in, they are to see them."""
    turn.tx.relays.add(
        Relay(
            id=new_id("rel"),
            conversation_id=conversation.id,
            handoff_id="",
            channel=message.channel,
            message=message.message,
            author=message.author,
            to_employee=False,
            text="",
            files=message.attached,
            state=RelayState.KEPT,
            written_at=turn.now,
        )
    )


def carry_kept_files(turn: Turn, handoff: Handoff) -> None:
    """People have come in: they see the files that were sent before."""
    for relay in turn.tx.relays.kept_in(handoff.conversation_id):
        relay = replace(relay, handoff_id=handoff.id, state=RelayState.SENT, sending=1)
        turn.tx.relays.save(relay)
        carry_files(turn, relay)


def carry_files(turn: Turn, relay: Relay) -> None:
    """Have a message's files carried on; what cannot be carried is said at once."""
    for number, file in enumerate(relay.files, start=1):
        why_not = obstacle(file)
        if why_not is not None:
            _say_left_out(turn, relay, number, file, why_not)
            continue
        turn.effect(
            UploadFile(relay_id=relay.id, sending=relay.sending, number=number, file=file),
            key=relay.upload_key(number),
            lane=file_lane(relay.handoff_id),
            subject=relay.handoff_id,
        )


def is_wanted(relay: Relay | None, sending: int) -> bool:
    """Whether what a relay was sent for is still to be done: it was neither taken back nor sent once more."""
    return relay is not None and relay.state is RelayState.SENT and relay.sending == sending


def share_copy(turn: Turn, upload: UploadFile, copy: str) -> None:
    """A file's content is copied: show it on the other side."""
    relay = turn.tx.relays.get(upload.relay_id)
    conversation = turn.tx.conversations.get(relay.conversation_id) if relay else None
    if relay is None or conversation is None or not is_wanted(relay, upload.sending):
        return
    turn.effect(
        ShareFile(
            relay_id=relay.id,
            sending=upload.sending,
            number=upload.number,
            channel=conversation.channel if relay.to_employee else None,
            thread=thread_of(turn, conversation) if relay.to_employee else None,
            author=relay.author,
            copy=copy,
            file=upload.file,
        ),
        key=relay.share_key(upload.number),
        lane=_lane_of(relay),
        subject=relay.handoff_id,
    )


def _lane_of(relay: Relay) -> str:
    """What orders the side to which the relay goes."""
    return talk_lane(relay.conversation_id) if relay.to_employee else thread_lane(relay.handoff_id)


def take_files_back(turn: Turn, relay: Relay) -> None:
    """Delete the copies of a message's files. One that is not copied yet will not be shown."""
    for number in range(1, len(relay.files) + 1):
        upload = turn.tx.effects.of_key(relay.upload_key(number))
        if upload is not None and upload.state is EffectState.DONE and upload.outcome:
            turn.effect(
                DeleteFile(copy=upload.outcome),
                key=f"delete:{upload.id}",
                lane=_lane_of(relay),
                subject=relay.handoff_id,
            )


def file_failed(turn: Turn, body: UploadFile | ShareFile, why_not: str) -> None:
    """A file could not be carried after all."""
    relay = turn.tx.relays.get(body.relay_id)
    if relay is not None and is_wanted(relay, body.sending):
        _say_left_out(turn, relay, body.number, body.file, why_not)


def _say_left_out(turn: Turn, relay: Relay, number: int, file: SharedFile, why_not: str) -> None:
    """Say by name what did not come along, to both: who sent it must not believe that it arrived."""
    found = find(turn, relay.handoff_id)
    if found is None:
        return
    handoff, conversation = found
    key = f"left_out:{relay.id}:{relay.sending}:{number}"
    text = wording.file_left_out(file.name, why_not, file.link)
    record_outcome(turn, relay.id, Sign.NOT_SENT)
    tell(turn, conversation, text, key=f"{key}:employee", person=relay.author)
    post_to_thread(turn, handoff, ThreadPost.EVENT, redact(text), key=f"{key}:agents", person=relay.author)
