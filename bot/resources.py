"""Package data: the manifest and the default policy.

In a clone they are at the top, where people look for them; in an installed wheel they are in `bot/_shipped`.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped_file(name: str) -> Path:
    """Returns the path of a packaged file; `name` is relative, such as "manifest.yaml"."""
    installed = _PACKAGE / "_shipped" / name
    return installed if installed.is_file() else _PACKAGE.parent / name


def own_or_shipped_file(name: str) -> Path:
    """Returns the operator's file in the working directory if there is one, else the packaged one."""
    own = Path(name)
    return own if own.is_file() else shipped_file(name)
