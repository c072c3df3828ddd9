"""The local connector: from a call's parts to its answer. Knows no sockets.

Source: https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.teams.activity_validation import activity_problems, activity_size
from sandbox.teams.fault_injection import RecordedCall
from sandbox.teams.roster import THREAD, ConnectorHabits, PlaceFinder, Roster
from sandbox.teams.throttle import ConnectorThrottle
from sandbox.teams.wire import ConnectorRefusedError, Json
from sandbox.teams.workspace import Conversation, PersonalChat, TeamChannel, TeamsMessage, TeamsWorkspace

TOO_LARGE = 100 * 1024
"""Bytes of an activity in UTF-16 that Teams refuses. About 80 KB are advised, which the validation enforces."""

_Answer = tuple[int, Any]


class Connector:
    """Answers calls by their operation. Refusals are raised as ConnectorRefusedError."""

    def __init__(self, workspace: TeamsWorkspace, throttle: ConnectorThrottle, habits: ConnectorHabits) -> None:
        self._workspace = workspace
        self._throttle = throttle
        self._habits = habits
        self._finder = PlaceFinder(workspace, habits)
        roster = Roster(self._finder)
        self._operations: dict[str, Callable[[RecordedCall], _Answer]] = {
            "post": self._post,
            "update": self._update,
            "delete": self._delete,
            "create": self._create,
            "react": self._react,
            "unreact": self._unreact,
            "members": self._reading(roster.members),
            "paged_members": self._reading(roster.paged_members),
            "member": self._reading(roster.member),
            "team": self._plain(roster.team),
            "channels": self._plain(roster.channels),
        }

    def answer(self, call: RecordedCall) -> _Answer:
        """Returns the status and the body of the answer; a body of None is empty."""
        return self._operations[call.operation](call)

    def _reading(self, read: Callable[[RecordedCall], Any]) -> Callable[[RecordedCall], _Answer]:
        def run(call: RecordedCall) -> _Answer:
            self._throttle.count("members", call.conversation)
            return 200, read(call)

        return run

    def _plain(self, read: Callable[[RecordedCall], Any]) -> Callable[[RecordedCall], _Answer]:
        def run(call: RecordedCall) -> _Answer:
            self._throttle.count("other")
            return 200, read(call)

        return run

    # Messages

    def _post(self, call: RecordedCall) -> _Answer:
        self._throttle.count("send", call.conversation)
        place, thread = self._finder.place(call.conversation)
        if call.body.get("type") == "typing":
            self._workspace.show_typing(call.conversation)
            return 202, None
        self._check(call.body, place)
        posted = [self._workspace.post(place.id, "", body, thread) for body in self._parts(call.body)]
        # What Teams has split into two messages has no id of its own.
        return 201, {"id": posted[0].id} if len(posted) == 1 else {}

    def _parts(self, body: Json) -> list[Json]:
        if not (body.get("text") and body.get("attachments")):
            return [body]
        words = {name: value for name, value in body.items() if name != "attachments"}
        return [words, {"type": "message", "attachments": body["attachments"]}]

    def _check(self, body: Json, place: Conversation) -> None:
        if activity_size(body) > TOO_LARGE:
            raise ConnectorRefusedError(413, "MessageSizeTooBig", "Message size too large.")
        problems = activity_problems(
            body,
            in_chat=isinstance(place, PersonalChat),
            text_with_attachment=self._habits.splits_text_and_attachment,
        )
        if problems:
            raise ConnectorRefusedError(400, "BadArgument", "; ".join(problems))

    def _update(self, call: RecordedCall) -> _Answer:
        self._throttle.count("other")
        place, _ = self._finder.place(call.conversation)
        message = self._own(place, call.activity)
        self._check(call.body, place)
        self._workspace.change(message, call.body)
        return 200, {"id": message.id}

    def _delete(self, call: RecordedCall) -> _Answer:
        self._throttle.count("other")
        place, _ = self._finder.place(call.conversation)
        self._workspace.set_deleted(self._own(place, call.activity), deleted=True)
        return 200, None

    def _own(self, place: Conversation, message_id: str) -> TeamsMessage:
        message = self._there(place, message_id)
        if message.sender:
            raise ConnectorRefusedError(403, "NotEnoughPermissions", "The bot did not write this message.")
        return message

    def _there(self, place: Conversation, message_id: str) -> TeamsMessage:
        message = self._workspace.message(place.id, message_id)
        if message is None or message.is_deleted:
            raise ConnectorRefusedError(404, "ActivityNotFoundInConversation", "Activity not found in conversation.")
        return message

    def _react(self, call: RecordedCall) -> _Answer:
        self._workspace.react(self._reacted_to(call), "", call.subject)
        return 200, None

    def _unreact(self, call: RecordedCall) -> _Answer:
        self._workspace.unreact(self._reacted_to(call), "", call.subject)
        return 200, None

    def _reacted_to(self, call: RecordedCall) -> TeamsMessage:
        if not self._habits.has_reactions:
            raise ConnectorRefusedError(404, "NotFound", "There are no reactions here.")
        self._throttle.count("react")
        place, _ = self._finder.place(call.conversation)
        return self._there(place, call.activity)

    # New conversations

    def _create(self, call: RecordedCall) -> _Answer:
        channel = ((call.body.get("channelData") or {}).get("channel") or {}).get("id")
        if channel:
            return self._create_thread(call, str(channel))
        return self._open_chat(call)

    def _create_thread(self, call: RecordedCall, channel_id: str) -> _Answer:
        self._throttle.count("create", channel_id)
        place, _ = self._finder.place(channel_id)
        activity = call.body.get("activity")
        if not isinstance(place, TeamChannel) or not isinstance(activity, dict):
            raise ConnectorRefusedError(400, "BadArgument", "A new thread needs a channel and an activity.")
        self._check(activity, place)
        posted = [self._workspace.post(place.id, "", body) for body in self._parts(activity)]
        return 201, {"id": f"{place.id}{THREAD}{posted[0].id}", "activityId": posted[0].id}

    def _open_chat(self, call: RecordedCall) -> _Answer:
        members = call.body.get("members")
        mri = members[0].get("id") if isinstance(members, list) and len(members) == 1 else None
        user = self._workspace.user_by(str(mri)) if mri else None
        if user is None or user.mri != mri:
            raise ConnectorRefusedError(400, "BadSyntax", "A chat needs one member, by the id of the bot's own.")
        tenant = call.body.get("tenantId") or ((call.body.get("channelData") or {}).get("tenant") or {}).get("id")
        if tenant not in (user.tenant_id, self._workspace.tenant_id):
            raise ConnectorRefusedError(400, "BadArgument", "A chat needs the tenant of its member.")
        chat = self._workspace.chat_of(user.id)
        self._throttle.count("create", chat.id)
        self._finder.check_chat(chat)
        return 201, {"id": chat.id}
