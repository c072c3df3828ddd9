"""The files of the languages: complete, alike in their placeholders, used, short enough, and chosen by the reader."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache

import pytest
from fluent.syntax import ast as fluent

from bot.helpdesk.messages import Catalog, Message, OwnWords, anyone, employee, in_a_row, message
from bot.helpdesk.messages.catalog import references_in, shipped_languages, shipped_text
from bot.helpdesk.messages.checking import english_placeholders, messages_in, placeholders_of, problems_in
from bot.helpdesk.model.chat import ENGLISH
from tests.source import MODULES, TEXTS

LANGUAGES = sorted(shipped_languages())
FILLED_LATER = {"person", "words", "place", "by"}
# Placeholders of sentences for employees are names, numbers and moments; addresses are links.
LENGTH_OF_VALUE = 10
LONGEST_SENTENCE = 200
LONGEST_TITLE = 24
LONGEST_BUTTON = 75


@cache
def entries(language: str) -> dict[str, fluent.Message]:
    return {one.id.name: one for one in messages_in(shipped_text(language))}


def lengths(pattern: fluent.Pattern) -> Iterator[int]:
    """Yields the length of each form of a pattern, with values of a usual length."""
    texts, forms = 0, [0]
    for element in pattern.elements:
        match element:
            case fluent.TextElement():
                texts += len(element.value)
            case fluent.Placeable(expression=fluent.SelectExpression() as choice):
                forms = [length for variant in choice.variants for length in lengths(variant.value)]
            case _:
                texts += LENGTH_OF_VALUE
    yield from (texts + form for form in forms)


def longest(message: fluent.Message) -> int:
    assert message.value is not None
    return max(lengths(message.value))


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


@cache
def said_in_code() -> dict[str, set[str]]:
    """Returns the values that the code gives each message, by its id."""
    calls = [
        node
        for file, module in MODULES.items()
        if "message(" in TEXTS[file] and file.startswith(("bot/helpdesk/messages/", "bot/slack/", "bot/teams/"))
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and _name(node.func) == "message"
    ]
    return {ast.literal_eval(call.args[0]): {str(given.arg) for given in call.keywords} for call in calls}


def needed_by(id: str) -> set[str]:
    """Returns the placeholders of a message, and of those it refers to."""
    found = entries(ENGLISH)[id]
    others = [needed_by(other) for other in references_in(found).messages]
    return set(placeholders_of(found)).union(*others)


def test_four_languages_ship() -> None:
    assert LANGUAGES == ["de", "en", "es", "fr"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_message_with_its_placeholders(language: str) -> None:
    assert list(problems_in(shipped_text(language))) == []
    assert entries(language).keys() == english_placeholders().keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_selector_has_the_same_variants_in_every_language(language: str) -> None:
    def variants(message: fluent.Message) -> set[str]:
        found = [node for node in walk(message) if isinstance(node, fluent.Variant)]
        return {one.key.name if isinstance(one.key, fluent.Identifier) else one.key.value for one in found} - PLURALS

    wrong = [id for id, one in entries(language).items() if variants(one) != variants(entries(ENGLISH)[id])]

    assert wrong == []


PLURALS = {"one", "other"}


def walk(node: fluent.BaseNode) -> Iterator[fluent.BaseNode]:
    yield node
    for value in vars(node).values():
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, fluent.BaseNode):
                yield from walk(child)


def test_every_message_is_said_somewhere_and_there_is_every_message_that_is() -> None:
    known = english_placeholders().keys()
    referred = {id for one in entries(ENGLISH).values() for id in references_in(one).messages}

    assert said_in_code().keys() - known == set()
    assert known - said_in_code().keys() - referred == set()


def test_code_gives_every_message_its_values_and_no_others() -> None:
    wrong = {id: given ^ needed_by(id) for id, given in said_in_code().items() if given ^ needed_by(id) - FILLED_LATER}

    assert {id: names - FILLED_LATER for id, names in wrong.items() if names - FILLED_LATER} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_and_labels_are_short(language: str) -> None:
    found = {id: longest(one) for id, one in entries(language).items()}

    to_employees = {id: size for id, size in found.items() if id.startswith(("employee-", "anyone-"))}
    titles = {id: size for id, size in found.items() if id.startswith("label-") and id.endswith("-title")}
    buttons = {id: size for id, size in found.items() if id.startswith("label-")}
    assert {id: size for id, size in to_employees.items() if size > LONGEST_SENTENCE} == {}
    assert {id: size for id, size in titles.items() if size > LONGEST_TITLE and "report" not in id} == {}
    assert {id: size for id, size in buttons.items() if size > 2 * LONGEST_BUTTON} == {}


def test_plurals_and_numbers_are_those_of_the_language() -> None:
    catalog = Catalog()
    said = {language: catalog.in_language(language)(employee.in_line(1_233)) for language in LANGUAGES}

    assert "1,234 in line" in said["en"]
    assert "1.234 in der" in said["de"]
    assert "1\u202f234 dans" in said["fr"]
    assert "1.234 de la cola" in said["es"]
    german = catalog.in_language("de")
    assert german(anyone.duration(60)) == "1 Minute"
    assert german(anyone.duration(120)) == "2 Minuten"


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("de-DE", "de"),
        ("de_AT", "de"),
        ("fr-CA", "fr"),
        ("es-LA", "es"),
        ("en-GB", "en"),
        ("ja-JP", "en"),
        (None, "fr"),
    ],
)
def test_a_locale_chooses_the_language_and_an_unknown_one_the_policy(locale: str | None, language: str) -> None:
    assert Catalog().for_locale(locale, "fr").language == language


def test_a_language_that_is_not_used_is_not_read() -> None:
    catalog = Catalog()
    catalog.in_language("de")

    assert set(catalog.loaded) == {"de", "en"}


# An operator's own sentences.

OWN = """\
# Ours.
employee-stopped = Halt.
employee-claimed = { $person } kümmert sich um { $name }.
"""


def test_own_sentences_replace_those_that_ship_and_the_others_stay() -> None:
    german = Catalog({"de": OWN}).in_language("de")

    assert german(employee.STOPPED) == "Halt."
    assert german.sentence(employee.claimed("HD-1")) == "{person} kümmert sich um HD-1."
    assert german(employee.NOTHING_TO_STOP) == Catalog().in_language("de")(employee.NOTHING_TO_STOP)


def test_a_language_of_an_operator_says_in_english_what_it_lacks() -> None:
    catalog = Catalog({"it": "employee-stopped = Fermato.\n"})
    italian = catalog.for_locale("it-IT", ENGLISH)

    assert italian(employee.STOPPED) == "Fermato."
    assert italian(employee.NOTHING_TO_STOP) == catalog.in_language(ENGLISH)(employee.NOTHING_TO_STOP)


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("employee-stopped = Halt.\nemployee-halted = Halt.\n", 2, "Did you mean"),
        ("employee-claimed = Jemand hilft bei { $name }.\n", 1, "lacks { $person }"),
        ("employee-stopped = Halt, { $name }.\n", 1, "no value for { $name }"),
        ("\n\nemployee-stopped = { $name\n", 4, "cannot be read"),
        ("employee-stopped = A.\nemployee-stopped = B.\n", 2, "twice"),
        ("employee-stopped = { nowhere }\n", 1, "no such message"),
        ("employee-stopped =\n    .title = Halt\n", 1, "has no words"),
    ],
)
def test_a_mistake_in_a_file_is_found_with_its_line(text: str, line: int, problem: str) -> None:
    assert [(at, problem in said) for at, said in problems_in(text)] == [(line, True)]


def test_a_sentence_that_cannot_be_formatted_is_said_in_english() -> None:
    broken = Catalog({"de": "employee-claimed = { $nobody }\n"}).in_language("de")

    assert broken.sentence(employee.claimed("HD-1")) == Catalog().in_language(ENGLISH).sentence(
        employee.claimed("HD-1")
    )


# Values.


def test_a_message_in_a_message_is_said_in_the_same_language() -> None:
    german = Catalog().in_language("de")

    assert german(in_a_row(employee.STOPPED, employee.DID_IT_HELP)) == "Gestoppt. Hat das Ihr Problem gelöst?"
    assert "90 Minuten" in german(message("reason-unavailable-for", time=anyone.duration(5_400)))


def test_the_policys_own_words_are_said_in_the_readers_language_or_in_the_first() -> None:
    own, catalog = OwnWords({"de": "Moment.", "en": "One moment."}), Catalog()

    assert [catalog.in_language(language)(own) for language in ("de", "en", "fr")] == [
        "Moment.",
        "One moment.",
        "One moment.",
    ]
    assert catalog.in_language("fr")(OwnWords({"es": "Un momento."})) == "Un momento."


def test_a_long_value_stays_whole() -> None:
    long = "word " * 3_000

    assert (
        Catalog().in_language(ENGLISH)(Message("ticket-late-answer", {"request": "r", "answer": long})).endswith(long)
    )
