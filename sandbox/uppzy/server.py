"""The HTTP side of the local Uppzy: routes, key and scope checks, latency, faults."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from aiohttp import web

from sandbox.loopback import LoopbackServer
from sandbox.uppzy.answers import bundled_articles
from sandbox.uppzy.behaviour import Behaviour
from sandbox.uppzy.fault_injection import Endpoint, UppzyFault, UppzyFaults
from sandbox.uppzy.site import AskedQuestion, QaDocument, QuestionRecord, ReceivedFeedback, RequestRefusedError, Site
from sandbox.uppzy.wire import (
    answer_body,
    document_body,
    documents_body,
    feedback_body,
    limits_body,
    read_document,
    read_document_change,
    read_feedback,
    read_question,
    read_session_id,
    read_status,
    sessions_body,
    status_body,
)

Latency = float | Callable[[random.Random], float]
"""Seconds an answer takes, or a function that draws them at random."""

Outcome = tuple[int, object]
"""HTTP status and body, which is an object or a list."""

Work = Callable[[web.Request], Awaitable[Outcome]]

DEFAULT_BEHAVIOUR = Behaviour()
NO_FAULT = UppzyFault(processed=True)
API = "/api/v1/m2m"


def believable_latency(randomness: random.Random) -> float:
    """Returns a latency fit for a demo, 0.6 to 1.5 s. The real one is 5 to 60 s."""
    return randomness.triangular(0.6, 1.5, 0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class UppzyAccount:
    """The key, the tenant and the site that the local Uppzy knows."""

    api_key: str = "local-uppzy-key"
    tenant_id: str = "tenant-local"
    site_id: str = "site-local"


DEFAULT_ACCOUNT = UppzyAccount()


class LocalUppzy:
    """A local Uppzy for one tenant and one site, served on loopback inside `async with`.

    `asked`, `feedback` and `closed` record requests, `calls` counts those with a valid key by endpoint. `fixed` is one
    answer to everything. `port` 0 takes a free one. Articles are English whatever language is asked for. `api_key` may
    change while it runs, as when a key is rotated.
    """

    def __init__(
        self,
        *,
        account: UppzyAccount = DEFAULT_ACCOUNT,
        latency: Latency = 0.0,
        fixed: str | None = None,
        behaviour: Behaviour = DEFAULT_BEHAVIOUR,
        randomness: random.Random | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        port: int = 0,
    ) -> None:
        self.api_key = account.api_key
        self.tenant_id = account.tenant_id
        self.site_id = account.site_id
        self.latency = latency
        self.calls: Counter[Endpoint] = Counter()
        self._randomness = randomness or random.Random()
        self._site = Site(
            articles=bundled_articles() if fixed is None else None,
            fixed=fixed or "",
            behaviour=behaviour,
            randomness=self._randomness,
            now=now,
        )
        self._faults = UppzyFaults()
        self._may_answer = asyncio.Event()
        self._may_answer.set()
        self._change = asyncio.Event()
        self._work: set[asyncio.Task[None]] = set()
        # Short, because pending answers are not needed after a stop.
        self._server = LoopbackServer(self.application(), port=port, grace=0.05)

    async def __aenter__(self) -> Self:
        await self._server.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        await self._server.stop()
        self._site.close()

    @property
    def base_url(self) -> str:
        return f"{self._server.url}/api/v1"

    @property
    def asked(self) -> list[AskedQuestion]:
        return self._site.asked

    @property
    def unanswered(self) -> int:
        """The number of questions whose answer was not sent yet."""
        return self._site.unanswered

    def completed_at(self, request_id: str) -> float | None:
        """Returns the Unix time at which an answer was sent; None before that."""
        return self._site.requests[request_id].completed_at

    @property
    def feedback(self) -> list[ReceivedFeedback]:
        return self._site.feedback

    @property
    def documents(self) -> list[QaDocument]:
        """Returns all documents, oldest first."""
        return list(self._site.documents.values())

    @property
    def closed(self) -> list[str]:
        """Returns the session ids of all close requests, with repetitions."""
        return self._site.closed

    def rating(self, request_id: str) -> str | None:
        """Returns the current rating of an answer."""
        return self._site.requests[request_id].rating

    def fail(self, endpoint: Endpoint, fault: UppzyFault) -> None:
        """Adds `fault` for the next requests to `endpoint`, after the faults pending there."""
        self._faults.add(endpoint, fault)

    def hold(self) -> None:
        """Holds back all answers from now on."""
        self._may_answer.clear()

    def release(self) -> None:
        """Sends held answers at once, and later ones as usual."""
        self._may_answer.set()

    def heal(self, endpoint: Endpoint | None = None) -> None:
        """Removes the pending faults of one endpoint, or of all."""
        self._faults.clear(endpoint)

    def clear(self) -> None:
        """Removes all questions, ratings and sessions, and the record of calls."""
        self._site.clear()
        self.calls.clear()

    async def wait_for(self, condition: Callable[[], bool], *, timeout: float = 300.0) -> None:  # noqa: ASYNC109
        """Waits until `condition` holds; it is evaluated after every request and answer.

        Raises TimeoutError after `timeout` seconds.
        """
        async with asyncio.timeout(timeout):
            while not condition():
                await self._change.wait()

    def _changed(self) -> None:
        self._change.set()
        self._change = asyncio.Event()

    def application(self) -> web.Application:
        """Builds the HTTP application; a subclass may add routes."""
        site, chat = f"{API}/sites/{{site}}", f"{API}/sites/{{site}}/chat"
        application = web.Application()
        application.add_routes(
            [
                web.post(chat, self._handler(Endpoint.CHAT, self._chat)),
                web.post(f"{chat}/async", self._handler(Endpoint.SUBMIT, self._submit)),
                web.get(f"{chat}/requests/{{request}}", self._handler(Endpoint.STATUS, self._status)),
                web.post(f"{chat}/feedback", self._handler(Endpoint.FEEDBACK, self._rate)),
                web.post(f"{chat}/session/close", self._handler(Endpoint.CLOSE, self._close_session)),
                web.get(f"{site}/documents", self._handler(Endpoint.DOCUMENTS, self._list_documents)),
                web.post(f"{site}/documents/qa", self._handler(Endpoint.CREATE_DOCUMENT, self._create_document)),
                # First, because the route of one document would take its path.
                web.patch(
                    f"{site}/documents/bulk-status", self._handler(Endpoint.DOCUMENT_STATUS, self._set_document_status)
                ),
                web.patch(
                    f"{site}/documents/{{document}}", self._handler(Endpoint.CHANGE_DOCUMENT, self._change_document)
                ),
                web.get(f"{site}/sessions", self._handler(Endpoint.SESSIONS, self._sessions)),
                web.get(f"{API}/tenants/{{tenant}}/limits", self._handler(Endpoint.LIMITS, self._limits)),
            ]
        )
        return application

    def _handler(self, endpoint: Endpoint, work: Work) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            try:
                return await self._respond(endpoint, work, request)
            except RequestRefusedError as refusal:
                return web.json_response({"error": refusal.error}, status=refusal.status)
            finally:
                self._changed()

        return handle

    async def _respond(self, endpoint: Endpoint, work: Work, request: web.Request) -> web.Response:
        self._admit(request)
        self.calls[endpoint] += 1
        self._changed()
        fault = self._faults.take(endpoint) or NO_FAULT
        await request.read()  # kept by the request: a caller who leaves during the delay can be read all the same
        await asyncio.sleep(fault.delay)
        status, body = await work(request) if fault.processed else (200, {})
        if self._site.behaviour.extra_field and isinstance(body, dict):
            body["served_by"] = "local-uppzy"
        return _response(request, fault, status, body)

    def _admit(self, request: web.Request) -> None:
        if request.headers.get("X-API-Key") != self.api_key:
            raise RequestRefusedError(401, "invalid_api_key")
        for scope, ours in (("site", self.site_id), ("tenant", self.tenant_id)):
            if request.match_info.get(scope, ours) != ours:
                raise RequestRefusedError(self._site.behaviour.foreign_scope_status, f"{scope} not found")

    async def _chat(self, request: web.Request) -> Outcome:
        question = await self._accept(request)
        await asyncio.sleep(self._delay())
        await self._may_answer.wait()
        self._site.complete(question)
        return 200, answer_body(question, self._site.behaviour)

    async def _submit(self, request: web.Request) -> Outcome:
        question = await self._accept(request)
        task = asyncio.create_task(self._answer_later(question))
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        return self._site.behaviour.submit_status, status_body(question, self._site.behaviour)

    async def _accept(self, request: web.Request) -> QuestionRecord:
        body = read_question(await request.read())
        question = self._site.ask(
            session_id=body.session_id, message=body.message, email=body.email, language=body.language
        )
        self._changed()
        return question

    async def _answer_later(self, question: QuestionRecord) -> None:
        await asyncio.sleep(self._delay())
        await self._may_answer.wait()
        fault = self._faults.take(Endpoint.WORK)
        if fault is None:
            self._site.complete(question)
        else:
            question.error = (fault.body or b"").decode() or "the assistant could not answer"
        self._changed()

    async def _status(self, request: web.Request) -> Outcome:
        question = self._site.requests.get(request.match_info["request"])
        if question is None:
            raise RequestRefusedError(404, "request not found")
        return 200, status_body(question, self._site.behaviour)

    async def _rate(self, request: web.Request) -> Outcome:
        body = read_feedback(await request.read())
        received = self._site.rate(session_id=body.session_id, request_id=body.request_id, feedback=body.feedback)
        return 200, feedback_body(received)

    async def _close_session(self, request: web.Request) -> Outcome:
        self._site.close_session(read_session_id(await request.read()))
        return 200, {"status": "ok"}

    async def _sessions(self, _: web.Request) -> Outcome:
        return 200, sessions_body(self._site.sessions.values())

    async def _list_documents(self, request: web.Request) -> Outcome:
        page = request.query.get("page", "1")
        return 200, documents_body(self.documents, self._site.behaviour, int(page) if page.isdigit() else 1)

    async def _create_document(self, request: web.Request) -> Outcome:
        document = self._site.create_document(**read_document(await request.read()))
        return 201, document_body(document, self._site.behaviour)

    async def _change_document(self, request: web.Request) -> Outcome:
        change = read_document_change(await request.read())
        takes_status = self._site.behaviour.patch_takes_status
        if change.status is not None and takes_status is False:
            raise RequestRefusedError(400, "unknown field status")
        document = self._site.change_document(request.match_info["document"], change.words)
        if change.status is not None and takes_status:
            self._site.set_status([document.id], change.status)
        return 200, document_body(document, self._site.behaviour)

    async def _set_document_status(self, request: web.Request) -> Outcome:
        body = read_status(await request.read())
        self._site.set_status(body.ids, body.status)
        return 200, {"updated": len(body.ids)}

    async def _limits(self, _: web.Request) -> Outcome:
        return 200, limits_body(self.tenant_id, len(self._site.requests))

    def _delay(self) -> float:
        return self.latency(self._randomness) if callable(self.latency) else self.latency


def _response(request: web.Request, fault: UppzyFault, status: int, body: object) -> web.Response:
    if fault.drop:
        _break_connection(request)
    kept = body
    if isinstance(body, dict):
        kept = {field: value for field, value in body.items() if field not in fault.without}
    return web.Response(
        status=fault.status or status,
        body=json.dumps(kept).encode() if fault.body is None else fault.body,
        headers=fault.headers,
        content_type="application/json",
    )


def _break_connection(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
