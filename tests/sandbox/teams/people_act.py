"""Everything that people can do in the local Teams, once, for tests of those who read it."""

from __future__ import annotations

from typing import Any

from sandbox.teams import FeedbackShape, LocalTeams, TeamsFile
from tests.sandbox.teams.conftest import ADA, CHANNEL, MIA, TEAM, Client, text, with_card

THUMBS = {"feedbackLoop": {"type": "default"}}
SUGGESTED = {"to": [], "actions": [{"type": "Action.Submit", "title": "A person", "value": {"ask": "person"}}]}


async def people_act(teams: LocalTeams, client: Client) -> dict[str, Any]:
    """Lets people do everything once; returns what the bot was told, by what was done."""
    chat = teams.chat_of(MIA)
    card = (await client.new_thread(CHANNEL, with_card())).body["activityId"]
    answer = (await client.post(chat, text("Restart it.", channelData=THUMBS, suggestedActions=SUGGESTED))).body["id"]
    file = TeamsFile(name="log.txt", content=b"error")
    told: dict[str, Any] = {}

    async def note(name: str, delivery: Any) -> Any:
        done = await delivery
        assert done.ok
        told[name] = done.activity
        return done.message

    said = await note("dm", teams.dm(MIA, "My VPN fails", files=[file]))
    await note("quotation", teams.dm(MIA, "It does", quoting=answer))
    await note("channel message", teams.say(ADA, CHANNEL, "<at>Help Desk</at> ask <at>Ben</at>", card))
    await note("edit", teams.edit(MIA, chat, said, "My VPN fails again"))
    await note("deletion", teams.delete(MIA, chat, said))
    await note("undeletion", teams.undelete(MIA, chat, said))
    await note("reaction", teams.react(MIA, chat, answer, "like"))
    await note("reaction taken back", teams.unreact(MIA, chat, answer, "like"))
    await note("press", teams.execute(ADA, CHANNEL, card, "claim"))
    await note("form", teams.execute(ADA, CHANNEL, card, "resolve", {"outcome": "solved", "article": True}))
    for shape in FeedbackShape:
        await note(f"thumb {shape}", teams.thumbs(MIA, chat, answer, "dislike", "vague", shape=shape))
    await note("thumb without message", teams.thumbs(MIA, chat, answer, "like", names_message=False))
    await note("form flat", teams.ask_for_feedback_form(MIA, chat, answer, "like"))
    await note("form nested", teams.ask_for_feedback_form(MIA, chat, answer, "like", nested=True))
    await note("suggestion", teams.press_suggestion(MIA, answer, "A person"))
    await note("add", teams.install(MIA))
    await note("add-upgrade", teams.install(MIA, action="add-upgrade"))
    await note("remove", teams.uninstall(MIA))
    await note("add to team", teams.install_in_team(TEAM, ADA))
    await note("member added", teams.add_member(TEAM, MIA, ADA))
    await note("member removed", teams.remove_member(TEAM, MIA, ADA))
    await note("team renamed", teams.rename_team(TEAM, "Help", ADA))
    await note("channel created", teams.create_channel("19:new@thread.tacv2", "New", TEAM, ADA))
    await note("channel renamed", teams.rename_channel("19:new@thread.tacv2", "Newer", ADA))
    await note("channel deleted", teams.delete_channel("19:new@thread.tacv2", ADA))
    await note("team deleted", teams.delete_team(TEAM, ADA))
    await note("remove from team", teams.uninstall_from_team(TEAM, ADA))
    return told
