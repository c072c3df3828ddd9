"""Finds the files that travel with the program: the manifest and the default policy.

In a clone they stand at its top, where people look for them; in an installed wheel they lie in `bot/_shipped`.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped_file(name: str) -> Path:
    """The file `name` (relative, such as "manifest.yaml") as it came with this program."""
    installed = _PACKAGE / "_shipped" / name
    return installed if installed.is_file() else _PACKAGE.parent / name


def own_or_shipped_file(name: str) -> Path:
    """The file of the working directory where there is one, because the operator put it there; else the shipped one."""
    own = Path(name)
    return own if own.is_file() else shipped_file(name)
