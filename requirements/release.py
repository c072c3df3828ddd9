"""Build what a release consists of: the wheel, the source archive, and a software bill of materials (CycloneDX).

Run by `make dist`, which names the folder. Needs no network. The bill lists what the pinned requirement files install:
the desk itself needs the components in scope `required`; those in scope `optional` come with the extras `postgres` and
`charts`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

ROOT = Path(__file__).resolve().parent.parent
# A file contains what the ones before it pin.
FILES = {
    "run.txt": ComponentScope.REQUIRED,
    "postgres.txt": ComponentScope.OPTIONAL,
    "charts.txt": ComponentScope.OPTIONAL,
}
_PIN = re.compile(r"^([a-z0-9-]+)==([^\s;]+).*?(?=^[a-z0-9-]+==|\Z)", re.MULTILINE | re.DOTALL)
_VIA = re.compile(r"^    # (?:via|  ) ?([a-z][a-z0-9-]*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Pin:
    """A pinned requirement, and the names of those that need it."""

    name: str
    version: str
    scope: ComponentScope
    needed_by: frozenset[str]


def pins() -> list[Pin]:
    """Returns what the requirement files pin, each once, with the scope of the first file that pins it."""
    found: dict[str, Pin] = {}
    for file, scope in FILES.items():
        for entry in _PIN.finditer((ROOT / "requirements" / file).read_text(encoding="utf-8")):
            pin = Pin(entry[1], entry[2], scope, frozenset(_VIA.findall(entry[0])))
            known = found.get(pin.name, pin)
            found[pin.name] = replace(known, needed_by=known.needed_by | pin.needed_by)
    return list(found.values())


def bill_of_materials(project: dict[str, str], built_at: datetime) -> Bom:
    """Returns the bill of a release of this project."""
    desk = Component(
        name=project["name"],
        version=project["version"],
        type=ComponentType.APPLICATION,
        purl=PackageURL("pypi", None, project["name"], project["version"]),
        licenses=[DisjunctiveLicense(id=project["license"])],
        bom_ref=project["name"],
    )
    pinned = pins()
    parts = {pin.name: _component(pin) for pin in pinned}
    bill = Bom(components=parts.values())
    bill.metadata.component, bill.metadata.timestamp = desk, built_at
    bill.serial_number = uuid.uuid5(uuid.NAMESPACE_URL, f"{desk.purl} {[(pin.name, pin.version) for pin in pinned]}")
    needs = {part: [parts[pin.name] for pin in pinned if name in pin.needed_by] for name, part in parts.items()}
    needs[desk] = [parts[pin.name] for pin in pinned if desk.name in pin.needed_by]
    for component, needed in needs.items():
        bill.register_dependency(component, needed)
    return bill


def _component(pin: Pin) -> Component:
    return Component(
        name=pin.name,
        version=pin.version,
        type=ComponentType.LIBRARY,
        scope=pin.scope,
        purl=PackageURL("pypi", None, pin.name, pin.version),
        bom_ref=pin.name,
    )


def _built_at() -> datetime:
    """Returns the time of the build, which SOURCE_DATE_EPOCH sets for builds that can be repeated."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    return datetime.now(UTC).replace(microsecond=0) if epoch is None else datetime.fromtimestamp(int(epoch), UTC)


def release(folder: Path) -> None:
    """Writes the files of a release into `folder`. Raises CalledProcessError or ValueError where one cannot be made."""
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)]
    subprocess.run(command, check=True, cwd=ROOT)  # noqa: S603 - own arguments
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = JsonV1Dot6(bill_of_materials(project, _built_at())).output_as_string(indent=2)
    if error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise ValueError(f"The bill of materials is not valid: {error}")
    (folder / f"{project['name'].replace('-', '_')}-{project['version']}.cdx.json").write_text(text + "\n")


if __name__ == "__main__":
    release(Path(sys.argv[1]).resolve())
