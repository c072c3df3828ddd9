"""The roster of the local connector: members of conversations, teams and their channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.teams.fault_injection import RecordedCall
from sandbox.teams.wire import ConnectorRefusedError, Json
from sandbox.teams.workspace import (
    Conversation,
    PersonalChat,
    TeamChannel,
    TeamOfPeople,
    TeamsUser,
    TeamsWorkspace,
)

MOST_ON_A_PAGE = 500
THREAD = ";messageid="


@dataclass(slots=True, kw_only=True)
class ConnectorHabits:
    """Switches for what differs between Teams and its imitations, or is not known of Teams.

    Without `knows_object_ids` the roster finds nobody by object id, as in Microsoft's Agents Playground, which has no
    reactions either. With `splits_text_and_attachment` an activity with both becomes two messages and its answer has
    no id, as in Teams; else it is refused. `blocked_code` is the word for a chat whose person has blocked the bot.
    Without `tells_of_unmentioned_changes` edits and deletions of channel messages arrive only if they mention the bot.
    Without `keeps_deleted_threads` nothing can be posted in a thread whose root was deleted.
    """

    knows_object_ids: bool = True
    has_reactions: bool = True
    splits_text_and_attachment: bool = False
    blocked_code: str = "MessageWritesBlocked"
    tells_of_unmentioned_changes: bool = True
    keeps_deleted_threads: bool = True


class PlaceFinder:
    """Finds what the address of a call names, and refuses what the bot may not see."""

    def __init__(self, workspace: TeamsWorkspace, habits: ConnectorHabits) -> None:
        self.workspace = workspace
        self.habits = habits

    def place(self, conversation_id: str) -> tuple[Conversation, str | None]:
        """Returns a conversation that the bot is in, and the thread that the id names."""
        base, _, thread = conversation_id.partition(THREAD)
        found = self.workspace.conversation(base)
        if found is None:
            raise ConnectorRefusedError(404, "ConversationNotFound", "Conversation not found.")
        if isinstance(found, TeamChannel):
            self._check_channel(found, thread)
        else:
            self.check_chat(found)
        return found, thread or None

    def check_chat(self, chat: PersonalChat) -> None:
        shares = self.workspace.shares_team_with_bot(chat.user) and not chat.was_removed
        if not (chat.is_installed or shares):
            raise ConnectorRefusedError(
                403, "BotNotInConversationRoster", "The bot is not part of the conversation roster."
            )
        if chat.is_blocked:
            raise ConnectorRefusedError(403, self.habits.blocked_code, "The user has blocked the bot.")

    def _check_channel(self, channel: TeamChannel, thread: str) -> None:
        if not self.workspace.teams[channel.team].is_installed:
            raise ConnectorRefusedError(
                403, "BotNotInConversationRoster", "The bot is not part of the conversation roster."
            )
        root = self.workspace.message(channel.id, thread) if thread else None
        if thread and (root is None or root.is_reply):
            raise ConnectorRefusedError(404, "ConversationNotFound", "There is no such thread in the channel.")
        if root is not None and root.is_deleted and not self.habits.keeps_deleted_threads:
            raise ConnectorRefusedError(404, "ActivityNotFoundInConversation", "The root of the thread was deleted.")

    def team(self, team_id: str) -> TeamOfPeople:
        team = self.workspace.teams.get(team_id)
        if team is None or team.is_deleted:
            raise ConnectorRefusedError(404, "NotFound", "Team not found.")
        if not team.is_installed:
            raise ConnectorRefusedError(403, "BotNotInConversationRoster", "The bot is not in the team.")
        return team


class Roster:
    """Answers questions about members and teams."""

    def __init__(self, finder: PlaceFinder) -> None:
        self._finder = finder
        self._workspace = finder.workspace

    def members(self, call: RecordedCall) -> list[Json]:
        conversation, _ = self._finder.place(call.conversation)
        roles = self._workspace.roles_in(conversation)
        return [_member(self._workspace.users[user], role) for user, role in roles.items()]

    def paged_members(self, call: RecordedCall) -> Json:
        everybody = self.members(call)
        first = _number(call.query.get("continuationToken", "0"))
        size = min(max(1, _number(call.query.get("pageSize", "200"))), MOST_ON_A_PAGE)
        page: Json = {"members": everybody[first : first + size]}
        if first + size < len(everybody):
            page["continuationToken"] = str(first + size)
        return page

    def member(self, call: RecordedCall) -> Json:
        conversation, _ = self._finder.place(call.conversation)
        user = self._workspace.user_by(call.subject)
        asked_by_object_id = user is not None and call.subject == user.id
        known = not asked_by_object_id or self._finder.habits.knows_object_ids
        roles = self._workspace.roles_in(conversation)
        if user is None or user.id not in roles or not known:
            raise ConnectorRefusedError(404, "MemberNotFoundInConversation", "Member not found in the conversation.")
        return _member(user, roles[user.id])

    def team(self, call: RecordedCall) -> Json:
        team = self._finder.team(call.subject)
        channels = [one for one in self._workspace.channels.values() if one.team == team.id and not one.is_deleted]
        return {
            "id": team.id,
            "name": team.name,
            "type": "standard",
            "aadGroupId": team.group_id,
            "tenantId": team.tenant_id,
            "channelCount": len(channels),
            "memberCount": len(team.members),
        }

    def channels(self, call: RecordedCall) -> Json:
        team = self._finder.team(call.subject)
        channels = [one for one in self._workspace.channels.values() if one.team == team.id and not one.is_deleted]
        return {"conversations": [_channel(one) for one in channels]}


def _member(user: TeamsUser, role: str) -> Json:
    first, _, last = user.name.partition(" ")
    return {
        "id": user.mri,
        "aadObjectId": user.id,
        "name": user.name,
        "givenName": first,
        "surname": last,
        "email": user.email,
        "userPrincipalName": user.email,
        "tenantId": user.tenant_id,
        "userRole": role,
    }


def _channel(channel: TeamChannel) -> dict[str, Any]:
    return {"id": channel.id, "name": channel.name, "type": channel.membership.value}


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise ConnectorRefusedError(400, "BadArgument", f"Not a number: {text}") from error
