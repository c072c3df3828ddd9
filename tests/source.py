"""The source texts of the repository and their syntax trees, for tests of the source itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOT_OURS = {".git", ".venv", ".env", "build", "dist", "__pycache__"}
PACKAGES = ("bot/", "sandbox/", "storage/")

Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def _walk(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.name in NOT_OURS or entry.name.endswith(("_cache", ".egg-info", ".db", ".hypothesis")):
            continue
        if entry.is_dir():
            yield from _walk(entry)
        else:
            yield entry


def _texts() -> dict[str, str]:
    found = {}
    for path in _walk(ROOT):
        try:
            found[path.relative_to(ROOT).as_posix()] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return found


class _Modules(Mapping[str, ast.Module]):
    """Syntax trees by file name. A file is parsed when it is first asked for: most processes of a run ask for none."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._parsed: dict[str, ast.Module] = {}

    def __getitem__(self, name: str) -> ast.Module:
        if name not in self._parsed:
            self._parsed[name] = ast.parse(self._texts[name])
        return self._parsed[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


TEXTS = _texts()
MODULES = _Modules(
    {
        name: text
        for name, text in TEXTS.items()
        if name.endswith(".py") and name.startswith((*PACKAGES, "tests/", "requirements/"))
    }
)


def imported(module: ast.Module) -> Iterator[str]:
    """Yields the dotted name of every import of a module, at any depth."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def definitions(node: ast.AST, inside: str = "") -> Iterator[tuple[str, Definition]]:
    """Yields every class and function below a node with its dotted name, such as `Desk.accept`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Definition):
            name = f"{inside}{child.name}"
            yield name, child
            yield from definitions(child, f"{name}.")
        else:
            yield from definitions(child, inside)
