"""The Rules tab over HTTP: a policy is checked, tried on the history, saved for the bot at once, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.cli.commands import main
from tests.policies import shipped_policy
from tests.sandbox.test_demo_page import KNOWN, OpenPage, opened

PLANTS = "Who waters the plants?"
NEW_RULE = """
[[rule]]
name = "plants"
condition = "phrase"
phrases = ["plants"]
priority = "urgent"
"""


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


async def _with_new_rule(page: OpenPage) -> str:
    return str((await page.get("rules"))["text"]) + NEW_RULE


async def test_a_mistake_is_named_with_its_line_and_cannot_be_tried_or_saved() -> None:
    async with opened() as page:
        before = await page.get("rules")
        broken = f'{before["text"]}\n[[rule]]\nname = "x"\ncondition = "verdict"\npriorty = "high"\n'
        found = await page.do("check-rules", text=broken)
        tried = await page.attempt("try-rules", text=broken)
        saved = await page.attempt("save-rules", text=broken)

        assert found["wrong"] == [broken.count("\n")]
        assert "Did you mean “priority”?" in found["html"]
        assert found["sentence"] == "1 mistake: the bot keeps the policy in force."
        assert (tried[0], saved[0]) == (400, 400)
        assert "priority" in tried[1]["error"]
        assert await page.get("rules") == before


async def test_a_rule_that_makes_no_difference_is_warned_of() -> None:
    async with opened() as page:
        twice = await _with_new_rule(page) + NEW_RULE.replace('name = "plants"', 'name = "again"').replace(
            '["pl', '["green pl'
        )
        found = await page.do("check-rules", text=twice)

        assert (found["wrong"], len(found["doubtful"])) == ([], 1)
        assert "It makes no difference" in found["html"]


async def test_the_policy_in_force_would_have_changed_nothing_in_the_history() -> None:
    async with opened() as page:
        text = (await page.get("rules"))["text"]
        nothing_yet = await page.do("try-rules", text=text)
        await page.do("add-history")
        await page.sees("vpn.example.com", await page.ask(KNOWN))
        tried = await page.do("try-rules", text=text)

        assert "There is no history" in nothing_yet["sentence"]
        assert tried["sentence"].startswith("With this policy nothing would have been different, in 1")
        assert "could not be judged" not in tried["html"]


async def test_it_shows_what_would_be_different_without_secrets_and_with_the_way_to_the_conversation() -> None:
    async with opened() as page:
        await page.do("add-history")
        root = await page.ask(f"{PLANTS} My password is hunter2")
        await page.sees("Shall I ask a colleague?", root)
        tried = await page.do("try-rules", text=await _with_new_rule(page))
        dogs = (await page.get("rules"))["text"] + NEW_RULE.replace('"plants"]', '"dog"]')
        more = await page.do("try-rules", text=dogs)

        assert "1 differently" in tried["sentence"]
        assert "hunter2" not in tried["html"]
        assert "[redacted: password]" in tried["html"]
        assert f"/archives/{page.dm}/p{root.replace('.', '')}" in tried["html"]
        assert "→ plants, unsure answer (at once, urgent)" in tried["html"]
        assert "Dogs are welcome" not in more["html"]
        assert "dog" in more["html"]
        assert "And " in more["html"]


async def test_what_is_saved_is_followed_at_once_and_undone_and_stands_in_the_history(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = tmp_path / "kept.db"
    async with opened(database=database) as page:
        before, text = await page.get("rules"), await _with_new_rule(page)
        untried = await page.attempt("save-rules", text=text)
        await page.do("try-rules", text=text)
        saved = await page.do("save-rules", text=text)
        root = await page.ask(PLANTS)
        await page.card("plants")
        again = await page.attempt("save-rules", text=text)
        after = await page.get("rules")
        undone = await page.do("undo-rules")
        at_the_end = await page.get("rules")

        assert untried == (400, {"error": "Try the policy on the history first, then save it."})
        assert again == (400, {"error": "This policy is in force already."})
        assert (after["text"], after["fingerprint"], after["can_undo"]) == (text, saved["fingerprint"], True)
        assert saved["fingerprint"] != before["fingerprint"]
        assert (at_the_end["text"], at_the_end["can_undo"]) == (before["text"], False)
        assert undone["fingerprint"] == before["fingerprint"]
        assert (await page.attempt("undo-rules"))[0] == 400
        assert root
        assert "+name = &quot;plants&quot;" in at_the_end["history"]

    with pytest.raises(SystemExit):
        main(["rules", "history", "--database", str(database)])
    listed = capsys.readouterr().out
    assert [line for line in listed.splitlines() if line.startswith(("1.", "2.", "3."))] == [
        line for line in listed.splitlines() if "fingerprint" in line
    ]
    assert '+name = "plants"' in listed
    assert '-name = "plants"' in listed


async def test_the_file_of_the_operator_is_never_written(tmp_path: Path) -> None:
    own = tmp_path / "config" / "escalation.toml"
    own.parent.mkdir()
    own.write_text(f"{shipped_policy()}\n[handoff]\nmost_open_per_day = 0\n", encoding="utf-8")
    content = own.read_bytes()
    async with opened() as page:
        text = await _with_new_rule(page)
        await page.do("try-rules", text=text)
        await page.do("save-rules", text=text)
        await page.do("undo-rules")

    assert own.read_bytes() == content


@pytest.mark.parametrize("spoil", [lambda text: "\0" + text, lambda text: text + "#" * 500_000], ids=["NUL", "large"])
async def test_no_text_is_too_odd_to_be_checked(spoil: Callable[[str], str]) -> None:
    async with opened() as page:
        found = await page.do("check-rules", text=spoil(await _with_new_rule(page)))
        lone_surrogate = await page.http.post(
            f"{page.url}demo/check-rules", data=b'{"text": "\\ud800"}', headers={"Content-Type": "application/json"}
        )

        assert len(found["wrong"]) >= 1
        assert lone_surrogate.status == 400


async def test_line_ends_and_a_byte_order_mark_make_no_other_policy() -> None:
    async with opened() as page:
        text = await _with_new_rule(page)
        odd = "\ufeff" + text.replace("\n", "\r\n")
        await page.do("try-rules", text=odd)
        await page.do("save-rules", text=text)

        assert (await page.get("rules"))["text"] == text
