"""The handoff channel of a desk is changed while a handoff is open: docs/changing.md says what happens."""

from __future__ import annotations

from pathlib import Path

from sandbox.world import ADA, HANDOFF_CHANNEL, LocalWorld
from tests.policies import with_handoff_rules
from tests.whole.scene import PERSON, Scene, claim_a_handoff

NEW_CHANNEL = "C0NEWDESK"
# A rule that never fires, and keeps the desk reading in the channel that it names.
KEEPS_THE_OLD_ONE = f"""
[[rule]]
name = "keeps the old channel"
condition = "phrase"
whole = ["the old channel of the desk"]
channel = "{HANDOFF_CHANNEL}"
"""


async def _claimed_before_the_change(world: LocalWorld) -> str:
    """Has a handoff claimed, stops the desk, and names the other channel; returns the root of Mia's thread."""
    world.slack.add_channel(NEW_CHANNEL, "new-desk", members=[ADA, world.slack.bot_user_id])
    async with world.bot() as bot:
        root = await claim_a_handoff(Scene(world, bot))
    world.settings = world.settings.model_copy(update={"handoff_channel": NEW_CHANNEL})
    return root


def _keep_the_old_one(policy: Path) -> None:
    policy.write_text(with_handoff_rules("relay_delay_seconds = 0") + KEEPS_THE_OLD_ONE, encoding="utf-8")


async def test_new_handoffs_are_in_the_new_channel_and_open_ones_keep_their_buttons(world: LocalWorld) -> None:
    root = await _claimed_before_the_change(world)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.press_card("release")
        assert (await scene.handoff()).state == "open"

        await scene.ask("still broken", thread=root)
        assert "still broken" in str([message.text for message in scene.handoff_thread])

        await scene.ask(PERSON)
        assert world.slack.messages(NEW_CHANNEL)


async def test_what_agents_write_in_the_old_channel_is_passed_on_while_a_rule_names_it(
    world: LocalWorld, policy: Path
) -> None:
    root = await _claimed_before_the_change(world)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.write_in_thread("nobody hears this")
        assert "nobody hears this" not in scene.texts(root)

    _keep_the_old_one(policy)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.write_in_thread("try this")
        assert "try this" in scene.texts(root)
