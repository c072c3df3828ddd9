"""Handlers of the effects of articles: their documents at the assistant, and the messages that they begin with."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.errors import AmbiguousError, NotFoundError, OutsideError, TemporaryError, UnconfirmedError
from bot.helpdesk.alarms import end_credential_alarm
from bot.helpdesk.model.article import DAY, Article, ArticleFigures
from bot.helpdesk.model.effects import (
    CannotTell,
    ChangeDocument,
    CreateDocument,
    MeasureArticle,
    NotSent,
    ReadMarkedMessage,
    SendStatus,
    Sent,
    SetDocumentStatus,
)
from bot.helpdesk.outbox.handler import (
    Attempt,
    Dependencies,
    EffectHandler,
    HandlerRegistry,
    Postponement,
    no_outcome,
)
from bot.helpdesk.outbox.handlers.unclear import UnclearOutcomes
from bot.helpdesk.ports import ReadMessage
from bot.helpdesk.review.articles import (
    DOCUMENTS_UNREADABLE,
    NO_DOCUMENT_ID,
    draft_from_message,
    record_article_figures,
    record_document,
    record_document_delay,
    record_document_refused,
    record_document_status,
)
from bot.helpdesk.unit_of_work import UnitOfWork

_OfDocument = CreateDocument | ChangeDocument | SetDocumentStatus
_OfArticle = _OfDocument | MeasureArticle


@dataclass(frozen=True, slots=True)
class _Document:
    """A document that was created. `edition` is the one it holds; None: it was found, and may hold an earlier one."""

    id: str
    edition: int | None


@dataclass(frozen=True, slots=True)
class ArticleHandlers:
    """Handlers of the effects of articles.

    The assistant has no idempotency key. A document whose creation had an unclear outcome is looked for by the key in
    its title, for as long as it may not be listed yet, before it is created again.
    """

    deps: Dependencies
    _unclear: UnclearOutcomes = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_unclear", UnclearOutcomes(self.deps.clock))

    def register(self, registry: HandlerRegistry) -> None:
        """Adds the handlers to the registry."""
        registry.add(
            CreateDocument,
            EffectHandler[CreateDocument, _Document](
                send=self._create,
                find_sent=self._find,
                search_again=self._search_again,
                load=_load,
                on_sent=_on_created,
                on_retry=record_document_delay,
                on_failed=_on_failed,
                outcome=_document_id,
            ),
        )
        registry.add(
            ChangeDocument,
            EffectHandler[ChangeDocument, _Document](
                send=self._change,
                load=_load,
                on_sent=_on_changed,
                on_retry=record_document_delay,
                on_failed=_on_failed,
                outcome=_document_id,
            ),
        )
        registry.add(
            SetDocumentStatus,
            EffectHandler[SetDocumentStatus, str | None](
                send=self._set_status,
                load=_load,
                on_sent=_on_status_set,
                on_retry=record_document_delay,
                on_failed=_on_failed,
            ),
        )
        registry.add(
            ReadMarkedMessage,
            EffectHandler[ReadMarkedMessage, ReadMessage](
                send=self._read, on_sent=_on_read, target=lambda body: body.to, outcome=no_outcome, read_only=True
            ),
        )

        registry.add(
            MeasureArticle,
            EffectHandler[MeasureArticle, ArticleFigures](
                send=self._measure, load=_load, on_sent=record_article_figures, outcome=no_outcome, read_only=True
            ),
        )

    # Documents.

    async def _create(self, attempt: Attempt[CreateDocument]) -> _Document:
        article: Article = attempt.loaded
        if attempt.body.look_first and (found := await self._look_up(article)) is not None:
            return _Document(found, edition=None)
        try:
            with self.deps.limiter.within_rate_limit():
                id = await self.deps.assistant.create_document(article.as_document)
            if id is None:
                id = await self._look_up_created(article)
        except AmbiguousError:
            self._unclear.note(attempt.effect.id)
            raise
        if id is None:
            raise _unknown_id()
        return _Document(id, edition=article.edition)

    async def _find(self, attempt: Attempt[CreateDocument]) -> SendStatus[_Document]:
        article: Article = attempt.loaded
        found = await self._look_up(article)
        if found is None:
            return NotSent()
        self._unclear.forget(attempt.effect.id)
        return Sent(_Document(found, edition=None if attempt.body.look_first else article.edition))

    async def _look_up_created(self, article: Article) -> str | None:
        """Looks up a document that was just created: where the look-up fails for now, nothing may be created again."""
        try:
            return await self._look_up(article)
        except TemporaryError as error:
            raise AmbiguousError(str(error), system=error.system, code=error.code) from error

    async def _look_up(self, article: Article) -> str | None:
        """Returns the id of an article's document, None where there is none.

        Raises UnconfirmedError if there may be one, but not all documents can be read, or it has no id.
        """
        with self.deps.limiter.within_rate_limit():
            found = await self.deps.assistant.find_document(article.key)
        match found:
            case Sent(str(id)):
                return id
            case NotSent():
                return None
            case CannotTell(system):
                raise UnconfirmedError("The documents cannot all be read.", system=system, code=DOCUMENTS_UNREADABLE)
        raise _unknown_id()

    async def _search_again(self, attempt: Attempt[CreateDocument]) -> Postponement | None:
        """Postpones a second creation while the first may not be listed yet."""
        left = self._unclear.left(attempt.effect.id, self.deps.timeouts.document_settle)
        return Postponement(seconds=left) if left > 0 else None

    async def _change(self, attempt: Attempt[ChangeDocument]) -> _Document:
        article: Article = attempt.loaded
        id = article.document.id or ""
        with self.deps.limiter.within_rate_limit():
            await self.deps.assistant.change_document(id, article.as_document)
        return _Document(id, edition=article.edition)

    async def _set_status(self, attempt: Attempt[SetDocumentStatus]) -> str | None:
        """Sets the status, and returns the id of the document. One that was never created needs none."""
        article: Article = attempt.loaded
        id = article.document.id or await self._look_up(article)
        if id is not None:
            with self.deps.limiter.within_rate_limit():
                await self.deps.assistant.set_document_status(id, active=attempt.body.active)
        return id

    # Figures.

    async def _measure(self, attempt: Attempt[MeasureArticle]) -> ArticleFigures:
        """Counts day by day, so that other reads need not wait for all of them."""
        article: Article = attempt.loaded
        begin, until = attempt.body.since, attempt.body.until
        figures = ArticleFigures(days=(until - begin) / DAY)
        while begin < until:
            end = min(begin + DAY, until)
            figures += await self.deps.records.questions_about(article.words.question, begin, end)
            begin = end
        return figures

    # Marked messages.

    async def _read(self, attempt: Attempt[ReadMarkedMessage]) -> ReadMessage:
        to = attempt.destination
        read = await self.deps.surface(to.surface).read(to)
        words = None if read.words is None else await self.deps.readable(read.words)
        return ReadMessage(thread=read.thread, words=words)


def _unknown_id() -> UnconfirmedError:
    return UnconfirmedError("The document has no known id.", system="uppzy", code=NO_DOCUMENT_ID)


def _document_id(document: _Document) -> str:
    return document.id


def _load(uow: UnitOfWork, body: _OfArticle) -> Article | None:
    return uow.tx.articles.get(body.article_id)


def _on_created(uow: UnitOfWork, body: CreateDocument, created: _Document) -> None:
    record_document(uow, body.article_id, created.id, edition=created.edition)
    end_credential_alarm(uow)


def _on_changed(uow: UnitOfWork, body: ChangeDocument, changed: _Document) -> None:
    record_document(uow, body.article_id, changed.id, edition=changed.edition)


def _on_status_set(uow: UnitOfWork, body: SetDocumentStatus, document_id: str | None) -> None:
    record_document_status(uow, body, document_id)
    end_credential_alarm(uow)


def _on_failed(uow: UnitOfWork, body: _OfDocument, error: OutsideError) -> None:
    gone = isinstance(error, NotFoundError) and not isinstance(body, CreateDocument)
    record_document_refused(uow, body, error, gone=gone)


def _on_read(uow: UnitOfWork, body: ReadMarkedMessage, read: ReadMessage) -> None:
    draft_from_message(uow, body, read.thread, read.words)
