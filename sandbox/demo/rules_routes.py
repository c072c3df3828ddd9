"""HTTP routes of the Rules tab: the policy in force, and what is done with another text."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ValidationError

from bot.app import RunningBot
from bot.errors import PolicyError, StorageError
from bot.helpdesk.escalation import KINDS, ReplayResult
from bot.helpdesk.model.conversation import Question
from sandbox.demo.actions import PolicyText, UndoPolicy, misunderstood
from sandbox.demo.html import Html
from sandbox.demo.live_updates import CLOCK, DESK, RULES, Updates
from sandbox.demo.policy_editor import NotSavedError, PolicyEditor
from sandbox.demo.rules_view import (
    EXAMPLES,
    found_in_words,
    render_changes,
    render_found,
    render_place,
    render_replay,
    replay_in_words,
)
from sandbox.demo.thread_view import names_in
from sandbox.slack import LocalSlack
from storage.repositories import Transaction

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesRoutes:
    """Routes of the Rules tab. All answers are JSON."""

    editor: PolicyEditor
    bot: RunningBot
    slack: LocalSlack
    updates: Updates

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/demo/rules", self._rules),
            web.post("/demo/check-rules", _answering(PolicyText, self._check)),
            web.post("/demo/try-rules", _answering(PolicyText, self._try_out)),
            web.post("/demo/save-rules", _answering(PolicyText, self._save)),
            web.post("/demo/undo-rules", _answering(UndoPolicy, self._undo)),
        ]

    async def _rules(self, _request: web.Request) -> web.Response:
        changes = await self.editor.changes()
        return web.json_response(
            {
                "text": self.editor.in_force.text,
                "fingerprint": self.editor.in_force.fingerprint,
                "since": changes[-1].at,
                "can_undo": self.editor.can_undo,
                "history": render_changes(changes),
            }
        )

    async def _check(self, asked: PolicyText) -> Json:
        found = await self.editor.check(asked.text)
        return {
            "wrong": [one.line for one in found.mistakes],
            "doubtful": [one.line for one in found.warnings],
            "sentence": found_in_words(found.mistakes, found.warnings),
            "html": render_found(found.mistakes, found.warnings),
        }

    async def _try_out(self, asked: PolicyText) -> Json:
        result = await self.editor.try_out(asked.text)
        places = await self.bot.store.read(self._places, list(_shown(result)))
        return {"sentence": replay_in_words(result), "html": render_replay(result, places)}

    def _places(self, tx: Transaction, ids: list[str]) -> Mapping[str, Html]:
        questions = filter(None, map(tx.questions.get, ids))
        return {question.id: self._place(question) for question in questions}

    def _place(self, question: Question) -> Html:
        is_there = self.slack.message(question.channel, question.message) is not None
        return render_place(question, names_in(self.slack), is_there=is_there)

    async def _save(self, asked: PolicyText) -> Json:
        await self.editor.save(asked.text)
        return self._in_force()

    async def _undo(self, _asked: UndoPolicy) -> Json:
        await self.editor.undo()
        return self._in_force()

    def _in_force(self) -> Json:
        for update in (RULES, CLOCK, DESK):
            self.updates.publish(update)
        return {"fingerprint": self.editor.in_force.fingerprint}


def _shown(result: ReplayResult) -> Iterator[str]:
    for kind in KINDS:
        yield from (one.question.id for one in result.of_kind(kind)[:EXAMPLES])


def _answering(
    model: type[BaseModel], act: Callable[[Any], Awaitable[Json]]
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Returns the handler of a request. What cannot be done is answered with a sentence."""

    async def handle(request: web.Request) -> web.Response:
        try:
            return web.json_response(await act(model.model_validate_json(await request.read())))
        except (ValidationError, PolicyError, NotSavedError, StorageError) as refusal:
            return web.json_response({"error": _sentence(refusal)}, status=400)

    return handle


def _sentence(refusal: Exception) -> str:
    if isinstance(refusal, ValidationError):
        return misunderstood(refusal)
    if isinstance(refusal, PolicyError):
        first = refusal.mistakes[0]
        line = f" in line {first.line}" if first.line else ""
        return f"The policy has a mistake{line}, so it can't be used. {first.text} {first.fix}".strip()
    return str(refusal)
