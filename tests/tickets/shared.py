"""The folder `shared` beside the checkout, with the vendors' API descriptions and a real ticket server, where it is."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def shared(part: str) -> Path | None:
    """Returns a part of the folder `$SHARED`, or of a folder `shared` beside the checkout or further up."""
    named = os.environ.get("SHARED")
    backends = [Path(named)] if named else [parent / "shared" for parent in ROOT.parents]
    return next((backend / part for backend in backends if (backend / part).is_dir()), None)
