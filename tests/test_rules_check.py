"""`uppzy-desk rules check`: mistakes with line and fix, and warnings about rules that may not be meant so."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest

from bot.cli.commands import main
from bot.errors import PolicyError
from bot.helpdesk.escalation import covered_rules, rules_that_never_fire
from bot.helpdesk.model.conversation import Question, QuestionState
from bot.helpdesk.model.history import DecisionRecord
from bot.policy_file import MOST_BYTES, load_policy, read_policy
from bot.slack.ids import SlackIds
from storage.repositories import Transaction
from tests.addresses import SURFACE
from tests.policies import shipped_policy
from tests.storage.conftest import store_at

ONE_RULE = 'version = 1\n[[rule]]\nname = "unhappy"\ncondition = "verdict"\n'


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["rules", "check", *arguments])
    captured = capsys.readouterr()
    return int(ended.value.code or 0), captured.out, captured.err


def check(capsys: pytest.CaptureFixture[str], policy: str | bytes, *options: str) -> tuple[int, dict[str, Any]]:
    path = Path("policy.toml")
    path.write_bytes(policy if isinstance(policy, bytes) else policy.encode())
    status, out, _ = run(capsys, "policy.toml", "--json", *options)
    return status, json.loads(out)


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_shipped_policy_has_no_mistake_and_no_warning(capsys: pytest.CaptureFixture[str]) -> None:
    assert check(capsys, shipped_policy()) == (0, {"mistakes": [], "warnings": []})


def test_group_messages_are_a_mistake_with_its_fix(capsys: pytest.CaptureFixture[str]) -> None:
    status, said = check(capsys, f"{ONE_RULE}[people]\nother_companies = true\ngroup_dms = true\n")

    assert status == 2
    assert said["mistakes"] == [
        {
            "line": 7,
            "rule": None,
            "text": "The desk helps in direct messages only: in a group all would read what one of them asks.",
            "fix": "Write group_dms = false, or remove the line.",
        }
    ]


def test_every_mistake_is_named_with_its_line_rule_and_fix(capsys: pytest.CaptureFixture[str]) -> None:
    status, said = check(capsys, f'{ONE_RULE}rating = "good"\npriority = 3\n[[rule]]\ncondition = "y"\n[[rule]]\n')

    assert status == 2
    assert said["warnings"] == []
    assert said["mistakes"][:2] == [
        {
            "line": 5,
            "rule": "unhappy",
            "text": "Only a bad verdict asks for a person.",
            "fix": 'Write rating = "bad", or remove the line.',
        },
        {
            "line": 6,
            "rule": "unhappy",
            "text": '“priority” must be a text in quotes, as in "low".',
            "fix": 'Make it a text in quotes, as in "low".',
        },
    ]
    assert [(each["line"], each["rule"]) for each in said["mistakes"][2:]] == [
        (7, None),
        (8, None),
        (9, None),
        (9, None),
    ]
    assert all(each["fix"] for each in said["mistakes"])


def test_people_read_a_line_for_each_mistake_that_editors_can_follow(capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.toml").write_text(ONE_RULE.replace("verdict", "verdikt"), encoding="utf-8")

    status, out, _ = run(capsys, "mine.toml")

    assert status == 2
    assert out.splitlines()[0].startswith(
        "mine.toml:4: rule “unhappy”: the condition “verdikt” is not known. Write one"
    )
    assert out.splitlines()[-1] == "mine.toml: 1 mistake, no warnings."


def test_a_file_that_is_not_there_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "missing.toml", "--json")

    assert (status, out, err) == (1, "", "uppzy-desk: There is no file missing.toml.\n")


def test_all_lines_that_are_no_toml_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    status, said = check(capsys, 'version = \n[[rule]]\nname = "a\ncondition = "verdict"\npriority = high\n')

    assert status == 2
    assert [each["line"] for each in said["mistakes"]] == [1, 3, 5]


@pytest.mark.parametrize(
    "content",
    [ONE_RULE.encode("utf-8-sig"), ONE_RULE.replace("\n", "\r\n").encode(), ONE_RULE.replace("\n", "\r").encode()],
    ids=["byte order mark", "carriage returns and line feeds", "carriage returns"],
)
def test_marks_and_line_ends_of_other_systems_are_no_mistake(
    capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    assert check(capsys, content) == (0, {"mistakes": [], "warnings": []})


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (ONE_RULE.encode() + b'tell = "\xe4h"\n', 5),
        (ONE_RULE.encode("utf-16"), 1),
        (ONE_RULE.encode() + b"\0", 5),
        (ONE_RULE.encode() + b"\n#" * MOST_BYTES, None),
        (ONE_RULE.encode() + b"a" + b".a" * 10_000 + b" = 1\n", 5),
        (ONE_RULE.encode() + b"x = " + b"[" * 10_000, None),
        (ONE_RULE.replace("verdict", "phrase").encode() + b'phrases = ["' + b"a/b " * 1_000 + b'"]\n', 5),
        (
            ONE_RULE.replace("verdict", "phrase").encode()
            + b"phrases = [\n"
            + b"".join(b'"%d %s",\n' % (number, b"a/b " * 8) for number in range(300))
            + b"]\n",
            # 256 wordings a phrase: the 196th, in the sixth line and those after it, is one too many.
            6 + 195,
        ),
    ],
    ids=[
        "Latin-1", "UTF-16", "NUL", "too large", "too many dots", "too many brackets", "one phrase explodes",
        "all phrases explode",
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_one_mistake(
    capsys: pytest.CaptureFixture[str], content: bytes, line: int | None
) -> None:
    status, said = check(capsys, content)

    assert status == 2
    assert len(said["mistakes"]) == 1
    assert said["mistakes"][0]["line"] == line
    assert said["mistakes"][0]["fix"]


def test_no_more_of_a_file_is_read_than_a_policy_may_have() -> None:
    with pytest.raises(PolicyError, match="larger than 500,000 bytes"):
        read_policy(Path("/dev/zero"), SlackIds())


def rules(*tables: str) -> str:
    return "version = 1\n" + "".join(f"[[rule]]\n{table}\n" for table in tables)


CONFIDENCE = 'condition = "confidence"\nlevels = ["low"]'


@pytest.mark.parametrize(
    ("first", "second", "covered"),
    [
        ('levels = ["low", "medium"]', 'levels = ["low"]', ("b", "a")),
        ('levels = ["low"]', 'levels = ["low"]\nabsent = true', ("a", "b")),
        ('levels = ["low", "medium"]', 'levels = ["low"]\npriority = "high"', None),
        ('levels = ["low", "medium"]', 'levels = ["low"]\nshow_answer = false', None),
        ('levels = ["low", "medium"]\nhandoff = "offer"', 'levels = ["low"]', None),
        ('levels = ["low", "medium"]', 'levels = ["low"]\ntell = "x"', None),
        ('levels = ["low", "medium"]\ntell = "y"', 'levels = ["low"]\ntell = "x"', ("b", "a")),
        ('levels = ["low", "medium"]\nticket = false', 'levels = ["low"]', None),
        ('levels = ["low"]', 'levels = ["medium"]', None),
    ],
)
def test_a_rule_is_covered_by_one_that_fires_with_it_and_goes_as_far(
    first: str, second: str, covered: tuple[str, str] | None
) -> None:
    tables = (f'name = "{name}"\ncondition = "confidence"\n{lines}' for name, lines in (("a", first), ("b", second)))

    found = [(each.rule.name, each.by.name) for each in covered_rules(load_policy(rules(*tables), ids=SlackIds()))]

    assert found == ([covered] if covered else [])


@pytest.mark.parametrize(
    ("first", "second", "is_covered"),
    [
        ('phrase"\nphrases = ["payslip"]', 'phrase"\nphrases = ["my payslip", "payslip/payslip form"]', True),
        ('sensitive"\n[rule.topics]\npay = ["payslip"]', 'phrase"\nphrases = ["my payslip"]', False),
        ('phrase"\nphrases = ["payslip"]', 'sensitive"\n[rule.topics]\npay = ["my payslip"]', True),
        ('phrase"\nphrases = ["my payslip"]', 'phrase"\nphrases = ["payslip"]', False),
        ('phrase"\nwhole = ["payslip"]', 'phrase"\nwhole = ["payslip please"]', True),
        ('phrase"\nwhole = ["payslip"]', 'phrase"\nphrases = ["payslip"]', False),
        ('phrase"\nphrases = ["payslip"]\nunless = ["old"]', 'phrase"\nphrases = ["my payslip"]', False),
        ('phrase"\nphrases = ["payslip"]', 'phrase"\nphrases = ["my payslip"]\nunless = ["old"]', True),
        ('sensitive"\nbuilt_in = ["payroll", "dismissal"]', 'sensitive"\nbuilt_in = ["payroll"]', True),
        ('unresolved"\ncount = 2\nwithin_minutes = 60', 'unresolved"\ncount = 3\nwithin_minutes = 60', True),
        ('unresolved"\ncount = 2\nwithin_minutes = 60', 'unresolved"\ncount = 3\nwithin_minutes = 90', False),
        ('unavailable"\nminutes = 5', 'unavailable"\nminutes = 10', True),
    ],
)
def test_words_numbers_and_times_are_compared(first: str, second: str, is_covered: bool) -> None:
    """The button “Talk to a person” fires the first phrase rule, so that one is never covered."""
    tables = (f'name = "{name}"\ncondition = "{lines}' for name, lines in (("a", first), ("b", second)))

    found = [each.rule.name for each in covered_rules(load_policy(rules(*tables), ids=SlackIds()))]

    assert found == (["b"] if is_covered else [])


def test_a_rule_that_no_conversation_can_meet_is_named() -> None:
    policy = rules(
        'name = "too fast"\ncondition = "unresolved"\ncount = 50\nwithin_minutes = 0.1',
        'name = "fast"\ncondition = "unresolved"\ncount = 3\nwithin_minutes = 0.1',
        f'name = "too long"\ncondition = "phrase"\nphrases = ["{"word " * 3_000}"]',
    )

    assert [rule.name for rule in rules_that_never_fire(load_policy(policy, ids=SlackIds()))] == [
        "too fast",
        "too long",
    ]


def test_a_warning_has_the_line_of_its_rule_and_a_fix(capsys: pytest.CaptureFixture[str]) -> None:
    wide, narrow = (f'name = "{levels}"\n{CONFIDENCE.replace("low", levels)}' for levels in ('low", "none', "low"))

    status, said = check(capsys, rules(wide.replace('name = "low", "none"', 'name = "wide"'), narrow))

    assert status == 0
    assert said["mistakes"] == []
    assert said["warnings"] == [
        {
            "line": 6,
            "rule": "low",
            "text": "It makes no difference: whenever it fires, “wide” does, with consequences that go as far.",
            "fix": "Remove one of the two.",
        }
    ]


def fill(tx: Transaction) -> None:
    """Ten questions of the last month and one from before it: 'often' fired for four of them, 'seldom' for three."""
    for number in range(11):
        asked_at = time.time() - (40 * 86_400.0 if number == 10 else 60.0)
        tx.questions.add(
            Question(
                id=f"que_{number}", conversation_id="con_1", surface=SURFACE, channel="D1", thread="1.1",
                message=f"{number}.1", employee="U0MIA", text="?", state=QuestionState.ANSWERED, sent_at=asked_at,
                asked_at=asked_at,
            )
        )  # fmt: skip
    fired = [("often", number) for number in (0, 1, 2, 3, 3, 10)] + [("seldom", number) for number in (4, 5, 6, 10)]
    for number, (rule, question) in enumerate(fired):
        tx.decisions.add(
            DecisionRecord(
                id=f"dec_{number}", conversation_id="con_1", question_id=f"que_{question}", handoff_id=None,
                rules=(rule,), reasons=("",), fingerprint="f", decided_at=time.time(),
            )
        )  # fmt: skip


def test_a_rule_that_fired_for_more_than_a_third_of_the_month_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    async def fill_database() -> None:
        async with store_at(f"sqlite:///{tmp_path / 'desk.sqlite'}") as store:
            await store.run(fill)

    asyncio.run(fill_database())
    tables = ('name = "often"\ncondition = "verdict"', 'name = "seldom"\ncondition = "unavailable"\nminutes = 1')

    status, said = check(capsys, rules(*tables), "--database", str(tmp_path / "desk.sqlite"))

    assert status == 0
    assert [(each["line"], each["rule"], each["text"]) for each in said["warnings"]] == [
        (2, "often", "It fired for 4 of the 10 questions of the last 30 days.")
    ]


def test_a_database_that_cannot_be_read_is_said_and_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.toml").write_text(ONE_RULE, encoding="utf-8")

    status, out, err = run(capsys, "mine.toml", "--database", "missing.sqlite")

    assert (status, out) == (0, "mine.toml: no mistakes, no warnings.\n")
    assert err.startswith("uppzy-desk: How often the rules fired is not known. There is no database missing.sqlite")
