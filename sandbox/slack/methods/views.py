"""The `views.*`, `agents.*` and `assistant.*` methods, and those about the caller."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.slack.block_validation import view_problems
from sandbox.slack.methods import Method, MethodContext
from sandbox.slack.wire import Arguments, Json, RefusedError
from sandbox.slack.workspace import View

SESSION_STATUSES = ("processing", "active", "suspended", "closed")
TITLE_LIMIT = 200
LOADING_MESSAGES = 10
PROMPTS = 4
STOP_EVENT = "agent_session_stopped"
_NO_STOP_BUTTON = "missing_agent_session_stopped_event_subscription"


class SurfaceMethods:
    """Everything that is neither a message nor a conversation.

    `new_socket_url` returns a fresh address for Socket Mode.
    """

    def __init__(self, context: MethodContext, new_socket_url: Callable[[], str]) -> None:
        self._context = context
        self._access = context.access
        self._workspace = context.workspace
        self._new_socket_url = new_socket_url

    def table(self) -> dict[str, Method]:
        assistant = ("assistant:write", "chat:write")
        return {
            "api.test": Method(run=self.api_test, token="none"),
            "auth.test": Method(run=self.auth_test),
            "apps.connections.open": Method(run=self.open_connection, token="app"),
            "views.open": Method(run=self.open_view),
            "views.push": Method(run=self.push_view),
            "views.update": Method(run=self.update_view),
            "views.publish": Method(run=self.publish_view),
            "agents.sessions.setStatus": Method(run=self.set_session_status, scopes=("chat:write",)),
            "agents.sessions.rename": Method(run=self.rename_session, scopes=("chat:write",)),
            "assistant.threads.setStatus": Method(run=self.set_assistant_status, scopes=assistant),
            "assistant.threads.setSuggestedPrompts": Method(run=self.set_prompts, scopes=assistant),
        }

    # Who is calling

    def api_test(self, args: Arguments) -> Json:
        if args.text("error"):
            raise RefusedError(args.text("error"), args=args.values)
        return {"ok": True, "args": args.values}

    def auth_test(self, _args: Arguments) -> Json:
        workspace = self._workspace
        return {
            "ok": True,
            "url": f"{self._context.renderer.base_url}/",
            "team": workspace.team_name,
            "user": workspace.bot_user.name,
            "team_id": workspace.team_id,
            "user_id": workspace.bot_user.id,
            "bot_id": workspace.bot_id,
            **({"enterprise_id": workspace.organization} if workspace.organization else {}),
            "is_enterprise_install": False,
        }

    def open_connection(self, _args: Arguments) -> Json:
        return {"ok": True, "url": self._new_socket_url()}

    # Views

    def open_view(self, args: Arguments) -> Json:
        body = self._body(args)
        user = self._workspace.redeem_trigger(args.required("trigger_id"))
        return self._shown(self._workspace.open_view(user, body))

    def push_view(self, args: Arguments) -> Json:
        body = self._body(args)
        user = self._workspace.redeem_trigger(args.required("trigger_id"))
        below = [view for view in self._workspace.views.values() if view.user == user and view.is_open]
        modals = [view for view in below if view.body["type"] == "modal"]
        if not modals:
            raise RefusedError("not_found")
        if len(modals) == 3:
            raise RefusedError("push_limit_reached")
        return self._shown(self._workspace.open_view(user, body, on_top_of=modals[-1]))

    def update_view(self, args: Arguments) -> Json:
        body = self._body(args)
        view = self._named(args)
        if view is None or not view.is_open:
            raise RefusedError("not_found")
        self._unchanged(view, args)
        return self._shown(self._workspace.update_view(view, body))

    def publish_view(self, args: Arguments) -> Json:
        body = self._body(args)
        user = args.required("user_id")
        if user not in self._workspace.users:
            raise RefusedError("user_not_found")
        if body["type"] != "home":
            raise RefusedError("invalid_arguments", ["must be one of: home [json-pointer:/view/type]"])
        if user in self._workspace.homes:
            self._unchanged(self._workspace.homes[user], args)
        return self._shown(self._workspace.publish_home(user, body))

    def _named(self, args: Arguments) -> View | None:
        if args.has("view_id"):
            return self._workspace.views.get(args.text("view_id"))
        wanted = args.required("external_id")
        return next((view for view in self._workspace.views.values() if view.body.get("external_id") == wanted), None)

    def _body(self, args: Arguments) -> Json:
        body = args.structure("view", error="invalid_arguments")
        problems = view_problems(body)
        if problems:
            raise RefusedError("invalid_arguments", problems)
        checked: Json = body
        return checked

    def _unchanged(self, view: View, args: Arguments) -> None:
        if args.has("hash") and args.text("hash") != view.hash:
            raise RefusedError("hash_conflict")

    def _shown(self, view: View) -> Json:
        return {"ok": True, "view": self._context.renderer.view(view)}

    # Sessions and prompts

    def set_session_status(self, args: Arguments) -> Json:
        channel, thread_ts = self._session_thread(args)
        status, title = args.required("status"), args.text("title")
        if status not in SESSION_STATUSES:
            raise RefusedError("invalid_arguments", ["must be a session status [json-pointer:/status]"])
        self._check_title(title)
        self._workspace.set_session_status(channel, thread_ts, status, title=title)
        if status == "processing" and STOP_EVENT not in self._context.subscriptions:
            return {"ok": True, "warning": _NO_STOP_BUTTON, "response_metadata": {"warnings": [_NO_STOP_BUTTON]}}
        return {"ok": True}

    def rename_session(self, args: Arguments) -> Json:
        """Renames a session. Slack refuses where there is none yet; the error is a guess."""
        channel, thread_ts = self._session_thread(args)
        title = args.required("title")
        self._check_title(title)
        if (channel, thread_ts) not in self._workspace.sessions:
            raise RefusedError("session_not_found")
        self._workspace.rename_session(channel, thread_ts, title)
        return {"ok": True}

    def set_assistant_status(self, args: Arguments) -> Json:
        channel = self._access.joined(args.required("channel_id"))
        root = self._access.root(channel, args.required("thread_ts"))
        if len(args.structure("loading_messages", error="invalid_arguments") or []) > LOADING_MESSAGES:
            raise RefusedError("invalid_arguments", [f"no more than {LOADING_MESSAGES} items allowed"])
        self._workspace.set_assistant_status(channel.id, root.ts, args.text("status"))
        return {"ok": True}

    def set_prompts(self, args: Arguments) -> Json:
        """Sets suggested prompts. With a `thread_ts` Slack answers ok and does nothing, and so does this."""
        channel = self._access.joined(args.required("channel_id"))
        prompts = args.structure("prompts", error="invalid_arguments")
        if not isinstance(prompts, list) or not 1 <= len(prompts) <= PROMPTS or not all(map(_is_prompt, prompts)):
            raise RefusedError("invalid_arguments", ["must be 1 to 4 of title and message [json-pointer:/prompts]"])
        if not args.has("thread_ts"):
            self._workspace.set_prompts(channel.id, {"title": args.text("title"), "prompts": prompts})
        return {"ok": True}

    def _session_thread(self, args: Arguments) -> tuple[str, str]:
        if not self._context.agent_view:
            raise RefusedError("not_authorized")
        channel = self._access.joined(args.required("channel_id"))
        return channel.id, self._access.root(channel, args.required("thread_ts")).ts

    def _check_title(self, title: str) -> None:
        if len(title) > TITLE_LIMIT:
            raise RefusedError("invalid_arguments", [f"must be less than {TITLE_LIMIT + 1} characters"])


def _is_prompt(prompt: object) -> bool:
    return isinstance(prompt, dict) and bool(prompt.get("title")) and bool(prompt.get("message"))
