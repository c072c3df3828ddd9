"""Activities of Teams in the shapes of its documentation."""

from __future__ import annotations

from typing import Any

TENANT = "00000000-cccc-4000-8000-000000000003"
APP = "00000000-bbbb-4000-8000-000000000002"
MIA = "00000000-aaaa-4000-8000-000000000001"
MRI = "29:1mia"
CHAT = "a:1chat"
CHANNEL = "19:handoffs@thread.tacv2"
OTHER_CHANNEL = "19:lunch@thread.tacv2"
ROOT = "1764412700000"
SERVICE = "https://smba.trafficmanager.net/emea/"

Json = dict[str, Any]


def activity(kind: str, *, id: str = "1764412800123", chat: str = CHAT, **fields: Any) -> Json:
    """Returns an activity in a personal chat, or in a channel."""
    is_personal = chat.startswith("a:")
    return {
        "type": kind,
        "id": id,
        "timestamp": "2026-11-29T10:40:00.1234567Z",
        "localTimestamp": "2026-11-29T11:40:00.1234567+01:00",
        "serviceUrl": SERVICE,
        "channelId": "msteams",
        "locale": "de-DE",
        "from": {"id": MRI, "name": "Mia Muster", "aadObjectId": MIA},
        "recipient": {"id": f"28:{APP}", "name": "Help Desk"},
        "conversation": {
            "conversationType": "personal" if is_personal else "channel",
            "tenantId": TENANT,
            "id": chat,
            **({} if is_personal else {"isGroup": True}),
        },
        "channelData": {
            "tenant": {"id": TENANT},
            **({} if is_personal else {"team": {"id": "19:team@thread.tacv2", "aadGroupId": "group"}}),
        },
        **fields,
    }


def message(text: str, *, html: str = "", thread: str = "", **fields: Any) -> Json:
    """Returns a message: in a channel if a thread or a chat is named, else a personal one."""
    attached = [{"contentType": "text/html", "content": html or f"<p>{text}</p>"}]
    chat = {"chat": f"{CHANNEL};messageid={thread}"} if thread else {}
    return activity("message", **{"text": text, "textFormat": "plain", "attachments": attached, **chat, **fields})


def message_of(author: Json, text: str = "Hi") -> Json:
    """Returns a personal message of an account."""
    return {**message(text), "from": author}


def mention(name: str = "Help Desk", id: str = f"28:{APP}") -> Json:
    """Returns the entity of a mention."""
    return {"type": "mention", "mentioned": {"id": id, "name": name}, "text": f"<at>{name}</at>"}


def execute(verb: str, data: Json | None = None, *, chat: str = f"{CHANNEL};messageid={ROOT}", **fields: Any) -> Json:
    """Returns a press on a card."""
    action = {"type": "Action.Execute", "id": "", "verb": verb, "data": data or {}}
    value = {"action": action, "trigger": "manual"}
    return activity(
        "invoke",
        **{"name": "adaptiveCard/action", "id": "f:1", "replyToId": ROOT, "chat": chat, "value": value, **fields},
    )


def feedback(reaction: str, words: object = None, **fields: Any) -> Json:
    """Returns a verdict by Teams' own thumbs."""
    value: Json = {"actionName": "feedback", "actionValue": {"reaction": reaction}}
    if words is not None:
        value["actionValue"]["feedback"] = words
    return activity(
        "invoke",
        **{"name": "message/submitAction", "id": "f:2", "replyToId": "1764412801000", "value": value, **fields},
    )
