"""Replay: the decisions that another policy would have made on stored questions. Pure.

Words are only judged where that can make a difference: a rule whose condition was in the policy of then has the outcome
of then, and what recognised nothing then recognises nothing now. A rule that ignores other phrases than then has the
outcome of then where the words have none of these phrases.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace

from bot.helpdesk.escalation.decide import Decision, Facts, Fired, decide, decide_as_stored
from bot.helpdesk.escalation.policy import HandoffMode, Phrase, Policy, Priority, Rule, Sensitive, all_readings
from bot.helpdesk.escalation.stages import Stage
from bot.helpdesk.language import Recogniser, Utterance, parse_utterance
from bot.helpdesk.language.utterance import plain_words, words_of

PolicyOf = Callable[[str], Policy | None]
"""Returns the policy of a fingerprint; None where its text is not stored or cannot be read by this version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """All that the decisions on a question amount to: the rules that fired, and what they ask for together."""

    rules: tuple[str, ...]
    handoff: HandoffMode | None
    priority: Priority | None
    channel: str | None
    show_answer: bool

    @property
    def escalates(self) -> bool:
        """True where a person would be brought in, at once or by an offer."""
        return self.handoff is not None

    def differs_from(self, other: Replayed) -> bool:
        """Returns whether something else would have been done, whichever rules asked for it."""
        return replace(self, rules=()) != replace(other, rules=())

    def in_words(self) -> str:
        """Returns the rules, and what they ask for, as in “unsure answer (offer, normal)”."""
        if not self.escalates:
            return "nobody"
        channel = f", {self.channel}" if self.channel else ""
        answer = "" if self.show_answer else ", no answer shown"
        return f"{', '.join(self.rules)} ({self.handoff}, {self.priority}{channel}{answer})"


_Whatever = tuple[bool, tuple[str, ...]]


def _whatever(facts: Facts) -> _Whatever:
    """Returns the facts that have a rule fire whatever the words, and change what it asks for."""
    return facts.asked_for_person, facts.kept_by


class Replay:
    """A policy that is run over the stored decisions of others."""

    def __init__(self, policy: Policy, policy_of: PolicyOf) -> None:
        self._policy = policy
        self._policy_of = policy_of
        self._without_words = _with_rules(policy, (rule for rule in policy.rules if not _reads_words(rule)))
        self._decisions: dict[tuple[str, tuple[str, ...], _Whatever], Decision] = {}
        self._variants: dict[tuple[str, tuple[str, ...], _Whatever], _Known] = {}
        # By the identity of decisions, which are kept above: comparing them would take longer than summing them up.
        self._sums: dict[tuple[int, ...], Replayed] = {}

    def judge(self, stages: Sequence[Stage], text: str) -> tuple[Replayed, Replayed] | None:
        """Returns what was decided on a question, and what this policy would have decided.

        Returns None if that cannot be known: because its words or the policy of then are gone, or nothing is stored.
        """
        if not stages or any(self._is_unknown(stage, text) for stage in stages):
            return None
        before = tuple(self._before(stage) for stage in stages)
        return self._sum(before), self._sum(tuple(self._after(stage, text) for stage in stages))

    def _is_unknown(self, stage: Stage, text: str) -> bool:
        return (stage.read_words and not text) or self._policy_of(stage.fingerprint) is None

    def _before(self, stage: Stage) -> Decision:
        key = stage.fingerprint, stage.fired, _whatever(stage.facts)
        if (known := self._decisions.get(key)) is None:
            policy = self._policy_of(stage.fingerprint)
            assert policy is not None
            known = self._decisions[key] = decide_as_stored(policy, stage.facts, stage.fired)
        return known

    def _after(self, stage: Stage, text: str) -> Decision:
        facts = stage.facts
        if stage.read_words:
            policy, known = self._variant(stage).about(text)
            fired = known | self._fired(policy, replace(facts, text=text))
        else:
            fired = self._fired(self._policy if _fires_without_words(facts) else self._without_words, facts)
        return self._named(fired, facts)

    @staticmethod
    def _fired(policy: Policy, facts: Facts) -> frozenset[str]:
        return frozenset(decide(policy, facts).rules)

    def _named(self, fired: frozenset[str], facts: Facts) -> Decision:
        key = "", tuple(sorted(fired)), _whatever(facts)
        if (known := self._decisions.get(key)) is None:
            known = self._decisions[key] = decide_as_stored(self._policy, facts, fired)
        return known

    def _variant(self, stage: Stage) -> _Known:
        """Returns what is known of this policy without the words of a question."""
        key = stage.fingerprint, stage.fired, _whatever(stage.facts)
        if (known := self._variants.get(key)) is None:
            before = self._policy_of(stage.fingerprint)
            assert before is not None
            known = self._variants[key] = _known(self._policy, before, stage)
        return known

    def _sum(self, decisions: tuple[Decision, ...]) -> Replayed:
        key = tuple(map(id, decisions))
        if (known := self._sums.get(key)) is None:
            known = self._sums[key] = _sum_of(one for decision in decisions for one in decision.fired)
        return known


def _sum_of(fired: Iterable[Fired]) -> Replayed:
    decision = Decision(fired=tuple({one.rule: one for one in fired}.values()), fingerprint="")
    if not decision.escalate:
        return Replayed(rules=(), handoff=None, priority=None, channel=None, show_answer=True)
    return Replayed(
        rules=decision.rules,
        handoff=HandoffMode.OFFER if decision.only_offers else HandoffMode.AT_ONCE,
        priority=decision.priority,
        channel=decision.channel,
        show_answer=decision.show_answer,
    )


class _Phrases:
    """Phrases to look for in messages, as rules do and, with typing mistakes corrected, as their recognisers do."""

    def __init__(self, phrases: Iterable[str], recognisers: Iterable[Recogniser]) -> None:
        readings = list(all_readings(phrases))
        self._written = {frozenset(words_of(reading)) for reading in readings}
        self._corrected = {frozenset(plain_words(reading)) for reading in readings}
        self._spellings = list({id(one.spelling): one.spelling for one in recognisers}.values())

    def may_be_in(self, message: Utterance) -> bool:
        """Returns False where the message lacks a word of each of them."""
        if any(map(frozenset(message.words).issuperset, self._written)):
            return True
        corrected = (frozenset(message.tokenized(spelling).tokens.words) for spelling in self._spellings)
        return any(any(map(words.issuperset, self._corrected)) for words in corrected)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dependent:
    """A rule that has the outcome of then, unless the words have one of the `phrases`."""

    rule: Rule
    fired: bool
    phrases: _Phrases


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """The rules of a policy that `fire` on a question, those that depend on phrases, and what is left to judge."""

    fire: frozenset[str]
    dependents: tuple[_Dependent, ...]
    left: Policy

    def about(self, text: str) -> tuple[Policy, frozenset[str]]:
        """Returns what is left to judge with these words, and the rules that fire anyway."""
        if not self.dependents:
            return self.left, self.fire
        message = parse_utterance(text)
        unknown = tuple(one for one in self.dependents if one.phrases.may_be_in(message))
        fire = self.fire.union(one.rule.name for one in self.dependents if one.fired and one not in unknown)
        if not unknown:
            return self.left, fire
        return _with_rules(self.left, (*self.left.rules, *(one.rule for one in unknown))), fire


def _known(policy: Policy, before: Policy, stage: Stage) -> _Known:
    # The text of a policy means something else where our recognisers have changed since, and some rules have fired
    # whatever the words: then nothing is known.
    is_known = before.fingerprint == stage.fingerprint and not _fires_without_words(stage.facts)
    words = [rule for rule in before.rules if is_known and _reads_words(rule)]
    met = {_trigger(rule): rule.name in stage.fired for rule in words}
    fire = frozenset(rule.name for rule in policy.rules if met.get(_trigger(rule)))
    silent = [rule for rule in words if rule.name not in stage.fired]
    unmet = [rule for rule in policy.rules if _trigger(rule) not in met]
    earlier = {_apart_from_ignored(rule): rule for rule in words}
    alike = {rule.name: earlier[_apart_from_ignored(rule)] for rule in unmet if _apart_from_ignored(rule) in earlier}
    return _Known(
        fire=fire,
        dependents=tuple(_dependent(rule, alike[rule.name], stage) for rule in unmet if rule.name in alike),
        left=_with_rules(policy, (_without_silent(rule, silent) for rule in unmet if rule.name not in alike)),
    )


def _dependent(rule: Rule, then: Rule, stage: Stage) -> _Dependent:
    phrases = _Phrases(set(_ignored(rule)) ^ set(_ignored(then)), _recognisers(rule))
    return _Dependent(rule=rule, fired=then.name in stage.fired, phrases=phrases)


def _apart_from_ignored(rule: Rule) -> Hashable:
    """Returns what makes a rule fire on words, without the phrases that it ignores; None for other rules."""
    match rule.condition:
        case Phrase(built_in=built_in, phrases=phrases, whole=whole):
            return Phrase.kind, built_in, phrases, whole, rule.when_from, rule.languages
        case Sensitive(topics=topics):
            return Sensitive.kind, topics, rule.when_from, rule.languages
        case _:
            return None


def _ignored(rule: Rule) -> Sequence[str]:
    return rule.condition.unless if isinstance(rule.condition, Phrase | Sensitive) else ()


def _with_rules(policy: Policy, rules: Iterable[Rule]) -> Policy:
    return replace(policy, rules=tuple(rules))


def _fires_without_words(facts: Facts) -> bool:
    return any(_whatever(facts))


def _reads_words(rule: Rule) -> bool:
    return isinstance(rule.condition, Phrase | Sensitive)


_CONSEQUENCES = ("name", "priority", "channel", "ticket", "show_answer", "tell", "handoff", "hide_question", "ask")
_DEFAULTS = {part.name: part.default for part in dataclasses.fields(Rule) if part.name in _CONSEQUENCES[1:]}


def _trigger(rule: Rule) -> Rule:
    """Returns the rule with nothing but what makes it fire."""
    return replace(rule, name="", **_DEFAULTS)  # type: ignore[arg-type] # the defaults of these very fields


def _without_silent(rule: Rule, silent: Collection[Rule]) -> Rule:
    """Returns the rule without the built-in recognisers that are known to find nothing in these words."""
    condition = rule.condition
    if isinstance(condition, Phrase):
        finds_nothing = {one for other in silent for one in _searched(other, condition.unless)}
        return replace(
            rule,
            condition=replace(condition, built_in=tuple(one for one in condition.built_in if one not in finds_nothing)),
        )
    if isinstance(condition, Sensitive):
        finds_nothing = {one for other in silent for one in _searched(other, condition.unless)}
        topics = tuple(
            replace(topic, built_in=None) if topic.built_in in finds_nothing else topic for topic in condition.topics
        )
        return replace(rule, condition=replace(condition, topics=topics))
    return rule


def _searched(rule: Rule, unless: Sequence[str]) -> Iterable[Recogniser]:
    """Returns the recognisers of a rule that fires on words alone and ignores the same phrases."""
    on_words_alone = _trigger(rule) == Rule(name="", condition=rule.condition)
    return _recognisers(rule) if on_words_alone and _ignored(rule) == unless else ()


def _recognisers(rule: Rule) -> Sequence[Recogniser]:
    match rule.condition:
        case Phrase(built_in=built_in):
            return built_in
        case Sensitive(topics=topics):
            return [topic.built_in for topic in topics if topic.built_in]
        case _:
            return ()
