"""Metrics of how much code a reader has to know: run by `make measure`, changes nothing.

Run time: files and functions of the bot and the storage that three typical actions enter. Source: length of functions,
protocols, long constructors, import cycles, and lines by package.
"""

from __future__ import annotations

import ast
import asyncio
import statistics
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import CodeType, FrameType

from sandbox.slack import LocalSlack
from sandbox.uppzy import LocalUppzy
from sandbox.world import LocalWorld, local_settings, populate
from tests.house_rules import constructors_are_short
from tests.source import MODULES, ROOT, TEXTS, definitions, imported
from tests.whole.scene import CONFIDENT, PERSON, Scene

PRODUCT = ("bot/", "storage/")


class Profile:
    """Collects the functions of the product that are entered, in every thread that starts after it."""

    def __init__(self) -> None:
        self._codes: set[CodeType] = set()
        self._folders = tuple(f"{ROOT}/{folder}" for folder in PRODUCT)
        threading.setprofile(self)
        sys.setprofile(self)

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(self._folders):
            self._codes.add(frame.f_code)

    def result(self) -> str:
        """Returns the numbers of files and functions entered since the last result."""
        codes, self._codes = self._codes, set()
        # A copy: another thread may still be adding to the set.
        functions = {code for code in tuple(codes) if not code.co_name.startswith("<")}
        return f"{len({code.co_filename for code in functions})} files, {len(functions)} functions"


@asynccontextmanager
async def scene() -> AsyncIterator[Scene]:
    """Runs the bot between the stand-ins."""
    with tempfile.TemporaryDirectory() as folder:
        async with LocalSlack() as slack, LocalUppzy() as uppzy:
            populate(slack)
            world = LocalWorld(slack, uppzy, local_settings(slack, uppzy, Path(folder) / "desk.db"))
            async with world.bot() as bot:
                yield Scene(world, bot)


async def entered() -> Mapping[str, str]:
    """Returns the result for three actions, each from the request to the last effect."""
    profile = Profile()
    found = {}
    async with scene() as play:
        # What the start does in the background is no part of an action.
        await play.bot.catch_up()
        profile.result()
        await play.ask(CONFIDENT)
        found["asked and answered"] = profile.result()
        await play.ask(PERSON)
        found["asked, answered and escalated"] = profile.result()
        await play.press_card("claim")
        found["Claim"] = profile.result()
    return found


def code_lines(file: str, node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Returns the number of lines of a function without blank lines, comments and docstring."""
    lines = TEXTS[file].splitlines()[node.lineno - 1 : node.end_lineno]
    filled = [line for line in lines if line.strip() and not line.strip().startswith("#")]
    docstring = ast.get_docstring(node, clean=False) or ""
    return len(filled) - len([line for line in docstring.splitlines() if line.strip()])


def circles(modules: Mapping[str, set[str]]) -> Iterator[set[str]]:
    """Yields groups of modules that import each other, directly or indirectly."""
    reached = {name: _reach(name, modules) for name in modules}
    left = set(modules)
    while left:
        name = left.pop()
        group = {other for other in reached[name] if name in reached[other]}
        left -= group
        if len(group) > 1:
            yield group


def _reach(start: str, modules: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    todo = [start]
    while todo:
        for name in modules[todo.pop()] - found:
            found.add(name)
            todo.append(name)
    return found


def import_graph() -> dict[str, set[str]]:
    """Returns the modules of the product, each with its imports."""
    dotted = {
        file.removesuffix(".py").removesuffix("/__init__").replace("/", "."): file
        for file in MODULES
        if file.startswith(PRODUCT)
    }
    graph = {}
    for name, file in dotted.items():
        wanted = {found if found in dotted else found.rpartition(".")[0] for found in imported(MODULES[file])}
        graph[name] = (wanted & dotted.keys()) - {name}
    return graph


def report() -> Iterator[str]:
    """Yields every measure as a line."""
    for name, count in asyncio.run(entered()).items():
        yield f"{name}: {count}"
    product = {file: module for file, module in MODULES.items() if file.startswith(PRODUCT)}
    named = [(file, node) for file, module in product.items() for _, node in definitions(module)]
    lengths = [code_lines(file, node) for file, node in named if not isinstance(node, ast.ClassDef)]
    tail = statistics.quantiles(lengths, n=10)[-1]
    yield f"functions: {len(lengths)}, code lines: median {statistics.median(lengths):g}, p90 {tail:g}"
    bases = [ast.unparse(base) for _, node in named if isinstance(node, ast.ClassDef) for base in node.bases]
    yield f"protocols: {sum(base.startswith('Protocol') for base in bases)}"
    yield f"constructors over 8 parameters: {len([file for file, _ in constructors_are_short() if file in product])}"
    found = [sorted(group) for group in circles(import_graph())]
    yield f"circles of imports: {found or 'none'}"
    for folder in ("bot/", "bot/helpdesk/", "bot/slack/", "bot/tickets/", "storage/", "sandbox/", "tests/"):
        lines = [len(TEXTS[file].splitlines()) for file in MODULES if file.startswith(folder)]
        yield f"{folder:15}{sum(lines):7,} lines in {len(lines)} files"


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in report())
