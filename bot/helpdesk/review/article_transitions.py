"""The state machine of an article: one row for each transition, from which buttons and permissions are derived."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.helpdesk.escalation import Approval
from bot.helpdesk.messages import Message, articles
from bot.helpdesk.model.article import Article, ArticleState, ArticleTransition, Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleTransitionRow:
    """A transition: the states it starts from, those it may lead to, and the change of the record.

    `change` returns the record in its new state. Its arguments are the record, the person who makes the transition, and
    the time. `label` is the text of its button; None: it follows from the outcome of sending the article.
    """

    sources: tuple[ArticleState, ...]
    targets: tuple[ArticleState, ...]
    change: Callable[[Article, str, float], Article]
    label: Message | None = None
    primary: bool = False


def is_allowed(state: ArticleState, transition: ArticleTransition) -> bool:
    """Returns whether an article in `state` can make the transition."""
    return state in ARTICLE_TRANSITIONS[transition].sources


def offered_in(state: ArticleState) -> tuple[ArticleTransition, ...]:
    """Returns the transitions that people can make in `state`, in the order of the buttons."""
    return tuple(one for one, row in ARTICLE_TRANSITIONS.items() if state in row.sources and row.label is not None)


def may_approve(article: Article, person: str, approval: Approval) -> bool:
    """Returns whether a person may approve the current edition: its author only if the policy says so."""
    return approval is Approval.AUTHOR or person != article.written.by


def _edit(article: Article, person: str, now: float) -> Article:
    """The words are changed already. The document, if there is one, stays as it is until they are approved."""
    return replace(
        article,
        state=ArticleState.WAITING,
        written=Signature(by=person, at=now),
        approved=None,
        edition=article.edition + 1,
        trouble=None,
    )


def _approve(article: Article, person: str, now: float) -> Article:
    return _sending(replace(article, approved=Signature(by=person, at=now)), activates=True)


def _withdraw(article: Article, person: str, now: float) -> Article:
    """Only a document that may exist has to be withdrawn from the assistant."""
    if article.document.begun:
        return _sending(article, activates=False)
    return replace(article, state=ArticleState.WITHDRAWN, trouble=None)


def _activate(article: Article, person: str, now: float) -> Article:
    """An edition that nobody has approved becomes a draft again."""
    if article.approved is not None:
        return _sending(article, activates=True)
    return replace(article, state=ArticleState.DRAFT)


def _retry(article: Article, person: str, now: float) -> Article:
    return _sending(article, activates=article.activates)


def _sending(article: Article, *, activates: bool) -> Article:
    return replace(article, state=ArticleState.SENDING, activates=activates, trouble=None)


def _succeed(article: Article, person: str, now: float) -> Article:
    if not article.activates:
        return replace(article, state=ArticleState.WITHDRAWN, activated_at=None, trouble=None)
    return replace(article, state=ArticleState.READY, activated_at=article.activated_at or now, trouble=None)


def _refuse(article: Article, person: str, now: float) -> Article:
    return replace(article, state=ArticleState.REFUSED)


_DRAFT, _WAITING, _SENDING = ArticleState.DRAFT, ArticleState.WAITING, ArticleState.SENDING
_READY, _WITHDRAWN, _REFUSED = ArticleState.READY, ArticleState.WITHDRAWN, ArticleState.REFUSED

ARTICLE_TRANSITIONS: Mapping[ArticleTransition, ArticleTransitionRow] = {
    ArticleTransition.APPROVE: ArticleTransitionRow(
        sources=(_WAITING,), targets=(_SENDING,), change=_approve, label=articles.APPROVE, primary=True
    ),
    ArticleTransition.RETRY: ArticleTransitionRow(
        sources=(_REFUSED,), targets=(_SENDING,), change=_retry, label=articles.TRY_AGAIN, primary=True
    ),
    ArticleTransition.ACTIVATE: ArticleTransitionRow(
        sources=(_WITHDRAWN,), targets=(_SENDING, _DRAFT), change=_activate, label=articles.ACTIVATE
    ),
    ArticleTransition.EDIT: ArticleTransitionRow(
        sources=(_DRAFT, _WAITING, _READY, _WITHDRAWN, _REFUSED),
        targets=(_WAITING,),
        change=_edit,
        label=articles.EDIT,
    ),
    ArticleTransition.WITHDRAW: ArticleTransitionRow(
        sources=(_DRAFT, _WAITING, _READY, _REFUSED),
        targets=(_SENDING, _WITHDRAWN),
        change=_withdraw,
        label=articles.WITHDRAW,
    ),
    ArticleTransition.SUCCEED: ArticleTransitionRow(sources=(_SENDING,), targets=(_READY, _WITHDRAWN), change=_succeed),
    ArticleTransition.REFUSE: ArticleTransitionRow(sources=(_SENDING,), targets=(_REFUSED,), change=_refuse),
}
