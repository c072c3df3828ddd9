"""Articles: drafted from handoffs and gaps, edited and approved by people, and then sent to the assistant.

Only approved words are sent. An article cannot change while it is being sent, so that it is sent as it was approved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from bot.errors import BadRequestError, CredentialError, NotFoundError, OutsideError, PlanError
from bot.helpdesk import messages
from bot.helpdesk.alarms import (
    raise_credential_alarm,
    raise_failure_alarm,
    record_channel_failure,
    record_channel_success,
)
from bot.helpdesk.handoffs.hiding import is_kept
from bot.helpdesk.handoffs.notify import log_event, open_form, send_private_note, send_private_note_to
from bot.helpdesk.lanes import Lane
from bot.helpdesk.model.article import (
    LONGEST_QUESTION,
    LONGEST_TITLE,
    Article,
    ArticleCard,
    ArticleFigures,
    ArticleOrigin,
    ArticleSource,
    ArticleState,
    ArticleTransition,
    ArticleWords,
    Signature,
)
from bot.helpdesk.model.chat import ThreadAddress
from bot.helpdesk.model.content import LinkedPlace
from bot.helpdesk.model.conversation import new_id
from bot.helpdesk.model.effects import (
    Body,
    ChangeDocument,
    CreateDocument,
    Effect,
    Form,
    MeasureArticle,
    PostMessage,
    ReadMarkedMessage,
    RefreshArticle,
    SetDocumentStatus,
)
from bot.helpdesk.model.events import ArticleWritten, MessageMarked, Pressed
from bot.helpdesk.model.handoff import Handoff
from bot.helpdesk.model.history import TimelineEvent
from bot.helpdesk.model.job import JobKind, ScheduledJob
from bot.helpdesk.model.target import ArticleChannel, FixedTarget
from bot.helpdesk.ports import Transaction
from bot.helpdesk.redaction import SafeText, redact, shorten
from bot.helpdesk.review.article_help import BEFORE, MEASURED_AFTER
from bot.helpdesk.review.article_transitions import ARTICLE_TRANSITIONS, is_allowed, may_approve
from bot.helpdesk.unit_of_work import UnitOfWork

NO_DOCUMENT_ID = "no_document_id"
"""The error code for a document that was created, and whose id is not known."""

DOCUMENTS_UNREADABLE = "documents_unreadable"
"""The error code for a document that may be there, while not all documents can be read."""

# Seconds until a card is posted again in a channel that took no posts.
_REPOST_AFTER = 3600.0
_LONGEST_DRAFTED_TITLE = 100

# Drafts.


def draft_from_handoff(uow: UnitOfWork, handoff: Handoff, answer: str, author: str, origin: ArticleOrigin) -> Article:
    """Drafts an article from the question of a handoff and an answer of an agent's.

    Of a hidden one neither is taken: not everybody who reads the review is to know what it was about. Nor of one that
    is kept from the assistant, to which an article goes.
    """
    question = uow.tx.questions.get(handoff.question_id)
    kept = handoff.hidden or is_kept(uow, handoff)
    asked = redact(question.text if question and not kept else "")
    answer = "" if kept else answer
    article = _new_article(
        uow,
        asked,
        redact(answer),
        author,
        ArticleSource(
            origin=origin,
            conversation_id=handoff.conversation_id,
            handoff_id=handoff.id,
            question_id=handoff.question_id,
        ),
    )
    log_event(uow, handoff, TimelineEvent.KEPT_AS_REFERENCE, person=author, detail=article.id)
    _post_card(uow, article)
    return article


def draft_from_gap(
    uow: UnitOfWork, pressed: Pressed, gap_id: str, examples: Sequence[SafeText], resolutions: Sequence[SafeText]
) -> None:
    """Opens the form of the article for a gap, which begins with its plainest question and its best resolution.

    `resolutions` stand in order, the best first. There is one article for a gap: it is drafted at the first press, and
    its card is posted once the form is sent. While it cannot be edited, the person is told its state.
    """
    article = uow.tx.articles.of_gap(gap_id)
    if article is None:
        answer = next((words for words in resolutions if words.strip()), redact(""))
        source = ArticleSource(origin=ArticleOrigin.GAP, gap_id=gap_id)
        article = _new_article(uow, plainest(examples), answer, pressed.person, source)
    _open_article_form(uow, replace(pressed, subject=article.id), article)


def plainest(examples: Sequence[SafeText]) -> SafeText:
    """Returns the question that shares most of its words with the others; of several, the shortest."""
    sets = [set(example.casefold().split()) for example in examples]
    known = Counter(word for words in sets for word in words)

    def rank(number: int) -> tuple[float, int]:
        words = sets[number]
        return (-sum(known[word] for word in words) / len(words) if words else 0.0, len(examples[number]))

    numbers = sorted(range(len(examples)), key=rank)
    return examples[numbers[0]] if numbers else redact("")


def _new_article(uow: UnitOfWork, question: SafeText, answer: SafeText, author: str, source: ArticleSource) -> Article:
    title = redact(" ".join(question.split()))
    article = Article(
        id=new_id("art"),
        words=ArticleWords(
            title=shorten(title, _LONGEST_DRAFTED_TITLE),
            question=shorten(question, LONGEST_QUESTION),
            answer=answer,
            category=redact(""),
        ),
        source=source,
        place=uow.config.review_place,
        written=Signature(by=author, at=uow.now),
        drafted_at=uow.now,
    )
    uow.tx.articles.add(article)
    return article


# A reaction on a message in the thread of a handoff.


def handle_mark(uow: UnitOfWork, marked: MessageMarked) -> None:
    """Reads a message that an agent marked, to draft an article from it. A second mark of a message does nothing."""
    address = marked.address
    to = FixedTarget(address.surface, address.channel, message=address.message)
    place = f"{address.surface}:{address.channel}:{address.message}"
    uow.effect_once(
        ReadMarkedMessage(to=to, person=marked.person),
        key=f"marked:{place}",
        lane=Lane.LOOKUP.of(place),
        subject=marked.person,
    )


def draft_from_message(uow: UnitOfWork, read: ReadMarkedMessage, thread: str, words: str | None) -> None:
    """Drafts an article from a message in the thread of a handoff, and tells the agent where it is.

    `words` None: it is a message of the desk, such as the card; then the article begins with the resolution.
    """
    handoff = uow.tx.handoffs.of_thread(ThreadAddress(surface=read.to.surface, channel=read.to.channel, thread=thread))
    if handoff is None:
        note = messages.articles.MARK_OUTSIDE_HANDOFF
        send_private_note_to(uow, read.person, replace(read.to, message=None), note, subject=read.person)
        return
    answer = words if words is not None else (handoff.resolution.text or "")
    article = draft_from_handoff(uow, handoff, answer, read.person, ArticleOrigin.REACTION)
    send_private_note_to(
        uow,
        read.person,
        FixedTarget(handoff.surface, handoff.channel, thread),
        messages.articles.drafted(handoff.name),
        subject=article.id,
        place=LinkedPlace(channel=article.place.channel),
    )


# Buttons and the form.


def handle_article_press(uow: UnitOfWork, pressed: Pressed, transition: ArticleTransition) -> None:
    """Handles a button of the card. Of two people who press at once, the second is told the state it has now."""
    article = uow.tx.articles.get(pressed.subject)
    if article is None:
        send_private_note(uow, pressed, messages.anyone.GONE)
    elif transition is ArticleTransition.EDIT:
        _open_article_form(uow, pressed, article)
    elif not is_allowed(article.state, transition):
        _tell_state(uow, pressed, article)
    elif transition is ArticleTransition.APPROVE and pressed.edition != article.edition:
        send_private_note(uow, pressed, messages.articles.CHANGED_MEANWHILE)
    elif transition is ArticleTransition.APPROVE and not _may_approve(uow, article, pressed.person):
        send_private_note(uow, pressed, messages.articles.SECOND_PERSON_APPROVES)
    else:
        move_article(uow, article, transition, pressed.person)


def show_article(uow: UnitOfWork, pressed: Pressed) -> None:
    """Opens the whole article, which its card cuts short."""
    if uow.tx.articles.get(pressed.subject) is None:
        send_private_note(uow, pressed, messages.anyone.GONE)
    else:
        open_form(uow, pressed, Form.WHOLE_ARTICLE)


def _may_approve(uow: UnitOfWork, article: Article, person: str) -> bool:
    return may_approve(article, person, uow.config.policy.review.approval)


def _open_article_form(uow: UnitOfWork, pressed: Pressed, article: Article) -> None:
    if is_allowed(article.state, ArticleTransition.EDIT):
        open_form(uow, pressed, Form.ARTICLE)
    else:
        _tell_state(uow, pressed, article)


def _tell_state(uow: UnitOfWork, pressed: Pressed, article: Article) -> None:
    person = article.approved.by if article.approved and article.state is ArticleState.SENDING else None
    send_private_note(uow, pressed, messages.articles.is_in_state(article.state, approved=bool(person)), about=person)


def is_current(tx: Transaction, written: ArticleWritten) -> bool:
    """Returns whether a form was opened on the current edition of an article that can still be edited."""
    article = tx.articles.get(written.subject)
    return (
        article is not None and article.edition == written.edition and is_allowed(article.state, ArticleTransition.EDIT)
    )


def handle_article_written(uow: UnitOfWork, written: ArticleWritten) -> None:
    """Keeps the words of the form as a new edition, which waits for approval."""
    article = uow.tx.articles.get(written.subject)
    if article is None:
        return
    if not is_current(uow.tx, written):
        to = FixedTarget(article.place.surface, article.place.channel)
        note = messages.articles.CHANGED_MEANWHILE
        send_private_note_to(uow, written.person, to, note, subject=article.id)
        return
    words = ArticleWords(
        title=shorten(redact(" ".join(written.title.split())), LONGEST_TITLE),
        question=redact(written.question.strip()),
        answer=redact(written.text.strip("\n")),
        category=shorten(redact(" ".join(written.category.split())), LONGEST_TITLE),
    )
    move_article(uow, replace(article, words=words), ArticleTransition.EDIT, written.person)


def move_article(uow: UnitOfWork, article: Article, transition: ArticleTransition, person: str = "") -> Article:
    """Makes a transition that is allowed, sends the article where that follows, and refreshes its card."""
    article = ARTICLE_TRANSITIONS[transition].change(article, person, uow.now)
    if article.state is ArticleState.SENDING:
        article = _send(uow, article)
    return refresh_article(uow, article)


# At the assistant.


def _send(uow: UnitOfWork, article: Article) -> Article:
    """Decides the first step towards what the assistant should have; each step decides the next one."""
    if not article.activates:
        _decide(uow, article, SetDocumentStatus(article_id=article.id, active=False))
    elif article.document.id is None:
        _decide(uow, article, CreateDocument(article_id=article.id, look_first=article.document.begun))
        article = replace(article, document=replace(article.document, begun=True))
    elif article.document.edition != article.edition:
        _decide(uow, article, ChangeDocument(article_id=article.id))
    else:
        _decide(uow, article, SetDocumentStatus(article_id=article.id, active=True))
    return article


def _decide(uow: UnitOfWork, article: Article, body: Body) -> None:
    uow.effect(body, key=new_id("document"), lane=Lane.ARTICLE.of(article.id), subject=article.id)


def record_document(uow: UnitOfWork, article_id: str, document_id: str, *, edition: int | None) -> None:
    """Records the document of an article, which holds this edition, and decides the next step."""
    article = uow.tx.articles.get(article_id)
    if article is None:
        return
    document = replace(article.document, id=document_id, begun=True, edition=edition)
    article = replace(article, document=document, trouble=None)
    uow.tx.articles.save(article)
    if article.state is ArticleState.SENDING:
        refresh_article(uow, _send(uow, article))


def record_document_status(uow: UnitOfWork, body: SetDocumentStatus, document_id: str | None) -> None:
    """Records that the assistant uses the article from now on, or no longer does."""
    article = uow.tx.articles.get(body.article_id)
    if article is not None and article.state is ArticleState.SENDING:
        if article.document.id is None and document_id is not None:
            article = replace(article, document=replace(article.document, id=document_id))
        was_in_use = article.activated_at is not None
        article = move_article(uow, article, ArticleTransition.SUCCEED)
        if article.activated_at is not None and not was_in_use:
            _begin_measuring(uow, article, article.activated_at)


def record_document_delay(
    uow: UnitOfWork, body: CreateDocument | ChangeDocument | SetDocumentStatus, error: OutsideError, delay: float
) -> None:
    """Shows on the card that the assistant does not take the article now."""
    article = uow.tx.articles.get(body.article_id)
    if article is not None and article.trouble is None:
        trouble = uow.agents.safe_sentence(messages.articles.delayed(error.code_or_kind))
        refresh_article(uow, replace(article, trouble=trouble))


def record_document_refused(
    uow: UnitOfWork, body: CreateDocument | ChangeDocument | SetDocumentStatus, error: OutsideError, *, gone: bool
) -> None:
    """Keeps the article and the reason why the assistant does not take it. `gone`: the document is not there."""
    raise_credential_alarm(uow, body, error)
    article = uow.tx.articles.get(body.article_id)
    if article is None or article.state is not ArticleState.SENDING:
        return
    if gone:
        # It may be the site that is not there, so the next attempt looks for the document first.
        article = replace(article, document=replace(article.document, id=None, edition=None))
    trouble = uow.agents.safe_sentence(messages.articles.refused(_reason(error), error.code_or_kind))
    move_article(uow, replace(article, trouble=trouble), ArticleTransition.REFUSE)


def _reason(error: OutsideError) -> str:
    """Returns the reason of a refusal by its name in the language files."""
    kinds: dict[type[OutsideError], str] = {PlanError: "plan", CredentialError: "credentials", NotFoundError: "gone"}
    codes = {NO_DOCUMENT_ID: "no-id", DOCUMENTS_UNREADABLE: "unreadable"}
    return codes.get(error.code) or kinds.get(type(error), "other")


# Did it help?


def _begin_measuring(uow: UnitOfWork, article: Article, activated_at: float) -> None:
    """Measures the time before the article was in use, and schedules the measurements of the time since then."""
    uow.tx.articles.save(replace(article, before=None, after=None))
    _measure(uow, article, activated_at, since=activated_at - BEFORE, until=activated_at)
    for seconds in MEASURED_AFTER:
        at = activated_at + seconds
        uow.schedule(JobKind.MEASURE_ARTICLE, article.id, at=at, version=repr(activated_at))


def measure_article(uow: UnitOfWork, job: ScheduledJob) -> None:
    """Measures the time since an article is in use, unless it was withdrawn meanwhile."""
    article = uow.tx.articles.get(job.subject)
    if article is not None and article.activated_at is not None and repr(article.activated_at) == job.version:
        _measure(uow, article, article.activated_at, since=article.activated_at, until=job.due_at or uow.now)


def _measure(uow: UnitOfWork, article: Article, activated_at: float, *, since: float, until: float) -> None:
    uow.effect_once(
        MeasureArticle(article_id=article.id, activated_at=activated_at, since=since, until=until),
        key=f"measure:{article.id}:{since!r}:{until!r}",
        lane=Lane.LOOKUP.of(article.id),
        subject=article.id,
    )


def record_article_figures(uow: UnitOfWork, body: MeasureArticle, figures: ArticleFigures) -> None:
    """Records the figures of a period and shows them on the card, unless the article was withdrawn meanwhile."""
    article = uow.tx.articles.get(body.article_id)
    if article is None or article.activated_at != body.activated_at:
        return
    if body.until <= body.activated_at:
        uow.tx.articles.save(replace(article, before=figures))
    elif article.after is None or article.after.days < figures.days:
        refresh_article(uow, replace(article, after=figures))


# The card.


def refresh_article(uow: UnitOfWork, article: Article) -> Article:
    """Saves the article, and posts or refreshes its card."""
    article = replace(article, revision=article.revision + 1)
    uow.tx.articles.save(article)
    if article.card is None:
        _post_card(uow, article)
    elif uow.tx.effects.waiting(RefreshArticle, article.id) is None:
        _decide_refresh(uow, article)
    return article


def _post_card(uow: UnitOfWork, article: Article) -> None:
    """Posts the card, unless that is under way: the card that was posted is then refreshed."""
    if uow.tx.effects.is_unsettled(PostMessage, article.id, ArticleCard):
        return
    uow.effect(
        PostMessage(content=card_of_article(uow.tx, article), to=ArticleChannel(article.id)),
        key=f"article:{article.id}:{article.revision}",
        lane=Lane.CARD.of(article.id),
        subject=article.id,
    )


def _decide_refresh(uow: UnitOfWork, article: Article) -> None:
    uow.effect(
        RefreshArticle(article_id=article.id, revision=article.revision),
        key=f"article_card:{article.id}:{article.revision}",
        lane=Lane.CARD.of(article.id),
        subject=article.id,
    )


def load_article_card(uow: UnitOfWork, body: RefreshArticle) -> ArticleCard | None:
    """Returns the current content of the card."""
    article = uow.tx.articles.get(body.article_id)
    if article is None:
        return None
    # Saved though unchanged: a concurrent change must conflict, so that it is shown or refreshes the card again.
    uow.tx.articles.save(article)
    return card_of_article(uow.tx, article)


def card_of_article(tx: Transaction, article: Article) -> ArticleCard:
    """Returns the content of an article's card."""
    handoff = tx.handoffs.get(article.source.handoff_id)
    return ArticleCard(
        article_id=article.id,
        edition=article.edition,
        revision=article.revision,
        state=article.state,
        words=article.words,
        handoff=handoff.name if handoff else None,
        written=article.written,
        approved=article.approved,
        activated_at=article.activated_at,
        outdated=article.activated_at is not None and article.document.edition != article.edition,
        before=article.before if article.activated_at is not None else None,
        after=article.after if article.activated_at is not None else None,
        trouble=article.trouble,
    )


def record_article_card(uow: UnitOfWork, post: PostMessage[ArticleCard], message: str) -> None:
    """Records the message of the card. Posts the cards that the channel did not take before."""
    article = uow.tx.articles.get(post.content.article_id)
    if article is None:
        return
    article = replace(article, card=message)
    uow.tx.articles.save(article)
    if article.revision != post.content.revision:
        _decide_refresh(uow, article)
    if record_channel_success(uow, article.place.channel):
        _post_missed_cards(uow, article.place.channel)


def record_article_card_failed(uow: UnitOfWork, post: PostMessage[ArticleCard], error: OutsideError) -> None:
    """Raises the alarm about the channel, and posts the card again later: it may be gone only for a while."""
    article = uow.tx.articles.get(post.content.article_id)
    if article is not None:
        _await_channel(uow, article.place.channel, error)


def record_article_refresh_failed(uow: UnitOfWork, body: RefreshArticle, error: OutsideError) -> None:
    """Has a new card posted once the channel takes it, unless the reason concerns this update alone."""
    article = uow.tx.articles.get(body.article_id)
    if article is None or isinstance(error, BadRequestError):
        raise_failure_alarm(uow, body, error)
        return
    uow.tx.articles.save(replace(article, card=None))
    _await_channel(uow, article.place.channel, error)


def _await_channel(uow: UnitOfWork, channel: str, error: OutsideError) -> None:
    record_channel_failure(uow, channel, error.code_or_kind)
    uow.schedule(JobKind.POST_ARTICLES, channel, at=uow.now + _REPOST_AFTER)


def post_articles(uow: UnitOfWork, job: ScheduledJob) -> None:
    """Posts the cards of a channel that took none."""
    _post_missed_cards(uow, job.subject)


def _post_missed_cards(uow: UnitOfWork, channel: str) -> None:
    for article in uow.tx.articles.without_card(channel):
        is_unsent = article.source.origin is ArticleOrigin.GAP and article.edition == 1
        if not is_unsent:
            refresh_article(uow, article)


def replace_article_card(uow: UnitOfWork, refresh: Effect, message: str) -> None:
    """Posts a new card because somebody deleted `message`, unless a new one is there already."""
    article = uow.tx.articles.get(refresh.subject)
    if article is not None and article.card == message:
        refresh_article(uow, replace(article, card=None))
