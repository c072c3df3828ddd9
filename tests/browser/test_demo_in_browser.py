"""The demo in a real browser."""

from __future__ import annotations

import asyncio
import base64
import functools
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FilePayload, Locator, Route, expect

from sandbox.recording.browser import CHROMIUM, DemoInBrowser, chromium
from sandbox.recording.browser import browsing as browser_with_demo
from sandbox.recording.recorder import record
from sandbox.recording.scenes import TakePicture
from tests.browser.axe import findings
from tests.deadlines import HUNG_OFF_LOOP
from tests.whole.day import TUESDAY_MORNING, hurry_handoffs_of_demo

# An image of one pixel.
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

PLANTS = """
[[rule]]
name = "plants"
condition = "phrase"
phrases = ["plants"]
priority = "urgent"
"""

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),  # the event loop of the browser
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="NO CHROMIUM FOUND, so nobody looked at the demo: install chromium"),
]


expect.set_options(timeout=HUNG_OFF_LOOP * 1000)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all tests: its start takes longer than most of them."""
    async with chromium() as browser:
        yield browser


@pytest.fixture(autouse=True)
def _hurry_handoffs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hurry_handoffs_of_demo(monkeypatch, tmp_path / "demo")


browsing = functools.partial(browser_with_demo, start=TUESDAY_MORNING, deadline=HUNG_OFF_LOOP)


async def test_a_conversation_goes_from_the_assistant_to_a_person_and_ends(browser: Browser) -> None:
    async with browsing(browser) as demo:
        await demo.mia.get_by_role("button", name="How do I connect to the VPN?").click()
        await demo.press(demo.mia, "Mark this answer as helpful")
        await expect(demo.mia).to_contain_text("You rated this answer as helpful")

        await demo.mia.get_by_role("button", name="Who waters the plants?").click()
        await demo.press(demo.support, "Claim")
        await expect(demo.support).to_contain_text("Claimed by @Ada")
        await demo.support.get_by_label("Reply in this thread").fill("The facilities team, on Tuesdays.")
        await demo.press(demo.support, "Reply")
        # The reply is sent after a delay, in which it can be deleted.
        await expect(demo.mia).to_contain_text("The facilities team, on Tuesdays.")
        await demo.press(demo.support, "Helpful")
        await expect(demo.support).to_contain_text("@Ada: helpful (agent)")
        await demo.press(demo.support, "Resolve")
        dialog = demo.page.get_by_role("dialog", name="How was it resolved?")
        await dialog.get_by_label("The resolution in your words").fill("Facilities, on Tuesdays.")
        await dialog.get_by_label("Save as a draft help article").check()
        await demo.press(dialog, "Send")

        await expect(demo.mia).to_contain_text("has marked HD-1 as resolved")
        await expect(demo.panel).to_contain_text("solved")
        await expect(demo.panel).to_contain_text("uppzy_session_id")
        assert demo.errors == []


async def test_nothing_can_be_written_before_the_page_can_send_it(browser: Browser) -> None:
    async with browsing(browser) as demo:
        question = demo.mia.get_by_label("New question")
        held = asyncio.Event()

        async def hold(route: Route) -> None:
            await held.wait()
            await route.continue_()

        await demo.page.route("**/demo/scene*", hold)
        await demo.page.reload()
        await question.focus()
        await expect(question).not_to_be_focused()

        held.set()
        await demo.page.locator("body:not([aria-busy])").wait_for()
        await demo.ask("How do I connect to the VPN?")

        await demo.mia.get_by_role("button", name="Mark this answer as helpful").wait_for()
        assert demo.errors == []


async def test_the_reason_form_is_a_dialog_for_the_keyboard_too(browser: Browser) -> None:
    async with browsing(browser) as demo:
        await demo.ask("How do I connect to the VPN?")
        await demo.press(demo.mia, "Mark this answer as not helpful")
        await demo.press(demo.mia, "Tell us why")
        dialog = demo.page.get_by_role("dialog", name="What was wrong?")
        field = dialog.get_by_label("Tell us what was wrong with the answer")
        await expect(field).to_be_focused()

        await demo.page.keyboard.press("Escape")
        await expect(dialog).to_be_hidden()
        await demo.press(demo.mia, "Tell us why")
        await field.fill("Nothing about Linux")
        await demo.press(dialog, "Send")
        await expect(dialog).to_be_hidden()

        await demo.page.get_by_role("tab", name="Identifiers").click()
        await expect(demo.panel).to_contain_text("Nothing about Linux")
        assert demo.errors == []


async def test_work_can_be_stopped_and_own_words_changed(browser: Browser) -> None:
    async with browsing(browser, latency=60.0) as demo:
        await demo.ask("How do I conect to the VPN?")
        await demo.press(demo.mia, "Edit")
        await demo.mia.get_by_label("Your message").fill("How do I connect to the VPN?")
        await demo.press(demo.mia, "Save")
        await expect(demo.mia).to_contain_text("edited")

        await demo.press(demo.mia, "Stop")

        await expect(demo.mia).to_contain_text("Stopped")
        await expect(demo.mia.get_by_text("Working")).to_be_hidden()
        assert demo.errors == []


async def test_an_agent_assigns_looks_up_and_finds_the_way_from_home_to_the_thread(browser: Browser) -> None:
    async with browsing(browser) as demo:
        await demo.ask("Who waters the plants?")
        await expect(demo.support).to_contain_text("HD-1")
        await demo.press(demo.support, "Assign to…")
        dialog = demo.page.get_by_role("dialog", name="Assign to")
        await dialog.get_by_label("Agent").select_option(label="Ben")
        await demo.press(dialog, "Send")
        await expect(demo.support).to_contain_text("Claimed by @Ben")
        await demo.press(demo.page.get_by_role("group", name="Let time pass"), "1 hour")
        await expect(demo.page.get_by_role("alert")).to_contain_text("1 hour later")

        await demo.card.get_by_role("button", name="Show ids").click()
        note = demo.support.locator(".private", has_text=": thread of a handoff")
        await demo.press(note, "Dismiss")
        await expect(note).to_be_hidden()
        await demo.support.get_by_label("New message to the handoff channel").fill("@helpdesk HD-1")
        await demo.press(demo.support, "Send")
        await expect(demo.support.locator(".thread").last).to_contain_text("HD-1: ")

        await demo.support.get_by_role("tab", name="Home").click()
        await demo.support.get_by_role("combobox", name="All priorities").select_option("high")
        await expect(demo.support).to_contain_text("Nothing in the queue matches this filter")
        await demo.support.get_by_role("combobox", name="All priorities").select_option("All priorities")
        await expect(demo.support).to_contain_text("opened 1 h ago")
        await demo.support.get_by_role("link", name="HD-1").click()
        await expect(demo.card).to_be_focused()
        await demo.mia.get_by_role("tab", name="Home").click()
        await demo.mia.get_by_role("link", name="open the thread").click()
        await expect(demo.mia.locator(".message").first).to_be_focused()
        assert demo.errors == []


async def test_a_card_with_a_long_question_and_answer_fits_the_screen(browser: Browser) -> None:
    async with browsing(browser, size=(1440, 900)) as demo:
        question = "How do I connect to the VPN?" + " I have tried everything twice, and nothing has helped so far." * 9
        await demo.ask(question)
        await demo.press(demo.mia, "Talk to a person")
        await expect(demo.support).to_contain_text("HD-1")
        for shown in ("HD-1", "@Mia", "Unclaimed", "Due", "nothing has helped", "Confidence", "employee pressed"):
            await expect(demo.card.get_by_text(shown).first).to_be_in_viewport(ratio=1)
        for label in ("Claim", "Resolve", "Show all"):
            await expect(demo.card.get_by_role("button", name=label, exact=True)).to_be_in_viewport(ratio=1)

        await demo.menu(demo.card, "Show ids").click()
        for label in ("Assign to…", "Hand back to the assistant", "Reveal", "Show ids"):
            await expect(demo.card.get_by_role("button", name=label, exact=True).last).to_be_in_viewport(ratio=1)
        await demo.press(demo.card, "Show all")
        form = demo.form("Question and answer")
        await expect(form).to_contain_text(question)
        await demo.press(form, "Close")
        await expect(form).to_be_hidden()
        assert demo.errors == []


async def test_a_file_is_attached_taken_out_sent_and_seen_on_the_other_side(browser: Browser) -> None:
    async with browsing(browser) as demo:
        await demo.ask("I want to talk to a person")
        await expect(demo.support).to_contain_text("HD-1")
        reply = demo.mia.locator("form.reply")
        picker = reply.locator("input[type=file]")
        await picker.set_input_files([_file("dot.png", "image/png", DOT), _file("wrong.txt", "text/plain", b"wrong")])
        await demo.press(reply, "Remove wrong.txt")
        await demo.press(reply, "Reply")

        copy = demo.support.get_by_role("link", name="dot.png")
        await expect(copy.locator("img")).to_have_js_property("naturalWidth", 1)
        async with demo.page.expect_download() as download:
            await copy.click()
        assert (await (await download.value).path()).read_bytes() == DOT
        await expect(demo.page.get_by_text("wrong.txt")).to_be_hidden()

        await picker.set_input_files([_file("big.bin", "application/octet-stream", bytes(5_000_001))])
        await expect(demo.page.get_by_role("alert")).to_contain_text("up to 5 MB together")
        assert demo.errors == []


def _file(name: str, kind: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": content}


async def test_files_that_cannot_be_carried_are_offered_and_their_links_lead_back_to_them(browser: Browser) -> None:
    async with browsing(browser) as demo:
        await demo.ask("I want to talk to a person")
        await expect(demo.support).to_contain_text("HD-1")
        reply = demo.mia.locator("form.reply")
        await demo.press(reply, "Attach files")
        await expect(reply.get_by_role("button", name="A file of yours")).to_be_focused()
        await demo.page.keyboard.press("Escape")
        await expect(reply.get_by_role("button", name="all-hands.mov")).to_be_hidden()
        for prop in ("all-hands.mov", "Seating plan"):
            await demo.press(reply, "Attach files")
            await reply.get_by_role("button", name=prop).click()
        await demo.press(reply, "Reply")

        await expect(demo.support).to_contain_text(
            "“all-hands.mov”, which I could not pass on: it is larger than 100 MB"
        )
        await demo.support.get_by_role("link", name="all-hands.mov").click()
        await expect(demo.mia.locator(".message", has_text="300.0 MB")).to_be_focused()
        await demo.support.get_by_role("link", name="seating-plan").click()
        await expect(demo.page.get_by_role("alert")).to_contain_text("drive.example.com is made up")
        assert demo.errors == []


async def test_outside_of_working_hours_the_page_says_so_and_so_does_the_bot(browser: Browser) -> None:
    async with browsing(browser) as demo:
        passing = demo.page.get_by_role("group", name="Let time pass")
        await expect(passing).to_contain_text("Tue 24 Nov, 10:00, working hours")
        await demo.press(passing, "to the end of work")
        await expect(passing).to_contain_text("Tue 24 Nov, 18:00, outside of working hours")
        await demo.ask("I want to talk to a person")

        await expect(demo.mia).to_contain_text("Someone will reply from Wednesday, 25 November at 08:00")
        await expect(demo.support).to_contain_text("Wed 25 Nov, 08:30")
        await demo.press(passing, "to the start of work")
        await expect(passing).to_contain_text("Wed 25 Nov, 08:00, working hours")
        for said in ("is unclaimed. Due: Wednesday, 25 November at 08:30", "is overdue and unclaimed", "@on-call"):
            await demo.press(passing, "10 minutes")
            await demo.press(passing, "10 minutes")
            await expect(demo.support).to_contain_text(said)
        assert demo.errors == []


async def test_a_stranger_of_a_shared_channel_can_be_played_while_it_is_shared(browser: Browser) -> None:
    async with browsing(browser) as demo:
        await demo.ask("Who waters the plants?")
        await expect(demo.support).to_contain_text("HD-1")
        await demo.page.get_by_role("tab", name="Make it fail").click()
        shared = demo.panel.get_by_role("switch", name="The handoff channel is shared with another company")
        await shared.check()
        await demo.support.get_by_role("radio", name="Zoe").check(force=True)
        await expect(demo.support).to_contain_text("Zoe works at another company")
        await demo.press(demo.support, "Claim")
        await expect(demo.support).to_contain_text("I can only help people in this company")
        await demo.ask("I want to talk to a person")
        await expect(demo.mia).to_contain_text("I can't reach the support team in Slack")

        await shared.uncheck()
        await expect(demo.support.get_by_role("radio", name="Zoe")).to_be_hidden()
        await expect(demo.support.get_by_role("radio", name="Ada")).to_be_checked()
        assert demo.errors == []


async def test_who_is_refused_where_no_private_note_is_possible_reads_why_under_messages(browser: Browser) -> None:
    async with browsing(browser) as demo:
        await demo.ask("Who waters the plants?")
        await expect(demo.support).to_contain_text("HD-1")
        await demo.support.get_by_role("radio", name="Tom").check(force=True)
        await demo.press(demo.support, "Claim")
        messages = demo.support.get_by_role("tab", name="Messages")
        await expect(messages).to_have_class("news")
        await messages.click()

        await expect(demo.support).to_contain_text("Only members of #support-handoff can do that")
        await expect(messages).not_to_have_class("news")
        await demo.support.get_by_label("New question to the help desk").fill("How do I connect to the VPN?")
        await demo.press(demo.support, "Send")
        await expect(demo.support).to_contain_text("vpn.example.com")
        await demo.support.get_by_role("tab", name="Channel").click()
        await expect(demo.support).to_contain_text("HD-1")
        assert demo.errors == []


async def test_a_month_of_history_is_added_once_and_its_gap_becomes_an_article(browser: Browser) -> None:
    async with browsing(browser) as demo:
        review, channel = (demo.support.get_by_role("tab", name=name) for name in ("Review", "Channel"))
        history, digest = (
            demo.page.get_by_role("button", name=name) for name in ("Add a month of history", "Post the digest now")
        )
        await expect(history).to_be_hidden()
        await review.click()
        await expect(demo.support.get_by_role("heading", name="#support-review")).to_be_visible()
        await expect(digest).to_be_disabled()
        await history.click()
        await digest.click()
        gap = demo.support.locator(".message", has_text="Gap 1 of")
        await expect(gap).to_contain_text("How do I get a locker?")
        await expect(history).to_be_disabled()
        await expect(digest).to_be_disabled()
        await demo.support.get_by_role("radio", name="Lea").check(force=True)
        await demo.press(gap, "Write article")
        form = demo.form("Article")
        await demo.press(form, "Save")
        await expect(form).to_be_hidden()
        await channel.click()
        await expect(history).to_be_hidden()
        await demo.support.get_by_role("radio", name="Ben").check(force=True)
        await review.click()
        await demo.press(demo.support, "Approve")
        await expect(demo.support).to_contain_text("The assistant has used it since")
        for _ in range(2):
            await demo.page.get_by_role("button", name="1 week").click()
        await expect(demo.support).to_contain_text("(14 days): in trouble 0 of")
        assert demo.errors == []


async def test_a_policy_is_written_checked_tried_saved_and_undone_by_keyboard(browser: Browser) -> None:
    async with browsing(browser) as demo:
        await demo.ask("Who waters the plants?")
        await expect(demo.support).to_contain_text("HD-1")
        policy, state, keyboard = await _open_rules(demo), demo.panel.get_by_role("status"), demo.page.keyboard
        text = await policy.input_value()
        await policy.fill(f"{text}{PLANTS.replace('priority', 'priorty')}")
        await expect(state).to_contain_text("1 mistake: the bot keeps the policy in force")
        await expect(policy).to_have_attribute("aria-invalid", "true")
        await demo.panel.get_by_role("button", name=f"Line {text.count(chr(10)) + 6}").press("Enter")
        await expect(policy).to_be_focused()
        await keyboard.type('priority = "urgent"')
        await expect(state).to_contain_text("No mistakes")

        save, attempt, undo = (demo.panel.get_by_role("button", name=name) for name in ("Save", "Try on", "Undo"))
        await expect(save).to_be_disabled()
        await save.press("Enter")
        await expect(state).to_contain_text("Try the policy on the history first")
        await attempt.press("Enter")
        await expect(state).to_contain_text(
            "Tried on 1 question: 0 handed over in addition, 0 no longer, 1 differently"
        )
        await demo.panel.get_by_role("link", name="Open the conversation").click()
        await expect(demo.mia.locator(".message").first).to_be_focused()
        await save.press("Enter")
        await expect(state).to_contain_text("Saved. The bot follows it now: policy ")
        await expect(save).to_be_focused()
        await demo.ask("Who waters the plants?")
        await expect(demo.support).to_contain_text("Urgent")

        await undo.press("Enter")
        await expect(state).to_contain_text("Undone")
        await expect(policy).to_have_value(text)
        await expect(undo).to_be_disabled()
        await expect(demo.panel.locator("details")).to_have_count(3)
        assert demo.errors == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_rules_have_no_flaw_for_anybody(browser: Browser, scheme: Literal["light", "dark"]) -> None:
    async with browsing(browser, size=(390, 800)) as demo:
        await demo.page.emulate_media(color_scheme=scheme)
        await demo.ask("Who waters the plants?")
        await demo.page.get_by_role("button", name="Behind the scenes").click()
        policy, state = await _open_rules(demo), demo.panel.get_by_role("status")
        text = await policy.input_value()
        await policy.fill(f"{text}{PLANTS}")
        await expect(state).to_contain_text("No mistakes")
        await demo.press(demo.panel, "Try on the history")
        await expect(state).to_contain_text("Tried on")
        await policy.fill(f"{text}{PLANTS}mistake")
        await expect(state).to_contain_text("1 mistake")

        assert await demo.page.evaluate("document.documentElement.scrollWidth") <= 390
        assert await findings(demo.page, "#inspector") == []
        await demo.page.set_viewport_size({"width": 1440, "height": 900})
        everywhere = await findings(demo.page)
        assert [id for id, impact in everywhere if impact in {"serious", "critical"}] == []
        assert demo.errors == []


async def _open_rules(demo: DemoInBrowser) -> Locator:
    """Opens the rules; returns the policy's field once it has the policy in force."""
    await demo.page.get_by_role("tab", name="Rules").click()
    policy = demo.panel.get_by_label("Policy file")
    await expect(policy).to_have_value(re.compile("version = 1"))
    return policy


async def test_on_a_narrow_screen_one_part_is_shown_and_nothing_sticks_out(browser: Browser) -> None:
    async with browsing(browser, size=(390, 800)) as demo:
        await demo.ask("<img src=x onerror='window.alive = true'> My password is hunter2, let me talk to a person")
        places = demo.page.get_by_role("navigation")
        await expect(places.get_by_role("button", name="Support")).to_have_class("news")
        await places.get_by_role("button", name="Support").click()

        await expect(demo.support).to_contain_text("[redacted: password]")
        await expect(demo.mia).to_be_hidden()
        await demo.support.get_by_role("tab", name="Home").click()
        await expect(demo.support).to_contain_text("Unclaimed")
        assert await demo.page.evaluate("document.documentElement.scrollWidth") <= 390
        assert await demo.page.evaluate("window.alive") is None
        assert demo.errors == []


async def test_pictures_are_taken_and_a_scene_that_gets_stuck_is_named(tmp_path: Path) -> None:
    said: list[str] = []
    folder = tmp_path / "pictures"

    async def greeting(demo: DemoInBrowser, picture: TakePicture) -> None:
        await demo.ask("hi")
        await expect(demo.mia).to_contain_text("I'm the help desk's assistant")
        await picture("greeting")
        raise AssertionError("nobody came")

    status = await record(folder, said.append, [greeting])

    problem = "Problem: greeting is stuck: nobody came"
    assert (status, said) == (1, ["01-greeting.png", "02-stuck.png", f"2 pictures in {folder}.", problem])
    assert (folder / "01-greeting.png").read_bytes().startswith(b"\x89PNG")


async def test_a_scene_plays_in_every_language(tmp_path: Path) -> None:
    async def greeting(demo: DemoInBrowser, picture: TakePicture) -> None:
        await demo.ask("hi")
        await demo.press(demo.mia, "Talk to a person")
        await expect(demo.support).to_contain_text("Übernehmen")
        await expect(demo.support).to_contain_text(demo.words("Unclaimed"))
        await picture("german")

    said: list[str] = []
    status = await record(tmp_path, said.append, [greeting], language="de")

    assert status == 0, said
