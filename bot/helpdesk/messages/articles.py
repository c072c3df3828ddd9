"""Articles: private notes about them, and the labels of their cards and forms. For agents, without secrets."""

from __future__ import annotations

from bot.helpdesk.messages.text import Message, message, variant
from bot.helpdesk.model.article import ArticleFigures, ArticleState

STATE_EMOJI = {
    ArticleState.DRAFT: "📝",
    ArticleState.WAITING: "🟠",
    ArticleState.SENDING: "⏳",
    ArticleState.READY: "✅",
    ArticleState.WITHDRAWN: "⚪",
    ArticleState.REFUSED: "⚠️",
}
"""The sign of each state, before the title of a card."""

# Private notes.

MARK_OUTSIDE_HANDOFF = message("agents-mark-outside-handoff")
CHANGED_MEANWHILE = message("agents-article-changed-meanwhile")
SECOND_PERSON_APPROVES = message("agents-second-person-approves")
NEEDS_WORDS = message("agents-article-needs-words")


def drafted(name: str) -> Message:
    """An article was drafted from the handoff of this name."""
    return message("agents-article-drafted", name=name)


def is_in_state(state: str, *, approved: bool) -> Message:
    """A button does not apply to the state; `approved`: `$person` has just approved it."""
    if approved:
        return message("agents-article-approved-already")
    return message("agents-article-not-possible", state=variant(state))


# The card.

APPROVE = message("label-article-approve")
EDIT = message("label-article-edit")
WITHDRAW = message("label-article-withdraw")
ACTIVATE = message("label-article-activate")
TRY_AGAIN = message("label-article-try-again")
CATEGORY = message("label-article-category")
NO_CATEGORY = message("label-article-no-category")
ANSWER = message("label-article-answer")
NO_WORDS = message("label-article-no-words")
WRITTEN_BY = message("label-article-written-by")
APPROVED_BY = message("label-article-approved-by")
SOURCE = message("label-article-source")
OUTDATED = message("label-article-outdated")


def state(name: str) -> Message:
    """A state of an article by its name."""
    return message("label-article-state", state=variant(name))


def used_since(moment: str) -> Message:
    """The assistant uses the article since then."""
    return message("label-article-used-since", moment=moment)


def delayed(code: str) -> Message:
    """The assistant does not take an article now; the desk tries again by itself."""
    return message("label-article-delayed", code=code)


def refused(reason: str, code: str) -> Message:
    """The assistant would not take an article, for one of the reasons of the language files."""
    return message("label-article-refused", reason=reason, code=code)


def figures(verdict: str, before: ArticleFigures, after: ArticleFigures) -> Message:
    """The verdict on an article, and the figures of the time before it was in use and since then."""
    return message(
        "agents-article-figures",
        verdict=variant(verdict).replace(" ", "-"),
        days=round(after.days),
        asked=_per_week(after),
        asked_before=_per_week(before),
        questions=after.questions,
        troubled=after.troubled,
        questions_before=before.questions,
        troubled_before=before.troubled,
    )


def _per_week(figures: ArticleFigures) -> float:
    return round(figures.per_week, 1)


# The form.

FORM_TITLE = message("label-article-title")
WHOLE_TITLE = message("label-article-whole-title")
TITLE = message("label-article-name")
TITLE_HINT = message("label-article-name-hint")
QUESTION_HINT = message("label-article-question-hint")
ANSWER_HINT = message("label-article-answer-hint")
CATEGORY_HINT = message("label-article-category-hint")
SUBMIT = message("label-article-submit")


def answer_part(number: int, parts: int) -> Message:
    """The label of one of several fields that hold the answer."""
    return message("label-article-answer-part", number=number, parts=parts)
