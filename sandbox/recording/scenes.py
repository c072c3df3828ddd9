"""Scenes of the recording. Each plays from an empty desk and takes pictures on the way."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping

from playwright.async_api import Locator, expect

from bot.charts import can_draw
from sandbox.recording.browser import DemoInBrowser

TakePicture = Callable[[str], Awaitable[None]]
"""Takes a picture of the page; the argument is its name."""

Scene = Callable[[DemoInBrowser, TakePicture], Awaitable[None]]

DEADLINE = 60.0
"""Seconds for everything that a scene waits for."""

_KNOWN = "How do I connect to the VPN?"
_UNKNOWN = "Who waters the plants?"
_PERSON = "I want to talk to a person"
_LOCKER = "How do I get a locker?"
_LOCKER_RULE = """
[[rule]]
name = "lockers"
condition = "phrase"
phrases = ["locker"]
priority = "low"
"""
_LONG = (
    "How do I connect to the VPN from a hotel whose network asks for my room number first? The client says that the "
    "gateway does not answer, and the certificate is new since Monday. My phone's hotspot works, but it is too slow "
    "for video calls with customers. The notebook was set up again last week, and somebody changed the settings for "
    "names. I have restarted everything twice. My flight leaves at noon, so please be quick, and thank you."
)


async def _sees(demo: DemoInBrowser, where: Locator, *words: str) -> None:
    for each in words:
        await expect(where).to_contain_text(demo.words(each), timeout=DEADLINE * 1000, ignore_case=True)


async def _scroll_to(line: Locator) -> None:
    """Brings the beginning of a message to the top of its pane."""
    await line.evaluate("line => line.scrollIntoView({ block: 'start' })")


async def _scroll_to_end(pane: Locator) -> None:
    await pane.locator(".threads").evaluate("threads => { threads.scrollTop = threads.scrollHeight }")


async def _open_homes(demo: DemoInBrowser) -> None:
    for pane in (demo.mia, demo.support):
        await pane.get_by_role("tab", name="Home").click()


async def _become(demo: DemoInBrowser, agent: str) -> None:
    """Changes who is on the right-hand side."""
    await demo.support.get_by_role("radio", name=agent).check(force=True)


async def _wait(demo: DemoInBrowser, how_long: str) -> None:
    await demo.press(demo.page.get_by_role("group", name="Let time pass"), how_long)


def _home(pane: Locator) -> Locator:
    return pane.locator(".home")


def _fault(demo: DemoInBrowser, name: str) -> Locator:
    return demo.panel.get_by_role("switch", name=name)


async def _hand_over(demo: DemoInBrowser, question: str = _KNOWN) -> None:
    """Asks a question, and for a person below the answer."""
    await demo.ask(question)
    await demo.press(demo.mia, "Talk to a person")
    await _sees(demo, demo.support, "HD-1")
    await _sees(demo, demo.mia, "HD-1")


async def _claim(demo: DemoInBrowser) -> None:
    await _hand_over(demo)
    await demo.press(demo.support, "Claim")
    await _sees(demo, demo.mia, "is helping you with")


async def _resolve(demo: DemoInBrowser, words: str, *, asked: str = "Did this solve your problem?") -> None:
    await _claim(demo)
    await demo.press(demo.support, "Resolve")
    form = demo.form("How was it resolved?")
    await demo.field(form, "The resolution in your words").fill(words)
    await demo.press(form, "Send")
    await _sees(demo, demo.mia, asked)


async def _questions(demo: DemoInBrowser, picture: TakePicture) -> None:
    await picture("empty")
    await demo.ask("hi")
    await _sees(demo, demo.mia, "Hi! I'm the help desk's assistant")
    await demo.mia.get_by_label("Reply in this thread").fill("ok")
    await demo.press(demo.mia, "Reply")
    await _sees(demo, demo.mia, "All right. If you need anything else")
    await picture("small-talk")
    await demo.ask(_KNOWN)
    await _sees(demo, demo.mia, "Please double-check")
    await picture("answer")
    await demo.press(demo.mia, "Mark this answer as helpful")
    await _sees(demo, demo.mia, "You rated this answer as helpful")
    await picture("rated-helpful")
    await demo.page.get_by_role("tab", name="Uppzy").click()
    await picture("behind-uppzy")


async def _ask_again(demo: DemoInBrowser, picture: TakePicture) -> None:
    await demo.ask(_UNKNOWN)
    await _sees(demo, demo.mia, "Shall I ask a colleague?")
    await demo.mia.get_by_role("tab", name="Home").click()
    await _sees(demo, demo.mia, "Your past requests")
    await picture("home-with-an-answered-request")
    await demo.press(demo.mia, "Ask again")
    await demo.mia.get_by_role("tab", name="Messages").click()
    await _sees(demo, demo.mia, "You asked again")
    await expect(demo.mia.get_by_role("button", name=demo.words("Talk to a person"), exact=True)).to_have_count(
        2, timeout=DEADLINE * 1000
    )
    await _scroll_to_end(demo.mia)
    await picture("asked-again")


async def _unsure(demo: DemoInBrowser, picture: TakePicture) -> None:
    await demo.ask(_UNKNOWN)
    await _sees(demo, demo.mia, "Shall I ask a colleague?")
    await picture("offer")
    await demo.press(demo.mia, "Ask a colleague")
    await _sees(demo, demo.mia, "You said", "HD-1")
    await _sees(demo, demo.support, "HD-1")
    await picture("offer-accepted")


async def _not_helpful(demo: DemoInBrowser, picture: TakePicture) -> None:
    await demo.ask(_KNOWN)
    await demo.press(demo.mia, "Mark this answer as not helpful")
    await _sees(demo, demo.mia, "HD-1")
    await picture("rated-not-helpful")
    await demo.press(demo.mia, "Tell us why")
    form = demo.form("What was wrong?")
    await demo.field(form, "Tell us what was wrong with the answer").fill("Nothing about Linux")
    await picture("form-why")
    await demo.press(form, "Send")
    await _sees(demo, demo.support, "Nothing about Linux")
    await _sees(demo, demo.mia, "Thanks for the feedback")
    await picture("reason-given")
    await demo.press(demo.mia, "I don't need a person")
    await _sees(demo, demo.card, "withdrawn")
    await picture("withdrawn")


async def _person(demo: DemoInBrowser, picture: TakePicture) -> None:
    await demo.ask(_PERSON)
    await _sees(demo, demo.support, "HD-1", "AI draft")
    await _sees(demo, demo.mia, "HD-1")
    await picture("person-asked-for")
    await _scroll_to(demo.card)
    await picture("card-with-a-draft")
    await demo.ask(_PERSON)
    await _sees(demo, demo.support, "HD-2")
    await demo.ask(_PERSON)
    await _sees(demo, demo.support, "HD-3")
    await demo.ask(_PERSON)
    await _sees(demo, demo.mia, "Open another?")
    await _scroll_to_end(demo.mia)
    await picture("another-request")
    await demo.press(demo.mia, "Open another")
    await _sees(demo, demo.mia, "HD-4")
    await picture("another-opened")


async def _card(demo: DemoInBrowser, picture: TakePicture) -> None:
    await _hand_over(demo, _LONG)
    await _sees(demo, demo.card, "HD-1")
    await picture("card")
    await demo.menu(demo.card, "Show ids").click()
    await picture("card-menu")
    await demo.menu(demo.card, "Helpful").click()
    await picture("card-rating-menu")
    await demo.press(demo.card, "Not helpful")
    await _sees(demo, demo.card, "@Ada", "not helpful (")
    await picture("rated-by-an-agent")
    await demo.press(demo.card, "Show all")
    form = demo.form("Question and answer")
    await _sees(demo, form, "so please be quick")
    await picture("form-show-all")
    await demo.press(form, "Close")
    await demo.press(demo.card, "Reveal")
    form = demo.form("Original message")
    await _sees(demo, form, "so please be quick")
    await picture("form-reveal")
    await demo.press(form, "Close")
    await _sees(demo, demo.card, "Last revealed to")
    await demo.press(demo.card, "Assign to…")
    form = demo.form("Assign to")
    await _sees(demo, form, "Members of this channel")
    await picture("form-assign")
    await demo.field(form, "Agent").select_option(label="Ben")
    await demo.press(form, "Send")
    await _sees(demo, demo.card, "claimed by", "@Ben")
    await _sees(demo, demo.mia, "@Ben", "is helping you with")
    await picture("assigned")
    await demo.menu(demo.card, "Release").click()
    await _scroll_to(demo.card)
    await picture("claimed-menu")
    await demo.press(demo.card, "Join")
    await _sees(demo, demo.mia, "has joined to help with")
    await picture("joined")
    await demo.press(demo.card, "Release")
    await _sees(demo, demo.mia, "is back in the queue")
    await picture("released")
    await demo.press(demo.card, "Show ids")
    await _sees(demo, demo.support, "dec_")
    await picture("ids")


async def _conversation(demo: DemoInBrowser, picture: TakePicture) -> None:
    await demo.ask(_UNKNOWN)
    await demo.press(demo.mia, "Ask a colleague")
    await demo.press(demo.support, "Claim")
    await _sees(demo, demo.mia, "is helping you with")
    await demo.write(demo.support, "note: I have asked facilities")
    await _sees(demo, demo.support, "🔒")
    await demo.write(demo.support, "The facilities team, on Tuesdays. Shall I ask them?")
    await _sees(demo, demo.support, "⏳")
    await picture("reply-can-be-taken-back")
    await _sees(demo, demo.support, "📨")
    await demo.write(demo.mia, "Yes please, thank you!")
    await _sees(demo, demo.support, "Yes please")
    await picture("conversation")


async def _talk(demo: DemoInBrowser, picture: TakePicture) -> None:
    await _hand_over(demo)
    await demo.write(demo.support, "Which hotel is it?")
    await _sees(demo, demo.support, "is unclaimed, so this was not sent")
    await picture("unclaimed-note")
    await demo.press(demo.support, "Claim and send")
    await _sees(demo, demo.mia, "Which hotel is it?")
    await _sees(demo, demo.card, "claimed by", "@Ada")
    await demo.write(demo.mia, "The one at the station.")
    await _sees(demo, demo.support, "The one at the station.")
    await demo.write(demo.support, "note: they block the gateway")
    await _sees(demo, demo.support, "🔒")
    await demo.write(demo.support, "ask: How do I get past a sign-in page?")
    await _sees(demo, demo.support, "AI draft")
    await picture("talk")
    await demo.press(demo.support, "Send to the employee")
    await _sees(demo, demo.support, "sent to the employee by")
    await picture("draft-sent")
    await demo.page.get_by_role("tab", name="Identifiers").click()
    await picture("behind-identifiers")


async def _end(demo: DemoInBrowser, picture: TakePicture) -> None:
    await _claim(demo)
    await demo.press(demo.support, "Resolve")
    form = demo.form("How was it resolved?")
    await demo.field(form, "The resolution in your words").fill("Sign in to the hotel's page first.")
    await picture("form-resolve")
    await demo.press(form, "Send")
    await _sees(demo, demo.mia, "Did this solve your problem?")
    await _sees(demo, demo.card, "resolved")
    await picture("resolved")
    await demo.write(demo.support, "The page is http://portal.example.com")
    await _sees(demo, demo.support, ", so this was not sent. Reopen it")
    await picture("reply-after-the-resolution")
    await demo.press(demo.support, "Reopen and send")
    await _sees(demo, demo.mia, "portal.example.com")
    await picture("reopened-and-sent")


async def _after_the_end(demo: DemoInBrowser, picture: TakePicture) -> None:
    await _resolve(demo, "Sign in to the hotel's page first.")
    await demo.press(demo.mia, "No, not yet")
    await _sees(demo, demo.mia, "Thanks for letting us know")
    await _sees(demo, demo.card, "Unclaimed")
    await picture("not-solved")
    await demo.write(demo.mia, "How do I book a meeting room?")
    await _sees(demo, demo.support, "How do I book a meeting room?")
    await picture("written-while-unclaimed")
    await demo.press(demo.card, "Hand back to the assistant")
    await _sees(demo, demo.mia, "has handed your question back", "Rooms are booked")
    await _sees(demo, demo.card, "handed back")
    await picture("handed-back-unanswered")
    await demo.write(demo.mia, "How do I submit travel expenses?")
    await _sees(demo, demo.mia, "travel", "receipts")
    await picture("assistant-again")


async def _solved(demo: DemoInBrowser, picture: TakePicture) -> None:
    await _resolve(demo, "Sign in to the hotel's page first.")
    await demo.press(demo.mia, "Yes, solved")
    await _sees(demo, demo.card, "confirmed by the employee")
    await picture("solved")
    await _open_homes(demo)
    await _sees(demo, demo.mia, "Your past requests")
    await _sees(demo, demo.support, "The queue is empty.")
    await picture("home-when-nothing-is-open")


async def _homes(demo: DemoInBrowser, picture: TakePicture) -> None:
    await demo.ask(_KNOWN)
    await _sees(demo, demo.mia, "Please double-check")
    await demo.ask(_PERSON)
    await _sees(demo, demo.support, "HD-1")
    await demo.press(demo.support, "Claim")
    await _sees(demo, demo.support, "claimed by")
    await demo.ask("My password is hunter2 and I want to talk to a person")
    await _sees(demo, demo.support, "HD-2")
    await picture("secret")
    await _wait(demo, "10 minutes")
    await _open_homes(demo)
    await _sees(demo, demo.mia, "Your open requests")
    await _sees(demo, _home(demo.support), "Queue", "HD-1")
    await picture("homes")
    await _filter_and_search(demo, picture)
    await demo.mia.get_by_role("button", name=demo.words("Close"), exact=True).first.click()
    await _sees(demo, demo.mia, "Closed by you")
    await picture("home-after-a-request-is-closed")
    for pane, tab in ((demo.mia, "Messages"), (demo.support, "Channel")):
        await pane.get_by_role("tab", name=tab).click()
    await _sees(demo, demo.support, "The employee has closed this")
    await _scroll_to(demo.support.locator(".thread").last)
    await picture("closed-by-the-employee")


async def _filter_and_search(demo: DemoInBrowser, picture: TakePicture) -> None:
    parts = demo.support.get_by_role("combobox").first
    await parts.select_option(label=demo.words("Overdue"))
    await _sees(demo, _home(demo.support), "Nothing in the queue matches this filter.")
    await picture("home-filter-matches-nothing")
    await demo.support.get_by_role("combobox").first.select_option(label=demo.words("Mine"))
    await _sees(demo, _home(demo.support), "HD-1")
    await expect(_home(demo.support)).not_to_contain_text("HD-2", timeout=DEADLINE * 1000)
    await picture("home-filter")
    await demo.press(demo.support, "Search")
    form = demo.form("Search requests")
    await demo.field(form, "Number or words").fill("person")
    await picture("form-search")
    await demo.press(form, "Search")
    await _sees(demo, _home(demo.support), "Clear search", "HD-2")
    await picture("home-search")
    await demo.press(demo.support, "Clear search")


async def _sensitive(demo: DemoInBrowser, picture: TakePicture) -> None:
    await demo.ask("A colleague keeps harassing me in meetings. What can I do?")
    await _sees(demo, demo.mia, "HD-1")
    await _sees(demo, demo.support, "HD-1")
    await picture("sensitive")
    await demo.press(demo.card, "Reveal")
    form = demo.form("Original message")
    await _sees(demo, form, "harassing")
    await picture("sensitive-revealed")
    await demo.press(form, "Close")
    await demo.press(demo.card, "Claim")
    await _sees(demo, demo.mia, "is helping you with")
    await demo.write(demo.mia, "It happened again this morning.")
    await _sees(demo, demo.support, "on the card to read it")
    await picture("sensitive-conversation")
    await demo.support.get_by_role("tab", name="Home").click()
    await _sees(demo, _home(demo.support), "HD-1")
    await picture("sensitive-in-the-queue")


async def _files(demo: DemoInBrowser, picture: TakePicture) -> None:
    await _claim(demo)
    await demo.press(demo.mia.locator("form.reply"), "Attach files")
    await demo.mia.locator("form.reply").get_by_role("button", name="all-hands.mov").click()
    await demo.write(demo.mia, "Here is what I see")
    await _sees(demo, demo.mia, "Support got a link instead.")
    await _sees(demo, demo.support, "all-hands.mov")
    await picture("file-too-large")


async def _time(demo: DemoInBrowser, picture: TakePicture) -> None:
    await demo.ask(_PERSON)
    await _sees(demo, demo.support, "HD-1")
    for said in ("is unclaimed. Due", "is overdue and unclaimed", "@on-call"):
        while await demo.support.get_by_text(demo.words(said)).count() == 0:
            await _wait(demo, "10 minutes")
            await demo.page.wait_for_timeout(500)
    await picture("overdue")
    await _scroll_to(demo.card)
    await picture("overdue-card")
    await _open_homes(demo)
    await _sees(demo, _home(demo.support), "Overdue since")
    await picture("home-overdue")
    for pane, tab in ((demo.mia, "Messages"), (demo.support, "Channel")):
        await pane.get_by_role("tab", name=tab).click()
    await demo.press(demo.card, "Claim")
    await _sees(demo, demo.support, "Over:")
    await _scroll_to_end(demo.support)
    await picture("overdue-no-more")
    await _wait(demo, "to the end of work")
    await demo.ask(_PERSON)
    await _sees(demo, demo.mia, "No one is at work right now")
    await picture("outside-of-working-hours")
    await _wait(demo, "to the start of work")
    await _sees(demo, demo.mia, "The support team is back at work")
    await _scroll_to_end(demo.mia)
    await picture("back-at-work")


async def _trouble(demo: DemoInBrowser, picture: TakePicture) -> None:
    await demo.page.get_by_role("tab", name="Make it fail").click()
    await picture("behind-faults")
    await _fault(demo, "Uppzy refuses the key").check()
    await demo.ask(_KNOWN)
    await _sees(demo, demo.support, "🚨", "HD-1")
    await picture("key-refused")
    await _fault(demo, "Uppzy refuses the key").uncheck()
    await demo.ask(_KNOWN)
    await _sees(demo, demo.support, "Over:")
    await picture("key-refused-no-more")


async def _ticket_trouble(demo: DemoInBrowser, picture: TakePicture) -> None:
    await demo.page.get_by_role("tab", name="Make it fail").click()
    await _fault(demo, "The ticket system is down").check()
    await _hand_over_without_ticket(demo)
    await _sees(demo, demo.card, "the ticket system is not reachable")
    await picture("ticket-pending")
    # Of the two, the one that is down wins: no attempt succeeds between the switches.
    await _fault(demo, "The ticket system refuses tickets").check()
    await _fault(demo, "The ticket system is down").uncheck()
    await _wait(demo, "10 minutes")
    await _sees(demo, demo.card, "The ticket could not be created")
    await demo.menu(demo.card, "Try the ticket again").click()
    await _scroll_to(demo.card)
    await picture("ticket-refused")
    await _fault(demo, "The ticket system refuses tickets").uncheck()
    await demo.press(demo.card, "Try the ticket again")
    await _sees(demo, demo.mia, "Your ticket number is")
    await picture("ticket-created-after-all")


async def _hand_over_without_ticket(demo: DemoInBrowser) -> None:
    await demo.ask(_UNKNOWN)
    await demo.press(demo.mia, "Ask a colleague")
    await _sees(demo, demo.support, "Unclaimed")


async def _out_of_reach(demo: DemoInBrowser, picture: TakePicture) -> None:
    await demo.page.get_by_role("tab", name="Make it fail").click()
    await _fault(demo, "The bot is removed").check()
    await demo.ask(_PERSON)
    await _sees(demo, demo.mia, "I can't reach the support team")
    await picture("channel-out-of-reach")
    await _fault(demo, "The bot is removed").uncheck()
    await demo.ask(_PERSON)
    await _sees(demo, demo.mia, "after all")
    await _sees(demo, demo.support, "HD-1", "HD-2")
    await picture("channel-within-reach-again")
    await _fault(demo, "The handoff channel is shared").check()
    await _become(demo, "Zoe")
    await demo.ask(_PERSON)
    await _sees(demo, demo.mia, "HD-3")
    await _scroll_to_end(demo.mia)
    await picture("channel-shared")


async def _slow(demo: DemoInBrowser, picture: TakePicture) -> None:
    await demo.page.get_by_role("tab", name="Make it fail").click()
    await demo.panel.get_by_role("switch", name="Uppzy is down").check()
    await demo.ask(_KNOWN)
    await _sees(demo, demo.mia, "This is taking longer than usual")
    await demo.page.get_by_role("tab", name="Jobs").click()
    await picture("takes-longer")
    await demo.press(demo.mia, "Stop")
    await _sees(demo, demo.mia, "Stopped.")
    await picture("stopped")


async def _edit_draft(demo: DemoInBrowser, picture: TakePicture) -> None:
    await demo.ask(_PERSON)
    await _sees(demo, demo.support, "AI draft")
    await demo.write(demo.mia, "My laptop is slow since the update")
    await _sees(demo, demo.card, "My laptop is slow")
    await demo.press(demo.support, "Claim")
    await _sees(demo, demo.mia, "is helping you with")
    await _scroll_to(demo.card)
    await picture("matter-said")
    await demo.press(demo.support, "Edit before sending")
    form = demo.form("Edit the draft")
    await _sees(demo, form, "sent under your name")
    await picture("form-edit-draft")
    await demo.field(form, "The reply to the employee").fill("Call extension **4357**; we will look at it together.")
    await demo.press(form, "Send")
    await _sees(demo, demo.mia, "4357")
    await _sees(demo, demo.support, "edited and sent by")
    await picture("draft-edited-and-sent")


async def _waiting(demo: DemoInBrowser, picture: TakePicture) -> None:
    await _claim(demo)
    await demo.write(demo.support, "Which hotel is it?")
    await _sees(demo, demo.mia, "Which hotel is it?")
    await demo.press(demo.card, "Waiting for the employee")
    await _sees(demo, demo.mia, "needs your reply to go on with")
    await _sees(demo, demo.card, "waiting for the employee, claimed by")
    await picture("waiting")
    await _scroll_to(demo.card)
    await demo.menu(demo.card, "Resume").click()
    await picture("waiting-card")
    await _open_homes(demo)
    await _sees(demo, demo.mia, "Waiting for your reply")
    await _sees(demo, _home(demo.support), "HD-1")
    await picture("homes-while-waiting")
    for pane, tab in ((demo.mia, "Messages"), (demo.support, "Channel")):
        await pane.get_by_role("tab", name=tab).click()
    await _wait(demo, "1 day")
    await _sees(demo, demo.support, "I reminded the employee")
    await _sees(demo, demo.mia, "Support still needs your reply")
    await _scroll_to_end(demo.mia)
    await picture("reminded")
    while await demo.support.get_by_text(demo.words("didn't reply, so I closed this")).count() == 0:
        await _wait(demo, "1 day")
        await demo.page.wait_for_timeout(500)
    await _sees(demo, demo.mia, "because we didn't hear from you")
    await _sees(demo, demo.card, "closed without a reply")
    await picture("closed-without-a-reply")
    await _scroll_to(demo.card)
    await picture("closed-without-a-reply-card")
    await demo.write(demo.mia, "Sorry, I was away. It is the one at the station.")
    await _sees(demo, demo.support, "the one at the station")
    await _scroll_to(demo.card)
    await picture("came-back-after-the-close")


async def _replied(demo: DemoInBrowser, picture: TakePicture) -> None:
    await _claim(demo)
    await demo.press(demo.card, "Waiting for the employee")
    await _sees(demo, demo.mia, "needs your reply to go on with")
    await demo.write(demo.mia, "I have tried it at home, too.")
    await _sees(demo, demo.support, "the employee replied")
    await _sees(demo, demo.card, "claimed by")
    await picture("replied")


async def _outcomes(demo: DemoInBrowser, picture: TakePicture) -> None:
    await _claim(demo)
    await demo.press(demo.support, "Resolve")
    form = demo.form("How was it resolved?")
    await demo.field(form, "Outcome").select_option(label=demo.words("Not solvable"))
    await demo.press(form, "Send")
    await _sees(demo, demo.mia, "Still need help? Just reply here.")
    await picture("not-solvable")
    await demo.write(demo.mia, "ok")
    await _sees(demo, demo.mia, "Reopen it?")
    await picture("shall-it-be-reopened")
    await demo.press(demo.mia, "No, all good")
    await _sees(demo, demo.mia, "You said")
    await picture("all-good")
    await demo.write(demo.mia, "One more thing: the certificate has expired, too.")
    await _sees(demo, demo.card, "the employee replied after")
    await _scroll_to(demo.card)
    await picture("written-again")


async def _private_notes(demo: DemoInBrowser, picture: TakePicture) -> None:
    await _claim(demo)
    await _become(demo, "Ben")
    await demo.write(demo.support, "Try the phone's hotspot.")
    await _sees(demo, demo.support, "to reply too")
    await picture("note-to-an-agent-who-has-not-joined")
    await _become(demo, "Ada")
    await demo.write(demo.support, "NB: the hotel blocks the gateway")
    await _sees(demo, demo.support, "Not sent: this may be a note for the team")
    await picture("may-be-a-note")
    await demo.press(demo.support, "Keep inside")
    await demo.write(demo.support, "ask:")
    await _sees(demo, demo.support, "Write your question to the assistant after")
    await picture("ask-what")
    await _become(demo, "Tom")
    await demo.press(demo.card, "Join")
    await demo.support.get_by_role("tab", name="Messages").click()
    await _sees(demo, demo.support, "can do that. Ask one of them")
    await picture("not-a-member")
    await _become(demo, "Ada")
    await demo.support.get_by_role("tab", name="Channel").click()
    await demo.support.get_by_label("New message").fill("@helpdesk HD-1")
    await demo.support.get_by_label("New message").press("Enter")
    await _sees(demo, demo.support, "con_")
    await _scroll_to_end(demo.support)
    await picture("looked-up")


async def _changes(demo: DemoInBrowser, picture: TakePicture) -> None:
    await _claim(demo)
    await demo.write(demo.mia, "It is the hotel at the station.")
    await _sees(demo, demo.support, "at the station")
    line = demo.mia.locator(".message").last
    await demo.press(line, "Edit")
    await line.get_by_role("textbox").fill("It is the hotel at the harbour.")
    await line.get_by_role("textbox").press("Enter")
    await _sees(demo, demo.support, "at the harbour")
    await demo.write(demo.mia, "Never mind.")
    await _sees(demo, demo.support, "Never mind.")
    await demo.press(demo.mia.locator(".message").last, "Delete")
    await _sees(demo, demo.support, "has deleted this message")
    await picture("edited-and-deleted")


async def _edited_too_late(demo: DemoInBrowser, picture: TakePicture) -> None:
    await demo.mia.get_by_role("tab", name="Home").click()
    await _sees(demo, demo.mia, "No requests yet")
    await picture("empty-home")
    await demo.mia.get_by_role("tab", name="Messages").click()
    await demo.ask(_UNKNOWN)
    await _sees(demo, demo.mia, "Shall I ask a colleague?")
    line = demo.mia.locator(".message").first
    await demo.press(line, "Edit")
    await line.get_by_role("textbox").fill("Who waters the plants on the third floor?")
    await line.get_by_role("textbox").press("Enter")
    await _sees(demo, demo.mia, "You edited your message after I answered")
    await picture("edited-too-late")


async def _scores(demo: DemoInBrowser, picture: TakePicture) -> None:
    await _resolve(demo, "Sign in to the hotel's page first.", asked="How well was this solved?")
    await _sees(demo, demo.card, "waiting for the employee to rate it")
    await picture("asked-for-a-score")
    await demo.press(demo.mia, "5 of 5: completely solved")
    await _sees(demo, demo.card, "of 5, says the employee")
    await picture("scored")
    await demo.press(demo.mia, "1 of 5: not at all solved")
    await _sees(demo, demo.mia, "Thanks for letting us know")
    await _sees(demo, demo.card, "Unclaimed")
    await _scroll_to_end(demo.support)
    await picture("scored-low")


async def _review(demo: DemoInBrowser, picture: TakePicture) -> None:
    await demo.support.get_by_role("tab", name="Review").click()
    await _become(demo, "Lea")
    await expect(demo.page.get_by_role("button", name="Post the digest now")).to_be_disabled()
    await picture("no-review-yet")
    await demo.page.get_by_role("button", name="Add a month of history").click()
    await demo.page.get_by_role("button", name="Post the digest now").click()
    digest, gap = demo.support.locator(".message").first, demo.support.locator(".message", has_text="🧩")
    await expect(gap).to_be_visible(timeout=DEADLINE * 1000)
    if can_draw():
        await expect(demo.support.locator(".file img")).to_be_visible(timeout=DEADLINE * 1000)
    await _scroll_to(digest)
    await picture("digest")
    await _scroll_to(gap)
    await picture("gap")
    await demo.press(gap, "Write article")
    form = demo.form("Article")
    await demo.field(form, "Title").fill("Lockers")
    await demo.field(form, "Question").fill(_LOCKER)
    await picture("article-form")
    await demo.press(form, "Save")
    await expect(form).to_be_hidden()
    await _become(demo, "Ben")
    card = demo.support.locator(".message", has_text="Lockers").last
    await demo.press(card, "Approve")
    await _sees(demo, card, "✅")
    await demo.ask(_LOCKER)
    await _sees(demo, demo.mia, "at the reception")
    await _scroll_to(card)
    await picture("article-in-use")


async def _rules(demo: DemoInBrowser, picture: TakePicture) -> None:
    await demo.support.get_by_role("tab", name="Review").click()
    await demo.page.get_by_role("button", name="Add a month of history").click()
    await demo.page.get_by_role("tab", name="Rules").click()
    policy, state = demo.page.get_by_label("Policy file"), demo.panel.get_by_role("status")
    await expect(policy).to_have_value(re.compile("version = 1"), timeout=DEADLINE * 1000)
    await demo.hide_toast()
    await picture("policy")
    text = await policy.input_value()
    await policy.fill(f"{text}{_LOCKER_RULE.replace('priority', 'priorty')}")
    await _sees(demo, state, "1 mistake")
    await picture("policy-with-a-mistake")
    await policy.fill(f"{text}{_LOCKER_RULE}")
    await _sees(demo, state, "No mistakes")
    await demo.panel.get_by_role("button", name="Try on the history").click()
    await _sees(demo, state, "Tried on")
    await demo.page.locator("#policy-tried").evaluate("tried => tried.scrollIntoView({ block: 'start' })")
    await picture("policy-tried-on-the-history")
    await demo.panel.get_by_role("button", name="Save").click()
    await _sees(demo, state, "Saved")
    await demo.panel.locator("details").first.click()
    await picture("policy-saved")


SCENES: tuple[Scene, ...] = (
    _questions,
    _ask_again,
    _unsure,
    _edited_too_late,
    _not_helpful,
    _person,
    _card,
    _conversation,
    _changes,
    _private_notes,
    _edit_draft,
    _waiting,
    _replied,
    _outcomes,
    _talk,
    _end,
    _after_the_end,
    _solved,
    _homes,
    _sensitive,
    _files,
    _time,
    _trouble,
    _ticket_trouble,
    _out_of_reach,
    _slow,
    _scores,
    _review,
    _rules,
)

HANDOFF_RULES: Mapping[Scene, str] = {_scores: 'ask_solved = "score"'}
"""The lines of the policy's [handoff] table that a scene is about, where it is not about the shipped policy."""
