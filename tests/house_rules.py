"""Rules of language and structure for the source. Each rule yields its violations as (file, name)."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import TypeGuard

from tests.source import MODULES, PACKAGES, TEXTS, definitions, imported

MOST_PARAMETERS = 8
MOST_FIELDS = 20

Broken = Iterator[tuple[str, str]]

_SUBJECT_CLAUSE = re.compile(r"(What|Who|Whose|Whom|Which|Where|When|Whether|Why|How|That|If)\b")
_BEGINS = re.compile(r"[A-Z*_>{\n]")
_ENDS = re.compile(r"[A-Za-z})*][.!?…:](?=$|[\s*_])")
_TWO_WORDS = re.compile(r"(?<![\w{<])[A-Za-z]{2,} [a-z]{2,}(?!\w)")
_WORD = re.compile(r"[A-Za-z’']{2,}")
_SLACK = re.compile(r"slack|mrkdwn|block kit", re.IGNORECASE)

_MESSAGES = "bot/helpdesk/messages/"
# Sentences for those who work at a command line, in English: the policy read back to its author, and mistakes in a file
# of messages. All others stand in the files of the languages.
_SENTENCES = ("bot/helpdesk/escalation/describe.py", "bot/helpdesk/messages/checking.py")
# Patterns of secrets: they look like sentences, and name the vendors whose tokens they recognise.
_SECRETS = "bot/helpdesk/redaction/"
# Readers of what comes in, which compare it with what the chat itself writes.
_RECEIVED = ("bot/slack/received/", "bot/teams/received/")
_SURFACES = ("bot/slack/", "bot/teams/", "sandbox/slack/", "sandbox/teams/")
_VIEWS = ("bot/slack/views/", "bot/teams/views/")


def one_name_one_meaning() -> Broken:
    """Yields classes and public functions of modules that share their name with another one.

    Exempt are repositories, which have the name of their port, commands of the command line, migrations, messages,
    which have the same name for different readers, and chat surfaces, on which the same job has the same name.
    """
    places = defaultdict(list)
    for file in _files(*PACKAGES):
        for node in MODULES[file].body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and _counts(file, node):
                places[node.name].append(file)
    ports = {node.name for file in _files("bot/helpdesk/ports") for node in MODULES[file].body if _is_class(node)}
    for name, files in places.items():
        others = [file for file in files if not (file.startswith("storage/") and name in ports)]
        yield from ((file, name) for file in others if len(others) > 1 and not _is_job_of_surfaces(others))


def _is_job_of_surfaces(files: list[str]) -> bool:
    """Returns whether each of these files belongs to another chat surface, or to another stand-in of one."""
    owners = [next((surface for surface in _SURFACES if file.startswith(surface)), file) for file in files]
    return all(file.startswith(_SURFACES) for file in files) and len(set(owners)) == len(owners)


def _counts(file: str, node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    is_command = file.startswith("bot/cli/") and node.decorator_list
    is_catalogue = "/migrations/" in file or file.startswith(_MESSAGES)
    return not (node.name.startswith("_") or node.name == "main" or is_command or is_catalogue)


def _is_class(node: ast.stmt) -> TypeGuard[ast.ClassDef]:
    return isinstance(node, ast.ClassDef)


def docstrings_begin_with_a_verb_or_a_noun() -> Broken:
    """Yields modules, classes and functions whose docstring begins with a clause: What, Who, Whether and so on."""
    for file, module in MODULES.items():
        if _SUBJECT_CLAUSE.match(ast.get_docstring(module) or ""):
            yield file, "<module>"
        for name, node in definitions(module):
            if _SUBJECT_CLAUSE.match(ast.get_docstring(node) or ""):
                yield file, name


def constructors_are_short() -> Broken:
    """Yields classes whose `__init__` takes more than eight parameters."""
    for file, module in MODULES.items():
        for name, node in definitions(module):
            if isinstance(node, ast.FunctionDef) and node.name == "__init__":
                given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                if len(given) - 1 > MOST_PARAMETERS:
                    yield file, name.removesuffix(".__init__")


def dataclasses_are_small() -> Broken:
    """Yields dataclasses with more than twenty fields of their own."""
    for file, module in MODULES.items():
        for name, node in definitions(module):
            if isinstance(node, ast.ClassDef) and any("dataclass" in ast.unparse(one) for one in node.decorator_list):
                fields = [one for one in node.body if isinstance(one, ast.AnnAssign)]
                if sum("ClassVar" not in ast.unparse(one.annotation) for one in fields) > MOST_FIELDS:
                    yield file, name


def sentences_stand_in_messages() -> Broken:
    """Yields functions, and modules, with a sentence that employees or agents read outside of the files of languages.

    A text with three words or more, a beginning and an end is a sentence; in a view, two words in a row are one.
    Exempt are docstrings, log lines, the texts of errors, which operators read, and HTTP responses to programs.
    """
    for file in _files("bot/helpdesk/", "bot/slack/", "bot/teams/"):
        if not file.startswith((*_SENTENCES, _SECRETS, *_RECEIVED)):
            is_read = _is_read if file.startswith(_VIEWS) else _is_sentence
            yield from ((file, name) for name, text in _strings(MODULES[file], "<module>") if is_read(text))


def _strings(node: ast.AST, inside: str) -> Iterator[tuple[str, str]]:
    """Yields the strings below a node, each with the name of the definition that contains it."""
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Raise() | ast.Expr(value=ast.Constant()):
                continue
            case ast.Call(func=called) if re.search(r"^log\.|(Error|Response)$", ast.unparse(called)):
                continue
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield from _strings(child, name if inside == "<module>" else f"{inside}.{name}")
            case ast.Constant(value=str(text)):
                yield inside, text
            case ast.JoinedStr(values=parts):
                yield inside, "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts)
            case _:
                yield from _strings(child, inside)


def _is_sentence(text: str) -> bool:
    return bool(len(_WORD.findall(text)) > 2 and _BEGINS.match(text) and _ENDS.search(text))


def _is_read(text: str) -> bool:
    """Returns whether a text of a view has words: a label, or a piece of a sentence around a value."""
    return _is_sentence(text) or bool(_TWO_WORDS.search(text))


def the_sandbox_is_imported_by_commands_only() -> Broken:
    """Yields modules of the bot and of the storage, commands excepted, that import the sandbox."""
    for file in _files("bot/", "storage/"):
        if not file.startswith("bot/cli/"):
            yield from ((file, found) for found in imported(MODULES[file]) if found.split(".")[0] == "sandbox")


def the_help_desk_knows_no_slack() -> Broken:
    """Yields definitions of the help desk that mention Slack or one of its terms. Exempt are patterns of secrets."""
    for file in _files("bot/helpdesk/"):
        if file.startswith(_SECRETS):
            continue
        owners = {
            line: name
            for name, node in definitions(MODULES[file])
            for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
        }
        for number, line in enumerate(TEXTS[file].splitlines(), start=1):
            if _SLACK.search(line):
                yield file, owners.get(number, "<module>")


def _files(*folders: str) -> list[str]:
    return [file for file in MODULES if file.startswith(folders)]


RULES: Mapping[str, Callable[[], Broken]] = {
    rule.__name__: rule
    for rule in (
        one_name_one_meaning,
        docstrings_begin_with_a_verb_or_a_noun,
        constructors_are_short,
        dataclasses_are_small,
        sentences_stand_in_messages,
        the_sandbox_is_imported_by_commands_only,
        the_help_desk_knows_no_slack,
    )
}
