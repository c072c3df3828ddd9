"""`deploy/` and the Dockerfile: valid by the published schemas, with settings that exist, and without secrets."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from bot.settings import TICKET_VARIABLES, VARIABLES
from tests.deadlines import HUNG_OFF_LOOP

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
COMPOSE = sorted(DEPLOY.glob("compose*.yaml"))
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
SETTINGS = {*VARIABLES, *TICKET_VARIABLES}
# The oldest and the newest that docs/kubernetes.md speaks of.
KUBERNETES = ("1.29", "1.37")
DESK = "uppzy-desk"


def resources(*paths: Path) -> list[dict[str, Any]]:
    """Returns the Kubernetes resources in these files."""
    return [one for path in paths or MANIFESTS for one in yaml.safe_load_all(path.read_text(encoding="utf-8"))]


def of_kind(kind: str, *paths: Path) -> list[dict[str, Any]]:
    return [one for one in resources(*paths) if one["kind"] == kind]


def services(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["services"]
    return found


def desks(path: Path) -> list[dict[str, Any]]:
    """Returns the services of a compose file that run the desk."""
    return [one for one in services(path).values() if one.get("image", "").startswith(DESK)]


def printed(*command: str, folder: Path = ROOT) -> str:
    """Returns the output of a command, which must succeed."""
    ended = subprocess.run(command, capture_output=True, text=True, timeout=HUNG_OFF_LOOP, check=False, cwd=folder)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


# Docker Compose.


def test_the_compose_files_are_valid_by_the_schema_of_compose() -> None:
    printed(sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", *map(str, COMPOSE))


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.stem)
def test_a_compose_file_sets_only_settings_that_exist(path: Path) -> None:
    given = {name for desk in desks(path) for name in desk.get("environment", {})}

    assert desks(path)
    assert given - SETTINGS == set()


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.stem)
def test_a_desk_in_a_container_may_write_only_where_it_must(path: Path) -> None:
    for desk in desks(path):
        assert desk["read_only"] is True
        assert desk["cap_drop"] == ["ALL"]
        assert all(port.startswith("127.0.0.1:") for port in desk.get("ports", ()))


@pytest.mark.skipif(shutil.which("docker") is None, reason="NO DOCKER FOUND, so Docker has not read the compose files")
@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.stem)
def test_docker_reads_the_compose_files(path: Path, tmp_path: Path) -> None:
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("NO COMPOSE PLUGIN OF DOCKER FOUND, so Docker has not read the compose files")
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    (tmp_path / ".env").write_text("POSTGRES_PASSWORD=made-up\n")

    printed(
        *("docker", "compose", "--env-file", ".env", "-f", f"deploy/{path.name}", "config", "--quiet"),
        folder=tmp_path,
    )


def test_images_have_the_version_of_the_desk() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    named = {desk["image"] for path in COMPOSE for desk in desks(path)}
    named |= {one["spec"]["template"]["spec"]["containers"][0]["image"] for one in of_kind("Deployment")}

    assert {image.rpartition("/")[2] for image in named} == {f"{DESK}:{version}"}


# Kubernetes.


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_every_resource_is_valid_by_the_schema_of_kubernetes(path: Path, version: str) -> None:
    for resource in resources(path):
        kubernetes_validate.validate(resource, version, strict=True)


def test_a_misspelt_key_is_not_valid() -> None:
    (deployment,) = of_kind("Deployment", DEPLOY / "kubernetes/sqlite.yaml")
    deployment["spec"]["replica"] = 1

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(deployment, KUBERNETES[-1], strict=True)


def test_config_map_and_secret_hold_only_settings_that_exist() -> None:
    given = {name for one in of_kind("ConfigMap") for name in one["data"]}
    given |= {name for one in of_kind("Secret") for name in one["stringData"]}

    assert {"HANDOFF_CHANNEL", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "UPPZY_API_KEY", "DATABASE_URL"} <= given
    assert given - SETTINGS == set()


@pytest.mark.parametrize("deployment", of_kind("Deployment"), ids=lambda one: str(one["spec"]["replicas"]))
def test_a_pod_is_not_root_and_writes_only_to_its_volumes(deployment: dict[str, Any]) -> None:
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == int(re.findall(r"^USER (\d+)", dockerfile(), re.MULTILINE)[0])
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["allowPrivilegeEscalation"] is False


@pytest.mark.parametrize("deployment", of_kind("Deployment"), ids=lambda one: str(one["spec"]["replicas"]))
def test_a_pod_is_probed_where_the_desk_answers(deployment: dict[str, Any]) -> None:
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    probes = {name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness", "readiness")}
    answered = yaml.safe_load((ROOT / "docs/openapi.yaml").read_text(encoding="utf-8"))["paths"]

    assert probes == {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"}
    assert set(probes.values()) <= set(answered)


def test_one_file_is_never_opened_by_two_desks() -> None:
    (deployment,) = of_kind("Deployment", DEPLOY / "kubernetes/sqlite.yaml")

    assert deployment["spec"]["replicas"] == 1
    assert deployment["spec"]["strategy"] == {"type": "Recreate"}


def test_only_what_chats_and_the_ticket_system_call_is_reached_from_outside() -> None:
    (ingress,) = of_kind("Ingress")
    (rule,) = ingress["spec"]["rules"]

    assert [path["path"] for path in rule["http"]["paths"]] == [
        "/slack/events",
        "/teams/messages",
        "/webhooks/tickets/",
    ]


def test_all_resources_belong_together() -> None:
    for deployment, service in zip(of_kind("Deployment"), of_kind("Service"), strict=True):
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        (container,) = deployment["spec"]["template"]["spec"]["containers"]

        assert service["spec"]["selector"] == labels == deployment["spec"]["selector"]["matchLabels"]
        assert service["spec"]["ports"][0]["targetPort"] in [port["name"] for port in container["ports"]]
        assert {"configMapRef": {"name": DESK}} in container["envFrom"]
        assert {"secretRef": {"name": DESK}} in container["envFrom"]


# The image.


def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_the_linter_of_dockerfiles_has_nothing_to_say() -> None:
    linter = shutil.which("hadolint", path=Path(sys.executable).parent)
    assert linter is not None

    assert printed(linter, "--no-color", str(ROOT / "Dockerfile")) == ""


def test_the_image_has_a_pinned_base_a_plain_user_and_a_health_check() -> None:
    bases = re.findall(r"^FROM (\S+)", dockerfile(), re.MULTILINE)

    assert {base.rpartition(":")[2] for base in bases} == {"3.13-slim"}
    assert re.search(r"^USER [1-9]\d*", dockerfile(), re.MULTILINE)
    assert re.search(r"^HEALTHCHECK .*\n.*/healthz", dockerfile(), re.MULTILINE)


def test_the_image_can_use_postgresql() -> None:
    assert "--require-hashes -r requirements/postgres.txt" in dockerfile()


def test_the_image_takes_neither_secrets_nor_databases_of_the_clone() -> None:
    ignored, *kept = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()

    assert ignored == "*"
    assert not {"!.env", "!.git", "!*", "!."} & set(kept)
    assert re.findall(r"^(?:ENV|ARG).*(?:TOKEN|SECRET|KEY|PASSWORD)", dockerfile(), re.MULTILINE) == []
    assert set(re.findall(r"^ +([A-Z_]+)=", dockerfile(), re.MULTILINE)) - {"PYTHONUNBUFFERED"} <= SETTINGS
