"""Fidelity of people's texts wherever others read them: formatted, hostile and long texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.helpdesk.model.chat import LARGEST_FILE
from bot.helpdesk.model.effects import CreateTicket
from bot.helpdesk.ports import Transaction
from bot.slack.views.rich_text import as_plain_text
from sandbox.slack import File, Message, View
from sandbox.slack.mentions import mentions_in_blocks
from sandbox.uppzy import Endpoint, UppzyFault, replying
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL, MIA
from tests.addresses import thread_at
from tests.whole.scene import UNKNOWN, Scene
from tests.whole.shared import in_module_loop

AS_TYPED = [
    r"\\srv01\public\_Documentation",
    r"C:\Users\mia\.config",
    "__init__ quux 2*3*4",
    "&nbsp; <script>alert(1)</script>",
    "~/.ssh and ~old~",
    "`x` ``y``",
    "10:30:45 on host:8080:tcp",
    "1. not a list\n# no title\n> no quote\n| no | table |",
    "{person} and {words}",
    "<!channel> <!subteam^S1> @here",
]
XML = "\n".join(f"<item id='{number}'>a & b</item>" for number in range(330))

pytestmark = in_module_loop


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    """The scene of a bot that the tests of this module share."""
    return shared_scene


def rich(shown: Message | View) -> Iterator[dict[str, Any]]:
    """Yields the parts of the rich text of a message or form."""
    for block in shown.body["blocks"] if isinstance(shown, View) else shown.blocks:
        if block["type"] == "rich_text":
            yield from block["elements"]


def words(shown: Message | View) -> str:
    """Returns the rich text of a message or form as plain text."""
    return "\n".join(as_plain_text(part["elements"]) for part in rich(shown))


def leaves(message: Message) -> list[dict[str, Any]]:
    return [leaf for part in rich(message) for leaf in part["elements"]]


def replied(answer: str) -> UppzyFault:
    """Returns a fault that makes this Uppzy's next answer, with low confidence."""
    return replying(200, {"answer": answer, "request_id": "req_1", "confidence_level": "low"})


async def test_an_agents_reply_reaches_the_employee_as_it_was_written(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    slack = scene.world.slack
    sent = (
        "*Bold*, _italic_ and ~struck~: see <https://a.example/x|the page>, <https://b.example>, :tada:, `code`, "
        "<mailto:help@a.example|help@a.example> or <tel:+49301234|+49301234>, says <!subteam^S1|@team> to <!here>\n"
        "<https://evil.example|bank.example>\n&gt; quoted\n```x &lt; y\nz```"
    )

    said = await slack.say(ADA, HANDOFF_CHANNEL, sent, scene.card.ts, formatted=True)
    await scene.settled()
    reply = scene.replies(root)[-1]

    assert {"type": "link", "url": "https://a.example/x", "text": "the page"} in leaves(reply)
    assert {"type": "link", "url": "https://b.example"} in leaves(reply)
    disguised = {"type": "link", "url": "https://evil.example", "text": "bank.example (evil.example)"}
    assert disguised in leaves(reply)
    assert {"type": "link", "url": "mailto:help@a.example", "text": "help@a.example"} in leaves(reply)
    assert {"type": "emoji", "name": "tada"} in leaves(reply)
    for style, word in {"bold": "Bold", "italic": "italic", "strike": "struck", "code": "code"}.items():
        assert {"type": "text", "text": word, "style": {style: True}} in leaves(reply)
    assert words(reply).count("+49301234") == 1
    assert [as_plain_text(part["elements"]) for part in rich(reply) if part["type"] == "rich_text_quote"] == ["quoted"]
    assert [as_plain_text(part["elements"]) for part in rich(reply) if part["type"] == "rich_text_preformatted"] == [
        "x < y\nz"
    ]
    assert mentions_in_blocks(reply.blocks) == (f"<@{ADA}>",)

    await slack.edit(ADA, HANDOFF_CHANNEL, said.ts, "Now <https://a.example/y|*another*> `page`", formatted=True)
    await scene.settled()
    assert {"type": "text", "text": "page", "style": {"code": True}} in leaves(scene.replies(root)[-1])


async def test_a_resolution_is_shown_with_its_links_and_all_of_it(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    resolution = f"See https://a.example/x and `reboot`: {'<' * 1900} end {{person}}"

    await scene.resolve(resolution)

    told = next(reply for reply in scene.replies(root) if "Did this solve" in str(reply.blocks))
    for message in (told, scene.card):
        assert {"type": "link", "url": "https://a.example/x"} in leaves(message)
    assert f"{'<' * 1900} end {{person}}" in words(told)
    form = await scene.open_form("show_all", who=ADA)
    assert f"{'<' * 1900} end {{person}}" in words(form)


@pytest.mark.parametrize("typed", AS_TYPED)
async def test_what_an_employee_typed_stands_everywhere_as_they_typed_it(scene: Scene, typed: str) -> None:
    root = await scene.ask(f"Frobnicate {typed}")
    await scene.press_card("claim", who=ADA)
    await scene.ask(f"Quux {typed}", thread=root)
    await scene.world.slack.open_home(MIA, "home")
    await scene.settled()

    relayed = scene.handoff_thread[-1]
    home = scene.world.slack.home(MIA)
    assert f"Frobnicate {typed}" in words(scene.card)
    assert f"Quux {typed}" in words(relayed)
    assert f"Quux {typed}" in relayed.text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert home is not None
    lines = [as_plain_text(line["elements"]) for line in home_lines(home.body["blocks"])]
    assert any(" ".join(f"Frobnicate {typed}".split()) in line for line in lines)
    assert set(mentions_in_blocks(scene.card.blocks)) == {f"<@{MIA}>", f"<@{ADA}>"}
    assert set(mentions_in_blocks(relayed.blocks)) == {f"<@{MIA}>"}


async def test_the_name_of_a_file_stands_in_the_desks_notice_as_it_is(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    name = "*new* _plan_ <!here> {person}.mov"

    await scene.world.slack.dm(MIA, "Here it is", root, files=[File(name=name, size=LARGEST_FILE + 1)])
    await scene.settled()

    own, agents = scene.replies(root)[-1], scene.handoff_thread[-1]
    assert f"I couldn't forward “{name}”" in words(own)
    assert f"sent the file “{name}”, which I could not pass on" in words(agents)
    assert [set(mentions_in_blocks(notice.blocks)) for notice in (own, agents)] == [set(), {f"<@{MIA}>"}]


def home_lines(blocks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for block in blocks:
        if block["type"] == "rich_text":
            yield from block["elements"]


async def test_a_long_text_is_carried_whole_and_so_is_its_change(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed

    ts = await scene.ask(XML, thread=root)
    assert words(scene.handoff_thread[-1]) == XML

    await scene.world.slack.edit(MIA, scene.world.slack.dm_of(MIA), ts, XML.replace("a & b", "c & d"))
    await scene.settled()
    assert words(scene.handoff_thread[-1]) == XML.replace("a & b", "c & d")


async def test_what_is_too_long_for_the_card_is_whole_in_its_thread_and_the_cards_last_line_says_so(
    scene: Scene,
) -> None:
    scene.world.uppzy.fail(Endpoint.CHAT, replied("\n\n".join(f"Step {n} of it." for n in range(400))))
    question = f"Frobnicate\n{XML}"

    await scene.ask(question)

    card = scene.card
    assert "The full text is in the thread, too." in str(card.blocks)[-300:]
    shown = "\n".join(words(message) for message in scene.handoff_thread)
    assert all(line in shown for line in question.split("\n"))
    assert "Step 399 of it." in str([message.blocks for message in scene.handoff_thread])


async def test_an_assistants_reasoning_is_nowhere(scene: Scene) -> None:
    answer = "<think>The user is rude.</think>Open <https://a.example|the portal>.<br>Then [call](tel:+49301234)."
    scene.world.uppzy.fail(Endpoint.CHAT, replied(answer))

    root = await scene.ask(UNKNOWN)

    def tickets(tx: Transaction) -> str:
        handoff = tx.handoffs.of_thread(thread_at(HANDOFF_CHANNEL, scene.card.ts))
        assert handoff is not None
        created = tx.effects.latest(CreateTicket, handoff.id)
        return str(created)

    everywhere = [str(message.blocks) + message.text for message in (*scene.replies(root), scene.card)]
    everywhere.append(await scene.look(tickets))
    assert not any("rude" in place or "think" in place.lower() for place in everywhere)
    assert "[the portal](https://a.example).  \\nThen [call (+49301234)](tel:+49301234)." in everywhere[0]


@pytest.mark.parametrize("answer", ["<think>all of it", "\u200b\u2060", "&#8203;", "<br>", "---", "```\n```", "\u2800"])
async def test_an_answer_without_words_says_so(scene: Scene, answer: str) -> None:
    scene.world.uppzy.fail(Endpoint.CHAT, replied(answer))

    root = await scene.ask(UNKNOWN)

    assert "(The assistant answered without words.)" in scene.texts(root)


async def test_nothing_is_turned_round_or_hidden_where_others_read(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    slack = scene.world.slack
    hidden = "\u202egnp\u2066.exe\U000e0068\u200b"
    slack.workspace.users[BEN] = replace(slack.workspace.users[BEN], name=f"Ben{hidden}")
    picture = File(name=f"invoice{hidden}", content=b"x", mimetype="image/png")

    await slack.say(MIA, slack.dm_of(MIA), f"Frobnicate {hidden} <@{BEN}>", root, formatted=True)
    await slack.say(ADA, HANDOFF_CHANNEL, f"See {hidden} `{hidden}`", scene.card.ts)
    await slack.dm(MIA, "Here it is", root, files=[picture])
    await scene.settled()

    written = [message for message in (*scene.handoff_thread, *scene.replies(root), scene.card) if message.bot_id]
    everywhere = "".join(message.text + str(message.blocks) + str(message.files) for message in written)
    assert "gnp.exe" in everywhere
    assert not [character for character in hidden if character in everywhere and not character.isascii()]
