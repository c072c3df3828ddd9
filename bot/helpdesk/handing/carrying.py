"""Files that people send while a conversation is with people: carried to the other side, or said by name."""

from __future__ import annotations

from bot.helpdesk import wording
from bot.helpdesk.conversation import Conversation
from bot.helpdesk.effects import DeleteFile, EffectState, ShareFile, ThreadPost, UploadFile
from bot.helpdesk.files import SharedFile, obstacle
from bot.helpdesk.handing.telling import find, post_to_thread, tell, thread_of
from bot.helpdesk.redaction import redact
from bot.helpdesk.relays import Relay, RelayState
from bot.helpdesk.turn import Turn, file_lane, talk_lane, thread_lane


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
            lane=file_lane(relay.id),
            subject=relay.handoff_id,
        )


def is_wanted(relay: Relay | None, sending: int) -> bool:
    """Whether what a relay was sent for is still to be done: it was neither taken back nor sent once more."""
    return relay is not None and relay.state is RelayState.SENT and relay.sending == sending


def share_copy(turn: Turn, upload: UploadFile, copy: str) -> None:
    """A file's content is copied: show it on the other side."""
    relay = turn.tx.relays.get(upload.relay_id)
    found = find(turn, relay.handoff_id) if relay else None
    if relay is None or found is None or not is_wanted(relay, upload.sending):
        return
    conversation = found[1]
    turn.effect(
        ShareFile(
            relay_id=relay.id,
            sending=upload.sending,
            channel=conversation.channel if relay.to_employee else None,
            thread=thread_of(turn, conversation) if relay.to_employee else None,
            author=relay.author,
            copy=copy,
            file=upload.file,
        ),
        key=f"share:{relay.id}:{upload.sending}:{upload.number}",
        lane=_lane_of(relay, conversation),
        subject=relay.handoff_id,
    )


def _lane_of(relay: Relay, conversation: Conversation) -> str:
    """What orders the side to which the relay goes."""
    return talk_lane(conversation.id) if relay.to_employee else thread_lane(relay.handoff_id)


def take_files_back(turn: Turn, relay: Relay) -> None:
    """Delete the copies of a message's files. One that is not copied yet will not be shown."""
    found = find(turn, relay.handoff_id)
    if found is None:
        return
    lane = _lane_of(relay, found[1])
    for number in range(1, len(relay.files) + 1):
        upload = turn.tx.effects.of_key(relay.upload_key(number))
        if upload is not None and upload.state is EffectState.DONE and upload.outcome:
            turn.effect(
                DeleteFile(copy=upload.outcome),
                key=f"delete:{upload.id}",
                lane=lane,
                subject=relay.handoff_id,
            )


def file_failed(turn: Turn, body: UploadFile | ShareFile, why_not: str) -> None:
    """A file could not be carried after all."""
    relay = turn.tx.relays.get(body.relay_id)
    if relay is not None and is_wanted(relay, body.sending):
        number = relay.files.index(body.file) + 1
        _say_left_out(turn, relay, number, body.file, why_not)


def _say_left_out(turn: Turn, relay: Relay, number: int, file: SharedFile, why_not: str) -> None:
    """Say by name what did not come along, to both: who sent it must not believe that it arrived."""
    found = find(turn, relay.handoff_id)
    if found is None:
        return
    handoff, conversation = found
    key = f"left_out:{relay.id}:{relay.sending}:{number}"
    text = wording.file_left_out(file.name, why_not, file.link)
    tell(turn, conversation, text, key=f"{key}:employee", person=relay.author)
    post_to_thread(turn, handoff, ThreadPost.EVENT, redact(text), key=f"{key}:agents", person=relay.author)
