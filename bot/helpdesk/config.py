"""The desk's configuration. All times are in seconds.

Only the policy changes while the desk runs, and only as a whole: `ConfigInForce` has the configuration of this moment.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

from bot.helpdesk.escalation import Policy
from bot.helpdesk.messages import Catalog, Translator, anyone
from bot.helpdesk.model.chat import ChannelAddress
from bot.helpdesk.retry import Schedule

_DAY = 24 * 3600.0
_MOST_EARLIER = 8
"""Policies that are kept after they were in force. Each takes up to some megabytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Delays, intervals and time limits of the desk.

    While a question waits: `typing_after` shows the typing indicator, `slow_notice_after` tells the employee that it
    takes longer, and `queue_notice_after` tells them their place in a long queue. A submitted question is polled after
    `first_poll` and then every `poll_interval`; without an answer after `collect_within`, or after a failure, it is
    submitted again, `resubmit_after` later.

    `person_lookup` limits the lookup of a person, and `card_wait` how long a new ticket waits for the handoff's card,
    whose address it names. `second_search_after`: a post that was not found is searched for once
    more. `ticket_queue_poll`: how often a ticket checks whether older ones still wait for the ticket system.
    `ticket_search_interval`: how often a ticket that may have been created is searched for. `document_settle`: how long
    after an unclear outcome the assistant may not yet list a document that it has. `card_doubt`: how long a card that
    may be posted waits for a press that shows it, before it is posted once more.
    """

    typing_after: float = 0.4
    slow_notice_after: float = 18.0
    queue_notice_after: float = 5.0
    first_poll: float = 1.0
    poll_interval: float = 2.5
    collect_within: float = 300.0
    resubmit_after: float = 5.0
    person_lookup: float = 3.0
    card_wait: float = 2.0
    second_search_after: float = 1.5
    ticket_queue_poll: float = 5.0
    ticket_search_interval: float = 10.0
    document_settle: float = 20.0
    card_doubt: float = 60.0
    retry: Schedule = field(default_factory=Schedule)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantOptions:
    """Data about the employee that the assistant receives. `language` None: their own, if the directory has it."""

    send_email: bool = False
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskLimits:
    """The most questions that may be with the assistant at once: in total (None: no limit), and of one person."""

    of_all: int | None = None
    of_one: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchUpLimits:
    """The most that one round of reading back missed messages does.

    `places`: threads and channels that are read, at most `pages` of each. `calls`: calls in any period of `per`, well
    below what the chat surface allows, so that other reads never wait for these. `attempts`: tries for one page.

    A direct message is read if somebody wrote in it within `look_back`; of its threads, those in which somebody wrote
    within `fresh`. A handoff's threads are read until `resolved` after its resolution. Nothing older than `look_back`
    is read. A message that arrived within `settled` may have come after the gap, so it does not mark its start.

    The chat surface redelivers missed events for `redelivered`. If nothing was received for longer, the other direct
    messages are read too, at most `others`: somebody may have written for the first time.
    """

    places: int = 200
    others: int = 200
    pages: int = 10
    calls: int = 20
    per: float = 60.0
    attempts: int = 3
    look_back: float = 7 * _DAY
    fresh: float = _DAY
    resolved: float = _DAY
    settled: float = 120.0
    redelivered: float = 300.0

    def adjusted(self, *, retention: float, reopen_within: float) -> CatchUpLimits:
        """Returns these limits for a desk that deletes messages after `retention`.

        Older messages would look new because their keys are gone. Handoffs that can still be reopened are read.
        """
        look_back = min(self.look_back, retention)
        return replace(self, look_back=look_back, resolved=max(self.resolved, reopen_within))


FORM_SECONDS = 2.5
"""Seconds. Where a press gives a trigger that is valid for three, opening the form takes some of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfaceConfig:
    """The properties of one chat surface on which decisions depend.

    `name` is the one in texts. `joins_open_conversation`: a top-level message continues the latest conversation until
    that is idle; otherwise it always starts one. `split` cuts an answer into parts that each fit into one message;
    there is none if no text is visible. `form_seconds`: how long after a press a form may open.
    """

    name: str
    joins_open_conversation: bool
    split: Callable[[str], tuple[str, ...]]
    form_seconds: float = FORM_SECONDS

    def has_words(self, answer: str) -> bool:
        """Returns whether the answer has any visible text."""
        return bool(self.split(answer))


SurfaceOf = Callable[[str], str | None]
"""Returns the surface to which the id of a channel or a person belongs, by its form; None if that cannot be told."""


LocaleOf = Callable[[str, str], str | None]
"""Returns the locale of a person on a surface, where it is known without asking anybody."""


KindsOf = Callable[[str, str, Collection[str]], frozenset[str] | None]
"""Returns the kinds of employees that a person belongs to, of groups only these; None without asking anybody."""


def _unknown_surface(id: str) -> None:
    return None


def _unknown(surface: str, person: str, groups: Collection[str] = ()) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskConfig:
    """The configuration of one desk.

    `surfaces` are known by their names. `handoff_channels` are the channels for rules that name none, by surface; the
    first one has the alarms. The channel of a rule may be on any surface, which `surface_of` tells. `review_channel` is
    that of the weekly review; None: the one with the alarms. A conversation is idle after `idle_seconds`.
    `submits_questions`: submit each question and poll for its answer instead of waiting on one connection.
    `ticket_poll_interval`: how often a ticket of `ticket_system` is read; None: never. The desk sets `locale_of` and
    `kinds_of`: it knows the directories. `earlier` are some policies that are not in force any more, by their
    fingerprint; None for one that cannot be read.
    """

    policy: Policy
    surfaces: Mapping[str, SurfaceConfig]
    handoff_channels: Mapping[str, str]
    surface_of: SurfaceOf = _unknown_surface
    review_channel: str | None = None
    idle_seconds: float = 4 * 3600.0
    submits_questions: bool = False
    ticket_system: str = "local"
    ticket_poll_interval: float | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)
    assistant_options: AssistantOptions = field(default_factory=AssistantOptions)
    ask_limits: AskLimits = field(default_factory=AskLimits)
    catalog: Catalog = field(default_factory=Catalog)
    locale_of: LocaleOf = _unknown
    kinds_of: KindsOf = _unknown
    earlier: Mapping[str, Policy | None] = field(default_factory=dict)

    def policy_of(self, fingerprint: str) -> Policy | None:
        """Returns the policy with this fingerprint, if it is in force or is one of the earlier ones known here."""
        return self.policy if fingerprint == self.policy.fingerprint else self.earlier.get(fingerprint)

    def must_read(self, fingerprint: str) -> bool:
        """Returns whether nothing is known here of the policy with this fingerprint."""
        return fingerprint != self.policy.fingerprint and fingerprint not in self.earlier

    def translator_for(self, surface: str, person: str) -> Translator:
        """Returns the translator for a person; into the language of the agents if their locale is not known."""
        return self.catalog.for_locale(self.locale_of(surface, person), self.policy.handoffs.language)

    def known_kinds(self, surface: str, person: str) -> frozenset[str] | None:
        """Returns the kinds of employees that a person belongs to, as rules name them; None if they are not known."""
        return self.kinds_of(surface, person, self.policy.groups)

    def language_of(self, surface: str, person: str) -> str:
        """Returns the code of a person's language; empty if their locale is not known."""
        return re.split("[-_]", self.locale_of(surface, person) or "")[0].casefold()

    @property
    def agents(self) -> Translator:
        """The translator for agents: what they read is in one language, for all of them read it."""
        return self.catalog.in_language(self.policy.handoffs.language)

    @property
    def main_place(self) -> ChannelAddress:
        """The handoff channel in which alarms are posted."""
        surface, channel = next(iter(self.handoff_channels.items()))
        return ChannelAddress(surface=surface, channel=channel)

    def handoff_place(self, surface: str, channel: str | None = None) -> ChannelAddress:
        """Returns the place for the handoff of an employee on `surface`: that of a rule's `channel`, if it names one.

        Without one it is on the employee's own surface, or in the main place if that surface has no handoff channel.
        """
        if channel is not None:
            return self.place_of(channel)
        own = self.handoff_channels.get(surface)
        return self.main_place if own is None else ChannelAddress(surface=surface, channel=own)

    def place_of(self, channel: str) -> ChannelAddress:
        """Returns the address of a channel that the policy or a setting names."""
        return ChannelAddress(surface=self.surface_of(channel) or self.main_place.surface, channel=channel)

    @property
    def review_place(self) -> ChannelAddress:
        """The channel for the weekly review, the gaps and the articles."""
        return self.place_of(self.review_channel) if self.review_channel else self.main_place

    @property
    def common_channels(self) -> frozenset[str]:
        """The handoff channels that are no rule's own, even where one names them."""
        return frozenset(self.handoff_channels.values())

    @property
    def channels(self) -> frozenset[str]:
        """Every handoff channel."""
        return self.policy.channels | self.common_channels

    def channels_on(self, surface: str) -> frozenset[str]:
        """Returns the handoff channels of one surface."""
        return frozenset(channel for channel in self.channels if self.place_of(channel).surface == surface)

    def surface(self, name: str) -> SurfaceConfig:
        """Returns the surface with this name; that of the main place if it is not configured (any more)."""
        return self.surfaces.get(name) or self.surfaces[self.main_place.surface]

    def has_words(self, surface: str, answer: str) -> bool:
        """Returns whether a stored answer has words of the assistant, and not only the notice that it has none."""
        return self.surface(surface).has_words(answer) and not self.catalog.is_said(answer, anyone.NO_WORDS_IN_ANSWER)


class ConfigInForce:
    """The configuration of this moment. Whoever decides takes `now` once, and keeps it until everything is decided."""

    def __init__(self, config: DeskConfig) -> None:
        self.now = config

    def use(self, policy: Policy) -> None:
        """Puts another policy in force for everything that begins from now on."""
        self.learn(self.now.policy.fingerprint, self.now.policy)
        self.now = replace(self.now, policy=policy)

    def learn(self, fingerprint: str, policy: Policy | None) -> None:
        """Keeps an earlier policy, for explanations; None for one that cannot be read. Those learned last are kept."""
        others = [one for one in self.now.earlier.items() if one[0] != fingerprint]
        self.now = replace(self.now, earlier=dict([*others, (fingerprint, policy)][-_MOST_EARLIER:]))
