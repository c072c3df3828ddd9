"""The card of an article, the form in which it is written, and the view of all of it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat_markdown.beginnings import beginning_of
from bot.helpdesk.messages import Message, Translator, articles, labels
from bot.helpdesk.model.article import LONGEST_QUESTION, LONGEST_TITLE, Article, ArticleCard
from bot.helpdesk.model.events import Button
from bot.helpdesk.review.article_help import help_verdict
from bot.helpdesk.review.article_transitions import ARTICLE_TRANSITIONS, offered_in
from bot.slack import ids
from bot.slack.markdown import escape_mrkdwn, excerpt, mrkdwn_parts, render_sentence
from bot.slack.views.blocks import (
    LONGEST_SECTION,
    Block,
    MessagePayload,
    actions,
    button,
    context,
    entry,
    fields,
    header,
    modal,
    moment,
    reading_view,
    section,
    sections,
)
from bot.slack.views.handoff import quote_mrkdwn
from bot.slack.views.rich_text import as_unformatted

LONGEST_FIELD = 3_000
# Characters of the answer with which a field begins: the rest is room for what is added.
_FILLED = 2_500
# The places at which an answer is cut, the best first. Each has a letter, by which the form remembers it.
_CUTS = {"p": "\n\n", "n": "\n", "s": " ", "-": ""}


def article_message(t: Translator, card: ArticleCard) -> MessagePayload:
    """Renders the card, which fits one screen: long texts are cut short."""
    title = card.words.title or t(articles.NO_WORDS)
    return MessagePayload(
        text=f"{t(articles.FORM_TITLE)} ({t(articles.state(card.state.value))}): {excerpt(title, 200)}",
        blocks=[
            header(f"{articles.STATE_EMOJI[card.state]} {title}"),
            fields(*_facts(t, card)),
            section(f"*{t(labels.QUESTION)}*"),
            *as_unformatted(_beginning(card.words.question) or t(articles.NO_WORDS), quoted=True),
            section(f"*{t(articles.ANSWER)}*"),
            section(_quoted_answer(t, card)),
            *_small_print(t, card),
            actions(*_buttons(t, card)),
        ],
    )


def _facts(t: Translator, card: ArticleCard) -> list[str]:
    category = escape_mrkdwn(card.words.category) or t(articles.NO_CATEGORY)
    facts = [
        (labels.STATE, escape_mrkdwn(t(articles.state(card.state.value)))),
        (articles.CATEGORY, category),
        (articles.WRITTEN_BY, f"<@{card.written.by}> · {moment(card.written.at)}"),
    ]
    if card.approved is not None:
        facts.append((articles.APPROVED_BY, f"<@{card.approved.by}> · {moment(card.approved.at)}"))
    if card.handoff is not None:
        facts.append((articles.SOURCE, escape_mrkdwn(card.handoff)))
    return [f"*{t(name)}*: {value}" for name, value in facts]


def _beginning(text: str) -> str:
    shown = beginning_of(text)
    return f"{shown.text}{shown.rest}"


def _quoted_answer(t: Translator, card: ArticleCard) -> str:
    if not card.words.answer:
        return f"_{t(articles.NO_WORDS)}_"
    shown = beginning_of(card.words.answer)
    return quote_mrkdwn("".join(mrkdwn_parts(shown.text, LONGEST_SECTION)[:1]) + shown.rest)


def _small_print(t: Translator, card: ArticleCard) -> list[Block]:
    before, after = card.before, card.after
    notes = [
        *([render_sentence(card.trouble)] if card.trouble is not None else ()),
        *([t(articles.used_since(moment(card.activated_at)))] if card.activated_at is not None else ()),
        *([t(articles.OUTDATED)] if card.outdated else ()),
        *([t(articles.figures(help_verdict(before, after), before, after))] if before and after else ()),
    ]
    return [context(*notes)] if notes else []


def _buttons(t: Translator, card: ArticleCard) -> list[Block]:
    value = ids.edition_value(card.article_id, card.edition)
    row = [
        button(t(label), ids.ACTION_OF[one], value, style="primary" if ARTICLE_TRANSITIONS[one].primary else None)
        for one in offered_in(card.state)
        if (label := ARTICLE_TRANSITIONS[one].label) is not None
    ]
    is_cut = any(beginning_of(text).rest for text in (card.words.question, card.words.answer))
    # A row must have a button; while an article is being sent, that is all there is to do.
    if is_cut or not row:
        row.append(button(t(labels.SHOW_ALL), ids.ACTION_OF[Button.SHOW_ARTICLE], value))
    return row


def article_form(t: Translator, article: Article) -> Block:
    """Builds the form with the words of an article. An answer that is longer than a field is split over several."""
    words = article.words
    answer, cuts = split_answer(words.answer)
    return modal(
        t,
        ids.ARTICLE_FORM,
        ids.article_edition(article.id, article.edition, cuts),
        articles.FORM_TITLE,
        _field(t, ids.ARTICLE_TITLE, articles.TITLE, articles.TITLE_HINT, words.title, most=LONGEST_TITLE),
        _field(t, ids.ARTICLE_QUESTION, labels.QUESTION, articles.QUESTION_HINT, words.question, most=LONGEST_QUESTION),
        *_answer_fields(t, answer),
        _field(t, ids.ARTICLE_CATEGORY, articles.CATEGORY, articles.CATEGORY_HINT, words.category, most=LONGEST_TITLE),
        submit=articles.SUBMIT,
    )


def _answer_fields(t: Translator, answer: Sequence[str]) -> list[Block]:
    """Builds the fields of the answer. Only the first one has to be filled in."""
    labelled = [
        articles.ANSWER if len(answer) == 1 else articles.answer_part(number, len(answer))
        for number in range(1, len(answer) + 1)
    ]
    return [
        _field(
            t, ids.article_answer(number), label, articles.ANSWER_HINT, part, most=LONGEST_FIELD, optional=number > 0
        )
        for number, (label, part) in enumerate(zip(labelled, answer, strict=True))
    ]


def _field(
    t: Translator, id: str, label: Message, hint: Message, words: str, *, most: int, optional: bool | None = None
) -> Block:
    one_line = most == LONGEST_TITLE
    element: Block = {"type": "plain_text_input", "action_id": id, "multiline": not one_line, "max_length": most}
    if words.strip():
        element["initial_value"] = words
    return entry(id, t(label), t(hint), element, optional=id == ids.ARTICLE_CATEGORY if optional is None else optional)


def split_answer(answer: str) -> tuple[list[str], str]:
    """Splits an answer over fields, with a letter for what stood at each cut; `join_answer` puts it together again.

    Cuts between paragraphs where it can, else between lines or words.
    """
    parts, cuts = [], ""
    while len(answer) > LONGEST_FIELD:
        letter, place = _cut(answer)
        parts.append(answer[:place])
        cuts += letter
        answer = answer[place + len(_CUTS[letter]) :]
    return [*parts, answer], cuts


def _cut(answer: str) -> tuple[str, int]:
    for letter, mark in _CUTS.items():
        place = answer.rfind(mark, _FILLED // 2, _FILLED)
        if mark and place > 0 and not answer[:place].isspace():
            return letter, place
    return "-", _FILLED


def join_answer(parts: Sequence[str], cuts: str) -> str:
    """Puts together an answer that `split_answer` has split, and that people have edited since."""
    joined = parts[0] if parts else ""
    for part, letter in zip(parts[1:], cuts.ljust(len(parts), "n"), strict=False):
        joined += _CUTS.get(letter, "\n") + part if part else ""
    return joined


def whole_article_view(t: Translator, article: Article) -> Block:
    """Builds a view of all the words of an article."""
    answer = [block for part in mrkdwn_parts(article.words.answer, LONGEST_SECTION) for block in sections(part)]
    parts = [
        (labels.QUESTION, as_unformatted(article.words.question) if article.words.question else []),
        (articles.ANSWER, answer),
    ]
    blocks = [block for title, words in parts if words for block in (section(f"*{t(title)}*"), *words)]
    return reading_view(t, ids.WHOLE_ARTICLE_VIEW, articles.WHOLE_TITLE, blocks or [section(t(articles.NO_WORDS))])
