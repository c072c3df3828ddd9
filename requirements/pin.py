"""Write the pinned, hashed requirement files from what pyproject.toml asks for.

Run by `make pins`. Nothing of the machine goes into the files: no index address, no option of the local pip.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
OPTIONS = (
    "--quiet",
    "--generate-hashes",
    "--strip-extras",
    "--upgrade",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-emit-trusted-host",
    "--no-emit-options",
)
# In this order: what runs is pinned first, and the next four have to agree with it.
FILES = {
    "run.txt": ("pyproject.toml",),
    "postgres.txt": ("--extra", "postgres", "--constraint", "requirements/run.txt", "pyproject.toml"),
    "charts.txt": ("--extra", "charts", "--constraint", "requirements/postgres.txt", "pyproject.toml"),
    "check.txt": (
        *("--extra", "check", "--extra", "postgres", "--extra", "charts"),
        *("--constraint", "requirements/postgres.txt", "--constraint", "requirements/charts.txt"),
        "pyproject.toml",
    ),
    "build.txt": ("--constraint", "requirements/check.txt", "requirements/build.in"),
    # The other bots of `make bench` live apart from this one: they do not have to agree with it.
    "bench.txt": ("requirements/bench.in",),
}


def pin(name: str, arguments: tuple[str, ...]) -> None:
    """Resolve one file; raises CalledProcessError where nothing fits."""
    command = [sys.executable, "-m", "piptools", "compile", *OPTIONS, "--output-file", f"requirements/{name}"]
    environment = {**os.environ, "CUSTOM_COMPILE_COMMAND": "make pins"}
    subprocess.run([*command, *arguments], check=True, cwd=HERE.parent, env=environment)  # noqa: S603 - own arguments


if __name__ == "__main__":
    for file, sources in FILES.items():
        pin(file, sources)
