"""The Web API of the local stand-in for Slack: from a method's name and arguments to its answer. Knows no sockets."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.slack.content import read_message_content
from sandbox.slack.events import Payloads
from sandbox.slack.methods import Method, MethodContext
from sandbox.slack.methods.chat import ChatMethods
from sandbox.slack.methods.conversations import ConversationMethods
from sandbox.slack.methods.files import FileMethods
from sandbox.slack.methods.views import SurfaceMethods
from sandbox.slack.wire import Arguments, Json, RefusedError
from sandbox.slack.workspace import ResponseUrl


class WebApi:
    """Answers calls. `tokens` maps the kind of a token ("bot", "app") to its value."""

    def __init__(
        self,
        context: MethodContext,
        payloads: Payloads,
        *,
        tokens: dict[str, str],
        new_socket_url: Callable[[], str],
    ) -> None:
        self._context = context
        self._tokens = tokens
        self._chat = ChatMethods(context, payloads)
        self._methods: dict[str, Method] = {
            **self._chat.table(),
            **ConversationMethods(context).table(),
            **SurfaceMethods(context, new_socket_url).table(),
            **FileMethods(context, payloads, lambda: context.renderer.base_url).table(),
        }

    def answer(self, name: str, token: str, args: Arguments) -> Json:
        """Returns the response to a call; a refusal is a response with `ok: false`."""
        try:
            return self._run(name, token, args)
        except RefusedError as refusal:
            return refusal.answer()

    def _run(self, name: str, token: str, args: Arguments) -> Json:
        method = self._methods.get(name)
        if method is None:
            raise RefusedError("unknown_method", req_method=name)
        self._check_token(method.token, token)
        self._context.access.need(*method.scopes)
        return method.run(args)

    def _check_token(self, kind: str, token: str) -> None:
        if kind == "none" or token == self._tokens.get(kind):
            return
        if not token:
            raise RefusedError("not_authed")
        raise RefusedError("not_allowed_token_type" if token in self._tokens.values() else "invalid_auth")

    def headers(self, name: str) -> dict[str, str]:
        """Returns the headers about scopes that Slack sends with every response."""
        method = self._methods.get(name)
        headers = {"x-oauth-scopes": ",".join(sorted(self._context.access.scopes))}
        if method and method.scopes:
            headers["x-accepted-oauth-scopes"] = ",".join(method.scopes)
        return headers

    def respond(self, token: str, args: Arguments) -> Json:
        """Handles a POST to a `response_url`. Source: https://docs.slack.dev/interactivity/handling-user-interaction"""
        try:
            self._respond(self._context.workspace.use_response_url(token), args)
        except RefusedError as refusal:
            return refusal.answer()
        return {"ok": True}

    def _respond(self, url: ResponseUrl, args: Arguments) -> None:
        workspace = self._context.workspace
        original = workspace.message(url.channel, url.message_ts)
        if args.flag("delete_original"):
            if original:
                self._chat.remove(original)
            elif private := workspace.ephemeral(url.channel, url.message_ts):
                workspace.remove_ephemeral(private)
            return
        content = read_message_content(args)
        thread_ts = args.text("thread_ts")
        if args.flag("replace_original") and original:
            self._chat.change(original, content)
        elif args.text("response_type") == "in_channel":
            self._chat.post(workspace.channels[url.channel], content, thread_ts, args)
        else:
            self._chat.post_private(url.channel, url.user, content, thread_ts or None)
