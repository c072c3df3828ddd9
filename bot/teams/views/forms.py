"""Forms that have no card to stand on. Each is a message in the own chat of the person who pressed."""

from __future__ import annotations

from bot.helpdesk.messages import Translator, labels
from bot.helpdesk.model.article import Article
from bot.helpdesk.model.effects import Form
from bot.helpdesk.ports import FormContent
from bot.teams.markdown import escape_markdown, words_of_person
from bot.teams.views.activity import Activity
from bot.teams.views.article import article_form_activity


def form_activity(t: Translator, form: Form, shown: FormContent) -> Activity | None:
    """Renders a form. None if it stands on the card that was pressed, or if there is nothing to show in it."""
    match form, shown:
        case Form.ORIGINAL, str(words):
            return _original_activity(t, words)
        case Form.ARTICLE, Article():
            return article_form_activity(t, shown)
    return None


def _original_activity(t: Translator, words: str) -> Activity:
    """Renders a question as it was before redaction, character by character."""
    head, note = escape_markdown(t(labels.ORIGINAL_TITLE)), escape_markdown(t(labels.ORIGINAL_NOTE))
    return Activity(text=f"**{head}**\n\n{words_of_person(words)}\n\n*{note}*", summary=t(labels.ORIGINAL_TITLE))
