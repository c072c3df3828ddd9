"""`uppzy-desk review --post`: posts the digest of a week and the queue of gaps after it, as the desk would."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from pathlib import Path

from bot.charts import MatplotlibCharts, can_draw
from bot.errors import OutsideError, SettingsError
from bot.helpdesk.escalation import Policy
from bot.helpdesk.messages import Catalog, Translator
from bot.helpdesk.messages.readers import Readers
from bot.helpdesk.model.chat import ChannelAddress, KnownPerson
from bot.helpdesk.model.conversation import new_id
from bot.helpdesk.model.gap import ContentGap
from bot.helpdesk.model.review import PICTURE_NAME, DigestRecord
from bot.helpdesk.model.target import Destination
from bot.helpdesk.outbox.handlers.chat_messages import post_unless_found
from bot.helpdesk.review.gap_queue import new_queue, open_card
from bot.helpdesk.review.report import Review, digest_of
from bot.own_messages import read_own_messages
from bot.settings import ChatSettings, SlackSettings
from bot.slack.errors import SYSTEM
from bot.slack.ids import SlackIds
from bot.slack.workspace import SlackConfig, SlackWorkspace, connect
from storage.digests import StoredDigests


class _NobodyKept:
    """Implements the port `KeptPeople` for a command that looks nobody up."""

    async def people_since(self, surface: str, since: float, most: int) -> Sequence[KnownPerson]:
        return ()

    async def keep_people(self, surface: str, people: Sequence[KnownPerson], gone: Collection[str]) -> None:
        """Keeps nobody."""


def _place_in_slack(settings: ChatSettings) -> tuple[SlackSettings, str]:
    """Returns the settings of Slack, and the channel of the review. Raises SettingsError if that is not in Slack."""
    slack = settings.slack
    if slack is None:
        raise SettingsError(["SLACK_BOT_TOKEN is not set: this command posts in Slack only."])
    channel = settings.review_channel or slack.handoff_channel
    if SlackIds().channel_problem(channel) is not None:
        raise SettingsError(["REVIEW_CHANNEL is in Teams: this command posts in Slack only."])
    return slack, channel


async def post_digest_of(
    found: Review,
    gaps: Sequence[ContentGap],
    stored: StoredDigests,
    settings: ChatSettings,
    policy: Policy,
    own_messages: Path | None,
) -> str:
    """Posts the digest and the queue of `gaps`, unless it is posted or the desk is about to; returns what became of it.

    Raises SettingsError if another company reads the channel, OutsideError if Slack refuses the post.
    """
    slack_settings, channel = _place_in_slack(settings)
    config = SlackConfig(
        api_url=slack_settings.api_url,
        bot_token=slack_settings.bot_token,
        readers=Readers(catalog=Catalog(read_own_messages(own_messages)), agents=policy.handoffs.language),
    )
    async with connect(config, time.time, _NobodyKept()) as slack:
        if await slack.directory.is_shared(channel):
            raise SettingsError([f"The channel {channel} is shared with another company. Name one of your own."])
        record = stored.claim(
            DigestRecord(
                id=new_id("dig"),
                week=found.first_day.isoformat(),
                place=ChannelAddress(surface=SYSTEM, channel=channel),
                decided_at=time.time(),
            )
        )
        if record.message is not None:
            return f"It was posted before: {slack.surface.link(record.place.channel, record.message)}"
        if stored.is_at_work(record.id):
            return "The desk is about to post it."
        t = config.readers.catalog.in_language(config.readers.agents)
        record = await _post(slack, record, found, channel, t)
        stored.save(record)
        said = f"Posted: {slack.surface.link(channel, record.message or '')}"
        if can_draw():
            try:
                stored.save(await _illustrate(slack, record, found, t))
            except OutsideError as error:
                said = f"{said}\nThe picture of the charts could not be posted: {error}"
        try:
            await _post_queue(slack, stored, record, gaps)
        except OutsideError as error:
            said = f"{said}\nThe queue of gaps could not be posted: {error}"
        return said


async def _post_queue(
    slack: SlackWorkspace, stored: StoredDigests, record: DigestRecord, gaps: Sequence[ContentGap]
) -> None:
    queue = new_queue(record.id, gaps, record.place, time.time())
    if gaps and stored.claim_queue(queue, record.id, [gap.record for gap in gaps]):
        to = Destination(surface=SYSTEM, channel=record.place.channel, thread=None)
        stored.save_queue_message(queue.id, await slack.surface.post(open_card(queue), to, queue.id))


async def _post(
    slack: SlackWorkspace, record: DigestRecord, found: Review, channel: str, t: Translator
) -> DigestRecord:
    to = Destination(surface=SYSTEM, channel=channel, thread=None)
    digest = digest_of(found, record.id, t, with_charts=False)
    return record.posted(channel, await post_unless_found(slack.surface, digest, to, record.id, record.decided_at))


async def _illustrate(slack: SlackWorkspace, record: DigestRecord, found: Review, t: Translator) -> DigestRecord:
    picture = MatplotlibCharts().picture(t, found.charts)
    copy = await slack.files.upload_picture(PICTURE_NAME, picture)
    to = Destination(surface=SYSTEM, channel=record.place.channel, thread=None)
    title = digest_of(found, record.id, t, with_charts=False).title
    return record.illustrated(await slack.files.share_picture(copy, title, to))
