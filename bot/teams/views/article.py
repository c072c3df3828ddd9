"""The card of an article, with the form in which it is written."""

from __future__ import annotations

from bot.chat_markdown.beginnings import beginning_of
from bot.helpdesk.messages import Translator, articles, labels
from bot.helpdesk.model.article import (
    LONGEST_QUESTION,
    LONGEST_TITLE,
    Article,
    ArticleCard,
    ArticleFigures,
    ArticleTransition,
    ArticleWords,
    Signature,
)
from bot.helpdesk.review.article_help import help_verdict
from bot.helpdesk.review.article_transitions import ARTICLE_TRANSITIONS, offered_in
from bot.teams import actions
from bot.teams.markdown import escape_markdown, excerpt, plain_text, render_sentence
from bot.teams.views.activity import Activity
from bot.teams.views.cards import (
    Json,
    adaptive_card,
    cut_text,
    fact,
    fact_set,
    fits,
    form_button,
    heading,
    hint,
    markdown_blocks,
    moment,
    press,
    quotation,
    small_print,
    text_input,
    title,
)
from bot.teams.views.handoff import CardView

# Characters of the answer behind *Show all*.
_LONGEST_WHOLE = 6_000


def article_activity(view: CardView, card: ArticleCard) -> Activity:
    """Renders the card, which fits one screen. Where its form would be too large for Teams, it is left out."""
    t = view.t
    name = card.words.title or t(articles.NO_WORDS)
    shown = _card(view, card, name, with_form=True)
    if not fits(shown):
        shown = _card(view, card, name, with_form=False)
    summary = f"{t(articles.FORM_TITLE)} ({t(articles.state(card.state.value))}): {excerpt(name)}"
    return Activity(card=shown, summary=summary)


def _card(view: CardView, card: ArticleCard, name: str, *, with_form: bool) -> Json:
    t = view.t
    none = t(articles.NO_WORDS)
    body = [
        title(f"{articles.STATE_EMOJI[card.state]} {name}"),
        fact_set(_facts(view, card)),
        heading(t(labels.QUESTION)),
        quotation(str(beginning_of(card.words.question)) or none),
        heading(t(articles.ANSWER)),
        quotation(str(beginning_of(plain_text(card.words.answer))) or none),
        *_small_print(t, card),
    ]
    return adaptive_card(body, _buttons(view, card, with_form=with_form), wide=True)


def _facts(view: CardView, card: ArticleCard) -> list[Json]:
    t = view.t
    facts = [
        fact(t(labels.STATE), escape_markdown(t(articles.state(card.state.value)))),
        fact(t(articles.CATEGORY), escape_markdown(card.words.category or t(articles.NO_CATEGORY))),
        fact(t(articles.WRITTEN_BY), _signed(view, card.written)),
    ]
    if card.approved is not None:
        facts.append(fact(t(articles.APPROVED_BY), _signed(view, card.approved)))
    if card.handoff is not None:
        facts.append(fact(t(articles.SOURCE), escape_markdown(card.handoff)))
    return facts


def _signed(view: CardView, signature: Signature) -> str:
    return f"{view.names.written(signature.by)} · {moment(signature.at)}"


def _small_print(t: Translator, card: ArticleCard) -> list[Json]:
    before, after = card.before, card.after
    notes = [
        *([render_sentence(card.trouble, {})] if card.trouble is not None else ()),
        *([t(articles.used_since(moment(card.activated_at)))] if card.activated_at is not None else ()),
        *([escape_markdown(t(articles.OUTDATED))] if card.outdated else ()),
        *([_helped(t, before, after)] if before and after else ()),
    ]
    return [small_print(note) for note in notes]


def _helped(t: Translator, before: ArticleFigures, after: ArticleFigures) -> str:
    return escape_markdown(t(articles.figures(help_verdict(before, after), before, after)))


def _buttons(view: CardView, card: ArticleCard, *, with_form: bool) -> list[Json]:
    offered = [one for one in offered_in(card.state) if with_form or one is not ArticleTransition.EDIT]
    buttons = [_transition(view, card, one) for one in offered]
    is_cut = any(beginning_of(text).rest for text in (card.words.question, card.words.answer))
    return [*buttons, form_button(view.t(labels.SHOW_ALL), _whole(view.t, card), None)] if is_cut else buttons


def _transition(view: CardView, card: ArticleCard, transition: ArticleTransition) -> Json:
    row = ARTICLE_TRANSITIONS[transition]
    assert row.label is not None
    label = view.t(row.label)
    if transition is ArticleTransition.EDIT:
        submit = _save_button(view.t, card.article_id, card.edition, view.key)
        return form_button(label, _form(view.t, card.words), submit)
    return press(label, transition, card.article_id, view.key, primary=row.primary, edition=card.edition)


def article_form_activity(t: Translator, article: Article) -> Activity:
    """Renders the form of an article that has no card yet, for the person who writes it."""
    name = t(articles.FORM_TITLE)
    body = [title(f"{articles.STATE_EMOJI[article.state]} {name}"), *_form(t, article.words)]
    return Activity(card=adaptive_card(body, [_save_button(t, article.id, article.edition)]), summary=name)


def _save_button(t: Translator, article_id: str, edition: int, key: str = "") -> Json:
    return press(t(articles.SUBMIT), ArticleTransition.EDIT, article_id, key, primary=True, edition=edition)


def _form(t: Translator, words: ArticleWords) -> list[Json]:
    error = t(articles.NEEDS_WORDS)
    return [
        text_input(actions.TITLE, t(articles.TITLE), value=words.title, lines=False, error=error, most=LONGEST_TITLE),
        text_input(actions.QUESTION, t(labels.QUESTION), value=words.question, error=error, most=LONGEST_QUESTION),
        hint(t(articles.QUESTION_HINT)),
        text_input(actions.WORDS, t(articles.ANSWER), value=words.answer, error=error),
        hint(t(articles.ANSWER_HINT)),
        text_input(actions.CATEGORY, t(articles.CATEGORY), value=words.category, lines=False, most=LONGEST_TITLE),
        hint(t(articles.CATEGORY_HINT)),
    ]


def _whole(t: Translator, card: ArticleCard) -> list[Json]:
    answer = cut_text(t, card.words.answer, _LONGEST_WHOLE)
    return [
        heading(t(labels.QUESTION)),
        quotation(cut_text(t, card.words.question, LONGEST_QUESTION)),
        heading(t(articles.ANSWER)),
        *markdown_blocks(answer),
    ]
