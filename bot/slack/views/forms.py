"""Modals: the reason for a bad verdict, the resolution of a handoff, and what a card does not show."""

from __future__ import annotations

from collections.abc import Sequence

from bot.helpdesk import messages
from bot.helpdesk.handoffs.card_words import all_reasons
from bot.helpdesk.handoffs.drafts import LONGEST_EDITED
from bot.helpdesk.messages import Translator, labels
from bot.helpdesk.model.chat import Person
from bot.helpdesk.model.handoff import Card, Outcome
from bot.helpdesk.model.home import LONGEST_SEARCH, Filter
from bot.slack import ids
from bot.slack.markdown import mrkdwn_parts
from bot.slack.views.blocks import (
    LONGEST_SECTION,
    Block,
    context,
    entry,
    modal,
    option,
    reading_view,
    section,
    sections,
    text_input,
)
from bot.slack.views.rich_text import as_formatted, as_unformatted, verbatim

_MOST_OPTIONS = 100


def reason_form(t: Translator, answer_id: str) -> Block:
    """Builds the form for the reason of a bad verdict; it returns `answer_id`."""
    reason = entry(ids.REASON_BLOCK, t(labels.REASON), t(labels.REASON_HINT), text_input(ids.REASON_INPUT))
    return modal(t, ids.REASON_FORM, answer_id, labels.REASON_TITLE, reason)


def resolution_form(t: Translator, handoff_id: str, *, words_required: bool) -> Block:
    """Builds the form for resolution, outcome and reference article; it returns `handoff_id`."""
    return modal(
        t,
        ids.RESOLUTION_FORM,
        handoff_id,
        labels.RESOLUTION_TITLE,
        entry(
            ids.RESOLUTION_BLOCK,
            t(labels.RESOLUTION),
            t(labels.RESOLUTION_HINT),
            text_input(ids.RESOLUTION_INPUT),
            optional=not words_required,
        ),
        entry(
            ids.OUTCOME_BLOCK,
            t(labels.OUTCOME),
            t(labels.OUTCOME_HINT),
            {
                "type": "radio_buttons",
                "action_id": ids.OUTCOME_INPUT,
                "options": [option(t(labels.outcome_option(outcome)), outcome.value) for outcome in Outcome],
                "initial_option": option(t(labels.outcome_option(Outcome.SOLVED)), Outcome.SOLVED.value),
            },
        ),
        entry(
            ids.REFERENCE_BLOCK,
            t(labels.REFERENCE),
            t(labels.REFERENCE_HINT),
            {
                "type": "checkboxes",
                "action_id": ids.REFERENCE_INPUT,
                "options": [option(t(labels.MAKE_REFERENCE), ids.REFERENCE_INPUT)],
            },
            optional=True,
        ),
    )


def assignee_form(t: Translator, metadata: str, people: Sequence[Person]) -> Block:
    """Builds the choice of an assignee among the members of the channel; it returns `metadata`.

    Where they are not known, or are more than a menu takes, it offers everybody; who is no member is refused later.
    """
    placeholder = {"type": "plain_text", "text": t(labels.ASSIGNEE)}
    menu: Block = {"type": "users_select", "action_id": ids.ASSIGNEE_INPUT, "placeholder": placeholder}
    if 0 < len(people) <= _MOST_OPTIONS:
        options = [option(person.name or person.id, person.id) for person in people]
        menu = {**menu, "type": "static_select", "options": options}
    field = entry(ids.ASSIGNEE_BLOCK, t(labels.ASSIGNEE), t(labels.ASSIGNEE_HINT), menu)
    return modal(t, ids.ASSIGNEE_FORM, metadata, labels.ASSIGNEE_TITLE, field)


def draft_form(t: Translator, metadata: str, text: str) -> Block:
    """Builds the form with the text of a draft, at most 3,000 characters; it returns `metadata`."""
    field: Block = {**text_input(ids.DRAFT_INPUT), "max_length": LONGEST_EDITED}
    if text:
        field["initial_value"] = text
    words = entry(ids.DRAFT_BLOCK, t(labels.DRAFT_WORDS), t(labels.DRAFT_HINT), field)
    return modal(t, ids.DRAFT_FORM, metadata, labels.DRAFT_TITLE, words)


def search_form(t: Translator, chosen: Filter) -> Block:
    """Builds the form of a search, filled in as it was before; it returns the filter of the home."""
    words: Block = {"type": "plain_text_input", "action_id": ids.SEARCH_INPUT, "max_length": LONGEST_SEARCH}
    if chosen.words:
        words["initial_value"] = chosen.words
    employee: Block = {"type": "users_select", "action_id": ids.EMPLOYEE_INPUT}
    if chosen.employee:
        employee["initial_user"] = chosen.employee
    return modal(
        t,
        ids.SEARCH_FORM,
        ids.filter_text(chosen),
        labels.SEARCH_TITLE,
        entry(ids.SEARCH_BLOCK, t(labels.SEARCH_WORDS), t(labels.SEARCH_HINT), words, optional=True),
        entry(ids.EMPLOYEE_BLOCK, t(labels.ASKED_BY), t(labels.SEARCH_EMPLOYEE_HINT), employee, optional=True),
        submit=labels.SEARCH,
    )


def original_view(t: Translator, text: str) -> Block:
    """Builds a view of a question character by character, without mentions and links."""
    return reading_view(
        t, ids.ORIGINAL_VIEW, labels.ORIGINAL_TITLE, [*verbatim(text), context(t(labels.ORIGINAL_NOTE))]
    )


def whole_card_view(t: Translator, card: Card) -> Block:
    """Builds a view of the texts that a card cuts short, without secrets."""
    question = t(messages.agents.HIDDEN_QUESTION) if card.hidden else card.question
    parts = [
        (labels.QUESTION, as_unformatted(question) if question else []),
        (messages.agents.ANSWER, [block for text in _answer_texts(card) for block in sections(text)]),
        (labels.REASONS, as_unformatted(all_reasons(card))),
        (labels.RESOLUTION_SHOWN, as_formatted(card.resolution_text) if card.resolution_text else []),
    ]
    blocks = [block for title, words in parts if words for block in (section(f"*{t(title)}*"), *words)]
    return reading_view(t, ids.WHOLE_CARD_VIEW, labels.WHOLE_CARD_TITLE, blocks)


def _answer_texts(card: Card) -> tuple[str, ...]:
    return mrkdwn_parts(card.answer.text, LONGEST_SECTION) if card.answer else ()
