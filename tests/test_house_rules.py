"""Rules for the repository that need no reviewer: house rules, pinned requirements, sizes and others."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.deadlines import HUNG_OFF_LOOP
from tests.house_rules import RULES
from tests.source import MODULES, ROOT, TEXTS, imported

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

LONGEST_FUNCTION = 50
READS_ENVIRONMENT = {"bot/app.py", "bot/cli/commands.py", "bot/cli/options.py"}
HELPDESK_MAY_IMPORT = {
    "bot.errors",
    "bot.helpdesk",
    "fluent.runtime",
    "fluent.syntax",
    "rapidfuzz",
    "stdnum",
    "Stemmer",
}
UNFINISHED = re.compile("|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]))
MACHINE_PATH = re.compile(r"(?<![\w.:/])/(?:home|Users|root|work)/\w")


def lines_matching(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()}"
        for name, text in TEXTS.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def pins(name: str) -> dict[str, str]:
    """Returns the pinned versions of a requirements file, without those that have no hash."""
    found = re.findall(
        r"^([a-z0-9-]+)==(\S+)(?: ; [^\n]+)? \\\n    --hash=sha256:[0-9a-f]{64}", TEXTS[name], re.MULTILINE
    )
    return dict(found)


def spelt(requirement: str) -> str:
    """Returns the normalized name of a requirement."""
    return re.split(r"[\[<>=;~! ]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def test_nothing_is_left_unfinished() -> None:
    assert [line for line in lines_matching(UNFINISHED) if not line.startswith("tests/data/")] == []


def test_no_text_depends_on_the_machine_it_was_written_on() -> None:
    assert lines_matching(MACHINE_PATH) == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [name for name, module in MODULES.items() if module.body and ast.get_docstring(module) is None]

    assert silent == []


def test_no_function_is_longer_than_a_page() -> None:
    assert [entry for entry in lengths() if entry[0] > LONGEST_FUNCTION] == []


def lengths() -> Iterator[tuple[int, str]]:
    """Yields the length of each function, in lines without its docstring."""
    for name, module in MODULES.items():
        for node in ast.walk(module):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                docstring = ast.get_docstring(node, clean=False) or ""
                end = node.end_lineno or node.lineno
                yield end - node.lineno + 1 - len(docstring.splitlines()), f"{name}: {node.name}"


def test_no_module_is_a_drawer_for_everything() -> None:
    drawers = re.compile(r"(^|/)_?(utils?|helpers?|common|misc)(\.py|/)")

    assert [name for name in MODULES if drawers.search(name)] == []


def test_only_the_entry_points_read_the_environment() -> None:
    readers = {name for name, module in MODULES.items() if name.startswith(("bot/", "storage/")) and asks_os(module)}

    assert readers <= READS_ENVIRONMENT


def asks_os(module: ast.Module) -> bool:
    attributes = {node.attr for node in ast.walk(module) if isinstance(node, ast.Attribute)}
    return bool(attributes & {"environ", "getenv"} or set(imported(module)) & {"os.environ", "os.getenv"})


def test_the_help_desk_imports_only_what_is_pure() -> None:
    strangers = [
        f"{name}: {found}"
        for name, module in MODULES.items()
        if name.startswith("bot/helpdesk/")
        for found in imported(module)
        if found.split(".")[0] not in sys.stdlib_module_names
        and not any(f"{found}.".startswith(f"{allowed}.") for allowed in HELPDESK_MAY_IMPORT)
    ]

    assert strangers == []


@pytest.mark.parametrize("rule", RULES)
def test_the_source_keeps_the_rule(rule: str) -> None:
    assert sorted(RULES[rule]()) == []


@pytest.mark.parametrize("file", ["run.txt", "postgres.txt", "charts.txt", "check.txt", "build.txt", "bench.txt"])
def test_every_requirement_is_pinned_by_hash_and_names_no_index(file: str) -> None:
    text = TEXTS[f"requirements/{file}"]
    named = re.findall(r"^([a-z0-9-]+)(?:\[[^]]*\])?\s*[=<>~!@]", text, re.MULTILINE)

    assert named
    assert set(named) == pins(f"requirements/{file}").keys()
    assert "://" not in text
    assert not re.search(r"^\s*--(?!hash=)", text, re.MULTILINE)


def test_every_dependency_is_pinned() -> None:
    wanted = {spelt(requirement) for requirement in PROJECT["project"]["dependencies"]}
    wanted_for_checks = {spelt(requirement) for requirement in PROJECT["project"]["optional-dependencies"]["check"]}

    assert wanted <= pins("requirements/run.txt").keys()
    assert wanted_for_checks <= pins("requirements/check.txt").keys()
    assert {spelt(requirement) for requirement in PROJECT["build-system"]["requires"]} <= pins(
        "requirements/build.txt"
    ).keys()


def test_what_is_checked_is_what_runs() -> None:
    run, checked = pins("requirements/run.txt"), pins("requirements/check.txt")

    assert {name: checked.get(name) for name in run} == run


def test_the_program_imports_only_what_it_declares() -> None:
    names = {
        "dotenv": "python-dotenv",
        "fluent": "fluent-runtime",
        "Stemmer": "pystemmer",
        "jwt": "pyjwt",
        "markdown_it": "markdown-it-py",
        "stdnum": "python-stdnum",
        "yaml": "pyyaml",
    }
    ours = {"bot", "sandbox", "storage", *sys.stdlib_module_names}
    wanted = [
        *PROJECT["project"]["dependencies"],
        *(one for extra in ("postgres", "charts") for one in PROJECT["project"]["optional-dependencies"][extra]),
    ]
    declared = {spelt(requirement) for requirement in wanted} | {"pydantic-core"}
    roots = {
        found.split(".")[0]
        for name, module in MODULES.items()
        if name.startswith(("bot/", "storage/"))
        for found in imported(module)
    }

    assert {names.get(root, root.replace("_", "-")) for root in roots - ours} <= declared


def test_what_the_wheel_carries_is_there() -> None:
    carried = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]

    assert [name for name in carried if not (ROOT / name).is_file()] == []


def test_the_build_server_runs_what_people_run() -> None:
    commands = re.findall(r"^make (\w+)", TEXTS[".ci/run"], re.MULTILINE)

    assert commands == ["test", "check"]


def test_every_make_target_a_document_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", TEXTS["Makefile"], re.MULTILINE))
    documented = {
        target
        for name, text in TEXTS.items()
        if name.endswith(".md")
        for target in re.findall(r"(?:`|\$ |^)make ([a-z]+)(?=`| *#|$)", text, re.MULTILINE)
    }

    assert documented <= targets


def test_make_help_names_every_target() -> None:
    command = ["make", "--no-print-directory", "help"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=HUNG_OFF_LOOP).stdout
    targets = re.search(r"^\.PHONY: (.+)$", TEXTS["Makefile"], re.MULTILINE)

    assert targets is not None
    assert [line.split()[1] for line in said.splitlines()] == targets[1].split()
