"""Reading the escalation policy from its TOML file, written by a lead.

Everything wrong is reported at once, each with its line and the mend, so that nobody mends one mistake per start.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.errors import PolicyError
from bot.helpdesk.escalation.built_in import TOPICS, WISH, built_in
from bot.helpdesk.escalation.handoff_table import read_handoff_rules
from bot.helpdesk.escalation.phrases import PhraseMatcher, UnreadablePhraseError, readings_of
from bot.helpdesk.escalation.policy import (
    Condition,
    Confidence,
    Phrase,
    Policy,
    Priority,
    Rule,
    Sensitive,
    Topic,
    Unavailable,
    Unresolved,
    VerdictIs,
)
from bot.helpdesk.escalation.policy_table import LONGEST_NAME, Problems, Table, did_you_mean, located
from bot.helpdesk.escalation.record_tables import read_note_rules, read_ticket_rules
from bot.helpdesk.escalation.toml_lines import Lines
from bot.helpdesk.model.conversation import Rating

VERSION = 1
LONGEST_SENTENCE = 1000
MOST_QUESTIONS = 100
MINUTES_OF_A_YEAR = 525_600

_KEYS_OF_EVERY_RULE = frozenset({"name", "condition", "priority", "channel", "ticket", "show_answer", "tell"})
_KEYS_OF_CONDITION: Mapping[str, frozenset[str]] = {
    Confidence.kind: frozenset({"levels", "absent"}),
    Phrase.kind: frozenset({"built_in", "phrases", "whole", "unless"}),
    VerdictIs.kind: frozenset({"rating"}),
    Sensitive.kind: frozenset({"built_in", "topics", "unless"}),
    Unresolved.kind: frozenset({"count", "within_minutes"}),
    Unavailable.kind: frozenset({"minutes"}),
}
_KEYS_OF_ANY_CONDITION = frozenset().union(*_KEYS_OF_CONDITION.values())
_CHANNEL_ID = re.compile("[A-Z0-9]{3,}")
_SYNTAX_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def load_policy(text: str, source: str = "config/escalation.toml") -> Policy:
    """The policy that `text` describes. `source` is the file's name for the problems.

    Raises PolicyError, and nothing else, with every problem found; where the text is no TOML, with the first.
    """
    text = text.removeprefix("\ufeff")
    values = _parsed(text, source)
    problems = Problems(source, Lines(text))
    document = Table(values, path=(), label="the policy", problems=problems)
    rules = _rules(document, problems)
    handoffs = read_handoff_rules(_table(document, "handoff"))
    tickets = read_ticket_rules(_table(document, "tickets"))
    notes = read_note_rules(_table(document, "note"))
    if problems:
        raise PolicyError(problems.in_order())
    return Policy.of(rules, handoffs, tickets, notes)


def _table(document: Table, key: str) -> Table:
    return document.table(key, label=f"[{key}]", example=f"[{key}]")


def _parsed(text: str, source: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise PolicyError([located(source, None, "The brackets are nested too deeply. Close each one.")]) from None
    except ValueError as error:
        raise PolicyError([_syntax_problem(text, source, str(error))]) from error


def _syntax_problem(text: str, source: str, message: str) -> str:
    place = _SYNTAX_PLACE.search(message)
    said = _SYNTAX_PLACE.sub("", message)
    last_line = len(text.splitlines()) or 1
    line = int(place.group(1) or last_line) if place else None
    mend = "Texts stand in quotes, lists in [ ] with commas, and every bracket and quote is closed"
    return located(source, line, f"This is no valid TOML: {said}. {mend}.")


def _rules(document: Table, problems: Problems) -> list[Rule]:
    document.refuse_unknown(frozenset({"version", "rule", "handoff", "tickets", "note"}), "A policy has", _home_of)
    _check_version(document)
    values = document.raw("rule")
    if isinstance(values, dict):
        document.problem("[rule] has single brackets. Write [[rule]], once for each rule.", "rule")
    elif values is None or values == []:
        document.problem("there is no rule, so that nobody would ever be reached. Write at least one [[rule]].")
    elif not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        document.problem("“rule” must be a table. Write [[rule]], and the rule's lines below it.", "rule")
    else:
        return _Reading(problems).rules(values)
    return []


def _check_version(document: Table) -> None:
    version = document.raw("version")
    if version is None:
        document.problem(f"“version” is missing. Write version = {VERSION} at the top.")
    elif type(version) is not int or version != VERSION:
        document.problem(f"this version of the file is not known. Write version = {VERSION}.", "version")


def _home_of(key: str) -> str:
    homes = [f"“{kind}”" for kind, keys in _KEYS_OF_CONDITION.items() if key in keys]
    return f" It belongs to the condition {' or '.join(homes)}." if homes else ""


class _Reading:
    """One reading of a file's rules: remembers the earlier rules that the later ones are held against."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._names: set[str] = set()
        self._conditions: dict[Condition, str] = {}

    def rules(self, values: list[dict[str, Any]]) -> list[Rule]:
        read = [self._rule(self._table(value, position)) for position, value in enumerate(values)]
        return [rule for rule in read if rule is not None]

    def _table(self, values: Mapping[str, Any], position: int) -> Table:
        name = values.get("name")
        named = isinstance(name, str) and name.strip() != ""
        label = f"rule “{' '.join(str(name).split())[:LONGEST_NAME]}”" if named else f"rule number {position + 1}"
        return Table(values, path=("rule", position), label=label, problems=self._problems)

    def _rule(self, table: Table) -> Rule | None:
        problems_before = len(self._problems)
        name = self._name(table)
        condition = _condition(table)
        priority = _priority(table)
        channel = _channel(table)
        ticket = table.flag("ticket", default=True)
        show_answer = table.flag("show_answer", default=True)
        tell = table.text("tell", most=LONGEST_SENTENCE)
        if condition is None or len(self._problems) > problems_before:
            return None
        self._check_condition_is_new(table, condition, name)
        return Rule(
            name=name,
            condition=condition,
            priority=priority,
            channel=channel,
            ticket=ticket,
            show_answer=show_answer,
            tell=tell,
        )

    def _name(self, table: Table) -> str:
        name = table.text("name", most=LONGEST_NAME, required=True) or ""
        if name and name.casefold() in self._names:
            table.problem("an earlier rule has this name. Give each rule its own.", "name")
        self._names.add(name.casefold())
        return name

    def _check_condition_is_new(self, table: Table, condition: Condition, name: str) -> None:
        earlier = self._conditions.setdefault(condition, name)
        if earlier != name:
            table.problem(f"rule “{earlier}” has the very same condition. Remove one of the two.")


def _priority(table: Table) -> Priority:
    return Priority(table.choice("priority", tuple(Priority)) or Priority.NORMAL)


def _channel(table: Table) -> str | None:
    channel = table.text("channel", most=LONGEST_NAME)
    if channel and not _CHANNEL_ID.fullmatch(channel):
        table.problem("“channel” must be the channel's id, as in C0123ABCD, not its name.", "channel")
    return channel


def _condition(table: Table) -> Condition | None:
    kind = table.choice("condition", tuple(_KEYS_OF_CONDITION), required=True)
    if kind is None:
        table.refuse_unknown(_KEYS_OF_EVERY_RULE | _KEYS_OF_ANY_CONDITION, "A rule has", _home_of)
        return None
    known = _KEYS_OF_EVERY_RULE | _KEYS_OF_CONDITION[kind]
    table.refuse_unknown(known, f"A rule with the condition “{kind}” has", _home_of)
    return _READERS[kind](table)


def _confidence(table: Table) -> Confidence:
    levels = table.texts("levels")
    for position, level in enumerate(levels):
        if len(level.split()) != 1:
            table.problem("a level must be one word, as in “low”. Mend or remove it.", "levels", position)
    absent = table.flag("absent", default=False)
    if table.raw("levels") in (None, []) and not absent:
        table.problem('this rule can never fire. Write levels = ["low"], or absent = true, or both.')
    return Confidence(levels=frozenset(level.strip().casefold() for level in levels), absent=absent)


def _phrase(table: Table) -> Phrase:
    unless = _unless(table)
    phrases = _findable(table, "phrases", unless)
    whole = _findable_whole(table, unless)
    known = _built_in(table, (WISH,))
    if all(table.raw(key) in (None, []) for key in ("built_in", "phrases", "whole")):
        mend = f'Write built_in = ["{WISH}"], or what the employee says into “phrases” or “whole”.'
        table.problem(f"this rule can never fire. {mend}")
    return Phrase(built_in=tuple(map(built_in, known)), phrases=phrases, whole=whole, unless=unless)


def _built_in(table: Table, known: Sequence[str]) -> tuple[str, ...]:
    """The names of built-in recognisers that the rule uses, each once; others are noted as problems."""
    named = tuple(dict.fromkeys(table.texts("built_in")))
    for position, name in enumerate(table.texts("built_in")):
        if name not in known:
            mend = f"Write one of: {', '.join(known)}.{did_you_mean(name, known)}"
            table.problem(f"there is nothing built in that is called “{name}”. {mend}", "built_in", position)
    return tuple(name for name in named if name in known)


def _readable(table: Table, key: str) -> Iterator[tuple[int, str]]:
    """The phrases that can be read, with their places in the list; the others are noted as problems."""
    for position, phrase in enumerate(table.texts(key)):
        try:
            readings_of(phrase)
        except UnreadablePhraseError as error:
            table.problem(f"the phrase “{phrase}” in “{key}” {error}.", key, position)
        else:
            yield position, phrase


def _unless(table: Table) -> tuple[str, ...]:
    return tuple(phrase for _, phrase in _readable(table, "unless"))


def _findable(table: Table, key: str, unless: tuple[str, ...]) -> tuple[str, ...]:
    """The phrases that can be read and found; the others are noted as problems."""
    readable = dict(_readable(table, key))
    for position, phrase in readable.items():
        if not PhraseMatcher(phrases=(phrase,), unless=unless).can_find(phrase):
            what = f"the phrase “{phrase}” can never be found: “unless” takes it out. Remove one of them."
            table.problem(what, key, position)
    return tuple(readable.values())


def _findable_whole(table: Table, unless: tuple[str, ...]) -> tuple[str, ...]:
    phrases = _findable(table, "whole", unless)
    for phrase in phrases:
        if not PhraseMatcher(phrases=(), whole=(phrase,)).can_find(phrase):
            table.problem(f"“{phrase}” in “whole” is courtesy alone, which is overlooked. Remove it.", "whole")
    return phrases


def _verdict(table: Table) -> VerdictIs:
    rating = table.text("rating", most=LONGEST_NAME)
    if rating and rating != Rating.BAD:
        table.problem('only a bad verdict asks for a person. Write rating = "bad", or remove the line.', "rating")
    return VerdictIs(rating=Rating.BAD)


def _sensitive(table: Table) -> Sensitive:
    unless = _unless(table)
    named = table.table("topics", label=table.label)
    known = _built_in(table, TOPICS)
    if table.raw("topics") in (None, {}) and table.raw("built_in") in (None, []):
        mend = 'Write built_in = ["payroll"], or [rule.topics] and below it payroll = ["payslip"], for example.'
        table.problem(f"this rule can never fire. {mend}")
    own = {topic.name: topic for topic in (_topic(named, key, unless) for key in named.names())}
    extended = (replace(own.pop(name, Topic(name=name)), built_in=built_in(name)) for name in known)
    return Sensitive(topics=(*extended, *own.values()), unless=unless)


def _topic(table: Table, key: str, unless: tuple[str, ...]) -> Topic:
    if not key.strip():
        table.problem("a topic has no name. Name it, as in payroll = [...].", key)
    if table.raw(key) == []:
        table.problem(f"the topic “{key}” has no phrases. Write some, or remove the topic.", key)
    return Topic(name=" ".join(key.split()), phrases=_findable(table, key, unless))


def _unresolved(table: Table) -> Unresolved:
    count = table.count("count", most=MOST_QUESTIONS)
    minutes = table.minutes("within_minutes", most=MINUTES_OF_A_YEAR, zero=False)
    return Unresolved(count=count, within_seconds=minutes * 60)


def _unavailable(table: Table) -> Unavailable:
    return Unavailable(minutes=table.minutes("minutes", most=MINUTES_OF_A_YEAR, zero=True))


_READERS: Mapping[str, Callable[[Table], Condition]] = {
    Confidence.kind: _confidence,
    Phrase.kind: _phrase,
    VerdictIs.kind: _verdict,
    Sensitive.kind: _sensitive,
    Unresolved.kind: _unresolved,
    Unavailable.kind: _unavailable,
}
