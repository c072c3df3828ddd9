"""A release: built without a network, installed into an empty environment, and listed part by part."""

from __future__ import annotations

import functools
import json
import re
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.deadlines import HUNG_OFF_LOOP

ROOT = Path(__file__).resolve().parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def printed(*command: str | Path, folder: Path = ROOT, status: int = 0) -> str:
    """Returns the output of a command without an environment; it must end with `status`."""
    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=HUNG_OFF_LOOP, check=False, cwd=folder, env={"COLUMNS": "120"}
    )
    assert ended.returncode == status, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def dist() -> Iterator[Path]:
    """The files of a release."""
    with tempfile.TemporaryDirectory() as folder:
        printed(sys.executable, ROOT / "requirements/release.py", folder)
        yield Path(folder)


@pytest.fixture(scope="module")
def installed(dist: Path) -> Iterator[Path]:
    """The programs of an empty environment into which the wheel was installed.

    The dependencies are those of this environment: `make test` has installed them from the pins. Its own links to
    the clone are not followed from another one.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        venv.create(folder, with_pip=False, symlinks=True)
        (wheel,) = dist.glob("*.whl")
        pip = (sys.executable, "-m", "pip", "--python", str(folder / "bin/python"))
        printed(*pip, "install", "--quiet", "--no-index", "--no-deps", "--no-compile", wheel, folder=folder)
        (site,) = folder.glob("lib/python*/site-packages")
        (site / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
        yield folder / "bin"


def test_a_release_is_a_wheel_a_source_archive_and_a_bill_of_materials(dist: Path) -> None:
    name = f"uppzy_desk-{PROJECT['version']}"

    assert {path.name for path in dist.iterdir() if not path.name.startswith(".")} == {
        f"{name}-py3-none-any.whl",
        f"{name}.tar.gz",
        f"{name}.cdx.json",
    }


def test_make_dist_builds_a_release() -> None:
    recipe = re.search(r"^dist:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)

    assert recipe is not None
    assert "requirements/release.py dist" in recipe[1]


def test_the_wheel_tells_the_story_from_an_empty_environment(installed: Path, tmp_path: Path) -> None:
    story = printed(installed / "uppzy-desk", "demo", "--story", folder=tmp_path)

    assert "✗" not in story
    assert len(story.splitlines()) > 100
    assert printed(installed / "uppzy-desk", "--version", folder=tmp_path).strip() == f"uppzy-desk {PROJECT['version']}"
    where = printed(installed / "python", "-c", "import bot; print(bot.__file__)", folder=tmp_path)
    assert Path(where.strip()).is_relative_to(installed.parent)


def test_the_wheel_brings_manifest_and_policy(installed: Path, tmp_path: Path) -> None:
    assert "display_information:" in printed(installed / "uppzy-desk", "manifest", folder=tmp_path)
    assert "asks for a person" in printed(installed / "uppzy-desk", "rules", folder=tmp_path)


def test_the_source_archive_makes_the_same_wheel(dist: Path, tmp_path: Path) -> None:
    (archive,) = dist.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()

    printed(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path), folder=source)

    assert names_in(next(tmp_path.glob("*.whl"))) == names_in(next(dist.glob("*.whl")))
    assert (source / "deploy/compose.yaml").is_file()


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as packed:
        return set(packed.namelist())


# The bill of materials.


def pinned(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==([^\s;]+)", text, re.MULTILINE))


@functools.cache
def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.fixture
def bill(dist: Path) -> dict[str, Any]:
    """The bill of materials, which was validated by CycloneDX's own schema when it was written."""
    return _read(next(dist.glob("*.cdx.json")))


def test_the_bill_lists_every_pin_and_which_are_optional(bill: dict[str, Any]) -> None:
    listed = {part["name"]: part["version"] for part in bill["components"]}
    required = {part["name"] for part in bill["components"] if part["scope"] == "required"}

    assert listed == {**pinned("charts.txt"), **pinned("postgres.txt"), **pinned("run.txt")}
    assert required == set(pinned("run.txt"))
    assert all(part["purl"] == f"pkg:pypi/{part['name']}@{part['version']}" for part in bill["components"])


def test_the_bill_says_what_needs_what(bill: dict[str, Any]) -> None:
    needs = {one["ref"]: set(one.get("dependsOn", ())) for one in bill["dependencies"]}
    named = {re.split(r"[\[<>=;]", one, maxsplit=1)[0] for one in PROJECT["dependencies"]}

    assert named <= needs[PROJECT["name"]]
    assert needs["httpx"] == {"anyio", "certifi", "httpcore", "idna"}
    assert set().union(*needs.values()) == {part["name"] for part in bill["components"]}


def test_the_bill_names_no_place_of_the_machine_that_built_it(bill: dict[str, Any]) -> None:
    text = json.dumps({key: value for key, value in bill.items() if key != "$schema"})

    assert "://" not in text
    assert str(ROOT) not in text


# What stands beside it.


def test_the_forms_of_issues_are_valid_by_githubs_schema() -> None:
    forms = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"))
    config = ROOT / ".github/ISSUE_TEMPLATE/config.yml"
    check = (sys.executable, "-m", "check_jsonschema", "--builtin-schema")

    printed(*check, "vendor.github-issue-forms", *[form for form in forms if form != config])
    printed(*check, "vendor.github-issue-config", config)
