"""The audit trail of a desk at work: who pressed what on a card, who had a question revealed, and nothing of a turn."""

from __future__ import annotations

import pytest

from bot.helpdesk.model.audit import AuditAct
from sandbox.world import ADA, BEN
from storage.audit import read_audit, verify_audit
from storage.engines import location_of
from tests.whole.scene import CONFIDENT, UNKNOWN, Scene


@pytest.mark.both_engines
async def test_the_trail_tells_who_pressed_what_and_who_had_a_question_revealed(scene: Scene) -> None:
    await scene.ask(f"{UNKNOWN} My password is tulip-42")
    await scene.press_card("claim", who=ADA)
    await scene.open_form("reveal", who=BEN)
    await scene.resolve("Done.", who=ADA)
    handoff = await scene.handoff()

    location = location_of(scene.world.settings.database_url)
    trail = read_audit(location, 0.0, None)
    told = [(row.act, trail.known[row.by].id, row.subject, row.detail) for row in trail.rows if row.by]
    assert told == [
        (AuditAct.PRESSED, ADA, handoff.id, "claim"),
        (AuditAct.REVEALED, BEN, handoff.id, "reveal"),
        (AuditAct.PRESSED, ADA, handoff.id, "resolve"),
        (AuditAct.PRESSED, ADA, handoff.id, "resolution form"),
    ]
    assert "tulip-42" not in str(trail.rows)
    assert verify_audit(location).problem is None


async def test_a_plain_turn_leaves_nothing_in_the_trail(scene: Scene) -> None:
    before = await scene.count("audit"), await scene.count("audit_keys")

    root = await scene.ask(CONFIDENT)
    await scene.rate(root, "good")

    assert (await scene.count("audit"), await scene.count("audit_keys")) == before
