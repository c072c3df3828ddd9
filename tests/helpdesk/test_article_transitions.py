"""The states of an article and the transitions between them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.helpdesk.escalation import Approval
from bot.helpdesk.model.article import Article, ArticleState, ArticleTransition, AssistantDocument
from bot.helpdesk.review.article_transitions import ARTICLE_TRANSITIONS, is_allowed, may_approve, offered_in
from tests.articles import article

DRAFT, WAITING, SENDING = ArticleState.DRAFT, ArticleState.WAITING, ArticleState.SENDING
READY, WITHDRAWN, REFUSED = ArticleState.READY, ArticleState.WITHDRAWN, ArticleState.REFUSED
PEOPLE = ("U_ada", "U_ben", "U_cy")

ALLOWED = {
    ArticleTransition.EDIT: {DRAFT, WAITING, READY, WITHDRAWN, REFUSED},
    ArticleTransition.APPROVE: {WAITING},
    ArticleTransition.WITHDRAW: {DRAFT, WAITING, READY, REFUSED},
    ArticleTransition.ACTIVATE: {WITHDRAWN},
    ArticleTransition.RETRY: {REFUSED},
    ArticleTransition.SUCCEED: {SENDING},
    ArticleTransition.REFUSE: {SENDING},
}


@pytest.mark.parametrize("transition", ArticleTransition)
@pytest.mark.parametrize("state", ArticleState)
def test_every_transition_is_allowed_where_the_table_says(state: ArticleState, transition: ArticleTransition) -> None:
    assert is_allowed(state, transition) is (state in ALLOWED[transition])


def test_while_an_article_is_sent_people_can_do_nothing() -> None:
    assert offered_in(SENDING) == ()
    assert all(offered_in(state) for state in ArticleState if state is not SENDING)


def test_every_transition_has_a_row() -> None:
    assert set(ARTICLE_TRANSITIONS) == set(ArticleTransition)


steps = st.lists(st.tuples(st.sampled_from(ArticleTransition), st.sampled_from(PEOPLE)), max_size=40)


def _after(before: Article, transition: ArticleTransition, person: str, now: float) -> Article:
    """Makes a transition, with what is recorded of the document beside it."""
    after = ARTICLE_TRANSITIONS[transition].change(before, person, now)
    if after.state is SENDING and after.activates:
        after = replace(after, document=replace(after.document, begun=True))
    if transition is ArticleTransition.SUCCEED and after.activates:
        after = replace(after, document=AssistantDocument(id="doc_1", begun=True, edition=after.edition))
    return after


@given(steps, st.sampled_from(Approval))
def test_only_what_was_approved_is_sent_and_used(
    steps: list[tuple[ArticleTransition, str]], approval: Approval
) -> None:
    current = article("art_1", question="Where is it?", answer="There.")
    approved: dict[int, str] = {}
    for number, (transition, person) in enumerate(steps):
        if not is_allowed(current.state, transition):
            continue
        if transition is ArticleTransition.APPROVE and not may_approve(current, person, approval):
            continue
        before, current = current, _after(current, transition, person, float(number))
        if transition is ArticleTransition.APPROVE:
            approved[current.edition] = person

        assert current.state in ARTICLE_TRANSITIONS[transition].targets
        if current.state is SENDING and current.activates:
            assert current.approved is not None
            assert approved[current.edition] == current.approved.by
        if current.state is READY:
            assert current.activated_at is not None
            assert current.document.edition in approved
        if current.state is WITHDRAWN:
            assert current.activated_at is None
        if current.approved is not None and approval is Approval.SECOND_PERSON:
            assert current.approved.by != current.written.by
        assert (current.edition > before.edition) is (transition is ArticleTransition.EDIT)
        if transition is ArticleTransition.EDIT:
            assert current.approved is None
            assert current.document == before.document
            assert current.activated_at == before.activated_at


@given(steps)
def test_from_everywhere_an_article_can_be_edited_again(steps: list[tuple[ArticleTransition, str]]) -> None:
    current = article("art_1", question="Where is it?", answer="There.")
    for number, (transition, person) in enumerate(steps):
        if is_allowed(current.state, transition):
            current = _after(current, transition, person, float(number))

    if current.state is SENDING:
        current = _after(current, ArticleTransition.REFUSE, "", 99.0)
    assert is_allowed(current.state, ArticleTransition.EDIT)
