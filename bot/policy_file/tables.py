"""The tables of the policy file: which keys each has, and what a value may be. docs/policy.md explains them to leads.

The classes are pydantic models of the TOML text. Each builds the part of `Policy` that it stands for. A check that
compares keys belongs to the last of them in the class, so that it runs however many other keys are wrong; keys before
it that are wrong are missing from `info.data`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, tzinfo
from functools import cached_property
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)

from bot.helpdesk.escalation.hours import WEEKDAYS, Hours
from bot.helpdesk.escalation.policy import (
    GROUP,
    GUEST,
    MEMBER,
    TOPICS,
    WISH,
    Approval,
    Condition,
    Confidence,
    HandoffMode,
    HandoffRules,
    NoteRules,
    NoteWhen,
    PeopleRules,
    Phrase,
    Policy,
    Priority,
    PrivacyRules,
    ReviewRules,
    Rule,
    SecretsToAssistant,
    Sensitive,
    SmallTalkRules,
    Speakers,
    TicketRules,
    Topic,
    Unavailable,
    Unresolved,
    VerdictIs,
    built_in,
)
from bot.helpdesk.messages import OwnWords
from bot.helpdesk.model.conversation import Rating
from bot.helpdesk.model.handoff import SolvedQuestion
from bot.policy_file.toml_lines import Path
from bot.policy_file.values import (
    ChatIds,
    MistakeError,
    built_in_name,
    check_clock_time,
    check_date,
    check_findable,
    check_language,
    check_more_than_courtesy,
    check_readable,
    check_spans,
    check_time_zone,
    check_topic_phrases,
    did_you_mean,
    minutes_of,
    must,
    number,
    one_of,
    span_of,
    text,
    told,
)

VERSION = 1
LONGEST_SENTENCE = 1000
MOST_QUESTIONS = 100
MOST_OPEN = 100
MOST_SECONDS_OF_DELAY = 60
MINUTES_OF_A_MONTH = 43_200
MINUTES_OF_A_YEAR = 525_600

_KINDS = tuple(kind.kind for kind in (Confidence, Phrase, VerdictIs, Sensitive, Unresolved, Unavailable))

_WORD = re.compile(r"\s*\S+\s*")
_ONLY_DIRECT = (
    "the desk helps in direct messages only: in a group all would read what one of them asks. "
    "Write group_dms = false, or remove the line."
)
_NOT_BAD = 'only a bad verdict asks for a person. Write rating = "bad", or remove the line.'

ReadablePhrase = Annotated[str, AfterValidator(check_readable)]
FindablePhrase = Annotated[ReadablePhrase, AfterValidator(check_findable)]
Minutes = Annotated[float, number(most=MINUTES_OF_A_MONTH, least=0)]
PositiveMinutes = Annotated[float, number(most=MINUTES_OF_A_MONTH)]
Day = Annotated[list[Any], AfterValidator(check_spans)]


class PolicyFileTable(BaseModel):
    """A table of the file. A key without a field is a problem."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


@dataclass(frozen=True, slots=True)
class ReadingContext:
    """The context of a validation: the forms of the chat surface's ids, and the rules above the one that is read.

    No name may come again, and no condition for the same employees.
    """

    ids: ChatIds
    names: set[str] = field(default_factory=set)
    conditions: dict[tuple[Condition, frozenset[str], frozenset[str]], str] = field(default_factory=dict)


def _check_channel(id: str, info: ValidationInfo[ReadingContext]) -> str:
    return _checked(id, info.context.ids.channel_problem(id))


def _check_group(id: str, info: ValidationInfo[ReadingContext]) -> str:
    return _checked(id, info.context.ids.group_problem(id))


def _check_kind(kind: str, info: ValidationInfo[ReadingContext]) -> str:
    """Checks a kind of employees: “guest”, “member”, or “group:” and the id of a user group."""
    if kind in (GUEST, MEMBER):
        return kind
    if not kind.startswith(GROUP):
        known = (GUEST, MEMBER, f"{GROUP}S0123ABCD")
        fix = f"Write one of: {', '.join(known)}.{did_you_mean(kind, known)}"
        raise MistakeError(f"the kind of employees “{kind}” is not known. {fix}")
    if (problem := info.context.ids.group_problem(kind.removeprefix(GROUP))) is not None:
        raise MistakeError(f"what follows “{GROUP}” in “{kind}” {problem}.")
    return kind


def _check_somebody(listed: list[str], info: ValidationInfo) -> list[str]:
    if not listed:
        raise MistakeError(f"“{info.field_name}” is empty, so that this rule can never fire. Remove the line.")
    return listed


def _checked(id: str, problem: str | None) -> str:
    if problem is not None:
        raise ValueError(problem)
    return id


class RuleTable(PolicyFileTable):
    """The keys of every rule. Validation needs a `ReadingContext`."""

    name: Annotated[str, text(required=True)]
    condition: Annotated[str, text(required=True), one_of(_KINDS)]
    priority: Annotated[str, text(), one_of(tuple(Priority))] = Priority.NORMAL
    channel: Annotated[str, text(), AfterValidator(_check_channel)] = ""
    ticket: bool = True
    show_answer: bool = True
    tell: Annotated[Any, told(most=LONGEST_SENTENCE)] = None
    handoff: Annotated[str, text(), one_of(tuple(HandoffMode))] = HandoffMode.AT_ONCE
    when_from: Annotated[list[Annotated[str, AfterValidator(_check_kind)]], AfterValidator(_check_somebody)] = []
    language: Annotated[list[Annotated[str, AfterValidator(check_language)]], AfterValidator(_check_somebody)] = []

    @field_validator("handoff")
    @classmethod
    def _follows_an_answer(cls, handoff: str, info: ValidationInfo) -> str:
        if handoff == HandoffMode.OFFER and info.data.get("show_answer") is False:
            fix = 'Write handoff = "at once", or remove show_answer = false.'
            raise MistakeError(f"a person is offered to an employee who gets no answer. {fix}")
        return handoff

    @property
    def fires_on(self) -> Condition:
        """The condition that the rule's own keys describe."""
        raise NotImplementedError

    def build(self) -> Rule:
        return Rule(
            name=self.name,
            condition=self.fires_on,
            priority=Priority(self.priority),
            channel=self.channel or None,
            ticket=self.ticket,
            show_answer=self.show_answer,
            tell=OwnWords(self.tell) if self.tell else None,
            handoff=HandoffMode(self.handoff),
            when_from=frozenset(self.when_from),
            languages=frozenset(self.language),
        )

    @field_validator("name")
    @classmethod
    def _is_new(cls, name: str, info: ValidationInfo[ReadingContext]) -> str:
        if name.casefold() in info.context.names:
            raise MistakeError("an earlier rule has this name. Give each rule its own.")
        info.context.names.add(name.casefold())
        return name

    @model_validator(mode="after")
    def _has_a_new_condition(self, info: ValidationInfo[ReadingContext]) -> Self:
        fires = (self.fires_on, frozenset(self.when_from), frozenset(self.language))
        earlier = info.context.conditions.setdefault(fires, self.name)
        if earlier != self.name:
            raise MistakeError(f"rule “{earlier}” has the very same condition. Remove one of the two.", key="")
        return self


class MessageRuleTable(RuleTable):
    """The keys of a rule about what a message says, which is known before the assistant is asked."""

    hide_question: bool = False
    ask: bool = True

    @field_validator("ask")
    @classmethod
    def _is_answered(cls, ask: bool, info: ValidationInfo) -> bool:
        if not ask and info.data.get("handoff") == HandoffMode.OFFER:
            fix = 'Write handoff = "at once", or remove ask = false.'
            raise MistakeError(f"a person is offered to an employee whom the assistant does not answer. {fix}")
        return ask

    def build(self) -> Rule:
        return replace(super().build(), hide_question=self.hide_question, ask=self.ask)


class ConfidenceTable(RuleTable):
    levels: list[Annotated[str, must(_WORD.fullmatch, "a level must be one word, as in “low”. Fix or remove it.")]] = []
    absent: bool = Field(default=False, validate_default=True)

    @field_validator("absent")
    @classmethod
    def _can_fire(cls, absent: bool, info: ValidationInfo) -> bool:
        if not absent and info.data.get("levels") == []:
            fix = 'Write levels = ["low"], or absent = true, or both.'
            raise MistakeError(f"this rule can never fire. {fix}", key="")
        return absent

    @cached_property
    def fires_on(self) -> Confidence:
        return Confidence(levels=frozenset(level.strip().casefold() for level in self.levels), absent=self.absent)


class PhraseTable(MessageRuleTable):
    unless: list[ReadablePhrase] = []
    built_in: list[Annotated[str, built_in_name((WISH,))]] = []
    phrases: list[FindablePhrase] = []
    whole: list[Annotated[FindablePhrase, AfterValidator(check_more_than_courtesy)]] = Field(
        default=[], validate_default=True
    )

    @field_validator("whole")
    @classmethod
    def _can_fire(cls, whole: list[str], info: ValidationInfo) -> list[str]:
        if whole == info.data.get("phrases") == info.data.get("built_in") == []:
            fix = f'Write built_in = ["{WISH}"], or what the employee says into “phrases” or “whole”.'
            raise MistakeError(f"this rule can never fire. {fix}", key="")
        return whole

    @cached_property
    def fires_on(self) -> Phrase:
        return Phrase(
            built_in=tuple(map(built_in, dict.fromkeys(self.built_in))),
            phrases=tuple(self.phrases),
            whole=tuple(self.whole),
            unless=tuple(self.unless),
        )


class VerdictTable(RuleTable):
    rating: Annotated[str, text(), must(Rating.BAD.__eq__, _NOT_BAD)] = Rating.BAD

    @cached_property
    def fires_on(self) -> VerdictIs:
        return VerdictIs(rating=Rating.BAD)


class SensitiveTable(MessageRuleTable):
    unless: list[ReadablePhrase] = []
    built_in: list[Annotated[str, built_in_name(TOPICS)]] = []
    topics: dict[
        Annotated[str, must(str.strip, "a topic has no name. Name it, as in payroll = [...].")],
        Annotated[list[FindablePhrase], AfterValidator(check_topic_phrases)],
    ] = Field(default={}, validate_default=True, description="a table, as in [rule.topics]")

    @field_validator("topics")
    @classmethod
    def _can_fire(cls, topics: dict[str, list[str]], info: ValidationInfo) -> dict[str, list[str]]:
        if not topics and info.data.get("built_in") == []:
            fix = 'Write built_in = ["payroll"], or [rule.topics] and below it payroll = ["payslip"], for example.'
            raise MistakeError(f"this rule can never fire. {fix}", key="")
        return topics

    @cached_property
    def fires_on(self) -> Sensitive:
        written = (Topic(name=" ".join(name.split()), phrases=tuple(said)) for name, said in self.topics.items())
        own = {topic.name: topic for topic in written}
        names = dict.fromkeys(self.built_in)
        extended = [replace(own.pop(name, Topic(name=name)), built_in=built_in(name)) for name in names]
        return Sensitive(topics=(*extended, *own.values()), unless=tuple(self.unless))


class UnresolvedTable(RuleTable):
    count: Annotated[int, number(least=1, most=MOST_QUESTIONS)]
    within_minutes: Annotated[float, number(most=MINUTES_OF_A_YEAR)]

    @cached_property
    def fires_on(self) -> Unresolved:
        return Unresolved(count=self.count, within_seconds=self.within_minutes * 60)


class UnavailableTable(RuleTable):
    minutes: Annotated[float, number(most=MINUTES_OF_A_YEAR, least=0)]

    @cached_property
    def fires_on(self) -> Unavailable:
        return Unavailable(minutes=self.minutes)


CONDITIONS: Mapping[str, type[RuleTable]] = {
    Confidence.kind: ConfidenceTable,
    Phrase.kind: PhraseTable,
    VerdictIs.kind: VerdictTable,
    Sensitive.kind: SensitiveTable,
    Unresolved.kind: UnresolvedTable,
    Unavailable.kind: UnavailableTable,
}


class AnyConditionTable(RuleTable):
    """A rule whose condition is missing or not known: it may have the keys of all, unchecked."""

    absent: Any = None
    ask: Any = None
    built_in: Any = None
    count: Any = None
    hide_question: Any = None
    levels: Any = None
    minutes: Any = None
    phrases: Any = None
    rating: Any = None
    topics: Any = None
    unless: Any = None
    whole: Any = None
    within_minutes: Any = None


_UNKNOWN = ""


def _condition_of(rule: dict[str, Any]) -> str:
    condition = rule.get("condition")
    kind = " ".join(condition.split()) if isinstance(condition, str) else ""
    return kind if kind in CONDITIONS else _UNKNOWN


AnyRule = Annotated[
    Annotated[ConfidenceTable, Tag(Confidence.kind)]
    | Annotated[PhraseTable, Tag(Phrase.kind)]
    | Annotated[VerdictTable, Tag(VerdictIs.kind)]
    | Annotated[SensitiveTable, Tag(Sensitive.kind)]
    | Annotated[UnresolvedTable, Tag(Unresolved.kind)]
    | Annotated[UnavailableTable, Tag(Unavailable.kind)]
    | Annotated[AnyConditionTable, Tag(_UNKNOWN)],
    Discriminator(_condition_of),
]


class TargetsTable(PolicyFileTable):
    low: PositiveMinutes = 0
    normal: PositiveMinutes = 0
    high: PositiveMinutes = 0
    urgent: PositiveMinutes = 0

    def build(self) -> Mapping[Priority, float]:
        minutes = {priority: getattr(self, priority) for priority in Priority}
        return {priority: target * 60.0 for priority, target in minutes.items() if target}


class HoursTable(PolicyFileTable):
    time_zone: Annotated[str, text(required=True), AfterValidator(check_time_zone)]
    holidays: list[Annotated[str, AfterValidator(check_date)]] = []
    monday: Day = []
    tuesday: Day = []
    wednesday: Day = []
    thursday: Day = []
    friday: Day = []
    saturday: Day = []
    sunday: Day = Field(default=[], validate_default=True)

    @field_validator("sunday")
    @classmethod
    def _somebody_works(cls, sunday: list[str], info: ValidationInfo) -> list[str]:
        if not sunday and all(info.data.get(day) == [] for day in WEEKDAYS[:-1]):
            raise MistakeError('nobody ever works. Write the hours of a day, as in monday = ["09:00-17:00"].', key="")
        return sunday

    def build(self) -> Hours:
        week = tuple(tuple(filter(None, map(span_of, getattr(self, day)))) for day in WEEKDAYS)
        holidays = frozenset(date.fromisoformat(day.strip()) for day in self.holidays)
        return Hours(zone=ZoneInfo(self.time_zone), week=week, holidays=holidays)


_HANDOFF = HandoffRules()
_TICKETS = TicketRules()
_NOTE = NoteRules()
_REVIEW = ReviewRules()
_PEOPLE = PeopleRules()


class HandoffTable(PolicyFileTable):
    relay: Annotated[str, text(), one_of(tuple(Speakers))] = _HANDOFF.relay
    relay_delay_seconds: Annotated[float, number(most=MOST_SECONDS_OF_DELAY, least=0)] = Field(
        default=_HANDOFF.relay_delay, description="a number of seconds, without quotes"
    )
    reopen_within_minutes: Minutes = _HANDOFF.reopen_within / 60
    resolution_required: bool = _HANDOFF.resolution_required
    ask_solved: Annotated[str, text(), one_of(tuple(SolvedQuestion))] = _HANDOFF.ask_solved
    idle_minutes: PositiveMinutes = _HANDOFF.idle / 60
    hours: Annotated[HoursTable | None, BeforeValidator(lambda hours: None if hours == {} else hours)] = Field(
        default=None, description="a table, as in [handoff.hours]"
    )
    remind_before_minutes: Minutes = _HANDOFF.remind_before / 60
    on_call: Annotated[str, text(), AfterValidator(_check_group)] = ""
    on_call_after_minutes: Minutes = _HANDOFF.on_call_after / 60
    waiting_remind_minutes: Minutes = _HANDOFF.waiting_remind / 60
    waiting_close_minutes: Minutes = Field(default=_HANDOFF.waiting_close / 60, validate_default=True)
    language: Annotated[str, text(), AfterValidator(check_language)] = _HANDOFF.language
    most_open_per_day: Annotated[int, number(most=MOST_OPEN, least=0)] = _HANDOFF.most_open
    tell_expected: bool = _HANDOFF.tell_expected
    tell_overdue: bool = _HANDOFF.tell_overdue
    tell_at_work: bool = _HANDOFF.tell_at_work
    fallback_contact: Annotated[str, text()] = ""
    minutes_to_reply: TargetsTable = Field(
        default=TargetsTable(), validate_default=True, description="a table, as in [handoff.minutes_to_reply]"
    )

    @field_validator("waiting_close_minutes")
    @classmethod
    def _comes_after_the_reminder(cls, close: float, info: ValidationInfo) -> float:
        if 0 < close <= info.data.get("waiting_remind_minutes", 0):
            fix = "Write more for “waiting_close_minutes”, or waiting_remind_minutes = 0."
            raise MistakeError(f"a handoff cannot be closed before the employee was reminded. {fix}")
        return close

    @field_validator("minutes_to_reply")
    @classmethod
    def _is_there_for_a_call(cls, targets: TargetsTable, info: ValidationInfo) -> TargetsTable:
        if info.data.get("on_call", "wrong") and not targets.build():
            fix = "Write [handoff.minutes_to_reply]."
            raise MistakeError(f"“on_call” is never called without a target. {fix}", key="on_call")
        return targets

    def build(self) -> HandoffRules:
        return HandoffRules(
            relay=Speakers(self.relay),
            relay_delay=self.relay_delay_seconds,
            reopen_within=self.reopen_within_minutes * 60,
            resolution_required=self.resolution_required,
            ask_solved=SolvedQuestion(self.ask_solved),
            idle=self.idle_minutes * 60,
            reply_within=self.minutes_to_reply.build(),
            hours=self.hours.build() if self.hours else Hours(),
            remind_before=self.remind_before_minutes * 60,
            on_call=self.on_call or None,
            on_call_after=self.on_call_after_minutes * 60,
            language=self.language,
            waiting_remind=self.waiting_remind_minutes * 60,
            waiting_close=self.waiting_close_minutes * 60,
            most_open=self.most_open_per_day,
            tell_expected=self.tell_expected,
            tell_overdue=self.tell_overdue,
            tell_at_work=self.tell_at_work,
            fallback_contact=self.fallback_contact or None,
        )


class TicketsTable(PolicyFileTable):
    follow: bool = _TICKETS.follow
    copy_notes: bool = _TICKETS.copy_notes

    def build(self) -> TicketRules:
        return TicketRules(follow=self.follow, copy_notes=self.copy_notes)


class NoteTable(PolicyFileTable):
    when: Annotated[str, text(), one_of(tuple(NoteWhen))] = _NOTE.when
    transcript: bool = _NOTE.transcript

    @field_validator("transcript")
    @classmethod
    def _is_in_a_note(cls, transcript: bool, info: ValidationInfo) -> bool:
        if transcript and info.data.get("when") == NoteWhen.NEVER:
            raise MistakeError('“transcript” says what stands in a note, but none is written. Write when = "always".')
        return transcript

    def build(self) -> NoteRules:
        return NoteRules(when=NoteWhen(self.when), transcript=self.transcript)


class SmallTalkTable(PolicyFileTable):
    tell: Annotated[Any, told(most=LONGEST_SENTENCE)] = None

    def build(self) -> SmallTalkRules:
        return SmallTalkRules(tell=OwnWords(self.tell) if self.tell else None)


class ReviewTable(PolicyFileTable):
    day: Annotated[str, text(), one_of(WEEKDAYS)] = WEEKDAYS[_REVIEW.day]
    time: Annotated[str, AfterValidator(check_clock_time)] = f"{_REVIEW.time // 60:02}:{_REVIEW.time % 60:02}"
    time_zone: Annotated[str, text(), AfterValidator(check_time_zone)] | None = None
    approval: Annotated[str, text(), one_of(tuple(Approval))] = _REVIEW.approval

    def build(self, working_zone: tzinfo) -> ReviewRules:
        """Builds the rules; without a time zone of their own, in that of the working hours."""
        return ReviewRules(
            day=WEEKDAYS.index(self.day),
            time=minutes_of(self.time),
            zone=ZoneInfo(self.time_zone) if self.time_zone else working_zone,
            approval=Approval(self.approval),
        )


class PrivacyTable(PolicyFileTable):
    secrets_to_assistant: Annotated[str, text(), one_of(tuple(SecretsToAssistant))] = SecretsToAssistant.REDACTED

    def build(self) -> PrivacyRules:
        return PrivacyRules(secrets_to_assistant=SecretsToAssistant(self.secrets_to_assistant))


class PeopleTable(PolicyFileTable):
    guests: bool = _PEOPLE.guests
    other_companies: bool = _PEOPLE.other_companies
    other_workspaces: bool = _PEOPLE.other_workspaces
    group_dms: Annotated[bool, must(lambda joins: not joins, _ONLY_DIRECT)] = False
    apps: bool = _PEOPLE.apps

    def build(self) -> PeopleRules:
        return PeopleRules(
            guests=self.guests,
            other_companies=self.other_companies,
            other_workspaces=self.other_workspaces,
            apps=self.apps,
        )


class PolicyTable(PolicyFileTable):
    """The whole file. Validation needs a `ReadingContext`."""

    version: Any = Field(default=None, validate_default=True)
    rule: list[AnyRule] = Field(default=[], validate_default=True)
    handoff: HandoffTable = Field(default=HandoffTable(), description="a table, as in [handoff]")
    tickets: TicketsTable = Field(default=TicketsTable(), description="a table, as in [tickets]")
    note: NoteTable = Field(default=NoteTable(), description="a table, as in [note]")
    small_talk: SmallTalkTable = Field(default=SmallTalkTable(), description="a table, as in [small_talk]")
    review: ReviewTable = Field(default=ReviewTable(), description="a table, as in [review]")
    privacy: PrivacyTable = Field(default=PrivacyTable(), description="a table, as in [privacy]")
    people: PeopleTable = Field(default=PeopleTable(), description="a table, as in [people]")

    @field_validator("version")
    @classmethod
    def _is_known(cls, version: Any) -> Any:
        if version is None:
            raise MistakeError(f"“version” is missing. Write version = {VERSION} at the top.", key="")
        if type(version) is not int or version != VERSION:
            raise MistakeError(f"this version of the file is not known. Write version = {VERSION}.")
        return version

    @field_validator("rule", mode="before")
    @classmethod
    def _is_a_list_of_tables(cls, rules: Any) -> Any:
        if isinstance(rules, dict):
            raise MistakeError("[rule] has single brackets. Write [[rule]], once for each rule.")
        if rules == []:
            raise MistakeError(
                "there is no rule, so that nobody would ever be reached. Write at least one [[rule]].", key=""
            )
        if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
            raise MistakeError("“rule” must be a table. Write [[rule]], and the rule's lines below it.")
        return rules

    def build(self) -> Policy:
        handoffs = self.handoff.build()
        return Policy.of(
            [rule.build() for rule in self.rule],
            handoffs,
            self.tickets.build(),
            self.note.build(),
            self.small_talk.build(),
            self.review.build(handoffs.hours.zone),
            self.privacy.build(),
            self.people.build(),
        )


TABLES: Mapping[Path, type[PolicyFileTable]] = {
    (): PolicyTable,
    ("handoff",): HandoffTable,
    ("handoff", "hours"): HoursTable,
    ("handoff", "minutes_to_reply"): TargetsTable,
    ("tickets",): TicketsTable,
    ("note",): NoteTable,
    ("small_talk",): SmallTalkTable,
    ("review",): ReviewTable,
    ("privacy",): PrivacyTable,
    ("people",): PeopleTable,
}
"""The tables that are there once, by their place in the file."""
