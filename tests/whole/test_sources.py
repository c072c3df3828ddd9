"""Sources below an answer, where the assistant gives any."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sandbox.slack import Message
from sandbox.uppzy import Behaviour, Endpoint, LocalUppzy, replying
from sandbox.world import ADA, LocalWorld
from tests.whole.scene import CONFIDENT, PERSON, Scene
from tests.whole.shared import in_module_loop, in_own_loop

PAGE = "https://help.example/reset"
LINKED = f"Sources: <{PAGE}|Reset>"

pytestmark = in_module_loop


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    """The scene of a bot that the tests of this module share, but for those with a bot of their own."""
    return shared_scene


def _line(message: Message) -> str | None:
    """Returns the line of sources of a message, None if it has none."""
    lines = [block["elements"][0]["text"] for block in message.blocks if block["type"] == "context"]
    return next((line for line in lines if line.startswith("Sources: ")), None)


async def _asked(scene: Scene, **more: object) -> Message:
    """Lets Mia ask a question that is answered with these additional fields; returns the answer."""
    body = {"answer": "Press the button.", "request_id": "req_1", "confidence_level": "high", **more}
    scene.world.uppzy.fail(Endpoint.CHAT, replying(200, body))
    return scene.answer(await scene.ask(CONFIDENT))


@pytest.mark.parametrize(
    ("field", "given", "shown"),
    [
        ("sources", [{"title": "Reset", "url": PAGE}], LINKED),
        ("citations", [{"name": "Reset", "link": PAGE}], LINKED),
        ("references", [{"title": "Reset", "url": PAGE, "score": 0.9}], LINKED),
        ("sources", [PAGE, "Handbook, page 4"], f"Sources: <{PAGE}|help.example/reset> · Handbook, page 4"),
        ("sources", [{"title": "Reset", "url": PAGE}] * 2, LINKED),
        ("sources", [f"Page {n}" for n in range(9)], "Sources: Page 0 · Page 1 · Page 2"),
        ("sources", [{"title": "Reset", "url": "javascript:alert(1)"}], "Sources: Reset"),
        ("sources", [{"title": "Mail", "url": "mailto:a@help.example"}], "Sources: Mail"),
        ("sources", [{"title": "<!channel> & <@U1>", "url": None}], "Sources: &lt;!channel&gt; &amp; &lt;@U1&gt;"),
        (
            "sources",
            [{"title": "https://bank.example", "url": "https://evil.example/x"}],
            "Sources: <https://evil.example/x|https://bank.example> (evil.example)",
        ),
        ("sources", [{"url": "https://[broken"}, {"title": " "}, 7, None, [], {"title": 3}], None),
        ("sources", {"title": "Reset"}, None),
        ("sources", [], None),
        ("pages", [PAGE], None),
    ],
)
async def test_sources_of_any_shape_are_shown_below_the_answer(
    scene: Scene, field: str, given: object, shown: str | None
) -> None:
    assert _line(await _asked(scene, **{field: given})) == shown


async def test_the_sources_stay_when_the_answer_is_rated(scene: Scene) -> None:
    answer = await _asked(scene, sources=[{"title": "Reset", "url": PAGE}])

    await scene.rate(answer.root_ts, "good")

    assert _line(scene.answer(answer.root_ts)) == LINKED


async def test_a_draft_has_its_sources_for_agents(scene: Scene) -> None:
    body = {"answer": "Press it.", "request_id": "req_1", "sources": [{"title": "Reset", "url": PAGE}]}
    scene.world.uppzy.fail(Endpoint.CHAT, replying(200, body))

    root = await scene.ask(PERSON)
    (draft,) = [one for one in scene.handoff_thread if one.text.startswith("AI draft")]

    assert _line(draft) == LINKED
    await scene.press(draft, "handoff_helpful", who=ADA)
    assert LINKED in str([one.blocks for one in scene.handoff_thread])
    assert PAGE not in scene.texts(root)


@in_own_loop
@pytest.mark.parametrize("field", ["sources", "citations", "references"])
async def test_the_local_uppzy_can_give_sources(world: LocalWorld, field: str) -> None:
    async with LocalUppzy(behaviour=Behaviour(sources=field)) as uppzy:
        world.settings = world.settings.model_copy(update={"uppzy_base_url": uppzy.base_url})
        async with world.bot() as bot:
            scene = Scene(replace(world, uppzy=uppzy), bot)
            answer = scene.answer(await scene.ask(CONFIDENT))

    line = _line(answer)
    assert line is not None
    assert line.startswith("Sources: <https://help.example/articles/")
