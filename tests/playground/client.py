"""Microsoft 365 Agents Playground: a client for bots of Teams that is Microsoft's own, as a process.

Its licence allows to evaluate it and nothing else, so it is no part of this repository: npm fetches it when a test
needs it. Its manual: learn.microsoft.com/microsoft-365/agents-sdk/test-with-toolkit-project
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import re
import shutil
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from filelock import AsyncFileLock

from tests.deadlines import HUNG
from tests.source import ROOT

VERSION = "0.2.28"
INTEGRITY = "sha512-EevhYW8xtEATwNg5eiFqTgZT0P5gjfCsLBwBWESSrB6+0lr9Yi9R27HJwjNGUlT3JQlxoWMgnvEQunUuyI/+2Q=="
"""The digest of the package, as npm writes it into its lock file."""

NODE, NPM = shutil.which("node"), shutil.which("npm")

_PACKAGE = "@microsoft/m365agentsplayground"
_FOLDER = ROOT / "build" / f"playground-{VERSION}"
_PROGRAM = _FOLDER / "node_modules" / _PACKAGE / "cli.js"
_CONFIGURATION = ".m365agentsplayground.yml"
_LISTENING = re.compile(rb"Listening on (\d+)")
# A registry that does not answer is not waited for: the test is skipped.
_LONGEST_FETCH = 90.0
_NPM_OPTIONS = (
    "--no-audit --no-fund --no-update-notifier --ignore-scripts --fetch-retries=0 --fetch-timeout=20000".split()
)


# PR_SET_PDEATHSIG of Linux.
_SIGNAL_AT_THE_END_OF_THE_PARENT = 1


class NotToBeHadError(Exception):
    """The registry of packages cannot be reached. The text is what npm said."""


async def installed() -> Path:
    """Returns the program, which is fetched the first time. Raises NotToBeHadError."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    async with AsyncFileLock(_FOLDER / "install.lock"):
        if not _is_whole():
            await _install()
    assert _is_whole(), "npm installed another package than the one that is pinned"
    return _PROGRAM


def _is_whole() -> bool:
    """Returns whether the pinned package was installed to its end: npm writes the lock file last."""
    lock = _FOLDER / "package-lock.json"
    if not (lock.exists() and _PROGRAM.exists()):
        return False
    locked = json.loads(lock.read_text(encoding="utf-8"))["packages"].get(f"node_modules/{_PACKAGE}", {})
    return bool(locked.get("integrity") == INTEGRITY)


async def _install() -> None:
    (_FOLDER / "package.json").write_text("{}", encoding="utf-8")
    arguments = ("install", "--prefix", str(_FOLDER), *_NPM_OPTIONS, f"{_PACKAGE}@{VERSION}")
    npm = await asyncio.create_subprocess_exec(
        str(NPM), *arguments, cwd=_FOLDER, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, preexec_fn=_end_with_the_tests
    )
    async with _ended_at_last(npm):
        try:
            async with asyncio.timeout(_LONGEST_FETCH):
                said, _ = await npm.communicate()
        except TimeoutError as error:
            raise NotToBeHadError(f"npm did not end within {_LONGEST_FETCH:.0f} seconds") from error
    if npm.returncode:
        raise NotToBeHadError(said.decode(errors="replace").strip().partition("\n")[0])


@contextlib.asynccontextmanager
async def playground(endpoint: str, configuration: Mapping[str, Any], folder: Path, port: int) -> AsyncIterator[str]:
    """Runs it in a folder, with its people and places by `configuration`; yields its address.

    It sends activities to `endpoint`, without a token. It listens on all interfaces, which it cannot be told to leave.
    """
    program = await installed()
    # JSON is YAML.
    (folder / _CONFIGURATION).write_text(json.dumps(configuration), encoding="utf-8")
    options = f"start -e {endpoint} -c msteams -p {port} --disable-telemetry".split()
    process = await asyncio.create_subprocess_exec(
        *(str(NODE), str(program), *options),
        cwd=folder,
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
        preexec_fn=_end_with_the_tests,
    )
    async with _ended_at_last(process):
        async with asyncio.timeout(HUNG):
            assert await _port_said_by(process) == port, "the port was taken meanwhile"
        yield f"http://localhost:{port}"


async def _port_said_by(process: Process) -> int:
    said = b""
    assert process.stdout is not None
    while (listening := _LISTENING.search(said)) is None:
        line = await process.stdout.readline()
        assert line, said.decode(errors="replace")
        said += line
    return int(listening[1])


@contextlib.asynccontextmanager
async def _ended_at_last(process: Process) -> AsyncIterator[None]:
    """Ends a process when the block ends."""
    try:
        yield
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _end_with_the_tests() -> None:
    """Has the kernel kill this process if the tests are killed, and cannot end it themselves."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SIGNAL_AT_THE_END_OF_THE_PARENT, signal.SIGKILL)
