"""The command line: output, errors and exit status of every command."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli.commands import main
from bot.cli.process import raise_open_file_limit
from bot.helpdesk.model.content import EmployeeNotice
from bot.helpdesk.model.conversation import Answer, Conversation, Question, QuestionState
from bot.helpdesk.model.effects import Effect, EffectState, PostMessage
from bot.helpdesk.model.job import JobKind, ScheduledJob
from bot.helpdesk.model.target import EmployeeThread
from bot.logs import OURS
from sandbox.slack import LocalSlack
from sandbox.uppzy import LocalUppzy
from sandbox.world import HANDOFF_CHANNEL, MIA, populate
from storage.inspection import inspect
from storage.repositories import Transaction
from storage.sqlite.store import SqliteStore
from tests.addresses import SURFACE, thread_at
from tests.bot_process import fork
from tests.deadlines import HUNG_OFF_LOOP

ROOT = Path(__file__).resolve().parent.parent
SECRET = "Tulip-Garden-42"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The empty folder in which every command runs."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root, ours = logging.getLogger(), [logging.getLogger(name) for name in OURS]
    before, handlers = [(logger, logger.level) for logger in (root, *ours)], root.handlers[:]
    yield
    root.handlers[:] = handlers
    for logger, level in before:
        logger.setLevel(level)


@dataclass(frozen=True, slots=True)
class Said:
    """The exit status and the output of a command."""

    status: int
    out: str
    err: str


class Desk:
    """The command, run in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Said:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        captured = self._capsys.readouterr()
        return Said(int(ended.value.code or 0), captured.out, captured.err)


@pytest.fixture
def desk(capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(capsys)


class StandIns:
    """A local Slack and a local Uppzy in a separate thread, because commands use the event loop of the main one."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._up, self._down = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._serve()))

    async def _serve(self) -> None:
        async with LocalSlack() as self.slack, LocalUppzy() as self.uppzy:
            populate(self.slack)
            self._up.set()
            await self._down.wait()

    def start(self) -> None:
        self._thread.start()
        assert self._up.wait(HUNG_OFF_LOOP)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._down.set)
        self._thread.join()
        self._loop.close()

    def do(self, work: Coroutine[Any, Any, object]) -> None:
        """Runs a coroutine in the event loop of the stand-ins."""
        asyncio.run_coroutine_threadsafe(work, self._loop).result(HUNG_OFF_LOOP)

    def settings(self, **changed: str) -> dict[str, str]:
        values = {
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_SIGNING_SECRET": self.slack.signing_secret,
            "SLACK_API_URL": self.slack.api_url,
            "HANDOFF_CHANNEL": HANDOFF_CHANNEL,
            "UPPZY_BASE_URL": self.uppzy.base_url,
            "UPPZY_API_KEY": self.uppzy.api_key,
            "UPPZY_TENANT_ID": self.uppzy.tenant_id,
            "UPPZY_SITE_ID": self.uppzy.site_id,
            "PORT": "0",
        }
        return {**values, **changed}


@pytest.fixture(scope="module")
def stand_ins() -> Iterator[StandIns]:
    both = StandIns()
    both.start()
    yield both
    both.stop()


def write_env(folder: Path, settings: dict[str, str], name: str = ".env") -> Path:
    file = folder / name
    file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()), encoding="utf-8")
    return file


# Help, manifest, rules.


def test_help_names_every_command_and_where_to_begin(desk: Desk) -> None:
    said = desk("--help")

    assert said.status == 0
    for command in ("run", "check", "demo", "manifest", "find", "rules", "redact", "export", "probe", "migrate"):
        assert f"\n  {command} " in said.out
    assert "uppzy-desk check" in said.out
    assert "..." not in said.out.partition("Commands:")[2]


def test_the_version_is_said(desk: Desk) -> None:
    said = desk("--version")

    assert (said.status, said.err) == (0, "")
    assert said.out.startswith("uppzy-desk")


@pytest.mark.parametrize("command", ["--help", "manifest"])
def test_what_needs_neither_slack_nor_a_database_does_not_wait_for_them(command: str) -> None:
    script = (
        "import atexit, sys; from bot.cli.commands import main\n"
        "atexit.register(lambda: sys.stderr.write(' '.join(m for m in "
        "('slack_sdk', 'slack_bolt', 'sqlalchemy', 'alembic', 'aiohttp', 'httpx') if m in sys.modules)))\n"
        f"main([{command!r}])"
    )

    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=HUNG_OFF_LOOP
    )

    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_manifest_can_be_pasted(desk: Desk) -> None:
    manifest = yaml.safe_load(desk("manifest").out)
    classic = yaml.safe_load(desk("manifest", "--classic", "--http", "https://desk.example.com").out)

    assert manifest["settings"]["socket_mode_enabled"] is True
    assert "agent_view" not in classic["features"]
    assert classic["settings"]["event_subscriptions"]["request_url"] == "https://desk.example.com/slack/events"


def test_a_manifest_for_no_address_is_refused(desk: Desk) -> None:
    said = desk("manifest", "--http", "nonsense")

    assert (said.status, said.out) == (2, "")
    assert said.err == "uppzy-desk: The address must look like https://desk.example.com, not 'nonsense'.\n"


def test_the_package_of_the_teams_app_is_written(desk: Desk, folder: Path) -> None:
    write_env(folder, {"TEAMS_APP_ID": "00000000-bbbb-4000-8000-000000000002"})

    printed = desk("manifest", "--teams", "--website", "https://help.example.com")
    written = desk("manifest", "--teams", "--out", "desk.zip")

    assert json.loads(printed.out)["developer"]["privacyUrl"] == "https://help.example.com"
    assert written.out == "Written: desk.zip\n"
    assert (folder / "desk.zip").read_bytes().startswith(b"PK")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--teams"], "TEAMS_APP_ID is not set: it is the application (client) id of the app registration."),
        (["--teams", "--classic"], "--classic is an option that only Slack has."),
        (["--teams", "--http", "https://desk.example.com"], "--http is an option that only Slack has."),
        (["--out", "desk.zip"], "--out is an option that only --teams has."),
        (["--website", "https://help.example.com"], "--website is an option that only --teams has."),
    ],
)
def test_options_that_do_not_belong_together_are_refused(desk: Desk, arguments: list[str], said: str) -> None:
    refused = desk("manifest", *arguments)

    assert (refused.status, refused.out, refused.err) == (2, "", f"uppzy-desk: {said}\n")


# Redact.


def test_a_file_is_shown_as_it_would_leave(desk: Desk, folder: Path) -> None:
    (folder / "text.txt").write_text("Grüße,\nmy password is hunter2\n", encoding="utf-8")

    said = desk("redact", "text.txt")

    assert (said.status, said.err) == (0, "")
    assert said.out == "Grüße,\nmy password is [redacted: password]\n"


def test_the_places_of_what_was_found_are_those_of_the_text_that_was_given(desk: Desk, folder: Path) -> None:
    text = "Größe: pass\u200bword: hun\u200bter2, PIN 4711"
    (folder / "text.txt").write_text(text, encoding="utf-8")

    told = json.loads(desk("redact", "--json", "text.txt").out)

    assert told["text"] == "Größe: pass\u200bword: [redacted: password], PIN [redacted: pin]"
    assert [(one["kind"], text[one["start"] : one["end"]]) for one in told["found"]] == [
        ("password", "hun\u200bter2"),
        ("pin", "4711"),
    ]


LINES = "card 4111 1111\\n> 1111 1111\n\nC:\\\\new and pw: hunter2\nDas ist schön\r\n"


def test_each_line_is_a_text_for_itself(desk: Desk, folder: Path) -> None:
    (folder / "lines.txt").write_bytes(LINES.encode())

    said = desk("redact", "--lines", "lines.txt")

    assert said.out == ("card [redacted: card number]\n\nC:\\\\new and pw: [redacted: password]\nDas ist schön\n")


def test_each_line_gives_a_line_of_json(desk: Desk, folder: Path) -> None:
    (folder / "lines.txt").write_bytes(LINES.encode())

    told = [json.loads(line) for line in desk("redact", "--lines", "--json", "lines.txt").out.splitlines()]

    assert [one["text"] for one in told] == [
        "card [redacted: card number]",
        "",
        "C:\\new and pw: [redacted: password]",
        "Das ist schön",
    ]
    assert told[0]["found"] == [{"kind": "card number", "start": 5, "end": 26}]
    assert told[1]["found"] == told[3]["found"] == []


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_the_standard_input_is_read_as_utf_8_whatever_the_locale(arguments: list[str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "bot", "redact", "--json", *arguments],
        input="Das Paßwort lautet Größe7".encode(),
        cwd=ROOT,
        env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        check=True,
    )

    assert json.loads(ended.stdout.decode()) == {
        "text": "Das Paßwort lautet [redacted: password]",
        "found": [{"kind": "password", "start": 19, "end": 25}],
    }


def test_what_cannot_be_read_is_said_in_one_sentence(desk: Desk, folder: Path) -> None:
    (folder / "latin1.txt").write_bytes("schön".encode("latin-1"))

    missing, wrong, directory = desk("redact", "missing.txt"), desk("redact", "latin1.txt"), desk("redact", ".")

    assert [said.status for said in (missing, wrong, directory)] == [2, 2, 2]
    assert missing.err == "uppzy-desk: The file missing.txt can't be read: No such file or directory.\n"
    assert wrong.err == "uppzy-desk: The file latin1.txt isn't UTF-8 text (byte 4). Save it as UTF-8.\n"
    assert directory.err == "uppzy-desk: The file . can't be read: Is a directory.\n"
    assert missing.out + wrong.out + directory.out == ""


def test_the_rules_are_read_back_without_any_tokens(desk: Desk) -> None:
    said = desk("rules")

    assert said.status == 0
    assert said.out.startswith("1. asks for a person: when ")
    assert "fingerprint" in said.out.splitlines()[-1]
    assert "the employee is told “A colleague answers" in said.out
    assert said.out.count("agents read the question only through “Reveal”") == 2
    assert said.out.count("Warning: rule “") == said.out.count("has no channel of its own") == 2


@pytest.mark.parametrize(("required", "said"), [("true", "must say in words how"), ("false", "may say in words how")])
def test_how_people_work_a_handoff_is_read_back_too(desk: Desk, folder: Path, required: str, said: str) -> None:
    rule = 'version = 1\n[[rule]]\nname = "only one"\ncondition = "verdict"\nrating = "bad"\n'
    (folder / "mine.toml").write_text(f"{rule}[handoff]\nresolution_required = {required}\n", encoding="utf-8")

    assert f"Whoever resolves a handoff {said}." in desk("rules", "--check", "mine.toml").out


def test_the_policy_in_use_is_the_one_that_the_settings_name(desk: Desk, folder: Path) -> None:
    policy = 'version = 1\n[[rule]]\nname = "only one"\ncondition = "verdict"\nrating = "bad"\n'
    (folder / "mine.toml").write_text(policy, encoding="utf-8")
    write_env(folder, {"POLICY_FILE": "mine.toml"})

    assert desk("rules").out.startswith("1. only one: ")


def test_a_policy_with_mistakes_is_refused_with_all_of_them(desk: Desk, folder: Path) -> None:
    (folder / "bad.toml").write_text('version = 1\nfoo = 1\n[[rule]]\nname = "x"\ncondition = "y"\n', encoding="utf-8")

    said = desk("rules", "--check", "bad.toml")

    assert said.status == 2
    assert "foo" in said.err
    assert len(said.err.splitlines()) >= 3
    assert "Traceback" not in said.err


def test_a_sentence_is_tried_and_told_which_rules_fire_and_why(desk: Desk) -> None:
    fires, quiet = desk("rules", "try", "Can I talk to a person?"), desk("rules", "try", "the printer is jammed")

    assert (fires.status, quiet.status) == (0, 0)
    assert fires.out == (
        "Can I talk to a person?\n  asks for a person: The employee asked for a person: “Can I talk to a person”.\n"
    )
    assert quiet.out == "the printer is jammed\n  No rule fires.\n"


def test_a_file_of_sentences_is_tried_line_by_line_as_json(desk: Desk, folder: Path) -> None:
    (folder / "lines.txt").write_bytes("\ufeffIch will kündigen\r\n\n  \n人工客服\nhello \\n".encode())

    said = desk("rules", "try", "--file", "lines.txt", "--json")

    assert said.status == 0
    assert [json.loads(line) for line in said.out.splitlines()] == [
        {"text": "Ich will kündigen", "fired": ["pay and personal matters"]},
        {"text": "人工客服", "fired": ["asks for a person"]},
        {"text": "hello \\n", "fired": []},
    ]
    assert "kündigen" in said.out


def test_sentences_are_tried_on_the_policy_in_use_or_on_the_one_to_check(desk: Desk, folder: Path) -> None:
    policy = 'version = 1\n[[rule]]\nname = "mine"\ncondition = "phrase"\nphrases = ["red phone"]\n'
    (folder / "mine.toml").write_text(policy, encoding="utf-8")
    tried = ("try", "ring the red phone", "--json")

    assert desk("rules", "--check", "mine.toml", *tried).out == desk("rules", *tried, "--check", "mine.toml").out
    write_env(folder, {"POLICY_FILE": "mine.toml"})
    assert json.loads(desk("rules", *tried).out)["fired"] == ["mine"]


def test_what_cannot_be_tried_is_a_problem_and_no_traceback(desk: Desk, folder: Path) -> None:
    (folder / "latin1.txt").write_bytes("schön".encode("latin-1"))

    nothing, both = desk("rules", "try"), desk("rules", "try", "x", "--file", "y")
    missing, wrong = desk("rules", "try", "--file", "missing.txt"), desk("rules", "try", "--file", "latin1.txt")

    assert {said.status for said in (nothing, both, missing, wrong)} == {2}
    assert nothing.err == both.err
    assert nothing.err == ("uppzy-desk: Say what to try: a sentence in quotes, or --file with a file of sentences.\n")
    assert "missing.txt can't be read" in missing.err
    assert "latin1.txt isn't UTF-8" in wrong.err


def test_an_env_file_that_is_no_text_is_a_problem_and_no_traceback(desk: Desk, folder: Path) -> None:
    (folder / ".env").write_bytes(b"POLICY_FILE=\xff\n")

    said = desk("rules")

    assert said.status == 2
    assert "UTF-8" in said.err


# Settings.


@pytest.mark.parametrize("command", [["run"], ["check"], ["migrate"], ["find", "HD-1"]])
def test_every_problem_of_the_settings_is_said_at_once(desk: Desk, command: list[str]) -> None:
    said = desk(*command)

    assert said.status == 2
    assert said.err.startswith("uppzy-desk: 4 problems to fix first:\n- SLACK_BOT_TOKEN or TEAMS_APP_ID must be")
    assert len(said.err.splitlines()) == 5


def test_a_single_problem_is_one_line(desk: Desk, folder: Path, stand_ins: StandIns) -> None:
    write_env(folder, stand_ins.settings(HANDOFF_CHANNEL="#support"))

    said = desk("check")

    assert said.status == 2
    assert said.err.startswith("uppzy-desk: HANDOFF_CHANNEL must be a channel id")
    assert len(said.err.splitlines()) == 1


@pytest.mark.parametrize("command", ["check", "rules"])
def test_an_env_file_that_is_not_there_is_a_problem(desk: Desk, command: str) -> None:
    said = desk(command, "--env-file", "elsewhere.env")

    assert said.status == 2
    assert "'elsewhere.env'" in said.err


# Check.


def test_the_check_of_a_sound_installation_ends_with_0(desk: Desk, folder: Path, stand_ins: StandIns) -> None:
    write_env(folder, stand_ins.settings(), "other.env")

    said = desk("check", "--env-file", "other.env")

    assert (said.status, said.err) == (0, "")
    *lines, _, last = said.out.splitlines()
    warnings = [line for line in lines if not line.startswith("✓ ")]
    assert [line.split(" has no channel")[0] for line in warnings] == [
        "! Policy: rule “matter of trust”",
        "! Policy: rule “pay and personal matters”",
    ]
    assert last == "The desk can run."


def test_the_check_of_a_broken_installation_ends_with_1(desk: Desk, folder: Path, stand_ins: StandIns) -> None:
    write_env(folder, stand_ins.settings(UPPZY_API_KEY="wrong"))

    said = desk("check")

    assert said.status == 1
    assert [line[0] for line in said.out.splitlines() if line.startswith(("✗", "!"))] == ["!", "!", "✗"]
    assert said.out.endswith("\n1 of 11 checks failed.\n")


# Migrate and find.


def test_a_new_database_is_brought_up_to_date_once(desk: Desk, folder: Path) -> None:
    newest = inspect(folder / "desk.db").wanted

    assert desk("migrate", "--database", "desk.db").out == f"desk.db was brought from version none to {newest}.\n"
    assert desk("migrate", "--database", "desk.db").out == f"desk.db is at version {newest} already.\n"


def test_a_database_of_a_newer_desk_is_refused(desk: Desk, folder: Path) -> None:
    desk("migrate", "--database", "desk.db")
    with sqlite3.connect(folder / "desk.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()

    said = desk("migrate", "--database", "desk.db")

    assert said.status == 2
    assert "Install a newer one" in said.err


def filled(path: Path) -> Path:
    async def fill() -> None:
        async with SqliteStore(path) as store:
            await store.run(add_conversation)

    asyncio.run(fill())
    return path


CONVERSATION = Conversation(
    id="con_1",
    workspace="T1",
    surface=SURFACE,
    channel="D1",
    thread="1.1",
    employee=MIA,
    session_id="desk-1-1",
    opened_at=1,
    last_at=1,
)
QUESTION = Question(
    id="que_1",
    conversation_id="con_1",
    surface=SURFACE,
    channel="D1",
    thread="1.1",
    message="1.1",
    employee=MIA,
    text=f"My password is {SECRET} and my screen is \x1b[2Jblue",
    state=QuestionState.ANSWERED,
    sent_at=1,
    asked_at=1,
)
ANSWER = Answer(
    id="ans_1",
    question_id="que_1",
    conversation_id="con_1",
    session_id="desk-1-1",
    request_id="req_1",
    text="[bold]Turn[/bold] it off",
    confidence_level="low",
    confidence_score=0.25,
    answered_at=2,
)
FAILED = Effect(
    id="eff_1",
    key="told",
    lane="talk:con_1",
    subject="con_1",
    body=PostMessage(content=EmployeeNotice(text="words"), to=EmployeeThread(thread_at("D1", "1.1"))),
    state=EffectState.FAILED,
    attempts=4,
    error="NotFoundError slack channel_not_found",
    decided_at=3,
)


SCHEDULED = ScheduledJob(
    id="job_1",
    key="close_idle:con_1:60.0",
    kind=JobKind.CLOSE_IDLE,
    subject="con_1",
    lane="scheduled:1",
    due_at=60.0,
    trace="evt_1",
    scheduled_at=2,
)


def add_conversation(tx: Transaction) -> None:
    tx.conversations.add(CONVERSATION)
    tx.questions.add(QUESTION)
    tx.answers.add(ANSWER)
    tx.effects.add(FAILED)
    tx.scheduled_jobs.add(SCHEDULED)


def test_what_is_found_is_shown_as_a_tree_without_anybodys_words(desk: Desk, folder: Path) -> None:
    filled(folder / "desk.db")

    said = desk("find", "req_1", "--database", "desk.db")

    assert said.status == 0
    for part in ("Found as Uppzy request", "conversation con_1", MIA, "desk-1-1", "confidence low (0.25)", "✗ eff_1"):
        assert part in said.out
    assert "channel_not_found" in said.out
    assert "close_idle due 1970-01-01 00:01:00Z" in said.out
    assert "blue" not in said.out
    assert "Turn" not in said.out


def test_words_are_shown_when_asked_for_without_secrets_and_without_steering_the_terminal(
    desk: Desk, folder: Path
) -> None:
    filled(folder / "desk.db")

    said = desk("find", "con_1", "--text", "--database", "desk.db")

    assert "my screen is" in said.out
    assert "[bold]Turn[/bold] it off" in said.out
    assert SECRET not in said.out
    assert "\x1b" not in said.out


@pytest.mark.parametrize("text", [False, True])
def test_what_is_found_is_json_for_programs(desk: Desk, folder: Path, text: bool) -> None:
    filled(folder / "desk.db")

    said = desk("find", "con_1", "--json", "--database", "desk.db", *(["--text"] if text else []))

    (conversation,) = json.loads(said.out)["conversations"]
    (question,) = conversation["questions"]
    assert question["answer"]["request_id"] == "req_1"
    assert conversation["effects"][0]["state"] == "failed"
    assert ("text" in question["question"]) is text
    assert SECRET not in said.out


def test_an_identifier_nobody_knows_ends_with_1_and_says_what_could_be_looked_up(desk: Desk, folder: Path) -> None:
    filled(folder / "desk.db")

    said = desk("find", "req_9", "--database", "desk.db")

    assert (said.status, said.out) == (1, "")
    assert "Nothing is known of 'req_9'" in said.err
    assert "ticket" in said.err


def test_the_database_to_look_in_is_the_one_that_the_settings_name(
    desk: Desk, folder: Path, stand_ins: StandIns
) -> None:
    filled(folder / "mine.db")
    write_env(folder, stand_ins.settings(DATABASE_URL="sqlite:///mine.db"))

    assert desk("find", "con_1").status == 0


# Run and demo, as child processes.


class Process:
    """A command as a child process, forked from one that has its modules loaded."""

    def __init__(self, folder: Path, *arguments: str, **settings: str) -> None:
        output = folder / "output"
        os.mkfifo(output)
        self._process = fork(("bot", *arguments), folder, settings, output)
        self._output = output.open(encoding="utf-8")

    def read_until(self, word: str) -> str:
        """Reads and returns the output up to the line with `word`."""
        lines = []
        for line in self._output:
            lines.append(line)
            if word in line:
                return "".join(lines)
        raise AssertionError("".join(lines))

    def signal(self, number: signal.Signals) -> None:
        assert self._process.pid is not None
        os.kill(self._process.pid, number)

    def end(self) -> tuple[int, str]:
        """Waits for the end; returns the exit status and the rest of the output."""
        rest = self._output.read()
        self._process.join(HUNG_OFF_LOOP)
        assert self._process.exitcode is not None
        return self._process.exitcode, rest

    def kill(self) -> None:
        self._process.kill()
        self._process.join()
        self._output.close()


@contextmanager
def started(folder: Path, *arguments: str, **settings: str) -> Iterator[Process]:
    process = Process(folder, *arguments, **settings)
    try:
        yield process
    finally:
        process.kill()


def test_the_desk_says_when_it_is_ready_and_ends_when_told_to(folder: Path, stand_ins: StandIns) -> None:
    """The one test of these that starts the command as in production, with nothing loaded before.

    It also looks at what a running bot imports: a line of Python's own report for each module.
    """
    settings = stand_ins.settings(LOG_FORMAT="json", LOG_LEVEL="debug")
    command = [sys.executable, "-m", "bot", "run"]
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(ROOT),
        "PYTHONPROFILEIMPORTTIME": "1",
        **settings,
    }

    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        try:
            before: list[str] = []
            for line in process.stdout:
                before.append(line)
                if '"ready"' in line:
                    break
            process.terminate()
            rest, _ = process.communicate(timeout=HUNG_OFF_LOOP)
        finally:
            process.kill()

    ready = json.loads(before[-1])
    imported = {line.rpartition("|")[2].strip() for line in before if line.startswith("import time:")}
    assert process.returncode == 0
    assert ready["mode"] == "http"
    assert '"stopping"' in rest
    assert "bot.app" in imported
    assert imported & {"yaml", "rich.segment", "pygments.plugin", "sandbox", "bot.preflight"} == set()
    for secret in (stand_ins.slack.bot_token, stand_ins.slack.signing_secret, stand_ins.uppzy.api_key):
        assert secret not in f"{ready}{rest}"


def test_a_second_signal_ends_the_desk_at_once(folder: Path, stand_ins: StandIns) -> None:
    stand_ins.uppzy.latency = 60.0
    asked = stand_ins.uppzy.calls.total()
    try:
        with started(folder, "run", **stand_ins.settings()) as process:
            url = process.read_until("ready").split("url=")[1].split()[0]
            stand_ins.slack.events_url = f"{url}/slack/events"
            stand_ins.do(stand_ins.slack.dm(MIA, "My laptop hums"))
            stand_ins.do(stand_ins.uppzy.wait_for(lambda: stand_ins.uppzy.calls.total() > asked))
            process.signal(signal.SIGINT)
            process.read_until("stopping")
            process.signal(signal.SIGINT)
            status, _ = process.end()
    finally:
        stand_ins.uppzy.latency = 0.0

    assert status == 128 + signal.SIGINT


def test_a_hang_up_makes_the_desk_read_its_policy_again(desk: Desk, folder: Path, stand_ins: StandIns) -> None:
    policy = 'version = 1\n[[rule]]\nname = "only one"\ncondition = "verdict"\n'
    (folder / "mine.toml").write_text(policy, encoding="utf-8")
    settings = stand_ins.settings(POLICY_FILE="mine.toml", DATABASE_URL="sqlite:///desk.db")
    with started(folder, "run", **settings) as process:
        process.read_until("ready")
        (folder / "mine.toml").write_text(f"{policy}ticket = false\n", encoding="utf-8")
        process.signal(signal.SIGHUP)
        process.read_until("policy_changed")
        (folder / "mine.toml").write_text(f"{policy}tickets = false\n", encoding="utf-8")
        process.signal(signal.SIGHUP)
        refused = process.read_until("policy_refused").splitlines()[-1]
        process.signal(signal.SIGTERM)
        status, _ = process.end()

    changes = json.loads(desk("rules", "history", "--format", "json", "--database", "desk.db").out)
    assert status == 0
    assert "line=5" in refused
    assert [change["diff"].splitlines()[-1:] for change in changes] == [[], ["+ticket = false"]]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-wrong"}, "uppzy-desk: Slack refused: invalid_auth."),
        ({"PORT": "taken"}, "address already in use"),
    ],
)
def test_what_keeps_the_desk_from_starting_is_one_message(
    desk: Desk, folder: Path, stand_ins: StandIns, changed: dict[str, str], message: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = {"PORT": str(taken.getsockname()[1])} if "PORT" in changed else {}
        write_env(folder, stand_ins.settings(**{**changed, **port}))

        said = desk("run")

    assert (said.status, said.out) == (2, "")
    assert message in said.err.splitlines()[-1]
    assert "Traceback" not in said.err


def test_a_desk_that_cannot_start_yet_ends_when_told_to(folder: Path, stand_ins: StandIns) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(HUNG_OFF_LOOP)
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/api/"
        with started(folder, "run", **stand_ins.settings(SLACK_API_URL=address)) as process:
            connection, _ = silent.accept()
            process.signal(signal.SIGTERM)
            status, said = process.end()
            connection.close()

    assert (status, said) == (0, "")


def test_the_demo_says_where_it_is_and_ends_when_told_to(folder: Path) -> None:
    with started(folder, "demo", "--port", "0") as process:
        said = process.read_until("ready")
        process.signal(signal.SIGINT)
        status, _ = process.end()

    assert "http://127.0.0.1:" in said
    assert status == 0


def test_the_demo_keeps_its_tickets_where_it_is_told_to(folder: Path) -> None:
    rt = {"RT_URL": "http://127.0.0.1:9", "RT_TOKEN": "1-2-rt", "RT_QUEUE": "Support"}
    with started(folder, "demo", "--port", "0", "--tickets", "rt", **rt) as process:
        process.read_until("ready")
        process.signal(signal.SIGINT)
        assert process.end()[0] == 0


def test_the_demo_says_what_its_options_lack(desk: Desk, folder: Path) -> None:
    (folder / ".env").write_text("RT_URL=http://127.0.0.1:9\n", encoding="utf-8")

    lacking = desk("demo", "--port", "0", "--tickets", "rt")
    confused = desk("demo", "--story", "--tickets", "rt")
    unrecordable = desk("demo", "--record", "pictures", "--tickets", "rt")
    unspoken = desk("demo", "--port", "0", "--language", "tlh")
    elsewhere = desk("demo", "--story", "--teams")

    assert (lacking.status, confused.status, unrecordable.status, unspoken.status, elsewhere.status) == (2, 2, 2, 2, 2)
    assert "--story and --record show Slack alone" in elsewhere.err
    assert "does not speak “tlh”: --language takes de, en, es, fr" in unspoken.err
    assert "leave out --record, or --tickets" in unrecordable.err
    assert "RT_TOKEN is not set" in lacking.err
    assert "RT_QUEUE is not set" in lacking.err


def test_as_many_files_may_be_open_as_the_system_allows() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 512), hard))
    try:
        raise_open_file_limit()

        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == hard
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
