"""Handlers of what people look up: search reports for an id, and the Home tab.

Both are read from the database at the moment they are shown, limited to the channels that the person may see:
membership is verified with the chat server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from bot.errors import BadRequestError, OutsideError, SharedChannelError, ThreadGoneError
from bot.helpdesk import messages
from bot.helpdesk.alarms import raise_failure_alarm, record_channel_failure
from bot.helpdesk.handoffs.notify import beside, personal_notice, send_private_note_to
from bot.helpdesk.handoffs.opening import post_missed_cards
from bot.helpdesk.model.alarm import CHANNEL_SHARED
from bot.helpdesk.model.chat import NO_AGENTS, Person, PersonKind
from bot.helpdesk.model.content import LinkedPlace
from bot.helpdesk.model.effects import CannotTell, SendStatus, ShowHome, ShowSearchReport
from bot.helpdesk.model.home import (
    LONGEST_QUESTION,
    MOST_QUEUED,
    MOST_READ,
    MOST_REQUESTS,
    EmployeeRequest,
    Filter,
    Home,
    Queue,
    Queued,
    arrange,
    begin_of_day,
)
from bot.helpdesk.model.search_result import Found, SearchReport, visible_in
from bot.helpdesk.model.target import FixedTarget
from bot.helpdesk.outbox.handler import Attempt, Dependencies, EffectHandler, HandlerRegistry, SupersededError
from bot.helpdesk.outbox.in_doubt import InDoubt
from bot.helpdesk.redaction.safe_text import redact, shorten
from bot.helpdesk.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class LookupHandlers:
    """Handlers of search reports and the Home tab."""

    deps: Dependencies

    def register(self, registry: HandlerRegistry) -> None:
        """Adds the handlers to the registry."""
        registry.add(
            ShowSearchReport,
            EffectHandler[ShowSearchReport, str](
                send=self._show_report,
                find_sent=self._find_report,
                on_sent=_on_report_shown,
                on_failed=self._on_report_failed,
                target=_report_target,
                in_doubt=InDoubt.REPEAT,
            ),
        )
        registry.add(ShowHome, EffectHandler[ShowHome, None](send=self._show_home))

    async def _channels_of(self, surface: str, person: Person) -> frozenset[str]:
        """Returns the handoff channels in which this person is an agent; none for a stranger."""
        if self._refused(person) or not NO_AGENTS.isdisjoint(person.kinds):
            return frozenset()
        channels = self.deps.config.channels_on(surface)
        return frozenset([channel for channel in channels if await self.deps.is_member(surface, person.id, channel)])

    def _refused(self, person: Person) -> PersonKind | None:
        return self.deps.config.policy.people.refused(person.kinds)

    # Search reports.

    async def _show_report(self, attempt: Attempt[ShowSearchReport]) -> str:
        request, to = attempt.body, attempt.destination
        surface, directory = self.deps.surface(to.surface), self.deps.directory(to.surface)
        channels = await self._channels_of(to.surface, await directory.person(request.person))
        if not request.private:
            # Everyone in the channel can read the report.
            channels &= {request.address.channel}
        if not channels:
            translator = self.deps.config.translator_for(to.surface, request.person)
            channel = self.deps.config.handoff_channels.get(to.surface)
            place = LinkedPlace(channel=channel) if channel else None
            refusal = personal_notice(translator, messages.agents.NOT_FOR_YOU, place=place)
            await self.deps.post_privately(refusal, to, request.person, attempt.effect.id)
            return ""
        report = SearchReport(looked_up=await self._look_up(request, channels))
        if not request.private:
            if await directory.is_shared(to.channel):
                raise SharedChannelError(system=to.surface, code=CHANNEL_SHARED, channel=to.channel)
            return await surface.post(report, to, attempt.effect.id)
        if not surface.capabilities.private_notes:
            raise BadRequestError("Others would read the report.", system=to.surface, code="no_private_notes")
        await surface.post_privately(report, to, request.person)
        return ""

    async def _find_report(self, attempt: Attempt[ShowSearchReport]) -> SendStatus[str]:
        to = attempt.destination
        if attempt.body.private:
            return CannotTell(to.surface)
        since = attempt.effect.first_tried_at or attempt.effect.decided_at
        return await self.deps.surface(to.surface).find(to, attempt.effect.id, since)

    def _on_report_failed(self, uow: UnitOfWork, request: ShowSearchReport, error: OutsideError) -> None:
        """Tells the person who asked. Raises an alarm if the report was private: telling them would fail too."""
        if request.private:
            raise_failure_alarm(uow, request, error)
            return
        channel, text = request.address.channel, messages.agents.NOT_ANSWERED_ALOUD
        send_private_note_to(uow, request.person, beside(request.address), text, subject=request.person)
        is_ours = channel in self.deps.config.channels_on(request.address.surface)
        if is_ours and not isinstance(error, BadRequestError | ThreadGoneError):
            record_channel_failure(uow, channel, error.code_or_kind)

    async def _look_up(self, request: ShowSearchReport, channels: Set[str]) -> tuple[tuple[str, Found | None], ...]:
        find = self.deps.records.find
        looked_up = [(one.text, visible_in(await find(one), channels)) for one in request.identifiers]
        if request.private:
            # They are those of a message and its thread. The message is closer to what was meant, so it comes first.
            found = [pair for pair in looked_up if pair[1] is not None]
            looked_up = [*found, *looked_up][:1]
        return tuple(looked_up)

    # The Home tab.

    async def _show_home(self, attempt: Attempt[ShowHome]) -> None:
        request = attempt.body
        if self.deps.clock() > request.expires_at:
            raise SupersededError
        person = await self.deps.directory(request.surface).person(request.person)
        if (kind := self._refused(person)) is not None:
            home = Home(now=self.deps.clock(), language=self._language(request), refused=kind)
        else:
            home = await self._home(person, request)
        await self.deps.surface(request.surface).show_home(home, request.person)

    async def _home(self, person: Person, request: ShowHome) -> Home:
        channels = await self._channels_of(request.surface, person)
        return Home(
            now=self.deps.clock(),
            language=self._language(request),
            requests=await self._requests_of(request.surface, person),
            queue=await self._queue(person, request.surface, channels, request.filter) if channels else None,
        )

    def _language(self, request: ShowHome) -> str:
        return self.deps.config.translator_for(request.surface, request.person).language

    async def _requests_of(self, surface: str, person: Person) -> tuple[EmployeeRequest, ...]:
        """Returns what the person asked, with the names of those whom they mention and who help them."""
        requests = await self.deps.records.requests_of(surface, person.id, MOST_REQUESTS)
        return tuple(await asyncio.gather(*map(self._with_names, requests)))

    async def _with_names(self, request: EmployeeRequest) -> EmployeeRequest:
        handoff, agent = request.handoff, None
        if handoff is not None and handoff.has_agent and handoff.claimed_by is not None:
            agent = await self.deps.find_person(handoff.surface, handoff.claimed_by)
        words = await self.deps.readable(request.words) if request.words else request.words
        return replace(request, words=words, agent=agent.name if agent else None)

    async def _queue(self, person: Person, surface: str, channels: Set[str], chosen: Filter) -> Queue:
        now, records = self.deps.clock(), self.deps.records
        if chosen.searches:
            return await self._results(person, surface, channels, chosen)
        groups, left_out = arrange(await records.queue(channels, MOST_READ), person.id, chosen, now)
        shown = await self._with_questions([one for _, members in groups for one in members])
        return Queue(
            groups=tuple((group, tuple(shown[one.handoff.id] for one in members)) for group, members in groups),
            left_out=left_out,
            figures=await records.figures(channels, begin_of_day(now, person.utc_offset)),
            rules=tuple(rule.name for rule in self.deps.config.policy.rules),
            chosen=chosen,
        )

    async def _results(self, person: Person, surface: str, channels: Set[str], chosen: Filter) -> Queue:
        """Returns the results of a search in the agent's channels, the latest first."""
        records = self.deps.records
        found = await records.search(
            channels, surface, chosen.words, chosen.employee, among=MOST_READ, most=MOST_QUEUED + 1
        )
        shown = await self._with_questions(found[:MOST_QUEUED])
        return Queue(
            groups=(),
            left_out=len(found) - len(shown),
            figures=await records.figures(channels, begin_of_day(self.deps.clock(), person.utc_offset)),
            rules=(),
            chosen=chosen,
            found=tuple(shown.values()),
        )

    async def _with_questions(self, queued: Sequence[Queued]) -> dict[str, Queued]:
        """Returns the handoffs by id with the beginnings of their questions, redacted, and with the names of people.

        Those of hidden questions have none.
        """
        ids = [one.handoff.question_id for one in queued if one.handoff.question_id and not one.handoff.hidden]
        beginnings = await self.deps.records.beginnings_of(ids)

        async def with_question(one: Queued) -> Queued:
            asked = beginnings.get(one.handoff.question_id or "")
            if not asked:
                return one
            named = await self.deps.readable(asked)
            return replace(one, question=shorten(asked if named == asked else redact(named), LONGEST_QUESTION))

        return {one.handoff.id: one for one in await asyncio.gather(*map(with_question, queued))}


def _on_report_shown(uow: UnitOfWork, request: ShowSearchReport, message: str) -> None:
    if message:
        post_missed_cards(uow, request.address.channel)


def _report_target(request: ShowSearchReport) -> FixedTarget:
    if request.private:
        return beside(request.address)
    return FixedTarget(request.address.surface, request.address.channel, request.address.thread)
