"""The documents agree with the code wherever a test can compare them."""

from __future__ import annotations

import ast
import functools
import importlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic_core import PydanticUndefined
from typer.main import get_command

from bot.cli.commands import application
from bot.helpdesk.escalation import Condition
from bot.helpdesk.escalation.hours import WEEKDAYS
from bot.helpdesk.handoffs.transition_table import TRANSITIONS
from bot.helpdesk.lanes import Lane
from bot.helpdesk.messages.anyone import LONGEST_QUESTION
from bot.helpdesk.model.effects import BODIES, EffectState
from bot.helpdesk.model.handoff import HandoffState
from bot.helpdesk.model.job import JobKind
from bot.helpdesk.redaction import Kind
from bot.helpdesk.scheduled_jobs import SCHEDULED_JOBS
from bot.policy_file import load_policy
from bot.policy_file.tables import CONDITIONS, TABLES
from bot.preflight import check
from bot.settings import TICKET_VARIABLES, VARIABLES, Settings
from bot.slack.ids import SlackIds
from bot.slack.received.content import NOTICES, WRITTEN
from sandbox.slack import LocalSlack
from sandbox.uppzy import LocalUppzy
from sandbox.world import local_settings, populate
from storage import models
from tests.policies import shipped_policy

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def section(name: str, heading: str) -> str:
    """Returns the text under a heading, up to the next one of the same level."""
    found = re.search(rf"^(#+) {re.escape(heading)}\n(.*?)(?=^\1 |\Z)", text_of(name), re.MULTILINE | re.DOTALL)
    assert found is not None, heading
    return found[2]


def rows(text: str) -> list[list[str]]:
    """Returns the cells of all tables in a text, without the header rows."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    heads = {at for at, line in enumerate(lines[1:]) if set(line) <= set("|-: ")}
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for at, line in enumerate(lines)
        if at not in heads and at - 1 not in heads
    ]


def names(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


# Links.


def links() -> Iterator[tuple[Path, str]]:
    for document in DOCUMENTS:
        prose = re.sub(r"^ *```.*?^ *```", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        for target in LINK.findall(prose):
            if "://" not in target:
                yield document, target


def anchors(document: Path) -> set[str]:
    """Returns the anchors that GitHub makes of the headings of a document."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_link_between_documents_leads_somewhere() -> None:
    broken = []
    for document, target in links():
        if target.endswith(".png"):
            continue
        path, _, anchor = target.partition("#")
        there = (document.parent / path).resolve() if path else document
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(f"{document.name}: {target}")

    assert broken == []


@pytest.mark.skipif(not (ROOT / "docs/images").is_dir(), reason="no picture has been taken yet")
def test_every_picture_that_a_document_shows_is_there() -> None:
    shown = [document.parent / target for document, target in links() if target.endswith(".png")]

    assert [picture.name for picture in shown if not picture.is_file()] == []


def test_every_document_can_be_reached_from_the_readme() -> None:
    reached, todo = set(), [ROOT / "README.md"]
    while todo:
        document = todo.pop()
        reached.add(document)
        linked = {(one.parent / target.partition("#")[0]).resolve() for one, target in links() if one == document}
        todo += [path for path in linked if path.suffix == ".md" and path not in reached]

    assert set(DOCUMENTS) - reached == set()


# The README.


def test_the_two_commands_of_the_readme_exist() -> None:
    shown = re.findall(r"^make (\w+)", section("README.md", "Try it"), re.MULTILINE)
    targets = set(re.findall(r"^(\w+):", text_of("Makefile"), re.MULTILINE))

    assert shown == ["demo", "test"]
    assert set(shown) <= targets


@functools.cache
def commands() -> dict[str, Any]:
    group: Any = get_command(application)
    found: dict[str, Any] = group.commands
    return found


def test_the_readme_names_every_command_and_no_other() -> None:
    shown = [names(row[0])[0].split()[1] for row in rows(section("README.md", "Commands"))]

    assert sorted(shown) == sorted(commands())


def test_every_option_that_a_document_gives_to_a_command_exists() -> None:
    unknown = []
    for document in DOCUMENTS:
        for line in re.findall(r"uppzy-desk (\w+[^`\n#]*)", document.read_text(encoding="utf-8")):
            command, *rest = line.split()
            given = {word for word in rest if word.startswith("--")}
            known = {option for one in commands().values() for option in _options(one)}
            known = _options(commands()[command]) if command in commands() else known
            unknown += [f"{document.name}: {command} {option}" for option in given - known]

    assert unknown == []


def _options(command: Any) -> set[str]:
    own = {option for parameter in command.params for option in parameter.opts}
    return own.union(*(_options(one) for one in getattr(command, "commands", {}).values()))


def test_every_target_of_make_that_a_document_names_exists() -> None:
    targets = set(re.findall(r"^(\w+):", text_of("Makefile"), re.MULTILINE))
    named = {
        f"{document.name}: make {target}"
        for document in DOCUMENTS
        for target in re.findall(r"(?:`|^)make (\w+)", document.read_text(encoding="utf-8"), re.MULTILINE)
        if target not in targets
    }

    assert named == set()


def test_no_command_needs_a_package_that_is_not_published() -> None:
    texts = [*DOCUMENTS, *ROOT.glob("bot/**/*.py"), *ROOT.glob("storage/**/*.py")]

    assert [path.name for path in texts if "install 'uppzy-desk" in path.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize("guide", ["start", "docker", "kubernetes", "upgrading", "changing", "slack-app"])
def test_a_guide_sets_only_settings_that_exist(guide: str) -> None:
    named = set(re.findall(r"\b([A-Z]+(?:_[A-Z]+)+)\b(?!-)", text_of(f"docs/{guide}.md")))

    assert named - {*VARIABLES, *TICKET_VARIABLES, "POSTGRES_PASSWORD"} == set()


def test_what_the_map_of_changes_names_is_there() -> None:
    changes = rows(section("CONTRIBUTING.md", "Where to change what"))
    named = [name for row in changes for name in names(row[1]) if "/" in name or name.endswith(".md")]

    assert len(changes) >= 20
    assert [name for name in named if not (ROOT / name).exists()] == []


# Settings and the log.


def test_every_setting_is_explained_with_its_default() -> None:
    shown = {names(row[0])[0]: row[2].strip("`") for row in rows(section("docs/operating.md", "Settings"))}

    assert tuple(shown) == VARIABLES
    assert shown == {name: _default(name) for name in VARIABLES}


def _default(name: str) -> str:
    default = Settings.model_fields[name.lower()].default
    if default is PydanticUndefined:
        return "required"
    if default is None or default == frozenset():
        return ""
    return str(default).lower() if isinstance(default, bool) else str(default)


def logged() -> dict[str, str]:
    """Returns every log event of the bot and the storage, with its level."""
    found = {}
    for path in [*ROOT.glob("bot/**/*.py"), *ROOT.glob("storage/**/*.py")]:
        if "sandbox" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "log." in text else ():
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="log"), attr=level), args=[ast.Constant(value=str(event)), *_]
                ):
                    # `Logger.exception` writes at the level error.
                    found[event] = "error" if level == "exception" else level
    return found


def test_every_event_in_the_log_is_explained() -> None:
    text = section("docs/operating.md", "The log").split("What `system`")[0]
    shown = {names(row[0])[0]: row[1] for row in rows(text)}

    assert shown == logged()


async def test_the_lines_of_a_check_are_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Its line is there only where the extra is not.
    monkeypatch.setattr("bot.preflight.can_draw", lambda: False)
    async with LocalSlack() as slack, LocalUppzy() as uppzy:
        populate(slack)
        findings = [finding.name async for finding in check(local_settings(slack, uppzy, tmp_path / "desk.db"))]

    shown = [names(row[0])[0] for row in rows(section("docs/operating.md", "Checking"))]
    said = dict.fromkeys(findings)
    assert [name.split(" C0")[0] for name in said] == [name.removesuffix(" …") for name in shown]


# The architecture.


def test_the_drawn_stages_of_a_handoff_are_those_of_the_code() -> None:
    text = section("docs/handoffs.md", "Handoffs")
    drawn = re.findall(r"^ +(\w+) --> (\w+): (.+)$", text, re.MULTILINE)
    start = re.findall(r"^ +\[\*\] --> (\w+)$", text, re.MULTILINE)

    assert {(origin, move.replace(" ", "_"), state) for origin, state, move in drawn} == {
        (source.value, transition.value, (row.target or source).value)
        for transition, row in TRANSITIONS.items()
        for source in row.sources
    }
    assert len(drawn) == len(set(drawn))
    assert start == [HandoffState.OPEN.value]


def test_the_drawn_states_of_an_effect_are_those_of_the_code() -> None:
    heading = "Effects: one mechanism for everything that leaves"
    drawn = re.findall(r"^ +(\S+) --> (\w+)", section("docs/effects.md", heading), re.MULTILINE)

    assert {state for pair in drawn for state in pair} - {"[*]"} == {state.value for state in EffectState}


def test_every_effect_and_every_content_is_explained() -> None:
    heading = "Effects: one mechanism for everything that leaves"
    shown = [names(row[0])[0] for row in rows(section("docs/effects.md", heading))]

    assert sorted(shown) == sorted({name for kind in BODIES for name in kind.split(":")})


def test_every_scheduled_job_is_explained_and_has_a_function() -> None:
    shown = [name for row in rows(section("docs/effects.md", "Scheduled jobs")) for name in names(row[0])]

    assert sorted(shown) == sorted(SCHEDULED_JOBS)
    assert set(SCHEDULED_JOBS) == set(JobKind) - {JobKind.EVENT, JobKind.EFFECT}


def test_every_lane_is_explained() -> None:
    shown = {
        name.rstrip(":")
        for row in rows(section("docs/effects.md", "Lanes: what waits for what"))
        for name in names(row[0])
    }

    assert shown == set(Lane)


def test_every_lane_is_made_from_its_kind() -> None:
    elsewhere = [path for path in ROOT.glob("bot/**/*.py") if 'lane=f"' in path.read_text(encoding="utf-8")]

    assert elsewhere == []


def test_every_subtype_of_a_message_is_explained_once() -> None:
    heading = "What a message says, and who wrote it"
    shown = [name for row in rows(section("docs/incoming.md", heading)) for name in names(row[0])]

    assert sorted(shown) == sorted((NOTICES | WRITTEN | {"bot_message"}) - {""})


def test_every_table_is_explained() -> None:
    shown = {name for row in rows(section("docs/architecture.md", "What is stored")) for name in names(row[0])}

    assert shown == set(models.metadata.tables)


def test_every_kind_of_secret_is_named() -> None:
    shown = set(names(section("docs/privacy.md", "Redaction")))

    assert {kind.value for kind in Kind} <= shown


def test_the_longest_question_is_told() -> None:
    assert f"{LONGEST_QUESTION:,} characters" in section("docs/incoming.md", "What is refused or answered otherwise")


def test_the_policy_document_explains_every_condition() -> None:
    kinds = {condition.kind for condition in get_args(Condition)}
    shown = set(re.findall(r"^### `(\w+)`", text_of("docs/policy.md"), re.MULTILINE))

    assert shown == kinds


@pytest.mark.parametrize("recipe", re.findall(r"```toml\n(.*?)```", section("docs/policy.md", "Recipes"), re.DOTALL))
def test_a_recipe_is_a_policy_without_mistakes(recipe: str) -> None:
    with_rules = recipe if "[[rule]]" in recipe else f"{shipped_policy()}\n{recipe}"
    text = with_rules if "version =" in with_rules else f"version = 1\n{with_rules}"

    assert load_policy(text, ids=SlackIds()).rules


def test_the_policy_document_names_every_key_of_the_file() -> None:
    keys = {key for table in (*TABLES.values(), *CONDITIONS.values()) for key in table.model_fields}
    document = text_of("docs/policy.md")

    assert {key for key in keys - set(WEEKDAYS) if not re.search(rf"\b{key}\b", document)} == set()


def test_the_architecture_can_be_read_at_one_sitting() -> None:
    assert len(text_of("docs/architecture.md").splitlines()) <= 300


# Glossary and decisions.


REFERENCES = [names(row[2])[0] for row in rows(text_of("docs/glossary.md")) if len(row) == 3]


@pytest.mark.parametrize("reference", sorted(set(REFERENCES)))
def test_what_the_glossary_points_at_exists(reference: str) -> None:
    module, _, name = reference.rpartition(".")

    assert hasattr(importlib.import_module(module), name)


def test_no_word_has_two_meanings() -> None:
    words = [row[0] for row in rows(text_of("docs/glossary.md"))]

    assert len(words) == len(set(words))


def test_every_dependency_has_a_line_and_every_line_a_dependency() -> None:
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["postgres"], *extras["charts"], *extras["check"]]
    # The peers are listed separately; Bolt and httpx, which they share with this bot, have a line already.
    peers = re.findall(r"^[a-z-]+", text_of("requirements/bench.in"), re.MULTILINE)
    wanted += [name for name in peers if name not in ("httpx", "slack-bolt")]
    decided = section("docs/decisions/0006-dependencies.md", "0006: What each dependency is for")

    assert sorted(re.split(r"[\[<>=]", one, maxsplit=1)[0] for one in wanted) == sorted(
        re.findall(r"(?:^- |\. )`([\w-]+)`:", decided, re.MULTILINE)
    )


def test_every_line_about_privacy_names_its_proof() -> None:
    proofs = [row[-1] for row in rows(section("docs/privacy.md", "What is kept, and what leaves"))]

    assert len(proofs) > 10
    assert [proof for proof in proofs if "promise" not in proof and not names(proof)] == []
    assert [name for proof in proofs for name in names(proof) if not (ROOT / name).is_file()] == []


def test_every_decision_is_listed_under_its_own_title() -> None:
    records = sorted(ROOT.glob("docs/decisions/0*.md"))
    titles = {path.name: path.read_text(encoding="utf-8").splitlines()[0] for path in records}
    listed = re.findall(r"^- \[(\d{4})\]\((.+?)\): (.+)$", text_of("docs/decisions/README.md"), re.MULTILINE)

    assert {file: f"# {number}: {title}" for number, file, title in listed} == titles
    numbers = [number for number, _, _ in listed]
    assert numbers == sorted(set(numbers))


def test_the_changelog_knows_this_version() -> None:
    version = tomllib.loads(text_of("pyproject.toml"))["project"]["version"]

    assert re.search(rf"^## \[?{re.escape(version)}\]? - ", text_of("CHANGELOG.md"), re.MULTILINE)


def test_the_description_of_the_http_surface_knows_this_version() -> None:
    version = tomllib.loads(text_of("pyproject.toml"))["project"]["version"]

    assert yaml.safe_load(text_of("docs/openapi.yaml"))["info"]["version"] == version
