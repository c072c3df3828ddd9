"""Acts of administrators and owners in the local Teams: the app, teams, channels and their members."""

from __future__ import annotations

from dataclasses import replace

from sandbox.impossible import ImpossibleError
from sandbox.teams.changes import TeamsChange, TeamsChangeKind
from sandbox.teams.courier import ActivityDelivery
from sandbox.teams.people import TeamsPeople
from sandbox.teams.workspace import Conversation, TeamChannel, TeamOfPeople


class TeamsAdministration(TeamsPeople):
    """Acts on the app, teams and channels. Every method returns the delivery of what the bot is told last."""

    # The app

    async def install(self, user: str, *, action: str = "add") -> ActivityDelivery:
        """Installs the app for a person; with `add-upgrade` gives them its new version."""
        chat = self.workspace.chat_of(self.person(user).id)
        chat.is_installed, chat.was_removed = True, False
        if action == "add":
            added = self.writer.members(chat, user, [self.writer.bot], added=True)
            await self._tell_of(chat, added)
        return await self._tell_of(chat, self.writer.installation(chat, user, action))

    async def uninstall(self, user: str) -> ActivityDelivery:
        """Removes the app for a person, after which nothing reaches them."""
        chat = self.workspace.chat_of(self.person(user).id)
        chat.is_installed, chat.was_removed = False, True
        return await self._tell_of(chat, self.writer.installation(chat, user, "remove"))

    def block(self, user: str, *, blocked: bool = True) -> None:
        """Blocks the bot in the personal chat, or takes that back. The bot is not told."""
        self.workspace.chat_of(self.person(user).id).is_blocked = blocked

    async def install_in_team(
        self, team_id: str, by: str, *, reads_all: bool = True, action: str = "add"
    ) -> ActivityDelivery:
        """Installs the app in a team; the owner consents to `reads_all` or not."""
        team = self._team(team_id)
        team.is_installed, team.reads_all = True, reads_all
        general = self.workspace.channels[team.id]
        if action == "add":
            await self._tell_of(general, self.writer.members(general, by, [self.writer.bot], added=True))
        return await self._tell_of(general, self.writer.installation(general, by, action))

    async def uninstall_from_team(self, team_id: str, by: str) -> ActivityDelivery:
        team = self._team(team_id)
        team.is_installed = False
        general = self.workspace.channels[team.id]
        await self._tell_of(general, self.writer.members(general, by, [self.writer.bot], added=False))
        return await self._tell_of(general, self.writer.installation(general, by, "remove"))

    # Teams and channels

    async def add_member(self, team_id: str, user: str, by: str, *, role: str | None = None) -> ActivityDelivery:
        """Adds a person to a team, with the role of their account unless told another."""
        team, person = self._team(team_id), self.person(user)
        team.members[user] = role or person.role
        general = self.workspace.channels[team.id]
        return await self._tell_team(team, self.writer.members(general, by, [self.writer.account(person)], added=True))

    async def remove_member(self, team_id: str, user: str, by: str) -> ActivityDelivery:
        team, person = self._team(team_id), self.person(user)
        if team.members.pop(user, None) is None:
            raise ImpossibleError(f"{user} is not a member of {team_id}")
        general = self.workspace.channels[team.id]
        return await self._tell_team(team, self.writer.members(general, by, [self.writer.account(person)], added=False))

    async def rename_team(self, team_id: str, name: str, by: str) -> ActivityDelivery:
        team = self._team(team_id)
        team.name = name
        return await self._tell_team(team, self.writer.changed(self.workspace.channels[team.id], by, "teamRenamed"))

    async def delete_team(self, team_id: str, by: str) -> ActivityDelivery:
        """Deletes a team with its channels."""
        team = self._team(team_id)
        team.is_deleted = True
        return await self._tell_team(team, self.writer.changed(self.workspace.channels[team.id], by, "teamDeleted"))

    async def create_channel(self, channel_id: str, name: str, team_id: str, by: str) -> ActivityDelivery:
        channel = self.workspace.add_channel(channel_id, name, self._team(team_id).id)
        return await self._tell_channel(channel, by, "channelCreated")

    async def rename_channel(self, channel_id: str, name: str, by: str) -> ActivityDelivery:
        channel = self._channel(channel_id)
        channel.name = name
        return await self._tell_channel(channel, by, "channelRenamed")

    async def delete_channel(self, channel_id: str, by: str) -> ActivityDelivery:
        channel = self._channel(channel_id)
        channel.is_deleted = True
        return await self._tell_channel(channel, by, "channelDeleted")

    async def restore_channel(self, channel_id: str, by: str) -> ActivityDelivery:
        """Takes the deletion of a channel back."""
        channel = self._channel(channel_id)
        channel.is_deleted = False
        return await self._tell_channel(channel, by, "channelRestored")

    def delete_for_all(self, conversation: str, message_id: str) -> None:
        """Deletes anybody's message, also the bot's, as an owner of the team may. The bot is not told."""
        self.workspace.set_deleted(self._message(conversation, message_id), deleted=True)

    # Within

    async def _tell_channel(self, channel: TeamChannel, by: str, event_type: str) -> ActivityDelivery:
        return await self._tell_team(self.workspace.teams[channel.team], self.writer.changed(channel, by, event_type))

    async def _tell_team(self, team: TeamOfPeople, activity: dict[str, object]) -> ActivityDelivery:
        if not team.is_installed:
            return ActivityDelivery(activity=activity, reason="not_delivered", conversation=team.id)
        return await self._tell_of(self.workspace.channels[team.id], activity)

    async def _tell_of(self, place: Conversation, activity: dict[str, object]) -> ActivityDelivery:
        self.workspace.changes.publish(TeamsChange(kind=TeamsChangeKind.PLACE_CHANGED, conversation=place.id))
        return replace(await self.courier.deliver(activity), conversation=place.id)

    def _team(self, team_id: str) -> TeamOfPeople:
        if team_id not in self.workspace.teams:
            raise ImpossibleError(f"there is no team {team_id}")
        return self.workspace.teams[team_id]

    def _channel(self, channel_id: str) -> TeamChannel:
        if channel_id not in self.workspace.channels:
            raise ImpossibleError(f"there is no channel {channel_id}")
        return self.workspace.channels[channel_id]
