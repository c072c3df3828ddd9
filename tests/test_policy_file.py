"""The policy file: its valid contents, and the messages about mistakes in it."""

from __future__ import annotations

import re
from datetime import UTC, date
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import policy_file
from bot.cli.rules_report import rule_lines
from bot.errors import PolicyError
from bot.helpdesk.escalation import (
    Approval,
    Confidence,
    Facts,
    HandoffMode,
    HandoffRules,
    NoteRules,
    NoteWhen,
    Phrase,
    Policy,
    Priority,
    ReviewRules,
    Rule,
    Sensitive,
    Speakers,
    TicketRules,
    Topic,
    Unavailable,
    Unresolved,
    VerdictIs,
    decide,
    describe,
    describe_handoffs,
    describe_people,
    describe_records,
    describe_review,
)
from bot.helpdesk.escalation.hours import Hours, Span
from bot.helpdesk.escalation.policy import TOPICS, WISH
from bot.helpdesk.language import read_language
from bot.helpdesk.messages import OwnWords
from bot.helpdesk.model.handoff import SolvedQuestion
from bot.policy_file.tables import CONDITIONS
from bot.slack.ids import SlackIds
from tests.english import ENGLISH

load_policy = partial(policy_file.load_policy, ids=SlackIds())

EVERYTHING = """
version = 1  # the only one

[[rule]]
name = "unsure"
condition = "confidence"
levels = ["Low", "unknown"]
absent = true
priority = "high"
channel = "C0123ABCD"
ticket = false
show_answer = false
tell = \"\"\"One moment,
please.\"\"\"

[[rule]]
name = "wish"
condition = "phrase"
phrases = ["talk/speak to us"]
whole = ["agent"]
unless = ["user agent"]

[[rule]]
name = "unhappy"
condition = "verdict"
rating = "bad"

[[rule]]
name = "sensitive"
condition = "sensitive"
unless = ["payroll calendar"]
[rule.topics]
payroll = ["payroll", "payslip"]
"security incident" = ["hacked"]

[[rule]]
name = "circles"
condition = "unresolved"
count = 3
within_minutes = 60

[[rule]]
name = "down"
condition = "unavailable"
minutes = 1.5
"""

ONE_RULE = '[[rule]]\nname = "down"\ncondition = "unavailable"\nminutes = 15\n'


class TeamsLikeIds:
    """The ids of a surface whose channels look nothing like Slack's and which has no user groups."""

    def channel_problem(self, id: str) -> str | None:
        return None if id.endswith("@thread.tacv2") else "must be the channel's id, as in 19:a1b2@thread.tacv2"

    def group_problem(self, id: str) -> str | None:
        return "must be left out, because this chat has no user groups"


def problems_of(text: str) -> tuple[str, ...]:
    with pytest.raises(PolicyError) as caught:
        load_policy(text, "policy.toml")
    return caught.value.problems


def problems_of_rule(*lines: str, condition: str = "unavailable") -> tuple[str, ...]:
    """Returns the problems of a policy whose only rule has these lines, the first of them on line 5."""
    head = ["version = 1", "[[rule]]", 'name = "mine"', f'condition = "{condition}"']
    return problems_of("\n".join([*head, *lines]))


def test_every_condition_and_consequence_can_be_written() -> None:
    policy = load_policy(EVERYTHING)

    assert policy.rules == (
        Rule(
            name="unsure",
            condition=Confidence(levels=frozenset({"low", "unknown"}), absent=True),
            priority=Priority.HIGH,
            channel="C0123ABCD",
            ticket=False,
            show_answer=False,
            tell=OwnWords({"en": "One moment, please."}),
        ),
        Rule(name="wish", condition=Phrase(phrases=("talk/speak to us",), whole=("agent",), unless=("user agent",))),
        Rule(name="unhappy", condition=VerdictIs()),
        Rule(
            name="sensitive",
            condition=Sensitive(
                topics=(
                    Topic(name="payroll", phrases=("payroll", "payslip")),
                    Topic(name="security incident", phrases=("hacked",)),
                ),
                unless=("payroll calendar",),
            ),
        ),
        Rule(name="circles", condition=Unresolved(count=3, within_seconds=3600)),
        Rule(name="down", condition=Unavailable(minutes=1.5)),
    )


@pytest.mark.parametrize(
    ("condition", "lines", "problem"),
    [
        (
            "unavailable",
            ["minutes = 5", "show_anwser = true"],
            "6: rule “mine”: the key “show_anwser” is not known here. Did you mean “show_answer”?",
        ),
        (
            "phrase",
            ['phrases = ["help me"]', 'levels = ["low"]'],
            "6: rule “mine”: the key “levels” is not known here."
            " It belongs to the condition “confidence”. A rule with the condition “phrase” has:"
            " ask, built_in, channel, condition, handoff, hide_question, language, name, phrases, priority,"
            " show_answer, tell, ticket, unless, when_from, whole.",
        ),
        (
            "phrase",
            ['phrases = ["help me"]', 'when_from = ["guest", "gast"]'],
            "6: rule “mine”: the kind of employees “gast” is not known."
            " Write one of: guest, member, group:S0123ABCD. Did you mean “guest”?",
        ),
        (
            "phrase",
            ['phrases = ["help me"]', 'when_from = ["group:@finance"]'],
            "6: rule “mine”: what follows “group:” in “group:@finance” must be the id of a user group, as in S0123ABCD,"
            " not its name.",
        ),
        (
            "phrase",
            ['phrases = ["help me"]', "when_from = []"],
            "6: rule “mine”: “when_from” is empty, so that this rule can never fire. Remove the line.",
        ),
        (
            "phrase",
            ['phrases = ["help me"]', 'when_from = "guest"'],
            '6: rule “mine”: “when_from” must be a list of texts, as in ["one", "another"].',
        ),
        (
            "phrase",
            ['phrases = ["help me"]', 'language = ["de-DE"]'],
            "6: rule “mine”: “de-DE” is no code of a language. Write one as in en or de.",
        ),
        (
            "phrase",
            ['phrases = ["help me"]', 'handoff = "offer"', "ask = false"],
            "7: rule “mine”: a person is offered to an employee whom the assistant does not answer."
            ' Write handoff = "at once", or remove ask = false.',
        ),
        (
            "confidence",
            ['levels = ["low"]', "ask = false"],
            "6: rule “mine”: the key “ask” is not known here. It belongs to the condition “phrase” or “sensitive”."
            " A rule with the condition “confidence” has: absent, channel, condition, handoff, language, levels, name,"
            " priority, show_answer, tell, ticket, when_from.",
        ),
        (
            "confidense",
            [],
            "4: rule “mine”: the condition “confidense” is not known. Write one of: confidence, phrase,"
            " verdict, sensitive, unresolved, unavailable. Did you mean “confidence”?",
        ),
        ("unavailable", [], "2: rule “mine”: “minutes” is missing. It must be a number of minutes, without quotes."),
        ("unavailable", ['minutes = "5"'], "5: rule “mine”: “minutes” must be a number of minutes, without quotes."),
        ("unavailable", ["minutes = true"], "5: rule “mine”: “minutes” must be a number of minutes, without quotes."),
        ("unavailable", ["minutes = -1"], "5: rule “mine”: “minutes” must be from 0 to 525600."),
        ("unavailable", ["minutes = nan"], "5: rule “mine”: “minutes” must be from 0 to 525600."),
        ("unavailable", ["minutes = inf"], "5: rule “mine”: “minutes” must be from 0 to 525600."),
        (
            "unavailable",
            ["minutes = 5", 'priority = "hihg"'],
            "6: rule “mine”: the priority “hihg” is not known."
            " Write one of: low, normal, high, urgent. Did you mean “high”?",
        ),
        (
            "unavailable",
            ["minutes = 5", 'ticket = "yes"'],
            "6: rule “mine”: “ticket” must be true or false, without quotes.",
        ),
        (
            "unavailable",
            ["minutes = 5", 'channel = "#payroll-help"'],
            "6: rule “mine”: “channel” must be the channel's id, as in C0123ABCD, not its name.",
        ),
        (
            "unavailable",
            ["minutes = 5", 'tell = " "'],
            "6: rule “mine”: “tell” is empty. Write a text, or remove the line.",
        ),
        (
            "unavailable",
            ["minutes = 5", f'tell = "{"x" * 1001}"'],
            "6: rule “mine”: “tell” is 1001 characters long. Shorten it to 1000.",
        ),
        ("unresolved", ["count = 0", "within_minutes = 60"], "5: rule “mine”: “count” must be from 1 to 100."),
        (
            "unresolved",
            ["count = 2.5", "within_minutes = 60"],
            "5: rule “mine”: “count” must be a whole number, without quotes.",
        ),
        (
            "unresolved",
            ["count = 3", "within_minutes = 0"],
            "6: rule “mine”: “within_minutes” must be more than 0 and up to 525600.",
        ),
        (
            "confidence",
            [],
            '2: rule “mine”: this rule can never fire. Write levels = ["low"], or absent = true, or both.',
        ),
        (
            "confidence",
            ["levels = []", "absent = false"],
            '2: rule “mine”: this rule can never fire. Write levels = ["low"], or absent = true, or both.',
        ),
        (
            "confidence",
            ['levels = "low"'],
            '5: rule “mine”: “levels” must be a list of texts, as in ["one", "another"].',
        ),
        (
            "confidence",
            ["levels = [", '  "low",', '  "very low",', "]"],
            "7: rule “mine”: a level must be one word, as in “low”. Fix or remove it.",
        ),
        (
            "phrase",
            ['unless = ["x"]'],
            "2: rule “mine”: this rule can never fire."
            ' Write built_in = ["wish for a person"], or what the employee says into “phrases” or “whole”.',
        ),
        (
            "phrase",
            ['built_in = ["wish for persons"]'],
            "5: rule “mine”: there is nothing built in that is called “wish for persons”."
            " Write one of: wish for a person. Did you mean “wish for a person”?",
        ),
        (
            "phrase",
            ['phrases = ["talk to us",', "  '',", "]"],
            "6: rule “mine”: the phrase “” in “phrases” has no word in it. Write the words to look for, or remove it.",
        ),
        (
            "phrase",
            ['phrases = ["talk/ to us"]'],
            "5: rule “mine”: the phrase “talk/ to us” in “phrases” has a slash"
            " without a word on both sides. Write it as in “talk/speak to”.",
        ),
        (
            "phrase",
            ['phrases = ["human"]', 'unless = ["Human"]'],
            "5: rule “mine”: the phrase “human” can never be found: “unless” takes it out. Remove one of them.",
        ),
        (
            "phrase",
            ['whole = ["please"]'],
            "5: rule “mine”: “please” in “whole” is courtesy alone, which is overlooked. Remove it.",
        ),
        (
            "verdict",
            ['rating = "good"'],
            '5: rule “mine”: only a bad verdict asks for a person. Write rating = "bad", or remove the line.',
        ),
        (
            "sensitive",
            [],
            "2: rule “mine”: this rule can never fire."
            ' Write built_in = ["payroll"], or [rule.topics] and below it payroll = ["payslip"], for example.',
        ),
        (
            "sensitive",
            ["built_in = [", '  "payroll",', '  "harasment",', "]"],
            "7: rule “mine”: there is nothing built in that is called “harasment”. Write one of: harassment,"
            " discrimination, danger to somebody, whistleblowing, payroll, dismissal, legal matters, personal data,"
            " a security incident. Did you mean “harassment”?",
        ),
        (
            "sensitive",
            ["[rule.topics]", 'legal = ["lawsuit"]', "payroll = []"],
            "7: rule “mine”: the topic “payroll” has no phrases. Write some, or remove the topic.",
        ),
        (
            "sensitive",
            ["[rule.topics]", "payroll = 3"],
            '6: rule “mine”: “payroll” must be a list of texts, as in ["one", "another"].',
        ),
        ("sensitive", ['topics = ["payroll"]'], "5: rule “mine”: “topics” must be a table, as in [rule.topics]."),
    ],
)
def test_a_mistake_is_named_with_its_line_and_the_fix(condition: str, lines: list[str], problem: str) -> None:
    assert problems_of_rule(*lines, condition=condition) == (f"policy.toml:{problem}",)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (ONE_RULE, "policy.toml: the policy: “version” is missing. Write version = 1 at the top."),
        (
            "version = 2\n" + ONE_RULE,
            "policy.toml:1: the policy: this version of the file is not known. Write version = 1.",
        ),
        (
            "version = true\n" + ONE_RULE,
            "policy.toml:1: the policy: this version of the file is not known. Write version = 1.",
        ),
        (
            "version = 1\n",
            "policy.toml: the policy: there is no rule, so that nobody would ever be reached."
            " Write at least one [[rule]].",
        ),
        (
            'version = 1\n[rule]\nname = "x"\n',
            "policy.toml:2: the policy: [rule] has single brackets. Write [[rule]], once for each rule.",
        ),
        (
            "version = 1\nrule = 3\n",
            "policy.toml:2: the policy: “rule” must be a table. Write [[rule]], and the rule's lines below it.",
        ),
        (
            "version = 1\n" + ONE_RULE + "[[rules]]\n",
            "policy.toml:6: the policy: the key “rules” is not known here. Did you mean “rule”?",
        ),
        (
            "version = 1\n\n[[rule]]\nname = lead\n",
            "policy.toml:4: This is no valid TOML: Invalid value."
            " Texts stand in quotes, lists in [ ] with commas, and every bracket and quote is closed.",
        ),
        (
            "version = 1\nrule = [\n\n",
            "policy.toml:3: This is no valid TOML: Invalid value."
            " Texts stand in quotes, lists in [ ] with commas, and every bracket and quote is closed.",
        ),
        ("x = " + "[" * 5000, "policy.toml: The brackets are nested too deeply. Close each one."),
        (
            "version = 1\n" + ONE_RULE + ONE_RULE.replace("15", "5").replace('"down"', '"Down"'),
            "policy.toml:7: rule “Down”: an earlier rule has this name. Give each rule its own.",
        ),
        (
            "version = 1\n" + ONE_RULE + ONE_RULE.replace('"down"', '"again"'),
            "policy.toml:6: rule “again”: rule “down” has the very same condition. Remove one of the two.",
        ),
        (
            "version = 1\n[[rule]]\ncondition = 'verdict'\n",
            'policy.toml:2: rule number 1: “name” is missing. It must be a text in quotes, as in "low".',
        ),
    ],
)
def test_a_mistake_of_the_whole_file_is_named_with_the_fix(text: str, problem: str) -> None:
    assert problems_of(text) == (problem,)


def test_while_the_condition_is_not_known_no_key_of_a_condition_is_called_unknown() -> None:
    keys = sorted({key for table in CONDITIONS.values() for key in table.model_fields} - {"condition"})

    problems = problems_of("\n".join(["version = 1", "[[rule]]", *(f"{key} = []" for key in keys)]))

    assert not [problem for problem in problems if "is not known here" in problem]


def test_all_mistakes_are_reported_at_once_from_top_to_bottom() -> None:
    problems = problems_of(
        """# no version
colour = "red"

[[rule]]
name = "one"
condition = "confidence"
levels = [3]
prioritty = "high"

[[rule]]
name = "one"
condition = "sensitive"
show_answer = 0
[rule.topics]
payroll = [
    "payslip",  # [not a bracket
    "...",
]

[[rule]]
condition = "unresolved"
"""
    )

    places = [problem.split(": ", 1)[0].removeprefix("policy.toml") for problem in problems]
    assert places == ["", ":2", ":7", ":8", ":11", ":13", ":17", ":20", ":20", ":20"]


def test_lines_are_right_after_texts_that_look_like_toml() -> None:
    problems = problems_of(
        'version = 1\nrule = [\n  {name = "a", condition = "verdict", tell = "[[rule]] # no"},\n]\n'
        + "[odd]\nx = '''\n[[rule]]\n\n'''\n[other]\n"
    )

    assert [problem.split(":")[1] for problem in problems] == ["5", "10"]


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm() -> None:
    assert load_policy("\ufeff" + EVERYTHING.replace("\n", "\r\n")) == load_policy(EVERYTHING)


def test_the_fingerprint_is_of_the_meaning() -> None:
    respelled = EVERYTHING.replace(" = ", "=").replace("  # the only one", "\n# comment").replace("60\n", "60.0\n")

    fingerprint = load_policy(EVERYTHING).fingerprint

    assert load_policy(respelled).fingerprint == fingerprint
    assert load_policy(EVERYTHING.replace('rating = "bad"\n', "")).fingerprint == fingerprint
    assert len(fingerprint) == 12
    assert int(fingerprint, 16) >= 0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"Low", ', ""),
        ("absent = true\n", ""),
        ('priority = "high"\n', ""),
        ("talk/speak", "talk"),
        ("minutes = 1.5", "minutes = 2"),
        ("ticket = false\n", ""),
        ('["hacked"]', '["breached"]'),
        ("payroll = [", "pay = ["),
    ],
)
def test_another_meaning_has_another_fingerprint(before: str, after: str) -> None:
    changed = EVERYTHING.replace(before, after)

    assert changed != EVERYTHING
    assert load_policy(changed).fingerprint != load_policy(EVERYTHING).fingerprint


def test_a_policy_reads_back_as_one_sentence_for_each_rule() -> None:
    unsure, wish, unhappy, sensitive, circles, down = describe(load_policy(EVERYTHING))

    assert unsure == (
        "unsure: when the assistant's confidence is low, unknown or not stated, a person is asked in channel C0123ABCD "
        "with high priority, without a ticket; the employee is told “One moment, please.” and does not see "
        "the assistant's answer."
    )
    usual = (
        "a person is asked in the handoff channel with normal priority, with a ticket; "
        "the employee sees the assistant's answer."
    )
    assert wish == (
        "wish: when the employee presses “Talk to a person” or writes “talk to us” or 1 other wording or writes "
        f"nothing but “agent”, {usual}"
    )
    assert unhappy == f"unhappy: when the employee's verdict on the answer is bad, {usual}"
    assert sensitive == f"sensitive: when the message is about payroll or security incident, {usual}"
    assert circles == f"circles: when 3 questions within 60 minutes stayed unresolved, {usual}"
    assert down == f"down: when the assistant refuses to answer or cannot answer for 90 seconds, {usual}"


BUILT_IN = """
version = 1

[[rule]]
name = "wish"
condition = "phrase"
built_in = ["wish for a person"]
phrases = ["red phone"]
unless = ["talk to a person from sales"]

[[rule]]
name = "trouble"
condition = "sensitive"
built_in = ["payroll", "a security incident"]
unless = ["stolen thunder"]
[rule.topics]
payroll = ["pay run"]
parking = ["my parking space"]
"""


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("Can I talk to a person?", ("The employee asked for a person: “Can I talk to a person”.",)),
        ("the red phone", ("The employee asked for a person: “red phone”.",)),
        ("I want to talk to a person from sales", ()),
        ("my salary is late", ("The message touches a sensitive topic: payroll (“salary”).",)),
        ("when is the pay run", ("The message touches a sensitive topic: payroll (“pay run”).",)),
        (
            "my laptop was stolen",
            ("The message touches a sensitive topic: a security incident (“laptop was stolen”).",),
        ),
        ("somebody took my parking space", ("The message touches a sensitive topic: parking (“my parking space”).",)),
        ("I was harassed", ()),
    ],
)
def test_a_policy_names_built_in_recognisers_and_adds_or_excludes_words(text: str, reasons: tuple[str, ...]) -> None:
    assert tuple(map(ENGLISH, decide(load_policy(BUILT_IN), Facts(now=0.0, text=text)).reasons)) == reasons


def test_built_in_recognisers_are_described() -> None:
    wish, trouble = describe(load_policy(BUILT_IN))

    assert "asks for a person in words of their own or writes “red phone”" in wish
    assert "the message is about payroll, a security incident or parking" in trouble


def test_the_fingerprint_depends_on_the_language_data_of_built_in_recognisers(monkeypatch: pytest.MonkeyPatch) -> None:
    before, without = load_policy(BUILT_IN).fingerprint, load_policy(ONE_RULE).fingerprint
    data = "\n".join(f'[recognisers."{name}"]\npatterns = ["other words"]' for name in (WISH, *TOPICS))

    monkeypatch.setattr("bot.helpdesk.escalation.policy.shipped_language", lambda: read_language({"xx.toml": data}))

    assert load_policy(BUILT_IN).fingerprint != before
    assert load_policy(ONE_RULE).fingerprint == without


ODD_LINES = """
[[rule]]
[rule]
[rule.topics]
rule = 1
x = {a = [
'''
]
\\
name = 1
levels = [[1]]
minutes = 99e999
count = 123456789123456789
d = 2020-01-01
phrases = ["a/b", "/"]
\ud800
\0"""
any_line = st.sampled_from([*EVERYTHING.split("\n"), *ODD_LINES.split("\n")])


def load(text: str) -> Policy | PolicyError:
    try:
        return load_policy(text)
    except PolicyError as error:
        return error


def assert_only_policy_errors(text: str) -> None:
    loaded = load(text)

    if isinstance(loaded, Policy):
        assert describe(loaded)
    else:
        assert loaded.problems
        assert all(problem.startswith("config/escalation.toml") for problem in loaded.problems)


@given(st.text(max_size=200))
def test_any_text_is_a_policy_or_a_policy_error(text: str) -> None:
    assert_only_policy_errors(text)


@given(st.lists(any_line, max_size=25))
def test_any_shuffled_policy_is_a_policy_or_a_policy_error(lines: list[str]) -> None:
    assert_only_policy_errors("\n".join(["version = 1", *lines]))


def as_array(values: list[str]) -> str:
    return f"[{', '.join(values)}]"


def as_inline_table(values: list[str]) -> str:
    return "{" + ", ".join(f"k{number} = {value}" for number, value in enumerate(values)) + "}"


toml_values = st.recursive(
    st.sampled_from(["1", "-1", "true", '""', '"low"', "nan", "2020-01-01", '"a/b"', "1.5", '"/"', "'''\n'''"]),
    lambda inner: st.lists(inner, max_size=3).map(as_array) | st.lists(inner, max_size=3).map(as_inline_table),
    max_leaves=6,
)
keys_of_a_rule = st.sampled_from(
    "levels absent phrases whole unless topics count within_minutes minutes rating "
    "tell name priority channel ticket show_answer".split()
)
kinds = st.sampled_from(["confidence", "phrase", "verdict", "sensitive", "unresolved", "unavailable", "other"])


@given(kind=kinds, values=st.dictionaries(keys_of_a_rule, toml_values, max_size=6))
def test_any_value_at_any_key_is_accepted_or_named_as_a_problem(kind: str, values: dict[str, str]) -> None:
    lines = [f"{key} = {value}" for key, value in values.items()]
    assert_only_policy_errors("\n".join(["version = 1", "[[rule]]", f'condition = "{kind}"', *lines]))


def test_the_fingerprint_is_the_same_in_every_process() -> None:
    rule_of_levels = '[[rule]]\nname = "unsure"\ncondition = "confidence"\nlevels = ["f", "a", "d", "c", "b", "e"]\n'

    assert load_policy("version = 1\n" + rule_of_levels).fingerprint == "a0b951577fb1"


ONE_RULE = """
version = 1
[[rule]]
name = "unhappy"
condition = "verdict"
"""


def test_settings_of_handoffs_are_read_and_missing_ones_have_defaults() -> None:
    text = ONE_RULE + '[handoff]\nrelay = "channel"\nrelay_delay_seconds = 0\nidle_minutes = 90\n'

    assert load_policy(text).handoffs == HandoffRules(relay=Speakers.CHANNEL, relay_delay=0.0, idle=90 * 60.0)
    assert load_policy(ONE_RULE).handoffs == HandoffRules()


@pytest.mark.parametrize(
    ("written", "question", "said"),
    [
        ("yes or no", SolvedQuestion.YES_OR_NO, "asked whether it solved the problem; “no” opens the handoff again."),
        ("score", SolvedQuestion.SCORE, "asked how well it solved the problem, from 1 to 5; 1 and 2 open the handoff"),
        ("never", SolvedQuestion.NEVER, "not asked whether it solved the problem."),
    ],
)
def test_what_is_asked_after_a_resolution_is_read_and_described(
    written: str, question: SolvedQuestion, said: str
) -> None:
    rules = load_policy(f'{ONE_RULE}[handoff]\nask_solved = "{written}"\n').handoffs

    assert rules == HandoffRules(ask_solved=question)
    assert any(said in sentence for sentence in describe_handoffs(rules))


def test_what_an_employee_who_waits_is_told_is_read_and_described() -> None:
    silent = "tell_expected = false\ntell_overdue = false\ntell_at_work = false\n"
    contact = 'fallback_contact = "  it-help@acme.example  "\n'
    rules = load_policy(ONE_RULE + TIMES.replace("[handoff]\n", "[handoff]\n" + silent + contact)).handoffs

    assert (rules.tell_expected, rules.tell_overdue, rules.tell_at_work) == (False, False, False)
    assert rules.fallback_contact == "it-help@acme.example"
    assert tuple(describe_handoffs(rules))[-2:] == (
        "An employee who waits is told nothing meanwhile.",
        "If the handoff channel cannot be used, employees are referred to it-help@acme.example.",
    )


def test_how_people_work_a_handoff_changes_no_fingerprint_of_the_rules() -> None:
    assert load_policy(ONE_RULE + "[handoff]\nidle_minutes = 5\n").fingerprint == load_policy(ONE_RULE).fingerprint


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            'relay = "everybody"',
            "p.toml:7: [handoff]: the relay “everybody” is not known. Write one of: owner, channel.",
        ),
        ("relay_delay_seconds = 61", "p.toml:7: [handoff]: “relay_delay_seconds” must be from 0 to 60."),
        (
            "relay_delay_seconds = true",
            "p.toml:7: [handoff]: “relay_delay_seconds” must be a number of seconds, without quotes.",
        ),
        (
            "waiting_remind_minutes = 60\nwaiting_close_minutes = 60",
            "p.toml:8: [handoff]: a handoff cannot be closed before the employee was reminded. "
            "Write more for “waiting_close_minutes”, or waiting_remind_minutes = 0.",
        ),
        ("tell_overdue = 1", "p.toml:7: [handoff]: “tell_overdue” must be true or false, without quotes."),
        (
            'fallback_contact = ""',
            "p.toml:7: [handoff]: “fallback_contact” is empty. Write a text, or remove the line.",
        ),
        (
            'ask_solved = "stars"',
            "p.toml:7: [handoff]: the ask_solved “stars” is not known. Write one of: yes or no, score, never.",
        ),
        ("idle_minutes = 0", "p.toml:7: [handoff]: “idle_minutes” must be more than 0 and up to 43200."),
        (
            "resolution = true",
            "p.toml:7: [handoff]: the key “resolution” is not known here. Did you mean “resolution_required”?",
        ),
    ],
)
def test_a_mistake_in_how_people_work_a_handoff_is_named_with_its_line(line: str, problem: str) -> None:
    with pytest.raises(PolicyError) as refused:
        load_policy(f"{ONE_RULE}[handoff]\n{line}\n", "p.toml")

    assert refused.value.problems == (problem,)


def test_which_ids_there_are_is_for_the_surface_to_say() -> None:
    channel = "19:a1b2@thread.tacv2"
    policy = policy_file.load_policy(EVERYTHING.replace("C0123ABCD", channel), ids=TeamsLikeIds())
    with pytest.raises(PolicyError) as refused:
        policy_file.load_policy(EVERYTHING + TIMES, "p.toml", ids=TeamsLikeIds())

    assert policy.channels == {channel}
    assert refused.value.problems == (
        "p.toml:10: rule “unsure”: “channel” must be the channel's id, as in 19:a1b2@thread.tacv2.",
        "p.toml:48: [handoff]: “on_call” must be left out, because this chat has no user groups.",
    )


def test_single_values_do_not_stand_for_the_whole_table() -> None:
    with pytest.raises(PolicyError, match=r"“handoff” must be a table, as in \[handoff\]"):
        load_policy("handoff = 5\n" + ONE_RULE)


TIMES = """[handoff]
remind_before_minutes = 0
on_call = "S0123ABCD"
on_call_after_minutes = 5
[handoff.minutes_to_reply]
urgent = 15
[handoff.hours]
time_zone = "Europe/Berlin"
monday = ["09:00-12:00", "13:00-24:00"]
holidays = ["2026-12-25"]
"""


def test_targets_hours_and_who_is_called_are_read() -> None:
    rules = load_policy(ONE_RULE + TIMES).handoffs

    assert rules.reply_within == {Priority.URGENT: 15 * 60.0}
    assert (rules.remind_before, rules.on_call, rules.on_call_after) == (0.0, "S0123ABCD", 5 * 60.0)
    assert rules.hours == Hours(
        zone=ZoneInfo("Europe/Berlin"),
        week=((Span(start=540, end=720), Span(start=780, end=1440)), (), (), (), (), (), ()),
        holidays=frozenset({date(2026, 12, 25)}),
    )


def test_targets_and_hours_are_described() -> None:
    assert tuple(describe_handoffs(load_policy(ONE_RULE + TIMES).handoffs)) == (
        "What the agents who have claimed or joined a handoff write in its thread goes to the employee; what begins "
        "with “note:” or “//” stays in the thread.",
        "It leaves after 5 seconds, until when it can be deleted or changed unseen.",
        "Whoever resolves a handoff may say in words how.",
        "After a resolution the employee is asked whether it solved the problem; “no” opens the handoff again.",
        "An employee who writes again within 1440 minutes of the resolution opens the handoff again.",
        "An employee whose reply an agent waits for is reminded after 1440 minutes; without one the handoff is closed "
        "after 10080 minutes.",
        "An employee with 3 open handoffs of one day is asked before another opens, unless that is urgent.",
        "A conversation in which nothing is said for 1440 minutes is completed.",
        "Somebody claims a handoff of this priority: urgent within 15 minutes; only time in which people work counts.",
        "While nobody has, its thread reminds of it then, and 5 minutes later the group S0123ABCD is called.",
        "People work (Europe/Berlin): Monday 09:00-12:00, 13:00-24:00, except on 1 holiday.",
        "An employee who waits is told when somebody is expected, once when the target has passed and once when people "
        "are back at work.",
    )


@pytest.mark.parametrize(
    ("line", "wrong", "problem"),
    [
        (
            8,
            'on_call = "helpers"',
            "[handoff]: “on_call” must be the id of a user group, as in S0123ABCD, not its name.",
        ),
        (11, "urgent = 0", "[handoff.minutes_to_reply]: “urgent” must be more than 0 and up to 43200."),
        (11, "urgnt = 5", "[handoff.minutes_to_reply]: the key “urgnt” is not known here. Did you mean “urgent”?"),
        (
            13,
            'time_zone = "Europe/Berln"',
            "[handoff.hours]: the time zone “Europe/Berln” is not known. "
            'Write one as in "Europe/Berlin". Did you mean “Europe/Berlin”?',
        ),
        (14, 'monday = ["9-17"]', "[handoff.hours]: “9-17” is no time of a day. Write it as in 09:00-17:00."),
        (
            14,
            'monday = ["17:00-09:00"]',
            "[handoff.hours]: “17:00-09:00” is no time of a day. Write it as in 09:00-17:00.",
        ),
        (
            14,
            'monday = ["09:00-12:00", "11:00-17:00"]',
            "[handoff.hours]: “11:00-17:00” begins before the one in front of it ends. Put them in order.",
        ),
        (15, 'holidays = ["25.12."]', "[handoff.hours]: “25.12.” is no date. Write it as in 2026-12-25."),
        (
            12,
            "monday = []",
            '[handoff.hours]: nobody ever works. Write the hours of a day, as in monday = ["09:00-17:00"].',
        ),
    ],
)
def test_a_mistake_in_targets_and_hours_is_named_with_its_line(line: int, wrong: str, problem: str) -> None:
    key = wrong.split(" ")[0].replace("urgnt", "urgent")
    text = "\n".join(wrong if old.startswith(f"{key} =") else old for old in TIMES.splitlines())

    with pytest.raises(PolicyError) as refused:
        load_policy(ONE_RULE + text, "p.toml")

    assert f"p.toml:{line}: {problem}" in refused.value.problems


def test_nobody_is_called_where_there_is_no_target() -> None:
    with pytest.raises(PolicyError, match="“on_call” is never called without a target"):
        load_policy(ONE_RULE + '[handoff]\non_call = "S0123ABCD"\n')


def test_settings_of_tickets_and_notes_are_read_and_missing_ones_have_defaults() -> None:
    policy = load_policy(ONE_RULE + '[tickets]\nfollow = true\n[note]\nwhen = "always"\ntranscript = true\n')

    assert policy.tickets == TicketRules(follow=True)
    assert policy.notes == NoteRules(when=NoteWhen.ALWAYS, transcript=True)
    assert policy.fingerprint == load_policy(ONE_RULE).fingerprint
    assert load_policy(ONE_RULE).tickets == TicketRules(follow=False, copy_notes=False)
    assert load_policy(ONE_RULE).notes == NoteRules(when=NoteWhen.NEVER, transcript=False)


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        (
            "[tickets]\ncopy_note = true",
            "p.toml:7: [tickets]: the key “copy_note” is not known here. Did you mean “copy_notes”?",
        ),
        ("[tickets]\nfollow = 1", "p.toml:7: [tickets]: “follow” must be true or false, without quotes."),
        (
            '[note]\nwhen = "sometimes"',
            "p.toml:7: [note]: the when “sometimes” is not known. Write one of: never, without_handoff, always.",
        ),
        (
            "[note]\ntranscript = true",
            'p.toml:7: [note]: “transcript” says what stands in a note, but none is written. Write when = "always".',
        ),
    ],
)
def test_a_mistake_about_tickets_and_notes_is_named_with_its_line(table: str, problem: str) -> None:
    with pytest.raises(PolicyError) as refused:
        load_policy(f"{ONE_RULE}{table}\n", "p.toml")

    assert refused.value.problems == (problem,)


def test_settings_of_tickets_and_notes_are_described() -> None:
    usual = describe_records(TicketRules(), NoteRules())
    all_of_it = describe_records(
        TicketRules(follow=True, copy_notes=True), NoteRules(when=NoteWhen.WITHOUT_HANDOFF, transcript=True)
    )

    assert tuple(usual) == (
        "A ticket that is solved or closed in the ticket system resolves nothing; its handoff's thread says so.",
    )
    assert tuple(all_of_it) == (
        "A ticket that is solved or closed in the ticket system resolves its handoff.",
        "What begins with “note:” or “//” in a handoff's thread goes onto its ticket as a private comment.",
        "When a conversation that people never had is completed, a note on the employee's contact says how it went, "
        "with what was said, redacted.",
    )


def test_settings_of_the_review_are_read_and_missing_ones_have_defaults() -> None:
    own = '[review]\nday = "friday"\ntime = "16:30"\ntime_zone = "Asia/Tokyo"\napproval = "author"\n'
    hours = '[handoff.hours]\ntime_zone = "Europe/Berlin"\nmonday = ["09:00-17:00"]\n'

    assert load_policy(ONE_RULE).review == ReviewRules(day=0, time=9 * 60, zone=UTC, approval=Approval.SECOND_PERSON)
    assert load_policy(ONE_RULE + own).review == ReviewRules(
        day=4, time=16 * 60 + 30, zone=ZoneInfo("Asia/Tokyo"), approval=Approval.AUTHOR
    )
    assert load_policy(ONE_RULE + hours).review.zone == ZoneInfo("Europe/Berlin")
    assert load_policy(ONE_RULE + own).fingerprint == load_policy(ONE_RULE).fingerprint


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('day = "sonntag"', "the day “sonntag” is not known. Write one of: monday, tuesday,"),
        ('time = "24:00"', "“24:00” is no time of day. Write it as in 09:00."),
        ('time = "9:00"', "“9:00” is no time of day. Write it as in 09:00."),
        ('time_zone = "Mars"', "the time zone “Mars” is not known."),
        ('approval = "nobody"', "the approval “nobody” is not known. Write one of: second person, author."),
    ],
)
def test_a_mistake_about_the_review_is_named_with_its_line(line: str, problem: str) -> None:
    with pytest.raises(PolicyError, match=re.escape(f"p.toml:7: [review]: {problem}")):
        load_policy(f"{ONE_RULE}[review]\n{line}\n", "p.toml")


def test_settings_of_the_review_are_described() -> None:
    usual = describe_review(ReviewRules())
    of_the_author = describe_review(ReviewRules(day=4, time=990, approval=Approval.AUTHOR))

    assert usual == (
        "Every Monday at 09:00 (UTC) the review of the last week is posted; a second person approves an article "
        "before the assistant uses it."
    )
    assert "Every Friday at 16:30" in of_the_author
    assert "anybody, its author included, approves an article" in of_the_author


def test_a_rule_may_offer_a_person() -> None:
    rule = ONE_RULE.rstrip("\n")
    offers, at_once = load_policy(f'{rule}\nhandoff = "offer"\n'), load_policy(f'{rule}\nhandoff = "at once"\n')

    assert offers.rules[0].handoff is HandoffMode.OFFER
    assert "a person is offered and, if the employee accepts, asked in the handoff channel" in describe(offers)[0]
    assert at_once.fingerprint == load_policy(ONE_RULE).fingerprint != offers.fingerprint


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ('handoff = "maybe"', "the handoff “maybe” is not known. Write one of: at once, offer."),
        (
            'show_answer = false\nhandoff = "offer"',
            "a person is offered to an employee who gets no answer. "
            'Write handoff = "at once", or remove show_answer = false.',
        ),
    ],
)
def test_an_offer_that_cannot_be_made_is_named(lines: str, problem: str) -> None:
    with pytest.raises(PolicyError, match=re.escape(problem)):
        load_policy(f"{ONE_RULE.rstrip()}\n{lines}\n")


def test_the_number_of_open_handoffs_may_have_no_limit() -> None:
    policy = load_policy(ONE_RULE + "[handoff]\nmost_open_per_day = 0\n")

    assert "An employee may have any number of open handoffs." in tuple(describe_handoffs(policy.handoffs))
    assert load_policy(ONE_RULE).handoffs.most_open == 3


MEANS = """
version = 1

[[rule]]
name = "works council"
condition = "sensitive"
ask = false
hide_question = true
channel = "C0123ABCD"
when_from = ["guest", "group:S0123ABCD"]
language = ["fr", "de"]
tell = "One moment."
[rule.topics]
council = ["council"]

[[rule]]
name = "board"
condition = "phrase"
phrases = ["board"]
when_from = ["member"]
ask = false

[[rule]]
name = "board of guests"
condition = "phrase"
phrases = ["board"]
language = ["de"]
"""


def test_new_means_of_a_rule_are_read_and_described() -> None:
    policy = load_policy(MEANS)

    council, board, german = describe(policy)
    assert council == (
        "works council: when the message is about council, only for members of the group S0123ABCD or guests whose"
        " language is de or fr, a person is asked in channel C0123ABCD with normal priority, with a ticket; the"
        " employee is told “One moment.” and the assistant is not asked, nor about anything that follows in the"
        " conversation; in any other channel agents read the question only through “Reveal”."
    )
    assert ", only for people who are no guests, " in board
    assert "the assistant is not asked" in board
    assert ", only for employees whose language is de, " in german
    assert policy.groups == {"S0123ABCD"}


def test_trying_a_sentence_says_for_whom_a_rule_is() -> None:
    (lines,) = rule_lines(load_policy(MEANS), ["The council"], as_json=False)

    assert lines.endswith("(only for members of the group S0123ABCD or guests whose language is de or fr)\n")


def test_guests_are_helped_unless_the_policy_refuses_them() -> None:
    head = ONE_RULE

    assert load_policy(head).people.guests
    assert not load_policy(f"{head}[people]\nguests = false\n").people.guests
    assert problems_of(f'{head}[people]\nguests = "no"\n') == (
        "policy.toml:7: [people]: “guests” must be true or false, without quotes.",
    )
    assert problems_of(f"{head}[people]\ngests = false\n") == (
        "policy.toml:7: [people]: the key “gests” is not known here. Did you mean “guests”?",
    )


def test_who_may_use_the_bot_is_said_in_sentences() -> None:
    head = f"{ONE_RULE}[people]\n"
    narrow = load_policy(f"{head}guests = false\n").people
    wide = load_policy(
        f"{head}other_companies = true\nother_workspaces = true\ngroup_dms = false\napps = true\n"
    ).people

    group = "Whoever mentions the bot in a group message is asked to write to it directly."
    assert describe_people(narrow) == (
        "Guests, people of other companies and people of the company's other workspaces are refused; nothing they "
        "write is kept.",
        "Apps and workflows get no answer.",
        group,
    )
    assert describe_people(wide) == (
        "Guests, people of other companies and people of the company's other workspaces are helped as everybody is.",
        "Apps and workflows that write to the bot get an answer, 20 an hour at most each.",
        group,
    )


def test_group_messages_cannot_be_switched_on() -> None:
    assert problems_of(f"{ONE_RULE}[people]\ngroup_dms = true\n") == (
        "policy.toml:7: [people]: the desk helps in direct messages only: in a group all would read what one of them "
        "asks. Write group_dms = false, or remove the line.",
    )
