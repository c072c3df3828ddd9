"""`uppzy-desk review --post`: posts the digest of a week and the queue of gaps after it, as the desk would."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Collection, Sequence
from pathlib import Path

from bot.charts import MatplotlibCharts, can_draw
from bot.chat_ids import surface_of
from bot.errors import OutsideError, SettingsError
from bot.helpdesk.escalation import Policy
from bot.helpdesk.messages import Catalog, Translator
from bot.helpdesk.messages.readers import Readers
from bot.helpdesk.model.chat import ChannelAddress, KnownPerson
from bot.helpdesk.model.contact import PersonContact, PlaceContact
from bot.helpdesk.model.conversation import new_id
from bot.helpdesk.model.gap import ContentGap
from bot.helpdesk.model.review import PICTURE_NAME, DigestRecord
from bot.helpdesk.model.target import Destination
from bot.helpdesk.outbox.handlers.chat_messages import post_unless_found
from bot.helpdesk.ports import Files, SurfacePorts
from bot.helpdesk.review.gap_queue import new_queue, open_card
from bot.helpdesk.review.report import Review, digest_of
from bot.outside import Outside
from bot.own_messages import read_own_messages
from bot.settings import ChatSettings
from bot.slack.workspace import connect
from bot.surfaces import handoff_channels, slack_config, teams_config
from bot.teams.errors import SYSTEM as TEAMS
from bot.teams.tenant import connect_tenant
from storage.digests import StoredDigests


class _NothingKept:
    """Implements the ports `KeptPeople` and `KeptContacts` for a command that looks nobody up."""

    async def people_since(self, surface: str, since: float, most: int) -> Sequence[KnownPerson]:
        return ()

    async def keep_people(self, surface: str, people: Sequence[KnownPerson], gone: Collection[str]) -> None:
        """Keeps nobody."""

    async def people(self, most: int) -> Sequence[PersonContact]:
        return ()

    async def places(self) -> Sequence[PlaceContact]:
        return ()

    async def person(self, id: str) -> None:
        """Knows nobody."""

    async def person_of_chat(self, chat: str) -> None:
        """Knows nobody."""

    async def place(self, channel: str) -> None:
        """Knows no place: the settings say where Teams is reached."""

    async def keep(self, person: PersonContact | None, place: PlaceContact | None) -> None:
        """Keeps nothing."""


def review_place(settings: ChatSettings) -> ChannelAddress:
    """Returns the channel of the review. Raises SettingsError if it is in a chat that is not set up."""
    channels = handoff_channels(settings)
    channel = settings.review_channel or next(iter(channels.values()))
    surface = surface_of(channel)
    if surface not in channels:
        raise SettingsError([f"REVIEW_CHANNEL is {channel}, in a chat whose other variables are not set."])
    return ChannelAddress(surface=surface, channel=channel)


@contextlib.asynccontextmanager
async def _connected(
    surface: str, settings: ChatSettings, policy: Policy, readers: Readers
) -> AsyncIterator[SurfacePorts]:
    """Connects to one chat until the block is left. Raises OutsideError."""
    async with contextlib.AsyncExitStack() as stack:
        if surface == TEAMS and settings.teams is not None:
            teams = teams_config(settings.teams, Outside(), policy, readers)
            tenant = await stack.enter_async_context(connect_tenant(teams, time.time, _NothingKept()))
            yield tenant.as_chat_surface().ports
        elif settings.slack is not None:
            slack = slack_config(settings.slack, Outside(), policy, readers)
            workspace = await stack.enter_async_context(connect(slack, time.time, _NothingKept()))
            yield workspace.as_chat_surface().ports


async def post_digest_of(
    found: Review,
    gaps: Sequence[ContentGap],
    stored: StoredDigests,
    settings: ChatSettings,
    policy: Policy,
    own_messages: Path | None,
) -> str:
    """Posts the digest and the queue of `gaps`, unless it is posted or the desk is about to; returns what became of it.

    Raises SettingsError if another company reads the channel, OutsideError if the chat refuses the post.
    """
    place = review_place(settings)
    readers = Readers(catalog=Catalog(read_own_messages(own_messages)), agents=policy.handoffs.language)
    async with _connected(place.surface, settings, policy, readers) as chat:
        if await chat.directory.is_shared(place.channel):
            raise SettingsError([f"The channel {place.channel} is shared with another company. Name one of your own."])
        record = stored.claim(
            DigestRecord(id=new_id("dig"), week=found.first_day.isoformat(), place=place, decided_at=time.time())
        )
        if record.message is not None:
            return f"It was posted before: {chat.surface.link(record.place.channel, record.message)}"
        if stored.is_at_work(record.id):
            return "The desk is about to post it."
        t = readers.catalog.in_language(readers.agents)
        record = await _post(chat, record, found, place, t)
        stored.save(record)
        said = f"Posted: {chat.surface.link(place.channel, record.message or '')}"
        if can_draw() and chat.files is not None:
            try:
                stored.save(await _illustrate(chat.files, record, found, t))
            except OutsideError as error:
                said = f"{said}\nThe picture of the charts could not be posted: {error}"
        try:
            await _post_queue(chat, stored, record, gaps)
        except OutsideError as error:
            said = f"{said}\nThe queue of gaps could not be posted: {error}"
        return said


async def _post_queue(
    chat: SurfacePorts, stored: StoredDigests, record: DigestRecord, gaps: Sequence[ContentGap]
) -> None:
    queue = new_queue(record.id, gaps, record.place, time.time())
    if gaps and stored.claim_queue(queue, record.id, [gap.record for gap in gaps]):
        to = _outside_threads(record.place)
        stored.save_queue_message(queue.id, await chat.surface.post(open_card(queue), to, queue.id))


async def _post(
    chat: SurfacePorts, record: DigestRecord, found: Review, place: ChannelAddress, t: Translator
) -> DigestRecord:
    digest = digest_of(found, record.id, t, with_charts=False)
    to = _outside_threads(place)
    message = await post_unless_found(chat.surface, digest, to, record.id, record.decided_at)
    return record.posted(place.channel, message)


async def _illustrate(files: Files, record: DigestRecord, found: Review, t: Translator) -> DigestRecord:
    picture = MatplotlibCharts().picture(t, found.charts)
    copy = await files.upload_picture(PICTURE_NAME, picture)
    title = digest_of(found, record.id, t, with_charts=False).title
    return record.illustrated(await files.share_picture(copy, title, _outside_threads(record.place)))


def _outside_threads(place: ChannelAddress) -> Destination:
    return Destination(surface=place.surface, channel=place.channel, thread=None)
